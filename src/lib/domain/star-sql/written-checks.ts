/**
 * The checks of `star/checks.ts` as SQL, over what is about to be published: relations `written_fact_tweet` and so on, with the
 * columns of the tables, `hour_ms` beside those of the hourly ones and `day_ms` beside those of the daily ones.
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
    ['tweet ids are unique', repeatedKeys('fact_tweet', 'hour_ms', ['tweet_id'])],
    ...HOURLY_TABLES.map((table): [string, string] => [
      'no key repeats',
      repeatedKeys(table, 'hour_ms', LAYER2[table].sortedBy),
    ]),
    ...DAILY_TABLES.map((table): [string, string] => [
      'no key repeats',
      repeatedKeys(table, dialect.msOf('utc_hour'), LAYER2[table].sortedBy, hours),
    ]),
    ['every bridge row has its fact', rowsWithoutFact('bridge_tweet_hashtag')],
    ['every bridge row has its fact', rowsWithoutFact('bridge_tweet_rule')],
    ['rows read = tweets + duplicates + rejected', UNCOUNTED_ROWS],
    ['created_at is inside the hour', tweetsOutside(dialect)],
    ['aggregates add up to the fact', tagsThatDoNotAddUp(hours, dialect)],
    ['aggregates add up to the fact', usersThatDoNotAddUp(hours, dialect)],
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
  return `SELECT MIN(${hourMs}) AS hour_ms, ${sqlText(`${keys.join(' ')} of ${table}: `)} || MIN(${key}) AS offending
FROM written_${table}${hours === undefined ? '' : `\nWHERE ${isOfHours(hourMs, hours)}`}
GROUP BY ${[hourMs, ...keys].join(', ')}
HAVING COUNT(*) > 1`
}

function rowsWithoutFact(bridge: 'bridge_tweet_hashtag' | 'bridge_tweet_rule'): string {
  return `SELECT b.hour_ms, 'tweet_id ' || CAST(b.tweet_id AS STRING) || ' of ${bridge}' AS offending
FROM written_${bridge} b LEFT JOIN written_fact_tweet f ON f.hour_ms = b.hour_ms AND f.tweet_id = b.tweet_id
WHERE f.tweet_id IS NULL`
}

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

/** Tags whose sums in agg_hashtag_hour are not those of the facts that the bridge leads to. */
function tagsThatDoNotAddUp(hours: readonly Hour[], dialect: SqlDialect): string {
  const sums = Object.entries({ tweets: '1', ...SUMS })
  const ofFacts = `SELECT b.hour_ms, b.tag, ${sums.map(([to, from]) => `${sumOf(from)} AS ${to}`).join(', ')}
FROM written_bridge_tweet_hashtag b JOIN written_fact_tweet f ON f.hour_ms = b.hour_ms AND f.tweet_id = b.tweet_id
WHERE f.is_latest_version
GROUP BY b.hour_ms, b.tag`
  const summed = sums.map(([to]) => `${sumOf(to)} AS ${to}`)
  return differing('agg_hashtag_hour', ofFacts, { summed, names: sums.map(([to]) => to) }, hours, dialect)
}

function usersThatDoNotAddUp(hours: readonly Hour[], dialect: SqlDialect): string {
  const ofFacts = `SELECT b.hour_ms, b.tag, COUNT(*) AS tweets
FROM written_bridge_tweet_hashtag b JOIN written_fact_tweet f ON f.hour_ms = b.hour_ms AND f.tweet_id = b.tweet_id
WHERE f.is_latest_version AND f.author_id IS NOT NULL
GROUP BY b.hour_ms, b.tag`
  const summed = [`${sumOf('tweets')} AS tweets`]
  return differing('agg_hashtag_user_hour', ofFacts, { summed, names: ['tweets'] }, hours, dialect)
}

function differing(
  table: (typeof DAILY_TABLES)[number],
  ofFacts: string,
  { summed, names }: { summed: readonly string[]; names: readonly string[] },
  hours: readonly Hour[],
  dialect: SqlDialect,
): string {
  const hourMs = dialect.msOf('utc_hour')
  const differences = names.map(name => `coalesce(f.${name}, 0) <> coalesce(a.${name}, 0)`)
  return `SELECT coalesce(f.hour_ms, a.hour_ms) AS hour_ms, 'tag ' || coalesce(f.tag, a.tag) || ' of ${table}' AS offending
FROM (
${ofFacts}
) f FULL OUTER JOIN (
SELECT ${hourMs} AS hour_ms, tag, ${summed.join(', ')}
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
