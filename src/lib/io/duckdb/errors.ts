/** DuckDB's errors, told apart by their text: it has no codes. */
import { TwdwError } from '../../errors.ts'

/**
 * @param error    what DuckDB threw
 * @param readable folders that SQL may read
 * @returns E_LAKE when a file is missing or damaged, E_USAGE with DuckDB's own words when the SQL is wrong; what
 *          is no error of DuckDB's, and what DuckDB calls a bug of its own, as it is
 */
export function duckDbError(error: unknown, readable: readonly string[]): unknown {
  if (!(error instanceof Error) || error instanceof TwdwError) return error
  const text = error.message.replace(/^Failed to extract statements: /, '')
  const kind = /^([A-Z][A-Za-z -]*?) Error: /.exec(text)?.[1]
  if (kind === undefined || kind === 'INTERNAL' || kind === 'FATAL') return error
  const message = onTerminal(text)
  // where the SQL names a file helps nobody who is told of a bad file
  const sentence = message.split('\nLINE ')[0] ?? message
  if (isAboutAFile(kind, sentence, readable)) {
    const isNamed = readable.some(folder => sentence.includes(folder)) || kind === 'IO'
    return new TwdwError('E_LAKE', isNamed ? sentence : `a file that was read is damaged: ${sentence}`, {
      hint: isNamed
        ? hintForFile(sentence)
        : 'DuckDB does not say which file; query fewer of them until the fault is gone',
      cause: error,
    })
  }
  return new TwdwError('E_USAGE', message, { hint: hintFor(kind, readable), cause: error })
}

/** Kinds that are found while the SQL is read, before any row of a file is. */
const KINDS_OF_SQL = ['Parser', 'Syntax', 'Binder', 'Catalog', 'Permission', 'Not implemented']

function isAboutAFile(kind: string, sentence: string, readable: readonly string[]): boolean {
  // `Invalid Error` is what the Parquet reader throws when a footer makes no sense
  if (kind === 'IO' || kind === 'Invalid' || kind === 'Serialization') return true
  if (KINDS_OF_SQL.includes(kind)) return false
  return /\bParquet file\b|\bparquet read\b/.test(sentence) || readable.some(folder => sentence.includes(folder))
}

/** What lies below a folder `layer2` is derived, and no copy of it need be kept. */
function hintForFile(sentence: string): string {
  return sentence.includes('/layer2/')
    ? 'run `twdw consolidate --rebuild`: everything in layer2 can be made again from layer1'
    : 'put a good copy of the file in its place, or move it out of the lake'
}

function hintFor(kind: string, readable: readonly string[]): string {
  switch (kind) {
    case 'Catalog':
      return 'SHOW TABLES lists what can be named'
    case 'Binder':
      return 'DESCRIBE <table> lists the columns of a table'
    case 'Permission':
      return `SQL reads files below ${readable.join(', ')} only`
    case 'Out of Memory':
      return 'ask for less at once: a shorter span, fewer columns'
    default:
      return 'the SQL is that of DuckDB: https://duckdb.org/docs/stable/sql/introduction'
  }
}

/** Without blank lines and without the bytes of the damage; the caret under the line that is wrong stays where it is. */
function onTerminal(message: string): string {
  return message
    .replace(/[^\P{Cc}\n\t]/gu, '?')
    .replace(/\n(\s*\n)+/g, '\n')
    .trimEnd()
}
