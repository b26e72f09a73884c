/** A clock that stands still until it is told otherwise; sleeping moves it. */
import type { Clock } from '../../src/lib/io/clock.ts'

export function fixedClock(at = '2024-01-01T12:00:00.000Z'): Clock & { moveTo(at: string): void; slept: number[] } {
  let nowMs = Date.parse(at)
  const slept: number[] = []
  return {
    slept,
    nowMs: () => nowMs,
    moveTo: to => {
      nowMs = Date.parse(to)
    },
    async sleep(ms, signal) {
      if (signal?.aborted) return
      slept.push(ms)
      nowMs += ms
    },
  }
}
