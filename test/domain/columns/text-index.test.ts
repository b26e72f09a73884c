import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTextIndex, rankTexts } from '../../../src/lib/domain/columns/text-index.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const anyTexts = fc.array(
  fc.oneof(fc.string({ unit: 'grapheme', maxLength: 3 }), fc.constantFrom('', 'covid19', '🧪', 'ação')),
  {
    maxLength: 100,
  },
)

function indexOf(texts: readonly string[]) {
  const index = createTextIndex()
  const codes = texts.map(text => {
    // somewhere inside a larger buffer, as columns hold it
    const bytes = encode(`<<${text}>>`)
    return index.add(bytes, 2, bytes.length - 2)
  })
  return { index, codes }
}

describe('an index of texts', () => {
  it('numbers distinct texts in the order of their arrival, as a Set does', () => {
    fc.assert(
      fc.property(anyTexts, texts => {
        const { index, codes } = indexOf(texts)
        const distinct = [...new Set(texts)]
        expect(codes).toEqual(texts.map(text => distinct.indexOf(text)))
        expect(index.size).toBe(distinct.length)
        expect(distinct.map((_, code) => index.text(code))).toEqual(distinct)
      }),
    )
  })

  it('ranks by UTF-8 bytes, where UTF-16 would put an emoji before a full-width letter', () => {
    const { index } = indexOf(['Ａ', '🧪', 'b', '', 'a', 'ab'])
    expect([...rankTexts(index).sorted].map(code => index.text(code))).toEqual(['', 'a', 'ab', 'b', 'Ａ', '🧪'])
    expect([...rankTexts(index).rankOf]).toEqual([4, 5, 3, 0, 1, 2])
  })

  it('ranks as Buffer.compare sorts', () => {
    fc.assert(
      fc.property(anyTexts, texts => {
        const { index } = indexOf(texts)
        const sorted = [...new Set(texts)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect([...rankTexts(index).sorted].map(code => index.text(code))).toEqual(sorted)
      }),
    )
  })

  it('keeps apart tens of thousands of texts, and long ones', () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => `tag${i}`)
    texts.push('x'.repeat(100_000), 'x'.repeat(100_001))
    const { index, codes } = indexOf([...texts, ...texts])
    expect(index.size).toBe(texts.length)
    expect(codes).toEqual([...texts.keys(), ...texts.keys()])
    expect(index.text(20_001)).toBe(texts.at(-1))
  })
})
