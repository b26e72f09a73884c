/** Presets on DuckDB: the smallest table, the fact, and a count by hand must agree. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Table } from 'apache-arrow'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { columnsOf } from '../../../src/lib/domain/answer/formats.ts'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { LAYER2, type StarTable } from '../../../src/lib/domain/layer2.ts'
import { COUNT_ALL, isTimeColumn, type Preset, type Span } from '../../../src/lib/domain/question/preset.ts'
import { factRows } from '../../../src/lib/domain/question/preset-rows.ts'
import { type PresetSql, presetToSql } from '../../../src/lib/domain/question/preset-sql.ts'
import { DUCKDB } from '../../../src/lib/domain/question/sql-dialect.ts'
import { type BaseView, createViewsSql, VIEWS, type ViewFiles } from '../../../src/lib/domain/question/views.ts'
import { buildStar } from '../../../src/lib/domain/star/star.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'
import { openDuckDb } from '../../../src/lib/io/duckdb/engine.ts'
import { tableToParquet } from '../../../src/lib/io/parquet.ts'
import type { SqlEngine } from '../../../src/lib/io/sql.ts'
import { anyPreset, SOME_HOURS, someTweets } from '../../support/any-preset.ts'
import { type Layer1Row, layer1Table } from '../../support/layer1-rows.ts'
import { obviousAnswer, obviousTotals } from '../../support/obvious-answer.ts'
import { obviousStar } from '../../support/obvious-star.ts'

const TIME_ZONE = 'America/Sao_Paulo'
const ZONE = { name: TIME_ZONE, clock: createWallClock(TIME_ZONE) }
const ALWAYS: Span = { fromMs: undefined, toMs: undefined }
const someSpan = fc.constantFrom<Span>(
  ALWAYS,
  { fromMs: Date.parse('2019-02-17T02:00:00Z'), toMs: undefined },
  { fromMs: undefined, toMs: Date.parse('2019-02-17T03:00:00Z') },
  { fromMs: Date.parse('2019-02-17T02:00:00Z'), toMs: Date.parse('2024-01-01T10:00:00Z') },
)

let folder: string
let engine: SqlEngine
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twdw-preset-sql-'))
  engine = await openDuckDb({ timeZone: 'UTC', threads: 1, readable: [folder], env: {}, warn: () => undefined })
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

const rowsOfHour = (rows: readonly Layer1Row[], hour: string) => rows.filter(row => row.created_at?.startsWith(hour))

let stars = 0
/** Make the views over the stars of the tweets. */
async function createViews(rows: readonly Layer1Row[]): Promise<void> {
  const files = new Map<BaseView, { whole: string[]; partial: ViewFiles['partial'] }>()
  stars += 1
  for (const hour of SOME_HOURS) {
    const star = buildStar({ layer1: [layer1Table(rowsOfHour(rows, hour))], hour: hour as Hour, timeZone: TIME_ZONE })
    for (const [name, table] of Object.entries(star.tables) as [StarTable, Table][]) {
      const location = join(folder, `${stars}-${name}-${hour}.parquet`)
      await writeFile(location, await tableToParquet(table, { repeating: LAYER2[name].repeating }))
      files.set(name, { whole: [...(files.get(name)?.whole ?? []), location], partial: [] })
    }
  }
  await engine.query(createViewsSql(VIEWS, files, DUCKDB))
}

/** Rows as text, without the names of users and places, which are no keys. */
async function run({ sql }: PresetSql): Promise<(string | null)[][]> {
  const table = await engine.query(sql)
  const names = ['username', 'place', 'country_code']
  const columns = columnsOf(table, { ...ZONE, name: 'UTC' }).filter(({ name }) => !names.includes(name))
  return Array.from({ length: table.numRows }, (_, row) => columns.map(column => column.text(row)))
}

const sorted = (rows: (string | null)[][]) => rows.map(row => JSON.stringify(row)).sort()

/** @param rows of increases, in order of time, which is the last of their keys. @returns the same with totals */
function addUp(rows: (string | null)[][]): (string | null)[][] {
  const totals = new Map<string, bigint>()
  return rows
    .toSorted((a, b) => (a.at(-2)! < b.at(-2)! ? -1 : 1))
    .map(row => {
      const series = JSON.stringify(row.slice(0, -2))
      const total = (totals.get(series) ?? 0n) + BigInt(row.at(-1)!)
      totals.set(series, total)
      return [...row.slice(0, -1), String(total)]
    })
}

const PRESET: Preset = {
  ...COUNT_ALL,
  tags: ['a'],
}

describe('presetToSql', () => {
  it('gives the same answer from the smallest table, from the fact and by hand', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        someTweets,
        fc.array(fc.tuple(anyPreset, someSpan), { minLength: 20, maxLength: 20 }),
        async (rows, questions) => {
          await createViews(rows)
          const obvious = SOME_HOURS.map(hour => obviousStar(rowsOfHour(rows, hour), hour, TIME_ZONE))
          for (const [preset, span] of questions) {
            const expected = sorted(obviousAnswer(preset, span, obvious))
            expect(sorted(await run(presetToSql(preset, span, factRows)))).toEqual(expected)
            expect(sorted(await run(presetToSql(preset, span)))).toEqual(expected)
          }
        },
      ),
      { numRuns: 25, endOnFailure: true },
    )
  })

  it('gives with cumulative by how much all that has been so far grows, authors and reach too', {
    timeout: 120_000,
  }, async () => {
    const calendar = fc.constantFrom('hour', 'day', 'week', 'month', 'year' as const)
    const metric = fc.constantFrom('authors', 'reach', 'likes' as const)
    const things = anyPreset.map(preset => ({ ...preset, by: preset.by.filter(by => !isTimeColumn(by)).slice(0, 1) }))
    await fc.assert(
      fc.asyncProperty(
        someTweets,
        fc.array(fc.tuple(things, calendar, metric), { minLength: 12, maxLength: 12 }),
        async (rows, questions) => {
          await createViews(rows)
          const obvious = SOME_HOURS.map(hour => obviousStar(rowsOfHour(rows, hour), hour, TIME_ZONE))
          for (const [some, time, metric] of questions) {
            const preset: Preset = { ...some, by: [...some.by, time], metric, cumulative: true }
            expect(sorted(addUp(await run(presetToSql(preset, ALWAYS))))).toEqual(
              sorted(obviousTotals(preset, ALWAYS, obvious)),
            )
          }
        },
      ),
      { numRuns: 12, endOnFailure: true },
    )
  })

  it('keeps with --top the greatest of what it gives without, and orders as it says', {
    timeout: 120_000,
  }, async () => {
    const top = fc.integer({ min: 1, max: 3 })
    await fc.assert(
      fc.asyncProperty(
        someTweets,
        fc.array(fc.tuple(anyPreset, top), { minLength: 8, maxLength: 8 }),
        async (rows, questions) => {
          await createViews(rows)
          for (const [preset, n] of questions) {
            const all = await run(presetToSql({ ...preset, order: 'most' }, ALWAYS))
            const kept = await run(presetToSql({ ...preset, top: n, order: 'most' }, ALWAYS))
            const isPerTag = preset.tags.length > 1
            const things = preset.by.filter(by => !isTimeColumn(by)).length + (preset.allTags ? 1 : 0)
            if (things > 0 && things < preset.by.length + (preset.allTags ? 1 : 0)) {
              expect(all).toEqual(expect.arrayContaining(kept))
              continue
            }
            const groups = Map.groupBy(all, row => (isPerTag ? row[0] : ''))
            const expected = [...groups.values()].flatMap(group => group.slice(0, n))
            expect(sorted(kept)).toEqual(sorted(expected))
          }
        },
      ),
      { numRuns: 12, endOnFailure: true },
    )
  })

  it('ranks things over the whole span and keeps all their times', async () => {
    await createViews([
      tweetOf(1, '2019-02-17T01', 'x', 'pt'),
      tweetOf(2, '2019-02-17T01', 'x', 'pt'),
      tweetOf(3, '2019-02-17T02', 'x', 'en'),
      tweetOf(4, '2019-02-17T03', 'x', 'en'),
      tweetOf(5, '2024-01-01T10', 'x', 'en'),
    ])
    expect(await run(presetToSql({ ...PRESET, tags: ['x'], by: ['hour', 'lang'], top: 1 }, ALWAYS))).toEqual([
      ['2019-02-17T02:00:00Z', 'en', '1'],
      ['2019-02-17T03:00:00Z', 'en', '1'],
      ['2024-01-01T10:00:00Z', 'en', '1'],
    ])
  })

  it.each<[Partial<Preset>, string[]]>([
    [{ by: ['day', 'lang', 'kind'], metric: 'likes' }, ['agg_hashtag_hour']],
    [{ allTags: true, tags: [], metric: 'impressions', langs: ['pt'] }, ['agg_hashtag_hour']],
    [{ tags: [], by: ['hashtag'] }, ['agg_hashtag_hour']],
    [{ by: ['month'], metric: 'authors' }, ['agg_hashtag_user_hour']],
    [{ by: ['user'], metric: 'tweets' }, ['agg_hashtag_user_hour', 'dim_user_snapshot']],
    [{ users: [{ id: '1' }], metric: 'reach' }, ['agg_hashtag_user_hour']],
    [{ users: [{ username: 'ana' }] }, ['agg_hashtag_user_hour', 'dim_user_snapshot']],
    [{ by: ['lang'], metric: 'authors' }, ['fact_tweet', 'bridge_tweet_hashtag']],
    [{ by: ['user'], metric: 'likes' }, ['fact_tweet', 'bridge_tweet_hashtag', 'dim_user_snapshot']],
    [{ by: ['hashtag'] }, ['fact_tweet', 'bridge_tweet_hashtag']],
    [{ tags: [] }, ['fact_tweet']],
    [{ tags: [], by: ['rule', 'place'] }, ['fact_tweet', 'bridge_tweet_rule', 'dim_place']],
  ])('reads for %j only %j', (change, views) => {
    expect(presetToSql({ ...PRESET, ...change }, ALWAYS).views).toEqual(views)
  })

  it('writes a question as one plain statement', () => {
    const span = { fromMs: Date.parse('2019-02-16T02:00:00Z'), toMs: undefined }
    expect(presetToSql({ ...PRESET, tags: ['a', "b'c"], by: ['day'], langs: ['pt'] }, span).sql).toBe(
      `SELECT tag, local_date AS day, CAST(COALESCE(SUM(tweets), 0) AS BIGINT) AS tweets
FROM agg_hashtag_hour
WHERE tag IN ('a', 'b''c')
  AND hour_start >= '2019-02-16T02:00:00Z'
  AND lower(lang) = 'pt'
GROUP BY tag, local_date
ORDER BY tag NULLS LAST, day NULLS LAST`,
    )
  })
})

function tweetOf(n: number, hour: string, tag: string, lang: string): Layer1Row {
  return { tweet_id: String(n), created_at: `${hour}:30:00.000Z`, hashtags: [tag], lang, author_id: '501' }
}
