/**
 * Which gaps X's recent search is to fill now, and with which questions.
 *
 * A gap that nobody wished is filled as far back as search reaches; time before the first session, or after a person's
 * own wish to end, only as far as a backfill is asked for. What is too young is left for later: search lags behind by
 * half a minute, and the stream has the tail.
 */
import { coverageOf } from '../coverage.ts'
import type { SessionRecord, SessionRule } from '../session.ts'
import { clip, type TimeSpan, unionOf, without } from '../time-spans.ts'
import { questionsFor, type SearchQuestion, type UnaskableRule } from './search-query.ts'

/**
 * Tweets reach the stream some seconds late, so at the edges of a gap a little more is asked for. What comes twice is
 * one tweet in layer2.
 */
export const OVERLAP_MS = 15_000
/** X finds a tweet by search after so long. */
const INDEXED_AFTER_MS = 30_000
/** X refuses a question that reaches further back. */
export const SEARCH_REACH_MS = 7 * 86_400_000
/** Paging takes time, and clocks differ. */
export const REACH_MARGIN_MS = 600_000
/** A gap that goes on is filled so far when so much of it can be had; the rest of it is a gap of its own then. */
const EARLY_MS = 300_000

/** What is to be without gaps. */
export interface FillWish {
  rules: readonly SessionRule[]
  /** how far back time is filled in which nobody was meant to listen; undefined: not at all */
  backfillMs: number | undefined
}

/** One question about one stretch of time; what is asked for reaches further by OVERLAP_MS on both sides. */
export interface FillWindow extends TimeSpan {
  question: SearchQuestion
}

export interface FillPlan {
  /** newest first */
  windows: FillWindow[]
  /** the time of all windows, in order */
  gaps: TimeSpan[]
  /** rules that have a gap to fill and cannot be asked for */
  unaskable: UnaskableRule[]
  /** of gaps that nobody wished, what search does not reach any more though it reaches their end, of any rule, in order */
  outOfReach: TimeSpan[]
}

/** @param sessions up to now, of this run too */
export function planFill(wish: FillWish, sessions: readonly SessionRecord[], nowMs: number): FillPlan {
  const coverage = new Map(coverageOf(sessions, { fromMs: 0, toMs: nowMs }, nowMs).map(each => [each.rule.value, each]))
  const reachMs = nowMs - SEARCH_REACH_MS + REACH_MARGIN_MS
  const outOfReach: TimeSpan[] = []
  const gapsOfRules = wish.rules.map(rule => {
    const { missing = [], captured = [], filled = [] } = coverage.get(rule.value) ?? {}
    const unwished = missing.filter(gap => !gap.onPurpose)
    const cut = unwished.filter(gap => gap.fromMs < reachMs && reachMs < gap.toMs)
    outOfReach.push(...cut.map(({ fromMs }) => ({ fromMs, toMs: reachMs })))
    const asked = { fromMs: nowMs - (wish.backfillMs ?? 0), toMs: nowMs }
    const back = wish.backfillMs === undefined ? [] : without([asked], unionOf([...captured, ...filled]))
    const gaps = clip(unionOf([...unwished, ...back]), { fromMs: reachMs, toMs: nowMs })
    return { rule, gaps: gaps.flatMap(gap => ripe(gap, nowMs)) }
  })
  const windows: FillWindow[] = []
  const unaskable = new Map<string, UnaskableRule>()
  for (const { rules, span } of stretches(gapsOfRules)) {
    const asked = questionsFor(rules)
    for (const question of asked.questions) windows.push({ ...span, question })
    for (const each of asked.unaskable) unaskable.set(each.rule.value, each)
  }
  return { windows, gaps: unionOf(windows), unaskable: [...unaskable.values()], outOfReach: unionOf(outOfReach) }
}

/** What of a gap can be had by now: all of it, a part that is worth a question, or nothing yet. */
function ripe(gap: TimeSpan, nowMs: number): TimeSpan[] {
  const ripeMs = nowMs - INDEXED_AFTER_MS - OVERLAP_MS
  if (gap.toMs <= ripeMs) return [gap]
  return ripeMs - gap.fromMs >= EARLY_MS ? [{ fromMs: gap.fromMs, toMs: ripeMs }] : []
}

interface RuleGaps {
  rule: SessionRule
  gaps: readonly TimeSpan[]
}

/** Stretches of time in which the same rules have a gap, newest first. */
function stretches(gapsOfRules: readonly RuleGaps[]): { rules: SessionRule[]; span: TimeSpan }[] {
  const borders = new Set(gapsOfRules.flatMap(({ gaps }) => gaps.flatMap(({ fromMs, toMs }) => [fromMs, toMs])))
  const ascending = [...borders].sort((a, b) => a - b)
  const placeOf = new Map(ascending.map((atMs, place) => [atMs, place]))
  const rulesFrom: SessionRule[][] = ascending.map(() => [])
  for (const { rule, gaps } of gapsOfRules) {
    for (const { fromMs, toMs } of gaps) {
      for (let place = placeOf.get(fromMs)!; ascending[place]! < toMs; place++) rulesFrom[place]!.push(rule)
    }
  }
  return rulesFrom
    .map((rules, place) => ({ rules, span: { fromMs: ascending[place]!, toMs: ascending[place + 1]! } }))
    .filter(({ rules }) => rules.length > 0)
    .reverse()
}
