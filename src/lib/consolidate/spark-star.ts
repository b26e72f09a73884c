/**
 * The star of many hours made by a Spark: one job, whose files lie beside the lake's tables until they are published.
 *
 * Rows never come here but for those that could not be cast. What is to be published is then counted and checked by Spark, as it lies in
 * the files: a task that wrote half of one is found out.
 */
import type { Table } from 'apache-arrow'
import { type Hour, hourOf, hourStartMs, utcDateOf } from '../domain/hour.ts'
import { LAYER1 } from '../domain/layer1.ts'
import type { StarTable } from '../domain/layer2.ts'
import type { InputFile, Manifest } from '../domain/manifest.ts'
import { DAILY_TABLES, type DailyTable, dailyPath, LAYER1_TWEETS, tableFolder } from '../domain/paths.ts'
import { SPARK } from '../domain/question/sql-dialect.ts'
import { countByRule, type FoundRejected, tableOfRejected } from '../domain/star/rejected.ts'
import {
  createLocalHoursSql,
  createTagFoldsSql,
  createView,
  SELECT_FOREIGN_FILE,
  selectSpellings,
  tagFoldsTable,
} from '../domain/star-sql/given.ts'
import { STAR_TABLES, selectRejected, starSteps } from '../domain/star-sql/star-sql.ts'
import {
  PARTITIONED_BY,
  selectDailyFiles,
  selectHourlyFiles,
  writtenColumns,
  writtenSettings,
} from '../domain/star-sql/written.ts'
import { SELECT_COUNTS, SELECT_WRITTEN_TAGS, selectOffending } from '../domain/star-sql/written-checks.ts'
import { TwdwError } from '../errors.ts'
import type { Lake } from '../io/lake.ts'
import type { SparkEngine } from '../io/spark/engine.ts'
import type { Staging } from '../io/spark/scratch.ts'

/** Some hours that are made together. */
export interface SparkJob {
  /** with their layer1; each has a file at least */
  hours: ReadonlyMap<Hour, readonly InputFile[]>
  timeZone: string
  /** days whose files are there: their rows of other hours are kept */
  carried: ReadonlyMap<DailyTable, readonly string[]>
}

/** One hour of a job. */
export interface StagedHour {
  hour: Hour
  counts: Manifest['counts']
  rejectedBy: Record<string, number>
  /** rows that could not be cast */
  rejected: Table
  /** rows that each table has of the hour */
  rows: Record<StarTable, number>
  /** what the checks found; [] when all is well */
  offending: string[]
}

/** What Spark has written. */
export interface StagedStar {
  /** in their order */
  hours: StagedHour[]
  /** paths in the lake; none where the table has no row of the hour or the day. Keys of both are `2024-01-01T10` and `2024-01-01` */
  files: ReadonlyMap<StarTable, ReadonlyMap<string, string>>
}

export interface SparkStarPorts {
  engine: SparkEngine
  /** as Spark has it */
  lake: Pick<Lake, 'bring'>
  staging: Staging
}

/**
 * Have Spark make and write the star, and look at what it wrote.
 * @throws TwdwError E_LAKE when layer1 cannot be read, staging not be written or Spark is gone, E_INTERRUPTED, E_USAGE with what
 * Spark says of a statement
 */
export async function stageStar(job: SparkJob, ports: SparkStarPorts, signal?: AbortSignal): Promise<StagedStar> {
  const { engine } = ports
  await engine.query(`SET spark.sql.shuffle.partitions = ${partitionsOf(job)}`, signal)
  await engine.query(`SET spark.sql.adaptive.maxShuffledHashJoinLocalMapThreshold = ${HASHED_BYTES}`, signal)
  await giveLayer1(job, ports, signal)
  await makeSteps(ports, signal)
  for (const table of STAR_TABLES) await writeTable(table, job, ports, signal)
  const written = await findWritten(ports, signal)
  return { hours: await lookAtHours(job, written, ports, signal), files: filesOf(written, ports.staging) }
}

/**
 * Steps that several others are over lie in staging: what Spark would keep in memory it keeps until its end, should this process be
 * killed, and a plan over files is short, where Spark thinks for seconds about one over all that they were made of.
 */
async function makeSteps(ports: SparkStarPorts, signal: AbortSignal | undefined): Promise<void> {
  for (const { name, select, isKept } of starSteps(SPARK)) {
    if (isKept) await keepStep(name, select, ports, signal)
    else await ports.engine.query(createView(name, select), signal)
  }
}

async function keepStep(
  name: string,
  select: string,
  { engine, staging }: SparkStarPorts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const location = `${staging.path}/${name}`
  await engine.write(select, location, { settings: STEP_SETTINGS, signal })
  await engine.nameFiles(name, [location], undefined, { signal })
}

/** Read twice and thrown away. */
const STEP_SETTINGS = { compression: 'lz4_raw', 'parquet.enable.dictionary': 'false' }

/**
 * Layer1 that a task has after rows were sent to where their like are: some 130,000 tweets, which a task holds without writing
 * to its disk. Spark's own number is the same for any job, and tasks of a few rows take longer than the rows.
 */
const TASK_BYTES = 32_000_000

/** Of the smaller side of a join, in a task: it is hashed then, and the rows of the other side, which are wide, need not be sorted. */
const HASHED_BYTES = 64_000_000

function partitionsOf({ hours }: SparkJob): number {
  const bytes = [...hours.values()].flat().reduce((sum, file) => sum + file.bytes, 0)
  return Math.max(1, Math.ceil(bytes / TASK_BYTES))
}

/** The views that star-sql is over. */
async function giveLayer1(
  { hours, timeZone }: SparkJob,
  { engine, lake, staging }: SparkStarPorts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const paths = [...hours.values()].flatMap(files => files.map(({ path }) => path))
  const [below = '', ...locations] = await lake.bring([LAYER1_TWEETS.slice(0, -1), ...paths])
  const columns = LAYER1.fields.map(({ name, type }) => `${name} ${SPARK.typeName(type)}`)
  const schema = [...columns, 'utc_date DATE', 'utc_hour INT'].join(', ')
  await engine.nameFiles('layer1', locations, schema, { partitionedBelow: below, signal })
  await refuseForeign(paths, engine, signal)
  const spellings = await engine.query(selectSpellings(SPARK), signal)
  const folds = tagFoldsTable([...(spellings.getChild('spelling') ?? [])])
  const location = await staging.write('tag-folds.parquet', folds, { repeating: [] })
  await engine.query(createTagFoldsSql(location, SPARK), signal)
  await engine.query(createLocalHoursSql([...hours.keys()], timeZone), signal)
}

/** A column that a file lacks is null to Spark, in every row: a file of something else would be rejected row by row. */
async function refuseForeign(
  paths: readonly string[],
  engine: SparkEngine,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [foreign] = rowsOf(await engine.query(SELECT_FOREIGN_FILE, signal))
  if (foreign === undefined) return
  const location = String(foreign.location)
  const path = paths.find(each => location.includes(each)) ?? location
  throw new TwdwError('E_LAKE', `${path} lacks a column of layer1, or values that each of its rows must have`, {
    hint: 'the file was not made by twdw; move it out of the lake, or restore it',
  })
}

async function writeTable(
  table: StarTable,
  { hours, carried }: SparkJob,
  { engine, lake, staging }: SparkStarPorts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const location = `${staging.path}/${table}`
  const settings = writtenSettings(table)
  if (!isDaily(table)) {
    const select = selectHourlyFiles(table)
    return engine.write(select, location, { partitionedBy: PARTITIONED_BY.hourly, settings, signal })
  }
  const days = carried.get(table) ?? []
  if (days.length > 0) {
    const [below = '', ...locations] = await lake.bring([
      tableFolder(table).slice(0, -1),
      ...days.map(day => dailyPath(table, day)),
    ])
    const columns = writtenColumns(table, 'utc_date').replace(/ BIGINT$/, ' DATE')
    await engine.nameFiles(`carried_${table}`, locations, columns, { partitionedBelow: below, signal })
  }
  const select = selectDailyFiles(table, [...hours.keys()], days.length > 0 ? `carried_${table}` : undefined)
  return engine.write(select, location, { partitionedBy: PARTITIONED_BY.daily, settings, signal })
}

function isDaily(table: StarTable): table is DailyTable {
  return (DAILY_TABLES as readonly string[]).includes(table)
}

/** A file that Spark wrote, as far as rows of one hour are in it. */
interface WrittenRows {
  table: StarTable
  /** of the file's folder, in ms since 1970-01-01T00:00Z: its hour or its day */
  partMs: number
  hourMs: number
  location: string
  rows: number
}

/** What was written becomes `written_<table>`, and each file is told of by the rows in it. */
async function findWritten(
  { engine, staging }: SparkStarPorts,
  signal: AbortSignal | undefined,
): Promise<WrittenRows[]> {
  const selects: string[] = []
  for (const table of STAR_TABLES) {
    const part = PARTITIONED_BY[isDaily(table) ? 'daily' : 'hourly']
    await engine.nameFiles(`written_${table}`, [`${staging.path}/${table}`], writtenColumns(table, part), { signal })
    const hourMs = isDaily(table) ? SPARK.msOf('utc_hour') : 'hour_ms'
    selects.push(`SELECT '${table}' AS table_name, ${part} AS part_ms, ${hourMs} AS of_hour, input_file_name() AS location,
  COUNT(*) AS rows
FROM written_${table}
GROUP BY 1, 2, 3, 4`)
  }
  const found = await engine.query(selects.join('\nUNION ALL\n'), signal)
  return rowsOf(found).map(({ table_name, part_ms, of_hour, location, rows }) => ({
    table: table_name as StarTable,
    partMs: Number(part_ms),
    hourMs: Number(of_hour),
    location: String(location),
    rows: Number(rows),
  }))
}

function filesOf(written: readonly WrittenRows[], staging: Staging): StagedStar['files'] {
  const files = new Map(STAR_TABLES.map(table => [table, new Map<string, string>()]))
  for (const { table, partMs, location } of written) {
    const hour = hourOf(partMs)
    const key = isDaily(table) ? utcDateOf(hour) : hour
    const path = staging.pathOf(location)
    const known = files.get(table)!.get(key)
    if (known !== undefined && known !== path) throw new Error(`Spark wrote two files of ${table} of ${key}`)
    files.get(table)!.set(key, path)
  }
  return files
}

/** Counts and checks of the hours, over what was written. */
async function lookAtHours(
  { hours }: SparkJob,
  written: readonly WrittenRows[],
  ports: SparkStarPorts,
  signal: AbortSignal | undefined,
): Promise<StagedHour[]> {
  const select = async (sql: string) => byHour(rowsOf(await ports.engine.query(sql, signal)))
  await keepStep('written_tags', SELECT_WRITTEN_TAGS, ports, signal)
  const counted = await select(SELECT_COUNTS)
  const offending = await select(selectOffending([...hours.keys()], SPARK))
  const rowsByHour = Map.groupBy(written, ({ hourMs }) => hourMs)
  const readRejected = await openRejected(counted, select)
  const staged: StagedHour[] = []
  for (const hour of [...hours.keys()].sort()) {
    const ms = hourStartMs(hour)
    const [counts = {}] = counted.get(ms) ?? []
    const rows = rowsOfHour(rowsByHour.get(ms) ?? [])
    const found = await readRejected(hour)
    const rejected = Number(counts.rejected ?? 0)
    const lost = found.length === rejected ? [] : [`its rejected rows: ${found.length} of ${rejected} were found again`]
    staged.push({
      hour,
      counts: {
        read: Number(counts.read_rows ?? 0),
        duplicates: Number(counts.duplicates ?? 0),
        rejected,
        tweets: rows.fact_tweet,
      },
      rejected: tableOfRejected(found),
      rejectedBy: countByRule(found),
      rows,
      offending: [...lost, ...(offending.get(ms) ?? []).map(row => `the check "${row.check_name}": ${row.offending}`)],
    })
  }
  return staged
}

function rowsOfHour(written: readonly WrittenRows[]): StagedHour['rows'] {
  const rows = Object.fromEntries(STAR_TABLES.map(table => [table, 0])) as StagedHour['rows']
  for (const { table, rows: more } of written) rows[table] += more
  return rows
}

/** Rejected rows that come to this machine at once. */
const MAX_REJECTED = 100_000

/** They are few, so those of all hours are asked for together; where they are many, hour by hour. */
async function openRejected(counted: RowsByHour, select: (sql: string) => Promise<RowsByHour>) {
  const rejectedOf = (hour: Hour) => Number(counted.get(hourStartMs(hour))?.[0]?.rejected ?? 0)
  const total = [...counted.values()].reduce((sum, [row]) => sum + Number(row?.rejected ?? 0), 0)
  const all = total > 0 && total <= MAX_REJECTED ? await select(selectRejected()) : undefined
  return async (hour: Hour): Promise<FoundRejected[]> => {
    if (rejectedOf(hour) === 0) return []
    const rows =
      all === undefined ? [...(await select(selectRejected(hour))).values()].flat() : all.get(hourStartMs(hour))
    return (rows ?? []).map(({ line, rule, value, source, captured_at }) => ({
      line: String(line),
      rule: String(rule),
      value: String(value),
      source: String(source),
      capturedMs: Number(captured_at),
    }))
  }
}

type Row = Record<string, unknown>
/** by the start of the hour, in ms since 1970-01-01T00:00Z; rows without one are of hour NaN */
type RowsByHour = Map<number, Row[]>

function rowsOf(table: Table): Row[] {
  return table.toArray().map(row => row.toJSON())
}

function byHour(rows: readonly Row[]): RowsByHour {
  return Map.groupBy(rows, ({ hour_ms }) => Number(hour_ms))
}
