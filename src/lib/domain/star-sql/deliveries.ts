/**
 * Deliveries as SQL: of several rows about one thing the newest, by the very order of `createIsNewer`.
 *
 * Sorting whole rows is dear, and captures of one millisecond are rare. So the newest capture of each thing is found
 * over three numbers, and only rows that these do not tell apart are compared column by column.
 */
import { WITHOUT_RAW } from './casts.ts'

/** Things of which rows of layer1 tell. */
export interface Thing {
  /** column of `star_rows` that names it */
  key: string
  /** which good rows describe it, as a condition over `star_rows`; undefined: all of them */
  isDescribed: string | undefined
  /** relation of `selectNewestCaptures` */
  captures: string
}

/** Rows of one capture and one id differ in these, first difference first; the greater value is the newer one. */
const OTHERS = WITHOUT_RAW.filter(name => name !== 'captured_at')

/**
 * A SELECT: for each thing of each hour its newest capture, and `deliveries`, how many rows share it: one row, save where
 * several came in one millisecond. Rows with a fault tell of nothing.
 */
export function selectNewestCaptures({ key, isDescribed }: Thing): string {
  return `SELECT hour_ms, thing, captured_ms, capture_id, deliveries, first_captured_ms
FROM (
  SELECT hour_ms, thing, captured_ms, capture_id, deliveries,
    row_number() OVER (PARTITION BY hour_ms, thing ORDER BY captured_ms DESC, capture_id DESC) AS nth,
    MIN(captured_ms) OVER (PARTITION BY hour_ms, thing) AS first_captured_ms
  FROM (
    SELECT hour_ms, ${key} AS thing, captured_ms, id AS capture_id, COUNT(*) AS deliveries
    FROM star_rows
    WHERE ${isGood(isDescribed)}
    GROUP BY hour_ms, ${key}, captured_ms, id
  ) captures
) ranked
WHERE nth = 1`
}

/**
 * A SELECT: what is wanted of the newest row of each thing of each hour.
 * @param columns name → expression over `r`, a row of `star_rows`, and `n`, its capture
 */
export function selectNewest({ key, isDescribed, captures }: Thing, columns: Readonly<Record<string, string>>): string {
  const names = Object.keys(columns).join(', ')
  const wanted = Object.entries(columns)
    .map(([name, from]) => `${from} AS ${name}`)
    .join(', ')
  const described = (isWanted: string) => `FROM (SELECT * FROM star_rows WHERE ${isWanted}) r JOIN ${captures} n
  ON r.hour_ms = n.hour_ms AND r.${key} = n.thing AND r.captured_ms = n.captured_ms AND r.id = n.capture_id`
  const good = isGood(isDescribed)
  // where none is alike, which is the rule, the rows are not sent to where they would be compared
  const someAlike = `EXISTS (SELECT 1 FROM ${captures} WHERE deliveries > 1)`
  return `SELECT ${wanted}
${described(good)}
WHERE n.deliveries = 1
UNION ALL
SELECT ${names}
FROM (
SELECT ${wanted}, row_number() OVER (
    PARTITION BY r.hour_ms, r.${key} ORDER BY ${OTHERS.map(name => `r.${name} DESC NULLS LAST`).join(', ')}
  ) AS nth
${described(`${good} AND ${someAlike}`)}
WHERE n.deliveries > 1
) alike
WHERE nth = 1`
}

function isGood(isDescribed: string | undefined): string {
  return isDescribed === undefined ? 'fault IS NULL' : `fault IS NULL AND ${isDescribed}`
}
