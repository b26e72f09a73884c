/**
 * The front door: argv becomes a command, and whatever a command throws becomes one exit status.
 *
 * The only catch-all of the program, and beside src/lib/io the only file that touches the process.
 */
import yargs, { type ArgumentsCamelCase, type CommandModule } from 'yargs'
import packageFile from '../package.json' with { type: 'json' }
import { TwdwError } from './lib/errors.ts'
import { loadAhead, logForm } from './lib/io/ports.ts'
import { openStreet } from './lib/io/process-street.ts'
import { readSettingsFiles } from './lib/io/settings-files.ts'
import { journalText, type LogForm } from './lib/io/stderr-log.ts'
import type { Street } from './lib/io/street.ts'
import { type CommandOptions, spreadWords, unknownKeys, unknownVariables } from './lib/settings.ts'

export const SUMMARY = 'A hashtag data warehouse: tweets in, Parquet star schema out, questions answered.'

/** A command as yargs and the settings know it. */
export interface Command extends CommandOptions {
  door: (street: Street) => CommandModule
}

/** Loaded when it is asked for: a question need not wait for the words of a listener. */
const COMMANDS: Record<string, () => Promise<Omit<Command, 'name'>>> = {
  async listen() {
    const [{ listenCommand: door }, { LISTEN_OPTIONS: options }] = await Promise.all([
      import('./commands/listen.ts'),
      import('./lib/listen/command-plan.ts'),
    ])
    return { door, options }
  },
  async consolidate() {
    const { consolidateCommand: door, CONSOLIDATE_OPTIONS: options } = await import('./commands/consolidate.ts')
    return { door, options }
  },
  async compact() {
    const { compactCommand: door, COMPACT_OPTIONS: options } = await import('./commands/compact.ts')
    return { door, options }
  },
  async query() {
    const [{ queryCommand: door }, { QUERY_OPTIONS: options }] = await Promise.all([
      import('./commands/query.ts'),
      import('./lib/query/command-plan.ts'),
    ])
    return { door, options }
  },
  async report() {
    const { reportCommand: door, REPORT_OPTIONS: options } = await import('./commands/report.ts')
    return { door, options }
  },
  async export() {
    const { exportCommand: door, EXPORT_OPTIONS: options } = await import('./commands/export.ts')
    return { door, options }
  },
  async forget() {
    const { forgetCommand: door, FORGET_OPTIONS: options } = await import('./commands/forget.ts')
    return { door, options }
  },
  async copy() {
    const { copyCommand: door, COPY_OPTIONS: options } = await import('./commands/copy.ts')
    return { door, options }
  },
  async schedule() {
    const { scheduleCommand: door, SCHEDULE_OPTIONS: options } = await import('./commands/schedule.ts')
    return { door, options }
  },
  async status() {
    const { statusCommand: door, STATUS_OPTIONS: options } = await import('./commands/status.ts')
    return { door, options }
  },
  async doctor() {
    const { doctorCommand, DOCTOR_OPTIONS: options } = await import('./commands/doctor.ts')
    return { door: street => doctorCommand(street, () => loadCommands(ALL_COMMANDS)), options }
  },
  async completion() {
    const { completionCommand: door, COMPLETION_OPTIONS: options } = await import('./commands/completion.ts')
    return { door, options }
  },
}
export const ALL_COMMANDS = Object.keys(COMMANDS)

/** What they ask takes DuckDB, which needs longer to load than words to be read. */
const ASKING = ['query', 'report', 'export']

/** Words that say so; where only a settings file does, DuckDB is loaded in vain. */
function asksSpark(words: readonly string[]): boolean {
  return words.includes('--engine=spark') || words[words.indexOf('--engine') + 1] === 'spark'
}

export function loadCommands(names: readonly string[]): Promise<Command[]> {
  return Promise.all(names.map(async name => ({ name, ...(await COMMANDS[name]!()) })))
}

/** The command that stands first; all of them where it is none, for whoever then lists or recommends them; none for its version. */
function commandsIn(words: readonly string[]): readonly string[] {
  const [first] = words.filter(word => !word.startsWith('-'))
  if (first !== undefined && Object.hasOwn(COMMANDS, first)) return [first]
  return words.length === 1 && words[0] === '--version' ? [] : ALL_COMMANDS
}

/** A bug: something was thrown that no one foresaw. */
const STATUS_BUG = 1

async function run(words: readonly string[], street: Street): Promise<void> {
  // a line that is not finished is no line for a parser
  if (words[0] === 'completion' && words[1] === '--') {
    const { completeWords } = await import('./commands/completion.ts')
    return completeWords(words.slice(2), { names: ALL_COMMANDS, load: loadCommands }, street)
  }
  if (ASKING.includes(words[0] ?? '') && !words.includes('--help') && !asksSpark(words)) await loadAhead(street)
  const commands = await loadCommands(commandsIn(words))
  const options = commands.map(command => command.options)
  const parser = yargs(spreadWords(words, options))
    .scriptName('twdw')
    .usage(`$0 <command>\n\n${SUMMARY}`)
    .parserConfiguration({
      'camel-case-expansion': false,
      'boolean-negation': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    })
    .version(street.version)
    .alias('h', 'help')
    .strict()
    .demandCommand(1, 'no command was given')
    .recommendCommands()
    .strictCommands()
    .wrap(null)
    .exitProcess(false)
    .fail((message, error) => {
      // yargs tells of its own findings in either of two ways
      throw error === undefined || error.name === 'YError' ? usageError(message ?? error.message, words) : error
    })
  for (const { name, door } of commands) {
    const { handler, ...words } = door(street)
    const choose = (argv: ArgumentsCamelCase) => {
      throw new Chosen(async () => {
        // doctor tells what is wrong with the settings beside all the rest
        await refuseUnknownSettings(street, { isDoctor: name === 'doctor' })
        await handler(argv)
      })
    }
    parser.command({ ...words, handler: choose })
  }
  try {
    parser.parse()
  } catch (thrown) {
    if (!(thrown instanceof Chosen)) throw thrown
    await thrown.begin()
  }
}

/**
 * Thrown by the command that yargs has found, so as to leave yargs at once: a handler that returns has it set its whole help
 * first, which takes longer than all the rest of a start.
 */
class Chosen {
  readonly begin: () => Promise<void>
  constructor(begin: () => Promise<void>) {
    this.begin = begin
  }
}

/** @throws TwdwError E_USAGE for variables, and where doctor does not tell of them keys of files, that no command reads */
async function refuseUnknownSettings(street: Street, { isDoctor }: { isDoctor: boolean }): Promise<void> {
  const files = isDoctor ? [] : await readSettingsFiles(street)
  const hasVariables = Object.keys(street.env).some(name => name.startsWith('TWDW_'))
  if (files.length === 0 && !hasVariables) return
  const commands = await loadCommands(ALL_COMMANDS)
  const unknown = unknownVariables(
    commands.map(({ options }) => options),
    street.env,
  )
  if (unknown.length > 0) {
    throw new TwdwError('E_USAGE', unknown.join('; '), { hint: 'unset it or correct its name' })
  }
  const misspelled = unknownKeys(commands, files)
  if (misspelled.length > 0) {
    const hint = 'correct it or take it out; twdw COMMAND --help lists what can be set'
    throw new TwdwError('E_USAGE', misspelled.join('; '), { hint })
  }
}

/** A fault in the words themselves, as yargs found it. */
function usageError(message: string, [command = '']: readonly string[]): TwdwError {
  if (Object.hasOwn(COMMANDS, command)) {
    const fault = message.replace(/^Unknown commands?:/, `${command} does not take`)
    return new TwdwError('E_USAGE', lowerFirst(fault), { hint: `run \`twdw ${command} --help\`` })
  }
  const [, suggestion] = /^Did you mean (.*)\?$/.exec(message) ?? []
  const nearest = suggestion === undefined ? '' : `; did you mean ${suggestion}?`
  const isUnknown = suggestion !== undefined || message.startsWith('Unknown command')
  const sentence = isUnknown ? `there is no command "${command}"${nearest}` : lowerFirst(message)
  return new TwdwError('E_USAGE', sentence, { hint: 'run `twdw --help`' })
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** What went wrong: for a person one sentence and one hint, of a bug its stack; for a program one JSON object. */
function explain(error: unknown, form: LogForm): string {
  const stack = error instanceof Error ? error.stack : String(error)
  const bug = { message: `this is a bug in twdw ${packageFile.version}; please report it with what you ran`, stack }
  if (form === 'json') {
    const known = error instanceof TwdwError ? { code: error.code, message: error.message, hint: error.hint } : bug
    return `${JSON.stringify({ level: 'error', status: statusOf(error), ...known })}\n`
  }
  const lines =
    error instanceof TwdwError
      ? [`twdw: ${error.message}`, ...(error.hint === undefined ? [] : [`  try: ${error.hint}`])]
      : [`twdw: ${bug.message}`, bug.stack]
  const text = lines.join('\n')
  return `${form === 'journald' ? journalText('error', text) : text}\n`
}

function statusOf(error: unknown): number {
  return error instanceof TwdwError ? error.exitStatus : STATUS_BUG
}

// what writes the manual page imports this file
if (import.meta.main) {
  const street = openStreet({ version: packageFile.version })
  const words = process.argv.slice(2)
  try {
    await run(words, street)
  } catch (error) {
    // whatever was wrong with the words, the one that says how to tell of it counts
    const json = words.includes('--json') || street.env.TWDW_JSON === 'true'
    await street.stderr.write(explain(error, logForm({ json }, street)))
    process.exitCode = statusOf(error)
  }
  street.leave()
}
