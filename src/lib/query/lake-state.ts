/**
 * The lake as a question finds it: which hours can be read from layer2, and which must be made on the way.
 *
 * An hour is read from layer2 only if its manifest names exactly the layer1 files of now, and the zone of the lake. All
 * other hours, and those that this machine's journal holds lines of, are pending. What the last question found out of an hour
 * is taken from its notes where nothing was touched since: looking at all files of a year takes a second.
 */
import type { Table } from 'apache-arrow'
import { readCompactions } from '../compact/settle.ts'
import { withoutMerged } from '../domain/compaction.ts'
import type { Forgotten } from '../domain/forget/forgotten.ts'
import { type Hour, type HourRange, isInRange } from '../domain/hour.ts'
import { type HourIndex, indexToText, type KnownHour, parseIndex, tablesOf } from '../domain/hour-index.ts'
import { hasRowsFor, type InputFile, inputsByHour, isUpToDate, type Manifest } from '../domain/manifest.ts'
import { contentOf, type MonthRecord, type UsableMonth, usableMonths } from '../domain/months.ts'
import { COMPACTIONS } from '../domain/paths.ts'
import type { Lake } from '../io/lake.ts'
import type { Notes } from '../io/notes.ts'
import { manifestFiles, readManifests } from '../manifests.ts'
import { readForgotten } from '../tombstones.ts'
import {
  allOf,
  type HourStamps,
  type HoursRead,
  layer1Prefixes,
  lookByListing,
  lookByStamps,
  readCommitted,
  type StoredPaths,
} from './lake-look.ts'

/** Tables of layer1 that are in no file of the lake yet, by hour. */
export type LiveTables = ReadonlyMap<Hour, readonly Table[]>

export interface LakeState {
  /** hours to be read from layer2, and the tables that have rows of them, as `tablesOf` gives them */
  consolidated: Map<Hour, number>
  /** of those hours: what is to be read in their place */
  months: readonly UsableMonth[]
  /** hours to be made from layer1 and the journal, oldest first; none when only the batch is asked for */
  pending: Hour[]
  /** hours whose rows in a day's file do not count: pending ones, or half-published ones when only the batch is asked for */
  excluded: Hour[]
  /** hours with tweets that are not in layer2 and not asked for; none unless only the batch is */
  leftOut: Hour[]
  /** layer1 files by hour: of those that are pending, and of all where the plan wants them */
  inputs: Map<Hour, InputFile[]>
  /** paths of all files of layer1, where the question is about all time and they were listed for it */
  stored: StoredPaths
  /** is in no answer, wherever it still stands */
  forgotten: Forgotten
  /** first and last hour known to have tweets, in range or not */
  covered: { first: Hour; last: Hour } | undefined
}

export interface StatePlan {
  /** hours that the question is about; others are not looked at more than listing does */
  range: HourRange
  /** leave out what is not consolidated */
  batchOnly: boolean
  /** the files of layer1 themselves are asked for, and not only whether an hour was made from them */
  wantsLayer1: boolean
  /** of the lake; hours that are in layer2 in another one are not read from there */
  timeZone: string
}

export interface StatePorts {
  lake: Lake
  /** lines of this machine's journal */
  liveTables(): Promise<LiveTables>
  /** of earlier questions about this lake; undefined: every hour is looked at */
  notes?: HourNotes | undefined
}

/** What earlier questions found out of the hours of a lake. */
export interface HourNotes {
  index: HourIndex
  /** Never rejects. */
  write(index: HourIndex): Promise<void>
}

/** @param timeZone of the lake */
export async function readHourNotes(notes: Notes, timeZone: string): Promise<HourNotes> {
  const index = parseIndex((await notes.read()) ?? '', timeZone)
  return { index, write: index => notes.write(indexToText(index, timeZone)) }
}

/** What was looked at of the lake. */
interface Findings extends HoursRead {
  /** hours that are up to date by what was noted of them; in neither of the two above */
  noted: Map<Hour, KnownHour>
  months: readonly MonthRecord[]
  stored: StoredPaths
  covered: LakeState['covered']
}

/** @throws TwdwError E_LAKE */
export async function readLakeState(plan: StatePlan, ports: StatePorts): Promise<LakeState> {
  // The journal first: what is published after it was read is then found in the lake. The other way round a
  // segment that is published in between would be in neither.
  const live: LiveTables = plan.batchOnly ? new Map() : await ports.liveTables()
  const { notes } = ports
  const findings =
    plan.batchOnly || plan.wantsLayer1 || notes === undefined
      ? await lookAtAll(plan, ports.lake)
      : await lookByNotes(plan, ports.lake, notes, live)
  const { inputs, manifests, noted } = findings
  const waiting = [...new Set([...inputs.keys(), ...manifests.keys(), ...live.keys()])]
    .filter(hour => isInRange(hour, plan.range))
    .filter(hour => live.has(hour) || !isUpToDate(manifests.get(hour), inputs.get(hour) ?? [], plan.timeZone))
    .sort()
  const forgotten = await readForgotten(ports.lake)
  const covered = widened(findings.covered, live.keys())
  const excluded = plan.batchOnly ? waiting.filter(hour => !hasRowsFor(manifests.get(hour), plan.timeZone)) : waiting
  for (const hour of excluded) manifests.delete(hour)
  const consolidated = inOrder(noted, manifests)
  const months = findings.months.length === 0 ? [] : usableOf(findings, plan.timeZone)
  const [pending, leftOut] = plan.batchOnly ? [[], waiting] : [waiting, []]
  return { consolidated, months, pending, excluded, leftOut, inputs, stored: findings.stored, forgotten, covered }
}

async function lookAtAll({ range, wantsLayer1 }: StatePlan, lake: Lake): Promise<Findings> {
  const files = (await Promise.all(layer1Prefixes(range).map(prefix => lake.list(prefix)))).flat()
  const inputs = inputsByHour(files)
  if (wantsLayer1) await leaveOutMerged(inputs, lake)
  const { hours: committed, months } = await readCommitted(range, lake)
  const wanted = committed.filter(hour => isInRange(hour, range))
  const manifests = await readManifests(manifestFiles(wanted), lake)
  const covered = widened(widened(undefined, committed), inputs.keys())
  return { inputs, manifests, noted: new Map(), months, stored: allOf(files, range), covered }
}

/**
 * Where compact is at work, or was cut off, rows stand twice in layer1. To be called after the listing: what began later is not in it,
 * and what has ended since has taken files away that are.
 */
async function leaveOutMerged(inputs: Map<Hour, InputFile[]>, lake: Lake): Promise<void> {
  for (const compaction of await readCompactions(lake, await lake.list(COMPACTIONS))) {
    const files = inputs.get(compaction.hour)
    if (files !== undefined) inputs.set(compaction.hour, withoutMerged(files, [compaction]))
  }
}

/** Only hours that are not as they were when they were noted are looked at; and those of the journal, which are pending anyway. */
async function lookByNotes(
  plan: StatePlan,
  lake: Lake,
  { index, write }: HourNotes,
  live: LiveTables,
): Promise<Findings> {
  const look = await (lake.isFar ? lookByListing(plan.range, lake) : lookByStamps(plan.range, lake, index))
  const { committed, stamps } = look
  const noted = new Map<Hour, KnownHour>()
  const others: Hour[] = []
  for (const [hour, stamp] of stamps) {
    const known = index.hours.get(hour)
    if (known !== undefined && isAsNoted(known, stamp) && !live.has(hour)) noted.set(hour, known)
    else others.push(hour)
  }
  const { inputs, manifests } = await look.read(others)
  const isNew = noteDown(index.hours, { stamps, inputs, manifests }, plan.timeZone)
  if (isNew || look.hasNewFolder) await write(index)
  const covered = widened(widened(undefined, committed), [...noted.keys(), ...inputs.keys()])
  return { inputs, manifests, noted, months: look.months, stored: look.stored, covered }
}

function isAsNoted(known: KnownHour, { layer1, manifest }: Omit<HourStamps, 'manifests'>): boolean {
  return known.layer1 === layer1 && known.manifest === manifest
}

/** @returns whether there is anything new in the index */
function noteDown(
  index: HourIndex['hours'],
  found: { stamps: ReadonlyMap<Hour, HourStamps> } & HoursRead,
  timeZone: string,
): boolean {
  let isNew = false
  for (const [hour, { layer1, manifest, manifests }] of found.stamps) {
    const known = index.get(hour)
    if (known !== undefined && isAsNoted(known, { layer1, manifest })) {
      if (manifests === undefined || known.manifests === manifests) continue
      index.set(hour, { ...known, manifests })
      isNew = true
      continue
    }
    const read = found.manifests.get(hour)
    const isSettled = layer1 !== undefined && manifest !== undefined
    if (isSettled && isUpToDate(read, found.inputs.get(hour) ?? [], timeZone)) {
      index.set(hour, { layer1, manifest, manifests, tables: tablesOf(read), content: contentOf(read) })
      isNew = true
    } else if (index.delete(hour)) isNew = true
  }
  return isNew
}

/** @param findings of hours that count, and no others */
function usableOf({ noted, manifests, months }: Findings, timeZone: string): UsableMonth[] {
  const contents = new Map([...noted].map(([hour, { content }]) => [hour, content]))
  for (const [hour, manifest] of manifests) contents.set(hour, contentOf(manifest))
  return usableMonths(months, contents, timeZone)
}

/** @param noted in order */
function inOrder(noted: ReadonlyMap<Hour, KnownHour>, manifests: ReadonlyMap<Hour, Manifest>): Map<Hour, number> {
  const tables = new Map([...noted].map(([hour, known]) => [hour, known.tables]))
  if (manifests.size === 0) return tables
  for (const [hour, manifest] of manifests) tables.set(hour, tablesOf(manifest))
  return new Map([...tables.keys()].sort().map(hour => [hour, tables.get(hour)!]))
}

function widened(known: LakeState['covered'], hours: Iterable<Hour>): LakeState['covered'] {
  let [first, last] = [known?.first, known?.last]
  for (const hour of hours) {
    if (first === undefined || hour < first) first = hour
    if (last === undefined || hour > last) last = hour
  }
  return first === undefined || last === undefined ? undefined : { first, last }
}
