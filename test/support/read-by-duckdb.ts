/** What DuckDB opens and reads of files, by its own log. */
import { DuckDBInstance } from '@duckdb/node-api'
import type { SqlEngine } from '../../src/lib/io/sql.ts'

/** Of one file. */
export interface FileRead {
  path: string
  bytes: number
}

/**
 * The same engine, whose statements are run a second time by a DuckDB that takes down what it reads.
 * @returns with `filesRead`, which has every file that was opened, by path
 */
export function watchReads(engine: SqlEngine): SqlEngine & { filesRead(): Promise<FileRead[]> } {
  const statements: string[] = []
  return {
    ...engine,
    query(sql, signal) {
      statements.push(sql)
      return engine.query(sql, signal)
    },
    async filesRead() {
      const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
      const connection = await instance.connect()
      try {
        await connection.run("CALL enable_logging('FileSystem')")
        for (const sql of statements.splice(0)) await connection.run(sql)
        const log = await connection.runAndReadAll(
          `SELECT path, CAST(sum(COALESCE(bytes, 0)) AS DOUBLE) AS bytes FROM duckdb_logs_parsed('FileSystem')
           WHERE op IN ('OPEN', 'READ') GROUP BY path ORDER BY path`,
        )
        return log.getRowObjects().map(({ path, bytes }) => ({ path: String(path), bytes: Number(bytes) }))
      } finally {
        connection.closeSync()
        instance.closeSync()
      }
    },
  }
}
