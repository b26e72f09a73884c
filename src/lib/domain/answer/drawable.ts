/** What of an answer can be drawn, and as what. */
import { TwdwError } from '../../errors.ts'
import {
  type ChartPoint,
  type ChartSeries,
  type HeatMap,
  type Picture,
  type SeriesPicture,
  WEEKDAYS,
} from '../picture/picture.ts'
import { columnNameOf, isTimeColumn, type Preset } from '../question/preset.ts'
import type { Cells } from './cells.ts'
import type { ChartWord } from './forms.ts'
import { terminalText } from './text-table.ts'

/** Longer series of time are lines, or stand as columns. */
export const MAX_LYING_BARS = 31
const WEEKDAY = 'weekday'
const HOUR_OF_DAY = 'hour_of_day'
/** `2019-02`, `2019-02-15`, `2019-02-15T11:00-02:00`; a year alone may be any number */
const TIME_LABEL = /^\d{4}-\d{2}(?:-\d{2}(?:[T ]\d{2}:\d{2}\S*)?)?$/

/** Where a picture is shown. */
export type Medium = 'terminal' | 'page'

/**
 * @param columns of the answer; the last one is drawn
 * @param preset  undefined for SQL
 * @throws TwdwError E_USAGE where the answer has no numbers, or not what the chart that was asked for needs
 */
export function pictureOf(
  columns: readonly Cells[],
  rows: number,
  preset: Preset | undefined,
  asked: ChartWord,
  medium: Medium,
): Picture {
  const value = columns.at(-1)
  if (value?.isNumeric !== true) {
    throw new TwdwError('E_USAGE', 'a chart draws the last column, and that of this answer is no number', {
      hint: 'select labels first and a number last',
    })
  }
  if (isHeatMap(columns, asked)) return { form: 'heatmap', metric: value.name, maps: heatMaps(columns, rows) }
  const times = preset?.by.filter(isTimeColumn) ?? []
  const labels = preset === undefined ? columns.slice(0, 1).map(({ name }) => name) : labelsOf(preset, columns)
  const named = preset === undefined ? columns : columns.map(withWeekdayNames)
  const series = chartSeries(named, rows, labels)
  const isDated = times[0] === 'year' || areTimes(series)
  const isTimeline = isDated && (preset === undefined || times.length === 1)
  const timeUnit = times.length > 1 ? 'row' : times[0] === undefined ? undefined : columnNameOf(times[0])
  const picture = { metric: value.name, timeUnit: timeUnit?.replaceAll('_', ' '), isTimeline, series }
  return { ...picture, form: asked === 'line' || asked === 'bar' ? asked : fittingForm(picture, medium) }
}

/** False where a page has a table only. */
export function isDrawable(columns: readonly Cells[], rows: number): boolean {
  return rows > 0 && columns.at(-1)?.isNumeric === true
}

/** @throws TwdwError E_USAGE when one is asked for that the answer has not the columns for */
function isHeatMap(columns: readonly Cells[], asked: ChartWord): boolean {
  const isOfWeek = [WEEKDAY, HOUR_OF_DAY].every(name => columns.slice(0, -1).some(column => column.name === name))
  if (asked !== 'heatmap' || isOfWeek) return isOfWeek && (asked === 'heatmap' || asked === 'auto')
  throw new TwdwError('E_USAGE', '--chart heatmap draws weekdays by hours of the day, and this answer has not both', {
    hint: 'ask --by weekday --by hour-of-day',
  })
}

/** The weekdays of a preset are numbers, which a table explains and a chart need not. */
function withWeekdayNames(column: Cells): Cells {
  if (column.name !== WEEKDAY) return column
  return { ...column, text: row => WEEKDAYS[Number(column.text(row)) - 1] ?? null }
}

function areTimes(series: readonly ChartSeries[]): boolean {
  return series.length > 0 && series.every(({ points }) => points.every(({ label }) => TIME_LABEL.test(label)))
}

function fittingForm({ isTimeline, series }: Omit<SeriesPicture, 'form'>, medium: Medium): 'line' | 'bar' {
  if (!isTimeline) return 'bar'
  const longest = series.reduce((most, { points }) => Math.max(most, points.length), 0)
  if (medium === 'page') return longest > 2 ? 'line' : 'bar'
  // on a terminal columns show each hour of one series, and lines how several go beside each other
  return longest > MAX_LYING_BARS && series.length > 1 ? 'line' : 'bar'
}

/** Times where there are any, else what the rows are of; several tags are a series each. */
function labelsOf(preset: Preset, columns: readonly Cells[]): string[] {
  const times = preset.by.filter(isTimeColumn).map(columnNameOf)
  if (times.length > 0) return times
  const keys = columns.slice(0, -1).map(({ name }) => name)
  return keys.length > 1 && !preset.allTags ? keys.filter(name => name !== 'tag') : keys
}

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
  for (let row = 0; row < rows; row++) {
    const name = textOf(parting, row)
    const points = series.get(name) ?? []
    if (points.length === 0) series.set(name, points)
    points.push(pointOf(terminalText(textOf(labelled, row)), value?.text(row) ?? null))
  }
  return [...series].map(([name, points]) => ({ name: terminalText(name), points }))
}

function heatMaps(columns: readonly Cells[], rows: number): HeatMap[] {
  const value = columns.at(-1)
  const [weekday, hour] = [WEEKDAY, HOUR_OF_DAY].map(name => columns.find(column => column.name === name))
  const parting = columns.slice(0, -1).filter(column => column !== weekday && column !== hour)
  const maps = new Map<string, (ChartPoint | null)[][]>()
  for (let row = 0; row < rows; row++) {
    const name = textOf(parting, row)
    const cells = maps.get(name) ?? WEEKDAYS.map(() => Array<ChartPoint | null>(24).fill(null))
    maps.set(name, cells)
    const [day, at] = [Number(weekday?.text(row)) - 1, Number(hour?.text(row))]
    const hours = cells[day]
    // a column of SQL may be called so and hold anything
    if (hours === undefined || !(at in hours)) continue
    hours[at] = pointOf(`${WEEKDAYS[day]} ${String(at).padStart(2, '0')}:00`, value?.text(row) ?? null)
  }
  return [...maps].map(([name, cells]) => ({ name: terminalText(name), cells }))
}

function textOf(columns: readonly Cells[], row: number): string {
  return columns.map(column => column.text(row) ?? 'null').join(' ')
}

function pointOf(label: string, text: string | null): ChartPoint {
  const value = Number(text)
  return { label, text: text ?? 'null', value: text === null || !Number.isFinite(value) ? null : value }
}
