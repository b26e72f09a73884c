import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldTag, parseHashtag, parseTag } from '../../src/lib/domain/tag.ts'

describe('foldTag', () => {
  it.each([
    ['COVID19', 'covid19'],
    ['ｈａｓｈ', 'hash'],
    ['ﾜｸﾁﾝ', 'ワクチン'],
    ['ｶﾞﾝﾀﾞﾑ', 'ガンダム'],
    ['Straße', 'strasse'],
    ['STRASSE', 'strasse'],
    ['GROẞ', 'gross'],
    ['İstanbul', 'i\u0307stanbul'],
    ['Iğdır', 'iğdır'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['οδος', 'οδοσ'],
    ['ﬁnal', 'final'],
    ['cafe\u0301', 'café'],
    ['Ελλάδα', 'ελλάδα'],
    ['ΐ', 'ΐ'],
    ['Москва', 'москва'],
    ['كورونا', 'كورونا'],
    ['ㅋㅋ', 'ᄏᄏ'],
    ['', ''],
  ])('folds %s to %s', (spelling, folded) => {
    expect(foldTag(spelling)).toBe(folded)
  })

  it('keeps accents, because X tells cumpleaños from cumpleanos', () => {
    expect(foldTag('CUMPLEAÑOS')).toBe('cumpleaños')
    expect(foldTag('cumpleanos')).not.toBe(foldTag('cumpleaños'))
  })

  it('folds what is folded to itself', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => foldTag(foldTag(text)) === foldTag(text)))
    const marked = fc.array(fc.constantFrom(...'ßẞİıΣςσΰ᾽ᾳᾼ\u0345\u0301\u0307ŉǰﬃАбａＡﾊﾟ゛ᏸꭰ'), { maxLength: 8 })
    fc.assert(fc.property(marked, letters => foldTag(foldTag(letters.join(''))) === foldTag(letters.join(''))))
  })

  it('has one key for a spelling in small and in capital letters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        expect(foldTag(text.toLowerCase().toUpperCase())).toBe(foldTag(text.toUpperCase()))
        expect(foldTag(text.normalize('NFD'))).toBe(foldTag(text.normalize('NFC')))
      }),
    )
  })
})

describe('parseTag', () => {
  it.each([
    ['covid19', 'covid19'],
    ['#Covid19', 'covid19'],
    ['＃ワクチン', 'ワクチン'],
    [' #sp_2024 ', 'sp_2024'],
    ['#1a', '1a'],
    ['انتخابات_2024', 'انتخابات_2024'],
    ['می\u200cخواهم', 'می\u200cخواهم'],
    ['वैक्सीन', 'वैक्सीन'],
    ['צה״ל', 'צה״ל'],
    ['col·lecció', 'col·lecció'],
    ['スター・ウォーズ', 'スター・ウォーズ'],
  ])('accepts %s', (text, tag) => {
    expect(parseTag(text)).toBe(tag)
  })

  it.each([
    ['#2026', 'it has no letter'],
    ['___', 'it has no letter'],
    ['', 'nothing stands behind the sign'],
    ['#', 'nothing stands behind the sign'],
    ['##covid', '"#" ends a hashtag'],
    ['covid-19', '"-" ends a hashtag'],
    ['são paulo', '" " ends a hashtag'],
    ['R&D', '"&" ends a hashtag'],
    ['fire🔥', '"🔥" ends a hashtag'],
    ['#\ufe0f\u20e3', 'the sign is part of an emoji'],
  ])('refuses %s and says why', (text, why) => {
    expect(() => parseTag(text)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: `not a hashtag: "${text}": ${why}`,
        hint: 'write letters, digits and _ with at least one letter, such as covid19',
      }),
    )
  })

  it('keeps the spelling for whoever asks X for it', () => {
    expect(parseHashtag('#VacinaSim')).toBe('VacinaSim')
  })
})
