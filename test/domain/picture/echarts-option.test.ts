import { describe, expect, it } from 'vitest'
import { captionsOf, MAX_BARS, MAX_SERIES, whyNotDrawn } from '../../../src/lib/domain/picture/captions.ts'
import { heightOf, optionOf, wallMsOf } from '../../../src/lib/domain/picture/echarts-option.ts'
import type { Look } from '../../../src/lib/domain/picture/option-parts.ts'
import type { ChartSeries, HeatPicture, SeriesPicture } from '../../../src/lib/domain/picture/picture.ts'
import { FONT, LIGHT } from '../../../src/lib/domain/picture/theme.ts'

const LOOK: Look = { theme: LIGHT, font: FONT, width: 900, leftPx: 0, topPx: 0, bottomPx: 0, isInteractive: true }
const seriesOf = (name: string, values: readonly (number | null)[]): ChartSeries => ({
  name,
  points: values.map((value, i) => ({ label: dayOf(i), text: String(value), value })),
})
const dayOf = (i: number) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10)
const lineOf = (values: readonly (number | null)[], about: Partial<SeriesPicture> = {}): SeriesPicture => ({
  form: 'line',
  metric: 'tweets',
  timeUnit: 'day',
  isTimeline: true,
  series: [seriesOf('', values)],
  ...about,
})

/** What of an option these tests look at. */
interface Drawn {
  dataZoom?: unknown[]
  legend?: { data: string[] }
  series: {
    name: string
    type: string
    data: unknown[]
    markArea?: { data: { xAxis: number }[][] }
    connectNulls: boolean
  }[]
  yAxis: { data: string[] }
  tooltip: { formatter(told: unknown): string }
}
const drawn = (picture: SeriesPicture | HeatPicture, look: Partial<Look> = {}) =>
  optionOf(picture, { ...LOOK, ...look }) as unknown as Drawn

describe('optionOf', () => {
  it('draws no line through what is unknown, and shades it', () => {
    const picture = lineOf([3, 4, null, null, 5, 6])
    const [series] = drawn(picture).series
    expect(series?.connectNulls).toBe(false)
    expect(series?.data[2]).toEqual([Date.UTC(2024, 0, 3), null, '2024-01-03', 'null'])
    expect(series?.markArea?.data).toEqual([[{ xAxis: Date.UTC(2024, 0, 3) }, { xAxis: Date.UTC(2024, 0, 5) }]])
    expect(captionsOf(picture)).toEqual(['Shaded: not covered, so what was said then is not known.'])
    expect(captionsOf(lineOf([3, 0]))).toEqual([])
  })

  it('shades gaps as they were, where they are known', () => {
    const gaps = [{ fromMs: Date.UTC(2024, 0, 2, 5), toMs: Date.UTC(2024, 0, 2, 6) }]
    const picture = lineOf([3, 4, 5], { gaps })
    expect(drawn(picture).series[0]?.markArea?.data).toEqual([[{ xAxis: gaps[0]!.fromMs }, { xAxis: gaps[0]!.toMs }]])
    expect(captionsOf(picture)).toHaveLength(1)
  })

  it('shows a value that has nothing beside it as a dot', () => {
    const values = Array.from({ length: 99 }, (_, i) => (i === 50 ? 7 : i > 40 && i < 60 ? null : 1))
    const data = drawn(lineOf(values)).series[0]!.data
    expect(data[50]).toMatchObject({ symbol: 'circle', value: [expect.any(Number), 7, dayOf(50), '7'] })
    expect(data[49]).toBeInstanceOf(Array)
  })

  it('can be zoomed where it is long and somebody is there to', () => {
    const long = lineOf(Array(100).fill(1))
    expect([drawn(long).dataZoom?.length, drawn(lineOf([1, 2, 3])).dataZoom]).toEqual([2, undefined])
    expect(drawn(long, { isInteractive: false })).not.toHaveProperty('tooltip')
  })

  it('draws the greatest of many series, and says so', () => {
    const series = Array.from({ length: 12 }, (_, i) => seriesOf(`s${i}`, [i, i]))
    const picture = lineOf([], { series })
    expect(drawn(picture).legend?.data).toEqual(['s11', 's10', 's9', 's8', 's7', 's6', 's5', 's4'])
    expect(captionsOf(picture)).toEqual([`The ${MAX_SERIES} greatest of 12 series are drawn.`])
  })

  it('draws things as bars that lie, the first of many', () => {
    const points = Array.from({ length: 40 }, (_, i) => ({ label: `t${i}`, text: String(40 - i), value: 40 - i }))
    const picture: SeriesPicture = {
      ...lineOf([]),
      form: 'bar',
      timeUnit: undefined,
      isTimeline: false,
      series: [{ name: '', points }],
    }
    const { yAxis, series } = drawn(picture)
    expect([yAxis.data.length, yAxis.data[0], series[0]?.data.length]).toEqual([MAX_BARS, 't0', MAX_BARS])
    expect(captionsOf(picture)).toEqual(['The first 30 of 40 are drawn.'])
    expect(heightOf(picture)).toBeGreaterThan(600)
  })

  it('leaves cells of a heat map out of which nothing is known', () => {
    const cell = (value: number) => ({ label: 'Mon 00:00', text: String(value), value })
    const cells = Array.from({ length: 7 }, (_, day) => Array.from({ length: 24 }, () => (day === 0 ? cell(0) : null)))
    const picture: HeatPicture = { form: 'heatmap', metric: 'tweets', maps: [{ name: '', cells }] }
    expect(drawn(picture).series[0]?.data).toHaveLength(24)
    expect(captionsOf(picture)).toEqual(['Blank: not covered, or there was no such hour.'])
  })

  it('writes beside a mark what the answer says, and of HTML nothing that is not ours', () => {
    const { formatter } = drawn(lineOf([1], { series: [seriesOf('<a>', [1]), seriesOf('b', [1])] })).tooltip
    const told = { seriesName: '<a>', data: [0, 9007199254740992, '<img>', '9007199254740993'] }
    expect(formatter([told])).toBe('&lt;img&gt;<br>&lt;a&gt;: <b>9007199254740993</b> tweets')
    expect(formatter({ ...told, data: { value: [0, null, 'x', 'null'] } })).toBe(
      'x<br>&lt;a&gt;: <b>unknown</b> tweets',
    )
    expect(formatter({ dataType: 'edge', data: { source: '<', target: 'b', value: 1200 } })).toBe(
      '&lt; + b<br><b>1,200</b> tweets',
    )
  })
})

describe('whyNotDrawn', () => {
  it('draws neither nothing nor too much', () => {
    expect(whyNotDrawn(lineOf([]))).toBe('nothing to draw')
    expect(whyNotDrawn(lineOf(Array(60_000).fill(1)))).toBe('too many values to draw (60,000): narrow the question')
    expect(whyNotDrawn(lineOf([1]))).toBe(undefined)
  })
})

describe('wallMsOf', () => {
  it('reads the wall clock of a label, whatever its zone', () => {
    const at = ['2024-01-01T10:00-03:00', '2024-01-01T10:00:00Z', '2024-01-01', '2024-01', '2024'].map(wallMsOf)
    expect(at).toEqual([10, 10, 0, 0, 0].map(hour => Date.UTC(2024, 0, 1, hour)))
  })
})
