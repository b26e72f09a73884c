/** A lake in memory whose hours have many segments, what it takes to compact it, and what anybody sees of it. */
import { type Table, tableFromIPC, tableToIPC } from 'apache-arrow'
import { type CompactPlan, type CompactReport, compact, failureOf } from '../../src/lib/compact/compact.ts'
import { pendingStar } from '../../src/lib/consolidate/hour-star.ts'
import { NOTHING_FORGOTTEN } from '../../src/lib/domain/forget/forgotten.ts'
import { inputsByHour, isUpToDate } from '../../src/lib/domain/manifest.ts'
import { hourlyPath, LAYER1_TWEETS, MANIFESTS } from '../../src/lib/domain/paths.ts'
import type { Clock } from '../../src/lib/io/clock.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import type { Log } from '../../src/lib/io/log.ts'
import { openParquetWriter } from '../../src/lib/io/parquet.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { readManifests } from '../../src/lib/manifests.ts'
import { ALL_HOURS, addLayer1, CONSOLIDATED_AT, run, someRows } from './consolidate-lake.ts'
import { fixedClock } from './fixed-clock.ts'
import { createMemoryLake, type MemoryLake } from './memory-lake.ts'
import { plainRows } from './plain-rows.ts'
import { silentLog } from './silent-log.ts'

export const ALL_OLD_HOURS: CompactPlan = {
  range: { from: undefined, to: undefined },
  namedHour: undefined,
  olderThanMs: 86_400_000,
  maxMs: undefined,
  dryRun: false,
  timeZone: ALL_HOURS.timeZone,
}

/** Consolidated. @param hours how many segments each has, of two tweets each */
export async function manySegments(hours: Readonly<Record<string, number>>): Promise<MemoryLake> {
  const lake = createMemoryLake()
  for (const [hour, segments] of Object.entries(hours)) {
    for (let n = 0; n < segments; n++) await addLayer1(lake, hour, `segment-${n}`, someRows(hour, n))
  }
  await run(lake)
  return lake
}

/** @throws what of some hours could not be done, as the command does */
export async function compactIn(
  lake: Lake,
  plan: Partial<CompactPlan> = {},
  more: { log?: Log; now?: string; clock?: Clock; signal?: AbortSignal } = {},
): Promise<CompactReport> {
  const ports = {
    lake,
    tables: openTables(lake),
    openParquetWriter,
    clock: more.clock ?? fixedClock(more.now ?? CONSOLIDATED_AT),
    log: more.log ?? silentLog,
    giveBackMemory: () => undefined,
  }
  const compacted = await compact({ ...ALL_OLD_HOURS, ...plan }, ports, more.signal)
  const failure = failureOf(compacted)
  if (failure !== undefined) throw failure
  return compacted.report
}

/** The facts of all hours as a question sees them, a line each: from layer2 where an hour is consolidated, else from layer1. */
export async function factsIn(lake: Lake): Promise<string> {
  const tables = openTables(lake)
  const inputs = inputsByHour(await lake.list(LAYER1_TWEETS))
  const manifests = await readManifests(await lake.list(MANIFESTS), lake)
  const facts: Table[] = []
  const { timeZone } = ALL_HOURS
  for (const hour of [...inputs.keys()].sort()) {
    const files = inputs.get(hour)!
    if (isUpToDate(manifests.get(hour), files, timeZone)) {
      facts.push((await tables.read(hourlyPath('fact_tweet', hour)))!)
      continue
    }
    const rows = { inputs: files, live: [], timeZone, forgotten: NOTHING_FORGOTTEN }
    const { fact_tweet } = (await pendingStar(hour, rows, { tables })).tables
    // with the types that a file gives back
    facts.push(tableFromIPC(tableToIPC(fact_tweet)))
  }
  return facts.flatMap(table => plainRows(table).map(row => JSON.stringify(row))).join('\n')
}
