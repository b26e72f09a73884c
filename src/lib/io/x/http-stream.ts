/**
 * One HTTP GET whose answer may go on for weeks, read so that no byte that arrived is lost.
 *
 * `fetch` and every other web stream throw away what is queued when a connection is cut: with a reader that was busy
 * for a moment, lines that had arrived whole are gone. Here bytes are taken off the socket at once and handed out
 * before the end is told. Redirects are not followed, and a connection serves one request.
 */
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { constants, createGunzip } from 'node:zlib'

export interface HttpAnswer {
  status: number
  /** names in lower case; repeated headers joined by commas */
  headers: Record<string, string>
  /**
   * The next bytes; undefined when the answer is over in good order.
   * @throws what cut the answer off, after every byte that arrived before; not while bytes wait to be read
   */
  read(): Promise<Uint8Array | undefined>
  /** that have arrived and wait to be read */
  readonly queuedBytes: number
}

/**
 * A reader that is further behind than this holds the sender up. Only then may a cut lose what the runtime itself has
 * buffered, some ten KB; X hangs up on readers long before.
 */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024

/**
 * Sends the request and waits for the head of the answer. Aborting ends both the wait and the answer.
 * @throws the system's error, or an AbortError
 */
export function openHttpStream(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const request = url.protocol === 'https:' ? requestHttps : requestHttp
    // gzip is the one encoding that is flushed line by line everywhere
    const options = { headers: { ...headers, 'accept-encoding': 'gzip' }, agent: false as const, signal }
    const outgoing = request(url, options, incoming => resolve(answerOf(incoming)))
    outgoing.on('error', reject)
    outgoing.end()
  })
}

function answerOf(incoming: IncomingMessage): HttpAnswer {
  const queue = new ByteQueue(incoming)
  if (incoming.headers['content-encoding'] === 'gzip') inflateInto(queue, incoming)
  else {
    incoming.on('data', (bytes: Uint8Array) => queue.push(bytes))
    whenOver(incoming, end => queue.close(end))
  }
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value ?? '')])
  return {
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    read: () => queue.read(),
    get queuedBytes() {
      return queue.bytes
    },
  }
}

/** What can still be unpacked when the answer is over, or cut off, comes out before the end is told. */
function inflateInto(queue: ByteQueue, incoming: IncomingMessage): void {
  const inflate = createGunzip({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH })
  let end: End = {}
  inflate.on('data', (bytes: Uint8Array) => queue.push(bytes))
  inflate.on('end', () => queue.close(end))
  inflate.on('error', error => {
    queue.close({ error })
    incoming.destroy()
  })
  incoming.on('data', (bytes: Uint8Array) => inflate.write(bytes))
  whenOver(incoming, how => {
    end = how
    inflate.end()
  })
}

/** `error` is what cut the answer off; absent where it ended in good order. */
interface End {
  error?: unknown
}

function whenOver(incoming: IncomingMessage, over: (end: End) => void): void {
  let isOver = false
  const once = (end: End) => {
    if (!isOver) over(end)
    isOver = true
  }
  incoming.on('end', () => once({}))
  incoming.on('error', error => once({ error }))
  // the last word, should neither have come
  incoming.on('close', () =>
    once({ error: Object.assign(new Error('the answer was cut off'), { code: 'ECONNRESET' }) }),
  )
}

class ByteQueue {
  private readonly chunks: Uint8Array[] = []
  /** of all chunks */
  bytes = 0
  private end: End | undefined
  private wake: (() => void) | undefined
  private readonly incoming: IncomingMessage

  constructor(incoming: IncomingMessage) {
    this.incoming = incoming
  }

  push(bytes: Uint8Array): void {
    // a Buffer's `slice` is a view where a Uint8Array's is a copy; nobody further on should have to know
    this.chunks.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    this.bytes += bytes.length
    if (this.bytes > MAX_QUEUED_BYTES) this.incoming.pause()
    this.wake?.()
  }

  close(end: End): void {
    this.end ??= end
    this.wake?.()
  }

  async read(): Promise<Uint8Array | undefined> {
    while (this.chunks.length === 0 && this.end === undefined) {
      await new Promise<void>(resolve => {
        this.wake = resolve
      })
    }
    const next = this.chunks.shift()
    if (next !== undefined) {
      this.bytes -= next.length
      if (this.incoming.isPaused() && this.bytes < MAX_QUEUED_BYTES / 2) this.incoming.resume()
      return next
    }
    if (this.end !== undefined && 'error' in this.end) throw this.end.error
    return undefined
  }
}
