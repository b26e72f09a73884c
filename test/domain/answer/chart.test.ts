import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { type ChartForm, type ChartSeries, chartSeries, drawChart } from '../../../src/lib/domain/answer/chart.ts'
import { cellsFrom } from '../../support/cells.ts'

const seriesOf = (values: readonly number[], name = '', labelOf = (i: number) => `d${i}`): ChartSeries => ({
  name,
  points: values.map((value, i) => ({ label: labelOf(i), text: String(value), value })),
})
const draw = (series: readonly ChartSeries[], form: Partial<ChartForm> = {}) =>
  drawChart(series, { width: 40, isColored: false, timeUnit: 'day', ...form })

describe('drawChart', () => {
  it('draws few values as bars, to an eighth of a cell, each with its number', () => {
    expect(draw([seriesOf([8, 4, 1, 0])], { width: 20 })).toBe(
      ['d0 │██████████████ 8', 'd1 │███████ 4', 'd2 │█▊ 1', 'd3 │ 0', ''].join('\n'),
    )
  })

  it('shows what is not zero, however small', () => {
    expect(
      draw([seriesOf([1_000_000, 1, 0])], { width: 20 })
        .split('\n')
        .slice(1, 3),
    ).toEqual(['d1 │▏ 1', 'd2 │ 0'])
  })

  it('draws a long series of time as columns, with its greatest value and both ends', () => {
    const values = Array.from({ length: 34 }, (_, i) => (i === 33 ? 16 : i === 0 ? 8 : i % 2))
    const lines = draw([seriesOf(values)], { width: 40 }).split('\n')
    expect(lines).toEqual([
      `16 ┤${' '.repeat(33)}█`,
      `   ┤${' '.repeat(33)}█`,
      `   ┤${' '.repeat(33)}█`,
      `   ┤${' '.repeat(33)}█`,
      `   ┤█${' '.repeat(32)}█`,
      `   ┤█${' '.repeat(32)}█`,
      `   ┤█${' '.repeat(32)}█`,
      ` 0 ┤█${'▄ '.repeat(16)}█`,
      `    d0${' '.repeat(29)}d33`,
      '',
    ])
  })

  it('says how many values a column stands for, and shows the greatest of them', () => {
    const chart = draw([seriesOf(Array.from({ length: 100 }, (_, i) => (i === 50 ? 8 : 0)))], { width: 30 })
    expect(chart).toContain('each column is the greatest of 4 days')
    expect(chart.split('\n')[0]).toBe(`8 ┤${' '.repeat(12)}█`)
  })

  it('draws things that are many as bars all the same', () => {
    expect(draw([seriesOf(Array(40).fill(1))], { timeUnit: undefined }).split('\n')).toHaveLength(41)
  })

  it('has one scale for all series, and a name and a colour for each', () => {
    const chart = drawChart([seriesOf([4], 'a'), seriesOf([2], 'b')], { width: 20, isColored: true, timeUnit: 'day' })
    expect(chart).toBe(
      '\x1b[36ma\x1b[39m\nd0 │\x1b[36m██████████████\x1b[39m 4\n\n\x1b[33mb\x1b[39m\nd0 │\x1b[33m███████\x1b[39m 2\n',
    )
  })

  it('has no colour unless asked', () => {
    expect(draw([seriesOf([4, 2], 'a')])).not.toContain('\x1b')
  })

  it('draws nothing for nothing', () => {
    expect(draw([])).toBe('')
    expect(draw([seriesOf([0, 0])], { width: 20 })).toBe('d0 │ 0\nd1 │ 0\n')
  })

  it('fits any width of at least 20 cells', () => {
    const values = fc.array(fc.oneof(fc.nat(9), fc.nat(9_999_999)), { minLength: 1, maxLength: 120 })
    const label = fc.constantFrom(
      (i: number) => `d${i}`,
      (i: number) => `日本 ${i} مرحبا`,
      (i: number) => `2024-01-01T${i}`,
    )
    fc.assert(
      fc.property(values, label, fc.integer({ min: 20, max: 100 }), (values, labelOf, width) => {
        const lines = draw([seriesOf(values, 'tag', labelOf)], { width }).split('\n')
        const tooWide = lines.filter(line => stringWidth(line) > width && !line.startsWith('each column'))
        expect(tooWide).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})

describe('chartSeries', () => {
  it('makes a series of each combination of columns that are no label, and labels of the others', () => {
    const cells = cellsFrom({ tag: ['a', 'a', 'b'], day: ['1', '2', '1'], lang: ['pt', 'pt', null], tweets: [3, 4, 5] })
    expect(chartSeries(cells, 3, ['day'])).toEqual([
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
    const [series] = chartSeries(cellsFrom({ tag: ['\x1b[2J'], day: ['a\nb'], tweets: [1] }), 1, ['day'])
    expect([series?.name, series?.points[0]?.label]).toEqual(['␛[2J', 'a␊b'])
  })
})
