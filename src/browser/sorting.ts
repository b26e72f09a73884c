/** Tables that are sorted by a click on a heading: once down or up, and again the other way round. */
import { compareCells } from '../lib/domain/picture/sort-order.ts'

/** @param table with a button in each heading; numeric columns are of class `number` */
export function makeSortable(table: HTMLTableElement): void {
  const headings = [...table.querySelectorAll<HTMLTableCellElement>('thead th')]
  for (const [column, heading] of headings.entries()) {
    heading.querySelector('button')?.addEventListener('click', () => {
      const isNumeric = heading.classList.contains('number')
      const was = heading.getAttribute('aria-sort')
      // of numbers the greatest are looked for, of names the first
      const isDescending = was === null ? isNumeric : was === 'ascending'
      for (const other of headings) other.removeAttribute('aria-sort')
      heading.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending')
      sortRows(table, column, isNumeric, isDescending)
    })
  }
}

function sortRows(table: HTMLTableElement, column: number, isNumeric: boolean, isDescending: boolean): void {
  const body = table.tBodies[0]
  if (body === undefined) return
  const rows = [...body.rows].map(row => ({ row, text: cellValue(row.cells[column]) }))
  rows.sort((a, b) => compareCells(a.text, b.text, { isNumeric, isDescending }))
  body.append(...rows.map(({ row }) => row))
}

/** null where the answer has no value. */
function cellValue(cell: HTMLTableCellElement | undefined): string | null {
  if (cell === undefined || cell.dataset.none !== undefined) return null
  return cell.textContent
}
