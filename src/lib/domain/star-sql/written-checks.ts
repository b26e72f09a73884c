/**
 * The checks of `star/checks.ts` as SQL, over what is about to be published: relations `written_fact_tweet` and so on, with the
 * columns of the tables, `hour_ms` beside those of the hourly ones and `day_ms` beside those of the daily ones.
 *
 * `written_tags` is made of them first (`SELECT_WRITTEN_TAGS`).
 *
 * Two are kept elsewhere: no key is null where files are written (`written.ts`), and rows are sorted as they were told to be.
 */
import { HOUR_MS, type Hour, hourStartMs } from '../hour.ts'
import { LAYER2, type StarTable } from '../layer2.ts'
import { DAILY_TABLES, HOURLY_TABLES } from '../paths.ts'
import { type SqlDialect, sqlText } from '../question/sql-dialect.ts'
import { SUMS } from '../star/aggregates.ts'

/** Offending keys of an hour that a message names; of each hour, since one that is not told of is published. */
const MAX_KEYS = 5

/** Names of the checks that were kept when `selectOffending` gives no row, in the order of the kernels' names. */
export const WRITTEN_CHECKS: readonly string[] = [
  'tweet ids are unique',
  'no key is null',
  'no key repeats',
  'every bridge row has its fact',
  'rows read = tweets + duplicates + rejected',
  'created_at is inside the hour',
  'aggregates add up to the fact',
]

/**
 * A SELECT of what offends: `hour_ms`, `check_name` and `offending`, some rows of each check for each hour; none when all is well.
 * @param hours of the star: rows that the days' files have of others are not looked at
 */
export function selectOffending(hours: readonly Hour[], dialect: SqlDialect): string {
  const checks: [string, string][] = [
    ...HOURLY_TABLES.map((table): [string, string] => [
      table === 'fact_tweet' ? 'tweet ids are unique' : 'no key repeats',
      repeatedKeys(table, 'hour_ms', LAYER2[table].sortedBy),
    ]),
    ...DAILY_TABLES.map((table): [string, string] => [
      'no key repeats',
      repeatedKeys(table, dialect.msOf('utc_hour'), LAYER2[table].sortedBy, hours),
    ]),
    ['every bridge row has its fact', TAGS_WITHOUT_FACT],
    ['every bridge row has its fact', RULES_WITHOUT_FACT],
    ['rows read = tweets + duplicates + rejected', UNCOUNTED_ROWS],
    ['created_at is inside the hour', tweetsOutside(dialect)],
    ['aggregates add up to the fact', tagsThatDoNotAddUp('agg_hashtag_hour', hours, dialect)],
    ['aggregates add up to the fact', tagsThatDoNotAddUp('agg_hashtag_user_hour', hours, dialect)],
  ]
  return checks
    .map(
      ([name, select]) =>
        `SELECT hour_ms, ${sqlText(name)} AS check_name, offending FROM (\n${firstOf(select)}\n) found`,
    )
    .join('\nUNION ALL\n')
}

/** Rows of each hour: `hour_ms`, and of layer1 `read_rows`, `rejected` and `duplicates`. Over the steps of `createStarSql`. */
export const SELECT_COUNTS = `SELECT hour_ms, COUNT(*) AS read_rows, COUNT(fault) AS rejected,
  COUNT(*) - COUNT(fault) - COUNT(DISTINCT CASE WHEN fault IS NULL THEN id END) AS duplicates
FROM star_rows
GROUP BY hour_ms`

function firstOf(select: string): string {
  return `SELECT hour_ms, offending FROM (
SELECT hour_ms, offending, row_number() OVER (PARTITION BY hour_ms ORDER BY offending) AS nth FROM (
${select}
) offends
) numbered
WHERE nth <= ${MAX_KEYS}`
}

/** @param hours that are looked at; all when left out */
function repeatedKeys(table: StarTable, hourMs: string, keys: readonly string[], hours?: readonly Hour[]): string {
  const key = keys.map(name => `coalesce(CAST(${name} AS STRING), 'null')`).join(" || ' ' || ")
  // the text is made of the few that repeat: for every row it would cost more than all that is looked at here
  return `SELECT hour_ms, ${sqlText(`${keys.join(' ')} of ${table}: `)} || ${key} AS offending
FROM (
SELECT ${hourMs} AS hour_ms, ${keys.join(', ')}
FROM written_${table}${hours === undefined ? '' : `\nWHERE ${isOfHours(hourMs, hours)}`}
GROUP BY ${[hourMs, ...keys].join(', ')}
HAVING COUNT(*) > 1
) repeated`
}

const RULES_WITHOUT_FACT = `SELECT b.hour_ms, 'tweet_id ' || CAST(b.tweet_id AS STRING) || ' of bridge_tweet_rule' AS offending
FROM written_bridge_tweet_rule b LEFT JOIN written_fact_tweet f ON f.hour_ms = b.hour_ms AND f.tweet_id = b.tweet_id
WHERE f.tweet_id IS NULL`

const TAGS_WITHOUT_FACT = `SELECT hour_ms, 'tweet_id ' || CAST(lost_id AS STRING) || ' of bridge_tweet_hashtag' AS offending
FROM written_tags
WHERE lost_id IS NOT NULL`

const UNCOUNTED_ROWS = `SELECT c.hour_ms, CAST(c.read_rows AS STRING) || ' read and ' || CAST(coalesce(f.tweets, 0) AS STRING)
  || ' tweets + ' || CAST(c.duplicates AS STRING) || ' duplicates + ' || CAST(c.rejected AS STRING) || ' rejected' AS offending
FROM (
${SELECT_COUNTS}
) c LEFT JOIN (
SELECT hour_ms, COUNT(*) AS tweets FROM written_fact_tweet GROUP BY hour_ms
) f ON f.hour_ms = c.hour_ms
WHERE c.read_rows <> coalesce(f.tweets, 0) + c.duplicates + c.rejected`

function tweetsOutside(dialect: SqlDialect): string {
  const createdMs = dialect.msOf('created_at')
  return `SELECT hour_ms, 'tweet_id ' || CAST(tweet_id AS STRING) AS offending
FROM written_fact_tweet
WHERE ${createdMs} < hour_ms OR ${createdMs} >= hour_ms + ${HOUR_MS}`
}

/** What each aggregate must add up to for a tag of an hour: its column ← the column of `written_tags`. */
const TOTALS = {
  agg_hashtag_hour: Object.fromEntries(['tweets', ...Object.keys(SUMS)].map(name => [name, name])),
  agg_hashtag_user_hour: { tweets: 'tweets_of_users' },
} as const

/**
 * `written_tags`: of each tag of each hour what the facts that the bridge leads to add up to, and `lost_id`, the least id that
 * leads to none. Three checks are over it.
 */
export const SELECT_WRITTEN_TAGS = `SELECT b.hour_ms, b.tag, MIN(CASE WHEN f.tweet_id IS NULL THEN b.tweet_id END) AS lost_id,
  ${Object.entries({ tweets: '1', ...SUMS, tweets_of_users: 'CASE WHEN f.author_id IS NOT NULL THEN 1 END' })
    .map(([to, from]) => `${sumOf(`CASE WHEN f.is_latest_version THEN ${from} END`)} AS ${to}`)
    .join(',\n  ')}
FROM written_bridge_tweet_hashtag b LEFT JOIN written_fact_tweet f ON f.hour_ms = b.hour_ms AND f.tweet_id = b.tweet_id
GROUP BY b.hour_ms, b.tag`

function tagsThatDoNotAddUp(table: keyof typeof TOTALS, hours: readonly Hour[], dialect: SqlDialect): string {
  const hourMs = dialect.msOf('utc_hour')
  const totals = Object.entries(TOTALS[table])
  const differences = totals.map(([name, total]) => `coalesce(f.${total}, 0) <> coalesce(a.${name}, 0)`)
  return `SELECT coalesce(f.hour_ms, a.hour_ms) AS hour_ms, 'tag ' || coalesce(f.tag, a.tag) || ' of ${table}' AS offending
FROM written_tags f FULL OUTER JOIN (
SELECT ${hourMs} AS hour_ms, tag, ${totals.map(([name]) => `${sumOf(name)} AS ${name}`).join(', ')}
FROM written_${table}
WHERE ${isOfHours(hourMs, hours)}
GROUP BY ${hourMs}, tag
) a ON a.hour_ms = f.hour_ms AND a.tag = f.tag
WHERE ${differences.join(' OR ')}`
}

function isOfHours(hourMs: string, hours: readonly Hour[]): string {
  return `${hourMs} IN (${hours.map(hourStartMs).join(', ')})`
}

function sumOf(expression: string): string {
  return `CAST(SUM(coalesce(${expression}, 0)) AS BIGINT)`
}
