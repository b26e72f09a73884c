/**
 * Compact: of the many small files that a closed hour has in layer1, one a segment, few.
 *
 * Only hours that are consolidated are touched, and they stay it: what was made of the files was made of the merged one. The order
 * is what is about to be done → the merged file → the files that it has the rows of go → the manifest, under the lake's
 * `consolidate` lock. A run that is cut off is completed by the next one, or by the next consolidate.
 */
import { compactionOf, compactionToText, type Merge, planMerges } from '../domain/compaction.ts'
import { HOUR_MS, type Hour, type HourRange, hourStartMs, isClosed, isInRange } from '../domain/hour.ts'
import { type InputFile, inputsByHour, isUpToDate, type Manifest } from '../domain/manifest.ts'
import { compactionPath } from '../domain/paths.ts'
import { createOriginOf } from '../domain/question/covered.ts'
import { counted, spanText } from '../domain/wording.ts'
import { isUnwritable, TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'
import { manifestFiles, readManifests } from '../manifests.ts'
import { layer1Prefixes } from '../query/lake-look.ts'
import { readSessions } from '../sessions.ts'
import { type MergePorts, mergeFiles } from './merge-files.ts'
import { type Settled, settle, settleCompactions } from './settle.ts'

/** Which hours, and how. */
export interface CompactPlan {
  range: HourRange
  /** the hour that a user asked for by name, which is then also the range; undefined for all that need it */
  namedHour: Hour | undefined
  /** how long ago an hour must have ended */
  olderThanMs: number
  /** after which no other hour is begun; undefined: until all are done */
  maxMs: number | undefined
  /** say what would be done and write nothing */
  dryRun: boolean
  /** of the lake */
  timeZone: string
}

/** Pipes that compact uses; the lake that `tables` reads is `lake`. */
export interface CompactPorts extends MergePorts {
  lake: Lake
  tables: Pick<Tables, 'read'>
  clock: Clock
  log: Log
  /** What nobody refers to any more is given back now. */
  giveBackMemory(): void
}

/** What was done to an hour, or would be in a dry run. */
export interface CompactedHour {
  hour: Hour
  /** of layer1 */
  filesBefore: number
  filesAfter: number
  bytesBefore: number
  /** undefined in a dry run */
  bytesAfter: number | undefined
  seconds: number
}

export interface CompactReport {
  dryRun: boolean
  /** oldest first; [] when there was nothing to do */
  hours: CompactedHour[]
  /** over all hours; `bytesAfter` undefined in a dry run */
  totals: Omit<CompactedHour, 'hour' | 'seconds'>
  /** hours with many files that are left for now, because they are not consolidated */
  pending: Hour[]
  /** how many were not come to, or not to their end: the next run goes on with them */
  left: number
  seconds: number
}

/** What was done, and what could not be. */
export interface Compacted {
  report: CompactReport
  /** E_LAKE of each hour that is left as it is, since its files cannot be read, or what they are merged into not be written */
  failures: readonly TwdwError[]
}

/**
 * @throws TwdwError E_USAGE when the named hour is too young, not consolidated or holds no tweets, E_LAKE when the lake
 * fails, a record of a session is damaged or the lake is consolidated by another process, E_REFUSED where what was merged may not be
 * removed, E_INTERRUPTED between two files
 */
export async function compact(plan: CompactPlan, ports: CompactPorts, signal?: AbortSignal): Promise<Compacted> {
  const { lake, clock } = ports
  const nowMs = clock.nowMs()
  refuseYoungHour(plan, nowMs)
  const release = plan.dryRun ? undefined : await lake.lock('consolidate', { signal })
  try {
    const lost = plan.dryRun ? [] : await settleCompactions(ports)
    const refused = lost.find(isUnwritable)
    // what would be begun now would stay like that, its rows twice in the lake
    if (refused !== undefined) throw refused
    const { candidates, pending } = await findCandidates(plan, nowMs, ports)
    const { dryRun, maxMs } = plan
    const untilMs = nowMs + (maxMs ?? Number.POSITIVE_INFINITY)
    const work = dryRun ? ALL_DONE : await compactHours(candidates, untilMs, ports, signal)
    const hours = dryRun ? candidates.map(wouldDo) : work.hours
    const seconds = (clock.nowMs() - nowMs) / 1000
    const report = { dryRun, hours, totals: sumOf(hours, dryRun), pending, left: work.left, seconds }
    return { report, failures: [...lost, ...work.failures] }
  } finally {
    await release?.()
  }
}

/** An hour that has files to be merged. */
interface Candidate {
  hour: Hour
  files: readonly InputFile[]
  merges: readonly Merge[]
  manifest: Manifest
}

/** Manifests that are read before it is seen whether they are needed at all would be those of a year. */
async function findCandidates(
  plan: CompactPlan,
  nowMs: number,
  { lake }: CompactPorts,
): Promise<{ candidates: Candidate[]; pending: Hour[] }> {
  const { range, namedHour, olderThanMs, timeZone } = plan
  const listed = (await Promise.all(layer1Prefixes(range).map(prefix => lake.list(prefix)))).flat()
  const inputs = inputsByHour(listed)
  if (namedHour !== undefined && !inputs.has(namedHour)) throw unknownHour(namedHour)
  const old = [...inputs].filter(([hour]) => isInRange(hour, range) && isClosed(hour, nowMs, olderThanMs))
  const several = old.filter(([, { length }]) => length > 1)
  if (several.length === 0) return { candidates: [], pending: [] }
  // which of them a damaged record would tell apart is not known
  const refuseDamaged = (error: TwdwError) => {
    throw error
  }
  const originOf = createOriginOf(await readSessions(lake, refuseDamaged))
  const found = several
    .map(([hour, files]) => ({ hour, files, merges: planMerges(hour, files, originOf) }))
    .filter(({ merges }) => merges.length > 0)
    .sort((a, b) => (a.hour < b.hour ? -1 : 1))
  const manifests = await readManifests(manifestFiles(found.map(({ hour }) => hour)), lake, () => undefined)
  const candidates: Candidate[] = []
  const pending: Hour[] = []
  for (const about of found) {
    const manifest = manifests.get(about.hour)
    if (isUpToDate(manifest, about.files, timeZone)) candidates.push({ ...about, manifest })
    else pending.push(about.hour)
  }
  if (namedHour !== undefined && pending.includes(namedHour)) throw pendingHour(namedHour)
  return { candidates, pending }
}

interface Work {
  /** oldest first */
  hours: CompactedHour[]
  failures: TwdwError[]
  left: number
}

const ALL_DONE: Work = { hours: [], failures: [], left: 0 }

/** So many one after the other, and it is not the hours: to merge them in vain, run by run, would take hours of a processor. */
const MAX_FAILURES = 8

/** The newest first: an old hour that takes long, or that nothing can be done about, keeps none of those waiting that come every hour. */
async function compactHours(
  candidates: readonly Candidate[],
  untilMs: number,
  ports: CompactPorts,
  signal: AbortSignal | undefined,
): Promise<Work> {
  const { log, clock } = ports
  const hours: CompactedHour[] = []
  const failures: TwdwError[] = []
  let [inVain, left] = [0, candidates.length]
  for (const [i, candidate] of candidates.toReversed().entries()) {
    const { hour } = candidate
    const startMs = clock.nowMs()
    if (inVain === MAX_FAILURES || (i > 0 && startMs >= untilMs)) break
    if (signal?.aborted) throw interrupted(i, candidates.length, hour)
    log.progress(`compacting hour ${hour}, ${i + 1} of ${candidates.length}`)
    try {
      const { isWhole, ...report } = await compactHour(candidate, untilMs, ports, signal)
      hours.unshift({ ...report, seconds: (clock.nowMs() - startMs) / 1000 })
      const { filesBefore, filesAfter } = report
      log.debug(`compacted hour ${hour}: ${filesBefore} files → ${filesAfter}`, { hour, filesBefore, filesAfter })
      inVain = 0
      if (isWhole) left -= 1
    } catch (error) {
      if (!(error instanceof UnmergedFiles)) throw error
      log.warn(`hour ${hour} is left as it is: ${error.failure.message}`)
      failures.push(error.failure)
      inVain += 1
      left -= 1
    }
  }
  return { hours, failures, left }
}

/** Files of one hour that cannot be merged; nothing was changed. */
class UnmergedFiles extends Error {
  readonly failure: TwdwError
  constructor(failure: TwdwError) {
    super(failure.message)
    this.failure = failure
  }
}

type HourNow = Pick<Settled, 'manifest'> & { files: readonly InputFile[] }

/** A busy hour has several merged files: they are made one after the other, and the hour is consolidated in between. */
async function compactHour(
  { hour, files, merges, ...candidate }: Candidate,
  untilMs: number,
  ports: CompactPorts,
  signal: AbortSignal | undefined,
): Promise<Omit<CompactedHour, 'seconds'> & { isWhole: boolean }> {
  let now: HourNow = { files, manifest: candidate.manifest }
  let done = 0
  for (const merge of merges) {
    if (done > 0 && signal?.aborted) throw interrupted(done, merges.length, hour, 'file')
    // tweets came meanwhile: the rest waits until they are consolidated
    if (done > 0 && (now.manifest === undefined || ports.clock.nowMs() >= untilMs)) break
    now = await carryOut(hour, merge, now, ports)
    done += 1
  }
  const after = { filesAfter: now.files.length, bytesAfter: bytesOf(now.files) }
  return { ...countsOf(files), hour, ...after, isWhole: done === merges.length }
}

/** So much was made that what is left of it is worth looking for. */
const LARGE_BYTES = 8_000_000

async function carryOut(hour: Hour, merge: Merge, { files, manifest }: HourNow, ports: CompactPorts): Promise<Settled> {
  const { lake, giveBackMemory } = ports
  const { bytes, rows } = await mergeFiles(merge.segments, ports).catch(error => {
    throw error instanceof TwdwError ? new UnmergedFiles(error) : error
  })
  if (merge.segments.length === files.length) refuseOtherRows(hour, rows, manifest)
  const compaction = compactionOf(hour, merge, { bytes: bytes.length, rows })
  // first of all: whoever comes after this run then knows what the merged file is
  await lake.write(compactionPath(hour), new TextEncoder().encode(compactionToText(compaction)))
  await lake.write(merge.merged, bytes).catch(async error => {
    if (!isUnwritable(error)) throw error
    // nothing has changed yet, and nobody need look
    await lake.remove(compactionPath(hour))
    // the folder of an hour may be another account's, which is no matter of other hours
    throw error.code === 'E_LAKE' ? new UnmergedFiles(error) : error
  })
  // all of it: what it was made of goes, and cannot be made again
  if (await lake.holds(merge.merged, bytes)) {
    const settled = await settle(compaction, manifest, ports)
    if (bytes.length > LARGE_BYTES) giveBackMemory()
    if (settled.isMerged) return settled
  } else {
    await lake.remove(merge.merged)
    await lake.remove(compactionPath(hour))
  }
  throw new UnmergedFiles(
    new TwdwError('E_LAKE', `${lake.locate(merge.merged)} was just written and cannot be read back`, {
      hint: 'the disk or the store is failing; the files that were to be merged are all there',
    }),
  )
}

/** The last look at rows whose files are about to go. @param rows of all files of the hour */
function refuseOtherRows(hour: Hour, rows: number, manifest: Manifest | undefined): void {
  if (manifest === undefined || rows === manifest.counts.read) return
  const sentence = `layer1 of hour ${hour} has ${rows} rows, and was consolidated from ${manifest.counts.read}`
  throw new UnmergedFiles(
    new TwdwError('E_LAKE', sentence, {
      hint: `check the disk, and run \`twdw consolidate --rebuild --from ${hour}\``,
    }),
  )
}

function wouldDo({ hour, files, merges }: Candidate): CompactedHour {
  const gone = merges.reduce((sum, { segments }) => sum + segments.length - 1, 0)
  return { ...countsOf(files), hour, filesAfter: files.length - gone, bytesAfter: undefined, seconds: 0 }
}

function countsOf(files: readonly InputFile[]): Pick<CompactedHour, 'filesBefore' | 'bytesBefore'> {
  return { filesBefore: files.length, bytesBefore: bytesOf(files) }
}

function bytesOf(files: readonly InputFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

function sumOf(hours: readonly CompactedHour[], dryRun: boolean): CompactReport['totals'] {
  const sum = (name: 'filesBefore' | 'filesAfter' | 'bytesBefore' | 'bytesAfter') =>
    hours.reduce((total, hour) => total + (hour[name] ?? 0), 0)
  return {
    filesBefore: sum('filesBefore'),
    filesAfter: sum('filesAfter'),
    bytesBefore: sum('bytesBefore'),
    bytesAfter: dryRun ? undefined : sum('bytesAfter'),
  }
}

function refuseYoungHour({ namedHour, olderThanMs }: CompactPlan, nowMs: number): void {
  if (namedHour === undefined || isClosed(namedHour, nowMs, olderThanMs)) return
  const agoMs = nowMs - hourStartMs(namedHour) - HOUR_MS
  const state = agoMs < 0 ? 'is not over' : `ended ${spanText(agoMs)} ago`
  throw new TwdwError('E_USAGE', `hour ${namedHour} ${state}, and tweets may still come to it`, {
    hint: `leave it for later; with --older-than it is said how long an hour is left alone, now ${spanText(olderThanMs)}`,
  })
}

function unknownHour(hour: Hour): TwdwError {
  return new TwdwError('E_USAGE', `the lake holds no tweets of hour ${hour}`, {
    hint: 'hours are UTC unless you write an offset, such as 2024-01-01T07-03:00; see what there is with `twdw query --by hour`',
  })
}

function pendingHour(hour: Hour): TwdwError {
  return new TwdwError('E_USAGE', `hour ${hour} is not consolidated, or tweets came to it since`, {
    hint: `run \`twdw consolidate --hour ${hour}\` first`,
  })
}

function interrupted(done: number, total: number, next: Hour, what: 'hour' | 'file' = 'hour'): TwdwError {
  const where = what === 'hour' ? `; the next is ${next}` : ` of hour ${next}`
  return new TwdwError('E_INTERRUPTED', `stopped compacting after ${done} of ${counted(total, what)}${where}`, {
    hint: 'what is done is done; run it again for the rest',
  })
}

/** Why not all was done, in one; undefined where all was. Of several failures it tells the first. */
export function failureOf({ report, failures }: Compacted): TwdwError | undefined {
  const [first] = failures
  if (first === undefined || failures.length === 1) return first
  const tried = report.hours.length + failures.length
  const sentence = `${failures.length} of ${tried} hours could not be compacted; the first: ${first.message}`
  return new TwdwError(first.code, sentence, {
    ...(first.hint !== undefined && { hint: first.hint }),
    cause: first,
  })
}
