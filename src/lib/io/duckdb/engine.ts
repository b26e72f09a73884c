/**
 * DuckDB as a SQL engine: in memory, reading only what it is told, writing nothing.
 *
 * What the SQL of a user may touch is fixed before the first statement and cannot be unlocked by SQL. Nothing
 * is ever downloaded: the ICU, JSON and Parquet extensions are part of the library.
 */
import { realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Table } from 'apache-arrow'
import { TwdwError } from '../../errors.ts'
import type { SqlEngine } from '../sql.ts'
import { duckDbError, type RunSql, stopped } from './errors.ts'
import { type DuckDbNative, loadDuckDb, type NativeOptions } from './native.ts'
import { resultToTable } from './to-arrow.ts'

export interface DuckDbOptions extends NativeOptions {
  /** IANA name; in it timestamps with a zone are truncated, cast and printed by SQL */
  timeZone: string
  /** undefined: as many as the machine has cores */
  threads: number | undefined
  /** folders whose files SQL may read, with all below them; they need not exist */
  readable: readonly string[]
  /** every file of the machine may be read (false when left out), relative paths from the working directory; none is written */
  readsAllFiles?: boolean
}

/** A DuckDB that has not been told yet what it is for. */
export interface PreparedDuckDb {
  native: DuckDbNative
  instance: DuckDBInstance
  connection: DuckDBConnection
}

/** All that takes long and needs no question. @throws TwdwError E_LAKE when DuckDB cannot be loaded */
export async function prepareDuckDb(options: NativeOptions & Pick<DuckDbOptions, 'threads'>): Promise<PreparedDuckDb> {
  const native = await loadDuckDb(options)
  const instance = await native.api.DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // they would be files in the home of the user
    allow_persistent_secrets: 'false',
    // the only form in which it says at which place the SQL is wrong
    errors_as_json: 'true',
    // made only when a query outgrows the memory; the default is a folder in the working directory
    temp_directory: join(tmpdir(), `twdw-duckdb-${process.pid}`),
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  })
  return { native, instance, connection: await instance.connect() }
}

/**
 * @param prepared by `prepareDuckDb` with the same options; this engine's from now on
 * @throws TwdwError E_LAKE when DuckDB cannot be loaded, E_USAGE when the time zone is unknown
 */
export async function openDuckDb(options: DuckDbOptions, prepared?: PreparedDuckDb): Promise<SqlEngine> {
  const { native, instance, connection } = prepared ?? (await prepareDuckDb(options))
  const readable = await foldersAsDuckDbSeesThem(options.readable)
  await configure(connection, options.timeZone, options.readsAllFiles ? ['/'] : readable)

  // one statement at a time: an interrupt is meant for one query and stops whatever the connection runs
  let queue: Promise<unknown> = Promise.resolve()
  const run = (sql: string, wants: Wanted, signal: AbortSignal | undefined) => {
    const { readsAllFiles = false } = options
    const answers = queue.then(() =>
      runUntilAborted(native, connection, { sql, wants, readable, readsAllFiles }, signal),
    )
    queue = answers.catch(() => undefined)
    return answers
  }
  return {
    dialect: 'duckdb',
    query: async (sql, signal) => (await run(sql, 'last', signal))[0]!,
    queryAll: (sql, signal) => run(sql, 'answers', signal),
    copy(select, location) {
      const target = `${quoted(location)} (FORMAT parquet, COMPRESSION zstd)`
      const done = queue.then(async () => void (await connection.run(`COPY (${select}) TO ${target}`)))
      queue = done.catch(() => undefined)
      return done
    },
    async close() {
      await queue
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** Of which statements the results are wanted: of the last one whatever it is, or of those that answer something. */
type Wanted = 'last' | 'answers'

interface Run extends RunSql {
  wants: Wanted
}

/** DuckDB compares paths as they are spelled, after resolving links: both spellings are needed. */
async function foldersAsDuckDbSeesThem(folders: readonly string[]): Promise<string[]> {
  const absolute = folders.map(folder => resolve(folder))
  const real = await Promise.all(absolute.map(realpathIfThere))
  return [...new Set([...absolute, ...real])]
}

async function realpathIfThere(path: string): Promise<string> {
  // a folder that is not there, or hidden, has nothing to read: whoever reads in it is told so
  return realpath(path).catch(() => path)
}

async function configure(connection: DuckDBConnection, timeZone: string, readable: readonly string[]): Promise<void> {
  try {
    await connection.run(`SET TimeZone = ${quoted(timeZone)}`)
  } catch (cause) {
    throw new TwdwError('E_USAGE', `DuckDB knows no time zone "${timeZone}"`, {
      hint: 'name a zone of the IANA database, such as America/Sao_Paulo',
      cause,
    })
  }
  await connection.run(`SET allowed_directories = [${readable.map(quoted).join(', ')}]`)
  // the order matters: each of these makes the one before it final
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** How often a query that was told to stop is told again: an interrupt between two statements is lost. */
const INTERRUPT_EVERY_MS = 20

async function runUntilAborted(
  native: DuckDbNative,
  connection: DuckDBConnection,
  run: Run,
  signal: AbortSignal | undefined,
): Promise<Table[]> {
  if (signal?.aborted) throw stopped(signal.reason)
  let timer: ReturnType<typeof setInterval> | undefined
  const interrupt = () => {
    connection.interrupt()
    timer ??= setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS)
  }
  signal?.addEventListener('abort', interrupt)
  try {
    return await runStatements(native, connection, run, signal)
  } catch (cause) {
    if (signal?.aborted) throw stopped(cause)
    throw duckDbError(cause, run)
  } finally {
    signal?.removeEventListener('abort', interrupt)
    clearInterval(timer)
  }
}

async function runStatements(
  native: DuckDbNative,
  connection: DuckDBConnection,
  { sql, wants }: Run,
  signal: AbortSignal | undefined,
): Promise<Table[]> {
  const bareSql = withoutTexts(sql, { names: false })
  if (/^[\s;]*$/.test(bareSql)) throw noStatement()
  refuseByName(withoutTexts(sql, { names: true }), bareSql)
  const statements = await connection.extractStatements(sql).catch(error => {
    // where DuckDB finds none (a word of other letters alone is as good as blanks to it) there is no error to tell of
    throw error instanceof Error && error.message === 'Error in native callback' ? noStatement() : error
  })
  const answers: Table[] = []
  for (let index = 0; index < statements.count; index++) {
    signal?.throwIfAborted()
    const statement = await statements.prepare(index)
    try {
      refuseByType(native, statement.statementType, bareSql)
      const result = await statement.run()
      const isAnswer = result.returnType === native.api.ResultReturnType.QUERY_RESULT
      const isWanted = wants === 'last' ? index === statements.count - 1 : isAnswer
      if (isWanted) answers.push(await resultToTable(native, result))
    } finally {
      statement.destroySync()
    }
  }
  return answers
}

function noStatement(): TwdwError {
  return new TwdwError('E_USAGE', 'there is no statement in the SQL', { hint: 'write a SELECT' })
}

const TEXTS_AND_COMMENTS = /\/\*[\s\S]*?\*\/|--[^\n\r]*|'(?:[^']|'')*'|"(?:[^"]|"")*"/g

/**
 * The SQL without comments, every text and (unless kept) every quoted name empty, so that a word in it is a word of SQL.
 * Where `$tag$…$tag$`, `E'\''` or a comment in a comment ends is left to DuckDB: such SQL is returned as it stands.
 */
function withoutTexts(sql: string, kept: { names: boolean }): string {
  let isHard = false
  const bare = sql.replace(TEXTS_AND_COMMENTS, (found, at: number) => {
    if (found.startsWith('"')) return kept.names ? found : '""'
    if (found.startsWith("'")) {
      isHard ||= found.includes('\\') && /e/i.test(sql[at - 1] ?? '')
      return "''"
    }
    isHard ||= found.startsWith('/*') && found.includes('/*', 2)
    return ' '
  })
  return isHard || bare.includes('$') ? sql : bare
}

/** Runs its argument, which may be put together from parts; what stands between a name and its `(` is no word. */
const RUNS_TEXT = /\b(query|json_execute_serialized_sql)\b(?:[^\x21-\x7e]|")*(?:\(|\/\*|--)/i

/**
 * What the type of a statement cannot tell: some make files while they are prepared, others are a SELECT.
 * @param sql with its quoted names, for a function may be called by one
 * @param bareSql without them
 */
function refuseByName(sql: string, bareSql: string): void {
  // its files are looked for before its type is known
  if (/^[\s;]*copy\b/i.test(bareSql)) throw refusal('COPY')
  // blanks of all kinds and comments may stand between the two words
  const [, move] = /\b(export|import)\b[\s\S]*\bdatabase\b/i.exec(bareSql) ?? []
  if (move !== undefined) throw refusal(move.toUpperCase())
  if (/\b(?:enable_(?:logging|profil(?:e|ing))|import_database)\b/i.test(sql)) throw refusal('CALL')
  const [, name] = RUNS_TEXT.exec(sql) ?? []
  if (name === undefined) return
  throw new TwdwError('E_USAGE', `${name.toLowerCase()}() runs a text as SQL, and SQL here is run as it stands`, {
    hint: 'write the SQL itself in its place',
  })
}

/**
 * A file that DuckDB may read is one that it may write as well, so only statements run of which it is known that they write
 * none. What a `CREATE`, an `INSERT`, … changes is in memory, and gone with the engine.
 */
function refuseByType(native: DuckDbNative, type: number, bareSql: string): void {
  const { StatementType: T } = native.api
  const harmless = [T.SELECT, T.EXPLAIN, T.SET, T.VARIABLE_SET, T.CREATE, T.CREATE_FUNC, T.DROP, T.ALTER, T.INSERT]
  harmless.push(T.UPDATE, T.DELETE, T.MERGE_INTO, T.ANALYZE, T.VACUUM)
  if (!harmless.includes(type)) throw refusal(T[type] ?? '')
  if (type === T.EXPLAIN && /\banalyze\b[\s\S]*\bcopy\b/i.test(bareSql)) throw refusal('COPY')
}

const TO_A_FILE = 'for a file, give the query --format and --output'
const FROM_A_FILE =
  'read_csv(), read_parquet(), read_json() and read_duckdb() read files, with --allow-files also outside the lake'
const AS_IT_IS = 'what DuckDB brings with it is there (JSON, Parquet, ICU); nothing is ever downloaded or set'

const HINT_OF_KIND: Readonly<Record<string, string>> = {
  COPY: TO_A_FILE,
  EXPORT: TO_A_FILE,
  IMPORT: FROM_A_FILE,
  ATTACH: FROM_A_FILE,
  DETACH: FROM_A_FILE,
  LOAD: AS_IT_IS,
  UPDATE_EXTENSIONS: AS_IT_IS,
  PRAGMA: AS_IT_IS,
  CALL: AS_IT_IS,
  TRANSACTION: 'leave it out: there is nothing to commit',
  PREPARE: 'write the values into the SELECT',
}

function refusal(kind: string): TwdwError {
  return new TwdwError('E_USAGE', `SQL here answers questions; ${kind.replaceAll('_', ' ')} statements are not run`, {
    hint: HINT_OF_KIND[kind] ?? 'write a SELECT',
  })
}
