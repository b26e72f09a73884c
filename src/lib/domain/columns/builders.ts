/**
 * Column builders: values in, one Arrow column out, without an object per value.
 *
 * Apache Arrow's own builders are slow; these write straight into the buffers that Arrow reads. A builder that is cleared
 * is filled again in the same memory: fresh memory costs the kernel more than the values cost to write.
 */
import {
  Bool,
  type Data,
  type DataType,
  Float64,
  Int64,
  type List,
  makeData,
  type TimestampMillisecond,
  Utf8,
} from 'apache-arrow'
import { unescapeJson } from './unescape.ts'

/** Grows by doubling, so that n appends cost O(n). */
const FIRST_ROWS = 64
const FIRST_BYTES = 1024
/** Arrow's Utf8 has 32-bit offsets: one column of one batch holds less than 2 GiB of text. */
const encoder = new TextEncoder()
/** Up to here copying byte by byte is quicker than a call. */
const LOOPED_BYTES = 48
const NOT_ASCII = -1

/** @typeParam V what one row takes; null only where the column is nullable */
export interface ColumnBuilder<V> {
  append(value: V): void
  /** bytes held so far, for deciding when a batch is full */
  readonly bytes: number
  /** The column, in the memory of the builder: good until it is cleared or appended to. */
  toData(): Data
  /** Forget every value and keep the memory. */
  clear(): void
}

/** Which rows are set; costs nothing while there is no null. */
class Validity {
  rows = 0
  nulls = 0
  private bits = new Uint8Array(FIRST_ROWS / 8)

  append(isSet: boolean): void {
    const byte = this.rows >> 3
    if (byte >= this.bits.length) this.bits = grown(this.bits, byte + 1)
    if (isSet) this.bits[byte]! |= 1 << (this.rows & 7)
    else this.nulls += 1
    this.rows += 1
  }

  clear(): void {
    this.bits.fill(0, 0, (this.rows + 7) >> 3)
    this.rows = 0
    this.nulls = 0
  }

  /** undefined where no row is null */
  get bitmap(): Uint8Array | undefined {
    return this.nulls === 0 ? undefined : this.bits.slice(0, (this.rows + 7) >> 3)
  }
}

/** Strings one after the other, with the offset of each. */
class TextBuffer {
  rows = 0
  end = 0
  bytes = new Uint8Array(FIRST_BYTES)
  offsets = new Int32Array(FIRST_ROWS + 1)

  appendText(text: string): void {
    // a UTF-16 unit takes at most 3 bytes of UTF-8
    this.reserve(text.length * 3)
    const ascii = this.asciiEnd(text)
    this.finishRow(
      ascii === NOT_ASCII ? this.end + encoder.encodeInto(text, this.bytes.subarray(this.end)).written : ascii,
    )
  }

  /** Writes a short text of ASCII, as names are. @returns where it ends, or NOT_ASCII: nothing counts as written then */
  private asciiEnd(text: string): number {
    if (text.length > LOOPED_BYTES) return NOT_ASCII
    const { bytes, end } = this
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 0x7f) return NOT_ASCII
      bytes[end + i] = unit
    }
    return end + text.length
  }

  appendBytes(utf8: Uint8Array): void {
    this.reserve(utf8.length)
    this.bytes.set(utf8, this.end)
    this.finishRow(this.end + utf8.length)
  }

  appendSpan(from: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.reserve(length)
    const { bytes, end: to } = this
    if (length > LOOPED_BYTES) bytes.set(from.subarray(start, end), to)
    else for (let i = 0; i < length; i++) bytes[to + i] = from[start + i]!
    this.finishRow(to + length)
  }

  appendEscaped(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    this.finishRow(unescapeJson(from, start, end, this.bytes, this.end))
  }

  appendNothing(): void {
    this.finishRow(this.end)
  }

  clear(): void {
    this.rows = 0
    this.end = 0
  }

  private reserve(more: number): void {
    if (this.end + more > this.bytes.length) this.bytes = grown(this.bytes, this.end + more)
  }

  private finishRow(end: number): void {
    this.end = end
    this.rows += 1
    if (this.rows >= this.offsets.length) this.offsets = grown(this.offsets, this.rows + 1)
    this.offsets[this.rows] = end
  }
}

/** Text given as a string, or as UTF-8 bytes that are passed through. */
export class Utf8Builder implements ColumnBuilder<string | Uint8Array | null> {
  private readonly text = new TextBuffer()
  private readonly validity = new Validity()

  append(value: string | Uint8Array | null): void {
    this.validity.append(value !== null)
    if (value === null) this.text.appendNothing()
    else if (typeof value === 'string') this.text.appendText(value)
    else this.text.appendBytes(value)
  }

  /** The bytes from `start` to `end`. @param isEscaped whether they are the inside of a JSON string with escapes in it */
  appendSpan(from: Uint8Array, start: number, end: number, isEscaped: boolean): void {
    this.validity.append(true)
    if (isEscaped) this.text.appendEscaped(from, start, end)
    else this.text.appendSpan(from, start, end)
  }

  appendNull(): void {
    this.validity.append(false)
    this.text.appendNothing()
  }

  get bytes(): number {
    return this.text.end + this.text.rows * 4
  }

  toData(): Data<Utf8> {
    return utf8Data(this.text, this.validity)
  }

  clear(): void {
    this.text.clear()
    this.validity.clear()
  }
}

/** Lists of text; neither a list nor an item is ever null. */
export class Utf8ListBuilder implements ColumnBuilder<readonly string[]> {
  private readonly text = new TextBuffer()
  private offsets = new Int32Array(FIRST_ROWS + 1)
  private rows = 0
  private readonly type: List<Utf8>

  constructor(type: List<Utf8>) {
    this.type = type
  }

  append(items: readonly string[]): void {
    for (const item of items) this.text.appendText(item)
    this.finishRow()
  }

  /** One item more in the list that `finishRow` ends. */
  appendItem(from: Uint8Array, start: number, end: number, isEscaped: boolean): void {
    if (isEscaped) this.text.appendEscaped(from, start, end)
    else this.text.appendSpan(from, start, end)
  }

  finishRow(): void {
    this.rows += 1
    if (this.rows >= this.offsets.length) this.offsets = grown(this.offsets, this.rows + 1)
    this.offsets[this.rows] = this.text.rows
  }

  get bytes(): number {
    return this.text.end + (this.text.rows + this.rows) * 4
  }

  toData(): Data<List<Utf8>> {
    const { type, rows } = this
    const valueOffsets = this.offsets.subarray(0, rows + 1)
    return makeData({ type, length: rows, nullCount: 0, valueOffsets, child: utf8Data(this.text, undefined) })
  }

  clear(): void {
    this.text.clear()
    this.rows = 0
  }
}

export class BoolBuilder implements ColumnBuilder<boolean | null> {
  private readonly validity = new Validity()
  private readonly values = new Validity()

  append(value: boolean | null): void {
    this.validity.append(value !== null)
    this.values.append(value === true)
  }

  get bytes(): number {
    return this.validity.rows / 4
  }

  toData(): Data<Bool> {
    const { rows: length, nulls: nullCount, bitmap: nullBitmap } = this.validity
    const data = this.values.bitmap ?? new Uint8Array((length + 7) >> 3).fill(0xff)
    return makeData({ type: new Bool(), length, nullCount, data, nullBitmap: nullBitmap ?? null })
  }

  clear(): void {
    this.validity.clear()
    this.values.clear()
  }
}

/** Whole numbers up to 2^53, given as JavaScript numbers; also instants, in milliseconds. */
export class Int64Builder implements ColumnBuilder<number | null> {
  private readonly validity = new Validity()
  /** low half, high half, as a little-endian BigInt64Array has them */
  private halves = new Int32Array(FIRST_ROWS * 2)
  private readonly type: Int64 | TimestampMillisecond

  constructor(type: Int64 | TimestampMillisecond) {
    this.type = type
  }

  append(value: number | null): void {
    const row = this.validity.rows
    this.validity.append(value !== null)
    if (row * 2 >= this.halves.length) this.halves = grown(this.halves, row * 2 + 2)
    // the two halves of the number: a BigInt for each would be an object for each. Nulls are 0, whatever stood there before
    this.halves[row * 2] = value ?? 0
    this.halves[row * 2 + 1] = Math.floor((value ?? 0) / 2 ** 32)
  }

  get bytes(): number {
    return this.validity.rows * 8
  }

  toData(): Data {
    const { rows: length, nulls: nullCount, bitmap: nullBitmap } = this.validity
    const data = new BigInt64Array(this.halves.buffer, 0, length)
    return makeData({ type: this.type as Int64, length, nullCount, data, nullBitmap: nullBitmap ?? null })
  }

  clear(): void {
    this.validity.clear()
  }
}

export class Float64Builder implements ColumnBuilder<number | null> {
  private readonly validity = new Validity()
  private values = new Float64Array(FIRST_ROWS)

  append(value: number | null): void {
    const row = this.validity.rows
    this.validity.append(value !== null)
    if (row >= this.values.length) this.values = grown(this.values, row + 1)
    this.values[row] = value ?? 0
  }

  get bytes(): number {
    return this.validity.rows * 8
  }

  toData(): Data<Float64> {
    const { rows: length, nulls: nullCount, bitmap: nullBitmap } = this.validity
    const data = this.values.subarray(0, length)
    return makeData({ type: new Float64(), length, nullCount, data, nullBitmap: nullBitmap ?? null })
  }

  clear(): void {
    this.validity.clear()
  }
}

/** A builder for a column of the given type. @throws Error for a type that no layer1 table has */
export function createColumnBuilder(type: DataType): ColumnBuilder<never> {
  const made = () => {
    if (type instanceof Utf8) return new Utf8Builder()
    if (type instanceof Bool) return new BoolBuilder()
    if (type instanceof Int64) return new Int64Builder(type)
    if (type instanceof Float64) return new Float64Builder()
    if (isInstant(type)) return new Int64Builder(type)
    if (isUtf8List(type)) return new Utf8ListBuilder(type)
    throw new Error(`no column builder for the Arrow type ${type}`)
  }
  return made() as ColumnBuilder<never>
}

function isInstant(type: DataType): type is TimestampMillisecond {
  return type.toString().startsWith('Timestamp<MILLISECOND')
}

function isUtf8List(type: DataType): type is List<Utf8> {
  return type.toString() === 'List<Utf8>'
}

function utf8Data(text: TextBuffer, validity: Validity | undefined): Data<Utf8> {
  return makeData({
    type: new Utf8(),
    length: text.rows,
    nullCount: validity?.nulls ?? 0,
    valueOffsets: text.offsets.subarray(0, text.rows + 1),
    data: text.bytes.subarray(0, text.end),
    nullBitmap: validity?.bitmap ?? null,
  })
}

/** A copy with room for at least `needed` elements, and for as many again as before. */
function grown<A extends Uint8Array | Int32Array | BigInt64Array | Float64Array>(array: A, needed: number): A {
  const larger = new (array.constructor as new (length: number) => A)(Math.max(needed, array.length * 2))
  larger.set(array as never)
  return larger
}
