/** A place in SQL, as a person is shown it: the line, and a caret below the character. */
import { cellWidth, terminalText } from '../answer/text-table.ts'

/** Cells of a line that fit beside its number on the narrowest terminals that are in use. */
const MOST_CELLS = 70
/** What is shown of a long line before the place. */
const CELLS_BEFORE = 40

/**
 * @param at index in `sql`, in UTF-16 units; its length for what should have gone on
 * @returns  two lines without a line end, such as `LINE 2: SELECT nope` and a caret below the n
 */
export function showPlace(sql: string, at: number): string {
  const before = sql.slice(0, at).split(LINE_END)
  const [after = ''] = sql.slice(at).split(LINE_END)
  const head = shownEnd(printable(before.at(-1) ?? ''), CELLS_BEFORE)
  const tail = shownBeginning(printable(after), MOST_CELLS - cellWidth(head))
  const label = `LINE ${before.length}: `
  return `${label}${head}${tail}\n${' '.repeat(cellWidth(label + head))}^`
}

const LINE_END = /\r\n|\n|\r/

/** A tab is as wide as the terminal likes, and a caret cannot know. */
function printable(text: string): string {
  return terminalText(text.replaceAll('\t', ' '))
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

function shownBeginning(text: string, cells: number): string {
  if (cellWidth(text) <= cells) return text
  return `${fitting(graphemesOf(text), cells).join('')}…`
}

function shownEnd(text: string, cells: number): string {
  if (cellWidth(text) <= cells) return text
  return `…${fitting(graphemesOf(text).reverse(), cells).reverse().join('')}`
}

function graphemesOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment)
}

/** The first of the parts that together take no more than so many cells. */
function fitting(parts: readonly string[], cells: number): string[] {
  let width = 0
  const end = parts.findIndex(part => {
    width += cellWidth(part)
    return width > cells
  })
  return end < 0 ? [...parts] : parts.slice(0, end)
}
