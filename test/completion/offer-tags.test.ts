import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { offerTags } from '../../src/lib/completion/offer-tags.ts'
import { foldTag } from '../../src/lib/domain/tag.ts'

const TAGS = ['covid19', 'eleição', 'covid', 'eleitor', 'strasse', 'é']
const wordsFor = (typed: string, lead = '') => offerTags(TAGS, typed, lead).map(({ word }) => word)

describe('offerTags', () => {
  it('offers the most used first, spelled on as they were begun', () => {
    expect(wordsFor('cov')).toEqual(['covid19', 'covid'])
    expect(wordsFor('Elei')).toEqual(['Eleição', 'Eleitor'])
    expect(wordsFor('#ELEIÇ')).toEqual(['#ELEIÇão'])
    expect(wordsFor('＃cov', '--tag=a,')).toEqual(['--tag=a,＃covid19', '--tag=a,＃covid'])
    expect(wordsFor('')).toEqual(TAGS)
    expect(wordsFor('eleic')).toEqual([])
  })

  it('offers what asks for the tag, however it was begun', () => {
    const letters = fc.constantFrom(...'eE\u0301\u0345iIİıßẞſᾳΑΣςσﬁŉᄒ\u1161가ｶﾞカ\u3099Å\u212b')
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), fc.nat(6), (spelling, typed) => {
        const tag = foldTag(spelling.join(''))
        for (const word of offerTags([tag], spelling.slice(0, typed).join(''), '')) expect(foldTag(word.word)).toBe(tag)
      }),
      { numRuns: 500 },
    )
    expect(wordsFor('Straß')).toEqual(['Straße'])
    // an e whose accent is still to come is another letter
    expect(wordsFor('e')).toEqual(['eleição', 'eleitor'])
    expect(wordsFor('e\u0301')).toEqual(['e\u0301'])
  })

  it('offers no more than can be read', () => {
    const tags = Array.from({ length: 200 }, (_, i) => `tag${i}`)
    expect(offerTags(tags, '', '')).toHaveLength(50)
  })
})
