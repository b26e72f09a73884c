import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance } from '../../src/lib/domain/edits.ts'

describe('editDistance', () => {
  it.each<[string, string, number]>([
    ['', '', 0],
    ['', 'abc', 3],
    ['covid', 'covid', 0],
    ['covd', 'covid', 1],
    ['covvid', 'covid', 1],
    ['cowid', 'covid', 1],
    ['civod', 'covid', 2],
    ['ocvid', 'covid', 1],
    ['ca', 'abc', 3], // each letter is edited once: no `ac` in between
    ['kitten', 'sitting', 3],
  ])('is from "%s" to "%s" %i', (a, b, edits) => {
    expect(editDistance(a, b, 9)).toBe(edits)
    expect(editDistance(b, a, 9)).toBe(edits)
    expect(editDistance(a, b, edits)).toBe(edits)
    if (edits > 0) expect(editDistance(a, b, edits - 1)).toBe(undefined)
  })

  it('is the same whatever is the most that counts, up to it', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
    fc.assert(
      fc.property(word, word, fc.nat(8), (a, b, most) => {
        const edits = editDistance(a, b, 99)!
        expect(editDistance(a, b, most)).toBe(edits <= most ? edits : undefined)
      }),
    )
  })
})
