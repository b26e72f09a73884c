/**
 * The front door: argv becomes a command, and whatever a command throws becomes one exit status.
 *
 * The only catch-all of the program, and beside src/lib/io the only file that touches the process.
 */
import yargs, { type CommandModule } from 'yargs'
import packageFile from '../package.json' with { type: 'json' }
import { CONSOLIDATE_OPTIONS, consolidateCommand } from './commands/consolidate.ts'
import { DOCTOR_OPTIONS, doctorCommand } from './commands/doctor.ts'
import { EXPORT_OPTIONS, exportCommand } from './commands/export.ts'
import { FORGET_OPTIONS, forgetCommand } from './commands/forget.ts'
import { listenCommand } from './commands/listen.ts'
import { QUERY_OPTIONS, queryCommand } from './commands/query.ts'
import { REPORT_OPTIONS, reportCommand } from './commands/report.ts'
import { SCHEDULE_OPTIONS, scheduleCommand } from './commands/schedule.ts'
import { STATUS_OPTIONS, statusCommand } from './commands/status.ts'
import { TwdwError } from './lib/errors.ts'
import { logForm } from './lib/io/ports.ts'
import { openStreet } from './lib/io/process-street.ts'
import { readSettingsFiles } from './lib/io/settings-files.ts'
import { journalText, type LogForm } from './lib/io/stderr-log.ts'
import type { Street } from './lib/io/street.ts'
import { LISTEN_OPTIONS } from './lib/listen/command-plan.ts'
import { type CommandOptions, spreadWords, unknownKeys, unknownVariables } from './lib/settings.ts'

const COMMANDS: (CommandOptions & { door: (street: Street) => CommandModule })[] = [
  { name: 'listen', door: listenCommand, options: LISTEN_OPTIONS },
  { name: 'consolidate', door: consolidateCommand, options: CONSOLIDATE_OPTIONS },
  { name: 'query', door: queryCommand, options: QUERY_OPTIONS },
  { name: 'report', door: reportCommand, options: REPORT_OPTIONS },
  { name: 'export', door: exportCommand, options: EXPORT_OPTIONS },
  { name: 'forget', door: forgetCommand, options: FORGET_OPTIONS },
  { name: 'schedule', door: scheduleCommand, options: SCHEDULE_OPTIONS },
  { name: 'status', door: statusCommand, options: STATUS_OPTIONS },
  { name: 'doctor', door: street => doctorCommand(street, () => COMMANDS), options: DOCTOR_OPTIONS },
]

/** A bug: something was thrown that no one foresaw. */
const STATUS_BUG = 1

async function run(words: readonly string[], street: Street): Promise<void> {
  const options = COMMANDS.map(command => command.options)
  const parser = yargs(spreadWords(words, options))
    .scriptName('twdw')
    .usage('$0 <command>\n\nA hashtag data warehouse: tweets in, Parquet star schema out, questions answered.')
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
    .middleware(async ({ _: [command] }) => {
      const unknown = unknownVariables(options, street.env)
      if (unknown.length > 0) {
        throw new TwdwError('E_USAGE', unknown.join('; '), { hint: 'unset it or correct its name' })
      }
      // it tells what is wrong with the files beside all the rest
      if (command === 'doctor') return
      const misspelled = unknownKeys(COMMANDS, await readSettingsFiles(street))
      if (misspelled.length > 0) {
        const hint = 'correct it or take it out; twdw COMMAND --help lists what can be set'
        throw new TwdwError('E_USAGE', misspelled.join('; '), { hint })
      }
    })
  for (const { door } of COMMANDS) parser.command(door(street))
  await parser.parseAsync()
}

/** A fault in the words themselves, as yargs found it. */
function usageError(message: string, [command = '']: readonly string[]): TwdwError {
  if (COMMANDS.some(({ name }) => name === command)) {
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
