/** Children that take as long and end as a test says, by a clock that sleeping moves; then the test is over. */
import type { StartChild } from '../../src/lib/io/children.ts'
import type { fixedClock } from './fixed-clock.ts'

export interface FakeRun {
  tookMs: number
  status: number
}

export interface FakeChildren {
  start: StartChild
  /** when each began, and with which words */
  begun: string[]
  /** words of each */
  words: (readonly string[])[]
}

/** @param runs one after the other; when another one is asked for, `atEnd` is called, and it ends at once with 130 */
export function fakeChildren(
  clock: ReturnType<typeof fixedClock>,
  runs: readonly FakeRun[],
  atEnd: () => void,
): FakeChildren {
  const left = [...runs]
  const children: FakeChildren = {
    begun: [],
    words: [],
    start(words) {
      const run = left.shift()
      if (run === undefined) atEnd()
      else {
        children.begun.push(new Date(clock.nowMs()).toISOString())
        children.words.push(words)
        clock.moveTo(new Date(clock.nowMs() + run.tookMs).toISOString())
      }
      return { ended: Promise.resolve(run?.status ?? 130), signal: () => undefined }
    },
  }
  return children
}
