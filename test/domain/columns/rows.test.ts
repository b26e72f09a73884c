import {
  Bool,
  Field,
  Int64,
  makeData,
  Schema,
  Table,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boolsOf,
  checkColumns,
  compareBytes,
  decodeText,
  forEachItem,
  forEachText,
  hasSameRows,
  int64sOf,
  rowsOf,
  textAt,
  textListsOf,
  textsOf,
} from '../../../src/lib/domain/columns/rows.ts'
import { LAYER1 } from '../../../src/lib/domain/layer1.ts'
import { type Layer1Row, layer1Table } from '../../support/layer1-rows.ts'

const anyRow: fc.Arbitrary<Layer1Row> = fc.record({
  tweet_id: fc.string({ unit: 'grapheme', maxLength: 3 }),
  lang: fc.constantFrom(null, 'pt', 'en'),
  hashtags: fc.array(fc.constantFrom('a', 'ação', ''), { maxLength: 3 }),
  like_count: fc.option(fc.maxSafeInteger(), { nil: null }),
  possibly_sensitive: fc.option(fc.boolean(), { nil: null }),
})
/** Files of 0 or more rows, each cut somewhere: Arrow's slices share buffers and begin in the middle of a bitmap. */
const anyFiles = fc.array(fc.record({ rows: fc.array(anyRow, { maxLength: 20 }), skip: fc.nat(12) }), { maxLength: 3 })

function tablesOf(files: readonly { rows: readonly Layer1Row[]; skip: number }[]): Table[] {
  return files.map(({ rows, skip }) => layer1Table(rows).slice(skip))
}

describe('rowsOf', () => {
  it('reads every column of all files as one run of rows', () => {
    fc.assert(
      fc.property(anyFiles, files => {
        const expected = files.flatMap(({ rows, skip }) => rows.slice(skip))
        const rows = rowsOf(tablesOf(files))
        expect(rows.count).toBe(expected.length)

        const ids: string[] = []
        forEachText(textsOf(rows, 'tweet_id'), (row, bytes, start, end) => {
          ids[row] = decodeText(bytes, start, end)
        })
        expect(ids).toEqual(expected.map(row => row.tweet_id))

        const lang = textsOf(rows, 'lang')
        expect(expected.map((_, row) => (lang.valid?.[row] === 0 ? null : textAt(lang, row)))).toEqual(
          expected.map(row => row.lang),
        )

        const hashtags: string[][] = expected.map(() => [])
        forEachItem(textListsOf(rows, 'hashtags'), (row, bytes, start, end) => {
          hashtags[row]?.push(decodeText(bytes, start, end))
        })
        expect(hashtags).toEqual(expected.map(row => row.hashtags))

        const likes = int64sOf(rows, 'like_count')
        const numbers = [...new BigInt64Array(likes.halves.slice().buffer)].map(Number)
        expect(numbers.map((number, row) => (likes.valid?.[row] === 0 ? null : number))).toEqual(
          expected.map(row => row.like_count),
        )

        const { values, valid } = boolsOf(rows, 'possibly_sensitive')
        expect([...values].map((value, row) => (valid?.[row] === 0 ? null : value === 1))).toEqual(
          expected.map(row => row.possibly_sensitive),
        )
      }),
    )
  })

  it('reads nothing where there is no table, and no bitmap where nothing is null', () => {
    expect(rowsOf([]).count).toBe(0)
    expect(textsOf(rowsOf([]), 'lang').valid).toBeUndefined()
    expect(textsOf(rowsOf([layer1Table([{ tweet_id: '1', lang: 'pt' }])]), 'lang').valid).toBeUndefined()
  })

  it('takes a null for false, whatever bit lies under it', () => {
    const data = makeData({ type: new Bool(), length: 3, data: Uint8Array.of(0b111), nullBitmap: Uint8Array.of(0b101) })
    const { values, valid } = boolsOf(rowsOf([new Table({ b: new Vector([data]) })]), 'b')
    expect([...values]).toEqual([1, 0, 1])
    expect([...(valid ?? [])]).toEqual([1, 0, 1])
  })

  it('does not know a column that is not there', () => {
    expect(() => textsOf(rowsOf([tableFromArrays({ a: ['x'] })]), 'b')).toThrow('no column b in a table of a')
  })
})

describe('compareBytes', () => {
  it('orders as Buffer.compare does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
        const order = compareBytes(
          Uint8Array.of(9, ...a),
          1,
          1 + a.length,
          Uint8Array.of(8, 8, ...b, 7),
          2,
          2 + b.length,
        )
        expect(Math.sign(order)).toBe(Buffer.compare(a, b))
      }),
    )
  })
})

describe('checkColumns', () => {
  it('takes a table of layer1, also with more columns than it knows', () => {
    checkColumns(layer1Table([{ tweet_id: '1' }]), LAYER1, 'x.parquet')
    checkColumns(layer1Table([{ tweet_id: '1' }]), new Schema([new Field('text', new Utf8())]), 'x.parquet')
  })

  it('names the file and the column that is missing, or is of another type', () => {
    const hint = 'the file was not made by this version of twdw; move it out of the lake, or restore it'
    const table = tableFromArrays({ text: ['x'] })
    expect(() => checkColumns(table, LAYER1, 'layer1/a.parquet')).toThrow(
      expect.objectContaining({ code: 'E_LAKE', message: 'column tweet_id of layer1/a.parquet is missing', hint }),
    )
    expect(() => checkColumns(table, new Schema([new Field('text', new Int64())]), 'b')).toThrow(
      expect.objectContaining({
        code: 'E_LAKE',
        message: 'column text of b is Dictionary<Int32, Utf8> and not Int64',
        hint,
      }),
    )
  })

  it('takes no file in which a row lacks what every row has, such as its id', () => {
    const table = new Table({ tweet_id: vectorFromArray(['1', null, null], new Utf8()) })
    const required = new Schema([new Field('tweet_id', new Utf8(), false)])
    expect(() => checkColumns(table, required, 'layer1/a.parquet')).toThrow(
      expect.objectContaining({
        code: 'E_LAKE',
        message: 'column tweet_id of layer1/a.parquet must have a value in every row, and 2 have none',
      }),
    )
    checkColumns(table, new Schema([new Field('tweet_id', new Utf8(), true)]), 'layer1/a.parquet')
    checkColumns(table.slice(0, 1), required, 'layer1/a.parquet')
  })
})

describe('hasSameRows', () => {
  const table = new Table({ a: vectorFromArray(['x', null], new Utf8()), n: vectorFromArray([1n, 2n], new Int64()) })

  it('holds for a copy that has other batches', () => {
    const copy = tableFromIPC(tableToIPC(table.slice(0, 1).concat(table.slice(1))))
    expect(copy.batches).toHaveLength(2)
    expect(hasSameRows(table, copy)).toBe(true)
  })

  it.each([
    ['a value', new Table({ a: vectorFromArray(['x', ''], new Utf8()), n: vectorFromArray([1n, 2n], new Int64()) })],
    ['a row', table.slice(0, 1)],
    ['a column', table.select(['a'])],
  ])('does not hold where %s differs', (_, other) => {
    expect(hasSameRows(table, other)).toBe(false)
  })
})
