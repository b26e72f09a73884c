import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { skewMs } from '../../../src/lib/domain/health/clock-skew.ts'

const AT_MS = Date.parse('2026-09-21T12:00:00.000Z')
const DATE = new Date(AT_MS).toUTCString()

describe('clock skew', () => {
  it.each([
    { sent: 0, answered: 200, skew: 0 },
    { sent: 900, answered: 1_100, skew: 0 },
    // 45 s ahead of the end of X's second
    { sent: 46_000, answered: 46_100, skew: 45_000 },
    { sent: -46_000, answered: -45_000, skew: -45_000 },
  ])('is $skew ms when asked $sent and answered $answered ms after X’s second began', ({ sent, answered, skew }) => {
    expect(skewMs({ date: DATE, sentAtMs: AT_MS + sent, answeredAtMs: AT_MS + answered })).toBe(skew)
  })

  it('is never more than the real one, and less by no more than a second and the way', () => {
    const times = {
      skew: fc.integer({ min: -1e8, max: 1e8 }),
      thereMs: fc.nat(5_000),
      backMs: fc.nat(5_000),
      nowMs: fc.nat(1e9),
    }
    fc.assert(
      fc.property(fc.record(times), ({ skew, thereMs, backMs, nowMs }) => {
        const xMs = AT_MS + nowMs
        const date = new Date(xMs).toUTCString()
        const found = skewMs({ date, sentAtMs: xMs + skew - thereMs, answeredAtMs: xMs + skew + backMs })!
        expect(Math.abs(found)).toBeLessThanOrEqual(Math.abs(skew))
        expect(Math.abs(skew) - Math.abs(found)).toBeLessThanOrEqual(1_000 + thereMs + backMs)
        expect(found * skew).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('is not known where X does not tell the time', () => {
    for (const date of [undefined, '', 'soon']) {
      expect(skewMs({ date, sentAtMs: AT_MS, answeredAtMs: AT_MS })).toBeUndefined()
    }
  })
})
