import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ListenWords,
  lakeNameOf,
  planRules,
  ruleName,
  ruleTag,
  type StandingRule,
  type WantedRule,
  wantedRules,
} from '../../../src/lib/domain/x/rules.ts'

const words = (about: Partial<ListenWords>): ListenWords => ({
  hashtags: [],
  keywords: [],
  rules: [],
  langs: [],
  ...about,
})

describe('wantedRules', () => {
  it.each<[string, Partial<ListenWords>, WantedRule[]]>([
    ['a hashtag', { hashtags: ['Covid19'] }, [{ value: '#covid19', tag: 'twdw:lake:covid19' }]],
    [
      'two hashtags, a rule each',
      { hashtags: ['covid19', 'vacina'] },
      [
        { value: '#covid19', tag: 'twdw:lake:covid19' },
        { value: '#vacina', tag: 'twdw:lake:vacina' },
      ],
    ],
    ['two spellings of one hashtag', { hashtags: ['COVID', 'covid'] }, [{ value: '#covid', tag: 'twdw:lake:covid' }]],
    [
      'a hashtag that folds to other letters, sent as spelled',
      { hashtags: ['Straße'] },
      [{ value: '#straße', tag: 'twdw:lake:strasse' }],
    ],
    [
      'a capital whose small form is longer, sent as spelled',
      { hashtags: ['İstanbul'] },
      [{ value: '#İstanbul', tag: 'twdw:lake:i̇stanbul' }],
    ],
    ['one language', { hashtags: ['a'], langs: ['PT'] }, [{ value: '#a lang:pt', tag: 'twdw:lake:a' }]],
    [
      'two languages, grouped because AND binds tighter than OR',
      { hashtags: ['a'], langs: ['pt', 'zh-cn', 'pt'] },
      [{ value: '#a (lang:pt OR lang:zh-CN)', tag: 'twdw:lake:a' }],
    ],
    ['a keyword, quoted', { keywords: ['vacina'] }, [{ value: '"vacina"', tag: 'twdw:lake:"vacina"' }]],
    [
      'a keyword that is an operator, quoted all the same',
      { keywords: ['from:x  OR'] },
      [{ value: '"from:x OR"', tag: 'twdw:lake:"from:x OR"' }],
    ],
    [
      "a rule of the user's own",
      { rules: ['(cat OR\ndog) -is:retweet'] },
      [{ value: '(cat OR dog) -is:retweet', tag: 'twdw:lake:(cat OR dog) -is:retweet' }],
    ],
    [
      'a rule that is narrowed, grouped',
      { rules: ['cat OR dog'], langs: ['pt'] },
      [{ value: '(cat OR dog) lang:pt', tag: 'twdw:lake:cat OR dog' }],
    ],
    [
      'a sample, last',
      { hashtags: ['a'], langs: ['pt', 'en'], samplePercent: 10 },
      [{ value: '#a (lang:pt OR lang:en) sample:10', tag: 'twdw:lake:a' }],
    ],
    ['the same text twice, once', { hashtags: ['a'], rules: ['#a'] }, [{ value: '#a', tag: 'twdw:lake:a' }]],
    [
      'parentheses in quotation marks, which group nothing',
      { rules: ['":-)"'] },
      [{ value: '":-)"', tag: 'twdw:lake:":-)"' }],
    ],
  ])('writes %s', (_, about, rules) => {
    expect(wantedRules(words(about), 'lake').map(({ value, tag }) => ({ value, tag }))).toEqual(rules)
  })

  it('says of a rule which hashtag it asks for, and of every other that it asks for something else', () => {
    const about = { hashtags: ['Straße'], keywords: ['a'], rules: ['#b #c'], langs: ['pt'] }
    expect(wantedRules(words(about), 'lake').map(rule => rule.hashtags)).toEqual([
      [{ text: '#straße', name: 'strasse' }],
      undefined,
      undefined,
    ])
  })

  it.each<[string, Partial<ListenWords>, string]>([
    ['nothing', {}, 'there is nothing to listen for: no hashtag, no --keyword and no --rule'],
    ['only a language', { langs: ['pt'] }, 'there is nothing to listen for: no hashtag, no --keyword and no --rule'],
    ['an empty keyword', { keywords: ['  '] }, 'not a keyword: it is empty'],
    ['a quoted keyword', { keywords: ['a "b"'] }, 'not a keyword: a "b" holds a quotation mark'],
    ['a language by name', { hashtags: ['a'], langs: ['portuguese'] }, 'not a language: "portuguese"'],
    ['an empty rule', { rules: [' '] }, 'a rule is empty'],
    ['an open parenthesis', { rules: ['(a OR b'] }, 'not a rule: (a OR b: a parenthesis is not closed'],
    ['a lost parenthesis', { rules: ['a) OR (b'] }, 'not a rule: a) OR (b: a parenthesis closes that was not opened'],
    ['an open quotation', { rules: ['"a OR b'] }, 'not a rule: "a OR b: a quotation mark is not closed'],
    ['a sample of nothing', { hashtags: ['a'], samplePercent: 0 }, 'a sample of 0 percent is not possible'],
    ['half a percent', { hashtags: ['a'], samplePercent: 0.5 }, 'a sample of 0.5 percent is not possible'],
    [
      'a rule that is too long',
      { rules: [`${'x'.repeat(1000)} OR ${'y'.repeat(40)}`], langs: ['pt'] },
      `a rule may have 1024 characters and this one has 1054: (${'x'.repeat(59)}…`,
    ],
  ])('refuses %s', (_, about, message) => {
    expect(() => wantedRules(words(about), 'lake')).toThrow(expect.objectContaining({ code: 'E_USAGE', message }))
  })

  it('allows exactly 1,024 characters', () => {
    const [rule] = wantedRules(words({ rules: ['x'.repeat(1024)] }), 'lake')
    expect(rule?.value).toHaveLength(1024)
  })
})

describe('planRules', () => {
  const want = (name: string): WantedRule => ({ value: `#${name}`, tag: `twdw:lake:${name}` })

  it('adds what is missing, keeps what is ours, removes what is ours no longer wanted', () => {
    const standing = [
      { id: '1', ...want('a') },
      { id: '2', ...want('b') },
    ]
    expect(planRules([want('a'), want('c')], standing, 'lake')).toEqual({
      keep: [{ id: '1', ...want('a') }],
      adopt: [],
      remove: [{ id: '2', ...want('b') }],
      add: [want('c')],
    })
  })

  it("uses a stranger's rule with the same text instead of adding one that X would refuse", () => {
    const stranger = { id: '1', value: '#a', tag: 'somebody' }
    expect(planRules([want('a')], [stranger], 'lake')).toEqual({
      keep: [],
      adopt: [{ standing: stranger, wanted: want('a') }],
      remove: [],
      add: [],
    })
  })

  it.each([
    ['without a tag', undefined],
    ['of another lake', 'twdw:lake2:b'],
    ['of a lake whose name begins like ours', 'twdw:lake-old:b'],
    ['of another program', 'lake:b'],
  ])('never removes a rule %s', (_, tag) => {
    expect(planRules([want('a')], [{ id: '1', value: '#b', tag }], 'lake').remove).toEqual([])
  })

  it('replaces a rule of ours whose name has changed, for X cannot rename it', () => {
    const standing = [{ id: '1', value: '#a', tag: 'twdw:lake:"a"' }]
    expect(planRules([want('a')], standing, 'lake')).toEqual({
      keep: [],
      adopt: [],
      remove: standing,
      add: [want('a')],
    })
  })

  it('leaves exactly the wanted rules and every foreign one, whatever stood before', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const tag = fc.oneof(
      name.map(one => `twdw:lake:${one}`),
      name.map(one => `twdw:lake2:${one}`),
      fc.constantFrom('somebody', undefined),
    )
    const standing = fc
      .uniqueArray(fc.record({ value: name.map(one => `#${one}`), tag }), { selector: rule => rule.value })
      .map(rules => rules.map((rule, i): StandingRule => ({ id: String(i), ...rule })))
    fc.assert(
      fc.property(fc.uniqueArray(name), standing, (names, before) => {
        const wanted = names.map(want)
        const isOurs = (rule: StandingRule) => rule.tag?.startsWith('twdw:lake:') === true
        const plan = planRules(wanted, before, 'lake')

        const removed = new Set(plan.remove.map(rule => rule.id))
        const kept = before.filter(rule => !removed.has(rule.id))
        // X would refuse a text that stands already
        for (const rule of plan.add) expect(kept.some(({ value }) => value === rule.value)).toBe(false)
        const after = [...kept, ...plan.add.map((rule, i) => ({ id: `new${i}`, ...rule }))]

        expect(after.filter(rule => !isOurs(rule))).toEqual(before.filter(rule => !isOurs(rule)))
        for (const rule of wanted) expect(after.filter(({ value }) => value === rule.value)).toHaveLength(1)
        const ours = after.filter(isOurs).map(({ value, tag }) => ({ value, tag }))
        for (const rule of ours) expect(wanted).toContainEqual(rule)
        expect(planRules(wanted, after, 'lake')).toMatchObject({ add: [], remove: [] })
      }),
    )
  })
})

describe('lakeNameOf', () => {
  it.each([
    ['/home/ana/lake', 'lake'],
    ['/home/ana/eleições 2026/', 'eleições-2026'],
    ['C:\\data\\lake', 'lake'],
    ['s3://bucket/news/covid', 'covid'],
    ['/data/a:b', 'a-b'],
    ['/', 'lake'],
  ])('calls %s %s', (url, name) => {
    expect(lakeNameOf(url)).toBe(name)
  })
})

describe('ruleName', () => {
  it.each([
    ['twdw:lake:covid19', 'covid19'],
    ['twdw:other:"a: b"', '"a: b"'],
    ['somebody', 'somebody'],
    ['twdw:lake:', 'twdw:lake:'],
  ])('calls %s %s', (tag, name) => {
    expect(ruleName(tag)).toBe(name)
  })

  it('gives back the name of a tag', () => {
    expect(ruleName(ruleTag('lake', 'covid19'))).toBe('covid19')
  })
})
