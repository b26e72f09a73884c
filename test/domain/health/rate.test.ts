import { describe, expect, it } from 'vitest'
import { RateWindow } from '../../../src/lib/domain/health/rate.ts'

const START_MS = Date.parse('2026-09-21T12:00:00Z')

/** @param everyMs one tweet each time */
function windowAfter(seconds: number, everyMs: number) {
  const window = new RateWindow(START_MS)
  for (let ms = 0; ms < seconds * 1000; ms += everyMs) window.add(START_MS + ms, 1)
  return window.rates(START_MS + seconds * 1000)
}

describe('a rate', () => {
  it('is tweets a second over the last minute and the last hour', () => {
    const steady = windowAfter(2 * 3600, 250)
    expect(steady.minute).toBeCloseTo(4, 1)
    expect(steady.hour).toBeCloseTo(4, 1)
  })

  it('does not take the time before the run began for silence', () => {
    expect(windowAfter(10, 100)).toEqual({ minute: 10, hour: 10 })
  })

  it('falls to nothing when nothing comes any more', () => {
    const window = new RateWindow(START_MS)
    for (let second = 0; second < 60; second++) window.add(START_MS + second * 1000, 50)
    expect(window.rates(START_MS + 600_000)).toEqual({ minute: 0, hour: 5 })
    expect(window.rates(START_MS + 7_200_000)).toEqual({ minute: 0, hour: 0 })
  })

  it('is no hundredfold in the first moment of a run', () => {
    const window = new RateWindow(START_MS)
    window.add(START_MS, 3)
    expect(window.rates(START_MS + 10)).toEqual({ minute: 3, hour: 3 })
  })
})
