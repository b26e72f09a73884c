import { describe, expect, it } from 'vitest'
import { essenceOf, filesOf, instantsOf, questionsAbout, tablesOf } from '../../bench/questions.ts'

describe('answers', () => {
  it('are the same however times are spelled and columns are called', () => {
    const own = 'hour,tweets\n2023-06-05T00:00-03:00,17\n'
    expect(essenceOf('hour_start,tweets\n2023-06-05 00:00:00-03,17\n')).toBe(essenceOf(own))
    expect(essenceOf('a,b\r\n2023-06-05 03:00:00,17\r\n')).toBe(essenceOf(own))
    expect(essenceOf('a,b\n2023-06-05T03:00:00.000+0000,17\n')).toBe(essenceOf(own))
  })

  it('differ in a count, in an hour and in their order', () => {
    const own = essenceOf('day,tweets\n2023-06-05,17\n2023-06-06,18\n')
    expect(essenceOf('day,tweets\n2023-06-05,17\n2023-06-06,19\n')).not.toBe(own)
    expect(essenceOf('day,tweets\n2023-06-06,18\n2023-06-05,17\n')).not.toBe(own)
    expect(essenceOf('h,n\n2023-06-05 03:00:00,1')).not.toBe(essenceOf('h,n\n2023-06-05 04:00:00,1'))
  })
})

describe('files of a span', () => {
  const june = { from: '2023-06-01', to: '2023-06-03' }

  it('are of every UTC day that a local day touches', () => {
    expect(filesOf('agg_hashtag_hour', june, 365)).toEqual([
      'agg_hashtag_hour/utc_date=2023-06-01/part-0.parquet',
      'agg_hashtag_hour/utc_date=2023-06-02/part-0.parquet',
      'agg_hashtag_hour/utc_date=2023-06-03/part-0.parquet',
    ])
    expect(filesOf('fact_tweet', june, 365)[0]).toBe('fact_tweet/utc_date=2023-06-01/*/part-0.parquet')
  })

  it('end where the lake does', () => {
    const year = filesOf('agg_hashtag_hour', { from: '2023-01-01', to: '2024-01-01' }, 365)
    expect([year.length, year.at(-1)]).toEqual([365, 'agg_hashtag_hour/utc_date=2023-12-31/part-0.parquet'])
  })
})

describe('questions', () => {
  it('are about the same days for everybody', () => {
    for (const { words, sql, span } of questionsAbout(365)) {
      const [from, to] = instantsOf(span)
      expect(words.join(' ')).toContain(`--from ${span.from} --to ${span.to}`)
      expect(sql).toContain(`hour_start >= TIMESTAMPTZ '${from}' AND hour_start < TIMESTAMPTZ '${to}'`)
    }
  })

  it('read aggregates where these help', () => {
    expect(questionsAbout(365).map(({ sql }) => tablesOf(sql))).toEqual([
      ['agg_hashtag_hour'],
      ['agg_hashtag_hour'],
      ['agg_hashtag_user_hour', 'dim_user_snapshot'],
      ['bridge_tweet_hashtag', 'fact_tweet'],
      ['agg_hashtag_user_hour'],
    ])
  })

  it('stay within a lake of a few days', () => {
    for (const { span } of questionsAbout(12)) {
      expect(span.from >= '2023-01-01' && span.from < span.to && span.to <= '2023-01-13').toBe(true)
    }
  })
})
