import {
  type DataType,
  Decimal,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  Map_,
  makeData,
  Struct,
  Table,
  Uint64,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { cellsOf } from '../../../src/lib/domain/answer/cells.ts'
import { idsToTexts, spreadsheetText } from '../../../src/lib/domain/answer/ids-as-text.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'

const ZONE = { name: 'UTC', clock: createWallClock('UTC') }
const of = (type: DataType, ...values: unknown[]) => vectorFromArray(values as never[], type as Utf8) as Vector

/** The one column of a table, changed: its type, its cells as JSON, and whether it is one of ids. */
function changed(name: string, column: Vector) {
  const { table, ids } = idsToTexts(new Table({ [name]: column }))
  const cells = cellsOf(name, table.getChildAt(0)!, ZONE)
  const json = Array.from({ length: table.numRows }, (_, row) => cells.json(row)).join(' ')
  return { type: String(table.schema.fields[0]!.type), json, isId: ids.has(name) }
}

describe('idsToTexts', () => {
  it.each<[string, Vector, string, string, boolean]>([
    ['tweet_id', of(new Int64(), 1n, null), 'Utf8', '"1" null', true],
    ['id', of(new Int32(), 7), 'Utf8', '"7"', true],
    ['user_id_1', of(new Uint64(), 2n ** 64n - 1n), 'Utf8', '"18446744073709551615"', true],
    ['Tweet_ID', of(new Int64(), 1n), 'Utf8', '"1"', true],
    ['place_id', of(new Utf8(), '07d9'), 'Utf8', '"07d9"', true],
    ['n', of(new Int64(), 999_999_999_999_999n), 'Int64', '999999999999999', false],
    ['n', of(new Int64(), 1n, 1_000_000_000_000_000n), 'Utf8', '"1" "1000000000000000"', true],
    ['n', of(new Int64(), -(2n ** 63n)), 'Utf8', '"-9223372036854775808"', true],
    ['n', of(new Utf8(), '1741765000000101001'), 'Utf8', '"1741765000000101001"', true],
    ['n', of(new Utf8(), 'a 1741765000000101001'), 'Utf8', '"a 1741765000000101001"', false],
    ['paid', of(new Int64(), 1n), 'Int64', '1', false],
    ['user_id', of(new Float64(), 1.5), 'Float64', '1.5', false],
    [
      'tweet_ids',
      of(new List(new Field('item', new Int64(), true)), [1n, null], null),
      'List<Utf8>',
      '["1",null] null',
      false,
    ],
    [
      'record',
      of(new Struct([new Field('user_id', new Int64(), true), new Field('n', new Int64(), true)]), {
        user_id: 1n,
        n: 2n,
      }),
      'Struct<{user_id:Utf8, n:Int64}>',
      '{"user_id":"1","n":2}',
      false,
    ],
  ])('makes of %s, %o', (name, column, type, json, isId) => {
    expect(changed(name, column)).toEqual({ type, json, isId })
  })

  it('changes keys and values of maps, and whole decimals', () => {
    const entries = new Struct<{ key: Int64; value: Int64 }>([
      new Field('key', new Int64(), false),
      new Field('value', new Int64(), true),
    ])
    const map = of(new Map_<Int64, Int64>(new Field('entries', entries, false)), new Map([[1n, 2n ** 60n]]))
    expect(changed('m', map)).toMatchObject({ json: '{"1":"1152921504606846976"}' })
    const words = Uint32Array.of(0, 0, 1, 0)
    const decimal = (scale: number) =>
      new Vector([makeData({ type: new Decimal(scale, 38, 128), length: 1, nullCount: 0, data: words })])
    expect(changed('n', decimal(0))).toEqual({ type: 'Utf8', json: '"18446744073709551616"', isId: true })
    expect(changed('n', decimal(2))).toMatchObject({ json: '184467440737095516.16', isId: false })
  })

  it('changes the same types when there is no row', () => {
    const { table } = idsToTexts(new Table({ tweet_id: of(new Int64()), n: of(new Int64()) }))
    expect(table.schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual(['tweet_id Utf8', 'n Int64'])
    expect(table.numRows).toBe(0)
  })
})

describe('spreadsheetText', () => {
  it('makes a formula of a text, and nothing of null', () => {
    const cells = spreadsheetText(cellsOf('id', of(new Utf8(), '12', null, '1"&A1&"'), ZONE))
    expect([cells.text(0), cells.text(1), cells.text(2)]).toEqual(['="12"', null, '="1""&A1&"""'])
  })
})
