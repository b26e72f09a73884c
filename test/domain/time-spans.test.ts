import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clip, hasPassed, lengthMs, type TimeSpan, unionOf, without } from '../../src/lib/domain/time-spans.ts'

const spans = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: -2, max: 9 }))
    .map(([fromMs, ms]): TimeSpan => ({ fromMs, toMs: fromMs + ms })),
  { maxLength: 12 },
)
const INSTANTS = Array.from({ length: 60 }, (_, i) => i)
const has = (set: readonly TimeSpan[], ms: number) => set.some(({ fromMs, toMs }) => fromMs <= ms && ms < toMs)

function expectInOrder(set: readonly TimeSpan[]): void {
  for (const [i, { fromMs, toMs }] of set.entries()) {
    expect(fromMs).toBeLessThan(toMs)
    if (i > 0) expect(set[i - 1]!.toMs).toBeLessThan(fromMs)
  }
}

describe('spans of time', () => {
  it('that overlap, touch or repeat are one', () => {
    const set = [
      { fromMs: 5, toMs: 7 },
      { fromMs: 1, toMs: 3 },
      { fromMs: 3, toMs: 4 },
      { fromMs: 1, toMs: 3 },
      { fromMs: 9, toMs: 9 },
    ]
    expect(unionOf(set)).toEqual([
      { fromMs: 1, toMs: 4 },
      { fromMs: 5, toMs: 7 },
    ])
  })

  it('cover, instant by instant, what any of them covers', () => {
    fc.assert(
      fc.property(spans, set => {
        const union = unionOf(set)
        expectInOrder(union)
        for (const ms of INSTANTS) expect(has(union, ms)).toBe(has(set, ms))
        expect(lengthMs(union)).toBe(INSTANTS.filter(ms => has(set, ms)).length)
      }),
    )
  })

  it('without others cover, instant by instant, what the others do not', () => {
    fc.assert(
      fc.property(spans, spans, (a, b) => {
        const rest = without(unionOf(a), unionOf(b))
        for (const ms of INSTANTS) expect(has(rest, ms)).toBe(has(a, ms) && !has(b, ms))
        for (const [i, { fromMs, toMs }] of rest.entries()) {
          expect(fromMs).toBeLessThan(toMs)
          if (i > 0) expect(rest[i - 1]!.toMs).toBeLessThanOrEqual(fromMs)
        }
      }),
    )
  })

  it('are cut to a span, with all else that they carry', () => {
    const gaps = [
      { fromMs: 0, toMs: 10, onPurpose: true },
      { fromMs: 20, toMs: 30, onPurpose: false },
    ]
    expect(clip(gaps, { fromMs: 5, toMs: 20 })).toEqual([{ fromMs: 5, toMs: 10, onPurpose: true }])
  })
})

describe('hasPassed', () => {
  it.each([
    [1_000, true],
    [999, false],
    [0, false],
    [-999, false],
    // a clock that was put back
    [-3_600_000, true],
  ])('knows whether a second has, when the clock shows %i ms more', (ms, isOver) => {
    expect(hasPassed(1_000, 5_000_000, 5_000_000 + ms)).toBe(isOver)
  })
})
