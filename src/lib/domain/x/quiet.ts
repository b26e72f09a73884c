/**
 * When silence is suspicious: X has had outages in which heartbeats went on for hours while hardly any tweet came.
 *
 * What is usual is what this listener itself heard in the last hours. A lull begins when tweets last came as usual, and
 * has a score: how much likelier (natural logarithm) its tweets are at a tenth of the usual rate than at the usual one. Each
 * usual tweet that is missing adds 0.9, each tweet that comes takes 2.3 away, and at 0 the lull is over. A suspicion is only
 * worth a question to X, which costs money: whether anything was said at all, X's own counts tell.
 */
import { MAX_COUNTED_CHARS } from './estimate.ts'
import { type UtcDay, utcDayOf } from './spend.ts'

interface Heard {
  tweets: number
  /** for how long a connection stood */
  ms: number
}

interface Lull extends Heard {
  /** milliseconds since 1970-01-01T00:00Z; from here on X can be asked what it has */
  sinceMs: number
  score: number
  /** the length, in `ms`, at which X is asked (again) */
  askAtMs: number
}

/** What has been heard. Values; each function gives the next one. */
export interface Quiet {
  /** without the lull; older than some hours it fades */
  usual: Heard
  lull: Lull
  /** how often X was asked on a UTC day */
  asked: { day: UtcDay; times: number }
}

/** A time in which too little was heard, and what X is to be asked about it. */
export interface Suspicion {
  /** half-open, milliseconds since 1970-01-01T00:00Z, whole seconds */
  fromMs: number
  toMs: number
  heard: number
  /** tweets that would have been usual; undefined where it is not known what is usual */
  usual: number | undefined
}

/** A question for the counts API. */
export interface CountQuery {
  query: string
  /** share of what is counted that X was asked to send, above 0, at most 1 */
  share: number
}

const SLOW = 0.1
/** As much as 20 usual tweets of which none came. */
const SUSPICIOUS_SCORE = 18
/** So that a lull that lasted long is over soon after tweets come again. */
const MAX_SCORE = 2 * SUSPICIOUS_SCORE
const MINUTE_MS = 60_000
const FIRST_QUESTION_MS = 15 * MINUTE_MS
/** Without a tweet ever heard nothing is known of what is usual. */
const UNKNOWN_SUSPICIOUS_MS = 360 * MINUTE_MS
const FADE_MS = 360 * MINUTE_MS
/** A burst of a second says nothing of an hour. */
const MIN_USUAL_MS = 10 * MINUTE_MS
/** A shorter span is no evidence. */
const MIN_ASKED_MS = 10 * MINUTE_MS
/** X's counts are that much behind. */
const COUNTS_LAG_MS = 30_000
/** X has counts of 7 days; less, so that the answer is not too late for it. */
const COUNTS_REACH_MS = 7 * 24 * 60 * MINUTE_MS - 10 * MINUTE_MS
/** Time that was not connected is no silence of X's, and what X counts in it proves nothing. */
const MAX_AWAY_MS = MINUTE_MS
const MAX_QUESTIONS_A_DAY = 12
/** Of many rules only as many as fit into so many queries are asked about. */
const MAX_QUERIES = 5
const MIN_MISSED = 10
const MIN_TIMES = 4

export function beginQuiet(nowMs: number): Quiet {
  return { usual: { tweets: 0, ms: 0 }, lull: lullFrom(nowMs), asked: { day: utcDayOf(nowMs), times: 0 } }
}

/** A connection stands. @param awayMs how long none stood */
export function reconnected(quiet: Quiet, nowMs: number, awayMs: number): Quiet {
  return awayMs <= MAX_AWAY_MS ? quiet : { ...quiet, lull: { ...quiet.lull, sinceMs: nowMs } }
}

/** Tweets came, or a heartbeat only. @param ms since the one before, on the same connection */
export function hear(quiet: Quiet, { tweets, ms, nowMs }: Heard & { nowMs: number }): Quiet {
  const { usual } = quiet
  const lull = { ...quiet.lull, tweets: quiet.lull.tweets + tweets, ms: quiet.lull.ms + ms }
  const change = usualTweets(usual, ms) * (1 - SLOW) + tweets * Math.log(SLOW)
  lull.score = Math.min(MAX_SCORE, lull.score + change)
  // who has never heard a tweet waits for the first one
  if (lull.score > 0 || (usual.tweets === 0 && lull.tweets === 0)) return { ...quiet, lull }
  return { ...quiet, usual: faded(usual, lull), lull: lullFrom(nowMs) }
}

/** Whether the last tweets came as usual. */
export function isAsUsual({ lull }: Quiet): boolean {
  return lull.ms === 0
}

/** @returns undefined while nothing is suspicious, or X was asked often enough */
export function suspicionOf({ usual, lull, asked }: Quiet, nowMs: number): Suspicion | undefined {
  const isUnusual = usual.tweets > 0 ? lull.score >= SUSPICIOUS_SCORE : lull.ms >= UNKNOWN_SUSPICIOUS_MS
  if (!isUnusual || lull.ms < lull.askAtMs) return undefined
  if (asked.day === utcDayOf(nowMs) && asked.times >= MAX_QUESTIONS_A_DAY) return undefined
  const fromMs = wholeSeconds(Math.max(lull.sinceMs, nowMs - COUNTS_REACH_MS))
  const toMs = wholeSeconds(nowMs - COUNTS_LAG_MS)
  if (toMs - fromMs < MIN_ASKED_MS) return undefined
  return { fromMs, toMs, heard: lull.tweets, usual: usual.tweets > 0 ? usualTweets(usual, lull.ms) : undefined }
}

/** X is being asked: not again before the lull has lasted twice as long. */
export function noteQuestion(quiet: Quiet, nowMs: number): Quiet {
  const day = utcDayOf(nowMs)
  const times = quiet.asked.day === day ? quiet.asked.times + 1 : 1
  return { ...quiet, lull: { ...quiet.lull, askAtMs: 2 * quiet.lull.ms }, asked: { day, times } }
}

/** X counts no more than came: where something came, that is what is usual from now on. */
export function noteAgreement(quiet: Quiet, nowMs: number): Quiet {
  const { tweets, ms } = quiet.lull
  return tweets === 0 ? quiet : { ...quiet, usual: { tweets, ms }, lull: lullFrom(nowMs) }
}

/** Whether X has clearly more than it sent. Its counts leave retweets out, so what it should have sent is never less. */
export function isWithheld(counted: number, heard: number): boolean {
  return counted >= MIN_MISSED && counted >= MIN_TIMES * heard
}

/**
 * What to ask so that all rules are counted, as far as a few questions reach: rules joined by OR.
 * @param rules in X's rule language. Counts know no `sample:`, so it is left out and its share told
 */
export function countQueries(rules: readonly string[]): CountQuery[] {
  const byShare = new Map<number, string[]>()
  for (const rule of rules) {
    const { query, share } = withoutSample(rule)
    const parts = query.length <= MAX_COUNTED_CHARS ? [query] : unpacked(query)
    byShare.set(share, [...(byShare.get(share) ?? []), ...parts.filter(part => part.length <= MAX_COUNTED_CHARS)])
  }
  const queries = [...byShare].flatMap(([share, texts]) => joined(texts).map(query => ({ query, share })))
  return queries.slice(0, MAX_QUERIES)
}

/** `sample:` inside quotation marks is a word that tweets are to hold. */
function withoutSample(rule: string): CountQuery {
  let share = 1
  const query = rule.replace(/"[^"]*"|\bsample:(\d{1,3})/g, (whole, percent: string | undefined) => {
    if (percent === undefined) return whole
    share = Math.min(share, Number(percent) / 100)
    return ''
  })
  return { query: query.replace(/ {2,}/g, ' ').trim(), share }
}

/** `(a OR b) lang:pt` as `a lang:pt` and `b lang:pt`; a rule of another form stays as it is. */
function unpacked(rule: string): string[] {
  const [, pack, tail = ''] = /^\(([^()]+)\)(| .*)$/.exec(rule) ?? [undefined, rule]
  const loose = `${pack.includes('(') ? pack : ''}${tail.replace(/\([^()]*\)/g, '')}`
  if (loose !== '' && (loose.includes('(') || OUTER_OR.test(loose))) return [rule]
  return pack.split(OUTER_OR).map(part => part + tail)
}

/** An OR that does not stand in quotation marks. */
const OUTER_OR = / OR (?=(?:[^"]*"[^"]*")*[^"]*$)/

/** OR binds least, so rules need no parentheses. */
function joined(texts: readonly string[]): string[] {
  const queries: string[] = []
  for (const text of texts) {
    const longer = [...queries.slice(-1), text].join(' OR ')
    if (longer.length <= MAX_COUNTED_CHARS) queries.splice(-1, 1, longer)
    else queries.push(text)
  }
  return queries
}

function lullFrom(nowMs: number): Lull {
  return { sinceMs: nowMs, tweets: 0, ms: 0, score: 0, askAtMs: FIRST_QUESTION_MS }
}

function usualTweets(usual: Heard, ms: number): number {
  return (usual.tweets / Math.max(usual.ms, MIN_USUAL_MS)) * ms
}

function faded(usual: Heard, recent: Heard): Heard {
  const rest = Math.exp(-recent.ms / FADE_MS)
  return { tweets: usual.tweets * rest + recent.tweets, ms: usual.ms * rest + recent.ms }
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}
