/** Some rows of a table as a table of their own: all its columns, lists too, by bytes. */
import { type Data, makeData, type Table, Utf8 } from 'apache-arrow'
import { columnsToTable, takeColumn } from './columns.ts'
import { rowsOf, type TextLists } from './rows.ts'

/**
 * @param picks row numbers of the table, in the order that the rows are to have
 * @param instead columns to be put in the place of the table's own, each as long as `picks`
 */
export function takeRows(table: Table, picks: Uint32Array, instead: Readonly<Record<string, Data>> = {}): Table {
  const rows = rowsOf([table])
  const columns: Record<string, Data> = {}
  if (picks.length > 0) {
    for (const { name } of table.schema.fields) columns[name] = instead[name] ?? takeColumn(rows, name, picks)
  }
  return columnsToTable(table.schema, picks.length, columns)
}

/** The bytes of each item of a row, where they lie. */
export function itemsOf({ rows, lists, offsets, bytes }: TextLists, row: number): Uint8Array[] {
  const chunk = rows.chunkOf[row]!
  const at = row - rows.starts[chunk]!
  const items: Uint8Array[] = []
  for (let item = lists[chunk]![at]!; item < lists[chunk]![at + 1]!; item++) {
    items.push(bytes[chunk]!.subarray(offsets[chunk]![item]!, offsets[chunk]![item + 1]!))
  }
  return items
}

/** Texts, one a row, as a column without nulls. */
export function textsToColumn(texts: readonly Uint8Array[]): Data<Utf8> {
  const valueOffsets = new Int32Array(texts.length + 1)
  for (const [i, { length }] of texts.entries()) valueOffsets[i + 1] = valueOffsets[i]! + length
  return makeData({ type: new Utf8(), length: texts.length, nullCount: 0, valueOffsets, data: concatenated(texts) })
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
