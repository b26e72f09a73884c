/** Only what needs no process: who is run when, and what becomes of who fails. */
import { describe, expect, it } from 'vitest'
import { Differs, inTurn } from '../../bench/process.ts'
import { timingOf } from '../../bench/statistics.ts'

const run = (seconds: number) => ({ seconds, cpuSeconds: null, peakMegabytes: null })

describe('programs', () => {
  it('run in turn, some of them less often', async () => {
    const order: string[] = []
    const outcomes = await inTurn(
      ['twdw', 'duckdb', 'pyspark'],
      3,
      async name => {
        order.push(name)
        return run(order.length)
      },
      { pyspark: 1 },
    )
    expect(order.join(' ')).toBe('twdw duckdb pyspark twdw duckdb twdw duckdb')
    expect(outcomes.twdw).toEqual(timingOf([run(1), run(4), run(6)]))
    expect(outcomes.pyspark).toEqual(timingOf([run(3)]))
  })

  it('that fail have their sentence instead of times, and are not run again', async () => {
    const order: string[] = []
    const outcomes = await inTurn(['twdw', 'pyspark'], 2, async name => {
      order.push(name)
      if (name === 'pyspark') throw new Error('no Java')
      return run(1)
    })
    expect(order).toEqual(['twdw', 'pyspark', 'twdw'])
    expect(outcomes).toEqual({ twdw: timingOf([run(1), run(1)]), pyspark: { failed: 'no Java' } })
  })

  it('that all made something else than ours are right, and ours is not told of', async () => {
    const measure = (differing: readonly string[]) =>
      inTurn(['twdw', 'duckdb', 'polars'], 2, async name => {
        if (differing.includes(name)) throw new Differs(`${name} differs`)
        return run(1)
      })
    await expect(measure(['duckdb', 'polars'])).rejects.toThrow(new Differs('duckdb differs'))
    expect(await measure(['polars'])).toMatchObject({ twdw: { runs: [{}, {}] }, polars: { failed: 'polars differs' } })
  })

  it('are not measured at all when the first one, ours, fails', async () => {
    const fail = async () => Promise.reject(new Error('a bug'))
    await expect(inTurn(['twdw', 'duckdb'], 2, fail)).rejects.toThrow(new Error('a bug'))
  })
})
