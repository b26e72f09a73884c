/**
 * Tables for a terminal: light boxes, numbers to the right, wide characters measured, nothing that moves the cursor.
 *
 * A tweet's text may hold anything, escape sequences and characters that turn the direction of writing included. On a
 * terminal they are made visible or taken out; the other forms keep them.
 */
import stringWidth from 'string-width'
import { counted } from '../wording.ts'
import type { Cells } from './cells.ts'

/** Rows that are put into one piece of text. */
const PIECE_ROWS = 200
/** Longer runs of rows without anything are one line. */
const MAX_GAP_ROWS = 10
/** A text column is not cut below so many cells, however narrow the terminal. */
const MIN_CELLS = 4
const SHOWN_NULL = 'null'
/** A count that is not known. */
const UNKNOWN = '–'

/** What there is nothing of in a row. */
export type Gap = 'of 0' | 'not known'

export interface Nothing {
  /** more than ten rows on end with the same nothing are one line; undefined: every row is shown */
  gapOf?: ((row: number) => Gap | undefined) | undefined
  /** place of the first column in which null is a count that is not known; undefined: there is none */
  unknownFrom?: number | undefined
}

/**
 * @param width  of the terminal in cells; long texts are cut with … to fit. undefined: nothing is cut
 * @param about  what is done with rows and cells in which there is nothing
 * @returns      pieces of text; a table without columns is none
 */
export function* drawTable(
  columns: readonly Cells[],
  rows: number,
  width: number | undefined,
  about: Nothing = {},
): Iterable<string> {
  if (columns.length === 0) return
  const lines = linesOf(rows, about.gapOf)
  const texts = columns.map((column, i) => {
    const shownNull = i >= (about.unknownFrom ?? columns.length) ? UNKNOWN : SHOWN_NULL
    return lines.map(shown => ('row' in shown ? terminalText(column.text(shown.row) ?? shownNull) : ''))
  })
  const names = columns.map(column => terminalText(column.name))
  const natural = columns.map((_, i) =>
    texts[i]!.reduce((most, text) => Math.max(most, cellWidth(text)), cellWidth(names[i]!)),
  )
  const widths = fitWidths(columns, natural, width)
  const inner = () => sum(widths) + 3 * (columns.length - 1)
  const folded = lines.map(shown => ('gap' in shown ? `… ${counted(shown.rows, 'row')} ${shown.gap}` : ''))
  widths[0]! += Math.max(0, folded.reduce((most, text) => Math.max(most, cellWidth(text)), 0) - inner())
  const rule = (left: string, cross: string, right: string) =>
    `${left}${widths.map(cells => '─'.repeat(cells + 2)).join(cross)}${right}\n`
  const line = (cells: readonly string[]) =>
    `│${cells.map((text, i) => ` ${padText(text, widths[i]!, columns[i]!.isNumeric)} `).join('│')}│\n`

  yield rule('┌', '┬', '┐') + line(names) + rule('├', '┼', '┤')
  for (let start = 0; start < lines.length; start += PIECE_ROWS) {
    let piece = ''
    for (let i = start; i < Math.min(lines.length, start + PIECE_ROWS); i++)
      piece += folded[i] ? `│ ${padText(folded[i]!, inner(), false)} │\n` : line(texts.map(texts => texts[i]!))
    yield piece
  }
  yield rule('└', '┴', '┘')
}

/** A line of the table: a row, or so many rows on end in which there is the same nothing. */
type Line = { row: number } | { rows: number; gap: Gap }

function linesOf(rows: number, gapOf: Nothing['gapOf'] = () => undefined): Line[] {
  const lines: Line[] = []
  for (let row = 0; row < rows; ) {
    const gap = gapOf(row)
    let end = row + 1
    if (gap !== undefined) while (end < rows && gapOf(end) === gap) end++
    if (gap !== undefined && end - row > MAX_GAP_ROWS) lines.push({ rows: end - row, gap })
    else for (let shown = row; shown < end; shown++) lines.push({ row: shown })
    row = end
  }
  return lines
}

/** The widest texts give way first; numbers never do, for a cut number is a wrong number. */
function fitWidths(columns: readonly Cells[], natural: readonly number[], width: number | undefined): number[] {
  if (width === undefined) return [...natural]
  const frame = 3 * columns.length + 1
  const capped = (cap: number) => natural.map((cells, i) => (columns[i]!.isNumeric ? cells : Math.min(cells, cap)))
  let cap = Math.max(...natural)
  while (cap > MIN_CELLS && frame + sum(capped(cap)) > width) cap--
  return capped(cap)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Direction marks and overrides, which have no glyph, and controls without a picture of their own. */
const INVISIBLE = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/g

/** A text that stays on its line and leaves the terminal as it is. */
export function terminalText(text: string): string {
  if (isPlain(text)) return text
  return text.replace(CONTROL, pictureOf).replace(INVISIBLE, '').toWellFormed()
}

function pictureOf(control: string): string {
  const code = control.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '␡'
  return code >= 0x2028 ? '␤' : '\ufffd'
}

/** The text in exactly so many cells, cut with … where it is longer. */
export function padText(text: string, cells: number, toRight: boolean): string {
  const fitted = cutText(text, cells)
  const padding = ' '.repeat(Math.max(0, cells - cellWidth(fitted)))
  return toRight ? padding + fitted : fitted + padding
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** @param cells at least 1 */
function cutText(text: string, cells: number): string {
  if (cellWidth(text) <= cells) return text
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    if (cellWidth(`${kept}${segment}…`) > cells) break
    kept += segment
  }
  return `${kept}…`
}

/**
 * How many cells of a terminal a text takes between two spaces, as it always stands: a mark at its beginning or end may
 * join with what is beside it (Thai U+0E33, Malayalam U+0D4E).
 */
export function cellWidth(text: string): number {
  return isPlain(text) ? text.length : stringWidth(`| ${text} |`) - 4
}

/** Printable ASCII only, which needs no second look. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}
