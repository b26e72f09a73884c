/**
 * When consolidate runs next: at the times of its schedule, and sooner after a failure that another run may mend.
 *
 * One run finds every hour that was missed. So however many times passed while a run went on, the machine slept or the clock
 * was put forward, one run is owed for all of them.
 */

import type { CronTimes } from './cron-times.ts'
import { LASTING_STATUSES } from './jobs.ts'

export interface Rhythm {
  /** times of the schedule up to this instant are done with */
  doneUntilMs: number
  /** runs in a row after which another one may help */
  failures: number
  /** when it is tried again, unless a time of the schedule comes first; undefined after a run that needs no other */
  retryAtMs: number | undefined
}

/** A run that has ended. */
export interface EndedRun {
  startedMs: number
  endedMs: number
  /** 128 + its number where a signal ended it */
  status: number
}

/** What the status of a run means for the next: `lasting` is one that none can mend. */
export type Verdict = 'done' | 'retry' | 'next-time' | 'lasting'

/** E_SOURCE and E_LAKE */
const PASSING_STATUSES: readonly number[] = [4, 5]
/** Wrong words, which stay wrong. */
export const [STATUS_USAGE] = LASTING_STATUSES

/** What signals end, for want of memory above all, may go well the next time. A bug or a failed check does not at once. */
export function judgeStatus(status: number): Verdict {
  if (status === 0) return 'done'
  if (status === STATUS_USAGE) return 'lasting'
  return PASSING_STATUSES.includes(status) || status > 128 ? 'retry' : 'next-time'
}

const FIRST_RETRY_MS = 60_000
const MAX_RETRY_MS = 1_800_000

/** The rhythm before the first run, which begins at once: whatever was missed is made up for. */
export function beginRhythm(nowMs: number): Rhythm {
  return { doneUntilMs: nowMs, failures: 0, retryAtMs: undefined }
}

/** What comes after a run that has ended: its time again, or sooner where another try may help. */
export function afterRun({ failures: before }: Rhythm, { startedMs, endedMs, status }: EndedRun): Rhythm {
  if (judgeStatus(status) !== 'retry') return beginRhythm(startedMs)
  const waitMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** before)
  return { doneUntilMs: startedMs, failures: before + 1, retryAtMs: endedMs + waitMs }
}

/** When the next run is due, also in the past; undefined where the schedule has no time left. */
export function dueMs({ doneUntilMs, retryAtMs }: Rhythm, times: CronTimes): number | undefined {
  const next = times.after(doneUntilMs)
  return retryAtMs === undefined || (next !== undefined && next < retryAtMs) ? next : retryAtMs
}

/** Less than this is a correction of the clock, and a time that has just come must not come again for it. */
const PUT_BACK_MS = 60_000

/** A clock that was put back has times before it again that are done with by the former one: they are waited for anew. */
export function followClock(rhythm: Rhythm, nowMs: number): Rhythm {
  if (nowMs >= rhythm.doneUntilMs - PUT_BACK_MS) return rhythm
  const retryAtMs = rhythm.retryAtMs && nowMs + Math.max(0, rhythm.retryAtMs - rhythm.doneUntilMs)
  return { ...rhythm, doneUntilMs: nowMs, retryAtMs }
}
