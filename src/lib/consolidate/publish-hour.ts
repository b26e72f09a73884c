/**
 * Publishing: the star of one hour replaces what the lake had of it, and an hour that lost its tweets leaves.
 *
 * The manifest is the commit point. It is taken away before the first file changes and comes back after the last,
 * so it never claims what is not there; without it the hour is pending, and the next run does all of it again.
 * Whoever calls this holds the lake's `consolidate` lock: the day files are shared by the hours of a day.
 * A file that is to be replaced and cannot be read is no obstacle: all of layer2 can be made again from layer1. Where it
 * was a day's, the other hours of the day lose their manifests before it is replaced, and are made again too.
 */
import { Table } from 'apache-arrow'
import { checkColumns, hasSameRows } from '../domain/columns/rows.ts'
import { type Hour, utcDateOf } from '../domain/hour.ts'
import { REJECTED_REPEATING } from '../domain/layer1-builder.ts'
import { LAYER2, type StaticTable } from '../domain/layer2.ts'
import {
  claimlessManifest,
  type InputFile,
  MANIFEST_FORMAT,
  type Manifest,
  manifestToText,
} from '../domain/manifest.ts'
import {
  DAILY_TABLES,
  type DailyTable,
  dailyPath,
  dimDatePath,
  dimLangPath,
  HOURLY_TABLES,
  hourlyPath,
  manifestPath,
  rejectedByHourPath,
} from '../domain/paths.ts'
import { buildCalendar, localYearsOf } from '../domain/star/calendar.ts'
import { buildLanguages } from '../domain/star/languages.ts'
import { AlreadyThere, TwdwError } from '../errors.ts'
import type { Lake, LakeFile } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'
import { removeMonthsOver } from '../months.ts'
import { encodeDay } from './encode-day.ts'
import type { EncodedFile } from './encode-hour.ts'
import type { Hand } from './hand.ts'
import type { CheckedStar } from './make-star.ts'

/** What is known of the lake during one run; kept up to date as hours are published. */
export interface Publisher {
  lake: Lake
  tables: Tables
  log: Log
  timeZone: string
  /** layer1 files by hour */
  inputs: ReadonlyMap<Hour, readonly InputFile[]>
  /** hours that have a manifest */
  consolidated: Set<Hour>
  /** months that have a record */
  months: Set<string>
  /** hours that are still to be done; those of a day whose file was lost join them */
  todo: Set<Hour>
  /** day files that this run has written */
  writtenDays: Set<string>
  /** calendar and language files known to be right */
  checkedFiles: Set<string>
}

/**
 * Replace what layer2 has of an hour.
 * @param files of its star, in the order in which they are written
 * @throws TwdwError E_LAKE when the lake cannot be written; the hour is then pending
 */
export async function publishHour(
  publisher: Publisher,
  { hour, star, rejected, rows, checks }: CheckedStar,
  files: readonly EncodedFile[],
): Promise<void> {
  const { lake } = publisher
  await beginHour(publisher, hour, rejected)
  for (const { path, isNewDay } of files) if (isNewDay) await withdrawDay(publisher, path, hour)
  await writeTogether(files, lake)
  for (const name of DAILY_TABLES) publisher.writtenDays.add(dailyPath(name, utcDateOf(hour)))
  const { counts, rejectedBy } = star
  const outputs = files.map(({ path, rows }) => ({ path, rows }))
  await commitHour(publisher, { hour, inputs: [...rows.files], outputs, counts, rejectedBy, checks })
}

/** Before the first file of an hour's star: what is published first, behind a manifest that is taken away. */
export async function beginHour(publisher: Publisher, hour: Hour, rejected: Table): Promise<void> {
  const { lake, timeZone, consolidated } = publisher
  // From here until the manifest is back the hour is pending, whatever happens: some of its files are of this run
  // and some are not.
  if (consolidated.delete(hour)) await lake.remove(manifestPath(hour))
  // Without the manifest nobody reads the hour out of a file of its month any more, nor ever will.
  await removeMonthsOver(hour, publisher.months, lake)
  // Before the fact: a row must not be in neither of the two.
  await publishRejected(publisher, hour, rejected)
  await publishLanguages(publisher)
  for (const year of localYearsOf([hour], timeZone)) {
    await ensureTable(publisher, 'dim_date', dimDatePath(year), () => buildCalendar(year, timeZone))
  }
}

/** After the last one: the commit. @throws as `commit` */
export async function commitHour(
  { lake, timeZone, consolidated }: Publisher,
  about: Omit<Manifest, 'format' | 'timeZone'>,
): Promise<void> {
  const { hour, inputs, outputs, counts, rejectedBy, checks } = about
  await commit(lake, { format: MANIFEST_FORMAT, hour, timeZone, inputs, outputs, counts, rejectedBy, checks })
  consolidated.add(hour)
}

/** Files are written together until they come to as much: an hour mostly has less, and waits for the disk once. */
const MIN_BYTES_WRITTEN = 4_000_000

async function writeTogether(files: readonly LakeFile[], lake: Lake): Promise<void> {
  let together: LakeFile[] = []
  for (const { path, bytes } of files) {
    together.push({ path, bytes })
    if (together.reduce((sum, file) => sum + file.bytes.length, 0) < MIN_BYTES_WRITTEN) continue
    await lake.writeAll(together)
    together = []
  }
  await lake.writeAll(together)
}

/**
 * Take an hour out of layer2 whose layer1 is gone.
 * @throws TwdwError E_LAKE when the lake cannot be written; the hour is then pending
 */
export async function retractHour(publisher: Publisher, hour: Hour, hand: Hand): Promise<void> {
  const { lake, consolidated } = publisher
  // The manifest goes last: without layer1 it is all that makes the hour pending, so a run that is cut off in between is
  // taken up again.
  if (consolidated.delete(hour)) await disclaim(publisher, hour)
  await removeMonthsOver(hour, publisher.months, lake)
  // The way back: aggregates, facts, bridges, dimensions.
  for (const name of DAILY_TABLES.toReversed()) await removeFromDay(publisher, name, hour, hand)
  for (const name of HOURLY_TABLES.toReversed()) await lake.remove(hourlyPath(name, hour))
  await lake.remove(rejectedByHourPath(hour))
  await lake.remove(manifestPath(hour))
}

/** Let the manifest claim nothing, also should the layer1 that it was made from be there again by the next run. */
async function disclaim({ lake, timeZone }: Publisher, hour: Hour): Promise<void> {
  await writeManifest(lake, claimlessManifest(hour, timeZone))
}

/**
 * Where another machine committed the hour meanwhile (this one was taken for dead), files of both stand side by side: its claim
 * goes, and the next run makes the hour again.
 * @throws TwdwError E_LAKE then
 */
async function commit(lake: Lake, manifest: Manifest): Promise<void> {
  const path = manifestPath(manifest.hour)
  try {
    await lake.writeNew(path, manifestBytes(manifest))
  } catch (error) {
    if (error instanceof AlreadyThere) await lake.remove(path)
    throw error
  }
}

async function writeManifest(lake: Lake, manifest: Manifest): Promise<void> {
  await lake.write(manifestPath(manifest.hour), manifestBytes(manifest))
}

function manifestBytes(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(manifestToText(manifest))
}

/** Replaced whole like every file of the hour; no file where nothing was rejected, as most hours are. */
async function publishRejected({ lake, tables }: Publisher, hour: Hour, rejected: Table): Promise<void> {
  const path = rejectedByHourPath(hour)
  if (rejected.numRows === 0) await lake.remove(path)
  else await tables.write(path, rejected, { repeating: REJECTED_REPEATING })
}

/** The file stays, even without rows, while a consolidated hour of the day names it as its output. */
async function removeFromDay(publisher: Publisher, name: DailyTable, hour: Hour, hand: Hand): Promise<void> {
  const { lake } = publisher
  const path = dailyPath(name, utcDateOf(hour))
  const without = await encodeDay(name, { hour, hourRows: () => new Table(LAYER2[name].schema) }, publisher, hand)
  if (without === undefined) {
    await withdrawDay(publisher, path, hour)
    return lake.remove(path)
  }
  const isNamed = consolidatedOfDay(publisher, hour).length > 0
  if (without.rows === 0 && !isNamed) return lake.remove(path)
  await lake.write(path, without.bytes)
}

/**
 * Before a day's file is begun anew: the hours that counted on their rows in it are pending from here on, so that the
 * new file is never taken for one that has them.
 * @throws TwdwError E_LAKE when this very run wrote the file: doing it over and over would not end
 */
export async function withdrawDay(publisher: Publisher, path: string, hour: Hour): Promise<void> {
  const { lake, log, inputs, consolidated, todo, writtenDays } = publisher
  const others = consolidatedOfDay(publisher, hour)
  if (others.length === 0) return
  if (writtenDays.has(path)) {
    throw new TwdwError('E_LAKE', `${lake.locate(path)} was just written and cannot be read back`, {
      hint: 'somebody else is changing the lake, or its disk is failing; what was not done is done by the next run',
    })
  }
  log.warn(`${path} has to be made again, and with it all hours of the day that are in it`, {
    hours: others.length + 1,
  })
  for (const other of others) {
    const hasLayer1 = (inputs.get(other)?.length ?? 0) > 0
    if (hasLayer1) await lake.remove(manifestPath(other))
    else await disclaim(publisher, other)
    consolidated.delete(other)
    todo.add(other)
  }
}

/** Hours of the day of `hour` that have a manifest. */
function consolidatedOfDay({ consolidated }: Publisher, hour: Hour): Hour[] {
  return [...consolidated].filter(other => utcDateOf(other) === utcDateOf(hour)).sort()
}

/** A file of layer2 that is about to be replaced; undefined where there is none, and with a warning where it is damaged. */
export async function readReplaced(
  { tables, log }: Pick<Publisher, 'tables' | 'log'>,
  name: StaticTable,
  path: string,
): Promise<Table | undefined> {
  try {
    const existing = await tables.read(path)
    if (existing !== undefined) checkColumns(existing, LAYER2[name].schema, path)
    return existing
  } catch (error) {
    if (!(error instanceof TwdwError && error.code === 'E_LAKE')) throw error
    log.warn(`${error.message}; it is replaced`)
    return undefined
  }
}

function publishLanguages(publisher: Publisher): Promise<void> {
  return ensureTable(publisher, 'dim_lang', dimLangPath(), buildLanguages)
}

/** Write a table that depends on no tweet, unless the lake has it as it should be. Looked at once in a run. */
async function ensureTable(publisher: Publisher, name: StaticTable, path: string, build: () => Table): Promise<void> {
  if (publisher.checkedFiles.has(path)) return
  const table = build()
  const existing = await readReplaced(publisher, name, path)
  if (existing === undefined || !hasSameRows(existing, table)) {
    await publisher.tables.write(path, table, LAYER2[name])
  }
  publisher.checkedFiles.add(path)
}
