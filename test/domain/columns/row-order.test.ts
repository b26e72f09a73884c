import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCompareRows } from '../../../src/lib/domain/columns/row-order.ts'
import { rowsOf } from '../../../src/lib/domain/columns/rows.ts'
import { type Layer1Row, layer1Table } from '../../support/layer1-rows.ts'

const anyRow: fc.Arbitrary<Layer1Row> = fc.record({
  tweet_id: fc.constantFrom('a', 'ab', 'Ａ', '🧪'),
  lang: fc.constantFrom(null, '', 'pt'),
  like_count: fc.constantFrom(null, 0, 1, 2 ** 31, 2 ** 32, -1),
  possibly_sensitive: fc.constantFrom(null, true, false),
  place_longitude: fc.constantFrom(null, -46.6, 0.5, 0.25, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  hashtags: fc.array(fc.constantFrom('a', 'ab', '🧪'), { maxLength: 2 }),
})

const NAMES = ['tweet_id', 'lang', 'like_count', 'possibly_sensitive', 'place_longitude', 'hashtags'] as const

/** Nulls first; text by its bytes; lists item by item, the shorter one first. */
function obviousCompare(a: unknown, b: unknown): number {
  if (a === undefined || a === null || b === undefined || b === null) return Number(a != null) - Number(b != null)
  if (Array.isArray(a) && Array.isArray(b)) {
    const length = Math.max(a.length, b.length)
    return Array.from({ length }, (_, i) => obviousCompare(a[i], b[i])).find(order => order !== 0) ?? 0
  }
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  return a === b ? 0 : Math.sign(Number(a) - Number(b))
}

describe('createCompareRows', () => {
  it('compares by one column after the other, nulls first, text by its bytes, across files', () => {
    const keys = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 })
    fc.assert(
      fc.property(
        fc.array(anyRow, { minLength: 1, maxLength: 10 }),
        fc.array(anyRow, { maxLength: 10 }),
        keys,
        (some, more, names) => {
          const all = [...some, ...more]
          const compare = createCompareRows(rowsOf([layer1Table(some), layer1Table(more)]), names)
          for (const [a, rowA] of all.entries()) {
            for (const [b, rowB] of all.entries()) {
              const obvious = names.map(name => obviousCompare(rowA[name], rowB[name])).find(order => order !== 0) ?? 0
              expect(Math.sign(compare(a, b))).toBe(obvious)
            }
          }
        },
      ),
    )
  })
})
