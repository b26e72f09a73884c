/**
 * Answers as text for programs: CSV, TSV, JSON, JSON lines, Markdown. Terminals have text-table.
 *
 * Texts come in pieces, so that a long answer is never one string. Data is never changed for looks; only what a
 * form itself needs is escaped.
 */
import type { Table } from 'apache-arrow'
import type { Zone } from '../question/local-time.ts'
import { type Cells, cellsOf } from './cells.ts'
import type { TextFormat } from './forms.ts'
import { spreadsheetText } from './ids-as-text.ts'
import { drawTable, type Gap, type TableForm } from './text-table.ts'

/** Rows that are put into one piece of text. */
const PIECE_ROWS = 1000

/** How a table is shown. */
export interface ShownTable extends TableForm {
  /** a long run of rows whose counts are 0, or not known, is one line */
  foldsZeros: boolean
  /** place of the first count, with nothing but counts behind it; undefined: only the last column may be one */
  firstCount?: number | undefined
}

/**
 * @param zone  of the lake
 * @param shown for a table
 * @param ids   names of columns that a spreadsheet must not take for numbers: in CSV and TSV they are made for one
 * @returns     pieces of text, the last one ending with a line end
 */
export function formatAnswer(
  answer: Table,
  format: TextFormat,
  zone: Zone,
  shown: ShownTable,
  ids: ReadonlySet<string> = new Set(),
): Iterable<string> {
  const columns = columnsOf(answer, zone)
  const forSpreadsheets = () => columns.map(column => (ids.has(column.name) ? spreadsheetText(column) : column))
  switch (format) {
    case 'table':
      return drawTable(columns, answer.numRows, shown, {
        gapOf: shown.foldsZeros ? gaps(columns.slice(shown.firstCount ?? -1)) : undefined,
        unknownFrom: shown.firstCount,
      })
    case 'csv':
      return toCsv(forSpreadsheets(), answer.numRows)
    case 'tsv':
      return toTsv(forSpreadsheets(), answer.numRows)
    case 'json':
      return toJson(columns, answer.numRows)
    case 'ndjson':
      return toJsonLines(columns, answer.numRows)
    case 'markdown':
      return toMarkdown(columns, answer.numRows)
  }
}

/** What there is nothing of in a row: a percentage, which 0 has none of, is no count. */
function gaps(columns: readonly Cells[]): (row: number) => Gap | undefined {
  const counts = columns.filter(({ name }) => name !== 'change_percent')
  return row => {
    const texts = counts.map(column => column.text(row))
    if (texts.every(text => text === '0')) return 'of 0'
    return texts.every(text => text === null) ? 'not known' : undefined
  }
}

/** The columns of an answer, in order. */
export function columnsOf(answer: Table, zone: Zone): Cells[] {
  return answer.schema.fields.map((field, i) => cellsOf(field.name, answer.getChildAt(i)!, zone))
}

/**
 * RFC 4180 but for the line end, which is LF, as it is in every tool that a pipe leads to. No value is an empty
 * field, and an empty text is `""`.
 */
function* toCsv(columns: readonly Cells[], rows: number): Iterable<string> {
  yield `${columns.map(({ name }) => csvField(name)).join(',')}\n`
  yield* pieces(rows, row => `${columns.map(column => csvField(column.text(row))).join(',')}\n`)
}

function csvField(text: string | null): string {
  if (text === null) return ''
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * The text format of PostgreSQL's COPY, with names on the first line: no value is `\N`, and a backslash stands before what
 * would end a field. So a row is always one line and a field never has a tab in it, which is what cut, awk and sort go by,
 * and COPY, MySQL's LOAD DATA and ClickHouse read it as it is. The TSV of IANA cannot hold a tab or a line end at all.
 */
function* toTsv(columns: readonly Cells[], rows: number): Iterable<string> {
  yield `${columns.map(({ name }) => tsvField(name)).join('\t')}\n`
  yield* pieces(rows, row => `${columns.map(column => tsvField(column.text(row))).join('\t')}\n`)
}

const TSV_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

function tsvField(text: string | null): string {
  return text === null ? '\\N' : text.replace(/[\\\b\f\n\r\t\v]/g, found => TSV_ESCAPES[found]!)
}

function* toJson(columns: readonly Cells[], rows: number): Iterable<string> {
  const objectOf = jsonObjects(columns)
  yield '['
  yield* pieces(rows, row => `${row === 0 ? '\n' : ',\n'} ${objectOf(row)}`)
  yield rows === 0 ? ']\n' : '\n]\n'
}

function toJsonLines(columns: readonly Cells[], rows: number): Iterable<string> {
  const objectOf = jsonObjects(columns)
  return pieces(rows, row => `${objectOf(row)}\n`)
}

function jsonObjects(columns: readonly Cells[]): (row: number) => string {
  const named = columns.map(column => ({ key: JSON.stringify(column.name), json: column.json }))
  return row => `{${named.map(({ key, json }) => `${key}:${json(row)}`).join(',')}}`
}

/** A table of GitHub's Markdown. */
function* toMarkdown(columns: readonly Cells[], rows: number): Iterable<string> {
  if (columns.length === 0) return
  yield `| ${columns.map(({ name }) => markdownCell(name)).join(' | ')} |\n`
  yield `|${columns.map(({ isNumeric }) => (isNumeric ? '---:' : '---')).join('|')}|\n`
  yield* pieces(rows, row => `| ${columns.map(column => markdownCell(column.text(row) ?? '')).join(' | ')} |\n`)
}

/** What would end the cell, or be read as something else than text, is escaped. */
function markdownCell(text: string): string {
  return text.replace(/[\\`*[\]<>|~&]|(?<![a-z0-9])_|_(?![a-z0-9])/gi, '\\$&').replace(/\r\n|[\r\n]/g, '<br>')
}

function* pieces(rows: number, lineOf: (row: number) => string): Iterable<string> {
  for (let start = 0; start < rows; start += PIECE_ROWS) {
    let piece = ''
    for (let row = start; row < Math.min(rows, start + PIECE_ROWS); row++) piece += lineOf(row)
    yield piece
  }
}
