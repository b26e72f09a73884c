import { describe, expect, it } from 'vitest'
import { type Chart, chartHeight, chartOption, memoryPanel, secondsPanel } from '../../bench/chart.ts'
import { timingOf } from '../../bench/statistics.ts'
import { LIGHT } from '../../src/lib/domain/picture/theme.ts'

const OUTCOMES = [
  ['twdw', timingOf([{ seconds: 11.2, cpuSeconds: 20, peakMegabytes: 932 }])],
  ['DuckDB', timingOf([{ seconds: 0.5, cpuSeconds: 1, peakMegabytes: null }])],
  ['PySpark', { failed: 'no Java' }],
] as const
const BARS: Chart = {
  title: 'an hour',
  columns: 2,
  panels: [secondsPanel('seconds', OUTCOMES), memoryPanel('MB', OUTCOMES)],
}
const LINES: Chart = {
  title: 'hours',
  columns: 1,
  panels: [
    {
      form: 'lines',
      scale: 'log',
      name: 'seconds',
      xName: 'tweets',
      lines: [
        {
          name: 'twdw',
          points: [
            [10_000, 1.2],
            [1_000_000, 11.2],
          ],
        },
        { name: 'DuckDB', points: [[10_000, 0.7]] },
      ],
    },
  ],
}

/** What the tests look at. */
interface Option {
  grid: { left: number; top: number; width: number; height: number }[]
  xAxis: { type: string; min: number; max: number }[]
  series: { data: { value: number; itemStyle: { color: string } }[] }[]
  legend?: { data: string[] }
}
const optionOf = (chart: Chart) => chartOption(chart, LIGHT) as unknown as Option

describe('bars', () => {
  it('have a word for what failed and a dash for what nobody knows', () => {
    expect(BARS.panels.map(panel => (panel.form === 'bars' ? panel.bars.map(({ text }) => text) : []))).toEqual([
      ['11.2', '0.50', 'failed'],
      ['932', '–', 'failed'],
    ])
  })

  it('of twdw are coloured, of others grey', () => {
    const colors = optionOf(BARS).series[0]!.data.map(({ itemStyle }) => itemStyle.color)
    expect(colors).toEqual([LIGHT.series[0], LIGHT.series[7], LIGHT.series[7]])
  })

  it('need no legend, since their names stand beside them', () => {
    expect(optionOf(BARS).legend).toBeUndefined()
  })
})

describe('lines', () => {
  it('lie between powers of ten on a logarithmic axis', () => {
    const [{ type, min, max } = { type: '', min: 0, max: 0 }] = optionOf(LINES).xAxis
    expect({ type, min, max }).toEqual({ type: 'log', min: 10_000, max: 1_000_000 })
  })

  it('have a legend when there are several', () => {
    expect(optionOf(LINES).legend?.data).toEqual(['twdw', 'DuckDB'])
  })
})

describe('panels', () => {
  it('stand beside each other without touching', () => {
    const [left, right] = optionOf(BARS).grid as [Option['grid'][0], Option['grid'][0]]
    expect(left.left + left.width).toBeLessThan(right.left)
    expect(left.top).toBe(right.top)
  })

  it('stand in rows that fit into the drawing', () => {
    const three: Chart = { ...BARS, panels: [...BARS.panels, BARS.panels[0]!] }
    const [first, , third] = optionOf(three).grid as Option['grid']
    expect(first!.top + first!.height).toBeLessThan(third!.top)
    expect(third!.top + third!.height).toBeLessThan(chartHeight(three))
  })
})
