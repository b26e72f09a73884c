/**
 * What SQL engines do not agree on, in one place.
 *
 * Everything else that twdw writes in SQL is the subset that DuckDB and Spark share. What that rules out is not
 * obvious: `'\'` is an escape in Spark and a character in DuckDB, `TIMESTAMP '…Z'` drops the zone in DuckDB and
 * keeps it in Spark, and the two count weekdays from different days. A comparison of an instant with the plain
 * text `'2019-02-17T02:00:00Z'` means the same in both.
 */
import { Bool, type DataType, DateDay, Float64, Int, List, Timestamp, Utf8 } from 'apache-arrow'

/** The words in which one engine differs. */
export interface SqlDialect {
  /** as `--ddl` and `--engine` name it */
  name: 'duckdb'
  /** A table expression over Parquet files that are there, at least one. */
  filesToTable(locations: readonly string[]): string
  /** The type that a Parquet column of this Arrow type has in the engine. */
  typeName(type: DataType): string
  /** ISO weekday of a date, an INT: 1 = Monday to 7 = Sunday. */
  weekdayOf(date: string): string
}

export const DUCKDB: SqlDialect = {
  name: 'duckdb',
  filesToTable(locations) {
    const list = locations.map(location => `  ${sqlText(location)}`).join(',\n')
    // A name that a file has is never taken for a pattern. The folders' names repeat what stands in the columns, and
    // would shadow utc_hour.
    return `read_parquet([\n${list}\n], hive_partitioning = false)`
  },
  typeName: duckdbType,
  weekdayOf: date => `CAST(isodow(${date}) AS INT)`,
}

export const DIALECTS: Record<SqlDialect['name'], SqlDialect> = { duckdb: DUCKDB }

function duckdbType(type: DataType): string {
  if (type instanceof Utf8) return 'STRING'
  if (type instanceof Int) return type.bitWidth === 64 ? 'BIGINT' : 'INT'
  if (type instanceof Bool) return 'BOOLEAN'
  if (type instanceof Float64) return 'DOUBLE'
  if (type instanceof DateDay) return 'DATE'
  if (type instanceof Timestamp) return type.timezone ? 'TIMESTAMPTZ' : 'TIMESTAMP'
  if (type instanceof List) return `${duckdbType(type.valueType)}[]`
  throw new Error(`no table of the lake has a column of the Arrow type ${type}`)
}

/** characters that cannot stand in a literal in both engines: Spark escapes by `\`, DuckDB's parser ends at NUL */
const NOT_IN_LITERAL = /[\\\0]/

/**
 * Any text as a SQL expression of the shared subset, whatever stands in it.
 * @returns a literal, or literals and `chr(n)` joined by `||`
 */
export function sqlText(text: string): string {
  if (!NOT_IN_LITERAL.test(text)) return `'${text.replaceAll("'", "''")}'`
  const parts = text.split(/([\\\0])/).filter(part => part !== '')
  return `(${parts.map(part => (NOT_IN_LITERAL.test(part) ? `chr(${part.codePointAt(0)})` : sqlText(part))).join(' || ')})`
}

/** An instant to compare a timestamp column with. @param ms since 1970-01-01T00:00Z */
export function sqlInstant(ms: number): string {
  return `'${new Date(ms).toISOString().replace('.000Z', 'Z')}'`
}
