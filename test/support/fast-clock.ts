/** A clock that runs faster than the machine's, so that a minute's wait is a moment's. */
import { type Clock, systemClock } from '../../src/lib/io/clock.ts'

/** @param speed seconds that pass in one second */
export function fastClock(at: string, speed: number): Clock {
  const startMs = Date.parse(at)
  const realStartMs = systemClock.nowMs()
  return {
    nowMs: () => Math.floor(startMs + (systemClock.nowMs() - realStartMs) * speed),
    sleep: (sleepMs, signal) => systemClock.sleep(sleepMs / speed, signal),
  }
}
