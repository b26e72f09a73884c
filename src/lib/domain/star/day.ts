/** Day files: the rows of up to 24 UTC hours in one table, of which one hour replaces its own. */
import { type Table, Type } from 'apache-arrow'
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
  const texts = shape.schema.fields.filter(({ type }) => type.typeId === Type.Utf8)
  const coded = codedByName(
    rows,
    texts.map(({ name }) => name),
  )
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
