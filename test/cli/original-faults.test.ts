/** The faults of the program that this one replaces, each tried out with the executable. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Machine, SLOW_MS, withMachine } from '../support/executable.ts'
import { tweetLine } from '../support/tweet-lines.ts'

async function ok(machine: Machine, words: readonly string[], input = ''): Promise<string> {
  const outcome = await machine.twdw(words, { input })
  expect(outcome).toMatchObject({ status: 0 })
  return outcome.stdout
}

const capture = (machine: Machine, ...lines: string[]) =>
  ok(machine, ['listen', '--source', 'replay', '--from', '-', '--quiet'], lines.join('\n'))

const ask = (machine: Machine, sql: string) => ok(machine, ['query', '--sql', sql, '--format', 'csv'])

/** A tweet of ana, who calls herself by another name from a day on. */
const tweetAs = (username: string, at: string, n: number) =>
  tweetLine(at, n).replace('"username":"ana"', `"username":"${username}"`)

describe('what was wrong with the original', { timeout: SLOW_MS }, () => {
  it('a run that was repeated appended, and doubled the data: here it adds nothing', () =>
    withMachine(async machine => {
      const lines = [tweetLine('2024-01-01T10:00:00.000Z', 1), tweetLine('2024-01-01T10:30:00.000Z', 2)]
      await capture(machine, ...lines)
      await ok(machine, ['consolidate'])
      const counts =
        'SELECT (SELECT count(*) FROM fact_tweet) AS facts, (SELECT count(*) FROM bridge_tweet_hashtag) AS tags, (SELECT sum(tweets) FROM agg_hashtag_hour) AS sums, (SELECT count(*) FROM dim_user_snapshot) AS users'
      const once = await ask(machine, counts)
      expect(once).toBe('facts,tags,sums,users\n2,2,2,1\n')
      expect(await ok(machine, ['consolidate'])).toBe('nothing to do: every closed hour is consolidated\n')
      await ok(machine, ['consolidate', '--rebuild'])
      await ok(machine, ['consolidate', '--hour', '2024-01-01T10', '--rebuild'])
      // the same tweets, captured a second time
      await capture(machine, ...lines)
      expect(await ok(machine, ['consolidate'])).toMatch(/^2024-01-01T10 {2}2 tweets, 2 duplicates, 0 rejected\n/)
      expect(await ask(machine, counts)).toBe(once)
    }))

  it('`month > 10` wrote October as 010, and so the 10th and 10 h: here a date is a date', () =>
    withMachine(async machine => {
      await capture(machine, tweetLine('2023-10-10T10:00:00.000Z', 1), tweetLine('2023-09-09T09:00:00.000Z', 2))
      await ok(machine, ['consolidate'])
      const folders = readdirSync(join(machine.folder, 'lake/layer2/fact_tweet'), { recursive: true, encoding: 'utf8' })
      expect(folders.filter(name => name.endsWith('.parquet')).sort()).toEqual([
        'utc_date=2023-09-09/utc_hour=09/part-0.parquet',
        'utc_date=2023-10-10/utc_hour=10/part-0.parquet',
      ])
      expect(
        await ask(
          machine,
          'SELECT local_date, local_hour, d.month, d.day FROM fact_tweet f JOIN dim_date d USING (local_date) ORDER BY ALL',
        ),
      ).toBe('local_date,local_hour,month,day\n2023-09-09,6,9,9\n2023-10-10,7,10,10\n')
      const named = ['query', '--by', 'hour', '--from', '2023-10-10T07', '--to', '2023-10-10T08', '--format', 'csv']
      expect(await ok(machine, named)).toBe('hour,tweets\n2023-10-10T07:00-03:00,1\n')
    }))

  it('Sao Paulo was GMT-3 at all times: here it has its summer time until 2019, and none since', () =>
    withMachine(async machine => {
      await capture(
        machine,
        tweetLine('2018-12-01T01:30:00.000Z', 1), // 23:30 of the day before, by GMT-3 22:30
        tweetLine('2018-07-01T02:30:00.000Z', 2), // winter: 23:30 of the day before
        tweetLine('2019-12-01T02:30:00.000Z', 3), // no summer time any more: 23:30 of the day before
      )
      await ok(machine, ['consolidate'])
      expect(
        await ask(
          machine,
          'SELECT CAST(created_at_local AS TEXT) AS wall, local_date, local_hour FROM fact_tweet ORDER BY 1',
        ),
      ).toBe(
        'wall,local_date,local_hour\n2018-06-30 23:30:00,2018-06-30,23\n2018-11-30 23:30:00,2018-11-30,23\n2019-11-30 23:30:00,2019-11-30,23\n',
      )
    }))

  it('hashtags were one text, "a, b, ": here each is a row, in one spelling to count by', () =>
    withMachine(async machine => {
      await capture(
        machine,
        tweetLine('2024-01-01T10:00:00.000Z', 1, ['Vacina', 'COVID19']),
        tweetLine('2024-01-01T10:01:00.000Z', 2, ['vacina', 'ação']),
      )
      await ok(machine, ['consolidate'])
      expect(
        await ask(machine, 'SELECT tag, count(*) AS tweets FROM bridge_tweet_hashtag GROUP BY tag ORDER BY tag'),
      ).toBe('tag,tweets\nação,1\ncovid19,1\nvacina,2\n')
      expect(await ask(machine, "SELECT spelling, tweets FROM hashtag WHERE tag = 'vacina'")).toBe(
        'spelling,tweets\nVacina,2\n',
      )
    }))

  it('users were appended, without a key or a history: here a user has one row a version, and one is current', () =>
    withMachine(async machine => {
      // the profile is dated by its capture, and each run captures later than the one before
      await capture(
        machine,
        tweetAs('ana', '2024-01-01T10:00:00.000Z', 1),
        tweetAs('ana', '2024-01-01T10:01:00.000Z', 2),
      )
      await ok(machine, ['consolidate'])
      await capture(machine, tweetAs('ana', '2024-01-02T10:00:00.000Z', 3))
      await capture(machine, tweetAs('ana_maria', '2024-01-03T10:00:00.000Z', 4))
      await ok(machine, ['consolidate'])
      expect(
        await ask(
          machine,
          'SELECT user_id, username, valid_to IS NULL AS open, is_current FROM dim_user ORDER BY valid_from',
        ),
      ).toBe('user_id,username,open,is_current\n501,ana,false,false\n501,ana_maria,true,true\n')
      expect(
        await ask(
          machine,
          'SELECT count(*) AS doubled FROM (SELECT user_id, valid_from FROM dim_user GROUP BY ALL HAVING count(*) > 1)',
        ),
      ).toBe('doubled\n0\n')
    }))

  it('exceptions were printed and dropped: here what cannot be read or cast is kept, counted and told', () =>
    withMachine(async machine => {
      const good = tweetLine('2024-01-01T10:00:00.000Z', 1)
      const unnamed = tweetLine('2024-01-01T10:01:00.000Z', 2).replace('"author_id":"', '"author_id":"@')
      await capture(machine, good, unnamed, '{"data": {"id": "12"')
      const said = await ok(machine, ['consolidate'])
      expect(said).toMatch(/^2024-01-01T10 {2}1 tweet, 0 duplicates, 1 rejected \(1 × author_id is not an INT64\)\n/)
      const { rejected } = JSON.parse(await ok(machine, ['status', '--json']))
      expect(rejected).toEqual({
        lines: { 'invalid JSON: breaks off': 1 },
        rows: { 'author_id is not an INT64': 1 },
        unreadFiles: 0,
      })
      expect(await ask(machine, 'SELECT reason, line IS NOT NULL AS kept FROM layer1_rejected ORDER BY reason')).toBe(
        'reason,kept\n"author_id is not an INT64: ""@501""",true\ninvalid JSON: breaks off,true\n',
      )
    }))

  it('nothing ran it: here a run finds by itself what was missed, and the schedule is one command', () =>
    withMachine(async machine => {
      const hours = ['2024-01-01T10', '2024-01-03T23', '2024-02-29T00']
      await capture(machine, ...hours.map((hour, n) => tweetLine(`${hour}:00:00.000Z`, n)))
      expect(await ok(machine, ['consolidate'])).toMatch(/^3 hours, 2024-01-01T10 to 2024-02-29T00 UTC: 3 tweets, /m)
      expect(await ok(machine, ['schedule', 'cron', 'covid19'])).toContain(' consolidate ')
    }))
})
