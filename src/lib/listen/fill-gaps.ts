/**
 * Filling gaps beside the stream: looks again and again for what is missing, and asks X's recent search for it.
 *
 * It begins when the stream is connected, for then token and access are known to be good. Nothing that goes wrong here
 * ends the listener: X is asked again by the ladder of the stream's own waits, or not any more, and the gap stays one.
 */
import { sessionsAfter } from '../domain/coverage.ts'
import type { SessionRecord, SessionRule } from '../domain/session.ts'
import { lengthMs, unionOf } from '../domain/time-spans.ts'
import { counted, spanText } from '../domain/wording.ts'
import { type FillPlan, type FillWindow, planFill, REACH_MARGIN_MS, SEARCH_REACH_MS } from '../domain/x/fill-plan.ts'
import { MAX_QUERY_CHARS, MIN_PAGE_TWEETS, type UnaskableRule } from '../domain/x/search-query.ts'
import { PRICE_MICRO_USD, usdText } from '../domain/x/spend.ts'
import { TwdwError } from '../errors.ts'
import type { CountedPart, XRest } from '../io/x/rest.ts'
import { readSessions, warnDamaged } from '../sessions.ts'
import type { CapturePorts } from './capture.ts'
import { type Found, type WindowEnd, WindowSearcher } from './fill-window.ts'
import type { Publisher } from './publisher.ts'

export interface FillSettings {
  /** how far back time is filled in which nobody was meant to listen; undefined: not at all */
  backfillMs: number | undefined
  /** what each tweet shall hold: parameters of the stream, lists parted by commas */
  query: Readonly<Record<string, string>>
}

/** How X is searched. */
export interface FillSource {
  rest: Pick<XRest, 'searchRecent' | 'countParts'>
  /** 0 <= n < 1 */
  random: () => number
}

/** The listener beside which gaps are filled. */
export interface Listening {
  /** connections by now */
  readonly sessions: number
  readonly tweets: number
  readonly rules: readonly SessionRule[]
  readonly records: readonly SessionRecord[]
  /** what the lake has not taken when a search ends is its to store: nobody comes back to a gap that is filled */
  readonly publisher: Publisher
}

interface FillLimits extends FillSettings {
  sealAfterMs: number
  maxTweets: number | undefined
}

type FillPorts = CapturePorts & FillSource

/** How soon a gap that has become ripe is seen. */
const LOOK_EVERY_MS = 5_000
const LOOK_FIRST_MS = 200
/** What a lake that is full or out of reach is given before it is asked for again. */
const LAKE_RETRY_MS = 300_000
/** Before more time than this is filled X is asked what it will cost. */
const ASK_THE_PRICE_ABOVE_MS = 3_600_000

export class GapFiller {
  /** what no one foresaw; to be thrown when the listener ends */
  bug: unknown
  private readonly limits: FillLimits
  private readonly ports: FillPorts
  private readonly stream: Listening
  private readonly searcher: WindowSearcher
  /** of earlier runs; undefined: not read yet */
  private earlier: readonly SessionRecord[] | undefined
  /** questions that X does not take */
  private readonly refused = new Set<string>()
  /** sentences that were told, each of which is told once */
  private readonly told = new Set<string>()
  private isOver = false

  constructor(limits: FillLimits, ports: FillPorts, stream: Listening) {
    this.limits = limits
    this.ports = ports
    this.stream = stream
    const plan = { fields: limits.query, sealAfterMs: limits.sealAfterMs }
    // the line that shows how the stream goes on is the stream's
    const log = { ...ports.log, progress: () => undefined }
    // and so is the pulse, for which a tweet of last week would have come a week late
    const pulse = { note: () => undefined }
    // where a page waits for room on the disk the stream may still be read
    const paused = () => undefined
    const heir = stream.publisher
    this.searcher = new WindowSearcher(plan, { ...ports, log, pulse, paused, heir, room: () => this.room() })
  }

  /** Tweets that were found by now. */
  get tweets(): number {
    return this.searcher.tweets
  }

  get found(): Found {
    return this.searcher.found
  }

  /** Until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.isOver) {
      const waitMs = this.stream.sessions > 0 ? await this.fillOrTell(signal) : LOOK_FIRST_MS
      await this.ports.clock.sleep(waitMs, signal)
    }
  }

  /** @returns when to look again */
  private async fillOrTell(signal: AbortSignal): Promise<number> {
    try {
      await this.fill(signal)
      return LOOK_EVERY_MS
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (error instanceof TwdwError) {
        this.tellOnce(why, `gaps are not filled for now: ${why}`)
        return LAKE_RETRY_MS
      }
      this.bug = error
      this.isOver = true
      this.ports.log.warn(`gaps are not filled any more, for a reason that no one foresaw: ${why}`)
      return 0
    }
  }

  private async fill(signal: AbortSignal): Promise<void> {
    const windows = await this.missing()
    if (windows.length === 0) return
    if (this.room() < MIN_PAGE_TWEETS) return this.tellNoRoom(windows)
    await this.tellBegin(windows, signal)
    const before = { posts: this.found.posts, tweets: this.tweets }
    for (const window of windows) {
      if (this.refused.has(window.question.query)) continue
      const end = await this.searcher.search(window, signal)
      if (end.how === 'full') this.tellNoRoom(await this.missing())
      this.noteEnd(end, window)
      if (end.how !== 'done' && end.how !== 'refused') break
    }
    this.tellEnd(before)
  }

  /** What can be asked for by now, the newest first; of what cannot be is told. */
  private async missing(): Promise<FillWindow[]> {
    const wish = { rules: this.stream.rules, backfillMs: this.limits.backfillMs }
    const plan = planFill(wish, await this.sessions(), this.ports.clock.nowMs())
    this.tellWhatStays(plan)
    return plan.windows.filter(({ question }) => !this.refused.has(question.query))
  }

  /** Every session by now. Those of earlier runs have ended, whatever their records say: there is one listener a lake. */
  private async sessions(): Promise<SessionRecord[]> {
    const { records } = this.stream
    if (this.earlier === undefined) {
      const own = new Set(records.map(({ session }) => session))
      const { lake, log } = this.ports
      const earlier = (await readSessions(lake, warnDamaged(log))).filter(({ session }) => !own.has(session))
      this.earlier = earlier.map(record => ({ ...record, ended: record.ended ?? 'killed' }))
    }
    const all = [...this.earlier, ...records, ...this.searcher.records]
    return sessionsAfter(all, this.ports.clock.nowMs() - SEARCH_REACH_MS)
  }

  /** How many tweets a page may bring. */
  private room(): number {
    const { maxTweets } = this.limits
    const toMax = maxTweets === undefined ? Number.POSITIVE_INFINITY : maxTweets - this.stream.tweets - this.tweets
    return Math.min(toMax, this.ports.spending.roomToFill())
  }

  private noteEnd(end: WindowEnd, { question }: FillWindow): void {
    const { log } = this.ports
    if (end.how === 'refused') {
      this.refused.add(question.query)
      log.warn(`X's search does not take ${question.query}: ${end.because}; its gaps stay`, { event: 'fill-refused' })
    }
    if (end.how === 'over') {
      this.isOver = true
      log.warn(`X does not let itself be searched: ${end.because}; gaps stay until the next start`, {
        event: 'fill-over',
      })
    }
  }

  private async tellBegin(windows: readonly FillWindow[], signal: AbortSignal): Promise<void> {
    const gaps = unionOf(windows)
    const ms = lengthMs(gaps)
    const price = ms > ASK_THE_PRICE_ABOVE_MS ? `: ${await this.price(windows, signal)}` : ''
    const fields = { event: 'filling', gaps: gaps.length, ms }
    this.ports.log.info(`filling ${counted(gaps.length, 'gap')} by X's search, ${together(gaps)}${price}`, fields)
  }

  private tellEnd(before: { posts: number; tweets: number }): void {
    const tweets = this.tweets - before.tweets
    const microUsd = (this.found.posts - before.posts) * PRICE_MICRO_USD.post
    const sentence = `search found ${counted(tweets, 'tweet')} for ${usdText(microUsd)}; retweets it has none`
    this.ports.log.info(sentence, { event: 'filled', tweets, microUsd })
  }

  /** By X's counts, which are paid for too. */
  private async price(windows: readonly FillWindow[], signal: AbortSignal): Promise<string> {
    let posts = 0
    for (const [query, asked] of Map.groupBy(windows, ({ question }) => question.query)) {
      const parts = await this.count(query, asked, signal)
      if (parts === undefined) return 'what it will cost is not known'
      posts += asked.reduce((sum, window) => sum + postsIn(window, parts), 0)
    }
    const tweets = Math.ceil(posts)
    return `about ${counted(tweets, 'tweet')}, ${usdText(tweets * PRICE_MICRO_USD.post)}, by X's counts`
  }

  /** @returns undefined where there is no answer, or no room to ask */
  private async count(
    query: string,
    windows: readonly FillWindow[],
    signal: AbortSignal,
  ): Promise<CountedPart[] | undefined> {
    const { clock, rest, spending } = this.ports
    const firstMs = clock.nowMs() - SEARCH_REACH_MS + REACH_MARGIN_MS
    const startMs = Math.max(firstMs, Math.min(...windows.map(({ fromMs }) => fromMs)))
    const endMs = Math.max(...windows.map(({ toMs }) => toMs))
    try {
      await spending.payCount()
    } catch (error) {
      if (error instanceof TwdwError && error.code === 'E_CAP') return undefined
      throw error
    }
    // X counts whole seconds
    const seconds = { startMs: Math.floor(startMs / 1000) * 1000, endMs: Math.ceil(endMs / 1000) * 1000 }
    const answer = await rest.countParts(query, signal, { ...seconds, granularity: 'hour' })
    return answer.ok ? answer.value : undefined
  }

  private tellNoRoom(windows: readonly FillWindow[]): void {
    const { maxTweets } = this.limits
    const isByMax = maxTweets !== undefined && maxTweets - this.stream.tweets - this.tweets < MIN_PAGE_TWEETS
    const why = isByMax
      ? `--max-tweets is ${maxTweets}, and a page of search may bring ${MIN_PAGE_TWEETS}`
      : `filling takes at most half of what the caps leave of a day, and for ${this.ports.spending.report().day} (UTC) it has`
    const gaps = unionOf(windows)
    const rest = gaps.length === 1 ? 'stays' : 'stay'
    this.tellOnce(why, `${counted(gaps.length, 'gap')}, ${together(gaps)}, ${rest} unfilled for now: ${why}`)
  }

  private tellWhatStays({ unaskable, outOfReach }: FillPlan): void {
    const sampled = unaskable.filter(({ because }) => because === 'sample')
    if (sampled.length > 0) {
      const what = `the gaps of ${namesOf(sampled)} stay: X's search knows no sample`
      this.tellOnce('sample', `${what}, so it would send, and bill, every tweet`)
    }
    for (const each of unaskable.filter(({ because }) => because === 'length')) {
      const chars = `${each.rule.value.length} characters, and X's search takes ${MAX_QUERY_CHARS}`
      this.tellOnce(each.rule.value, `the gaps of ${namesOf([each])} stay: the rule has ${chars}`)
    }
    if (outOfReach.length > 0) {
      const what = spanText(lengthMs(outOfReach))
      this.tellOnce('reach', `${what} of gaps stay: they are older than the 7 days that X's search reaches back`)
    }
  }

  private tellOnce(what: string, sentence: string): void {
    if (this.told.has(what)) return
    this.told.add(what)
    this.ports.log.warn(sentence, { event: 'gap-stays' })
  }
}

function together(gaps: readonly { fromMs: number; toMs: number }[]): string {
  return `${spanText(lengthMs(gaps))}${gaps.length > 1 ? ' together' : ''}`
}

function namesOf(unaskable: readonly UnaskableRule[]): string {
  return unaskable.map(({ rule }) => rule.name).join(', ')
}

/** A part that lies in the window only partly counts in proportion. */
function postsIn({ fromMs, toMs }: FillWindow, parts: readonly CountedPart[]): number {
  return parts.reduce((sum, part) => {
    const insideMs = Math.max(0, Math.min(toMs, part.endMs) - Math.max(fromMs, part.startMs))
    return sum + (part.posts * insideMs) / (part.endMs - part.startMs)
  }, 0)
}
