/** Columns of a DuckDB result that hold one value a row: numbers, instants, texts. */
import type { DuckDBType } from '@duckdb/node-api'
import { type Binary, Bool, type DataType, Decimal, Int64, makeData, type Utf8 } from 'apache-arrow'
import type { DuckDbNative } from './native.ts'
import { type ArrowColumn, FixedValues, GrowingTexts, packBits, textData, Validity } from './vectors.ts'

/** Numbers, dates and instants that Arrow lays out as DuckDB does. */
export function fixedColumn(native: DuckDbNative, type: DataType, width: number): ArrowColumn {
  const values = new FixedValues(native, width)
  return {
    append: (vector, vectorRows, picks) => values.append(vector, vectorRows, picks),
    finish: () => makeData({ type, ...values.validity.finish(), data: values.toBytes() } as never),
  }
}

/**
 * Dates and instants. DuckDB has `infinity` and years that no calendar of ours reaches: a column with such a
 * value is text.
 *
 * @param width     4 for days, 8 for instants
 * @param highLimit greatest absolute value of the upper 32 bits (all bits of a day) within JavaScript's calendar
 * @param times     what the column's unit goes into DuckDB's, of instants
 */
export function calendarColumn(
  native: DuckDbNative,
  type: DataType,
  width: 4 | 8,
  highLimit: number,
  toText: (value: bigint) => string,
  times = 1n,
): ArrowColumn {
  const values = new FixedValues(native, width)
  return {
    append: (vector, vectorRows, picks) => values.append(vector, vectorRows, picks),
    finish() {
      const bytes = values.toBytes()
      const words = new Int32Array(bytes.buffer)
      const step = width / 4
      const isWithin = words.every((word, at) => at % step !== step - 1 || Math.abs(word) <= highLimit)
      if (isWithin) {
        const data = times === 1n ? bytes : new BigInt64Array(bytes.buffer).map(value => value * times)
        return makeData({ type, ...values.validity.finish(), data } as never)
      }
      const infinity = 2n ** BigInt(8 * width - 1) - 1n
      const all = width === 4 ? Array.from(words, BigInt) : Array.from(new BigInt64Array(bytes.buffer))
      const texts = all.map(value => {
        if (value === infinity) return 'infinity'
        return value === -infinity ? '-infinity' : toText(value)
      })
      return textData(values.validity, texts)
    },
  }
}

/** DuckDB has a byte a truth value, Arrow a bit. */
export function boolColumn(native: DuckDbNative): ArrowColumn {
  const values = new FixedValues(native, 1)
  return {
    append: (vector, vectorRows, picks) => values.append(vector, vectorRows, picks),
    finish: () => makeData({ type: new Bool(), ...values.validity.finish(), data: packBits(values.toBytes()) }),
  }
}

/** Texts or blobs: DuckDB keeps up to 12 bytes in place, of longer ones a pointer. */
export function bytesColumn(native: DuckDbNative, type: Utf8 | Binary): ArrowColumn {
  const validity = new Validity(native)
  const values = new GrowingTexts()
  return {
    append(vector, vectorRows, picks) {
      if (picks.length === 0) return
      const flags = validity.append(vector, vectorRows, picks)
      const entries = native.bindings.vector_get_data(vector, vectorRows * 16)
      const buffer = entries.buffer as ArrayBuffer
      const lengths = new Uint32Array(buffer, entries.byteOffset, vectorRows * 4)
      picks.forEach((at, index) => {
        const length = flags[index] === 0 ? 0 : (lengths[at * 4] ?? 0)
        const start = entries.byteOffset + at * 16
        if (length === 0) values.add(EMPTY)
        else if (length <= 12) values.add(new Uint8Array(buffer, start + 4, length))
        else values.add(native.bindings.get_data_from_pointer(buffer, start + 8, length))
      })
    },
    finish: () => values.finish(type, validity),
  }
}

/**
 * Integers and decimals of any width, exactly: Int64 where they are whole and fit, else Decimal128, and text where the
 * 39th digit of a HUGEINT is needed.
 *
 * @param width  bytes of one value: 2, 4, 8 or 16
 * @param digits in all, and of them behind the point
 */
export function exactColumn(
  native: DuckDbNative,
  width: number,
  isSigned: boolean,
  { digits, scale }: { digits: number; scale: number },
): ArrowColumn {
  const values = new FixedValues(native, width)
  return {
    append: (vector, vectorRows, picks) => values.append(vector, vectorRows, picks),
    finish() {
      const integers = integersOf(values.toBytes(), width, isSigned)
      const validity = values.validity.finish()
      if (scale === 0 && integers.every(value => BigInt.asIntN(64, value) === value)) {
        return makeData({ type: new Int64(), ...validity, data: BigInt64Array.from(integers) })
      }
      if (integers.every(value => -DECIMAL_LIMIT < value && value < DECIMAL_LIMIT)) {
        const data = Uint32Array.from(integers.flatMap(wordsOfDecimal))
        return makeData({ type: new Decimal(scale, digits, 128), ...validity, data })
      }
      return textData(values.validity, integers.map(String))
    },
  }
}

/** 38 digits are what Arrow and Parquet know. */
const DECIMAL_LIMIT = 10n ** 38n

/** Four words, the lowest first, in two's complement. */
function wordsOfDecimal(value: bigint): number[] {
  return [0n, 32n, 64n, 96n].map(bits => Number((value >> bits) & 0xffffffffn))
}

function integersOf(bytes: Uint8Array, width: number, isSigned: boolean): bigint[] {
  const view = new DataView(bytes.buffer)
  return Array.from({ length: bytes.length / width }, (_, index) => {
    let value = 0n
    for (let at = width - 2; at >= 0; at -= 2) value = (value << 16n) | BigInt(view.getUint16(index * width + at, true))
    return isSigned ? BigInt.asIntN(width * 8, value) : value
  })
}

/** Values of types that Arrow or Parquet lack, as DuckDB spells them. */
export function spelledColumn(native: DuckDbNative, type: DuckDBType): ArrowColumn {
  const validity = new Validity(native)
  const texts: string[] = []
  return {
    append(vector, vectorRows, picks) {
      if (picks.length === 0) return
      const flags = validity.append(vector, vectorRows, picks)
      // a type of which there are only nulls may have no vector that can be read
      const values = flags.includes(1) ? native.api.DuckDBVector.create(vector, vectorRows, type) : undefined
      picks.forEach((at, index) => {
        texts.push(flags[index] === 0 ? '' : String(values?.getItem(at)))
      })
    },
    finish: () => textData(validity, texts),
  }
}

const EMPTY = new Uint8Array(0)
