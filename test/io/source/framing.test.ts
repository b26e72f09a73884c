import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openFramer } from '../../../src/lib/io/source/framing.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

interface Framed {
  lines: string[]
  blankLines: number
  cutLines: number
}

function frame(chunks: readonly Uint8Array[], maxLineBytes: number): Framed {
  const framer = openFramer({ maxLineBytes })
  const lines: string[] = []
  for (const chunk of chunks) {
    // the sender uses its memory again, as sockets and files do
    const memory = new Uint8Array(chunk)
    lines.push(...framer.push(memory).map(latin1))
    memory.fill(0x2a)
  }
  const last = framer.finish()
  if (last !== undefined) lines.push(latin1(last))
  return { lines, blankLines: framer.blankLines, cutLines: framer.cutLines }
}

/** What framing means, said slowly: the whole input at once. */
function obviousFrame(bytes: Uint8Array, maxLineBytes: number): Framed {
  const texts = latin1(bytes).split('\n')
  const framed: Framed = { lines: [], blankLines: 0, cutLines: 0 }
  for (const [i, text] of texts.entries()) {
    const line = text.endsWith('\r') ? text.slice(0, -1) : text
    const pieces: string[] = []
    for (let at = 0; at === 0 || at < line.length; at += maxLineBytes) pieces.push(line.slice(at, at + maxLineBytes))
    framed.lines.push(...pieces.filter(piece => /[^ \t\r]/.test(piece)))
    if (pieces.length > 1) framed.cutLines += 1
    // what stands behind the last line end is a line only if something stands there
    else if (!/[^ \t\r]/.test(line) && (i < texts.length - 1 || text !== '')) framed.blankLines += 1
  }
  return framed
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(at.map(place => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...cuts].map((start, i) => bytes.subarray(start, cuts[i] ?? bytes.length))
}

describe('a framer', () => {
  it('gives the same lines wherever the bytes are cut', () => {
    const bytes = fc
      .array(fc.oneof(fc.constantFrom(0x0a, 0x0d, 0x20, 0x61), fc.nat(255)), { maxLength: 60 })
      .map(values => Uint8Array.from(values))
    const places = fc.array(fc.nat(), { maxLength: 20 })
    fc.assert(
      fc.property(bytes, places, fc.integer({ min: 1, max: 70 }), (input, at, maxLineBytes) => {
        expect(frame(cut(input, at), maxLineBytes)).toEqual(obviousFrame(input, maxLineBytes))
      }),
      { numRuns: 5000 },
    )
  })

  it('takes \\n and \\r\\n for line ends, and neither \\r nor U+2028', () => {
    const { lines } = frame([encode('one\ntwo\r\nthree\rstill three\u2028still\r\n')], 100)
    expect(lines.map(line => Buffer.from(line, 'latin1').toString())).toEqual([
      'one',
      'two',
      'three\rstill three\u2028still',
    ])
  })

  it('keeps a character whole whose bytes came apart', () => {
    const bytes = encode('{"text":"日本 🧪"}\r\n')
    const framer = openFramer({ maxLineBytes: 100 })
    const lines = [...bytes].flatMap(byte => framer.push(Uint8Array.of(byte)))
    expect(lines.map(line => new TextDecoder().decode(line))).toEqual(['{"text":"日本 🧪"}'])
  })

  it('counts heartbeats as they come and hands none out', () => {
    const framer = openFramer({ maxLineBytes: 100 })
    expect(framer.push(encode('\r\n'))).toEqual([])
    expect(framer.blankLines).toBe(1)
    expect(framer.push(encode('{}\r'))).toEqual([])
    expect(framer.push(encode('\n\r\n')).map(latin1)).toEqual(['{}'])
    expect(framer.blankLines).toBe(2)
  })

  it('hands out a last line without an end once, and is empty then', () => {
    const framer = openFramer({ maxLineBytes: 100 })
    expect(framer.push(encode('one\ntwo')).map(latin1)).toEqual(['one'])
    expect(latin1(framer.finish() ?? new Uint8Array())).toBe('two')
    expect(framer.finish()).toBeUndefined()
    expect(framer.push(encode('three\n')).map(latin1)).toEqual(['three'])
  })

  it('cuts a line that is too long, loses nothing of it, and gives the next one whole', () => {
    expect(frame([encode('0123456789ab\r\nnext\r\n')], 5)).toEqual({
      lines: ['01234', '56789', 'ab', 'next'],
      blankLines: 0,
      cutLines: 1,
    })
    expect(frame([encode('01234\r\n56789\n')], 5).cutLines).toBe(0)
  })

  it('holds no more of an endless line than its longest piece', () => {
    const framer = openFramer({ maxLineBytes: 1000 })
    const chunk = new Uint8Array(900).fill(0x61)
    let pieces = 0
    for (let i = 0; i < 1000; i++) pieces += framer.push(chunk).length
    expect(pieces).toBe(899)
    expect(framer.finish()?.length).toBe(1000)
  })

  it('looks at each byte once, however small the chunks of a long line are', () => {
    const framer = openFramer({ maxLineBytes: 10_000_000 })
    const chunk = countingBytes(10)
    for (let i = 0; i < 1000; i++) framer.push(chunk.bytes)
    expect(chunk.searches()).toBe(1000)
  })
})

/** Bytes that count how often somebody searches them for a line end. */
function countingBytes(length: number): { bytes: Uint8Array; searches(): number } {
  let searches = 0
  class Counting extends Uint8Array {
    override indexOf(value: number, from?: number): number {
      searches += 1
      return super.indexOf(value, from)
    }
  }
  return { bytes: new Counting(length).fill(0x61), searches: () => searches }
}
