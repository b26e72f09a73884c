/**
 * Deliveries as SQL: of several rows about one thing the newest, by the very order of `createIsNewer`.
 *
 * Sorting whole rows is dear, and captures of one millisecond are rare. So the newest capture of each thing is found
 * over three numbers, and only rows that these do not tell apart are compared column by column.
 */
import { WITHOUT_RAW } from './casts.ts'

/** Things of which rows tell, and what is wanted of them. */
export interface Newest {
  /** column of `star_rows` that names the thing */
  key: string
  /** which good rows describe their thing; undefined: all of them */
  isDescribed: string | undefined
  /** name → what is wanted of the newest row: over `r`, a row of `star_rows`, and `n`, which has `first_captured_ms` */
  columns: Readonly<Record<string, string>>
}

/** Rows of one capture and one id differ in these, first difference first; the greater value is the newer one. */
const OTHERS = WITHOUT_RAW.filter(name => name !== 'captured_at')

/** A SELECT: the columns of the newest row of each thing of each hour; rows with a fault tell of nothing. */
export function selectNewest({ key, isDescribed, columns }: Newest): string {
  const good = ['fault IS NULL', ...(isDescribed === undefined ? [] : [isDescribed])].join(' AND ')
  const names = Object.keys(columns).join(', ')
  const wanted = Object.entries(columns)
    .map(([name, from]) => `${from} AS ${name}`)
    .join(', ')
  return `WITH good AS (
  SELECT * FROM star_rows WHERE ${good}
), captures AS (
  SELECT hour_ms, ${key} AS thing, captured_ms, id AS capture_id, COUNT(*) AS deliveries
  FROM good
  GROUP BY hour_ms, ${key}, captured_ms, id
), newest AS (
  SELECT captures.*,
    row_number() OVER (PARTITION BY hour_ms, thing ORDER BY captured_ms DESC, capture_id DESC) AS nth,
    MIN(captured_ms) OVER (PARTITION BY hour_ms, thing) AS first_captured_ms
  FROM captures
), told_apart AS (
  SELECT ${wanted}
  FROM good r JOIN newest n ON ${SAME_CAPTURE(key)}
  WHERE n.nth = 1 AND n.deliveries = 1
), alike AS (
  SELECT ${wanted}, row_number() OVER (
    PARTITION BY r.hour_ms, r.${key} ORDER BY ${OTHERS.map(name => `r.${name} DESC NULLS LAST`).join(', ')}
  ) AS nth_alike
  FROM good r JOIN newest n ON ${SAME_CAPTURE(key)}
  WHERE n.nth = 1 AND n.deliveries > 1
)
SELECT ${names} FROM told_apart
UNION ALL
SELECT ${names} FROM alike WHERE nth_alike = 1`
}

const SAME_CAPTURE = (key: string) =>
  `r.hour_ms = n.hour_ms AND r.${key} = n.thing AND r.captured_ms = n.captured_ms AND r.id = n.capture_id`
