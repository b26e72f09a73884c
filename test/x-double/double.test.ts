import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { disconnectNotice, REFUSALS } from './answers.ts'
import { BILLED_PATH, withXDouble, type XDouble } from './double.ts'
import { streamLine } from './lines.ts'
import { totalOf } from './meter.ts'
import { beat, bytes, cut, drop, end, keepAlive, raw, refuse, send } from './script.ts'

const RULE = { id: '1', value: '#covid19', tag: 'twdw:lake:covid19' }

async function call(x: { origin: string }, path: string, about: RequestInit = {}) {
  const answer = await fetch(x.origin + path, { headers: { authorization: 'Bearer TEST' }, ...about })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

/** Seconds after 11:00, which is the number of the line. */
const secondOf = (id: string) =>
  (Number(BigInt(id) >> 22n) + 1_288_834_974_657 - Date.parse('2026-09-21T11:00:00Z')) / 1000

const del = (x: XDouble, path: string, body?: unknown) =>
  call(x, path, { method: 'DELETE', ...(body !== undefined && { body: JSON.stringify(body) }) })

describe('the double of X', () => {
  it('lets nobody in without the token, and notes who asked', async () => {
    await withXDouble({ token: 'TEST' }, async x => {
      expect(await call(x, '/2/tweets/search/stream/rules?ids=1', { headers: {} })).toEqual({
        status: 401,
        body: REFUSALS.unauthorized.body,
      })
      expect(x.requests).toMatchObject([{ method: 'GET', query: { ids: '1' }, body: '' }])
    })
  })

  it('says 404 to what it does not know', async () => {
    await withXDouble({ token: 'TEST' }, async x => {
      expect(await call(x, '/2/users/me')).toMatchObject({ status: 404, body: { detail: 'no GET /2/users/me' } })
    })
  })

  it('opens no stream without rules, and no more streams than it has slots', async () => {
    await withXDouble({ token: 'TEST', slots: 1, stream: [[beat(10)]] }, async x => {
      expect(await call(x, '/2/tweets/search/stream')).toEqual({ status: 409, body: REFUSALS.noRules.body })
      const add = { add: [{ value: '#covid19' }] }
      await call(x, '/2/tweets/search/stream/rules', { method: 'POST', body: JSON.stringify(add) })
      const first = await fetch(`${x.origin}/2/tweets/search/stream`, { headers: { authorization: 'Bearer TEST' } })
      expect(first.status).toBe(200)
      expect(await call(x, '/2/tweets/search/stream')).toEqual({ status: 429, body: REFUSALS.slotTaken.body })
      await first.body?.cancel()
    })
  })

  it('plays one script a connection', async () => {
    const stream = [[send({ a: 1 }), end()], [refuse(REFUSALS.unavailable)], [end()]]
    await withXDouble({ token: 'TEST', rules: [RULE], stream }, async x => {
      const read = async () =>
        (await fetch(`${x.origin}/2/tweets/search/stream`, { headers: { authorization: 'Bearer TEST' } })).text()
      expect(await read()).toBe('{"a":1}\r\n')
      expect(await read()).toBe(JSON.stringify(REFUSALS.unavailable.body))
      expect(await read()).toBe('')
    })
  })

  it('counts the room for rules', async () => {
    await withXDouble({ token: 'TEST', rules: [RULE], maxRules: 5 }, async x => {
      expect((await call(x, '/2/tweets/search/stream/rules/counts')).body).toMatchObject({
        data: { cap_per_client_app: '5', cap_per_project: '5', project_rules_count: '1' },
      })
    })
  })

  it('lists streams, and frees their slots', async () => {
    await withXDouble({ token: 'TEST', rules: [RULE], stream: [[beat(10)], [beat(10)], [beat(10)]] }, async x => {
      const open = () => fetch(`${x.origin}/2/tweets/search/stream`, { headers: { authorization: 'Bearer TEST' } })
      const streams = [await open(), await open(), await open()]
      const ids = x.connections.map(({ id }) => id)
      expect((await call(x, '/2/connections')).body).toMatchObject({
        data: ids.map(id => ({ id, endpoint_name: 'filtered_stream', connected_at: '2026-09-21T12:00:00.000Z' })),
        meta: { result_count: 3 },
      })
      expect(await del(x, '/2/connections', { uuids: [ids[0], 'unknown'] })).toMatchObject({
        body: { data: { successful_kills: 1, failed_kills: 1 } },
      })
      expect(await del(x, '/2/connections/filtered_stream')).toMatchObject({ body: { data: { successful_kills: 2 } } })
      expect((await call(x, '/2/connections')).body).toEqual({ meta: { result_count: 0 } })
      expect((await call(x, '/2/connections?status=inactive')).body).toMatchObject({
        data: ids.map(id => ({ id, disconnect_reason: 'force_disconnect' })),
      })
      await Promise.allSettled(streams.map(stream => stream.text()))
    })
  })

  it('says how much of the month is used, in numbers that are texts', async () => {
    await withXDouble({ token: 'TEST', usage: { cap: 3_000_000, used: 45_120, resetDay: 12 } }, async x => {
      const plain = { cap_reset_day: 12, project_cap: '3000000', project_id: '2001', project_usage: '45120' }
      expect(await call(x, '/2/usage/tweets')).toEqual({ status: 200, body: { data: plain } })
      expect((await call(x, '/2/usage/tweets?usage.fields=daily_project_usage')).body).toEqual({
        data: {
          daily_project_usage: { project_id: '2001', usage: [{ date: '2026-09-21T00:00:00.000Z', usage: '45120' }] },
        },
      })
      expect((await call(x, '/2/usage/tweets?days=91')).status).toBe(400)
      expect((await call(x, '/2/usage/tweets?usage.fields=credits')).status).toBe(400)
    })
  })

  describe('search', () => {
    const tweets = [
      ...Array.from({ length: 25 }, (_, n) => streamLine(n)),
      streamLine(30, { hashtags: ['Cumpleaños'] }),
      { ...streamLine(31), data: { ...streamLine(31).data, referenced_tweets: [{ type: 'retweeted', id: '1' }] } },
    ]
    const search = (x: XDouble, about: Record<string, string>) =>
      call(x, `/2/tweets/search/recent?${new URLSearchParams({ query: '#covid19', sort_order: 'recency', ...about })}`)
    const ids = ({ body }: { body: Record<string, unknown> }) =>
      ((body.data ?? []) as { id: string }[]).map(({ id }) => secondOf(id))

    it('finds what matches newest first, page by page, and no retweets', async () => {
      await withXDouble({ token: 'TEST', tweets }, async x => {
        const pages: number[][] = []
        let token: string | undefined
        do {
          const page = await search(x, token === undefined ? {} : { next_token: token })
          pages.push(ids(page))
          token = (page.body.meta as { next_token?: string }).next_token
        } while (token !== undefined)
        expect(pages.map(page => page.length)).toEqual([10, 10, 5])
        expect(pages.flat()).toEqual(Array.from({ length: 25 }, (_, i) => 24 - i))
      })
    })

    it('takes ids as borders that are outside, instants as half-open', async () => {
      await withXDouble({ token: 'TEST', tweets }, async x => {
        const [since_id, until_id] = [streamLine(3).data.id, streamLine(6).data.id]
        expect(ids(await search(x, { since_id, until_id }))).toEqual([5, 4])
        const window = { start_time: '2026-09-21T11:00:03Z', end_time: '2026-09-21T11:00:06Z' }
        expect(ids(await search(x, window))).toEqual([5, 4, 3])
      })
    })

    it('does not tell accents apart, and leaves data out when there is none', async () => {
      await withXDouble({ token: 'TEST', tweets }, async x => {
        expect(ids(await search(x, { query: '#cumpleanos' }))).toEqual([30])
        expect(await search(x, { query: '#nothing' })).toEqual({ status: 200, body: { meta: { result_count: 0 } } })
      })
    })

    it('has short and empty pages that are not the last, and tweets that it does not find', async () => {
      const hidden = [streamLine(20).data.id]
      await withXDouble({ token: 'TEST', tweets, hidden, pages: [0, 4, 0] }, async x => {
        const pages: number[][] = []
        const tokens: (string | undefined)[] = []
        for (let token: string | undefined = ''; token !== undefined; tokens.push(token)) {
          const page = await search(x, { max_results: '100', ...(token !== '' && { next_token: token }) })
          pages.push(ids(page))
          token = (page.body.meta as { next_token?: string }).next_token
        }
        expect(pages.map(page => page.length)).toEqual([0, 4, 0, 20])
        expect(pages.flat()).toEqual(Array.from({ length: 25 }, (_, i) => 24 - i).filter(n => n !== 20))
      })
    })

    it('goes on behind the same tweet when newer ones have come', async () => {
      const growing = tweets.slice(0, 20)
      await withXDouble({ token: 'TEST', tweets: growing }, async x => {
        const { next_token } = (await search(x, {})).body.meta as { next_token: string }
        growing.push(streamLine(40))
        expect(ids(await search(x, { next_token }))).toEqual(Array.from({ length: 10 }, (_, i) => 9 - i))
      })
    })

    it('finds of an edited tweet the last version', async () => {
      const [first, edit] = [streamLine(1), streamLine(2)]
      const versions = [first.data.id, edit.data.id]
      const edited = { ...edit, data: { ...edit.data, edit_history_tweet_ids: versions } }
      await withXDouble({ token: 'TEST', tweets: [first, edited] }, async x => {
        expect(ids(await search(x, {}))).toEqual([2])
      })
    })

    it('finds quoted words in the text', async () => {
      await withXDouble({ token: 'TEST', tweets }, async x => {
        expect(ids(await search(x, { query: '"Tweet 7"' }))).toEqual([7])
      })
    })

    const WEEK_AGO_ID = String((BigInt(Date.parse('2026-09-14T12:00:00Z')) - 1_288_834_974_657n) << 22n)

    it.each([
      ['a page of 5', { max_results: '5' }],
      ['more than 7 days back', { start_time: '2026-09-14T11:59:59Z' }],
      ['an id of more than 7 days back', { since_id: String(BigInt(WEEK_AGO_ID) - 1n) }],
      ['a query that is too long', { query: 'x'.repeat(513) }],
      ['a sample', { query: '#covid19 sample:10' }],
      ['another order', { sort_order: 'random' }],
      ['a parameter that it does not know', { 'tweet.field': 'id' }],
    ])('refuses %s', async (_, about) => {
      await withXDouble({ token: 'TEST', tweets }, async x => {
        expect(await search(x, about as Record<string, string>)).toMatchObject({
          status: 400,
          body: { title: 'Invalid Request' },
        })
        expect(x.billed).toEqual({})
        expect(await search(x, { since_id: WEEK_AGO_ID })).toMatchObject({ status: 200 })
      })
    })

    it('is refused when the script says so, in the middle of paging', async () => {
      const refusals = { 'GET /2/tweets/search/recent': ['pass', REFUSALS.tooManyRequests] as const }
      await withXDouble({ token: 'TEST', tweets, refusals }, async x => {
        const { next_token } = (await search(x, {})).body.meta as { next_token: string }
        expect(await search(x, { next_token })).toMatchObject({ status: 429 })
        expect(await search(x, { next_token })).toMatchObject({ status: 200 })
      })
    })

    it('counts by time, empty spans too', async () => {
      await withXDouble({ token: 'TEST', tweets }, async x => {
        const about = { granularity: 'minute', start_time: '2026-09-21T10:59:30Z', end_time: '2026-09-21T11:01:00Z' }
        const { body } = await call(
          x,
          `/2/tweets/counts/recent?${new URLSearchParams({ query: '#covid19', ...about })}`,
        )
        expect(body).toEqual({
          data: [
            { start: '2026-09-21T10:59:30.000Z', end: '2026-09-21T11:00:00.000Z', tweet_count: 0 },
            { start: '2026-09-21T11:00:00.000Z', end: '2026-09-21T11:01:00.000Z', tweet_count: 25 },
          ],
          meta: { total_tweet_count: 25 },
        })
      })
    })
  })

  it('knows what X would bill: each post of stream and search, each question of counts, by UTC day', async () => {
    const tweets = Array.from({ length: 12 }, (_, n) => streamLine(n))
    const half = JSON.stringify(streamLine(3)).slice(0, 200)
    const stream = [
      [cut(streamLine(1), 3, 50), keepAlive(), send(disconnectNotice('ForceDisconnect')), raw(half), drop()],
      [bytes(gzipSync(`${JSON.stringify(streamLine(1))}\r\n`)), end()],
    ]
    let now = '2026-09-21T23:59:59Z'
    const nowMs = () => Date.parse(now)
    await withXDouble({ token: 'TEST', rules: [RULE], tweets, stream, nowMs }, async x => {
      const get = (path: string) => fetch(x.origin + path, { headers: { authorization: 'Bearer TEST' } })
      await (await get('/2/tweets/search/stream')).text().catch(() => undefined)
      await get('/2/tweets/search/recent?query=%23covid19')
      await get('/2/tweets/search/recent?query=')
      await get('/2/tweets/counts/recent?query=%23covid19')
      await get('/2/tweets/counts/recent?query=%23covid19&granularity=year')
      // the half tweet too: X has sent it
      await expect
        .poll(() => x.billed)
        .toEqual({ '2026-09-21': { streamPosts: 2, searchPosts: 10, countsRequests: 1 } })
      now = '2026-09-22T00:00:00Z'
      await get('/2/tweets/search/recent?query=%23covid19&max_results=100')
      expect(x.billed['2026-09-22']).toEqual({ streamPosts: 0, searchPosts: 12, countsRequests: 0 })
      expect(totalOf(x.billed)).toMatchObject({ posts: 24, usd: 0.125 })
      expect(await (await fetch(x.origin + BILLED_PATH)).json()).toEqual(x.billed)
    })
    const streamHeaders = { 'content-encoding': 'gzip' }
    await withXDouble({ token: 'TEST', rules: [RULE], stream: stream.slice(1), streamHeaders }, async x => {
      await (await fetch(`${x.origin}/2/tweets/search/stream`, { headers: { authorization: 'Bearer TEST' } })).text()
      await expect.poll(() => totalOf(x.billed).posts).toBe(1)
    })
  })

  it('counts nothing that is too fresh to be counted', async () => {
    await withXDouble({ token: 'TEST' }, async x => {
      const path = '/2/tweets/counts/recent?query=%23a&start_time=2026-09-21T11:00:00Z&end_time='
      expect(await call(x, `${path}2026-09-21T11:59:51Z`)).toMatchObject({ status: 400 })
      expect(await call(x, `${path}2026-09-21T11:59:50Z`)).toMatchObject({ status: 200 })
      expect(await call(x, `${path}2026-09-21T11:00:00Z`)).toMatchObject({ status: 400 })
    })
  })

  it('runs as a process of its own, and ends with the one that started it', async () => {
    const serve = fileURLToPath(new URL('./serve.ts', import.meta.url))
    const options = { token: 'TEST', rules: [RULE], stream: [[send({ a: 1 }), end()]] }
    const child = spawn(process.execPath, [serve, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const exit = new Promise(resolve => child.once('exit', resolve))
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const origin = String((await lines.next()).value)
    const answer = await fetch(`${origin}/2/tweets/search/stream?expansions=author_id`, {
      headers: { authorization: 'Bearer TEST' },
    })
    expect(await answer.text()).toBe('{"a":1}\r\n')
    expect(JSON.parse(String((await lines.next()).value))).toEqual({
      method: 'GET',
      path: '/2/tweets/search/stream',
      query: { expansions: 'author_id' },
      body: '',
    })
    child.stdin.end()
    expect(await exit).toBe(0)
  })
})
