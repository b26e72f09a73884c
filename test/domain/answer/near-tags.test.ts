import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearTags } from '../../../src/lib/domain/answer/near-tags.ts'

const used = (tweets: Record<string, number>) => Object.entries(tweets).map(([tag, n]) => ({ tag, tweets: n }))
const LAKE = used({
  covid19: 9000,
  covid: 4000,
  covidbrasil: 50,
  vacina: 700,
  eleição: 300,
  samba: 20,
  axé: 5,
  日本: 9,
})

describe('nearTags', () => {
  it.each<[string, string, string[]]>([
    ['a letter left out', 'covd19', ['covid19']],
    ['a letter too many', 'covvid19', ['covid19']],
    ['another letter', 'vacima', ['vacina']],
    ['two letters swapped', 'smaba', ['samba']],
    ['accents left out', 'eleicao', ['eleição']],
    ['accents and a letter left out', 'elecao', ['eleição']],
    ['an accent that is none', 'sámba', ['samba']],
    ['a beginning', 'cov', ['covid19', 'covid', 'covidbrasil']],
    ['an ending too many', 'sambaenredo', ['samba']],
    ['something else', 'futebol', []],
    ['two letters that begin many a tag', 'co', []],
    ['two letters', '日木', []],
    ['an accent of a short one', 'axe', ['axé']],
  ])('finds for %s, #%s, what was meant', (_, asked, near) => {
    expect(nearTags(asked, LAKE)).toEqual(near)
  })

  it('takes a tag that is used much more though it is an edit further away', () => {
    expect(nearTags('vaccinna', used({ vaccina: 1, vacina: 1000 }))).toEqual(['vacina', 'vaccina'])
    expect(nearTags('vaccinna', used({ vaccina: 1, vacina: 100 }))).toEqual(['vaccina', 'vacina'])
  })

  it('never names the tag itself, and three at most, the most used first', () => {
    const tags = used({ samba1: 1, samba2: 5, samba3: 3, samba4: 4, samba: 9 })
    expect(nearTags('samba', tags)).toEqual(['samba2', 'samba4', 'samba3'])
  })

  it('finds any tag of six letters by any one slip, whatever else is there', () => {
    const letters = fc.array(fc.constantFrom(...'abcdefgh'), { minLength: 6, maxLength: 14 })
    const slip = fc.constantFrom<(tag: string[], at: number) => string[]>(
      (tag, at) => tag.toSpliced(at, 1),
      (tag, at) => tag.toSpliced(at, 0, 'z'),
      (tag, at) => tag.with(at, 'z'),
      (tag, at) => (at === 0 ? ['z', ...tag] : tag.with(at, tag[at - 1]!).with(at - 1, tag[at]!)),
    )
    fc.assert(
      fc.property(letters, slip, fc.nat(5), (tag, edit, at) => {
        const asked = edit(tag, at).join('')
        fc.pre(asked !== tag.join(''))
        expect(nearTags(asked, [...LAKE, { tag: tag.join(''), tweets: 1 }])).toEqual([tag.join('')])
      }),
    )
  })
})
