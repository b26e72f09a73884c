import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unescapeJson } from '../../../src/lib/domain/columns/unescape.ts'

/** @param inside of a JSON string, between its quotes */
function unescaped(inside: string): string {
  const from = new TextEncoder().encode(`"${inside}"`)
  const to = new Uint8Array(from.length)
  const end = unescapeJson(from, 1, from.length - 1, to, 1)
  // nothing is written in front, and never more than was read
  expect(to[0]).toBe(0)
  expect(end).toBeLessThanOrEqual(from.length - 1)
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(to.subarray(1, end))
}

describe('unescapeJson', () => {
  it.each([
    ['plain ação 日本 🧪', 'plain ação 日本 🧪'],
    ['\\"\\\\\\/\\b\\f\\n\\r\\t', '"\\/\b\f\n\r\t'],
    ['\\u0041\\u00e7\\u65E5\\ud83e\\uddea', 'Aç日🧪'],
    ['\\u0000', '\u0000'],
    ['\\ufeff', '\ufeff'],
    ['\\ud83e', '\ufffd'],
    ['\\uddea\\ud83e', '\ufffd\ufffd'],
    ['\\ud83e\\u0041', '\ufffdA'],
    ['\\ud83e\\ud83e\\uddea', '\ufffd🧪'],
    ['\\ud83e\\n', '\ufffd\n'],
  ])('takes %s apart', (inside, text) => expect(unescaped(inside)).toBe(text))

  it('gives what JSON.parse gives, well-formed: property', () => {
    const unit = fc.integer({ min: 0, max: 0xffff })
    const piece = fc.oneof(
      unit.map(code => `\\u${code.toString(16).padStart(4, '0')}`),
      fc.integer({ min: 0xd800, max: 0xdfff }).map(code => `\\u${code.toString(16).toUpperCase()}`),
      fc.constantFrom('\\n', '\\"', '\\\\', '\\/', 'a', 'ç', '🧪', '日'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), pieces => {
        const inside = pieces.join('')
        expect(unescaped(inside)).toBe((JSON.parse(`"${inside}"`) as string).toWellFormed())
      }),
    )
  })
})
