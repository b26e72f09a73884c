/**
 * Layer2: the star schema, one entry a table.
 *
 * Ids are INT64. Instants are UTC (`instant()`); wall clocks are timestamps without a zone and mean
 * the lake's zone. Rows are sorted by `sortedBy`, which is also a key: readers skip by it, and the
 * same rows from the same files of layer1 always give the same bytes.
 */
import { Bool, DateDay, Field, Float64, Int32, Int64, Schema, TimestampMillisecond, Utf8 } from 'apache-arrow'
import { instant } from './layer1.ts'
import type { DailyTable, HourlyTable } from './paths.ts'

export type StarTable = HourlyTable | DailyTable
export type StaticTable = 'dim_date' | 'dim_lang'
export type TableName = StarTable | StaticTable

/** What a layer2 table looks like and how its file is written. */
export interface TableShape {
  schema: Schema
  /** columns that together name one row, in the order in which rows are sorted (ascending, text by UTF-8 bytes) */
  sortedBy: readonly string[]
  /** columns with a dictionary in Parquet: values repeat, and it pays. `docs/parquet.md` has the figures of both */
  repeating: readonly string[]
  /** rows of a row group, where a question mostly wants few of a file's rows: readers decode a group whole or not at all */
  groupRows?: number
}

/** A day's rows of one tag lie together, and are few of 60,000 and more. */
const TAG_GROUP_ROWS = 8_192

/** A wall clock in the lake's zone: TIMESTAMP(isAdjustedToUTC = false). */
const wallClock = () => new TimestampMillisecond(null)

const required = (name: string, type: ConstructorParameters<typeof Field>[1]) => new Field(name, type, false)
const optional = (name: string, type: ConstructorParameters<typeof Field>[1]) => new Field(name, type, true)

const FACT_TWEET: TableShape = {
  schema: new Schema([
    required('tweet_id', new Int64()),
    required('original_id', new Int64()), // first id of the edit history; tweet_id where there was no edit
    required('edit_version', new Int32()), // 0 = as first posted
    required('is_latest_version', new Bool()), // within this hour: a count sums over the true ones
    optional('author_id', new Int64()),
    optional('conversation_id', new Int64()),
    required('kind', new Utf8()),
    optional('referenced_id', new Int64()),
    optional('in_reply_to_user_id', new Int64()),
    optional('lang', new Utf8()),
    optional('place_id', new Utf8()),
    required('created_at', instant()),
    required('created_at_local', wallClock()),
    required('local_date', new DateDay()),
    required('local_hour', new Int32()), // 0 to 23
    required('hour_start', instant()), // when that local hour began; tells the two 23 h of a zone's change apart
    required('text', new Utf8()),
    required('text_truncated', new Bool()),
    optional('possibly_sensitive', new Bool()),
    optional('retweet_count', new Int64()),
    optional('reply_count', new Int64()),
    optional('like_count', new Int64()),
    optional('quote_count', new Int64()),
    optional('bookmark_count', new Int64()),
    optional('impression_count', new Int64()),
    optional('author_followers', new Int64()), // at capture; kept here so that reach needs no join
    optional('longitude', new Float64()),
    optional('latitude', new Float64()),
    required('source', new Utf8()),
    required('first_captured_at', instant()),
    required('captured_at', instant()),
  ]),
  sortedBy: ['tweet_id'],
  repeating: ['kind', 'lang', 'place_id', 'local_date', 'local_hour', 'hour_start', 'source'],
}

const BRIDGE_TWEET_HASHTAG: TableShape = {
  schema: new Schema([
    required('tag', new Utf8()), // folded: NFKC, full case fold
    required('tweet_id', new Int64()),
    required('spelling', new Utf8()), // as first written in this tweet
    required('occurrences', new Int32()), // how often the tag stands in the tweet, >= 1
  ]),
  sortedBy: ['tag', 'tweet_id'],
  repeating: ['tag', 'spelling', 'occurrences'],
}

const BRIDGE_TWEET_RULE: TableShape = {
  schema: new Schema([
    required('rule', new Utf8()), // the listened tag (or rule) that captured the tweet
    required('tweet_id', new Int64()),
  ]),
  sortedBy: ['rule', 'tweet_id'],
  repeating: ['rule'],
}

/** The latest profile of each author seen in the hour. `dim_user` is a view over it. */
const DIM_USER_SNAPSHOT: TableShape = {
  schema: new Schema([
    required('user_id', new Int64()),
    optional('username', new Utf8()),
    optional('name', new Utf8()),
    optional('description', new Utf8()),
    optional('location', new Utf8()),
    optional('verified', new Bool()),
    optional('verified_type', new Utf8()),
    optional('protected', new Bool()),
    optional('created_at', instant()),
    optional('followers', new Int64()),
    optional('following', new Int64()),
    optional('tweets', new Int64()),
    optional('listed', new Int64()),
    required('observed_at', instant()), // when the profile was captured
  ]),
  sortedBy: ['user_id'],
  repeating: ['verified', 'verified_type', 'protected'],
}

/** The places seen in the hour, as described by the latest tweet that names them. */
const DIM_PLACE: TableShape = {
  schema: new Schema([
    required('place_id', new Utf8()),
    optional('full_name', new Utf8()),
    optional('name', new Utf8()),
    optional('place_type', new Utf8()),
    optional('country', new Utf8()),
    optional('country_code', new Utf8()),
    required('observed_at', instant()),
  ]),
  sortedBy: ['place_id'],
  repeating: ['place_type', 'country', 'country_code'],
}

/** The spellings of each tag in the hour; first seen and most used spelling follow from it over any span. */
const DIM_HASHTAG: TableShape = {
  schema: new Schema([
    required('tag', new Utf8()),
    required('spelling', new Utf8()),
    required('tweets', new Int64()), // latest versions that spell it so (first spelling in the tweet); 0 where only versions before them do
    required('first_seen_at', instant()), // created_at of the earliest tweet or version that does
  ]),
  sortedBy: ['tag', 'spelling'],
  repeating: [], // few tags have many spellings: sorted, they compress to less than the numbers of a dictionary
}

const AGG_HASHTAG_HOUR: TableShape = {
  schema: new Schema([
    required('tag', new Utf8()),
    required('hour_start', instant()),
    optional('lang', new Utf8()),
    required('kind', new Utf8()),
    required('local_date', new DateDay()),
    required('local_hour', new Int32()),
    required('utc_hour', instant()), // the partition that the row was counted in; with half-hour zones not hour_start
    required('tweets', new Int64()), // latest versions only, as are all sums below
    required('retweets', new Int64()), // sum of retweet_count, null as 0; likewise below
    required('replies', new Int64()),
    required('likes', new Int64()),
    required('quotes', new Int64()),
    required('bookmarks', new Int64()),
    required('impressions', new Int64()),
  ]),
  sortedBy: ['tag', 'hour_start', 'lang', 'kind', 'utc_hour'],
  repeating: ['tag', 'hour_start', 'lang', 'kind', 'local_date', 'local_hour', 'utc_hour'],
  groupRows: TAG_GROUP_ROWS,
}

/** Who wrote under a tag in an hour: exact distinct authors and reach over any span. */
const AGG_HASHTAG_USER_HOUR: TableShape = {
  schema: new Schema([
    required('tag', new Utf8()),
    required('hour_start', instant()),
    required('user_id', new Int64()),
    required('local_date', new DateDay()),
    required('local_hour', new Int32()),
    required('utc_hour', instant()),
    required('tweets', new Int64()),
    optional('followers', new Int64()), // the most that the author had among these tweets
  ]),
  sortedBy: ['tag', 'hour_start', 'user_id', 'utc_hour'],
  repeating: ['tag', 'hour_start', 'local_date', 'local_hour', 'utc_hour', 'tweets'],
  groupRows: TAG_GROUP_ROWS,
}

const DIM_DATE: TableShape = {
  schema: new Schema([
    required('local_date', new DateDay()),
    required('year', new Int32()),
    required('month', new Int32()), // 1 to 12
    required('day', new Int32()), // 1 to 31
    required('iso_year', new Int32()),
    required('iso_week', new Int32()), // 1 to 53
    required('weekday', new Int32()), // 1 = Monday to 7 = Sunday
    required('weekday_name', new Utf8()), // English
    required('is_weekend', new Bool()),
    required('day_start', instant()), // when the day began in the lake's zone
    required('hours', new Float64()), // its length: 23 or 25 where summer time begins or ends
    optional('holiday', new Utf8()), // Brazilian national holiday, by rule; null elsewhere
  ]),
  sortedBy: ['local_date'],
  repeating: ['year', 'month', 'iso_year', 'iso_week', 'weekday', 'weekday_name', 'hours', 'holiday'],
}

const DIM_LANG: TableShape = {
  schema: new Schema([
    required('lang', new Utf8()), // as X writes it: BCP 47 with legacy `in`, `iw`, and specials such as `qme`
    required('name', new Utf8()), // English
    required('is_language', new Bool()), // false for `und`, `qme`, `zxx` and their like
  ]),
  sortedBy: ['lang'],
  repeating: [],
}

export const LAYER2: Record<StarTable | StaticTable, TableShape> = {
  dim_user_snapshot: DIM_USER_SNAPSHOT,
  dim_place: DIM_PLACE,
  dim_hashtag: DIM_HASHTAG,
  dim_date: DIM_DATE,
  dim_lang: DIM_LANG,
  bridge_tweet_hashtag: BRIDGE_TWEET_HASHTAG,
  bridge_tweet_rule: BRIDGE_TWEET_RULE,
  fact_tweet: FACT_TWEET,
  agg_hashtag_hour: AGG_HASHTAG_HOUR,
  agg_hashtag_user_hour: AGG_HASHTAG_USER_HOUR,
}
