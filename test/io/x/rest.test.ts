import { describe, expect, it } from 'vitest'
import { openXRest } from '../../../src/lib/io/x/rest.ts'
import { REFUSALS, type Refusal } from '../../x-double/answers.ts'
import { withXDouble } from '../../x-double/double.ts'
import { streamLine } from '../../x-double/lines.ts'
import { keepAlive } from '../../x-double/script.ts'

const TOKEN = 'AAAA%2Bbbb%3D'
const RULES = '/2/tweets/search/stream/rules'
const running = new AbortController().signal

const openFor = (origin: string, timeoutMs = 5_000) =>
  openXRest({ origin, token: TOKEN, userAgent: 'twdw/0.0.0-test' }, timeoutMs)

const manyRules = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: String(i + 1), value: `#tag${i + 1}`, tag: `t${i + 1}` }))

describe('openXRest', () => {
  it('sends the token as it is and a versioned user agent', async () => {
    await withXDouble({ token: TOKEN }, async x => {
      await openFor(x.origin).listRules(running)
      expect(x.requests).toMatchObject([
        {
          method: 'GET',
          path: RULES,
          query: { max_results: '1000' },
          headers: {
            authorization: 'Bearer AAAA%2Bbbb%3D',
            'user-agent': 'twdw/0.0.0-test',
            'x-user-agent': 'twdw/0.0.0-test',
          },
        },
      ])
    })
  })

  it('lists no rules when there are none', async () => {
    await withXDouble({ token: TOKEN }, async x => {
      expect(await openFor(x.origin).listRules(running)).toEqual({ ok: true, value: [] })
    })
  })

  it('lists the rules of all pages, those without a tag too', async () => {
    const rules = [...manyRules(7), { id: '8', value: '#untagged' }]
    await withXDouble({ token: TOKEN, rules, pageRules: 3 }, async x => {
      const answer = await openFor(x.origin).listRules(running)
      expect(answer).toEqual({ ok: true, value: [...manyRules(7), { id: '8', value: '#untagged', tag: undefined }] })
      expect(x.requests.map(request => request.query.pagination_token)).toEqual([
        undefined,
        'PAGE000000000003',
        'PAGE000000000006',
      ])
    })
  })

  it.each([200, 201])(
    'adds rules when X answers %i, and tells those apart that stood, are wrong or have no room',
    async addedStatus => {
      const rules = [{ id: '7', value: '#there', tag: 'somebody' }]
      await withXDouble({ token: TOKEN, rules, maxRules: 2, addedStatus }, async x => {
        const add = ['#there', '#new', 'lang:pt', '#late'].map(value => ({ value, tag: `twdw:lake:${value}` }))
        expect(await openFor(x.origin).addRules(add, running)).toEqual({
          ok: true,
          value: {
            created: [{ id: '1950000000000000001', value: '#new', tag: 'twdw:lake:#new' }],
            duplicates: [{ value: '#there', id: '7' }],
            refused: [
              {
                value: 'lang:pt',
                type: 'invalid-rules',
                reason: "Reference to 'lang:pt' cannot stand alone (at position 1)",
              },
              { value: '#late', type: 'rule-cap', reason: 'Rule cap exceeded.' },
            ],
          },
        })
        expect(x.rules.map(rule => rule.value)).toEqual(['#there', '#new'])
      })
    },
  )

  it('reads the judgement of rules in a refusal too', async () => {
    const judged: Refusal = {
      status: 400,
      body: {
        title: 'Invalid Request',
        errors: [
          { value: '#a', id: '7', title: 'DuplicateRule', type: 'https://api.twitter.com/2/problems/duplicate-rules' },
        ],
      },
    }
    await withXDouble({ token: TOKEN, refusals: { [`POST ${RULES}`]: [judged] } }, async x => {
      expect(await openFor(x.origin).addRules([{ value: '#a', tag: 't' }], running)).toEqual({
        ok: true,
        value: { created: [], duplicates: [{ value: '#a', id: '7' }], refused: [] },
      })
    })
  })

  it('changes nothing in a dry run', async () => {
    await withXDouble({ token: TOKEN }, async x => {
      const answer = await openFor(x.origin).addRules([{ value: '#a', tag: 't' }], running, { dryRun: true })
      expect(answer).toMatchObject({ ok: true, value: { created: [{ value: '#a' }] } })
      expect(x.requests[0]?.query).toEqual({ dry_run: 'true' })
      expect(x.rules).toEqual([])
    })
  })

  it.each([false, true])('reads how many rules may stand, as texts and as numbers', async capsAsNumbers => {
    const about = { rules: manyRules(2), maxRules: 5, maxProjectRules: 15, otherProjectRules: 4, capsAsNumbers }
    await withXDouble({ token: TOKEN, ...about }, async x => {
      expect(await openFor(x.origin).ruleCaps(running)).toEqual({
        ok: true,
        value: { perApp: 5, perProject: 15, inProject: 6 },
      })
    })
  })

  it('knows of no cap where X says none', async () => {
    const answer: Refusal = { status: 200, body: { data: { cap_per_client_app: 'many' } } }
    await withXDouble({ token: TOKEN, refusals: { [`GET ${RULES}/counts`]: [answer] } }, async x => {
      expect(await openFor(x.origin).ruleCaps(running)).toEqual({
        ok: true,
        value: { perApp: undefined, perProject: undefined, inProject: undefined },
      })
    })
  })

  it('deletes by id, in parts, and takes an id that is gone for done', async () => {
    await withXDouble({ token: TOKEN, rules: manyRules(250) }, async x => {
      const ids = Array.from({ length: 202 }, (_, i) => String(i + 50))
      expect(await openFor(x.origin).deleteRules(ids, running)).toEqual({ ok: true, value: 201 })
      expect(x.rules.map(rule => rule.id)).toEqual(Array.from({ length: 49 }, (_, i) => String(i + 1)))
      expect(x.asked('POST', RULES).map(request => JSON.parse(request.body).delete.ids.length)).toEqual([100, 100, 2])
    })
  })

  it('adds many rules in parts', async () => {
    await withXDouble({ token: TOKEN }, async x => {
      const answer = await openFor(x.origin).addRules(manyRules(101), running)
      expect(answer.ok && answer.value.created).toHaveLength(101)
      expect(x.asked('POST', RULES)).toHaveLength(2)
    })
  })

  it.each(Object.entries(REFUSALS as Record<string, Refusal>))(
    'tells what X says when it refuses: %s',
    async (_, refusal) => {
      await withXDouble({ token: TOKEN, refusals: { [`GET ${RULES}`]: [refusal] } }, async x => {
        const answer = await openFor(x.origin).listRules(running)
        expect(answer).toMatchObject({
          ok: false,
          end: {
            how: 'refused',
            status: refusal.status,
            headers: { date: 'Mon, 21 Sep 2026 12:00:00 GMT', 'x-rate-limit-reset': '1789992900', ...refusal.headers },
          },
        })
        const { body } = (answer as unknown as { end: { body: string } }).end
        expect(typeof refusal.body === 'string' ? body : JSON.parse(body)).toEqual(refusal.body)
      })
    },
  )

  it.each<[string, Refusal]>([
    ['a redirect', { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }],
    ['a page with status 200', { status: 200, body: '<html>', headers: { 'content-type': 'text/html' } }],
    ["a page under X's content type", { status: 502, body: '<html>' }],
  ])('takes %s for a refusal', async (_, refusal) => {
    await withXDouble({ token: TOKEN, refusals: { [`GET ${RULES}`]: [refusal] } }, async x => {
      expect(await openFor(x.origin).listRules(running)).toMatchObject({
        ok: false,
        end: { how: 'refused', status: refusal.status, body: refusal.body },
      })
    })
  })

  it('tells a wrong token', async () => {
    await withXDouble({ token: 'another' }, async x => {
      expect(await openFor(x.origin).listRules(running)).toMatchObject({ ok: false, end: { status: 401 } })
    })
  })

  it('lists the open connections to the stream, and closes those it is told', async () => {
    const stream = [[keepAlive()], [keepAlive()]]
    await withXDouble({ token: TOKEN, rules: manyRules(1), stream }, async x => {
      const { listConnections, closeConnections } = openFor(x.origin)
      expect(await listConnections(running)).toEqual({ ok: true, value: [] })
      const headers = { authorization: `Bearer ${TOKEN}` }
      const answers = [1, 2].map(() => fetch(`${x.origin}/2/tweets/search/stream`, { headers }))
      await Promise.all(answers)
      const ids = x.connections.map(({ id }) => id)
      expect(await listConnections(running)).toEqual({
        ok: true,
        value: ids.map(id => ({ id, connectedAt: '2026-09-21T12:00:00.000Z' })),
      })
      expect(await closeConnections([ids[0] as string, 'gone'], running)).toEqual({ ok: true, value: 1 })
      expect(x.asked('DELETE', '/2/connections')).toMatchObject([
        { body: JSON.stringify({ uuids: [ids[0], 'gone'] }), headers: { 'content-type': 'application/json' } },
      ])
      expect(await listConnections(running)).toMatchObject({ value: [{ id: ids[1] }] })
    })
  })

  it('tells when it may not close a connection', async () => {
    await withXDouble({ token: TOKEN, refusals: { 'DELETE /2/connections': [REFUSALS.notEnrolled] } }, async x => {
      expect(await openFor(x.origin).closeConnections(['1'], running)).toMatchObject({
        ok: false,
        end: { how: 'refused', status: 403 },
      })
    })
  })

  it('tells when nobody listens at the address', async () => {
    const origin = await withXDouble({ token: TOKEN }, async x => x.origin)
    expect(await openFor(origin).listRules(running)).toMatchObject({
      ok: false,
      end: { how: 'network', code: 'ECONNREFUSED' },
    })
  })

  it('tells when the answer is cut off', async () => {
    const torn: Refusal = { status: 200, body: '{"data":[{"id":"1"' }
    await withXDouble({ token: TOKEN, refusals: { [`GET ${RULES}`]: [torn] } }, async x => {
      expect(await openFor(x.origin).listRules(running)).toEqual({
        ok: false,
        end: { how: 'network', code: 'ECONNRESET', message: 'the answer of X was cut off' },
      })
    })
  })

  describe('while X says nothing', () => {
    const muted = { [`GET ${RULES}`]: ['mute' as const] }

    it('gives up after its time', async () => {
      await withXDouble({ token: TOKEN, refusals: muted }, async x => {
        expect(await openFor(x.origin, 100).listRules(running)).toEqual({
          ok: false,
          end: { how: 'network', code: 'ETIMEDOUT', message: 'X did not answer within 0.1 s' },
        })
      })
    })

    it('ends soon when it is stopped', async () => {
      await withXDouble({ token: TOKEN, refusals: muted }, async x => {
        const stop = new AbortController()
        const listing = openFor(x.origin, 60_000).listRules(stop.signal)
        await expect.poll(() => x.requests.length).toBe(1)
        stop.abort()
        expect(await listing).toEqual({ ok: false, end: { how: 'aborted' } })
      })
    })
  })

  it('asks nothing when it was stopped before', async () => {
    await withXDouble({ token: TOKEN }, async x => {
      expect(await openFor(x.origin).listRules(AbortSignal.abort())).toEqual({ ok: false, end: { how: 'aborted' } })
      expect(x.requests).toEqual([])
    })
  })

  it('refuses a token that cannot be one', () => {
    expect(() => openXRest({ origin: 'https://api.x.com', token: 'a b', userAgent: 'u' })).toThrow(
      expect.objectContaining({ code: 'E_USAGE' }),
    )
  })
})

describe('counts', () => {
  const COUNTS = '/2/tweets/counts/recent'
  const answering = (body: Refusal['body']) => ({
    token: TOKEN,
    refusals: { [`GET ${COUNTS}`]: [{ status: 200, body }] },
  })

  it('are the sum of the days of the last week, and the time from the first to the last', async () => {
    const tweets = [1, 2, 3].map(n => streamLine(n))
    await withXDouble({ token: TOKEN, tweets }, async x => {
      expect(await openFor(x.origin).countRecent('#covid19 (lang:pt OR lang:en)', running)).toEqual({
        ok: true,
        value: { posts: 3, spanMs: 7 * 86_400_000 },
      })
      expect(x.asked('GET', COUNTS).map(request => request.query)).toEqual([
        { query: '#covid19 (lang:pt OR lang:en)', granularity: 'day' },
      ])
    })
  })

  it('are of a part of the week where one is named', async () => {
    const tweets = [1, 2, 3].map(n => streamLine(n))
    await withXDouble({ token: TOKEN, tweets }, async x => {
      const window = {
        startMs: Date.parse('2026-09-21T11:00:02Z'),
        endMs: Date.parse('2026-09-21T11:30:00Z'),
        granularity: 'minute' as const,
      }
      expect(await openFor(x.origin).countRecent('#covid19', running, window)).toEqual({
        ok: true,
        value: { posts: 2, spanMs: 1798_000 },
      })
      expect(x.asked('GET', COUNTS).map(request => request.query)).toEqual([
        {
          query: '#covid19',
          granularity: 'minute',
          start_time: '2026-09-21T11:00:02.000Z',
          end_time: '2026-09-21T11:30:00.000Z',
        },
      ])
    })
  })

  it('are read in the other vocabulary, and as texts', async () => {
    const data = [
      { start: '2026-09-20T00:00:00.000Z', end: '2026-09-21T00:00:00.000Z', post_count: '5' },
      { start: '2026-09-21T00:00:00.000Z', end: '2026-09-21T12:00:00.000Z', post_count: 2 },
    ]
    await withXDouble(answering({ data, meta: { total_post_count: 7 } }), async x => {
      expect(await openFor(x.origin).countRecent('#a', running)).toEqual({
        ok: true,
        value: { posts: 7, spanMs: 36 * 3_600_000 },
      })
    })
  })

  it.each([{}, { data: [] }, { data: [{ start: '2026-09-20T00:00:00.000Z' }] }])(
    'that are none are no zero: %j',
    async body => {
      await withXDouble(answering(body), async x => {
        expect(await openFor(x.origin).countRecent('#a', running)).toEqual({
          ok: false,
          end: { how: 'network', code: 'EPROTO', message: 'X answered without any counts' },
        })
      })
    },
  )

  it('that X refuses are a refusal', async () => {
    await withXDouble({ token: TOKEN, refusals: { [`GET ${COUNTS}`]: [REFUSALS.creditsDepleted] } }, async x => {
      expect(await openFor(x.origin).countRecent('#a', running)).toMatchObject({
        ok: false,
        end: { how: 'refused', status: 402 },
      })
    })
  })
})

describe('counts part by part', () => {
  const window = {
    startMs: Date.parse('2026-09-21T10:59:00Z'),
    endMs: Date.parse('2026-09-21T11:01:00Z'),
    granularity: 'minute' as const,
  }

  it('are those of the window that was asked for', async () => {
    await withXDouble({ token: TOKEN, tweets: [1, 2, 3].map(n => streamLine(n)) }, async x => {
      expect(await openFor(x.origin).countParts('#covid19', running, window)).toEqual({
        ok: true,
        value: [
          { startMs: window.startMs, endMs: window.startMs + 60_000, posts: 0 },
          { startMs: window.startMs + 60_000, endMs: window.endMs, posts: 3 },
        ],
      })
      expect(await openFor(x.origin).countRecent('#covid19', running, window)).toEqual({
        ok: true,
        value: { posts: 3, spanMs: 120_000 },
      })
      expect(x.requests.map(({ query }) => query.start_time)).toEqual(Array(2).fill('2026-09-21T10:59:00.000Z'))
    })
  })

  it('that are none are no zero', async () => {
    const refusals = { 'GET /2/tweets/counts/recent': [{ status: 200, body: { data: [] } }] }
    await withXDouble({ token: TOKEN, refusals }, async x => {
      expect(await openFor(x.origin).countParts('#a', running, window)).toMatchObject({
        ok: false,
        end: { code: 'EPROTO' },
      })
    })
  })
})

describe('search', () => {
  const query = { query: '#covid19', sort_order: 'recency', max_results: '10' }

  it('gives pages as X sent them, and what the next one is asked for with', async () => {
    const tweets = Array.from({ length: 12 }, (_, n) => streamLine(n, { text: `ação ${n} 🧪` }))
    await withXDouble({ token: TOKEN, tweets }, async x => {
      const { searchRecent } = openFor(x.origin)
      const first = await searchRecent(query, running)
      if (!first.ok) throw new Error('refused')
      const text = new TextDecoder().decode(first.value.bytes)
      expect(JSON.parse(text)).toMatchObject({ meta: { result_count: 10 }, includes: { users: [{ id: '501' }] } })
      expect(text).toContain('ação 11 🧪')
      expect(first.value.ids).toEqual(
        tweets
          .slice(2)
          .map(({ data }) => data.id)
          .reverse(),
      )
      const second = await searchRecent({ ...query, next_token: first.value.nextToken! }, running)
      expect(second).toMatchObject({ ok: true, value: { ids: [tweets[1]!.data.id, tweets[0]!.data.id] } })
      expect(second).toMatchObject({ value: { nextToken: undefined } })
    })
  })

  it('keeps the bytes of a page that a program would write otherwise', async () => {
    const body = '{ "data": [{"id":"1","text":"\\u00e7\\/"}],\n "meta": {"next_token":"t"} }'
    await withXDouble(
      { token: TOKEN, refusals: { 'GET /2/tweets/search/recent': [{ status: 200, body }] } },
      async x => {
        const answer = await openFor(x.origin).searchRecent(query, running)
        expect(answer).toMatchObject({ ok: true, value: { ids: ['1'], nextToken: 't' } })
        if (answer.ok) expect(new TextDecoder().decode(answer.value.bytes)).toBe(body)
      },
    )
  })

  it('tells a page that is empty and not the last from one that is cut off', async () => {
    const refusals = { 'GET /2/tweets/search/recent': ['pass' as const, { status: 200, body: '{"data":[{"id":"1' }] }
    await withXDouble({ token: TOKEN, tweets: [streamLine(1)], pages: [0], refusals }, async x => {
      const { searchRecent } = openFor(x.origin)
      expect(await searchRecent(query, running)).toMatchObject({
        ok: true,
        value: { ids: [], nextToken: expect.any(String) },
      })
      expect(await searchRecent(query, running)).toEqual({
        ok: false,
        end: { how: 'network', code: 'ECONNRESET', message: 'the answer of X was cut off' },
      })
    })
  })
})
