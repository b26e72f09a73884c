import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tweetInstantMs } from '../../../src/lib/domain/instant.ts'
import type { SessionRule } from '../../../src/lib/domain/session.ts'
import { idBorders, MAX_QUERY_CHARS, oldestOf, questionsFor } from '../../../src/lib/domain/x/search-query.ts'

const rule = (value: string, name = value.replace(/^#/, '').split(' ')[0]!): SessionRule => ({ name, value })
const own = (value: string): SessionRule => ({ name: value, value })

describe('questionsFor', () => {
  it.each<[string, SessionRule[], string[]]>([
    ['one hashtag as it is', [rule('#covid19')], ['#covid19']],
    ['one hashtag in one language as it is', [rule('#covid19 lang:pt')], ['#covid19 lang:pt']],
    ['hashtags together', [rule('#a'), rule('#b'), rule('#c')], ['#a OR #b OR #c']],
    [
      'hashtags of one narrowing together, grouped because AND binds tighter than OR',
      [rule('#a (lang:pt OR lang:en)'), rule('#b (lang:pt OR lang:en)')],
      ['(#a OR #b) (lang:pt OR lang:en)'],
    ],
    ['hashtags of two narrowings apart', [rule('#a lang:pt'), rule('#b')], ['#a lang:pt', '#b']],
    [
      'keywords and rules alone, behind the hashtags',
      [own('"some words"'), rule('#a'), own('cat -dog'), rule('#b')],
      ['#a OR #b', '"some words"', 'cat -dog'],
    ],
    [
      "a rule of the user's own alone, though it begins with a hashtag",
      [own('#a'), own('#b vaccine'), rule('#c')],
      ['#c', '#a', '#b vaccine'],
    ],
    ['a hashtag that folds to other letters as it is spelled', [rule('#straße', 'strasse')], ['#straße']],
    ['a sample of everything without it', [rule('#a sample:100', 'a')], ['#a']],
  ])('asks for %s', (_, rules, queries) => {
    const { questions, unaskable } = questionsFor(rules)
    expect(questions.map(({ query }) => query)).toEqual(queries)
    expect(unaskable).toEqual([])
  })

  it('says how it is known by what a tweet was found', () => {
    const rules = [rule('#a'), rule('#b'), own('"some words"')]
    expect(questionsFor(rules).questions).toEqual([
      { query: '#a OR #b', rules: rules.slice(0, 2), tags: ['a', 'b'], askedBy: undefined },
      { query: '"some words"', rules: rules.slice(2), tags: [], askedBy: '"some words"' },
    ])
  })

  it('asks for no sample, since search would bring and bill every tweet', () => {
    const rules = [rule('#a lang:pt sample:10', 'a'), own('(cat sample:5) OR dog'), own('"a sample:10 of it"')]
    const { questions, unaskable } = questionsFor(rules)
    expect(questions.map(({ query }) => query)).toEqual(['"a sample:10 of it"'])
    expect(unaskable).toEqual([
      { rule: rules[0], because: 'sample' },
      { rule: rules[1], because: 'sample' },
    ])
  })

  it('asks for nothing that is longer than search takes', () => {
    const fits = own('x'.repeat(512))
    const long = own('x'.repeat(513))
    const { questions, unaskable } = questionsFor([fits, long])
    expect(questions.map(({ rules }) => rules)).toEqual([[fits]])
    expect(unaskable).toEqual([{ rule: long, because: 'length' }])
  })

  it('asks for every rule once, in questions that search takes, whatever the rules', () => {
    const hashtag = fc.stringMatching(/^[a-z]{1,40}$/)
    const narrowing = fc.constantFrom('', ' lang:pt', ' (lang:pt OR lang:en)')
    const rules = fc.uniqueArray(fc.tuple(hashtag, narrowing), { selector: ([tag, by]) => tag + by, maxLength: 60 })
    fc.assert(
      fc.property(rules, pairs => {
        const asked = pairs.map(([tag, by]) => rule(`#${tag}${by}`, tag))
        const { questions, unaskable } = questionsFor(asked)
        expect(unaskable).toEqual([])
        const values = (some: readonly SessionRule[]) => some.map(({ value }) => value).sort()
        expect(values(questions.flatMap(({ rules }) => rules))).toEqual(values(asked))
        for (const { query, rules, tags } of questions) {
          expect(query.length).toBeLessThanOrEqual(MAX_QUERY_CHARS)
          expect(tags).toEqual(rules.map(({ name }) => name))
          // nothing of another narrowing, and every hashtag of its own
          for (const { value } of rules) {
            const [, text = '', by = ''] = /^(#\S+)( .+)?$/.exec(value) ?? []
            expect(query.endsWith(by)).toBe(true)
            expect(query.match(/#[^\s()]+/g)).toContain(text)
          }
        }
      }),
    )
  })
})

describe('idBorders', () => {
  const instants = fc.integer({ min: Date.parse('2020-01-01T00:00Z'), max: Date.parse('2030-01-01T00:00Z') })
  const FIRST_MS = 1_288_834_974_657n

  it('holds, both borders being outside, exactly the ids of a half-open span', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 1e9 }), fc.bigInt(0n, 4_194_303n), (fromMs, spanMs, low) => {
        const borders = idBorders({ fromMs, toMs: fromMs + spanMs }, undefined)
        const idAt = (atMs: number) => ((BigInt(atMs) - FIRST_MS) << 22n) + low
        const isIn = (id: bigint) => id > BigInt(borders.since_id) && id < BigInt(borders.until_id)
        expect([fromMs - 1, fromMs, fromMs + spanMs - 1, fromMs + spanMs].map(atMs => isIn(idAt(atMs)))).toEqual([
          false,
          true,
          true,
          false,
        ])
      }),
    )
  })

  it('goes on below an id that was had', () => {
    const fromMs = Date.parse('2026-09-21T11:00:00Z')
    const { since_id, until_id } = idBorders({ fromMs, toMs: fromMs + 1 }, '1970000000000000000')
    expect(tweetInstantMs(String(BigInt(since_id) + 1n), null)).toBe(fromMs)
    expect(until_id).toBe('1970000000000000000')
  })
})

describe('oldestOf', () => {
  it('compares ids as numbers: 999 is older than 1000', () => {
    expect(oldestOf(['1000', '999', '1001'])).toBe('999')
    expect(oldestOf([])).toBeUndefined()
  })
})
