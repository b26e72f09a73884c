/**
 * HTTP/1.1 on bare sockets, as much of it as clients of S3 use: kept connections, bodies by length or in chunks, `Expect:`.
 *
 * A server library would decide itself how a connection ends and what a broken one looks like; here a reset is a reset.
 */
import { STATUS_CODES } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface WireHead {
  method: string
  /** as it stands in the request, percent signs and all */
  path: string
  /** after the `?`, as it stands in the request */
  search: string
  /** names in lower case; values of a name that came twice, with a comma between */
  headers: Readonly<Record<string, string>>
}

export interface WireRequest extends WireHead {
  body: Buffer
}

export interface WireAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  /** of a body that is not sent, as HEAD asks for */
  length?: number
}

export interface Wire {
  port: number
  /** that were opened so far */
  readonly connections: number
  /** Resets what is open and stops listening. */
  close(): Promise<void>
}

/** Whoever answers requests. */
export interface WireHandler {
  /** Asked before the body is read. @returns after how many of its bytes the connection is to be reset; undefined: it is not */
  bodyLimit(head: WireHead): number | undefined
  /** Answers on the socket before it resolves, or leaves it as it is to be. */
  handle(request: WireRequest, socket: Socket): Promise<void>
}

export async function openWire(port: number, handler: WireHandler): Promise<Wire> {
  const open = new Set<Socket>()
  let connections = 0
  const server = createServer({ noDelay: true }, socket => {
    open.add(socket)
    connections++
    socket.on('error', () => undefined)
    socket.on('close', () => open.delete(socket))
    void serve(socket, handler)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

/** Head and body in one write. @param kept bytes of the body that are sent, and whether the connection ends then; all if left out */
export function sendAnswer(
  socket: Socket,
  { status, headers, body, length = body.length }: WireAnswer,
  kept?: { bytes: number; isEnd: boolean },
): void {
  if (socket.destroyed) return
  const all = { ...headers, 'content-length': String(length) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  const head = Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n`)
  socket.write(Buffer.concat([head, kept === undefined ? body : body.subarray(0, kept.bytes)]))
  if (kept?.isEnd) socket.end()
}

async function serve(socket: Socket, handler: WireHandler): Promise<void> {
  const reader = new SocketReader(socket)
  while (!socket.destroyed) {
    const head = await reader.through('\r\n\r\n')
    if (head === undefined) return
    const about = parseHead(head)
    const { headers } = about
    const limit = handler.bodyLimit(about)
    if (headers.expect?.toLowerCase() === '100-continue') socket.write('HTTP/1.1 100 Continue\r\n\r\n')
    if (limit !== undefined) {
      await reader.bytes(limit)
      socket.resetAndDestroy()
      return
    }
    const body = await readBody(reader, headers)
    if (body === undefined) return
    await handler.handle({ ...about, body }, socket)
    if (headers.connection?.toLowerCase() === 'close') socket.end()
  }
}

function parseHead(head: Buffer): WireHead {
  const [line = '', ...headerLines] = head.toString('latin1').slice(0, -4).split('\r\n')
  const [method = '', target = ''] = line.split(' ')
  const [path = '', search = ''] = target.split(/\?(.*)/s)
  return { method, path, search, headers: parseHeaders(headerLines) }
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    // names and values are bytes; S3 takes them for UTF-8
    const value = Buffer.from(line.slice(line.indexOf(':') + 1), 'latin1')
      .toString('utf8')
      .trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`
  }
  return headers
}

/** undefined where the connection ended before the body did. */
async function readBody(reader: SocketReader, headers: Record<string, string>): Promise<Buffer | undefined> {
  if (headers['transfer-encoding']?.toLowerCase() !== 'chunked') {
    return reader.bytes(Number(headers['content-length'] ?? 0))
  }
  const parts: Buffer[] = []
  for (;;) {
    const size = await reader.through('\r\n')
    if (size === undefined) return undefined
    const length = Number.parseInt(size.toString('latin1'), 16)
    const part = await reader.bytes(length + 2)
    if (part === undefined) return undefined
    if (length === 0) return Buffer.concat(parts)
    parts.push(part.subarray(0, length))
  }
}

/** What a socket brings, in pieces as they are wanted. Whoever waits when it ends gets undefined. */
class SocketReader {
  private pieces: Buffer[] = []
  private length = 0
  private isOver = false
  private wake: () => void = () => undefined

  constructor(socket: Socket) {
    socket.on('data', (piece: Buffer) => {
      this.pieces.push(piece)
      this.length += piece.length
      this.wake()
    })
    const over = () => {
      this.isOver = true
      this.wake()
    }
    socket.on('end', over)
    socket.on('close', over)
  }

  async bytes(count: number): Promise<Buffer | undefined> {
    while (this.length < count) {
      if (this.isOver) return undefined
      await this.more()
    }
    return this.take(count)
  }

  /** Up to `mark` and with it. */
  async through(mark: string): Promise<Buffer | undefined> {
    for (;;) {
      const all = this.joined()
      const at = all.indexOf(mark)
      if (at !== -1) return this.take(at + mark.length)
      if (this.isOver) return undefined
      await this.more()
    }
  }

  private more(): Promise<void> {
    return new Promise(resolve => {
      this.wake = resolve
    })
  }

  private take(count: number): Buffer {
    const all = this.joined()
    this.pieces = [all.subarray(count)]
    this.length -= count
    return all.subarray(0, count)
  }

  private joined(): Buffer {
    if (this.pieces.length !== 1) this.pieces = [Buffer.concat(this.pieces)]
    return this.pieces[0]!
  }
}
