/**
 * Publishing: the star of one hour replaces what the lake had of it, and an hour that lost its tweets leaves.
 *
 * The manifest is the commit point. It is taken away before the first file changes and comes back after the last,
 * so it never claims what is not there; without it the hour is pending, and the next run does all of it again.
 * Whoever calls this holds the lake's `consolidate` lock: the day files are shared by the hours of a day.
 */
import type { Table } from 'apache-arrow'
import { columnsToTable } from '../domain/columns/columns.ts'
import { checkColumns, hasSameRows } from '../domain/columns/rows.ts'
import { HOUR_MS, type Hour, hourStartMs, utcDateOf } from '../domain/hour.ts'
import { REJECTED_REPEATING } from '../domain/layer1-builder.ts'
import { LAYER2, type StarTable, type StaticTable } from '../domain/layer2.ts'
import { type InputFile, MANIFEST_FORMAT, type Manifest, manifestToText, type OutputTable } from '../domain/manifest.ts'
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
import { buildCalendar } from '../domain/star/calendar.ts'
import { mergeDay } from '../domain/star/day.ts'
import { buildLanguages } from '../domain/star/languages.ts'
import type { Star } from '../domain/star/star.ts'
import { createWallClock } from '../domain/time-zone.ts'
import type { Lake } from '../io/lake.ts'
import type { Tables } from '../io/tables.ts'

/** What is known of the lake during one run; kept up to date as hours are published. */
export interface Publisher {
  lake: Lake
  tables: Tables
  timeZone: string
  /** hours that have a manifest */
  consolidated: Set<Hour>
  /** calendar and language files known to be right */
  checkedFiles: Set<string>
}

/** A star that passed its checks. */
export interface CheckedStar {
  hour: Hour
  star: Star
  inputs: InputFile[]
  /** names of the checks */
  checks: string[]
}

export async function publishHour(publisher: Publisher, { hour, star, inputs, checks }: CheckedStar): Promise<void> {
  const { lake, tables, timeZone, consolidated } = publisher
  // From here until the manifest is back the hour is pending, whatever happens: some of its files are of this run
  // and some are not.
  if (consolidated.delete(hour)) await lake.remove(manifestPath(hour))
  // Before the fact: a row must not be in neither of the two.
  await publishRejected(publisher, hour, star.rejected)
  // Dimensions before bridges, bridges before facts: who finds a fact also finds what it refers to.
  await publishLanguages(publisher)
  for (const year of localYearsOf(hour, timeZone)) {
    await ensureTable(publisher, 'dim_date', dimDatePath(year), () => buildCalendar(year, timeZone))
  }
  const outputs: OutputTable[] = []
  for (const name of HOURLY_TABLES) {
    outputs.push({ path: hourlyPath(name, hour), rows: star.tables[name].numRows })
    await tables.write(hourlyPath(name, hour), star.tables[name], encodingOf(name))
  }
  // Aggregates after facts: a sum is never ahead of what it sums.
  for (const name of DAILY_TABLES) {
    outputs.push({ path: dailyPath(name, utcDateOf(hour)), rows: star.tables[name].numRows })
    await replaceInDay(publisher, name, hour, star.tables[name])
  }
  // Last of all: the commit.
  const { counts, rejectedBy } = star
  const manifest: Manifest = { format: MANIFEST_FORMAT, hour, timeZone, inputs, outputs, counts, rejectedBy, checks }
  await writeManifest(lake, manifest)
  consolidated.add(hour)
}

/**
 * Take an hour out of layer2 whose layer1 is gone.
 * @param manifest of the hour; undefined when it cannot be read
 */
export async function retractHour(publisher: Publisher, hour: Hour, manifest: Manifest | undefined): Promise<void> {
  const { lake, consolidated } = publisher
  // The manifest first gives up its claim, and goes last: without layer1 it is all that makes the hour pending, so a
  // run that is cut off in between is taken up again. Its inputs stay: they differ from the layer1 of now, which is none.
  if (manifest !== undefined) await writeManifest(lake, { ...manifest, outputs: [] })
  consolidated.delete(hour)
  // The way back: aggregates, facts, bridges, dimensions.
  for (const name of DAILY_TABLES.toReversed()) await removeFromDay(publisher, name, hour)
  for (const name of HOURLY_TABLES.toReversed()) await lake.remove(hourlyPath(name, hour))
  await lake.remove(rejectedByHourPath(hour))
  await lake.remove(manifestPath(hour))
}

async function writeManifest(lake: Lake, manifest: Manifest): Promise<void> {
  await lake.write(manifestPath(manifest.hour), new TextEncoder().encode(manifestToText(manifest)))
}

/** Replaced whole like every file of the hour; no file where nothing was rejected, as most hours are. */
async function publishRejected({ lake, tables }: Publisher, hour: Hour, rejected: Table): Promise<void> {
  const path = rejectedByHourPath(hour)
  if (rejected.numRows === 0) await lake.remove(path)
  else await tables.write(path, rejected, { repeating: REJECTED_REPEATING })
}

async function replaceInDay(publisher: Publisher, name: DailyTable, hour: Hour, hourRows: Table): Promise<void> {
  const path = dailyPath(name, utcDateOf(hour))
  const merged = mergeDay(name, await readDay(publisher, name, path), hourRows, hour)
  await publisher.tables.write(path, merged, encodingOf(name))
}

/** The file stays, even without rows, while a consolidated hour of the day names it as its output. */
async function removeFromDay(publisher: Publisher, name: DailyTable, hour: Hour): Promise<void> {
  const path = dailyPath(name, utcDateOf(hour))
  const existing = await readDay(publisher, name, path)
  if (existing === undefined) return
  const merged = mergeDay(name, existing, columnsToTable(LAYER2[name].schema, 0, {}), hour)
  const isNamed = [...publisher.consolidated].some(other => utcDateOf(other) === utcDateOf(hour))
  if (merged.numRows > 0 || isNamed) await publisher.tables.write(path, merged, encodingOf(name))
  else await publisher.lake.remove(path)
}

async function readDay({ tables }: Publisher, name: DailyTable, path: string): Promise<Table | undefined> {
  const existing = await tables.read(path)
  if (existing !== undefined) checkColumns(existing, LAYER2[name].schema, path)
  return existing
}

function publishLanguages(publisher: Publisher): Promise<void> {
  return ensureTable(publisher, 'dim_lang', dimLangPath(), buildLanguages)
}

/** Write a table that depends on no tweet, unless the lake has it as it should be. Looked at once in a run. */
async function ensureTable(publisher: Publisher, name: StaticTable, path: string, build: () => Table): Promise<void> {
  if (publisher.checkedFiles.has(path)) return
  const table = build()
  const existing = await publisher.tables.read(path)
  if (existing === undefined || !hasSameRows(existing, table)) {
    await publisher.tables.write(path, table, encodingOf(name))
  }
  publisher.checkedFiles.add(path)
}

/** One year, or two where the hour contains the New Year of its zone. */
function localYearsOf(hour: Hour, timeZone: string): Set<number> {
  const { offsetMs } = createWallClock(timeZone)
  const yearOf = (ms: number) => new Date(ms + offsetMs(ms)).getUTCFullYear()
  return new Set([yearOf(hourStartMs(hour)), yearOf(hourStartMs(hour) + HOUR_MS - 1)])
}

function encodingOf(name: StarTable | StaticTable): { repeating: readonly string[] } {
  return { repeating: LAYER2[name].repeating }
}
