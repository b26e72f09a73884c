/**
 * Local times of a zone: their texts, the instants they mean, and the hours that really were.
 *
 * A wall clock is written as the milliseconds of a clock that shows UTC, so that arithmetic on dates needs no zone.
 * Only the way between the two asks the zone, and it may answer twice (clocks set back) or never (set forward).
 */
import { HOUR_MS } from '../hour.ts'
import { DAY_MS, type WallClock } from '../time-zone.ts'

const MINUTE_MS = 60_000

/** The zone of a lake. */
export interface Zone {
  /** IANA name */
  name: string
  clock: WallClock
}

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds; negative west of Greenwich. */
export type OffsetMsAt = (ms: number) => number

/** Offsets for many instants close together: the zone is asked about days, and about instants only where it moves its clocks. */
export function offsetsByDay(clock: WallClock): OffsetMsAt {
  const offsetOfDay = new Map<number, number | 'changes'>()
  return ms => {
    const day = Math.floor(ms / DAY_MS)
    let known = offsetOfDay.get(day)
    if (known === undefined) {
      known = clock.offsetMs(day * DAY_MS)
      if (known !== clock.offsetMs((day + 1) * DAY_MS)) known = 'changes'
      offsetOfDay.set(day, known)
    }
    return known === 'changes' ? clock.offsetMs(ms) : known
  }
}

/** The first instant at which the clocks show `wallMs`, a full hour, or later. */
export function firstInstantMs(wallMs: number, clock: WallClock): number {
  const shows = (ms: number) => ms + clock.offsetMs(ms)
  // no zone moves its clocks twice within two days, nor by more than one
  const guesses = [wallMs - clock.offsetMs(wallMs - DAY_MS), wallMs - clock.offsetMs(wallMs + DAY_MS)]
  const [first, last] = [Math.min(...guesses), Math.max(...guesses)]
  if (shows(first) >= wallMs) return first
  // the hour was skipped, or lies behind one that was had twice
  return shows(last) === wallMs ? last : clock.hourStartMs(last)
}

/** The beginnings of all local hours that begin in `fromMs <= ms < toMs`; `fromMs` is one. */
export function localHours(fromMs: number, toMs: number, clock: WallClock): number[] {
  const offsetAt = offsetsByDay(clock)
  const starts: number[] = []
  let startMs = fromMs
  while (startMs < toMs) {
    starts.push(startMs)
    const nextMs = startMs + HOUR_MS
    // an hour is cut short where the clocks are changed inside it, and then its start or its end is no full hour
    const isFull = offsetAt(startMs) === offsetAt(nextMs) && (startMs + offsetAt(startMs)) % HOUR_MS === 0
    startMs = isFull ? nextMs : hourStartAfter(startMs, clock)
  }
  return starts
}

/** When the next local hour begins, to the minute: clocks have been changed a minute after midnight. */
function hourStartAfter(startMs: number, clock: WallClock): number {
  let ms = startMs + MINUTE_MS
  while (clock.hourStartMs(ms) === startMs) ms += MINUTE_MS
  return clock.hourStartMs(ms)
}

/** `2019-02-16` of a day since 1970-01-01. */
export function dayToText(day: number): string {
  // years before 0 and after 9999 have six digits and a sign
  return new Date(day * DAY_MS).toISOString().replace(/T.*/, '')
}

/** `2019-02-16T23:00` of a wall clock; seconds, and what is below them, only where they are not zero. */
export function wallToText(wallMs: number): string {
  return new Date(wallMs)
    .toISOString()
    .slice(0, 23)
    .replace(/(:00)?\.000$/, '')
}

/** `2019-02-16T23:00-03:00` of an instant. */
export function instantToLocalText(ms: number, offsetMsAt: OffsetMsAt): string {
  const offsetMs = offsetMsAt(ms)
  return `${wallToText(ms + offsetMs)}${offsetToText(offsetMs)}`
}

/** `-03:00`; the seconds of offsets from before standard time are left out. */
function offsetToText(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
