/**
 * star-sql as one script for a whole process of DuckDB: `bun bench/peers/duckdb_star_sql.ts LAKE TARGET [HOUR…]` prints it, for
 * `duckdb_star.py` beside it. Without an HOUR it is about all hours of LAKE.
 *
 * TARGET, which is emptied, gets the folders of layer2. The tags that SQL cannot fold are folded here beforehand: a favour to
 * DuckDB that takes none of its time.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Hour, parseHour } from '../../src/lib/domain/hour.ts'
import { parseLakeSettings } from '../../src/lib/domain/lake-settings.ts'
import { LAYER2, type StarTable } from '../../src/lib/domain/layer2.ts'
import { inputsByHour } from '../../src/lib/domain/manifest.ts'
import {
  DAILY_TABLES,
  dailyPath,
  HOURLY_TABLES,
  hourlyPath,
  LAKE_FILE,
  LAYER1_TWEETS,
  rejectedByHourPath,
  tableFolder,
} from '../../src/lib/domain/paths.ts'
import { DUCKDB, sqlText } from '../../src/lib/domain/question/sql-dialect.ts'
import {
  createLayer1Sql,
  createLocalHoursSql,
  createTagFoldsSql,
  selectSpellings,
  tagFoldsTable,
} from '../../src/lib/domain/star-sql/given.ts'
import { createStarSql, selectRejected, selectStarTable } from '../../src/lib/domain/star-sql/star-sql.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import { openDuckDb } from '../../src/lib/io/duckdb/engine.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { tableToParquet } from '../../src/lib/io/parquet.ts'

/** What the script reads and where it writes. */
export interface StarJob {
  hours: readonly Hour[]
  /** absolute paths of the hours' files of layer1 */
  files: readonly string[]
  timeZone: string
  /** absolute path of the Parquet file of `tagFoldsTable` */
  folds: string
  /** absolute path of the folder into which layer2 goes */
  target: string
}

/** Look the lake over and make TARGET ready. @param hours undefined for all that the lake has */
export async function prepareStarJob(lakeFolder: string, target: string, wanted?: readonly Hour[]): Promise<StarJob> {
  const lake = openLocalLake(resolve(lakeFolder), { holder: 'a benchmark', clock: systemClock })
  const settings = new TextDecoder().decode(await lake.read(LAKE_FILE))
  const { timeZone } = parseLakeSettings(settings, lake.url)
  const inputs = inputsByHour(await lake.list(LAYER1_TWEETS))
  const hours = wanted ?? [...inputs.keys()]
  const files = hours.flatMap(hour => (inputs.get(hour) ?? []).map(({ path }) => lake.locate(path)))
  const job = { hours, files, timeZone, target: resolve(target), folds: join(resolve(target), 'tag-folds.parquet') }
  if (existsSync(join(job.target, LAKE_FILE))) throw new Error(`${job.target} is a lake, and would be emptied`)
  rmSync(job.target, { recursive: true, force: true })
  for (const path of copiesOf(job).map(({ path }) => path)) mkdirSync(dirname(path), { recursive: true })
  const engine = await openDuckDb({ timeZone, threads: 2, readable: [lake.url], env: {}, warn: console.error })
  const spellings = await engine.query(`${createLayer1Sql(files, DUCKDB)}${selectSpellings(DUCKDB)}`)
  await engine.close()
  const folds = tagFoldsTable([...(spellings.getChild('spelling') ?? [])])
  await Bun.write(job.folds, await tableToParquet(folds, { repeating: [] }))
  return job
}

/** All statements, each ending in `;` and a line end: Parquet by zstd level 1 as twdw has it, sorted as LAYER2 says. */
export function starScript(job: StarJob): string {
  return [
    `SET TimeZone = '${job.timeZone}';\n`,
    createLayer1Sql(job.files, DUCKDB),
    createTagFoldsSql(job.folds, DUCKDB),
    createLocalHoursSql(job.hours, job.timeZone),
    createStarSql(DUCKDB),
    ...copiesOf(job).map(
      ({ select, path, partition }) =>
        `COPY (\n${select}\n) TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1${partition});\n`,
    ),
  ].join('')
}

/** A table that is written. */
interface Copy {
  select: string
  path: string
  /** more options of COPY */
  partition: string
}

/** One hour is files at the paths that twdw gives them; several are partitioned by DuckDB as it likes to. */
function copiesOf({ hours, target }: StarJob): Copy[] {
  const [hour, ...others] = hours
  if (hour === undefined || others.length > 0) {
    return [
      ...HOURLY_TABLES.map(table => partitionedCopy(table, target, ['utc_date', 'utc_hour'])),
      ...DAILY_TABLES.map(table => partitionedCopy(table, target, ['utc_date'])),
      { select: rejectedRows(undefined), path: join(target, 'layer1/rejected/consolidate.parquet'), partition: '' },
    ]
  }
  return [
    ...HOURLY_TABLES.map(table => ({ table, path: hourlyPath(table, hour) })),
    ...DAILY_TABLES.map(table => ({ table, path: dailyPath(table, hour.slice(0, 10)) })),
  ]
    .map(({ table, path }) => ({ select: selectStarTable(table, hour), path: join(target, path), partition: '' }))
    .concat({ select: rejectedRows(hour), path: join(target, rejectedByHourPath(hour)), partition: '' })
}

function partitionedCopy(table: StarTable, target: string, by: readonly string[]): Copy {
  const start = `make_timestamp(hour_ms * 1000)`
  const folders = { utc_date: `strftime(${start}, '%Y-%m-%d')`, utc_hour: `strftime(${start}, '%H')` }
  const keys = by.map(name => `${folders[name as keyof typeof folders]} AS ${name}`)
  return {
    select: `SELECT ${[...LAYER2[table].schema.names, ...keys].join(', ')} FROM (\n${selectStarTable(table)}\n) all_hours`,
    path: join(target, tableFolder(table)),
    partition: `, PARTITION_BY (${by.join(', ')}), FILENAME_PATTERN 'part-{i}'`,
  }
}

function rejectedRows(hour: Hour | undefined): string {
  const reason = `rule || ': "' || left(value, 80) || '"'`
  return `SELECT line, CAST(NULL AS STRING) AS line_base64, ${reason} AS reason, source, captured_at
FROM (\n${selectRejected(hour)}\n) rejected`
}

if (import.meta.main) {
  const [lake, target, ...hours] = process.argv.slice(2)
  if (lake === undefined || target === undefined)
    throw new Error('usage: bun bench/peers/duckdb_star_sql.ts LAKE TARGET [HOUR…]')
  const job = await prepareStarJob(lake, target, hours.length > 0 ? hours.map(parseHour) : undefined)
  process.stdout.write(starScript(job))
}
