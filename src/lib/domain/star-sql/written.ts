/**
 * The star as Spark writes it: files like our own, an hour's or a day's rows in one of them, in their order.
 *
 * A column of LAYER2 that is never null is never null in the files either: Spark takes a column for such a one where an expression
 * has a literal to fall back on. It never does: a missing value is an error before that, which is how the check of the keys is
 * kept while they are written. Spark alone writes, so the words are Spark's.
 */
import { type DataType, type Field, Timestamp } from 'apache-arrow'
import { HOUR_MS, type Hour, hourStartMs } from '../hour.ts'
import { LAYER2, type StarTable } from '../layer2.ts'
import type { DailyTable, HourlyTable } from '../paths.ts'
import { SPARK } from '../question/sql-dialect.ts'

const DAY_MS = 24 * HOUR_MS
/** How `LAYER2` compares: a value that is missing is less than any other. */
const ASCENDING = 'NULLS FIRST'

/** The column by which files of a table are told apart: milliseconds since 1970-01-01T00:00Z. */
export const PARTITIONED_BY = { hourly: 'hour_ms', daily: 'day_ms' } as const

/** A SELECT of all rows of a table, over the steps of `createStarSql`: the columns of its files, and `hour_ms` in front. */
export function selectHourlyFiles(table: HourlyTable): string {
  return selectFiles(table, PARTITIONED_BY.hourly, `star_${table}`)
}

/**
 * The same of a table with a file a day, and `day_ms` in front.
 * @param hours   of the star
 * @param carried relation of the days' files as the lake has them, of which the rows of other hours are kept; undefined: there are none
 */
export function selectDailyFiles(table: DailyTable, hours: readonly Hour[], carried: string | undefined): string {
  const columns = LAYER2[table].schema.names.join(', ')
  const made = `SELECT hour_ms - hour_ms % ${DAY_MS} AS day_ms, ${columns} FROM star_${table}`
  if (carried === undefined) return selectFiles(table, PARTITIONED_BY.daily, `(\n${made}\n) days`)
  const hourMs = SPARK.msOf('utc_hour')
  const kept = `SELECT ${hourMs} - ${hourMs} % ${DAY_MS} AS day_ms, ${columns} FROM ${carried}
WHERE ${hourMs} NOT IN (${hours.map(hourStartMs).join(', ')})`
  return selectFiles(table, PARTITIONED_BY.daily, `(\n${made}\nUNION ALL\n${kept}\n) days`)
}

function selectFiles(table: StarTable, partition: string, from: string): string {
  const { schema, sortedBy } = LAYER2[table]
  const columns = schema.fields.map(field => (field.nullable ? field.name : neverNull(table, field)))
  const order = sortedBy.map(name => `${name} ${ASCENDING}`)
  // one task has all rows of a file, and writes one file after the other
  return `SELECT ${[partition, ...columns].join(',\n  ')}
FROM ${from}
DISTRIBUTE BY ${partition}
SORT BY ${[partition, ...order].join(', ')}`
}

function neverNull(table: StarTable, { name, type }: Field): string {
  const typeName = SPARK.typeName(type)
  return `coalesce(${name}, CAST(raise_error('${name} of ${table} is null') AS ${typeName}), ${someValue(type, typeName)}) AS ${name}`
}

/** Any literal of the type. */
function someValue(type: DataType, typeName: string): string {
  if (type instanceof Timestamp) return `${typeName} '1970-01-01 00:00:00${type.timezone ? 'Z' : ''}'`
  if (typeName === 'DATE') return "DATE '1970-01-01'"
  if (typeName === 'BOOLEAN') return 'false'
  return typeName === 'STRING' ? "''" : `CAST(0 AS ${typeName})`
}

/** The columns of a table's files and the one of their folders, in Spark's words. */
export function writtenColumns(table: StarTable, partition: string): string {
  const columns = LAYER2[table].schema.fields.map(({ name, type }) => `${name} ${SPARK.typeName(type)}`)
  return [...columns, `${partition} BIGINT`].join(', ')
}

/**
 * How Parquet lies in those files, as our own do: dictionaries where values repeat, groups of as many rows (before Spark 4.3 as many
 * bytes as Hadoop's writer likes). The names are those of Spark and of that writer.
 */
export function writtenSettings(table: StarTable): Record<string, string> {
  const { repeating, groupRows = MAX_GROUP_ROWS } = LAYER2[table]
  return {
    compression: 'zstd',
    'parquet.compression.codec.zstd.level': '1',
    'parquet.block.row.count.limit': String(groupRows),
    // whatever the cluster is set to: an hour has one file
    maxRecordsPerFile: '0',
    'parquet.enable.dictionary': 'false',
    ...Object.fromEntries(repeating.map(name => [`parquet.enable.dictionary#${name}`, 'true'])),
  }
}

/** Rows of a row group where a table does not say. */
const MAX_GROUP_ROWS = 131_072
