/**
 * Statements of a text of SQL: where one ends and whether the last one has ended.
 *
 * DuckDB's parser cannot tell a statement that goes on from one that is wrong. A `;` ends a statement unless it stands in a
 * text, a quoted name or a comment; texts are `'…'`, `E'…\'…'` and `$tag$…$tag$`, and comments nest.
 */

/** A part of a text. */
export interface Statement {
  text: string
  /** index of its first character in the whole, in UTF-16 units */
  start: number
}

export interface SplitSql {
  /** those that a `;` ends, without it; those of nothing but comments are left out */
  ended: Statement[]
  /** what stands behind the last `;`; undefined where that is nothing but blanks and comments */
  rest: Statement | undefined
}

export type TokenKind = 'blank' | 'comment' | 'text' | 'name' | 'word' | 'end' | 'other'

/** A part of SQL that can be told from its neighbours without a grammar. */
export interface Token {
  kind: TokenKind
  /** half-open range of indexes, in UTF-16 units */
  start: number
  end: number
  /** false for a text, a name or a comment that nothing ends */
  isClosed: boolean
}

/** What a token begins with. A word is read whole, so that `a$b$` begins no text, and neither does `type'`. */
const BEGINNING =
  /(?<blank>\s+|--[^\n\r]*)|(?<comment>\/\*)|(?<escaped>[eE]')|(?<text>')|(?<name>")|(?<tag>\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$)|(?<word>[a-zA-Z_\u{80}-\u{10ffff}][a-zA-Z0-9_$\u{80}-\u{10ffff}]*)|(?<end>;)|(?<other>[\s\S])/uy

/** Each from its first quote to the quote that ends it; a doubled quote ends nothing. */
const QUOTED = {
  text: /'[^']*(?:''[^']*)*'/y,
  escaped: /[eE]'[^'\\]*(?:(?:''|\\[\s\S])[^'\\]*)*'/y,
  name: /"[^"]*(?:""[^"]*)*"/y,
} as const

/** @returns tokens that follow each other without a gap from 0 to the end */
export function* tokensOf(sql: string): Generator<Token> {
  for (let start = 0; start < sql.length; ) {
    const { kind, end } = tokenAt(sql, start)
    yield { kind, start, end: end ?? sql.length, isClosed: end !== undefined }
    start = end ?? sql.length
  }
}

/** @returns without an end where nothing ends it */
function tokenAt(sql: string, start: number): { kind: TokenKind; end: number | undefined } {
  BEGINNING.lastIndex = start
  const { 0: beginning, groups = {} } = BEGINNING.exec(sql)!
  if (groups.comment !== undefined) return { kind: 'comment', end: endOfComment(sql, start) }
  if (groups.tag !== undefined) {
    const at = sql.indexOf(beginning, start + beginning.length)
    return { kind: 'text', end: at < 0 ? undefined : at + beginning.length }
  }
  if (groups.escaped !== undefined) return { kind: 'text', end: endOfQuoted(QUOTED.escaped, sql, start) }
  if (groups.text !== undefined) return { kind: 'text', end: endOfQuoted(QUOTED.text, sql, start) }
  if (groups.name !== undefined) return { kind: 'name', end: endOfQuoted(QUOTED.name, sql, start) }
  const kind = groups.blank !== undefined ? 'blank' : groups.word !== undefined ? 'word' : undefined
  return { kind: kind ?? (groups.end === undefined ? 'other' : 'end'), end: start + beginning.length }
}

function endOfQuoted(quoted: RegExp, sql: string, start: number): number | undefined {
  quoted.lastIndex = start
  return quoted.test(sql) ? quoted.lastIndex : undefined
}

function endOfComment(sql: string, start: number): number | undefined {
  const marks = /\/\*|\*\//g
  marks.lastIndex = start
  let depth = 0
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1
    if (depth === 0) return marks.lastIndex
  }
  return undefined
}

/** A text as its statements. A comment that nothing ends is a rest, for what follows may end it. */
export function splitStatements(sql: string): SplitSql {
  const ended: Statement[] = []
  let [from, to]: [number | undefined, number] = [undefined, 0]
  const takeStatement = (): Statement | undefined => {
    const statement = from === undefined ? undefined : { text: sql.slice(from, to), start: from }
    from = undefined
    return statement
  }
  for (const { kind, start, end, isClosed } of tokensOf(sql)) {
    if (kind === 'end') {
      const statement = takeStatement()
      if (statement !== undefined) ended.push(statement)
    } else if (!isClosed || (kind !== 'blank' && kind !== 'comment')) {
      from ??= start
      to = end
    }
  }
  return { ended, rest: takeStatement() }
}
