/**
 * Layer1: tweets as X gave them, one row per delivery.
 *
 * Nothing is cast here: ids and instants stay the text that X sent, because a JavaScript number
 * drops digits past 2^53. Casting, deduplication and time zones are layer2's work. A tweet may
 * stand here more than once (reconnects, replays); layer2 keeps one.
 */
import { Bool, Field, Float64, Int64, List, Schema, TimestampMillisecond, Utf8 } from 'apache-arrow'

export const KINDS = ['original', 'retweet', 'reply', 'quote'] as const
/** A retweet is a retweet whatever else it is; a reply that quotes is a reply. */
export type Kind = (typeof KINDS)[number]

export const SOURCES = ['stream', 'search', 'replay', 'demo'] as const
export type SourceName = (typeof SOURCES)[number]

/** List items are never null; an absent array is an empty list. */
export const utf8List = () => new List(new Field('item', new Utf8(), false))
/** An instant: milliseconds since 1970-01-01T00:00Z, TIMESTAMP(isAdjustedToUTC = true) in Parquet. */
export const instant = () => new TimestampMillisecond('UTC')

const required = (name: string, type: ConstructorParameters<typeof Field>[1]) => new Field(name, type, false)
const optional = (name: string, type: ConstructorParameters<typeof Field>[1]) => new Field(name, type, true)

/** Null means that X did not send it. */
export const LAYER1 = new Schema([
  required('tweet_id', new Utf8()),
  optional('created_at', new Utf8()), // as sent: 2021-04-08T19:34:30.000Z or Fri Feb 12 21:45:50 +0000 2021
  required('text', new Utf8()), // the whole text: note_tweet, else the retweeted original's, else text
  required('text_truncated', new Bool()), // true where the whole text was not in the line (unresolved retweet)
  optional('lang', new Utf8()),
  optional('author_id', new Utf8()),
  optional('conversation_id', new Utf8()),
  required('kind', new Utf8()),
  optional('referenced_id', new Utf8()), // what it retweets, replies to or quotes, after `kind`
  optional('in_reply_to_user_id', new Utf8()),
  required('edit_history_ids', utf8List()), // ascending; empty where X sent none
  required('hashtags', utf8List()), // as spelled, without '#', in the order of the whole text, repeats kept
  required('mentions', utf8List()), // user names without '@'
  required('urls', utf8List()), // expanded where X expanded them
  required('cashtags', utf8List()), // without '$'
  optional('possibly_sensitive', new Bool()),
  optional('retweet_count', new Int64()),
  optional('reply_count', new Int64()),
  optional('like_count', new Int64()),
  optional('quote_count', new Int64()),
  optional('bookmark_count', new Int64()),
  optional('impression_count', new Int64()),
  optional('place_id', new Utf8()),
  optional('place_full_name', new Utf8()),
  optional('place_name', new Utf8()),
  optional('place_type', new Utf8()),
  optional('place_country', new Utf8()),
  optional('place_country_code', new Utf8()),
  optional('place_longitude', new Float64()), // degrees east, of the tweet's own point
  optional('place_latitude', new Float64()), // degrees north
  required('withheld_in', utf8List()), // country codes
  optional('user_username', new Utf8()),
  optional('user_name', new Utf8()),
  optional('user_description', new Utf8()),
  optional('user_location', new Utf8()),
  optional('user_verified', new Bool()),
  optional('user_verified_type', new Utf8()),
  optional('user_protected', new Bool()),
  optional('user_created_at', new Utf8()),
  optional('user_followers', new Int64()),
  optional('user_following', new Int64()),
  optional('user_tweets', new Int64()),
  optional('user_listed', new Int64()),
  // names of the matching rules: their tags without twdw's prefix. For a rule of several hashtags (a pack) those of them
  // that the tweet carries, repeats or quotes; `pack:1f3a9c2e` where it was one of them and the line does not show which
  required('rules', utf8List()),
  required('source', new Utf8()),
  required('captured_at', instant()),
  required('raw', new Utf8()), // the tweet's own JSON text, byte for byte (of a page: its parts, stitched)
])

/** Lines that are no tweets, so that nothing read is ever lost. */
export const REJECTED = new Schema([
  optional('line', new Utf8()), // null only where the line is not UTF-8
  optional('line_base64', new Utf8()), // set only where the line is not UTF-8
  required('reason', new Utf8()),
  required('source', new Utf8()),
  required('captured_at', instant()),
])
