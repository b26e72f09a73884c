/**
 * Time zones: instants → wall clocks, with the zone's own history.
 *
 * Offsets come from date-fns-tz and are looked up once per quarter hour, not once per row. Zones change their
 * offset on quarter hours, with exceptions (St. John's did at 00:01 until 2011): a quarter hour in which the
 * offset changes is looked up by minutes.
 */
import { formatInTimeZone, getTimezoneOffset } from 'date-fns-tz'
import { TwdwError } from '../errors.ts'
import { HOUR_MS } from './hour.ts'

export const DAY_MS = 86_400_000
const QUARTER_MS = 900_000
const MINUTE_MS = 60_000
/** How far around midnight a change of the clocks can move the beginning of a day. */
const CHANGE_MS = 3 * HOUR_MS

/** The clock on a wall in one zone. All arguments and results are whole milliseconds; instants are since 1970-01-01T00:00Z. */
export interface WallClock {
  /** What must be added to an instant to get its wall clock. */
  offsetMs(instantMs: number): number
  /**
   * When the local hour that contains an instant began: the earliest instant from which the wall clock runs on to
   * it unbroken. It tells apart the two hours 23 of a night in which the clocks go back.
   */
  hourStartMs(instantMs: number): number
  /** When a local day began, in days since 1970-01-01; for a day that was skipped, when the next one began. */
  dayStartMs(localDay: number): number
}

const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/

/**
 * The name of a time zone, as the IANA data base spells it.
 * @throws TwdwError E_USAGE for anything else, offsets such as `-03:00` included: they have no history
 */
export function parseTimeZone(text: string): string {
  if (ZONE_NAME.test(text) && !Number.isNaN(getTimezoneOffset(text, new Date(0)))) {
    const spelled = Intl.supportedValuesOf('timeZone').find(name => name.toLowerCase() === text.toLowerCase())
    if (spelled === undefined || spelled === text) return text
    throw new TwdwError('E_USAGE', `not a time zone: "${text}"`, { hint: `write ${spelled}` })
  }
  throw new TwdwError('E_USAGE', `not a time zone: "${text}"`, {
    hint: 'name one of the IANA data base, such as America/Sao_Paulo, Asia/Kolkata or UTC',
  })
}

/** @param timeZone a name that `parseTimeZone` accepts */
export function createWallClock(timeZone: string): WallClock {
  const offsetOf = new Map<number, number>()

  /** The offset at the beginning of a quarter hour or minute. */
  function offsetAt(instantMs: number): number {
    const known = offsetOf.get(instantMs)
    if (known !== undefined) return known
    const offset = zoneOffsetMs(timeZone, instantMs)
    offsetOf.set(instantMs, offset)
    return offset
  }

  function offsetMs(instantMs: number): number {
    const quarter = Math.floor(instantMs / QUARTER_MS) * QUARTER_MS
    const offset = offsetAt(quarter)
    return offset === offsetAt(quarter + QUARTER_MS) ? offset : offsetAt(Math.floor(instantMs / MINUTE_MS) * MINUTE_MS)
  }

  /** First minute in (fromMs, toMs] for which `isAfter` holds, which it does at `toMs` and from then on. */
  function firstMinute(fromMs: number, toMs: number, isAfter: (instantMs: number) => boolean): number {
    let [before, after] = [Math.floor(fromMs / MINUTE_MS), Math.ceil(toMs / MINUTE_MS)]
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (isAfter(middle * MINUTE_MS)) after = middle
      else before = middle
    }
    return after * MINUTE_MS
  }

  return {
    offsetMs,
    hourStartMs(instantMs) {
      const offset = offsetMs(instantMs)
      const wallMs = instantMs + offset
      const startMs = Math.floor(wallMs / HOUR_MS) * HOUR_MS - offset
      if (offsetMs(startMs) === offset) return startMs
      // the clocks were changed inside this hour: Lord Howe moves by 30 minutes
      return firstMinute(startMs, instantMs, ms => offsetMs(ms) === offset)
    },
    dayStartMs(localDay) {
      const midnightMs = localDay * DAY_MS
      const aboutMs = midnightMs - offsetMs(midnightMs)
      const [earlyMs, lateMs] = [aboutMs - CHANGE_MS, aboutMs + CHANGE_MS]
      const midnights = [offsetMs(earlyMs), offsetMs(aboutMs), offsetMs(lateMs)]
        .map(offset => midnightMs - offset)
        .filter(ms => ms + offsetMs(ms) === midnightMs)
      if (midnights.length > 0) return Math.min(...midnights)
      // the clocks jumped over midnight: the day begins where they landed
      return firstMinute(earlyMs, lateMs, ms => ms + offsetMs(ms) >= midnightMs)
    },
  }
}

/**
 * The offset at an instant. `getTimezoneOffset(zone, date)` alone is wrong for hours around each change of the
 * clocks: it takes the date for a wall clock, and the wall clock for that of the process's own zone.
 * `formatInTimeZone` takes an instant; the offset that it writes is the same on every machine.
 */
function zoneOffsetMs(timeZone: string, instantMs: number): number {
  return getTimezoneOffset(formatInTimeZone(new Date(instantMs), timeZone, 'xxx'))
}
