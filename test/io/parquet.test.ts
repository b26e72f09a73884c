import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  Schema,
  Table,
  TimestampMillisecond,
  tableToIPC,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow'
import fc from 'fast-check'
import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet'
import * as parquetWasm from 'parquet-wasm/esm'
import { describe, expect, it } from 'vitest'
import { openParquetWriter, parquetParts, parquetToTable, tableToParquet } from '../../src/lib/io/parquet.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const field = (name: string, type: DataType, nullable: boolean) => new Field(name, type, nullable)

/** Every type of the lake, once required and once optional where that makes a difference. */
const SCHEMA = new Schema([
  field('id', new Int64(), false),
  field('text', new Utf8(), false),
  field('lang', new Utf8(), true),
  field('tags', new List(new Field('item', new Utf8(), false)), false),
  field('maybe_tags', new List(new Field('item', new Utf8(), false)), true),
  field('is_reply', new Bool(), true),
  field('hour', new Int32(), true),
  field('likes', new Int64(), true),
  field('longitude', new Float64(), true),
  field('created_at', new TimestampMillisecond('UTC'), false),
  field('created_at_local', new TimestampMillisecond(null), true),
  field('local_date', new DateDay(), true),
  field('bytes', new Binary(), true),
])

type Row = Record<string, unknown>

function tableOf(rows: Row[], schema: Schema = SCHEMA): Table {
  if (rows.length === 0) return new Table(schema)
  const columns = schema.fields.map(({ name, type }) => [
    name,
    vectorFromArray(
      rows.map(row => row[name]),
      type,
    ),
  ])
  return new Table(schema, Object.fromEntries(columns) as Record<string, Vector>)
}

/** Arrow's values as JavaScript's, so that two tables can be compared. */
function plain(value: unknown): unknown {
  if (value instanceof Vector) return Array.from(value, plain)
  if (value instanceof Uint8Array) return [...value]
  if (value instanceof Date) return value.getTime()
  return value
}

const rowsOf = (table: Table): Row[] =>
  Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(table.schema.fields.map((f, column) => [f.name, plain(table.getChildAt(column)?.get(row))])),
  )

const shapeOf = (table: Table) => table.schema.fields.map(f => `${f.name} ${f.type}${f.nullable ? '' : ' not null'}`)

const FULL: Row = {
  id: 9007199254740993n,
  text: 'olá 👩‍👩‍👧 #São',
  lang: 'pt',
  tags: ['são', '日本', ''],
  maybe_tags: ['x'],
  is_reply: true,
  hour: -3,
  likes: 9223372036854775807n,
  longitude: -46.633309,
  created_at: Date.parse('2024-01-01T10:59:59.999Z'),
  created_at_local: Date.parse('2024-01-01T07:59:59.999Z'),
  local_date: Date.parse('2024-01-01T00:00:00Z'),
  bytes: Uint8Array.of(0, 255),
}
const EMPTY: Row = {
  id: -9223372036854775808n,
  text: '',
  lang: null,
  tags: [],
  maybe_tags: null,
  is_reply: null,
  hour: null,
  likes: null,
  longitude: null,
  created_at: -1,
  created_at_local: null,
  local_date: null,
  bytes: null,
}

const asPlain = (row: Row): Row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]))

/** hyparquet carries snappy only; zstd comes from the runtime. */
const hyparquetOptions = (bytes: Uint8Array) => ({
  file: bytes.slice().buffer,
  compressors: { ZSTD: (input: Uint8Array) => Bun.zstdDecompressSync(input) },
})
const metadataOf = (bytes: Uint8Array): FileMetaData => parquetMetadata(bytes.slice().buffer)

const encodingsOf = (bytes: Uint8Array): Record<string, readonly string[]> =>
  Object.fromEntries(
    metadataOf(bytes).row_groups.flatMap(group =>
      group.columns.map(({ meta_data }) => [meta_data?.path_in_schema.join('.'), meta_data?.encodings ?? []]),
    ),
  )

const hasDictionary = (encodings: readonly string[] | undefined) => encodings?.includes('RLE_DICTIONARY')

describe('tableToParquet and parquetToTable', () => {
  it('give back every type, null, empty list, emoji and id past 2^53', async () => {
    const back = await parquetToTable(await tableToParquet(tableOf([FULL, EMPTY, FULL]), { repeating: ['lang'] }))
    expect(rowsOf(back)).toEqual([FULL, EMPTY, FULL].map(asPlain))
    expect(shapeOf(back)).toEqual(shapeOf(tableOf([FULL])))
  })

  it('give back zero rows with the same schema', async () => {
    const back = await parquetToTable(await tableToParquet(new Table(SCHEMA), { repeating: [] }))
    expect(back.numRows).toBe(0)
    expect(shapeOf(back)).toEqual(shapeOf(new Table(SCHEMA)))
    const some = await parquetToTable(await tableToParquet(new Table(SCHEMA), { repeating: [] }), ['lang', 'id'])
    expect(shapeOf(some)).toEqual(['lang Utf8', 'id Int64 not null'])
  })

  it('give back any rows, whatever is dictionary encoded and wherever the table was cut', async () => {
    const row = fc.record({
      id: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      text: fc.string({ unit: 'grapheme' }),
      lang: fc.option(fc.string()),
      tags: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }),
      maybe_tags: fc.option(fc.array(fc.string(), { maxLength: 3 })),
      is_reply: fc.option(fc.boolean()),
      hour: fc.option(fc.integer()),
      likes: fc.option(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
      longitude: fc.option(fc.double()),
      created_at: fc.integer({ min: -8.64e14, max: 8.64e14 }),
      created_at_local: fc.option(fc.integer({ min: -8.64e14, max: 8.64e14 })),
      local_date: fc.option(fc.integer({ min: -1e6, max: 1e6 }).map(days => days * 86_400_000)),
      bytes: fc.option(fc.uint8Array({ maxLength: 20 })),
    })
    const names = SCHEMA.fields.map(f => f.name)
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 20 }),
        fc.subarray(names),
        fc.nat(19),
        async (rows, repeating, cut) => {
          const table = tableOf(rows).slice(cut)
          const back = await parquetToTable(await tableToParquet(table, { repeating }))
          expect(rowsOf(back)).toEqual(rows.slice(cut).map(asPlain))
          expect(shapeOf(back)).toEqual(shapeOf(table))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('read the columns that are asked for, in that order, and decode no others', async () => {
    const bytes = await tableToParquet(tableOf([FULL, EMPTY]), { repeating: [] })
    const back = await parquetToTable(bytes, ['tags', 'likes', 'id'])
    expect(shapeOf(back)).toEqual(['tags List<Utf8> not null', 'likes Int64', 'id Int64 not null'])
    expect(rowsOf(back)).toEqual([FULL, EMPTY].map(({ tags, likes, id }) => ({ tags, likes, id })))

    const damaged = bytes.slice()
    const text = metadataOf(bytes).row_groups[0]?.columns.find(
      c => c.meta_data?.path_in_schema[0] === 'text',
    )?.meta_data
    damaged.fill(0xaa, Number(text?.data_page_offset), Number(text?.data_page_offset) + 12)
    await expect(parquetToTable(damaged)).rejects.toMatchObject({ code: 'E_LAKE' })
    expect(rowsOf(await parquetToTable(damaged, ['id']))).toEqual([{ id: FULL.id }, { id: EMPTY.id }])
  })

  it('give one record batch for tables of up to 131,072 rows', async () => {
    const ids = vectorFromArray(Int32Array.from({ length: 131_073 }, (_, row) => row))
    const bytes = await tableToParquet(new Table({ ids }), { repeating: [] })
    expect((await parquetToTable(bytes)).batches.map(batch => batch.numRows)).toEqual([131_072, 1])
    expect(metadataOf(bytes).row_groups.map(group => Number(group.num_rows))).toEqual([131_072, 1])
  })

  it('give the same bytes for the same table, and name no version in them', async () => {
    const write = () => tableToParquet(tableOf([FULL, EMPTY]), { repeating: ['lang', 'tags'] })
    const bytes = await write()
    expect(await write()).toEqual(bytes)
    expect(metadataOf(bytes).created_by).toBe('twdw')
    expect(metadataOf(bytes).key_value_metadata?.map(entry => entry.key)).toEqual(['ARROW:schema'])
  })

  it('keep the least and the greatest value of every column chunk, so that readers can skip', async () => {
    const bytes = await tableToParquet(tableOf([FULL, EMPTY]), { repeating: [] })
    const chunks = metadataOf(bytes).row_groups[0]?.columns ?? []
    expect(chunks.find(c => c.meta_data?.path_in_schema[0] === 'id')?.meta_data?.statistics).toMatchObject({
      min_value: EMPTY.id,
      max_value: FULL.id,
      null_count: 0n,
    })
    expect(chunks.every(c => c.meta_data?.codec === 'ZSTD')).toBe(true)
  })
})

describe('a file that is written of others', () => {
  const wide = (n: number) => ({
    ...FULL,
    id: BigInt(n),
    text: `text ${n}`,
    tags: n % 3 === 0 ? [] : [`${n}`],
    lang: n % 2 ? 'pt' : null,
  })
  const file = (from: number, to: number) =>
    tableToParquet(tableOf(Array.from({ length: to - from }, (_, n) => wide(from + n))), { repeating: ['lang'] })

  it('has their rows in their order, of the same types, laid out as if they had come as a table', async () => {
    const parts = await Promise.all([file(0, 3), file(3, 20_003), file(20_003, 20_004)])
    const writer = await openParquetWriter(SCHEMA, { repeating: ['lang'] })
    const rows: number[] = []
    for (const part of parts) rows.push(await writer.appendFile(part))
    expect(rows).toEqual([3, 20_000, 1])
    const bytes = await writer.finish()
    const back = await parquetToTable(bytes)
    const whole = await parquetToTable(await file(0, 20_004))
    expect(shapeOf(back)).toEqual(shapeOf(whole))
    expect(rowsOf(back)).toEqual(rowsOf(whole))
    expect(encodingsOf(bytes)).toEqual(encodingsOf(await file(0, 20_004)))
    expect(metadataOf(bytes).row_groups).toHaveLength(1)
    expect(metadataOf(bytes).key_value_metadata).toEqual(metadataOf(parts[0]!).key_value_metadata)
  })

  it('may be of files without rows', async () => {
    const none = await tableToParquet(new Table(SCHEMA), { repeating: [] })
    const writer = await openParquetWriter(SCHEMA, { repeating: [] })
    expect([await writer.appendFile(none), await writer.appendFile(none)]).toEqual([0, 0])
    expect((await parquetToTable(await writer.finish())).numRows).toBe(0)
  })

  it('takes no file of other columns, nor one that is damaged wherever it is, and the next file is written', async () => {
    const good = await file(0, 50)
    const other = await tableToParquet(tableOf([FULL]).select(['text', 'id']), { repeating: [] })
    const bad = Array.from({ length: 12 }, (_, n) => {
      const at = 4 + Math.floor(((good.length - 60) * n) / 12)
      return good.slice().fill(0x5a, at, at + 50)
    })
    let refused = 0
    for (const bytes of [other, good.slice(0, -1), new Uint8Array(), ...bad]) {
      const writer = await openParquetWriter(SCHEMA, { repeating: [] })
      await writer.appendFile(good)
      // a change of a value makes another value
      const outcome = await writer.appendFile(bytes).catch(error => error)
      if (outcome !== 50) {
        expect(outcome).toMatchObject({
          code: 'E_LAKE',
          message: expect.stringMatching(/^not a readable Parquet file: /),
        })
        refused += 1
      }
      await writer.abort()
    }
    expect(refused).toBeGreaterThan(8)
    const writer = await openParquetWriter(SCHEMA, { repeating: [] })
    expect(await writer.appendFile(good)).toBe(50)
    expect((await parquetToTable(await writer.finish())).numRows).toBe(50)
  })
})

describe('the encoding of a table', () => {
  const rows = Array.from({ length: 50 }, (_, n) => ({ ...FULL, id: BigInt(n), text: `text ${n}` }))

  it('gives a dictionary to the columns that repeat and to no other', async () => {
    const encodings = encodingsOf(await tableToParquet(tableOf(rows), { repeating: ['lang', 'hour'] }))
    const dictionaries = Object.keys(encodings).filter(path => hasDictionary(encodings[path]))
    expect(dictionaries).toEqual(['lang', 'hour'])
  })

  it('gives every list a dictionary when one of them repeats', async () => {
    const encodings = encodingsOf(await tableToParquet(tableOf(rows), { repeating: ['tags'] }))
    const dictionaries = Object.keys(encodings).filter(path => hasDictionary(encodings[path]))
    expect(dictionaries).toEqual(['tags.list.item', 'maybe_tags.list.item'])
  })
})

describe('a file that is no table', () => {
  it.each([
    ['nothing', () => new Uint8Array(0), 'Empty input provided or not a Uint8Array.'],
    ['text', () => new TextEncoder().encode('not parquet'), 'Parquet error: Invalid Parquet file. Corrupt footer'],
  ])('is refused: %s', async (_, bytes, reason) => {
    await expect(parquetToTable(bytes())).rejects.toMatchObject({
      code: 'E_LAKE',
      message: `not a readable Parquet file: ${reason}`,
      hint: 'put a good copy in its place, or move it out of the lake',
    })
  })

  it('is refused wherever it was cut off, read whole or in part', async () => {
    const bytes = await tableToParquet(tableOf([FULL]), { repeating: [] })
    for (const length of [1, 7, 100, bytes.length - 1]) {
      await expect(parquetToTable(bytes.slice(0, length))).rejects.toMatchObject({ code: 'E_LAKE' })
      await expect(parquetToTable(bytes.slice(0, length), ['id'])).rejects.toMatchObject({ code: 'E_LAKE' })
    }
  })

  it('is refused or read wherever a byte of it was changed, and the next one is read', async () => {
    const texts = Array.from({ length: 40 }, (_, n) => `${n * 7919} ${n ** 5} ação`)
    const good = await tableToParquet(new Table({ text: vectorFromArray(texts) }), { repeating: [] })
    let refused = 0
    for (let at = 4; at < good.length - 8; at += 3) {
      const bytes = good.slice()
      bytes[at]! ^= 0xff
      const outcome = await parquetToTable(bytes, ['text']).catch(error => error)
      if (!(outcome instanceof Table)) {
        expect(outcome).toMatchObject({
          code: 'E_LAKE',
          message: expect.stringMatching(/^not a readable Parquet file: /),
        })
        refused += 1
      }
    }
    expect(refused).toBeGreaterThan(20)
    // side by side with a damaged one a good one is still good
    const damaged = good.slice().fill(0, 40, 200)
    const [bad, ...others] = await Promise.allSettled(
      [damaged, good, good].map(bytes => parquetToTable(bytes, ['text'])),
    )
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'E_LAKE' } })
    expect(others.map(other => other.status === 'fulfilled' && other.value.numRows)).toEqual([40, 40])
  })

  it('is refused when a column is not in it', async () => {
    const bytes = await tableToParquet(tableOf([FULL]), { repeating: [] })
    await expect(parquetToTable(bytes, ['id', 'nope'])).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'not a readable Parquet file: Column nope not found in table',
    })
  })
})

describe('a file that is read in parts', () => {
  const GROUP_ROWS = 8_192
  const partsOf = async (bytes: Uint8Array, rows: number) => {
    const parts: Table[] = []
    const failure = await Array.fromAsync(parquetParts(bytes, rows), part => parts.push(part)).then(
      () => undefined,
      error => error,
    )
    return { parts, failure }
  }
  /** Numbers that do not compress, so that the file is too long to be read at once. */
  const numbers = (count: number) =>
    Array.from({ length: count }, (_, i) => Number(Bun.hash.xxHash64(String(i)) >> 11n) / 3)
  const fileOf = (values: readonly number[]) =>
    tableToParquet(new Table({ x: vectorFromArray(values, new Float64()) }), { repeating: [], groupRows: GROUP_ROWS })
  const valuesOf = (parts: readonly Table[]) => parts.flatMap(part => [...part.getChild('x')!])

  it.each([
    ['whole groups', 20 * GROUP_ROWS, 3 * GROUP_ROWS],
    ['a rest', 20 * GROUP_ROWS + 5, 4 * GROUP_ROWS - 1],
    ['one part', 20 * GROUP_ROWS, 1_000_000],
  ])('has all of its rows in their order: %s', async (_, count, rows) => {
    const values = numbers(count)
    const { parts, failure } = await partsOf(await fileOf(values), rows)
    expect(failure).toBeUndefined()
    expect(valuesOf(parts)).toEqual(values)
    const lengths = parts.map(({ numRows }) => numRows)
    for (const length of lengths.slice(0, -1)) {
      expect(length).toBeGreaterThanOrEqual(rows)
      expect(length).toBeLessThan(rows + GROUP_ROWS)
    }
  })

  it.each([
    ['a few rows', 3, 1],
    ['none', 0, 0],
  ])('may be short: %s', async (_, count, expected) => {
    const { parts } = await partsOf(await fileOf(numbers(count)), 10)
    expect(parts).toHaveLength(expected)
    expect(valuesOf(parts)).toEqual(numbers(count))
  })

  it('is refused where it is damaged, behind the parts that are good, and the next one is read', async () => {
    const values = numbers(20 * GROUP_ROWS)
    const good = await fileOf(values)
    for (const bytes of [good.slice(0, -9), good.slice().fill(0xff, good.length >> 1, (good.length >> 1) + 40_000)]) {
      const { parts, failure } = await partsOf(bytes, 2 * GROUP_ROWS)
      expect(failure).toMatchObject({
        code: 'E_LAKE',
        message: expect.stringMatching(/^not a readable Parquet file: /),
      })
      expect(valuesOf(parts)).toEqual(values.slice(0, parts.length * 2 * GROUP_ROWS))
    }
    const others = await Promise.all([partsOf(good, GROUP_ROWS), partsOf(good, 3 * GROUP_ROWS)])
    for (const { parts, failure } of others) {
      expect(failure).toBeUndefined()
      expect(valuesOf(parts)).toEqual(values)
    }
  })

  it('need not be read to its end', async () => {
    const bytes = await fileOf(numbers(20 * GROUP_ROWS))
    for await (const part of parquetParts(bytes, GROUP_ROWS)) {
      expect(part.numRows).toBe(GROUP_ROWS)
      break
    }
  })
})

describe('the memory of parquet-wasm', () => {
  it('is given back after each call, also after a failure', async () => {
    const table = new Table({ text: vectorFromArray(Array.from({ length: 2000 }, (_, n) => `text ${n}`.repeat(20))) })
    const bytes = await tableToParquet(table, { repeating: ['text'] })
    const cut = bytes.slice(0, bytes.length - 1)
    const full = await tableToParquet(tableOf(Array.from({ length: 200 }, () => FULL)), { repeating: [] })
    const round = async () => {
      await tableToParquet(table, { repeating: ['text'] })
      await parquetToTable(bytes)
      await parquetToTable(bytes, ['text'])
      await parquetToTable(cut).catch(() => undefined)
      await parquetToTable(bytes, ['nope']).catch(() => undefined)
      const writer = await openParquetWriter(SCHEMA, { repeating: [] })
      await writer.appendFile(full)
      await writer.appendFile(cut).catch(() => undefined)
      await writer.finish()
    }
    for (let n = 0; n < 20; n++) await round()
    const memory = () => (parquetWasm.wasmMemory() as WebAssembly.Memory).buffer.byteLength
    const before = memory()
    for (let n = 0; n < 200; n++) await round()
    // a table that is not freed costs 3 kB a round
    expect(memory()).toBeLessThan(before + 300_000)
  })

  it('lets go of a table as soon as it is encoded, and not at the end of the file', async () => {
    const rows = 16_384
    const writer = await openParquetWriter(new Table({ n: vectorFromArray(new Int32Array(1)) }).schema, {
      repeating: [],
    })
    const appended: WeakRef<Table>[] = []
    for (let n = 0; n < 24; n++) {
      const table = new Table({ n: vectorFromArray(Int32Array.from({ length: rows }, (_, i) => i * n)) })
      appended.push(new WeakRef(table))
      await writer.append(table)
    }
    await new Promise(resolve => setTimeout(resolve, 20))
    Bun.gc(true)
    // the last ones may still be on their way
    expect(appended.filter(table => table.deref() !== undefined).length).toBeLessThan(8)
    expect((await parquetToTable(await writer.finish())).numRows).toBe(24 * rows)
  })

  it('is given back by a file that is given up, wherever that is', async () => {
    const texts = Array.from({ length: 4096 }, (_, n) => `${n} ${((n * 7919) % 4096) / 4096} `.repeat(30))
    const table = new Table({ text: vectorFromArray(texts) })
    const round = async (pieces: number) => {
      const writer = await openParquetWriter(table.schema, { repeating: [] })
      for (let n = 0; n < pieces; n++) await writer.append(table)
      await writer.abort()
    }
    for (let n = 0; n < 12; n++) await round(n % 4)
    const memory = () => (parquetWasm.wasmMemory() as WebAssembly.Memory).buffer.byteLength
    const before = memory()
    for (let n = 0; n < 48; n++) await round(n % 4)
    // a file that is not given up costs 1.7 MB
    expect(memory()).toBeLessThan(before + 5_000_000)
  })
})

describe('an independent reader', () => {
  it('hyparquet sees the same rows', async () => {
    const bytes = await tableToParquet(tableOf([FULL, EMPTY]), { repeating: ['lang', 'tags'] })
    const rows = await parquetReadObjects({ ...hyparquetOptions(bytes), utf8: false })
    // a null list is undefined to hyparquet
    const found = rows.map(row => asPlain({ ...row, maybe_tags: row.maybe_tags ?? null }))
    expect(found).toEqual([FULL, EMPTY].map(asPlain))
  })

  it('hyparquet sees which instants are UTC and what is never null', async () => {
    const schema = metadataOf(await tableToParquet(tableOf([FULL]), { repeating: [] })).schema
    const element = (name: string) => schema.find(e => e.name === name)
    expect(element('created_at')?.logical_type).toMatchObject({
      type: 'TIMESTAMP',
      isAdjustedToUTC: true,
      unit: 'MILLIS',
    })
    expect(element('created_at_local')?.logical_type).toMatchObject({ type: 'TIMESTAMP', isAdjustedToUTC: false })
    expect(element('local_date')).toMatchObject({ type: 'INT32', logical_type: { type: 'DATE' } })
    expect(element('id')).toMatchObject({ type: 'INT64', repetition_type: 'REQUIRED' })
    expect(element('tags')).toMatchObject({ repetition_type: 'REQUIRED', logical_type: { type: 'LIST' } })
    expect(element('lang')).toMatchObject({ repetition_type: 'OPTIONAL', logical_type: { type: 'STRING' } })
  })

  it('DuckDB sees the same types and rows', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'table.parquet')
      await writeFile(path, await tableToParquet(tableOf([FULL, EMPTY]), { repeating: ['lang', 'tags'] }))
      const database = await (await DuckDBInstance.create(':memory:')).connect()
      await database.run("set TimeZone = 'UTC'")
      const result = await database.run(`select * from read_parquet('${path}')`)
      expect(result.columnTypes().join()).toBe(
        'BIGINT,VARCHAR,VARCHAR,VARCHAR[],VARCHAR[],BOOLEAN,INTEGER,BIGINT,DOUBLE,' +
          'TIMESTAMP WITH TIME ZONE,TIMESTAMP,DATE,BLOB',
      )
      const asText = `select * replace (created_at::varchar as created_at) from read_parquet('${path}')`
      expect(await (await database.run(asText)).getRowObjectsJson()).toMatchObject([
        {
          id: '9007199254740993',
          text: FULL.text,
          tags: FULL.tags,
          is_reply: true,
          hour: -3,
          likes: '9223372036854775807',
          created_at: '2024-01-01 10:59:59.999+00',
          created_at_local: '2024-01-01 07:59:59.999',
          local_date: '2024-01-01',
          bytes: '\\x00\\xFF',
        },
        { id: '-9223372036854775808', text: '', tags: [], maybe_tags: null, is_reply: null, longitude: null },
      ])
    }))
})

it('two tables with equal rows have equal IPC bytes after a round trip', async () => {
  const table = await parquetToTable(await tableToParquet(tableOf([FULL]), { repeating: [] }))
  const again = await parquetToTable(await tableToParquet(table, { repeating: [] }))
  expect(tableToIPC(again, 'stream')).toEqual(tableToIPC(table, 'stream'))
})
