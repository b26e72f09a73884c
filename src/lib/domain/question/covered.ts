/**
 * Covered: the time of which a lake knows what was tweeted, so that nothing and not knowing are two answers.
 *
 * Known is what was listened to or searched for, and what lies between the first and the last tweet of files that were
 * replayed, for these are asked for everything they have. A tag that was listened to is known when it was; what else there is in an
 * hour says nothing about it. All other tags, and all tweets, are known whenever anything was.
 */
import { coverageOf, RUNNING_MS, type RuleCoverage } from '../coverage.ts'
import { HOUR_MS, type Hour, hourStartMs } from '../hour.ts'
import { endMs, type SessionRecord } from '../session.ts'
import { clip, lengthMs, type TimeSpan, unionOf, without } from '../time-spans.ts'
import type { Span } from './preset.ts'

/** Spans in order, of one tag, or of tweets whatever their tags. */
export type CoveredOf = (tag: string | undefined) => readonly TimeSpan[]

export interface Covered {
  /** some of what was tweeted then would be in the lake */
  known: CoveredOf
  /** all of it would */
  heard: CoveredOf
}

/** What says so. */
export interface CoveredEvidence {
  sessions: readonly SessionRecord[]
  /** from `spansOfFiles` */
  files: readonly TimeSpan[]
  /** hours that have tweets */
  hours: Iterable<Hour>
  nowMs: number
}

const EVER: TimeSpan = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }

/** The same span, with nothing left open. */
export function everIn({ fromMs, toMs }: Span): TimeSpan {
  return { fromMs: fromMs ?? EVER.fromMs, toMs: toMs ?? EVER.toMs }
}

export function coveredBy({ sessions, files, hours, nowMs }: CoveredEvidence): Covered {
  const rules = coverageOf(
    sessions.map(session => untilNow(session, nowMs)),
    EVER,
    nowMs,
  )
  const names = new Set(rules.map(({ rule }) => rule.name))
  const isListened = (tag: string | undefined) => tag !== undefined && names.has(tag)
  const spansOf = (some: readonly RuleCoverage[]) =>
    unionOf([...some.flatMap(({ captured, filled }) => [...captured, ...filled]), ...files])
  const any = spansOf(rules)
  const anyOrStored = unionOf([...any, ...spansOfHours(hours)])
  const heardOf = (tag: string | undefined) => spansOf(rules.filter(({ rule }) => rule.name === tag))
  return {
    known: tag => (isListened(tag) ? heardOf(tag) : anyOrStored),
    heard: tag => (isListened(tag) ? heardOf(tag) : any),
  }
}

/** One that is being held may have heard something since its record was written. */
function untilNow(session: SessionRecord, nowMs: number): SessionRecord {
  const silentMs = nowMs - endMs(session)
  const isHeld = session.source === 'stream' && session.ended === null && silentMs >= 0 && silentMs < RUNNING_MS
  return isHeld ? { ...session, to: new Date(nowMs).toISOString() } : session
}

function spansOfHours(hours: Iterable<Hour>): TimeSpan[] {
  return Array.from(hours, hour => ({ fromMs: hourStartMs(hour), toMs: hourStartMs(hour) + HOUR_MS }))
}

/** Tweets that came together: which hour they are of, and the segment that they came in. */
export interface StoredSegment {
  segment: string
  hour: Hour
}

/** True where files were replayed, or nothing says where the tweets are from. */
export function hasFiles(sessions: readonly SessionRecord[]): boolean {
  return sessions.length === 0 || sessions.some(session => !isOfX(session))
}

/** True where all tweets are from one replay: what is between its first and its last is known without looking at each. */
export function isOneReplay(sessions: readonly SessionRecord[]): boolean {
  return sessions.length <= 1 && !sessions.some(isOfX)
}

function isOfX({ source }: SessionRecord): boolean {
  return source === 'stream' || source === 'search'
}

/**
 * From the first to the last hour of each replay. A segment is of the session that began last before it, as their names tell, unless
 * it may be of one that went on beside it.
 */
export function spansOfFiles(sessions: readonly SessionRecord[], stored: Iterable<StoredSegment>): TimeSpan[] {
  const originOf = createOriginOf(sessions)
  const spans = new Map<string, TimeSpan>()
  for (const { segment, hour } of stored) {
    const origin = originOf(segment)
    if (origin === undefined) continue
    const startMs = hourStartMs(hour)
    const span = spans.get(origin) ?? { fromMs: startMs, toMs: startMs }
    span.fromMs = Math.min(span.fromMs, startMs)
    span.toMs = Math.max(span.toMs, startMs + HOUR_MS)
    spans.set(origin, span)
  }
  return unionOf([...spans.values()])
}

/**
 * Where a segment is from: the name of the replay, '' where no session began before it; undefined where it says nothing of a replay.
 * That is so of what X sent, and where something was being listened to when the segment was begun: it may have come from there,
 * and files that were replayed meanwhile are then not known by it. Files of segments of one origin may be merged under the name of any.
 */
export function createOriginOf(sessions: readonly SessionRecord[]): (segment: string) => string | undefined {
  const nameOf = (ms: number) => new Date(ms).toISOString().replace(/[-:.]/g, '')
  const begun = sessions.toSorted((a, b) => (a.session < b.session ? -1 : Number(a.session > b.session)))
  /** until when was listened to by those that began no later than each */
  const heardUntil: string[] = []
  for (const session of begun) {
    const before = heardUntil.at(-1) ?? ''
    const own = session.source === 'stream' ? nameOf(endMs(session)) : ''
    heardUntil.push(own > before ? own : before)
  }
  return segment => {
    const last = begunBy(begun, segment)
    if (last === -1) return ''
    return isOfX(begun[last]!) || heardUntil[last]! >= segment ? undefined : begun[last]!.session
  }
}

/** The place of the last session whose name is not after a segment's; -1 for none. @param begun in the order of their names */
function begunBy(begun: readonly SessionRecord[], segment: string): number {
  let [from, to] = [-1, begun.length]
  while (to - from > 1) {
    const middle = (from + to) >> 1
    if (begun[middle]!.session <= segment) from = middle
    else to = middle
  }
  return from
}

/** What is consolidated knows neither of hours that are not, nor of what came after the last that is. */
export function coveredByBatch(covered: Covered, leftOut: Iterable<Hour>, last: Hour | undefined): Covered {
  const holes = unionOf(spansOfHours(leftOut))
  const batchMs = { ...EVER, toMs: last === undefined ? EVER.fromMs : hourStartMs(last) + HOUR_MS }
  return { ...covered, known: tag => without(clip(covered.known(tag), batchMs), holes) }
}

/** How much of a span was not heard, of the tag of which most is missing. What is still to come is not missing. */
export function unheardMs(heard: CoveredOf, tags: readonly string[], span: TimeSpan, nowMs: number): number {
  const whole = { fromMs: span.fromMs, toMs: Math.min(span.toMs, nowMs) }
  if (whole.fromMs >= whole.toMs) return 0
  const asked = tags.length === 0 ? [undefined] : tags
  return Math.max(...asked.map(tag => lengthMs(without([whole], clip(heard(tag), whole)))))
}
