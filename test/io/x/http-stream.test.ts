import { describe, expect, it } from 'vitest'
import { type HttpAnswer, openHttpStream } from '../../../src/lib/io/x/http-stream.ts'
import { endChunked, openChunked, openWire, type Wire, writeChunk } from '../../x-double/wire.ts'

const running = new AbortController().signal
const MB = 1024 * 1024

async function withWire<T>(handle: Parameters<typeof openWire>[0], work: (wire: Wire) => Promise<T>): Promise<T> {
  const wire = await openWire(handle)
  try {
    return await work(wire)
  } finally {
    await wire.close()
  }
}

async function readAll(answer: HttpAnswer): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (let part = await answer.read(); part !== undefined; part = await answer.read()) parts.push(part)
  return Buffer.concat(parts)
}

describe('openHttpStream', () => {
  it('gives status, headers and every byte', async () => {
    await withWire(
      (_, socket) => {
        openChunked(socket, 201, { 'X-Rate-Limit-Reset': '7' })
        void writeChunk(socket, Buffer.from('ab')).then(() => endChunked(socket))
      },
      async ({ origin }) => {
        const answer = await openHttpStream(new URL(origin), { 'x-a': 'b' }, running)
        expect(answer).toMatchObject({ status: 201, headers: { 'x-rate-limit-reset': '7' } })
        expect((await readAll(answer)).toString()).toBe('ab')
        // the end stays the end
        expect(await answer.read()).toBeUndefined()
      },
    )
  })

  it('hands out plain Uint8Arrays, of which a slice is a copy', async () => {
    await withWire(
      (_, socket) => {
        openChunked(socket, 200, {})
        void writeChunk(socket, Buffer.from('ab')).then(() => endChunked(socket))
      },
      async ({ origin }) => {
        const bytes = await (await openHttpStream(new URL(origin), {}, running)).read()
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
      },
    )
  })

  it('holds the sender up when its reader is far behind, and loses nothing by it', async () => {
    let sentMb = 0
    await withWire(
      async (_, socket) => {
        openChunked(socket, 200, {})
        for (; sentMb < 120; sentMb++) await writeChunk(socket, Buffer.alloc(MB, sentMb))
        endChunked(socket)
      },
      async ({ origin }) => {
        const answer = await openHttpStream(new URL(origin), {}, running)
        await expect.poll(() => sentMb, { timeout: 4_000 }).toBeGreaterThanOrEqual(32)
        // time enough for all of it, if nobody held it up
        await new Promise(resolve => setTimeout(resolve, 300))
        expect(sentMb).toBeLessThan(80)
        const all = await readAll(answer)
        expect(all.length).toBe(120 * MB)
        expect(all.at(-1)).toBe(119)
      },
    )
  })

  it('says how much has arrived and waits for its reader', async () => {
    await withWire(
      async (_, socket) => {
        openChunked(socket, 200, {})
        await writeChunk(socket, Buffer.alloc(3 * MB, 1))
      },
      async ({ origin }) => {
        const answer = await openHttpStream(new URL(origin), {}, running)
        await expect.poll(() => answer.queuedBytes).toBe(3 * MB)
        const first = await answer.read()
        expect(answer.queuedBytes).toBe(3 * MB - first!.length)
        for (let left = 3 * MB - first!.length; left > 0; ) left -= (await answer.read())!.length
        expect(answer.queuedBytes).toBe(0)
      },
    )
  })

  it('tells that the answer was cut off after the bytes that arrived before, and again when asked again', async () => {
    await withWire(
      (_, socket) => {
        openChunked(socket, 200, {})
        void writeChunk(socket, Buffer.from('ab')).then(() => socket.end())
      },
      async ({ origin }) => {
        const answer = await openHttpStream(new URL(origin), {}, running)
        await new Promise(resolve => setTimeout(resolve, 50))
        expect(Buffer.from((await answer.read()) ?? []).toString()).toBe('ab')
        await expect(answer.read()).rejects.toMatchObject({ code: 'ECONNRESET' })
        await expect(answer.read()).rejects.toMatchObject({ code: 'ECONNRESET' })
      },
    )
  })

  it('tells when compressed bytes are none', async () => {
    await withWire(
      (_, socket) => {
        openChunked(socket, 200, { 'content-encoding': 'gzip' })
        void writeChunk(socket, Buffer.from('no gzip at all'))
      },
      async ({ origin }) => {
        const answer = await openHttpStream(new URL(origin), {}, running)
        await expect(answer.read()).rejects.toMatchObject({ code: 'Z_DATA_ERROR' })
      },
    )
  })

  it('ends when it is stopped, before and after the head', async () => {
    await withWire(
      (_, socket) => openChunked(socket, 200, {}),
      async ({ origin }) => {
        const stop = new AbortController()
        const answer = await openHttpStream(new URL(origin), {}, stop.signal)
        const reading = answer.read()
        stop.abort()
        await expect(reading).rejects.toThrow()
        await expect(openHttpStream(new URL(origin), {}, stop.signal)).rejects.toMatchObject({ name: 'AbortError' })
      },
    )
  })
})
