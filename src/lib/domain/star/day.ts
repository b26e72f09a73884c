/** Day files: the rows of up to 24 UTC hours in one table, of which one hour replaces its own. */
import { type Table, Type } from 'apache-arrow'
import { type CodedTexts, codedTextsOf, joinCodedTexts } from '../columns/coded.ts'
import { takeColumn } from '../columns/columns.ts'
import { compareInt64, toNumber } from '../columns/int64.ts'
import { numbersBetween } from '../columns/order.ts'
import { int64sOf, type Rows, rowsOf } from '../columns/rows.ts'
import { takeUint32s } from '../columns/take.ts'
import { type Hour, hourStartMs } from '../hour.ts'
import { LAYER2 } from '../layer2.ts'
import type { DailyTable } from '../paths.ts'
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
  const coded = Object.fromEntries(texts.map(({ name }) => [name, joinCodedTexts([codedTextsOf(rows, name)])]))
  const picks = mergeSorted(kept, numbersBetween(dayRows, rows.count), createCompare(rows, shape.sortedBy, coded))
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

/** By texts through their codes, and by 64-bit numbers, which is all that aggregates are sorted by. */
function createCompare(rows: Rows, names: readonly string[], coded: Readonly<Record<string, CodedTexts>>) {
  const columns = names.map(name => {
    const codes = coded[name]?.codes
    if (codes !== undefined) return (a: number, b: number) => codes[a]! - codes[b]!
    const { halves } = int64sOf(rows, name)
    return (a: number, b: number) => compareInt64(halves, a, halves, b)
  })
  return (a: number, b: number) => {
    for (const compare of columns) {
      const order = compare(a, b)
      if (order !== 0) return order
    }
    return 0
  }
}

/** Two sorted lists as one. */
function mergeSorted(a: Uint32Array, b: Uint32Array, compare: (a: number, b: number) => number): Uint32Array {
  const merged = new Uint32Array(a.length + b.length)
  let [atA, atB] = [0, 0]
  for (let i = 0; i < merged.length; i++) {
    const takesA = atB === b.length || (atA < a.length && compare(a[atA]!, b[atB]!) <= 0)
    merged[i] = takesA ? a[atA++]! : b[atB++]!
  }
  return merged
}
