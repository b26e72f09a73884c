import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { type Table, tableFromIPC } from 'apache-arrow'
import { parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { openDuckDb } from '../../src/lib/io/duckdb/engine.ts'
import type { SqlEngine } from '../../src/lib/io/sql.ts'
import { type TableLayout, tableToBytes } from '../../src/lib/io/table-bytes.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const withEngine = (work: (engine: SqlEngine, folder: string) => Promise<void>) =>
  withTempFolder(async folder => {
    const engine = await openDuckDb({ timeZone: 'UTC', threads: 1, readable: [folder], env: {}, warn: () => undefined })
    await work(engine, folder).finally(() => engine.close())
  })

async function bytesOf(table: Table, layout: TableLayout): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(tableToBytes(table, layout)))
}

/** More rows than a piece has, in every way in which values lie in memory. */
const ROWS = 140_000
const LONG = `
  SELECT range AS id, range % 7 = 0 AS yes, 'text number ' || range AS text, CASE WHEN range % 3 > 0 THEN range END AS n,
    CASE WHEN range % 5 > 0 THEN [range, NULL, range + 1] END AS list, {'a': range, 'b': ['x' || range]} AS record,
    MAP {range: 'v' || range} AS map, range::DECIMAL(20, 2) AS price, DATE '2024-01-01' + (range % 9)::INTEGER AS day
  FROM range(${ROWS})`

describe('tableToBytes', () => {
  it('writes Parquet of more than a piece, in which DuckDB finds the same rows and types', () =>
    withEngine(async (engine, folder) => {
      const path = join(folder, 'long.parquet')
      await writeFile(path, await bytesOf(await engine.query(LONG), 'parquet'))
      const types = (from: string) =>
        `SELECT string_agg(column_name || ' ' || column_type) AS v FROM (DESCRIBE ${from})`
      const [ours, own] = [await engine.query(types(`FROM '${path}'`)), await engine.query(types(LONG))]
      expect(ours.getChild('v')?.get(0)).toBe(own.getChild('v')?.get(0))
      const counted = await engine.query(
        `SELECT (SELECT COUNT(*) FROM '${path}') AS n, (SELECT COUNT(*) FROM ((${LONG}) EXCEPT FROM '${path}')) AS missing`,
      )
      expect(counted.toArray().map(String)).toEqual([`{"n": ${ROWS}, "missing": 0}`])
    }))

  it('writes Arrow as a file and as a stream, with every type that SQL has', () =>
    withEngine(async engine => {
      for (const sql of ['SELECT * FROM test_all_types()', LONG, 'SELECT * FROM test_all_types() WHERE false']) {
        const table = await engine.query(sql)
        const [file, stream] = [await bytesOf(table, 'arrow-file'), await bytesOf(table, 'arrow-stream')]
        expect(new TextDecoder().decode(file.subarray(0, 6))).toBe('ARROW1')
        expect([...stream.subarray(0, 4)]).toEqual([255, 255, 255, 255])
        for (const read of [tableFromIPC(file), tableFromIPC(stream)]) {
          expect(String(read.schema)).toBe(String(table.schema))
          expect(read.numRows).toBe(table.numRows)
          for (const row of [0, 1, 2, ROWS - 1].filter(row => row < table.numRows)) {
            expect(String(read.get(row))).toBe(String(table.get(row)))
          }
        }
      }
    }))

  it('writes Parquet of every type that SQL has, and of none of them', () =>
    withEngine(async (engine, folder) => {
      const path = join(folder, 'all.parquet')
      for (const [sql, rows] of [
        ['SELECT * FROM test_all_types()', 3n],
        ['SELECT * FROM test_all_types() WHERE false', 0n],
      ] as const) {
        await writeFile(path, await bytesOf(await engine.query(sql), 'parquet'))
        expect((await engine.query(`SELECT COUNT(*) AS n FROM '${path}'`)).getChild('n')?.get(0)).toBe(rows)
      }
    }))

  it('writes Parquet that a reader of another house understands', () =>
    withEngine(async engine => {
      const sql = `
        SELECT 9007199254740993 AS id, TIMESTAMPTZ '2019-02-17 03:00:00+00' AS instant, DATE '2019-02-17' AS day,
          TIMESTAMP_S '2019-02-17 03:00:00' AS second, 1.25::DECIMAL(9, 2) AS price, ['日本', NULL] AS tags`
      const bytes = await bytesOf(await engine.query(sql), 'parquet')
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
      const compressors = { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) }
      expect(await parquetReadObjects({ file, compressors })).toEqual([
        {
          id: 9007199254740993n,
          instant: new Date('2019-02-17T03:00:00Z'),
          day: new Date('2019-02-17'),
          second: new Date('2019-02-17T03:00:00Z'),
          price: 1.25,
          tags: ['日本', null],
        },
      ])
    }))
})
