import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDuckDb } from '../../../src/lib/io/duckdb/engine.ts'
import { type DuckDbThread, duckDbThread, loadDuckDbAhead } from '../../../src/lib/io/duckdb/thread.ts'
import type { SqlEngine } from '../../../src/lib/io/sql.ts'
import { withTempFolder } from '../../support/temp-folder.ts'

const env = { PATH: '/bin' }
const session = { timeZone: 'America/Sao_Paulo', readable: [] as string[] }

async function inThread<T>(
  work: (engine: SqlEngine, thread: DuckDbThread) => Promise<T>,
  about: { readable?: string[] } = {},
): Promise<T> {
  loadDuckDbAhead({ env, threads: 1 })
  const thread = duckDbThread(() => undefined)!
  const engine = await thread.open({ ...session, ...about })
  try {
    return await work(engine, thread)
  } finally {
    await engine.close()
  }
}

/** A value of every kind that an answer may have. */
const VALUES = `SELECT 9007199254740993::BIGINT AS id, 12.50::DECIMAL(18,2) AS price, sum(170141183460469231731::HUGEINT) AS much,
  TIMESTAMPTZ '2024-01-01 00:00:00+00' AS at, TIMESTAMP '2024-01-01 00:00:00' AS wall, DATE '2024-02-29' AS day,
  'ação' AS text, NULL::INTEGER AS nothing, true AS yes, [1, 2] AS list, {'a': 1, 'b': 'x'} AS record, -0.0::DOUBLE AS zero`

describe('DuckDB in a thread', () => {
  it('gives the answers of DuckDB in this one, type by type', () =>
    inThread(async engine => {
      const own = await openDuckDb({ ...session, env, threads: 1, warn: () => undefined })
      const [there, here] = [await engine.query(VALUES), await own.query(VALUES)]
      expect(String(there.schema)).toBe(String(here.schema))
      expect(String(there)).toBe(String(here))
      const several = 'SELECT 1 AS one; CREATE TEMP TABLE t AS SELECT 2 AS two; SELECT * FROM t'
      expect((await engine.queryAll(several)).map(String)).toEqual((await own.queryAll(several)).map(String))
      await own.close()
    }))

  it('says what is wrong with SQL and where, and answers the next', () =>
    inThread(async engine => {
      await expect(engine.query('SELECT 1 +')).rejects.toMatchObject({ code: 'E_USAGE', at: expect.any(Number) })
      await expect(engine.query('SELECT nothing_there')).rejects.toMatchObject({ name: 'TwdwError', at: 7 })
      await expect(engine.query("COPY (SELECT 1) TO '/tmp/x'")).rejects.toMatchObject({ code: 'E_USAGE' })
      expect(String(await engine.query('SELECT 2 AS two'))).toContain('2')
    }))

  it('stops a question, and only that', () =>
    inThread(async engine => {
      const stop = new AbortController()
      const long = engine.query('SELECT count(*) FROM range(100000000000) a(i) WHERE i % 7 = 3', stop.signal)
      setTimeout(() => stop.abort(), 50)
      await expect(long).rejects.toMatchObject({ code: 'E_INTERRUPTED' })
      await expect(engine.query('SELECT 1', stop.signal)).rejects.toMatchObject({ code: 'E_INTERRUPTED' })
      expect(String(await engine.query('SELECT 3 AS three', new AbortController().signal))).toContain('3')
    }))

  it('opens one engine after the other, each with its own rights', () =>
    withTempFolder(folder =>
      inThread(
        async (engine, thread) => {
          const location = join(folder, 'rows.parquet')
          await engine.copy('SELECT 7 AS seven', location)
          expect(existsSync(location)).toBe(true)
          const read = `SELECT * FROM read_parquet('${location}')`
          expect(String(await engine.query(read))).toContain('7')
          const other = await thread.open(session)
          await expect(other.query(read)).rejects.toMatchObject({ code: 'E_USAGE' })
          await expect(thread.open({ ...session, timeZone: 'Nowhere/None' })).rejects.toMatchObject({ code: 'E_USAGE' })
          await other.close()
          expect(String(await engine.query(read))).toContain('7')
        },
        { readable: [folder] },
      ),
    ))
})
