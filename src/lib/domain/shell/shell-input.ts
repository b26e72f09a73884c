/**
 * Lines typed into the shell → what is to be done.
 *
 * A line that begins with a dot is a command of the shell, unless a statement has begun; a statement goes on over lines until
 * its `;`.
 */
import { splitStatements } from '../question/sql-statements.ts'

/** What the shell does next. */
export interface Entry {
  kind: 'statement' | 'command'
  text: string
}

export interface TakenLine {
  entries: Entry[]
  /** the beginning of a statement that goes on; '' where there is none */
  pending: string
  /** what was typed and is done with, for the history; undefined where nothing is */
  typed: string | undefined
}

/** @param pending what the lines before left */
export function takeLine(pending: string, line: string): TakenLine {
  if (pending === '' && line.trimStart().startsWith('.')) {
    const text = line.trim()
    return { entries: [{ kind: 'command', text }], pending: '', typed: text }
  }
  const text = pending === '' ? line : `${pending}\n${line}`
  const { ended, rest } = splitStatements(text)
  const typed = text.slice(0, rest?.start).trim()
  return {
    entries: ended.map(statement => ({ kind: 'statement', text: statement.text })),
    pending: rest === undefined ? '' : text.slice(rest.start),
    typed: typed === '' ? undefined : typed,
  }
}

/** What a script ends with is a statement, even without its `;`. */
export function takeEnd(pending: string): Entry[] {
  const { rest } = splitStatements(pending)
  return rest === undefined ? [] : [{ kind: 'statement', text: rest.text }]
}
