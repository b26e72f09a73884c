/** Drawings of figures as values, and as what ECharts makes of them. Values in, values out. */
import type { EChartsCoreOption } from 'echarts/core'
import { axisStyle, labelStyle } from '../src/lib/domain/picture/option-parts.ts'
import { PLAIN_FONT, type Theme } from '../src/lib/domain/picture/theme.ts'
import { digits, NONE, secondsText } from './page.ts'
import { isFailure, type Outcome } from './statistics.ts'

/** Panels in rows of so many, each with a scale of its own. */
export interface Chart {
  title: string
  columns: 1 | 2
  panels: readonly Panel[]
}

export type Panel = BarsPanel | LinesPanel

/** Lying bars, the first on top. */
export interface BarsPanel {
  form: 'bars'
  /** what is compared, with its unit */
  name: string
  bars: readonly Bar[]
}

export interface Bar {
  name: string
  /** null: not known, or failed */
  value: number | null
  /** as it is written beside the bar */
  text: string
}

export interface LinesPanel {
  form: 'lines'
  /** of both axes: logarithmic ones have twice as much everywhere the same way apart; linear ones begin with 0 */
  scale: 'log' | 'linear'
  name: string
  xName: string
  lines: readonly { name: string; points: readonly (readonly [x: number, y: number])[] }[]
}

/** px */
export const CHART_WIDTH = 840
const MARGIN = 12
const TITLE = 34
const PANEL_NAME = 24
const BAR = 22
const PLOT = 220
const LEGEND = 26
const BETWEEN = 22
/** of a letter, generously: widths are guessed where nothing is shown */
const LETTER = 7.2

/** Bars of seconds, the first one ours. */
export function secondsPanel(name: string, outcomes: readonly (readonly [name: string, Outcome])[]): BarsPanel {
  return barsPanel(name, outcomes, ({ median }) => median.seconds, secondsText)
}

/** Bars of milliseconds. */
export function millisecondsPanel(name: string, outcomes: readonly (readonly [name: string, Outcome])[]): BarsPanel {
  return barsPanel(
    name,
    outcomes,
    ({ median }) => median.seconds * 1000,
    milliseconds => digits(milliseconds, 0),
  )
}

/** Bars of the most memory of all runs. */
export function memoryPanel(name: string, outcomes: readonly (readonly [name: string, Outcome])[]): BarsPanel {
  return barsPanel(
    name,
    outcomes,
    ({ most }) => most.peakMegabytes,
    megabytes => digits(megabytes, 0),
  )
}

type Timed = Exclude<Outcome, { failed: string }>

function barsPanel(
  name: string,
  outcomes: readonly (readonly [string, Outcome])[],
  amountOf: (timing: Timed) => number | null,
  textOf: (value: number) => string,
): BarsPanel {
  const bars = outcomes.map(([each, outcome]): Bar => {
    const value = isFailure(outcome) ? null : amountOf(outcome)
    return { name: each, value, text: value === null ? (isFailure(outcome) ? 'failed' : NONE) : textOf(value) }
  })
  return { form: 'bars', name, bars }
}

/** px */
export function chartHeight(chart: Chart): number {
  const rows = rowsOf(chart)
  return TITLE + legendPx(chart) + rows.reduce((sum, row) => sum + rowHeight(row) + BETWEEN, 0) - BETWEEN + MARGIN
}

/** @returns the whole description; a light and a dark theme give drawings of the same size */
export function chartOption(chart: Chart, theme: Theme): EChartsCoreOption {
  const placed = placePanels(chart)
  const bars = placed.filter(isOf('bars'))
  const lines = placed.filter(isOf('lines'))
  const axes = placed.map(({ panel }) => (panel.form === 'bars' ? barsAxes(panel, theme) : linesAxes(panel, theme)))
  const title = (text: string, left: number, top: number, style: object) => ({
    text,
    left,
    top,
    padding: 0,
    textStyle: { fontFamily: PLAIN_FONT, ...style },
  })
  return {
    animation: false,
    backgroundColor: 'transparent',
    color: [...theme.series],
    textStyle: { fontFamily: PLAIN_FONT, color: theme.ink },
    title: [
      title(chart.title, MARGIN, MARGIN / 2, { fontSize: 15, fontWeight: 600, color: theme.ink }),
      ...placed.map(({ panel, left, top }) =>
        title(panel.name, left, top, { fontSize: 12, fontWeight: 400, color: theme.muted }),
      ),
    ],
    ...(legendPx(chart) > 0 && {
      legend: {
        left: MARGIN,
        top: TITLE - 6,
        selectedMode: false,
        itemWidth: 22,
        itemHeight: 8,
        itemGap: 20,
        data: namesOfLines(chart),
        textStyle: { color: theme.ink, fontFamily: PLAIN_FONT },
      },
    }),
    grid: placed.map(({ left, top, width, height, panel }) => ({
      left: left + axisPx(panel),
      top: top + PANEL_NAME,
      width: width - axisPx(panel) - rightPx(panel),
      height: height - PANEL_NAME - (panel.form === 'lines' ? 44 : 0),
      outerBoundsMode: 'none',
    })),
    xAxis: axes.map(({ x }, gridIndex) => ({ ...x, gridIndex })),
    yAxis: axes.map(({ y }, gridIndex) => ({ ...y, gridIndex })),
    series: [
      ...bars.map(({ panel, nth }) => barsSeries(panel, nth, theme)),
      ...lines.flatMap(({ panel, nth }) => linesSeries(panel, nth)),
    ],
  }
}

/** A panel, and its corner and size in px. */
interface Placed<P extends Panel = Panel> {
  panel: P
  nth: number
  left: number
  top: number
  width: number
  height: number
}

const isOf =
  <F extends Panel['form']>(form: F) =>
  (placed: Placed): placed is Placed<Extract<Panel, { form: F }>> =>
    placed.panel.form === form

function placePanels(chart: Chart): Placed[] {
  const width = (CHART_WIDTH - 2 * MARGIN - (chart.columns - 1) * BETWEEN) / chart.columns
  const placed: Placed[] = []
  let top = TITLE + legendPx(chart)
  for (const row of rowsOf(chart)) {
    for (const [column, panel] of row.entries()) {
      const left = MARGIN + column * (width + BETWEEN)
      placed.push({ panel, nth: placed.length, left, top, width, height: rowHeight(row) })
    }
    top += rowHeight(row) + BETWEEN
  }
  // a row is as high as its highest panel, but bars stay as thick as everywhere
  return placed.map(each => ({ ...each, height: panelHeight(each.panel) }))
}

function rowsOf({ panels, columns }: Chart): Panel[][] {
  const count = Math.ceil(panels.length / columns)
  return Array.from({ length: count }, (_, row) => panels.slice(row * columns, (row + 1) * columns))
}

function legendPx(chart: Chart): number {
  return namesOfLines(chart).length > 1 ? LEGEND : 0
}

function namesOfLines({ panels }: Chart): string[] {
  const names = panels.flatMap(panel => (panel.form === 'lines' ? panel.lines.map(({ name }) => name) : []))
  return [...new Set(names)]
}

function panelHeight(panel: Panel): number {
  return PANEL_NAME + (panel.form === 'bars' ? panel.bars.length * BAR : PLOT)
}

function rowHeight(row: readonly Panel[]): number {
  return Math.max(...row.map(panelHeight))
}

/** What names of bars, or numbers of an axis, take left of the plot. */
function axisPx(panel: Panel): number {
  if (panel.form === 'lines') return 44
  return 10 + LETTER * Math.max(...panel.bars.map(({ name }) => name.length))
}

/** What is written right of it. */
function rightPx(panel: Panel): number {
  if (panel.form === 'lines') return 18
  return 12 + LETTER * Math.max(...panel.bars.map(({ text }) => text.length))
}

function barsAxes({ bars }: BarsPanel, theme: Theme) {
  return {
    x: { type: 'value', show: false, min: 0, max: Math.max(...bars.map(({ value }) => value ?? 0), 1e-9) },
    y: {
      ...axisStyle(theme),
      type: 'category',
      inverse: true,
      data: bars.map(({ name }) => name),
      axisLine: { lineStyle: { color: theme.rule } },
      axisLabel: { ...labelStyle(theme), color: theme.ink, interval: 0 },
    },
  }
}

function barsSeries({ bars }: BarsPanel, nth: number, theme: Theme) {
  return {
    type: 'bar',
    xAxisIndex: nth,
    yAxisIndex: nth,
    barWidth: 13,
    // ours is the coloured one; what is not known has its word and no bar
    data: bars.map(({ value, name }) => ({
      value: value ?? 0,
      itemStyle: { color: isOurs(name) ? theme.series[0] : theme.series[7] },
    })),
    label: {
      show: true,
      position: 'right',
      color: theme.ink,
      fontSize: 12,
      formatter: ({ dataIndex }: { dataIndex: number }) => bars[dataIndex]!.text,
    },
  }
}

function linesAxes({ xName, lines, scale }: LinesPanel, theme: Theme) {
  const axis = (values: readonly number[]) => ({
    ...(scale === 'log' ? { type: 'log', ...logBounds(values) } : { type: 'value', min: 0, splitNumber: 4 }),
    axisLabel: { ...labelStyle(theme), formatter: shortNumber },
    axisLine: { lineStyle: { color: theme.muted } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: theme.rule } },
  })
  const points = lines.flatMap(line => line.points)
  return {
    x: {
      ...axis(points.map(([x]) => x)),
      name: xName,
      nameLocation: 'middle',
      nameGap: 28,
      nameTextStyle: { color: theme.muted, fontFamily: PLAIN_FONT, fontSize: 12 },
    },
    y: axis(points.map(([, y]) => y)),
  }
}

/** Of longer lines not every point is marked. */
const MAX_MARKED = 24
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond'] as const

function linesSeries({ lines }: LinesPanel, nth: number) {
  return lines.map(({ name, points }, place) => ({
    type: 'line',
    name,
    xAxisIndex: nth,
    yAxisIndex: nth,
    symbol: points.length > MAX_MARKED ? 'none' : SYMBOLS[place % SYMBOLS.length],
    symbolSize: 7,
    lineStyle: { width: isOurs(name) ? 2.5 : 1.5 },
    data: points.map(point => [...point]),
  }))
}

/** Whole powers of ten around the values. */
function logBounds(values: readonly number[]): { min: number; max: number } {
  const power = (value: number, to: (exponent: number) => number) => 10 ** to(Math.log10(value))
  return { min: power(Math.min(...values), Math.floor), max: power(Math.max(...values), Math.ceil) }
}

function isOurs(name: string): boolean {
  return name.startsWith('twdw')
}

function shortNumber(value: number): string {
  return value < 1000 ? String(Number(value.toPrecision(3))) : value.toLocaleString('en-US', { notation: 'compact' })
}
