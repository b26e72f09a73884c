/** What every source promises; an implementation is done when it passes. */
import { describe, expect, it } from 'vitest'
import type { Source } from '../../../src/lib/io/source/source.ts'

/** What the source under test has to tell, in this order, before it ends. */
export const CONTRACT_LINES: readonly string[] = [
  '{"data":{"id":"1","text":"日本 🧪"}}',
  '{"data":{"id":"2","text":"a \\n and a \u2028 that end no line"}}',
  'keep-alive',
  '{"data":{"id":"4","text":""}}',
]

/** @param withSource hands a source that tells `CONTRACT_LINES` to `work` and clears up afterwards */
export function describeSource(name: string, withSource: (work: (source: Source) => Promise<void>) => Promise<void>) {
  describe(`the source contract: ${name}`, () => {
    it('tells every line once, in order, without its line end', () =>
      withSource(async source => {
        const lines: string[] = []
        for await (const batch of source.open(new AbortController().signal)) {
          lines.push(...batch.lines.map(line => new TextDecoder().decode(line)))
          expect(Number.isInteger(batch.capturedAtMs)).toBe(true)
        }
        expect(lines).toEqual(CONTRACT_LINES)
      }))

    it('tells nothing, and does not fail, when it is stopped before it begins', () =>
      withSource(async source => {
        for await (const batch of source.open(AbortSignal.abort())) expect(batch.lines).toEqual([])
      }))

    it('just ends when it is stopped', () =>
      withSource(async source => {
        const stop = new AbortController()
        let batches = 0
        for await (const batch of source.open(stop.signal)) {
          batches += batch.lines.length > 0 ? 1 : 0
          stop.abort()
        }
        expect(batches).toBeLessThanOrEqual(1)
      }))
  })
}
