/**
 * Series: the answer of a preset, with a row for every hour, day, … that really was.
 *
 * SQL returns the cells in which there is something; what is missing between them is zero where the lake covered at least
 * part of it, and else not known. Filled is the span asked for; a side that was left open begins or ends with the first or
 * last bucket that has something in it.
 */
import type { Table } from 'apache-arrow'
import { clip } from '../time-spans.ts'
import {
  type Column,
  columnsOfAnswer,
  compareRows,
  compareValues,
  isTimeRole,
  keyOf,
  type Row,
  readRows,
  rowsToTable,
  type Value,
} from './answer-rows.ts'
import {
  type Bucket,
  type BucketValue,
  bucketsIn,
  type ClosedSpan,
  checkRows,
  recurringBuckets,
  spanOfBuckets,
} from './buckets.ts'
import { type CoveredOf, everIn } from './covered.ts'
import type { Zone } from './local-time.ts'
import { pivotPlaces } from './pivot.ts'
import { CALENDAR, isTimeColumn, type Preset, type Span, type TimeColumn } from './preset.ts'
import { isPartedByTag } from './preset-sql.ts'

/** What an answer is filled by. */
export interface Filling {
  /** undefined for an answer without a time: what is not there is zero */
  covered: CoveredOf | undefined
  /** the answer to the same question about another span, whose series are here too; undefined: none */
  beside?: Table | undefined
}

/**
 * The answer as it is shown: filled, and in order again.
 * @param answer of presetToSql's statement
 * @returns      the same columns; `hour` is an instant of the lake's zone, `day` and `week` are dates, and the metric is null
 *               where it is not known. Nothing is filled in without a time among the columns, and where `--top` has chosen
 *               among times
 * @throws TwdwError E_USAGE for an answer of more than two million rows
 */
export function fillSeries(answer: Table, preset: Preset, span: Span, zone: Zone, filling: Filling): Table {
  const columns = columnsOfAnswer(answer, preset)
  const rows = readRows(answer, columns)
  if (isFilled(preset)) {
    const beside = filling.beside === undefined ? [] : readRows(filling.beside, columns)
    const spanMs = spanToFill(span, zone, rows, columns)
    const filled = { columns, preset, zone, covered: filling.covered, asked: span, spanMs }
    const all = [...rows, ...missingRows(rows, beside, filled)].sort(compareRows(columns, preset))
    return rowsToTable(all, columns, zone)
  }
  return columns.some(({ role }) => isTimeRole(role)) ? rowsToTable(rows, columns, zone) : answer
}

/** Several tags without any column are a row each, found or not. The greatest of times are not a series. */
export function isFilled(preset: Preset): boolean {
  const hasThings = preset.allTags || !preset.by.every(isTimeColumn)
  if (preset.by.length === 0) return isPartedByTag(preset) && preset.top === undefined
  return preset.by.some(isTimeColumn) && (preset.top === undefined || hasThings)
}

/** An answer that is being filled. */
interface Filled {
  columns: readonly Column[]
  preset: Preset
  zone: Zone
  covered: CoveredOf | undefined
  asked: Span
  /** undefined: no side of it is known */
  spanMs: ClosedSpan | undefined
}

/** Rows of zero, or of what is not known, for each bucket that a series has no row for. */
function missingRows(rows: readonly Row[], beside: readonly Row[], filled: Filled): Row[] {
  const { columns } = filled
  const thingsOf = (row: Row) => row.filter((_, i) => columns[i]!.role === 'thing')
  const timesOf = (row: Row) => row.filter((_, i) => isTimeRole(columns[i]!.role))
  const groups = groupsOf([...rows, ...beside].map(thingsOf), filled)
  const buckets = bucketsOf(filled)
  checkRows(groups.length * buckets.length)
  const there = new Set(rows.map(row => `${keyOf(thingsOf(row))}\n${keyOf(timesOf(row))}`))
  const isKnown = knowing(filled)
  const missing: Row[] = []
  for (const group of groups) {
    const groupKey = keyOf(group)
    for (const bucket of buckets) {
      if (there.has(`${groupKey}\n${keyOf(bucket)}`)) continue
      const [things, times] = [group.values(), bucket.values()]
      const count = isKnown(group, bucket) ? 0n : null
      missing.push(
        columns.map(({ role }) =>
          role === 'count' ? count : ((role === 'thing' ? things : times).next().value ?? null),
        ),
      )
    }
  }
  return missing
}

/** The things of each series, without repeats. @param found things of the rows that there are */
function groupsOf(found: readonly Row[], { columns, preset }: Filled): Row[] {
  const groups = new Map(found.map(group => [keyOf(group), group]))
  const things = columns.flatMap(({ role }, i) => (role === 'thing' ? [i] : []))
  if (things.length === 0) return [[]]
  if (isPartedByTag(preset) && things.length === 1) for (const tag of preset.tags) groups.set(keyOf([tag]), [tag])
  if (preset.pivot === undefined || preset.top !== undefined) return [...groups.values()]
  const pivoted = new Set(pivotPlaces(columns, preset))
  return combinations(
    [...groups.values()],
    things.map(place => pivoted.has(place)),
  )
}

/** Every row's cell under every heading: what a pivoted thing has, all the others have, if nothing of it. */
function combinations(groups: readonly Row[], isPivoted: readonly boolean[]): Row[] {
  const partsOf = (wanted: boolean) => {
    const parts = groups.map(group => group.filter((_, i) => isPivoted[i] === wanted))
    return [...new Map(parts.map(part => [keyOf(part), part])).values()]
  }
  const headings = partsOf(true)
  return partsOf(false).flatMap(others =>
    headings.map(heading => {
      const [rest, part] = [others.values(), heading.values()]
      return isPivoted.map(isPart => (isPart ? part : rest).next().value ?? null)
    }),
  )
}

/** Tells of a series and a bucket without a tweet whether the lake covered at least part of it. */
function knowing({ columns, preset, zone, covered, asked, spanMs }: Filled): (group: Row, bucket: Bucket) => boolean {
  if (covered === undefined) return () => true
  const tagPlace = columns.filter(({ role }) => role === 'thing').findIndex(({ name }) => name === 'tag')
  const onlyTag = preset.tags.length === 1 && !preset.allTags ? preset.tags[0] : undefined
  const times = timesOf(columns)
  const known = new Map<Value | undefined, ReadonlySet<string>>()
  const knownOf = (tag: string | undefined) => {
    const buckets = clip(covered(tag), spanMs ?? everIn(asked)).flatMap(({ fromMs, toMs }) =>
      bucketsIn(times, { fromMs: zone.clock.hourStartMs(fromMs), toMs }, zone),
    )
    return new Set(buckets.map(keyOf))
  }
  return (group, bucket) => {
    const tag = tagPlace < 0 ? onlyTag : String(group[tagPlace])
    const buckets = known.get(tag) ?? knownOf(tag)
    known.set(tag, buckets)
    return buckets.has(keyOf(bucket))
  }
}

function timesOf(columns: readonly Column[]): TimeColumn[] {
  return columns.flatMap(({ role }) => (isTimeRole(role) ? [role] : []))
}

/** The buckets that there should be, each in the order of the time columns. */
function bucketsOf({ columns, spanMs, zone }: Filled): Bucket[] {
  const times = timesOf(columns)
  if (times.length === 0) return [[]]
  return spanMs === undefined ? recurringBuckets(times) : bucketsIn(times, spanMs, zone)
}

/** The span asked for, an open side of it closed by what was found; undefined where that is nothing. */
function spanToFill(span: Span, zone: Zone, rows: readonly Row[], columns: readonly Column[]): ClosedSpan | undefined {
  const isOpen = span.fromMs === undefined || span.toMs === undefined
  const found = isOpen ? foundSpan(zone, rows, columns) : undefined
  const fromMs = span.fromMs ?? found?.fromMs
  const toMs = span.toMs ?? found?.toMs
  return fromMs === undefined || toMs === undefined ? undefined : { fromMs, toMs }
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
