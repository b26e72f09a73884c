/**
 * The filtered stream of X: ONE connection, from the request until it ends.
 *
 * How it ended is a value. Whether and when to connect again is not decided here. X sends a heartbeat every 20 s, so a
 * connection on which nothing arrives is dead even though the socket may not know.
 */
import { systemErrorCode } from '../../errors.ts'
import type { Clock } from '../clock.ts'
import { openFramer } from '../source/framing.ts'
import type { LineBatch } from '../source/source.ts'
import { type XAccess, xHeaders, xUrl } from './headers.ts'
import { type HttpAnswer, openHttpStream } from './http-stream.ts'

export interface XStreamOptions extends XAccess {
  query: Readonly<Record<string, string>>
  /** longest wait for the head of the answer, and for the whole of a refusal */
  connectTimeoutMs: number
  /** longest time in which nothing at all arrives; noticed up to a fifth later. Time that the reader takes does not count */
  silenceMs: number
  /** longer lines come in pieces, see io/framing */
  maxLineBytes: number
  clock: Clock
}

/** X answered, but not with a stream. Header names are in lower case. */
export interface Refusal {
  how: 'refused'
  status: number
  headers: Record<string, string>
  /** the first 64 KB */
  body: string
}

/** No answer, or none to its end. `code` as the system names it: ECONNRESET, ENOTFOUND, ETIMEDOUT, … */
export interface NetworkFailure {
  how: 'network'
  code: string
  message: string
}

export type ConnectionEnd =
  /** by `signal` */
  | { how: 'aborted' }
  /** X ended the answer in good order */
  | { how: 'closed' }
  | { how: 'silent'; forMs: number }
  | NetworkFailure
  | Refusal

/**
 * The batches of one connection. The first one is empty and comes when X accepts; later empty ones are heartbeats and
 * pieces of lines: the source is alive. A last line that was cut off by the end is handed out as it is, for nothing that
 * arrived is dropped; whoever parses it refuses it.
 */
export type XStream = AsyncGenerator<LineBatch, ConnectionEnd, void>

const STREAM_PATH = '/2/tweets/search/stream'
const MAX_REFUSAL_BYTES = 65_536
/** Silence is counted in ticks and not read off the wall clock, which may be put forward or back. */
const TICKS = 5

/** @throws TwdwError E_USAGE at the first `next()` when origin or token are none; everything else is a ConnectionEnd */
export async function* openXStream(options: XStreamOptions, signal: AbortSignal): XStream {
  const url = xUrl(options.origin, STREAM_PATH, options.query)
  const headers = xHeaders(options)
  const line = openLine(options, signal)
  const framer = openFramer(options)
  let end: ConnectionEnd
  try {
    const answer = await line.within(options.connectTimeoutMs, () => openHttpStream(url, headers, line.signal))
    if (!isStream(answer)) return await line.within(options.connectTimeoutMs, () => readRefusal(answer))
    yield { lines: [], capturedAtMs: options.clock.nowMs() }
    for (;;) {
      const bytes = await line.heard(() => answer.read())
      if (bytes === undefined) break
      const batch = { lines: framer.push(bytes), capturedAtMs: options.clock.nowMs() }
      const { queuedBytes } = answer
      yield queuedBytes === 0 ? batch : { ...batch, queuedBytes }
    }
    end = { how: 'closed' }
  } catch (error) {
    end = line.endBy(error)
  } finally {
    line.hangUp()
  }
  const rest = framer.finish()
  if (rest !== undefined) yield { lines: [rest], capturedAtMs: options.clock.nowMs() }
  return end
}

/** An HTML page with status 200 is some gateway's, asking for a login. */
function isStream({ status, headers }: HttpAnswer): boolean {
  return status >= 200 && status < 300 && !/^text\/html/i.test(headers['content-type'] ?? '')
}

async function readRefusal(answer: HttpAnswer): Promise<Refusal> {
  const parts: Uint8Array[] = []
  let bytes = 0
  try {
    while (bytes < MAX_REFUSAL_BYTES) {
      const part = await answer.read()
      if (part === undefined) break
      parts.push(part)
      bytes += part.length
    }
  } catch {
    // the status says enough; what came of the body stands
  }
  const body = Buffer.concat(parts).subarray(0, MAX_REFUSAL_BYTES).toString('utf8')
  return { how: 'refused', status: answer.status, headers: answer.headers, body }
}

/** The telephone line: hangs up on request, when nobody answers and when nothing is heard, and knows which it was. */
function openLine(options: XStreamOptions, signal: AbortSignal) {
  const { clock, silenceMs } = options
  const hook = new AbortController()
  const state = { watched: false, listening: false, quietTicks: 0, end: undefined as ConnectionEnd | undefined }
  const hangUp = (end: ConnectionEnd) => {
    state.end ??= end
    signal.removeEventListener('abort', onAbort)
    hook.abort()
  }
  const onAbort = () => hangUp({ how: 'aborted' })
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort)

  async function watch(): Promise<void> {
    state.watched = true
    while (!hook.signal.aborted) {
      await clock.sleep(silenceMs / TICKS, hook.signal)
      if (state.listening && ++state.quietTicks > TICKS) hangUp({ how: 'silent', forMs: silenceMs })
    }
  }

  return {
    signal: hook.signal,
    async within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
      const done = new AbortController()
      const limit = AbortSignal.any([done.signal, hook.signal])
      void clock.sleep(limitMs, limit).then(() => {
        if (limit.aborted) return
        hangUp({ how: 'network', code: 'ETIMEDOUT', message: `X did not answer within ${limitMs / 1000} s` })
      })
      return work().finally(() => done.abort())
    },
    async heard<T>(read: () => Promise<T>): Promise<T> {
      if (!state.watched) void watch()
      state.listening = true
      const value = await read()
      state.listening = false
      state.quietTicks = 0
      return value
    },
    hangUp: () => hangUp({ how: 'aborted' }),
    endBy: (error: unknown): ConnectionEnd => state.end ?? networkFailure(error),
  }
}

/** Of an error that a request threw. */
export function networkFailure(error: unknown): NetworkFailure {
  const code = systemErrorCode(error) ?? (error instanceof Error ? error.name : 'Error')
  return { how: 'network', code, message: error instanceof Error ? error.message : String(error) }
}
