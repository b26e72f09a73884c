/**
 * Compaction: which files of an hour's layer1 become one, and what has to be remembered while they do.
 *
 * A merged file never takes the place of a file that is there, and no segment ever takes its place. So whether it is there says how
 * far a run came that was cut off: before it is, nothing has changed; from then on every row is in it, and the others may go.
 */
import { createHash } from 'node:crypto'
import { TwdwError } from '../errors.ts'
import type { Hour } from './hour.ts'
import { isRecord, parseKept } from './kept-json.ts'
import type { InputFile, Manifest } from './manifest.ts'
import { layer1Path, mergedSegment, segmentOfPath } from './paths.ts'

/** Raised when an older twdw could not complete what was begun. */
const COMPACTION_FORMAT = 1

/**
 * As much as is merged into one file: what Spark gives to one task. It is in memory while it is made.
 */
export const MAX_MERGED_BYTES = 128_000_000
/** A file with more is left as it is: of two that are merged, one at least is smaller than what comes of them by half. */
const MAX_SMALL_BYTES = MAX_MERGED_BYTES / 2

/**
 * So long after its end an hour is left alone unless it is said otherwise. What a listener was down for it asks of X's search as soon
 * as it is back, mostly within the day; an hour to which tweets come later than that is compacted once more.
 */
export const COMPACT_AFTER_MS = 86_400_000

/** Files of one hour that become one. */
export interface Merge {
  /** path of what they become */
  merged: string
  /** n >= 2 files, by path: their rows follow one another so */
  segments: InputFile[]
}

/** What a run is about to do, for whoever comes after it. */
export interface Compaction {
  format: typeof COMPACTION_FORMAT
  hour: Hour
  merged: InputFile & { rows: number }
  segments: InputFile[]
}

/**
 * @param files    of one hour, sorted by path
 * @param originOf what segments are told apart by: those of two origins are never merged
 * @returns        [] where nothing is to be done, as always after it was done
 */
export function planMerges(
  hour: Hour,
  files: readonly InputFile[],
  originOf: (segment: string) => string | undefined,
): Merge[] {
  const small = files.filter(({ bytes }) => bytes < MAX_SMALL_BYTES)
  const byOrigin = Map.groupBy(small, ({ path }) => originOf(segmentOfPath(path)))
  return [...byOrigin.values()]
    .flatMap(packed)
    .filter(({ length }) => length > 1)
    .map(segments => ({ merged: mergedPath(hour, segments), segments }))
    .sort((a, b) => (a.merged < b.merged ? -1 : 1))
}

/** In their order, as many together as may be. */
function packed(files: readonly InputFile[]): InputFile[][] {
  const packs: InputFile[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const file of files) {
    bytes += file.bytes
    if (bytes > MAX_MERGED_BYTES) {
      packs.push([])
      bytes = file.bytes
    }
    packs.at(-1)!.push(file)
  }
  return packs
}

function mergedPath(hour: Hour, segments: readonly InputFile[]): string {
  const digest = createHash('sha256').update(JSON.stringify(segments.map(({ path, bytes }) => [path, bytes])))
  return layer1Path(hour, mergedSegment(segmentOfPath(segments[0]!.path), digest.digest('hex').slice(0, 16)))
}

/** @param file what the merged file has come to */
export function compactionOf(
  hour: Hour,
  { merged, segments }: Merge,
  file: { bytes: number; rows: number },
): Compaction {
  return { format: COMPACTION_FORMAT, hour, merged: { path: merged, ...file }, segments }
}

export function compactionToText(compaction: Compaction): string {
  return `${JSON.stringify(compaction, null, 1)}\n`
}

/** @throws TwdwError E_LAKE when the text is none, or names files of another hour */
export function parseCompaction(text: string, hour: Hour, path: string): Compaction {
  const damaged = (why: string, cause?: unknown) =>
    new TwdwError('E_LAKE', `${path} is damaged: ${why}`, {
      cause,
      hint: 'remove it: tweets then stand twice in layer1 at worst, and are counted once',
    })
  const { merged, segments } = parseKept(text, { what: `the file ${path}`, format: COMPACTION_FORMAT, damaged })
  const isFile = (file: unknown): file is InputFile =>
    isRecord(file) &&
    typeof file.path === 'string' &&
    file.path === layer1Path(hour, segmentOfPath(file.path)) &&
    Number.isSafeInteger(file.bytes)
  const isWhole = isFile(merged) && 'rows' in merged && Number.isSafeInteger(merged.rows)
  if (!isWhole) throw damaged('it does not say what was merged')
  if (!Array.isArray(segments) || !segments.every(isFile)) throw damaged('it does not say which files were merged')
  if (segments.some(({ path }) => path === merged.path)) throw damaged('a file cannot be merged into itself')
  return { format: COMPACTION_FORMAT, hour, merged: merged as Compaction['merged'], segments }
}

/** Files of an hour without those that a merged file, which is among them, has the rows of. @param files sorted by path */
export function withoutMerged(files: readonly InputFile[], compactions: readonly Compaction[]): InputFile[] {
  const there = new Set(files.map(({ path }) => path))
  const gone = new Map(
    compactions
      .filter(({ merged }) => there.has(merged.path))
      .flatMap(({ segments }) => segments.map(({ path, bytes }) => [path, bytes] as const)),
  )
  return files.filter(({ path, bytes }) => gone.get(path) !== bytes)
}

/**
 * The manifest of an hour, once files that it names have been merged: what was made of them is what was made of the merged one.
 * @param files of the hour that are there now, sorted by path
 * @returns undefined where the hour was not made from just these files: it is pending, and stays so
 */
export function manifestAfter(
  manifest: Manifest,
  { merged, segments }: Compaction,
  files: readonly InputFile[],
): Manifest | undefined {
  const going = new Map(segments.map(({ path, bytes }) => [path, bytes]))
  const kept = manifest.inputs.filter(({ path, bytes }) => going.get(path) !== bytes)
  if (kept.length !== manifest.inputs.length - segments.length) return undefined
  const { path, bytes } = merged
  const inputs = [...kept, { path, bytes }].sort((a, b) => (a.path < b.path ? -1 : 1))
  const isSame =
    inputs.length === files.length &&
    inputs.every((input, i) => input.path === files[i]!.path && input.bytes === files[i]!.bytes)
  return isSame ? { ...manifest, inputs } : undefined
}
