/**
 * Columns: plain memory → Arrow, and chosen rows of one table → a column of another.
 *
 * The way back from `rows.ts`. Text goes across by bytes: nothing is decoded, and nothing that was valid UTF-8
 * can come out as something else.
 */
import {
  Bool,
  type Data,
  type DataType,
  DateDay,
  Dictionary,
  Float64,
  Int32,
  Int64,
  type List,
  makeData,
  RecordBatch,
  type Schema,
  Struct,
  Table,
  type Timestamp,
  TimestampMicrosecond,
  Type,
  Utf8,
  Vector,
} from 'apache-arrow'
import { instant } from '../layer1.ts'
import { multiplyInt64s, numbersToHalves } from './int64.ts'
import { type Int64s, type Rows, type TextLists, type Texts, textListsOf } from './rows.ts'
import { takeBytes } from './take.ts'
import type { DistinctTexts } from './text-index.ts'

/** By row: 1 where there is a value; undefined where all rows have one. */
type Valid = Uint8Array | undefined

/**
 * A table of one batch.
 * @param columns one for each field of the schema, under its name, each `count` rows long
 */
export function columnsToTable(schema: Schema, count: number, columns: Readonly<Record<string, Data>>): Table {
  // a table without rows must have no batch at all, or its schema is refused
  if (count === 0) return new Table(schema)
  const children = schema.fields.map(({ name }) => {
    const column = columns[name]
    if (column?.length !== count) throw new Error(`column ${name} has ${column?.length} rows of ${count}`)
    return column
  })
  const data = makeData({ type: new Struct(schema.fields), length: count, nullCount: 0, children })
  return new Table(schema, [new RecordBatch(schema, data)])
}

/**
 * Rows of a column, in the order of `picks`. It costs as much as there are picks, however many rows there are: whoever lays out a
 * long table does so piece by piece.
 * @param picks row numbers; one may stand there more than once
 */
export function takeColumn(rows: Rows, name: string, picks: Uint32Array): Data {
  const chunks = rows.chunks(name)
  const type: DataType | undefined = chunks[0]?.type
  const valid = takeValid(rows, chunks, picks)
  switch (type?.typeId) {
    case Type.Utf8:
      return takeTexts(textsOfChunks(rows, chunks), picks, valid)
    case Type.Bool:
      return boolsToColumn(takeBits(rows, bitmapsOf(chunks), picks), valid)
    case Type.Int:
    case Type.Timestamp:
      if ((type as Int32).bitWidth !== 32) {
        return int64sToColumn({ halves: takeHalves(rows, chunks, picks), valid }, type as Int64 | Timestamp)
      }
      break
    case Type.List:
      return takeLists(textListsOf(rows, name), picks, type as List<Utf8>)
    case Type.Float:
    case Type.Date:
      break
    default:
      throw new Error(`column ${name} is ${type}, which no table of the lake has`)
  }
  return takeNumbers(rows, chunks, picks, valid)
}

/** Columns whose values are JavaScript numbers: INT32, DATE, DOUBLE. */
function takeNumbers({ chunkOf, starts }: Rows, chunks: readonly Data[], picks: Uint32Array, valid: Valid): Data {
  const type = chunks[0]!.type as Int32 | Float64 | DateDay
  const data = new type.ArrayType(picks.length)
  for (let i = 0; i < picks.length; i++) {
    const chunk = chunkOf[picks[i]!]!
    data[i] = (chunks[chunk]!.values as Int32Array | Float64Array)[picks[i]! - starts[chunk]!]!
  }
  return makeData({ type: type as Int32, length: picks.length, data: data as Int32Array, ...validity(valid) })
}

export function takeInt64s({ halves, valid }: Int64s, picks: Uint32Array): Int64s {
  const taken = new Int32Array(picks.length * 2)
  for (let i = 0; i < picks.length; i++) {
    const from = 2 * picks[i]!
    taken[2 * i] = halves[from]!
    taken[2 * i + 1] = halves[from + 1]!
  }
  return { halves: taken, valid: valid && takeBytes(valid, picks) }
}

/** The same of chunks that are not one piece of memory. */
function takeHalves({ chunkOf, starts }: Rows, chunks: readonly Data[], picks: Uint32Array): Int32Array<ArrayBuffer> {
  const views = chunks.map(({ values, length }) => {
    const { buffer, byteOffset } = values as BigInt64Array
    return new Int32Array(buffer, byteOffset, length * 2)
  })
  const taken = new Int32Array(picks.length * 2)
  for (let i = 0; i < picks.length; i++) {
    const chunk = chunkOf[picks[i]!]!
    const halves = views[chunk]!
    const from = 2 * (picks[i]! - starts[chunk]!)
    taken[2 * i] = halves[from]!
    taken[2 * i + 1] = halves[from + 1]!
  }
  return taken
}

/** A bit for each row of a chunk, the first at `offset`; undefined where all are 1. */
interface Bitmap {
  bits: Uint8Array
  offset: number
}

const bitmapsOf = (chunks: readonly Data[]) =>
  chunks.map(({ values, offset }): Bitmap => ({ bits: values as Uint8Array, offset }))

function takeValid(rows: Rows, chunks: readonly Data[], picks: Uint32Array): Valid {
  if (chunks.every(({ nullCount }) => nullCount === 0)) return undefined
  const bitmaps = chunks.map(({ nullCount, nullBitmap, offset }) =>
    nullCount === 0 ? undefined : { bits: nullBitmap as Uint8Array, offset },
  )
  return takeBits(rows, bitmaps, picks)
}

/** @returns a byte for each pick */
function takeBits({ chunkOf, starts }: Rows, bitmaps: readonly (Bitmap | undefined)[], picks: Uint32Array): Uint8Array {
  const taken = new Uint8Array(picks.length)
  for (let i = 0; i < picks.length; i++) {
    const chunk = chunkOf[picks[i]!]!
    const bitmap = bitmaps[chunk]
    const at = picks[i]! - starts[chunk]! + (bitmap?.offset ?? 0)
    taken[i] = bitmap === undefined ? 1 : (bitmap.bits[at >> 3]! >> (at & 7)) & 1
  }
  return taken
}

/** Without a word about which are null. */
function textsOfChunks(rows: Rows, chunks: readonly Data[]): Omit<Texts, 'valid'> {
  return {
    rows,
    offsets: chunks.map(chunk => chunk.valueOffsets as Int32Array),
    bytes: chunks.map(chunk => chunk.values as Uint8Array),
  }
}

function takeTexts(texts: Omit<Texts, 'valid'>, picks: Uint32Array, valid: Valid): Data<Utf8> {
  const { starts, chunkOf } = texts.rows
  const valueOffsets = new Int32Array(picks.length + 1)
  for (let i = 0; i < picks.length; i++) {
    const chunk = chunkOf[picks[i]!]!
    const at = picks[i]! - starts[chunk]!
    const offsets = texts.offsets[chunk]!
    valueOffsets[i + 1] = valueOffsets[i]! + offsets[at + 1]! - offsets[at]!
  }
  const data = new Uint8Array(valueOffsets[picks.length]!)
  for (let i = 0; i < picks.length; ) {
    const first = picks[i]!
    const chunk = chunkOf[first]!
    // rows that stood together are copied together, as most of an hour are
    const most = Math.min(starts[chunk + 1]! - first, picks.length - i)
    let run = 1
    while (run < most && picks[i + run] === first + run) run++
    copyBytes(
      texts.bytes[chunk]!,
      texts.offsets[chunk]![first - starts[chunk]!]!,
      data,
      valueOffsets[i]!,
      valueOffsets[i + run]!,
    )
    i += run
  }
  return makeData({ type: new Utf8(), length: picks.length, valueOffsets, data, ...validity(valid) })
}

function takeLists(lists: TextLists, picks: Uint32Array, type: List<Utf8>): Data<List<Utf8>> {
  const { starts, chunkOf } = lists.rows
  const valueOffsets = new Int32Array(picks.length + 1)
  const items: number[] = []
  for (let i = 0; i < picks.length; i++) {
    const chunk = chunkOf[picks[i]!]!
    const bounds = lists.lists[chunk]!
    const at = picks[i]! - starts[chunk]!
    for (let item = bounds[at]!; item < bounds[at + 1]!; item++) items.push(chunk, item)
    valueOffsets[i + 1] = items.length / 2
  }
  // items are rows of their own: those of a chunk behind those of the chunks before
  const itemStarts = new Uint32Array(lists.offsets.length + 1)
  for (const [chunk, offsets] of lists.offsets.entries())
    itemStarts[chunk + 1] = itemStarts[chunk]! + offsets.length - 1
  const itemCount = itemStarts.at(-1)!
  const itemChunk = new Uint32Array(itemCount)
  for (let chunk = 0; chunk < lists.offsets.length; chunk++) {
    itemChunk.fill(chunk, itemStarts[chunk], itemStarts[chunk + 1])
  }
  const rows = { count: itemCount, starts: itemStarts, chunkOf: itemChunk, chunks: () => [], has: () => false }
  const itemPicks = Uint32Array.from(
    { length: items.length / 2 },
    (_, i) => itemStarts[items[2 * i]!]! + items[2 * i + 1]!,
  )
  const child = takeTexts({ rows, offsets: lists.offsets, bytes: lists.bytes }, itemPicks, undefined)
  return makeData({ type, length: picks.length, nullCount: 0, valueOffsets, child })
}

/** @param codes 0 for null, or 1 and the place of the text */
export function codedToColumn({ offsets, bytes }: DistinctTexts, codes: Uint32Array): Data<Utf8> {
  const valueOffsets = new Int32Array(codes.length + 1)
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    valueOffsets[i + 1] = valueOffsets[i]! + (code === 0 ? 0 : offsets[code]! - offsets[code - 1]!)
  }
  const data = new Uint8Array(valueOffsets[codes.length]!)
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] !== 0) copyBytes(bytes, offsets[codes[i]! - 1]!, data, valueOffsets[i]!, valueOffsets[i + 1]!)
  }
  return makeData({ type: new Utf8(), length: codes.length, valueOffsets, data, ...validity(codesToValid(codes)) })
}

/** The same as a dictionary and places in it. @param codes as in `codedToColumn` */
export function codedToDictionary(texts: DistinctTexts, codes: Uint32Array): Data<Dictionary<Utf8, Int32>> {
  const { size, bytes, offsets } = texts
  const values = makeData({ type: new Utf8(), length: size, nullCount: 0, valueOffsets: offsets, data: bytes })
  const data = new Int32Array(codes.length)
  for (let i = 0; i < codes.length; i++) data[i] = codes[i] === 0 ? 0 : codes[i]! - 1
  return makeData({
    type: new Dictionary(new Utf8(), new Int32()),
    length: codes.length,
    data,
    dictionary: new Vector([values]),
    ...validity(codesToValid(codes)),
  })
}

/** The way back: each text where its place stands. */
export function dictionaryToTexts({
  length,
  nullCount,
  nullBitmap,
  values,
  dictionary,
}: Data<Dictionary<Utf8, Int32>>) {
  const [texts] = dictionary!.data as [Data<Utf8>]
  const codes = new Uint32Array(length)
  for (let i = 0; i < length; i++) {
    const isNull = nullCount > 0 && (nullBitmap[i >> 3]! & (1 << (i & 7))) === 0
    codes[i] = isNull ? 0 : 1 + values[i]!
  }
  return codedToColumn({ size: texts.length, bytes: texts.values, offsets: texts.valueOffsets }, codes)
}

function codesToValid(codes: Uint32Array): Valid {
  if (!codes.includes(0)) return undefined
  const valid = new Uint8Array(codes.length)
  for (let i = 0; i < codes.length; i++) valid[i] = codes[i] === 0 ? 0 : 1
  return valid
}

/** Bytes from `start` on → `to`, filling at..end. */
function copyBytes(from: Uint8Array, start: number, to: Uint8Array, at: number, end: number): void {
  // a call costs more than moving a short text byte by byte, and making a view of it far more
  if (end - at > 24) Buffer.prototype.copy.call(from as Buffer, to, at, start, start + end - at)
  else for (let i = at; i < end; i++) to[i] = from[start + i - at]!
}

/** @param type INT64 unless it is an instant or a wall clock */
export function int64sToColumn({ halves, valid }: Int64s, type: Int64 | Timestamp = new Int64()): Data {
  const data = new BigInt64Array(halves.buffer, halves.byteOffset, halves.length / 2)
  return makeData({ type: type as Int64, length: data.length, data, ...validity(valid) })
}

/** @param ms milliseconds since 1970-01-01T00:00Z; what stands in null rows does not matter */
export function instantsToColumn(ms: Float64Array, valid?: Valid): Data {
  return int64sToColumn({ halves: numbersToHalves(valid === undefined ? ms : zeroNulls(ms, valid)), valid }, instant())
}

/** @param ms milliseconds since 1970-01-01T00:00 on the wall clock */
export function wallClocksToColumn(ms: Float64Array): Data {
  const halves = numbersToHalves(ms)
  // as numbers, microseconds would be exact only until the year 2255
  multiplyInt64s(halves, 1_000)
  return int64sToColumn({ halves, valid: undefined }, new TimestampMicrosecond(null))
}

/** @param days since 1970-01-01 */
export function daysToColumn(days: Int32Array): Data<DateDay> {
  return makeData({ type: new DateDay(), length: days.length, nullCount: 0, data: days })
}

export function int32sToColumn(values: Int32Array): Data<Int32> {
  return makeData({ type: new Int32(), length: values.length, nullCount: 0, data: values })
}

export function float64sToColumn(values: Float64Array, valid?: Valid): Data<Float64> {
  return makeData({ type: new Float64(), length: values.length, data: values, ...validity(valid) })
}

/** @param values 1 for true, 0 for false */
export function boolsToColumn(values: Uint8Array, valid?: Valid): Data<Bool> {
  return makeData({ type: new Bool(), length: values.length, data: packBits(values), ...validity(valid) })
}

/** Strings, for tables that are small or rare: the calendar, languages, reasons. */
export function stringsToColumn(texts: readonly (string | null)[]): Data<Utf8> {
  const encoded = texts.map(text => new TextEncoder().encode(text ?? ''))
  const valueOffsets = new Int32Array(texts.length + 1)
  for (const [i, { length }] of encoded.entries()) valueOffsets[i + 1] = valueOffsets[i]! + length
  const data = new Uint8Array(valueOffsets[texts.length]!)
  for (const [i, bytes] of encoded.entries()) data.set(bytes, valueOffsets[i])
  const valid = Uint8Array.from(texts, text => (text === null ? 0 : 1))
  return makeData({ type: new Utf8(), length: texts.length, valueOffsets, data, ...validity(valid) })
}

function validity(valid: Valid): { nullCount: number; nullBitmap: Uint8Array | null } {
  let nullCount = 0
  if (valid !== undefined) for (let i = 0; i < valid.length; i++) nullCount += 1 - valid[i]!
  // a bitmap without a null would make equal tables unequal in their bytes
  return { nullCount, nullBitmap: valid === undefined || nullCount === 0 ? null : packBits(valid) }
}

function packBits(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array((bytes.length + 7) >> 3)
  for (let i = 0; i < bytes.length; i++) bits[i >> 3]! |= bytes[i]! << (i & 7)
  return bits
}

function zeroNulls(ms: Float64Array, valid: Uint8Array): Float64Array {
  return ms.map((value, i) => (valid[i] === 1 ? value : 0))
}
