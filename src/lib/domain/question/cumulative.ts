/** Running totals: each count of a series with all those before it. */
import type { Table } from 'apache-arrow'
import {
  columnsOfAnswer,
  compareRows,
  compareValues,
  isTimeRole,
  keyOf,
  type Row,
  readRows,
  rowsToTable,
} from './answer-rows.ts'
import type { Zone } from './local-time.ts'
import type { Preset } from './preset.ts'

/**
 * @param answer of fillSeries, for a preset with one time among its columns: what each adds to those before
 * @returns      the same rows with totals, in the order of the preset. What is not known stays so, and the total goes on
 *               behind it with what is
 */
export function toRunningTotals(answer: Table, preset: Preset, zone: Zone): Table {
  const columns = columnsOfAnswer(answer, preset)
  const timePlace = columns.findIndex(({ role }) => isTimeRole(role))
  const countPlace = columns.findIndex(({ role }) => role === 'count')
  const inTime = readRows(answer, columns).sort((a, b) => compareValues(a[timePlace]!, b[timePlace]!))
  const totals = new Map<string, bigint>()
  const rows = inTime.map((row): Row => {
    const count = row[countPlace]!
    if (count === null) return row
    const series = keyOf(row.filter((_, i) => columns[i]!.role === 'thing'))
    const total = (totals.get(series) ?? 0n) + BigInt(count)
    totals.set(series, total)
    return row.with(countPlace, total)
  })
  return rowsToTable(rows.sort(compareRows(columns, preset)), columns, zone)
}
