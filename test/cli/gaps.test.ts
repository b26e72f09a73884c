/** Gaps, with the executable: filled by search beside the stream, also when it is killed at that. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseSession, type SessionRecord } from '../../src/lib/domain/session.ts'
import { type Machine, type Outcome, SLOW_MS, withMachine } from '../support/executable.ts'
import { tweetLine } from '../support/tweet-lines.ts'
import { type Double, TOKEN, withDouble } from '../support/x-process.ts'
import { BILLED_PATH } from '../x-double/double.ts'
import { type Bill, totalOf } from '../x-double/meter.ts'
import { beat } from '../x-double/script.ts'

const ENV = { X_BEARER_TOKEN: TOKEN }
const HOUR_MS = 3_600_000
/** As many connections as any test here opens. */
const STREAM = Array.from({ length: 4 }, () => [beat(200)])

/** The double knows no later moment, and the executable none but the machine's. */
const nowMs = () => Math.floor(performance.timeOrigin + performance.now())

/** Ten seconds apart, the last one so many minutes ago; oldest first. */
function tweetsUpTo(minutesAgo: number, count: number): { data: { id: string } }[] {
  const lastMs = nowMs() - minutesAgo * 60_000
  return Array.from({ length: count }, (_, i) =>
    JSON.parse(tweetLine(new Date(lastMs - (count - 1 - i) * 10_000).toISOString(), i)),
  )
}

const withX = (options: Record<string, unknown>, work: (x: Double) => Promise<void>) =>
  withDouble({ now: new Date(nowMs()).toISOString(), stream: STREAM, ...options }, work)

const searches = (x: Double) => x.requests.filter(({ path }) => path === '/2/tweets/search/recent')

async function billed(x: Double) {
  const answer = await fetch(x.origin + BILLED_PATH)
  return totalOf((await answer.json()) as Record<string, Bill>)
}

async function sessionsOf(machine: Machine): Promise<SessionRecord[]> {
  const folder = join(machine.folder, 'lake/layer1/sessions')
  const names = (await readdir(folder)).sort()
  return Promise.all(names.map(async name => parseSession(await readFile(join(folder, name), 'utf8'), name)))
}

async function meterOf(machine: Machine) {
  return JSON.parse(await readFile(join(machine.folder, 'lake/_state/spend.json'), 'utf8')).total
}

/** Runs until it has said that, then ends it by a signal. */
async function listenUntil(machine: Machine, words: readonly string[], part: string, signal: NodeJS.Signals) {
  const { child, ended } = machine.start(['listen', 'covid19', ...words], ENV)
  let heard = ''
  await new Promise<void>(resolve => {
    child.stderr?.on('data', text => {
      heard += String(text)
      if (heard.includes(part)) resolve()
    })
    void ended.then(() => resolve())
  })
  child.kill(signal)
  const outcome: Outcome = await ended
  expect(outcome.stderr).toContain(part)
  return outcome
}

/** Rows of layer2 by id, and by where the tweets came from. */
async function factsOf(machine: Machine): Promise<{ ids: string[]; bySource: string }> {
  expect((await machine.twdw(['consolidate', '--quiet', '--grace', '0s'])).status).toBe(0)
  const ids = await machine.twdw(['query', '--format', 'csv', '--sql', 'SELECT tweet_id FROM fact_tweet ORDER BY 1'])
  const sql = 'SELECT source, count(*) AS rows_ FROM layer1_tweets GROUP BY source ORDER BY 1'
  const bySource = await machine.twdw(['query', '--format', 'csv', '--sql', sql])
  return { ids: ids.stdout.trim().split('\n').slice(1), bySource: bySource.stdout }
}

describe('twdw listen with gaps', { timeout: SLOW_MS }, () => {
  it('fills back what it is asked to, says so, counts it, and does not pay for it again', () =>
    withMachine(async machine => {
      const tweets = tweetsUpTo(10, 150)
      await withX({ tweets }, async x => {
        const words = ['--origin', x.origin, '--backfill', '2h']
        const run = await listenUntil(machine, words, 'search found ', 'SIGINT')
        expect(run.status).toBe(0)
        expect(run.stderr).toMatch(
          /filling 1 gap by X's search, 1 h 59 min: about 150 tweets, \$0\.75, by X's counts\n.*search found 150 tweets for \$0\.75; retweets it has none\n/s,
        )
        expect(run.stdout).toMatch(
          /^150 tweets stored in \d hours?, .* UTC; 150 of them found by search; 0 lines rejected; .*; \$0\.755 spent today \(UTC\), \$0\.755 in all; stopped by a signal\n$/,
        )
        expect(await billed(x)).toMatchObject({ searchPosts: 150, countsRequests: 1, usd: 0.755 })
        expect(await meterOf(machine)).toMatchObject({ posts: 150, countsRequests: 1 })
        const pages = searches(x).length
        const again = await machine.twdw(['listen', 'covid19', ...words, '--for', '2s'], { env: ENV })
        expect(again.status).toBe(0)
        expect(searches(x)).toHaveLength(pages)
      })
      const { ids, bySource } = await factsOf(machine)
      expect(ids).toEqual(tweets.map(({ data }) => data.id))
      expect(bySource).toBe('source,rows_\nsearch,150\n')
      const rules = await machine.twdw(['query', '--by', 'rule', '--format', 'csv'])
      expect(rules.stdout).toBe('rule,tweets\ncovid19,150\n')
    }))

  it('killed in the middle of filling goes on below what is safe: every tweet once, and no page paid for twice', () =>
    withMachine(async machine => {
      const tweets = tweetsUpTo(10, 250)
      const refusals = { 'GET /2/tweets/search/recent': ['pass', 'pass', 'mute'] }
      await withX({ tweets, refusals }, async x => {
        const words = ['--origin', x.origin, '--backfill', '1h', '--seal-after', '1h']
        const first = machine.start(['listen', 'covid19', ...words], ENV)
        await expect.poll(() => searches(x).length, { timeout: 30_000 }).toBe(3)
        first.child.kill('SIGKILL')
        await first.ended
        expect((await billed(x)).searchPosts).toBe(200)
        const [search] = (await sessionsOf(machine)).filter(({ source }) => source === 'search')
        expect(search).toMatchObject({ ended: null, tweets: 200 })

        const run = await listenUntil(machine, words, 'search found ', 'SIGTERM')
        expect(run.stderr).toMatch(/recovered 200 tweets and 0 rejected lines of segment /)
        const { posts, searchPosts } = await billed(x)
        // the overlap at the border of what was had: two tweets in 15 s, and the one at its very edge
        expect(searchPosts - tweets.length).toBeLessThanOrEqual(3)
        expect(await meterOf(machine)).toMatchObject({ posts })
        const records = (await sessionsOf(machine)).filter(({ source }) => source === 'search')
        expect(records).toMatchObject([{ from: search!.from }, { to: search!.from, ended: 'filled' }])
        expect(nowMs() - Date.parse(records[1]!.from)).toBeLessThan(HOUR_MS + 60_000)
      })
      expect((await factsOf(machine)).ids).toEqual(tweets.map(({ data }) => data.id))
    }))

  it('never bills more than a cap, and tells what stays', () =>
    withMachine(async machine => {
      await withX({ tweets: tweetsUpTo(10, 150) }, async x => {
        const words = ['--origin', x.origin, '--backfill', '50m', '--max-usd-per-day', '0.8']
        const run = await listenUntil(machine, words, 'unfilled for now', 'SIGTERM')
        expect(run.stderr).toMatch(
          /1 gap, 49 min.* s, stays unfilled for now: filling takes at most half of what the caps leave of a day, and for \S+ \(UTC\) it has\n/,
        )
        expect(run.stdout).toMatch(/^80 tweets stored .* \$0\.40 spent today/)
        expect(await billed(x)).toMatchObject({ posts: 80, usd: 0.4 })
        expect(searches(x).map(({ query }) => query.max_results)).toEqual(['80'])
      })
    }))

  it('leaves everything as it is with --no-fill', () =>
    withMachine(machine =>
      withX({ tweets: tweetsUpTo(10, 20) }, async x => {
        const words = ['listen', 'covid19', '--origin', x.origin, '--no-fill', '--for', '1s']
        expect((await machine.twdw(words, { env: ENV })).status).toBe(0)
        expect(searches(x)).toEqual([])
      }),
    ))

  it.each<[NodeJS.Signals, boolean]>([
    ['SIGINT', true],
    ['SIGTERM', false],
  ])('takes %s for a wish to stop: %s', (signal, isWish) =>
    withMachine(machine =>
      withX({}, async x => {
        const run = await listenUntil(machine, ['--origin', x.origin], 'connected to X', signal)
        expect(run.status).toBe(0)
        const [record] = await sessionsOf(machine)
        expect(record).toMatchObject({ ended: 'stopped by a signal', rules: [{ name: 'covid19', value: '#covid19' }] })
        expect(record!.stopped).toBe(isWish ? record!.to : null)
      }),
    ),
  )

  it.each<[string[], RegExp]>([
    [['--backfill', '8d'], /--backfill: "8d" is not a time that X's search reaches back \(write up to 7d\)/],
    [['--backfill', '0s'], /--backfill: "0s" is not a time that X's search reaches back/],
    [['--backfill', '2d', '--no-fill'], /--backfill and --no-fill contradict each other\n {2}try: give one of them/],
    [
      ['--backfill', '2d', '--sample', '10'],
      /--backfill and --sample do not go together: X's search knows no sample, and would send and bill every tweet\n/,
    ],
    [['--backfill', '2d', '--source', 'demo'], /--backfill: that is for --source x, and --source is demo/],
  ])('refuses %j, with status 2', (words, sentence) =>
    withMachine(async machine => {
      const outcome = await machine.twdw(['listen', 'covid19', ...words], { env: ENV })
      expect(outcome).toMatchObject({ status: 2, stdout: '' })
      expect(outcome.stderr).toMatch(sentence)
    }),
  )
})
