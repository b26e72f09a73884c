/**
 * Rows: several Arrow tables read as one run of rows, column by column, with no object per row.
 *
 * An hour of layer1 is many small files. Their text is never copied together (one Arrow column ends
 * at 2 GiB, and the `raw` of a busy hour passes that): a row number leads to a chunk and a place in it,
 * the same for every column.
 */
import type { Data, Schema, Table } from 'apache-arrow'
import { TwdwError } from '../../errors.ts'

export interface Rows {
  readonly count: number
  /** row number of the first row of each chunk, then `count` */
  readonly starts: Uint32Array
  /** chunk of each row */
  readonly chunkOf: Uint32Array
  /** the column's chunks, in order; none is empty */
  chunks(name: string): readonly Data[]
  /** do all tables have the column? */
  has(name: string): boolean
}

/** UTF-8 text of a column where it lies: chunk by chunk, row i of a chunk from offsets[i] to offsets[i + 1]. */
export interface Texts {
  readonly rows: Rows
  readonly offsets: readonly Int32Array[]
  readonly bytes: readonly Uint8Array[]
  /** by row: 1 where there is a value; undefined where all rows have one */
  readonly valid: Uint8Array | undefined
}

/** A column of lists of text: row i of a chunk has the items from lists[i] to lists[i + 1]. Nothing is null. */
export interface TextLists {
  readonly rows: Rows
  readonly lists: readonly Int32Array[]
  readonly offsets: readonly Int32Array[]
  readonly bytes: readonly Uint8Array[]
}

/**
 * 64-bit integers as pairs of 32-bit halves, low half at 2i and high half at 2i + 1: the memory of a
 * BigInt64Array, read without making a BigInt of each.
 */
export interface Int64s {
  readonly halves: Int32Array
  /** as in Texts */
  readonly valid: Uint8Array | undefined
}

/**
 * @param path of the file that the table was read from, for the sentence
 * @throws TwdwError E_LAKE when the table lacks a column of the schema, has it with another type, or lacks values that it needs
 */
export function checkColumns(table: Table, schema: Schema, path: string): void {
  for (const field of schema.fields) {
    const found = table.schema.fields.find(({ name }) => name === field.name)
    if (found === undefined || String(found.type) !== String(field.type)) {
      const what = found === undefined ? 'is missing' : `is ${found.type} and not ${field.type}`
      throw foreignFile(`column ${field.name} of ${path} ${what}`)
    }
    const { nullCount } = table.getChild(field.name)!
    if (!field.nullable && nullCount > 0) {
      throw foreignFile(`column ${field.name} of ${path} must have a value in every row, and ${nullCount} have none`)
    }
  }
}

function foreignFile(sentence: string): TwdwError {
  return new TwdwError('E_LAKE', sentence, {
    hint: 'the file was not made by this version of twdw; move it out of the lake, or restore it',
  })
}

/** @param tables n >= 0 tables that have the columns that will be asked for */
export function rowsOf(tables: readonly Table[]): Rows {
  const batches = tables.flatMap(table => table.batches).filter(batch => batch.numRows > 0)
  const starts = new Uint32Array(batches.length + 1)
  for (const [i, batch] of batches.entries()) starts[i + 1] = starts[i]! + batch.numRows
  const count = starts[batches.length]!
  const chunkOf = new Uint32Array(count)
  for (let chunk = 0; chunk < batches.length; chunk++) chunkOf.fill(chunk, starts[chunk]!, starts[chunk + 1]!)
  return {
    count,
    starts,
    chunkOf,
    has: name => batches.every(batch => batch.schema.fields.some(field => field.name === name)),
    chunks: name =>
      batches.map(batch => {
        const child = batch.data.children[batch.schema.fields.findIndex(field => field.name === name)]
        if (child === undefined) throw new Error(`no column ${name} in a table of ${batch.schema.names.join(', ')}`)
        return child
      }),
  }
}

export function textsOf(rows: Rows, name: string): Texts {
  const chunks = rows.chunks(name)
  return {
    rows,
    offsets: chunks.map(chunk => chunk.valueOffsets as Int32Array),
    bytes: chunks.map(chunk => chunk.values as Uint8Array),
    valid: validRows(rows, chunks),
  }
}

export function textListsOf(rows: Rows, name: string): TextLists {
  const chunks = rows.chunks(name)
  const items = chunks.map(chunk => chunk.children[0]!)
  return {
    rows,
    lists: chunks.map(chunk => chunk.valueOffsets as Int32Array),
    offsets: items.map(item => item.valueOffsets as Int32Array),
    bytes: items.map(item => item.values as Uint8Array),
  }
}

/** Integers of 64 bits, and instants and wall clocks, which are such integers. Not to be written into. */
export function int64sOf(rows: Rows, name: string): Int64s {
  const chunks = rows.chunks(name)
  const [only] = chunks
  if (only !== undefined && only.length === rows.count) {
    const { buffer, byteOffset } = only.values as BigInt64Array
    return { halves: new Int32Array(buffer, byteOffset, rows.count * 2), valid: validRows(rows, chunks) }
  }
  const halves = new Int32Array(rows.count * 2)
  for (const [i, { values, length }] of chunks.entries()) {
    const view = values as BigInt64Array
    halves.set(new Int32Array(view.buffer, view.byteOffset, length * 2), rows.starts[i]! * 2)
  }
  return { halves, valid: validRows(rows, chunks) }
}

/** 1 for true, 0 for false and null. */
export function boolsOf(rows: Rows, name: string): { values: Uint8Array; valid: Uint8Array | undefined } {
  const chunks = rows.chunks(name)
  const values = new Uint8Array(rows.count)
  for (const [i, chunk] of chunks.entries()) unpackBits(chunk.values as Uint8Array, chunk, values, rows.starts[i]!)
  const valid = validRows(rows, chunks)
  if (valid !== undefined) for (let row = 0; row < rows.count; row++) values[row]! &= valid[row]!
  return { values, valid }
}

/** By row: 1 where there is a value; undefined where all rows have one. */
export function validRows(rows: Rows, chunks: readonly Data[]): Uint8Array | undefined {
  if (chunks.every(chunk => chunk.nullCount === 0)) return undefined
  const valid = new Uint8Array(rows.count).fill(1)
  for (const [i, chunk] of chunks.entries()) {
    if (chunk.nullCount > 0) unpackBits(chunk.nullBitmap as Uint8Array, chunk, valid, rows.starts[i]!)
  }
  return valid
}

/** Visit every row in order. Null rows are visited too, with end = start. */
export function forEachText(
  texts: Texts,
  visit: (row: number, bytes: Uint8Array, start: number, end: number) => void,
): void {
  for (const [chunk, offsets] of texts.offsets.entries()) {
    const bytes = texts.bytes[chunk]!
    const first = texts.rows.starts[chunk]!
    const length = texts.rows.starts[chunk + 1]! - first
    for (let i = 0; i < length; i++) visit(first + i, bytes, offsets[i]!, offsets[i + 1]!)
  }
}

/** Visit every item of every row, rows in order and items in order. */
export function forEachItem(
  lists: TextLists,
  visit: (row: number, bytes: Uint8Array, start: number, end: number) => void,
): void {
  for (const [chunk, bounds] of lists.lists.entries()) {
    const bytes = lists.bytes[chunk]!
    const offsets = lists.offsets[chunk]!
    const first = lists.rows.starts[chunk]!
    const length = lists.rows.starts[chunk + 1]! - first
    for (let i = 0; i < length; i++) {
      const end = bounds[i + 1]!
      for (let item = bounds[i]!; item < end; item++) visit(first + i, bytes, offsets[item]!, offsets[item + 1]!)
    }
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end))
}

/** One value as a string, for messages and other cold paths. Null gives ''. */
export function textAt(texts: Texts, row: number): string {
  const chunk = texts.rows.chunkOf[row]!
  const i = row - texts.rows.starts[chunk]!
  return decodeText(texts.bytes[chunk]!, texts.offsets[chunk]![i]!, texts.offsets[chunk]![i + 1]!)
}

/** Order of two texts by their UTF-8 bytes: negative, 0 or positive. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const shared = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < shared; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}

/** Bits of an Arrow bitmap → one byte each, from `at`. Arrow does not move a bitmap when it slices a column. */
function unpackBits(bits: Uint8Array, { offset, length }: Data, into: Uint8Array, at: number): void {
  for (let i = 0; i < length; i++) into[at + i] = (bits[(offset + i) >> 3]! >> ((offset + i) & 7)) & 1
}

/** Are both tables equal in names, types and values? By values and not by bytes; meant for small tables. */
export function hasSameRows(a: Table, b: Table): boolean {
  const asText = (table: Table) =>
    JSON.stringify(
      table.schema.fields.map(({ name, type }) => [name, String(type), [...table.getChild(name)!]]),
      (_, value) => (typeof value === 'bigint' ? `${value}` : value),
    )
  return a.numRows === b.numRows && asText(a) === asText(b)
}
