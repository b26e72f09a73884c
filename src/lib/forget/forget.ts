/**
 * Forget: tweets, or all of some users, leave layer1, layer2 and the journal, and tombstones keep them from coming back.
 *
 * The order is the promise. Tombstones come first: from then on nobody stores, consolidates or answers with what they
 * name. Then layer1 is rewritten, file by file, each hour's manifest withdrawn, and the files of its month removed, before the
 * first of its files; then the hours are consolidated. A run that is cut off anywhere is completed by the next one, whatever that is asked to forget.
 */
import { settleAllCompactions } from '../compact/settle.ts'
import { type ConsolidatePorts, consolidateHours } from '../consolidate/consolidate.ts'
import {
  type Forgotten,
  type ForgottenIds,
  newIds,
  tombstonesName,
  tombstonesToText,
  withIds,
} from '../domain/forget/forgotten.ts'
import type { Hour } from '../domain/hour.ts'
import { tombstonesPath } from '../domain/paths.ts'
import type { Journal } from '../io/journal.ts'
import type { Lake } from '../io/lake.ts'
import type { StateFile } from '../io/state-file.ts'
import { recoverSegments } from '../listen/recovery.ts'
import type { SegmentMaker } from '../listen/segment-maker.ts'
import { Spending } from '../listen/spending.ts'
import { readForgotten } from '../tombstones.ts'
import { cleanRejected, cleanTweets } from './clean-file.ts'
import { type Found, findForgotten, refuseStopped } from './find-forgotten.ts'
import { findDamaged, waitForSeal } from './journal-remains.ts'
import { hoursOf, hoursToMake, removeMonths, staleHours, withdrawHours } from './stale-hours.ts'

export interface ForgetPlan {
  ids: ForgottenIds
  /** say what would be removed, and write nothing */
  dryRun: boolean
  /** how long a running listener is waited for that has some of it in its journal */
  waitMs: number
  /** of the lake */
  timeZone: string
}

/** Pipes that forget uses; the lake that `tables` reads and writes is `lake`. */
export interface ForgetPorts extends ConsolidatePorts {
  journal: Journal
  /** the journal's folder, where segments lie that were set aside because they are damaged */
  journalFolder: Pick<Lake, 'list' | 'read' | 'remove'>
  /** for segments that an earlier run left in the journal */
  maker: SegmentMaker
  meter: StateFile
  /** What jobs on a Spark left in the lake that were killed: whole rows. To be called under the lake's lock. */
  removeStaging(): Promise<void>
}

export interface ForgetReport {
  dryRun: boolean
  /** asked for */
  tweets: number
  users: number
  /** what has tombstones now: what was asked for here and before, and tweets that were met on the way */
  tombstones: { tweets: number; users: number }
  layer1: {
    /** rows that went, of these retweets */
    removed: number
    retweets: number
    /** rows that stayed, without what they held of it */
    cut: number
    files: number
  }
  /** rejected lines that went */
  rejected: number
  layer2: {
    /** tweets that went */
    removed: number
    /** consolidated again */
    hours: Hour[]
  }
  journal: {
    /** lines that it had of it */
    lines: number
    /** segments that an earlier run had left, stored now */
    stored: number
    /** damaged segments that went */
    damaged: number
    /** lines that a running listener still has in its journal, and will leave out when it seals it */
    left: number
  }
  seconds: number
}

/**
 * @throws TwdwError E_LAKE when the lake fails, or another process consolidates it, E_DATA when an hour failed a check,
 *   E_INTERRUPTED; the next run goes on
 */
export async function forget(plan: ForgetPlan, ports: ForgetPorts, signal?: AbortSignal): Promise<ForgetReport> {
  const { lake, clock } = ports
  const startMs = clock.nowMs()
  // whoever consolidates meanwhile would read files that are being replaced, and its day files are shared
  const release = plan.dryRun ? undefined : await lake.lock('consolidate', { signal })
  let report: ForgetReport
  let open: Found['journal']
  try {
    const known = await readForgotten(lake)
    const asked = withIds(known, plan.ids)
    const { found, ...done } = plan.dryRun
      ? await look(asked, ports, signal)
      : await remove({ known, asked, timeZone: plan.timeZone }, ports, signal)
    report = reportOf(plan, found, done)
    open = found.journal
    // copies of files that were replaced have it still
    if (!plan.dryRun) await lake.dropCopies()
  } finally {
    await release?.()
  }
  if (!plan.dryRun) report.journal.left = await waitForSeal(open, plan.waitMs, ports, signal)
  return { ...report, seconds: (clock.nowMs() - startMs) / 1000 }
}

interface Done {
  found: Found
  hours: Hour[]
  stored: number
  damaged: number
}

async function look(asked: Forgotten, ports: ForgetPorts, signal: AbortSignal | undefined): Promise<Done> {
  const found = await findForgotten(asked, ports, async () => undefined, signal)
  const damaged = await findDamaged(found.forgotten, ports.journalFolder)
  return { found, hours: await hoursToMake(found, ports.lake), stored: 0, damaged: damaged.length }
}

async function remove(
  { known, asked, timeZone }: { known: Forgotten; asked: Forgotten; timeZone: string },
  ports: ForgetPorts,
  signal: AbortSignal | undefined,
): Promise<Done> {
  const { lake, journal, meter, clock, log } = ports
  // first of all: from here on nothing of it comes back
  await writeTombstones(known, asked, ports)
  // a file that was merged is told from others by its length, which is about to change
  await settleAllCompactions(ports)
  const found = await findForgotten(asked, ports, (known, more) => writeTombstones(known, more, ports), signal)
  // what an earlier run left in the journal is stored, without it
  const spending = new Spending(undefined, { meter, journal, clock })
  const stored = (await recoverSegments({ ...ports, spending, log })).length
  await cleanLayer1(found, timeZone, ports, signal)
  const damaged = await findDamaged(found.forgotten, ports.journalFolder)
  for (const path of damaged) await ports.journalFolder.remove(path)
  await ports.removeStaging()
  const { hours, contents } = await staleHours(found, lake, timeZone)
  const made = await consolidateHours(hours, contents, { plan: { timeZone, rebuild: false }, ports, signal })
  return { found, hours: made.map(({ hour }) => hour), stored, damaged: damaged.length }
}

async function writeTombstones(known: Forgotten, all: Forgotten, { lake }: ForgetPorts): Promise<void> {
  const { tweets, users } = newIds(known, { tweets: all.tweets.ids, users: all.users.ids })
  if (tweets.length === 0 && users.length === 0) return
  const text = tombstonesToText({ tweets, users })
  await lake.write(tombstonesPath(tombstonesName(text)), new TextEncoder().encode(text))
}

async function cleanLayer1(
  found: Found,
  timeZone: string,
  ports: ForgetPorts,
  signal: AbortSignal | undefined,
): Promise<void> {
  await withdrawHours(hoursOf(found), ports.lake)
  await removeMonths(found, ports.lake, timeZone)
  for (const path of found.tweets.keys()) {
    refuseStopped(signal)
    await cleanTweets(path, found.forgotten, ports)
  }
  for (const path of found.rejected.keys()) await cleanRejected(path, found.forgotten, ports)
}

function reportOf(
  { ids, dryRun }: ForgetPlan,
  found: Found,
  { hours, stored, damaged }: Omit<Done, 'found'>,
): ForgetReport {
  const files = [...found.tweets.values()]
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, n) => total + n, 0)
  return {
    dryRun,
    tweets: ids.tweets.length,
    users: ids.users.length,
    tombstones: { tweets: found.forgotten.tweets.size, users: found.forgotten.users.size },
    layer1: {
      removed: sum(files.map(({ removed }) => removed)),
      retweets: sum(files.map(({ retweets }) => retweets)),
      cut: sum(files.map(({ cut }) => cut)),
      files: files.length,
    },
    rejected: sum(found.rejected.values()),
    layer2: { removed: sum(found.facts.values()), hours },
    journal: { lines: sum(found.journal.values()), stored, damaged, left: 0 },
    seconds: 0,
  }
}
