/**
 * Buckets: the hours, days, … of a series, as they really were in the lake's zone.
 *
 * A day on which the clocks change has 23 or 25 hours, and no bucket stands for an hour that never was.
 */
import { TwdwError } from '../../errors.ts'
import { HOUR_MS } from '../hour.ts'
import { DAY_MS } from '../time-zone.ts'
import { dayToText, localHours, offsetsByDay, type Zone } from './local-time.ts'
import type { TimeColumn } from './preset.ts'

/**
 * One value for each time column. `hour`: ms since 1970-01-01T00:00Z when it began · `day`, `week`: its (first) day
 * since 1970-01-01 · `month`: `2019-02` · `year` · `weekday`: 1 = Monday to 7 = Sunday · `hour-of-day`: 0 to 23.
 */
export type Bucket = readonly BucketValue[]
export type BucketValue = number | string

/** Instants `fromMs <= ms < toMs`. */
export interface ClosedSpan {
  fromMs: number
  toMs: number
}

/** More rows would be no series that anybody looks at, and fill the memory. */
const MAX_ROWS = 2_000_000
const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7]
/** 1970-01-05, the first Monday, counted from 1970-01-01 */
const FIRST_MONDAY = 4

/**
 * The combinations of time columns that there are in a span.
 * @param span of which `fromMs` is the beginning of a local hour
 * @throws TwdwError E_USAGE for more than two million
 */
export function bucketsIn(times: readonly TimeColumn[], span: ClosedSpan, zone: Zone): Bucket[] {
  const buckets = new Map<string, Bucket>()
  const add = (bucket: Bucket) => buckets.set(bucket.join(' '), bucket)
  const days = (span.toMs - span.fromMs) / DAY_MS
  if (times.includes('hour') || times.includes('hour-of-day')) {
    checkRows(days * 24)
    const offsetAt = offsetsByDay(zone.clock)
    for (const ms of localHours(span.fromMs, span.toMs, zone.clock)) {
      const wallMs = ms + offsetAt(ms)
      const day = Math.floor(wallMs / DAY_MS)
      const hour = Math.floor((wallMs - day * DAY_MS) / HOUR_MS)
      add(times.map(time => (time === 'hour' ? ms : time === 'hour-of-day' ? hour : bucketOfDay(time, day))))
    }
  } else {
    checkRows(days)
    const lastDay = localDay(span.toMs - 1, zone)
    for (let day = localDay(span.fromMs, zone); day <= lastDay; day++) {
      add(times.map(time => bucketOfDay(time as DayTime, day)))
    }
  }
  return [...buckets.values()]
}

/** All weekdays and hours of the day, where no other time is asked for that could tell a span; else none. */
export function recurringBuckets(times: readonly TimeColumn[]): Bucket[] {
  if (!times.every(time => time === 'weekday' || time === 'hour-of-day')) return []
  let buckets: Bucket[] = [[]]
  for (const time of times) {
    buckets = buckets.flatMap(bucket => (time === 'weekday' ? WEEKDAYS : HOURS).map(value => [...bucket, value]))
  }
  return buckets
}

/** From the beginning of one bucket to the end of another, which is the same or later. */
export function spanOfBuckets(time: TimeColumn, first: BucketValue, last: BucketValue, zone: Zone): ClosedSpan {
  if (time === 'hour') {
    const [, nextMs = Number(last) + 1] = localHours(Number(last), Number(last) + DAY_MS, zone.clock)
    return { fromMs: Number(first), toMs: nextMs }
  }
  return {
    fromMs: zone.clock.dayStartMs(daysOf(time, first).first),
    toMs: zone.clock.dayStartMs(daysOf(time, last).next),
  }
}

/** @throws TwdwError E_USAGE when an answer would have more than two million rows */
export function checkRows(rows: number): void {
  if (rows <= MAX_ROWS) return
  throw new TwdwError(
    'E_USAGE',
    `the answer would have ${Math.round(rows)} rows or more, and the limit is ${MAX_ROWS}`,
    {
      hint: 'narrow --from and --to, name fewer --by, or keep some with --top',
    },
  )
}

/** 1 = Monday to 7 = Sunday. @param day since 1970-01-01 */
export function weekdayOf(day: number): number {
  return ((((day - FIRST_MONDAY) % 7) + 7) % 7) + 1
}

type DayTime = Exclude<TimeColumn, 'hour' | 'hour-of-day'>

/** @param day since 1970-01-01 */
function bucketOfDay(time: DayTime, day: number): BucketValue {
  const weekday = weekdayOf(day)
  switch (time) {
    case 'day':
      return day
    case 'week':
      return day - weekday + 1
    case 'month':
      return dayToText(day).slice(0, 7)
    case 'year':
      return Number(dayToText(day).slice(0, 4))
    case 'weekday':
      return weekday
  }
}

/** First day of a bucket and first day after it, since 1970-01-01. */
function daysOf(time: TimeColumn, value: BucketValue): { first: number; next: number } {
  if (time === 'day') return { first: Number(value), next: Number(value) + 1 }
  if (time === 'week') return { first: Number(value), next: Number(value) + 7 }
  const [year = 0, month = 1] = String(value).split('-').map(Number)
  const dayOf = (monthNumber: number) => Math.round(Date.UTC(year, monthNumber - 1, 1) / DAY_MS)
  return { first: dayOf(month), next: time === 'month' ? dayOf(month + 1) : dayOf(13) }
}

function localDay(ms: number, zone: Zone): number {
  return Math.floor((ms + zone.clock.offsetMs(ms)) / DAY_MS)
}
