/** What a report asks that is no preset, as SQL over the views, about the tweets that a preset counts. */
import type { Preset, Span } from './preset.ts'
import { factRows } from './preset-rows.ts'
import type { PresetSql } from './preset-sql.ts'
import { sqlText } from './sql-dialect.ts'

const MAX_PAIRS = 60

/** How many there are, the wall clocks of the first and the last, and the instants at which their hours began. */
export function boundsSql(preset: Preset, span: Span): PresetSql {
  const { views, from, where } = factRows(preset, span)
  return {
    views,
    sql: `SELECT COUNT(*) AS tweets, MIN(f.created_at_local) AS first_at, MAX(f.created_at_local) AS last_at,
  MIN(f.hour_start) AS first_hour, MAX(f.hour_start) AS last_hour
FROM ${from}
WHERE ${where.join('\n  AND ')}`,
  }
}

/** Who wrote most of them, as last seen, each with the most followers seen. */
export function authorsSql(preset: Preset, span: Span, top: number): PresetSql {
  const { views, from, where } = factRows(preset, span)
  return {
    views: [...new Set([...views, 'dim_user_snapshot' as const])],
    sql: `WITH leaders AS (
  SELECT f.author_id AS user_id, COUNT(*) AS tweets, MAX(f.author_followers) AS followers
  FROM ${from}
  WHERE ${[...where, 'f.author_id IS NOT NULL'].join('\n    AND ')}
  GROUP BY f.author_id
  ORDER BY tweets DESC, user_id
  LIMIT ${top}
), seen AS (
  SELECT user_id, username, name,
    row_number() OVER (PARTITION BY user_id ORDER BY observed_at DESC, username, name) AS nth
  FROM dim_user_snapshot
  WHERE username IS NOT NULL AND user_id IN (SELECT user_id FROM leaders)
)
SELECT leaders.user_id, seen.username, seen.name, leaders.tweets, leaders.followers
FROM leaders
LEFT JOIN seen ON seen.user_id = leaders.user_id AND seen.nth = 1
ORDER BY leaders.tweets DESC, leaders.user_id`,
  }
}

/** How many of them have both of two hashtags. @param hashtags of which pairs are looked for; n >= 1 */
export function pairsSql(preset: Preset, span: Span, hashtags: readonly string[]): PresetSql {
  const { views, from, where } = factRows(preset, span)
  const some = hashtags.map(sqlText).join(', ')
  return {
    views: [...new Set([...views, 'bridge_tweet_hashtag' as const])],
    sql: `WITH tagged AS (
  SELECT DISTINCT f.tweet_id
  FROM ${from}
  WHERE ${where.join('\n    AND ')}
)
SELECT one.tag AS hashtag, other.tag AS other, COUNT(*) AS tweets
FROM tagged
JOIN bridge_tweet_hashtag one ON one.tweet_id = tagged.tweet_id AND one.tag IN (${some})
JOIN bridge_tweet_hashtag other ON other.tweet_id = tagged.tweet_id AND other.tag IN (${some}) AND one.tag < other.tag
GROUP BY one.tag, other.tag
ORDER BY tweets DESC, one.tag, other.tag
LIMIT ${MAX_PAIRS}`,
  }
}

/** English names of languages by X's codes. */
export const LANGUAGE_NAMES_SQL: PresetSql = {
  sql: 'SELECT lang, name\nFROM dim_lang\nORDER BY lang',
  views: ['dim_lang'],
}
