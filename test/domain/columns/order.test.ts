import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupStarts, type Key, orderBy, rankNumbers } from '../../../src/lib/domain/columns/order.ts'

/** Two or three columns of small codes, equally long. */
const anyKeys: fc.Arbitrary<{ rows: number; keys: Key[] }> = fc
  .record({ rows: fc.nat(60), bounds: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }) })
  .chain(({ rows, bounds }) =>
    fc
      .tuple(...bounds.map(bound => fc.array(fc.nat(bound - 1), { minLength: rows, maxLength: rows })))
      .map(columns => ({
        rows,
        keys: columns.map((codes, i) => ({ codes: Uint32Array.from(codes), bound: bounds[i]! })),
      })),
  )

const codesAt = (keys: readonly Key[], row: number) => keys.map(({ codes }) => codes[row]!)

function obviousOrder(rows: number, keys: readonly Key[]): number[] {
  const compare = (a: number, b: number) =>
    codesAt(keys, a)
      .map((code, i) => code - codesAt(keys, b)[i]!)
      .find(difference => difference !== 0) ?? a - b
  return Array.from({ length: rows }, (_, row) => row).sort(compare)
}

describe('orderBy', () => {
  it('sorts as a stable sort with a comparing function does', () => {
    fc.assert(
      fc.property(anyKeys, ({ rows, keys }) => {
        expect([...orderBy(rows, keys)]).toEqual(obviousOrder(rows, keys))
      }),
    )
  })

  it('keeps the order of rows where there is no key', () => {
    expect([...orderBy(3, [])]).toEqual([0, 1, 2])
  })
})

describe('groupStarts', () => {
  it('begins a group wherever a code differs from the row before', () => {
    fc.assert(
      fc.property(anyKeys, ({ rows, keys }) => {
        const order = orderBy(rows, keys)
        const texts = [...order].map(row => String(codesAt(keys, row)))
        const obvious = [...texts.keys()].filter(i => texts[i] !== texts[i - 1])
        expect([...groupStarts(order, keys)]).toEqual([...obvious, rows])
      }),
    )
  })

  it('has no group where there is no row', () => {
    expect([...groupStarts(new Uint32Array(), [])]).toEqual([0])
  })
})

describe('rankNumbers', () => {
  it('gives each number its place among the distinct ones', () => {
    expect(rankNumbers(Float64Array.of(30, 10, 30, -5))).toEqual({
      codes: Uint32Array.of(2, 1, 2, 0),
      bound: 3,
      distinct: [-5, 10, 30],
    })
  })
})
