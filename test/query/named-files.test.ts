import { Schema, Table } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { SPARK } from '../../src/lib/domain/question/sql-dialect.ts'
import { type BaseView, createViewsSql, type ViewFiles } from '../../src/lib/domain/question/views.ts'
import { type NamingEngine, nameViewFiles, takesNames } from '../../src/lib/query/named-files.ts'

/** An engine that takes names, and remembers what it was told. */
function openEngine() {
  const told: unknown[] = []
  const nothing = async () => new Table(new Schema([]))
  const engine: NamingEngine = {
    dialect: 'spark',
    query: async sql => {
      told.push(sql)
      return nothing()
    },
    queryAll: async () => [],
    copy: async () => undefined,
    nameFiles: async (...words) => void told.push(words.slice(0, 3)),
    close: async () => undefined,
  }
  return { engine, told }
}

const DAYS = {
  whole: ['day1', 'hour9'],
  partial: [
    { location: 'day2', withoutHours: ['2024-01-02T03' as Hour] },
    { location: 'day3', withoutHours: ['2024-01-03T00' as Hour, '2024-01-03T01' as Hour] },
  ],
}

describe('nameViewFiles', () => {
  it('names the files of a view once, with its columns, and leaves out hours that do not count', async () => {
    const { engine, told } = openEngine()
    const files = new Map<BaseView, ViewFiles>([
      ['agg_hashtag_hour', DAYS],
      ['dim_lang', { whole: ['langs'], partial: [] }],
      ['dim_place', { whole: [], partial: [] }],
    ])
    const named = await nameViewFiles(files, engine, undefined)
    expect([...named].map(([view, { tables }]) => [view, tables])).toEqual([
      ['agg_hashtag_hour', ['files_of_agg_hashtag_hour', 'days_of_agg_hashtag_hour']],
      ['dim_lang', ['files_of_dim_lang']],
      ['dim_place', []],
    ])
    const [whole, days, view, langs] = told
    expect(whole).toEqual([
      'files_of_agg_hashtag_hour',
      DAYS.whole,
      expect.stringMatching(/^tag STRING, hour_start TIMESTAMP, /),
    ])
    expect(days).toEqual(['all_days_of_agg_hashtag_hour', ['day2', 'day3'], expect.anything()])
    expect(view).toBe(`CREATE OR REPLACE TEMPORARY VIEW days_of_agg_hashtag_hour AS
SELECT * FROM all_days_of_agg_hashtag_hour
WHERE utc_hour <> '2024-01-02T03:00:00Z' AND utc_hour <> '2024-01-03T00:00:00Z' AND utc_hour <> '2024-01-03T01:00:00Z';
`)
    expect(langs).toEqual(['files_of_dim_lang', ['langs'], 'lang STRING, name STRING, is_language BOOLEAN'])
  })

  it('makes of them what the views are over', async () => {
    const named = await nameViewFiles(
      new Map([['dim_lang', { whole: ['l'], partial: [] }]]),
      openEngine().engine,
      undefined,
    )
    expect(createViewsSql(['dim_lang'], named, SPARK)).toBe(`CREATE OR REPLACE TEMPORARY VIEW dim_lang AS
SELECT lang, name, is_language FROM files_of_dim_lang;
`)
  })

  it('is for engines that take names', () => {
    const { nameFiles, ...other } = openEngine().engine
    expect([takesNames({ ...other, nameFiles }), takesNames(other)]).toEqual([true, false])
  })
})
