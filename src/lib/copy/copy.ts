/**
 * Copy: a lake is brought to another place, every file of it, and each is looked at there once it is written.
 *
 * What is there already with the same bytes is left, so a copy that was cut off goes on where it stopped, and one that is made
 * every night takes what is new. Consolidate is kept from both lakes meanwhile; whoever listens may go on, and what comes
 * after the listing is there the next time.
 */
import { type CopyFile, type CopyPlan, planCopy } from '../domain/copy-plan.ts'
import { LAKE_FILE } from '../domain/paths.ts'
import { bytesText, counted } from '../domain/wording.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import { readLakeSettings } from '../lake-door.ts'

export interface CopyPorts {
  from: Lake
  to: Lake
  clock: Clock
  log: Log
}

export interface CopyOrder {
  /** remove what only the copy has */
  mirror: boolean
  /** say what would be done; change nothing */
  dryRun: boolean
}

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
  seconds: number
}

/** Each is in memory as a whole. */
const FILES_AT_A_TIME = 8

/**
 * @throws TwdwError E_LAKE when a file cannot be read, written or is another one when it is looked at, when consolidate works on
 * one of the two, or somebody removed a file; E_USAGE when something else is where the copy shall be; E_REFUSED; E_INTERRUPTED.
 * What was copied stays in all cases
 */
export async function copyLake(order: CopyOrder, ports: CopyPorts, signal?: AbortSignal): Promise<CopyReport> {
  const { from, to, clock } = ports
  const startMs = clock.nowMs()
  const { id } = await readLakeSettings(from)
  await refuseOtherLake(id, to)
  const releases = order.dryRun ? [] : [await from.lock('consolidate')]
  try {
    if (!order.dryRun) releases.push(await to.lock('consolidate'))
    const [source, there] = await Promise.all([from.list(''), to.list('')])
    const plan = planCopy(source, there)
    refuseExtra(plan, order, ports)
    const report = order.dryRun
      ? wouldDo(plan, source, there)
      : await carryOut(plan, new Map(there.map(({ path, bytes }) => [path, bytes])), ports, signal)
    const bytes = source.reduce((sum, file) => sum + file.bytes, 0)
    return { ...report, dryRun: order.dryRun, files: source.length, bytes, seconds: (clock.nowMs() - startMs) / 1000 }
  } finally {
    for (const release of releases) await release()
  }
}

type Counts = Pick<CopyReport, 'copied' | 'copiedBytes' | 'kept' | 'removed'>

async function carryOut(
  { steps, withdrawn, extra }: CopyPlan,
  there: ReadonlyMap<string, number>,
  ports: CopyPorts,
  signal: AbortSignal | undefined,
): Promise<Counts> {
  const { to, log } = ports
  const counts: Counts = { copied: 0, copiedBytes: 0, kept: 0, removed: 0 }
  const total = steps.flat().length
  for (const path of withdrawn) await to.remove(path)
  for (const step of steps) {
    await side(step, async file => {
      const done = counts.copied + counts.kept
      if (signal?.aborted) throw interrupted(done, total)
      log.progress(`copying file ${done + 1} of ${total}, ${bytesText(counts.copiedBytes)} written`)
      const written = await copyFile(file, there.get(file.path), ports)
      if (written === undefined) counts.kept += 1
      else {
        counts.copied += 1
        counts.copiedBytes += written
      }
    })
  }
  for (const path of extra) await to.remove(path)
  counts.removed = extra.length
  return counts
}

/** @returns bytes written; undefined where the file was there already. @param length of what is there under its name */
async function copyFile(
  { path }: CopyFile,
  length: number | undefined,
  { from, to }: CopyPorts,
): Promise<number | undefined> {
  const bytes = await from.read(path)
  if (bytes === undefined) {
    throw new TwdwError('E_LAKE', `${from.locate(path)} was removed while the lake was copied`, {
      hint: 'run it again: what is copied stays',
    })
  }
  if (length === bytes.length && (await to.holds(path, bytes))) return undefined
  await to.write(path, bytes)
  if (!(await to.holds(path, bytes))) {
    throw new TwdwError('E_LAKE', `${to.locate(path)} was just written and has other bytes than ${from.locate(path)}`, {
      hint: 'somebody else writes there, or what it lies on is failing; run it again',
    })
  }
  return bytes.length
}

function wouldDo({ extra }: CopyPlan, source: readonly CopyFile[], there: readonly CopyFile[]): Counts {
  const lengths = new Map(there.map(({ path, bytes }) => [path, bytes]))
  const missing = source.filter(({ path, bytes }) => lengths.get(path) !== bytes)
  const copiedBytes = missing.reduce((sum, { bytes }) => sum + bytes, 0)
  return { copied: missing.length, copiedBytes, kept: source.length - missing.length, removed: extra.length }
}

async function refuseOtherLake(id: string, to: Lake): Promise<void> {
  if ((await to.read(LAKE_FILE)) === undefined) return
  const other = await readLakeSettings(to)
  if (other.id === id) return
  throw new TwdwError('E_USAGE', `${to.url} is another lake: its tweets are not those of the one that is copied`, {
    hint: 'name a place where nothing is',
  })
}

/** A day's file there may have rows of hours that the lake does not have: writing over it would take them out of answers. */
function refuseExtra({ extra }: CopyPlan, { mirror }: CopyOrder, { from, to }: CopyPorts): void {
  const [first] = extra
  if (mirror || first === undefined) return
  const sentence = `${to.url} has ${counted(extra.length, 'file')} that ${from.url} has not, such as ${first}`
  throw new TwdwError('E_USAGE', sentence, {
    hint: 'where the copy shall become exactly what the lake is, add --mirror, which removes them; else copy the other way round',
  })
}

function interrupted(done: number, total: number): TwdwError {
  return new TwdwError('E_INTERRUPTED', `stopped after ${done} of ${counted(total, 'file')}`, {
    hint: 'run it again: it goes on where it stopped',
  })
}

/** Some at a time; the first failure ends it. */
async function side<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const take = async () => {
    while (next < items.length) await work(items[next++]!)
  }
  await Promise.all(Array.from({ length: Math.min(FILES_AT_A_TIME, items.length) }, take))
}
