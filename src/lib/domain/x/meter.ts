/**
 * The meter: what was had from X, by UTC day and in all, as it is kept between two runs.
 *
 * It counts whole journal segments. A segment's tweets enter the meter after they are in the lake and before the journal
 * forgets the segment, and its name enters with them. So a crash at any point leaves either the segment, which the next
 * run counts, or its name here, by which the next run knows that it has been counted. The journal is synced before
 * anything else is done with a line, hence nothing that is safe is ever uncounted.
 */
import { TwdwError } from '../../errors.ts'
import { isRecord, parseKept } from '../kept-json.ts'
import {
  addUsage,
  addUsageByDay,
  costMicroUsd,
  NO_USAGE,
  type Spent,
  type Usage,
  type UsageByDay,
  type UtcDay,
} from './spend.ts'

/** Raised when a meter written by this version could not be read by an older one. */
const METER_FORMAT = 1
/** Older days are in the total only. */
const DAYS_KEPT = 100

export interface Meter {
  total: Usage
  /** the latest DAYS_KEPT of those on which anything was had */
  days: UsageByDay
  /** segments that are in the total and may still be in the journal */
  counted: readonly string[]
}

export const EMPTY_METER: Meter = { total: NO_USAGE, days: {}, counted: [] }

/** What counts against caps on this day. @param unwritten what is not in the meter yet */
export function spentOn(day: UtcDay, meter: Meter, unwritten: UsageByDay = {}): Spent {
  const costOf = (days: UsageByDay) => costMicroUsd(days[day] ?? NO_USAGE)
  return {
    totalMicroUsd: Object.values(unwritten).map(costMicroUsd).reduce(sum, costMicroUsd(meter.total)),
    day,
    dayMicroUsd: costOf(meter.days) + costOf(unwritten),
  }
}

const sum = (a: number, b: number) => a + b

/** The meter with something more in it. */
export function meterWith(meter: Meter, usage: UsageByDay): Meter {
  const days = Object.entries(addUsageByDay(meter.days, usage)).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...meter,
    total: Object.values(usage).reduce(addUsage, meter.total),
    days: Object.fromEntries(days.slice(-DAYS_KEPT)),
  }
}

/**
 * The meter with a segment in it, once however often this is asked for.
 * @param journal segments that the journal still has: names of others need not be remembered
 */
export function meterWithSegment(meter: Meter, segment: string, usage: UsageByDay, journal: readonly string[]): Meter {
  if (meter.counted.includes(segment)) return meter
  const standing = new Set(journal)
  const counted = meter.counted.filter(name => standing.has(name))
  return { ...meterWith(meter, usage), counted: [...counted, segment] }
}

export function meterToText(meter: Meter): string {
  return `${JSON.stringify({ format: METER_FORMAT, ...meter }, null, 1)}\n`
}

/**
 * @param text undefined where there is no meter yet
 * @param path of the file, for the sentence
 * @throws TwdwError E_LAKE when the text is no meter: what was spent must not be forgotten in silence
 */
export function parseMeter(text: string | undefined, path: string): Meter {
  if (text === undefined) return EMPTY_METER
  const refuse = (why: string, cause?: unknown) => damaged(path, why, cause)
  const value = parseKept(text, { what: `the meter ${path}`, format: METER_FORMAT, damaged: refuse })
  const { format, counted } = value
  const total = parseUsage(value.total)
  const days = isRecord(value.days) ? Object.entries(value.days).map(([day, usage]) => [day, parseUsage(usage)]) : []
  const isWhole =
    format === METER_FORMAT &&
    total !== undefined &&
    isRecord(value.days) &&
    days.every(([day, usage]) => /^\d{4}-\d{2}-\d{2}$/.test(String(day)) && usage !== undefined) &&
    Array.isArray(counted) &&
    counted.every(name => typeof name === 'string')
  if (!isWhole) throw damaged(path, 'it lacks a count, or a count is no whole number')
  const meter: Meter = { total, days: Object.fromEntries(days) as UsageByDay, counted }
  const ofDays = Object.values(meter.days).reduce(addUsage, NO_USAGE)
  if (USAGE_KEYS.some(key => ofDays[key] > total[key])) throw damaged(path, 'its days are more than its total')
  return meter
}

const USAGE_KEYS = Object.keys(NO_USAGE) as (keyof Usage)[]

function parseUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined
  const counts = USAGE_KEYS.map(key => value[key])
  const areCounts = counts.every(count => typeof count === 'number' && Number.isSafeInteger(count) && count >= 0)
  return areCounts ? (Object.fromEntries(USAGE_KEYS.map((key, i) => [key, counts[i]])) as unknown as Usage) : undefined
}

function damaged(path: string, why: string, cause?: unknown): TwdwError {
  return new TwdwError('E_LAKE', `the meter ${path} is damaged, and without it no spending cap holds: ${why}`, {
    cause,
    hint: "restore it, or move it away to begin at $0.00 and lower the caps by what X's console says was spent",
  })
}
