/** The SQL engine that is the user's own Spark: statements go there one by one, tables come back. */
import type { Table } from 'apache-arrow'
import { SqlError, TwdwError } from '../../errors.ts'
import type { SqlEngine } from '../sql.ts'
import { answerToTable } from './answer.ts'
import { openSparkSession, type SparkProgress, type SparkSession } from './client.ts'
import { SAVE_WHERE_NOTHING_IS } from './messages.ts'
import { parseSparkRemote } from './remote.ts'

/** An engine that can name many files at once, and writes many. */
export interface SparkEngine extends Omit<SqlEngine, 'nameFiles'> {
  nameFiles: NonNullable<SqlEngine['nameFiles']>
  /**
   * Rows of a SELECT become Parquet files in a folder that is not there yet, a folder in it for each value of a column that is then
   * in none of the files. Instants are TIMESTAMP(MILLIS, isAdjustedToUTC = true), wall clocks TIMESTAMP(MICROS, false).
   * @param location of the folder, as Spark opens it
   * @throws as `query`
   */
  write(select: string, location: string, options: WriteOptions): Promise<void>
}

export interface WriteOptions {
  /** undefined: files are in the folder itself */
  partitionedBy?: string
  /** of Parquet, as Spark names them */
  settings?: Readonly<Record<string, string>>
  signal?: AbortSignal | undefined
}

/** Which Spark, and how its session is. */
export interface SparkOptions {
  /** `sc://host:port/;…` */
  remote: string
  userId: string
  /** A session that the address names is not joined: what is named in it would be seen by others, and theirs here. */
  isAlone?: boolean
  /** of the session */
  timeZone: string
  /** What is between the `;` of a text; `start` is an index in it, in UTF-16 units. */
  splitStatements(sql: string): readonly { text: string; start: number }[]
  onProgress(progress: SparkProgress): void
  /** the files are in a store, and asking for one takes a while */
  isFar: boolean
  /** while it is opened */
  signal?: AbortSignal
  /** more settings of the session */
  settings?: Readonly<Record<string, string>>
}

/** The first that has all that is said to it. */
const MIN_MAJOR = 4

/** @throws TwdwError E_USAGE for a server that is too old, or is none; E_LAKE where none can be reached; E_REFUSED */
export async function openSpark(options: SparkOptions): Promise<SparkEngine> {
  const remote = parseSparkRemote(options.remote, options.userId)
  const session = openSparkSession(
    options.isAlone === true ? { ...remote, sessionId: undefined } : remote,
    options.onProgress,
  )
  try {
    await refuseOld(session, options.signal)
    await session.configure(
      {
        'spark.sql.session.timeZone': options.timeZone,
        'spark.sql.ansi.enabled': 'true',
        'spark.sql.parquet.outputTimestampType': 'TIMESTAMP_MILLIS',
        // whatever the cluster is set to: rows that are passed over would be missing in silence
        'spark.sql.files.ignoreCorruptFiles': 'false',
        'spark.sql.files.ignoreMissingFiles': 'false',
        // the JVM interprets a method of more bytes; Spark then generates one for each operator, and these are compiled
        'spark.sql.codegen.hugeMethodLimit': '8000',
        // Arrow of JavaScript reads batches as they are; later versions compress them
        'spark.sql.execution.arrow.compression.codec': 'none',
        'spark.sql.execution.arrow.useLargeVarTypes': 'false',
        // thousands of files are looked for one by one, or by some tasks: a task for each takes longer than all of them
        'spark.sql.sources.parallelPartitionDiscovery.threshold': options.isFar ? '32' : '100000',
        'spark.sql.sources.parallelPartitionDiscovery.parallelism': '64',
        ...options.settings,
      },
      options.signal,
    )
  } catch (error) {
    await session.close()
    throw error
  }

  /** Of each statement. */
  async function run(sql: string, signal: AbortSignal | undefined): Promise<Table[]> {
    const answers: Table[] = []
    for (const { text, start } of options.splitStatements(sql)) {
      const streams = session.execute({ root: { sql: { query: text } } }, { sql: text, signal })
      answers.push(answerToTable(await streams.catch(error => Promise.reject(inWhole(error, start)))))
    }
    return answers
  }

  return {
    dialect: 'spark',
    query: async (sql, signal) => (await run(sql, signal)).at(-1)!,
    queryAll: async (sql, signal) => (await run(sql, signal)).filter(answer => answer.numCols > 0),
    copy: async () => {
      throw new TwdwError('E_USAGE', 'rows are not written to this machine by Spark')
    },
    async write(select, location, { partitionedBy, settings = {}, signal }) {
      const write = {
        input: { sql: { query: select } },
        source: 'parquet',
        path: location,
        mode: SAVE_WHERE_NOTHING_IS,
        partitioning_columns: partitionedBy === undefined ? [] : [partitionedBy],
        options: settings,
      }
      await session.execute({ command: { write_operation: write } }, { sql: select, signal })
    },
    async nameFiles(name, locations, columns, { signal, partitionedBelow } = {}) {
      const options = partitionedBelow === undefined ? {} : { basePath: partitionedBelow }
      const schema = columns === undefined ? {} : { schema: columns }
      const files = { format: 'parquet', ...schema, paths: locations.map(withoutPatterns), options }
      const view = { input: { read: { data_source: files } }, name, replace: true }
      await session.execute({ command: { create_dataframe_view: view } }, { signal })
    },
    close: () => session.close(),
  }
}

async function refuseOld(session: SparkSession, signal: AbortSignal | undefined): Promise<void> {
  const version = await session.version(signal)
  if (Number.parseInt(version, 10) >= MIN_MAJOR) return
  throw new TwdwError(
    'E_USAGE',
    `the Spark at ${session.address} is of version ${version || 'unknown'}, and 4.0 is the first that does`,
    {
      hint: 'name the Connect server of a newer one',
    },
  )
}

/** The place is one in a statement, and whoever asked has the whole text. */
function inWhole(error: unknown, start: number): unknown {
  if (!(error instanceof SqlError)) return error
  const { message, at, hint, cause } = error
  return new SqlError(message, start + at, { ...(hint !== undefined && { hint }), cause })
}

/** Spark takes a path for a pattern. */
function withoutPatterns(location: string): string {
  return location.replaceAll(/[\\{}[\]*?]/g, '\\$&')
}
