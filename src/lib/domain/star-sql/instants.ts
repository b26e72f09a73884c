/**
 * Instants as SQL: the texts that `parseInstantMs` reads, and no others, → milliseconds; and back to a text.
 *
 * No engine's own cast will do: DuckDB takes `2024-1-1` and Spark `2024`, and neither knows v1.1's form. A text is brought
 * into the one form that both read alike, after a pattern has made sure of its shape; only the calendar is left to them.
 */
import { MAX_INSTANT_MS, MIN_INSTANT_MS } from '../instant.ts'
import { instant } from '../layer1.ts'
import type { SqlDialect } from '../question/sql-dialect.ts'

const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}'
const CLOCK = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
/** as X writes it today */
const PLAIN = `${DATE}T${CLOCK}[.][0-9]{3}Z`
const RFC3339 = `${DATE}[Tt ]${CLOCK}([.][0-9]+)?([Zz]|[+-][0-9]{2}:?[0-9]{2})`
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const V1_1 = `[A-Z][a-z]{2} (${MONTHS.join('|')}) [0-9]{2} ${CLOCK} [+-][0-9]{4} [0-9]{4}`
/** a month's number stands behind its name: `Jan01Feb02…` */
const MONTH_NUMBERS = MONTHS.map((month, i) => month + String(i + 1).padStart(2, '0')).join('')

/**
 * The wall clock that a text shows, as `2024-01-01T10:00:00.000Z` whatever its offset is; NULL for a text in neither form. The
 * day may be one that the calendar has not.
 */
export function toWallText(text: string, { matches }: SqlDialect): string {
  const fraction = `rpad(substr(regexp_extract(${text}, '[.]([0-9]+)', 1), 1, 3), 3, '0')`
  const month = `substr('${MONTH_NUMBERS}', instr('${MONTH_NUMBERS}', substr(${text}, 5, 3)) + 3, 2)`
  const date = `substr(${text}, 27, 4) || '-' || ${month} || '-' || substr(${text}, 9, 2)`
  return `CASE
    WHEN ${matches(text, PLAIN)} THEN ${text}
    WHEN ${matches(text, RFC3339)} THEN
      substr(${text}, 1, 10) || 'T' || substr(${text}, 12, 8) || '.' || ${fraction} || 'Z'
    WHEN ${matches(text, V1_1)} THEN ${date} || 'T' || substr(${text}, 12, 8) || '.000Z'
  END`
}

/**
 * Milliseconds since 1970-01-01T00:00Z; NULL for a day that the calendar has not.
 * @param wallText column with `toWallText` of the text
 */
export function instantTextToMs(text: string, wallText: string, { msOf, typeName }: SqlDialect): string {
  // sign, hours and minutes; the colon is out
  const offset = `CASE WHEN substr(${text}, 1, 1) > '9' THEN substr(${text}, 21, 5) ELSE right(replace(${text}, ':', ''), 5) END`
  const digits = (at: number) => `CAST(substr(${offset}, ${at}, 2) AS BIGINT)`
  return `${msOf(`TRY_CAST(${wallText} AS ${typeName(instant())})`)} - CASE
    WHEN ${wallText} IS NULL OR right(${text}, 1) IN ('Z', 'z') THEN 0
    WHEN substr(${offset}, 1, 1) = '-' THEN -60000 * (60 * ${digits(2)} + ${digits(4)})
    ELSE 60000 * (60 * ${digits(2)} + ${digits(4)})
  END`
}

/** NULL for milliseconds that are no instant of X's. */
export function inRange(ms: string): string {
  return `CASE WHEN ${ms} BETWEEN ${MIN_INSTANT_MS} AND ${MAX_INSTANT_MS} THEN ${ms} END`
}

/** `2024-01-01T10:00:00.000Z` */
export function msToText(ms: string): string {
  const part = (unitMs: number, units: number, digits: number) =>
    `lpad(CAST(CAST(FLOOR(${ms} / ${unitMs}) AS BIGINT) % ${units} AS STRING), ${digits}, '0')`
  const date = `CAST(${msToDate(ms)} AS STRING)`
  const clock = `${part(3_600_000, 24, 2)} || ':' || ${part(60_000, 60, 2)} || ':' || ${part(1000, 60, 2)}`
  return `${date} || 'T' || ${clock} || '.' || ${part(1, 1000, 3)} || 'Z'`
}

/** The date of milliseconds since 1970-01-01T00:00, on whatever clock. */
export function msToDate(ms: string): string {
  return `(DATE '1970-01-01' + CAST(FLOOR(${ms} / 86400000) AS INT))`
}
