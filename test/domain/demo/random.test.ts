import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom, createZipf, firstAbove } from '../../../src/lib/domain/demo/random.ts'

describe('chance', () => {
  it('is the same on every machine', () => {
    const random = createRandom(1)
    expect([random.below(1000), random.below(1000), random.below(1000)]).toEqual([12, 0, 875])
  })

  it('stays in its bounds', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 1000 }), (seed, n) => {
        const random = createRandom(seed)
        const draw = random.below(n)
        const fraction = random.fraction()
        return Number.isInteger(draw) && draw >= 0 && draw < n && fraction >= 0 && fraction < 1
      }),
    )
  })

  it('comes true as often as it should', () => {
    const random = createRandom(2)
    const hits = Array.from({ length: 20_000 }, () => random.chance(0.3)).filter(hit => hit).length
    expect(hits / 20_000).toBeCloseTo(0.3, 1)
  })
})

describe('createZipf', () => {
  it('draws the second rank half as often as the first with exponent 1', () => {
    const random = createRandom(3)
    const draw = createZipf(10, 1)
    const uses = new Array<number>(10).fill(0)
    for (let i = 0; i < 50_000; i++) {
      const rank = draw(random)
      uses[rank] = (uses[rank] as number) + 1
    }
    expect((uses[0] as number) / (uses[1] as number)).toBeCloseTo(2, 0)
    expect((uses[0] as number) / (uses[9] as number)).toBeGreaterThan(8)
    expect(uses.every(count => count > 0)).toBe(true)
  })
})

describe('firstAbove', () => {
  it('finds what a walk from the start finds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { minLength: 1 }), fc.integer({ min: -1, max: 101 }), (values, limit) => {
        const ascending = values.sort((a, b) => a - b)
        const walked = ascending.findIndex(value => value > limit)
        expect(firstAbove(ascending, limit)).toBe(walked === -1 ? ascending.length - 1 : walked)
      }),
    )
  })
})
