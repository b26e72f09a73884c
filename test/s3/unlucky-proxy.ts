/**
 * A proxy before a real S3 server that lets some requests go wrong as networks and stores do: a connection that breaks before the
 * request or after it was done, 500, 503 SlowDown, a body that breaks off. Which, a seed says. Headers go through as they are, so
 * that signatures hold.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

export interface UnluckyProxy {
  endpoint: string
  /** what was done so far, by kind */
  done: Record<Mishap, number>
}

const MISHAPS = ['before', 'after', '500', '503', 'cut'] as const
type Mishap = (typeof MISHAPS)[number]

/** One request in so many goes wrong. */
const ONE_IN = 12

const ERRORS = {
  '500': '<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>',
  '503': '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
} as const

export async function withUnluckyProxy<T>(
  target: string,
  seed: number,
  work: (proxy: UnluckyProxy) => Promise<T>,
): Promise<T> {
  const done: UnluckyProxy['done'] = { before: 0, after: 0, '500': 0, '503': 0, cut: 0 }
  let state = seed
  const chance = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
  const server = createServer((asked, answer) => {
    const mishap = chance() < 1 / ONE_IN ? MISHAPS[Math.floor(chance() * MISHAPS.length)] : undefined
    if (mishap !== undefined) done[mishap] += 1
    pass(asked, answer, new URL(target), mishap)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as { port: number }
  try {
    return await work({ endpoint: `http://127.0.0.1:${address.port}`, done })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function pass(asked: IncomingMessage, answer: ServerResponse, target: URL, mishap: Mishap | undefined): void {
  if (mishap === 'before') return void asked.socket.resetAndDestroy()
  if (mishap === '500' || mishap === '503') {
    asked.resume()
    asked.once('end', () => answer.writeHead(Number(mishap), { 'content-type': 'application/xml' }).end(ERRORS[mishap]))
    return
  }
  const { method, url: path, rawHeaders: headers } = asked
  const onward = request({ host: target.hostname, port: target.port, method, path, headers, setHost: false })
  onward.once('error', () => asked.socket.destroy())
  onward.once('response', given => {
    if (mishap === 'after') {
      given.resume()
      given.once('end', () => asked.socket.resetAndDestroy())
      return
    }
    answer.writeHead(given.statusCode ?? 500, given.rawHeaders)
    if (mishap !== 'cut') return void given.pipe(answer)
    given.once('data', (bytes: Buffer) => {
      answer.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => asked.socket.destroy())
      given.resume()
    })
    given.once('end', () => asked.socket.destroy())
  })
  asked.pipe(onward)
}
