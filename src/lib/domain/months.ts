/**
 * Months: the rows of many hours in few files, for those who ask about long times.
 *
 * A month's files are copies. They stand for the files of their hours only while a record names exactly those hours, each with
 * exactly what its manifest says by now; else the hours' own files are read, as if there were no months. So nothing that changes
 * an hour has to know of them to keep answers right, and they may be thrown away at any time.
 * Months are those of the lake's zone, because that is what is asked for: March in São Paulo is no hour of April in UTC.
 */
import { createHash } from 'node:crypto'
import { HOUR_MS, type Hour, type HourRange, hourOf, hourStartMs, isInRange, nextHour } from './hour.ts'
import type { StarTable } from './layer2.ts'
import { type Manifest, manifestToText } from './manifest.ts'
import { DAY_MS, type WallClock } from './time-zone.ts'

/** Raised when a record, or a file that it names, means something else; others are not used, and made anew. */
const MONTH_FORMAT = 1

/** One file of a month. */
export interface MonthFile {
  path: string
  rows: number
  bytes: number
}

/** What stands for the hours of a month. Written last: without it there is nothing but files that nobody reads. */
export interface MonthRecord {
  format: typeof MONTH_FORMAT
  /** such as `2024-01` */
  month: string
  timeZone: string
  /** half-open, in their order */
  hours: [from: Hour, to: Hour][]
  /** `contentsOf` these hours */
  contents: string
  /** of each table that has files by month; [] where it has no rows. A table that is not named is read from its hours or days */
  tables: Partial<Record<StarTable, MonthFile[]>>
}

/** The month of the lake's zone in which an hour begins, such as `2024-01`. */
export function monthOf(hour: Hour, clock: Pick<WallClock, 'offsetMs'>): string {
  const startMs = hourStartMs(hour)
  return new Date(startMs + clock.offsetMs(startMs)).toISOString().slice(0, 7)
}

/** When a month has ended in the lake's zone. */
export function monthEndMs(month: string, clock: Pick<WallClock, 'dayStartMs'>): number {
  const [year, number] = month.split('-').map(Number) as [number, number]
  return clock.dayStartMs(Date.UTC(year, number) / DAY_MS)
}

/** No clock is further from UTC. */
const MAX_OFFSET_MS = 15 * HOUR_MS

/** The months that an hour can be of, in whatever zone: one, and two where one ends. */
export function monthsAround(hour: Hour): string[] {
  const startMs = hourStartMs(hour)
  return [...new Set([-MAX_OFFSET_MS, MAX_OFFSET_MS].map(ms => hourOf(startMs + ms).slice(0, 7)))]
}

/** False for a month of which a range cannot have every hour. */
export function mayLieIn(month: string, range: HourRange): boolean {
  return isInRange(`${month}-15T00` as Hour, range)
}

export function recordToText(record: Omit<MonthRecord, 'format'>): string {
  return `${JSON.stringify({ format: MONTH_FORMAT, ...record }, null, 1)}\n`
}

/** @returns undefined for what cannot be used: of another format, or damaged. Its files are then as if they were not there */
export function parseRecord(text: string): MonthRecord | undefined {
  try {
    const record: MonthRecord = JSON.parse(text)
    const { format, month, timeZone, hours, contents, tables } = record
    const isWhole = [month, timeZone, contents].every(text => typeof text === 'string') && Array.isArray(hours)
    return format === MONTH_FORMAT && isWhole && Object.values(tables).every(Array.isArray) ? record : undefined
  } catch {
    return undefined
  }
}

/** What tells the rows of an hour from those of another time. */
export function contentOf(manifest: Manifest): string {
  return createHash('sha256').update(manifestToText(manifest)).digest('base64url').slice(0, 16)
}

/** The same of many hours. @param hours in their order, each with its `contentOf` */
export function contentsOf(hours: Iterable<readonly [Hour, string]>): string {
  const hash = createHash('sha256')
  let text = ''
  for (const [hour, content] of hours) text += `${hour} ${content}\n`
  return hash.update(text).digest('hex').slice(0, 32)
}

/** Hours in their order as half-open ranges. */
export function rangesOf(hours: readonly Hour[]): [from: Hour, to: Hour][] {
  const ranges: [Hour, Hour][] = []
  for (const hour of hours) {
    const last = ranges.at(-1)
    if (last?.[1] === hour) last[1] = nextHour(hour)
    else ranges.push([hour, nextHour(hour)])
  }
  return ranges
}

/** The hours of half-open ranges. */
export function hoursOfRanges(ranges: MonthRecord['hours']): Hour[] {
  const hours: Hour[] = []
  for (const [from, to] of ranges) {
    for (let ms = hourStartMs(from); ms < hourStartMs(to); ms += HOUR_MS) hours.push(hourOf(ms))
  }
  return hours
}

/** A month that stands for its hours. */
export interface UsableMonth {
  hours: readonly Hour[]
  tables: MonthRecord['tables']
}

/**
 * @param contents of the hours that count, in range: a month with an hour beside them is not used
 * @param timeZone of the lake
 */
export function usableMonths(
  records: readonly MonthRecord[],
  contents: ReadonlyMap<Hour, string>,
  timeZone: string,
): UsableMonth[] {
  return records.flatMap(record => {
    if (record.timeZone !== timeZone) return []
    const hours = hoursOfRanges(record.hours)
    if (!hours.every(hour => contents.has(hour))) return []
    const isSame = contentsOf(hours.map(hour => [hour, contents.get(hour)!])) === record.contents
    return isSame ? [{ hours, tables: record.tables }] : []
  })
}

/** A file of an hour or a day, as long as it is. */
export interface SourceFile {
  path: string
  bytes: number
}

/** Fewer files in one are no gain worth a copy of them. */
const MIN_FILES_IN_ONE = 4

/**
 * Files as those that will be one, in their order, of about as many bytes each.
 * @returns undefined where they are large enough as they are
 */
export function partsOf<File extends SourceFile>(files: readonly File[], maxBytes: number): File[][] | undefined {
  if (files.length === 0) return []
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const count = Math.max(1, Math.ceil(bytes / maxBytes))
  if (files.length / count < MIN_FILES_IN_ONE) return undefined
  const parts: File[][] = Array.from({ length: count }, () => [])
  let before = 0
  for (const file of files) {
    // files that are all gone have no bytes; whoever reads them says so
    parts[Math.min(count - 1, Math.floor((before / Math.max(1, bytes)) * count))]!.push(file)
    before += file.bytes
  }
  return parts.filter(({ length }) => length > 0)
}
