/**
 * Charts for a terminal, drawn with block characters in any width.
 *
 * A few values are bars that lie, one a line, each with its number. A long series stands as columns; where there are
 * more values than cells, a column shows the greatest of its values, for that is true of every metric, and sums are
 * not. All series of a chart have one scale, so that they can be compared.
 */
import type { Cells } from './cells.ts'
import { cellWidth, padText, terminalText } from './text-table.ts'

/** One row of a series. */
export interface ChartPoint {
  label: string
  /** exact, for writing it */
  text: string
  /** for drawing it; what is no number is 0 */
  value: number
}

export interface ChartSeries {
  /** '' where there is only one */
  name: string
  points: readonly ChartPoint[]
}

export interface ChartForm {
  /** cells of a line; less than 20 is drawn as 20 */
  width: number
  /** ANSI colours */
  isColored: boolean
  /** what a point stands for, such as `hour`, when the series is one of time; else undefined */
  timeUnit: string | undefined
}

const MIN_WIDTH = 20
/** Longer series of time stand as columns. */
const MAX_LYING_BARS = 31
const PLOT_LINES = 8
const LYING = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const STANDING = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const FULL = '█'
/** cyan, yellow, magenta, green, blue, red: the light ones are readable on dark and on light */
const COLORS = [36, 33, 35, 32, 34, 31]

/**
 * Rows of an answer as series: the last column is what is drawn, the label columns name a point, and each
 * combination of the others is a series.
 * @param labels names of columns; when they are all but the last there is one series
 */
export function chartSeries(columns: readonly Cells[], rows: number, labels: readonly string[]): ChartSeries[] {
  const value = columns.at(-1)
  const labelled = columns.filter(column => column !== value && labels.includes(column.name))
  const parting = columns.filter(column => column !== value && !labels.includes(column.name))
  const series = new Map<string, ChartPoint[]>()
  const textOf = (some: readonly Cells[], row: number) => some.map(column => column.text(row) ?? 'null').join(' ')
  for (let row = 0; row < rows; row++) {
    const name = textOf(parting, row)
    const points = series.get(name) ?? []
    if (points.length === 0) series.set(name, points)
    const text = value?.text(row) ?? 'null'
    points.push({ label: terminalText(textOf(labelled, row)), text, value: Number(text) || 0 })
  }
  return [...series].map(([name, points]) => ({ name: terminalText(name), points }))
}

/** @returns lines, each with its line end; '' without a point */
export function drawChart(series: readonly ChartSeries[], form: ChartForm): string {
  const width = Math.max(MIN_WIDTH, form.width)
  const greatest = series.flatMap(({ points }) => points).reduce((most, { value }) => Math.max(most, value), 0)
  const isLong = series.some(({ points }) => points.length > MAX_LYING_BARS)
  const draw = form.timeUnit !== undefined && isLong ? drawColumns : drawBars
  return series
    .map(({ name, points }, i) => {
      const color = form.isColored ? COLORS[i % COLORS.length] : undefined
      const title = name === '' ? '' : `${colored(padText(name, Math.min(cellWidth(name), width), false), color)}\n`
      return title + draw(points, greatest, width, color, form.timeUnit)
    })
    .join('\n')
}

function drawBars(points: readonly ChartPoint[], greatest: number, width: number, color: number | undefined): string {
  const widest = (texts: readonly string[]) => texts.reduce((most, text) => Math.max(most, cellWidth(text)), 0)
  const valueCells = widest(points.map(({ text }) => text))
  const labelCells = Math.min(widest(points.map(({ label }) => label)), Math.floor(width * 0.4))
  const barCells = Math.max(1, width - labelCells - valueCells - 3)
  return points
    .map(({ label, text, value }) => {
      const bar = lyingBar(greatest > 0 ? Math.max(0, value) / greatest : 0, barCells)
      const head = labelCells > 0 ? `${padText(label, labelCells, false)} ` : ''
      return `${head}│${bar === '' ? '' : colored(bar, color)} ${text}\n`
    })
    .join('')
}

/** @param share of the whole bar, 0 to 1; what is not zero is seen */
function lyingBar(share: number, cells: number): string {
  const eighths = share > 0 ? Math.max(1, Math.round(share * cells * 8)) : 0
  return FULL.repeat(Math.floor(eighths / 8)) + LYING[eighths % 8]
}

function drawColumns(
  points: readonly ChartPoint[],
  greatest: number,
  width: number,
  color: number | undefined,
  timeUnit: string | undefined,
): string {
  const top = points.find(({ value }) => value === greatest)?.text ?? String(greatest)
  const axisCells = Math.max(cellWidth(top), 1)
  const plotCells = Math.max(1, width - axisCells - 2)
  const perColumn = Math.ceil(points.length / plotCells)
  const cellsPerColumn = Math.max(1, Math.floor(plotCells / points.length))
  const heights = columnHeights(points, perColumn, greatest)
  const lines: string[] = []
  for (let line = PLOT_LINES - 1; line >= 0; line--) {
    const blocks = heights.map(height => STANDING[Math.min(8, Math.max(0, height - line * 8))]!.repeat(cellsPerColumn))
    const label = line === PLOT_LINES - 1 ? top : line === 0 ? '0' : ''
    lines.push(`${padText(label, axisCells, true)} ┤${colored(blocks.join('').trimEnd(), color)}`)
  }
  const usedCells = heights.length * cellsPerColumn
  lines.push(`${' '.repeat(axisCells + 2)}${timeAxis(points, usedCells, plotCells)}`)
  if (perColumn > 1) lines.push(`each column is the greatest of ${perColumn} ${timeUnit}s`)
  return `${lines.join('\n')}\n`
}

/** Eighths of a line, 0 to PLOT_LINES * 8; what is not zero is at least 1. */
function columnHeights(points: readonly ChartPoint[], perColumn: number, greatest: number): number[] {
  const heights: number[] = []
  for (let start = 0; start < points.length; start += perColumn) {
    const value = Math.max(0, ...points.slice(start, start + perColumn).map(point => point.value))
    heights.push(value > 0 ? Math.max(1, Math.round((value / greatest) * PLOT_LINES * 8)) : 0)
  }
  return heights
}

/** The first label and, where there is room below the columns, the last. */
function timeAxis(points: readonly ChartPoint[], usedCells: number, plotCells: number): string {
  const first = points[0]?.label ?? ''
  const last = points.at(-1)?.label ?? ''
  const gap = usedCells - cellWidth(first) - cellWidth(last)
  return gap >= 1 ? first + ' '.repeat(gap) + last : padText(first, Math.min(cellWidth(first), plotCells), false)
}

function colored(text: string, color: number | undefined): string {
  return color === undefined || text === '' ? text : `\x1b[${color}m${text}\x1b[39m`
}
