/** Local times: for each minute of an hour the wall clock, day and hour of the lake's zone. */
import { HOUR_MS, type Hour, hourStartMs } from '../hour.ts'
import { createWallClock, DAY_MS } from '../time-zone.ts'

const MINUTE_MS = 60_000
const MINUTES = HOUR_MS / MINUTE_MS

/**
 * By minute of the UTC hour; no zone of X's time changes its clocks inside a minute, or is off UTC by part of one.
 * Instants are milliseconds since 1970-01-01T00:00Z.
 */
export interface LocalTimes {
  hourMs: number
  /** layer1 row → its minute */
  minuteOf: Uint8Array
  /** what is added to an instant to get milliseconds since 1970-01-01T00:00 on the wall clock */
  offsetMs: Float64Array
  /** days since 1970-01-01 */
  localDate: Int32Array
  /** 0 to 23 */
  localHour: Int32Array
  hourStartMs: Float64Array
}

/** @param createdAtMs by layer1 row; rows outside the hour are rejected ones, whose minute does not matter */
export function localTimesOf(hour: Hour, timeZone: string, createdAtMs: Float64Array): LocalTimes {
  const wallClock = createWallClock(timeZone)
  const hourMs = hourStartMs(hour)
  const offsetMs = new Float64Array(MINUTES)
  const localDate = new Int32Array(MINUTES)
  const localHour = new Int32Array(MINUTES)
  const startMs = new Float64Array(MINUTES)
  for (let minute = 0; minute < MINUTES; minute++) {
    const instantMs = hourMs + minute * MINUTE_MS
    offsetMs[minute] = wallClock.offsetMs(instantMs)
    const wallMs = instantMs + offsetMs[minute]!
    localDate[minute] = Math.floor(wallMs / DAY_MS)
    localHour[minute] = Math.floor(wallMs / HOUR_MS) - localDate[minute]! * 24
    startMs[minute] = wallClock.hourStartMs(instantMs)
  }
  const minuteOf = new Uint8Array(createdAtMs.length)
  for (let row = 0; row < minuteOf.length; row++) minuteOf[row] = (createdAtMs[row]! - hourMs) / MINUTE_MS
  return { hourMs, minuteOf, offsetMs, localDate, localHour, hourStartMs: startMs }
}
