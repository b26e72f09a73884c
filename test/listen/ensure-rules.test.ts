import { describe, expect, it } from 'vitest'
import { type ListenWords, wantedRules } from '../../src/lib/domain/x/rules.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { ensureRules } from '../../src/lib/listen/ensure-rules.ts'
import { memoryLog } from '../support/memory-log.ts'
import { REFUSALS, type Refusal } from '../x-double/answers.ts'
import { withXDouble, type XDouble, type XDoubleOptions } from '../x-double/double.ts'

const TOKEN = 'TEST'
const RULES = '/2/tweets/search/stream/rules'
const running = new AbortController().signal

const words = (hashtags: readonly string[]): ListenWords => ({ hashtags, keywords: [], rules: [], langs: [] })

interface Manner {
  isListening?: boolean
  isRoutine?: boolean
}

async function ensure(x: XDouble, wanted: readonly string[] | ListenWords, log = memoryLog(), manner: Manner = {}) {
  const rest = openXRest({ origin: x.origin, token: TOKEN, userAgent: 'twdw/0.0.0-test' })
  const rules = wantedRules('hashtags' in wanted ? wanted : words(wanted), 'lake')
  return ensureRules({ wanted: rules, lakeName: 'lake' }, { rest, log }, running, manner)
}

const rulesOf = (answer: Awaited<ReturnType<typeof ensure>>) => answer.ok && answer.value.rules

const withX = <T>(about: Omit<XDoubleOptions, 'token'>, work: (x: XDouble) => Promise<T>) =>
  withXDouble({ token: TOKEN, ...about }, work)

const ours = (name: string, id = name) => ({ id, value: `#${name}`, tag: `twdw:lake:${name}` })
const inUse = (id: string, name: string, tag: string | undefined = `twdw:lake:${name}`) => ({
  id,
  value: `#${name}`,
  tag,
  name,
  hashtags: [name],
})

/** What was asked of X to change, in order: `+#a`, `-4`, `?#a` for a dry run. */
const changes = (x: XDouble) =>
  x.asked('POST', RULES).map(({ body, query }) => {
    const { add, delete: remove } = JSON.parse(body) as { add?: { value: string }[]; delete?: { ids: string[] } }
    const sign = query.dry_run === 'true' ? '?' : '+'
    return add === undefined ? `-${remove?.ids.join()}` : `${sign}${add.map(({ value }) => value).join()}`
  })

describe('ensureRules', () => {
  it('makes the rules of a fresh app', async () => {
    await withX({}, async x => {
      const log = memoryLog()
      expect(rulesOf(await ensure(x, ['Covid19', 'vacina'], log))).toEqual([
        inUse('1950000000000000001', 'covid19'),
        inUse('1950000000000000002', 'vacina'),
      ])
      expect(x.rules).toEqual([ours('covid19', '1950000000000000001'), ours('vacina', '1950000000000000002')])
      expect(log.told).toEqual([
        {
          level: 'info',
          sentence: 'rules at X: added #covid19, #vacina',
          fields: { added: 2, removed: 0, adopted: 0, kept: 0, strangers: 0 },
        },
      ])
    })
  })

  it('changes nothing the second time', async () => {
    await withX({}, async x => {
      const first = rulesOf(await ensure(x, ['covid19']))
      const log = memoryLog()
      expect(rulesOf(await ensure(x, ['covid19'], log))).toEqual(first)
      expect(x.asked('POST', RULES)).toHaveLength(1)
      expect(log.sentences()).toEqual(['rules at X: 1 as before'])
    })
  })

  it("removes only its own that are no longer wanted, adopts a stranger's with the same text, and leaves the others", async () => {
    const strangers = [
      { id: '1', value: '#covid19', tag: 'somebody' },
      { id: '2', value: 'cats' },
      { id: '3', value: '#old', tag: 'twdw:lake2:old' },
    ]
    await withX({ rules: [...strangers, ours('stale')] }, async x => {
      const log = memoryLog()
      expect(rulesOf(await ensure(x, ['covid19', 'vacina'], log))).toEqual([
        inUse('1', 'covid19', 'somebody'),
        inUse('1950000000000000001', 'vacina'),
      ])
      expect(x.rules).toEqual([...strangers, ours('vacina', '1950000000000000001')])
      expect(log.sentences()).toEqual([
        'rules at X: added #vacina; removed #stale; using 1 that stood already; 2 of other programs left alone, though what they match is billed too',
      ])
    })
  })

  it('removes before it adds, so that a full app has room', async () => {
    await withX({ rules: [ours('old')], maxRules: 1 }, async x => {
      expect(rulesOf(await ensure(x, ['new']))).toMatchObject([{ name: 'new' }])
      expect(changes(x)).toEqual(['-old', '+#new'])
    })
  })

  it('adopts a rule that somebody added since it looked', async () => {
    const emptyList: Refusal = { status: 200, body: { meta: { result_count: 0 } } }
    const rules = [{ id: '7', value: '#covid19', tag: 'somebody' }]
    await withX({ rules, refusals: { [`GET ${RULES}`]: [emptyList] } }, async x => {
      expect(rulesOf(await ensure(x, ['covid19']))).toEqual([{ ...inUse('7', 'covid19'), tag: undefined }])
    })
  })

  it('says which rule X does not accept, and why', async () => {
    await withX({ maxChars: 5 }, async x => {
      await expect(ensure(x, ['abc', 'covid19'])).rejects.toMatchObject({
        code: 'E_USAGE',
        message: 'X does not accept a rule: #covid19 (Rule is too long: 8 characters, at most 5)',
      })
    })
  })

  it.each([
    ['GET', RULES, 'list'],
    ['POST', RULES, 'change'],
  ])('hands on how X refused its %s %s to %s the rules', async (method, path) => {
    await withX({ refusals: { [`${method} ${path}`]: [REFUSALS.unavailable] } }, async x => {
      expect(await ensure(x, ['a'])).toMatchObject({ ok: false, end: { how: 'refused', status: 503 } })
    })
  })

  describe('with room for 5', () => {
    const strangers = [
      { id: '1', value: 'cats' },
      { id: '2', value: '#c', tag: 'somebody' },
    ]
    const five = ['a', 'b', 'c', 'd', 'e']
    const packed = '#a OR #b OR #c OR #d OR #e'

    it('has a rule a hashtag while they fit', async () => {
      await withX({ maxRules: 5 }, async x => {
        await ensure(x, five)
        expect(x.rules.map(rule => rule.value)).toEqual(five.map(name => `#${name}`))
      })
    })

    it('packs them where strangers have taken the room, and says so', async () => {
      await withX({ maxRules: 5, rules: strangers }, async x => {
        const log = memoryLog()
        const tag = 'twdw:lake:pack:c5797dbd'
        expect(rulesOf(await ensure(x, [...five], log))).toEqual([
          { id: '1950000000000000001', value: packed, tag, name: 'pack:c5797dbd', hashtags: five },
        ])
        expect(x.rules).toEqual([...strangers, { id: '1950000000000000001', value: packed, tag }])
        expect(log.sentences()).toEqual([
          `rules at X: added ${packed}; 5 hashtags share 1 rule, for want of room; 2 of other programs left alone, though what they match is billed too`,
        ])
      })
    })

    it('leaves the packs as they are the second time, and changes one when a tag is dropped', async () => {
      await withX({ maxRules: 5, rules: strangers }, async x => {
        await ensure(x, [...five, 'f'])
        const [, , pack] = x.rules
        await ensure(x, ['f', ...five.toReversed()])
        expect(x.rules[2]).toEqual(pack)
        await ensure(x, five)
        expect(changes(x)).toEqual([`+${packed} OR #f`, `-${pack?.id}`, `+${packed}`])
        expect(x.rules.slice(0, 2)).toEqual(strangers)
      })
    })

    it('unpacks when few enough are wanted, removes the packs, and leaves what it had adopted', async () => {
      await withX({ maxRules: 5, rules: strangers }, async x => {
        await ensure(x, five)
        expect(rulesOf(await ensure(x, ['a', 'c']))).toEqual([
          inUse('1950000000000000002', 'a'),
          inUse('2', 'c', 'somebody'),
        ])
        expect(x.rules).toEqual([...strangers, ours('a', '1950000000000000002')])
        await ensure(x, ['a'])
        expect(x.rules).toEqual([...strangers, ours('a', '1950000000000000002')])
      })
    })

    it('says how much room there is, and changes nothing, where not even packs fit', async () => {
      const wanted = { ...words(five), keywords: ['x', 'y', 'z'] }
      await withX({ maxRules: 5, rules: [...strangers, ours('old')] }, async x => {
        await expect(ensure(x, wanted)).rejects.toMatchObject({
          code: 'E_REFUSED',
          message:
            "X has no room for what is wanted: 4 rules at the least, hashtags packed, and this app may have 5, of which 2 are other programs'; that leaves 3",
        })
        expect(changes(x)).toEqual([])
      })
    })

    it('finds it out where X does not say how many may stand', async () => {
      const refusals = { [`GET ${RULES}/counts`]: Array(9).fill(REFUSALS.notEnrolled) }
      await withX({ maxRules: 5, rules: strangers, refusals }, async x => {
        expect(rulesOf(await ensure(x, five))).toMatchObject([{ value: packed }])
        expect(x.rules.map(rule => rule.value)).toEqual(['cats', '#c', packed])
        // it tried a rule each: #c stood, and three found a place
        expect(changes(x)).toEqual(['+#a,#b,#d,#e', expect.stringMatching(/^-/), `+${packed}`])
      })
    })

    it('says so where X says another number than it keeps to', async () => {
      const full: Refusal = {
        status: 201,
        body: {
          errors: [{ value: '#a', title: 'RulesCapExceeded', type: 'x/rule-cap', detail: 'Rule cap exceeded.' }],
        },
      }
      await withX({ maxRules: 5, refusals: { [`POST ${RULES}`]: [full] } }, async x => {
        await expect(ensure(x, ['a'])).rejects.toMatchObject({
          code: 'E_REFUSED',
          message: 'X has no room for more rules of this app: #a (Rule cap exceeded.)',
        })
      })
    })
  })

  describe('while somebody listens', () => {
    const listening = { isListening: true }

    it('adds before it removes, so that nothing is missed in between', async () => {
      await withX({ rules: [ours('old')], maxRules: 2 }, async x => {
        await ensure(x, ['new'], memoryLog(), listening)
        expect(changes(x)).toEqual(['?#new', '+#new', '-old'])
      })
    })

    it('adds as many as there are places, removes, and adds the rest', async () => {
      await withX({ rules: [ours('old'), ours('older')], maxRules: 3 }, async x => {
        await ensure(x, ['a', 'b'], memoryLog(), listening)
        expect(changes(x)).toEqual(['?#a,#b', '?#b', '+#a', '-old,older', '+#b'])
        expect(x.rules.map(rule => rule.value)).toEqual(['#a', '#b'])
      })
    })

    it('removes first only where there is no place', async () => {
      await withX({ rules: [ours('old')], maxRules: 1 }, async x => {
        await ensure(x, ['new'], memoryLog(), listening)
        expect(changes(x)).toEqual(['?#new', '-old', '+#new'])
      })
    })

    it('removes a rule before it adds one with the same text, for X holds a text once', async () => {
      await withX({ rules: [{ ...ours('a'), tag: 'twdw:lake:former name' }] }, async x => {
        await ensure(x, ['a'], memoryLog(), listening)
        expect(changes(x)).toEqual(['?#a', '-a', '+#a'])
        expect(x.rules).toEqual([ours('a', '1950000000000000001')])
      })
    })

    it('has X judge what is new first, and changes nothing when X would not take it', async () => {
      await withX({ rules: [ours('old')], maxChars: 5 }, async x => {
        await expect(ensure(x, ['abc', 'covid19'], memoryLog(), listening)).rejects.toMatchObject({
          code: 'E_USAGE',
          message: 'X does not accept a rule: #covid19 (Rule is too long: 8 characters, at most 5)',
        })
        expect(x.rules).toEqual([ours('old')])
      })
    })

    it('says nothing of a look at which all was well, but in detail', async () => {
      await withX({ rules: [ours('a')] }, async x => {
        const log = memoryLog()
        await ensure(x, ['a'], log, { ...listening, isRoutine: true })
        expect(log.told).toMatchObject([{ level: 'debug', sentence: 'rules at X: 1 as before' }])
        expect(x.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([`GET ${RULES}`])
      })
    })
  })
})
