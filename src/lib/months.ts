/** Months of a lake: their records read, and what stands for hours that change taken away. */
import type { Hour } from './domain/hour.ts'
import type { Manifest } from './domain/manifest.ts'
import { contentOf, type MonthRecord, monthsAround, parseRecord, usableMonths } from './domain/months.ts'
import { MANIFESTS, MONTHS, monthFolder, monthOfFile, monthOfRecord, monthRecordPath } from './domain/paths.ts'
import type { Lake, LakeEntry } from './io/lake.ts'

/**
 * Those that can be used; others are left out.
 * @param files of records, with their stamps where a listing told them; other files are passed over
 * @throws TwdwError E_LAKE
 */
export async function readRecords(
  files: readonly Pick<LakeEntry, 'path' | 'stamp'>[],
  lake: Pick<Lake, 'readListed'>,
): Promise<MonthRecord[]> {
  const records = files.filter(({ path }) => monthOfRecord(path) !== undefined)
  if (records.length === 0) return []
  const texts = await lake.readListed(records)
  return texts.flatMap(text => (text === undefined ? [] : (parseRecord(new TextDecoder().decode(text)) ?? [])))
}

/** Months that have a record or files. @param paths of those, and of others */
export function monthsIn(paths: Iterable<string>): Set<string> {
  return new Set([...paths].flatMap(path => monthOfRecord(path) ?? monthOfFile(path) ?? []))
}

/** Of a month whose files go: it stands for nothing. */
const CLAIMLESS = '{}\n'

/**
 * Take away what stands for the hours of a month. The record claims nothing from then on, so that nobody looks for a file that is
 * gone; then all its files go, also those that it never named, and it goes last: as long as it is there whoever comes next knows
 * that there may be files. Whoever calls this holds the lake's `consolidate` lock.
 * @throws TwdwError E_LAKE
 */
export async function removeMonth(month: string, lake: Pick<Lake, 'list' | 'write' | 'remove'>): Promise<void> {
  await lake.write(monthRecordPath(month), new TextEncoder().encode(CLAIMLESS))
  for (const { path } of await lake.list(monthFolder(month))) await lake.remove(path)
  await lake.remove(monthRecordPath(month))
}

/**
 * The same of every month that an hour can be of, to be called before files of the hour change.
 * @param months that have a record; those that were removed are taken out
 */
export async function removeMonthsOver(
  hour: Hour,
  months: Set<string>,
  lake: Pick<Lake, 'list' | 'write' | 'remove'>,
): Promise<void> {
  for (const month of monthsAround(hour)) if (months.delete(month)) await removeMonth(month, lake)
}

/**
 * Months that may have rows of some hours, or that nobody reads and nobody would otherwise look for: without a record, or with one
 * that is true no more.
 * @param manifests of all hours of the lake
 * @throws TwdwError E_LAKE
 */
export async function monthsToForget(
  hours: readonly Hour[],
  manifests: ReadonlyMap<Hour, Manifest>,
  { timeZone, lake }: { timeZone: string; lake: Pick<Lake, 'list' | 'readListed'> },
): Promise<string[]> {
  const entries = await lake.list(MANIFESTS)
  const there = monthsIn([...entries, ...(await lake.list(MONTHS))].map(({ path }) => path))
  if (there.size === 0) return []
  const touched = new Set(hours.flatMap(monthsAround))
  const contents = new Map([...manifests].map(([hour, manifest]) => [hour, contentOf(manifest)]))
  const records = await readRecords(entries, lake)
  const isTrue = (record: MonthRecord) => usableMonths([record], contents, timeZone).length > 0
  const kept = new Set(records.filter(isTrue).map(({ month }) => month))
  return [...there].filter(month => touched.has(month) || !kept.has(month)).sort()
}
