import { constants, createGzip } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/lib/io/clock.ts'
import type { LineBatch } from '../../../src/lib/io/source/source.ts'
import { type ConnectionEnd, openXStream, type XStreamOptions } from '../../../src/lib/io/x/stream.ts'
import { REFUSALS, type Refusal } from '../../x-double/answers.ts'
import { withXDouble, type XDouble, type XDoubleOptions } from '../../x-double/double.ts'
import { streamLine } from '../../x-double/lines.ts'
import {
  beat,
  bytes,
  cut,
  drop,
  end,
  keepAlive,
  mute,
  pause,
  raw,
  refuse,
  reset,
  type Script,
  type Step,
  send,
  until,
} from '../../x-double/script.ts'

const TOKEN = 'AAAA%2Bbbb%3D'
const RULE = { id: '1', value: '#covid19', tag: 'twdw:lake:covid19' }

const optionsFor = (origin: string, about: Partial<XStreamOptions> = {}): XStreamOptions => ({
  origin,
  token: TOKEN,
  userAgent: 'twdw/0.0.0-test',
  query: { 'tweet.fields': 'id,text', expansions: 'author_id' },
  connectTimeoutMs: 5_000,
  silenceMs: 5_000,
  maxLineBytes: 1_000_000,
  clock: systemClock,
  ...about,
})

interface Heard {
  /** one list a batch; the bytes as text */
  batches: string[][]
  lines: string[]
  end: ConnectionEnd
}

async function hear(options: XStreamOptions, signal = new AbortController().signal): Promise<Heard> {
  const batches: string[][] = []
  const stream = openXStream(options, signal)
  for (;;) {
    const next = await stream.next()
    if (next.done === true) return { batches, lines: batches.flat(), end: next.value }
    batches.push(next.value.lines.map(line => Buffer.from(line).toString('utf8')))
  }
}

const withStream = <T>(script: Script, work: (x: XDouble) => Promise<T>, about: Partial<XDoubleOptions> = {}) =>
  withXDouble({ token: TOKEN, rules: [RULE], stream: [script], ...about }, work)

const hearScript = (script: Script, about: Partial<XStreamOptions> = {}) =>
  withStream(script, x => hear(optionsFor(x.origin, about)))

/** One compressed stream, flushed after each text. */
async function gzipPieces(texts: readonly string[]): Promise<Buffer[]> {
  const gzip = createGzip()
  const pieces: Buffer[] = []
  let piece = Buffer.alloc(0)
  gzip.on('data', (part: Buffer) => {
    piece = Buffer.concat([piece, part])
  })
  for (const text of texts) {
    gzip.write(text)
    gzip.flush(constants.Z_SYNC_FLUSH)
    // what a flush leaves at the end
    await expect.poll(() => piece.subarray(-4).toString('hex'), { interval: 1 }).toBe('0000ffff')
    pieces.push(piece)
    piece = Buffer.alloc(0)
  }
  return pieces
}

describe('openXStream', () => {
  it('asks for the stream with the token as it is, the query and a versioned user agent', async () => {
    await withStream([end()], async x => {
      await hear(optionsFor(x.origin))
      expect(x.requests).toMatchObject([
        {
          method: 'GET',
          path: '/2/tweets/search/stream',
          query: { 'tweet.fields': 'id,text', expansions: 'author_id' },
          headers: {
            authorization: 'Bearer AAAA%2Bbbb%3D',
            'user-agent': 'twdw/0.0.0-test',
            'x-user-agent': 'twdw/0.0.0-test',
          },
        },
      ])
    })
  })

  it('hands out each line without its line end, and an empty batch first and for each heartbeat', async () => {
    const script = [pause(20), keepAlive(), pause(20), send('{"a":1}'), pause(20), keepAlive(), pause(20), end()]
    expect(await hearScript(script)).toEqual({
      batches: [[], [], ['{"a":1}'], []],
      lines: ['{"a":1}'],
      end: { how: 'closed' },
    })
  })

  it('puts a line together wherever it is cut, inside emoji and line ends too', async () => {
    const text = JSON.stringify({ text: 'é 日本 🧪\u2028#Covid19' })
    const line = Buffer.from(`${text}\r\n`)
    let heardPiece = () => {}
    async function* everyCut(): AsyncGenerator<Step> {
      for (let cutAt = 1; cutAt < line.length; cutAt++) {
        const heard = new Promise<void>(resolve => {
          heardPiece = resolve
        })
        yield bytes(line.subarray(0, cutAt))
        yield until(heard)
        yield bytes(line.subarray(cutAt))
      }
      yield end()
    }
    await withStream(everyCut(), async x => {
      const lines: string[] = []
      let batchesWithoutLine = 0
      for await (const batch of openXStream(optionsFor(x.origin), new AbortController().signal)) {
        lines.push(...batch.lines.map(whole => Buffer.from(whole).toString('utf8')))
        if (batch.lines.length === 0 && batchesWithoutLine++ > 0) heardPiece()
      }
      expect(lines).toEqual(Array(line.length - 1).fill(text))
      // the opening, and the first piece of each line
      expect(batchesWithoutLine).toBe(line.length)
    })
  })

  it('says with a batch how much has arrived behind it', async () => {
    const text = JSON.stringify({ text: 'x'.repeat(998) })
    await withStream([raw(`${text}\r\n`.repeat(2_000))], async x => {
      const stream = openXStream(optionsFor(x.origin), new AbortController().signal)
      await stream.next()
      await new Promise(resolve => setTimeout(resolve, 200))
      let lines = 0
      const queued: number[] = []
      while (lines < 2_000) {
        const { value } = (await stream.next()) as { value: LineBatch }
        lines += value.lines.length
        queued.push(value.queuedBytes ?? 0)
      }
      expect(queued.length).toBeGreaterThan(3)
      expect(queued[0]).toBeGreaterThan(1_000_000)
      expect(queued).toEqual(queued.toSorted((a, b) => b - a))
      expect(queued.at(-1)).toBe(0)
      await stream.return({ how: 'aborted' })
    })
  })

  it('puts a line together that comes byte by byte', async () => {
    const line = { text: '🧪'.repeat(3) }
    const cuts = Array.from({ length: Buffer.byteLength(JSON.stringify(line)) + 1 }, (_, i) => i + 1)
    expect((await hearScript([cut(line, ...cuts), cut(line, ...cuts), end()])).lines).toEqual(
      Array(2).fill(JSON.stringify(line)),
    )
  })

  it('understands bare line feeds', async () => {
    expect((await hearScript([raw('{"a":1}\n{"a":2}\n\n{"a":3}\r\n'), end()])).lines).toEqual([
      '{"a":1}',
      '{"a":2}',
      '{"a":3}',
    ])
  })

  it('hands out what stands after the last line end, so that nothing that arrived is dropped', async () => {
    for (const ending of [end(), drop()]) {
      expect((await hearScript([send('{"a":1}'), raw('{"a":'), pause(20), ending])).lines).toEqual(['{"a":1}', '{"a":'])
    }
  })

  it('does not let one line without an end fill the memory', async () => {
    const heard = await hearScript([raw('x'.repeat(2_500)), raw('\r\n'), send('{"a":1}'), end()], {
      maxLineBytes: 1_000,
    })
    expect(heard.lines.map(line => line.length)).toEqual([1_000, 1_000, 500, 7])
  })

  it('keeps a connection on which only heartbeats arrive', async () => {
    const stop = new AbortController()
    await withStream([beat(20)], async x => {
      const hearing = hear(optionsFor(x.origin, { silenceMs: 100 }), stop.signal)
      setTimeout(() => stop.abort(), 400)
      const { batches, end } = await hearing
      expect(end).toEqual({ how: 'aborted' })
      expect(batches.length).toBeGreaterThan(5)
    })
  })

  it('hangs up when nothing at all arrives', async () => {
    await withStream([send('{"a":1}')], async x => {
      expect(await hear(optionsFor(x.origin, { silenceMs: 100 }))).toMatchObject({
        lines: ['{"a":1}'],
        end: { how: 'silent', forMs: 100 },
      })
      await expect.poll(() => x.connections[0]?.disconnectedAtMs).toBeDefined()
    })
  })

  it('does not count the time that the reader takes as silence', async () => {
    await withStream([send('{"a":1}'), pause(300), send('{"a":2}'), end()], async x => {
      const stream = openXStream(optionsFor(x.origin, { silenceMs: 100 }), new AbortController().signal)
      await stream.next()
      await stream.next()
      await new Promise(resolve => setTimeout(resolve, 320))
      expect((await stream.next()).value).toMatchObject({ lines: [new TextEncoder().encode('{"a":2}')] })
      expect((await stream.next()).value).toEqual({ how: 'closed' })
    })
  })

  it.each<[string, Step, object]>([
    ['in the middle of its answer', drop(), { how: 'network', code: 'ECONNRESET' }],
    ['with a reset', reset(), { how: 'network', code: 'ECONNRESET' }],
    ['in good order', end(), { how: 'closed' }],
  ])('tells when X hangs up %s', async (_, ending, expected) => {
    const heard = await hearScript([send('{"a":1}'), pause(20), ending])
    expect(heard).toMatchObject({ lines: ['{"a":1}'], end: expected })
  })

  it('tells when nobody listens at the address', async () => {
    const origin = await withXDouble({ token: TOKEN }, async x => x.origin)
    expect(await hear(optionsFor(origin))).toMatchObject({ batches: [], end: { how: 'network', code: 'ECONNREFUSED' } })
  })

  it('gives up a server that takes the call and says nothing', async () => {
    await withStream([mute()], async x => {
      expect(await hear(optionsFor(x.origin, { connectTimeoutMs: 100 }))).toEqual({
        batches: [],
        lines: [],
        end: { how: 'network', code: 'ETIMEDOUT', message: 'X did not answer within 0.1 s' },
      })
    })
  })

  it.each(Object.entries(REFUSALS as Record<string, Refusal>))(
    'tells what X says when it refuses: %s',
    async (_, refusal) => {
      const { batches, end } = await hearScript([refuse(refusal)])
      expect(batches).toEqual([])
      expect(end).toMatchObject({
        how: 'refused',
        status: refusal.status,
        headers: { date: 'Mon, 21 Sep 2026 12:00:00 GMT', 'x-rate-limit-reset': '1789992900', ...refusal.headers },
      })
      const { body } = end as { body: string }
      expect(typeof refusal.body === 'string' ? body : JSON.parse(body)).toEqual(refusal.body)
    },
  )

  it('follows no redirect, so that the token goes to no other host', async () => {
    await withXDouble({ token: TOKEN }, async other => {
      const elsewhere = { status: 302, body: '', headers: { location: `${other.origin}/2/tweets/search/stream` } }
      const { end } = await hearScript([refuse(elsewhere)])
      expect(end).toMatchObject({ how: 'refused', status: 302 })
      expect(other.requests).toEqual([])
    })
  })

  it('takes a page with status 200 for a refusal: it is a gateway asking for a login', async () => {
    const page = { status: 200, body: '<html>log in</html>', headers: { 'content-type': 'text/html; charset=utf-8' } }
    expect(await hearScript([refuse(page)])).toMatchObject({
      batches: [],
      end: { how: 'refused', status: 200, body: '<html>log in</html>' },
    })
  })

  it.each<[string, Step, ConnectionEnd['how']]>([
    ['closes', end(), 'closed'],
    ['is cut off', drop(), 'network'],
    ['is reset', reset(), 'network'],
  ])('loses nothing that arrived before a connection %s, however busy its reader', async (_, ending, how) => {
    const lines = Array.from({ length: 200 }, (_, n) => JSON.stringify(streamLine(n)))
    await withStream([...lines.map(send), pause(30), ending], async x => {
      const heard: string[] = []
      const stream = openXStream(optionsFor(x.origin), new AbortController().signal)
      let next = await stream.next()
      // the end has come long before the first line is read
      await expect.poll(() => x.connections[0]?.disconnectedAtMs).toBeDefined()
      for (; next.done !== true; next = await stream.next()) {
        heard.push(...next.value.lines.map(line => Buffer.from(line).toString('utf8')))
      }
      expect(heard).toEqual(lines)
      expect(next.value.how).toBe(how)
    })
  })

  it('hands out the lines of a compressed stream as they come', async () => {
    let heardFirst = () => {}
    const heard = new Promise<void>(resolve => {
      heardFirst = resolve
    })
    const [first, rest] = await gzipPieces(['{"a":1}\r\n', '{"a":2}\r\n{"a":3}\r\n'])
    await withStream(
      [bytes(first!), until(heard), bytes(rest!), drop()],
      async x => {
        const lines: string[] = []
        for await (const batch of openXStream(optionsFor(x.origin), new AbortController().signal)) {
          lines.push(...batch.lines.map(line => Buffer.from(line).toString('utf8')))
          if (lines.length === 1) heardFirst()
        }
        expect(lines).toEqual(['{"a":1}', '{"a":2}', '{"a":3}'])
      },
      { streamHeaders: { 'content-encoding': 'gzip' } },
    )
  })

  describe('when it is stopped', () => {
    it.each<[string, Script]>([
      ['while it waits for an answer', [mute()]],
      ['while it waits for the next line', [send('{"a":1}')]],
    ])('ends soon, %s', async (_, script) => {
      await withStream(script, async x => {
        const stop = new AbortController()
        const patient = { connectTimeoutMs: 60_000, silenceMs: 60_000 }
        const hearing = hear(optionsFor(x.origin, patient), stop.signal)
        await expect.poll(() => x.requests.length).toBe(1)
        stop.abort()
        expect((await hearing).end).toEqual({ how: 'aborted' })
      })
    })

    it('does not even begin when it was stopped before', async () => {
      await withStream([end()], async x => {
        expect(await hear(optionsFor(x.origin), AbortSignal.abort())).toMatchObject({ end: { how: 'aborted' } })
        expect(x.requests).toEqual([])
      })
    })

    it('hangs up when its reader leaves', async () => {
      await withStream([beat(20)], async x => {
        const stream = openXStream(optionsFor(x.origin), new AbortController().signal)
        await stream.next()
        await stream.return({ how: 'aborted' })
        await expect.poll(() => x.connections[0]?.disconnectedAtMs).toBeDefined()
      })
    })
  })

  it.each(['', 'a b', 'tok\nen', 'töken'])('refuses the token %j without repeating it', async token => {
    await expect(hear(optionsFor('http://127.0.0.1:1', { token }))).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'the bearer token of X is empty, or holds a space or another character no token has',
    })
  })

  it.each(['api.x.com', 'ftp://api.x.com', 'https://api.x.com/2', 'https://u:p@api.x.com'])(
    'refuses the origin %s',
    async origin => {
      await expect(hear(optionsFor(origin))).rejects.toMatchObject({
        code: 'E_USAGE',
        message: `not the origin of a server: "${origin}"`,
      })
    },
  )

  it('reads ten thousand lines and loses none', async () => {
    const lines = Array.from({ length: 100 }, (_, i) =>
      Array.from({ length: 100 }, (_, j) => `${JSON.stringify(streamLine(i * 100 + j))}\r\n`).join(''),
    )
    const heard = await hearScript([...lines.map(raw), end()])
    expect(heard.lines.map(line => (JSON.parse(line) as { data: { id: string } }).data.id)).toEqual(
      Array.from({ length: 10_000 }, (_, n) => streamLine(n).data.id),
    )
  })
})
