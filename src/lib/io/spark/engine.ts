/** The SQL engine that is the user's own Spark: statements go there one by one, tables come back. */
import { Field, type RecordBatch, Schema, Table, Timestamp, tableFromIPC } from 'apache-arrow'
import { TwdwError } from '../../errors.ts'
import type { SqlEngine } from '../sql.ts'
import { openSparkSession, type SparkProgress, type SparkSession } from './client.ts'
import { SAVE_IF_ABSENT } from './messages.ts'
import { parseSparkRemote } from './remote.ts'

export interface SparkEngine extends SqlEngine {
  /**
   * Parquet files become a temporary view, in one reading however many they are.
   * @param columns as Spark's DDL has them: `tag STRING, tweets BIGINT`
   */
  nameFiles(view: string, locations: readonly string[], columns: string): Promise<void>
  /**
   * Have a SELECT written as Parquet files below a folder that is not there yet, in folders by the columns of `partitionBy`.
   * @throws TwdwError E_LAKE, E_INTERRUPTED
   */
  write(select: string, folder: string, partitionBy: readonly string[], signal?: AbortSignal): Promise<void>
}

export interface SparkOptions {
  /** `sc://host:port/;…` */
  remote: string
  userId: string
  /** of the session */
  timeZone: string
  /** What is between the `;` of a text. */
  splitStatements(sql: string): string[]
  onProgress(progress: SparkProgress): void
  /** more settings of the session */
  settings?: Readonly<Record<string, string>>
}

/** The first that has all that is said to it. */
const MIN_MAJOR = 4

/** @throws TwdwError E_USAGE for a server that is too old, or is none; E_LAKE where none can be reached; E_REFUSED */
export async function openSpark(options: SparkOptions): Promise<SparkEngine> {
  const session = openSparkSession(parseSparkRemote(options.remote, options.userId), options.onProgress)
  try {
    await refuseOld(session)
    await session.configure({
      'spark.sql.session.timeZone': options.timeZone,
      'spark.sql.ansi.enabled': 'true',
      // Arrow of JavaScript reads batches as they are; later versions compress them
      'spark.sql.execution.arrow.compression.codec': 'none',
      'spark.sql.execution.arrow.useLargeVarTypes': 'false',
      ...options.settings,
    })
  } catch (error) {
    await session.close()
    throw error
  }

  async function run(statement: string, signal: AbortSignal | undefined): Promise<Table> {
    const plan = { root: { sql: { query: statement } } }
    return tableOf(await session.execute(plan, { sql: statement, signal }))
  }

  async function queryAll(sql: string, signal?: AbortSignal): Promise<Table[]> {
    const answers: Table[] = []
    for (const statement of options.splitStatements(sql)) {
      const answer = await run(statement, signal)
      if (answer.schema.fields.length > 0) answers.push(answer)
    }
    return answers
  }

  return {
    async query(sql, signal) {
      let answer = new Table(new Schema([]))
      for (const statement of options.splitStatements(sql)) answer = await run(statement, signal)
      return answer
    },
    queryAll,
    copy: async () => {
      throw new TwdwError('E_USAGE', 'rows are not written to this machine by Spark')
    },
    async nameFiles(view, locations, columns) {
      const input = { read: { data_source: { format: 'parquet', schema: columns, paths: locations, options: {} } } }
      await session.execute({ command: { create_dataframe_view: { input, name: view, replace: true } } })
    },
    async write(select, folder, partitionBy, signal) {
      const write = {
        input: { sql: { query: select } },
        source: 'parquet',
        path: folder,
        mode: SAVE_IF_ABSENT,
        partitioning_columns: partitionBy,
        options: {},
      }
      await session.execute({ command: { write_operation: write } }, { sql: select, signal })
    },
    close: () => session.close(),
  }
}

async function refuseOld(session: SparkSession): Promise<void> {
  const version = await session.version()
  if (Number.parseInt(version, 10) >= MIN_MAJOR) return
  throw new TwdwError(
    'E_USAGE',
    `the Spark at ${session.address} is of version ${version || 'unknown'}, and 4.0 is the first that does`,
    {
      hint: 'name the Connect server of a newer one',
    },
  )
}

function tableOf(streams: readonly Uint8Array[]): Table {
  const tables = streams.map(bytes => tableFromIPC(bytes))
  const [first] = tables
  if (first === undefined) return new Table(new Schema([]))
  const schema = new Schema(first.schema.fields.map(inUtc))
  const batches = tables.flatMap(table => table.batches).filter(batch => batch.numRows > 0)
  return batches.length === 0 ? new Table(schema) : relabelled(batches, schema)
}

/** Instants are counted from the same moment in whatever zone they are shown: their column is called one of UTC. */
function inUtc(field: Field): Field {
  const { type } = field
  if (!(type instanceof Timestamp) || !type.timezone) return field
  return new Field(field.name, new Timestamp(type.unit, 'UTC'), field.nullable)
}

function relabelled(batches: readonly RecordBatch[], schema: Schema): Table {
  const columns = schema.fields.map((field, i) => batches.map(batch => batch.data.children[i]!.clone(field.type)))
  const first = batches[0]!.constructor as new (schema: Schema, data: RecordBatch['data']) => RecordBatch
  return new Table(
    schema,
    batches.map((batch, b) => {
      const children = columns.map(column => column[b]!)
      return new first(schema, batch.data.clone(batch.data.type, 0, batch.numRows, 0, undefined, children))
    }),
  )
}
