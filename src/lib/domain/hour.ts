/**
 * Hours: the unit in which the lake is partitioned.
 *
 * A tweet belongs to the UTC hour in which X says it was made, not the hour in which we
 * heard it. Naming an hour, finding it, walking from one to the next and deciding that it
 * is closed happen here, so that no other file does arithmetic on dates. Ranges are
 * half-open: `from` is inside, `to` is not.
 */
import { TwdwError } from '../errors.ts'

/** One UTC hour, written `2024-01-01T10`; sorting as text is sorting by time. */
export type Hour = string & { readonly brand: 'Hour' }

/** Hours `from <= hour < to`; an open side is undefined. */
export interface HourRange {
  from: Hour | undefined
  to: Hour | undefined
}

export const HOUR_MS = 3_600_000

const HOUR_TEXT = /^(\d{4}-\d{2}-\d{2}T\d{2})(?::00(?::00)?)?(Z|[+-]\d{2}:\d{2})?$/

/**
 * The hour that a person wrote. Without an offset it is UTC; `2024-01-01T07-03:00` is `2024-01-01T10`.
 * @throws TwdwError E_USAGE when `text` is not an hour, or its offset leaves it between two UTC hours
 */
export function parseHour(text: string): Hour {
  const [, hourText, offset = 'Z'] = HOUR_TEXT.exec(text) ?? []
  const startMs = Date.parse(`${hourText}:00:00${offset}`)
  const named = Number.isNaN(startMs) ? undefined : hourOf(startMs)
  // Date.parse rolls 2024-02-30 over into March; what was not written back the same was not a date
  const wrote =
    hourText !== undefined && !Number.isNaN(startMs) && hourOf(Date.parse(`${hourText}:00:00Z`)) === hourText
  if (named === undefined || !wrote) {
    throw new TwdwError('E_USAGE', `not an hour: "${text}"`, {
      hint: 'write an hour as 2024-01-01T10 (UTC) or 2024-01-01T07-03:00',
    })
  }
  if (startMs % HOUR_MS !== 0) {
    throw new TwdwError('E_USAGE', `"${text}" starts inside a UTC hour, and the lake is partitioned by UTC hours`, {
      hint: `name ${named} or ${nextHour(named)}`,
    })
  }
  return named
}

/** The hour that contains an instant. @param ms milliseconds since 1970-01-01T00:00Z, year 0000 to 9999 */
export function hourOf(ms: number): Hour {
  return new Date(ms).toISOString().slice(0, 13) as Hour
}

/** First millisecond of an hour, since 1970-01-01T00:00Z. */
export function hourStartMs(hour: Hour): number {
  return Date.parse(`${hour}:00:00Z`)
}

export function nextHour(hour: Hour): Hour {
  return hourOf(hourStartMs(hour) + HOUR_MS)
}

/** `2024-01-01` of `2024-01-01T10`. */
export function utcDateOf(hour: Hour): string {
  return hour.slice(0, 10)
}

/** A closed hour is one that ended more than `graceMs` ago: late tweets are then the exception. */
export function isClosed(hour: Hour, nowMs: number, graceMs: number): boolean {
  return hourStartMs(hour) + HOUR_MS + graceMs < nowMs
}

export function isInRange(hour: Hour, range: HourRange): boolean {
  return (range.from === undefined || hour >= range.from) && (range.to === undefined || hour < range.to)
}
