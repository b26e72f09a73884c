/**
 * The shell: statements typed one after the other, each answered over the lake as it is then.
 *
 * On a terminal a mistake is told and the next statement is waited for. A script ends with the first one, as a statement on the
 * command line would.
 */
import { type AnswerForm, formOfAnswer, SHELL_WORDS } from '../domain/answer/forms.ts'
import { parseDotCommand, SHELL_HELP } from '../domain/shell/dot-command.ts'
import { type Entry, takeEnd, takeLine } from '../domain/shell/shell-input.ts'
import { spanText } from '../domain/wording.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { LineSource } from '../io/line-editor.ts'
import type { Log } from '../io/log.ts'
import type { Answer } from './query.ts'

export interface ShellPlan {
  /** in which answers are shown until `.format` names another */
  form: AnswerForm
  /** it was asked for; else an answer in a file has the form of the file's ending */
  isFormChosen: boolean
}

export interface ShellPorts {
  lines: LineSource
  /** where answers are shown that go to no file */
  isOnTerminal: boolean
  clock: Clock
  log: Log
  /** @param before statements that made something and may name views */
  ask(sql: string, before: string, signal: AbortSignal): Promise<Answer[]>
  /**
   * Print it, until the signal aborts, or write it to the file.
   * @param target `sql` is what was asked, behind all that it may build on
   * @returns false when nobody reads any more
   */
  show(
    answers: readonly Answer[],
    target: { sql: string; form: AnswerForm; file: string | undefined },
    signal: AbortSignal,
  ): Promise<boolean>
  /** Text for stdout, beside answers. */
  print(text: string): Promise<boolean>
  /** What went wrong, for a person. */
  complain(error: TwdwError): Promise<void>
  /** A statement that answered nothing was run. */
  learn(sql: string): void
  stopSignal: AbortSignal
}

const PROMPT = 'twdw> '
const PROMPT_WITHIN = '  ...> '

/** @throws TwdwError what goes wrong in a script, E_INTERRUPTED when the process was told to end; a bug as it is */
export async function runShell(plan: ShellPlan, ports: ShellPorts): Promise<void> {
  const { lines } = ports
  const shell: Shell = { ...plan, file: undefined, isTimed: false, before: '' }
  let pending = ''
  for (;;) {
    const read = await lines.readLine(pending === '' ? PROMPT : PROMPT_WITHIN)
    if (read === 'end') break
    if (read === 'cancelled') {
      pending = ''
      continue
    }
    const taken = takeLine(pending, read.line)
    pending = taken.pending
    if (taken.typed !== undefined) lines.remember(taken.typed)
    if (!(await doAll(taken.entries, shell, ports))) return
  }
  await finish(pending, shell, ports)
}

async function finish(pending: string, shell: Shell, ports: ShellPorts): Promise<void> {
  const { lines, stopSignal } = ports
  if (stopSignal.aborted) throw new TwdwError('E_INTERRUPTED', `the shell was ended by ${stopSignal.reason}`)
  // what a person left unfinished was not meant to be run
  if (!lines.isTyped) await doAll(takeEnd(pending), shell, ports)
}

/** What lasts from one statement to the next. */
interface Shell extends ShellPlan {
  /** for the next answer */
  file: string | undefined
  isTimed: boolean
  /** statements so far that answered nothing: what they made may read views */
  before: string
}

/** @returns false when the shell is to end */
async function doAll(entries: readonly Entry[], shell: Shell, ports: ShellPorts): Promise<boolean> {
  for (const { kind, text } of entries) {
    try {
      const goesOn = kind === 'command' ? await obey(text, shell, ports) : await answer(text, shell, ports)
      if (!goesOn) return false
    } catch (error) {
      if (!(error instanceof TwdwError) || !ports.lines.isTyped || ports.stopSignal.aborted) throw error
      await ports.complain(error)
      // what stands on the same line was meant to follow
      return true
    }
  }
  return true
}

async function obey(text: string, shell: Shell, ports: ShellPorts): Promise<boolean> {
  const command = parseDotCommand(text)
  switch (command.do) {
    case 'help':
      return ports.print(SHELL_HELP)
    case 'ask':
      return answer(command.sql, shell, ports)
    case 'form':
      shell.form = chooseForm(command.form, undefined, ports)
      shell.isFormChosen = true
      return true
    case 'once':
      shell.file = command.path
      return true
    case 'timing':
      shell.isTimed = command.isOn
      return true
    case 'quit':
      return false
  }
}

/** @throws TwdwError E_USAGE */
function chooseForm(
  format: AnswerForm | undefined,
  output: string | undefined,
  { isOnTerminal }: Pick<ShellPorts, 'isOnTerminal'>,
): AnswerForm {
  return formOfAnswer({ format, output, json: false }, { isTerminal: isOnTerminal }, SHELL_WORDS)
}

async function answer(sql: string, shell: Shell, { lines, clock, log, ...ports }: ShellPorts): Promise<boolean> {
  const { file } = shell
  shell.file = undefined
  const form = chooseForm(file === undefined || shell.isFormChosen ? shell.form : undefined, file, ports)
  return lines.interruptible(async signal => {
    const startMs = clock.nowMs()
    const answers = await ports.ask(sql, shell.before, signal).finally(() => log.close())
    const askedMs = clock.nowMs() - startMs
    if (answers.length === 0) {
      shell.before += `${sql};\n`
      ports.learn(sql)
      return true
    }
    const goesOn = await ports.show(answers, { sql: shell.before + sql, form, file }, signal)
    if (shell.isTimed) log.info(`answered in ${spanText(askedMs)}`)
    return goesOn
  })
}
