/** Columns of an answer from plain values. */
import type { Cells } from '../../src/lib/domain/answer/cells.ts'

/** Numbers are numeric columns, everything else is text. */
export function cellsFrom(columns: Record<string, readonly (string | number | null)[]>): Cells[] {
  return Object.entries(columns).map(([name, values]) => ({
    name,
    isNumeric: values.every(value => typeof value === 'number'),
    text: row => (values[row] === null ? null : String(values[row])),
    json: row => JSON.stringify(values[row]),
  }))
}
