/**
 * HTTP/1.1 on bare sockets, as little of it as the double needs: one request a connection, every byte under control.
 *
 * A server library would decide itself when bytes leave, how a connection ends and what a broken one looks like.
 */
import { STATUS_CODES } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface WireRequest {
  method: string
  path: string
  query: Readonly<Record<string, string>>
  /** names in lower case */
  headers: Readonly<Record<string, string>>
  body: string
}

export interface Wire {
  /** `http://127.0.0.1:<port>` */
  origin: string
  /** Resets what is open and stops listening. */
  close(): Promise<void>
}

const HEAD_END = '\r\n\r\n'

/** @param handle owns the socket from then on */
export async function openWire(handle: (request: WireRequest, socket: Socket) => void): Promise<Wire> {
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => open.delete(socket))
    readRequest(socket, request => handle(request, socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

/** An answer in one piece, after which the connection is closed. */
export function answer(socket: Socket, status: number, headers: Readonly<Record<string, string>>, body: string): void {
  const bytes = Buffer.from(body)
  socket.end(Buffer.concat([headOf(status, { ...headers, 'content-length': String(bytes.length) }), bytes]))
}

/** The head of an answer whose body follows in chunks. */
export function openChunked(socket: Socket, status: number, headers: Readonly<Record<string, string>>): void {
  socket.write(headOf(status, { ...headers, 'transfer-encoding': 'chunked' }))
}

/** One chunk, resolved when the system took it: a reader that is slow holds the writer up. */
export function writeChunk(socket: Socket, bytes: Uint8Array): Promise<void> {
  const chunk = Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
  return new Promise(resolve => {
    if (socket.destroyed || socket.write(chunk)) return resolve()
    const done = () => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
  })
}

/** The last chunk and FIN: the end in good order. */
export function endChunked(socket: Socket): void {
  socket.end('0\r\n\r\n')
}

function headOf(status: number, headers: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines].join('\r\n') + HEAD_END)
}

function readRequest(socket: Socket, handle: (request: WireRequest) => void): void {
  let bytes = Buffer.alloc(0)
  const onData = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    const headBytes = bytes.indexOf(HEAD_END)
    if (headBytes === -1) return
    const [line = '', ...headerLines] = bytes.subarray(0, headBytes).toString('latin1').split('\r\n')
    const headers = Object.fromEntries(
      headerLines.map(text => [
        text.slice(0, text.indexOf(':')).toLowerCase(),
        text.slice(text.indexOf(':') + 1).trim(),
      ]),
    )
    const body = bytes.subarray(headBytes + HEAD_END.length)
    if (body.length < Number(headers['content-length'] ?? 0)) return
    socket.off('data', onData)
    // read on, or the end of the client is never noticed
    socket.resume()
    const [method = '', target = ''] = line.split(' ')
    const url = new URL(target, 'http://double')
    handle({
      method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers,
      body: body.toString('utf8'),
    })
  }
  socket.on('data', onData)
}
