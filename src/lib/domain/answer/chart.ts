/**
 * Charts for a terminal, drawn with block and braille characters in any width of at least 20 cells.
 *
 * All series of a chart, and all its heat maps, have one scale, so that they can be compared. A value that the lake
 * does not know is a `·`, which no number is.
 */

import {
  type ChartPoint,
  type ChartSeries,
  type HeatPicture,
  hasUnknown,
  type Picture,
  type SeriesPicture,
} from '../picture/picture.ts'
import { type Colors, inSeriesColor, SERIES_COLORS } from './ansi.ts'
import { drawBars, drawColumns } from './chart-bars.ts'
import { drawHeatMap, heatScale } from './chart-heat.ts'
import { drawLines } from './chart-lines.ts'
import { MAX_LYING_BARS } from './drawable.ts'
import { type Plot, UNKNOWN } from './plot.ts'
import { cellWidth, padText } from './text-table.ts'

export interface ChartForm {
  /** cells of a line; less than 20 is drawn as 20 */
  width: number
  colors: Colors
}

const MIN_WIDTH = 20

/** @returns lines, each with its line end; '' without a point */
export function drawChart(picture: Picture, form: ChartForm): string {
  const values = pointsOf(picture).flatMap(point => point?.value ?? [])
  const plot = {
    ...form,
    width: Math.max(MIN_WIDTH, form.width),
    greatest: values.reduce((most, value) => Math.max(most, value), 0),
    least: values.reduce((least, value) => Math.min(least, value), 0),
  }
  const drawn = picture.form === 'heatmap' ? drawHeatMaps(picture, plot) : drawSeries(picture, plot)
  return drawn !== '' && hasUnknown(picture) ? `${drawn}${unknownNote(picture)}\n` : drawn
}

function pointsOf(picture: Picture): (ChartPoint | null)[] {
  return picture.form === 'heatmap'
    ? picture.maps.flatMap(({ cells }) => cells.flat())
    : picture.series.flatMap(({ points }) => points)
}

function unknownNote(picture: Picture): string {
  return picture.form === 'heatmap' || picture.isTimeline ? `${UNKNOWN} not covered` : `${UNKNOWN} not known`
}

function drawHeatMaps({ maps, metric }: HeatPicture, plot: Plot): string {
  if (maps.length === 0) return ''
  const drawn = maps.map(({ name, cells }) => `${titleOf(name, plot, 0, 'none')}${drawHeatMap(cells, plot)}`)
  return `${drawn.join('\n')}${heatScale(plot, metric)}\n`
}

function drawSeries(picture: SeriesPicture, plot: Plot): string {
  const { series, form, timeUnit } = picture
  const isShared = form === 'line' && series.length > 1 && series.length <= SERIES_COLORS && plot.colors !== 'none'
  if (isShared) return `${legend(series, plot)}${drawLines(series, picture, plot, 0)}`
  const isLong = series.some(({ points }) => points.length > MAX_LYING_BARS)
  return series
    .map((one, nth) => {
      const title = titleOf(one.name, plot, nth, plot.colors)
      if (form === 'line') return title + drawLines([one], picture, plot, nth)
      return (
        title +
        (timeUnit !== undefined && isLong
          ? drawColumns(one.points, picture, plot, nth)
          : drawBars(one.points, plot, nth))
      )
    })
    .join('\n')
}

function titleOf(name: string, { width }: Plot, nth: number, colors: Colors): string {
  return name === '' ? '' : `${inSeriesColor(padText(name, Math.min(cellWidth(name), width), false), nth, colors)}\n`
}

/** Names beside each other, in as many lines as they need. */
function legend(series: readonly ChartSeries[], { width, colors }: Plot): string {
  let text = ''
  let used = 0
  for (const [nth, { name }] of series.entries()) {
    const shown = `━ ${padText(name, Math.min(cellWidth(name), width - 2), false)}`
    const isNext = used > 0 && used + 2 + cellWidth(shown) <= width
    text += used === 0 ? '' : isNext ? '  ' : '\n'
    used = (isNext ? used + 2 : 0) + cellWidth(shown)
    text += inSeriesColor(shown, nth, colors)
  }
  return `${text}\n`
}
