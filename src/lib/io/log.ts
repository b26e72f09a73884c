/**
 * What happens while a command works: progress, events and warnings, all on stderr.
 *
 * Answers never go here; they go to stdout through io/print.
 */

/** Values worth reading by a machine; they stand beside the sentence in `--json`. */
export type LogFields = Record<string, string | number | boolean | null>

export interface Log {
  /** The state of the running job; on a terminal it is redrawn in place, elsewhere it is left out. */
  progress(sentence: string): void
  /** Something happened that a user wants to know. */
  info(sentence: string, fields?: LogFields): void
  /** Something is not as it should be and the command goes on. */
  warn(sentence: string, fields?: LogFields): void
  /** Detail for `--verbose`. */
  debug(sentence: string, fields?: LogFields): void
  /** Take a progress line off the terminal. */
  close(): void
}
