import { describe, expect, it } from 'vitest'
import { wantedRules } from '../../src/lib/domain/x/rules.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { ensureRules } from '../../src/lib/listen/ensure-rules.ts'
import { memoryLog } from '../support/memory-log.ts'
import { REFUSALS, type Refusal } from '../x-double/answers.ts'
import { withXDouble, type XDouble, type XDoubleOptions } from '../x-double/double.ts'

const TOKEN = 'TEST'
const RULES = '/2/tweets/search/stream/rules'
const running = new AbortController().signal

const wanted = (...hashtags: string[]) => wantedRules({ hashtags, keywords: [], rules: [], langs: [] }, 'lake')

async function ensure(x: XDouble, hashtags: string[], log = memoryLog()) {
  const rest = openXRest({ origin: x.origin, token: TOKEN, userAgent: 'twdw/0.0.0-test' })
  return ensureRules(wanted(...hashtags), 'lake', { rest, log }, running)
}

const withX = <T>(about: Omit<XDoubleOptions, 'token'>, work: (x: XDouble) => Promise<T>) =>
  withXDouble({ token: TOKEN, ...about }, work)

describe('ensureRules', () => {
  it('makes the rules of a fresh app', async () => {
    await withX({}, async x => {
      const log = memoryLog()
      expect(await ensure(x, ['Covid19', 'vacina'], log)).toEqual({
        ok: true,
        value: [
          { id: '1950000000000000001', value: '#covid19', tag: 'twdw:lake:covid19', name: 'covid19' },
          { id: '1950000000000000002', value: '#vacina', tag: 'twdw:lake:vacina', name: 'vacina' },
        ],
      })
      expect(x.rules).toEqual([
        { id: '1950000000000000001', value: '#covid19', tag: 'twdw:lake:covid19' },
        { id: '1950000000000000002', value: '#vacina', tag: 'twdw:lake:vacina' },
      ])
      expect(log.told).toEqual([
        {
          level: 'info',
          sentence: 'rules at X: added #covid19, #vacina',
          fields: { added: 2, removed: 0, adopted: 0, kept: 0 },
        },
      ])
    })
  })

  it('changes nothing the second time', async () => {
    await withX({}, async x => {
      const first = await ensure(x, ['covid19'])
      const log = memoryLog()
      expect(await ensure(x, ['covid19'], log)).toEqual(first)
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
    const ours = { id: '4', value: '#stale', tag: 'twdw:lake:stale' }
    await withX({ rules: [...strangers, ours] }, async x => {
      const log = memoryLog()
      expect(await ensure(x, ['covid19', 'vacina'], log)).toEqual({
        ok: true,
        value: [
          { id: '1', value: '#covid19', tag: 'somebody', name: 'covid19' },
          { id: '1950000000000000001', value: '#vacina', tag: 'twdw:lake:vacina', name: 'vacina' },
        ],
      })
      expect(x.rules).toEqual([...strangers, { id: '1950000000000000001', value: '#vacina', tag: 'twdw:lake:vacina' }])
      expect(log.sentences()).toEqual(['rules at X: added #vacina; removed #stale; using 1 that stood already'])
    })
  })

  it('removes before it adds, so that a full app has room', async () => {
    await withX({ rules: [{ id: '1', value: '#old', tag: 'twdw:lake:old' }], maxRules: 1 }, async x => {
      expect(await ensure(x, ['new'])).toMatchObject({ ok: true, value: [{ name: 'new' }] })
      expect(x.rules.map(rule => rule.value)).toEqual(['#new'])
    })
  })

  it('adopts a rule that somebody added since it looked', async () => {
    const emptyList: Refusal = { status: 200, body: { meta: { result_count: 0 } } }
    const rules = [{ id: '7', value: '#covid19', tag: 'somebody' }]
    await withX({ rules, refusals: { [`GET ${RULES}`]: [emptyList] } }, async x => {
      expect(await ensure(x, ['covid19'])).toEqual({
        ok: true,
        value: [{ id: '7', value: '#covid19', tag: undefined, name: 'covid19' }],
      })
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

  it('says that X has no room', async () => {
    await withX({ maxRules: 1 }, async x => {
      await expect(ensure(x, ['a', 'b', 'c'])).rejects.toMatchObject({
        code: 'E_REFUSED',
        message: 'X has no room for more rules of this app: #b (Rule cap exceeded.); #c (Rule cap exceeded.)',
      })
    })
  })

  it.each([
    ['GET', 'list'],
    ['POST', 'change'],
  ])('hands on how X refused its %s to %s the rules', async method => {
    await withX({ refusals: { [`${method} ${RULES}`]: [REFUSALS.unavailable] } }, async x => {
      expect(await ensure(x, ['a'])).toMatchObject({ ok: false, end: { how: 'refused', status: 503 } })
    })
  })
})
