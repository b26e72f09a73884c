/**
 * The ladder: when to connect to X again, and when not to.
 *
 * X documents the waits; this file decides which of them applies, from how a connection ended and what ended before
 * it. Two things are ours. A connection that dies young does not count as success, or a server that accepts and hangs
 * up would be called without pause. And X allows 50 connects in 15 minutes, so the second half of them is spread
 * evenly: better a call every half minute than ten minutes of silence. Chance and time are passed in.
 */
import type { ErrorCode } from '../../errors.ts'
import {
  judge,
  problemText,
  readProblem,
  readUnknownWords,
  type UnknownWord,
  type XProblem,
  type XVerdict,
} from './problem.ts'

/** How a connection, or a request around it, ended. */
export type Ending =
  /** X ended the answer in good order */
  | { how: 'closed' }
  /** nothing at all arrived, not even a heartbeat */
  | { how: 'silent'; forMs: number }
  /** `code` as the system names it: ECONNRESET, ENOTFOUND, … */
  | { how: 'network'; code: string; message: string }
  /** X answered with something else than what was asked for. Header names are in lower case */
  | { how: 'refused'; status: number; headers: Readonly<Record<string, string>>; body: string }
  /** X said in the stream why it ends */
  | { how: 'notice'; problem: XProblem }

export type Step =
  /** wait, then connect */
  | { do: 'connect'; waitMs: number; because: string }
  /** wait, make sure of the rules, then connect */
  | { do: 'rules'; waitMs: number; because: string }
  /** close the connection that X still holds for open, wait, then connect; where there is none, fall once more */
  | { do: 'free'; waitMs: number; because: string }
  /** ask for less, wait, then connect; where nothing of it was asked for, fall once more */
  | { do: 'drop'; unknown: readonly UnknownWord[]; waitMs: number; because: string }
  /** no retry mends it: the parts of a TwdwError */
  | { do: 'stop'; code: ErrorCode; message: string; hint: string }

/** What went before. Counts are of endings since a connection last lived for MIN_UPTIME_MS. */
export interface Ladder {
  /** whether the one immediate reconnect has been used */
  hurried: boolean
  network: number
  http: number
  rate: number
  /** whether a taken slot was freed: one that is taken again is somebody's who lives */
  freed: boolean
  /** whether less was asked for because X did not know a word */
  dropped: boolean
  /** attempts of the last 15 minutes, ascending, milliseconds since 1970-01-01T00:00Z */
  connectsAtMs: readonly number[]
}

/** Nothing went before. */
export const FIRST_RUNG: Ladder = {
  hurried: false,
  network: 0,
  http: 0,
  rate: 0,
  freed: false,
  dropped: false,
  connectsAtMs: [],
}

/** A connection that lived this long was a success. */
export const MIN_UPTIME_MS = 60_000
export const CONNECT_WINDOW_MS = 900_000
export const MAX_CONNECTS = 50

const NETWORK_STEP_MS = 250
const NETWORK_MAX_MS = 16_000
const HTTP_FIRST_MS = 5_000
const HTTP_MAX_MS = 320_000
const RATE_FIRST_MS = 60_000
/** X needs a moment until a slot that was freed is free */
const FREED_MS = 1_000
const RATE_MAX_MS = CONNECT_WINDOW_MS
/** share of a wait by which chance may lengthen it, so that listeners that fell together do not rise together */
const JITTER = 0.1

/** Of a slot that is taken though a stale connection was closed, or X knows of none. */
const CONTESTED = '; another machine or program seems to listen with this token'

/** To be called at each attempt to connect. */
export function noteConnect(ladder: Ladder, nowMs: number): Ladder {
  return { ...ladder, connectsAtMs: [...recentConnects(ladder, nowMs), nowMs] }
}

/** How long to wait before a first connection, for those of the runs before. */
export function firstWaitMs(connectsAtMs: readonly number[], nowMs: number): number {
  return Math.ceil(budgetWaitMs(recentConnects({ ...FIRST_RUNG, connectsAtMs }, nowMs), nowMs))
}

/** An attempt in the future was noted before the clock was put back; it says nothing. */
function recentConnects(ladder: Ladder, nowMs: number): number[] {
  return ladder.connectsAtMs.filter(atMs => atMs > nowMs - CONNECT_WINDOW_MS && atMs <= nowMs)
}

/**
 * What to do after an ending.
 * @param when.livedMs how long X sent; undefined where X never accepted the connection
 * @param when.random  0 <= random < 1
 */
export function nextStep(
  ending: Ending,
  ladder: Ladder,
  when: { livedMs: number | undefined; nowMs: number; random: number },
): { step: Step; ladder: Ladder } {
  const lived = when.livedMs !== undefined && when.livedMs >= MIN_UPTIME_MS
  const from = lived ? { ...FIRST_RUNG, connectsAtMs: ladder.connectsAtMs } : ladder
  const verdict = verdictOf(ending)
  const isContested = verdict === 'slot' && from.freed
  const because = `${endingText(ending)}${isContested ? CONTESTED : ''}`
  const inBudgetMs = (waitMs: number) =>
    Math.ceil(Math.max(waitMs, budgetWaitMs(recentConnects(from, when.nowMs), when.nowMs)))
  if (verdict === 'slot' && !isContested) {
    return { step: { do: 'free', waitMs: inBudgetMs(FREED_MS), because }, ladder: { ...from, freed: true } }
  }
  const unknown = verdict === 'request' && ending.how === 'refused' ? readUnknownWords(ending.body) : []
  if (unknown.length > 0 && !from.dropped) {
    return { step: { do: 'drop', unknown, waitMs: inBudgetMs(0), because }, ladder: { ...from, dropped: true } }
  }
  const refusal = refusalOf(verdict, because, ending)
  if (refusal !== undefined) return { step: refusal, ladder: from }

  const climb = climbFrom(from, { ending, verdict, nowMs: when.nowMs, wasAccepted: when.livedMs !== undefined })
  const waitMs = inBudgetMs(climb.waitMs * (1 + JITTER * when.random))
  return { step: { do: verdict === 'rules' ? 'rules' : 'connect', waitMs, because }, ladder: climb.ladder }
}

/** How an ending reads in a log line or a session's record: one clause. */
export function endingText(ending: Ending): string {
  switch (ending.how) {
    case 'closed':
      return 'X closed the connection'
    case 'silent':
      return `nothing arrived for ${Math.round(ending.forMs / 1000)} s`
    case 'network':
      return `${NETWORK_WORDS[ending.code] ?? ending.message} (${ending.code})`
    case 'refused':
      return `X answered ${[ending.status, problemText(readProblem(ending.body))].filter(Boolean).join(' ')}`
    case 'notice':
      return `X ended the stream: ${problemText(ending.problem)}`
  }
}

const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'the name of the server was not found',
  EAI_AGAIN: 'the name of the server could not be looked up',
  ENETUNREACH: 'the network cannot be reached',
  EHOSTUNREACH: 'the server cannot be reached',
}

type Verdict = XVerdict | 'closed' | 'network'

function verdictOf(ending: Ending): Verdict {
  switch (ending.how) {
    case 'closed':
      return 'closed'
    case 'silent':
    case 'network':
      return 'network'
    case 'refused':
      return judge(ending.status, readProblem(ending.body))
    case 'notice':
      return judge(undefined, ending.problem)
  }
}

interface Climb {
  waitMs: number
  ladder: Ladder
}

interface Fall {
  ending: Ending
  verdict: Verdict
  nowMs: number
  wasAccepted: boolean
}

function climbFrom(ladder: Ladder, { ending, verdict, nowMs, wasAccepted }: Fall): Climb {
  const isFirst = !ladder.hurried && ladder.network + ladder.http + ladder.rate === 0
  switch (verdict) {
    case 'rate':
    case 'slot':
      return climbRate(ladder, verdict === 'rate' ? askedWaitMs(ending, nowMs) : undefined)
    case 'rules':
      // rules that were just made again deserve a try at once; a second complaint does not
      return ladder.http === 0 ? { waitMs: 0, ladder: { ...ladder, http: 1 } } : climbHttp(ladder, ending)
    case 'network':
      if (wasAccepted && isFirst) return { waitMs: 0, ladder: { ...ladder, hurried: true } }
      return {
        waitMs: Math.min(NETWORK_STEP_MS * (ladder.network + 1), NETWORK_MAX_MS),
        ladder: { ...ladder, network: ladder.network + 1 },
      }
    default:
      if (wasAccepted && isFirst) return { waitMs: 0, ladder: { ...ladder, hurried: true } }
      return climbHttp(ladder, ending)
  }
}

function climbHttp(ladder: Ladder, ending: Ending): Climb {
  const waitMs = doubled(HTTP_FIRST_MS, ladder.http, HTTP_MAX_MS)
  return { waitMs: Math.max(waitMs, retryAfterMs(ending) ?? 0), ladder: { ...ladder, http: ladder.http + 1 } }
}

/** X says when its window ends; who is told 429 all the same waits at least as long as the ladder says. */
function climbRate(ladder: Ladder, askedMs: number | undefined): Climb {
  const waitMs = doubled(RATE_FIRST_MS, ladder.rate, RATE_MAX_MS)
  return {
    waitMs: askedMs === undefined || ladder.rate > 0 ? Math.max(waitMs, askedMs ?? 0) : askedMs,
    ladder: { ...ladder, rate: ladder.rate + 1 },
  }
}

function doubled(firstMs: number, times: number, maxMs: number): number {
  return Math.min(firstMs * 2 ** Math.min(times, 30), maxMs)
}

/** Reckoned by the server's clock if it tells it, for ours may be wrong; one second more, as X tells whole seconds. */
function askedWaitMs(ending: Ending, nowMs: number): number | undefined {
  if (ending.how !== 'refused') return undefined
  const resetMs = Number(ending.headers['x-rate-limit-reset'] ?? Number.NaN) * 1000
  const serverMs = Date.parse(ending.headers.date ?? '')
  const waitMs = resetMs + 1000 - (Number.isNaN(serverMs) ? nowMs : serverMs)
  // a reset in the past, or further off than any window of X, is no answer
  return waitMs > 0 && waitMs <= CONNECT_WINDOW_MS + 1000 ? waitMs : retryAfterMs(ending)
}

function retryAfterMs(ending: Ending): number | undefined {
  const seconds = ending.how === 'refused' ? ending.headers['retry-after'] : undefined
  return seconds !== undefined && /^\d{1,5}$/.test(seconds) ? Number(seconds) * 1000 : undefined
}

/** Shortest wait that keeps to MAX_CONNECTS in any window, the second half of them evenly spread. */
function budgetWaitMs(recent: readonly number[], nowMs: number): number {
  const oldest = recent.at(-MAX_CONNECTS) ?? recent[0]
  if (oldest === undefined || recent.length <= MAX_CONNECTS / 2) return 0
  const untilRoomMs = oldest + CONNECT_WINDOW_MS - nowMs
  return untilRoomMs / Math.max(1, MAX_CONNECTS - recent.length)
}

/** Sentences for what no retry mends. */
function refusalOf(verdict: Verdict, because: string, ending: Ending): Extract<Step, { do: 'stop' }> | undefined {
  const stop = (code: ErrorCode, message: string, hint: string) => ({ do: 'stop' as const, code, message, hint })
  switch (verdict) {
    case 'token':
      return stop(
        'E_REFUSED',
        `X does not accept the bearer token: ${because}`,
        'copy the bearer token of the app from the X developer console into X_BEARER_TOKEN as it stands there, with its %2B and %3D',
      )
    case 'credits':
      return stop(
        'E_REFUSED',
        `the X account is out of credits: ${because}`,
        'buy credits in the X developer console, then start twdw again; until then X sends and bills nothing',
      )
    case 'spending':
      return stop(
        'E_REFUSED',
        `the spending limit of the X account is reached: ${because}`,
        'raise the limit in the X developer console, or wait until it starts anew',
      )
    case 'usage-cap':
      return stop(
        'E_REFUSED',
        `the X account has used up its cap of tweets: ${because}`,
        'the X developer console says when the cap starts anew; start twdw again then',
      )
    case 'access':
      return stop('E_REFUSED', `X does not let this app read the stream: ${because}`, accessHint(ending))
    case 'request':
      return stop(
        'E_REFUSED',
        `X does not understand the request: ${because}`,
        'see whether there is a newer twdw: X may have renamed what this one asks for',
      )
    case 'address':
      return stop(
        'E_REFUSED',
        `what answers here is not the X API: ${because}`,
        'check the origin of X in the settings; X itself is https://api.x.com',
      )
    default:
      return undefined
  }
}

function accessHint(ending: Ending): string {
  const isUserToken = ending.how === 'refused' && readProblem(ending.body).type === 'unsupported-authentication'
  return isUserToken
    ? "use the app's own bearer token; a user's token cannot read the stream"
    : 'in the X developer console, put the app into a project whose plan includes the filtered stream'
}
