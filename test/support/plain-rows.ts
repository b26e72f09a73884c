/** Arrow tables as JSON has them, so that a test can say what it expects. */
import { DateDay, type Table, Timestamp } from 'apache-arrow'

/**
 * Ids are text; other 64-bit integers are numbers; instants are `2024-01-01T10:00:00.000Z`, wall clocks the same without
 * Z, and dates `2024-01-01`.
 */
export function plainRows(table: Table): Record<string, unknown>[] {
  const columns = table.schema.fields.map(({ name, type }) => ({ name, type, values: [...table.getChild(name)!] }))
  return Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(columns.map(({ name, type, values }) => [name, plainValue(name, type, values[row])])),
  )
}

function plainValue(name: string, type: unknown, value: unknown): unknown {
  if (value === null) return null
  if (type instanceof Timestamp) {
    const text = new Date(Number(value)).toISOString()
    return type.timezone ? text : text.slice(0, -1)
  }
  if (type instanceof DateDay) return new Date(Number(value)).toISOString().slice(0, 10)
  if (typeof value !== 'bigint') return value
  return name.endsWith('_id') ? String(value) : Number(value)
}
