/**
 * What SQL engines do not agree on, in one place.
 *
 * Everything else that twdw writes in SQL is the subset that DuckDB and Spark share. What that rules out is not
 * obvious: `'\'` is an escape in Spark and a character in DuckDB, `TIMESTAMP '…Z'` drops the zone in DuckDB and
 * keeps it in Spark, and the two count weekdays from different days. A comparison of an instant with the plain
 * text `'2019-02-17T02:00:00Z'` means the same in both.
 */
import { Bool, type DataType, DateDay, Float64, Int, List, Timestamp, Utf8 } from 'apache-arrow'

/** The words in which one engine differs. Arguments and results are expressions, unless it says otherwise. */
export interface SqlDialect {
  /** as `--ddl` and `--engine` name it */
  name: 'duckdb' | 'spark'
  /** A table expression over Parquet files that are there, at least one. */
  filesToTable(locations: readonly string[]): string
  /** The same, with `utc_date` (DATE) and `utc_hour` (INT) beside, which the names of the files' folders say. */
  partitionedFilesToTable(locations: readonly string[]): string
  /** The type that a Parquet column of this Arrow type has in the engine. */
  typeName(type: DataType): string
  /** ISO weekday of a date, an INT: 1 = Monday to 7 = Sunday. */
  weekdayOf(date: string): string
  /** Statements after which rows have a name and are in memory, so that they are made once. Each ends in `;` and a line end. */
  keepRows(name: string, select: string): string
  /** Is the whole text as the pattern says? @param pattern without anchors and `\`: what RE2 and Java read alike */
  matches(text: string, pattern: string): string
  /** The instant of a BIGINT of milliseconds since 1970-01-01T00:00Z. */
  instantOf(ms: string): string
  /** The way back. */
  msOf(instant: string): string
  /** The wall clock, a timestamp without a zone, of a BIGINT of milliseconds since its 1970-01-01T00:00. */
  wallClockOf(ms: string): string
  /** Days from 1970-01-01 to a date, a BIGINT. */
  dayNumberOf(date: string): string
  lengthOf(list: string): string
  /** NULL for a list without items. */
  firstOf(list: string): string
  /** @param item names an item in `expression` */
  mapList(list: string, item: string, expression: string): string
  /** @param item names an item in `condition` */
  filterList(list: string, item: string, condition: string): string
  /**
   * A SELECT: a row for each item of the lists, with columns of the list's row beside `item` and `place`, which counts
   * from 1 or from 0. @param from a table or view
   */
  selectItems(list: string, from: string, columns: readonly string[]): string
}

/** @param options more of them */
function readParquet(locations: readonly string[], options = ''): string {
  const list = locations.map(location => `  ${sqlText(location)}`).join(',\n')
  // A name that a file has is never taken for a pattern. Folders above the lake may have names of columns, and those of
  // layer2 would shadow utc_hour.
  return `read_parquet([\n${list}\n], hive_partitioning = false${options})`
}

/** @param path of a file of layer1 */
function partitionOf(path: string): string {
  const pattern = "'/utc_date=([0-9]{4}-[0-9]{2}-[0-9]{2})/utc_hour=([0-9]{2})/[^/]*$'"
  const part = (group: number) => `regexp_extract(${path}, ${pattern}, ${group})`
  return `CAST(${part(1)} AS DATE) AS utc_date, CAST(${part(2)} AS INT) AS utc_hour`
}

export const DUCKDB: SqlDialect = {
  name: 'duckdb',
  filesToTable: locations => readParquet(locations),
  partitionedFilesToTable: locations =>
    `(SELECT *, ${partitionOf('filename')} FROM ${readParquet(locations, ', filename = true')}) files`,
  typeName: duckdbType,
  weekdayOf: date => `CAST(isodow(${date}) AS INT)`,
  keepRows: (name, select) => `CREATE OR REPLACE TEMPORARY TABLE ${name} AS\n${select};\n`,
  matches: (text, pattern) => `regexp_full_match(${text}, '${pattern}')`,
  instantOf: ms => `make_timestamptz(${ms} * 1000)`,
  msOf: instant => `epoch_ms(${instant})`,
  wallClockOf: ms => `make_timestamp(${ms} * 1000)`,
  dayNumberOf: date => `(${date} - DATE '1970-01-01')`,
  lengthOf: list => `len(${list})`,
  firstOf: list => `${list}[1]`,
  mapList: (list, item, expression) => `list_transform(${list}, lambda ${item}: ${expression})`,
  filterList: (list, item, condition) => `list_filter(${list}, lambda ${item}: ${condition})`,
  selectItems: (list, from, columns) =>
    `SELECT ${columns.join(', ')}, unnest(${list}) AS item, generate_subscripts(${list}, 1) AS place\nFROM ${from}`,
}

function sparkFiles(columns: string, locations: readonly string[]): string {
  // Spark takes a path for a pattern
  const named = locations.map(location => location.replaceAll(/[\\{}[\]*?]/g, '\\$&').replaceAll('`', '``'))
  const selects = named.map(location => `  SELECT ${columns} FROM parquet.\`${location}\``)
  return `(\n${selects.join('\n  UNION ALL\n')}\n) files`
}

/** Spark SQL from 4.0 on, with ANSI mode as it is by default. */
export const SPARK: SqlDialect = {
  name: 'spark',
  filesToTable: locations => sparkFiles('*', locations),
  partitionedFilesToTable: locations => sparkFiles(`*, ${partitionOf('_metadata.file_path')}`, locations),
  typeName: sparkType,
  weekdayOf: date => `(weekday(${date}) + 1)`,
  keepRows: (name, select) => `CREATE OR REPLACE TEMPORARY VIEW ${name} AS\n${select};\nCACHE TABLE ${name};\n`,
  // `$` would also take a text with a line end behind it
  matches: (text, pattern) => `regexp_like(${text}, r'\\A(?:${pattern})\\z')`,
  instantOf: ms => `timestamp_millis(${ms})`,
  msOf: instant => `unix_millis(${instant})`,
  wallClockOf: ms => `(TIMESTAMP_NTZ '1970-01-01 00:00:00' + ${ms} * INTERVAL '0.001' SECOND)`,
  dayNumberOf: date => `CAST(unix_date(${date}) AS BIGINT)`,
  lengthOf: list => `size(${list})`,
  firstOf: list => `get(${list}, 0)`,
  mapList: (list, item, expression) => `transform(${list}, ${item} -> ${expression})`,
  filterList: (list, item, condition) => `filter(${list}, ${item} -> ${condition})`,
  selectItems: (list, from, columns) =>
    `SELECT ${columns.join(', ')}, item, place\nFROM ${from} LATERAL VIEW posexplode(${list}) items AS place, item`,
}

/** The engines for which the views of a lake can be had. */
export const DIALECTS: Record<SqlDialect['name'], SqlDialect> = { duckdb: DUCKDB, spark: SPARK }

function sparkType(type: DataType): string {
  if (type instanceof Timestamp) return type.timezone ? 'TIMESTAMP' : 'TIMESTAMP_NTZ'
  return type instanceof List ? `ARRAY<${sparkType(type.valueType)}>` : duckdbType(type)
}

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
