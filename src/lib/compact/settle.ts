/**
 * What a compaction has begun is brought to an end, by the run that began it or by whoever comes next: completed where the merged
 * file is there, and else forgotten.
 *
 * Whoever calls this holds the lake's `consolidate` lock. Until the manifest is written again the hour is pending, and made of
 * whatever is there: rows that stand twice are counted once.
 */
import { type Compaction, manifestAfter, parseCompaction, withoutMerged } from '../domain/compaction.ts'
import { type InputFile, inputsByHour, type Manifest, manifestToText } from '../domain/manifest.ts'
import { COMPACTIONS, compactionPath, hourOfCompaction, layer1Folder, manifestPath } from '../domain/paths.ts'
import { isUnwritable, TwdwError } from '../errors.ts'
import type { Lake, LakeEntry } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'
import { manifestFiles, readManifests } from '../manifests.ts'

export interface SettlePorts {
  lake: Pick<Lake, 'list' | 'readListed' | 'write' | 'remove' | 'locate'>
  tables: Pick<Tables, 'read'>
  log: Log
}

/**
 * What runs that were cut off have left. Where there is nothing it takes a listing, or none for who has one.
 * @param entries those of a listing that may be among others; undefined: they are listed
 * @returns of each hour that is left as it is why: its merged file is damaged and some of what it was made of is gone, or what was merged
 * may not be removed (`isUnwritable`); [] when all is settled
 * @throws TwdwError E_LAKE when the lake does not answer
 */
export async function settleCompactions(
  ports: SettlePorts,
  entries?: readonly Pick<LakeEntry, 'path' | 'stamp'>[],
): Promise<TwdwError[]> {
  const { lake, log } = ports
  const lost: TwdwError[] = []
  const compactions = await readCompactions(lake, entries ?? (await lake.list(COMPACTIONS)))
  for (const compaction of compactions) {
    const { hour } = compaction
    const manifests = await readManifests(manifestFiles([hour]), lake, () => undefined)
    try {
      const { isMerged } = await settle(compaction, manifests.get(hour), ports)
      log.info(`${isMerged ? 'completed' : 'undid'} the compaction of hour ${hour}, which was cut off`)
    } catch (error) {
      if (!(error instanceof LostRows || isUnwritable(error))) throw error
      lost.push(error instanceof LostRows ? error.failure : error)
    }
  }
  return lost
}

/** As `settleCompactions`, for work that must not go on beside a damaged file. @throws TwdwError E_LAKE */
export async function settleAllCompactions(...given: Parameters<typeof settleCompactions>): Promise<void> {
  const [lost] = await settleCompactions(...given)
  if (lost !== undefined) throw lost
}

/** A merged file is damaged, and what it was made of is gone in part. */
class LostRows extends Error {
  readonly failure: TwdwError
  constructor(failure: TwdwError) {
    super(failure.message)
    this.failure = failure
  }
}

/** @param entries others are passed over. @throws TwdwError E_LAKE */
export async function readCompactions(
  lake: Pick<Lake, 'readListed'>,
  entries: readonly Pick<LakeEntry, 'path' | 'stamp'>[],
): Promise<Compaction[]> {
  const files = entries.filter(({ path }) => hourOfCompaction(path) !== undefined)
  const texts = await lake.readListed(files)
  return files.flatMap(({ path }, i) => {
    const text = texts[i]
    // completed meanwhile
    if (text === undefined) return []
    return parseCompaction(new TextDecoder().decode(text), hourOfCompaction(path)!, path)
  })
}

/** Removals at a time: on S3 each is a request. */
const REMOVED_AT_A_TIME = 8

/** What an hour has come to. */
export interface Settled {
  /** false: nothing had been merged yet, or it cannot be read */
  isMerged: boolean
  /** of its layer1, sorted by path */
  files: InputFile[]
  /** by which it is consolidated; undefined where it is pending */
  manifest: Manifest | undefined
}

/**
 * @param manifest of the hour, as it is now; undefined where it has none that can be read
 * @throws TwdwError E_LAKE, LostRows
 */
export async function settle(
  compaction: Compaction,
  manifest: Manifest | undefined,
  ports: SettlePorts,
): Promise<Settled> {
  const { lake } = ports
  const { hour } = compaction
  const files = inputsByHour(await lake.list(layer1Folder(hour))).get(hour) ?? []
  const isMerged = await isWholeFile(compaction, files, ports)
  const left = isMerged
    ? withoutMerged(files, [compaction])
    : files.filter(({ path }) => path !== compaction.merged.path)
  const after = isMerged && manifest !== undefined ? manifestAfter(manifest, compaction, left) : undefined
  if (isMerged) {
    await removeFiles(files, left, lake)
    // the commit: until here the hour is pending
    if (after !== undefined) await lake.write(manifestPath(hour), new TextEncoder().encode(manifestToText(after)))
  }
  // last: until here it is known what stands twice
  await lake.remove(compactionPath(hour))
  return { isMerged, files: left, manifest: after }
}

async function removeFiles(
  files: readonly InputFile[],
  left: readonly InputFile[],
  lake: Pick<Lake, 'remove'>,
): Promise<void> {
  const kept = new Set(left)
  const going = files.filter(file => !kept.has(file))
  for (let first = 0; first < going.length; first += REMOVED_AT_A_TIME) {
    const some = going.slice(first, first + REMOVED_AT_A_TIME)
    await Promise.all(some.map(({ path }) => lake.remove(path)))
  }
}

/**
 * Whether the merged file is there and whole, as it is if it is there at all: what it was made of is about to go. One that is not
 * goes itself, as long as all that it was made of is there.
 */
async function isWholeFile(
  { merged, segments }: Compaction,
  files: readonly InputFile[],
  { lake, tables, log }: SettlePorts,
): Promise<boolean> {
  const there = new Map(files.map(({ path, bytes }) => [path, bytes]))
  if (!there.has(merged.path)) return false
  const why = await faultOf(merged, there.get(merged.path)!, tables)
  if (why === undefined) return true
  if (segments.some(({ path }) => !there.has(path))) {
    const sentence = `${lake.locate(merged.path)} is damaged: ${why}`
    const hint = 'other files were merged into it, and some are gone already: restore it'
    throw new LostRows(new TwdwError('E_LAKE', sentence, { hint }))
  }
  log.warn(`${lake.locate(merged.path)} is damaged: ${why}; it is removed, and what was merged is left as it was`)
  await lake.remove(merged.path)
  return false
}

/** @param bytes another length is that of what somebody forgot tweets in */
async function faultOf(
  merged: Compaction['merged'],
  bytes: number,
  tables: Pick<Tables, 'read'>,
): Promise<string | undefined> {
  try {
    const rows = (await tables.read(merged.path, ['tweet_id']))?.numRows
    return rows === merged.rows || bytes !== merged.bytes ? undefined : `it has ${rows} rows of ${merged.rows}`
  } catch (error) {
    // a file that makes no sense, and not a disk or a store that does not answer
    const isDamaged = error instanceof TwdwError && error.code === 'E_LAKE' && error.cause instanceof TwdwError
    if (isDamaged) return error.message
    throw error
  }
}
