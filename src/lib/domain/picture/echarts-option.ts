/**
 * Drawings as ECharts draws them: one option for the page in a browser and for the SVG without one.
 *
 * Times are wall clocks, written as those of a clock that shows UTC, so that neither the zone of the reader nor that of
 * the machine has a say. What is written beside a mark is the answer's own text.
 */
import type { EChartsCoreOption } from 'echarts/core'
import type { TimeSpan } from '../time-spans.ts'
import { isLying, MAX_BARS, MAX_MAPS, MAX_SERIES } from './captions.ts'
import { numberText } from './html.ts'
import {
  axisStyle,
  gridOf,
  type Look,
  labelStyle,
  legendOf,
  NARROW_PX,
  unitOf,
  valueAxis,
  zoomOf,
} from './option-parts.ts'
import type { ChartPoint, ChartSeries, Drawing, HeatPicture, NetworkPicture, SeriesPicture } from './picture.ts'
import { WEEKDAYS } from './picture.ts'
import type { Theme } from './theme.ts'
import { type Datum, shortText, tooltipOf } from './tooltip.ts'

/** Longer lines can be zoomed. */
const MIN_ZOOMED_POINTS = 72
/** Longer lines have no dot for each value. */
const MAX_DOTS = 62
const BAR_PX = 22
const MAP_PX = 210
const PLOT_PX = 300
/** of a digit beside a bar */
const DIGIT_PX = 8
/** of the names around a network */
const LABEL_PX = 96
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'))

/** px, without what titles take. */
export function heightOf(drawing: Drawing): number {
  if (drawing.form === 'heatmap') return Math.min(drawing.maps.length, MAX_MAPS) * MAP_PX + 56
  if (drawing.form === 'network') return 440
  if (!isLying(drawing)) return PLOT_PX + (drawing.series.length > 1 ? 28 : 0)
  const shown = shownSeries(drawing)
  const bars = categoriesOf(drawing, shown).length * Math.max(1, shown.length)
  return Math.max(60, bars * BAR_PX + 14) + (shown.length > 1 ? 28 : 0)
}

/** The whole description of a chart. */
export function optionOf(drawing: Drawing, look: Look): EChartsCoreOption {
  const base = {
    animation: false,
    useUTC: true,
    backgroundColor: 'transparent',
    color: [...look.theme.series],
    textStyle: { fontFamily: look.font, color: look.theme.ink },
  }
  switch (drawing.form) {
    case 'heatmap':
      return { ...base, ...heatOption(drawing, look) }
    case 'network':
      return { ...base, ...networkOption(drawing, look) }
    default:
      return { ...base, ...(isLying(drawing) ? lyingOption(drawing, look) : standingOption(drawing, look)) }
  }
}

function standingOption(picture: SeriesPicture, look: Look) {
  const { theme } = look
  const shown = shownSeries(picture)
  const isTimeAxis = picture.isTimeline && picture.form === 'line'
  const categories = isTimeAxis ? [] : categoriesOf(picture, shown)
  const xOf = ({ label }: ChartPoint) => (isTimeAxis ? wallMsOf(label) : categories.indexOf(label))
  const longest = shown.reduce((most, { points }) => Math.max(most, points.length), 0)
  const isZoomed = look.isInteractive && picture.form === 'line' && longest >= MIN_ZOOMED_POINTS
  const gaps = gapsOf(picture, shown, isTimeAxis)
  const has = { legend: shown.length > 1, zoom: isZoomed }
  return {
    title: [unitOf(picture.metric, has, look)],
    grid: gridOf(look, has),
    ...legendOf(shown, look),
    ...tooltipOf(picture.metric, shown, look, 'axis'),
    ...(isZoomed && { dataZoom: zoomOf(look) }),
    xAxis: {
      ...axisStyle(theme),
      ...(isTimeAxis
        ? {
            type: 'time',
            axisLabel: { ...labelStyle(theme), formatter: timeLabels(lengthMs(shown) > LONG_MS), hideOverlap: true },
          }
        : { type: 'category', data: categories, axisLabel: { ...labelStyle(theme), hideOverlap: true } }),
      splitLine: { show: false },
    },
    yAxis: valueAxis(look),
    series: shown.map(({ name, points }, nth) => ({
      name,
      type: picture.form,
      data: points.map((point, i) => datumOf(point, xOf(point), isLonely(points, i))),
      ...(picture.form === 'line' ? lineStyle(longest, shown.length) : { barCategoryGap: '28%', barMaxWidth: 48 }),
      ...(nth === 0 && gaps.length > 0 && { markArea: markAreaOf(gaps, theme) }),
    })),
  }
}

/** Bars that lie, the first on top. */
function lyingOption(picture: SeriesPicture, look: Look) {
  const { theme } = look
  const shown = shownSeries(picture)
  const categories = categoriesOf(picture, shown)
  const labelPx = Math.round(Math.min(220, look.width * 0.34))
  const longest = shown.reduce((most, { points }) => Math.max(most, ...points.map(({ text }) => text.length)), 0)
  return {
    grid: {
      ...gridOf(look, { legend: shown.length > 1, zoom: false }),
      top: look.topPx + (shown.length > 1 ? 32 : 4),
      right: look.leftPx + 14 + DIGIT_PX * longest,
    },
    ...legendOf(shown, look),
    ...tooltipOf(picture.metric, shown, look, 'item'),
    xAxis: { ...valueAxis(look), show: false },
    yAxis: {
      ...axisStyle(theme),
      type: 'category',
      inverse: true,
      data: categories,
      axisLabel: { ...labelStyle(theme), color: theme.ink, width: labelPx, overflow: 'truncate', interval: 0 },
    },
    series: shown.map(({ name, points }) => ({
      name,
      type: 'bar',
      data: points
        .filter(({ label }) => categories.includes(label))
        .map(({ label, value, text }): Datum => [value === null ? '-' : value, categories.indexOf(label), label, text]),
      barMaxWidth: 16,
      barCategoryGap: '30%',
      label: {
        show: true,
        position: 'right',
        color: theme.muted,
        fontSize: 12,
        formatter: ({ data }: { data: Datum }) => shortText(data[3], data[0]),
      },
    })),
  }
}

function heatOption({ maps, metric }: HeatPicture, look: Look) {
  const { theme } = look
  const shown = maps.slice(0, MAX_MAPS)
  const values = shown.flatMap(({ cells }) => cells.flatMap(row => row.flatMap(cell => cell?.value ?? [])))
  const greatest = values.reduce((most, value) => Math.max(most, value), 0)
  const each = shown.map((_, nth) => look.topPx + nth * MAP_PX)
  return {
    ...tooltipOf(metric, shown, look, 'item'),
    title: shown.map(({ name }, nth) => ({
      text: name,
      left: look.leftPx + 44,
      top: each[nth],
      textStyle: { fontSize: 13, fontWeight: 600, color: theme.ink, fontFamily: look.font },
    })),
    grid: each.map(top => ({
      left: look.leftPx + 44,
      right: look.leftPx + 12,
      top: top + 22,
      height: MAP_PX - 58,
      outerBoundsMode: 'none',
    })),
    xAxis: shown.map((_, nth) => ({
      ...axisStyle(theme),
      type: 'category',
      data: HOURS,
      gridIndex: nth,
      axisLine: { show: false },
      axisLabel: { ...labelStyle(theme), interval: look.width < NARROW_PX ? 5 : 2 },
    })),
    yAxis: shown.map((_, nth) => ({
      ...axisStyle(theme),
      type: 'category',
      data: [...WEEKDAYS],
      inverse: true,
      gridIndex: nth,
      axisLine: { show: false },
      axisLabel: { ...labelStyle(theme), interval: 0 },
    })),
    visualMap: {
      type: 'continuous',
      min: 0,
      max: Math.max(1, greatest),
      dimension: 2,
      orient: 'horizontal',
      left: look.leftPx + 44,
      bottom: look.bottomPx,
      itemWidth: 10,
      itemHeight: 120,
      text: [`${numberText(greatest)} ${metric}`, '0'],
      textStyle: { color: theme.muted, fontFamily: look.font },
      inRange: { color: [...theme.ramp] },
    },
    series: shown.map(({ name, cells }, nth) => ({
      name,
      type: 'heatmap',
      xAxisIndex: nth,
      yAxisIndex: nth,
      data: cells.flatMap((row, day) =>
        row.flatMap((cell, hour) => (cell?.value == null ? [] : [[hour, day, cell.value, cell.label, cell.text]])),
      ),
      itemStyle: { borderColor: theme.ground, borderWidth: 1 },
      emphasis: { itemStyle: { borderColor: theme.ink } },
    })),
  }
}

function networkOption({ nodes, links, metric }: NetworkPicture, look: Look) {
  const { theme } = look
  const most = (values: readonly number[]) => values.reduce((greatest, value) => Math.max(greatest, value), 1)
  const [mostNode, mostLink] = [most(nodes.map(({ value }) => value)), most(links.map(({ value }) => value))]
  return {
    ...tooltipOf(metric, [], look, 'item'),
    series: [
      {
        type: 'graph',
        layout: 'circular',
        circular: { rotateLabel: true },
        left: 'center',
        top: look.topPx + LABEL_PX,
        bottom: look.bottomPx + LABEL_PX,
        width: Math.max(90, Math.min(260, look.width - 2 * LABEL_PX - 20)),
        data: nodes.map(({ name, value }) => ({ name, value, symbolSize: 8 + 22 * Math.sqrt(value / mostNode) })),
        links: links.map(link => ({
          ...link,
          lineStyle: { width: 0.5 + 5.5 * (link.value / mostLink), opacity: 0.25 + 0.45 * (link.value / mostLink) },
        })),
        itemStyle: { color: theme.series[0], borderColor: theme.ground, borderWidth: 1 },
        lineStyle: { color: theme.muted, curveness: 0.25 },
        label: {
          show: true,
          color: theme.ink,
          fontSize: 12,
          fontFamily: look.font,
          width: LABEL_PX,
          overflow: 'truncate',
        },
        emphasis: { focus: 'adjacency', lineStyle: { color: theme.series[0] } },
        roam: false,
      },
    ],
  }
}

/** The greatest of too many, by all their values together. */
function shownSeries({ series }: SeriesPicture): readonly ChartSeries[] {
  if (series.length <= MAX_SERIES) return series
  const sumOf = ({ points }: ChartSeries) => points.reduce((sum, { value }) => sum + (value ?? 0), 0)
  return series.toSorted((a, b) => sumOf(b) - sumOf(a)).slice(0, MAX_SERIES)
}

function categoriesOf(picture: SeriesPicture, shown: readonly ChartSeries[]): string[] {
  const labels = [...new Set(shown.flatMap(({ points }) => points.map(({ label }) => label)))]
  return isLying(picture) ? labels.slice(0, MAX_BARS) : labels
}

/** Wall clock of a time label, as ms of a clock that shows UTC. */
export function wallMsOf(label: string): number {
  return Date.parse(label.length > 10 ? `${label.slice(0, 10)}T${label.slice(11, 16)}Z` : label)
}

function datumOf({ value, label, text }: ChartPoint, x: number, isLonely: boolean) {
  const datum: Datum = [x, value, label, text]
  return isLonely ? { value: datum, symbol: 'circle', symbolSize: 5 } : datum
}

/** A value between two that are unknown, which no line would show. */
function isLonely(points: readonly ChartPoint[], nth: number): boolean {
  const isUnknown = (point: ChartPoint | undefined) => point === undefined || point.value === null
  return isUnknown(points[nth - 1]) && isUnknown(points[nth + 1])
}

/** From the first unknown value to the next known one, in the units of the axis. */
function gapsOf(picture: SeriesPicture, shown: readonly ChartSeries[], isTimeAxis: boolean): TimeSpan[] {
  if (picture.gaps !== undefined && isTimeAxis) return [...picture.gaps]
  const points = shown[0]?.points ?? []
  const xOf = (nth: number) => (isTimeAxis ? wallMsOf(points[nth]!.label) : nth)
  const gaps: TimeSpan[] = []
  for (let nth = 0; nth < points.length; ) {
    let end = nth
    while (end < points.length && points[end]!.value === null) end++
    const last = isTimeAxis ? Math.min(end, points.length - 1) : end - 1
    if (end > nth) gaps.push({ fromMs: xOf(nth), toMs: xOf(last) })
    nth = end + 1
  }
  return gaps
}

function markAreaOf(gaps: readonly TimeSpan[], theme: Theme) {
  return {
    silent: true,
    itemStyle: { color: theme.gap },
    data: gaps.map(({ fromMs, toMs }) => [{ xAxis: fromMs }, { xAxis: toMs }]),
  }
}

function lineStyle(longest: number, series: number) {
  return {
    symbol: longest <= MAX_DOTS ? 'circle' : 'none',
    symbolSize: 4,
    lineStyle: { width: 1.75 },
    ...(series === 1 && { areaStyle: { opacity: 0.1 } }),
    connectNulls: false,
    emphasis: { disabled: true },
  }
}

/** Days and hours say of which year they are where it begins; months have it beside them. */
const timeLabels = (isLong: boolean) => ({
  year: isLong ? '{yyyy}' : '{d} {MMM} {yyyy}',
  month: isLong ? '{MMM}' : '{d} {MMM}',
  day: '{d} {MMM}',
  hour: '{HH}:{mm}',
  minute: '{HH}:{mm}',
  second: '{HH}:{mm}:{ss}',
})

/** Of days beside each other, above which an axis is marked by months. */
const LONG_MS = 150 * 86_400_000

function lengthMs(shown: readonly ChartSeries[]): number {
  const times = shown.flatMap(({ points }) => [points[0], points.at(-1)].map(point => wallMsOf(point?.label ?? '')))
  return Math.max(...times) - Math.min(...times)
}
