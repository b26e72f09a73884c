/**
 * A log on stderr: a spinner (ora) on a terminal, one line an event elsewhere, JSON lines with
 * `--json`, and `<N>` priorities under journald, which takes them off again.
 */
import type { Ora } from 'ora'
import type { Log, LogFields } from './log.ts'
import type { Outlet } from './street.ts'

export type LogForm = 'terminal' | 'lines' | 'json' | 'journald'
export type LogLevel = 'quiet' | 'normal' | 'verbose'

/** syslog priorities, as journald reads them from the start of a line */
const PRIORITY = { error: 3, warn: 4, info: 6, debug: 7 } as const
type Level = keyof typeof PRIORITY

/** A text as journald is to get it: each line is an entry of its own, and without a priority it would be mere information. */
export function journalText(level: Level, text: string): string {
  return text.replace(/^/gm, `<${PRIORITY[level]}>`)
}

/** @param nowMs time of an event, for the JSON form */
export function openLog(outlet: Outlet, form: LogForm, level: LogLevel, nowMs: () => number): Log {
  const isSpun = form === 'terminal' && level !== 'quiet'
  let spinner: Ora | undefined
  let isClosed = false
  let latest: string | undefined

  /** Its library takes longer to load than many a job: what is done by then is not spun. */
  const openSpinner = async () => {
    const { default: ora } = await import('ora')
    if (!isClosed) spinner = ora({ stream: process.stderr, discardStdin: false, text: latest! }).start()
  }

  const tell = (eventLevel: Level, sentence: string, fields: LogFields | undefined) => {
    if (level === 'quiet' && eventLevel !== 'warn') return
    if (level !== 'verbose' && eventLevel === 'debug') return
    const text = eventToText(form, eventLevel, sentence, fields, nowMs)
    const wasSpinning = spinner?.isSpinning ?? false
    if (wasSpinning) spinner?.clear()
    void outlet.write(`${text}\n`)
    if (wasSpinning) spinner?.render()
  }

  return {
    progress(sentence) {
      if (!isSpun) return
      if (latest === undefined) void openSpinner()
      latest = sentence
      if (spinner !== undefined) spinner.text = sentence
    },
    info: (sentence, fields) => tell('info', sentence, fields),
    warn: (sentence, fields) => tell('warn', sentence, fields),
    debug: (sentence, fields) => tell('debug', sentence, fields),
    close() {
      isClosed = true
      spinner?.stop()
    },
  }
}

function eventToText(
  form: LogForm,
  level: Level,
  sentence: string,
  fields: LogFields | undefined,
  nowMs: () => number,
): string {
  if (form === 'json') {
    return JSON.stringify({ at: new Date(nowMs()).toISOString(), level, message: sentence, ...fields })
  }
  const text = level === 'warn' ? `warning: ${sentence}` : sentence
  return form === 'journald' ? journalText(level, text) : text
}
