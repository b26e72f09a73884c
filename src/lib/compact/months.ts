/**
 * Months: the rows of layer2's closed months in few files, beside those of hours and days, which stay as they are.
 *
 * A month is made when it is over and all that layer1 has of it is consolidated. Its files are written first and its record
 * last, which is the commit point: who finds it reads them in the place of the hours' own, as long as these are what it says.
 * Nobody consolidates, forgets or copies into the lake meanwhile, so what was read of an hour is what its manifest says.
 */
import { createHash } from 'node:crypto'
import { type Hour, type HourRange, isInRange, utcDateOf } from '../domain/hour.ts'
import { LAYER2, type StarTable } from '../domain/layer2.ts'
import { type InputFile, inputsByHour, isUpToDate, type Manifest } from '../domain/manifest.ts'
import {
  contentOf,
  contentsOf,
  type MonthFile,
  type MonthRecord,
  monthEndMs,
  monthOf,
  partsOf,
  rangesOf,
  recordToText,
  usableMonths,
} from '../domain/months.ts'
import {
  DAILY_TABLES,
  HOURLY_TABLES,
  hourOfManifest,
  LAYER1_TWEETS,
  MANIFESTS,
  MONTHS,
  monthFolder,
  monthRecordPath,
  tableDayFolder,
  tableFolder,
} from '../domain/paths.ts'
import { createWallClock } from '../domain/time-zone.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'
import { readManifests } from '../manifests.ts'
import { monthsIn, readRecords, removeMonth } from '../months.ts'
import { type MonthSource, sourcesOf, writeMonthFile } from './month-files.ts'

export interface MonthsPlan {
  /** months that have an hour in it */
  range: HourRange
  /** how long after its end a month is left alone, since late tweets still come */
  graceMs: number
  /** of the files of hours that become one; it is in memory while it is written */
  maxFileBytes: number
  /** made anew though they are right */
  rebuild: boolean
  /** say what would be done and write nothing */
  dryRun: boolean
  /** of the lake */
  timeZone: string
}

/** What `twdw compact` does unless it is told otherwise. */
export const MONTHS_DEFAULTS = { graceMs: 86_400_000, maxFileBytes: 128_000_000 } as const

/** Pipes; the lake that `tables` reads and writes is `lake`. */
export interface MonthsPorts {
  lake: Lake
  tables: Tables
  clock: Pick<Clock, 'nowMs'>
  log: Log
  /** What nobody refers to any more is given back now. */
  giveBackMemory(): void
}

/** What was done to a month, or would be in a dry run. */
export interface MonthReport {
  month: string
  /**
   * `keep`: its files are right · `wait`: it is not over for long enough · `pending`: hours of it are not consolidated · `remove`: it
   * has no hour any more
   */
  action: 'write' | 'keep' | 'wait' | 'pending' | 'remove'
  /** that it has */
  hours: number
  /** of hours and days, of which rows are in the month's; 0 unless it is written */
  filesBefore: number
  bytesBefore: number
  /** of the month; 0 in a dry run */
  files: number
  bytes: number
  seconds: number
}

export interface MonthsReport {
  dryRun: boolean
  /** oldest first */
  months: MonthReport[]
  seconds: number
}

/**
 * @throws TwdwError E_LAKE when the lake fails, somebody consolidates it, or files are not as their manifests say (other months are
 *   done all the same; of several the first), E_INTERRUPTED; what was written stays, and the next run goes on
 */
export async function compactMonths(plan: MonthsPlan, ports: MonthsPorts, signal?: AbortSignal): Promise<MonthsReport> {
  const { lake, clock, log } = ports
  const startMs = clock.nowMs()
  const release = plan.dryRun ? undefined : await lake.lock('consolidate', { signal })
  try {
    const found = await readMonths(plan, lake)
    const reports: MonthReport[] = []
    const failures: TwdwError[] = []
    for (const month of found.values()) {
      refuseStopped(signal, reports.length, found.size)
      try {
        reports.push(await compactMonth(month, plan, ports, signal))
      } catch (error) {
        if (!(error instanceof TwdwError && error.code === 'E_LAKE')) throw error
        log.warn(`${error.message}; month ${month.month} is left as it is`)
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
    return { dryRun: plan.dryRun, months: reports, seconds: (clock.nowMs() - startMs) / 1000 }
  } finally {
    await release?.()
  }
}

/** A month as the lake has it. */
interface FoundMonth {
  month: string
  /** of its hours that are in layer2, in their order */
  manifests: Map<Hour, Manifest>
  /** of its hours that are in layer1 */
  inputs: Map<Hour, InputFile[]>
  record: MonthRecord | undefined
  /** paths of its files */
  files: Set<string>
}

async function readMonths({ range, timeZone }: MonthsPlan, lake: Lake): Promise<Map<string, FoundMonth>> {
  const clock = createWallClock(timeZone)
  const inputs = inputsByHour(await lake.list(LAYER1_TWEETS))
  const entries = await lake.list(MANIFESTS)
  const files = await lake.list(MONTHS)
  const committed = new Map(entries.flatMap(entry => [[hourOfManifest(entry.path), entry] as const]))
  committed.delete(undefined)
  const hours = [...new Set([...inputs.keys(), ...(committed.keys() as Iterable<Hour>)])].sort()
  const byMonth = Map.groupBy(hours, hour => monthOf(hour, clock))
  const isWanted = (month: string) => byMonth.get(month)?.some(hour => isInRange(hour, range)) ?? true
  const wanted = [...new Set([...byMonth.keys(), ...monthsIn([...entries, ...files].map(({ path }) => path))])]
    .filter(isWanted)
    .sort()
  const records = new Map((await readRecords(entries, lake)).map(record => [record.month, record]))
  const found = new Map<string, FoundMonth>()
  for (const month of wanted) {
    const ofMonth = byMonth.get(month) ?? []
    const manifests = await readManifests(
      ofMonth.flatMap(hour => committed.get(hour) ?? []),
      lake,
      () => undefined,
    )
    found.set(month, {
      month,
      manifests,
      inputs: new Map(ofMonth.flatMap(hour => (inputs.has(hour) ? [[hour, inputs.get(hour)!]] : []))),
      record: records.get(month),
      files: new Set(files.flatMap(({ path }) => (path.startsWith(monthFolder(month)) ? [path] : []))),
    })
  }
  return found
}

async function compactMonth(
  found: FoundMonth,
  plan: MonthsPlan,
  ports: MonthsPorts,
  signal: AbortSignal | undefined,
): Promise<MonthReport> {
  const { lake, clock, log } = ports
  const startMs = clock.nowMs()
  const action = actionFor(found, plan, startMs)
  const hours = new Set([...found.inputs.keys(), ...found.manifests.keys()]).size
  const nothing = { filesBefore: 0, bytesBefore: 0, files: 0, bytes: 0 }
  const report = { month: found.month, action, hours, ...nothing, seconds: 0 }
  if (action === 'remove' && !plan.dryRun) await removeMonth(found.month, lake)
  // what a run left that was cut off
  if (action !== 'write' && !plan.dryRun) await removeUnnamed(found.files, found.record?.tables ?? {}, lake)
  if (action !== 'write') return report
  log.progress(`compacting month ${found.month}`)
  const counts = await writeMonth(found, plan, ports, signal)
  return { ...report, ...counts, seconds: (clock.nowMs() - startMs) / 1000 }
}

function actionFor(
  { month, manifests, inputs, record, files }: FoundMonth,
  { graceMs, timeZone, rebuild }: MonthsPlan,
  nowMs: number,
): MonthReport['action'] {
  if (manifests.size === 0 && inputs.size === 0) return 'remove'
  if (monthEndMs(month, createWallClock(timeZone)) + graceMs > nowMs) return 'wait'
  const hours = new Set([...manifests.keys(), ...inputs.keys()])
  const isClean = (hour: Hour) => isUpToDate(manifests.get(hour), inputs.get(hour) ?? [], timeZone)
  if (![...hours].every(isClean)) return 'pending'
  if (record === undefined || rebuild) return 'write'
  const isSame =
    usableMonths([record], contentsByHour(manifests), timeZone).length > 0 &&
    record.contents === contentsOf(contentsByHour(manifests))
  const isThere = Object.values(record.tables).every(table => table.every(({ path }) => files.has(path)))
  return isSame && isThere ? 'keep' : 'write'
}

function contentsByHour(manifests: ReadonlyMap<Hour, Manifest>): Map<Hour, string> {
  return new Map([...manifests].map(([hour, manifest]) => [hour, contentOf(manifest)]))
}

type Counts = Pick<MonthReport, 'filesBefore' | 'bytesBefore' | 'files' | 'bytes'>

async function writeMonth(
  { month, manifests, files: before }: FoundMonth,
  { maxFileBytes, timeZone, dryRun }: MonthsPlan,
  ports: MonthsPorts,
  signal: AbortSignal | undefined,
): Promise<Counts> {
  const { lake } = ports
  const contents = contentsOf(contentsByHour(manifests))
  const tables: MonthRecord['tables'] = {}
  const counts: Counts = { filesBefore: 0, bytesBefore: 0, files: 0, bytes: 0 }
  for (const table of [...HOURLY_TABLES, ...DAILY_TABLES]) {
    const sources = sourcesOf(table, manifests, await lengthsOf(table, [...manifests.keys()], lake))
    const parts = partsOf(sources, maxFileBytes)
    // large enough as they are
    if (parts === undefined) continue
    counts.filesBefore += sources.length
    counts.bytesBefore += sources.reduce((sum, { bytes }) => sum + bytes, 0)
    if (dryRun) continue
    const files: MonthFile[] = []
    for (const part of parts) {
      const plan = { month, table, name: nameOf(contents, table, part), sources: part }
      files.push(await writeMonthFile(plan, ports, () => refuseStopped(signal)))
    }
    tables[table] = files
    counts.files += files.length
    counts.bytes += files.reduce((sum, { bytes }) => sum + bytes, 0)
  }
  if (dryRun) return counts
  const record = recordToText({ month, timeZone, hours: rangesOf([...manifests.keys()]), contents, tables })
  // The commit: from here on they are read in the place of the hours' own.
  await lake.write(monthRecordPath(month), new TextEncoder().encode(record))
  await removeUnnamed(before, tables, lake)
  return counts
}

/** Another name for other rows: whoever reads by an older record never finds the rows of a newer one under a name. */
function nameOf(contents: string, table: StarTable, part: readonly MonthSource[]): string {
  const { schema, sortedBy } = LAYER2[table]
  const all = [contents, String(schema), sortedBy, part.map(({ hours }) => hours)]
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 16)
}

/** Lengths of a table's files by path. A store has all of a month in a listing or two; on a disk a day is a folder to look into. */
async function lengthsOf(table: StarTable, hours: readonly Hour[], lake: Lake): Promise<Map<string, number>> {
  const prefixOf = (hour: Hour) =>
    lake.isFar ? `${tableFolder(table)}utc_date=${hour.slice(0, 7)}` : tableDayFolder(table, utcDateOf(hour))
  const listed = await Promise.all([...new Set(hours.map(prefixOf))].map(prefix => lake.list(prefix)))
  return new Map(listed.flat().map(({ path, bytes }) => [path, bytes]))
}

/** @param paths of files of a month, of which those stay that its record names */
async function removeUnnamed(
  paths: ReadonlySet<string>,
  tables: MonthRecord['tables'],
  lake: Pick<Lake, 'remove'>,
): Promise<void> {
  const named = new Set(Object.values(tables).flatMap(files => files.map(({ path }) => path)))
  for (const path of paths) if (!named.has(path)) await lake.remove(path)
}

function refuseStopped(signal: AbortSignal | undefined, done?: number, total?: number): void {
  if (!signal?.aborted) return
  const after = done === undefined ? 'in the middle of a month' : `after ${done} of ${total} months`
  throw new TwdwError('E_INTERRUPTED', `compacting was stopped ${after}`, {
    hint: 'run it again: what is done stays, and the rest is done then',
  })
}
