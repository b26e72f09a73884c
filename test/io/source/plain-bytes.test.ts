import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainBytes } from '../../../src/lib/io/source/plain-bytes.ts'

async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

async function plain(bytes: Uint8Array, chunkBytes = 7): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of plainBytes(inChunks(bytes, chunkBytes))) chunks.push(new Uint8Array(chunk))
  return Buffer.concat(chunks).toString('latin1')
}

const utf8 = (text: string) => Buffer.from(text).toString('latin1')
const TEXT = '{"text":"日本 🧪 é"}\r\n'.repeat(40)
const UTF16_LE = Buffer.from(`\ufeff${TEXT}`, 'utf16le')
const UTF16_BE = Buffer.from(UTF16_LE).swap16()

describe('plain bytes', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16LE', UTF16_LE],
    ['UTF-16BE', UTF16_BE],
    ['gzip', gzipSync(TEXT)],
    ['several gzip members', Buffer.concat([gzipSync(TEXT.slice(0, 99)), gzipSync(TEXT.slice(99))])],
    ['zstd', zstdCompressSync(Buffer.from(TEXT))],
    [
      'several zstd frames',
      Buffer.concat([TEXT.slice(0, 99), TEXT.slice(99)].map(part => zstdCompressSync(Buffer.from(part)))),
    ],
    ['compressed UTF-16', gzipSync(UTF16_LE)],
  ])('come out of %s, however it is cut', async (_name, bytes) => {
    for (const chunkBytes of [1, 3, 1000, bytes.length]) expect(await plain(bytes, chunkBytes)).toBe(utf8(TEXT))
  })

  it('without a mark are what went in, byte for byte', async () => {
    const firstOfMagic = [0x1f, 0x28, 0xef, 0xff, 0xfe]
    const bytes = fc.uint8Array({ maxLength: 40 }).filter(([first]) => !firstOfMagic.includes(first ?? 0))
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 9 }), async (input, chunkBytes) => {
        expect(await plain(input, chunkBytes)).toBe(Buffer.from(input).toString('latin1'))
      }),
    )
  })

  it('of a short input are no magic', async () => {
    for (const bytes of [[], [0x1f], [0x28, 0xb5, 0x2f], [0xef, 0xbb], [0xff], [0x5b, 0x5d]]) {
      expect(await plain(Uint8Array.from(bytes))).toBe(Buffer.from(bytes).toString('latin1'))
    }
  })

  it.each([
    ['gzip', gzipSync(TEXT)],
    ['zstd', zstdCompressSync(Buffer.from(TEXT))],
  ])('are refused when %s breaks off or is damaged', async (_name, bytes) => {
    await expect(plain(bytes.subarray(0, -3))).rejects.toThrow('unexpected end of file')
    const damaged = Buffer.from(bytes)
    damaged.fill(0xff, 4, 12)
    await expect(plain(damaged)).rejects.toThrow(TypeError)
  })

  it('close what they are read from when the reader stops', async () => {
    let isClosed = false
    async function* endless() {
      try {
        for (;;) yield Buffer.from('line\n')
      } finally {
        isClosed = true
      }
    }
    for await (const chunk of plainBytes(endless())) {
      expect(chunk.length).toBe(5)
      break
    }
    expect(isClosed).toBe(true)
  })
})
