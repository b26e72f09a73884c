import { describe, expect, it } from 'vitest'
import { rejectedWithoutForgotten, withoutForgotten } from '../../../src/lib/domain/forget/forget-rows.ts'
import { forgottenOf, NOTHING_FORGOTTEN } from '../../../src/lib/domain/forget/forgotten.ts'
import { countForgottenFacts } from '../../../src/lib/domain/forget/forgotten-facts.ts'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { createLayer1Builder } from '../../../src/lib/domain/layer1-builder.ts'
import { buildStar } from '../../../src/lib/domain/star/star.ts'
import { type Layer1Row, layer1Table } from '../../support/layer1-rows.ts'

const GONE = '1741765000000101001'
const forgotten = forgottenOf([{ tweets: [GONE], users: ['501'] }])
const AT = '2024-01-01T10:00:00.000Z'

/** @returns ids of the rows that stay */
function left(rows: readonly Layer1Row[]): string[] {
  return [...withoutForgotten(layer1Table(rows), forgotten).table.getChild('tweet_id')!].map(String)
}

const ROWS: [what: string, row: Layer1Row, stays: boolean][] = [
  ['the tweet itself', { tweet_id: GONE }, false],
  ['a later version of it', { tweet_id: '8', edit_history_ids: [GONE, '8'] }, false],
  ['a tweet by a forgotten user', { tweet_id: '8', author_id: '501' }, false],
  ['a retweet', { tweet_id: '8', kind: 'retweet', referenced_id: GONE }, false],
  ['a quote', { tweet_id: '8', kind: 'quote', referenced_id: GONE }, true],
  ['a reply to a forgotten user', { tweet_id: '8', kind: 'reply', in_reply_to_user_id: '501' }, true],
  ['a tweet in a thread that it began', { tweet_id: '8', conversation_id: GONE }, true],
  ['a tweet of another author', { tweet_id: '8', author_id: '5010' }, true],
  [
    'a retweet whose line tells the author',
    {
      tweet_id: '8',
      kind: 'retweet',
      referenced_id: '7',
      raw: '{"data":{"id":"8"},"includes":{"tweets":[{"id":"7","text":"x","author_id":"501"}]}}',
    },
    false,
  ],
  [
    'a v1.1 retweet',
    {
      tweet_id: '8',
      kind: 'retweet',
      referenced_id: '7',
      raw: '{"id_str":"8","retweeted_status":{"id_str":"7","text":"x","user":{"id":501,"id_str":"501"}}}',
    },
    false,
  ],
  [
    'a flattened retweet',
    {
      tweet_id: '8',
      kind: 'retweet',
      referenced_id: '7',
      raw: '{"id":"8","referenced_tweets":[{"type":"retweeted","id":"7","text":"x","author":{"id":"501","username":"ana"}}]}',
    },
    false,
  ],
  [
    'a retweet that begins with the name',
    {
      tweet_id: '8',
      kind: 'retweet',
      referenced_id: '7',
      raw: '{"data":{"id":"8","text":"RT @ana: x","entities":{"mentions":[{"start":3,"end":7,"username":"ana","id":"501"}]}}}',
    },
    false,
  ],
  [
    'a v1.1 retweet that begins with the name',
    {
      tweet_id: '8',
      kind: 'retweet',
      referenced_id: '7',
      raw: '{"id_str":"8","text":"RT @ana: x","entities":{"user_mentions":[{"indices":[3,7],"screen_name":"ana","id":501}]}}',
    },
    false,
  ],
  [
    'a retweet of somebody who mentions the user',
    {
      tweet_id: '8',
      kind: 'retweet',
      referenced_id: '7',
      raw: '{"data":{"id":"8","text":"RT @bo: @ana x","entities":{"mentions":[{"start":8,"end":12,"username":"ana","id":"501"}]}}}',
    },
    true,
  ],
  [
    'a retweet of a quote of it',
    {
      tweet_id: '8',
      kind: 'retweet',
      referenced_id: '7',
      raw: `{"id_str":"8","retweeted_status":{"id_str":"7","text":"see","quoted_status":{"id_str":"${GONE}","text":"x"}}}`,
    },
    true,
  ],
]

describe('rows of layer1 without what is forgotten', () => {
  it.each(ROWS)('%s', (_, row, stays) => {
    expect(left([row, { tweet_id: '3' }])).toEqual(stays ? ['8', '3'] : ['3'])
  })

  it('are the same table where there is nothing to forget', () => {
    const table = layer1Table(
      ROWS.filter(([, , stays]) => stays)
        .slice(0, 3)
        .map(([, row]) => row),
    )
    expect(withoutForgotten(table, forgotten).table).toBe(table)
    const all = layer1Table(ROWS.map(([, row]) => row))
    expect(withoutForgotten(all, NOTHING_FORGOTTEN)).toMatchObject({ removed: 0, retweets: 0, cut: 0 })
  })

  it('are counted, and what was met on the way is told', () => {
    const { removed, retweets, cut, met } = withoutForgotten(
      layer1Table(ROWS.map(([, row], n) => ({ ...row, tweet_id: row.tweet_id === '8' ? `80${n}` : row.tweet_id }))),
      forgotten,
    )
    expect({ removed, retweets, cut }).toEqual({ removed: 9, retweets: 6, cut: 1 })
    expect([...met].sort()).toEqual([GONE, '7', '8', '801', '802'].sort())
  })

  it('have the rest of each row as it was, and the line without what was cut', () => {
    const line = `{"data":{"id":"8","text":"see"},"includes":{"tweets":[{"id":"${GONE}","text":"secret"}]}}`
    const rows: Layer1Row[] = [
      { tweet_id: GONE },
      { tweet_id: '8', text: 'see é', hashtags: ['a', 'é'], like_count: 7, rules: ['x'], raw: line },
    ]
    const { table } = withoutForgotten(layer1Table(rows), forgotten)
    const expected = layer1Table([{ ...rows[1]!, raw: line.replace(/\{"id":"17.*?\}/, '') }])
    expect(table.toString()).toBe(expected.toString())
    expect(String(table.schema)).toBe(String(expected.schema))
  })

  it('are found by their columns alone where the lines are not there', () => {
    const table = layer1Table(ROWS.map(([, row]) => row))
    const columns = table.select(table.schema.names.filter(name => name !== 'raw'))
    expect(withoutForgotten(columns, forgotten)).toMatchObject({ removed: 4, cut: 0 })
  })
})

describe('facts that are forgotten', () => {
  it('are counted by the same rule, as far as layer2 has it', () => {
    const rows = ROWS.slice(0, 8).map(([, row], n) => ({
      ...row,
      created_at: AT,
      tweet_id: row.tweet_id === '8' ? `80${n}` : row.tweet_id,
    }))
    const star = buildStar({
      layer1: [layer1Table(rows)],
      hour: '2024-01-01T10' as Hour,
      timeZone: 'America/Sao_Paulo',
    })
    expect(star.counts.tweets).toBe(8)
    expect(countForgottenFacts(star.tables.fact_tweet, forgotten)).toBe(4)
    expect(countForgottenFacts(star.tables.fact_tweet, NOTHING_FORGOTTEN)).toBe(0)
  })
})

describe('rejected lines without what is forgotten', () => {
  it('are those that do not hold its id', () => {
    const builder = createLayer1Builder()
    for (const line of [`{"id":"${GONE}"`, '{"like_count":501}', '{"user":{"id":501}}']) {
      builder.addRejected({ bytes: new TextEncoder().encode(line), reason: 'x' }, { source: 'stream', capturedAtMs: 0 })
    }
    const { table, removed } = rejectedWithoutForgotten(builder.rejectedTable(), forgotten)
    expect([removed, [...table.getChild('line')!]]).toEqual([2, ['{"like_count":501}']])
    expect(rejectedWithoutForgotten(table, forgotten).table).toBe(table)
  })
})
