/** Answers that are bytes, as DuckDB reads them: a line for each column with its type, and one for each row. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { openDuckDb } from '../../src/lib/io/duckdb/engine.ts'
import { tableToParquet } from '../../src/lib/io/parquet.ts'
import { withTempFolder } from './temp-folder.ts'

/** @param bytes Parquet, or Arrow's file or stream, whose types Parquet keeps */
export function bytesToText(bytes: Uint8Array): Promise<string> {
  const isParquet = new TextDecoder().decode(bytes.subarray(0, 4)) === 'PAR1'
  return withTempFolder(async folder => {
    const path = join(folder, 'answer.parquet')
    await writeFile(path, isParquet ? bytes : await tableToParquet(tableFromIPC(bytes), { repeating: [] }))
    const engine = await openDuckDb({ timeZone: 'UTC', threads: 1, readable: [folder], env: {}, warn: () => undefined })
    try {
      const types = await engine.query(
        `SELECT column_name || ' ' || column_type AS v FROM (DESCRIBE SELECT * FROM '${path}')`,
      )
      const rows = await engine.query(`SELECT to_json(answer)::VARCHAR AS v FROM '${path}' AS answer`)
      const lines = [...types.getChild('v')!, ...rows.getChild('v')!]
      return lines.map(line => `${line}\n`).join('')
    } finally {
      await engine.close()
    }
  })
}
