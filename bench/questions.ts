/** Questions about a lake of many days, in the words of everybody who is asked. Values in, values out. */

/** A question. */
export interface Question {
  /** of the answer in bench/peers/polars_query.py */
  name: 'days' | 'hours' | 'authors' | 'beside' | 'distinct'
  /** as people say it */
  title: string
  /** behind `twdw query` */
  words: string[]
  /** for DuckDB; `FILES(table)` stands for the files of the days that are asked for */
  sql: string
  /** the same from the fact and its bridge; undefined where the aggregates do not help */
  factSql?: string
  /** local days, the last one not included */
  span: Span
}

export interface Span {
  from: string
  to: string
}

/** The zone of the lake is so far from UTC, in all of its time. */
const OFFSET_HOURS = 3
const DAY_MS = 86_400_000
export const FIRST_DAY = '2023-01-01'
const DAILY = ['agg_hashtag_hour', 'agg_hashtag_user_hour']
const TAG = "tag = 'covid19'"

export function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10)
}

/** @param days that the lake has from FIRST_DAY on: 365, or a few to try it out */
export function questionsAbout(days: number): Question[] {
  const some = (first: number, count: number): Span => {
    const place = days < 200 ? Math.floor(days / 3) : first
    return {
      from: dayAfter(FIRST_DAY, place),
      to: dayAfter(FIRST_DAY, Math.min(days, place + (days < 200 ? Math.ceil(count / 8) : count))),
    }
  }
  const year: Span = { from: FIRST_DAY, to: dayAfter(FIRST_DAY, days) }
  const [week, june] = [some(155, 7), some(151, 30)]
  return [
    {
      name: 'days',
      title: 'a year by day',
      words: ['--tag', 'covid19', '--by', 'day', ...spanWords(year)],
      sql: `SELECT local_date, sum(tweets) AS tweets FROM FILES(agg_hashtag_hour) WHERE ${TAG} AND ${isIn(year)} GROUP BY local_date ORDER BY local_date`,
      factSql: `SELECT local_date, count(*) AS tweets FROM FILES(fact_tweet) f JOIN FILES(bridge_tweet_hashtag) b USING (tweet_id)
        WHERE ${TAG} AND is_latest_version AND ${isIn(year)} GROUP BY local_date ORDER BY local_date`,
      span: year,
    },
    {
      name: 'hours',
      title: 'a week by hour',
      words: ['--tag', 'covid19', '--by', 'hour', ...spanWords(week)],
      sql: `SELECT hour_start, sum(tweets) AS tweets FROM FILES(agg_hashtag_hour) WHERE ${TAG} AND ${isIn(week)} GROUP BY hour_start ORDER BY hour_start`,
      factSql: `SELECT hour_start, count(*) AS tweets FROM FILES(fact_tweet) f JOIN FILES(bridge_tweet_hashtag) b USING (tweet_id)
        WHERE ${TAG} AND is_latest_version AND ${isIn(week)} GROUP BY hour_start ORDER BY hour_start`,
      span: week,
    },
    {
      name: 'authors',
      title: 'top 20 authors of a month',
      words: ['--tag', 'covid19', '--by', 'user', '--top', '20', ...spanWords(june)],
      sql: topAuthors(`SELECT user_id, sum(tweets) AS tweets FROM FILES(agg_hashtag_user_hour) WHERE ${TAG} AND ${isIn(june)}
        GROUP BY user_id ORDER BY tweets DESC, user_id LIMIT 20`),
      factSql:
        topAuthors(`SELECT author_id AS user_id, count(*) AS tweets FROM FILES(fact_tweet) f JOIN FILES(bridge_tweet_hashtag) b USING (tweet_id)
        WHERE ${TAG} AND is_latest_version AND ${isIn(june)} GROUP BY author_id ORDER BY tweets DESC, user_id LIMIT 20`),
      span: june,
    },
    {
      name: 'beside',
      title: 'tags beside it, of a month',
      words: ['--tag', 'covid19', '--by', 'hashtag', '--top', '20', ...spanWords(june)],
      sql: `SELECT tag, count(*) AS tweets FROM FILES(bridge_tweet_hashtag) WHERE tag <> 'covid19' AND tweet_id IN (
          SELECT tweet_id FROM FILES(fact_tweet) f WHERE is_latest_version AND ${isIn(june)} AND tweet_id IN (
            SELECT tweet_id FROM FILES(bridge_tweet_hashtag) WHERE ${TAG}))
        GROUP BY tag ORDER BY tweets DESC, tag LIMIT 20`,
      span: june,
    },
    {
      name: 'distinct',
      title: 'distinct authors of a year',
      words: ['--tag', 'covid19', '--metric', 'authors', ...spanWords(year)],
      sql: `SELECT count(DISTINCT user_id) AS authors FROM FILES(agg_hashtag_user_hour) WHERE ${TAG} AND ${isIn(year)}`,
      span: year,
    },
  ]
}

function topAuthors(most: string): string {
  return `WITH most AS (${most}), names AS (
      SELECT user_id, max_by(username, observed_at) AS username FROM FILES(dim_user_snapshot)
      WHERE user_id IN (SELECT user_id FROM most) GROUP BY user_id
    )
    SELECT user_id, username, tweets FROM most LEFT JOIN names USING (user_id) ORDER BY tweets DESC, user_id`
}

export function spanWords({ from, to }: Span): string[] {
  return ['--from', from, '--to', to]
}

function isIn(span: Span): string {
  const [from, to] = instantsOf(span).map(instant => `TIMESTAMPTZ '${instant}'`)
  return `hour_start >= ${from} AND hour_start < ${to}`
}

/** When the span begins and ends, such as `2023-01-01 03:00:00+00`. */
export function instantsOf({ from, to }: Span): [from: string, to: string] {
  const instant = (date: string) => `${date} ${String(OFFSET_HOURS).padStart(2, '0')}:00:00+00`
  return [instant(from), instant(to)]
}

/** Tables that a question reads. */
export function tablesOf(sql: string): string[] {
  return [...new Set(Array.from(sql.matchAll(/FILES\((\w+)\)/g), ([, table]) => table!))]
}

/**
 * Patterns of the files that may have rows of a span, each of one UTC day, below layer2.
 * @param days that the lake has
 */
export function filesOf(table: string, { from, to }: Span, days: number): string[] {
  const below = DAILY.includes(table) ? 'part-0.parquet' : '*/part-0.parquet'
  const end = Math.min(Date.parse(to), Date.parse(FIRST_DAY) + (days - 1) * DAY_MS)
  const count = Math.round((end - Date.parse(from)) / DAY_MS) + 1
  return Array.from({ length: count }, (_, i) => `${table}/utc_date=${dayAfter(from, i)}/${below}`)
}

/** What an answer says, however its times are spelled and its columns are called. @param csv with a line of names */
export function essenceOf(csv: string): string {
  const rows = csv.trim().split(/\r?\n/).slice(1)
  return rows.map(row => row.split(',').map(toInstant).join()).join('\n')
}

/** `2023-06-05T00:00-03:00`, `2023-06-05 03:00:00` and others as one; what is no instant as it is. */
function toInstant(cell: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::\d\d(?:\.0+)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(cell)
  if (parts === null) return cell
  const [, date, time, zone = 'Z'] = parts
  const hours = zone === 'Z' ? 0 : Number(zone.slice(0, 3))
  return new Date(Date.parse(`${date}T${time}Z`) - hours * 3_600_000).toISOString()
}
