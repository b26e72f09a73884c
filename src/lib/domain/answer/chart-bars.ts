/**
 * Bars in a terminal: a few values lie, one a line, each with its number; a long series of time stands as columns.
 *
 * Where there are more values than cells, a column shows the greatest of its values, for that is true of every metric,
 * and sums are not.
 */

import type { ChartPoint, SeriesPicture } from '../picture/picture.ts'
import { inSeriesColor } from './ansi.ts'
import { type Plot, UNKNOWN } from './plot.ts'
import { cellWidth, padText } from './text-table.ts'
import { timeAxis } from './time-axis.ts'

const PLOT_LINES = 8
const LYING = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const STANDING = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const FULL = '█'

/** @param nth of the series, for its colour */
export function drawBars(points: readonly ChartPoint[], { greatest, width, colors }: Plot, nth: number): string {
  const widest = (texts: readonly string[]) => texts.reduce((most, text) => Math.max(most, cellWidth(text)), 0)
  const valueCells = widest(points.map(({ text, value }) => (value === null ? UNKNOWN : text)))
  const labelCells = Math.min(widest(points.map(({ label }) => label)), Math.floor(width * 0.4))
  const barCells = Math.max(1, width - labelCells - valueCells - 3)
  return points
    .map(({ label, text, value }) => {
      const head = labelCells > 0 ? `${padText(label, labelCells, false)} ` : ''
      if (value === null) return `${head}│ ${UNKNOWN}\n`
      const bar = lyingBar(greatest > 0 ? Math.max(0, value) / greatest : 0, barCells)
      return `${head}│${inSeriesColor(bar, nth, colors)} ${text}\n`
    })
    .join('')
}

/** @param share of the whole bar, 0 to 1; what is not zero is seen */
function lyingBar(share: number, cells: number): string {
  const eighths = share > 0 ? Math.max(1, Math.round(share * cells * 8)) : 0
  return FULL.repeat(Math.floor(eighths / 8)) + LYING[eighths % 8]
}

/** @param nth of the series, for its colour */
export function drawColumns(
  points: readonly ChartPoint[],
  { timeUnit, isTimeline }: SeriesPicture,
  { greatest, width, colors }: Plot,
  nth: number,
): string {
  const top = points.find(({ value }) => value === greatest)?.text ?? String(greatest)
  const axisCells = Math.max(cellWidth(top), 1)
  const plotCells = Math.max(1, width - axisCells - 2)
  const perColumn = Math.ceil(points.length / plotCells)
  const cellsPerColumn = Math.max(1, Math.floor(plotCells / points.length))
  const heights = columnHeights(points, perColumn, greatest)
  const lines: string[] = []
  for (let line = PLOT_LINES - 1; line >= 0; line--) {
    const blocks = heights.map(height => blockOf(height, line).repeat(cellsPerColumn))
    const label = line === PLOT_LINES - 1 ? top : line === 0 ? '0' : ''
    lines.push(`${padText(label, axisCells, true)} ┤${inSeriesColor(blocks.join('').trimEnd(), nth, colors)}`)
  }
  const cells = heights.length * cellsPerColumn
  const cellOf = (point: number) => Math.floor(point / perColumn) * cellsPerColumn
  const labels = points.map(({ label }) => label)
  const [rule = '', ...below] = timeAxis({ labels, isTimeline, cellOf, cells, width: plotCells })
  lines.push(`${' '.repeat(axisCells)} └${rule}`, ...below.map(text => `${' '.repeat(axisCells + 2)}${text}`))
  if (perColumn > 1) lines.push(`each column is the greatest of ${perColumn} ${timeUnit}s`)
  return `${lines.join('\n')}\n`
}

function blockOf(height: number | null, line: number): string {
  if (height === null) return line === 0 ? UNKNOWN : ' '
  return STANDING[Math.min(8, Math.max(0, height - line * 8))]!
}

/** Eighths of a line, 0 to PLOT_LINES * 8; what is not zero is at least 1. null where no value of a column is known. */
function columnHeights(points: readonly ChartPoint[], perColumn: number, greatest: number): (number | null)[] {
  const heights: (number | null)[] = []
  for (let start = 0; start < points.length; start += perColumn) {
    const values = points.slice(start, start + perColumn).flatMap(({ value }) => value ?? [])
    const value = Math.max(0, ...values)
    const height = value > 0 ? Math.max(1, Math.round((value / greatest) * PLOT_LINES * 8)) : 0
    heights.push(values.length === 0 ? null : height)
  }
  return heights
}
