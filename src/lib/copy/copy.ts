/**
 * Copy: a lake is brought to another place, every file of it, and each is looked at there once it is written.
 *
 * What is there already with the same bytes is left, so a copy that was cut off goes on where it stopped, and one that is made
 * every night takes what is new. Consolidate is kept from both lakes meanwhile; whoever listens to the one that is copied may go
 * on, and what comes after the listing is there the next time.
 */
import { settleAllCompactions } from '../compact/settle.ts'
import { type CopyPlan, isOfLake, planCopy } from '../domain/copy-plan.ts'
import { hourOfCompaction, LAKE_FILE, LAYER1_SESSIONS, LAYER1_TWEETS, MANIFESTS } from '../domain/paths.ts'
import { bytesText, counted } from '../domain/wording.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake, LakeEntry } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { side } from '../io/side.ts'
import type { Tables } from '../io/tables.ts'
import { readLakeSettings } from '../lake-door.ts'
import { explain } from './explain.ts'
import { refuseListened, refuseLoss } from './refusals.ts'
import { holdSource, type SourceHold } from './source-hold.ts'
import { openWithdrawal } from './withdrawal.ts'

/** Pipes that a copy uses. */
export interface CopyPorts {
  from: Lake
  to: Lake
  /** of one of the two; asked for only where `to` has tweets that `from` has not */
  openTables(lake: Lake): Promise<Pick<Tables, 'read'>>
  /** many files at a time */
  side: typeof side
  clock: Clock
  log: Log
}

/** What may be removed from the copy, and whether anything is done at all. */
export interface CopyOrder {
  /** remove what only the copy has */
  mirror: boolean
  /** with `mirror`: also tweets and session records that the lake has not, though it never forgot them */
  discardNewer: boolean
  /** say what would be done; change nothing */
  dryRun: boolean
}

/** What was done, or would be in a dry run. */
export interface CopyReport {
  dryRun: boolean
  /** of the lake that is copied */
  files: number
  bytes: number
  /** written and looked at; in a dry run those that are not there with the same length */
  copied: number
  copiedBytes: number
  /** there already, with the same bytes */
  kept: number
  /** of the copy, which the lake has no more */
  removed: number
  /** the first few paths of those */
  removedSuch: readonly string[]
  seconds: number
}

/** Each is in memory as a whole. */
const FILES_AT_A_TIME = 8
const REMOVED_TOLD = 5

/**
 * @throws TwdwError E_LAKE when a file cannot be read, written or is another one when it is looked at, when consolidate works on
 * one of the two, or somebody removed a file; E_USAGE when something else is where the copy shall be, or it would lose what only
 * it has; E_REFUSED; E_INTERRUPTED. What was copied stays in all cases
 */
export async function copyLake(order: CopyOrder, ports: CopyPorts, signal?: AbortSignal): Promise<CopyReport> {
  const { from, to, clock } = ports
  const startMs = clock.nowMs()
  const { id } = await readLakeSettings(from)
  const isLake = await refuseOtherLake(id, to)
  await refuseListened(to)
  const hold = order.dryRun ? undefined : await holdSource(ports)
  const releases = hold === undefined ? [] : [hold.release]
  try {
    if (hold !== undefined) releases.push(await to.lock('consolidate'))
    const there = new Map((await listCopy(ports, hold !== undefined)).map(entry => [entry.path, entry]))
    // a listener tells in its record how far it has heard, when its tweets are stored: tweets are listed after that
    const sessions = await readSessionFiles(there, order, ports, signal)
    const source = [...(await listRest(from)), ...sessions.keys()]
    const plan = planCopy(source, [...there.values()])
    const { alone, elsewhere } = await explain(plan.heard, source, ports)
    const isElsewhere = new Set(elsewhere)
    const extra = plan.extra.filter(path => !isElsewhere.has(path))
    refuseLoss({ extra, newer: order.discardNewer ? [] : alone }, order, { ...ports, isLake })
    const steps = { ...plan, extra, elsewhere }
    const counts =
      hold === undefined ? wouldDo(source, there) : await carryOut(steps, { there, sessions, hold }, ports, signal)
    const bytes = source.reduce((sum, file) => sum + file.bytes, 0)
    return {
      dryRun: order.dryRun,
      files: source.length,
      bytes,
      ...counts,
      removed: plan.extra.length,
      removedSuch: plan.extra.slice(0, REMOVED_TOLD),
      seconds: (clock.nowMs() - startMs) / 1000,
    }
  } finally {
    for (const release of releases) await release()
  }
}

/** Files of the copy by path, as they were listed. */
type There = Map<string, LakeEntry>
/** What is to be written; 'there': the copy has it. */
type Content = Uint8Array | 'there'
type Counts = Pick<CopyReport, 'copied' | 'copiedBytes' | 'kept'>

/** Files of the copy, once what a compaction there has left is settled. */
async function listCopy({ to, openTables, log }: CopyPorts, isHeld: boolean): Promise<LakeEntry[]> {
  const listed = await to.list('')
  if (!isHeld || !listed.some(({ path }) => hourOfCompaction(path) !== undefined)) return listed
  await settleAllCompactions({ lake: to, tables: await openTables(to), log }, listed)
  return to.list('')
}

/** All but session records. */
async function listRest(from: Lake): Promise<LakeEntry[]> {
  return (await from.list('')).filter(({ path }) => isOfLake(path) && !path.startsWith(LAYER1_SESSIONS))
}

/** Session records as they are now. */
async function readSessionFiles(
  there: There,
  { dryRun }: CopyOrder,
  ports: CopyPorts,
  signal: AbortSignal | undefined,
): Promise<Map<LakeEntry, Content>> {
  const listed = await ports.from.list(LAYER1_SESSIONS)
  const contents = await ports.side(listed, FILES_AT_A_TIME, async entry => {
    if (signal?.aborted) throw interrupted(0, listed.length)
    return dryRun ? 'there' : readUnlessThere(entry, there.get(entry.path), ports)
  })
  return new Map(
    listed.map((entry, i) => {
      const content = contents[i]!
      return [content === 'there' ? entry : { path: entry.path, bytes: content.length }, content]
    }),
  )
}

/** @param plan `elsewhere`: files of the copy whose tweets are in others of the lake, and stay until those are in the copy */
async function carryOut(
  { steps, withdrawn, extra, elsewhere }: CopyPlan<LakeEntry> & { elsewhere: readonly string[] },
  { there, sessions, hold }: { there: There; sessions: ReadonlyMap<LakeEntry, Content>; hold: SourceHold },
  ports: CopyPorts,
  signal: AbortSignal | undefined,
): Promise<Counts> {
  const { to, log } = ports
  const counts: Counts = { copied: 0, copiedBytes: 0, kept: 0 }
  const total = steps.flat().length
  const { remove, withdrawOver } = openWithdrawal(there, to)
  for (const path of withdrawn) await remove(path)
  for (const path of extra) {
    if (signal?.aborted) throw interrupted(0, total)
    await withdrawOver(path)
    await remove(path)
  }
  for (const step of steps) {
    if (step[0]!.path.startsWith(MANIFESTS)) await hold.confirm()
    await ports.side(step, FILES_AT_A_TIME, async entry => {
      const done = counts.copied + counts.kept
      if (signal?.aborted) throw interrupted(done, total)
      log.progress(`copying file ${done + 1} of ${total}, ${bytesText(counts.copiedBytes)} written`)
      const content = sessions.get(entry) ?? (await readUnlessThere(entry, there.get(entry.path), ports))
      if (content === 'there') {
        counts.kept += 1
        return
      }
      await withdrawOver(entry.path)
      await writeAndLook(entry.path, content, ports)
      counts.copied += 1
      counts.copiedBytes += content.length
    })
    if (!step[0]!.path.startsWith(LAYER1_TWEETS)) continue
    for (const path of elsewhere) {
      await withdrawOver(path)
      await remove(path)
    }
  }
  await hold.confirm()
  return counts
}

/** What a listing tells is not asked for. @param copy what the copy has under this name */
async function readUnlessThere(
  entry: LakeEntry,
  copy: LakeEntry | undefined,
  { from, to }: CopyPorts,
): Promise<Content> {
  const { path } = entry
  const isAsLong = copy?.bytes === entry.bytes
  if (isAsLong && entry.stamp !== undefined && entry.stamp === copy.stamp) return 'there'
  if (isAsLong && from.isFar && !to.isFar) {
    const near = await to.read(path)
    if (near !== undefined && from.sameAs(entry, near)) return 'there'
  }
  const bytes = await from.read(path)
  if (bytes === undefined) {
    throw new TwdwError('E_LAKE', `${from.locate(path)} was removed while the lake was copied`, {
      hint: 'run it again: what is copied stays',
    })
  }
  if (copy?.bytes !== bytes.length) return bytes
  return (to.sameAs(copy, bytes) ?? (await to.holds(path, bytes))) ? 'there' : bytes
}

async function writeAndLook(path: string, bytes: Uint8Array, { from, to }: CopyPorts): Promise<void> {
  await to.write(path, bytes)
  if (await to.holds(path, bytes)) return
  throw new TwdwError('E_LAKE', `${to.locate(path)} was just written and has other bytes than ${from.locate(path)}`, {
    hint: 'somebody else writes there, or what it lies on is failing; run it again',
  })
}

function wouldDo(source: readonly LakeEntry[], there: There): Counts {
  const missing = source.filter(({ path, bytes }) => there.get(path)?.bytes !== bytes)
  const copiedBytes = missing.reduce((sum, { bytes }) => sum + bytes, 0)
  return { copied: missing.length, copiedBytes, kept: source.length - missing.length }
}

/** @returns whether there is a lake. @throws TwdwError E_USAGE where there is another one */
async function refuseOtherLake(id: string, to: Lake): Promise<boolean> {
  if ((await to.read(LAKE_FILE)) === undefined) return false
  const other = await readLakeSettings(to)
  if (other.id === id) return true
  throw new TwdwError('E_USAGE', `${to.url} is another lake: its tweets are not those of the one that is copied`, {
    hint: 'name a place where nothing is',
  })
}

function interrupted(done: number, total: number): TwdwError {
  return new TwdwError('E_INTERRUPTED', `stopped after ${done} of ${counted(total, 'file')}`, {
    hint: 'run it again: it goes on where it stopped',
  })
}
