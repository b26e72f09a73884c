import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import type { Colors } from '../../../src/lib/domain/answer/ansi.ts'
import { drawChart } from '../../../src/lib/domain/answer/chart.ts'
import type { ChartPoint, ChartSeries, SeriesPicture } from '../../../src/lib/domain/picture/picture.ts'

const seriesOf = (values: readonly (number | null)[], name = '', labelOf = (i: number) => `d${i}`): ChartSeries => ({
  name,
  points: values.map((value, i) => ({ label: labelOf(i), text: String(value), value })),
})
const dayOf = (i: number) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10)
const draw = (
  series: readonly ChartSeries[],
  { width = 40, colors = 'none', ...about }: Partial<SeriesPicture> & { width?: number; colors?: Colors } = {},
) =>
  drawChart({ form: 'bar', metric: 'tweets', timeUnit: 'day', isTimeline: false, series, ...about }, { width, colors })

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
      `   └${'─'.repeat(34)}`,
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
    const chart = draw([seriesOf([4], 'a'), seriesOf([2], 'b')], { width: 20, colors: '16' })
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

  it('draws what is unknown as a dot, and what is nothing as nothing', () => {
    expect(draw([seriesOf([2, null, 0])], { width: 20, isTimeline: true })).toBe(
      ['d0 │██████████████ 2', 'd1 │ ·', 'd2 │ 0', '· not covered', ''].join('\n'),
    )
    const values = Array.from({ length: 34 }, (_, i) => (i >= 10 && i < 20 ? null : i % 2))
    const columns = draw([seriesOf(values)], { width: 40 }).split('\n')
    expect(columns[7]).toBe(`0 ┤${' █'.repeat(5)}${'·'.repeat(10)}${' █'.repeat(7)}`)
    expect(columns.at(-2)).toBe('· not known')
  })

  it('ends a line before what is unknown, and begins it again behind it', () => {
    const values = [4, 4, 4, null, null, null, 4, 4, 4]
    const lines = draw([seriesOf(values)], { width: 20, form: 'line' }).split('\n')
    expect(lines.slice(0, 10)).toEqual(['4 ┤⠉⠉⠉⠉⠁       ⠈⠉⠉⠉⠉', ...Array(8).fill('  ┤'), '0 ┤      · · ·'])
  })

  it('draws several series as lines in one plot where colours tell them apart, and else below each other', () => {
    const series = [seriesOf([4, 4], 'up'), seriesOf([1, 1], 'down')]
    const shared = draw(series, { width: 30, form: 'line', colors: '16' }).split('\n')
    expect(shared[0]).toBe('\x1b[36m━ up\x1b[39m  \x1b[33m━ down\x1b[39m')
    expect(shared[1]).toBe(`4 ┤\x1b[36m${'⠉'.repeat(27)}\x1b[39m`)
    expect(shared[8]).toBe(`  ┤\x1b[33m${'⠒'.repeat(27)}\x1b[39m`)
    expect(draw(series, { width: 30, form: 'line' }).match(/^(up|down)$/gm)).toEqual(['up', 'down'])
  })

  it('draws values below zero as a line', () => {
    const lines = draw([seriesOf([-8, 8])], { width: 20, form: 'line' }).split('\n')
    expect([lines[0], lines[9]]).toEqual([` 8 ┤${' '.repeat(14)}⢠⠊`, '-8 ┤⡠⠃'])
  })

  it('marks round times, as many as have room', () => {
    const days = Array.from({ length: 60 }, () => 1)
    const axis = (width: number) =>
      draw([seriesOf(days, '', dayOf)], { width, isTimeline: true })
        .split('\n')
        .slice(8, 11)
    expect(axis(63)).toEqual([
      `  └${'───────┬──────'.repeat(4)}────`,
      '          8 Jan         22 Jan        5 Feb         19 Feb',
      `   2024-01-01${' '.repeat(40)}2024-02-29`,
    ])
  })

  it('fits any width of at least 20 cells', () => {
    const value = fc.oneof(fc.nat(9), fc.nat(9_999_999), fc.constant(null))
    const values = fc.array(value, { minLength: 1, maxLength: 120 })
    const form = fc.constantFrom('line' as const, 'bar' as const)
    const label = fc.constantFrom(
      (i: number) => `d${i}`,
      (i: number) => `日本 ${i} مرحبا`,
      dayOf,
    )
    fc.assert(
      fc.property(values, label, form, fc.integer({ min: 20, max: 100 }), (values, labelOf, form, width) => {
        const about = { width, form, isTimeline: labelOf === dayOf }
        const lines = draw([seriesOf(values, 'tag', labelOf)], about).split('\n')
        const tooWide = lines.filter(line => stringWidth(line) > width && !/^(each column|· not)/.test(line))
        expect(tooWide).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})

describe('a heat map', () => {
  const point = (value: number | null): ChartPoint => ({ label: '', text: String(value), value })
  const map = (cellOf: (day: number, hour: number) => ChartPoint | null) => ({
    name: '',
    cells: Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, (_, hour) => cellOf(day, hour))),
  })
  const drawMap = (cellOf: (day: number, hour: number) => ChartPoint | null, width: number, colors: Colors = 'none') =>
    drawChart({ form: 'heatmap', metric: 'tweets', maps: [map(cellOf)] }, { width, colors }).split('\n')

  it('is a line a weekday, the denser the more, and tells nothing from unknown', () => {
    const lines = drawMap((day, hour) => (day === 6 ? null : hour === 5 ? point(0) : point(day * 24 + hour)), 30)
    expect(lines).toEqual([
      'Mon  ░░░░ ░░░░░░░░░░░░░░░░░░',
      'Tue ░░░░░ ░░░░░░▒▒▒▒▒▒▒▒▒▒▒▒',
      'Wed ▒▒▒▒▒ ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒',
      'Thu ▓▓▓▓▓ ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓',
      'Fri ▓▓▓▓▓ ▓▓▓▓▓▓████████████',
      'Sat █████ ██████████████████',
      'Sun ························',
      '    00 03 06 09 12 15 18 21',
      '0  ░░▒▒▓▓███ 143 tweets',
      '· not covered',
      '',
    ])
  })

  it('is a line an hour where 24 hours have no room beside each other', () => {
    const lines = drawMap((day, hour) => point(day === 0 ? hour : 0), 20)
    expect(lines.slice(0, 3)).toEqual(['   MoTuWeThFrSaSu', '00               ', '01 ░░            '])
    expect(lines).toHaveLength(27)
    expect(lines.at(-2)).toBe('0  ░░▒▒▓▓███ 23')
  })

  it('is coloured as far as the terminal has colours', () => {
    const first = (colors: Colors) => drawMap((day, hour) => point(day === 0 && hour === 0 ? 9 : 0), 30, colors)[0]
    const ground = (code: string) => `\x1b[48;${code}m \x1b[49m`
    expect(first('24bit')).toBe(`Mon ${ground('2;253;231;37')}${ground('2;68;1;84').repeat(23)}`)
    expect(first('256')).toBe(`Mon ${ground('5;220')}${ground('5;53').repeat(23)}`)
    expect(first('16')).toBe(`Mon \x1b[36m█\x1b[39m${' '.repeat(23)}`)
  })
})
