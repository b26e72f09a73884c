/** DuckDB's errors, told apart by their kind and their text: it has no codes. */
import { SqlError, TwdwError } from '../../errors.ts'

/** What was run, and what it might touch. */
export interface RunSql {
  sql: string
  /** folders that SQL may read */
  readable: readonly string[]
  /** it may read all others too */
  readsAllFiles: boolean
}

/**
 * @param error what DuckDB threw, with `errors_as_json` or without
 * @returns E_LAKE when a file of the lake is missing or damaged, E_USAGE with DuckDB's own words when the SQL is wrong (a SqlError
 *          where DuckDB says at which place); what is no error of DuckDB's, and what DuckDB calls a bug of its own, as it is
 */
export function duckDbError(error: unknown, run: RunSql): unknown {
  if (!(error instanceof Error) || error instanceof TwdwError) return error
  const fault = faultOf(error.message)
  if (fault === undefined || fault.kind === 'INTERNAL' || fault.kind === 'FATAL') return error
  const { kind } = fault
  const message = onTerminal(`${kind} Error: ${fault.text}`)
  if (isAboutTheLake(kind, message, run)) {
    const isNamed = run.readable.some(folder => message.includes(folder)) || kind === 'IO'
    return new TwdwError('E_LAKE', isNamed ? message : `a file that was read is damaged: ${message}`, {
      hint: isNamed
        ? hintForFile(message)
        : 'DuckDB does not say which file; query fewer of them until the fault is gone',
      cause: error,
    })
  }
  const { sentence, hint } = inOurWords(kind, message, run)
  const at = indexOfPlace(fault, run.sql)
  if (at === undefined) return new TwdwError('E_USAGE', sentence, { hint, cause: error })
  return new SqlError(sentence, at, { hint, cause: error })
}

interface Fault {
  /** such as `Binder` */
  kind: string
  text: string
  /** where the SQL is wrong; undefined where DuckDB does not say */
  position?: number
  subtype?: string
}

/** undefined for what is no error of DuckDB's */
function faultOf(message: string): Fault | undefined {
  const text = message.replace(/^Failed to extract statements: /, '')
  const [, json] = /^(?:[A-Z][A-Za-z -]*? Error: )?(\{"exception_type".*)$/s.exec(text) ?? []
  if (json !== undefined) return faultOfJson(json)
  const [prefix, kind] = /^([A-Z][A-Za-z -]*?) Error: /.exec(text) ?? []
  return prefix === undefined || kind === undefined ? undefined : { kind, text: text.slice(prefix.length) }
}

function faultOfJson(json: string): Fault | undefined {
  try {
    const { exception_type: kind, exception_message: text, position, error_subtype: subtype } = JSON.parse(json)
    return {
      kind: String(kind),
      text: String(text),
      ...(position !== undefined && { position: Number(position) }),
      subtype,
    }
  } catch {
    return undefined
  }
}

/** The scanner counts characters, all else counts bytes. undefined where it is not a place in this text. */
function indexOfPlace({ position, subtype }: Fault, sql: string): number | undefined {
  // DuckDB makes a SELECT of a PRAGMA, and means a place in that
  if (position === undefined || Number.isNaN(position) || /\bpragma\b/i.test(sql)) return undefined
  const bytes = new TextEncoder().encode(sql)
  if (subtype === 'SYNTAX_ERROR') return [...sql].slice(0, position).join('').length
  if (position >= bytes.length) return undefined
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, position)).length
}

/** Kinds that are found while the SQL is read, before any row of a file is. */
const KINDS_OF_SQL = ['Parser', 'Syntax', 'Binder', 'Catalog', 'Permission', 'Not implemented', 'Missing Extension']

function isAboutTheLake(kind: string, message: string, { readable, readsAllFiles }: RunSql): boolean {
  const isNamed = readable.some(folder => message.includes(folder))
  // `Invalid Error` is what the Parquet reader throws when a footer makes no sense
  if (kind === 'IO' || kind === 'Invalid' || kind === 'Serialization') return isNamed || !readsAllFiles
  if (KINDS_OF_SQL.includes(kind)) return false
  return isNamed || (/\bParquet file\b|\bparquet read\b/.test(message) && !readsAllFiles)
}

/** What lies below a folder `layer2` is derived, and no copy of it need be kept. */
function hintForFile(message: string): string {
  return message.includes('/layer2/')
    ? 'run `twdw consolidate --rebuild`: everything in layer2 can be made again from layer1'
    : 'put a good copy of the file in its place, or move it out of the lake'
}

/** What DuckDB says of whoever would change a view, each time in other words. */
const CHANGES_A_VIEW =
  /Can only (?:delete from|update|merge into) base table|^Catalog Error: \S+ is not an table|is of type View, trying to drop type Table|Can only modify view/

/** DuckDB's words, but where they would lead somewhere that is no way here. */
function inOurWords(kind: string, message: string, { readsAllFiles }: RunSql): { sentence: string; hint: string } {
  if (CHANGES_A_VIEW.test(message)) {
    return {
      sentence: 'the views of the lake can only be read: SQL never changes the lake',
      hint: '`twdw forget` takes tweets and users out; CREATE TEMP TABLE mine AS SELECT … makes what you can change',
    }
  }
  if (kind === 'Missing Extension') {
    const [first = ''] = message.split('\n')
    return { sentence: first, hint: 'SQL reads files of this machine only, and nothing is downloaded: fetch it first' }
  }
  if (kind === 'Permission' && !readsAllFiles) {
    const [sentence = message] = message.split(' - file system operations are disabled')
    return {
      sentence,
      hint: 'SQL reads the lake only; with --allow-files it reads other files too, and still writes none',
    }
  }
  return { sentence: message, hint: hintFor(kind) }
}

function hintFor(kind: string): string {
  switch (kind) {
    case 'Catalog':
      return 'SHOW TABLES lists what can be named'
    case 'Binder':
      return 'DESCRIBE <table> lists the columns of a table'
    case 'IO':
      return 'check its name; relative paths are meant from the working directory'
    case 'Out of Memory':
      return 'ask for less at once: a shorter span, fewer columns'
    default:
      return 'the SQL is that of DuckDB: https://duckdb.org/docs/stable/sql/introduction'
  }
}

/** Without blank lines and without the bytes of the damage. */
function onTerminal(message: string): string {
  return message
    .replace(/[^\P{Cc}\n\t]/gu, '?')
    .replace(/\n(\s*\n)+/g, '\n')
    .trimEnd()
}

/** What a question that was stopped rejects with. */
export function stopped(cause: unknown): TwdwError {
  return new TwdwError('E_INTERRUPTED', 'the query was stopped before it had an answer', { cause })
}
