import { describe, expect, it } from 'vitest'
import { matchedRules, type RuleContext, ruleNamesOf } from '../../../src/lib/domain/x/matched.ts'
import { fitRules } from '../../../src/lib/domain/x/packing.ts'
import { wantedRules } from '../../../src/lib/domain/x/rules.ts'

const PACK = { pack: 'pack:1f3a9c2e', hashtags: ['covid19', 'strasse', 'vacina'] }
const OURS = 'twdw:lake:'
const context: RuleContext = {
  listenedTags: ['covid19', 'strasse', 'vacina', 'lab'],
  ruleNames: { 1: 'lab', 2: PACK, 3: '"some words"' },
  ownTags: OURS,
}

interface Rule {
  id?: string
  tag?: string | null
}

const tags = (...hashtags: string[]) => ({ hashtags: hashtags.map(tag => ({ tag })) })

/** A line of the stream as far as it matters. */
const line = (matching_rules: Rule[] | undefined, about: { data?: object; includes?: object } = {}) => ({
  data: {},
  ...about,
  ...(matching_rules && { matching_rules }),
})

const names = (hashtags: string[], ...rules: Rule[]) => matchedRules(line(rules), hashtags, context).rules

describe('matchedRules', () => {
  it.each<[string, string[], Rule[], string[]]>([
    ['a rule by its id, whatever its tag', ['x'], [{ id: '1', tag: 'somebody' }], ['lab']],
    ['a rule whose id is not known by its tag', [], [{ id: '9', tag: 'twdw:lake:old' }], ['old']],
    ['no rule that has neither', [], [{ id: '9' }, { id: '9', tag: null }, {}], []],
    ['each rule once', [], [{ id: '1' }, { id: '3' }, { tag: 'twdw:lake:lab' }], ['lab', '"some words"']],
    [
      'of a pack the hashtags that the tweet carries, folded',
      ['Straße', 'VACINA', 'x'],
      [{ id: '2' }],
      ['strasse', 'vacina'],
    ],
    [
      'of a pack of which it carries none the pack',
      ['x'],
      [{ id: '2', tag: 'twdw:lake:pack:1f3a9c2e' }],
      ['pack:1f3a9c2e'],
    ],
    ['a pack beside other rules', ['covid19', 'lab'], [{ id: '1' }, { id: '2' }], ['lab', 'covid19']],
    [
      'a pack that was replaced by what is listened for',
      ['lab', 'x'],
      [{ id: '9', tag: 'twdw:lake:pack:ffffffff' }],
      ['lab'],
    ],
    [
      'that pack itself where nothing says more',
      ['x'],
      [{ id: '9', tag: 'twdw:lake:pack:ffffffff' }],
      ['pack:ffffffff'],
    ],
  ])('names %s', (_, hashtags, rules, expected) => {
    expect(names(hashtags, ...rules)).toEqual(expected)
  })

  it.each([
    ['tweets', 'referenced_tweets'],
    ['posts', 'referenced_posts'],
  ])('finds the hashtags of a pack in the quoted one of %s, also past its beginning', (list, references) => {
    const note = list === 'tweets' ? 'note_tweet' : 'note_post'
    const quoted = { id: '7', entities: tags('Vacina'), [note]: { entities: tags('Vacina', 'strasse') } }
    const others = [{ id: '8', entities: tags('covid19') }]
    const data = { [references]: [{ type: 'quoted', id: '7' }] }
    expect(
      matchedRules(line([{ id: '2' }], { data, includes: { [list]: [...others, quoted] } }), [], context).rules,
    ).toEqual(['strasse', 'vacina'])
  })

  it('takes the hashtags of the tweet and of what it quotes together, as X matches both', () => {
    const data = { referenced_tweets: [{ type: 'quoted', id: '7' }] }
    const includes = { tweets: [{ id: '7', entities: tags('vacina') }] }
    expect(matchedRules(line([{ id: '2' }], { data, includes }), ['covid19'], context).rules).toEqual([
      'covid19',
      'vacina',
    ])
  })

  it('does not take the hashtags of what it answers, which X does not match', () => {
    const data = { referenced_tweets: [{ type: 'replied_to', id: '7' }] }
    const includes = { tweets: [{ id: '7', entities: tags('vacina') }] }
    expect(matchedRules(line([{ id: '2' }], { data, includes }), [], context).rules).toEqual(['pack:1f3a9c2e'])
  })

  it('gives a line that no rule matched the listened tags that it carries', () => {
    expect(matchedRules(line(undefined), ['LAB', 'x'], context)).toEqual({ rules: ['lab'], isForeign: false })
    expect(matchedRules(line([]), ['x'], context)).toEqual({ rules: [], isForeign: false })
  })

  it.each<[string, Rule[], boolean]>([
    ["only strangers' rules matched", [{ id: '9', tag: 'somebody' }, { id: '8' }], true],
    ['the rule of another lake matched', [{ id: '9', tag: 'twdw:lake2:a' }], true],
    ['a rule of ours matched beside a stranger’s', [{ id: '9', tag: 'somebody' }, { id: '1' }], false],
    ['an adopted rule matched', [{ id: '3', tag: 'somebody' }], false],
    ['a rule with a tag of ours matched that is not known', [{ id: '9', tag: 'twdw:lake:new' }], false],
    ['no rule is named', [], false],
  ])('says whether a tweet is foreign: %s', (_, rules, isForeign) => {
    expect(matchedRules(line(rules), [], context).isForeign).toBe(isForeign)
  })

  it('says of nothing that it is foreign where everything is to be stored', () => {
    const { ownTags: _, ...rest } = context
    expect(matchedRules(line([{ id: '9', tag: 'somebody' }]), [], rest)).toEqual({
      rules: ['somebody'],
      isForeign: false,
    })
  })

  it('names every hashtag of packed rules, whichever way round', () => {
    const hashtags = Array.from({ length: 200 }, (_, i) => `Tag${i}`)
    const room = { places: 10, free: 10, cap: 10, of: 'app' as const, strangers: 0 }
    const words = { hashtags, keywords: [], rules: [], langs: ['pt'] }
    const packs = fitRules(wantedRules(words, 'lake'), [], 'lake', room)
    const inUse = packs.map((rule, i) => ({
      id: String(i),
      name: rule.tag.slice(OURS.length),
      hashtags: rule.hashtags?.map(({ name }) => name) ?? [],
    }))
    const ruleNames = ruleNamesOf(inUse)
    expect(packs.length).toBeLessThan(5)
    for (const [i, spelling] of hashtags.entries()) {
      const [pack] = inUse.filter(rule => rule.hashtags.includes(`tag${i}`))
      const matched = matchedRules(line([{ id: pack!.id }]), [spelling], { ...context, ruleNames })
      expect(matched).toEqual({ rules: [`tag${i}`], isForeign: false })
    }
  })
})

describe('ruleNamesOf', () => {
  it('has one name for a rule, and for a pack what is in it', () => {
    const rules = [
      { id: '1', name: 'a', hashtags: ['a'] },
      { id: '2', name: 'pack:1f3a9c2e', hashtags: ['b', 'c'] },
      { id: '3', name: '"d"' },
    ]
    expect(ruleNamesOf(rules)).toEqual({ 1: 'a', 2: { pack: 'pack:1f3a9c2e', hashtags: ['b', 'c'] }, 3: '"d"' })
  })
})
