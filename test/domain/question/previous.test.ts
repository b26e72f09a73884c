import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketsIn } from '../../../src/lib/domain/question/buckets.ts'
import { COUNT_ALL, type Preset, parseWallTime, resolveSpan } from '../../../src/lib/domain/question/preset.ts'
import { compareAnswers, previousOf } from '../../../src/lib/domain/question/previous.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'
import { answerTable, rowTexts } from '../../support/answer-table.ts'

const ZONE = { name: 'America/Sao_Paulo', clock: createWallClock('America/Sao_Paulo') }
const iso = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z')

function spanOf(from: string, to: string) {
  const { fromMs, toMs } = resolveSpan({ from: parseWallTime(from), to: parseWallTime(to) }, ZONE)
  return { fromMs: fromMs!, toMs: toMs! }
}

const previousText = (from: string, to: string, change: Partial<Preset> = {}) => {
  const { span, name } = previousOf({ ...COUNT_ALL, compare: 'previous', ...change }, spanOf(from, to), ZONE)
  return `${name}: ${iso(span.fromMs)} ${iso(span.toMs)}`
}

describe('previousOf', () => {
  it.each([
    ['2024-01-15', '2024-01-16', 'the day before: 2024-01-14T03:00Z 2024-01-15T03:00Z'],
    ['2024-01-15T10', '2024-01-15T11', 'the hour before: 2024-01-15T12:00Z 2024-01-15T13:00Z'],
    ['2024-01-15T10', '2024-01-17T10', 'the 2 days before: 2024-01-13T13:00Z 2024-01-15T13:00Z'],
    ['2024-03-01', '2024-04-01', 'the month before: 2024-02-01T03:00Z 2024-03-01T03:00Z'],
    ['2024-01-01', '2024-04-01', 'the 3 months before: 2023-10-01T03:00Z 2024-01-01T03:00Z'],
    ['2024-01-01', '2025-01-01', 'the year before: 2023-01-01T03:00Z 2024-01-01T03:00Z'],
    ['2024-02-01', '2025-02-01', 'the 12 months before: 2023-02-01T03:00Z 2024-02-01T03:00Z'],
    // 25 hours, and the 24 before them
    ['2019-02-16', '2019-02-17', 'the day before: 2019-02-15T02:00Z 2019-02-16T02:00Z'],
    // 24 hours, and the 25 before them
    ['2019-02-17', '2019-02-18', 'the day before: 2019-02-16T02:00Z 2019-02-17T03:00Z'],
  ])('is for %s to %s %s', (from, to, expected) => {
    expect(previousText(from, to)).toBe(expected)
  })

  it('is of days where weeks are asked for, which have no place in months', () => {
    // February 2021 was four whole weeks
    expect(previousText('2021-02-01', '2021-03-01')).toMatch(/^the month before/)
    expect(previousText('2021-02-01', '2021-03-01', { by: ['week'] })).toBe(
      'the 28 days before: 2021-01-04T03:00Z 2021-02-01T03:00Z',
    )
  })

  it.each<[Partial<Preset>, string, string, string]>([
    [{ by: ['day'] }, '2024-01-01', '2024-01-02T06', 'day needs whole days, and 2024-01-01T00:00 to 2024-01-02T06:00'],
    [{ by: ['week'] }, '2024-01-02', '2024-01-09', 'week needs whole weeks, and 2024-01-02T00:00 to 2024-01-09T00:00'],
    [
      { by: ['month'] },
      '2024-01-15',
      '2024-02-15',
      'month needs whole months, and 2024-01-15T00:00 to 2024-02-15T00:00',
    ],
    [{ by: ['year'] }, '2024-01-01', '2024-07-01', 'year needs whole years, and 2024-01-01T00:00 to 2024-07-01T00:00'],
    [
      { by: ['weekday'] },
      '2024-01-01',
      '2024-01-04',
      'weekday needs whole weeks, and 2024-01-01T00:00 to 2024-01-04T00:00',
    ],
    [
      { by: ['lang', 'hour-of-day'] },
      '2024-01-01',
      '2024-01-01T05',
      'hour-of-day needs whole days, and 2024-01-01T00:00 to 2024-01-01T05:00',
    ],
  ])('refuses for %j %s to %s', (change, from, to, message) => {
    expect(() => previousText(from, to, change)).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message: `--compare by ${message} is not that` }),
    )
  })

  it('refuses what would begin before there were tweets', () => {
    expect(() => previousText('1970-02-01', '1980-03-02')).toThrow(
      expect.objectContaining({ message: 'the span before would begin before 1970, when there were no tweets' }),
    )
  })

  it('ends where the span begins, and has as many days, whatever the clocks do', () => {
    const day = fc.integer({ min: 17_000, max: 19_000 })
    fc.assert(
      fc.property(day, fc.integer({ min: 1, max: 100 }), (first, days) => {
        const [from, to] = [first, first + days].map(at => new Date(at * 86_400_000).toISOString().slice(0, 10))
        const span = spanOf(from!, to!)
        const { span: earlier, name } = previousOf(COUNT_ALL, span, ZONE)
        expect(earlier.toMs).toBe(span.fromMs)
        if (!name.includes('month')) expect(bucketsIn(['day'], earlier, ZONE)).toHaveLength(days)
      }),
      { numRuns: 200 },
    )
  })
})

const always = () => true
const never = () => false

function compare(
  change: Partial<Preset>,
  now: Parameters<typeof answerTable>[0],
  earlier: Parameters<typeof answerTable>[0],
  about: { from?: string; to?: string; isKnownNow?: () => boolean; isKnownBefore?: () => boolean } = {},
) {
  const preset: Preset = { ...COUNT_ALL, compare: 'previous', ...change }
  const span = spanOf(about.from ?? '2024-03-01', about.to ?? '2024-04-01')
  const { table, left } = compareAnswers({
    preset,
    now: { table: answerTable(now), span, isKnown: about.isKnownNow ?? always },
    before: {
      table: answerTable(earlier),
      span: previousOf(preset, span, ZONE).span,
      isKnown: about.isKnownBefore ?? always,
    },
    zone: ZONE,
  })
  return { rows: rowTexts(table, ZONE), left }
}

describe('compareAnswers', () => {
  it('matches things, and has those that are gone or new, in order', () => {
    const now = { lang: ['pt', 'en'], tweets: [3, 1] }
    const earlier = { lang: ['pt', 'ja', null], tweets: [9, 4, 2] }
    expect(compare({ by: ['lang'] }, now, earlier).rows).toEqual([
      'pt 3 9 -6 -66.67',
      'en 1 0 1 –',
      'ja 0 4 -4 -100',
      '– 0 2 -2 -100',
    ])
    expect(compare({ by: ['lang'], top: 2 }, now, earlier).rows).toEqual(['pt 3 9 -6 -66.67', 'en 1 0 1 –'])
  })

  it('counts to the last digit', () => {
    const [now, earlier] = [{ tweets: ['9007199254740993'] }, { tweets: ['9007199254740992'] }]
    expect(compare({}, now, earlier).rows).toEqual(['9007199254740993 9007199254740992 1 0'])
  })

  it('does not take what is not known for nothing, on either side', () => {
    const one = { lang: ['pt'], tweets: [3] }
    const none = { lang: [], tweets: [] }
    expect(compare({ by: ['lang'] }, one, none, { isKnownBefore: never }).rows).toEqual(['pt 3 – – –'])
    expect(compare({ by: ['lang'] }, none, one, { isKnownNow: never }).rows).toEqual(['pt – 3 – –'])
    expect(compare({}, { tweets: [0] }, { tweets: [0] }, { isKnownBefore: never }).rows).toEqual(['0 – – –'])
    expect(compare({}, { tweets: [0] }, { tweets: [5] }, { isKnownNow: never }).rows).toEqual(['– 5 – –'])
  })

  it('matches the nth day with the nth, of months of different length too', () => {
    const days = (...dates: string[]) => ({ day: dates, tweets: dates.map((_, i) => i + 1) })
    const [march, february] = [days('2024-03-01', '2024-03-30'), days('2024-02-01', '2024-02-29')]
    const ofMarch = compare({ by: ['day'] }, march, february)
    expect(ofMarch).toEqual({ rows: ['2024-03-01 1 1 0 0', '2024-03-30 2 – – –'], left: 1 })
    const whole = compare(
      { by: ['day', 'lang'] },
      { ...days('2024-02-29'), lang: ['pt'] },
      { ...days('2024-01-29', '2024-01-30'), lang: ['pt', 'pt'] },
      { from: '2024-02-01', to: '2024-03-01' },
    )
    expect(whole).toEqual({ rows: ['2024-02-29 1 pt 1 0 0'], left: 1 })
  })

  it('matches hours by the clock, and one that the clocks had twice with its like', () => {
    const night = { from: '2019-02-16T22', to: '2019-02-17T02' }
    const now = { hour: ['2019-02-17T01:00Z', '2019-02-17T02:00Z', '2019-02-17T03:00Z'], tweets: [5, 6, 7] }
    // four hours before: 18:00 to 22:00 of that day
    const earlier = { hour: ['2019-02-16T20:00Z', '2019-02-16T21:00Z', '2019-02-16T22:00Z'], tweets: [1, 2, 3] }
    expect(compare({ by: ['hour'] }, now, earlier, night)).toEqual({
      rows: [
        '2019-02-16T23:00-02:00 5 2 3 150',
        '2019-02-16T23:00-03:00 6 – – –',
        '2019-02-17T00:00-03:00 7 3 4 133.33',
      ],
      left: 1,
    })
  })

  it('matches weeks, months, years and recurring times', () => {
    const weeks = { from: '2024-01-08', to: '2024-01-22' }
    expect(
      compare({ by: ['week'] }, { week: ['2024-01-15'], tweets: [2] }, { week: ['2024-01-01'], tweets: [1] }, weeks)
        .rows,
    ).toEqual(['2024-01-15 2 1 1 100'])
    const quarter = { from: '2024-01-01', to: '2024-04-01' }
    expect(
      compare(
        { by: ['year', 'month'] },
        { year: [2024], month: ['2024-02'], tweets: [2] },
        { year: [2023], month: ['2023-11'], tweets: [1] },
        quarter,
      ).rows,
    ).toEqual(['2024 2024-02 2 1 1 100'])
    const years = { from: '2022-01-01', to: '2024-01-01' }
    expect(compare({ by: ['year'] }, { year: [2023], tweets: [2] }, { year: [2021], tweets: [1] }, years).rows).toEqual(
      ['2023 2 1 1 100'],
    )
    const day = { from: '2024-01-02', to: '2024-01-03' }
    expect(
      compare({ by: ['hour-of-day'] }, { hour_of_day: [5], tweets: [2] }, { hour_of_day: [5], tweets: [4] }, day).rows,
    ).toEqual(['5 2 4 -2 -50'])
  })
})
