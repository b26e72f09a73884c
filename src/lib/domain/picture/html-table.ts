/** An answer as a table of a page: sortable, every digit there, every text in its own direction. */
import type { Cells } from '../answer/cells.ts'
import { counted } from '../wording.ts'
import { escapeHtml, numberText } from './html.ts'

/** More rows make a page slow to open. */
const MAX_ROWS = 5000

/** How a table differs from the next. */
export interface TableForm {
  /** for who does not see the chart */
  label: string
  /** columns whose numbers have commas; ids and years have none */
  grouped?: readonly string[]
  /** HTML of a cell; undefined: its text */
  cellOf?: (name: string, row: number) => string | undefined
}

/** @returns '' for an answer without columns */
export function tableToHtml(columns: readonly Cells[], rows: number, form: TableForm): string {
  if (columns.length === 0) return ''
  const shown = Math.min(rows, MAX_ROWS)
  const headings = columns.map(({ name, isNumeric }) => {
    return `<th scope="col"${isNumeric ? ' class="number"' : ''}><button type="button">${escapeHtml(name)}</button></th>`
  })
  const lines: string[] = []
  for (let row = 0; row < shown; row++) {
    lines.push(`<tr>${columns.map(column => cell(column, row, form)).join('')}</tr>\n`)
  }
  const rest =
    rows > shown
      ? `<p class="note">The first ${numberText(shown)} of ${counted(rows, 'row')}; --format csv writes them all.</p>\n`
      : ''
  return `<div class="scroll"><table class="sortable" aria-label="${escapeHtml(form.label)}">
<thead><tr>${headings.join('')}</tr></thead>
<tbody>
${lines.join('')}</tbody>
</table></div>
${rest}`
}

function cell(column: Cells, row: number, { grouped = [], cellOf }: TableForm): string {
  const text = column.text(row)
  if (text === null) return `<td class="none${column.isNumeric ? ' number' : ''}" data-none title="no value">–</td>`
  const html = cellOf?.(column.name, row)
  if (column.isNumeric) {
    return `<td class="number">${html ?? escapeHtml(grouped.includes(column.name) ? withCommas(text) : text)}</td>`
  }
  return `<td class="text" dir="auto">${html ?? escapeHtml(text)}</td>`
}

function withCommas(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',')
}
