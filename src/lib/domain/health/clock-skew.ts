/**
 * Clock skew: how far our clock is from X's, by the `date` of one of its answers.
 *
 * X tells whole seconds, and the answer was on its way for a moment: what is certain is only that X's clock stood
 * somewhere between the two. Within that the skew is taken for none.
 */
const SECOND_MS = 1000

export interface AnswerTimes {
  /** header of the answer; undefined where X sent none */
  date: string | undefined
  /** by our clock, milliseconds since 1970-01-01T00:00Z */
  sentAtMs: number
  answeredAtMs: number
}

/** From so much on it is worth setting right, and from so much on it spoils what is captured. */
export const SKEW_WARNING_MS = 2_000
export const SKEW_FAULT_MS = 30_000

/** @returns least possible skew, above 0 where our clock is ahead; undefined where X did not tell the time */
export function skewMs({ date, sentAtMs, answeredAtMs }: AnswerTimes): number | undefined {
  const dateMs = Date.parse(date ?? '')
  if (Number.isNaN(dateMs)) return undefined
  // `+ 0`: a skew of -0 is none
  if (sentAtMs > dateMs + SECOND_MS) return sentAtMs - (dateMs + SECOND_MS)
  return Math.min(0, answeredAtMs - dateMs) + 0
}
