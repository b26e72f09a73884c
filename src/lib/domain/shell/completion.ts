/**
 * Completion: what is being written at the cursor, and what it may become.
 *
 * DuckDB itself says what may stand at a place of a statement (`sql_auto_complete`). What it cannot know is decided here: commands
 * of the shell, hashtags of the lake, and that columns of the views in the statement come first.
 */
import { tokensOf } from '../question/sql-statements.ts'
import { DOT_COMMANDS, SHELL_FORMS } from './dot-command.ts'

/** What is to be completed. `word` is what the cursor stands behind, and what a candidate replaces. */
export type Wanted =
  | { kind: 'choices'; word: string; choices: readonly string[] }
  /** hashtags that begin so; `toText` makes what is written of one */
  | { kind: 'tags'; word: string; beginning: string; toText: (tag: string) => string }
  /** `sql` is the statement up to the cursor; behind a dot there are only columns, of `owner` where that is a view */
  | { kind: 'sql'; word: string; sql: string; owner: string | undefined }
  | { kind: 'nothing'; word: string }

/** What DuckDB suggests. */
export interface Suggestion {
  text: string
  /** `keyword`, `column`, `table`, `scalar_function`, … */
  type: string
}

/** As many as a person looks through. */
const MOST_CANDIDATES = 100

/** @param before all that was typed of the statement, on all lines, up to the cursor */
export function wantedAt(before: string): Wanted {
  if (before.startsWith('.')) return wantedOfCommand(before)
  const { last, statement } = lastOf(before)
  if (last?.kind === 'text' && !last.isClosed) return wantedOfText(statement, last.text)
  const isInComment = last?.text.startsWith('--') || (last?.kind === 'comment' && !last.isClosed)
  if (isInComment) return { kind: 'nothing', word: '' }
  const [word = '', beginning] = /#([^\s#'"(),;=]*)$/u.exec(before) ?? []
  const isInName = last?.kind === 'name' && !last.isClosed
  if (beginning !== undefined && !isInName) return { kind: 'tags', word, beginning, toText: tag => sqlText(tag) }
  const [, owner, column] = /([\p{L}_][\p{L}\p{N}_]*)\.("?[\p{L}\p{N}_]*)$/u.exec(before) ?? []
  if (column !== undefined) return { kind: 'sql', word: column, sql: statement, owner }
  const [written = ''] = /"?[\p{L}\p{N}_]*$/u.exec(before) ?? []
  return { kind: 'sql', word: written, sql: statement, owner: undefined }
}

/** The token at the end, and the statement that it belongs to. */
function lastOf(before: string) {
  let from = 0
  let last: { kind: string; isClosed: boolean; text: string } | undefined
  for (const { kind, start, end, isClosed } of tokensOf(before)) {
    if (kind === 'end') from = end
    last = { kind, isClosed, text: before.slice(start, end) }
  }
  return { last, statement: before.slice(from) }
}

function wantedOfCommand(before: string): Wanted {
  const [, name, word] = /^(\.\w*)\s+(.*)$/s.exec(before) ?? []
  if (name === undefined || word === undefined) return { kind: 'choices', word: before, choices: DOT_COMMANDS }
  if (name === '.format') return { kind: 'choices', word, choices: SHELL_FORMS }
  if (name === '.timing') return { kind: 'choices', word, choices: ['on', 'off'] }
  return name === '.schema'
    ? { kind: 'sql', word, sql: `DESCRIBE ${word}`, owner: undefined }
    : { kind: 'nothing', word }
}

/** Whether a text that begins here is compared with a tag: `tag = '`, `h.tag <> '`, `tag IN ('a', '`. */
const OF_A_TAG = /\btag\s*(?:=|==|<>|!=|\bin\s*\((?:\s*'[^']*'\s*,)*)\s*$/i

function wantedOfText(statement: string, text: string): Wanted {
  const written = text.replace(/^[eE]?'/, '')
  const isOfTag = text.startsWith("'") && OF_A_TAG.test(statement.slice(0, -text.length))
  if (!isOfTag) return { kind: 'nothing', word: '' }
  // tags are kept without it
  const beginning = written.replace(/^#/, '')
  return { kind: 'tags', word: written, beginning, toText: tag => sqlText(tag).slice(1) }
}

function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Those of the choices that begin with the word. */
export function choicesFor({ word, choices }: { word: string; choices: readonly string[] }): string[] {
  return choices.filter(choice => choice.startsWith(word))
}

/** @param tags most used first; they are in the lake as they are compared, in lower case */
export function tagsFor(wanted: Extract<Wanted, { kind: 'tags' }>, tags: readonly string[]): string[] {
  const beginning = wanted.beginning.normalize('NFKC').toLowerCase()
  return tags
    .filter(tag => tag.startsWith(beginning))
    .slice(0, MOST_CANDIDATES)
    .map(wanted.toText)
}

/**
 * @param statement the whole of it, also what stands behind the cursor
 * @param columns   of each table
 */
export function namesFor(
  { word, owner }: { word: string; owner: string | undefined },
  statement: string,
  suggestions: readonly Suggestion[],
  columns: ReadonlyMap<string, readonly string[]>,
): string[] {
  const words = new Set(statement.toLowerCase().match(/[\p{L}\p{N}_]+/gu))
  const named = [...columns.keys()].filter(table => words.has(table.toLowerCase()))
  const ofNamed = named.flatMap(table => columns.get(table) ?? [])
  if (owner !== undefined) {
    // a name of a view, else a name that FROM gives one of the views, of which it may say nothing yet
    const all = ofNamed.length > 0 ? ofNamed : [...columns.values()].flat()
    return beginningWith(word, columns.get(owner) ?? all)
  }
  const isFirst = ({ text, type }: Suggestion) => type === 'column' && ofNamed.includes(unquoted(text))
  const sorted = [...suggestions.filter(isFirst), ...suggestions.filter(suggestion => !isFirst(suggestion))]
  const isShouted = /^[A-Z]+$/.test(word)
  const texts = sorted.map(({ text, type }) => (isShouted && type === 'keyword' ? text.toUpperCase() : text))
  return beginningWith(word, texts).filter(text => /^["\p{L}_]/u.test(text))
}

function beginningWith(word: string, texts: readonly string[]): string[] {
  const beginning = unquoted(word).toLowerCase()
  const fitting = texts.filter(text => unquoted(text).toLowerCase().startsWith(beginning))
  return [...new Set(fitting)].slice(0, MOST_CANDIDATES)
}

function unquoted(name: string): string {
  return name.replace(/^"|"$/g, '')
}
