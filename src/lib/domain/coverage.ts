/**
 * Coverage: from session records to what was captured of each rule, what search filled, and what is missing.
 *
 * Times are those of listening. A tweet comes some seconds after it was made, so at the edges of a session they are
 * off by as much from the times of the tweets; whoever fills a gap asks for a little more on both sides. Only rules can
 * have gaps: files and the generator are asked for everything they have.
 */
import { HOUR_MS, type Hour, hourOf } from './hour.ts'
import { endMs, type SessionRecord, type SessionRule, startMs } from './session.ts'
import { clip, type TimeSpan, unionOf, without } from './time-spans.ts'

/** Time in which a rule was neither listened to nor searched for. */
export interface Gap extends TimeSpan {
  /** a person ended the listening, or left this rule out of it */
  onPurpose: boolean
}

/** Of one rule. The spans of each list are in order, and no two of the three lists overlap. */
export interface RuleCoverage {
  rule: SessionRule
  /** when it was first listened to, within the range or before; undefined: it was only searched for */
  sinceMs: number | undefined
  /** by listening */
  captured: TimeSpan[]
  /** by search, where nobody listened: without the retweets, which search does not return */
  filled: TimeSpan[]
  /** since it was first listened to */
  missing: Gap[]
}

/** What a running session heard last is written about once a minute: what comes after that may be heard and is not missing. */
export const RUNNING_MS = 90_000

/**
 * @param sessions in any order, of any source
 * @param range    what lies outside is left out; its end may be in the future
 * @param nowMs    nothing after it is missing
 * @returns        one a rule that was ever asked for, by name and value
 */
export function coverageOf(sessions: readonly SessionRecord[], range: TimeSpan, nowMs: number): RuleCoverage[] {
  const streams = sessions.filter(({ source, rules }) => source === 'stream' && rules.length > 0)
  const evidence = { streams: streams.toSorted((a, b) => startMs(a) - startMs(b)), range, nowMs }
  return sessionsByRule(sessions)
    .sort((a, b) => compareTexts(a.rule.name, b.rule.name) || compareTexts(a.rule.value, b.rule.value))
    .map(own => ruleCoverage(own, evidence))
}

/** The sessions that asked for one rule. */
interface OwnSessions {
  rule: SessionRule
  streams: SessionRecord[]
  searches: SessionRecord[]
}

function sessionsByRule(sessions: readonly SessionRecord[]): OwnSessions[] {
  const byValue = new Map<string, OwnSessions>()
  for (const record of sessions) {
    for (const rule of record.rules) {
      const own = byValue.get(rule.value) ?? { rule, streams: [], searches: [] }
      if (record.source === 'stream') own.streams.push(record)
      if (record.source === 'search') own.searches.push(record)
      byValue.set(rule.value, own)
    }
  }
  return [...byValue.values()]
}

interface Evidence {
  /** of all rules, by start */
  streams: readonly SessionRecord[]
  range: TimeSpan
  nowMs: number
}

function ruleCoverage({ rule, streams, searches }: OwnSessions, evidence: Evidence): RuleCoverage {
  const { range, nowMs } = evidence
  const heard = unionOf(streams.map(spanOf))
  const searched = unionOf(searches.map(spanOf))
  const sinceMs = streams.length === 0 ? undefined : Math.min(...streams.map(startMs))
  const unheard = sinceMs === undefined ? [] : without([{ fromMs: sinceMs, toMs: untilMs(streams, nowMs) }], heard)
  const gaps = gapsOf(unheard, wishesOf(new Set(streams), evidence.streams))
  const missing = gaps.flatMap(gap => without([gap], searched).map(span => ({ ...gap, ...span })))
  return {
    rule,
    sinceMs,
    captured: clip(heard, range),
    filled: clip(without(searched, heard), range),
    missing: clip(missing, range),
  }
}

function untilMs(own: readonly SessionRecord[], nowMs: number): number {
  const running = own.filter(record => record.ended === null && nowMs - endMs(record) < RUNNING_MS)
  return Math.min(nowMs, ...running.map(endMs))
}

/** A moment from which on somebody was, or was not, meant to listen to a rule. */
interface Wish {
  atMs: number
  isMeant: boolean
}

/** In order of time; at one moment a beginning comes first. @param own sessions that asked for the rule */
function wishesOf(own: ReadonlySet<SessionRecord>, streams: readonly SessionRecord[]): Wish[] {
  const wishes = streams.flatMap(record => {
    const isMeant = own.has(record)
    const begins = { atMs: startMs(record), isMeant }
    return isMeant && record.stopped !== null
      ? [begins, { atMs: Date.parse(record.stopped), isMeant: false }]
      : [begins]
  })
  return wishes.sort((a, b) => a.atMs - b.atMs || Number(b.isMeant) - Number(a.isMeant))
}

/** Time in which nothing was heard, cut where somebody's wish changed. Until it does, a gap is one that nobody wished. */
function gapsOf(unheard: readonly TimeSpan[], wishes: readonly Wish[]): Gap[] {
  const gaps: Gap[] = []
  let next = 0
  for (const { fromMs, toMs } of unheard) {
    let open: Gap = { fromMs, toMs, onPurpose: false }
    for (; next < wishes.length && wishes[next]!.atMs < toMs; next++) {
      const { atMs, isMeant } = wishes[next]!
      if (atMs < fromMs || open.onPurpose !== isMeant) continue
      if (atMs > open.fromMs) gaps.push({ ...open, toMs: atMs })
      open = { fromMs: atMs, toMs, onPurpose: !isMeant }
    }
    gaps.push(open)
  }
  return gaps
}

function spanOf(record: SessionRecord): TimeSpan {
  return { fromMs: startMs(record), toMs: endMs(record) }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/**
 * The sessions from which everything after a moment follows: what reaches past it, and of each rule the one before that
 * ended last. A lake has more of the others than anybody wants to go through every few seconds.
 */
export function sessionsAfter(sessions: readonly SessionRecord[], atMs: number): SessionRecord[] {
  const lastBefore = new Map<string, SessionRecord>()
  const before = sessions.filter(record => record.source === 'stream' && lastWordMs(record) < atMs)
  for (const record of before) {
    for (const { value } of record.rules) {
      const last = lastBefore.get(value)
      if (last === undefined || endMs(last) <= endMs(record)) lastBefore.set(value, record)
    }
  }
  const kept = new Set(lastBefore.values())
  return sessions.filter(record => lastWordMs(record) >= atMs || kept.has(record))
}

function lastWordMs(record: SessionRecord): number {
  return record.stopped === null ? endMs(record) : Math.max(endMs(record), Date.parse(record.stopped))
}

/** One rule in one UTC hour, in milliseconds: together they are the part of the hour since the rule was first listened to. */
export interface HourCoverage {
  hour: Hour
  rule: SessionRule
  capturedMs: number
  filledMs: number
  missingMs: number
  /** what of `missingMs` nobody wished to listen to */
  onPurposeMs: number
  /** undefined where X was not asked to count */
  counts: ComparedCounts | undefined
}

/** Tweets of one rule in one hour, retweets left out on both sides, for X's counts leave them out. */
export interface ComparedCounts {
  /** in the lake */
  stored: number
  /** by X */
  counted: number
}

/** @returns the hours of which anything is known, oldest first, in each the rules in their order */
export function hoursOf(
  coverage: readonly RuleCoverage[],
  countsOf: (rule: SessionRule, hour: Hour) => ComparedCounts | undefined = () => undefined,
): HourCoverage[] {
  const rows = coverage.flatMap(({ rule, captured, filled, missing }) => {
    const ofRule = new Map<Hour, HourCoverage>()
    const add = (spans: readonly TimeSpan[], key: 'capturedMs' | 'filledMs' | 'missingMs' | 'onPurposeMs') => {
      for (const { hour, ms } of spans.flatMap(hourParts)) {
        const counts = countsOf(rule, hour)
        const row = ofRule.get(hour) ?? { hour, rule, capturedMs: 0, filledMs: 0, missingMs: 0, onPurposeMs: 0, counts }
        row[key] += ms
        ofRule.set(hour, row)
      }
    }
    add(captured, 'capturedMs')
    add(filled, 'filledMs')
    add(missing, 'missingMs')
    add(
      missing.filter(gap => gap.onPurpose),
      'onPurposeMs',
    )
    return [...ofRule.values()]
  })
  return rows.sort((a, b) => compareTexts(a.hour, b.hour))
}

function hourParts({ fromMs, toMs }: TimeSpan): { hour: Hour; ms: number }[] {
  const parts: { hour: Hour; ms: number }[] = []
  for (let startMs = fromMs; startMs < toMs; ) {
    const endMs = Math.min(toMs, (Math.floor(startMs / HOUR_MS) + 1) * HOUR_MS)
    parts.push({ hour: hourOf(startMs), ms: endMs - startMs })
    startMs = endMs
  }
  return parts
}
