import { statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { COUNT_ALL, type Preset, parseWallTime } from '../../src/lib/domain/question/preset.ts'
import { openKeptFolder } from '../../src/lib/io/kept-folder.ts'
import { query } from '../../src/lib/query/query.ts'
import type { QueryPorts } from '../../src/lib/query/sql-session.ts'
import { someRows } from '../support/consolidate-lake.ts'
import type { Layer1Row } from '../support/layer1-rows.ts'
import { openQueryLake } from '../support/query-lake.ts'
import { watchReads } from '../support/read-by-duckdb.ts'
import { withTempFolder } from '../support/temp-folder.ts'

/** 30 days of 2 hours each, and tweets of two tags in each of them */
const DAYS = 30
const HOURS = Array.from({ length: DAYS * 2 }, (_, i) =>
  new Date(Date.UTC(2024, 0, 1 + (i >> 1), 15 + (i & 1))).toISOString().slice(0, 13),
)
const ROWS = HOURS.flatMap(hour => [
  ...someRows(hour),
  ...someRows(hour, 5).map(row => ({ ...row, hashtags: ['Samba'] })),
])

const ask = (preset: Partial<Preset>, ports: QueryPorts) =>
  query({ question: { preset: { ...COUNT_ALL, tags: ['covid19'], ...preset } }, batchOnly: false }, ports)

/** Files that a preset has DuckDB open, by table, and the share of their bytes that is read. */
async function reads(
  preset: Partial<Preset>,
  ports: QueryPorts,
): Promise<{ files: Record<string, number>; share: number }> {
  let watched: ReturnType<typeof watchReads> | undefined
  await ask(preset, {
    ...ports,
    async openSql(session) {
      watched = watchReads(await ports.openSql(session))
      return watched
    },
  })
  const files: Record<string, number> = {}
  let [read, all] = [0, 0]
  for (const { path, bytes } of await watched!.filesRead()) {
    const [, name = 'kept'] = /layer2\/(\w+)\//.exec(path) ?? []
    files[name] = (files[name] ?? 0) + 1
    read += bytes
    all += statSync(path).size
  }
  return { files, share: read / all }
}

const from = parseWallTime('2024-01-10')
const to = parseWallTime('2024-01-17')

describe('what a question has DuckDB open', () => {
  it('is the smallest table that answers, and only the days of the span', () =>
    withTempFolder(async folder => {
      const ports = await openQueryLake(folder, {
        timeZone: 'America/Sao_Paulo',
        consolidated: ROWS,
        stored: [],
        journal: [],
      })
      const opened = async (preset: Partial<Preset>) => (await reads(preset, ports)).files
      expect(await opened({ by: ['day'] })).toEqual({ agg_hashtag_hour: 30 })
      expect(await opened({ by: ['hour'], from, to })).toEqual({ agg_hashtag_hour: 7 })
      expect(await opened({ by: ['lang', 'kind'], metric: 'likes', from, to })).toEqual({ agg_hashtag_hour: 7 })
      expect(await opened({ metric: 'authors', from, to })).toEqual({ agg_hashtag_user_hour: 7 })
      expect(await opened({ metric: 'reach', by: ['day'], from, to })).toEqual({ agg_hashtag_user_hour: 7 })
      expect(await opened({ by: ['user'], top: 3, from, to })).toEqual({
        agg_hashtag_user_hour: 7,
        dim_user_snapshot: 14,
      })
      expect(await opened({ by: ['hashtag'], from, to })).toEqual({ bridge_tweet_hashtag: 14, fact_tweet: 14 })
      expect(await opened({ tags: [], by: ['rule'], from, to })).toEqual({ bridge_tweet_rule: 14, fact_tweet: 14 })
      expect(await opened({ tags: [], from, to })).toEqual({ fact_tweet: 14 })
    }))

  it('is a file a month once the rows of a tag are kept', () =>
    withTempFolder(async folder => {
      const lake = await openQueryLake(folder, { timeZone: 'UTC', consolidated: ROWS, stored: [], journal: [] })
      const ports = { ...lake, keptTags: openKeptFolder(`${folder}/kept`) }
      await ask({ by: ['day'] }, ports)
      expect((await reads({ by: ['day'] }, ports)).files).toEqual({ kept: 1 })
      expect((await reads({ by: ['hour'], metric: 'likes' }, ports)).files).toEqual({ kept: 1 })
    }))

  it('is read in part: of a day with many tags, the groups that may have the one', { timeout: 60_000 }, () =>
    withTempFolder(async folder => {
      const [hour] = HOURS as [string]
      const many = Array.from(
        { length: 30_000 },
        (_, i): Layer1Row => ({
          tweet_id: String(1_741_765_000_000_000_000n + BigInt(i)),
          created_at: `${hour}:00:00.000Z`,
          hashtags: [`tag${String(i).padStart(5, '0')}`],
          author_id: String(i),
        }),
      )
      const ports = await openQueryLake(folder, { timeZone: 'UTC', consolidated: many, stored: [], journal: [] })
      const { files, share } = await reads({ tags: ['tag20000'], by: ['day'] }, ports)
      expect(files).toEqual({ agg_hashtag_hour: 1 })
      expect(share).toBeLessThan(0.4)
    }),
  )
})
