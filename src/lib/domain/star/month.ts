/**
 * The rows of a month: those of many hours or days, sorted as each of them is.
 *
 * A question about a tag wants few rows of every day. Sorted over a month they lie in one row group or two, and a reader leaves
 * out all others; one behind the other, as the days are, it would have to open as many groups as there are days.
 */
import { type Table, Type } from 'apache-arrow'
import { columnsToTable, takeColumn } from '../columns/columns.ts'
import { toNumber } from '../columns/int64.ts'
import { numbersBetween } from '../columns/order.ts'
import { int64sOf, type Rows, rowsOf } from '../columns/rows.ts'
import { type Hour, hourStartMs } from '../hour.ts'
import { LAYER2, type StarTable } from '../layer2.ts'
import { codedByName, createCompareCoded, mergeAll } from './merge-sorted.ts'

/** Rows that are laid out together: a row group. */
const SPAN_ROWS = 131_072

/** A row of the fact or of a profile takes some 300 bytes, of the others less than 100. */
const WIDE_TABLES: readonly StarTable[] = ['fact_tweet', 'dim_user_snapshot']

/** How many rows of a table are in memory at a time, and sorted together. */
export function sortedTogether(table: StarTable): number {
  return WIDE_TABLES.includes(table) ? 2 * SPAN_ROWS : 8 * SPAN_ROWS
}

/** Rows of a day's file that are of some hours. @returns the numbers of those rows, ascending */
export function rowsOfHours(table: Table, hours: ReadonlySet<Hour>): Uint32Array {
  const wanted = new Set([...hours].map(hourStartMs))
  const { halves } = int64sOf(rowsOf([table]), 'utc_hour')
  return numbersBetween(0, table.numRows).filter(row => wanted.has(toNumber(halves, row)))
}

/** Some rows of a file. */
export interface SortedFile {
  table: Table
  /** numbers of the rows that are wanted, ascending; all when left out */
  rows?: Uint32Array
}

/**
 * Rows of several files in one order, which is that of each of them.
 * @param files with the columns of the table
 * @returns tables of at least one row and at most a row group
 */
export function* sortedRows(name: StarTable, files: readonly SortedFile[]): Generator<Table> {
  const { schema, sortedBy } = LAYER2[name]
  if (files.length === 0) return
  const rows = rowsOf(files.map(({ table }) => table))
  const order = orderOf(rows, files, sortedBy)
  // each column as a whole: taken span by span, every span would lay all of it out anew
  const columns = schema.fields.map(field => [field.name, takeColumn(rows, field.name, order)] as const)
  for (let from = 0; from < order.length; from += SPAN_ROWS) {
    const length = Math.min(SPAN_ROWS, order.length - from)
    const span = columns.map(([name, column]) => [name, column.slice(from, length)] as const)
    yield columnsToTable(schema, length, Object.fromEntries(span))
  }
}

function orderOf(rows: Rows, files: readonly SortedFile[], sortedBy: readonly string[]): Uint32Array {
  if (rows.count === 0) return new Uint32Array(0)
  const runs: Uint32Array[] = []
  let first = 0
  for (const { table, rows: wanted } of files) {
    const start = first
    runs.push(wanted?.map(row => start + row) ?? numbersBetween(start, start + table.numRows))
    first += table.numRows
  }
  const isText = (name: string) => rows.chunks(name)[0]!.type.typeId === Type.Utf8
  const coded = codedByName(rows, sortedBy.filter(isText))
  return mergeAll(runs, createCompareCoded(rows, sortedBy, coded))
}
