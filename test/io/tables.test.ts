import { makeVector, Table, vectorFromArray } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { TwdwError } from '../../src/lib/errors.ts'
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
      expect(await openTables(lake).readParts(PATH)).toBeUndefined()
    }))

  it('come in parts', () =>
    withLake(async lake => {
      const tables = openTables(lake)
      await tables.write(PATH, TABLE, { repeating: [] })
      const parts = await Array.fromAsync((await tables.readParts(PATH))!)
      expect(parts.map(part => part.numRows)).toEqual([TABLE.numRows])
    }))

  it('name the file that is damaged', () =>
    withLake(async (lake, root) => {
      await lake.write(PATH, new TextEncoder().encode('not parquet'))
      await expect(openTables(lake).read(PATH)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${root}/${PATH} is not a readable Parquet file: Parquet error: Invalid Parquet file. Corrupt footer`,
        hint: 'put a good copy in its place, or move it out of the lake',
      })
      await expect(
        openTables(lake)
          .readParts(PATH)
          .then(parts => Array.fromAsync(parts!)),
      ).rejects.toMatchObject({
        code: 'E_LAKE',
        message: expect.stringContaining(`${root}/${PATH} is not a readable Parquet file: `),
      })
    }))

  it('read no more of a large file than the columns that are asked for', () =>
    withLake(async lake => {
      const rows = 60_000
      const wide = new Table({
        id: vectorFromArray(Int32Array.from({ length: rows }, (_, n) => n)),
        text: vectorFromArray(Array.from({ length: rows }, (_, n) => `${n * 7919} ${n ** 3} ${n ** 5}`)),
      })
      const length = await openTables(lake).write(PATH, wide, { repeating: [] })
      let readBytes = 0
      const counting: Lake = {
        ...lake,
        read: () => Promise.reject(new Error('read whole')),
        async open(path) {
          const file = (await lake.open(path))!
          return {
            ...file,
            read: (from, to) => {
              readBytes += to - from
              return file.read(from, to)
            },
          }
        },
      }
      expect((await openTables(counting).read(PATH, ['id']))?.getChild('id')?.toArray()).toEqual(
        wide.getChild('id')!.toArray(),
      )
      expect(readBytes).toBeLessThan(length / 3)
    }))

  it('tell what the disk says, of a file that cannot be read to its end', () =>
    withLake(async lake => {
      const rows = Int32Array.from({ length: 200_000 }, (_, n) => (n * 7919) % 65_537)
      await openTables(lake).write(PATH, new Table({ n: vectorFromArray(rows) }), { repeating: [] })
      for (const failing of [1, 2, 3, 4]) {
        let reads = 0
        const failure = new TwdwError('E_LAKE', 'part-0.parquet cannot be read: the disk reports an input/output error')
        const broken: Lake = {
          ...lake,
          async open(path) {
            const file = (await lake.open(path))!
            return {
              ...file,
              read: async (from, to) => (++reads === failing ? Promise.reject(failure) : file.read(from, to)),
            }
          },
        }
        await expect(openTables(broken).read(PATH, ['n'])).rejects.toBe(failure)
      }
      // and the WebAssembly is none the worse for it
      expect((await openTables(lake).read(PATH, ['n']))?.numRows).toBe(200_000)
    }))

  it('name the file that is cut off while it is read', () =>
    withLake(async (lake, root) => {
      const rows = Int32Array.from({ length: 200_000 }, (_, n) => (n * 7919) % 65_537)
      await openTables(lake).write(PATH, new Table({ n: vectorFromArray(rows) }), { repeating: [] })
      const cut: Lake = {
        ...lake,
        async open(path) {
          const file = (await lake.open(path))!
          return {
            ...file,
            read: async (from, to) => (from < 100 ? (await file.read(from, to)).subarray(0, 50) : file.read(from, to)),
          }
        },
      }
      await expect(openTables(cut).read(PATH, ['n'])).rejects.toMatchObject({
        code: 'E_LAKE',
        message: expect.stringMatching(
          new RegExp(
            `^${root}/${PATH} is not a readable Parquet file: it ends before the byte \\d+ that is asked for$`,
          ),
        ),
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
