import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareInt64,
  copyInt64,
  createInt64Index,
  multiplyInt64s,
  numbersToHalves,
  orderInt64s,
  parseInt64,
  placesInSorted,
  rankInt64s,
  toNumber,
} from '../../../src/lib/domain/columns/int64.ts'

const MAX = 2n ** 63n - 1n
const anyInt64 = fc.bigInt({ min: -(2n ** 63n), max: MAX })
/** ids as they come: close together, and some far apart */
const anyId = fc.oneof(
  fc.bigInt({ min: 0n, max: MAX }),
  fc.nat(9).map(n => (1n << 61n) + BigInt(n)),
  fc.nat(9).map(n => BigInt(n) << 32n),
  fc.nat(9).map(BigInt),
)

const halvesOf = (values: readonly bigint[]) => new Int32Array(BigInt64Array.from(values).buffer)
const bigintsOf = (halves: Int32Array) => [...new BigInt64Array(halves.slice().buffer)]

/** The value that parseInt64 reads in the middle of other bytes; undefined when it refuses. */
function parse(text: string): bigint | undefined {
  const bytes = new TextEncoder().encode(`9${text}9`)
  const halves = new Int32Array(4)
  const isId = parseInt64(bytes, 1, bytes.length - 1, halves, 1)
  return isId ? bigintsOf(halves)[1] : undefined
}

function obviousParse(text: string): bigint | undefined {
  return /^[0-9]+$/.test(text) && BigInt(text) <= MAX && text.replace(/^0+/, '').length <= 19 ? BigInt(text) : undefined
}

describe('parseInt64', () => {
  it('reads every id as BigInt does', () => {
    fc.assert(fc.property(anyId, id => void expect(parse(String(id))).toBe(id)))
  })

  it('reads what BigInt reads, and refuses the rest', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 21 })
    const other = fc.string({ unit: fc.constantFrom(...'0129 -+.x/:٣'), maxLength: 5 })
    fc.assert(fc.property(fc.oneof(digits, other), text => void expect(parse(text)).toBe(obviousParse(text))))
  })

  it.each([
    ['9007199254740993', 9_007_199_254_740_993n],
    ['9223372036854775807', MAX],
    ['0', 0n],
    ['0000000000000000000000007', 7n],
    ['9223372036854775808', undefined],
    ['18446744073709551617', undefined],
    ['', undefined],
    ['9'.repeat(400), undefined],
    ['-1', undefined],
    ['1e3', undefined],
  ])('reads "%s" as %s', (text, id) => {
    expect(parse(text)).toBe(id)
  })

  it('leaves what was there when it refuses', () => {
    const halves = Int32Array.of(5, 6)
    expect(parseInt64(new TextEncoder().encode('12a'), 0, 3, halves, 0)).toBe(false)
    expect(halves).toEqual(Int32Array.of(5, 6))
  })
})

describe('numbers as halves', () => {
  it('come back as they were, up to 2^53 either way', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), value => {
        const halves = numbersToHalves([0, value])
        expect(toNumber(halves, 1)).toBe(value)
        expect(bigintsOf(halves)[1]).toBe(BigInt(value))
      }),
    )
  })

  it('are multiplied as BigInts of 64 bits are', () => {
    fc.assert(
      fc.property(anyInt64, anyInt64, fc.nat(1 << 20), (a, b, factor) => {
        const halves = halvesOf([a, b])
        multiplyInt64s(halves, factor)
        expect(bigintsOf(halves)).toEqual([a, b].map(value => BigInt.asIntN(64, value * BigInt(factor))))
      }),
    )
  })

  it('are compared and copied as BigInts are', () => {
    fc.assert(
      fc.property(anyInt64, anyInt64, (a, b) => {
        const halves = halvesOf([a, b, 0n])
        expect(Math.sign(compareInt64(halves, 0, halves, 1))).toBe(a < b ? -1 : Number(a > b))
        copyInt64(halves, 1, halves, 2)
        expect(bigintsOf(halves)).toEqual([a, b, b])
      }),
    )
  })
})

describe('compareInt64', () => {
  it('takes the low half without a sign', () => {
    const halves = halvesOf([0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, -1n])
    expect(compareInt64(halves, 0, halves, 1)).toBeLessThan(0)
    expect(compareInt64(halves, 2, halves, 1)).toBeGreaterThan(0)
    expect(compareInt64(halves, 3, halves, 0)).toBeLessThan(0)
  })
})

describe('an index of 64-bit integers', () => {
  it('numbers distinct values in the order of their arrival, as a Map does', () => {
    fc.assert(
      fc.property(fc.array(anyId, { maxLength: 200 }), ids => {
        const index = createInt64Index(ids.length)
        const obvious = new Map<bigint, number>()
        const halves = halvesOf(ids)
        for (const [i, id] of ids.entries()) {
          if (!obvious.has(id)) obvious.set(id, obvious.size)
          expect(index.add(halves[2 * i]!, halves[2 * i + 1]!)).toBe(obvious.get(id))
        }
        expect(index.size).toBe(obvious.size)
        expect(bigintsOf(index.halves)).toEqual([...obvious.keys()])
        for (let i = 0; i < ids.length; i++) {
          expect(index.find(halves[2 * i]!, halves[2 * i + 1]!)).toBe(obvious.get(ids[i]!))
        }
        expect(index.find(12_345, 54_321)).toBe(-1)
      }),
    )
  })

  it('ranks its values as a sort does', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyInt64, { maxLength: 100 }), values => {
        const index = createInt64Index(values.length)
        const halves = halvesOf(values)
        for (let i = 0; i < values.length; i++) index.add(halves[2 * i]!, halves[2 * i + 1]!)
        const sorted = values.toSorted((a, b) => (a < b ? -1 : 1))
        const ranks = rankInt64s(index)
        expect(bigintsOf(ranks.sorted)).toEqual(sorted)
        expect([...ranks.rankOf]).toEqual(values.map(value => sorted.indexOf(value)))
      }),
    )
  })

  it('takes its largest number of values', () => {
    const index = createInt64Index(0)
    expect(index.find(1, 1)).toBe(-1)
    const full = createInt64Index(1000)
    for (let i = 0; i < 1000; i++) full.add(0, i)
    expect(full.size).toBe(1000)
    expect(full.find(0, 999)).toBe(999)
  })
})

describe('orderInt64s', () => {
  it('sorts rows by their values as a stable sort does, whichever rows are asked for', () => {
    const spread = fc.oneof(anyId, fc.bigInt(0n, 9n), fc.bigInt(0n, 2n ** 63n - 1n))
    fc.assert(
      fc.property(fc.array(fc.record({ id: spread, isAsked: fc.boolean() }), { maxLength: 200 }), given => {
        const halves = halvesOf(given.map(({ id }) => id))
        const rows = Uint32Array.from(given.flatMap(({ isAsked }, row) => (isAsked ? [row] : [])))
        const before = [...rows]
        const sorted = before.toSorted(
          (a, b) => Number(given[a]!.id > given[b]!.id) - Number(given[a]!.id < given[b]!.id),
        )
        expect([...orderInt64s(halves, rows)]).toEqual(sorted)
        expect([...rows]).toEqual(before)
      }),
    )
  })
})

describe('placesInSorted', () => {
  it('finds what indexOf finds, near and far apart', () => {
    const anySorted = fc.uniqueArray(fc.oneof(anyId, fc.bigInt(0n, 50n), fc.bigInt(0n, 2n ** 63n - 1n)), {
      maxLength: 100,
    })
    fc.assert(
      fc.property(anySorted, fc.array(fc.bigInt(0n, 60n)), (values, others) => {
        const sorted = values.toSorted((a, b) => (a < b ? -1 : 1))
        const asked = [...others, ...values]
        expect([...placesInSorted(halvesOf(sorted), halvesOf(asked))]).toEqual(
          asked.map(value => sorted.indexOf(value)),
        )
      }),
    )
  })
})
