/**
 * The lake as a question finds it: which hours can be read from layer2, and which must be made on the way.
 *
 * An hour is read from layer2 only if its manifest names exactly the layer1 files of now, and the zone of the lake. All
 * other hours, and those that this machine's journal holds lines of, are pending.
 */
import type { Table } from 'apache-arrow'
import type { Forgotten } from '../domain/forget/forgotten.ts'
import { HOUR_MS, type Hour, type HourRange, hourOf, hourStartMs, isInRange, utcDateOf } from '../domain/hour.ts'
import { hasRowsFor, type InputFile, inputsByHour, isUpToDate, type Manifest } from '../domain/manifest.ts'
import { hourOfManifest, LAYER1_TWEETS, layer1DayFolder, MANIFESTS } from '../domain/paths.ts'
import type { Lake } from '../io/lake.ts'
import { readManifests } from '../manifests.ts'
import { readForgotten } from '../tombstones.ts'

/** Tables of layer1 that are in no file of the lake yet, by hour. */
export type LiveTables = ReadonlyMap<Hour, readonly Table[]>

export interface LakeState {
  /** hours to be read from layer2 */
  consolidated: Map<Hour, Manifest>
  /** hours to be made from layer1 and the journal, oldest first; none when only the batch is asked for */
  pending: Hour[]
  /** hours whose rows in a day's file do not count: pending ones, or half-published ones when only the batch is asked for */
  excluded: Hour[]
  /** hours with tweets that are not in layer2 and not asked for; none unless only the batch is */
  leftOut: Hour[]
  /** layer1 files by hour */
  inputs: Map<Hour, InputFile[]>
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
  /** of the lake; hours that are in layer2 in another one are not read from there */
  timeZone: string
}

export interface StatePorts {
  lake: Lake
  /** lines of this machine's journal */
  liveTables(): Promise<LiveTables>
}

/** Days that are listed one by one; more are found quicker by listing everything. */
const MAX_DAYS_LISTED = 62

/** @throws TwdwError E_LAKE */
export async function readLakeState(plan: StatePlan, ports: StatePorts): Promise<LakeState> {
  // The journal first: what is published after it was read is then found in the lake. The other way round a
  // segment that is published in between would be in neither.
  const live: LiveTables = plan.batchOnly ? new Map() : await ports.liveTables()
  const inputs = inputsByHour(
    (await Promise.all(layer1Prefixes(plan.range).map(prefix => ports.lake.list(prefix)))).flat(),
  )
  const committed = (await ports.lake.list(MANIFESTS)).flatMap(({ path }) => hourOfManifest(path) ?? [])
  const manifests = await readManifests(
    committed.filter(hour => isInRange(hour, plan.range)),
    ports.lake,
  )
  const waiting = [...new Set([...inputs.keys(), ...manifests.keys(), ...live.keys()])]
    .filter(hour => isInRange(hour, plan.range))
    .filter(hour => live.has(hour) || !isUpToDate(manifests.get(hour), inputs.get(hour) ?? [], plan.timeZone))
    .sort()
  const forgotten = await readForgotten(ports.lake)
  const covered = firstAndLast([...committed, ...inputs.keys(), ...live.keys()])
  if (plan.batchOnly) {
    const excluded = waiting.filter(hour => !hasRowsFor(manifests.get(hour), plan.timeZone))
    for (const hour of excluded) manifests.delete(hour)
    return { consolidated: manifests, pending: [], excluded, leftOut: waiting, inputs, forgotten, covered }
  }
  for (const hour of waiting) manifests.delete(hour)
  return { consolidated: manifests, pending: waiting, excluded: waiting, leftOut: [], inputs, forgotten, covered }
}

/** Prefixes of layer1 paths that together cover a range. */
function layer1Prefixes({ from, to }: HourRange): string[] {
  if (from === undefined || to === undefined) return [LAYER1_TWEETS]
  const hours = (hourStartMs(to) - hourStartMs(from)) / HOUR_MS
  if (hours > MAX_DAYS_LISTED * 24) return [LAYER1_TWEETS]
  const dates = new Set(Array.from({ length: hours }, (_, i) => utcDateOf(hourOf(hourStartMs(from) + i * HOUR_MS))))
  return [...dates].map(layer1DayFolder)
}

function firstAndLast(hours: readonly Hour[]): { first: Hour; last: Hour } | undefined {
  const sorted = [...hours].sort()
  const [first, last] = [sorted[0], sorted.at(-1)]
  return first === undefined || last === undefined ? undefined : { first, last }
}
