/** Parts that charts of ECharts have in common: room, axes, legend, zoom. */
import { numberText } from './html.ts'
import type { Theme } from './theme.ts'

/** For whom and where a drawing is made. */
export interface Look {
  theme: Theme
  font: string
  /** px */
  width: number
  /** px that are kept free, for titles and a margin */
  leftPx: number
  topPx: number
  bottomPx: number
  /** a person can point at it and zoom */
  isInteractive: boolean
}

/** below this a phone is held upright */
export const NARROW_PX = 520

/** Where axes and marks go, what is written beside them included. */
export function gridOf({ leftPx, topPx, bottomPx, width }: Look, has: { legend: boolean; zoom: boolean }) {
  return {
    left: leftPx + 4,
    right: leftPx + (width < NARROW_PX ? 12 : 20),
    top: topPx + 26 + (has.legend ? 28 : 0),
    bottom: bottomPx + (has.zoom ? 52 : 6),
    outerBoundsMode: 'same',
    outerBoundsContain: 'axisLabel',
  }
}

/** Nothing for a single series. */
export function legendOf(shown: readonly { name: string }[], { theme, leftPx, topPx, font, isInteractive }: Look) {
  if (shown.length < 2) return {}
  return {
    legend: {
      type: isInteractive ? 'scroll' : 'plain',
      top: topPx,
      left: leftPx,
      icon: 'roundRect',
      itemWidth: 14,
      itemHeight: 4,
      // widths of texts are guessed where there is no browser
      itemGap: 20,
      selectedMode: isInteractive,
      data: shown.map(({ name }) => name),
      textStyle: { color: theme.ink, fontFamily: font },
      pageTextStyle: { color: theme.muted },
    },
  }
}

/** By the fingers, and by a slider below. */
export function zoomOf({ theme, bottomPx, font }: Look) {
  return [
    // the wheel scrolls the page; with shift, or two fingers, it zooms
    { type: 'inside', zoomOnMouseWheel: 'shift', preventDefaultMouseMove: false },
    {
      type: 'slider',
      bottom: bottomPx,
      height: 26,
      borderColor: theme.rule,
      fillerColor: theme.gap,
      textStyle: { color: theme.muted, fontFamily: font },
      dataBackground: { lineStyle: { color: theme.muted }, areaStyle: { color: theme.rule } },
      selectedDataBackground: { lineStyle: { color: theme.series[0] }, areaStyle: { color: theme.rule } },
      handleStyle: { color: theme.ground, borderColor: theme.muted },
      moveHandleStyle: { color: theme.muted },
      brushSelect: false,
      showDetail: false,
    },
  ]
}

/** Of an axis of categories or times. */
export function axisStyle(theme: Theme) {
  return { axisLine: { lineStyle: { color: theme.muted } }, axisTick: { show: false }, splitLine: { show: false } }
}

/** Of what is written along an axis. */
export function labelStyle(theme: Theme) {
  return { color: theme.muted, fontSize: 12 }
}

/** What an axis counts, above it and left: a text on its side is not read. */
export function unitOf(metric: string, has: { legend: boolean }, { theme, font, leftPx, topPx }: Look) {
  return {
    text: metric,
    left: leftPx,
    top: topPx + (has.legend ? 28 : 0),
    padding: 0,
    textStyle: { fontSize: 12, fontWeight: 400, color: theme.muted, fontFamily: font },
  }
}

/** Of numbers, its unit left out. */
export function valueAxis({ theme }: Look) {
  return {
    type: 'value',
    minInterval: 1,
    splitNumber: 4,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { ...labelStyle(theme), formatter: axisNumber },
    splitLine: { lineStyle: { color: theme.rule } },
  }
}

/** `1.2M`: an axis has little room. */
function axisNumber(value: number): string {
  return Math.abs(value) < 10_000 ? numberText(value) : value.toLocaleString('en-US', { notation: 'compact' })
}
