/**
 * What is handed to star-sql: layer1 as one view, and two small relations of what engines cannot do alike.
 *
 * - Folding: Spark has no Unicode normalisation, DuckDB's is NFC, and neither has a full case fold. `tag_folds` holds each
 *   spelling with its tag; only those that are not ASCII, for which both have `lower`.
 * - Time zones: each engine has a data base of zones of its own, and none tells when a local hour began. `local_hours`
 *   holds each stretch of instants in which the wall clock runs unbroken through one local hour, one or two a UTC hour.
 */
import { Field, Schema, type Table, Type, Utf8 } from 'apache-arrow'
import { columnsToTable, stringsToColumn } from '../columns/columns.ts'
import { HOUR_MS, type Hour, hourStartMs } from '../hour.ts'
import { LAYER1 } from '../layer1.ts'
import type { SqlDialect } from '../question/sql-dialect.ts'
import { foldTag } from '../tag.ts'
import { createWallClock, type WallClock } from '../time-zone.ts'

const MINUTE_MS = 60_000

/**
 * The view `layer1`: the columns of LAYER1 and the partition of each row, `utc_date` (DATE) and `utc_hour` (INT), as any
 * engine has them that reads the folders' names. This one is made from exact files and has no other rows.
 * @param locations of files of layer1, as the engine opens them; [] for none
 */
export function createLayer1Sql(locations: readonly string[], dialect: SqlDialect): string {
  if (locations.length === 0) return createView('layer1', selectNoRows(dialect))
  const columns = [...LAYER1.names, 'utc_date', 'utc_hour'].join(', ')
  return createView('layer1', `SELECT ${columns} FROM ${dialect.partitionedFilesToTable(locations)}`)
}

/** Columns that Parquet has statistics of: where none is null a file need not be read. */
const ALWAYS_THERE = LAYER1.fields.filter(({ nullable, type }) => !nullable && type.typeId !== Type.List)

/** One of the files of `layer1` that cannot be one of twdw's, as Spark names it; a row at the most. */
export const SELECT_FOREIGN_FILE = `SELECT input_file_name() AS location
FROM layer1
WHERE ${ALWAYS_THERE.map(({ name }) => `${name} IS NULL`).join(' OR ')}
LIMIT 1`

function selectNoRows(dialect: SqlDialect): string {
  const nulls = LAYER1.fields.map(({ name, type }) => `CAST(NULL AS ${dialect.typeName(type)}) AS ${name}`)
  return `SELECT ${nulls.join(', ')}, CAST(NULL AS DATE) AS utc_date, CAST(NULL AS INT) AS utc_hour\nWHERE 1 = 0`
}

/**
 * The view `local_hours`: instants from `from_ms` to before `to_ms`, what their wall clock is ahead of UTC, and when
 * the local hour began, all in milliseconds (since 1970-01-01T00:00Z).
 * @param hours    all hours of layer1, n >= 1
 * @param timeZone a name that `parseTimeZone` accepts
 */
export function createLocalHoursSql(hours: readonly Hour[], timeZone: string): string {
  const clock = createWallClock(timeZone)
  const rows = hours.flatMap(hour => stretchesOf(hour, clock))
  const columns = ['hour_ms', 'from_ms', 'to_ms', 'offset_ms', 'hour_start_ms']
  const select = `SELECT ${columns.map(name => `CAST(${name} AS BIGINT) AS ${name}`).join(', ')}
FROM (VALUES
${rows.map(row => `  (${row.join(', ')})`).join(',\n')}
) AS stretches(${columns.join(', ')})`
  return createView('local_hours', select)
}

/** Rows of `local_hours`. A clock is changed at the beginning of a minute, so these are looked at one by one. */
function stretchesOf(hour: Hour, { offsetMs, hourStartMs: localStartMs }: WallClock): number[][] {
  const hourMs = hourStartMs(hour)
  const stretches: { fromMs: number; offset: number; startMs: number }[] = []
  for (let ms = hourMs; ms < hourMs + HOUR_MS; ms += MINUTE_MS) {
    const [offset, startMs] = [offsetMs(ms), localStartMs(ms)]
    const last = stretches.at(-1)
    if (last?.offset !== offset || last.startMs !== startMs) stretches.push({ fromMs: ms, offset, startMs })
  }
  const toMs = (i: number) => stretches[i + 1]?.fromMs ?? hourMs + HOUR_MS
  return stretches.map(({ fromMs, offset, startMs }, i) => [hourMs, fromMs, toMs(i), offset, startMs])
}

/** Is a text of ASCII alone? Both engines lower such a text as `foldTag` does. */
export const isAscii = (text: string) => `bit_length(${text}) = 8 * length(${text})`

/** The spellings in layer1 that `tag_folds` must have: one column, `spelling`, in no order. */
export function selectSpellings(dialect: SqlDialect): string {
  return `SELECT DISTINCT item AS spelling
FROM (
${dialect.selectItems('hashtags', 'layer1', ['utc_hour'])}
) spelled
WHERE NOT ${isAscii('item')}`
}

const TAG_FOLDS = new Schema([new Field('spelling', new Utf8(), false), new Field('tag', new Utf8(), false)])

/** The relation `tag_folds`. @param spellings as `selectSpellings` finds them, each once */
export function tagFoldsTable(spellings: readonly string[]): Table {
  return columnsToTable(TAG_FOLDS, spellings.length, {
    spelling: stringsToColumn(spellings),
    tag: stringsToColumn(spellings.map(foldTag)),
  })
}

/** The view `tag_folds`. @param location of a Parquet file of `tagFoldsTable`, as the engine opens it */
export function createTagFoldsSql(location: string, dialect: SqlDialect): string {
  return createView('tag_folds', `SELECT spelling, tag FROM ${dialect.filesToTable([location])}`)
}

export function createView(name: string, select: string): string {
  return `CREATE OR REPLACE TEMPORARY VIEW ${name} AS\n${select};\n`
}
