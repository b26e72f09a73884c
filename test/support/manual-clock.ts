/** A clock that a test moves: whoever sleeps wakes when its time has come. */
import type { Clock } from '../../src/lib/io/clock.ts'

export interface ManualClock extends Clock {
  /** Moves it, and wakes whoever's time has come. */
  pass(ms: number): void
  /** how many are asleep */
  readonly sleepers: number
}

export function manualClock(at = '2024-01-01T12:00:00.000Z'): ManualClock {
  let nowMs = Date.parse(at)
  const asleep = new Set<{ untilMs: number; wake: () => void }>()
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise(resolve => {
        if (signal?.aborted) return resolve()
        const sleeper = {
          untilMs: nowMs + ms,
          wake: () => {
            asleep.delete(sleeper)
            resolve()
          },
        }
        asleep.add(sleeper)
        signal?.addEventListener('abort', sleeper.wake, { once: true })
      }),
    pass(ms) {
      nowMs += ms
      for (const { untilMs, wake } of asleep) if (untilMs <= nowMs) wake()
    },
    get sleepers() {
      return asleep.size
    },
  }
}
