/** Lakes with months: compacting them, and what a reader finds in them with the files of months and without. */
import type { Table } from 'apache-arrow'
import { compactMonths, type MonthsPlan, type MonthsReport } from '../../src/lib/compact/months.ts'
import type { Hour, HourRange } from '../../src/lib/domain/hour.ts'
import { LAYER2, type StarTable } from '../../src/lib/domain/layer2.ts'
import { MONTHS } from '../../src/lib/domain/paths.ts'
import type { BaseView } from '../../src/lib/domain/question/views.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { type HourNotes, readLakeState } from '../../src/lib/query/lake-state.ts'
import { findViewFiles } from '../../src/lib/query/view-files.ts'
import { CONSOLIDATED_AT } from './consolidate-lake.ts'
import { fixedClock } from './fixed-clock.ts'
import { silentLog } from './silent-log.ts'

export const ALL_MONTHS: MonthsPlan = {
  range: { from: undefined, to: undefined },
  graceMs: 86_400_000,
  maxFileBytes: 128_000_000,
  rebuild: false,
  dryRun: false,
  timeZone: 'America/Sao_Paulo',
}

export function compactIn(
  lake: Lake,
  plan: Partial<MonthsPlan> = {},
  more: { now?: string; signal?: AbortSignal } = {},
): Promise<MonthsReport> {
  const clock = fixedClock(more.now ?? CONSOLIDATED_AT)
  const ports = { lake, tables: openTables(lake), clock, log: silentLog, giveBackMemory: () => undefined }
  return compactMonths({ ...ALL_MONTHS, ...plan }, ports, more.signal)
}

export const STAR_TABLES = Object.keys(LAYER2).filter(name => name !== 'dim_date' && name !== 'dim_lang') as StarTable[]

/** Rows of every star table as a question finds them. */
export interface Seen {
  /** as text, sorted */
  rows: Record<string, string[]>
  /** files of months that were read */
  monthFiles: string[]
  /** other files that were read */
  otherFiles: number
}

/**
 * @param about `withoutMonths`: as if there were none
 * @throws TwdwError E_LAKE, and Error when a file is not there
 */
export async function seenIn(
  lake: Lake,
  about: { withoutMonths?: boolean; range?: HourRange; notes?: HourNotes; timeZone?: string } = {},
): Promise<Seen> {
  const { range = ALL_MONTHS.range, notes, timeZone = ALL_MONTHS.timeZone } = about
  const read = await readLakeState(
    { range, batchOnly: false, wantsLayer1: false, timeZone },
    { lake, notes, liveTables: async () => new Map() },
  )
  const state = about.withoutMonths ? { ...read, months: [] } : read
  const made = new Map<string, Table>()
  const scratch = {
    path: 'scratch',
    async write(name: string, table: Table) {
      made.set(`scratch/${name}`, table)
      return `scratch/${name}`
    },
    dispose: async () => undefined,
  }
  const tables = openTables(lake)
  const ports = { lake, tables, log: silentLog, scratch, count: () => undefined }
  const files = await findViewFiles({ views: STAR_TABLES as BaseView[], state, live: [], timeZone }, ports)
  const seen: Seen = { rows: {}, monthFiles: [], otherFiles: 0 }
  for (const [view, { whole, partial }] of files) {
    const rows: string[] = []
    for (const { location, withoutHours } of [...whole.map(location => ({ location, withoutHours: [] })), ...partial]) {
      const path = location.replace(/^memory\//, '')
      const table = made.get(location) ?? (await tables.read(path))
      if (table === undefined) throw new Error(`${path} is not there`)
      if (path.startsWith(MONTHS)) seen.monthFiles.push(path)
      else seen.otherFiles += 1
      rows.push(...rowsAsText(table, withoutHours))
    }
    seen.rows[view] = rows.sort()
  }
  return seen
}

function rowsAsText(table: Table, withoutHours: readonly Hour[]): string[] {
  const without = new Set(withoutHours.map(hour => Date.parse(`${hour}:00:00Z`)))
  return [...table]
    .map(row => row!.toJSON())
    .filter(row => !without.has(Number(row.utc_hour)))
    .map(row => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}` : value)))
}
