import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { DUCKDB } from '../../../src/lib/domain/question/sql-dialect.ts'
import { createLocalHoursSql, selectSpellings, tagFoldsTable } from '../../../src/lib/domain/star-sql/given.ts'
import { createStarSql } from '../../../src/lib/domain/star-sql/star-sql.ts'
import { plainRows } from '../../support/plain-rows.ts'
import { openStarSql, type StarSql } from '../../support/star-by-sql.ts'

let sql: StarSql
beforeAll(async () => {
  sql = await openStarSql()
})
afterAll(() => sql.close())

const at = (text: string) => Date.parse(text)

describe('local_hours', () => {
  it('has a row for each stretch of an hour in which the wall clock runs unbroken through one local hour', async () => {
    // at 15:00 UTC Lord Howe goes back by half an hour, from 02:00 to 01:30
    const hours = ['2024-04-06T14', '2024-04-06T15'] as Hour[]
    await sql.select(createLocalHoursSql(hours, 'Australia/Lord_Howe'))
    const minutes = 60_000
    const stretch = (hour: string, from: string, to: string, offset: number, start: string) => ({
      hour_ms: at(`${hour}:00:00Z`),
      from_ms: at(from),
      to_ms: at(to),
      offset_ms: offset * minutes,
      hour_start_ms: at(start),
    })
    expect(plainRows(await sql.select('SELECT * FROM local_hours ORDER BY from_ms'))).toEqual([
      stretch('2024-04-06T14', '2024-04-06T14:00:00Z', '2024-04-06T15:00:00Z', 660, '2024-04-06T14:00:00Z'),
      stretch('2024-04-06T15', '2024-04-06T15:00:00Z', '2024-04-06T15:30:00Z', 630, '2024-04-06T15:00:00Z'),
      stretch('2024-04-06T15', '2024-04-06T15:30:00Z', '2024-04-06T16:00:00Z', 630, '2024-04-06T15:30:00Z'),
    ])
  })

  it('has one row for an hour of a zone whose clock is whole hours away', async () => {
    await sql.select(createLocalHoursSql(['2024-01-01T10' as Hour], 'America/Sao_Paulo'))
    expect(plainRows(await sql.select('SELECT from_ms, to_ms, offset_ms FROM local_hours'))).toEqual([
      { from_ms: at('2024-01-01T10:00:00Z'), to_ms: at('2024-01-01T11:00:00Z'), offset_ms: -3 * 3_600_000 },
    ])
  })
})

describe('tag_folds', () => {
  it('needs each spelling once that is not ASCII, of all hours and files', async () => {
    const row = (...hashtags: string[]) => ({ tweet_id: '1', hashtags })
    await sql.run({
      timeZone: 'UTC',
      hours: [
        { hour: '2024-01-01T10' as Hour, files: [[row('Covid19', 'AÇÃO')], [row('AÇÃO', 'ﬁm', '')]] },
        { hour: '2024-01-01T11' as Hour, files: [[row('東京', 'a\0b')]] },
      ],
    })
    const found = plainRows(await sql.select(selectSpellings(DUCKDB))).map(({ spelling }) => spelling as string)
    expect(found.sort()).toEqual(['AÇÃO', '東京', 'ﬁm'].sort())
    expect(plainRows(tagFoldsTable(['AÇÃO', '東京', 'ﬁm', 'İ']))).toEqual([
      { spelling: 'AÇÃO', tag: 'ação' },
      { spelling: '東京', tag: '東京' },
      { spelling: 'ﬁm', tag: 'fim' },
      { spelling: 'İ', tag: 'i\u0307' },
    ])
  })

  it('lacks no spelling unseen: its row has no tag, which the checks refuse', async () => {
    const hour = '2024-01-01T10' as Hour
    const files = [[{ tweet_id: '1', created_at: `${hour}:00:00Z`, hashtags: ['covid19', 'AÇÃO'] }]]
    await sql.run({ timeZone: 'UTC', hours: [{ hour, files }] })
    await sql.select("CREATE OR REPLACE TEMPORARY VIEW tag_folds AS SELECT '' AS spelling, '' AS tag")
    await sql.select(createStarSql(DUCKDB))
    expect((await sql.starOf(hour)).bridge_tweet_hashtag.map(({ tag }) => tag).sort()).toEqual(['covid19', null])
  })
})
