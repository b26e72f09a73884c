/** Gaps are filled beside the stream: the whole listener, over the double's sockets. */
import { describe, expect, it } from 'vitest'
import { firstIdOf } from '../../src/lib/domain/instant.ts'
import type { SessionRecord } from '../../src/lib/domain/session.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import {
  type FillRun,
  filledTimes,
  recordsIn,
  runFill,
  said,
  storedIn,
  tweetAt,
  tweetsBetween,
} from '../support/fill-run.ts'
import { createMemoryLake } from '../support/memory-lake.ts'
import { ms, sessionRecord } from '../support/session-records.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { REFUSALS } from '../x-double/answers.ts'
import { totalOf } from '../x-double/meter.ts'

const SEARCH = '/2/tweets/search/recent'
const COUNTS = '/2/tweets/counts/recent'
/** Listening broke off at 11:30, half an hour before the runs of these tests. */
const BROKEN = sessionRecord('11:00', '11:30')

const searches = (records: readonly SessionRecord[]) => records.filter(({ source }) => source === 'search')
const asked = ({ x }: FillRun) => x.asked('GET', SEARCH).map(({ query }) => query)
const idAt = (at: string) => firstIdOf(ms(at))

/** What twdw has counted is what the double has delivered. */
function expectHonestMeter({ meter, x }: FillRun): void {
  const bill = totalOf(x.billed)
  expect(meter.total).toMatchObject({ posts: bill.posts, countsRequests: bill.countsRequests })
}

describe('a gap that nobody wished', () => {
  it('is filled, the newest tweets first, and only as far as search surely has everything', () =>
    withTempFolder(async folder => {
      const tweets = tweetsBetween('11:00', '11:59', 10)
      const run = await runFill(folder, { sessions: [BROKEN], double: { tweets }, until: filledTimes(1) })
      const { report, lake, log, x } = run
      // 11:29:45 to 11:59:30, with the overlap on both sides
      expect(asked(run)[0]).toMatchObject({
        query: '#covid19',
        since_id: String(idAt('11:29:45') - 1n),
        sort_order: 'recency',
        max_results: '100',
        expansions: 'author_id,geo.place_id,referenced_tweets.id',
      })
      const stored = await storedIn(lake)
      expect(stored.map(({ id }) => id)).toEqual(tweets.slice(179).map(({ data }) => data.id))
      expect(stored.every(({ source, rules }) => source === 'search' && rules.join() === 'covid19')).toBe(true)
      expect(report).toMatchObject({ tweets: 175, filled: 175, rejected: 0, why: 'stopped by a signal' })
      expect(log.sentences()).toContainEqual(expect.stringMatching(/^filling 1 gap by X's search, 29 min \d\d s$/))
      expect(log.sentences()).toContain('search found 175 tweets for $0.875; retweets it has none')
      const [record] = searches(recordsIn(lake))
      expect(record).toMatchObject({
        from: BROKEN.to,
        ended: 'filled',
        rules: BROKEN.rules,
        tweets: 175,
        stopped: null,
      })
      expect(Date.parse(record!.to)).toBeGreaterThanOrEqual(ms('11:59:15'))
      expect(Date.parse(record!.to)).toBeLessThan(ms('11:59:25'))
      expect(await run.ports.journal.list()).toEqual([])
      expect(x.asked('GET', COUNTS)).toEqual([])
      expectHonestMeter(run)
    }))

  it('is filled to its end once the stream has it from there, and then left alone', () =>
    withTempFolder(async folder => {
      const tweets = tweetsBetween('11:00', '12:00', 60)
      const run = await runFill(folder, { sessions: [BROKEN], double: { tweets }, speed: 60, until: filledTimes(2) })
      const again = await runFill(folder, {
        lake: run.lake,
        double: { tweets },
        now: '2026-09-21T12:03:00Z',
        plan: { forMs: 1_500 },
      })
      const [first, second] = searches(recordsIn(run.lake))
      expect(second).toMatchObject({ from: first!.to })
      const stream = recordsIn(run.lake).filter(({ source }) => source === 'stream')
      expect(second!.to).toBe(stream[1]!.from)
      // what the stream did not have and no more; between the runs there is another gap, too young yet
      expect(asked(again)).toEqual([])
    }))

  it('has pages that are short or empty, and tweets that search does not have', () =>
    withTempFolder(async folder => {
      const tweets = tweetsBetween('11:30', '11:50', 10)
      const hidden = [tweets[60]!.data.id]
      const double = { tweets, hidden, pages: [0, 30, 0, 7] }
      const run = await runFill(folder, { sessions: [BROKEN], double, until: filledTimes(1) })
      const ids = (await storedIn(run.lake)).map(({ id }) => id)
      expect(ids).toEqual(tweets.map(({ data }) => data.id).filter(id => !hidden.includes(id)))
      expect(asked(run)).toHaveLength(5)
      expectHonestMeter(run)
    }))

  it('is filled though nothing was said in it', () =>
    withTempFolder(async folder => {
      const run = await runFill(folder, { sessions: [BROKEN], until: filledTimes(1) })
      expect(searches(recordsIn(run.lake))).toMatchObject([{ from: BROKEN.to, ended: 'filled', tweets: 0 }])
      expect(await run.lake.list('layer1/rejected/')).toEqual([])
      expect(run.meter.total.posts).toBe(0)
    }))

  it('is filled while the listener runs, when the stream was cut and is back', () =>
    withTempFolder(async folder => {
      const beats = (count: number) => Array.from({ length: count }, () => [{ raw: '\r\n' }, { pauseMs: 20 }]).flat()
      const tweets = tweetsBetween('12:00', '12:30', 1)
      const stream = [[...beats(20), { end: 'reset' as const }], [{ beatEveryMs: 20 }]]
      const run = await runFill(folder, { double: { tweets, stream }, speed: 100, until: filledTimes(1) })
      const [before, after] = recordsIn(run.lake).filter(({ source }) => source === 'stream')
      expect(searches(recordsIn(run.lake))).toMatchObject([{ from: before!.to, to: after!.from, ended: 'filled' }])
      const [first, last] = [ms(before!.to) - 15_000, ms(after!.from) + 15_000]
      const inside = tweets.filter(({ data }) => ms(data.created_at) >= first && ms(data.created_at) < last)
      expect((await storedIn(run.lake)).map(({ id }) => id)).toEqual(inside.map(({ data }) => data.id))
      expectHonestMeter(run)
    }))

  it('is not filled when gaps are to stay', () =>
    withTempFolder(async folder => {
      const run = await runFill(folder, { sessions: [BROKEN], plan: { forMs: 500, fill: undefined as never } })
      expect(asked(run)).toEqual([])
    }))

  it('of several is filled newest first, in questions that hashtags share and others do not', () =>
    withTempFolder(async folder => {
      const rules = [
        { name: 'covid19', value: '#covid19' },
        { name: 'vacina', value: '#vacina' },
        { name: '"some words"', value: '"some words"' },
      ]
      const spoken = { ...tweetAt('11:40', 7, []), data: { ...tweetAt('11:40', 7, []).data, text: 'some words' } }
      const tweets = [tweetAt('10:30', 1, ['covid19', 'Vacina']), tweetAt('11:40', 2, ['vacina']), spoken]
      const run = await runFill(folder, {
        words: { hashtags: ['covid19', 'vacina'], keywords: ['some words'] },
        sessions: [
          sessionRecord('10:00', '10:20', { rules }),
          sessionRecord('10:40', '11:30', { rules, session: 'later' }),
        ],
        double: { tweets },
        until: filledTimes(1),
      })
      expect(asked(run).map(({ query }) => query)).toEqual([
        '#covid19 OR #vacina',
        '"some words"',
        '#covid19 OR #vacina',
        '"some words"',
      ])
      const since = asked(run).map(({ since_id }) => BigInt(since_id!))
      expect(since[0]).toBeGreaterThan(since[2]!)
      expect((await storedIn(run.lake)).map(({ rules }) => rules)).toEqual([
        ['covid19', 'vacina'],
        ['vacina'],
        ['"some words"'],
      ])
      expect(run.log.sentences().find(sentence => sentence.startsWith('filling'))).toMatch(
        /^filling 2 gaps by X's search, 49 min \d+ s together$/,
      )
    }))
})

describe('time that a person gave away', () => {
  const STOPPED = sessionRecord('11:00', '11:30', { stopped: '11:30', ended: 'stopped by a signal' })

  it('stays as it is', () =>
    withTempFolder(async folder => {
      const run = await runFill(folder, { sessions: [STOPPED], plan: { forMs: 700 } })
      expect(asked(run)).toEqual([])
      expect(run.log.sentences().filter(sentence => sentence.includes('gap'))).toEqual([])
    }))

  it('is filled as far back as it is asked for, the time before the first session too', () =>
    withTempFolder(async folder => {
      const tweets = tweetsBetween('09:00', '12:00', 60)
      const run = await runFill(folder, {
        sessions: [STOPPED],
        plan: { fill: { backfillMs: 2 * 3_600_000, query: {} } },
        double: { tweets },
        until: filledTimes(1),
      })
      const froms = searches(recordsIn(run.lake)).map(({ from }) => Date.parse(from))
      expect(froms[0]).toBe(ms('11:30'))
      expect(froms[1]! - ms('10:00')).toBeLessThan(5_000)
      expect(run.log.sentences()).toContainEqual(
        expect.stringMatching(
          /^filling 2 gaps by X's search, 1 h 29 min together: about (8|9)\d tweets, \$0\.4\d*, by X's counts$/,
        ),
      )
      expect(run.x.asked('GET', COUNTS)).toHaveLength(1)
      expectHonestMeter(run)
    }))

  it('is not filled with a sample, and that is told', () =>
    withTempFolder(async folder => {
      const rules = [{ name: 'covid19', value: '#covid19 sample:10' }]
      const words = { samplePercent: 10 }
      const sessions = [sessionRecord('11:00', '11:30', { rules })]
      const run = await runFill(folder, { sessions, words, until: said('knows no sample') })
      expect(run.log.sentences()).toContain(
        "the gaps of covid19 stay: X's search knows no sample, so it would send, and bill, every tweet",
      )
      expect(asked(run)).toEqual([])
    }))
})

describe('what goes wrong with search', () => {
  const tweets = tweetsBetween('11:30', '11:55', 10)
  const all = tweets.map(({ data }) => data.id)
  const refusals = (...list: Parameters<typeof Array.of<unknown>>) => ({ [`GET ${SEARCH}`]: list as never })
  const idsIn = async ({ lake }: FillRun) => (await storedIn(lake)).map(({ id }) => id)

  it.each([
    [
      'a 503',
      REFUSALS.unavailable,
      "no answer from X's search: X answered 503 Service Unavailable; asking again in 5 s",
      2_000,
    ],
    [
      'a 429 with its reset',
      { ...REFUSALS.tooManyRequests, headers: { 'x-rate-limit-reset': String(ms('12:15') / 1000) } },
      expect.stringMatching(
        /^no answer from X's search: X answered 429 Too Many Requests; asking again in 1[0-5] min( \d+ s)?$/,
      ),
      // a minute is long enough that a busy machine does not use five of them up before
      200,
    ],
  ])('in the middle of paging, %s, holds it up, and nothing is asked for twice', (_, refusal, sentence, speed) =>
    withTempFolder(async folder => {
      const double = { tweets, refusals: refusals('pass', refusal) }
      const run = await runFill(folder, { sessions: [BROKEN], double, speed, until: filledTimes(1) })
      expect(run.log.sentences()).toContainEqual(sentence)
      expect(await idsIn(run)).toEqual(all)
      expect(totalOf(run.x.billed).searchPosts).toBe(all.length)
      expectHonestMeter(run)
    }),
  )

  it('tweets that the lake does not take when they are found are stored as soon as it does', () =>
    withTempFolder(async folder => {
      const tweets = tweetsBetween('11:35', '11:55', 60)
      const lake = createMemoryLake()
      const { write } = lake
      // as they are found, and at the end of the search
      let refusals = 2
      lake.write = async (path, bytes) => {
        if (!path.startsWith('layer1/tweets/') || refusals-- <= 0) return write(path, bytes)
        throw new TwdwError('E_LAKE', 'the bucket is out of reach', { hint: 'wait' })
      }
      const run = await runFill(folder, {
        lake,
        sessions: [BROKEN],
        double: { tweets },
        speed: 60,
        until: said('the lake takes tweets again: 1 segment stored'),
      })
      expect((await storedIn(lake)).map(({ id }) => id)).toEqual(tweets.map(({ data }) => data.id))
      expect(run.report).toMatchObject({ tweets: 20, filled: 20, segments: 1, hours: ['2026-09-21T11'] })
      expect(await run.ports.journal.list()).toEqual([])
      expect(run.log.sentences()).toContain(
        'tweets cannot be stored: the bucket is out of reach; they stay in the journal, and it is tried again in 10 s',
      )
      expectHonestMeter(run)
    }))

  it('a 403 ends the filling, with one warning, and not the listening', () =>
    withTempFolder(async folder => {
      const double = { tweets, refusals: refusals(REFUSALS.notEnrolled) }
      const run = await runFill(folder, { sessions: [BROKEN], double, plan: { forMs: 7_000 }, speed: 10 })
      expect(run.log.told.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence)).toEqual([
        'X does not let itself be searched: X answered 403 Client Forbidden: When authenticating requests to the X API v2 endpoints, you must use keys from an app in a Project.; gaps stay until the next start',
      ])
      expect(asked(run)).toHaveLength(1)
      expect(run.report).toMatchObject({ why: '--for is over', filled: 0 })
      const [record] = searches(recordsIn(run.lake))
      expect(record).toMatchObject({ from: record!.to, ended: 'refused by X', tweets: 0 })
    }))

  it('a question that X does not take is given up, and the others are not', () =>
    withTempFolder(async folder => {
      const rules = [
        { name: 'cat dog', value: 'cat dog' },
        { name: 'covid19', value: '#covid19' },
      ]
      const invalid = {
        status: 400,
        body: {
          errors: [{ parameters: { query: ['cat dog'] }, message: "Reference to invalid operator 'dog'" }],
          title: 'Invalid Request',
        },
      }
      const double = { tweets, refusals: refusals('pass', 'pass', invalid) }
      const run = await runFill(folder, {
        words: { rules: ['cat dog'] },
        sessions: [sessionRecord('11:00', '11:30', { rules })],
        double,
        until: filledTimes(1),
      })
      expect(await idsIn(run)).toEqual(all)
      expect(run.log.sentences()).toContain(
        "X's search does not take cat dog: X answered 400 Invalid Request: Reference to invalid operator 'dog'; its gaps stay",
      )
    }))

  it('a field that X does not know is left out', () =>
    withTempFolder(async folder => {
      const double = { tweets, refusals: refusals(REFUSALS.unknownField) }
      const run = await runFill(folder, { sessions: [BROKEN], double, until: filledTimes(1) })
      expect(await idsIn(run)).toEqual(all)
      const [first, second] = asked(run)
      expect(first!['tweet.fields']).toContain('note_tweet')
      expect(second!['tweet.fields']).not.toContain('note_tweet')
      expect(run.log.sentences()).toContain(
        "X's search does not know note_tweet: going on without; see whether there is a newer twdw",
      )
    }))

  it('a vocabulary that X has given up is left for the other', () =>
    withTempFolder(async folder => {
      const renamed = {
        status: 400,
        body: {
          errors: [
            {
              parameters: { 'tweet.fields': ['…'] },
              message: 'The query parameter [tweet.fields] is not one of [query,post.fields]',
            },
          ],
          title: 'Invalid Request',
        },
      }
      const page = { status: 200, body: { meta: { result_count: 0 } } }
      const run = await runFill(folder, {
        sessions: [BROKEN],
        double: { refusals: refusals(renamed, page) },
        until: filledTimes(1),
      })
      const [, second] = asked(run)
      expect(second).not.toHaveProperty('tweet.fields')
      expect(second!['post.fields']).toContain('note_post')
      expect(second!.expansions).toBe('author_id,geo.place_id,referenced_posts.id')
    }))

  it('a token that X has forgotten costs no tweet: the question is put anew below what was had', () =>
    withTempFolder(async folder => {
      const forgotten = {
        status: 400,
        body: {
          errors: [{ parameters: { next_token: ['…'] }, message: 'The `next_token` parameter is invalid' }],
          title: 'Invalid Request',
        },
      }
      const double = { tweets, refusals: refusals('pass', forgotten) }
      const run = await runFill(folder, { sessions: [BROKEN], double, until: filledTimes(1) })
      expect(await idsIn(run)).toEqual(all)
      expect(asked(run)[2]).toMatchObject({ until_id: all.at(-100) })
      expect(asked(run)[2]).not.toHaveProperty('next_token')
      expect(totalOf(run.x.billed).searchPosts).toBe(all.length)
    }))

  it('a search that says nothing does not hold the listener up when it is to end', () =>
    withTempFolder(async folder => {
      const double = { tweets, refusals: refusals('pass', 'mute') }
      const run = await runFill(folder, {
        sessions: [BROKEN],
        double,
        until: (_, x) => x.asked('GET', SEARCH).length === 2,
      })
      expect(run.report.seconds).toBeLessThan(5)
      expect(run.report.filled).toBe(100)
      const [record] = searches(recordsIn(run.lake))
      expect(record).toMatchObject({ ended: 'stopped', tweets: 100 })
      // the next run goes on there
      const next = await runFill(folder, { lake: run.lake, double: { tweets }, until: filledTimes(1) })
      expect([...new Set(await idsIn(next))]).toEqual(all)
      // of what was had only the overlap is paid for again: two tweets in 15 s
      expect(totalOf(next.x.billed).searchPosts).toBe(all.length - 100 + 2)
    }))
})

describe('what filling costs', () => {
  const tweets = tweetsBetween('11:30', '11:55', 5)
  const caps = (dayUsd: number) => ({ caps: { totalMicroUsd: undefined, dayMicroUsd: dayUsd * 1e6 } })

  it('takes at most half of what a day has left, says so once, and lets the stream go on', () =>
    withTempFolder(async folder => {
      const run = await runFill(folder, {
        sessions: [BROKEN],
        double: { tweets },
        plan: { ...caps(1.3), forMs: 20_000 },
        speed: 10,
      })
      // 260 tweets of room: a page of 100, then one of 30
      expect(asked(run).map(({ max_results }) => max_results)).toEqual(['100', '30'])
      expect(run.report).toMatchObject({ why: '--for is over', tweets: 130, spent: { dayUsd: 0.65 } })
      expect(run.log.told.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence)).toEqual([
        expect.stringMatching(
          /^1 gap, 14 min \d+ s, stays unfilled for now: filling takes at most half of what the caps leave of a day, and for 2026-09-21 \(UTC\) it has$/,
        ),
      ])
      const [record] = searches(recordsIn(run.lake))
      expect(record).toMatchObject({ ended: 'no room under a cap' })
      expectHonestMeter(run)
    }))

  it('goes on with the next day, where it had stopped', () =>
    withTempFolder(async folder => {
      const late = tweetsBetween('23:00', '23:40', 20)
      const run = await runFill(folder, {
        sessions: [sessionRecord('22:00', '23:00')],
        double: { tweets: late },
        now: '2026-09-21T23:59:00Z',
        plan: caps(0.5),
        speed: 30,
        until: filledTimes(2),
      })
      expect(new Set(asked(run).map(({ max_results }) => max_results))).toEqual(new Set(['50']))
      expect(run.report.tweets).toBe(100)
      expect(Object.keys(run.meter.days)).toEqual(['2026-09-21', '2026-09-22'])
      for (const { posts } of Object.values(run.meter.days)) expect(posts).toBe(50)
      // of what was had only the overlap is paid for again: one tweet in 15 s
      expect(new Set((await storedIn(run.lake)).map(({ id }) => id)).size).toBeGreaterThanOrEqual(99)
      expectHonestMeter(run)
    }))

  it('does not ask for a page that --max-tweets has no room for, and counts what it found towards it', () =>
    withTempFolder(async folder => {
      const run = await runFill(folder, {
        sessions: [BROKEN],
        double: { tweets },
        plan: { maxTweets: 105, forMs: 2_000 },
      })
      expect(asked(run).map(({ max_results }) => max_results)).toEqual(['100'])
      expect(run.report).toMatchObject({ tweets: 100, filled: 100, why: '--for is over' })
      expect(run.log.sentences()).toContainEqual(
        expect.stringMatching(/stays unfilled for now: --max-tweets is 105, and a page of search may bring 10$/),
      )
      const full = await runFill(folder, { sessions: [BROKEN], double: { tweets }, plan: { maxTweets: 100 } })
      expect(full.report).toMatchObject({ tweets: 100, why: '--max-tweets is reached' })
    }))

  it('asks for the price of more than an hour, a question a query, under the caps too', () =>
    withTempFolder(async folder => {
      const run = await runFill(folder, {
        sessions: [sessionRecord('09:00', '09:30')],
        double: { tweets: [] },
        plan: caps(0.005 * 22),
        until: filledTimes(1),
      })
      expect(run.log.sentences()).toContainEqual(
        expect.stringMatching(/^filling 1 gap by X's search, 2 h 29 min: about 0 tweets, \$0\.00, by X's counts$/),
      )
      expect(run.meter.total).toMatchObject({ posts: 0, countsRequests: 1 })
      expectHonestMeter(run)
    }))

  it('fills all the same when X does not count', () =>
    withTempFolder(async folder => {
      const run = await runFill(folder, {
        sessions: [sessionRecord('09:00', '09:30')],
        double: { refusals: { [`GET ${COUNTS}`]: [REFUSALS.unavailable] } },
        until: filledTimes(1),
      })
      expect(run.log.sentences()).toContainEqual(
        expect.stringMatching(/^filling 1 gap .*: what it will cost is not known$/),
      )
      expect(searches(recordsIn(run.lake))).toMatchObject([{ ended: 'filled' }])
    }))
})

describe('a gap that is too old', () => {
  it('is filled as far as search reaches, and the rest is told', () =>
    withTempFolder(async folder => {
      const run = await runFill(folder, {
        sessions: [sessionRecord('2026-09-10T00:00:00Z', '2026-09-14T00:00:00Z')],
        until: filledTimes(1),
      })
      expect(run.log.sentences()).toContainEqual(
        expect.stringMatching(
          /^12 h 10 min of gaps stay: they are older than the 7 days that X's search reaches back$/,
        ),
      )
      const [record] = searches(recordsIn(run.lake))
      expect(Date.parse(record!.from) - ms('2026-09-14T12:10:00Z')).toBeLessThan(5_000)
    }))
})

describe('a listener that dies while it fills', () => {
  const tweets = tweetsBetween('11:30', '11:58', 6)
  const all = tweets.map(({ data }) => data.id)

  it('at whatever write to the lake, has every tweet once in the end, and pays for no page twice', async () => {
    let deaths = 0
    for (let dies = 3; ; dies++) {
      const isOver = await withTempFolder(async folder => {
        const about = { sessions: [BROKEN], double: { tweets }, until: filledTimes(1) }
        const probe = await dying(folder, about, dies)
        const { lake, x } = probe
        lake.failsFrom = Number.POSITIVE_INFINITY
        if (probe.isAlive) return true
        deaths += 1
        const last = await runFill(folder, { ...about, sessions: [], lake, until: filledOrNothingToFill() })
        const ids = (await storedIn(lake)).map(({ id }) => id)
        expect(new Set(ids)).toEqual(new Set(all))
        const billed = totalOf(x).searchPosts + totalOf(last.x.billed).searchPosts
        expect(ids.length).toBe(billed)
        // the overlap: three tweets in 15 s
        expect(billed - all.length).toBeLessThanOrEqual(3)
        expect(last.meter.total.posts).toBe(billed)
        return false
      })
      if (isOver) break
    }
    expect(deaths).toBeGreaterThan(5)
  })
})

/** All is filled, or a second's worth of looks has found nothing to fill. */
function filledOrNothingToFill() {
  let looks = 0
  return (sentences: readonly string[]) => {
    if (said('connected to X')(sentences) && !said('filling')(sentences)) looks += 1
    return filledTimes(1)(sentences) || looks > 200
  }
}

/** Runs until the lake takes no more. */
async function dying(folder: string, about: Parameters<typeof runFill>[1], dies: number) {
  const { createMemoryLake } = await import('../support/memory-lake.ts')
  const lake = createMemoryLake()
  let billed: FillRun['x']['billed'] = {}
  lake.failsFrom = dies
  const isAlive = await runFill(folder, {
    ...about,
    lake,
    during: x => {
      billed = x.billed
    },
    until: (sentences, x) => filledTimes(1)(sentences) || (lake.changes >= dies && x.connections.length > 0),
  }).then(
    () => lake.changes < dies,
    () => false,
  )
  return { isAlive, lake, x: billed }
}
