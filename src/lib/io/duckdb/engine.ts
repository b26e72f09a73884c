/**
 * DuckDB as a SQL engine: in memory, reading only what it is told, writing nothing.
 *
 * What the SQL of a user may touch is fixed before the first statement and cannot be unlocked by SQL. Nothing
 * is ever downloaded: the ICU, JSON and Parquet extensions are part of the library.
 */
import { realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Table } from 'apache-arrow'
import { systemErrorCode, TwdwError } from '../../errors.ts'
import type { SqlEngine } from '../sql.ts'
import { duckDbError } from './errors.ts'
import { type DuckDbNative, loadDuckDb, type NativeOptions } from './native.ts'
import { resultToTable } from './to-arrow.ts'

export interface DuckDbOptions extends NativeOptions {
  /** IANA name; in it timestamps with a zone are truncated, cast and printed by SQL */
  timeZone: string
  /** undefined: as many as the machine has cores */
  threads: number | undefined
  /** folders whose files SQL may read, with all below them; they need not exist */
  readable: readonly string[]
}

/** @throws TwdwError E_LAKE when DuckDB cannot be loaded, E_USAGE when the time zone is unknown */
export async function openDuckDb(options: DuckDbOptions): Promise<SqlEngine> {
  const native = await loadDuckDb(options)
  const instance = await native.api.DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // made only when a query outgrows the memory; the default is a folder in the working directory
    temp_directory: join(tmpdir(), `twdw-duckdb-${process.pid}`),
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  })
  const connection = await instance.connect()
  const readable = await foldersAsDuckDbSeesThem(options.readable)
  await configure(connection, options.timeZone, readable)

  // one statement at a time: an interrupt is meant for one query and stops whatever the connection runs
  let queue: Promise<unknown> = Promise.resolve()
  return {
    query(sql, signal) {
      const answer = queue.then(() => runUntilAborted(native, connection, sql, readable, signal))
      queue = answer.catch(() => undefined)
      return answer
    },
    async close() {
      await queue
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** DuckDB compares paths as they are spelled, after resolving links: both spellings are needed. */
async function foldersAsDuckDbSeesThem(folders: readonly string[]): Promise<string[]> {
  const absolute = folders.map(folder => resolve(folder))
  const real = await Promise.all(absolute.map(realpathIfThere))
  return [...new Set([...absolute, ...real])]
}

async function realpathIfThere(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return path
    throw new TwdwError('E_LAKE', `the folder ${path} cannot be read`, { cause: error })
  }
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
  sql: string,
  readable: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Table> {
  if (signal?.aborted) throw interrupted(signal.reason)
  let timer: ReturnType<typeof setInterval> | undefined
  const interrupt = () => {
    connection.interrupt()
    timer ??= setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS)
  }
  signal?.addEventListener('abort', interrupt)
  try {
    return await runStatements(native, connection, sql, signal)
  } catch (cause) {
    if (signal?.aborted) throw interrupted(cause)
    throw duckDbError(cause, readable)
  } finally {
    signal?.removeEventListener('abort', interrupt)
    clearInterval(timer)
  }
}

function interrupted(cause: unknown): TwdwError {
  return new TwdwError('E_INTERRUPTED', 'the query was stopped before it had an answer', { cause })
}

async function runStatements(
  native: DuckDbNative,
  connection: DuckDBConnection,
  sql: string,
  signal: AbortSignal | undefined,
): Promise<Table> {
  const bareSql = withoutTexts(sql, { names: false })
  if (/^[\s;]*$/.test(bareSql)) {
    throw new TwdwError('E_USAGE', 'there is no statement in the SQL', { hint: 'write a SELECT' })
  }
  refuseByName(withoutTexts(sql, { names: true }), bareSql)
  const statements = await connection.extractStatements(sql)
  for (let index = 0; ; index++) {
    signal?.throwIfAborted()
    const statement = await statements.prepare(index)
    try {
      refuseIfItWrites(native, statement.statementType, bareSql)
      const result = await statement.run()
      if (index === statements.count - 1) return await resultToTable(native, result)
    } finally {
      statement.destroySync()
    }
  }
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
 * What the type of a statement cannot tell: one makes its folder while it is prepared, the others are a SELECT.
 * @param sql with its quoted names, for a function may be called by one
 * @param bareSql without them
 */
function refuseByName(sql: string, bareSql: string): void {
  // blanks of all kinds and comments may stand between the two words
  if (/\bexport\b[\s\S]*\bdatabase\b/i.test(bareSql)) throw refusal('EXPORT')
  if (/\benable_logging\b/i.test(sql)) throw refusal('CALL')
  const [, name] = RUNS_TEXT.exec(sql) ?? []
  if (name === undefined) return
  throw new TwdwError('E_USAGE', `${name.toLowerCase()}() runs a text as SQL, and SQL here is run as it stands`, {
    hint: 'write the SQL itself in its place',
  })
}

/** A folder that DuckDB may read is one that it may write as well: these statements are what would do it. */
function refuseIfItWrites(native: DuckDbNative, type: number, bareSql: string): void {
  const { StatementType: T } = native.api
  const writing = [T.COPY, T.EXPORT, T.ATTACH, T.DETACH, T.COPY_DATABASE, T.LOAD, T.PRAGMA, T.CALL, T.PREPARE]
  if (writing.includes(type)) throw refusal(T[type] ?? '')
  if (type === T.EXPLAIN && /\banalyze\b[\s\S]*\bcopy\b/i.test(bareSql)) throw refusal('COPY')
}

function refusal(kind: string): TwdwError {
  return new TwdwError('E_USAGE', `SQL here answers questions; ${kind} statements are not run`, {
    hint: 'for a file, give the query --format and --output',
  })
}
