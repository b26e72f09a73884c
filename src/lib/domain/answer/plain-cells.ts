/** Columns from texts that are made already, for tables that are no answers of an engine. */
import type { Cells } from './cells.ts'

/**
 * @param names   of the columns
 * @param numeric those of them that stand to the right
 * @param rows    texts in the order of the columns; null where there is no value
 */
export function cellsFromTexts(
  names: readonly string[],
  numeric: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): Cells[] {
  return names.map((name, column) => ({
    name,
    isNumeric: numeric.includes(name),
    text: row => rows[row]?.[column] ?? null,
    json: row => JSON.stringify(rows[row]?.[column] ?? null),
  }))
}
