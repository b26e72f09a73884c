import { describe, expect, it } from 'vitest'
import { openDemo, type TimedLine } from '../../../src/lib/io/source/demo.ts'
import { fixedClock } from '../../support/fixed-clock.ts'
import { CONTRACT_LINES, describeSource } from './source.contract.ts'

const START = '2024-01-01T12:00:00.000Z'
const START_MS = Date.parse(START)

/** A line every `everyMs` of demo time, the first after one step. */
function* ticking(everyMs: number, count = Number.POSITIVE_INFINITY): Generator<TimedLine> {
  for (let i = 1; i <= count; i++) yield { atMs: START_MS + i * everyMs, line: `{"n":${i},"text":"é"}` }
}

interface Heard {
  /** milliseconds since the session was opened */
  atMs: number
  lines: string[]
}

async function listen(
  lines: Iterable<TimedLine>,
  speed: number,
  batches: number,
): Promise<{ heard: Heard[]; slept: number[] }> {
  const clock = fixedClock('2030-05-05T00:00:00.000Z')
  const openedMs = clock.nowMs()
  const heard: Heard[] = []
  for await (const batch of openDemo({ lines, startMs: START_MS, speed, clock }).open(new AbortController().signal)) {
    heard.push({
      atMs: batch.capturedAtMs - openedMs,
      lines: batch.lines.map(line => new TextDecoder().decode(line)),
    })
    if (heard.length === batches) break
  }
  return { heard, slept: clock.slept }
}

const withLines = (heard: readonly Heard[]) => heard.filter(({ lines }) => lines.length > 0)

describeSource('the demo', async work => {
  const lines = CONTRACT_LINES.map((line, i) => ({ atMs: START_MS + i * 400, line }))
  await work(openDemo({ lines, startMs: START_MS, speed: 1, clock: fixedClock(START) }))
})

describe('the demo source', () => {
  it('hands a line out when its time has come', async () => {
    const { heard } = await listen(ticking(250, 3), 1, 10)
    expect(withLines(heard)).toEqual([
      { atMs: 250, lines: ['{"n":1,"text":"é"}'] },
      { atMs: 500, lines: ['{"n":2,"text":"é"}'] },
      { atMs: 750, lines: ['{"n":3,"text":"é"}'] },
    ])
  })

  it('runs faster than the clock when told to', async () => {
    const { heard } = await listen(ticking(3_600_000, 2), 7200, 10)
    expect(withLines(heard).map(({ atMs }) => atMs)).toEqual([500, 1000])
  })

  it('hands out together what comes faster than it wakes up', async () => {
    const { heard } = await listen(ticking(1), 1, 4)
    expect(heard.map(({ lines }) => lines.length)).toEqual([0, 10, 10, 10])
  })

  it('shows that it is alive while there is nothing to say', async () => {
    const { heard, slept } = await listen(ticking(3500), 1, 5)
    expect(heard.map(({ lines }) => lines.length)).toEqual([0, 0, 0, 0, 1])
    expect(slept).toEqual([1000, 1000, 1000, 500])
  })

  it('does not wait for any line at infinite speed', async () => {
    const { heard, slept } = await listen(ticking(3_600_000, 2500), Number.POSITIVE_INFINITY, 10)
    expect(heard.map(({ lines }) => lines.length)).toEqual([1000, 1000, 500])
    expect(Math.max(...slept)).toBe(0)
  })

  it('gives lines that waited for a slow reader all the same, in order', async () => {
    const clock = fixedClock(START)
    const heard: string[] = []
    for await (const { lines } of openDemo({ lines: ticking(1, 5000), startMs: START_MS, speed: 1, clock }).open(
      new AbortController().signal,
    )) {
      heard.push(...lines.map(line => new TextDecoder().decode(line)))
      await clock.sleep(700)
    }
    expect(heard).toEqual([...ticking(1, 5000)].map(({ line }) => line))
  })

  it('ends when it is stopped', async () => {
    const stop = new AbortController()
    let batches = 0
    const source = openDemo({ lines: ticking(100), startMs: START_MS, speed: 1, clock: fixedClock(START) })
    for await (const batch of source.open(stop.signal)) {
      batches += batch.lines.length
      if (batches === 3) stop.abort()
    }
    expect(batches).toBe(3)
  })

  it('begins again with the first line in the next session', async () => {
    const lines = { [Symbol.iterator]: () => ticking(100, 2) }
    expect(withLines((await listen(lines, 1, 10)).heard)).toEqual(withLines((await listen(lines, 1, 10)).heard))
  })
})
