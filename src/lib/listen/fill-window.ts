/**
 * One stretch of time, asked of X's recent search page by page, the newest first.
 *
 * A page is in the journal before anything else is done with it, and only then does a record say how far back the search
 * has come; whoever goes on after a crash goes on below that. A page that has no room under a cap is not asked for.
 */
import type { Hour } from '../domain/hour.ts'
import { tweetInstantMs } from '../domain/instant.ts'
import type { SessionRecord } from '../domain/session.ts'
import { spanText } from '../domain/wording.ts'
import { type FillWindow, OVERLAP_MS, REACH_MARGIN_MS, SEARCH_REACH_MS } from '../domain/x/fill-plan.ts'
import { endingText, FIRST_RUNG, type Ladder, nextStep } from '../domain/x/reconnect.ts'
import { queryWithout } from '../domain/x/request.ts'
import { idBorders, inPostWords, MAX_PAGE_TWEETS, MIN_PAGE_TWEETS, oldestOf } from '../domain/x/search-query.ts'
import type { Answer, SearchPage, XRest } from '../io/x/rest.ts'
import { Capture, type CapturePorts } from './capture.ts'
import { reachedMs } from './extend-session.ts'
import { type LeftOut, sumOfLeftOut } from './left-out.ts'

type Fields = Readonly<Record<string, string>>

export interface SearchPorts extends CapturePorts {
  rest: Pick<XRest, 'searchRecent'>
  /** 0 <= n < 1 */
  random: () => number
  /** how many tweets a page may bring */
  room: () => number
}

/** How the search of a window ended. */
export type WindowEnd =
  | { how: 'done' }
  /** the listener ends */
  | { how: 'stopped' }
  /** a cap leaves no room for a page */
  | { how: 'full' }
  /** X does not take this question */
  | { how: 'refused'; because: string }
  /** X does not let itself be searched */
  | { how: 'over'; because: string }

/** A question that was begun is put anew when X would soon refuse it as too old. */
const REACH_SAFETY_MS = 60_000

const ENDED_BY: Record<WindowEnd['how'], string> = {
  done: 'filled',
  stopped: 'stopped',
  full: 'no room under a cap',
  refused: 'refused by X',
  over: 'refused by X',
}

/** What has been found, of all windows so far. */
export interface Found {
  lines: number
  tweets: number
  rejected: number
  segments: number
  forgotten: LeftOut
  /** that X delivered, and bills */
  posts: number
  hours: Set<Hour>
}

/** Where in a window the search stands. */
interface Position {
  /** only tweets with smaller ids are still to be had; undefined: all of the window */
  belowId: string | undefined
  /** of the next page */
  token: string | undefined
  /** where the question begins that is being asked */
  fromMs: number
}

interface AskedPage {
  window: FillWindow
  position: Position
  capture: Capture
  /** at most */
  tweets: number
}

type Failure = Extract<Answer<never>, { ok: false }>

export class WindowSearcher {
  readonly found: Found = {
    lines: 0,
    tweets: 0,
    rejected: 0,
    segments: 0,
    forgotten: { tweets: 0, lines: 0 },
    posts: 0,
    hours: new Set(),
  }
  private readonly ports: SearchPorts
  private readonly sealAfterMs: number
  /** what each tweet shall hold */
  private fields: Fields
  private ladder: Ladder = FIRST_RUNG
  private readonly past: SessionRecord[] = []
  private current: Capture | undefined

  constructor(plan: { fields: Fields; sealAfterMs: number }, ports: SearchPorts) {
    this.fields = plan.fields
    this.sealAfterMs = plan.sealAfterMs
    this.ports = ports
  }

  /** Tweets by now, those of the window that is being searched too. */
  get tweets(): number {
    return this.found.tweets + (this.current?.tweets ?? 0)
  }

  /** The searches of this run, as records. */
  get records(): readonly SessionRecord[] {
    return [...this.past, ...(this.current?.records ?? [])]
  }

  /** @throws TwdwError E_LAKE when what was found cannot be kept */
  async search(window: FillWindow, signal: AbortSignal): Promise<WindowEnd> {
    const { tags, askedBy } = window.question
    const search = { fromMs: window.fromMs, ...(askedBy !== undefined && { askedBy }) }
    const plan = { source: 'search' as const, tags, maxTweets: undefined, sealAfterMs: this.sealAfterMs, search }
    // waiting for room on the disk ends with the listener
    const capture = new Capture(plan, { ...this.ports, stop: signal })
    this.current = capture
    try {
      const end = await this.pages(window, capture, signal)
      await capture.end(ENDED_BY[end.how])
      return end
    } catch (error) {
      // what is in the journal and cannot be published now is published by the next run
      await capture.end('failed').catch(() => undefined)
      throw error
    } finally {
      this.note(capture)
      this.current = undefined
    }
  }

  private async pages(window: FillWindow, capture: Capture, signal: AbortSignal): Promise<WindowEnd> {
    const position: Position = { belowId: undefined, token: undefined, fromMs: 0 }
    for (;;) {
      if (signal.aborted) return { how: 'stopped' }
      const tweets = Math.min(MAX_PAGE_TWEETS, Math.floor(this.ports.room()))
      if (tweets < MIN_PAGE_TWEETS) return { how: 'full' }
      this.aim(position, window)
      if (isBeyondReach(window, position)) return { how: 'done' }
      // before the first tweet is paid for: a crash then leaves a record that the journal's tweets can extend
      if (capture.sessions === 0) await capture.beginSearch(window.toMs, window.question.rules)
      const failure = await this.page({ window, position, capture, tweets }, signal)
      const end = failure && (await this.fall(failure, position, signal))
      if (end !== undefined) return end
      if (failure === undefined && position.token === undefined) return { how: 'done' }
    }
  }

  /** One page, asked for and kept. @returns how it failed; undefined: it did not */
  private async page(asked: AskedPage, signal: AbortSignal): Promise<Failure | undefined> {
    const arrived = this.ports.spending.expect(asked.tweets)
    let posts = 0
    try {
      const answer = await this.ports.rest.searchRecent(this.queryOf(asked), signal)
      if (!answer.ok) return answer
      posts = answer.value.ids.length
      await this.keep(answer.value, asked)
      return undefined
    } finally {
      // until here they were on their way; now they are in the meter
      arrived(posts)
    }
  }

  /** A page goes on where the question stands that it belongs to; one that reaches too far back by now is put anew. */
  private aim(position: Position, window: FillWindow): void {
    const firstMs = this.ports.clock.nowMs() - SEARCH_REACH_MS
    if (position.token !== undefined && position.fromMs >= firstMs + REACH_SAFETY_MS) return
    position.token = undefined
    position.fromMs = Math.max(window.fromMs - OVERLAP_MS, firstMs + REACH_MARGIN_MS)
  }

  private queryOf({ window, position, tweets }: AskedPage): Fields {
    const { token } = position
    return {
      ...this.fields,
      query: window.question.query,
      ...bordersOf(window, position),
      sort_order: 'recency',
      max_results: String(tweets),
      ...(token !== undefined && { next_token: token }),
    }
  }

  private async keep(page: SearchPage, { window, position, capture }: AskedPage): Promise<void> {
    this.ladder = FIRST_RUNG
    this.found.posts += page.ids.length
    if (page.ids.length > 0) await capture.take({ lines: [page.bytes], capturedAtMs: this.ports.clock.nowMs() })
    const oldestId = oldestOf([...page.ids, ...(position.belowId === undefined ? [] : [position.belowId])])
    position.belowId = oldestId
    position.token = page.nextToken
    const oldestMs = oldestId === undefined ? undefined : tweetInstantMs(oldestId, null)
    // the whole of the window where this was the last page, or what of it search still reaches
    if (page.nextToken === undefined) await capture.reachBack(Math.max(window.fromMs, position.fromMs))
    else if (oldestMs !== undefined) await capture.reachBack(Math.min(window.toMs, reachedMs(oldestMs, window.fromMs)))
    await capture.sealIfDue()
  }

  /** @returns undefined: X is to be asked again, and what had to come before that is done */
  private async fall({ end }: Failure, position: Position, signal: AbortSignal): Promise<WindowEnd | undefined> {
    const { clock, log, random } = this.ports
    if (end.how === 'aborted') return { how: 'stopped' }
    const when = { livedMs: undefined, nowMs: clock.nowMs(), random: random() }
    const { step, ladder } = nextStep(end, this.ladder, when)
    this.ladder = ladder
    const because = endingText(end)
    const isBadRequest = end.how === 'refused' && end.status === 400
    if (step.do === 'drop' && this.askForLess(step.unknown)) return undefined
    if (isBadRequest && position.token !== undefined) {
      // the token may be too old, which the question without it is not
      position.token = undefined
      this.ladder = FIRST_RUNG
      return undefined
    }
    if (isBadRequest) {
      this.ladder = FIRST_RUNG
      return { how: 'refused', because }
    }
    if (step.do === 'stop') return { how: 'over', because }
    const again = step.waitMs === 0 ? 'at once' : `in ${spanText(step.waitMs)}`
    log.warn(`no answer from X's search: ${because}; asking again ${again}`, { because, waitMs: step.waitMs })
    await clock.sleep(step.waitMs, signal)
    return undefined
  }

  /** @returns false where nothing of what X does not know was asked for */
  private askForLess(unknown: Parameters<typeof queryWithout>[1]): boolean {
    const isRenamed = unknown.some(({ parameter, word }) => parameter === 'tweet.fields' && word === undefined)
    const fields = isRenamed ? inPostWords(this.fields) : queryWithout(this.fields, unknown)
    if (JSON.stringify(fields) === JSON.stringify(this.fields)) return false
    this.fields = fields
    // other names are not yet less
    if (isRenamed) this.ladder = FIRST_RUNG
    const words = unknown.map(({ parameter, word }) => word ?? parameter).join(', ')
    const how = isRenamed ? 'asking for post.fields' : 'going on without'
    this.ports.log.warn(`X's search does not know ${words}: ${how}; see whether there is a newer twdw`, {
      unknown: words,
    })
    return true
  }

  private note(capture: Capture): void {
    const { found } = this
    found.lines += capture.lines
    found.tweets += capture.tweets
    found.rejected += capture.rejected
    found.segments += capture.publisher.segments
    found.forgotten = sumOfLeftOut([found.forgotten, capture.publisher.forgotten])
    for (const hour of capture.publisher.hours) found.hours.add(hour)
    this.past.push(...capture.records)
  }
}

function bordersOf(window: FillWindow, { belowId, fromMs }: Position): { since_id: string; until_id: string } {
  return idBorders({ fromMs, toMs: window.toMs + OVERLAP_MS }, belowId)
}

/** True where search does not reach, by now, what is still to be had. */
function isBeyondReach(window: FillWindow, position: Position): boolean {
  const { since_id, until_id } = bordersOf(window, position)
  return BigInt(until_id) <= BigInt(since_id) + 1n
}
