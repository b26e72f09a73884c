/**
 * The pulse: what a listener tells of itself while it runs, and why it ended.
 *
 * It lies in the state folder, one file a source, because files may be read beside a listener to X. It is written every
 * few seconds and never synced, so it may be old, or gone after a power cut: it is for people to look at, and nothing
 * is decided by it. All instants are ISO 8601 UTC.
 */
import type { SourceName } from '../layer1.ts'
import type { UtcDay } from '../x/spend.ts'
import type { Lag } from './lag.ts'
import type { Rates } from './rate.ts'

/** Raised when a reader of this version could not make sense of it. */
const PULSE_FORMAT = 1

/** A listener that runs writes at least this often, unless the disk is slow. */
export const PULSE_EVERY_MS = 2_000

export interface Pulse {
  format: typeof PULSE_FORMAT
  version: string
  pid: number
  host: string
  lake: string
  source: SourceName
  tags: readonly string[]
  /** when the run began */
  since: string
  /** when this was written */
  at: string
  state: PulseState
  /** its name in layer1/sessions; null outside of one and before its first line */
  session: string | null
  /** connections of this run */
  sessions: number
  /** anything at all from the source, heartbeats too */
  lastHeardAt: string | null
  /** `createdAt` is the time inside its id; null for an id that has none */
  lastTweet: { id: string; createdAt: string | null; capturedAt: string } | null
  /** of this run */
  lines: number
  tweets: number
  rejected: number
  rate: Rates
  /** null where nothing came lately, and for files, which are old whenever they are read */
  lag: Lag | null
  /** by which X chooses what it sends; `value` is in X's own language */
  rules: readonly { name: string; value: string }[]
  /** of the open segment */
  journalBytes: number
  /** null where the source costs nothing */
  spending: PulseSpending | null
}

export type PulseState =
  /** what an earlier run left is being stored, and nothing is asked yet */
  | { is: 'starting'; since: string }
  | { is: 'connecting'; since: string }
  | { is: 'connected'; since: string }
  | { is: 'waiting'; since: string; until: string; because: string }
  /** nothing is read until the disk takes it, by choice: what has arrived is not in the journal yet */
  | { is: 'paused'; since: string; because: string }
  /** `because` is why, `failed` whether it was a failure */
  | { is: 'ended'; since: string; because: string; failed: boolean }

/** In dollars; the open segment included. */
export interface PulseSpending {
  day: UtcDay
  dayUsd: number
  totalUsd: number
  /** in all, should X also bill what came beside the tweets */
  possibleTotalUsd: number
  /** null: no such cap */
  maxUsdPerDay: number | null
  maxUsd: number | null
  /** that there is room for; null without a cap, and where the caps are not known */
  tweetsLeft: number | null
}

/** The file's name in the state folder. */
export function pulseFileName(source: SourceName): string {
  return source === 'stream' ? 'listener.json' : `listener-${source}.json`
}

export function pulseToText(pulse: Omit<Pulse, 'format'>): string {
  return `${JSON.stringify({ format: PULSE_FORMAT, ...pulse }, null, 1)}\n`
}

/** @returns undefined for a text that is no whole pulse of this format */
export function parsePulse(text: string): Pulse | undefined {
  let value: Partial<Pulse> | null
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const isWhole =
    value?.format === PULSE_FORMAT &&
    [value.version, value.host, value.lake, value.source, value.since, value.at].every(
      one => typeof one === 'string',
    ) &&
    [value.pid, value.sessions, value.lines, value.tweets, value.rejected, value.journalBytes].every(Number.isFinite) &&
    typeof value.state?.is === 'string' &&
    typeof value.rate?.minute === 'number' &&
    Array.isArray(value.tags) &&
    Array.isArray(value.rules)
  return isWhole ? (value as Pulse) : undefined
}
