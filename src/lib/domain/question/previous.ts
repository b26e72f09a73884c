/**
 * The span before the one asked for, and the same question about both side by side.
 *
 * Both are measured by the wall clock, so that a week is compared with a week though the clocks were changed in one of them.
 * Whole months are compared with as many months before, whatever their length; all else with as many days and hours.
 */
import type { Table } from 'apache-arrow'
import { TwdwError } from '../../errors.ts'
import { HOUR_MS } from '../hour.ts'
import { MIN_INSTANT_MS } from '../instant.ts'
import { DAY_MS } from '../time-zone.ts'
import { counted } from '../wording.ts'
import {
  type Column,
  columnsOfAnswer,
  compareRows,
  keyOf,
  type Row,
  readRows,
  rowsToTable,
  type Value,
} from './answer-rows.ts'
import { type ClosedSpan, weekdayOf } from './buckets.ts'
import { dayToText, firstInstantMs, wallToText, type Zone } from './local-time.ts'
import { CALENDAR, isTimeColumn, type Preset, type TimeColumn } from './preset.ts'

export interface Previous {
  span: ClosedSpan
  /** such as `the month before` */
  name: string
}

/** A span as the clocks on the wall show it. */
interface WallSpan {
  fromMs: number
  toMs: number
}

/**
 * The span to compare with: it ends where the one asked for begins. Weeks have no place in months, so that by week months are
 * so many days.
 * @throws TwdwError E_USAGE where the buckets of the two could not be laid side by side
 */
export function previousOf(preset: Preset, span: ClosedSpan, zone: Zone): Previous {
  const wall = wallOf(span, zone)
  refuseParts(preset, wall)
  const [first, end] = [monthAt(wall.fromMs), monthAt(wall.toMs)]
  const isOfMonths = first !== undefined && end !== undefined && finestOf(preset) !== 'week'
  const lengthMs = wall.toMs - wall.fromMs
  const wallMs = isOfMonths ? Date.UTC(1970, 2 * first - end) : wall.fromMs - lengthMs
  // a span inside the hour that the clocks show twice has no length on them
  const fromMs = lengthMs > 0 ? firstInstantMs(wallMs, zone.clock) : span.fromMs - (span.toMs - span.fromMs)
  if (fromMs < MIN_INSTANT_MS) {
    throw new TwdwError('E_USAGE', 'the span before would begin before 1970, when there were no tweets', {
      hint: 'ask for a shorter span, or a later one',
    })
  }
  const name = isOfMonths
    ? monthsName(first, end - first)
    : lengthName(lengthMs > 0 ? lengthMs : span.toMs - span.fromMs)
  return { span: { fromMs, toMs: span.fromMs }, name }
}

function wallOf({ fromMs, toMs }: ClosedSpan, { clock }: Zone): WallSpan {
  const wallMsAt = (ms: number) => {
    const wallMs = ms + clock.offsetMs(ms)
    const day = Math.floor(wallMs / DAY_MS)
    // a day whose midnight was skipped begins at 01:00, and is a whole day all the same
    return clock.dayStartMs(day) === ms ? day * DAY_MS : wallMs
  }
  return { fromMs: wallMsAt(fromMs), toMs: wallMsAt(toMs) }
}

/** Months since January 1970; undefined for what is not the beginning of one. */
function monthAt(wallMs: number): number | undefined {
  const date = new Date(wallMs)
  return isMidnight(wallMs) && date.getUTCDate() === 1
    ? (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
    : undefined
}

function isMidnight(wallMs: number): boolean {
  return wallMs % DAY_MS === 0
}

function monthsName(first: number, months: number): string {
  if (months === 12 && first % 12 === 0) return 'the year before'
  return months === 1 ? 'the month before' : `the ${counted(months, 'month')} before`
}

function lengthName(lengthMs: number): string {
  const [ms, unit] = lengthMs % DAY_MS === 0 ? [DAY_MS, 'day'] : [HOUR_MS, 'hour']
  return lengthMs === ms ? `the ${unit} before` : `the ${counted(Math.round(lengthMs / ms), unit)} before`
}

function finestOf({ by }: Preset): (typeof CALENDAR)[number] | undefined {
  return CALENDAR.find(time => by.includes(time))
}

/** Parts of a bucket at the ends would be compared with parts of another length. */
function refuseParts(preset: Preset, wall: WallSpan): void {
  const lengthMs = wall.toMs - wall.fromMs
  const isOfMonths = [wall.fromMs, wall.toMs].every(ms => monthAt(ms) !== undefined)
  const fits: Partial<Record<TimeColumn, boolean>> = {
    day: lengthMs % DAY_MS === 0,
    'hour-of-day': lengthMs % DAY_MS === 0,
    weekday: isOfMonths || lengthMs % (7 * DAY_MS) === 0,
    week: [wall.fromMs, wall.toMs].every(ms => isMidnight(ms) && weekdayOf(ms / DAY_MS) === 1),
    month: isOfMonths,
    year: [wall.fromMs, wall.toMs].every(ms => (monthAt(ms) ?? 1) % 12 === 0),
  }
  // a coarser column beside a finer one is only what its rows are called
  const finest = finestOf(preset)
  const times = preset.by.filter(isTimeColumn).filter(by => by === finest || !CALENDAR.some(time => time === by))
  const unfit = times.find(by => fits[by] === false)
  if (unfit === undefined) return
  const [unit, which] = WHOLE[unfit as keyof typeof WHOLE]
  const span = `${wallToText(wall.fromMs)} to ${wallToText(wall.toMs)}`
  throw new TwdwError('E_USAGE', `--compare by ${unfit} needs whole ${unit}s, and ${span} is not that`, {
    hint: `write a --from and a --to with whole ${unit}s between them${which}`,
  })
}

/** What a span must be made of for a column, and a word on where that begins. */
const WHOLE = {
  day: ['day', ''],
  'hour-of-day': ['day', ''],
  weekday: ['week', ', from any day'],
  week: ['week', ', from Monday'],
  month: ['month', ', from the first'],
  year: ['year', ', from January'],
} as const

/** Two answers to be laid side by side. */
export interface Compared {
  preset: Preset
  now: { table: Table; span: ClosedSpan; isKnown: IsKnown }
  /** to the same preset without `--top`, and filled with the series of both */
  before: { table: Table; span: ClosedSpan; isKnown: IsKnown }
  zone: Zone
}

/** Whether a span was covered in part, for a tag or, undefined, for the preset's. */
export type IsKnown = (tag: string | undefined) => boolean

/**
 * Rows are matched by their things and recurring times, and by how long after the beginning of its span the bucket began on
 * the wall clock: the nth day with the nth day, 14:00 with 14:00, and an hour that the clocks had twice with its like.
 * @returns the answer of now with `previous`, `change` and `change_percent` (to a hundredth); null is what is not known, what
 *          has no counterpart, and the percentage of 0. Things that only the span before has are there too, unless `--top`
 *          has chosen. `left` buckets of the span before have no counterpart
 */
export function compareAnswers({ preset, now, before, zone }: Compared): { table: Table; left: number } {
  const columns = columnsOfAnswer(now.table, preset)
  const countPlace = columns.findIndex(({ role }) => role === 'count')
  const keyNow = matching(columns, now.span, zone)
  const keyBefore = matching(columns, before.span, zone)
  const rows = readRows(now.table, columns)
  const earlier = new Map(readRows(before.table, columns).map(row => [keyBefore.of(row), row]))
  const tagPlace = columns.findIndex(({ name }) => name === 'tag')
  const tagOf = (row: Row) => (tagPlace < 0 ? undefined : String(row[tagPlace]))
  const hasTime = preset.by.some(isTimeColumn)
  const countOf = (row: Row, known: IsKnown): Value => {
    const count = row[countPlace]!
    return count === 0n && !hasTime && !known(tagOf(row)) ? null : count
  }
  const compared = rows.map((row): Row => {
    const key = keyNow.of(row)
    const match = earlier.get(key)
    earlier.delete(key)
    const none = hasTime || !before.isKnown(tagOf(row)) ? null : 0n
    return withChange(
      row.with(countPlace, countOf(row, now.isKnown)),
      countPlace,
      match ? countOf(match, before.isKnown) : none,
    )
  })
  const gone = hasTime || preset.top !== undefined ? [] : [...earlier.values()]
  for (const row of gone) {
    const none = now.isKnown(tagOf(row)) ? 0n : null
    compared.push(withChange(row.with(countPlace, none), countPlace, countOf(row, before.isKnown)))
  }
  return {
    table: rowsToTable(compared.sort(compareRows(columns, preset)), [...columns, ...CHANGE_COLUMNS], zone),
    left: hasTime && preset.top === undefined ? new Set(Array.from(earlier.values(), keyBefore.bucketOf)).size : 0,
  }
}

const CHANGE_COLUMNS: readonly Column[] = [
  { name: 'previous', role: 'count' },
  { name: 'change', role: 'count' },
  { name: 'change_percent', role: 'percent' },
]

function withChange(row: Row, countPlace: number, previous: Value): Row {
  const count = row[countPlace]!
  if (count === null || previous === null) return [...row, previous, null, null]
  const change = BigInt(count) - BigInt(previous)
  const percent = previous === 0n ? null : Math.round((Number(change) / Number(previous)) * 10_000) / 100
  return [...row, previous, change, percent]
}

/** What makes rows of two spans one. */
interface Matching {
  of(row: Row): string
  /** of its time only */
  bucketOf(row: Row): string
}

function matching(columns: readonly Column[], span: ClosedSpan, zone: Zone): Matching {
  const finest = CALENDAR.find(time => columns.some(({ role }) => role === time))
  const place = columns.findIndex(({ role }) => role === finest)
  const isCalendar = ({ role }: Column) => CALENDAR.some(time => time === role)
  const positionOf = (row: Row) => (finest === undefined ? '' : bucketPosition(finest, row[place]!, span, zone))
  return {
    of: row =>
      `${positionOf(row)}\n${keyOf(row.filter((_, i) => columns[i]!.role !== 'count' && !isCalendar(columns[i]!)))}`,
    bucketOf: positionOf,
  }
}

/** How far a bucket is from the beginning of its span, by the wall clock. */
function bucketPosition(time: (typeof CALENDAR)[number], value: Value, span: ClosedSpan, zone: Zone): string {
  const { fromMs } = wallOf(span, zone)
  const firstDay = Math.floor(fromMs / DAY_MS)
  switch (time) {
    case 'hour': {
      const ms = Number(value)
      const wallMs = ms + zone.clock.offsetMs(ms)
      return `${wallMs - fromMs}${firstInstantMs(wallMs, zone.clock) === ms ? '' : ' again'}`
    }
    case 'day':
      return String(Number(value) - firstDay)
    case 'week':
      return String(Number(value) - (firstDay - weekdayOf(firstDay) + 1))
    case 'month': {
      const [year, month] = String(value).split('-').map(Number)
      return String((year! - 1970) * 12 + month! - 1 - (monthAt(fromMs) ?? 0))
    }
    case 'year':
      return String(Number(value) - Number(dayToText(firstDay).slice(0, 4)))
  }
}
