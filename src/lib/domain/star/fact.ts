/** fact_tweet: one row a tweet, sorted by id. Most columns are layer1's own bytes in another order. */
import type { Data, Table } from 'apache-arrow'
import {
  boolsToColumn,
  columnsToTable,
  daysToColumn,
  instantsToColumn,
  int32sToColumn,
  int64sToColumn,
  takeColumn,
  takeInt64s,
  wallClocksToColumn,
} from '../columns/columns.ts'
import { LAYER2 } from '../layer2.ts'
import type { CastRows } from './cast.ts'
import type { LocalTimes } from './times.ts'
import type { Tweets } from './tweets.ts'

/** fact_tweet column ← layer1 column, of the same type */
export const AS_CAPTURED = {
  kind: 'kind',
  lang: 'lang',
  place_id: 'place_id',
  text: 'text',
  text_truncated: 'text_truncated',
  possibly_sensitive: 'possibly_sensitive',
  retweet_count: 'retweet_count',
  reply_count: 'reply_count',
  like_count: 'like_count',
  quote_count: 'quote_count',
  bookmark_count: 'bookmark_count',
  impression_count: 'impression_count',
  author_followers: 'user_followers',
  longitude: 'place_longitude',
  latitude: 'place_latitude',
  source: 'source',
  captured_at: 'captured_at',
} as const

/** @returns fact_tweet; what X did not state is null */
export function buildFact(cast: CastRows, tweets: Tweets, times: LocalTimes): Table {
  const { pick } = tweets
  const columns: Record<string, Data> = {
    tweet_id: int64sToColumn(tweets.ids),
    original_id: int64sToColumn(takeInt64s(cast.originalId, pick)),
    edit_version: int32sToColumn(Int32Array.from(pick, row => cast.editVersion[row]!)),
    is_latest_version: boolsToColumn(tweets.isLatest),
    author_id: int64sToColumn(takeInt64s(cast.authorId, pick)),
    conversation_id: int64sToColumn(takeInt64s(cast.conversationId, pick)),
    referenced_id: int64sToColumn(takeInt64s(cast.referencedId, pick)),
    in_reply_to_user_id: int64sToColumn(takeInt64s(cast.inReplyToUserId, pick)),
    created_at: instantsToColumn(times.createdAtMs),
    created_at_local: wallClocksToColumn(times.localMs),
    local_date: daysToColumn(times.localDate),
    local_hour: int32sToColumn(times.localHour),
    hour_start: instantsToColumn(times.hourStartMs),
    first_captured_at: instantsToColumn(tweets.firstCapturedMs),
  }
  if (tweets.count > 0) {
    for (const [to, from] of Object.entries(AS_CAPTURED)) columns[to] = takeColumn(cast.rows, from, pick)
  }
  return columnsToTable(LAYER2.fact_tweet.schema, tweets.count, columns)
}
