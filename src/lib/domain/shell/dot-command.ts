/** Commands of the shell, named as in the shells of DuckDB and SQLite. */
import { TwdwError } from '../../errors.ts'
import { type AnswerForm, FORMATS } from '../answer/forms.ts'

export type DotCommand =
  | { do: 'help' }
  /** what a statement answers */
  | { do: 'ask'; sql: string }
  | { do: 'form'; form: AnswerForm }
  /** the next answer goes to a file */
  | { do: 'once'; path: string }
  | { do: 'timing'; isOn: boolean }
  | { do: 'quit' }

export const SHELL_FORMS = [...FORMATS, 'chart'] as const

const NAMES = ['help', 'tables', 'schema', 'format', 'once', 'timing', 'quit'] as const
type Name = (typeof NAMES)[number]
export const DOT_COMMANDS: readonly string[] = NAMES.map(name => `.${name}`)

export const SHELL_HELP = `A statement ends with ; and may go on over lines. Tab completes tables, columns and functions,
and hashtags after # or within tag = '. Ctrl-C drops the line or stops the query, Ctrl-D leaves.

.tables            views of the lake
.schema VIEW       columns of a view; without one, of all
.format FORM       ${SHELL_FORMS.join(', ')}
.once FILE         write the next answer to a file
.timing on|off     say how long each answer took
.help              this text
.quit              leave

Tables, macros and variables that you make (CREATE TEMP TABLE, CREATE MACRO, SET VARIABLE) last as
long as the shell. SQL never changes the lake.
`

/** @param text with its dot. @throws TwdwError E_USAGE */
export function parseDotCommand(text: string): DotCommand {
  const [, name = '', rest = ''] = /^\.(\S*)\s*([\s\S]*?)\s*;?$/.exec(text) ?? []
  const known = name === 'exit' ? 'quit' : NAMES.find(each => each === name)
  if (known === undefined) {
    throw new TwdwError('E_USAGE', `there is no command .${name}`, {
      hint: `.help lists them: ${DOT_COMMANDS.join(' ')}`,
    })
  }
  return PARSE[known](rest)
}

const PARSE: Readonly<Record<Name, (rest: string) => DotCommand>> = {
  help: () => ({ do: 'help' }),
  tables: () => ({ do: 'ask', sql: 'SHOW TABLES' }),
  schema: view => ({ do: 'ask', sql: view === '' ? ALL_COLUMNS : `DESCRIBE "${view.replaceAll('"', '""')}"` }),
  format: word => {
    const form = SHELL_FORMS.find(each => each === word)
    if (form === undefined) throw notOneOf('.format', word, SHELL_FORMS)
    return { do: 'form', form }
  },
  once: path => {
    if (path === '') throw new TwdwError('E_USAGE', '.once names no file', { hint: 'write .once answer.csv' })
    return { do: 'once', path: path.replace(/^(['"])(.*)\1$/, '$2') }
  },
  timing: word => {
    if (word !== 'on' && word !== 'off') throw notOneOf('.timing', word, ['on', 'off'])
    return { do: 'timing', isOn: word === 'on' }
  },
  quit: () => ({ do: 'quit' }),
}

const ALL_COLUMNS =
  'SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index'

function notOneOf(command: string, word: string, words: readonly string[]): TwdwError {
  const sentence = word === '' ? `${command} names nothing` : `"${word}" is nothing for ${command}`
  return new TwdwError('E_USAGE', sentence, { hint: `write one of ${words.join(', ')}` })
}
