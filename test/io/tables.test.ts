import { makeVector, Table, vectorFromArray } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import type { Lake } from '../../src/lib/io/lake.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const PATH = 'layer2/dim_lang/part-0.parquet'
const TABLE = new Table({ lang: vectorFromArray(['pt', 'en']), tweets: vectorFromArray(BigInt64Array.of(1n, 2n)) })

const withLake = (work: (lake: Lake, root: string) => Promise<void>) =>
  withTempFolder(root => work(openLocalLake(root, { holder: 'a test', clock: fixedClock() }), root))

describe('tables of a lake', () => {
  it('lie at their path as one Parquet file, whose length is told', () =>
    withLake(async lake => {
      const tables = openTables(lake)
      const bytes = await tables.write(PATH, TABLE, { repeating: ['lang'] })
      expect(await lake.list('')).toEqual([{ path: PATH, bytes }])
      expect((await tables.read(PATH))?.toArray().map(String)).toEqual(TABLE.toArray().map(String))
    }))

  it('can be written piece by piece, and are not there before the last piece', () =>
    withLake(async lake => {
      const tables = openTables(lake)
      const writer = await tables.openWriter(PATH, TABLE.schema, { repeating: ['lang'] })
      for (let i = 0; i < 3; i++) await writer.append(TABLE)
      expect(await lake.list('')).toEqual([])
      const bytes = await writer.finish()
      expect(await lake.list('')).toEqual([{ path: PATH, bytes }])
      const rows = TABLE.toArray().map(String)
      expect((await tables.read(PATH))?.toArray().map(String)).toEqual([...rows, ...rows, ...rows])
    }))

  it('are written piece by piece from memory that is used again', () =>
    withLake(async lake => {
      const tables = openTables(lake)
      const values = BigInt64Array.of(0n, 0n)
      const table = new Table({ tweets: makeVector(values) })
      const writer = await tables.openWriter(PATH, table.schema, { repeating: [] })
      for (let i = 1; i <= 3; i++) {
        values.fill(BigInt(i))
        await writer.append(table)
      }
      values.fill(9n)
      await writer.finish()
      expect([...((await tables.read(PATH))?.getChild('tweets') ?? [])].map(Number)).toEqual([1, 1, 2, 2, 3, 3])
    }))

  it('take no piece of another schema', () =>
    withLake(async lake => {
      const writer = await openTables(lake).openWriter(PATH, TABLE.schema, { repeating: [] })
      await writer.append(TABLE)
      await expect(writer.append(TABLE.select(['lang']))).rejects.toThrow(
        /^a table of Schema<.*> in a file of Schema<.*>$/,
      )
      await writer.finish()
    }))

  it('give the columns that are asked for', () =>
    withLake(async lake => {
      const tables = openTables(lake)
      await tables.write(PATH, TABLE, { repeating: [] })
      expect((await tables.read(PATH, ['tweets']))?.schema.names).toEqual(['tweets'])
    }))

  it('are undefined where there is no file', () =>
    withLake(async lake => {
      expect(await openTables(lake).read(PATH)).toBeUndefined()
    }))

  it('name the file that is damaged', () =>
    withLake(async (lake, root) => {
      await lake.write(PATH, new TextEncoder().encode('not parquet'))
      await expect(openTables(lake).read(PATH)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${root}/${PATH} is not a readable Parquet file: Parquet error: Invalid Parquet file. Corrupt footer`,
        hint: 'put a good copy in its place, or move it out of the lake',
      })
    }))

  it('name the file that lacks a column', () =>
    withLake(async (lake, root) => {
      const tables = openTables(lake)
      await tables.write(PATH, TABLE, { repeating: [] })
      await expect(tables.read(PATH, ['nope'])).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${root}/${PATH} is not a readable Parquet file: Column nope not found in table`,
      })
    }))
})
