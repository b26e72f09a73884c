/**
 * The axis of time below a chart in a terminal: as many marks as have room, at round times, and the two ends.
 *
 * Round is what people count by: every hour, two, three, six, twelve, then days, weeks, months, years. The finest of
 * these whose labels do not touch is taken.
 */
import { DAY_MS } from '../time-zone.ts'
import { cellWidth, padText } from './text-table.ts'

/** A wall clock, as its label has it. */
interface Moment {
  year: number
  month: number
  day: number
  hour: number
  minute: number
}

/** A way to mark an axis. */
interface Step {
  isMark(moment: Moment): boolean
  labelOf(moment: Moment): string
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MIN_GAP = 2
/** 1970-01-05, the first Monday, counted from 1970-01-01 */
const FIRST_MONDAY = 4

const dayText = ({ day, month }: Moment) => `${day} ${MONTHS[month - 1]}`
const monthText = ({ month, year }: Moment) => (month === 1 ? String(year) : MONTHS[month - 1]!)
const isMidnight = ({ hour, minute }: Moment) => hour === 0 && minute === 0
const isFirst = (moment: Moment) => isMidnight(moment) && moment.day === 1
const dayNumber = ({ year, month, day }: Moment) => Date.UTC(year, month - 1, day) / DAY_MS

const STEPS: readonly Step[] = [
  ...[1, 2, 3, 6, 12].map(hours => ({
    isMark: ({ hour, minute }: Moment) => minute === 0 && hour % hours === 0,
    labelOf: (moment: Moment) => (isMidnight(moment) ? dayText(moment) : `${String(moment.hour).padStart(2, '0')}:00`),
  })),
  { isMark: isMidnight, labelOf: dayText },
  ...[2, 7, 14].map(days => ({
    isMark: (moment: Moment) => isMidnight(moment) && (dayNumber(moment) - FIRST_MONDAY) % days === 0,
    labelOf: dayText,
  })),
  ...[1, 3].map(months => ({
    isMark: (moment: Moment) => isFirst(moment) && (moment.month - 1) % months === 0,
    labelOf: monthText,
  })),
  ...[1, 2, 5, 10, 20, 50, 100].map(years => ({
    isMark: (moment: Moment) => isFirst(moment) && moment.month === 1 && moment.year % years === 0,
    labelOf: ({ year }: Moment) => String(year),
  })),
]

export interface Axis {
  /** n >= 1, of the points in order */
  labels: readonly string[]
  /** false: there are no round times to mark */
  isTimeline: boolean
  /** of the nth point, counted from the left end of the plot */
  cellOf(nth: number): number
  /** of the plot that are drawn on */
  cells: number
  /** of the plot; labels may reach so far */
  width: number
}

/** @returns lines: the rule with its marks, what the marks mean where there are any, and the two ends */
export function timeAxis({ labels, isTimeline, cellOf, cells, width }: Axis): string[] {
  const marks = isTimeline ? marksOf(labels.map(parseMoment), cellOf, width) : []
  const rule = Array<string>(cells).fill('─')
  for (const { cell } of marks) rule[cell] = '┬'
  let texts = ''
  for (const { cell, text } of marks) texts = texts.padEnd(cell) + text
  return [rule.join(''), ...(texts === '' ? [] : [texts]), endsOf(labels, cells, width)]
}

interface Mark {
  cell: number
  text: string
}

function marksOf(moments: readonly (Moment | undefined)[], cellOf: (nth: number) => number, width: number): Mark[] {
  let best: Mark[] = []
  for (const { isMark, labelOf } of STEPS) {
    const marks = moments.flatMap((moment, nth) => {
      if (moment === undefined || !isMark(moment)) return []
      const mark = { cell: cellOf(nth), text: labelOf(moment) }
      return mark.cell + mark.text.length <= width ? [mark] : []
    })
    const isApart = marks.every(({ cell }, i) => i === 0 || cell >= endOf(marks[i - 1]!) + MIN_GAP)
    if (!isApart) continue
    if (marks.length > 1) return marks
    if (marks.length > best.length) best = marks
  }
  return best
}

function endOf({ cell, text }: Mark): number {
  return cell + text.length
}

function parseMoment(label: string): Moment | undefined {
  const [, year, month = '1', day = '1', hour = '0', minute = '0'] =
    /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2}))?)?)?/.exec(label) ?? []
  if (year === undefined) return undefined
  return { year: Number(year), month: Number(month), day: Number(day), hour: Number(hour), minute: Number(minute) }
}

/** The first label and, where there is room beside it, the last. */
function endsOf(labels: readonly string[], cells: number, width: number): string {
  const [first = '', last = ''] = [labels[0], labels.at(-1)]
  const gap =
    Math.max(cells, Math.min(width, cellWidth(first) + cellWidth(last) + MIN_GAP)) - cellWidth(first) - cellWidth(last)
  return gap >= 1 && labels.length > 1
    ? first + ' '.repeat(gap) + last
    : padText(first, Math.min(cellWidth(first), width), false)
}
