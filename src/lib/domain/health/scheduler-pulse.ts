/**
 * What a scheduler (`twdw schedule run`) tells of itself while it runs: its pulse, written every few seconds and never synced.
 *
 * It is for whoever asks whether all is well, and nothing is decided by it. All instants are ISO 8601 UTC.
 */
const FORMAT = 1

/** In the state folder, unless another file is named. */
export const SCHEDULER_PULSE_NAME = 'scheduler.json'

/** A scheduler that runs writes at least this often. */
export const SCHEDULER_PULSE_EVERY_MS = 5_000

export interface SchedulerPulse {
  format: typeof FORMAT
  version: string
  pid: number
  host: string
  lake: string
  /** when it was started */
  since: string
  /** when this was written */
  at: string
  /** it ended in good order */
  ended: boolean
  consolidate: ConsolidatePulse
  /** null where it keeps none */
  listener: ListenerPulse | null
}

export interface ConsolidatePulse {
  is: 'waiting for a lake' | 'running' | 'waiting'
  since: string
  /** null while it runs, and where no time is left */
  nextAt: string | null
  /** the last run that ended */
  last: { startedAt: string; endedAt: string; status: number } | null
  /** end of the first of the runs in a row that failed */
  failingSince: string | null
}

export interface ListenerPulse {
  is: 'running' | 'waiting' | 'ended'
  since: string
  /** how often it was started */
  starts: number
  /** its last exit status; null where it has not ended yet */
  status: number | null
}

export function schedulerPulseToText(pulse: Omit<SchedulerPulse, 'format'>): string {
  return `${JSON.stringify({ format: FORMAT, ...pulse })}\n`
}

/** @returns undefined for a text that is no whole pulse of this format */
export function parseSchedulerPulse(text: string): SchedulerPulse | undefined {
  let value: Partial<SchedulerPulse> | null
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const isWhole =
    value?.format === FORMAT &&
    [value.host, value.since, value.at, value.consolidate?.since].every(one => typeof one === 'string') &&
    typeof value.ended === 'boolean' &&
    (value.listener === null || typeof value.listener?.since === 'string')
  return isWhole ? (value as SchedulerPulse) : undefined
}
