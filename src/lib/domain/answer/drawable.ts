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
import { firstCountOf } from '../question/pivot.ts'
import { columnNameOf, isTimeColumn, type Preset, type TimeColumn } from '../question/preset.ts'
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
 * @param columns of the answer; the last one is drawn, of a pivoted one every count, and what is compared beside what it is
 *                compared with
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
  const { keys, values } = partColumns(columns, preset)
  if (!values.every(({ isNumeric }) => isNumeric)) {
    throw new TwdwError('E_USAGE', 'a chart draws the last column, and that of this answer is no number', {
      hint: 'select labels first and a number last',
    })
  }
  const metric = preset?.metric ?? values[0]?.name ?? ''
  if (isHeatMap(keys, asked)) return { form: 'heatmap', metric, maps: heatMaps(keys, values, rows) }
  const times = timesOf(preset, keys)
  const labels = preset === undefined ? keys.slice(0, 1).map(({ name }) => name) : labelsOf(preset, times, keys)
  const named = preset === undefined ? keys : keys.map(withWeekdayNames)
  const series = chartSeries(named, values, rows, labels)
  const isDated = times[0] === 'year' || areTimes(series)
  const isTimeline = isDated && (preset === undefined || times.length === 1)
  const timeUnit = times.length > 1 ? 'row' : times[0] === undefined ? undefined : columnNameOf(times[0])
  const picture = { metric, timeUnit: timeUnit?.replaceAll('_', ' '), isTimeline, series }
  return { ...picture, form: asked === 'line' || asked === 'bar' ? asked : fittingForm(picture, medium) }
}

/** False where a page has a table only. */
export function isDrawable(columns: readonly Cells[], rows: number, preset: Preset | undefined): boolean {
  const { values } = partColumns(columns, preset)
  return rows > 0 && values.length > 0 && values.every(({ isNumeric }) => isNumeric)
}

/** What rows are of, and what is drawn of them. */
function partColumns(
  columns: readonly Cells[],
  preset: Preset | undefined,
): { keys: readonly Cells[]; values: readonly Cells[] } {
  if (preset?.pivot === undefined && preset?.compare === undefined) {
    return { keys: columns.slice(0, -1), values: columns.slice(-1) }
  }
  const first = firstCountOf(preset)
  // behind what it is compared with stand the changes
  return { keys: columns.slice(0, first), values: columns.slice(first, preset.compare && first + 2) }
}

/** Times among the keys: a pivoted one is not. */
function timesOf(preset: Preset | undefined, keys: readonly Cells[]): TimeColumn[] {
  const times = preset?.by.filter(isTimeColumn) ?? []
  return times.filter(time => keys.some(({ name }) => name === columnNameOf(time)))
}

/** @throws TwdwError E_USAGE when one is asked for that the answer has not the columns for */
function isHeatMap(keys: readonly Cells[], asked: ChartWord): boolean {
  const isOfWeek = [WEEKDAY, HOUR_OF_DAY].every(name => keys.some(column => column.name === name))
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
function labelsOf({ allTags }: Preset, times: readonly TimeColumn[], keys: readonly Cells[]): string[] {
  if (times.length > 0) return times.map(columnNameOf)
  const names = keys.map(({ name }) => name)
  return names.length > 1 && !allTags ? names.filter(name => name !== 'tag') : names
}

/**
 * Rows of an answer as series: the label columns name a point, and each combination of the other keys is a series, of each of
 * the values that are drawn.
 * @param labels names of keys; when they are all there is one series a value
 */
export function chartSeries(
  keys: readonly Cells[],
  values: readonly Cells[],
  rows: number,
  labels: readonly string[],
): ChartSeries[] {
  const labelled = keys.filter(({ name }) => labels.includes(name))
  const parting = keys.filter(({ name }) => !labels.includes(name))
  const series = new Map<string, ChartPoint[]>()
  for (let row = 0; row < rows; row++) {
    const label = terminalText(textOf(labelled, row))
    for (const value of values) {
      const name = seriesName(parting, row, value, values)
      const points = series.get(name) ?? []
      if (points.length === 0) series.set(name, points)
      points.push(pointOf(label, value.text(row)))
    }
  }
  return [...series].map(([name, points]) => ({ name: terminalText(name), points }))
}

function heatMaps(keys: readonly Cells[], values: readonly Cells[], rows: number): HeatMap[] {
  const [weekday, hour] = [WEEKDAY, HOUR_OF_DAY].map(name => keys.find(column => column.name === name))
  const parting = keys.filter(column => column !== weekday && column !== hour)
  const maps = new Map<string, (ChartPoint | null)[][]>()
  for (let row = 0; row < rows; row++) {
    const [day, at] = [Number(weekday?.text(row)) - 1, Number(hour?.text(row))]
    for (const value of values) {
      const name = seriesName(parting, row, value, values)
      const cells = maps.get(name) ?? WEEKDAYS.map(() => Array<ChartPoint | null>(24).fill(null))
      maps.set(name, cells)
      const hours = cells[day]
      // a column of SQL may be called so and hold anything
      if (hours === undefined || !(at in hours)) continue
      hours[at] = pointOf(`${WEEKDAYS[day]} ${String(at).padStart(2, '0')}:00`, value.text(row))
    }
  }
  return [...maps].map(([name, cells]) => ({ name: terminalText(name), cells }))
}

/** What parts it from the others: what its rows are of, and where several values are drawn which one. */
function seriesName(parting: readonly Cells[], row: number, value: Cells, values: readonly Cells[]): string {
  const of = textOf(parting, row)
  if (values.length === 1) return of
  return of === '' ? value.name : `${of} ${value.name}`
}

function textOf(columns: readonly Cells[], row: number): string {
  return columns.map(column => column.text(row) ?? 'null').join(' ')
}

function pointOf(label: string, text: string | null): ChartPoint {
  const value = Number(text)
  return { label, text: text ?? 'null', value: text === null || !Number.isFinite(value) ? null : value }
}
