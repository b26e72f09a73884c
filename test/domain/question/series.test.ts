import type { Table } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR_MS } from '../../../src/lib/domain/hour.ts'
import { COUNT_ALL, type Preset, type Span } from '../../../src/lib/domain/question/preset.ts'
import { fillSeries as fill } from '../../../src/lib/domain/question/series.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'
import { answerTable, rowTexts } from '../../support/answer-table.ts'

const ZONE = { name: 'America/Sao_Paulo', clock: createWallClock('America/Sao_Paulo') }
const ALWAYS: Span = { fromMs: undefined, toMs: undefined }
const spanOf = (from: string, to: string): Span => ({ fromMs: Date.parse(from), toMs: Date.parse(to) })

/** Where nothing is unknown. */
const fillSeries = (answer: Table, preset: Preset, span: Span, zone: typeof ZONE) =>
  fill(answer, preset, span, zone, { covered: undefined })

const presetOf = (change: Partial<Preset>): Preset => ({
  ...COUNT_ALL,
  tags: ['a'],
  ...change,
})

const rowsOf = (table: Table) => rowTexts(table, ZONE)

describe('fillSeries', () => {
  it('fills the days between the first and the last, when no span is asked for', () => {
    const answer = answerTable({ day: ['2024-01-01', '2024-01-04'], tweets: [2, 1] })
    expect(rowsOf(fillSeries(answer, presetOf({ by: ['day'] }), ALWAYS, ZONE))).toEqual([
      '2024-01-01 2',
      '2024-01-02 0',
      '2024-01-03 0',
      '2024-01-04 1',
    ])
  })

  it('fills the whole span that is asked for, even around nothing', () => {
    const days = spanOf('2024-01-01T03:00Z', '2024-01-03T03:00Z')
    const nothing = answerTable({ day: [], tweets: [] })
    expect(rowsOf(fillSeries(nothing, presetOf({ by: ['day'] }), days, ZONE))).toEqual(['2024-01-01 0', '2024-01-02 0'])
    expect(fillSeries(nothing, presetOf({ by: ['day'] }), ALWAYS, ZONE).numRows).toBe(0)
    expect(fillSeries(nothing, presetOf({ by: ['day'] }), { ...days, toMs: undefined }, ZONE).numRows).toBe(0)
  })

  it('ends an open side with the last bucket that has something', () => {
    const answer = answerTable({ day: ['2024-01-02'], tweets: [2] })
    const from = { fromMs: Date.parse('2023-12-31T03:00Z'), toMs: undefined }
    expect(rowsOf(fillSeries(answer, presetOf({ by: ['day'] }), from, ZONE))).toEqual([
      '2023-12-31 0',
      '2024-01-01 0',
      '2024-01-02 2',
    ])
  })

  it('has both hours 23 of a night as rows of their own', () => {
    const answer = answerTable({ hour: ['2019-02-17T02:00Z'], tweets: [5] })
    const night = spanOf('2019-02-17T01:00Z', '2019-02-17T04:00Z')
    expect(rowsOf(fillSeries(answer, presetOf({ by: ['hour'] }), night, ZONE))).toEqual([
      '2019-02-16T23:00-02:00 0',
      '2019-02-16T23:00-03:00 5',
      '2019-02-17T00:00-03:00 0',
    ])
  })

  it('gives each tag asked for a series, also one that is nowhere', () => {
    const answer = answerTable({ tag: ['a', 'a'], day: ['2024-01-01', '2024-01-02'], tweets: [1, 2] })
    expect(rowsOf(fillSeries(answer, presetOf({ tags: ['b', 'a'], by: ['day'] }), ALWAYS, ZONE))).toEqual([
      'a 2024-01-01 1',
      'a 2024-01-02 2',
      'b 2024-01-01 0',
      'b 2024-01-02 0',
    ])
    const counts = answerTable({ tag: ['a'], tweets: [3] })
    expect(rowsOf(fillSeries(counts, presetOf({ tags: ['b', 'a'] }), ALWAYS, ZONE))).toEqual(['a 3', 'b 0'])
  })

  it('fills each combination of things that occurs, an unknown one too, and sorts by the columns', () => {
    const answer = answerTable({
      day: ['2024-01-02', '2024-01-01', '2024-01-02'],
      lang: [null, 'pt', 'en'],
      tweets: [1, 2, 3],
    })
    expect(rowsOf(fillSeries(answer, presetOf({ by: ['day', 'lang'] }), ALWAYS, ZONE))).toEqual([
      '2024-01-01 en 0',
      '2024-01-01 pt 2',
      '2024-01-01 – 0',
      '2024-01-02 en 3',
      '2024-01-02 pt 0',
      '2024-01-02 – 1',
    ])
  })

  it('keeps ids and names of users, to the last digit', () => {
    const answer = answerTable({
      day: ['2024-01-01', '2024-01-02'],
      user_id: ['9007199254740993', '9007199254740993'],
      username: ['ana', 'ana'],
      tweets: [1, 1],
    })
    const span = spanOf('2024-01-01T03:00Z', '2024-01-04T03:00Z')
    expect(rowsOf(fillSeries(answer, presetOf({ by: ['day', 'user'] }), span, ZONE)).at(-1)).toBe(
      '2024-01-03 9007199254740993 ana 0',
    )
  })

  it('orders by the metric on demand, each of several tags apart', () => {
    const answer = answerTable({
      tag: ['a', 'a', 'b'],
      day: ['2024-01-01', '2024-01-02', '2024-01-01'],
      tweets: [1, 2, 9],
    })
    const preset = presetOf({ tags: ['a', 'b'], by: ['day'], order: 'most' })
    expect(rowsOf(fillSeries(answer, preset, ALWAYS, ZONE))).toEqual([
      'a 2024-01-02 2',
      'a 2024-01-01 1',
      'b 2024-01-01 9',
      'b 2024-01-02 0',
    ])
    expect(rowsOf(fillSeries(answer, { ...preset, order: 'least' }, ALWAYS, ZONE))[0]).toBe('a 2024-01-01 1')
  })

  it('fills nothing into the greatest of times, and leaves other answers as they are', () => {
    const days = answerTable({ day: ['2024-01-09', '2024-01-01'], tweets: [9, 1] })
    expect(rowsOf(fillSeries(days, presetOf({ by: ['day'], top: 2 }), ALWAYS, ZONE))).toEqual([
      '2024-01-09 9',
      '2024-01-01 1',
    ])
    const langs = answerTable({ lang: ['pt'], tweets: [9] })
    expect(fillSeries(langs, presetOf({ by: ['lang'] }), ALWAYS, ZONE)).toBe(langs)
  })

  it('sorts text as SQL does: characters past U+FFFF behind all others, null last', () => {
    const tags = ['𝒳', '\uff21', null, 'z', 'é']
    const answer = answerTable({ lang: tags, day: tags.map(() => '2024-01-01'), tweets: [1, 2, 3, 4, 5] })
    const table = fillSeries(answer, presetOf({ by: ['lang', 'day'] }), ALWAYS, ZONE)
    expect([...table.getChild('lang')!]).toEqual(['z', 'é', '\uff21', '𝒳', null])
  })

  it('adds only zeros, one row a bucket, in order', () => {
    const start = Date.parse('2019-02-14T02:00Z')
    const hours = fc.uniqueArray(fc.tuple(fc.nat(96), fc.constantFrom('a', 'b')), { selector: String, maxLength: 20 })
    fc.assert(
      fc.property(hours, cells => {
        const answer = answerTable({
          tag: cells.map(([, tag]) => tag),
          hour: cells.map(([hour]) => start + hour * HOUR_MS),
          tweets: cells.map((_, i) => i + 1),
        })
        const filled = rowsOf(fillSeries(answer, presetOf({ tags: ['a', 'b'], by: ['hour'] }), ALWAYS, ZONE))
        const times = cells.map(([hour]) => hour)
        expect(filled).toHaveLength(cells.length === 0 ? 0 : 2 * (Math.max(...times) - Math.min(...times) + 1))
        expect(new Set(filled.map(row => row.replace(/ \d+$/, ''))).size).toBe(filled.length)
        const isNotZero = (row: string) => !row.endsWith(' 0')
        expect(filled.filter(isNotZero).sort()).toEqual(
          rowsOf(fillSeries(answer, presetOf({ tags: ['a', 'b'], by: ['hour'], top: 1 }), ALWAYS, ZONE)).sort(),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('leaves what the lake covered nothing of unknown, each tag by what was covered of it', () => {
    const covered = (tag: string | undefined) => {
      const [from, to] =
        tag === 'a' ? ['2024-01-01T20:00Z', '2024-01-02T03:10Z'] : ['2024-01-03T02:59Z', '2024-01-09T00:00Z']
      return [{ fromMs: Date.parse(from), toMs: Date.parse(to) }]
    }
    const days = spanOf('2024-01-01T03:00Z', '2024-01-05T03:00Z')
    const answer = answerTable({ tag: ['a'], day: ['2024-01-04'], tweets: [7] })
    const filled = fill(answer, presetOf({ tags: ['a', 'b'], by: ['day'] }), days, ZONE, { covered })
    // the 2nd of a was covered for ten minutes, and that of b for one
    expect(rowsOf(filled)).toEqual([
      'a 2024-01-01 0',
      'a 2024-01-02 0',
      'a 2024-01-03 –',
      'a 2024-01-04 7',
      'b 2024-01-01 –',
      'b 2024-01-02 0',
      'b 2024-01-03 0',
      'b 2024-01-04 0',
    ])
    expect(filled.getChild('tweets')?.nullCount).toBe(2)
    const one = fill(answerTable({ day: [], tweets: [] }), presetOf({ by: ['day'] }), days, ZONE, { covered })
    expect(rowsOf(one).slice(1)).toEqual(['2024-01-02 0', '2024-01-03 –', '2024-01-04 –'])
  })

  it('knows a weekday that was covered once, within the span asked for', () => {
    const covered = () => [{ fromMs: Date.parse('2024-01-01T12:00Z'), toMs: Date.parse('2024-01-03T12:00Z') }]
    const nothing = answerTable({ weekday: [], tweets: [] })
    const weekdays = (span: Span) => rowsOf(fill(nothing, presetOf({ by: ['weekday'] }), span, ZONE, { covered }))
    expect(weekdays(ALWAYS)).toEqual(['1 0', '2 0', '3 0', '4 –', '5 –', '6 –', '7 –'])
    const fromTuesday = { fromMs: Date.parse('2024-01-02T03:00Z'), toMs: undefined }
    expect(weekdays(fromTuesday)).toEqual(['1 –', '2 0', '3 0', '4 –', '5 –', '6 –', '7 –'])
  })

  it('sorts what is not known behind the rest, whichever way', () => {
    const covered = () => [{ fromMs: Date.parse('2024-01-01T12:00Z'), toMs: Date.parse('2024-01-02T12:00Z') }]
    const answer = answerTable({ day: ['2024-01-01'], tweets: [7] })
    const days = spanOf('2024-01-01T03:00Z', '2024-01-04T03:00Z')
    const sorted = (order: 'most' | 'least') =>
      rowsOf(fill(answer, presetOf({ by: ['day'], order }), days, ZONE, { covered }))
    expect(sorted('most')).toEqual(['2024-01-01 7', '2024-01-02 0', '2024-01-03 –'])
    expect(sorted('least')).toEqual(['2024-01-02 0', '2024-01-01 7', '2024-01-03 –'])
  })

  it('has the series of the answer beside it, and every combination where one of them is to go across', () => {
    const answer = answerTable({ day: ['2024-01-01'], lang: ['pt'], kind: ['reply'], tweets: [1] })
    const beside = answerTable({ day: ['2023-12-31'], lang: ['en'], kind: ['quote'], tweets: [1] })
    const day = spanOf('2024-01-01T03:00Z', '2024-01-02T03:00Z')
    const filled = (change: Partial<Preset>) =>
      rowsOf(
        fill(answer, presetOf({ by: ['day', 'lang', 'kind'], ...change }), day, ZONE, { covered: undefined, beside }),
      )
    expect(filled({})).toEqual(['2024-01-01 en quote 0', '2024-01-01 pt reply 1'])
    expect(filled({ pivot: 'kind' })).toEqual([
      '2024-01-01 en quote 0',
      '2024-01-01 en reply 0',
      '2024-01-01 pt quote 0',
      '2024-01-01 pt reply 1',
    ])
    expect(filled({ pivot: 'kind', top: 2 })).toEqual(['2024-01-01 en quote 0', '2024-01-01 pt reply 1'])
  })

  it('refuses to fill up the memory', () => {
    const users = Array.from({ length: 300 }, (_, i) => String(i + 1))
    const answer = answerTable({
      user_id: users,
      username: users,
      hour: users.map(() => '2024-01-01T10:00Z'),
      tweets: users.map(() => 1),
    })
    const year = spanOf('2024-01-01T03:00Z', '2025-01-01T03:00Z')
    expect(() => fillSeries(answer, presetOf({ by: ['user', 'hour'] }), year, ZONE)).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: 'the answer would have 2635200 rows or more, and the limit is 2000000',
      }),
    )
  })
})
