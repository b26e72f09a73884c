/**
 * Manifests: what is known of a consolidated hour, and which hours are pending.
 *
 * The manifest is the commit point of an hour: it is written last, and an hour counts as
 * consolidated only if its manifest names exactly the layer1 files that are there now. It
 * holds no time of its own, so that consolidating twice leaves identical bytes.
 */
import { TwdwError } from '../errors.ts'
import { type Hour, type HourRange, isClosed, isInRange } from './hour.ts'
import { hourOfManifest, hourOfPath, hourOfRejectedByHour } from './paths.ts'

/**
 * Of the manifest and of all that it names. Raised when a table of layer2 changes: hours of an older format are then pending,
 * and made again from layer1.
 */
export const MANIFEST_FORMAT = 3

/**
 * One layer1 file. Path and length identify the content: a segment changes under its name only where tweets are forgotten, and
 * that withdraws the manifests of its hours first.
 */
export interface InputFile {
  path: string
  bytes: number
}

/** One layer2 file of the hour. `rows` counts only this hour's rows where the file is a day's. */
export interface OutputTable {
  path: string
  rows: number
}

/** What is known of a consolidated hour. */
export interface Manifest {
  format: typeof MANIFEST_FORMAT
  hour: Hour
  timeZone: string
  inputs: InputFile[]
  outputs: OutputTable[]
  counts: {
    /** layer1 rows read = tweets + duplicates + rejected */
    read: number
    duplicates: number
    rejected: number
    /** rows of fact_tweet */
    tweets: number
  }
  /** rejected rows by reason */
  rejectedBy: Record<string, number>
  /** names of the checks that passed before anything was published */
  checks: string[]
}

/** As the file holds it: JSON, the same bytes for the same manifest. */
export function manifestToText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1)}\n`
}

/** One that claims nothing: its hour is pending, whatever layer1 has of it. */
export function claimlessManifest(hour: Hour, timeZone: string): Manifest {
  const counts = { read: 0, duplicates: 0, rejected: 0, tweets: 0 }
  return { format: MANIFEST_FORMAT, hour, timeZone, inputs: [], outputs: [], counts, rejectedBy: {}, checks: [] }
}

/**
 * One of an older format claims nothing: its hour is pending, and with it layer2 comes into the format of now.
 * @throws TwdwError E_LAKE when `text` is not a manifest, or of a newer format than this version knows
 */
export function parseManifest(text: string, path: string): Manifest {
  const manifest = parseKept(text, path)
  const format: unknown = manifest.format
  if (typeof format === 'number' && format > MANIFEST_FORMAT) {
    throw new TwdwError(
      'E_LAKE',
      `the manifest ${path} is of format ${format}, and this twdw knows formats up to ${MANIFEST_FORMAT}`,
      { hint: 'install a newer twdw, or have this one make layer2 again: twdw consolidate --rebuild' },
    )
  }
  const hour = hourOfManifest(path)
  if (hour !== undefined && typeof format === 'number' && format < MANIFEST_FORMAT) return claimlessManifest(hour, '')
  const isWhole = Array.isArray(manifest.inputs) && Array.isArray(manifest.outputs)
  if (format !== MANIFEST_FORMAT || !isWhole) throw damaged(path, 'it lacks a format, inputs or outputs')
  return manifest as Manifest
}

function parseKept(text: string, path: string): Partial<Manifest> {
  try {
    return JSON.parse(text) ?? {}
  } catch (cause) {
    throw damaged(path, 'it is not JSON', cause)
  }
}

function damaged(path: string, why: string, cause?: unknown): TwdwError {
  return new TwdwError('E_LAKE', `the manifest ${path} is damaged: ${why}`, {
    cause,
    hint: 'run `twdw consolidate --rebuild`: everything in layer2 can be made again from layer1',
  })
}

/** Layer1 tweet files by hour, each list sorted by path. Paths that are no layer1 file are left out. */
export function inputsByHour(files: readonly InputFile[]): Map<Hour, InputFile[]> {
  const byHour = new Map<Hour, InputFile[]>()
  for (const { path, bytes } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const hour = hourOfPath(path)
    if (hour === undefined) continue
    const inputs = byHour.get(hour)
    if (inputs === undefined) byHour.set(hour, [{ path, bytes }])
    else inputs.push({ path, bytes })
  }
  return byHour
}

/** False where nothing of the hour in layer2 may be read: no manifest, one that claims nothing, or another zone than the lake's. */
export function hasRowsFor(manifest: Manifest | undefined, timeZone: string): manifest is Manifest {
  return manifest !== undefined && manifest.outputs.length > 0 && manifest.timeZone === timeZone
}

/**
 * True when the hour was consolidated from exactly these files, in this zone. Both lists are sorted by path. Without files it
 * never is: such an hour has to leave layer2, and one whose leaving was cut off has to come back with its files.
 */
export function isUpToDate(
  manifest: Manifest | undefined,
  inputs: readonly InputFile[],
  timeZone: string,
): manifest is Manifest {
  return (
    hasRowsFor(manifest, timeZone) &&
    inputs.length > 0 &&
    manifest.inputs.length === inputs.length &&
    manifest.inputs.every((input, i) => input.path === inputs[i]?.path && input.bytes === inputs[i]?.bytes)
  )
}

/**
 * Hours of which layer2 has files though nothing else tells of them: a run was killed while it first published them, and
 * before the next one their tweets were taken out of layer1.
 * @param paths of files that `HOUR_MARKS` lists
 */
export function orphanHours(
  paths: readonly string[],
  inputs: ReadonlyMap<Hour, readonly InputFile[]>,
  consolidated: ReadonlySet<Hour>,
): Set<Hour> {
  const hours = paths.flatMap(path => hourOfPath(path) ?? hourOfRejectedByHour(path) ?? [])
  return new Set(hours.filter(hour => !inputs.has(hour) && !consolidated.has(hour)))
}

/**
 * Hours that consolidate has to do, oldest first: closed, in range, and not made from the layer1 of now, not in the zone of
 * the lake, or not there any more. An hour whose layer1 is gone but whose manifest stands is pending too (`inputs` then has no entry for it).
 * A day's file that is missing makes every hour of the day pending, since all their manifests name it.
 * @param outputs paths of the layer2 files that are there, of the hours that have a manifest
 */
export function pendingHours(
  inputs: ReadonlyMap<Hour, readonly InputFile[]>,
  manifests: ReadonlyMap<Hour, Manifest>,
  outputs: ReadonlySet<string>,
  when: { range: HourRange; nowMs: number; graceMs: number; rebuild: boolean; timeZone: string },
): Hour[] {
  const hours = new Set([...inputs.keys(), ...manifests.keys()])
  const isWhole = (hour: Hour) => {
    const manifest = manifests.get(hour)
    const isRight = isUpToDate(manifest, inputs.get(hour) ?? [], when.timeZone)
    return isRight && manifest.outputs.every(({ path }) => outputs.has(path))
  }
  return [...hours]
    .filter(hour => isInRange(hour, when.range) && isClosed(hour, when.nowMs, when.graceMs))
    .filter(hour => when.rebuild || !isWhole(hour))
    .sort()
}
