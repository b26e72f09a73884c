/** Day files: the rows of up to 24 UTC hours in one table, of which one hour replaces its own. */
import type { Data, Table } from 'apache-arrow'
import { columnsToTable, takeColumn } from '../columns/columns.ts'
import { toNumber } from '../columns/int64.ts'
import { numbersBetween } from '../columns/order.ts'
import { createCompareRows } from '../columns/row-order.ts'
import { int64sOf, rowsOf } from '../columns/rows.ts'
import { type Hour, hourStartMs } from '../hour.ts'
import { LAYER2 } from '../layer2.ts'
import type { DailyTable } from '../paths.ts'

/**
 * The day's table with the rows of one hour replaced.
 * @param existing the day as it is, sorted; undefined where there is none yet
 * @param hourRows rows of the hour, sorted; none takes the hour out of the day
 */
export function mergeDay(table: DailyTable, existing: Table | undefined, hourRows: Table, hour: Hour): Table {
  const { schema, sortedBy } = LAYER2[table]
  const rows = rowsOf(existing === undefined ? [hourRows] : [existing, hourRows])
  const utcHour = int64sOf(rows, 'utc_hour').halves
  const dayRows = existing?.numRows ?? 0
  const replacedMs = hourStartMs(hour)
  const kept = numbersBetween(0, dayRows).filter(row => toNumber(utcHour, row) !== replacedMs)
  const picks = mergeSorted(kept, numbersBetween(dayRows, rows.count), createCompareRows(rows, sortedBy))
  const columns: Record<string, Data> = {}
  if (picks.length > 0) for (const { name } of schema.fields) columns[name] = takeColumn(rows, name, picks)
  return columnsToTable(schema, picks.length, columns)
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
