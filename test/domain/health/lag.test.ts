import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LAG_WINDOW_MS, LagWindow } from '../../../src/lib/domain/health/lag.ts'

const AT = Date.parse('2026-09-21T12:00:00Z')

/** Nearest rank: the smallest value that so many of the values do not exceed. */
function exactMs(lagsMs: readonly number[], share: number): number {
  const sorted = lagsMs.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}

describe('lag', () => {
  it('is within 5 % of the exact percentiles, also where our clock is behind', () => {
    const lag = fc.oneof(fc.integer({ min: -60_000, max: 60_000 }), fc.integer({ min: -1e11, max: 1e11 }))
    fc.assert(
      fc.property(fc.array(lag, { minLength: 1, maxLength: 200 }), lagsMs => {
        const window = new LagWindow()
        for (const lagMs of lagsMs) window.add(AT, lagMs, 1)
        const { p50Ms, p99Ms } = window.lag(AT)!
        for (const [found, share] of [[p50Ms, 0.5] as const, [p99Ms, 0.99] as const]) {
          const exact = exactMs(lagsMs, share)
          expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.abs(exact) * 0.05 + 0.5)
        }
      }),
    )
  })

  it('counts a lag as often as it stands for tweets', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 1, max: 50 })), { minLength: 1 }),
        samples => {
          const weighted = new LagWindow()
          const repeated = new LagWindow()
          for (const [lagMs, tweets] of samples) {
            weighted.add(AT, lagMs, tweets)
            for (let i = 0; i < tweets; i++) repeated.add(AT, lagMs, 1)
          }
          expect(weighted.lag(AT)).toEqual(repeated.lag(AT))
        },
      ),
    )
  })

  it('forgets what is older than five minutes', () => {
    const window = new LagWindow()
    window.add(AT, 60_000, 1000)
    window.add(AT + LAG_WINDOW_MS, 1000, 1)
    expect(window.lag(AT + LAG_WINDOW_MS)).toEqual({ p50Ms: 1001, p99Ms: 1001 })
    expect(window.lag(AT + 3 * LAG_WINDOW_MS)).toBeUndefined()
  })

  it('has nothing to say before the first tweet, and holds any lag', () => {
    const window = new LagWindow()
    expect(window.lag(AT)).toBeUndefined()
    window.add(AT, 1e15, 1)
    expect(window.lag(AT)!.p50Ms).toBeGreaterThan(2e12)
  })
})
