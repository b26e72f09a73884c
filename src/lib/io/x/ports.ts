/** The pipes to X: its stream, its rules, and the dice that spread reconnects. */
import type { Clock } from '../clock.ts'
import { randomShare } from '../random.ts'
import type { XAccess } from './headers.ts'
import { openXRest, type XRest } from './rest.ts'
import { openXStream, type XStream } from './stream.ts'

/** X answers a connect within seconds, or not at all. */
const CONNECT_TIMEOUT_MS = 10_000
/** X sends a heartbeat at least every 20 s; silence is noticed up to a fifth later, after 25 to 30 s. */
const SILENCE_MS = 25_000
/** A post with all its expansions takes some 100 KB at the most. */
const MAX_LINE_BYTES = 16 << 20

export interface XPorts {
  rest: XRest
  /** @param query what each tweet shall hold */
  connect(signal: AbortSignal, query: Readonly<Record<string, string>>): XStream
  /** 0 <= n < 1 */
  random(): number
}

export function openXPorts(options: { access: XAccess; clock: Clock }): XPorts {
  const limits = { connectTimeoutMs: CONNECT_TIMEOUT_MS, silenceMs: SILENCE_MS, maxLineBytes: MAX_LINE_BYTES }
  const stream = { ...options.access, clock: options.clock, ...limits }
  return {
    rest: openXRest(options.access),
    connect: (signal, query) => openXStream({ ...stream, query }, signal),
    random: randomShare,
  }
}
