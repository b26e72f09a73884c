import { DataType, MapRow, StructRow, type Table, Vector } from 'apache-arrow'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cellsOf } from '../../../src/lib/domain/answer/cells.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'
import { openDuckDb } from '../../../src/lib/io/duckdb/engine.ts'
import { parquetToTable, tableToParquet } from '../../../src/lib/io/parquet.ts'
import type { SqlEngine } from '../../../src/lib/io/sql.ts'

let engine: SqlEngine
beforeAll(async () => {
  engine = await openDuckDb({ timeZone: 'America/Sao_Paulo', threads: 2, readable: [], env: {}, warn: () => undefined })
})
afterAll(() => engine.close())

function plain(value: unknown): unknown {
  if (value instanceof Vector) return Array.from(value, plain)
  if (value instanceof Uint8Array) return [...value]
  if (value instanceof StructRow || value instanceof MapRow) {
    return Object.fromEntries(Array.from(value, ([name, item]) => [name, plain(item)]))
  }
  return value
}

const columnOf = (table: Table, index: number): unknown[] => Array.from(table.getChildAt(index) ?? [], plain)

/** Values as an answer spells them: of decimals Arrow hands out nothing but the bits. */
function textsOf(table: Table, index: number): (string | null)[] {
  const cells = cellsOf('', table.getChildAt(index)!, { name: 'UTC', clock: createWallClock('UTC') })
  return Array.from({ length: table.numRows }, (_, row) => cells.text(row))
}

/** Type, digits and scale of a column `v`, and its values. */
async function askDecimal(...expressions: string[]) {
  const table = await engine.query(expressions.map(expression => `select ${expression} as v`).join(' union all '))
  const type = table.schema.fields[0]?.type
  const { precision = 0, scale = 0 } = DataType.isDecimal(type) ? type : {}
  return { digits: precision, scale, values: textsOf(table, 0) }
}

/** Type and values of a column `v` of these SQL expressions, one a row. */
async function ask(...expressions: string[]): Promise<{ type: string; values: unknown[] }> {
  const table = await engine.query(expressions.map(expression => `select ${expression} as v`).join(' union all '))
  return { type: String(table.schema.fields[0]?.type), values: columnOf(table, 0) }
}

describe('what a DuckDB type becomes', () => {
  it.each([
    ['true', 'Bool', true],
    ['(-128)::tinyint', 'Int8', -128],
    ['(-32768)::smallint', 'Int16', -32768],
    ['(-2147483648)::integer', 'Int32', -2147483648],
    ['9007199254740993::bigint', 'Int64', 9007199254740993n],
    ['255::utinyint', 'Uint8', 255],
    ['65535::usmallint', 'Uint16', 65535],
    ['4294967295::uinteger', 'Uint32', 4294967295],
    ['18446744073709551615::ubigint', 'Uint64', 18446744073709551615n],
    ['0.5::float', 'Float32', 0.5],
    ['0.1::double', 'Float64', 0.1],
    ["'a text longer than twelve bytes 👩‍👩‍👧'", 'Utf8', 'a text longer than twelve bytes 👩‍👩‍👧'],
    ["'twelve bytes'", 'Utf8', 'twelve bytes'],
    ["''", 'Utf8', ''],
    ["'\\xFF\\x00'::blob", 'Binary', [255, 0]],
    ["date '2019-02-17'", 'Date32<DAY>', Date.parse('2019-02-17T00:00:00Z')],
    ["timestamp '2019-02-16 23:30:00.001'", 'Timestamp<MICROSECOND>', Date.parse('2019-02-16T23:30:00.001Z')],
    ["timestamp_s '2019-02-16 23:30:00'", 'Timestamp<MILLISECOND>', Date.parse('2019-02-16T23:30:00Z')],
    ["timestamp_ms '2019-02-16 23:30:00.001'", 'Timestamp<MILLISECOND>', Date.parse('2019-02-16T23:30:00.001Z')],
    ["timestamp_ns '2019-02-16 23:30:00.001'", 'Timestamp<NANOSECOND>', Date.parse('2019-02-16T23:30:00.001Z')],
    ["timestamptz '2019-02-16 23:30:00-03'", 'Timestamp<MICROSECOND, UTC>', Date.parse('2019-02-17T02:30:00Z')],
    ["time '10:11:12.5'", 'Utf8', '10:11:12.5'],
    ["interval '1 month 2 days 3 seconds'", 'Utf8', '1 month 2 days 00:00:03'],
    ["uuid '00000000-0000-4000-8000-00000000abcd'", 'Utf8', '00000000-0000-4000-8000-00000000abcd'],
    ["'b'::enum('a', 'b')", 'Utf8', 'b'],
    ["'10101'::bit", 'Utf8', '10101'],
    ['json(\'{"a": 9007199254740993}\')', 'Utf8', '{"a":9007199254740993}'],
    ["union_value(k := 'x')", 'Utf8', 'x'],
    [
      "'123456789012345678901234567890123456789012345'::bignum",
      'Utf8',
      '123456789012345678901234567890123456789012345',
    ],
  ])('%s is %s', async (expression, type, value) => {
    expect(await ask(expression)).toEqual({ type, values: [value] })
    expect(await ask(expression, 'null')).toEqual({ type, values: [value, null] })
  })

  it('a sum over BIGINT is an Int64 while it fits, then a decimal, and text when it has 39 digits', async () => {
    const sum = (values: string) => `(select sum(x::bigint) from (values ${values}) as t(x))`
    expect(await ask(sum('(9007199254740993), (-2)'))).toEqual({ type: 'Int64', values: [9007199254740991n] })
    expect(await askDecimal(sum('(9223372036854775807), (1)'), 'null', '-1')).toEqual({
      digits: 38,
      scale: 0,
      values: ['9223372036854775808', null, '-1'],
    })
    expect(await ask('340282366920938463463374607431768211455::uhugeint', '7::uhugeint')).toEqual({
      type: 'Utf8',
      values: ['340282366920938463463374607431768211455', '7'],
    })
  })

  it('a decimal is that decimal, whatever it holds, and an Int64 where it has no fraction', async () => {
    expect(await askDecimal('0.5', '-1.10', 'null')).toEqual({ digits: 3, scale: 2, values: ['0.50', '-1.10', null] })
    expect(await askDecimal('-0.01::decimal(38,2)', '12345678901234567890.12')).toEqual({
      digits: 38,
      scale: 2,
      values: ['-0.01', '12345678901234567890.12'],
    })
    expect(await askDecimal('0.000001::decimal(7,6)')).toEqual({ digits: 7, scale: 6, values: ['0.000001'] })
    expect(await ask('7::decimal(4,0)', '(-7)::decimal(9,0)')).toEqual({ type: 'Int64', values: [7n, -7n] })
  })

  it('an instant that no calendar holds makes its column text, in UTC whatever the machine is set to', async () => {
    expect(await ask("date 'infinity'", "date '-infinity'", "date '2024-01-01'", 'null')).toEqual({
      type: 'Utf8',
      values: ['infinity', '-infinity', '2024-01-01', null],
    })
    expect(await ask("timestamptz 'infinity'", "timestamptz '2024-01-01 10:00:00+00'")).toEqual({
      type: 'Utf8',
      values: ['infinity', '2024-01-01 10:00:00+00'],
    })
    expect(await ask("timestamp '-infinity'")).toEqual({ type: 'Utf8', values: ['-infinity'] })
    expect(await ask("timestamp_ns 'infinity'")).toEqual({ type: 'Utf8', values: ['infinity'] })
    expect(await ask("timestamp_s '290000-01-01'")).toEqual({ type: 'Utf8', values: ['290000-01-01 00:00:00'] })
    expect(await ask("timestamp '275760-09-12 00:00:00'")).toMatchObject({ type: 'Timestamp<MICROSECOND>' })
  })
})

describe('what a nested type becomes', () => {
  it.each([
    ['[1, null, 3]', 'List<Int32>', [1, null, 3]],
    ["['a', 'a text longer than twelve bytes']", 'List<Utf8>', ['a', 'a text longer than twelve bytes']],
    ['[[1], [], null, [2, 3]]', 'List<List<Int32>>', [[1], [], null, [2, 3]]],
    ['[1, 2]::integer[2]', 'List<Int32>', [1, 2]],
    ["{'a': 1, 'b': [true, null]}", 'Struct<{a:Int32, b:List<Bool>}>', { a: 1, b: [true, null] }],
    ["[{'a': 'x'}, null]", 'List<Struct<{a:Utf8}>>', [{ a: 'x' }, null]],
    ["map {'k': 1, 'l': null}", 'Map<{key:Utf8, value:Int32}>', { k: 1, l: null }],
    [`[1${'0'.repeat(38)}::hugeint]`, 'List<Utf8>', [`1${'0'.repeat(38)}`]],
    ["[date '2024-01-01']", 'List<Date32<DAY>>', [Date.parse('2024-01-01T00:00:00Z')]],
  ])('%s is %s', async (expression, type, value) => {
    expect(await ask('null', expression, 'null', expression)).toEqual({ type, values: [null, value, null, value] })
  })

  it('lists keep their items when rows were filtered, sorted and repeated', async () => {
    const table = await engine.query(`
      select id, l, s from (
        select range as id, [range, range + 1] as l, ['item number ' || range] as s from range(5000)
      ) join (values (4999), (3), (3), (2048)) as t(id) using (id) order by id desc`)
    expect(columnOf(table, 0)).toEqual([4999n, 2048n, 3n, 3n])
    expect(columnOf(table, 1)).toEqual([
      [4999n, 5000n],
      [2048n, 2049n],
      [3n, 4n],
      [3n, 4n],
    ])
    expect(columnOf(table, 2)).toEqual([
      ['item number 4999'],
      ['item number 2048'],
      ['item number 3'],
      ['item number 3'],
    ])
  })

  it('lists, arrays and structs of any depth come back', async () => {
    const item = fc.option(fc.integer({ min: -9, max: 9 }))
    const sqlOf = (value: unknown): string =>
      Array.isArray(value) ? `[${value.map(sqlOf).join(', ')}]` : value === null ? 'null' : String(value)
    const list = fc.option(fc.array(item, { maxLength: 3 }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.array(list, { maxLength: 3 })), { minLength: 1, maxLength: 6 }),
        async rows => {
          const values = rows.map(row => `(${sqlOf(row)}::integer[][])`).join(', ')
          const table = await engine.query(
            `select v, {'deep': v} as s, [v, null]::integer[][][2] as a from (values ${values}) as t(v)`,
          )
          expect(columnOf(table, 0)).toEqual(rows)
          expect(columnOf(table, 1)).toEqual(rows.map(deep => ({ deep })))
          expect(columnOf(table, 2)).toEqual(rows.map(row => [row, null]))
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('a whole result', () => {
  it('is one batch, in order, over as many chunks as it takes', async () => {
    const table = await engine.query(`
      select range as id, if(range % 3 = 0, null, 'value of row ' || range) as text, range % 2 = 0 as even from range(10000)`)
    expect(table.batches.length).toBe(1)
    expect(table.getChild('id')?.toArray()).toEqual(BigInt64Array.from({ length: 10_000 }, (_, n) => BigInt(n)))
    const expected = Array.from({ length: 10_000 }, (_, n) => (n % 3 === 0 ? null : `value of row ${n}`))
    expect(columnOf(table, 1)).toEqual(expected)
    expect(table.getChild('text')?.nullCount).toBe(3334)
    expect(columnOf(table, 2)).toEqual(expected.map((_, n) => n % 2 === 0))
  })

  it('keeps its columns when it has no rows', async () => {
    const table = await engine.query(
      "select 1 as n, [1.5e0] as l, sum(1) as s, date 'infinity' as d where false group by 1, 2, 4",
    )
    expect(table.numRows).toBe(0)
    expect(table.schema.fields.map(field => `${field.name} ${field.type}`)).toEqual([
      'n Int32',
      'l List<Float64>',
      's Int64',
      'd Date32<DAY>',
    ])
  })

  it('tells columns of one name apart, and keeps their order whatever they are called', async () => {
    const table = await engine.query('select 1 as a, 2 as a, 3 as a_1, 4 as a, 5 as "2", 6 as "1"')
    expect(table.schema.names).toEqual(['a', 'a_2', 'a_1', 'a_3', '2', '1'])
    expect(table.schema.names.map((_, index) => columnOf(table, index))).toEqual([[1], [2], [3], [4], [5], [6]])
  })

  it('of every type that DuckDB has can be read, and written as Parquet', async () => {
    const table = await engine.query('select * from test_all_types()')
    expect(table.numRows).toBe(3)
    expect(table.numCols).toBeGreaterThan(50)
    const back = await parquetToTable(await tableToParquet(table, { repeating: [] }))
    expect(back.toArray().map(String)).toEqual(table.toArray().map(String))
    expect(table.schema.fields.map((_, index) => columnOf(table, index)[2])).toEqual(
      table.schema.fields.map(() => null),
    )
  })

  it('spells numbers, texts and identifiers as DuckDB does itself', async () => {
    const columns = ['bigint', 'hugeint', 'uhugeint', 'ubigint', 'bignum', 'dec_18_6', 'dec38_10', 'uuid', 'varchar']
    const own = await engine.query(
      `select ${columns.map(name => `${name}::varchar as ${name}`).join()} from test_all_types()`,
    )
    const ours = await engine.query(`select ${columns.join()} from test_all_types()`)
    for (const [index] of columns.entries()) {
      expect(textsOf(ours, index)).toEqual(columnOf(own, index))
    }
  })
})
