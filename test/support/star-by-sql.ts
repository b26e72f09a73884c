/** The star by star-sql: layer1 in Parquet files of a lake, DuckDB over them. */
import { join } from 'node:path'
import type { Table } from 'apache-arrow'
import { type Hour, hourOf } from '../../src/lib/domain/hour.ts'
import { LAYER1_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import type { StarTable } from '../../src/lib/domain/layer2.ts'
import { layer1Path } from '../../src/lib/domain/paths.ts'
import { DUCKDB } from '../../src/lib/domain/question/sql-dialect.ts'
import {
  createLayer1Sql,
  createLocalHoursSql,
  createTagFoldsSql,
  selectSpellings,
  tagFoldsTable,
} from '../../src/lib/domain/star-sql/given.ts'
import { createStarSql, STAR_TABLES, selectRejected, selectStarTable } from '../../src/lib/domain/star-sql/star-sql.ts'
import { openDuckDb } from '../../src/lib/io/duckdb/engine.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { fixedClock } from './fixed-clock.ts'

/** Layer1 of one job. */
export interface SqlJob {
  timeZone: string
  /** by hour a table a file; an hour may have none */
  layer1: ReadonlyMap<Hour, readonly Table[]>
}

export interface SqlStar {
  tables: Record<StarTable, Table>
  rejected: Table
}

export interface StarSql {
  /** Run the steps. What `tables` and `select` give is of this job from here on. */
  run(job: SqlJob): Promise<void>
  /** @param hour as `selectStarTable` has it */
  star(hour?: Hour): Promise<SqlStar>
  close(): Promise<void>
}

/** @param folder absolute, temporary */
export async function openStarSql(folder: string): Promise<StarSql> {
  const lake = openLocalLake(join(folder, 'lake'), { holder: 'a test', clock: fixedClock('2030-01-01T00:00:00.000Z') })
  const tables = openTables(lake)
  const engine = await openDuckDb({ timeZone: 'UTC', threads: 1, readable: [folder], env: {}, warn: () => undefined })
  let files = 0

  async function store(path: string, table: Table): Promise<string> {
    await tables.write(path, table, { repeating: LAYER1_REPEATING })
    return lake.locate(path)
  }

  return {
    async run({ timeZone, layer1 }) {
      const stored = new Map<Hour, string[]>()
      for (const [hour, ofHour] of layer1) {
        const paths = ofHour.map(table => store(layer1Path(hour, `segment-${files++}`), table))
        stored.set(hour, await Promise.all(paths))
      }
      await engine.query(createLayer1Sql(stored, DUCKDB))
      const spellings = await engine.query(selectSpellings(DUCKDB))
      const folds = tagFoldsTable([...(spellings.getChild('spelling') ?? [])])
      await engine.query(createTagFoldsSql(await store(`tag-folds-${files++}.parquet`, folds), DUCKDB))
      await engine.query(createLocalHoursSql([...layer1.keys()], timeZone))
      await engine.query(createStarSql(DUCKDB))
    },
    async star(hour) {
      const made: Partial<Record<StarTable, Table>> = {}
      for (const table of STAR_TABLES) made[table] = await engine.query(selectStarTable(table, hour))
      return { tables: made as SqlStar['tables'], rejected: await engine.query(selectRejected(hour)) }
    },
    close: () => engine.close(),
  }
}

/** Rows of all hours, as `plainRows` has them, by hour and without the column that says it. */
export function byHour(rows: readonly Record<string, unknown>[]): Map<Hour, Record<string, unknown>[]> {
  const parted = new Map<Hour, Record<string, unknown>[]>()
  for (const { hour_ms, ...row } of rows) {
    const hour = hourOf(hour_ms as number)
    parted.set(hour, [...(parted.get(hour) ?? []), row])
  }
  return parted
}
