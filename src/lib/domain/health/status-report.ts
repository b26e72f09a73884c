/**
 * What `twdw status` answers, as a program reads it (`--json`); the README says the same of each field.
 *
 * Instants are ISO 8601 UTC, hours UTC hours, money dollars. What is not known is null.
 */
import type { Hour } from '../hour.ts'
import type { Listener } from './liveness.ts'
import type { PulseSpending } from './pulse.ts'

export interface StatusReport {
  /** when it was looked */
  at: string
  /** the listener to X first; one that read files or made tweets up only while it lives, or when there is none to X */
  listeners: Listener[]
  /** null where nothing was ever had from X; caps are those of the listener that runs, else of the last one */
  spending: PulseSpending | null
  journal: {
    open: FileCount
    /** of segments to which no process appends: a crash left them, and the next `listen` stores them */
    left: FileCount
    /** set aside; what could be read of them is in the lake */
    damaged: FileCount
  }
  lake: {
    url: string
    timeZone: string
    files: number
    bytes: number
    /** hours that have tweets; null where there is none */
    hours: { count: number; first: Hour; last: Hour } | null
    /** of consolidated hours, each tweet once */
    tweets: number
  }
  /** closed hours that consolidate has to do, oldest first */
  pending: Hour[]
  /** hours with tweets that are not over yet, or only just */
  open: Hour[]
  rejected: StatusRejected
  /** what has tombstones; null where they cannot be read */
  forgotten: { tweets: number; users: number } | null
  sessions: StatusSessions
  /** of each rule of the last session to X, over the last 7 days */
  coverage: StatusCoverage[]
  /** what could not be read; the rest was looked at all the same */
  damaged: { message: string; hint: string | null }[]
}

export interface FileCount {
  files: number
  bytes: number
}

export interface StatusRejected {
  /** lines that are no tweet, by the clauses with which their reasons begin */
  lines: Record<string, number>
  /** rows that could not be cast when their hour was consolidated, by reason */
  rows: Record<string, number>
  /** files with rejected lines that were not read because there are too many; the latest were */
  unreadFiles: number
}

/** Connections to a source on record. */
export interface StatusSessions {
  count: number
  /** null where there is none */
  last: { session: string; from: string; to: string; ended: string | null; tweets: number } | null
}

/** Of one rule, in milliseconds since it was first listened to, or since the time that is looked at began. */
export interface StatusCoverage {
  rule: string
  /** in X's rule language */
  value: string
  capturedMs: number
  /** by search, which has no retweets */
  filledMs: number
  missingMs: number
  /** what of `missingMs` a person wished */
  onPurposeMs: number
  /** the rest of it, oldest first */
  gaps: { from: string; to: string }[]
}

/**
 * What a reason for a rejection says of the kind of fault, without the value that may follow: `notice: error`,
 * `bad tweet: id is no INT64`.
 */
export function faultOf(reason: string): string {
  return reason.split(': ').slice(0, 2).join(': ')
}
