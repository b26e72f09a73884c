/**
 * Cells: one value of an answer as text for people and programs, or as JSON.
 *
 * No digit is ever lost: 64-bit integers and decimals are written from their bits and not by way of a JavaScript
 * number, in JSON too (a reader that needs them exact must read them so). Instants are ISO 8601 in UTC, or with the
 * offset of the zone that their column names; wall clocks have no zone.
 */
import { DataType, Int64, type List, Precision, type TimeUnit, Vector } from 'apache-arrow'
import { dayToText, instantToLocalText, type OffsetMsAt, offsetsByDay, type Zone } from '../question/local-time.ts'
import { DAY_MS } from '../time-zone.ts'

/** One column of an answer, readable by row. */
export interface Cells {
  name: string
  /** to be right-aligned */
  isNumeric: boolean
  /** null where there is no value */
  text(row: number): string | null
  /** a JSON text, `null` where there is no value, or where a number is none that JSON has */
  json(row: number): string
}

/** What Arrow hands out for a value. */
type Value = unknown
type Format = (value: Value) => string

/** @param zone of the lake: the only one besides UTC that instants are shown in */
export function cellsOf(name: string, column: Vector, zone: Zone): Cells {
  const type: DataType = column.type
  const values = isCounted(type) ? exactIntegers(column) : column
  const offsetAt = offsetsByDay(zone.clock)
  const format = textFormat(type, zone, offsetAt)
  const jsonFormat = jsonFormatOf(type, format)
  const valueAt: (row: number) => Value = DataType.isUtf8(type) ? utf8At(column) : row => values.get(row) ?? null
  return {
    name,
    isNumeric: isNumeric(type),
    text(row) {
      const value = valueAt(row)
      return value === null ? null : format(value)
    },
    json(row) {
      const value = valueAt(row)
      return value === null ? 'null' : jsonFormat(value)
    },
  }
}

/** Arrow's own decoder drops U+FEFF at the beginning of a text. @param column Utf8 */
function utf8At(column: Vector): (row: number) => string | null {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return row => {
    let at = row
    for (const data of column.data) {
      if (at >= data.length) {
        at -= data.length
        continue
      }
      const { values, valueOffsets } = data
      return data.getValid(at) ? decoder.decode(values.subarray(valueOffsets[at]!, valueOffsets[at + 1]!)) : null
    }
    return null
  }
}

function isNumeric(type: DataType): boolean {
  return DataType.isInt(type) || DataType.isFloat(type) || DataType.isDecimal(type)
}

/** Instants and times, which Arrow would hand out as milliseconds in a number. */
function isCounted(type: DataType): boolean {
  return DataType.isTimestamp(type) || (DataType.isTime(type) && type.bitWidth === 64)
}

function isNested(type: DataType): boolean {
  return DataType.isList(type) || DataType.isFixedSizeList(type) || DataType.isStruct(type) || DataType.isMap(type)
}

/** The same memory, read as the integers that it holds. */
function exactIntegers(column: Vector): Vector<Int64> {
  return new Vector(column.data.map(data => data.clone(new Int64())))
}

/** For values as Arrow hands them out, but for `isCounted` types for their integers. */
function textFormat(type: DataType, zone: Zone, offsetAt: OffsetMsAt): Format {
  if (DataType.isDate(type)) return value => dayToText(Math.floor(Number(value) / DAY_MS))
  if (DataType.isTimestamp(type)) return timestampFormat(type.unit, type.timezone, zone, offsetAt)
  if (DataType.isTime(type)) return value => timeToText(BigInt(value as bigint), type.unit)
  if (DataType.isDecimal(type)) return value => decimalToText(value as Uint32Array, type.scale)
  if (DataType.isBinary(type)) return value => bytesToHex(value as Uint8Array)
  if (DataType.isDictionary(type)) return textFormat(type.dictionary, zone, offsetAt)
  if (DataType.isFloat(type)) return type.precision === Precision.SINGLE ? singleToText : doubleToText
  return isNested(type) ? nestedJson(type) : String
}

/** JavaScript writes -0 without its sign, and readers take `-0` for an integer, which has none. */
function doubleToText(value: Value): string {
  return Object.is(value, -0) ? '-0.0' : String(value)
}

/** As few digits as tell the 32 bits apart: those that a double would need are noise. */
function singleToText(value: Value): string {
  const single = value as number
  let digits = 6
  while (digits < 9 && Math.fround(Number(single.toPrecision(digits))) !== single) digits++
  return doubleToText(Number(single.toPrecision(digits)))
}

function jsonFormatOf(type: DataType, format: Format): Format {
  if (DataType.isDictionary(type)) return jsonFormatOf(type.dictionary, format)
  if (DataType.isFloat(type)) return value => (Number.isFinite(value) ? format(value) : 'null')
  const isJson = DataType.isInt(type) || DataType.isBool(type) || DataType.isDecimal(type) || isNested(type)
  return isJson ? format : value => JSON.stringify(format(value))
}

function bytesToHex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

const UNITS_PER_SECOND: Record<TimeUnit, bigint> = { 0: 1n, 1: 1000n, 2: 1_000_000n, 3: 1_000_000_000n }

function timestampFormat(
  unit: TimeUnit,
  timeZone: string | null | undefined,
  zone: Zone,
  offsetAt: OffsetMsAt,
): Format {
  const isLocal = timeZone === zone.name && timeZone !== 'UTC'
  if (isLocal)
    return value => instantToLocalText(Number(((value as bigint) * 1000n) / UNITS_PER_SECOND[unit]), offsetAt)
  const end = timeZone ? 'Z' : ''
  return value => `${countToText(value as bigint, unit)}${end}`
}

/** `2019-02-17T02:00:00`, with a fraction where it is not zero. @param count since 1970-01-01T00:00 */
function countToText(count: bigint, unit: TimeUnit): string {
  const perSecond = UNITS_PER_SECOND[unit]
  const fraction = ((count % perSecond) + perSecond) % perSecond
  const seconds = Number((count - fraction) / perSecond)
  return `${new Date(seconds * 1000).toISOString().slice(0, -5)}${fractionToText(fraction, perSecond)}`
}

function timeToText(count: bigint, unit: TimeUnit): string {
  return countToText(count, unit).slice('1970-01-01T'.length)
}

function fractionToText(fraction: bigint, perSecond: bigint): string {
  if (fraction === 0n) return ''
  const digits = String(fraction).padStart(String(perSecond).length - 1, '0')
  // thousandths stay whole: 12.5 s is written 12.500
  return `.${digits.replace(/(000)+$/, '')}`
}

/** @param words little-endian two's complement. @param scale digits after the point */
export function decimalToText(words: Uint32Array, scale: number): string {
  const bits = words.length * 32
  let value = 0n
  for (let i = words.length - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[i]!)
  value = BigInt.asIntN(bits, value)
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return value < 0n ? `-${text}` : text
}

/** Lists and records as JSON, whatever they hold. Instants inside them are in UTC. */
function nestedJson(type: DataType): Format {
  const inner = (type: DataType): Format => {
    const json = jsonFormatOf(type, innerText(type))
    return value => (value === null || value === undefined ? 'null' : json(value))
  }
  if (DataType.isStruct(type)) {
    const fields = type.children.map(field => ({ name: field.name, json: inner(field.type) }))
    return value => {
      // by place and not by name: a field may be called as one of the row's own methods
      const values = Array.from(value as Iterable<[string, Value]>, ([, inside]) => inside)
      return `{${fields.map(({ name, json }, i) => `${JSON.stringify(name)}:${json(values[i])}`).join(',')}}`
    }
  }
  if (DataType.isMap(type)) {
    const json = inner(type.valueType)
    const keyText = innerText(type.keyType)
    return value => {
      const pairs = [...(value as Iterable<[Value, Value]>)]
      return `{${pairs.map(([key, item]) => `${JSON.stringify(keyText(key))}:${json(item)}`).join(',')}}`
    }
  }
  const json = inner((type as List).valueType)
  return value => `[${Array.from(value as Iterable<Value>, json).join(',')}]`
}

function innerText(type: DataType): Format {
  return isCounted(type) ? millisecondsFormat(type) : textFormat(type, NO_ZONE, () => 0)
}

const NO_ZONE: Zone = {
  name: 'UTC',
  clock: { offsetMs: () => 0, hourStartMs: ms => ms, dayStartMs: day => day * DAY_MS },
}

/** Inside lists Arrow hands out milliseconds, exact to a microsecond until the year 2255. */
function millisecondsFormat(type: DataType): Format {
  const MICROSECOND: TimeUnit = 2
  const end = DataType.isTimestamp(type) && type.timezone ? 'Z' : ''
  return value => `${countToText(BigInt(Math.round(Number(value) * 1000)), MICROSECOND)}${end}`
}
