/** The checks in SQL find what the checks of the kernels find: asked of DuckDB, over tables in which something is spoilt. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Hour, hourStartMs } from '../../../src/lib/domain/hour.ts'
import { DUCKDB } from '../../../src/lib/domain/question/sql-dialect.ts'
import { STAR_TABLES, selectStarTable } from '../../../src/lib/domain/star-sql/star-sql.ts'
import {
  SELECT_COUNTS,
  SELECT_WRITTEN_TAGS,
  selectOffending,
  WRITTEN_CHECKS,
} from '../../../src/lib/domain/star-sql/written-checks.ts'
import { someRows } from '../../support/consolidate-lake.ts'
import { plainRows } from '../../support/plain-rows.ts'
import { openStarSql, type StarSql } from '../../support/star-by-sql.ts'

const HOURS = ['2024-01-01T10', '2024-01-01T11'] as Hour[]
const FIRST_MS = hourStartMs(HOURS[0]!)
const ID = '1741765000000011001'

let sql: StarSql
beforeAll(async () => {
  sql = await openStarSql()
  const hours = HOURS.map(hour => ({ hour, files: [someRows(hour), [...someRows(hour), { tweet_id: 'no id' }]] }))
  await sql.run({ timeZone: 'UTC', hours })
})
afterAll(() => sql.close())

/** What is found where the tables are as they should be, but for a statement. */
async function offendingAfter(spoil: string): Promise<unknown[]> {
  for (const table of STAR_TABLES) {
    await sql.select(`CREATE OR REPLACE TEMPORARY TABLE written_${table} AS ${selectStarTable(table)}`)
  }
  if (spoil !== '') await sql.select(spoil)
  await sql.select(`CREATE OR REPLACE TEMPORARY TABLE written_tags AS ${SELECT_WRITTEN_TAGS}`)
  return plainRows(await sql.select(selectOffending(HOURS, DUCKDB)))
}

describe('selectOffending', () => {
  it('finds nothing where all is well', async () => {
    expect(await offendingAfter('')).toEqual([])
  })

  it.each([
    [
      'tweet ids are unique',
      `INSERT INTO written_fact_tweet SELECT * FROM written_fact_tweet WHERE tweet_id = ${ID}`,
      `tweet_id of fact_tweet: ${ID}`,
    ],
    [
      'no key repeats',
      'INSERT INTO written_dim_place SELECT * FROM written_dim_place WHERE hour_ms = (SELECT MIN(hour_ms) FROM written_dim_place)',
      'place_id of dim_place: p1',
    ],
    [
      'no key repeats',
      `INSERT INTO written_agg_hashtag_user_hour SELECT * FROM written_agg_hashtag_user_hour WHERE tag = 'vacina' AND hour_ms = ${FIRST_MS}`,
      /^tag hour_start user_id utc_hour of agg_hashtag_user_hour: vacina 2024-01-01 10:00:00\S* 501 /,
    ],
    [
      'every bridge row has its fact',
      `UPDATE written_bridge_tweet_rule SET tweet_id = 7 WHERE tweet_id = ${ID}`,
      'tweet_id 7 of bridge_tweet_rule',
    ],
    [
      'rows read = tweets + duplicates + rejected',
      `DELETE FROM written_fact_tweet WHERE tweet_id = ${ID}`,
      '5 read and 1 tweets + 2 duplicates + 1 rejected',
    ],
    [
      'created_at is inside the hour',
      `UPDATE written_fact_tweet SET created_at = created_at + INTERVAL 1 HOUR WHERE tweet_id = ${ID}`,
      `tweet_id ${ID}`,
    ],
    [
      'aggregates add up to the fact',
      `UPDATE written_agg_hashtag_hour SET likes = likes + 1 WHERE tag = 'covid19' AND lang = 'pt' AND hour_ms = ${FIRST_MS}`,
      'tag covid19 of agg_hashtag_hour',
    ],
    [
      'aggregates add up to the fact',
      `DELETE FROM written_agg_hashtag_user_hour WHERE tag = 'vacina' AND hour_ms = ${FIRST_MS}`,
      'tag vacina of agg_hashtag_user_hour',
    ],
  ])('finds that it is not so that %s', async (check_name, spoil, offending) => {
    const found = await offendingAfter(spoil)
    const message = typeof offending === 'string' ? offending : expect.stringMatching(offending)
    expect(found).toContainEqual({ hour_ms: FIRST_MS, check_name, offending: message })
    expect(WRITTEN_CHECKS).toContain(check_name)
  })

  it('tells of each hour, however much there is to tell of another', async () => {
    const many = `INSERT INTO written_fact_tweet SELECT f.* REPLACE (tweet_id + n AS tweet_id, created_at + INTERVAL 1 DAY AS created_at)
      FROM written_fact_tweet f, range(1, 30) numbers(n) WHERE hour_ms = ${FIRST_MS}`
    const one = `UPDATE written_fact_tweet SET created_at = created_at + INTERVAL 1 DAY WHERE hour_ms <> ${FIRST_MS}`
    const found = (await offendingAfter(`${many}; ${one}`)) as { hour_ms: number; check_name: string }[]
    const outside = found.filter(({ check_name }) => check_name === 'created_at is inside the hour')
    const hours = Map.groupBy(outside, ({ hour_ms }) => hour_ms)
    expect([...hours].map(([ms, rows]) => [ms, rows.length]).sort()).toEqual([
      [FIRST_MS, 5],
      [hourStartMs(HOURS[1]!), 2],
    ])
  })

  it('does not look at what a day has of other hours', async () => {
    const other = `INSERT INTO written_agg_hashtag_hour SELECT * REPLACE (utc_hour + INTERVAL 5 HOUR AS utc_hour, likes + 1 AS likes)
      FROM written_agg_hashtag_hour`
    expect(await offendingAfter(other)).toEqual([])
  })
})

describe('SELECT_COUNTS', () => {
  it('counts the rows of each hour', async () => {
    const counts = plainRows(await sql.select(`${SELECT_COUNTS} ORDER BY hour_ms`))
    expect(counts).toEqual(
      HOURS.map(hour => ({ hour_ms: hourStartMs(hour), read_rows: 5, rejected: 1, duplicates: 2 })),
    )
  })
})
