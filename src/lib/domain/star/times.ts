/** Local times: for each tweet the wall clock, day and hour of the lake's zone. */
import { HOUR_MS } from '../hour.ts'
import { createWallClock, DAY_MS } from '../time-zone.ts'
import type { CastRows } from './cast.ts'

/** By tweet. Instants are milliseconds since 1970-01-01T00:00Z. */
export interface LocalTimes {
  createdAtMs: Float64Array
  /** milliseconds since 1970-01-01T00:00 on the wall clock */
  localMs: Float64Array
  /** days since 1970-01-01 */
  localDate: Int32Array
  /** 0 to 23 */
  localHour: Int32Array
  hourStartMs: Float64Array
}

/** @param pick tweet → row of `cast` */
export function localTimesOf(cast: CastRows, pick: Uint32Array, timeZone: string): LocalTimes {
  const wallClock = createWallClock(timeZone)
  const createdAtMs = Float64Array.from(pick, row => cast.createdAtMs[row]!)
  const localMs = new Float64Array(pick.length)
  const localDate = new Int32Array(pick.length)
  const localHour = new Int32Array(pick.length)
  const hourStartMs = new Float64Array(pick.length)
  for (let tweet = 0; tweet < pick.length; tweet++) {
    const instantMs = createdAtMs[tweet]!
    const wallMs = instantMs + wallClock.offsetMs(instantMs)
    localMs[tweet] = wallMs
    localDate[tweet] = Math.floor(wallMs / DAY_MS)
    localHour[tweet] = Math.floor(wallMs / HOUR_MS) - localDate[tweet]! * 24
    hourStartMs[tweet] = wallClock.hourStartMs(instantMs)
  }
  return { createdAtMs, localMs, localDate, localHour, hourStartMs }
}
