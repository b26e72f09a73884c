/**
 * Frames: an answer as it is drawn again and again in one place of a terminal.
 *
 * A frame never has more lines than the terminal, for what has scrolled away cannot be drawn over. What is too long loses
 * its middle: the first rows are the greatest, the last ones the newest.
 */
import { counted } from '../wording.ts'
import { cellWidth } from './text-table.ts'

export interface Frame {
  text: string
  /** lines of the terminal that it takes */
  lines: number
}

/** A terminal in cells. */
export interface Screen {
  columns: number
  rows: number
}

/** @param text lines, each with its line end. @param before lines of the terminal that the frame before it takes */
export function drawFrame(text: string, before: number, screen: Screen): Frame {
  const lines = text.split('\n').slice(0, -1)
  // the cursor stands on a line of its own
  const kept = fitLines(lines, screen, Math.max(1, screen.rows - 1))
  const upwards = before === 0 ? '' : `\x1b[${before}F`
  // line by line, and the rest of the screen last: nothing is ever empty for a moment
  const drawn = kept.map(line => `${line}\x1b[K\n`).join('')
  return { text: `${upwards}${drawn}\x1b[J`, lines: sumOfLines(kept, screen) }
}

function fitLines(lines: readonly string[], screen: Screen, most: number): string[] {
  if (sumOfLines(lines, screen) <= most) return [...lines]
  const room = Math.max(0, most - linesOf(leftOutText(lines.length), screen))
  const head = fitting(lines, screen, Math.ceil(room / 2))
  const tail = fitting(lines.slice(head).reverse(), screen, room - sumOfLines(lines.slice(0, head), screen))
  const left = lines.length - head - tail
  return [...lines.slice(0, head), leftOutText(left), ...lines.slice(lines.length - tail)]
}

function leftOutText(lines: number): string {
  return `… ${counted(lines, 'line')} more`
}

/** How many of the first lines fit. */
function fitting(lines: readonly string[], screen: Screen, room: number): number {
  let taken = 0
  const end = lines.findIndex(line => {
    taken += linesOf(line, screen)
    return taken > room
  })
  return end < 0 ? lines.length : end
}

function sumOfLines(lines: readonly string[], screen: Screen): number {
  return lines.reduce((sum, line) => sum + linesOf(line, screen), 0)
}

/** A line that is too long goes on in the next one. */
function linesOf(line: string, { columns }: Screen): number {
  return Math.max(1, Math.ceil(cellWidth(line) / columns))
}
