/**
 * Pictures: what is drawn, before it is said with what.
 *
 * A terminal, a page and an SVG file draw the same picture. A value is null where the lake does not know it, because
 * its time is not covered: that is drawn as missing, never as zero. Browsers read this file too.
 */

import type { TimeSpan } from '../time-spans.ts'

/** One row of a series. */
export interface ChartPoint {
  label: string
  /** exact, for writing it */
  text: string
  /** for drawing it; null where it is unknown, or no number */
  value: number | null
}

export interface ChartSeries {
  /** '' where there is only one */
  name: string
  points: readonly ChartPoint[]
}

/** Seven weekdays by 24 hours of the day. */
export interface HeatMap {
  /** '' where there is only one */
  name: string
  /** by weekday, Monday first, and then by hour; null where nothing is known, be it that the span has no such hour */
  cells: readonly (readonly (ChartPoint | null)[])[]
}

export interface SeriesPicture {
  form: 'line' | 'bar'
  /** name of what is drawn, such as `tweets` */
  metric: string
  /** what a point stands for, such as `hour`, when the series is one of time; else undefined */
  timeUnit: string | undefined
  /** true where labels are times that follow each other, and not such as come again every week */
  isTimeline: boolean
  series: readonly ChartSeries[]
  /** of a timeline: stretches of wall clock that are not covered; undefined: as far as values are unknown */
  gaps?: readonly TimeSpan[]
}

export interface HeatPicture {
  form: 'heatmap'
  metric: string
  maps: readonly HeatMap[]
}

export type Picture = SeriesPicture | HeatPicture

/** What goes together, and how often; only pages show it. */
export interface NetworkPicture {
  form: 'network'
  metric: string
  nodes: readonly { name: string; value: number }[]
  links: readonly { source: string; target: string; value: number }[]
}

/** All that a page draws. */
export type Drawing = Picture | NetworkPicture

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const

/** True where a value is unknown. */
export function hasUnknown(picture: Picture): boolean {
  return picture.form === 'heatmap'
    ? picture.maps.some(({ cells }) => cells.some(row => row.some(cell => cell?.value == null)))
    : picture.series.some(({ points }) => points.some(({ value }) => value === null))
}
