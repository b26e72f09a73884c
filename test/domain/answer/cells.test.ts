import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  List,
  Map_,
  makeData,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint64,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { cellsOf } from '../../../src/lib/domain/answer/cells.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'

const ZONE = { name: 'America/Sao_Paulo', clock: createWallClock('America/Sao_Paulo') }

function cellOf(vector: Vector, row = 0): { text: string | null; json: string } {
  const cells = cellsOf('c', vector, ZONE)
  return { text: cells.text(row), json: cells.json(row) }
}

/** A column of 64-bit values that no JavaScript number can hold. */
const raw = (type: DataType, ...values: bigint[]) =>
  new Vector([makeData({ type: type as Int64, length: values.length, nullCount: 0, data: BigInt64Array.from(values) })])
const of = (type: DataType, ...values: unknown[]) => vectorFromArray(values as never[], type as Utf8) as Vector

describe('cellsOf', () => {
  it.each<[string, Vector, string, string]>([
    ['an id past 2^53', raw(new Int64(), 9007199254740993n), '9007199254740993', '9007199254740993'],
    ['the smallest BIGINT', raw(new Int64(), -(2n ** 63n)), '-9223372036854775808', '-9223372036854775808'],
    [
      'a UBIGINT',
      new Vector([makeData({ type: new Uint64(), length: 1, nullCount: 0, data: BigUint64Array.of(2n ** 64n - 1n) })]),
      '18446744073709551615',
      '18446744073709551615',
    ],
    ['a small integer', of(new Int16(), -3), '-3', '-3'],
    ['a double', of(new Float64(), 0.1), '0.1', '0.1'],
    ['a float', of(new Float32(), 0.1), '0.1', '0.1'],
    ['a float that needs nine digits', of(new Float32(), 16777217.5), '16777218', '16777218'],
    ['a zero below zero', of(new Float64(), -0), '-0.0', '-0.0'],
    ['no number', of(new Float64(), Number.NaN), 'NaN', 'null'],
    ['an infinite number', of(new Float64(), Number.NEGATIVE_INFINITY), '-Infinity', 'null'],
    ['a boolean', of(new Bool(), false), 'false', 'false'],
    ['text', of(new Utf8(), 'a "b"\n\u202e'), 'a "b"\n\u202e', '"a \\"b\\"\\n\u202e"'],
    ['text that begins with a byte order mark', of(new Utf8(), '\ufeff\ufeffa'), '\ufeff\ufeffa', '"\ufeff\ufeffa"'],
    ['bytes', of(new Binary(), Uint8Array.of(0, 255)), '00ff', '"00ff"'],
    ['a date', of(new DateDay(), new Date('1969-12-31')), '1969-12-31', '"1969-12-31"'],
    [
      'an instant',
      raw(new TimestampMillisecond('UTC'), 1550368800000n),
      '2019-02-17T02:00:00Z',
      '"2019-02-17T02:00:00Z"',
    ],
    [
      'an instant before 1970',
      raw(new TimestampMicrosecond('UTC'), -1n),
      '1969-12-31T23:59:59.999999Z',
      '"1969-12-31T23:59:59.999999Z"',
    ],
    [
      'an instant of seconds',
      raw(new TimestampSecond('UTC'), 1550368800n),
      '2019-02-17T02:00:00Z',
      '"2019-02-17T02:00:00Z"',
    ],
    [
      'a nanosecond',
      raw(new TimestampNanosecond('UTC'), 1550368800000000001n),
      '2019-02-17T02:00:00.000000001Z',
      '"2019-02-17T02:00:00.000000001Z"',
    ],
    [
      'half a second',
      raw(new TimestampMicrosecond('UTC'), 1550368800500000n),
      '2019-02-17T02:00:00.500Z',
      '"2019-02-17T02:00:00.500Z"',
    ],
    [
      'a wall clock',
      raw(new TimestampMicrosecond(null), 1550368800000000n),
      '2019-02-17T02:00:00',
      '"2019-02-17T02:00:00"',
    ],
    [
      'an hour of the lake',
      raw(new TimestampMillisecond('America/Sao_Paulo'), 1550368800000n),
      '2019-02-16T23:00-03:00',
      '"2019-02-16T23:00-03:00"',
    ],
    ['a time', raw(new TimeMicrosecond(), 3_723_000_001n), '01:02:03.000001', '"01:02:03.000001"'],
    ['a text of a dictionary', of(new Dictionary(new Utf8(), new Int32()), 'pt'), 'pt', '"pt"'],
  ])('writes %s exactly', (_, vector, text, json) => {
    expect(cellOf(vector)).toEqual({ text, json })
  })

  it('writes decimals from their bits, negative ones too', () => {
    const words = (value: bigint) =>
      Uint32Array.from({ length: 4 }, (_, i) => Number((value >> BigInt(32 * i)) & 0xffffffffn))
    const decimal = (value: bigint, scale: number) =>
      new Vector([makeData({ type: new Decimal(scale, 38, 128), length: 1, nullCount: 0, data: words(value) })])
    expect(cellOf(decimal(12345678901234567890123456789n, 2)).json).toBe('123456789012345678901234567.89')
    expect(cellOf(decimal(-5n, 3)).text).toBe('-0.005')
    expect(cellOf(decimal(-7n, 0)).text).toBe('-7')
  })

  it('writes lists, records and maps as JSON, whatever they hold', () => {
    expect(cellOf(of(new List(new Field('item', new Int64(), true)), [9007199254740993n, null])).text).toBe(
      '[9007199254740993,null]',
    )
    expect(cellOf(of(new List(new Field('item', new Utf8(), true)), ['a"', '日'])).json).toBe('["a\\"","日"]')
    const record = new Struct<{ at: TimestampMicrosecond; n: Float64 }>([
      new Field('at', new TimestampMicrosecond('UTC'), true),
      new Field('n', new Float64(), true),
    ])
    expect(cellOf(of(record, { at: 1550368800123, n: null })).json).toBe('{"at":"2019-02-17T02:00:00.123Z","n":null}')
    const entries = new Struct<{ key: Utf8; value: Int64 }>([
      new Field('key', new Utf8(), false),
      new Field('value', new Int64(), true),
    ])
    const map = new Map_<Utf8, Int64>(new Field('entries', entries, false))
    expect(cellOf(of(map, new Map([['k', 2n]]))).json).toBe('{"k":2}')
    const days = new Struct<{ key: DateDay; value: Int64 }>([
      new Field('key', new DateDay(), false),
      new Field('value', new Int64(), true),
    ])
    const byDay = new Map_<DateDay, Int64>(new Field('entries', days, false))
    expect(cellOf(of(byDay, new Map([[new Date('2024-01-01'), 2n]]))).json).toBe('{"2024-01-01":2}')
  })

  it('writes the fields of a record whatever they are called', () => {
    const names = ['toString', 'toJSON', 'constructor']
    const type = new Struct(names.map(name => new Field(name, new Int16(), true)))
    const children = names.map((_, i) => makeData({ type: new Int16(), length: 1, data: Int16Array.of(i) }))
    const record = new Vector([makeData({ type, length: 1, nullCount: 0, children })])
    expect(cellsOf('v', record, ZONE).json(0)).toBe('{"toString":0,"toJSON":1,"constructor":2}')
  })

  it('writes days of years that have no four digits whole', () => {
    const days = new Vector([makeData({ type: new DateDay(), length: 1, data: Int32Array.of(-735_160) })])
    expect(cellsOf('d', days, ZONE).text(0)).toBe('-000043-03-15')
  })

  it('finds texts in the pieces of a column, and in a part of it', () => {
    const pieces = of(new Utf8(), 'a', null).concat(of(new Utf8(), 'b', 'c'))
    const textsOf = (column: Vector) => {
      const cells = cellsOf('c', column, ZONE)
      return Array.from({ length: column.length }, (_, row) => cells.text(row))
    }
    expect(textsOf(pieces)).toEqual(['a', null, 'b', 'c'])
    expect(textsOf(pieces.slice(1, 4))).toEqual([null, 'b', 'c'])
    expect(textsOf(pieces.slice(3))).toEqual(['c'])
  })

  it('has no text where there is no value', () => {
    for (const type of [new Int64(), new Utf8(), new Bool(), new DateDay(), new TimestampMillisecond('UTC')]) {
      expect(cellOf(of(type, null, null), 1)).toEqual({ text: null, json: 'null' })
    }
  })

  it('aligns numbers to the right, and only numbers', () => {
    const isNumeric = (type: DataType) => cellsOf('c', of(type), ZONE).isNumeric
    expect([new Int32(), new Int64(), new Float64(), new Utf8(), new DateDay(), new Bool()].map(isNumeric)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ])
  })
})
