/**
 * X's request-and-answer endpoints, through twitter-api-v2.
 *
 * That library decides nothing here: it signs, sends and parses, and every answer, refusal or failure becomes a value
 * of the kind that the stream's ends have, so that one ladder decides about both. It is loaded at the first call.
 */
import { Agent } from 'node:http'
import type { TwitterApi } from 'twitter-api-v2'
import { type XAccess, xHeaders, xUrl } from './headers.ts'
import { type NetworkFailure, networkFailure, type Refusal } from './stream.ts'

/** `ok: false` says how it failed; nothing is known of what X did then. */
export type Answer<T> = { ok: true; value: T } | { ok: false; end: Refusal | NetworkFailure | { how: 'aborted' } }

export interface XRule {
  id: string
  value: string
  tag: string | undefined
}

/** What became of the rules of one request; each of them is in one of the lists. */
export interface AddedRules {
  created: XRule[]
  /** X has a rule with this text already; `id` is that rule's, undefined where X did not say */
  duplicates: { value: string; id: string | undefined }[]
  /** `type` is the last word of the problem's URI, such as `invalid-rules` or `rule-cap` */
  refused: { value: string; type: string; reason: string }[]
}

/** How many rules may stand, as far as X says so. */
export interface XRuleCaps {
  perApp: number | undefined
  /** of all apps of the account's project together */
  perProject: number | undefined
  /** that stand in the project now */
  inProject: number | undefined
}

/** A connection of the app's to a stream that X holds for open. */
export interface XConnection {
  id: string
  /** ISO 8601 UTC, as X writes it; undefined where X did not say */
  connectedAt: string | undefined
}

/** Every function resolves whatever X does, and soon after `signal` aborts. */
export interface XRest {
  /** Every rule of the app, strangers' too. */
  listRules(signal: AbortSignal): Promise<Answer<XRule[]>>
  /** @param options.dryRun X judges the rules and changes nothing */
  addRules(
    rules: readonly { value: string; tag: string }[],
    signal: AbortSignal,
    options?: { dryRun?: boolean },
  ): Promise<Answer<AddedRules>>
  ruleCaps(signal: AbortSignal): Promise<Answer<XRuleCaps>>
  /** An id that is gone already is no failure. @returns how many X deleted */
  deleteRules(ids: readonly string[], signal: AbortSignal): Promise<Answer<number>>
  /** How many of the last 7 days' posts a query finds, or of a part of them. X bills each call. @param query at most 512 characters */
  countRecent(query: string, signal: AbortSignal, window?: CountWindow): Promise<Answer<CountedPosts>>
  /** Open connections to the filtered stream, whoever uses them. */
  listConnections(signal: AbortSignal): Promise<Answer<XConnection[]>>
  /** @param ids at most 100. @returns how many X closed */
  closeConnections(ids: readonly string[], signal: AbortSignal): Promise<Answer<number>>
}

/** Half-open, milliseconds since 1970-01-01T00:00Z, whole seconds; it lies in the last 7 days and ends 10 s ago or earlier. */
export interface CountWindow {
  startMs: number
  endMs: number
  /** of the parts that X counts; the answer is their sum */
  granularity: 'minute' | 'hour' | 'day'
}

/** A count, and the span of time that X says it is for. */
export interface CountedPosts {
  posts: number
  spanMs: number
}

const RULES = 'tweets/search/stream/rules'
const COUNTS = 'tweets/counts/recent'
const CONNECTIONS = 'connections'
/** A request is answered whole within this time or counts as failed. */
const TIMEOUT_MS = 30_000
const RULES_PER_PAGE = 1000
/** X names no limit; this many rules of full length stay well below 1 MB. */
const RULES_PER_REQUEST = 100

/** @throws TwdwError E_USAGE when origin or token are none */
export function openXRest(access: XAccess, timeoutMs = TIMEOUT_MS): XRest {
  const ask = openAsk(access, timeoutMs)
  return {
    async listRules(signal) {
      const rules: XRule[] = []
      let page: string | undefined
      do {
        const query = { max_results: RULES_PER_PAGE, ...(page !== undefined && { pagination_token: page }) }
        const answer = await ask({ method: 'GET', path: RULES, query }, signal)
        if (!answer.ok) return answer
        rules.push(...rulesIn(answer.value))
        page = textAt(recordAt(answer.value, 'meta'), 'next_token')
      } while (page !== undefined)
      return { ok: true, value: rules }
    },

    async addRules(rules, signal, options = {}) {
      const added: AddedRules = { created: [], duplicates: [], refused: [] }
      // X refuses members that it does not know
      for (const add of inParts(rules.map(({ value, tag }) => ({ value, tag })))) {
        const query = options.dryRun === true ? { dry_run: 'true' } : {}
        const answer = await ask({ method: 'POST', path: RULES, query, body: { add } }, signal)
        const body = answer.ok ? answer.value : rulesJudged(answer.end)
        if (body === undefined) return answer as Answer<never>
        added.created.push(...rulesIn(body))
        sortFaults(body, added)
      }
      return { ok: true, value: added }
    },

    async ruleCaps(signal) {
      const answer = await ask({ method: 'GET', path: `${RULES}/counts`, query: {} }, signal)
      return answer.ok ? { ok: true, value: capsIn(answer.value) } : answer
    },

    async deleteRules(ids, signal) {
      let deleted = 0
      for (const part of inParts(ids)) {
        const body = { delete: { ids: part } }
        const answer = await ask({ method: 'POST', path: RULES, query: {}, body }, signal)
        if (!answer.ok) return answer
        deleted += Number(recordAt(recordAt(answer.value, 'meta'), 'summary').deleted ?? 0)
      }
      return { ok: true, value: deleted }
    },

    async countRecent(query, signal, window) {
      const asked = { query, granularity: 'day', ...(window !== undefined && windowQuery(window)) }
      const answer = await ask({ method: 'GET', path: COUNTS, query: asked }, signal)
      if (!answer.ok) return answer
      const counted = countIn(answer.value)
      const how = 'network' as const
      return counted === undefined
        ? { ok: false, end: { how, code: 'EPROTO', message: 'X answered without any counts' } }
        : { ok: true, value: counted }
    },

    async listConnections(signal) {
      const query = { status: 'active', endpoints: 'filtered_stream' }
      const answer = await ask({ method: 'GET', path: CONNECTIONS, query }, signal)
      return answer.ok ? { ok: true, value: connectionsIn(answer.value) } : answer
    },

    async closeConnections(ids, signal) {
      const answer = await ask({ method: 'DELETE', path: CONNECTIONS, query: {}, body: { uuids: ids } }, signal)
      if (!answer.ok) return answer
      return { ok: true, value: Number(recordAt(answer.value, 'data').successful_kills ?? 0) }
    },
  }
}

function windowQuery({ startMs, endMs, granularity }: CountWindow): Record<string, string> {
  return { granularity, start_time: new Date(startMs).toISOString(), end_time: new Date(endMs).toISOString() }
}

/** Either of X's two vocabularies; numbers may be texts. @returns undefined where nothing was counted */
function countIn(body: Json): CountedPosts | undefined {
  const buckets = (Array.isArray(body.data) ? body.data.filter(isRecord) : []).map(bucket => ({
    posts: Number(bucket.tweet_count ?? bucket.post_count),
    startMs: Date.parse(textAt(bucket, 'start') ?? ''),
    endMs: Date.parse(textAt(bucket, 'end') ?? ''),
  }))
  const posts = buckets.reduce((sum, bucket) => sum + bucket.posts, 0)
  const spanMs = Math.max(...buckets.map(({ endMs }) => endMs)) - Math.min(...buckets.map(({ startMs }) => startMs))
  return Number.isSafeInteger(posts) && spanMs > 0 && Number.isFinite(spanMs) ? { posts, spanMs } : undefined
}

type Json = Record<string, unknown>

interface Question {
  method: 'GET' | 'POST' | 'DELETE'
  /** below `/2/` */
  path: string
  query: Record<string, string | number>
  body?: Json
}

type Ask = (question: Question, signal: AbortSignal) => Promise<Answer<Json>>

function openAsk(access: XAccess, timeoutMs: number): Ask {
  const { authorization: _, ...headers } = xHeaders(access)
  const prefix = xUrl(access.origin, '/2/').href
  // the library speaks https unless it is handed an agent for http
  const agent = prefix.startsWith('http:') ? { httpAgent: new Agent() } : {}

  return async (question, signal) => {
    const library = await import('twitter-api-v2')
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const seen: Seen = {}
    const options = {
      prefix,
      headers: { ...headers },
      fullResponse: true as const,
      requestEventDebugHandler: (event: string, data?: Seen) => note(seen, event, data),
    }
    // one client a call: a plugin is the only way to hand a signal to the request below
    const client: TwitterApi = new library.TwitterApi(access.token, {
      ...agent,
      plugins: [{ onBeforeRequest: request => void complete(request, question, inTime) }],
    })
    try {
      if (signal.aborted) return { ok: false, end: { how: 'aborted' } }
      const { data, headers: answered } = await send(client, question, options)
      const status = seen.res?.statusCode ?? 200
      if (status < 300 && isRecord(data)) return { ok: true, value: data }
      return { ok: false, end: { how: 'refused', status, headers: headerTexts(answered), body: bodyText(data) } }
    } catch (error) {
      return { ok: false, end: endOf(error, { library, seen, signal, inTime, timeoutMs }) }
    }
  }
}

interface SendOptions {
  prefix: string
  headers: Record<string, string>
  fullResponse: true
  requestEventDebugHandler: (event: string, data?: Seen) => void
}

function send({ v2 }: TwitterApi, { method, path, query, body }: Question, options: SendOptions) {
  if (method === 'GET') return v2.get<unknown>(path, query, options)
  if (method === 'POST') return v2.post<unknown>(path, body, { ...options, query })
  return v2.delete<unknown>(path, query, options)
}

/** What the library has no parameter for: a signal, and the body of a DELETE. */
function complete(request: ClientRequest, { method, body }: Question, signal: AbortSignal): void {
  Object.assign(request.requestOptions, { signal })
  if (method !== 'DELETE' || body === undefined) return
  const text = JSON.stringify(body)
  request.computedParams.body = text
  request.requestOptions.headers = {
    ...request.requestOptions.headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
  }
}

interface ClientRequest {
  computedParams: { body?: unknown }
  requestOptions: { headers?: object | undefined }
}

/** What the library's events tell and its errors leave out. */
interface Seen {
  requestError?: unknown
  res?: { statusCode?: number }
}

function note(seen: Seen, event: string, data: Seen | undefined): void {
  if (event === 'request-error') seen.requestError = data?.requestError
  if (event === 'response' && data?.res !== undefined) seen.res = data.res
}

interface CallContext {
  library: typeof import('twitter-api-v2')
  seen: Seen
  signal: AbortSignal
  inTime: AbortSignal
  timeoutMs: number
}

function endOf(error: unknown, call: CallContext): Refusal | NetworkFailure | { how: 'aborted' } {
  const { ApiPartialResponseError, ApiResponseError } = call.library
  if (call.signal.aborted) return { how: 'aborted' }
  if (call.inTime.aborted) {
    return { how: 'network', code: 'ETIMEDOUT', message: `X did not answer within ${call.timeoutMs / 1000} s` }
  }
  if (error instanceof ApiResponseError) {
    return { how: 'refused', status: error.code, headers: headerTexts(error.headers), body: bodyText(error.data) }
  }
  // a gateway's page under X's content type; where the status is a good one, the answer was cut off
  if (error instanceof ApiPartialResponseError) {
    const { statusCode = 0, headers } = error.response
    if (statusCode >= 300) {
      return { how: 'refused', status: statusCode, headers: headerTexts(headers), body: error.rawContent }
    }
    return { how: 'network', code: 'ECONNRESET', message: 'the answer of X was cut off' }
  }
  return networkFailure(call.seen.requestError ?? error)
}

/** X refuses a request in which no rule is good, and judges each rule in the body all the same. */
function rulesJudged(end: Refusal | NetworkFailure | { how: 'aborted' }): Json | undefined {
  if (end.how !== 'refused') return undefined
  const body = parseRecord(end.body)
  const faults = faultsIn(body)
  return faults.length > 0 && faults.every(fault => textAt(fault, 'value') !== undefined) ? body : undefined
}

function sortFaults(body: Json, added: AddedRules): void {
  for (const fault of faultsIn(body)) {
    const value = textAt(fault, 'value') ?? ''
    const type = (textAt(fault, 'type') ?? '').split(/[/#]/).at(-1) ?? ''
    const title = textAt(fault, 'title') ?? type
    if (type === 'duplicate-rules' || title === 'DuplicateRule') {
      added.duplicates.push({ value, id: textAt(fault, 'id') })
    } else {
      const details = Array.isArray(fault.details) ? fault.details.filter(detail => typeof detail === 'string') : []
      added.refused.push({ value, type, reason: textAt(fault, 'detail') ?? (details.join(' ') || title) })
    }
  }
}

function rulesIn(body: Json): XRule[] {
  const data = Array.isArray(body.data) ? body.data.filter(isRecord) : []
  return data.flatMap(rule => {
    const [id, value] = [textAt(rule, 'id'), textAt(rule, 'value')]
    return id === undefined || value === undefined ? [] : [{ id, value, tag: textAt(rule, 'tag') }]
  })
}

/** X writes the numbers as texts, and wrote them as numbers before. */
function capsIn(body: Json): XRuleCaps {
  const data = recordAt(body, 'data')
  const countAt = (key: string) => {
    const count = typeof data[key] === 'string' || typeof data[key] === 'number' ? Number(data[key]) : Number.NaN
    return Number.isSafeInteger(count) && count >= 0 ? count : undefined
  }
  return {
    perApp: countAt('cap_per_client_app'),
    perProject: countAt('cap_per_project'),
    inProject: countAt('project_rules_count'),
  }
}

function connectionsIn(body: Json): XConnection[] {
  const data = Array.isArray(body.data) ? body.data.filter(isRecord) : []
  return data.flatMap(connection => {
    const id = textAt(connection, 'id')
    const isStream = /filtered/.test(textAt(connection, 'endpoint_name') ?? 'filtered_stream')
    return id === undefined || !isStream ? [] : [{ id, connectedAt: textAt(connection, 'connected_at') }]
  })
}

function faultsIn(body: Json): Json[] {
  return Array.isArray(body.errors) ? body.errors.filter(isRecord) : []
}

function inParts<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / RULES_PER_REQUEST)
  return Array.from({ length: count }, (_, i) => items.slice(i * RULES_PER_REQUEST, (i + 1) * RULES_PER_REQUEST))
}

function headerTexts(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]))
}

function bodyText(data: unknown): string {
  return typeof data === 'string' ? data : (JSON.stringify(data) ?? '')
}

function parseRecord(text: string): Json {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}

function recordAt(json: Json, key: string): Json {
  const value = json[key]
  return isRecord(value) ? value : {}
}

function textAt(json: Json, key: string): string | undefined {
  const value = json[key]
  return typeof value === 'string' ? value : undefined
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
