/** The star by star-sql, with DuckDB over layer1 in Parquet files of a lake; and the same rows by the kernels. */
import { join } from 'node:path'
import type { Table } from 'apache-arrow'
import { type Hour, hourStartMs } from '../../src/lib/domain/hour.ts'
import { LAYER1_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import type { StarTable } from '../../src/lib/domain/layer2.ts'
import { layer1Path } from '../../src/lib/domain/paths.ts'
import { DUCKDB } from '../../src/lib/domain/question/sql-dialect.ts'
import { buildStar } from '../../src/lib/domain/star/star.ts'
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
import type { SqlEngine } from '../../src/lib/io/sql.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { fixedClock } from './fixed-clock.ts'
import { type Layer1Row, layer1Table } from './layer1-rows.ts'
import { plainRows } from './plain-rows.ts'
import { makeTempFolder } from './temp-folder.ts'

/** Layer1 of some hours. */
export interface Layer1Job {
  timeZone: string
  /** the rows of each file of each hour; an hour may have no file, and a file no row */
  hours: { hour: Hour; files: Layer1Row[][] }[]
}

/** Rows of the tables and `rejected`, as `plainRows` has them and in their order. */
export type PlainStar = Record<StarTable | 'rejected', Record<string, unknown>[]>

export interface StarSql {
  /** Make the tables of a job; `starOf` and `select` are about the latest one. */
  run(job: Layer1Job): Promise<void>
  /** @param hour undefined: all hours, with `hour_ms` in front of each row */
  starOf(hour?: Hour): Promise<PlainStar>
  select(sql: string): Promise<Table>
  close(): Promise<void>
}

/** In a folder of its own, until it is closed. */
export async function openStarSql(): Promise<StarSql> {
  const folder = await makeTempFolder()
  const lake = openLocalLake(join(folder.path, 'lake'), { holder: 'a test', clock: fixedClock('2030-01-01T00:00:00Z') })
  const tables = openTables(lake)
  const engine = await openDuckDb({ timeZone: 'UTC', threads: 1, readable: [lake.url], env: {}, warn: () => undefined })
  let files = 0

  async function store(path: string, table: Table): Promise<string> {
    await tables.write(path, table, { repeating: LAYER1_REPEATING })
    return lake.locate(path)
  }

  return {
    async run({ timeZone, hours }) {
      const stored = hours.flatMap(({ hour, files: ofHour }) =>
        ofHour.map(rows => store(layer1Path(hour, `segment-${files++}`), layer1Table(rows))),
      )
      await engine.query(createLayer1Sql(await Promise.all(stored), DUCKDB))
      const spellings = await engine.query(selectSpellings(DUCKDB))
      const folds = tagFoldsTable([...(spellings.getChild('spelling') ?? [])])
      await engine.query(createTagFoldsSql(await store(`tag-folds-${files++}.parquet`, folds), DUCKDB))
      await engine.query(
        createLocalHoursSql(
          hours.map(({ hour }) => hour),
          timeZone,
        ),
      )
      await engine.query(createStarSql(DUCKDB))
    },
    starOf: hour => selectStar(engine, hour),
    select: sql => engine.query(sql),
    async close() {
      await engine.close()
      await folder.remove()
    },
  }
}

async function selectStar(engine: SqlEngine, hour: Hour | undefined): Promise<PlainStar> {
  const star: Partial<PlainStar> = {}
  for (const table of STAR_TABLES) star[table] = plainRows(await engine.query(selectStarTable(table, hour)))
  star.rejected = plainRows(await engine.query(selectRejected(hour))).map(withReason)
  return star as PlainStar
}

/** The reason as the kernels put it together. */
function withReason({ rule, value, ...row }: Record<string, unknown>): Record<string, unknown> {
  return { ...row, reason: `${rule}: ${JSON.stringify(String(value).slice(0, 80))}` }
}

/** What both make of each hour of a job, read from star-sql all at once. */
export async function bothStars(sql: StarSql, job: Layer1Job): Promise<{ bySql: PlainStar; byKernels: PlainStar }[]> {
  await sql.run(job)
  const all = await sql.starOf()
  return job.hours.map(({ hour, files }) => ({
    bySql: rowsOfHour(all, hour),
    byKernels: kernelStar(hour, files, job.timeZone),
  }))
}

export function kernelStar(hour: Hour, files: readonly Layer1Row[][], timeZone: string): PlainStar {
  const { tables, rejected } = buildStar({ layer1: files.map(layer1Table), hour, timeZone })
  const rows = STAR_TABLES.map(table => [table, plainRows(tables[table])])
  // the SQL says nothing of lines that are no UTF-8, of which layer1 has none
  return { ...Object.fromEntries(rows), rejected: plainRows(rejected).map(({ line_base64, ...row }) => row) }
}

function rowsOfHour(star: PlainStar, hour: Hour): PlainStar {
  const hourMs = hourStartMs(hour)
  const parts = Object.entries(star).map(([table, rows]) => [
    table,
    rows.filter(row => row.hour_ms === hourMs).map(({ hour_ms, ...row }) => row),
  ])
  return Object.fromEntries(parts)
}
