/**
 * Failures that twdw understands, each with the exit status that scripts can rely on.
 *
 * Anything thrown that is not a TwdwError is a bug: main.ts shows its stack and exits 1.
 */

/** Stable names of expected failures; the number is the exit status of the process. */
export const EXIT_STATUS = {
  E_USAGE: 2, // the words on the command line or in a settings file are wrong
  E_REFUSED: 3, // the other side said no: 401, 402, 403
  E_SOURCE: 4, // the source of tweets cannot be reached or read
  E_LAKE: 5, // the lake (or the disk below it) cannot be reached, written, or is damaged
  E_DATA: 6, // data failed a check; nothing was published
  E_CAP: 7, // a spending cap was reached
  E_INTERRUPTED: 130, // stopped by a signal before the work was done
} as const

export type ErrorCode = keyof typeof EXIT_STATUS

/**
 * A failure we understand. `message` is one sentence: what happened to which thing, with
 * values and units. `hint` is the next step to take; it is absent only where there is none.
 */
export class TwdwError extends Error {
  override readonly name = 'TwdwError'
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }

  get exitStatus(): number {
    return EXIT_STATUS[this.code]
  }
}

/** SQL that is wrong at a place. `message` says what; whoever has the whole text shows where. */
export class SqlError extends TwdwError {
  /** index in the text that was run, in UTF-16 units; its length where more should have followed */
  readonly at: number

  constructor(message: string, at: number, options: { hint?: string; cause?: unknown } = {}) {
    super('E_USAGE', message, options)
    this.at = at
  }
}

/** An engine elsewhere that cannot be reached, is gone, or gave up: asking it again is no use. */
export class EngineGone extends TwdwError {
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('E_LAKE', message, options)
  }
}

/** A file that was to be new is there already, with other bytes. */
export class AlreadyThere extends TwdwError {
  /** @param file its full name */
  constructor(file: string) {
    super('E_LAKE', `${file} was written by somebody else meanwhile`, {
      hint: 'run it again: what is left to do is done then',
    })
  }
}

/** The `code` that Node puts on system errors (`ENOSPC`, `ECONNRESET`, …); undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined
  return typeof code === 'string' ? code : undefined
}

/** A worker died, was ended, or does not answer: what it was asked for will never be there. */
export class WorkerGone extends Error {}

const UNWRITABLE = ['EROFS', 'EACCES', 'EPERM']

/** True for what a disk or a store does not let this account do, however often it is tried. */
export function isUnwritable(error: unknown): error is TwdwError {
  if (!(error instanceof TwdwError)) return false
  return (
    error.code === 'E_REFUSED' || (error.code === 'E_LAKE' && UNWRITABLE.includes(systemErrorCode(error.cause) ?? ''))
  )
}
