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
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  type Schema,
  Struct,
  Table,
  type Timestamp,
  TimestampMillisecond,
  Type,
  Utf8,
} from 'apache-arrow'
import { instant } from '../layer1.ts'
import { numbersToHalves } from './int64.ts'
import { boolsOf, type Int64s, int64sOf, type Rows, type Texts, textsOf, validRows } from './rows.ts'
import type { TextIndex } from './text-index.ts'

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
 * Rows of a column, in the order of `picks`.
 * @param picks row numbers; one may stand there more than once
 */
export function takeColumn(rows: Rows, name: string, picks: Uint32Array): Data {
  const chunks = rows.chunks(name)
  const type: DataType | undefined = chunks[0]?.type
  switch (type?.typeId) {
    case Type.Utf8:
      return takeTexts(textsOf(rows, name), picks)
    case Type.Bool: {
      const { values, valid } = boolsOf(rows, name)
      return boolsToColumn(takeBytes(values, picks)!, takeBytes(valid, picks))
    }
    case Type.Int:
    case Type.Timestamp:
      if ((type as Int32).bitWidth !== 32) {
        return int64sToColumn(takeInt64s(int64sOf(rows, name), picks), type as Int64 | Timestamp)
      }
      break
    case Type.Float:
    case Type.Date:
      break
    default:
      throw new Error(`column ${name} is ${type}, which no layer2 table has`)
  }
  return takeNumbers(rows, name, picks, type as Int32 | Float64 | DateDay)
}

/** Columns whose values are JavaScript numbers: INT32, DATE, DOUBLE. */
function takeNumbers(rows: Rows, name: string, picks: Uint32Array, type: Int32 | Float64 | DateDay): Data {
  const chunks = rows.chunks(name)
  const data = new type.ArrayType(picks.length)
  const { chunkOf, starts } = rows
  for (let i = 0; i < picks.length; i++) {
    const chunk = chunkOf[picks[i]!]!
    data[i] = (chunks[chunk]!.values as Int32Array | Float64Array)[picks[i]! - starts[chunk]!]!
  }
  const valid = takeBytes(validRows(rows, chunks), picks)
  return makeData({ type: type as Int32, length: picks.length, data: data as Int32Array, ...validity(valid) })
}

export function takeInt64s({ halves, valid }: Int64s, picks: Uint32Array): Int64s {
  const taken = new Int32Array(picks.length * 2)
  for (let i = 0; i < picks.length; i++) {
    taken[2 * i] = halves[2 * picks[i]!]!
    taken[2 * i + 1] = halves[2 * picks[i]! + 1]!
  }
  return { halves: taken, valid: takeBytes(valid, picks) }
}

function takeBytes(bytes: Valid, picks: Uint32Array): Valid {
  if (bytes === undefined) return undefined
  const taken = new Uint8Array(picks.length)
  for (let i = 0; i < picks.length; i++) taken[i] = bytes[picks[i]!]!
  return taken
}

function takeTexts(texts: Texts, picks: Uint32Array): Data<Utf8> {
  const { starts, chunkOf } = texts.rows
  const valueOffsets = new Int32Array(picks.length + 1)
  for (let i = 0; i < picks.length; i++) {
    const chunk = chunkOf[picks[i]!]!
    const at = picks[i]! - starts[chunk]!
    const offsets = texts.offsets[chunk]!
    valueOffsets[i + 1] = valueOffsets[i]! + offsets[at + 1]! - offsets[at]!
  }
  const data = new Uint8Array(valueOffsets[picks.length]!)
  for (let i = 0; i < picks.length; i++) {
    const chunk = chunkOf[picks[i]!]!
    const start = texts.offsets[chunk]![picks[i]! - starts[chunk]!]!
    copyBytes(texts.bytes[chunk]!, start, data, valueOffsets[i]!, valueOffsets[i + 1]!)
  }
  const valid = takeBytes(texts.valid, picks)
  return makeData({ type: new Utf8(), length: picks.length, valueOffsets, data, ...validity(valid) })
}

/** The texts of codes. */
export function codesToColumn(index: TextIndex, codes: Uint32Array): Data<Utf8> {
  const valueOffsets = new Int32Array(codes.length + 1)
  const { offsets, bytes } = index
  for (let i = 0; i < codes.length; i++) {
    valueOffsets[i + 1] = valueOffsets[i]! + offsets[codes[i]! + 1]! - offsets[codes[i]!]!
  }
  const data = new Uint8Array(valueOffsets[codes.length]!)
  for (let i = 0; i < codes.length; i++) {
    copyBytes(bytes, offsets[codes[i]!]!, data, valueOffsets[i]!, valueOffsets[i + 1]!)
  }
  return makeData({ type: new Utf8(), length: codes.length, nullCount: 0, valueOffsets, data })
}

/** Bytes from `start` on → `to`, filling at..end. */
function copyBytes(from: Uint8Array, start: number, to: Uint8Array, at: number, end: number): void {
  // making a view costs more than moving a short text byte by byte
  if (end - at > 48) to.set(from.subarray(start, start + end - at), at)
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
  return int64sToColumn({ halves: numbersToHalves(ms), valid: undefined }, new TimestampMillisecond(null))
}

/** @param days since 1970-01-01 */
export function daysToColumn(days: Int32Array): Data<DateDay> {
  return makeData({ type: new DateDay(), length: days.length, nullCount: 0, data: days })
}

export function int32sToColumn(values: Int32Array): Data<Int32> {
  return makeData({ type: new Int32(), length: values.length, nullCount: 0, data: values })
}

export function float64sToColumn(values: Float64Array): Data<Float64> {
  return makeData({ type: new Float64(), length: values.length, nullCount: 0, data: values })
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
