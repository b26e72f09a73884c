/** `kill -9` at every call with which the executable changes a file while it consolidates: enumerated, none left out. */
import { describe, expect, it } from 'vitest'
import { withMachine } from '../support/executable.ts'
import { canTrace, killAtEveryCall } from '../support/killed-consolidate.ts'

/** A life under the tracer, the next one without, and two readings. */
const LIFE_MS = 5_000
const MOST_CALLS = 250

describe.skipIf(!(await canTrace()))(
  'the executable that is killed while it consolidates (needs ptrace)',
  { timeout: MOST_CALLS * LIFE_MS },
  () => {
    it('leaves whole files, and the next run the bytes of one that nobody disturbed, at whatever call it died', () =>
      withMachine(async machine => {
        const { calls, deaths, wrong } = await killAtEveryCall(machine)
        expect(wrong).toEqual([])
        expect(deaths).toBe(calls.length)
        // or what was enumerated was not the work that this is about
        // one that fails for the lack of a folder is followed by making it, and comes again
        const isDone = (call: string, i: number) => call.startsWith('rename') && !calls[i + 1]?.startsWith('mkdir')
        const placed = calls.filter(isDone).map(call => call.split(' → ')[1] ?? call)
        // six tables and a manifest of each hour, two files of their day in turn, and the rejected rows of one
        expect(placed).toHaveLength(2 * 9 + 1)
        expect(placed.at(-1)).toBe('/layer2/_twdw/hours/2024-01-01T11.json')
        expect(calls.filter(call => call.startsWith('fsync'))).not.toEqual([])
        expect(calls.filter(call => call.startsWith('unlink'))).not.toEqual([])
        expect(calls.length).toBeLessThanOrEqual(MOST_CALLS)
      }))
  },
)
