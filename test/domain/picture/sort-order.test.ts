import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareCells } from '../../../src/lib/domain/picture/sort-order.ts'

const sorted = (texts: readonly (string | null)[], isNumeric: boolean, isDescending = false) =>
  texts.toSorted((a, b) => compareCells(a, b, { isNumeric, isDescending }))

describe('compareCells', () => {
  it('sorts integers by all of their digits', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt()), values => {
        const right = values.toSorted((a, b) => (a < b ? -1 : Number(a > b))).map(String)
        expect(sorted(values.map(String), true)).toEqual(right)
      }),
    )
  })

  it('sorts what has commas, fractions or a unit behind it by its number', () => {
    expect(sorted(['1,000', '999', '-2'], true)).toEqual(['-2', '999', '1,000'])
    expect(sorted(['97.3 %', '100 %', '9.5 %'], true, true)).toEqual(['100 %', '97.3 %', '9.5 %'])
  })

  it('puts what has no value last, either way', () => {
    expect(sorted([null, '2', '1'], true)).toEqual(['1', '2', null])
    expect(sorted([null, 'a', 'b'], false, true)).toEqual(['b', 'a', null])
  })
})
