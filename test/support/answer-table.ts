/** Answers as DuckDB gives them, and what stands in tables made of them. */
import { DateDay, Int32, Int64, Table, TimestampMicrosecond, Utf8, vectorFromArray } from 'apache-arrow'
import { columnsOf } from '../../src/lib/domain/answer/formats.ts'
import type { Zone } from '../../src/lib/domain/question/local-time.ts'

type Column = readonly (string | number | null)[]

const TYPES: Record<string, () => Utf8> = {
  hour: () => new TimestampMicrosecond('UTC') as never,
  day: () => new DateDay() as never,
  week: () => new DateDay() as never,
  year: () => new Int32() as never,
  weekday: () => new Int32() as never,
  hour_of_day: () => new Int32() as never,
  tweets: () => new Int64() as never,
  user_id: () => new Int64() as never,
}

/** Instants in microseconds, everything nullable. */
export function answerTable(columns: Record<string, Column>): Table {
  const parse = (name: string, value: string | number | null) => {
    if (value === null) return null
    if (name === 'hour' || name === 'day' || name === 'week') return new Date(value) as never
    return (name === 'tweets' || name === 'user_id' ? BigInt(value) : value) as never
  }
  const vectors = Object.entries(columns).map(([name, values]) => [
    name,
    vectorFromArray(
      values.map(value => parse(name, value)),
      TYPES[name]?.() ?? new Utf8(),
    ),
  ])
  return new Table(Object.fromEntries(vectors))
}

/** Rows as text, a blank between two values, `–` for null. */
export function rowTexts(table: Table, zone: Zone): string[] {
  const columns = columnsOf(table, zone)
  return Array.from({ length: table.numRows }, (_, row) => columns.map(column => column.text(row) ?? '–').join(' '))
}
