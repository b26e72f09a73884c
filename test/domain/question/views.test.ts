import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Table } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { LAYER2, type StarTable } from '../../../src/lib/domain/layer2.ts'
import { DUCKDB } from '../../../src/lib/domain/question/sql-dialect.ts'
import {
  type BaseView,
  baseViewsOf,
  createViewsSql,
  VIEWS,
  type ViewFiles,
  type ViewName,
  viewsNamedIn,
} from '../../../src/lib/domain/question/views.ts'
import { buildLanguages } from '../../../src/lib/domain/star/languages.ts'
import { buildStar } from '../../../src/lib/domain/star/star.ts'
import { openDuckDb } from '../../../src/lib/io/duckdb/engine.ts'
import { tableToParquet } from '../../../src/lib/io/parquet.ts'
import type { SqlEngine } from '../../../src/lib/io/sql.ts'
import { type Layer1Row, layer1Table } from '../../support/layer1-rows.ts'
import { plainRows } from '../../support/plain-rows.ts'

let folder: string
let engine: SqlEngine
beforeAll(async () => {
  // a folder whose name is a glob pattern, a quote and a blank
  folder = join(await mkdtemp(join(tmpdir(), 'twdw-views-')), "o'lake [a]*?")
  await mkdir(folder)
  engine = await openDuckDb({ timeZone: 'UTC', threads: 1, readable: [folder], env: {}, warn: () => undefined })
})
afterAll(async () => {
  await engine.close()
  await rm(join(folder, '..'), { recursive: true, force: true })
})

let files = 0
async function writeTable(name: StarTable, table: Table): Promise<string> {
  const location = join(folder, `${name}-${++files}.parquet`)
  await writeFile(location, await tableToParquet(table, { repeating: LAYER2[name].repeating }))
  return location
}

const starOf = (hour: string, rows: readonly Layer1Row[]) =>
  buildStar({ layer1: [layer1Table(rows)], hour: hour as Hour, timeZone: 'America/Sao_Paulo' }).tables

const whole = (...locations: string[]): ViewFiles => ({ whole: locations, partial: [] })

async function ask(views: readonly ViewName[], over: Partial<Record<BaseView, ViewFiles>>, sql: string) {
  const createViews = createViewsSql(views, new Map(Object.entries(over) as [BaseView, ViewFiles][]), DUCKDB)
  return plainRows(await engine.query(`${createViews} ${sql}`))
}

const tagged = (n: number, at: string): Layer1Row => ({
  tweet_id: String(n),
  created_at: at,
  hashtags: ['a'],
  author_id: '501',
})

describe('views', () => {
  it('have no rows and every column with its type where there is no file', async () => {
    await ask(VIEWS, {}, 'SELECT 1')
    const columns = await ask(
      [],
      {},
      "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name IN ('fact_tweet', 'layer1_tweets') AND column_name IN ('tweet_id', 'created_at', 'created_at_local', 'local_date', 'local_weekday', 'hashtags', 'longitude') ORDER BY ALL",
    )
    expect(columns.map(row => Object.values(row).join(' '))).toEqual([
      'fact_tweet created_at TIMESTAMP WITH TIME ZONE',
      'fact_tweet created_at_local TIMESTAMP',
      'fact_tweet local_date DATE',
      'fact_tweet local_weekday INTEGER',
      'fact_tweet longitude DOUBLE',
      'fact_tweet tweet_id BIGINT',
      'layer1_tweets created_at VARCHAR',
      'layer1_tweets hashtags VARCHAR[]',
      'layer1_tweets tweet_id VARCHAR',
    ])
    for (const view of VIEWS) expect(await ask([], {}, `SELECT * FROM ${view}`)).toEqual([])
  })

  it('have the types of an empty view when there are files', async () => {
    const star = starOf('2024-01-01T10', [tagged(1, '2024-01-01T10:00:00Z')])
    const types = async (over: Partial<Record<BaseView, ViewFiles>>, view: ViewName) =>
      (await ask([view], over, `DESCRIBE ${view}`)).map(row => `${row.column_name} ${row.column_type}`)
    for (const [name, table] of Object.entries(star) as [StarTable, Table][]) {
      expect(await types({ [name]: whole(await writeTable(name, table)) }, name)).toEqual(await types({}, name))
    }
  })

  it('leave the rows of some hours out of a day file, and of no other', async () => {
    const dayOf = async (...hours: string[]) => {
      const tables = hours.map((hour, n) => starOf(hour, [tagged(n + 1, `${hour}:30:00Z`)]).agg_hashtag_hour)
      return writeTable('agg_hashtag_hour', tables[0]!.concat(...tables.slice(1)))
    }
    const agg_hashtag_hour = {
      whole: [await dayOf('2024-01-02T10')],
      partial: [
        {
          location: await dayOf('2024-01-01T10', '2024-01-01T11', '2024-01-01T12'),
          withoutHours: ['2024-01-01T10', '2024-01-01T12'] as Hour[],
        },
      ],
    }
    const rows = await ask(
      ['agg_hashtag_hour'],
      { agg_hashtag_hour },
      'SELECT utc_hour FROM agg_hashtag_hour ORDER BY 1',
    )
    expect(rows.map(row => row.utc_hour)).toEqual(['2024-01-01T11:00:00.000Z', '2024-01-02T10:00:00.000Z'])
  })

  it('number the weekday of the local date', async () => {
    const star = starOf('2024-01-01T02', [tagged(1, '2024-01-01T02:00:00Z')]) // 23:00 of Sunday in Sao Paulo
    const fact_tweet = whole(await writeTable('fact_tweet', star.fact_tweet))
    expect(await ask(['fact_tweet'], { fact_tweet }, 'SELECT local_date, local_weekday FROM fact_tweet')).toEqual([
      { local_date: '2023-12-31', local_weekday: 7 },
    ])
  })
})

describe('dim_user', () => {
  const seen = (at: string, change: Layer1Row | object) => ({
    tweet_id: String(Date.parse(at) % 1_000_000),
    created_at: `${at}:00.000Z`,
    captured_at: `${at}:00.000Z`,
    author_id: '501',
    user_username: 'ana',
    ...change,
  })
  const historyOf = async (rows: readonly Layer1Row[]) => {
    const byHour = Map.groupBy(rows, row => row.created_at!.slice(0, 13))
    const locations = [...byHour].map(([hour, some]) =>
      writeTable('dim_user_snapshot', starOf(hour, some).dim_user_snapshot),
    )
    const over = { dim_user_snapshot: whole(...(await Promise.all(locations))) }
    const columns = 'username, verified, followers, valid_from, valid_to, is_current'
    return ask(['dim_user'], over, `SELECT ${columns} FROM dim_user ORDER BY user_id, valid_from`)
  }

  it('begins a version where the profile changes, to null and back too, and not where counts do', async () => {
    expect(
      await historyOf([
        seen('2024-01-01T10:00', { user_followers: 1 }),
        seen('2024-01-01T11:00', { user_followers: 2 }),
        seen('2024-01-01T12:00', { user_verified: true, user_followers: 3 }),
        seen('2024-01-01T13:00', { user_followers: 4 }),
        seen('2024-01-01T14:00', { user_username: 'ana_br' }),
      ]),
    ).toEqual([
      {
        username: 'ana',
        verified: null,
        followers: 2,
        valid_from: '2024-01-01T10:00:00.000Z',
        valid_to: '2024-01-01T12:00:00.000Z',
        is_current: false,
      },
      {
        username: 'ana',
        verified: true,
        followers: 3,
        valid_from: '2024-01-01T12:00:00.000Z',
        valid_to: '2024-01-01T13:00:00.000Z',
        is_current: false,
      },
      {
        username: 'ana',
        verified: null,
        followers: 4,
        valid_from: '2024-01-01T13:00:00.000Z',
        valid_to: '2024-01-01T14:00:00.000Z',
        is_current: false,
      },
      {
        username: 'ana_br',
        verified: null,
        followers: null,
        valid_from: '2024-01-01T14:00:00.000Z',
        valid_to: null,
        is_current: true,
      },
    ])
  })

  it('has one current version and no empty one, even when two hours were captured at one instant', async () => {
    const at = { captured_at: '2024-01-02T00:00:00.000Z' }
    const history = await historyOf([
      seen('2024-01-01T10:00', { ...at, user_username: 'b' }),
      seen('2024-01-01T11:00', { ...at, user_username: 'a', author_id: '501' }),
      seen('2024-01-01T12:00', { ...at, user_username: 'c', author_id: '502' }),
    ])
    expect(history.map(row => [row.username, row.is_current])).toEqual([
      ['b', true],
      ['c', true],
    ])
  })
})

describe('the user of every tweet with an author', () => {
  const ask501 = async (hours: Readonly<Record<string, readonly Layer1Row[]>>, sql: string) => {
    const stars = Object.entries(hours).map(([hour, rows]) => starOf(hour, rows))
    const filesOf = async (name: StarTable) =>
      whole(...(await Promise.all(stars.map(star => writeTable(name, star[name])))))
    const over = { dim_user_snapshot: await filesOf('dim_user_snapshot'), fact_tweet: await filesOf('fact_tweet') }
    return ask(['dim_user', 'fact_tweet'], over, sql)
  }
  const HISTORY = 'SELECT user_id, username, valid_from, valid_to, is_current, is_inferred FROM dim_user ORDER BY 1, 3'
  const tweet = (n: number, at: string, more: object): Layer1Row => ({
    tweet_id: String(n),
    created_at: at,
    captured_at: at,
    author_id: '501',
    ...more,
  })

  it('is there where no delivery ever described the author', async () => {
    const rows = [tweet(1, '2024-01-01T10:07:00.000Z', {}), tweet(2, '2024-01-01T10:05:00.000Z', {})]
    const nobody = { tweet_id: '3', created_at: '2024-01-01T10:00:00.000Z' }
    expect(await ask501({ '2024-01-01T10': [...rows, nobody] }, HISTORY)).toEqual([
      {
        user_id: '501',
        username: null,
        valid_from: '2024-01-01T10:05:00.000Z',
        valid_to: null,
        is_current: true,
        is_inferred: true,
      },
    ])
  })

  it('is found at the time of any tweet, in whatever order hours came and whatever was described in them', async () => {
    const hours = {
      // described in the later of two tweets of an hour, which is what the hour keeps
      '2024-01-01T10': [
        tweet(1, '2024-01-01T10:05:00.000Z', { user_username: 'ana' }),
        tweet(2, '2024-01-01T10:50:00.000Z', { user_username: 'ana' }),
      ],
      '2024-01-01T12': [tweet(4, '2024-01-01T12:00:00.000Z', { user_username: 'ana_br' })],
      '2024-01-01T11': [tweet(3, '2024-01-01T11:30:00.000Z', {})],
      // an older one, not described at all, that a replay brought later
      '2024-01-01T09': [tweet(0, '2024-01-01T09:00:00.000Z', {})],
    }
    expect(await ask501(hours, HISTORY)).toEqual([
      {
        user_id: '501',
        username: 'ana',
        valid_from: '2024-01-01T09:00:00.000Z',
        valid_to: '2024-01-01T12:00:00.000Z',
        is_current: false,
        is_inferred: false,
      },
      {
        user_id: '501',
        username: 'ana_br',
        valid_from: '2024-01-01T12:00:00.000Z',
        valid_to: null,
        is_current: true,
        is_inferred: false,
      },
    ])
    const atTheTime =
      'JOIN dim_user u ON u.user_id = f.author_id AND f.captured_at >= u.valid_from AND (u.valid_to IS NULL OR f.captured_at < u.valid_to)'
    expect(await ask501(hours, `SELECT tweet_id, username FROM fact_tweet f ${atTheTime} ORDER BY tweet_id`)).toEqual([
      { tweet_id: '0', username: 'ana' },
      { tweet_id: '1', username: 'ana' },
      { tweet_id: '2', username: 'ana' },
      { tweet_id: '3', username: 'ana' },
      { tweet_id: '4', username: 'ana_br' },
    ])
  })
})

describe('place and language', () => {
  const rows: Layer1Row[] = [
    { ...tagged(1, '2024-01-01T10:00:00Z'), lang: 'pt', place_id: 'p1', place_full_name: 'Rio de Janeiro, Brasil' },
    { ...tagged(2, '2024-01-01T10:00:00Z'), lang: 'tlh', place_id: 'p2' },
    { ...tagged(3, '2024-01-01T10:00:00Z'), lang: 'und' },
    { ...tagged(4, '2024-01-01T10:00:00Z') },
  ]
  const over = async () => {
    const star = starOf('2024-01-01T10', rows)
    const dim_lang = join(folder, 'dim_lang.parquet')
    await writeFile(dim_lang, await tableToParquet(buildLanguages(), { repeating: [] }))
    return {
      fact_tweet: whole(await writeTable('fact_tweet', star.fact_tweet)),
      dim_place: whole(await writeTable('dim_place', star.dim_place)),
      dim_lang: whole(dim_lang),
    }
  }

  it('have every place and every code that a tweet names', async () => {
    expect(
      await ask(['place'], await over(), 'SELECT place_id, full_name, is_inferred FROM place ORDER BY place_id'),
    ).toEqual([
      { place_id: 'p1', full_name: 'Rio de Janeiro, Brasil', is_inferred: false },
      { place_id: 'p2', full_name: null, is_inferred: true },
    ])
    const some = "SELECT * FROM language WHERE is_inferred OR lang IN ('pt', 'und') ORDER BY lang"
    expect(await ask(['language'], await over(), some)).toEqual([
      { lang: 'pt', name: 'Portuguese', is_language: true, is_inferred: false },
      { lang: 'tlh', name: 'tlh', is_language: null, is_inferred: true },
      { lang: 'und', name: 'Undetermined', is_language: false, is_inferred: false },
    ])
  })

  it('lose no tweet by a join, and with LEFT none that X said nothing of', async () => {
    const count = (join: string) => `SELECT count(*) AS tweets FROM fact_tweet f ${join}`
    const views = ['fact_tweet', 'place', 'language'] as const
    const tweets = async (sql: string) => (await ask(views, await over(), sql))[0]?.tweets
    expect(await tweets(count('JOIN language l ON l.lang = f.lang'))).toBe(3)
    expect(await tweets(count('JOIN place p ON p.place_id = f.place_id'))).toBe(2)
    expect(
      await tweets(count('LEFT JOIN language l ON l.lang = f.lang LEFT JOIN place p ON p.place_id = f.place_id')),
    ).toBe(4)
  })
})

describe('hashtag and place', () => {
  it('have every tag of the bridge, also one that only an earlier version of a tweet has', async () => {
    const created_at = '2024-01-01T10:00:00Z'
    const star = starOf('2024-01-01T10', [
      { tweet_id: '1', created_at, edit_history_ids: ['1'], hashtags: ['Before', 'both'] },
      { tweet_id: '2', created_at, edit_history_ids: ['1', '2'], hashtags: ['both'] },
    ])
    const dim_hashtag = whole(await writeTable('dim_hashtag', star.dim_hashtag))
    expect(await ask(['hashtag'], { dim_hashtag }, 'SELECT tag, spelling, tweets FROM hashtag ORDER BY tag')).toEqual([
      { tag: 'before', spelling: 'Before', tweets: 0 },
      { tag: 'both', spelling: 'both', tweets: 1 },
    ])
  })

  it('have the most used spelling, of equals the first by its bytes, and the first time', async () => {
    const star = (hour: string, n: number, ...spellings: string[]) =>
      starOf(
        hour,
        spellings.map((spelling, i) => ({
          tweet_id: String(n + i),
          created_at: `${hour}:00:0${i}Z`,
          hashtags: [spelling],
        })),
      )
    const dim_hashtag = whole(
      await writeTable('dim_hashtag', star('2024-01-01T11', 1, 'Copa', 'copa', 'COPA').dim_hashtag),
      await writeTable('dim_hashtag', star('2024-01-01T10', 9, 'Copa', 'copa').dim_hashtag),
    )
    expect(await ask(['hashtag'], { dim_hashtag }, 'SELECT * FROM hashtag')).toEqual([
      { tag: 'copa', spelling: 'Copa', tweets: 5, spellings: 3, first_seen_at: '2024-01-01T10:00:00.000Z' },
    ])
  })

  it('describe a place as it was last described', async () => {
    const star = (hour: string, name: string) =>
      starOf(hour, [
        {
          tweet_id: '1',
          created_at: `${hour}:00:00Z`,
          captured_at: `${hour}:00:00Z`,
          place_id: 'p',
          place_full_name: name,
        },
      ])
    const dim_place = whole(
      await writeTable('dim_place', star('2024-01-01T11', 'new').dim_place),
      await writeTable('dim_place', star('2024-01-01T10', 'old').dim_place),
    )
    expect(await ask(['place'], { dim_place }, 'SELECT place_id, full_name FROM place')).toEqual([
      { place_id: 'p', full_name: 'new' },
    ])
  })
})

describe('viewsNamedIn', () => {
  it.each<[string, string[]]>([
    ['SELECT * FROM fact_tweet', ['fact_tweet']],
    ['select 1 from FACT_TWEET f join "dim_lang" using (lang)', ['dim_lang', 'fact_tweet']],
    ['SELECT * FROM fact_tweets, my_dim_user, dim_user', ['dim_user']],
    ["SELECT 'a place' FROM hashtag", ['hashtag', 'place']],
  ])('finds in %s the views %j', (sql, views) => {
    expect(viewsNamedIn(sql)).toEqual(views)
  })

  it('takes all of them for a statement that names none', () => {
    expect(viewsNamedIn('SHOW TABLES')).toEqual(VIEWS)
  })
})

describe('baseViewsOf', () => {
  it('adds what a view is made over', () => {
    expect(baseViewsOf(['dim_user', 'hashtag'])).toEqual(['dim_user_snapshot', 'dim_hashtag', 'fact_tweet'])
  })
})
