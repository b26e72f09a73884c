import { describe, expect, it } from 'vitest'
import { bucketsIn, recurringBuckets, spanOfBuckets } from '../../../src/lib/domain/question/buckets.ts'
import { dayToText } from '../../../src/lib/domain/question/local-time.ts'
import { createWallClock, DAY_MS } from '../../../src/lib/domain/time-zone.ts'

const ZONE = { name: 'America/Sao_Paulo', clock: createWallClock('America/Sao_Paulo') }
const span = (from: string, to: string) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) })
const day = (text: string) => Date.parse(`${text}T00:00Z`) / DAY_MS

describe('bucketsIn', () => {
  it('has 23 hours of the day on which summer time begins and 25 of that on which it ends', () => {
    const first = span('2018-11-04T03:00Z', '2018-11-05T02:00Z')
    const last = span('2019-02-16T02:00Z', '2019-02-17T03:00Z')
    expect([first, last].map(day => bucketsIn(['hour'], day, ZONE).length)).toEqual([23, 25])
    // the hour of the day that never was, and the one that was twice
    expect(bucketsIn(['hour-of-day'], first, ZONE).map(([hour]) => hour)).not.toContain(0)
    expect(bucketsIn(['hour-of-day'], last, ZONE)).toHaveLength(24)
  })

  it('has each combination of several times once', () => {
    const twoDays = span('2024-01-06T03:00Z', '2024-01-08T03:00Z')
    expect(bucketsIn(['weekday', 'hour-of-day'], twoDays, ZONE)).toHaveLength(48)
    expect(bucketsIn(['weekday', 'day'], twoDays, ZONE)).toEqual([
      [6, day('2024-01-06')],
      [7, day('2024-01-07')],
    ])
  })

  it('names weeks by their Monday, across the New Year, and months and years by number', () => {
    const days = span('2018-12-30T02:00Z', '2019-01-02T02:00Z')
    expect(bucketsIn(['week', 'month', 'year'], days, ZONE)).toEqual([
      [day('2018-12-24'), '2018-12', 2018],
      [day('2018-12-31'), '2018-12', 2018],
      [day('2018-12-31'), '2019-01', 2019],
    ])
  })

  it('refuses millions of rows', () => {
    expect(() => bucketsIn(['hour'], span('0001-01-01T03:06Z', '2024-01-01T03:00Z'), ZONE)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: 'the answer would have 17733240 rows or more, and the limit is 2000000',
      }),
    )
  })
})

describe('spanOfBuckets', () => {
  const texts = ({ fromMs, toMs }: { fromMs: number; toMs: number }) =>
    [fromMs, toMs].map(ms => new Date(ms).toISOString())

  it('ends where the last bucket does', () => {
    const hour = Date.parse('2019-02-17T01:00Z')
    expect(texts(spanOfBuckets('hour', hour, hour, ZONE))).toEqual([
      '2019-02-17T01:00:00.000Z',
      '2019-02-17T02:00:00.000Z',
    ])
    expect(texts(spanOfBuckets('day', day('2018-11-04'), day('2018-11-04'), ZONE))).toEqual([
      '2018-11-04T03:00:00.000Z',
      '2018-11-05T02:00:00.000Z',
    ])
    expect(texts(spanOfBuckets('week', day('2024-01-01'), day('2024-01-01'), ZONE))).toEqual([
      '2024-01-01T03:00:00.000Z',
      '2024-01-08T03:00:00.000Z',
    ])
    expect(texts(spanOfBuckets('month', '2023-12', '2024-02', ZONE))).toEqual([
      '2023-12-01T03:00:00.000Z',
      '2024-03-01T03:00:00.000Z',
    ])
    expect(texts(spanOfBuckets('year', 2023, 2024, ZONE))).toEqual([
      '2023-01-01T03:00:00.000Z',
      '2025-01-01T03:00:00.000Z',
    ])
  })
})

describe('recurringBuckets', () => {
  it('are all weekdays and hours, unless another time is asked for', () => {
    expect(recurringBuckets(['weekday', 'hour-of-day'])).toHaveLength(7 * 24)
    expect(recurringBuckets(['weekday'])).toEqual([[1], [2], [3], [4], [5], [6], [7]])
    expect(recurringBuckets(['weekday', 'day'])).toEqual([])
    expect(dayToText(day('2024-01-01'))).toBe('2024-01-01')
  })
})
