/** A lake on disk for questions: some hours consolidated, some only stored, some tweets still in the journal. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Table } from 'apache-arrow'
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import { type Hour, hourOf } from '../../src/lib/domain/hour.ts'
import { lakeSettingsToText } from '../../src/lib/domain/lake-settings.ts'
import { createLayer1Builder, LAYER1_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import { LAKE_FILE, layer1Path, sessionPath } from '../../src/lib/domain/paths.ts'
import { type SessionRecord, sessionToText } from '../../src/lib/domain/session.ts'
import { openDuckDb } from '../../src/lib/io/duckdb/engine.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { openScratch } from '../../src/lib/io/scratch.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import type { QueryPorts } from '../../src/lib/query/sql-session.ts'
import { ALL_HOURS } from './consolidate-lake.ts'
import { fixedClock } from './fixed-clock.ts'
import { FIXTURES } from './folders.ts'
import { type Layer1Row, layer1Table } from './layer1-rows.ts'
import { ownHand } from './own-hand.ts'
import { sessionRecord } from './session-records.ts'
import { silentLog } from './silent-log.ts'

/** Tweets by how far they have come. */
export interface QueryLakeRows {
  timeZone: string
  consolidated: readonly Layer1Row[]
  /** in layer1, after the consolidation */
  stored: readonly Layer1Row[]
  journal: readonly Layer1Row[]
  /** what was listened to; none for tweets that come from nowhere */
  sessions?: readonly (Partial<SessionRecord> & { from: string; to: string })[]
}

export const QUERIES = join(FIXTURES, 'queries')

/** @param folder of a case that has a lake of its own; '' for the one of all others */
export function readQueryLakeRows(folder = ''): QueryLakeRows {
  return JSON.parse(readFileSync(join(QUERIES, folder, 'lake.json'), 'utf8'))
}

/** @param folder absolute, temporary. @returns what a query needs; `liveSegments` is one segment with the rows of the journal */
export async function openQueryLake(folder: string, rows: QueryLakeRows): Promise<QueryPorts & { lake: Lake }> {
  const clock = fixedClock('2030-01-01T00:00:00.000Z')
  const lake = openLocalLake(join(folder, 'lake'), { holder: 'a test', clock })
  const tables = openTables(lake)
  const { timeZone } = rows
  await lake.write(LAKE_FILE, new TextEncoder().encode(lakeSettingsToText({ format: 1, id: '00c0ffee', timeZone })))
  for (const { from, to, ...about } of rows.sessions ?? []) {
    const record = sessionRecord(from, to, about)
    await lake.write(sessionPath(record.session), new TextEncoder().encode(sessionToText(record)))
  }
  await store(rows.consolidated, 'segment-1')
  if (rows.consolidated.length > 0)
    await consolidate({ ...ALL_HOURS, timeZone }, { lake, ...ownHand(lake), clock, log: silentLog })
  await store(rows.stored, 'segment-2')

  async function store(some: readonly Layer1Row[], segment: string): Promise<void> {
    for (const [hour, table] of tablesByHour(some)) {
      await tables.write(layer1Path(hour, segment), table, { repeating: LAYER1_REPEATING })
    }
  }

  return {
    lake,
    tables,
    log: silentLog,
    clock,
    liveSegments: async () => {
      const rejected = createLayer1Builder().rejectedTable()
      return rows.journal.length === 0 ? [] : [{ segment: 'live', tweets: tablesByHour(rows.journal), rejected }]
    },
    openScratch: (parent = folder) => openScratch(parent),
    openSql: session => openDuckDb({ ...session, threads: 1, env: {}, warn: () => undefined }),
  }
}

function tablesByHour(rows: readonly Layer1Row[]): Map<Hour, Table> {
  const byHour = Map.groupBy(rows, row => hourOf(Date.parse(row.created_at ?? '')))
  return new Map([...byHour].map(([hour, some]) => [hour, layer1Table(some)]))
}
