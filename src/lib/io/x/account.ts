/**
 * What X says of the account, asked in plain requests: the answers are read elsewhere, and what counts besides their
 * bodies is when they were asked, when they came, and what X's clock said.
 */
import type { Clock } from '../clock.ts'
import { type XAccess, xHeaders, xUrl } from './headers.ts'
import { openHttpStream } from './http-stream.ts'
import type { Answer } from './rest.ts'
import { networkFailure } from './stream.ts'

/** An answer that X gave. */
export interface XReply {
  /** its JSON; undefined where it is none */
  body: unknown
  /** names in lower case */
  headers: Readonly<Record<string, string>>
  /** by our clock, milliseconds since 1970-01-01T00:00Z */
  sentAtMs: number
  answeredAtMs: number
}

/** Both are free of charge, resolve whatever X does, and soon after `signal` aborts. */
export interface XAccount {
  /** How many rules the app may have, and has. */
  ruleCounts(signal: AbortSignal): Promise<Answer<XReply>>
  /** How many tweets of the month's cap are used. */
  tweetUsage(signal: AbortSignal): Promise<Answer<XReply>>
}

const TIMEOUT_MS = 10_000
const MAX_BODY_BYTES = 1 << 20

/** @throws TwdwError E_USAGE when origin or token are none */
export function openXAccount(access: XAccess, clock: Clock, timeoutMs = TIMEOUT_MS): XAccount {
  const headers = xHeaders(access)
  const get =
    (url: URL) =>
    async (signal: AbortSignal): Promise<Answer<XReply>> => {
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      try {
        const sentAtMs = clock.nowMs()
        const answer = await openHttpStream(url, headers, inTime)
        const answeredAtMs = clock.nowMs()
        const body = await readBody(answer)
        const { status } = answer
        if (status < 200 || status >= 300)
          return { ok: false, end: { how: 'refused', status, headers: answer.headers, body } }
        return { ok: true, value: { body: parseJson(body), headers: answer.headers, sentAtMs, answeredAtMs } }
      } catch (error) {
        if (signal.aborted) return { ok: false, end: { how: 'aborted' } }
        const message = `X did not answer within ${timeoutMs / 1000} s`
        return {
          ok: false,
          end: inTime.aborted ? { how: 'network', code: 'ETIMEDOUT', message } : networkFailure(error),
        }
      }
    }
  return {
    ruleCounts: get(xUrl(access.origin, '/2/tweets/search/stream/rules/counts')),
    tweetUsage: get(
      xUrl(access.origin, '/2/usage/tweets', { 'usage.fields': 'cap_reset_day,project_cap,project_usage' }),
    ),
  }
}

async function readBody({ read }: { read(): Promise<Uint8Array | undefined> }): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for (let part = await read(); part !== undefined && bytes < MAX_BODY_BYTES; part = await read()) {
    parts.push(part)
    bytes += part.length
  }
  return Buffer.concat(parts).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
