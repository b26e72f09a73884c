/** Words of `--watch`, and what they do not go with. */
import { TwdwError } from '../errors.ts'
import { parseDuration } from '../settings.ts'

const MIN_EVERY_MS = 1000

/** @throws TwdwError E_USAGE */
export function parseEvery(text: string): number {
  const everyMs = parseDuration(text)
  if (everyMs >= MIN_EVERY_MS) return everyMs
  throw new TwdwError('E_USAGE', `"${text}" is too short a time to ask again after`, { hint: 'write 1s or more' })
}

/** Words that say where an answer goes, and in which form. */
export interface WatchWords {
  output: string | undefined
  interactive: boolean
  explain: boolean
  ddl: string | undefined
  form: string
}

/** @throws TwdwError E_USAGE for an answer that cannot be drawn over */
export function refuseUnwatchable({ output, interactive, explain, ddl, form }: WatchWords, isTerminal: boolean): void {
  let what: string | undefined
  if (output !== undefined) what = '--output writes a file once'
  else if (interactive) what = 'a shell asks by itself'
  else if (explain || ddl !== undefined) what = 'SQL does not change'
  else if (!isTerminal) what = 'stdout is none'
  else if (form !== 'table' && form !== 'chart') what = `${form} is for programs`
  if (what === undefined) return
  throw new TwdwError('E_USAGE', `--watch redraws a table or a chart on a terminal, and ${what}`, {
    hint: 'for a program ask in a loop: while sleep 5; do twdw query …; done',
  })
}
