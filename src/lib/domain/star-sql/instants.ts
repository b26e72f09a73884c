/**
 * Instants as SQL: the texts that `parseInstantMs` reads, and no others, → milliseconds; and back to a text.
 *
 * No engine's own cast will do: DuckDB takes `2024-1-1` and Spark `2024`, and neither knows v1.1's form. The date alone
 * is cast, after a pattern has made sure of its shape: both engines know the same calendar.
 */
import { MAX_INSTANT_MS, MIN_INSTANT_MS } from '../instant.ts'
import type { SqlDialect } from '../question/sql-dialect.ts'

const CLOCK = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
const RFC3339 = `[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]${CLOCK}([.][0-9]+)?([Zz]|[+-][0-9]{2}:?[0-9]{2})`
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const V1_1 = `[A-Z][a-z]{2} (${MONTHS.join('|')}) [0-9]{2} ${CLOCK} [+-][0-9]{4} [0-9]{4}`
/** a month's number stands behind its name: `Jan01Feb02…` */
const MONTH_NUMBERS = MONTHS.map((month, i) => month + String(i + 1).padStart(2, '0')).join('')

/** A text in either form as RFC 3339, not yet known to name a day that there is; NULL for any other text. */
export function toRfc3339(text: string, { matches }: SqlDialect): string {
  const month = `substr('${MONTH_NUMBERS}', instr('${MONTH_NUMBERS}', substr(${text}, 5, 3)) + 3, 2)`
  const date = `substr(${text}, 27, 4) || '-' || ${month} || '-' || substr(${text}, 9, 2)`
  return `CASE
      WHEN ${matches(text, RFC3339)} THEN ${text}
      WHEN ${matches(text, V1_1)} THEN ${date} || 'T' || substr(${text}, 12, 8) || substr(${text}, 21, 5)
    END`
}

/** Milliseconds since 1970-01-01T00:00Z; NULL for a day that the calendar has not. @param text of `toRfc3339` */
export function rfc3339ToMs(text: string, { dayNumberOf }: SqlDialect): string {
  const number = (from: string) => `CAST(${from} AS BIGINT)`
  const digits = (at: number) => number(`substr(${text}, ${at}, 2)`)
  const fraction = `rpad(substr(regexp_extract(${text}, '[.]([0-9]+)', 1), 1, 3), 3, '0')`
  // the last five characters are sign, hours and minutes once the colons are out
  const offset = (from: number, length: number) => `substr(right(replace(${text}, ':', ''), 5), ${from}, ${length})`
  return `${dayNumberOf(`TRY_CAST(substr(${text}, 1, 10) AS DATE)`)} * 86400000
      + ${digits(12)} * 3600000 + ${digits(15)} * 60000 + ${digits(18)} * 1000
      + CASE WHEN substr(${text}, 20, 1) = '.' THEN ${number(fraction)} ELSE 0 END
      - CASE
          WHEN right(${text}, 1) IN ('Z', 'z') THEN 0
          ELSE CASE WHEN ${offset(1, 1)} = '-' THEN -60000 ELSE 60000 END
            * (${number(offset(2, 2))} * 60 + ${number(offset(4, 2))})
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
