import { describe, expect, it } from 'vitest'
import type { Chart } from '../../bench/chart.ts'
import { drawChart } from '../../bench/draw.ts'
import { DARK, LIGHT } from '../../src/lib/domain/picture/theme.ts'

const CHART: Chart = {
  title: 'an hour & more',
  columns: 2,
  panels: [
    { form: 'bars', name: 'seconds', bars: [{ name: 'twdw', value: 2, text: '2.00' }] },
    {
      form: 'lines',
      scale: 'linear',
      name: 'MB',
      xName: 'seconds of the run',
      lines: [
        {
          name: 'twdw',
          points: [
            [0, 100],
            [10, 120],
          ],
        },
      ],
    },
  ],
}

describe('a drawing', () => {
  it('is the same text each time', () => {
    expect(drawChart(CHART, LIGHT)).toBe(drawChart(CHART, LIGHT))
  })

  it('has its words as text, and a title for those who do not see it', () => {
    const svg = drawChart(CHART, LIGHT)
    expect(svg).toContain('<title>an hour &amp; more</title>')
    for (const word of ['an hour &amp; more', 'twdw', '2.00', 'MB', 'seconds of the run']) {
      expect(svg).toMatch(new RegExp(`<text[^>]*>(<tspan[^>]*>)?${word}<`))
    }
  })

  it('is as large in the dark, with other colours on no ground', () => {
    const [light, dark] = [drawChart(CHART, LIGHT), drawChart(CHART, DARK)]
    const sizeOf = (svg: string) => /width="\d+" height="\d+"/.exec(svg)?.[0]
    expect(sizeOf(dark)).toBe(sizeOf(light))
    expect([light.includes(LIGHT.series[0]!), dark.includes(DARK.series[0]!)]).toEqual([true, true])
    expect(light).not.toContain(LIGHT.ground)
  })
})
