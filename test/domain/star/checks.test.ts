import { type Data, makeData, RecordBatch, Struct, Table } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import {
  columnsToTable,
  instantsToColumn,
  int64sToColumn,
  takeColumn,
} from '../../../src/lib/domain/columns/columns.ts'
import { numbersToHalves } from '../../../src/lib/domain/columns/int64.ts'
import { rowsOf } from '../../../src/lib/domain/columns/rows.ts'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import type { StarTable } from '../../../src/lib/domain/layer2.ts'
import { buildStar, type Star } from '../../../src/lib/domain/star/star.ts'
import { checkFinished } from '../../support/check-finished.ts'
import { layer1Table } from '../../support/layer1-rows.ts'

const hour = '2024-01-01T10' as Hour
const created_at = '2024-01-01T10:00:00.000Z'

const goodStar = () =>
  buildStar({
    layer1: [
      layer1Table([
        {
          tweet_id: '11',
          created_at,
          hashtags: ['covid19', 'vacina'],
          author_id: '501',
          like_count: 3,
          rules: ['covid19'],
        },
        { tweet_id: '12', created_at, hashtags: ['covid19'], author_id: '502', lang: 'pt', user_username: 'ana' },
        { tweet_id: '13', created_at, hashtags: ['covid19'], rules: ['covid19'] },
        { tweet_id: '13', created_at, hashtags: ['covid19'] },
        { tweet_id: 'x', created_at },
      ]),
    ],
    hour,
    timeZone: 'UTC',
  })

/** The star with one table that has other rows, or other columns in place of some. */
function tampered(name: StarTable, picks: readonly number[], columns: Record<string, Data> = {}): Star {
  const star = goodStar()
  const table = star.tables[name]
  const taken = table.schema.names.map(column => [
    column,
    takeColumn(rowsOf([table]), String(column), Uint32Array.from(picks)),
  ])
  star.tables[name] = columnsToTable(table.schema, picks.length, { ...Object.fromEntries(taken), ...columns })
  return star
}

const numbers = (...values: number[]) => int64sToColumn({ halves: numbersToHalves(values), valid: undefined })

/** A star in which the schema promises what a column does not keep. */
function withNullKey(): Star {
  const star = goodStar()
  const fact = star.tables.fact_tweet
  const children = fact.schema.names.map(name => takeColumn(rowsOf([fact]), String(name), Uint32Array.of(0, 1, 2)))
  children[0] = int64sToColumn({ halves: numbersToHalves([11, 12, 0]), valid: Uint8Array.of(1, 1, 0) })
  const data = makeData({ type: new Struct(fact.schema.fields), length: 3, nullCount: 0, children })
  star.tables.fact_tweet = new Table(fact.schema, [new RecordBatch(fact.schema, data)])
  return star
}

const failure = (check: string, keys: string) =>
  expect.objectContaining({
    code: 'E_DATA',
    message: `hour 2024-01-01T10 failed the check "${check}": ${keys}`,
    hint: 'nothing of this hour was published; report it with the layer1 files of the hour, which are unharmed',
  })

describe('checkStar', () => {
  it('passes a good star and names what it looked at', () => {
    expect(checkFinished(goodStar(), hour)).toEqual([
      'tweet ids are unique',
      'no key is null',
      'rows are sorted by their key and no key repeats',
      'every bridge row has its fact',
      'rows read = tweets + duplicates + rejected',
      'created_at is inside the hour',
      'aggregates add up to the fact',
    ])
  })

  it('finds a tweet that stands in the fact twice', () => {
    expect(() => checkFinished(tampered('fact_tweet', [0, 1, 1, 2, 2]), hour)).toThrow(
      failure('tweet ids are unique', 'tweet_id 12, tweet_id 13'),
    )
  })

  it('names no more than five keys', () => {
    const keys = 'tweet_id 11, tweet_id 12, tweet_id 13, tweet_id 11, tweet_id 12'
    expect(() => checkFinished(tampered('fact_tweet', [0, 1, 2, 0, 1, 2, 0, 1, 2]), hour)).toThrow(
      failure('tweet ids are unique', keys),
    )
  })

  it('finds a key that is null', () => {
    expect(() => checkFinished(withNullKey(), hour)).toThrow(
      failure('no key is null', 'row 2 of fact_tweet has no tweet_id'),
    )
  })

  it.each([
    ['dim_hashtag', [1, 0], 'row 1 of dim_hashtag'],
    ['bridge_tweet_rule', [0, 1, 1], 'row 2 of bridge_tweet_rule'],
    ['dim_user_snapshot', [0, 0], 'row 1 of dim_user_snapshot'],
  ] as const)('finds rows of %s out of order or twice', (name, picks, keys) => {
    expect(() => checkFinished(tampered(name, picks), hour)).toThrow(
      failure('rows are sorted by their key and no key repeats', keys),
    )
  })

  it('finds a bridge row that leads nowhere', () => {
    expect(() =>
      checkFinished(tampered('bridge_tweet_hashtag', [0, 1, 2, 3], { tweet_id: numbers(11, 12, 99, 11) }), hour),
    ).toThrow(failure('every bridge row has its fact', 'tweet_id 99 of bridge_tweet_hashtag'))
    expect(() => checkFinished(tampered('bridge_tweet_rule', [0, 1], { tweet_id: numbers(11, 98) }), hour)).toThrow(
      failure('every bridge row has its fact', 'tweet_id 98 of bridge_tweet_rule'),
    )
  })

  it('finds rows that were read and are nowhere', () => {
    const star = goodStar()
    star.counts.read = 6
    expect(() => checkFinished(star, hour)).toThrow(
      failure('rows read = tweets + duplicates + rejected', '6 read and 3 tweets + 1 duplicates + 1 rejected'),
    )
  })

  it('finds counts that are not those of the tables', () => {
    const star = goodStar()
    star.counts.tweets = 2
    star.counts.duplicates = 2
    expect(() => checkFinished(star, hour)).toThrow(expect.objectContaining({ code: 'E_DATA' }))
  })

  it.each(['2024-01-01T09:59:59.999Z', '2024-01-01T11:00:00.000Z'])('finds a tweet of %s', instant => {
    const createdAt = instantsToColumn(
      Float64Array.of(Date.parse(created_at), Date.parse(instant), Date.parse(created_at)),
    )
    expect(() => checkFinished(tampered('fact_tweet', [0, 1, 2], { created_at: createdAt }), hour)).toThrow(
      failure('created_at is inside the hour', 'tweet_id 12'),
    )
  })

  it.each([
    ['tweets', numbers(2, 2, 1), 'tag covid19 of agg_hashtag_hour'],
    ['likes', numbers(3, 0, 4), 'tag vacina of agg_hashtag_hour'],
    ['impressions', numbers(1, 1, 1), 'tag covid19 of agg_hashtag_hour, tag vacina of agg_hashtag_hour'],
  ])('finds tags whose %s do not add up', (column, values, keys) => {
    const star = tampered('agg_hashtag_hour', [0, 1, 2], { [column]: values })
    expect(() => checkFinished(star, hour)).toThrow(failure('aggregates add up to the fact', keys))
  })

  it('finds a tag that an aggregate has lost, and one that it has invented', () => {
    expect(() => checkFinished(tampered('agg_hashtag_hour', [0, 1]), hour)).toThrow(
      failure('aggregates add up to the fact', 'tag vacina of agg_hashtag_hour'),
    )
    expect(() => checkFinished(tampered('bridge_tweet_hashtag', [0, 1, 2]), hour)).toThrow(
      failure('aggregates add up to the fact', 'tag vacina of agg_hashtag_hour, tag vacina of agg_hashtag_user_hour'),
    )
  })

  it('finds authors that were not counted', () => {
    expect(() => checkFinished(tampered('agg_hashtag_user_hour', [1, 2]), hour)).toThrow(
      failure('aggregates add up to the fact', 'tag covid19 of agg_hashtag_user_hour'),
    )
  })
})
