/** Some rows of a table as a table of their own: all its columns, lists too, by bytes. */
import { type Data, Field, List, makeData, type Table, Type, Utf8 } from 'apache-arrow'
import { columnsToTable, takeColumn } from './columns.ts'
import { type Rows, rowsOf, type TextLists, textListsOf } from './rows.ts'

/**
 * @param picks row numbers of the table, in the order that the rows are to have
 * @param instead columns to be put in the place of the table's own, each as long as `picks`
 */
export function takeRows(table: Table, picks: Uint32Array, instead: Readonly<Record<string, Data>> = {}): Table {
  const rows = rowsOf([table])
  const columns: Record<string, Data> = {}
  if (picks.length > 0) {
    for (const { name, type } of table.schema.fields) {
      columns[name] =
        instead[name] ?? (type.typeId === Type.List ? takeLists(rows, name, picks) : takeColumn(rows, name, picks))
    }
  }
  return columnsToTable(table.schema, picks.length, columns)
}

/** Lists of text; neither a list nor an item is null. */
function takeLists(rows: Rows, name: string, picks: Uint32Array): Data {
  const lists = textListsOf(rows, name)
  const bounds = new Int32Array(picks.length + 1)
  const offsets = [0]
  const pieces: Uint8Array[] = []
  for (let i = 0; i < picks.length; i++) {
    for (const item of itemsOf(lists, picks[i]!)) {
      pieces.push(item)
      offsets.push(offsets.at(-1)! + item.length)
    }
    bounds[i + 1] = pieces.length
  }
  const items = makeData({
    type: new Utf8(),
    length: pieces.length,
    nullCount: 0,
    valueOffsets: Int32Array.from(offsets),
    data: concatenated(pieces),
  })
  const type = new List(new Field('item', new Utf8(), false))
  return makeData({ type, length: picks.length, nullCount: 0, valueOffsets: bounds, child: items })
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
