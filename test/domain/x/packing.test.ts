import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitRules, type RuleRoom, roomFor, UNKNOWN_CAPS } from '../../../src/lib/domain/x/packing.ts'
import {
  type ListenWords,
  MAX_RULE_CHARS,
  type StandingRule,
  type WantedRule,
  wantedRules,
} from '../../../src/lib/domain/x/rules.ts'

const wanted = (hashtags: readonly string[], about: Partial<ListenWords> = {}) =>
  wantedRules({ hashtags, keywords: [], rules: [], langs: [], ...about }, 'lake')

const room = (places: number, about: Partial<RuleRoom> = {}): RuleRoom => ({
  places,
  free: places,
  cap: places,
  of: 'app',
  strangers: 0,
  ...about,
})

const standing = (rules: readonly WantedRule[]): StandingRule[] =>
  rules.map(({ value, tag }, i) => ({ id: String(i), value, tag }))

const short = (rules: readonly WantedRule[]) => rules.map(({ value, tag }) => [value, tag])

describe('roomFor', () => {
  const ours = { id: '1', value: '#a', tag: 'twdw:lake:a' }
  const stranger = { id: '2', value: '#b', tag: 'twdw:lake2:b' }

  it('is what strangers leave, our own rules among it', () => {
    const caps = { perApp: 5, perProject: 15, inProject: 4 }
    expect(roomFor([ours, stranger], 'lake', caps)).toEqual({ places: 4, free: 3, cap: 5, of: 'app', strangers: 1 })
  })

  it('is less where other apps of the project fill it', () => {
    const caps = { perApp: 5, perProject: 15, inProject: 14 }
    expect(roomFor([ours, stranger], 'lake', caps)).toEqual({
      places: 2,
      free: 1,
      cap: 15,
      of: 'project',
      strangers: 13,
    })
  })

  it('is none where there are more rules than may be', () => {
    const caps = { perApp: 1, perProject: 1, inProject: 2 }
    expect(roomFor([stranger, { id: '3', value: 'c' }], 'lake', caps)).toMatchObject({ places: 0, free: 0 })
  })

  it('has no end where X did not say one', () => {
    expect(roomFor([ours], 'lake', UNKNOWN_CAPS)).toMatchObject({ places: Infinity, free: Infinity })
  })
})

describe('fitRules', () => {
  it('leaves a rule a hashtag where they fit', () => {
    const rules = wanted(['a', 'b', 'c'])
    expect(fitRules(rules, [], 'lake', room(3))).toBe(rules)
  })

  it('packs the hashtags where they do not, and leaves keywords and rules what they are', () => {
    const rules = wanted(['c', 'a', 'b'], { keywords: ['x'], rules: ['from:y'] })
    expect(fitRules(rules, [], 'lake', room(3))).toEqual([
      { value: '"x"', tag: 'twdw:lake:"x"' },
      { value: 'from:y', tag: 'twdw:lake:from:y' },
      {
        value: '#a OR #b OR #c',
        tag: 'twdw:lake:pack:5f95ec92',
        hashtags: ['a', 'b', 'c'].map(name => ({ text: `#${name}`, name })),
      },
    ])
  })

  it('groups a pack that is narrowed, because AND binds tighter than OR', () => {
    const rules = wanted(['a', 'b'], { langs: ['pt', 'en'], samplePercent: 10 })
    expect(short(fitRules(rules, [], 'lake', room(1)))).toEqual([
      ['(#a OR #b) (lang:pt OR lang:en) sample:10', 'twdw:lake:pack:48c8518f'],
    ])
  })

  it("counts a stranger's rule with the wanted text for nothing, as it is used as it stands", () => {
    const rules = wanted(['a', 'b'])
    const strangers = [{ id: '1', value: '#a', tag: 'somebody' }]
    expect(fitRules(rules, strangers, 'lake', room(1))).toBe(rules)
  })

  it('gives a hashtag that is alone in its pack its own rule', () => {
    const long = ['a', 'b', 'c'].map(letter => letter.repeat(600))
    expect(short(fitRules(wanted([...long, 'd']), [], 'lake', room(3)))).toEqual([
      [`#${long[0]} OR #d`, expect.stringMatching(/^twdw:lake:pack:[0-9a-f]{8}$/)],
      [`#${long[1]}`, `twdw:lake:${long[1]}`],
      [`#${long[2]}`, `twdw:lake:${long[2]}`],
    ])
  })

  it('adds to the pack that stands, and leaves the others alone', () => {
    const tags = Array.from({ length: 300 }, (_, i) => `hashtag${i}`)
    const before = fitRules(wanted(tags), [], 'lake', room(20))
    const after = fitRules(wanted([...tags, 'new']), standing(before), 'lake', room(20))
    const isNew = (rule: WantedRule) => !before.some(({ value }) => value === rule.value)
    expect(before).toHaveLength(5)
    expect(after).toHaveLength(5)
    expect(after.filter(isNew).map(rule => rule.hashtags?.some(({ name }) => name === 'new'))).toEqual([true])
  })

  it('packs afresh where what stands has become too many packs', () => {
    const scattered = standing(fitRules(wanted(['a', 'b']), [], 'lake', room(1)))
    const more = standing(fitRules(wanted(['c', 'd']), [], 'lake', room(1)))
    const both = [...scattered, ...more.map(rule => ({ ...rule, id: '9' }))]
    expect(short(fitRules(wanted(['a', 'b', 'c', 'd']), both, 'lake', room(2)))).toEqual([
      ['#a OR #b', expect.any(String)],
      ['#c OR #d', expect.any(String)],
    ])
    expect(short(fitRules(wanted(['a', 'b', 'c', 'd']), both, 'lake', room(1)))).toEqual([
      ['#a OR #b OR #c OR #d', expect.any(String)],
    ])
  })

  it('takes up what stands when the language is another one', () => {
    const before = standing(fitRules(wanted(['a', 'b']), [], 'lake', room(1)))
    expect(short(fitRules(wanted(['a', 'b'], { langs: ['pt'] }), before, 'lake', room(1)))).toEqual([
      ['(#a OR #b) lang:pt', before[0]?.tag],
    ])
  })

  it.each([
    [
      room(1, { cap: 5, strangers: 4 }),
      "X has no room for what is wanted: 2 rules at the least, hashtags packed, and this app may have 5, of which 4 are other programs'; that leaves 1",
    ],
    [
      room(0, { cap: 1, strangers: 1, of: 'project' }),
      "X has no room for what is wanted: 2 rules at the least, hashtags packed, and this app's project may have 1, of which 1 is other programs'; that leaves 0",
    ],
  ])('says how much room there is, who has it and what is needed, when not even packs fit', (about, message) => {
    const rules = wanted(['a', 'b', 'c'], { keywords: ['x'] })
    expect(() => fitRules(rules, [], 'lake', about)).toThrow(
      expect.objectContaining({
        code: 'E_REFUSED',
        message,
        hint: 'listen for fewer hashtags, join --keyword and --rule texts into one --rule with OR, or have the other programs delete rules',
      }),
    )
  })

  describe('whatever the hashtags', () => {
    const tag = fc.string({ unit: fc.constantFrom('a', 'b', 'ç', '日', '𐐨'), minLength: 1, maxLength: 120 })
    const tags = fc.uniqueArray(tag, { minLength: 2, maxLength: 150, selector: text => text.toLowerCase() })
    const narrowed = fc.record({
      langs: fc.subarray(['pt', 'en', 'ja']),
      samplePercent: fc.constantFrom(undefined, 10),
    }) as fc.Arbitrary<Partial<ListenWords>>
    const pack = (hashtags: readonly string[], about: Partial<ListenWords>, before: readonly WantedRule[] = []) =>
      fitRules(wanted(hashtags, about), standing(before), 'lake', room(hashtags.length - 1))

    it('puts each of them into one rule, none longer than X allows', () => {
      fc.assert(
        fc.property(tags, narrowed, (hashtags, about) => {
          const rules = pack(hashtags, about)
          const texts = rules.flatMap(rule => rule.value.match(/#[^\s()]+/gu) ?? [])
          expect(texts.toSorted()).toEqual(hashtags.map(text => `#${text.toLowerCase()}`).toSorted())
          expect(texts).toEqual(rules.flatMap(rule => rule.hashtags?.map(({ text }) => text) ?? []))
          for (const { value } of rules) expect(value.length).toBeLessThanOrEqual(MAX_RULE_CHARS)
        }),
      )
    })

    it('leaves no two rules that would fit into one', () => {
      fc.assert(
        fc.property(tags, hashtags => {
          const lengths = pack(hashtags, {}).map(rule => rule.value.length)
          const [least = 0, next = MAX_RULE_CHARS] = lengths.toSorted((a, b) => a - b)
          expect(least + ' OR '.length + next).toBeGreaterThan(MAX_RULE_CHARS)
        }),
      )
    })

    it('makes the same packs in whatever order they are named', () => {
      fc.assert(
        fc.property(tags, narrowed, fc.infiniteStream(fc.nat()), (hashtags, about, order) => {
          const key = new Map(hashtags.map(text => [text, order.next().value as number]))
          const shuffled = hashtags.toSorted((a, b) => key.get(a)! - key.get(b)!)
          expect(pack(shuffled, about)).toEqual(pack(hashtags, about))
        }),
      )
    })

    it('changes one pack at the most when one comes or goes', () => {
      fc.assert(
        fc.property(tags, narrowed, (hashtags, about) => {
          const [first, ...rest] = hashtags
          const values = (rules: readonly WantedRule[]) => rules.map(({ value }) => value)
          const [without, withFirst] = [pack([...rest, 'other'], about), pack([...rest, 'other', first!], about)]
          const added = values(pack([...rest, 'other', first!], about, without))
          expect(added.filter(value => !values(without).includes(value)).length).toBeLessThanOrEqual(1)
          const removed = values(pack([...rest, 'other'], about, withFirst))
          expect(removed.filter(value => !values(withFirst).includes(value)).length).toBeLessThanOrEqual(1)
        }),
      )
    })

    it('changes nothing when nothing changed', () => {
      fc.assert(
        fc.property(tags, narrowed, (hashtags, about) => {
          const rules = pack(hashtags, about)
          expect(short(pack(hashtags, about, rules)).toSorted()).toEqual(short(rules).toSorted())
        }),
      )
    })
  })
})
