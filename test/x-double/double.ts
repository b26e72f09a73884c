/**
 * A double of X: rules, stream, search, counts and connections over a real socket, scripted by the test.
 *
 * Its answers are shaped like X's and its clock stands still unless it is told otherwise. Nothing leaves the machine, and the only thing
 * that is random about it is the port.
 */
import type { Socket } from 'node:net'
import { REFUSALS, type Refusal } from './answers.ts'
import { type Connection, Connections } from './connections.ts'
import type { StreamLine } from './lines.ts'
import { type Bill, BillMeter } from './meter.ts'
import { type DoubleRule, RuleBook, type RuleBookOptions } from './rule-book.ts'
import { play, type Script, type Step } from './script.ts'
import { countsRecent, searchRecent } from './search.ts'
import { type DoubleUsage, tweetUsage } from './usage.ts'
import { answer, openChunked, openWire, type WireRequest } from './wire.ts'

export interface XDoubleOptions extends RuleBookOptions {
  /** the bearer token that is accepted */
  token: string
  /** one script a connection, in the order in which they are asked for; further connections are held in silence */
  stream?: readonly Script[]
  /** headers of the stream's answer beside X's usual ones */
  streamHeaders?: Readonly<Record<string, string>>
  /** what search and counts find; may grow */
  tweets?: readonly StreamLine[]
  /** ids of tweets that search does not have, though counts do */
  hidden?: readonly string[]
  /** at most how many tweets the pages of search have, in the order of the calls; 0 is an empty page. Later ones are full */
  pages?: readonly number[]
  /** how many streams may be open at once; any number if left out */
  slots?: number
  /** a connection whose client is gone holds its slot until it is freed by a call, as X does after an unclean cut */
  isDeafToHangUps?: boolean
  /**
   * Instead of answers, in the order of the calls, by call: `GET /2/tweets/search/stream/rules`; `mute`: no answer;
   * `pass`: an answer as if nothing stood here
   */
  refusals?: Readonly<Record<string, readonly (Refusal | 'mute' | 'pass')[]>>
  /** of the month's cap; a self-serve account that has read nothing if left out */
  usage?: DoubleUsage
  /** what the double takes for now; the machine's own time where it is `real` */
  now?: string
  /** the same, where time is to pass */
  nowMs?: () => number
}

export interface XDouble {
  origin: string
  /** every request, in order */
  readonly requests: readonly WireRequest[]
  readonly rules: readonly DoubleRule[]
  /** streams that were accepted, open and past */
  readonly connections: readonly Connection[]
  /** what X would bill, by UTC day */
  readonly billed: Readonly<Record<string, Bill>>
  /** As if somebody had deleted rules of the app: every one, or those that are meant. */
  clearRules(isMeant?: (rule: DoubleRule) => boolean): void
  /** As if another program had added a rule. */
  addRule(rule: { value: string; tag?: string }): void
  /** Requests for one call, in order. */
  asked(method: string, path: string): WireRequest[]
  close(): Promise<void>
}

/** What the double says about itself, to whoever asks without a token. */
export const BILLED_PATH = '/double/billed'

const STREAM = 'GET /2/tweets/search/stream'
const RULES = '/2/tweets/search/stream/rules'

export async function startXDouble(options: XDoubleOptions): Promise<XDouble> {
  const x = new Double(options)
  const wire = await openWire((request, socket) => x.handle(request, socket))
  return {
    origin: wire.origin,
    requests: x.requests,
    connections: x.connections.all,
    billed: x.meter.days,
    get rules() {
      return x.book.all
    },
    clearRules: isMeant => x.book.clear(isMeant),
    addRule: rule => x.book.put(rule),
    asked: (method, path) => x.requests.filter(request => request.method === method && request.path === path),
    close: wire.close,
  }
}

class Double {
  readonly requests: WireRequest[] = []
  readonly connections: Connections
  readonly book: RuleBook
  readonly meter: BillMeter
  private readonly scripts: Script[]
  private readonly refusals: Map<string, (Refusal | 'mute' | 'pass')[]>
  private readonly pages: number[]
  private readonly options: XDoubleOptions

  constructor(options: XDoubleOptions) {
    this.options = options
    this.book = new RuleBook(options)
    this.connections = new Connections(options.isDeafToHangUps ?? false)
    this.scripts = [...(options.stream ?? [])]
    this.refusals = new Map(Object.entries(options.refusals ?? {}).map(([call, list]) => [call, [...list]]))
    this.pages = [...(options.pages ?? [])]
    this.meter = new BillMeter(() => this.nowMs)
  }

  private get nowMs(): number {
    const { now = '2026-09-21T12:00:00Z', nowMs } = this.options
    return nowMs?.() ?? (now === 'real' ? Date.now() : Date.parse(now))
  }

  handle(request: WireRequest, socket: Socket): void {
    if (request.path === BILLED_PATH) {
      this.answer(socket, { status: 200, body: { ...this.meter.days } })
      return
    }
    this.requests.push(request)
    const call = `${request.method} ${request.path}`
    const refusal =
      request.headers.authorization === `Bearer ${this.options.token}`
        ? this.refusals.get(call)?.shift()
        : REFUSALS.unauthorized
    if (refusal === 'mute') return
    if (refusal !== undefined && refusal !== 'pass') this.refuse(socket, refusal)
    else if (call === STREAM) void this.stream(socket)
    else this.answer(socket, this.look(call, request))
  }

  private look(call: string, request: WireRequest): { status: number; body: Record<string, unknown> } {
    const sent = new Date(this.nowMs).toISOString()
    const tweets = this.options.tweets ?? []
    switch (call) {
      case `GET ${RULES}`:
        return this.book.list(request.query, sent)
      case `POST ${RULES}`:
        return this.book.change(request, sent)
      case `GET ${RULES}/counts`:
        return this.book.counts(sent)
      case 'GET /2/tweets/search/recent': {
        const { hidden = [] } = this.options
        const found = searchRecent({ tweets, hidden, pages: this.pages }, request.query, this.nowMs)
        if (found.posts > 0) this.meter.add('searchPosts', found.posts)
        return found
      }
      case 'GET /2/tweets/counts/recent': {
        const counted = countsRecent(tweets, request.query, this.nowMs)
        if (counted.status === 200) this.meter.add('countsRequests', 1)
        return counted
      }
      case 'GET /2/usage/tweets':
        return tweetUsage(this.options.usage ?? { cap: 3_000_000, used: 0, resetDay: 10 }, request.query, this.nowMs)
      case 'GET /2/connections':
        return { status: 200, body: this.connections.list(request.query) }
    }
    const [, what] = /^DELETE \/2\/connections(?:\/(\w+))?$/.exec(call) ?? []
    if (call.startsWith('DELETE /2/connections')) {
      return { status: 200, body: this.connections.free(what ?? '', request.body, this.nowMs) }
    }
    return { status: 404, body: { title: 'Not Found', detail: `no ${call}`, type: 'about:blank', status: 404 } }
  }

  private async stream(socket: Socket): Promise<void> {
    if (this.book.all.length === 0) return this.refuse(socket, REFUSALS.noRules)
    if (this.connections.active.length >= (this.options.slots ?? Number.POSITIVE_INFINITY)) {
      return this.refuse(socket, REFUSALS.slotTaken)
    }
    const steps = stepsOf(this.scripts.shift() ?? [])
    const first = await steps.next()
    if (first.done !== true && 'refuse' in first.value) return this.refuse(socket, first.value.refuse)
    if (first.done !== true && 'mute' in first.value) return
    this.connections.open(socket, this.nowMs)
    openChunked(socket, 200, { ...this.headers(50), ...this.options.streamHeaders })
    const note = this.meter.stream(this.options.streamHeaders?.['content-encoding'])
    if (first.done !== true) await play(startingWith(first.value, steps), socket, note)
  }

  private answer(socket: Socket, { status, body }: { status: number; body: Record<string, unknown> }): void {
    answer(socket, status, this.headers(450), JSON.stringify(body))
  }

  private refuse(socket: Socket, { status, headers, body }: Refusal): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    answer(socket, status, { ...this.headers(50), ...headers }, text)
  }

  private headers(limit: number): Record<string, string> {
    return {
      'content-type': 'application/json; charset=utf-8',
      date: new Date(this.nowMs).toUTCString(),
      'x-rate-limit-limit': String(limit),
      'x-rate-limit-remaining': String(limit - 1),
      'x-rate-limit-reset': String(Math.floor(this.nowMs / 1000) + 900),
    }
  }
}

async function* stepsOf(script: Script): AsyncGenerator<Step, void, void> {
  yield* script
}

async function* startingWith(first: Step, rest: AsyncIterable<Step>): AsyncGenerator<Step, void, void> {
  yield first
  yield* rest
}

/** A double for one test, gone afterwards whatever happened. */
export async function withXDouble<T>(options: XDoubleOptions, work: (x: XDouble) => Promise<T>): Promise<T> {
  const x = await startXDouble(options)
  try {
    return await work(x)
  } finally {
    await x.close()
  }
}
