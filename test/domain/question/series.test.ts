import { DateDay, Int64, Table, TimestampMicrosecond, Utf8, vectorFromArray } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf } from '../../../src/lib/domain/answer/formats.ts'
import { HOUR_MS } from '../../../src/lib/domain/hour.ts'
import { COUNT_ALL, type Preset, type Span } from '../../../src/lib/domain/question/preset.ts'
import { fillSeries as fill } from '../../../src/lib/domain/question/series.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'

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

type Column = readonly (string | number | null)[]

/** A table as DuckDB gives it: instants in microseconds, everything nullable. */
function answerOf(columns: Record<string, Column>): Table {
  const types: Record<string, () => Utf8> = {
    hour: () => new TimestampMicrosecond('UTC') as never,
    day: () => new DateDay() as never,
    tweets: () => new Int64() as never,
    user_id: () => new Int64() as never,
  }
  const parse = (name: string, value: string | number | null) => {
    if (value === null) return null
    if (name === 'hour' || name === 'day') return new Date(value) as never
    return (name === 'tweets' || name === 'user_id' ? BigInt(value) : value) as never
  }
  const vectors = Object.entries(columns).map(([name, values]) => [
    name,
    vectorFromArray(
      values.map(value => parse(name, value)),
      types[name]?.() ?? new Utf8(),
    ),
  ])
  return new Table(Object.fromEntries(vectors))
}

const rowsOf = (table: Table) => {
  const columns = columnsOf(table, ZONE)
  return Array.from({ length: table.numRows }, (_, row) => columns.map(column => column.text(row)).join(' '))
}

describe('fillSeries', () => {
  it('fills the days between the first and the last, when no span is asked for', () => {
    const answer = answerOf({ day: ['2024-01-01', '2024-01-04'], tweets: [2, 1] })
    expect(rowsOf(fillSeries(answer, presetOf({ by: ['day'] }), ALWAYS, ZONE))).toEqual([
      '2024-01-01 2',
      '2024-01-02 0',
      '2024-01-03 0',
      '2024-01-04 1',
    ])
  })

  it('fills the whole span that is asked for, even around nothing', () => {
    const days = spanOf('2024-01-01T03:00Z', '2024-01-03T03:00Z')
    const nothing = answerOf({ day: [], tweets: [] })
    expect(rowsOf(fillSeries(nothing, presetOf({ by: ['day'] }), days, ZONE))).toEqual(['2024-01-01 0', '2024-01-02 0'])
    expect(fillSeries(nothing, presetOf({ by: ['day'] }), ALWAYS, ZONE).numRows).toBe(0)
    expect(fillSeries(nothing, presetOf({ by: ['day'] }), { ...days, toMs: undefined }, ZONE).numRows).toBe(0)
  })

  it('ends an open side with the last bucket that has something', () => {
    const answer = answerOf({ day: ['2024-01-02'], tweets: [2] })
    const from = { fromMs: Date.parse('2023-12-31T03:00Z'), toMs: undefined }
    expect(rowsOf(fillSeries(answer, presetOf({ by: ['day'] }), from, ZONE))).toEqual([
      '2023-12-31 0',
      '2024-01-01 0',
      '2024-01-02 2',
    ])
  })

  it('has both hours 23 of a night as rows of their own', () => {
    const answer = answerOf({ hour: ['2019-02-17T02:00Z'], tweets: [5] })
    const night = spanOf('2019-02-17T01:00Z', '2019-02-17T04:00Z')
    expect(rowsOf(fillSeries(answer, presetOf({ by: ['hour'] }), night, ZONE))).toEqual([
      '2019-02-16T23:00-02:00 0',
      '2019-02-16T23:00-03:00 5',
      '2019-02-17T00:00-03:00 0',
    ])
  })

  it('gives each tag asked for a series, also one that is nowhere', () => {
    const answer = answerOf({ tag: ['a', 'a'], day: ['2024-01-01', '2024-01-02'], tweets: [1, 2] })
    expect(rowsOf(fillSeries(answer, presetOf({ tags: ['b', 'a'], by: ['day'] }), ALWAYS, ZONE))).toEqual([
      'a 2024-01-01 1',
      'a 2024-01-02 2',
      'b 2024-01-01 0',
      'b 2024-01-02 0',
    ])
    const counts = answerOf({ tag: ['a'], tweets: [3] })
    expect(rowsOf(fillSeries(counts, presetOf({ tags: ['b', 'a'] }), ALWAYS, ZONE))).toEqual(['a 3', 'b 0'])
  })

  it('fills each combination of things that occurs, an unknown one too, and sorts by the columns', () => {
    const answer = answerOf({
      day: ['2024-01-02', '2024-01-01', '2024-01-02'],
      lang: [null, 'pt', 'en'],
      tweets: [1, 2, 3],
    })
    expect(rowsOf(fillSeries(answer, presetOf({ by: ['day', 'lang'] }), ALWAYS, ZONE))).toEqual([
      '2024-01-01 en 0',
      '2024-01-01 pt 2',
      '2024-01-01  0',
      '2024-01-02 en 3',
      '2024-01-02 pt 0',
      '2024-01-02  1',
    ])
  })

  it('keeps ids and names of users, to the last digit', () => {
    const answer = answerOf({
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
    const answer = answerOf({
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
    const days = answerOf({ day: ['2024-01-09', '2024-01-01'], tweets: [9, 1] })
    expect(rowsOf(fillSeries(days, presetOf({ by: ['day'], top: 2 }), ALWAYS, ZONE))).toEqual([
      '2024-01-09 9',
      '2024-01-01 1',
    ])
    const langs = answerOf({ lang: ['pt'], tweets: [9] })
    expect(fillSeries(langs, presetOf({ by: ['lang'] }), ALWAYS, ZONE)).toBe(langs)
  })

  it('sorts text as SQL does: characters past U+FFFF behind all others, null last', () => {
    const tags = ['𝒳', '\uff21', null, 'z', 'é']
    const answer = answerOf({ lang: tags, day: tags.map(() => '2024-01-01'), tweets: [1, 2, 3, 4, 5] })
    const table = fillSeries(answer, presetOf({ by: ['lang', 'day'] }), ALWAYS, ZONE)
    expect([...table.getChild('lang')!]).toEqual(['z', 'é', '\uff21', '𝒳', null])
  })

  it('adds only zeros, one row a bucket, in order', () => {
    const start = Date.parse('2019-02-14T02:00Z')
    const hours = fc.uniqueArray(fc.tuple(fc.nat(96), fc.constantFrom('a', 'b')), { selector: String, maxLength: 20 })
    fc.assert(
      fc.property(hours, cells => {
        const answer = answerOf({
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

  it('refuses to fill up the memory', () => {
    const users = Array.from({ length: 300 }, (_, i) => String(i + 1))
    const answer = answerOf({
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
