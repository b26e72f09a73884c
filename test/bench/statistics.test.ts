import { describe, expect, it } from 'vitest'
import { isWide, type Measure, median, quantile, ratioOf, slope, timingOf } from '../../bench/statistics.ts'

const runOf = (seconds: number, peakMegabytes: number | null = null): Measure => ({
  seconds,
  cpuSeconds: null,
  peakMegabytes,
})
const timing = (...seconds: number[]) => timingOf(seconds.map(each => runOf(each)))

describe('many runs', () => {
  it('are kept, with their median and what is least and most', () => {
    const { runs, median, least, most } = timingOf([runOf(3, 100), runOf(1.00004, 300), runOf(2, 200)])
    expect(runs).toEqual([runOf(3, 100), runOf(1, 300), runOf(2, 200)])
    expect([median, least, most]).toEqual([runOf(2, 200), runOf(1, 100), runOf(3, 300)])
  })

  it('have an unknown median of what nobody could count', () => {
    expect(timing(1, 2).median).toEqual(runOf(1.5))
    expect(timingOf([runOf(1, null), runOf(1, 40)]).most.peakMegabytes).toBe(40)
  })

  it('are wide apart above a tenth of the median', () => {
    expect(isWide(timing(10, 10.5, 11))).toBe(false)
    expect(isWide(timing(10, 10.5, 11.1))).toBe(true)
  })

  it('of two programs are compared round by round, so that a slow round is slow for both', () => {
    expect(ratioOf(timing(2, 20, 2), timing(1, 10, 1))).toBe(2)
  })

  it('are compared as far as both were run', () => {
    expect(ratioOf(timing(2, 2, 2, 2), timing(1))).toBe(2)
  })

  it('of a program that failed are compared with nothing', () => {
    expect(ratioOf(timing(1), { failed: 'no Java' })).toBeUndefined()
  })
})

describe('numbers', () => {
  it('have a middle, or the mean of two', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, Number.NaN])
  })

  it('have parts', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i)
    expect([quantile(hundred, 0), quantile(hundred, 0.99), quantile(hundred, 1)]).toEqual([0, 99, 99])
  })

  it('rise or fall', () => {
    expect(
      slope([
        [0, 1],
        [1, 3],
        [2, 5],
      ]),
    ).toBe(2)
  })
})
