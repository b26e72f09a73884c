import { describe, expect, it } from 'vitest'
import { TwdwError } from '../../src/lib/errors.ts'
import { watch } from '../../src/lib/query/watch.ts'
import { parseEvery, refuseUnwatchable } from '../../src/lib/query/watch-words.ts'
import { fixedClock } from '../support/fixed-clock.ts'

/** A terminal that remembers, and closes after so many writes. */
function screenOf(closesAfter = Number.POSITIVE_INFINITY) {
  const written: string[] = []
  const write = async (text: string | Uint8Array) => written.push(String(text)) < closesAfter
  return { written, write, isTerminal: true, columns: 40, rows: 10 }
}

describe('watch', () => {
  it('asks anew each time, draws over the last answer, and ends well when it is told to', async () => {
    const [clock, screen, stop] = [fixedClock(), screenOf(), new AbortController()]
    let asked = 0
    const ask = async () => {
      asked += 1
      if (asked === 3) stop.abort('SIGINT')
      return `${asked} tweets\n`
    }
    await watch(5000, ask, { clock, screen }, stop.signal)
    expect(screen.written).toEqual([
      '1 tweets\x1b[K\n\x1b[J',
      '\x1b[1F2 tweets\x1b[K\n\x1b[J',
      '\x1b[1F3 tweets\x1b[K\n\x1b[J',
      '\n',
    ])
    expect(clock.slept).toEqual([5000, 5000])
  })

  it('takes an interrupted question for the end, and any other failure for one', async () => {
    const [screen, stop] = [screenOf(), new AbortController()]
    const interrupted = new TwdwError('E_INTERRUPTED', 'the query was stopped before it had an answer')
    const stopped = async () => {
      stop.abort('SIGTERM')
      throw interrupted
    }
    await watch(1000, stopped, { clock: fixedClock(), screen }, stop.signal)
    expect(screen.written).toEqual(['\n'])
    const failing = () => Promise.reject(new TwdwError('E_LAKE', 'the lake is out of reach'))
    const signal = new AbortController().signal
    await expect(watch(1000, failing, { clock: fixedClock(), screen }, signal)).rejects.toMatchObject({
      message: 'the lake is out of reach',
    })
  })

  it('ends when nobody looks any more', async () => {
    const screen = screenOf(2)
    await watch(1000, async () => 'x\n', { clock: fixedClock(), screen }, new AbortController().signal)
    expect(screen.written).toHaveLength(2)
  })
})

describe('the words of --watch', () => {
  const words = { output: undefined, interactive: false, explain: false, ddl: undefined, form: 'table' }

  it.each([
    [{ ...words, output: 'x.csv', form: 'csv' }, true, '--output writes a file once'],
    [{ ...words, interactive: true }, true, 'a shell asks by itself'],
    [{ ...words, explain: true }, true, 'SQL does not change'],
    [{ ...words, ddl: 'duckdb' }, true, 'SQL does not change'],
    [{ ...words, form: 'ndjson' }, true, 'ndjson is for programs'],
    [{ ...words, form: 'csv' }, false, 'stdout is none'],
  ])('refuse %j on a terminal (%j)', (some, isTerminal, why) => {
    expect(() => refuseUnwatchable(some, isTerminal)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: `--watch redraws a table or a chart on a terminal, and ${why}`,
      }),
    )
  })

  it('let a table or a chart on a terminal be watched, once a second at the most', () => {
    expect(refuseUnwatchable(words, true)).toBeUndefined()
    expect(refuseUnwatchable({ ...words, form: 'chart' }, true)).toBeUndefined()
    expect(parseEvery('1s')).toBe(1000)
    expect(() => parseEvery('900ms')).toThrow(
      expect.objectContaining({ message: '"900ms" is too short a time to ask again after' }),
    )
  })
})
