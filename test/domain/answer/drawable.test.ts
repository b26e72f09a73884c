/** What of an answer is drawn, and as what. */
import { describe, expect, it } from 'vitest'
import type { Cells } from '../../../src/lib/domain/answer/cells.ts'
import { chartSeries, isDrawable, pictureOf } from '../../../src/lib/domain/answer/drawable.ts'
import type { ChartWord } from '../../../src/lib/domain/answer/forms.ts'
import type { Picture } from '../../../src/lib/domain/picture/picture.ts'
import { type ByColumn, COUNT_ALL } from '../../../src/lib/domain/question/preset.ts'
import { cellsFrom } from '../../support/cells.ts'

const DAYS = Array.from({ length: 40 }, (_, i) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10))
const days = (tags: readonly string[]) =>
  cellsFrom({
    ...(tags.length > 1 && { tag: tags.flatMap(tag => DAYS.map(() => tag)) }),
    day: tags.flatMap(() => DAYS),
    tweets: tags.flatMap(() => DAYS.map((_, i) => i)),
  })
const formOf = (tags: readonly string[], medium: 'terminal' | 'page', asked: ChartWord = 'auto') =>
  pictureOf(days(tags), tags.length * DAYS.length, { ...COUNT_ALL, tags, by: ['day'] }, asked, medium).form

describe('pictureOf', () => {
  it('draws time as columns or lines on a terminal, as a line on a page, and as it is told', () => {
    expect([formOf(['a'], 'terminal'), formOf(['a', 'b'], 'terminal'), formOf(['a'], 'page')]).toEqual([
      'bar',
      'line',
      'line',
    ])
    expect([formOf(['a'], 'terminal', 'line'), formOf(['a'], 'page', 'bar')]).toEqual(['line', 'bar'])
  })

  it('draws things as bars', () => {
    const cells = cellsFrom({ lang: ['pt', 'en'], tweets: [2, 1] })
    const picture = pictureOf(cells, 2, { ...COUNT_ALL, by: ['lang'] }, 'auto', 'page')
    expect(picture).toMatchObject({ form: 'bar', timeUnit: undefined, isTimeline: false, metric: 'tweets' })
  })

  it.each([[['weekday', 'hour_of_day']], [['hour_of_day', 'weekday']]])('draws %j as a heat map', order => {
    const values: Record<string, number[]> = { weekday: [1, 7], hour_of_day: [0, 23] }
    const cells = cellsFrom({ ...Object.fromEntries(order.map(name => [name, values[name]!])), tweets: [5, 6] })
    const picture = pictureOf(cells, 2, { ...COUNT_ALL, by: order as ByColumn[] }, 'auto', 'terminal')
    const maps = picture.form === 'heatmap' ? picture.maps : []
    expect(maps).toHaveLength(1)
    expect([maps[0]?.cells[0]?.[0], maps[0]?.cells[6]?.[23], maps[0]?.cells[3]?.[3]]).toEqual([
      { label: 'Mon 00:00', text: '5', value: 5 },
      { label: 'Sun 23:00', text: '6', value: 6 },
      null,
    ])
  })

  it('takes hours and weekdays that are none for nothing', () => {
    const cells = cellsFrom({ weekday: ['Mon', '9'], hour_of_day: ['-1', '99'], n: [5, 6] })
    const picture = pictureOf(cells, 2, undefined, 'auto', 'page')
    const maps = picture.form === 'heatmap' ? picture.maps : []
    expect(maps.flatMap(({ cells }) => cells.flat()).every(cell => cell === null)).toBe(true)
  })

  it('calls weekdays by their names', () => {
    const cells = cellsFrom({ weekday: [1, 7], tweets: [5, 6] })
    const picture = pictureOf(cells, 2, { ...COUNT_ALL, by: ['weekday'] }, 'auto', 'terminal')
    expect(picture.form === 'bar' && picture.series[0]?.points.map(({ label }) => label)).toEqual(['Mon', 'Sun'])
  })

  it('refuses a heat map of something else, and a chart of no numbers', () => {
    expect(() => formOf(['a'], 'terminal', 'heatmap')).toThrow(
      '--chart heatmap draws weekdays by hours of the day, and this answer has not both',
    )
    const texts = cellsFrom({ a: ['x'], b: ['y'] })
    expect(() => pictureOf(texts, 1, undefined, 'auto', 'terminal')).toThrow(
      'a chart draws the last column, and that of this answer is no number',
    )
    expect([
      isDrawable(texts, 1, undefined),
      isDrawable(days(['a']), 40, undefined),
      isDrawable(days(['a']), 0, undefined),
    ]).toEqual([false, true, false])
  })
})

describe('an answer with several counts a row', () => {
  const preset = { ...COUNT_ALL, tags: ['a', 'b'], by: ['day' as const, 'kind' as const] }

  it('is drawn with a series for each column that was laid across', () => {
    const keys = { tag: ['a', 'a'], day: ['2019-02-15', '2019-02-16'] }
    const cells = [...cellsFrom(keys), ...countsFrom({ reply: [1, null], quote: [3, 4] })]
    const picture = pictureOf(cells, 2, { ...preset, pivot: 'last' }, 'auto', 'page')
    expect(picture).toMatchObject({ metric: 'tweets', timeUnit: 'day', isTimeline: true })
    expect(seriesOf(picture)).toEqual({ 'a reply': [1, null], 'a quote': [3, 4] })
  })

  it('has bars of what goes down where times go across', () => {
    const cells = cellsFrom({ kind: ['reply', 'quote'], '2019-02-15': [1, 2], '2019-02-16': [3, 4] })
    const picture = pictureOf(cells, 2, { ...preset, tags: [], pivot: 'day' }, 'auto', 'page')
    expect(picture).toMatchObject({ form: 'bar', timeUnit: undefined, isTimeline: false })
    expect(seriesOf(picture)).toEqual({ '2019-02-15': [1, 2], '2019-02-16': [3, 4] })
  })

  it('is drawn beside what it is compared with, without the changes', () => {
    const counts = { tweets: [5, 6], previous: [4, null], change: [1, null], change_percent: [25, null] }
    const cells = [...cellsFrom({ day: ['2019-02-15', '2019-02-16'] }), ...countsFrom(counts)]
    const compared = { ...preset, tags: [], by: ['day' as const], compare: 'previous' as const }
    expect(seriesOf(pictureOf(cells, 2, compared, 'auto', 'page'))).toEqual({ tweets: [5, 6], previous: [4, null] })
    expect(isDrawable(cells, 2, compared)).toBe(true)
  })
})

/** Columns that have no number in some row, and are of numbers all the same. */
function countsFrom(counts: Record<string, (number | null)[]>): Cells[] {
  return cellsFrom(counts).map(cells => ({ ...cells, isNumeric: true }))
}

function seriesOf(picture: Picture): Record<string, (number | null)[]> {
  if (picture.form === 'heatmap') throw new Error('it is a heat map')
  return Object.fromEntries(picture.series.map(({ name, points }) => [name, points.map(({ value }) => value)]))
}

describe('chartSeries', () => {
  it('makes a series of each combination of columns that are no label, and labels of the others', () => {
    const keys = cellsFrom({ tag: ['a', 'a', 'b'], day: ['1', '2', '1'], lang: ['pt', 'pt', null] })
    expect(chartSeries(keys, cellsFrom({ tweets: [3, 4, 5] }), 3, ['day'])).toEqual([
      {
        name: 'a pt',
        points: [
          { label: '1', text: '3', value: 3 },
          { label: '2', text: '4', value: 4 },
        ],
      },
      { name: 'b null', points: [{ label: '1', text: '5', value: 5 }] },
    ])
  })

  it('takes control characters out of labels and names', () => {
    const [series] = chartSeries(cellsFrom({ tag: ['\x1b[2J'], day: ['a\nb'] }), cellsFrom({ tweets: [1] }), 1, ['day'])
    expect([series?.name, series?.points[0]?.label]).toEqual(['␛[2J', 'a␊b'])
  })

  it('knows no value where there is none, or none that can be drawn', () => {
    const [series] = chartSeries(cellsFrom({ day: ['1', '2', '3'] }), cellsFrom({ tweets: ['NaN', null, '5'] }), 3, [
      'day',
    ])
    expect(series?.points.map(({ text, value }) => [text, value])).toEqual([
      ['NaN', null],
      ['null', null],
      ['5', 5],
    ])
  })
})
