/** Gaps, with the executable: filled by search beside the stream, also when it is killed at that. */
import { describe, expect, it } from 'vitest'
import { SLOW_MS, withMachine } from '../support/executable.ts'
import {
  billed,
  ENV,
  factsOf,
  listenUntil,
  meterOf,
  searches,
  sessionsOf,
  tweetsUpTo,
  withX,
} from '../support/gap-machine.ts'
import { killWhileFilling } from '../support/killed-filling.ts'

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
      expect(await factsOf(machine)).toEqual(tweets.map(({ data }) => data.id))
      const sql = 'SELECT source, count(*) AS rows_ FROM layer1_tweets GROUP BY source'
      const bySource = await machine.twdw(['query', '--format', 'csv', '--sql', sql])
      expect(bySource.stdout).toBe('source,rows_\nsearch,150\n')
      const rules = await machine.twdw(['query', '--by', 'rule', '--format', 'csv'])
      expect(rules.stdout).toBe('rule,tweets\ncovid19,150\n')
    }))

  it('killed in the middle of filling goes on below what is safe: every tweet once, and no page paid for twice', () =>
    withMachine(async machine => {
      const { before, records, recovered, ...outcome } = await killWhileFilling(machine)
      expect(before).toMatchObject({ ended: null, tweets: 200 })
      expect(recovered).toMatch(/recovered 200 tweets and 0 rejected lines of segment /)
      expect(records).toMatchObject([{ from: before.from }, { to: before.from, ended: 'filled' }])
      // the overlap at the border of what was had: two tweets in 15 s
      expect(outcome).toEqual({ delivered: 252, lost: 0, doubled: 0, paidTwice: 2, miscounted: 0 })
    }))

  it('shows the minutes of each hour, and what it has of what X counts', () =>
    withMachine(async machine => {
      const tweets = tweetsUpTo(70, 30)
      await withX({ tweets }, async x => {
        const words = ['--origin', x.origin, '--backfill', '3h']
        await listenUntil(machine, words, 'search found ', 'SIGINT')
        const table = await machine.twdw(['status', '--coverage', '4h'])
        expect(table).toMatchObject({ status: 0, stderr: '' })
        expect(table.stdout).toMatch(/│ hour \(UTC\) +│ rule +│ captured │ filled │ missing │\n/)
        expect(table.stdout).toMatch(/│ \S+T\d\d │ covid19 │ +0 │ +60 │ +0 │\n/)
        expect(table.stdout).toContain("filled by X's search, which has no retweets")
        const ask = ['status', '--coverage', '4h', '--counts', '--origin', x.origin, '--json']
        const rows = JSON.parse((await machine.twdw(ask, { env: ENV })).stdout)
        const counted = rows.filter((row: { counts?: object }) => row.counts !== undefined)
        const sum = (key: string) =>
          counted.reduce((n: number, row: { counts: Record<string, number> }) => n + row.counts[key]!, 0)
        expect(sum('counted')).toBeGreaterThan(0)
        expect(sum('stored')).toBe(sum('counted'))
        expect((await billed(x)).countsRequests).toBe(2)
        expect(await meterOf(machine)).toMatchObject({ countsRequests: 2 })
        const status = await machine.twdw(['status'])
        expect(status.stdout).toMatch(
          /\n {2}gaps +none in the last 7 days; 2 h 59 min filled by search, without retweets\n/,
        )
        const full = await machine.twdw([...ask, '--max-usd', '0.16'], { env: ENV })
        expect(full).toMatchObject({ status: 7, stdout: '' })
      })
    }))

  it('refuses to compare what is not asked for', () =>
    withMachine(async machine => {
      const outcome = await machine.twdw(['status', '--counts'])
      expect(outcome).toMatchObject({ status: 2, stdout: '' })
      expect(outcome.stderr).toBe('twdw: --counts compares hours of the coverage\n  try: add --coverage 24h\n')
    }))

  it('never bills more than a cap, and tells what stays', () =>
    withMachine(async machine => {
      await withX({ tweets: tweetsUpTo(10, 150) }, async x => {
        const words = ['--origin', x.origin, '--backfill', '50m', '--max-usd-per-day', '0.8']
        const run = await listenUntil(machine, words, 'unfilled for now', 'SIGTERM')
        expect(run.stderr).toMatch(
          /1 gap, 2\d min \d+ s, stays unfilled for now: filling takes at most half of what the caps leave of a day, and for \S+ \(UTC\) it has\n/,
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
