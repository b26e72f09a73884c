/** A lake in memory with layer1 in it, and what it takes to consolidate it. */
import { type ConsolidatePlan, type ConsolidateReport, consolidate } from '../../src/lib/consolidate/consolidate.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { LAYER1_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import { layer1Path } from '../../src/lib/domain/paths.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import type { Log } from '../../src/lib/io/log.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { fixedClock } from './fixed-clock.ts'
import { type Layer1Row, layer1Table } from './layer1-rows.ts'
import { createMemoryLake, type MemoryLake } from './memory-lake.ts'
import { ownHand } from './own-hand.ts'
import { silentLog } from './silent-log.ts'

export const CONSOLIDATED_AT = '2024-05-01T00:00:00.000Z'

export const ALL_HOURS: ConsolidatePlan = {
  range: { from: undefined, to: undefined },
  namedHour: undefined,
  graceMs: 120_000,
  rebuild: false,
  dryRun: false,
  timeZone: 'America/Sao_Paulo',
}

/** Two tweets of the hour under one tag, by one author. @param n tells the ids of two calls apart, 0 to 9 */
export function someRows(hour: string, n = 0): Layer1Row[] {
  const id = `1741765000000${hour.slice(8, 10)}${hour.slice(11)}${n}`
  return [
    {
      tweet_id: `${id}1`,
      created_at: `${hour}:00:00.000Z`,
      text: `olá #Covid19 ${n}`,
      hashtags: ['Covid19'],
      lang: 'pt',
      author_id: '501',
      user_username: 'ana',
      like_count: 2,
      rules: ['covid19'],
    },
    {
      tweet_id: `${id}2`,
      created_at: `${hour}:59:59.999Z`,
      text: '#covid19 #vacina',
      hashtags: ['covid19', 'vacina'],
      author_id: '501',
      user_username: 'ana',
      place_id: 'p1',
      place_name: 'Sao Paulo',
      rules: ['covid19'],
    },
  ]
}

/** Put a layer1 file into the lake, past the count of its changes. */
export async function addLayer1(
  lake: MemoryLake,
  hour: string,
  segment: string,
  rows: readonly Layer1Row[],
): Promise<void> {
  const files = createMemoryLake()
  const path = layer1Path(hour as Hour, segment)
  await openTables(files).write(path, layer1Table(rows), { repeating: LAYER1_REPEATING })
  lake.files.set(path, files.files.get(path) as Uint8Array)
}

export async function lakeOf(hours: Readonly<Record<string, readonly Layer1Row[]>>): Promise<MemoryLake> {
  const lake = createMemoryLake()
  for (const [hour, rows] of Object.entries(hours)) await addLayer1(lake, hour, 'segment-1', rows)
  return lake
}

export function run(
  lake: Lake,
  plan: Partial<ConsolidatePlan> = {},
  more: { log?: Log; now?: string; signal?: AbortSignal } = {},
): Promise<ConsolidateReport> {
  const ports = {
    lake,
    ...ownHand(lake),
    clock: fixedClock(more.now ?? CONSOLIDATED_AT),
    log: more.log ?? silentLog,
  }
  return consolidate({ ...ALL_HOURS, ...plan }, ports, more.signal)
}

/** The contents of a lake, as text that two lakes can be compared by. */
export function contentOf(lake: MemoryLake): Record<string, string> {
  return Object.fromEntries(
    [...lake.files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, bytes]) => [path, bytes.toBase64()]),
  )
}

/** The same lake again, with nothing yet done to it. */
export function copyOf(lake: MemoryLake): MemoryLake {
  return createMemoryLake(lake.files)
}
