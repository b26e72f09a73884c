/** The main job from end to end with the executable, and its files read by tools that know nothing of it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { type Machine, SLOW_MS, withMachine } from '../support/executable.ts'
import { tweetLine } from '../support/tweet-lines.ts'

/** Two hours of made-up tweets, the same at every run. */
const DEMO = [
  'listen',
  '--source',
  'demo',
  '--seed',
  '7',
  '--start',
  '2024-01-01T10:00Z',
  '--rate',
  '100000',
  '--speed',
  '300000',
  '--max-tweets',
  '2000',
]

const ok = async (machine: Machine, words: readonly string[]): Promise<string> => {
  const outcome = await machine.twdw(words)
  expect(outcome).toMatchObject({ status: 0 })
  return outcome.stdout
}

const parquetFiles = (machine: Machine, folder: string): string[] =>
  readdirSync(join(machine.folder, 'lake', folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.parquet'))
    .map(name => join(machine.folder, 'lake', folder, name))
    .sort()

/** hyparquet carries snappy only; zstd comes from the runtime. */
const readRows = (path: string) => {
  const bytes = readFileSync(path)
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
  return parquetReadObjects({ file, compressors: { ZSTD: input => Bun.zstdDecompressSync(input) } })
}

/** One row as JSON-like values: numbers and instants as text, so that two readers can be compared. */
const plainRow = (row: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]))

function plainValue(value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(plainValue)
  return String(value)
}

const TABLES = [
  'fact_tweet',
  'bridge_tweet_hashtag',
  'bridge_tweet_rule',
  'dim_user_snapshot',
  'dim_place',
  'dim_hashtag',
  'agg_hashtag_hour',
  'agg_hashtag_user_hour',
  'dim_date',
  'dim_lang',
]

describe('the executable, from capture to answer', { timeout: SLOW_MS }, () => {
  it('captures, consolidates once and for all, and answers the same before and after', () =>
    withMachine(async machine => {
      expect(await ok(machine, DEMO)).toMatch(/^2,000 tweets stored in \d+ hours?, 2024-01-01T10 /)
      const questions = [
        ['query', '--by', 'kind', '--format', 'csv'],
        ['query', '--all-tags', '--by', 'hour', '--format', 'csv'],
        ['query', '--all-tags', '--metric', 'authors', '--format', 'csv'],
        ['query', '--by', 'lang', '--metric', 'reach', '--format', 'csv'],
      ]
      const answers = async () => Promise.all(questions.map(words => ok(machine, words)))
      const live = await answers()
      expect(live[0]?.split('\n').length).toBeGreaterThan(3)

      expect(await ok(machine, ['consolidate'])).toMatch(/UTC: 2,000 tweets, 0 duplicates, 0 rejected in /)
      expect(await answers()).toEqual(live)
      const bytes = () => parquetFiles(machine, 'layer2').map(path => [path, readFileSync(path)] as const)
      const once = bytes()
      expect(await ok(machine, ['consolidate'])).toBe('nothing to do: every closed hour is consolidated\n')
      await ok(machine, ['consolidate', '--rebuild'])
      expect(bytes().filter(([path, now], i) => path !== once[i]?.[0] || !now.equals(once[i]![1]))).toEqual([])
      expect(bytes()).toHaveLength(once.length)

      await ok(machine, DEMO)
      expect(await answers()).toEqual(live)
    }))

  it('writes a star that hyparquet and DuckDB read alike, with the types it promises', () =>
    withMachine(async machine => {
      await ok(machine, DEMO)
      await ok(machine, ['consolidate'])
      const duckdb = await (await DuckDBInstance.create()).connect()
      await duckdb.run("SET TimeZone = 'UTC'")
      const types: Record<string, string> = {}
      for (const table of [...TABLES.map(name => `layer2/${name}`), 'layer1/tweets']) {
        let rows = 0
        for (const path of parquetFiles(machine, table)) {
          const objects = await readRows(path)
          const answer = await duckdb.runAndReadAll(`SELECT * FROM read_parquet('${path}', hive_partitioning = false)`)
          expect(answer.currentRowCount, path).toBe(objects.length)
          rows += objects.length
          const sampled = Math.floor(objects.length / 2)
          if (objects.length > 0)
            expect(plainRow(objects[sampled]!), path).toEqual(
              duckRow(answer.getRowObjectsJson()[sampled]!, objects[sampled]!),
            )
          for (const [i, name] of answer.columnNames().entries())
            types[`${table.split('/').at(-1)}.${name}`] = String(answer.columnType(i))
          const { schema } = parquetMetadata(toArrayBuffer(readFileSync(path)))
          expect(schema.length, path).toBeGreaterThan(answer.columnCount)
        }
        expect(rows, table).toBeGreaterThan(0)
      }
      expect(types).toMatchObject({
        'tweets.tweet_id': 'VARCHAR',
        'tweets.hashtags': 'VARCHAR[]',
        'tweets.captured_at': 'TIMESTAMP WITH TIME ZONE',
        'fact_tweet.tweet_id': 'BIGINT',
        'fact_tweet.created_at': 'TIMESTAMP WITH TIME ZONE',
        'fact_tweet.created_at_local': 'TIMESTAMP',
        'fact_tweet.local_date': 'DATE',
        'fact_tweet.local_hour': 'INTEGER',
        'fact_tweet.is_latest_version': 'BOOLEAN',
        'bridge_tweet_hashtag.tag': 'VARCHAR',
        'dim_user_snapshot.followers': 'BIGINT',
        'agg_hashtag_hour.tweets': 'BIGINT',
        'dim_date.hours': 'DOUBLE',
      })
    }))

  it('is right about Sao Paulo on both sides of its summer time, and today', () =>
    withMachine(async machine => {
      const at = {
        '2018-11-04T02:59:59.000Z': '2018-11-03T23:00-03:00',
        '2018-11-04T03:00:00.000Z': '2018-11-04T01:00-02:00', // midnight did not exist
        '2019-02-17T01:30:00.000Z': '2019-02-16T23:00-02:00',
        '2019-02-17T02:30:00.000Z': '2019-02-16T23:00-03:00', // 23 h came twice
        '2019-02-17T03:00:00.000Z': '2019-02-17T00:00-03:00',
        '2026-11-04T03:00:00.000Z': '2026-11-04T00:00-03:00', // no summer time any more
      }
      const input = Object.keys(at)
        .map((instant, n) => tweetLine(instant, n))
        .join('\n')
      await machine.twdw(['listen', '--source', 'replay', '--from', '-'], { input })
      await ok(machine, ['consolidate'])
      for (const [instant, hour] of Object.entries(at)) {
        const year = instant.slice(0, 4)
        const csv = await ok(machine, [
          'query',
          '--tag',
          'covid19',
          '--by',
          'hour',
          '--format',
          'csv',
          '--from',
          `${year}-01-01`,
          '--to',
          `${Number(year) + 1}-01-01`,
        ])
        expect(csv.split('\n').filter(line => line.endsWith(',1'))).toContain(`${hour},1`)
        expect(csv.split('\n')).not.toContainEqual(expect.stringMatching(/^2018-11-04T00/))
      }
      const night = await ok(machine, [
        'query',
        '--tag',
        'covid19',
        '--by',
        'hour',
        '--format',
        'csv',
        '--from',
        '2019-02-16T22',
        '--to',
        '2019-02-17T01',
      ])
      expect(night).toBe(
        'hour,tweets\n2019-02-16T22:00-02:00,0\n2019-02-16T23:00-02:00,1\n2019-02-16T23:00-03:00,1\n2019-02-17T00:00-03:00,1\n',
      )
    }))

  it('seals and ends with 0 when it is told to stop, by either signal', () =>
    withMachine(async machine => {
      for (const [i, signal] of (['SIGTERM', 'SIGINT'] as const).entries()) {
        const lake = `lake-${i}`
        const { child, ended } = machine.start([
          'listen',
          '--source',
          'demo',
          '--rate',
          '500',
          '--lake',
          lake,
          '--json',
        ])
        const journal = join(machine.folder, lake, '_state', 'journal')
        await until(() =>
          listOf(journal).some(name => name.endsWith('.journal') && readFileSync(join(journal, name)).length > 20_000),
        )
        child.kill(signal)
        const { status, stdout } = await ended
        expect(status).toBe(0)
        const report = JSON.parse(stdout.trim())
        expect(report).toMatchObject({ why: 'stopped by a signal', rejected: 0 })
        expect(listOf(journal)).toEqual([])
        expect(
          await ok(machine, [
            'query',
            '--lake',
            lake,
            '--sql',
            'SELECT count(*) AS n FROM fact_tweet',
            '--format',
            'csv',
          ]),
        ).toBe(`n\n${report.tweets}\n`)
      }
    }))

  it('answers with lines that are only in the journal, and publishes them after kill -9, once', () =>
    withMachine(async machine => {
      const count = async () =>
        Number(
          (await ok(machine, ['query', '--sql', 'SELECT count(*) AS n FROM fact_tweet', '--format', 'csv'])).split(
            '\n',
          )[1],
        )
      const { child, ended } = machine.start(['listen', '--source', 'demo', '--rate', '300'])
      const journal = join(machine.folder, 'lake', '_state', 'journal')
      await until(() =>
        listOf(journal).some(name => name.endsWith('.journal') && readFileSync(join(journal, name)).length > 100_000),
      )
      expect(await count()).toBeGreaterThan(0)
      child.kill('SIGKILL')
      await ended
      const inJournal = await count()
      const recovered = await machine.twdw(['listen', '--source', 'replay', '--from', '-'])
      expect(recovered.stderr).toMatch(
        new RegExp(`^recovered ${inJournal.toLocaleString('en-US')} tweets? and 0 rejected lines of segment `, 'm'),
      )
      expect(listOf(journal)).toEqual([])
      expect(await count()).toBe(inJournal)
    }))
})

/** DuckDB's row in the form of hyparquet's, to which every date and time is a Date. */
function duckRow(row: Record<string, unknown>, like: Record<string, unknown>) {
  // DuckDB's client writes instants with the offset of the process, wall clocks with none
  const toInstant = (text: string) => {
    const iso = text.replace(' ', 'T').replace(/(?<=:\d\d(?:\.\d+)?[+-]\d\d)$/, ':00')
    return /T.*[+-]\d\d:\d\d$/.test(iso) || !iso.includes('T') ? iso : `${iso}Z`
  }
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const isTime = like[name] instanceof Date
      return [name, isTime ? new Date(toInstant(String(value))).toISOString() : plainValue(value)]
    }),
  )
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
}

function listOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !isSo(); i++) await Bun.sleep(50)
  expect(isSo()).toBe(true)
}
