/**
 * What Spark answers as one Arrow table of the types that an answer has.
 *
 * | Spark                                  | Arrow                                                    |
 * |----------------------------------------|----------------------------------------------------------|
 * | TIMESTAMP                              | TimestampMicrosecond('UTC'), not the zone of the session |
 * | intervals                              | Utf8, as DuckDB spells them                              |
 * | VOID                                   | Int32 without a value                                    |
 * | all else                               | as Spark sends it                                        |
 *
 * A name that occurs twice gets `_1`, `_2` … at its end.
 */
import {
  type Data,
  DataType,
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Timestamp,
  tableFromIPC,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow'
import { distinctNames } from '../distinct-names.ts'

/** @param streams each with its schema, and of the same; [] gives a table without columns */
export function answerToTable(streams: readonly Uint8Array[]): Table {
  const tables = streams.map(bytes => tableFromIPC(bytes))
  const [first] = tables
  if (first === undefined) return new Table(new Schema([]))
  const names = distinctNames(first.schema.fields.map(field => field.name))
  const schema = new Schema(first.schema.fields.map((field, i) => new Field(names[i]!, typeOf(field.type), true)))
  const batches = tables
    .flatMap(table => table.batches)
    .filter(batch => batch.numRows > 0)
    .map(batch => {
      const children = schema.fields.map(({ type }, i) => columnOf(batch.data.children[i]!, type))
      const data = makeData({ type: new Struct(schema.fields), length: batch.numRows, nullCount: 0, children })
      return new RecordBatch(schema, data)
    })
  return batches.length === 0 ? new Table(schema) : new Table(schema, batches)
}

function typeOf(type: DataType): DataType {
  // instants are counted from the same moment in whatever zone they are shown
  if (DataType.isTimestamp(type) && type.timezone) return new Timestamp(type.unit, 'UTC')
  if (DataType.isNull(type)) return new Int32()
  return isInterval(type) ? new Utf8() : type
}

function columnOf(data: Data, type: DataType): Data {
  if (DataType.isNull(data.type)) return makeData({ type: new Int32(), length: data.length, ...nothing(data.length) })
  if (!isInterval(data.type)) return data.clone(type)
  const values = new Vector([data])
  const toText = DataType.isDuration(data.type) ? daysToText : monthsToText
  const texts = Array.from({ length: data.length }, (_, row) => {
    const value: unknown = values.get(row)
    return value === null ? null : toText(value)
  })
  return vectorFromArray(texts, new Utf8()).data[0]!
}

/** Of days, or of months; Spark has none of both. */
function isInterval(type: DataType): boolean {
  return DataType.isDuration(type) || DataType.isInterval(type)
}

function nothing(length: number) {
  return { nullCount: length, nullBitmap: new Uint8Array((length + 7) >> 3), data: new Int32Array(length) }
}

const DAY_US = 86_400_000_000n

/** `1 year 2 months`. @param value years and months, as Arrow has them */
function monthsToText(value: unknown): string {
  const [years = 0, months = 0] = value as Int32Array
  const parts = [amount(years, 'year'), amount(months, 'month')].filter(part => part !== '')
  return parts.length === 0 ? '00:00:00' : parts.join(' ')
}

function amount(count: number, unit: string): string {
  if (count === 0) return ''
  return `${count} ${Math.abs(count) === 1 ? unit : `${unit}s`}`
}

/** `3 days 02:00:00.5`, `-00:00:01`. @param value in µs */
function daysToText(value: unknown): string {
  const us = BigInt(value as bigint)
  const days = us / DAY_US
  const rest = us % DAY_US
  const dayText = amount(Number(days), 'day')
  if (rest === 0n && dayText !== '') return dayText
  const size = rest < 0n ? -rest : rest
  const two = (value: bigint) => String(value).padStart(2, '0')
  const [seconds, fraction] = [size / 1_000_000n, size % 1_000_000n]
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(two).join(':')
  const point = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`
  return `${dayText}${dayText === '' ? '' : ' '}${rest < 0n ? '-' : ''}${clock}${point}`
}
