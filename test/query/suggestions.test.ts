import { describe, expect, it } from 'vitest'
import type { QueryPorts } from '../../src/lib/query/sql-session.ts'
import { openSuggestions, type Suggestions } from '../../src/lib/query/suggestions.ts'
import { openQueryLake, readQueryLakeRows } from '../support/query-lake.ts'
import { withTempFolder } from '../support/temp-folder.ts'

async function withSuggestions(
  work: (suggestions: Suggestions) => Promise<void>,
  change: (ports: QueryPorts) => QueryPorts = ports => ports,
): Promise<void> {
  await withTempFolder(async folder => {
    const suggestions = openSuggestions(change(await openQueryLake(folder, readQueryLakeRows())), false)
    await work(suggestions)
    await suggestions.close()
  })
}

describe('what a statement may go on with', () => {
  it('are views, columns, keywords and functions, as DuckDB knows them', () =>
    withSuggestions(async ({ complete }) => {
      expect(await complete('select * from fact_', '')).toEqual({ word: 'fact_', candidates: ['fact_tweet'] })
      expect(await complete('SELECT * FRO', '')).toEqual({ word: 'FRO', candidates: ['FROM '] })
      expect(await complete('select t.retw', ' from fact_tweet t')).toEqual({
        word: 'retw',
        candidates: ['retweet_count'],
      })
      expect((await complete('select date_tr', '')).candidates).toEqual(['date_trunc'])
      // of the view in the statement first
      const { candidates } = await complete('select user', ' from dim_user')
      expect(candidates.slice(0, 2).sort()).toEqual(['user_id', 'username'])
      expect(candidates).toContain('user_name')
      expect((await complete("select 'us", ' from dim_user')).candidates).toEqual([])
    }))

  it('are hashtags of the lake, the most used ones first', () =>
    withSuggestions(async ({ complete }) => {
      expect(await complete("select * from hashtag where tag = 'c", "'")).toEqual({
        word: 'c',
        candidates: ["carnaval'", "café'"],
      })
      expect(await complete('where tag = #', '')).toEqual({
        word: '#',
        candidates: ["'carnaval'", "'samba'", "'café'", "'日本'"],
      })
    }))

  it('are tables that the shell has made', () =>
    withSuggestions(async ({ complete, learn }) => {
      learn('create temp table mine as select tweet_id as my_id from fact_tweet')
      learn('create temp table yours as select * from nowhere')
      expect((await complete('from mi', '')).candidates).toContain('mine')
      expect((await complete('select mine.', '')).candidates).toEqual(['my_id'])
    }))

  it('are none where the lake cannot be read, and asked for again', async () => {
    let isBroken = true
    await withSuggestions(
      async ({ complete }) => {
        expect(await complete("tag = 'c", '')).toEqual({ word: '', candidates: [] })
        isBroken = false
        expect((await complete("tag = 'c", '')).candidates).toEqual(["carnaval'", "café'"])
      },
      ports => ({
        ...ports,
        openSql: session => (isBroken ? Promise.reject(new Error('broken')) : ports.openSql(session)),
      }),
    )
  })
})
