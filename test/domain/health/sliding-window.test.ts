import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlidingWindow } from '../../../src/lib/domain/health/sliding-window.ts'

const SHAPE = { sliceMs: 10, slices: 5, width: 2 }
const START_MS = Date.parse('2026-09-21T12:00:00Z')

describe('a sliding window', () => {
  it('sums what was added in the slices that it reaches back to, and nothing older', () => {
    const event = fc.record({ afterMs: fc.nat(30), index: fc.nat(1), amount: fc.integer({ min: 1, max: 9 }) })
    fc.assert(
      fc.property(fc.array(event), fc.nat(60), fc.integer({ min: 1, max: 5 }), (events, restMs, slices) => {
        const window = new SlidingWindow(SHAPE)
        let nowMs = START_MS
        const added = events.map(({ afterMs, index, amount }) => {
          nowMs += afterMs
          window.add(nowMs, index, amount)
          return { atMs: nowMs, index, amount }
        })
        nowMs += restMs
        const fromMs = nowMs - window.spanMs(nowMs, slices)
        const expected = [0, 1].map(index =>
          added.reduce((sum, one) => sum + (one.index === index && one.atMs >= fromMs ? one.amount : 0), 0),
        )
        expect([...window.sums(nowMs, slices)]).toEqual(expected)
      }),
    )
  })

  it('reaches back between one slice less than asked for and all of them', () => {
    const window = new SlidingWindow(SHAPE)
    expect(window.spanMs(START_MS)).toBe(40)
    expect(window.spanMs(START_MS + 9)).toBe(49)
    expect(window.spanMs(START_MS + 10, 2)).toBe(10)
  })

  it('does not count the future when the clock is put back, and counts on', () => {
    const window = new SlidingWindow(SHAPE)
    window.add(START_MS + 3_600_000, 0, 7)
    expect([...window.sums(START_MS)]).toEqual([0, 0])
    window.add(START_MS, 0, 1)
    expect([...window.sums(START_MS)]).toEqual([1, 0])
  })
})
