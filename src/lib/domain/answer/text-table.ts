/**
 * Tables for a terminal: light boxes, numbers to the right, wide characters measured, nothing that moves the cursor; and
 * a line for each value where a table does not fit.
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
/** Of a text so many cells are shown, or there is no table. */
const MIN_CELLS = 6
const SHOWN_NULL = 'null'
/** A count that is not known. */
const UNKNOWN = '–'

/** What a table is made for. */
export interface TableForm {
  /** of the terminal in cells; long texts are cut with … to fit. undefined: nothing is cut */
  width: number | undefined
  /** text that runs from right to left is kept apart from its neighbours, which the terminal would turn around with it */
  isTerminal: boolean
}

/** What there is nothing of in a row. */
export type Gap = 'of 0' | 'not known'

/** What is done with rows and cells in which there is nothing. */
export interface Nothing {
  /** more than ten rows on end with the same nothing are one line; undefined: every row is shown */
  gapOf?: ((row: number) => Gap | undefined) | undefined
  /** place of the first column in which null is a count that is not known; undefined: there is none */
  unknownFrom?: number | undefined
}

/** A column whose texts may stand on a terminal. */
interface Column {
  name: string
  isNumeric: boolean
  text(row: number): string
}

/** @returns pieces of text: a table, or where it is wider than the terminal a line for each value; without columns none */
export function* drawTable(
  cells: readonly Cells[],
  rows: number,
  form: TableForm,
  { gapOf, unknownFrom = cells.length }: Nothing = {},
): Iterable<string> {
  if (cells.length === 0) return
  const columns = cells.map(({ name, isNumeric, text }, i) => ({
    name: terminalText(name),
    isNumeric,
    text: (row: number) => terminalText(text(row) ?? (i < unknownFrom ? SHOWN_NULL : UNKNOWN)),
  }))
  // read twice rather than kept: a million rows of text are more than their numbers and bytes
  const natural = columns.map(({ name }) => cellWidth(name))
  let foldedCells = 0
  for (const line of linesOf(rows, gapOf)) {
    if ('gap' in line) foldedCells = Math.max(foldedCells, cellWidth(foldedText(line)))
    else for (const [i, { text }] of columns.entries()) natural[i] = Math.max(natural[i]!, cellWidth(text(line.row)))
  }
  const widths = fitWidths(columns, natural, form.width)
  if (widths === undefined) return yield* inPieces(listLines(columns, linesOf(rows, gapOf), form))
  widths[0]! += Math.max(0, foldedCells - innerCells(widths))
  yield* inPieces(boxLines(columns, widths, linesOf(rows, gapOf), form))
}

function* boxLines(
  columns: readonly Column[],
  widths: readonly number[],
  lines: Iterable<Line>,
  { isTerminal }: TableForm,
): Iterable<string> {
  const rule = (left: string, cross: string, right: string) =>
    `${left}${widths.map(cells => '─'.repeat(cells + 2)).join(cross)}${right}\n`
  const line = (textOf: (column: Column) => string) => {
    const cell = (column: Column, i: number) => padText(textOf(column), widths[i]!, column.isNumeric, isTerminal)
    return `│${columns.map((column, i) => ` ${cell(column, i)} `).join('│')}│\n`
  }
  yield rule('┌', '┬', '┐') + line(({ name }) => name) + rule('├', '┼', '┤')
  for (const shown of lines) {
    yield 'gap' in shown
      ? `│ ${padText(foldedText(shown), innerCells(widths), false)} │\n`
      : line(({ text }) => text(shown.row))
  }
  yield rule('└', '┴', '┘')
}

/** A line for each value, as a table of so many columns would be cut to nothing. Only numbers are longer than a line. */
function* listLines(columns: readonly Column[], lines: Iterable<Line>, form: TableForm): Iterable<string> {
  const width = Math.max(form.width ?? 0, 2 * MIN_CELLS)
  const widest = columns.reduce((most, { name }) => Math.max(most, cellWidth(name)), 0)
  const nameCells = Math.min(widest, Math.floor(width / 2) - 1)
  const head = (text: string) => `── ${text} ${'─'.repeat(Math.max(2, width - text.length - 4))}\n`
  const line = (name: string, text: string) =>
    `${padText(name, nameCells, false, form.isTerminal)}  ${form.isTerminal ? isolated(text) : text}\n`
  let isEmpty = true
  for (const shown of lines) {
    isEmpty = false
    if ('gap' in shown) {
      yield `${foldedText(shown)}\n`
      continue
    }
    yield head(`row ${(shown.row + 1).toLocaleString('en-US')}`)
    for (const { name, isNumeric, text } of columns) {
      yield line(name, isNumeric ? text(shown.row) : cutText(text(shown.row), width - nameCells - 2))
    }
  }
  if (isEmpty) yield head('no row') + columns.map(({ name }) => `${cutText(name, width)}\n`).join('')
}

function* inPieces(lines: Iterable<string>): Iterable<string> {
  let piece: string[] = []
  for (const line of lines) {
    piece.push(line)
    if (piece.length < PIECE_ROWS) continue
    yield piece.join('')
    piece = []
  }
  yield piece.join('')
}

/** A line of the table: a row, or so many rows on end in which there is the same nothing. */
type Line = { row: number } | Folded

interface Folded {
  rows: number
  gap: Gap
}

function* linesOf(rows: number, gapOf: Nothing['gapOf'] = () => undefined): Iterable<Line> {
  for (let row = 0; row < rows; ) {
    const gap = gapOf(row)
    let end = row + 1
    if (gap !== undefined) while (end < rows && gapOf(end) === gap) end++
    if (gap !== undefined && end - row > MAX_GAP_ROWS) yield { rows: end - row, gap }
    else for (let shown = row; shown < end; shown++) yield { row: shown }
    row = end
  }
}

function foldedText({ rows, gap }: Folded): string {
  return `… ${counted(rows, 'row')} ${gap}`
}

/**
 * The widest texts give way first; numbers never do, for a cut number is a wrong number.
 * @returns undefined where it does not fit all the same
 */
function fitWidths(
  columns: readonly Column[],
  natural: readonly number[],
  width: number | undefined,
): number[] | undefined {
  if (width === undefined) return [...natural]
  const frame = 3 * columns.length + 1
  const capped = (cap: number) => natural.map((cells, i) => (columns[i]!.isNumeric ? cells : Math.min(cells, cap)))
  let cap = Math.max(...natural)
  while (cap > MIN_CELLS && frame + sum(capped(cap)) > width) cap--
  return frame + sum(capped(cap)) > width ? undefined : capped(cap)
}

/** Between the outer two spaces of a line. */
function innerCells(widths: readonly number[]): number {
  return sum(widths) + 3 * (widths.length - 1)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Direction marks and overrides, and what else has no glyph and on some terminals takes a cell. Joiners make emoji. */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/g
const CONTROL_IN_LINES = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/g

/** A text that stays on its line and leaves the terminal as it is. */
export function terminalText(text: string): string {
  if (isPlain(text)) return text
  return text.replace(CONTROL, pictureOf).replace(INVISIBLE, '').toWellFormed()
}

/** Lines of a form for programs, which a person looks at: tabs and line ends are theirs, and nothing else is obeyed. */
export function terminalLines(lines: string): string {
  return lines.replace(CONTROL_IN_LINES, pictureOf).replace(INVISIBLE, '').toWellFormed()
}

function pictureOf(control: string): string {
  const code = control.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '␡'
  return code >= 0x2028 ? '␤' : '\ufffd'
}

/** The text in exactly so many cells, cut with … where it is longer. */
export function padText(text: string, cells: number, toRight: boolean, isIsolated = false): string {
  const fitted = cutText(text, cells)
  const padding = ' '.repeat(Math.max(0, cells - cellWidth(fitted)))
  const shown = isIsolated ? isolated(fitted) : fitted
  return toRight ? padding + shown : shown + padding
}

/** Blocks whose letters run from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/**
 * Between FSI and PDI, where it needs them: a terminal that orders text by the Unicode algorithm (VTE, Terminal.app) would
 * else show the frame and the number behind an Arabic word in front of it. They take no cell; others do not show them.
 */
function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text
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

/** Printable ASCII and the letters of Latin, a cell each, which need no second look. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e\u00c0-\u024f]*$/.test(text)
}
