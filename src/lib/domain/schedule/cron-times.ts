/**
 * Times at which something runs, as a cron expression in a time zone says them.
 *
 * Where clocks are put forward or back, a fixed time of the day (`30 2 * * *`) comes once: in a night without it when the gap is
 * over, in a night with two of it the first time. Every other expression follows the hours that really pass.
 */
import { Cron } from 'croner'
import { TwdwError } from '../../errors.ts'

/** An expression that was understood. */
export interface CronTimes {
  /** The first time after an instant; undefined where none is to come. All in milliseconds since 1970-01-01T00:00Z. */
  after(instantMs: number): number | undefined
}

/**
 * @param expression five fields, six with seconds before them, or `@hourly` and its like
 * @param timeZone as `parseTimeZone` gives it
 * @throws TwdwError E_USAGE for an expression that is none, or that depends on when it is read (`?`)
 */
export function parseCronTimes(expression: string, timeZone: string): CronTimes {
  if (expression.includes('?')) throw notUnderstood(expression, '? stands for the time at which twdw was started')
  if (!/^\s*(?:@\w+|\S+(?:\s+\S+){4,5})\s*$/.test(expression)) {
    throw notUnderstood(expression, 'it has to have five fields, or six with seconds before them')
  }
  try {
    // made without a function to call it never starts a timer, and asked with an instant it reads no clock
    const cron = new Cron(expression, { timezone: timeZone, mode: '5-or-6-parts' })
    return { after: instantMs => cron.nextRun(new Date(instantMs))?.getTime() }
  } catch (cause) {
    throw notUnderstood(expression, libraryWords(cause), cause)
  }
}

function libraryWords(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  return message.replace(/^Cron\w+: /, '').replace(/^[A-Z]/, letter => letter.toLowerCase())
}

function notUnderstood(expression: string, because: string, cause?: unknown): TwdwError {
  return new TwdwError('E_USAGE', `"${expression}" is no cron expression: ${because}`, {
    cause,
    hint: "write minute, hour, day, month and weekday: '5 * * * *' is five minutes past every hour",
  })
}
