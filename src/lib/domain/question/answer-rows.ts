/**
 * Answer rows: the answer of a preset as rows of plain values, and back into a table.
 *
 * What is done to an answer after SQL (filling, running totals, the span before, a column a value) is done to these. They sort
 * as SQL sorts, so that nobody sees where a row comes from.
 */
import { type Data, DateDay, Field, Int32, makeData, Schema, type Table, TimestampMillisecond } from 'apache-arrow'
import { columnsToTable, float64sToColumn, int64sToColumn, stringsToColumn } from '../columns/columns.ts'
import { DAY_MS } from '../time-zone.ts'
import type { Zone } from './local-time.ts'
import { columnNameOf, isTimeColumn, type Preset, TIME_COLUMNS, type TimeColumn } from './preset.ts'
import { sortingOf } from './preset-sql.ts'

/** `hour`: ms since 1970-01-01T00:00Z · `day`, `week`: days since 1970-01-01 · ids and counts are bigint. */
export type Value = string | number | bigint | null
export type Row = readonly Value[]

/** A column of the answer. `count`: null where it is not known; `percent` likewise. */
export interface Column {
  name: string
  role: TimeColumn | 'thing' | 'count' | 'percent'
}

/** The columns of a preset's answer: keys, names of what has an id, and the metric last. */
export function columnsOfAnswer(answer: Table, preset: Preset): Column[] {
  return answer.schema.fields.map(({ name }) => {
    const time = TIME_COLUMNS.find(column => columnNameOf(column) === name && preset.by.includes(column))
    return { name, role: time ?? (name === preset.metric ? 'count' : 'thing') }
  })
}

export function isTimeRole(role: Column['role']): role is TimeColumn {
  return role !== 'thing' && role !== 'count' && role !== 'percent' && isTimeColumn(role)
}

/** @returns null for what is null, whatever the column */
export function readRows(answer: Table, columns: readonly Column[]): Row[] {
  const vectors = columns.map(({ name }) => answer.getChild(name)!)
  return Array.from({ length: answer.numRows }, (_, row) =>
    columns.map(({ role }, i) => {
      const value: unknown = vectors[i]!.get(row)
      if (value === null || value === undefined) return null
      if (role === 'day' || role === 'week') return Number(value) / DAY_MS
      return isTimeRole(role) && role !== 'month' ? Number(value) : (value as Value)
    }),
  )
}

/** The same for equal values, whatever they are. */
export function keyOf(values: readonly Value[]): string {
  return JSON.stringify(values.map(value => (value === null ? null : String(value))))
}

/** The order that presetToSql gives its rows. */
export function compareRows(columns: readonly Column[], preset: Preset): (a: Row, b: Row) => number {
  const keys = columns.filter(({ role }) => isTimeRole(role) || role === 'thing')
  const sorting = sortingOf(
    preset,
    keys.map(({ name }) => name),
  ).map(({ name, isDescending }) => ({ place: columns.findIndex(column => column.name === name), isDescending }))
  return (a, b) => {
    for (const { place, isDescending } of sorting) {
      const [valueA, valueB] = [a[place]!, b[place]!]
      const difference = compareValues(valueA, valueB)
      if (difference === 0) continue
      // what is not known is last, whichever way
      return isDescending && valueA !== null && valueB !== null ? -difference : difference
    }
    return 0
  }
}

/** Numbers by size, text by its UTF-8 bytes, null last. */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b)
  return a < b ? -1 : Number(a > b)
}

/** UTF-16 puts characters past U+FFFF before U+E000 to U+FFFF; UTF-8, and SQL with it, behind them. */
function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [unitA, unitB] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (unitA === unitB) continue
    const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff
    if (isSurrogate(unitA) !== isSurrogate(unitB)) return isSurrogate(unitA) ? 1 : -1
    return unitA - unitB
  }
  return a.length - b.length
}

/** @param columns no two of one name. @returns every column nullable; `hour` an instant of the zone, `day` and `week` dates */
export function rowsToTable(rows: readonly Row[], columns: readonly Column[], zone: Zone): Table {
  const data = columns.map((column, i): [string, Data] => [
    column.name,
    valuesToColumn(
      column,
      rows.map(row => row[i]!),
      zone,
    ),
  ])
  const fields = data.map(([name, { type }]) => new Field(name, type, true))
  return columnsToTable(new Schema(fields), rows.length, Object.fromEntries(data))
}

function valuesToColumn({ name, role }: Column, values: readonly Value[], zone: Zone): Data {
  const numbers = () => Int32Array.from(values, value => Number(value))
  switch (role) {
    case 'hour':
      return makeData({
        type: new TimestampMillisecond(zone.name),
        length: values.length,
        nullCount: 0,
        data: BigInt64Array.from(values, value => BigInt(value ?? 0)),
      })
    case 'day':
    case 'week':
      return makeData({ type: new DateDay(), length: values.length, nullCount: 0, data: numbers() })
    case 'year':
    case 'weekday':
    case 'hour-of-day':
      return makeData({ type: new Int32(), length: values.length, nullCount: 0, data: numbers() })
    case 'count':
      return bigintsToColumn(values)
    case 'percent':
      return float64sToColumn(
        Float64Array.from(values, value => Number(value ?? 0)),
        validOf(values),
      )
    default:
      if (name === 'user_id') return bigintsToColumn(values)
      return stringsToColumn(values.map(value => (value === null ? null : String(value))))
  }
}

function bigintsToColumn(values: readonly Value[]): Data {
  const bigints = BigInt64Array.from(values, value => BigInt(value ?? 0))
  return int64sToColumn({ halves: new Int32Array(bigints.buffer), valid: validOf(values) })
}

function validOf(values: readonly Value[]): Uint8Array {
  return Uint8Array.from(values, value => (value === null ? 0 : 1))
}
