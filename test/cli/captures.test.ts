/** Real answers of the real API, from the file to the answer, through the executable. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Machine, SLOW_MS, withMachine } from '../support/executable.ts'
import { CAPTURES, hasCaptures } from '../support/folders.ts'

const replay = (machine: Machine, lake: string, ...files: string[]) =>
  machine.twdw([
    'listen',
    '--source',
    'replay',
    '--lake',
    lake,
    ...files.flatMap(file => ['--from', join(CAPTURES, file)]),
  ])

const consolidate = (machine: Machine, lake: string) => machine.twdw(['consolidate', '--lake', lake])

async function ask(machine: Machine, lake: string, ...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await machine.twdw(['query', '--lake', lake, '--format', 'csv', ...words])
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) })
  return stdout.trim().split('\n').slice(1).join('\n')
}

const ONE_HOUR = `SELECT count(*), count(DISTINCT author_id),
  count(*) FILTER (kind = 'retweet'), count(*) FILTER (kind = 'reply'),
  count(*) FILTER (kind = 'quote'), count(*) FILTER (kind = 'original'),
  min(date_trunc('hour', created_at AT TIME ZONE 'UTC')), max(date_trunc('hour', created_at AT TIME ZONE 'UTC'))
  FROM fact_tweet`

/** every row of the tables of the star, without the columns that say when a file was read */
const STAR = [
  'SELECT * EXCLUDE (first_captured_at, captured_at) FROM fact_tweet ORDER BY tweet_id',
  'SELECT * FROM bridge_tweet_hashtag ORDER BY tag, tweet_id',
  'SELECT * EXCLUDE (observed_at) FROM dim_user_snapshot ORDER BY user_id',
  'SELECT * FROM dim_hashtag ORDER BY tag, spelling',
  'SELECT * FROM agg_hashtag_hour ORDER BY ALL',
  'SELECT * FROM agg_hashtag_user_hour ORDER BY ALL',
]

describe.skipIf(!hasCaptures)('real captures (../shared/data)', { timeout: SLOW_MS }, () => {
  it('give the same star from twarc2 pages as from flattened lines: 100 tweets of one hour', () =>
    withMachine(async machine => {
      for (const name of ['flat', 'noflat']) {
        expect(await replay(machine, name, `${name}.jsonl`)).toMatchObject({
          status: 0,
          stdout: expect.stringMatching(/^100 tweets stored in 1 hour, 2021-04-08T19 .*; 0 lines rejected; /),
        })
        expect(await consolidate(machine, name)).toMatchObject({ status: 0 })
        expect(await ask(machine, name, '--sql', ONE_HOUR)).toBe(
          '100,96,47,31,8,14,2021-04-08T19:00:00,2021-04-08T19:00:00',
        )
        expect(await ask(machine, name, '--tag', 'JuntosContraLaCovid19')).toBe('4')
        expect(await ask(machine, name, '--tag', 'barackobama')).toBe('2')
      }
      for (const sql of STAR)
        expect(await ask(machine, 'noflat', '--sql', sql)).toBe(await ask(machine, 'flat', '--sql', sql))
    }))

  it('read a v1.1 search answer printed over many lines: 100 tweets of 100 authors', () =>
    withMachine(async machine => {
      expect(await replay(machine, 'lake', 'v1-search.json')).toMatchObject({ status: 0 })
      await consolidate(machine, 'lake')
      expect(await ask(machine, 'lake', '--sql', ONE_HOUR)).toMatch(
        /^100,100,73,6,0,21,2014-08-31T00:00:00,2014-08-31T00:00:00$/,
      )
      expect(await ask(machine, 'lake', '--tag', 'RTした人にやる')).toBe('2')
    }))

  it('store what is whole in a damaged stream, reject the rest with its reason, and say both counts', () =>
    withMachine(async machine => {
      const listened = await replay(machine, 'lake', 'streaming_output_with_error.jsonl')
      expect(listened).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^7 tweets stored .*; 1 line rejected; 8 lines read /),
      })
      await consolidate(machine, 'lake')
      expect(await ask(machine, 'lake', '--sql', 'SELECT reason, count(*) FROM layer1_rejected GROUP BY reason')).toBe(
        'invalid JSON: breaks off,1',
      )
    }))

  it('make one lake together, and reading them twice changes no answer', () =>
    withMachine(async machine => {
      const files = [
        'flat.jsonl',
        'noflat.jsonl',
        'v1-search.json',
        'streaming_output_with_error.jsonl',
        'geo_tweets.jsonl',
        'edited_before.jsonl',
        'edited_after.jsonl',
        'two_tweets.jsonl',
        'verified_type.jsonl',
      ]
      const answers = async () => [
        await ask(machine, 'lake', '--by', 'kind', '--by', 'year'),
        await ask(machine, 'lake', '--all-tags', '--metric', 'authors', '--top', '50'),
        await ask(machine, 'lake', '--by', 'place'),
      ]
      await replay(machine, 'lake', ...files)
      const live = await answers()
      await consolidate(machine, 'lake')
      expect(await answers()).toEqual(live)
      await replay(machine, 'lake', ...files)
      expect(await answers()).toEqual(live)
      const again = await consolidate(machine, 'lake')
      expect(again.stdout).toMatch(
        /8 hours, 2014-08-31T00 to 2022-12-16T18 UTC: 213 tweets, 413 duplicates, 0 rejected/,
      )
      expect(await answers()).toEqual(live)
    }))

  it('come through stdin as well', () =>
    withMachine(async machine => {
      const input = readFileSync(join(CAPTURES, 'flat.jsonl'), 'utf8')
      const listened = await machine.twdw(['listen', '--source', 'replay', '--from', '-'], { input })
      expect(listened).toMatchObject({ status: 0, stdout: expect.stringMatching(/^100 tweets stored /) })
    }))
})
