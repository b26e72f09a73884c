/**
 * Statements of a text of Spark SQL: where one ends, and whether it only reads.
 *
 * Spark quotes otherwise than DuckDB: a text is `'…'` or `"…"` with escapes by `\`, or `r'…'` without, and a name is `` `…` ``.
 * Comments nest. Whoever asks a question changes nothing in a cluster that is somebody's own.
 */
import { TwdwError } from '../../errors.ts'
import type { Statement } from './sql-statements.ts'

interface Token {
  kind: 'blank' | 'text' | 'name' | 'word' | 'other'
  /** half-open range of indexes, in UTF-16 units */
  start: number
  end: number
}

const BEGINNING =
  /(?<blank>\s+|--(?:\\\n|[^\n\r])*)|(?<comment>\/\*)|(?<raw>[rR](?:'[^']*'?|"[^"]*"?))|(?<text>'(?:[^'\\]|\\[\s\S])*'?|"(?:[^"\\]|\\[\s\S])*"?)|(?<name>`[^`]*`?)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<number>\d[\p{L}\p{N}_]*)|(?<other>[\s\S])/uy

/** @returns tokens that follow each other without a gap from 0 to the end; comments are blanks, and what nothing ends is a whole */
function* tokensOf(sql: string): Generator<Token> {
  for (let start = 0; start < sql.length; ) {
    BEGINNING.lastIndex = start
    const { 0: found, groups = {} } = BEGINNING.exec(sql)!
    const end = groups.comment === undefined ? start + found.length : endOfComment(sql, start)
    yield { kind: kindOf(groups), start, end }
    start = end
  }
}

function kindOf(groups: Readonly<Record<string, string | undefined>>): Token['kind'] {
  if (groups.blank !== undefined || groups.comment !== undefined) return 'blank'
  if (groups.raw !== undefined || groups.text !== undefined) return 'text'
  if (groups.name !== undefined) return 'name'
  return groups.word === undefined ? 'other' : 'word'
}

function endOfComment(sql: string, start: number): number {
  const marks = /\/\*|\*\//g
  marks.lastIndex = start
  let depth = 0
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return marks.lastIndex
  }
  return sql.length
}

/** What a `;` parts, or the end of the text; those of nothing but comments are left out. */
export function splitSparkStatements(sql: string): Statement[] {
  const statements: Statement[] = []
  let [from, to]: [number | undefined, number] = [undefined, 0]
  const take = () => {
    if (from !== undefined) statements.push({ text: sql.slice(from, to), start: from })
    from = undefined
  }
  for (const { kind, start, end } of tokensOf(sql)) {
    if (kind === 'other' && sql[start] === ';') take()
    else if (kind !== 'blank') {
      from ??= start
      to = end
    }
  }
  take()
  return statements
}

const READING = ['SELECT', 'WITH', 'VALUES', 'FROM', 'TABLE', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN']
/** may stand behind the tables that WITH and FROM name */
const WRITING = ['INSERT', 'DELETE', 'UPDATE', 'MERGE']

/** @throws TwdwError E_USAGE where there is no statement, or one that does more than read */
export function refuseSparkWrites(sql: string): void {
  const statements = splitSparkStatements(sql)
  if (statements.length === 0) {
    throw new TwdwError('E_USAGE', 'there is no statement in the SQL', { hint: 'write a SELECT' })
  }
  for (const { text } of statements) {
    const word = writingWordOf(text)
    if (word === undefined) continue
    const what = word === '' ? 'what begins with no word is no statement' : `${word} statements are not run`
    throw new TwdwError('E_USAGE', `SQL here answers questions; ${what}`, {
      hint: 'write a SELECT; what changes tables of your Spark you run there',
    })
  }
}

/** The word by which a statement does more than read; undefined for one that reads. */
function writingWordOf(statement: string): string | undefined {
  const tokens = [...tokensOf(statement)].filter(({ kind }) => kind !== 'blank')
  const textOf = (token: Token | undefined) => statement.slice(token?.start ?? 0, token?.end ?? 0)
  const wordOf = (token: Token | undefined) => (token?.kind === 'word' ? textOf(token).toUpperCase() : '')
  const first = tokens.findIndex(token => textOf(token) !== '(')
  const begins = wordOf(tokens[first])
  if (!READING.includes(begins)) return begins
  if (begins !== 'WITH' && begins !== 'FROM') return undefined
  let depth = 0
  for (const [i, token] of tokens.entries()) {
    const text = textOf(token)
    depth += text === '(' ? 1 : text === ')' ? -1 : 0
    const word = wordOf(token)
    if (depth > 0 || !WRITING.includes(word)) continue
    // as a name it stands neither behind what is in brackets nor before one of these words
    const isBehindTables = textOf(tokens[i - 1]) === ')'
    if (isBehindTables || ['INTO', 'OVERWRITE'].includes(wordOf(tokens[i + 1]))) return word
  }
  return undefined
}
