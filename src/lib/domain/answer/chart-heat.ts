/** Heat maps in a terminal: hours of the day by weekdays, and beneath all of them what a shade means. */

import { type ChartPoint, type HeatMap, WEEKDAYS } from '../picture/picture.ts'
import { shaded } from './ansi.ts'
import { type Plot, UNKNOWN } from './plot.ts'
import { padText } from './text-table.ts'

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'))
/** `Mon` and a space */
const NAME_CELLS = 4
/** of one hour; wider ones would be no squares */
const MAX_CELLS = 4
/** of the shades from nothing to the greatest */
const SCALE_CELLS = 10

export function drawHeatMap(cells: HeatMap['cells'], plot: Plot): string {
  const cellsAnHour = Math.min(MAX_CELLS, Math.floor((plot.width - NAME_CELLS) / HOURS.length))
  return cellsAnHour > 0 ? drawWide(cells, cellsAnHour, plot) : drawNarrow(cells, plot)
}

/** A line a weekday. */
function drawWide(cells: HeatMap['cells'], cellsAnHour: number, plot: Plot): string {
  const days = cells.map(
    (hours, day) => `${WEEKDAYS[day]} ${hours.map(cell => shade(cell, cellsAnHour, plot)).join('')}`,
  )
  const each = cellsAnHour >= 3 ? 1 : cellsAnHour === 2 ? 2 : 3
  const labels = HOURS.filter((_, hour) => hour % each === 0).map(hour => padText(hour, cellsAnHour * each, false))
  return `${[...days, `${' '.repeat(NAME_CELLS)}${labels.join('').trimEnd()}`].map(line => `${line}\n`).join('')}`
}

/** A line an hour, where 24 hours do not go beside each other. */
function drawNarrow(cells: HeatMap['cells'], plot: Plot): string {
  const head = `   ${WEEKDAYS.map(day => day.slice(0, 2)).join('')}`
  const lines = HOURS.map((hour, i) => `${hour} ${cells.map(hours => shade(hours[i] ?? null, 2, plot)).join('')}`)
  return [head, ...lines].map(line => `${line}\n`).join('')
}

function shade(cell: ChartPoint | null, cells: number, { greatest, colors }: Plot): string {
  if (cell === null || cell.value === null) return padText(UNKNOWN, cells, false)
  return shaded(greatest > 0 ? Math.max(0, cell.value) / greatest : 0, cells, colors)
}

/** What the shades mean. */
export function heatScale({ greatest, colors, width }: Plot, metric: string): string {
  const shades = Array.from({ length: SCALE_CELLS }, (_, i) => shaded(i / (SCALE_CELLS - 1), 1, colors)).join('')
  const scale = greatest.toLocaleString('en-US')
  const hasRoom = `0  ${scale} ${metric}`.length + SCALE_CELLS <= width
  return `0 ${shades} ${scale}${hasRoom ? ` ${metric}` : ''}`
}
