/**
 * One question to X and its answer, through twitter-api-v2.
 *
 * That library decides nothing here: it signs and sends, and every answer, refusal or failure becomes a value of the kind
 * that the stream's ends have, so that one ladder decides about both. Answers are taken as text, byte for byte, and parsed
 * here: what is a line of the journal must not be written anew. The library is loaded at the first call.
 */
import { Agent } from 'node:http'
import type { TwitterApi } from 'twitter-api-v2'
import { type XAccess, xHeaders, xUrl } from './headers.ts'
import { type NetworkFailure, networkFailure, type Refusal } from './stream.ts'

/** `ok: false` says how it failed; nothing is known of what X did then. */
export type Answer<T> = { ok: true; value: T } | { ok: false; end: Refusal | NetworkFailure | { how: 'aborted' } }

export type Json = Record<string, unknown>

export interface Question {
  method: 'GET' | 'POST' | 'DELETE'
  /** below `/2/` */
  path: string
  query: Record<string, string | number>
  body?: Json
}

/** An answer that is a JSON object. */
export interface Body {
  /** as X sent it */
  text: string
  json: Json
}

export type Ask = (question: Question, signal: AbortSignal) => Promise<Answer<Body>>

/** @throws TwdwError E_USAGE when origin or token are none */
export function openAsk(access: XAccess, timeoutMs: number): Ask {
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
      forceParseMode: 'text' as const,
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
      return answerOf(bodyText(data), seen.res?.statusCode ?? 200, headerTexts(answered))
    } catch (error) {
      return { ok: false, end: endOf(error, { library, seen, signal, inTime, timeoutMs }) }
    }
  }
}

function answerOf(text: string, status: number, headers: Record<string, string>): Answer<Body> {
  const json = parseJson(text)
  if (status < 300 && isRecord(json)) return { ok: true, value: { text, json } }
  const isCutOff = status < 300 && text !== '' && json === undefined && /\bjson\b/.test(headers['content-type'] ?? '')
  if (isCutOff)
    return { ok: false, end: { how: 'network', code: 'ECONNRESET', message: 'the answer of X was cut off' } }
  return { ok: false, end: { how: 'refused', status, headers, body: text } }
}

interface SendOptions {
  prefix: string
  headers: Record<string, string>
  fullResponse: true
  forceParseMode: 'text'
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
  if (error instanceof ApiPartialResponseError) {
    const { statusCode = 0, headers } = error.response
    if (statusCode >= 300) {
      return { how: 'refused', status: statusCode, headers: headerTexts(headers), body: error.rawContent }
    }
    return { how: 'network', code: 'ECONNRESET', message: 'the answer of X was cut off' }
  }
  return networkFailure(call.seen.requestError ?? error)
}

function headerTexts(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]))
}

function bodyText(data: unknown): string {
  return typeof data === 'string' ? data : (JSON.stringify(data) ?? '')
}

/** {} where the text is no JSON object. */
export function parseRecord(text: string): Json {
  const value = parseJson(text)
  return isRecord(value) ? value : {}
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** {} where there is none. */
export function recordAt(json: Json, key: string): Json {
  const value = json[key]
  return isRecord(value) ? value : {}
}

/** undefined where there is none. */
export function textAt(json: Json, key: string): string | undefined {
  const value = json[key]
  return typeof value === 'string' ? value : undefined
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
