/**
 * Series: the answer of a preset, with a row for every hour, day, … that really was.
 *
 * SQL returns the cells in which there is something; what is missing between them is zero. Filled is the span asked
 * for; a side that was left open begins or ends with the first or last bucket that has something in it.
 */
import {
  type Data,
  DateDay,
  Field,
  Int32,
  Int64,
  makeData,
  Schema,
  type Table,
  TimestampMillisecond,
} from 'apache-arrow'
import { columnsToTable, stringsToColumn } from '../columns/columns.ts'
import { DAY_MS } from '../time-zone.ts'
import {
  type Bucket,
  type BucketValue,
  bucketsIn,
  type ClosedSpan,
  checkRows,
  recurringBuckets,
  spanOfBuckets,
} from './buckets.ts'
import type { Zone } from './local-time.ts'
import { columnNameOf, isTimeColumn, type Preset, type Span, TIME_COLUMNS, type TimeColumn } from './preset.ts'
import { isPartedByTag, sortingOf } from './preset-sql.ts'

/** `hour`: ms since 1970-01-01T00:00Z · `day`, `week`: days since 1970-01-01 · ids and metrics are bigint. */
type Value = string | number | bigint | null
type Row = readonly Value[]

/** time columns of which every span has its own, from fine to coarse */
const CALENDAR = ['hour', 'day', 'week', 'month', 'year'] as const satisfies readonly TimeColumn[]

/**
 * The answer as it is shown: filled, and in order again.
 * @param answer of presetToSql's statement
 * @returns      the same columns; `hour` is an instant of the lake's zone, `day` and `week` are dates. Nothing is
 *               filled in without a time among the columns, and where `--top` has chosen among times
 * @throws TwdwError E_USAGE for an answer of more than two million rows
 */
export function fillSeries(answer: Table, preset: Preset, span: Span, zone: Zone): Table {
  const times = preset.by.filter(isTimeColumn)
  const names = answer.schema.fields.map(field => field.name)
  const columns = names.map(name => columnOf(name, preset))
  let rows = readRows(answer, columns)
  if (isFilled(preset)) {
    rows = [...rows, ...missingRows(rows, columns, preset, bucketsOf(times, span, zone, rows, columns))]
    rows.sort(compareRows(columns, preset))
  } else if (times.length === 0) {
    return answer
  }
  return rowsToTable(rows, columns, zone)
}

/** A column of the answer. */
interface Column {
  name: string
  role: TimeColumn | 'thing' | 'metric'
}

function columnOf(name: string, preset: Preset): Column {
  const time = TIME_COLUMNS.find(column => columnNameOf(column) === name && preset.by.includes(column))
  return { name, role: time ?? (name === preset.metric ? 'metric' : 'thing') }
}

/** Several tags without any column are a row each, found or not. The greatest of times are not a series. */
function isFilled(preset: Preset): boolean {
  const hasThings = preset.allTags || !preset.by.every(isTimeColumn)
  if (preset.by.length === 0) return isPartedByTag(preset) && preset.top === undefined
  return preset.by.some(isTimeColumn) && (preset.top === undefined || hasThings)
}

function readRows(answer: Table, columns: readonly Column[]): Row[] {
  const vectors = columns.map(({ name }) => answer.getChild(name)!)
  return Array.from({ length: answer.numRows }, (_, row) =>
    columns.map(({ role }, i) => {
      const value: unknown = vectors[i]!.get(row)
      if (value === null || value === undefined) return null
      if (role === 'day' || role === 'week') return Number(value) / DAY_MS
      return role === 'thing' || role === 'metric' || role === 'month' ? (value as Value) : Number(value)
    }),
  )
}

/** Rows of zero for each bucket that a group has no row for. */
function missingRows(
  rows: readonly Row[],
  columns: readonly Column[],
  preset: Preset,
  buckets: readonly Bucket[],
): Row[] {
  const isOf = (kind: 'time' | 'thing') => (_: Value, i: number) =>
    kind === 'thing' ? columns[i]!.role === 'thing' : columns[i]!.role !== 'thing' && columns[i]!.role !== 'metric'
  const groups = new Map(rows.map(row => row.filter(isOf('thing'))).map(group => [keyOf(group), group]))
  if (columns.every(({ role }) => role !== 'thing')) groups.set(keyOf([]), [])
  const isByTagAlone = isPartedByTag(preset) && columns.filter(({ role }) => role === 'thing').length === 1
  if (isByTagAlone) for (const tag of preset.tags) groups.set(keyOf([tag]), [tag])
  checkRows(groups.size * buckets.length)
  const there = new Set(rows.map(row => `${keyOf(row.filter(isOf('thing')))}\n${keyOf(row.filter(isOf('time')))}`))
  const missing: Row[] = []
  for (const [groupKey, group] of groups) {
    for (const bucket of buckets) {
      if (there.has(`${groupKey}\n${keyOf(bucket)}`)) continue
      const [things, times] = [group.values(), bucket.values()]
      missing.push(
        columns.map(({ role }) =>
          role === 'metric' ? 0n : ((role === 'thing' ? things : times).next().value ?? null),
        ),
      )
    }
  }
  return missing
}

function keyOf(values: readonly Value[]): string {
  return JSON.stringify(values.map(value => (value === null ? null : String(value))))
}

/** The buckets that there should be, each in the order of the time columns. */
function bucketsOf(
  times: readonly TimeColumn[],
  span: Span,
  zone: Zone,
  rows: readonly Row[],
  columns: readonly Column[],
): Bucket[] {
  if (times.length === 0) return [[]]
  const isOpen = span.fromMs === undefined || span.toMs === undefined
  const found = isOpen ? foundSpan(zone, rows, columns) : undefined
  const fromMs = span.fromMs ?? found?.fromMs
  const toMs = span.toMs ?? found?.toMs
  if (fromMs !== undefined && toMs !== undefined) return bucketsIn(times, { fromMs, toMs }, zone)
  return recurringBuckets(times)
}

/** From the first to the last bucket in the rows, by their finest calendar column; undefined where there is none. */
function foundSpan(zone: Zone, rows: readonly Row[], columns: readonly Column[]): ClosedSpan | undefined {
  const finest = CALENDAR.find(time => columns.some(({ role }) => role === time))
  if (finest === undefined || rows.length === 0) return undefined
  const at = columns.findIndex(({ role }) => role === finest)
  let [first, last] = [rows[0]![at]!, rows[0]![at]!]
  for (const row of rows) {
    if (compareValues(row[at]!, first) < 0) first = row[at]!
    if (compareValues(row[at]!, last) > 0) last = row[at]!
  }
  return spanOfBuckets(finest, first as BucketValue, last as BucketValue, zone)
}

/** The order that presetToSql gives its rows. */
function compareRows(columns: readonly Column[], preset: Preset): (a: Row, b: Row) => number {
  const keys = columns.filter(({ role }) => role !== 'metric')
  const sorting = sortingOf(
    preset,
    keys.map(({ name }) => name),
  ).map(({ name, isDescending }) => ({ place: columns.findIndex(column => column.name === name), isDescending }))
  return (a, b) => {
    for (const { place, isDescending } of sorting) {
      const difference = compareValues(a[place]!, b[place]!)
      if (difference !== 0) return isDescending ? -difference : difference
    }
    return 0
  }
}

/** Numbers by size, text by its UTF-8 bytes, null last. */
function compareValues(a: Value, b: Value): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b)
  return a < b ? -1 : 1
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

function rowsToTable(rows: readonly Row[], columns: readonly Column[], zone: Zone): Table {
  const data: Record<string, Data> = {}
  const fields = columns.map(({ name, role }, i) => {
    const column = valuesToColumn(
      name,
      role,
      rows.map(row => row[i]!),
      zone,
    )
    data[name] = column
    return new Field(name, column.type, true)
  })
  return columnsToTable(new Schema(fields), rows.length, data)
}

function valuesToColumn(name: string, role: Column['role'], values: readonly Value[], zone: Zone): Data {
  const bigints = () => BigInt64Array.from(values, value => BigInt(value ?? 0))
  const numbers = () => Int32Array.from(values, value => Number(value))
  switch (role) {
    case 'hour':
      return makeData({
        type: new TimestampMillisecond(zone.name),
        length: values.length,
        nullCount: 0,
        data: bigints(),
      })
    case 'day':
    case 'week':
      return makeData({ type: new DateDay(), length: values.length, nullCount: 0, data: numbers() })
    case 'year':
    case 'weekday':
    case 'hour-of-day':
      return makeData({ type: new Int32(), length: values.length, nullCount: 0, data: numbers() })
    case 'metric':
      return makeData({ type: new Int64(), length: values.length, nullCount: 0, data: bigints() })
    default:
      if (name === 'user_id')
        return makeData({ type: new Int64(), length: values.length, nullCount: 0, data: bigints() })
      return stringsToColumn(values.map(value => (value === null ? null : String(value))))
  }
}
