/**
 * Ids as text, for programs that take every number for a double: spreadsheets keep 15 digits of it, JavaScript 53 bits.
 *
 * Ids are whole numbers that are called `id` or `…_id`, and those of a column in which one has more than 15 digits, whatever
 * it is called; in lists and records too.
 */
import { type Data, DataType, type Field, List, Map_, makeData, Schema, Struct, type Table, Vector } from 'apache-arrow'
import { columnsToTable, stringsToColumn } from '../columns/columns.ts'
import { type Cells, decimalToText } from './cells.ts'

/** A name that occurs twice has a number behind it. */
const ID_NAME = /(?:^|_)ids?(?:_\d+)?$/i
const LONG_NUMBER = /^-?\d{16,}$/

/**
 * @param table of one batch at most, as answers are
 * @returns     the same rows, in which ids are Utf8; `ids` are the names of columns of them, those that were text before too
 */
export function idsToTexts(table: Table): { table: Table; ids: ReadonlySet<string> } {
  const columns = table.schema.fields.map(({ name, type }, i) =>
    // without rows there may be no memory to look at, and the types are changed all the same
    textsOfIds(name, table.numRows === 0 ? makeData({ type, length: 0 }) : table.getChildAt(i)!.data[0]!),
  )
  const fields = table.schema.fields.map((field, i) => field.clone({ type: columns[i]!.type }))
  const byName = Object.fromEntries(fields.map(({ name }, i) => [name, columns[i]!]))
  const ids = fields.filter(
    ({ name, type }, i) => DataType.isUtf8(type) && (ID_NAME.test(name) || hasLong(columns[i]!)),
  )
  return {
    table: columnsToTable(new Schema(fields), table.numRows, byName),
    ids: new Set(ids.map(({ name }) => name)),
  }
}

/**
 * Cells that Excel and Google Sheets take for text when they open a file: a formula whose value is that text, `="123"`.
 * Nothing else that a CSV can hold makes them, not even quotes.
 */
export function spreadsheetText(cells: Cells): Cells {
  return {
    ...cells,
    text(row) {
      const text = cells.text(row)
      return text === null ? null : `="${text.replaceAll('"', '""')}"`
    },
  }
}

function textsOfIds(name: string, data: Data): Data {
  if (data.children.length === 0) return textsOfWholeNumbers(name, data)
  const fields: readonly Field[] = data.type.children
  const children = data.children.map((child, i) =>
    textsOfIds(DataType.isStruct(data.type) ? fields[i]!.name : name, child),
  )
  if (children.every((child, i) => child === data.children[i])) return data
  const inside = fields.map((field, i) => field.clone({ type: children[i]!.type }))
  return data.clone(typeAround(data.type, inside), data.offset, data.length, data.nullCount, data.buffers, children)
}

function typeAround(type: DataType, inside: Field[]): DataType {
  if (DataType.isMap(type)) return new Map_(inside[0] as never, type.keysSorted)
  return DataType.isList(type) ? new List(inside[0]!) : new Struct(inside)
}

function textsOfWholeNumbers(name: string, data: Data): Data {
  const isDecimal = DataType.isDecimal(data.type)
  if (!(DataType.isInt(data.type) || (isDecimal && data.type.scale === 0))) return data
  const texts = Array.from(new Vector([data]), value =>
    value === null ? null : isDecimal ? decimalToText(value, 0) : String(value),
  )
  const column = stringsToColumn(texts)
  return ID_NAME.test(name) || hasLong(column) ? column : data
}

function hasLong(texts: Data): boolean {
  for (const text of new Vector([texts])) if (text !== null && LONG_NUMBER.test(text)) return true
  return false
}
