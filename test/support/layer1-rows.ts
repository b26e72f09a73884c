/** Layer1 tables from the few columns that a test is about. */
import type { Table } from 'apache-arrow'
import type { Hour } from '../../src/lib/domain/hour.ts'
import type { SourceName } from '../../src/lib/domain/layer1.ts'
import { createLayer1Builder } from '../../src/lib/domain/layer1-builder.ts'
import type { Tweet } from '../../src/lib/domain/tweet.ts'

/** Columns of layer1; text may stand for the bytes of `raw`, and an ISO instant for `captured_at`. */
export type Layer1Row = Partial<Omit<Tweet, 'raw'>> & {
  tweet_id: string
  raw?: string
  source?: SourceName
  captured_at?: string
}

/** What a column that is left out is. */
export const NOTHING: Omit<Tweet, 'tweet_id' | 'raw'> = {
  created_at: null,
  text: '',
  text_truncated: false,
  lang: null,
  author_id: null,
  conversation_id: null,
  kind: 'original',
  referenced_id: null,
  in_reply_to_user_id: null,
  edit_history_ids: [],
  hashtags: [],
  mentions: [],
  urls: [],
  cashtags: [],
  possibly_sensitive: null,
  retweet_count: null,
  reply_count: null,
  like_count: null,
  quote_count: null,
  bookmark_count: null,
  impression_count: null,
  place_id: null,
  place_full_name: null,
  place_name: null,
  place_type: null,
  place_country: null,
  place_country_code: null,
  place_longitude: null,
  place_latitude: null,
  withheld_in: [],
  user_username: null,
  user_name: null,
  user_description: null,
  user_location: null,
  user_verified: null,
  user_verified_type: null,
  user_protected: null,
  user_created_at: null,
  user_followers: null,
  user_following: null,
  user_tweets: null,
  user_listed: null,
  rules: [],
}

export const DEFAULT_CAPTURED_AT = '2024-01-01T12:00:00.000Z'

/** The rows as one segment would store them, in this order; a column that is left out is as if X had not sent it. */
export function layer1Table(rows: readonly Layer1Row[]): Table {
  const builder = createLayer1Builder()
  const hour = '2024-01-01T10' as Hour // one for all, so that one table is built; the partition is the test's matter
  for (const { source = 'stream', captured_at = DEFAULT_CAPTURED_AT, raw, ...columns } of rows) {
    const tweet = { ...NOTHING, ...columns, raw: new TextEncoder().encode(raw ?? JSON.stringify(columns)) }
    builder.addTweet({ tweet, hour }, { source, capturedAtMs: Date.parse(captured_at) })
  }
  return builder.tweetTables().get(hour) ?? emptyTable()
}

function emptyTable(): Table {
  const builder = createLayer1Builder()
  builder.addTweet(
    { tweet: { ...NOTHING, tweet_id: '1', raw: new Uint8Array() }, hour: '2024-01-01T10' as Hour },
    { source: 'stream', capturedAtMs: 0 },
  )
  return [...builder.tweetTables().values()][0]!.slice(0, 0)
}
