/**
 * The tables of layer2 as SQL over `star_rows`, each a SELECT with `hour_ms`, its partition, beside its columns.
 *
 * What the kernels call `isLatest` is the other way round here: `star_superseded` has the few tweets of which a later
 * version is there.
 */
import { LAYER2, type StarTable } from '../layer2.ts'
import type { SqlDialect } from '../question/sql-dialect.ts'
import { SUMS } from '../star/aggregates.ts'
import { PLACE_SIGNS, PROFILE_SIGNS } from '../star/cast.ts'
import { PLACE, PROFILE } from '../star/dimensions.ts'
import { AS_CAPTURED } from '../star/fact.ts'
import { selectNewest, type Thing } from './deliveries.ts'
import { isAscii } from './given.ts'
import { msToDate } from './instants.ts'

/** Each good row is a delivery of its tweet. */
export const TWEETS: Thing = { key: 'id', isDescribed: undefined, captures: 'star_newest_tweets' }
/** Rows that say more of their author than the id. */
export const USERS: Thing = {
  key: 'author',
  isDescribed: `author IS NOT NULL AND ${hasAnyOf(PROFILE_SIGNS)}`,
  captures: 'star_newest_users',
}
/** Rows that say more of their place than the id. */
export const PLACES: Thing = {
  key: 'place_id',
  isDescribed: `place_id IS NOT NULL AND ${hasAnyOf(PLACE_SIGNS)}`,
  captures: 'star_newest_places',
}

/** The rows that are kept: fact_tweet but `is_latest_version`, with `hashtags` and `created_ms`. */
export function selectTweets(dialect: SqlDialect): string {
  const picked = selectNewest(TWEETS, {
    hour_ms: 'r.hour_ms',
    tweet_id: 'r.id',
    original_id: 'r.original',
    edit_version: 'r.version',
    author_id: 'r.author',
    conversation_id: 'r.conversation',
    referenced_id: 'r.referenced',
    in_reply_to_user_id: 'r.reply_to_user',
    created_ms: 'r.created_ms',
    first_captured_ms: 'n.first_captured_ms',
    ...fromRow(AS_CAPTURED),
    hashtags: 'r.hashtags',
  })
  const instants = { created_at: 'created_ms', hour_start: 'hour_start_ms', first_captured_at: 'first_captured_ms' }
  // a tweet outside every stretch keeps its row, and its missing date is seen by the checks
  return `SELECT picked.*,
  ${Object.entries(instants)
    .map(([to, ms]) => `${dialect.instantOf(ms)} AS ${to}`)
    .join(', ')},
  ${dialect.wallClockOf('(created_ms + offset_ms)')} AS created_at_local,
  ${msToDate('(created_ms + offset_ms)')} AS local_date,
  CAST(FLOOR((created_ms + offset_ms) / 3600000) - 24 * FLOOR((created_ms + offset_ms) / 86400000) AS INT) AS local_hour
FROM (
${picked}
) picked LEFT JOIN local_hours l
  ON l.hour_ms = picked.hour_ms AND picked.created_ms >= l.from_ms AND picked.created_ms < l.to_ms`
}

/** Of two versions with the same number the larger id is the later one. */
export const SELECT_SUPERSEDED = `SELECT hour_ms, tweet_id
FROM (
  SELECT hour_ms, tweet_id, row_number() OVER (
    PARTITION BY hour_ms, original_id ORDER BY edit_version DESC, tweet_id DESC
  ) AS nth
  FROM star_tweets
) versions
WHERE nth > 1`

/** bridge_tweet_hashtag; a spelling that `tag_folds` lacks gives a row without a tag, which the checks see. */
export function selectHashtags(dialect: SqlDialect): string {
  return `SELECT hour_ms, tag, tweet_id, min_by(spelling, place) AS spelling, CAST(COUNT(*) AS INT) AS occurrences
FROM (
  SELECT s.hour_ms, s.tweet_id, s.item AS spelling, s.place,
    CASE WHEN ${isAscii('s.item')} THEN lower(s.item) ELSE f.tag END AS tag
  FROM (
${dialect.selectItems('hashtags', 'star_tweets', ['hour_ms', 'tweet_id'])}
  ) s LEFT JOIN tag_folds f ON f.spelling = s.item
) folded
WHERE tag IS NULL OR tag <> ''
GROUP BY hour_ms, tag, tweet_id`
}

/** Hashtags of all versions, with whether theirs is the latest and the columns of the tweet that are counted by. */
export const SELECT_TAGGED = `SELECT h.hour_ms, h.tag, h.spelling, s.tweet_id IS NULL AS is_latest, t.created_ms, t.hour_start,
  t.local_date, t.local_hour,
  t.lang, t.kind, t.author_id, t.author_followers, ${Object.values(SUMS)
    .map(name => `t.${name}`)
    .join(', ')}
FROM star_hashtags h
JOIN star_tweets t ON t.hour_ms = h.hour_ms AND t.tweet_id = h.tweet_id
LEFT JOIN star_superseded s ON s.hour_ms = h.hour_ms AND s.tweet_id = h.tweet_id`

/** Over the steps of `createStarSql`. */
export function selectTable(table: StarTable, dialect: SqlDialect): string {
  return TABLES[table](dialect)
}

const TABLES: Readonly<Record<StarTable, (dialect: SqlDialect) => string>> = {
  fact_tweet: () => `SELECT t.hour_ms, ${LAYER2.fact_tweet.schema.names
    .map(String)
    .map(name => (name === 'is_latest_version' ? `s.tweet_id IS NULL AS ${name}` : `t.${name}`))
    .join(', ')}
FROM star_tweets t LEFT JOIN star_superseded s ON s.hour_ms = t.hour_ms AND s.tweet_id = t.tweet_id`,

  bridge_tweet_hashtag: () => 'SELECT hour_ms, tag, tweet_id, spelling, occurrences FROM star_hashtags',

  bridge_tweet_rule: dialect => `SELECT DISTINCT hour_ms, item AS rule, id AS tweet_id
FROM (
${dialect.selectItems('rules', 'star_rows', ['hour_ms', 'id', 'fault'])}
) ruled
WHERE fault IS NULL`,

  dim_user_snapshot: dialect => `SELECT described.*, ${dialect.instantOf('user_created_ms')} AS created_at
FROM (
${selectNewest(USERS, {
  hour_ms: 'r.hour_ms',
  user_id: 'r.author',
  user_created_ms: 'r.user_created_ms',
  ...fromRow(PROFILE),
})}
) described`,

  dim_place: () => selectNewest(PLACES, { hour_ms: 'r.hour_ms', ...fromRow(PLACE) }),

  dim_hashtag:
    dialect => `SELECT hour_ms, tag, spelling, CAST(SUM(CASE WHEN is_latest THEN 1 ELSE 0 END) AS BIGINT) AS tweets,
  ${dialect.instantOf('MIN(created_ms)')} AS first_seen_at
FROM star_tagged
GROUP BY hour_ms, tag, spelling`,

  agg_hashtag_hour: dialect => `SELECT hour_ms, tag, hour_start, lang, kind, local_date, local_hour,
  ${dialect.instantOf('hour_ms')} AS utc_hour, COUNT(*) AS tweets,
  ${Object.entries(SUMS)
    .map(([to, from]) => `CAST(SUM(coalesce(${from}, 0)) AS BIGINT) AS ${to}`)
    .join(', ')}
FROM star_tagged
WHERE is_latest
GROUP BY hour_ms, tag, hour_start, lang, kind, local_date, local_hour`,

  agg_hashtag_user_hour: dialect => `SELECT hour_ms, tag, hour_start, author_id AS user_id, local_date, local_hour,
  ${dialect.instantOf('hour_ms')} AS utc_hour, COUNT(*) AS tweets, MAX(author_followers) AS followers
FROM star_tagged
WHERE is_latest AND author_id IS NOT NULL
GROUP BY hour_ms, tag, hour_start, author_id, local_date, local_hour`,
}

/** @param names column ← layer1 column of the row that is kept */
function fromRow(names: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(names).map(([to, from]) => [to, `r.${from}`]))
}

function hasAnyOf(columns: readonly string[]): string {
  return `(${columns.map(name => `${name} IS NOT NULL`).join(' OR ')})`
}
