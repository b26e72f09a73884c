import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableToIPC } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { LAYER2, type StarTable } from '../../../src/lib/domain/layer2.ts'
import { buildStar, type Star } from '../../../src/lib/domain/star/star.ts'
import { checkFinished } from '../../support/check-finished.ts'
import { FIXTURES } from '../../support/folders.ts'
import { type Layer1Row, layer1Table } from '../../support/layer1-rows.ts'
import { obviousStar } from '../../support/obvious-star.ts'
import { plainRows } from '../../support/plain-rows.ts'

const CASES = join(FIXTURES, 'hours')

/** layer1.json of a case: the rows of each file, with only the columns that the case is about. */
interface HourCase {
  hour: Hour
  timeZone: string
  files: Layer1Row[][]
}

const readJson = (...path: string[]) => JSON.parse(readFileSync(join(CASES, ...path), 'utf8'))

function starOf({ hour, timeZone, files }: HourCase): Star {
  return buildStar({ layer1: files.map(layer1Table), hour, timeZone })
}

/** What an expected file is compared with, by the file's name. */
function partOf(star: Star, name: string): unknown {
  if (name === 'counts') return [{ ...star.counts, rejectedBy: star.rejectedBy }]
  return plainRows(name === 'rejected' ? star.rejected : star.tables[name as StarTable])
}

const bytesOf = (star: Star) => [...Object.values(star.tables), star.rejected].map(table => tableToIPC(table, 'file'))

describe.each(readdirSync(CASES))('the hour of fixtures/hours/%s', name => {
  const hourCase: HourCase = readJson(name, 'layer1.json')

  it.each(readdirSync(join(CASES, name, 'expected')))('gives %s', file => {
    const expected: object[] = readJson(name, 'expected', file)
    const actual = partOf(starOf(hourCase), file.replace('.json', '')) as object[]
    // an expected row may leave columns out, but no row may be missing or one too many
    expect(actual).toMatchObject(expected)
    expect(actual).toHaveLength(expected.length)
  })

  it('passes the checks', () => {
    expect(checkFinished(starOf(hourCase), hourCase.hour)).toHaveLength(7)
  })

  it('is the same whatever the order of files and rows', () => {
    const files = hourCase.files.toReversed().map(rows => rows.toReversed())
    expect(bytesOf(starOf({ ...hourCase, files }))).toEqual(bytesOf(starOf(hourCase)))
  })
})

const HOURS: readonly (readonly [string, string])[] = [
  ['2024-01-01T10', 'America/Sao_Paulo'],
  ['2018-11-04T02', 'America/Sao_Paulo'],
  ['2018-11-04T03', 'America/Sao_Paulo'],
  ['2019-02-17T01', 'America/Sao_Paulo'],
  ['2019-02-17T02', 'America/Sao_Paulo'],
  ['2023-12-31T18', 'Asia/Kathmandu'],
  ['2024-04-06T14', 'Australia/Lord_Howe'],
  ['2024-04-06T15', 'Australia/Lord_Howe'],
  ['2010-11-07T02', 'America/St_Johns'],
]
const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657

/** A layer1 row of about this hour: most are good, some are not, and a few tweets come again and again. */
function arbitraryRow(hour: string): fc.Arbitrary<Layer1Row> {
  const fromMs = Date.parse(`${hour}:00:00Z`)
  const msInHour = fc.oneof(fc.constantFrom(0, 1, 899_999, 900_000, 1_859_999, 1_860_000, 3_599_999), fc.nat(3_599_999))
  const iso = msInHour.map(ms => new Date(fromMs + ms).toISOString())
  const v1 = iso.map(text => {
    const [, day, month, year, time] = /^(\w+, \d+) (\w+) (\d+) (\S+)/.exec(new Date(text).toUTCString()) as string[]
    return `${day?.slice(0, 3)} ${month} ${day?.slice(5)} ${time} +0000 ${year}`
  })
  const snowflakes = msInHour.map(ms => String(BigInt(fromMs + ms - SNOWFLAKE_EPOCH_MS) << 22n))
  const id = fc.oneof(fc.constantFrom('1', '2', '3', '9007199254740993', '9223372036854775807', '007'), snowflakes)
  const count = fc.option(fc.oneof(fc.nat(3), fc.constantFrom(2 ** 31, 2 ** 40, 2 ** 53 - 1)), { nil: null })
  const smallCount = fc.option(fc.nat(9), { nil: null })
  const rarely = <T>(bad: fc.Arbitrary<T>, good: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 1, arbitrary: bad }, { weight: 12, arbitrary: good })
  const badId = fc.constantFrom('', 'abc', '-1', '1.0', ' 1', '9223372036854775808', '10000000000000000000')
  const maybeId = fc.option(rarely(badId, id), { nil: null })
  const name = fc.option(fc.constantFrom('ana', 'Zé 🧪', ''), { nil: null })
  return fc.record(
    {
      tweet_id: rarely(badId, id),
      created_at: fc.oneof(
        iso,
        iso,
        v1,
        fc.constantFrom(null, 'yesterday', '2024-02-30T10:00:00Z', '2024-01-01T11:00:00.000Z'),
      ),
      text: fc.string({ unit: 'grapheme' }),
      text_truncated: fc.boolean(),
      lang: fc.constantFrom(null, 'pt', 'en', 'und'),
      author_id: maybeId,
      conversation_id: maybeId,
      kind: rarely(fc.constant('poem' as never), fc.constantFrom('original', 'retweet', 'reply', 'quote')),
      referenced_id: maybeId,
      in_reply_to_user_id: maybeId,
      edit_history_ids: fc.array(rarely(badId, fc.constantFrom('1', '2', '3', '9007199254740993')), { maxLength: 3 }),
      hashtags: fc.array(
        fc.constantFrom('Covid19', 'covid19', 'ＣＯＶＩＤ19', 'ação', 'Straße', 'STRASSE', '東京', '🧪', ''),
        { maxLength: 6 },
      ),
      rules: fc.array(fc.constantFrom('covid19', 'vacina', 'ação'), { maxLength: 3 }),
      possibly_sensitive: fc.option(fc.boolean(), { nil: null }),
      retweet_count: smallCount,
      like_count: smallCount,
      impression_count: fc.option(fc.nat(10 ** 12), { nil: null }),
      place_id: fc.constantFrom(null, 'p1', 'p2'),
      place_name: name,
      place_country_code: fc.constantFrom(null, 'BR'),
      place_longitude: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: null }),
      user_username: name,
      user_description: name,
      user_verified: fc.option(fc.boolean(), { nil: null }),
      user_created_at: rarely(fc.constant('long ago'), fc.constantFrom(null, '2009-06-01T00:00:00Z')),
      user_followers: count,
      source: fc.constantFrom('stream', 'search', 'replay'),
      captured_at: fc.constantFrom('2024-05-01T00:00:00.000Z', '2024-05-01T00:00:00.001Z', '2024-05-02T00:00:00.000Z'),
    },
    { requiredKeys: ['tweet_id'] },
  )
}

const arbitraryHour = fc.constantFrom(...HOURS).chain(([hour, timeZone]) =>
  fc.record({
    hour: fc.constant(hour as Hour),
    timeZone: fc.constant(timeZone),
    rows: fc.array(arbitraryRow(hour), { maxLength: 40 }),
  }),
)

/** The rows as n files of about the same size. */
const spread = (rows: readonly Layer1Row[], files: number) =>
  Array.from({ length: files }, (_, file) => layer1Table(rows.filter((_, row) => row % files === file)))

describe('buildStar', () => {
  it('gives, table by table and row by row, what the obvious way gives', () => {
    fc.assert(
      fc.property(arbitraryHour, fc.integer({ min: 1, max: 3 }), ({ hour, timeZone, rows: some }, files) => {
        const rows = some.map((row, i) => ({ ...row, raw: `row ${i} 🧪` }))
        const { counts, rejected, ...tables } = obviousStar(rows, hour, timeZone)
        const star = buildStar({ layer1: spread(rows, files), hour, timeZone })
        expect(
          Object.fromEntries(Object.entries(star.tables).map(([name, table]) => [name, plainRows(table)])),
        ).toEqual(tables)
        expect(star.counts).toEqual(counts)
        expect(plainRows(star.rejected).map(row => row.line)).toEqual(rejected.map(row => row.raw))
        expect(Object.values(star.rejectedBy).reduce((a, b) => a + b, 0)).toBe(counts.rejected)
        checkFinished(star, hour)
      }),
      { numRuns: 150 },
    )
  })

  it('gives the same bytes whatever the order of rows, also of rows that only one column tells apart', () => {
    fc.assert(
      fc.property(arbitraryHour, fc.infiniteStream(fc.nat()), ({ hour, timeZone, rows: some }, ranks) => {
        const rows = some.map(row => ({ ...row, raw: 'the same' }))
        const shuffled = rows
          .map(row => ({ row, rank: ranks.next().value as number }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ row }) => row)
        const one = buildStar({ layer1: spread(rows, 1), hour, timeZone })
        const other = buildStar({ layer1: spread(shuffled, 2), hour, timeZone })
        expect(bytesOf(other)).toEqual(bytesOf(one))
      }),
    )
  })

  it('gives every table its schema, also when the hour is empty', () => {
    const star = buildStar({ layer1: [], hour: '2024-01-01T10' as Hour, timeZone: 'UTC' })
    for (const [name, table] of Object.entries(star.tables)) {
      expect(String(table.schema)).toBe(String(LAYER2[name as StarTable].schema))
      expect(table.numRows).toBe(0)
    }
    expect(star.counts).toEqual({ read: 0, duplicates: 0, rejected: 0, tweets: 0 })
    expect(checkFinished(star, '2024-01-01T10' as Hour)).toHaveLength(7)
  })
})
