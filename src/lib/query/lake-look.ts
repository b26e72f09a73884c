/**
 * A look at the hours of a lake that tells whether they are as they were noted, with the least trouble: on a disk a stat a folder, in
 * a store a listing, which has a thousand files for a request.
 */
import { HOUR_MS, type Hour, type HourRange, hourOf, hourStartMs, isInRange, utcDateOf } from '../domain/hour.ts'
import type { HourIndex } from '../domain/hour-index.ts'
import { type InputFile, inputsByHour, type Manifest } from '../domain/manifest.ts'
import { type MonthRecord, mayLieIn } from '../domain/months.ts'
import {
  hourOfManifest,
  hoursOfFolders,
  LAYER1_TWEETS,
  layer1DayFolder,
  layer1Folder,
  MANIFESTS,
  manifestPath,
  monthOfRecord,
} from '../domain/paths.ts'
import type { Lake, LakeEntry } from '../io/lake.ts'
import { manifestFiles, readManifests } from '../manifests.ts'
import { readRecords } from '../months.ts'

export type HourStamps = Record<'layer1' | 'manifest' | 'manifests', string | undefined>

/** What was read of some hours. */
export interface HoursRead {
  inputs: Map<Hour, InputFile[]>
  manifests: Map<Hour, Manifest>
}

/** Paths of all of layer1's tweets, where they were listed anyway. */
export type StoredPaths = readonly string[] | undefined

/** What tells whether hours are as they were noted, found out as the lake is looked at with the least trouble. */
export interface Look {
  /** hours that have a manifest, in range or not */
  committed: readonly Hour[]
  /** of all that may lie in range */
  months: readonly MonthRecord[]
  /** of the hours in range, taken before anything is read, so that what changes meanwhile shows the next time */
  stamps: Map<Hour, HourStamps>
  /** what is noted of the folder of manifests is not what it was */
  hasNewFolder: boolean
  stored: StoredPaths
  /** hours that have to be looked at */
  read(hours: readonly Hour[]): Promise<HoursRead>
}

/** A stat for each hour, and where manifests came or went since the notes one for each of those. */
export async function lookByStamps(range: HourRange, lake: Lake, index: HourIndex): Promise<Look> {
  const [manifestsStamp] = await lake.settledStamps([MANIFESTS])
  const isListed = manifestsStamp !== undefined && index.committed?.stamp === manifestsStamp
  const { hours: committed, months } = isListed ? index.committed! : await readCommitted(ALL_TIME, lake)
  index.committed = manifestsStamp === undefined ? undefined : { stamp: manifestsStamp, hours: committed, months }
  const stored = await layer1Hours(range, lake)
  const hours = [...new Set([...stored, ...committed.filter(hour => isInRange(hour, range))])]
  return {
    committed,
    months,
    stamps: await stampHours(hours, manifestsStamp, index, lake),
    hasNewFolder: !isListed,
    stored: undefined,
    read: async others => ({
      inputs: inputsByHour(await listFolders(others, lake)),
      manifests: await readManifests(manifestFiles(others), lake),
    }),
  }
}

/** Listings, which tell the stamp of each file: a thousand hours for a request. */
export async function lookByListing(range: HourRange, lake: Lake): Promise<Look> {
  // Side by side, whichever is first: an hour that is consolidated meanwhile has the manifest of files that were listed, or is pending.
  const [entries, ...listed] = await Promise.all([MANIFESTS, ...layer1Prefixes(range)].map(prefix => lake.list(prefix)))
  const files = listed.flat()
  const committed = new Map(
    entries!.flatMap(entry => {
      const hour = hourOfManifest(entry.path)
      return hour === undefined ? [] : [[hour, entry] as const]
    }),
  )
  const inputs = inputsByHour(files)
  const stampOf = new Map(files.map(({ path, stamp }) => [path, stamp]))
  const hours = [...new Set([...inputs.keys(), ...committed.keys()])].filter(hour => isInRange(hour, range)).sort()
  const stamps = new Map(
    hours.map(hour => {
      const files = (inputs.get(hour) ?? []).map(({ path }) => `${path} ${stampOf.get(path)}`)
      // of hundreds of files an hour the notes keep a few characters
      const layer1 = Bun.hash(files.join('\n')).toString(36)
      return [hour, { layer1, manifest: committed.get(hour)?.stamp, manifests: undefined }]
    }),
  )
  return {
    committed: [...committed.keys()],
    months: await readRecords(recordsIn(range, entries!), lake),
    stamps,
    hasNewFolder: false,
    stored: allOf(files, range),
    read: async others => ({
      inputs: new Map(others.flatMap(hour => (inputs.has(hour) ? [[hour, inputs.get(hour)!]] : []))),
      manifests: await readManifests(
        others.flatMap(hour => committed.get(hour) ?? []),
        lake,
      ),
    }),
  }
}

export function allOf(files: readonly LakeEntry[], { from, to }: HourRange): StoredPaths {
  return from === undefined && to === undefined ? files.map(({ path }) => path) : undefined
}

async function stampHours(
  hours: readonly Hour[],
  manifests: string | undefined,
  { hours: index }: HourIndex,
  lake: Lake,
): Promise<Map<Hour, HourStamps>> {
  // where no manifest came or went since one was looked at, it is the same
  const isKnown = (hour: Hour) => manifests !== undefined && index.get(hour)?.manifests === manifests
  const unknown = hours.filter(hour => !isKnown(hour))
  const looked = await lake.settledStamps(unknown.map(manifestPath))
  const ofManifest = new Map(unknown.map((hour, i) => [hour, looked[i]]))
  const layer1 = await lake.settledStamps(hours.map(layer1Folder))
  return new Map(
    hours.map((hour, i) => {
      const manifest = ofManifest.has(hour) ? ofManifest.get(hour) : index.get(hour)?.manifest
      return [hour, { layer1: layer1[i], manifest, manifests }] as const
    }),
  )
}

const ALL_TIME: HourRange = { from: undefined, to: undefined }

/** All hours that have a manifest, and the records of months that may lie in range. */
export async function readCommitted(
  range: HourRange,
  lake: Lake,
): Promise<{ hours: Hour[]; months: readonly MonthRecord[] }> {
  const files = (await lake.names(MANIFESTS)).map(name => ({ path: `${MANIFESTS}${name}` }))
  const hours = files.flatMap(({ path }) => hourOfManifest(path) ?? [])
  return { hours, months: await readRecords(recordsIn(range, files), lake) }
}

function recordsIn<File extends Pick<LakeEntry, 'path'>>(range: HourRange, files: readonly File[]): File[] {
  return files.filter(({ path }) => {
    const month = monthOfRecord(path)
    return month !== undefined && mayLieIn(month, range)
  })
}

/** Hours that have a folder in layer1, in their order. */
async function layer1Hours(range: HourRange, lake: Lake): Promise<Hour[]> {
  const hours: Hour[] = []
  for (const name of (await lake.names(LAYER1_TWEETS)).sort()) {
    const day = `${LAYER1_TWEETS}${name}`
    if (!isDayIn(day, range)) continue
    const folders = (await lake.names(day)).sort()
    for (const hour of hoursOfFolders(name, folders)) if (isInRange(hour, range)) hours.push(hour)
  }
  return hours
}

/** Days that are listed one by one; more are found quicker by listing everything. */
const MAX_DAYS_LISTED = 62

/** Prefixes of layer1 paths that together cover a range. */
export function layer1Prefixes({ from, to }: HourRange): string[] {
  if (from === undefined || to === undefined) return [LAYER1_TWEETS]
  const hours = (hourStartMs(to) - hourStartMs(from)) / HOUR_MS
  if (hours > MAX_DAYS_LISTED * 24) return [LAYER1_TWEETS]
  const dates = new Set(Array.from({ length: hours }, (_, i) => utcDateOf(hourOf(hourStartMs(from) + i * HOUR_MS))))
  return [...dates].map(layer1DayFolder)
}

/** @param day folder of a UTC day in layer1 */
function isDayIn(day: string, { from, to }: HourRange): boolean {
  return (
    (from === undefined || day >= layer1DayFolder(utcDateOf(from))) &&
    (to === undefined || day <= layer1DayFolder(utcDateOf(to)))
  )
}

/** Folders that are listed at a time: all at once would open too many. */
const FOLDERS_AT_A_TIME = 64

async function listFolders(hours: readonly Hour[], lake: Lake): Promise<InputFile[]> {
  const files: InputFile[] = []
  for (let first = 0; first < hours.length; first += FOLDERS_AT_A_TIME) {
    const some = hours.slice(first, first + FOLDERS_AT_A_TIME)
    files.push(...(await Promise.all(some.map(hour => lake.list(layer1Folder(hour))))).flat())
  }
  return files
}
