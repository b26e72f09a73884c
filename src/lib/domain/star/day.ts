/** Day files: the rows of up to 24 UTC hours in one table, of which one hour replaces its own. */
import { Table, Type } from 'apache-arrow'
import { takeColumn } from '../columns/columns.ts'
import { toNumber } from '../columns/int64.ts'
import { numbersBetween } from '../columns/order.ts'
import { int64sOf, rowsOf } from '../columns/rows.ts'
import { takeUint32s } from '../columns/take.ts'
import { type Hour, hourStartMs } from '../hour.ts'
import { LAYER2 } from '../layer2.ts'
import type { DailyTable } from '../paths.ts'
import { codedByName, createCompareCoded, mergeSorted } from './merge-sorted.ts'
import { NOTHING_TAKEN, type Outline } from './outline.ts'

/** `mergeDay` of a day that comes in parts, which need not be in memory together. */
export interface DayMerge {
  /** @param part n >= 1 rows of the day as it is, in its order, behind those before */
  add(part: Table): Outline
  /** What is behind the last part; undefined where nothing is. */
  rest(): Outline | undefined
}

export function createDayMerge(table: DailyTable, hourRows: Table, hour: Hour): DayMerge {
  let merged = 0
  return {
    add(part) {
      const end = rowsUpTo(table, hourRows, merged, part.slice(part.numRows - 1))
      const some = rowsBetween(hourRows, merged, end)
      merged = end
      return mergeDay(table, part, some, hour)
    },
    rest() {
      const rest = rowsBetween(hourRows, merged, hourRows.numRows)
      return rest.numRows === 0 ? undefined : mergeDay(table, undefined, rest, hour)
    },
  }
}

/** Arrow slices no table without rows. */
function rowsBetween(table: Table, from: number, end: number): Table {
  return from === end ? new Table(table.schema) : table.slice(from, end)
}

/** Where the sorted rows end that come before another, or are equal to it. @param from that are known to do so */
function rowsUpTo(table: DailyTable, sorted: Table, from: number, last: Table): number {
  let [least, most] = [from, sorted.numRows]
  while (least < most) {
    const middle = (least + most) >> 1
    const pair = rowsOf([sorted.slice(middle, middle + 1), last])
    if (createCompareCoded(pair, LAYER2[table].sortedBy, codedByName(pair, textsOfTable(table)))(0, 1) <= 0) {
      least = middle + 1
    } else most = middle
  }
  return least
}

function textsOfTable(table: DailyTable): string[] {
  return LAYER2[table].schema.fields.filter(({ type }) => type.typeId === Type.Utf8).map(({ name }) => name)
}

/**
 * The day's table with the rows of one hour replaced.
 * @param existing the day as it is, sorted; undefined where there is none yet
 * @param hourRows rows of the hour, sorted; none takes the hour out of the day. Texts of either may be codes
 */
export function mergeDay(table: DailyTable, existing: Table | undefined, hourRows: Table, hour: Hour): Outline {
  const shape = LAYER2[table]
  const rows = rowsOf(existing === undefined ? [hourRows] : [existing, hourRows])
  const utcHour = int64sOf(rows, 'utc_hour').halves
  const dayRows = existing?.numRows ?? 0
  const replacedMs = hourStartMs(hour)
  const kept = numbersBetween(0, dayRows).filter(row => toNumber(utcHour, row) !== replacedMs)
  const coded = codedByName(rows, textsOfTable(table))
  const picks = mergeSorted(kept, numbersBetween(dayRows, rows.count), createCompareCoded(rows, shape.sortedBy, coded))
  const numbers = shape.schema.fields.filter(({ name }) => coded[name] === undefined)
  return {
    shape,
    count: picks.length,
    made: Object.fromEntries(
      numbers.map(({ name }) => [name, ({ from, to }) => takeColumn(rows, name, picks.subarray(from, to))]),
    ),
    coded: Object.fromEntries(
      Object.entries(coded).map(([name, { codes, texts }]) => [
        name,
        { codes: ({ from, to }) => takeUint32s(codes, picks.subarray(from, to)), texts },
      ]),
    ),
    ...NOTHING_TAKEN,
  }
}
