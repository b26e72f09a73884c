/** X's request-and-answer endpoints: rules, search, counts and connections. */
import { type Answer, isRecord, type Json, openAsk, parseRecord, type Question, recordAt, textAt } from './ask.ts'
import type { XAccess } from './headers.ts'
import type { NetworkFailure, Refusal } from './stream.ts'

export type { Answer } from './ask.ts'

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
  /** The same part by part, oldest first. X bills one call. */
  countParts(query: string, signal: AbortSignal, window: CountWindow): Promise<Answer<CountedPart[]>>
  /**
   * A page of what a query finds in the last 7 days. X bills each post of it.
   * @param query parameters of the endpoint; `next_token` goes on behind a page
   */
  searchRecent(query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer<SearchPage>>
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

/** One part of a count: posts made in startMs <= t < endMs. */
export interface CountedPart {
  startMs: number
  endMs: number
  posts: number
}

/** One page of an answer. It may be short, or empty, and yet not be the last. */
export interface SearchPage {
  /** the JSON text, as X sent it */
  bytes: Uint8Array
  /** of the posts in it, in its order */
  ids: string[]
  /** undefined: this was the last page */
  nextToken: string | undefined
}

/** A count, and the span of time that X says it is for. */
export interface CountedPosts {
  posts: number
  spanMs: number
}

const RULES = 'tweets/search/stream/rules'
const COUNTS = 'tweets/counts/recent'
const SEARCH = 'tweets/search/recent'
const CONNECTIONS = 'connections'
/** A request is answered whole within this time or counts as failed. */
const TIMEOUT_MS = 30_000
const RULES_PER_PAGE = 1000
/** X names no limit; this many rules of full length stay well below 1 MB. */
const RULES_PER_REQUEST = 100

/** @throws TwdwError E_USAGE when origin or token are none */
export function openXRest(access: XAccess, timeoutMs = TIMEOUT_MS): XRest {
  const askWhole = openAsk(access, timeoutMs)
  const ask = async (question: Question, signal: AbortSignal): Promise<Answer<Json>> => {
    const answer = await askWhole(question, signal)
    return answer.ok ? { ok: true, value: answer.value.json } : answer
  }
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
      const parts = partsIn(answer.value)
      return parts === undefined ? NO_COUNTS : { ok: true, value: sumOf(parts) }
    },

    async countParts(query, signal, window) {
      const answer = await ask({ method: 'GET', path: COUNTS, query: { query, ...windowQuery(window) } }, signal)
      if (!answer.ok) return answer
      const parts = partsIn(answer.value)
      return parts === undefined ? NO_COUNTS : { ok: true, value: parts }
    },

    async searchRecent(query, signal) {
      const answer = await askWhole({ method: 'GET', path: SEARCH, query }, signal)
      if (!answer.ok) return answer
      const { text, json } = answer.value
      const posts = Array.isArray(json.data) ? json.data.filter(isRecord) : []
      const ids = posts.flatMap(post => textAt(post, 'id') ?? [])
      const nextToken = textAt(recordAt(json, 'meta'), 'next_token')
      return { ok: true, value: { bytes: new TextEncoder().encode(text), ids, nextToken } }
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

const NO_COUNTS = {
  ok: false as const,
  end: { how: 'network' as const, code: 'EPROTO', message: 'X answered without any counts' },
}

/** Either of X's two vocabularies; numbers may be texts. @returns n >= 1 parts; undefined where nothing was counted */
function partsIn(body: Json): CountedPart[] | undefined {
  const parts = (Array.isArray(body.data) ? body.data.filter(isRecord) : []).map(bucket => ({
    posts: Number(bucket.tweet_count ?? bucket.post_count),
    startMs: Date.parse(textAt(bucket, 'start') ?? ''),
    endMs: Date.parse(textAt(bucket, 'end') ?? ''),
  }))
  const areWhole = parts.every(({ posts, startMs, endMs }) => Number.isSafeInteger(posts) && endMs > startMs)
  return areWhole && parts.length > 0 ? parts : undefined
}

function sumOf(parts: readonly CountedPart[]): CountedPosts {
  return {
    posts: parts.reduce((sum, { posts }) => sum + posts, 0),
    spanMs: Math.max(...parts.map(({ endMs }) => endMs)) - Math.min(...parts.map(({ startMs }) => startMs)),
  }
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
