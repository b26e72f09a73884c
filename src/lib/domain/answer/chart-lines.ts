/**
 * Lines in a terminal, drawn with the eight dots of braille characters.
 *
 * Every value is drawn, also where several share a column of dots: the line is then as high there as they reach. It ends
 * before a value that is unknown, and begins again behind it.
 */

import type { ChartPoint, ChartSeries, SeriesPicture } from '../picture/picture.ts'
import { inSeriesColor } from './ansi.ts'
import { type Plot, UNKNOWN } from './plot.ts'
import { cellWidth, padText } from './text-table.ts'
import { timeAxis } from './time-axis.ts'

const PLOT_LINES = 10
const DOT_ROWS = PLOT_LINES * 4
/** dots of a character, by column and row */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const
const BRAILLE = 0x2800

/** @param first what the first series is counted as, for its colour */
export function drawLines(
  series: readonly ChartSeries[],
  { isTimeline }: SeriesPicture,
  { greatest, least, width, colors }: Plot,
  first: number,
): string {
  const labels = commonLabels(series)
  const marks = axisMarks(series, greatest, least)
  const axisCells = marks.reduce((most, { text }) => Math.max(most, cellWidth(text)), 1)
  const plotCells = Math.max(1, width - axisCells - 2)
  const last = labels.length - 1
  const columnOf = (nth: number) => (last === 0 ? plotCells : Math.round((nth / last) * (plotCells * 2 - 1)))
  const span = greatest - least || 1
  const rowOf = (value: number) => Math.round(((value - least) / span) * (DOT_ROWS - 1))
  const canvas = new Canvas(plotCells)
  const placeOf = new Map(labels.map((label, nth) => [label, columnOf(nth)]))
  // the first series last, so that it lies above the others
  for (const [nth, { points }] of [...series.entries()].reverse()) {
    canvas.drawLine(points, point => placeOf.get(point.label) ?? 0, rowOf, nth)
  }
  canvas.markUnknown(series, point => placeOf.get(point.label) ?? 0)
  const lines = canvas.lines((text, nth) => inSeriesColor(text, first + nth, colors))
  const rows = lines.map((line, i) => {
    const mark = marks.find(({ line }) => line === PLOT_LINES - 1 - i)
    return `${padText(mark?.text ?? '', axisCells, true)} ┤${line}`
  })
  const cellOf = (nth: number) => Math.floor(columnOf(nth) / 2)
  const [rule = '', ...below] = timeAxis({ labels, isTimeline, cellOf, cells: plotCells, width: plotCells })
  rows.push(`${' '.repeat(axisCells)} └${rule}`, ...below.map(text => `${' '.repeat(axisCells + 2)}${text}`))
  return `${rows.join('\n')}\n`
}

/** Those of all series, each once; in order where they are times, for such labels sort as they follow each other. */
function commonLabels(series: readonly ChartSeries[]): string[] {
  const [one, ...others] = series.map(({ points }) => points.map(({ label }) => label))
  if (one === undefined || others.every(labels => labels.join('\n') === one.join('\n'))) return [...new Set(one)]
  return [...new Set(series.flatMap(({ points }) => points.map(({ label }) => label)))].sort()
}

/** What stands beside the plot, by line from below. */
function axisMarks(series: readonly ChartSeries[], greatest: number, least: number): { line: number; text: string }[] {
  const points = series.flatMap(({ points }) => points)
  const textOf = (value: number) => points.find(point => point.value === value)?.text ?? String(value)
  return [
    { line: PLOT_LINES - 1, text: textOf(greatest) },
    { line: 0, text: least === 0 ? '0' : textOf(least) },
  ]
}

/** Cells of a plot, each with some of its eight dots set. */
class Canvas {
  readonly #cells: number
  /** by cell, lines from below one after another */
  readonly #dots: Uint8Array
  /** the series that drew last into a cell */
  readonly #owner: Uint8Array
  readonly #unknown: boolean[]

  constructor(cells: number) {
    this.#cells = cells
    this.#dots = new Uint8Array(cells * PLOT_LINES)
    this.#owner = new Uint8Array(cells * PLOT_LINES)
    this.#unknown = Array(cells).fill(false)
  }

  drawLine(
    points: readonly ChartPoint[],
    columnOf: (point: ChartPoint) => number,
    rowOf: (value: number) => number,
    nth: number,
  ): void {
    let from: { column: number; row: number } | undefined
    for (const point of points) {
      const to = point.value === null ? undefined : { column: columnOf(point), row: rowOf(point.value) }
      if (to !== undefined) this.#drawStretch(from ?? to, to, nth)
      from = to
    }
  }

  /** Columns in which there is something unknown, and nothing drawn. */
  markUnknown(series: readonly ChartSeries[], columnOf: (point: ChartPoint) => number): void {
    for (const point of series.flatMap(({ points }) => points)) {
      if (point.value === null) this.#unknown[this.#cellOf(columnOf(point))] = true
    }
    for (const [cell, isUnknown] of this.#unknown.entries()) this.#unknown[cell] = isUnknown && this.#isEmpty(cell)
  }

  /** From the top; what is behind the last dot is left out. @param paint a stretch of one series */
  lines(paint: (text: string, nth: number) => string): string[] {
    return Array.from({ length: PLOT_LINES }, (_, i) => this.#line(PLOT_LINES - 1 - i, paint))
  }

  #line(line: number, paint: (text: string, nth: number) => string): string {
    let text = ''
    let stretch = { text: '', nth: 0 }
    for (let cell = 0; cell < this.#cells; cell++) {
      const at = line * this.#cells + cell
      const dots = this.#dots[at]!
      const shown = dots > 0 ? String.fromCharCode(BRAILLE + dots) : line === 0 && this.#unknown[cell] ? UNKNOWN : ' '
      const nth = dots > 0 ? this.#owner[at]! : stretch.nth
      if (nth !== stretch.nth) {
        text += paint(stretch.text, stretch.nth)
        stretch = { text: '', nth }
      }
      stretch.text += shown
    }
    return text + paint(stretch.text.trimEnd(), stretch.nth)
  }

  #isEmpty(cell: number): boolean {
    for (let line = 0; line < PLOT_LINES; line++) if (this.#dots[line * this.#cells + cell] !== 0) return false
    return true
  }

  #cellOf(column: number): number {
    return Math.min(this.#cells - 1, Math.floor(column / 2))
  }

  #drawStretch(from: { column: number; row: number }, to: { column: number; row: number }, nth: number): void {
    const steps = Math.max(Math.abs(to.column - from.column), Math.abs(to.row - from.row), 1)
    for (let step = 0; step <= steps; step++) {
      const part = step / steps
      this.#setDot(
        Math.round(from.column + (to.column - from.column) * part),
        Math.round(from.row + (to.row - from.row) * part),
        nth,
      )
    }
  }

  /** @param row from below */
  #setDot(column: number, row: number, nth: number): void {
    const at = Math.floor(row / 4) * this.#cells + this.#cellOf(column)
    this.#dots[at]! |= DOTS[column % 2 === 0 ? 0 : 1][3 - (row % 4)]!
    this.#owner[at] = nth
  }
}
