/** Columns on their way between threads: of Arrow's objects only plain memory gets across, and it is handed over. */
import { type Data, type DataType, Dictionary, Int32, makeData, Type, Utf8, Vector } from 'apache-arrow'

/** A flat column of numbers, of bits, or of codes and the texts that they stand for. */
export interface PlainColumn {
  length: number
  nullCount: number
  nullBitmap: Uint8Array | undefined
  values: Int32Array | BigInt64Array | Float64Array | Uint8Array
  texts: { bytes: Uint8Array; offsets: Int32Array; size: number } | undefined
}

/** @param data not sliced; texts as a dictionary. Its memory is of the column from now on, but for the texts */
export function columnToPlain({ length, nullCount, nullBitmap, values, type, dictionary }: Data): PlainColumn {
  const [texts] = type.typeId === Type.Dictionary ? (dictionary!.data as [Data]) : []
  return {
    length,
    nullCount,
    nullBitmap: nullCount === 0 ? undefined : (nullBitmap ?? undefined),
    values,
    texts: texts && { bytes: texts.values, offsets: texts.valueOffsets, size: texts.length },
  }
}

/** Memory of a column that may be handed over. */
export function memoryOf({ nullBitmap, values }: PlainColumn): ArrayBuffer[] {
  const buffers = nullBitmap === undefined ? [values.buffer] : [values.buffer, nullBitmap.buffer]
  return buffers as ArrayBuffer[]
}

/** @param type of the column; what has texts is a dictionary of them */
export function columnFromPlain(plain: PlainColumn, type: DataType): Data {
  const { length, nullCount, values, texts } = plain
  const nullBitmap = plain.nullBitmap ?? null
  if (texts === undefined) {
    return makeData({ type: type as Int32, length, nullCount, nullBitmap, data: values as Int32Array })
  }
  const { size, offsets, bytes } = texts
  const dictionary = new Vector([
    makeData({ type: new Utf8(), length: size, nullCount: 0, valueOffsets: offsets, data: bytes }),
  ])
  const coded = new Dictionary(new Utf8(), new Int32())
  return makeData({ type: coded, length, nullCount, nullBitmap, data: values as Int32Array, dictionary })
}
