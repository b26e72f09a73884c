/**
 * A DuckDB result as one Arrow table: which type becomes which.
 *
 * | DuckDB                                | Arrow                                                        |
 * |---------------------------------------|--------------------------------------------------------------|
 * | BOOLEAN, DOUBLE, FLOAT, VARCHAR, BLOB | Bool, Float64, Float32, Utf8, Binary                         |
 * | integers of 8 to 64 bits              | Int8 … Int64, Uint8 … Uint64                                 |
 * | HUGEINT, DECIMAL without a fraction   | Int64; Decimal where a value does not fit, Utf8 past 38 digits |
 * | DECIMAL                               | Decimal                                                      |
 * | DATE, TIMESTAMP (ms, us, ns)          | DateDay, Timestamp without a zone; Utf8 where infinite       |
 * | TIMESTAMP_S                           | TimestampMillisecond, for Parquet has no seconds             |
 * | TIMESTAMP WITH TIME ZONE              | TimestampMicrosecond('UTC'); Utf8 where infinite             |
 * | LIST and ARRAY, STRUCT, MAP           | List, Struct, Map                                            |
 * | TIME, INTERVAL, UUID, ENUM, all else  | Utf8, as DuckDB spells them                                  |
 *
 * So a sum over BIGINT, which DuckDB makes a HUGEINT, is an Int64 as one expects.
 */
import type { DuckDBResult, DuckDBType } from '@duckdb/node-api'
import {
  Binary,
  DateDay,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  type Timestamp,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow'
import { distinctNames } from '../distinct-names.ts'
import { boolColumn, bytesColumn, calendarColumn, exactColumn, fixedColumn, spelledColumn } from './columns.ts'
import type { DuckDbNative } from './native.ts'
import { arrayColumn, listColumn, mapColumn, structColumn } from './nested.ts'
import type { ArrowColumn } from './vectors.ts'

/**
 * @param result materialized; it is read to its end
 * @returns      all rows in one record batch (none for zero rows); every column nullable. A name that occurs
 *               twice gets `_1`, `_2` … at its end
 */
export async function resultToTable(native: DuckDbNative, result: DuckDBResult): Promise<Table> {
  const columns = result.columnTypes().map(type => columnFor(native, type))
  const names = distinctNames(result.columnNames())
  let rows = 0
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const { rowCount } = chunk
    const picks = Uint32Array.from({ length: rowCount }, (_, row) => row)
    columns.forEach((column, index) => {
      column.append(native.bindings.data_chunk_get_vector(chunk.chunk, index), rowCount, picks)
    })
    rows += rowCount
  }
  const children = columns.map(column => column.finish())
  const schema = new Schema(children.map(({ type }, index) => new Field(names[index] ?? '', type, true)))
  if (rows === 0) return new Table(schema)
  const data = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children })
  return new Table([new RecordBatch(schema, data)])
}

function columnFor(native: DuckDbNative, type: DuckDBType): ArrowColumn {
  return nestedColumn(native, type) ?? calendarColumnFor(native, type) ?? plainColumn(native, type)
}

function nestedColumn(native: DuckDbNative, type: DuckDBType): ArrowColumn | undefined {
  const { api } = native
  if (type instanceof api.DuckDBListType) return listColumn(native, columnFor(native, type.valueType))
  if (type instanceof api.DuckDBArrayType) return arrayColumn(native, columnFor(native, type.valueType), type.length)
  if (type instanceof api.DuckDBMapType) {
    return mapColumn(native, columnFor(native, type.keyType), columnFor(native, type.valueType))
  }
  if (type instanceof api.DuckDBStructType) {
    const names = distinctNames(type.entryNames)
    const entries = type.entryTypes.map((entry, index) => ({
      name: names[index] ?? '',
      column: columnFor(native, entry),
    }))
    return structColumn(native, entries)
  }
  return undefined
}

/** JavaScript's calendar ends 100,000,000 days from 1970; the limits are those days in the unit, over 2^32. */
function calendarColumnFor(native: DuckDbNative, type: DuckDBType): ArrowColumn | undefined {
  const { api } = native
  const { DuckDBTypeId: id } = api
  const instants = (arrow: Timestamp, highLimit: number, toText: (value: bigint) => string, times?: bigint) =>
    calendarColumn(native, arrow, 8, highLimit, toText, times)
  const wallClock = (micros: bigint) => String(new api.DuckDBTimestampValue(micros))
  switch (type.typeId) {
    case id.DATE:
      return calendarColumn(native, new DateDay(), 4, 100_000_000, v => String(new api.DuckDBDateValue(Number(v))))
    case id.TIMESTAMP_S:
      return instants(new TimestampMillisecond(null), 2_011, v => String(new api.DuckDBTimestampSecondsValue(v)), 1000n)
    case id.TIMESTAMP_MS:
      return instants(new TimestampMillisecond(null), 2_011_656, v =>
        String(new api.DuckDBTimestampMillisecondsValue(v)),
      )
    case id.TIMESTAMP:
      return instants(new TimestampMicrosecond(null), 2_011_656_920, wallClock)
    case id.TIMESTAMP_TZ:
      return instants(new TimestampMicrosecond('UTC'), 2_011_656_920, v => `${wallClock(v)}+00`)
    // every nanosecond of 64 bits is within; only the two infinities at the ends are not
    case id.TIMESTAMP_NS:
      return instants(new TimestampNanosecond(null), 2 ** 31 - 2, v =>
        String(new api.DuckDBTimestampNanosecondsValue(v)),
      )
    default:
      return undefined
  }
}

const WHOLE = { digits: 38, scale: 0 }

function plainColumn(native: DuckDbNative, type: DuckDBType): ArrowColumn {
  const { DuckDBTypeId: id, DuckDBDecimalType } = native.api
  if (type instanceof DuckDBDecimalType)
    return exactColumn(native, decimalWidth(type.width), true, { digits: type.width, scale: type.scale })
  switch (type.typeId) {
    case id.BOOLEAN:
      return boolColumn(native)
    case id.VARCHAR:
      return bytesColumn(native, new Utf8())
    case id.BLOB:
      return bytesColumn(native, new Binary())
    case id.HUGEINT:
      return exactColumn(native, 16, true, WHOLE)
    case id.UHUGEINT:
      return exactColumn(native, 16, false, WHOLE)
    default:
      return numberColumn(native, type) ?? spelledColumn(native, type)
  }
}

function numberColumn(native: DuckDbNative, { typeId }: DuckDBType): ArrowColumn | undefined {
  const { DuckDBTypeId: id } = native.api
  const found = {
    [id.TINYINT]: { type: new Int8(), width: 1 },
    [id.SMALLINT]: { type: new Int16(), width: 2 },
    [id.INTEGER]: { type: new Int32(), width: 4 },
    [id.BIGINT]: { type: new Int64(), width: 8 },
    [id.UTINYINT]: { type: new Uint8(), width: 1 },
    [id.USMALLINT]: { type: new Uint16(), width: 2 },
    [id.UINTEGER]: { type: new Uint32(), width: 4 },
    [id.UBIGINT]: { type: new Uint64(), width: 8 },
    [id.FLOAT]: { type: new Float32(), width: 4 },
    [id.DOUBLE]: { type: new Float64(), width: 8 },
  }[typeId as number]
  return found && fixedColumn(native, found.type, found.width)
}

/** Bytes of a decimal of so many digits: DuckDB takes the narrowest integer that holds them. */
function decimalWidth(digits: number): number {
  if (digits <= 4) return 2
  if (digits <= 9) return 4
  return digits <= 18 ? 8 : 16
}
