/**
 * The lake looked over: what lies in it, which hours are pending, and what is not as it should be.
 *
 * It is walked once; only manifests are opened. A damaged one stops nobody here, because who looks a lake over wants to
 * see all of it.
 */
import { HOUR_MS, type Hour, hourOf, isClosed } from './domain/hour.ts'
import { type InputFile, inputsByHour, type Manifest, orphanHours, pendingHours } from './domain/manifest.ts'
import { HOUR_MARKS, hourOfManifest, LAYER1_TWEETS } from './domain/paths.ts'
import type { TwdwError } from './errors.ts'
import type { Clock } from './io/clock.ts'
import type { Lake, LakeEntry } from './io/lake.ts'
import { readManifests } from './manifests.ts'

export interface LakeSurvey {
  /** sorted by path */
  entries: LakeEntry[]
  bytes: number
  /** layer1 files by hour */
  inputs: Map<Hour, InputFile[]>
  /** those that can be read */
  manifests: Map<Hour, Manifest>
  /** hours whose manifest cannot be read, and why */
  damaged: { hour: Hour; error: TwdwError }[]
  /** files that a manifest names and that are not there; their hours are pending */
  missing: string[]
  /** closed hours that consolidate has to do, oldest first */
  pending: Hour[]
  /** hours with tweets that are not closed yet, oldest first */
  open: Hour[]
}

/** As long as `twdw consolidate` waits unless it is told otherwise. */
export const GRACE_MS = 120_000

/**
 * @param timeZone of the lake
 * @throws TwdwError E_LAKE when the lake cannot be listed or read
 */
export async function surveyLake(timeZone: string, { lake, clock }: { lake: Lake; clock: Clock }): Promise<LakeSurvey> {
  const nowMs = clock.nowMs()
  const entries = await lake.list('')
  const damaged: LakeSurvey['damaged'] = []
  const committed = entries.filter(({ path }) => hourOfManifest(path) !== undefined)
  const hours = committed.map(({ path }) => hourOfManifest(path)!)
  const manifests = await readManifests(committed, lake, (hour, error) => void damaged.push({ hour, error }))
  const inputs = inputsByHour(entries.filter(({ path }) => path.startsWith(LAYER1_TWEETS)))
  const there = new Set(entries.map(({ path }) => path))
  for (const hour of orphanHours([...there].filter(isHourMark), inputs, new Set(hours))) inputs.set(hour, [])
  const named = [...manifests.values()].flatMap(({ outputs }) => outputs.map(({ path }) => path))
  const when = { range: { from: undefined, to: undefined }, nowMs, graceMs: GRACE_MS, rebuild: false, timeZone }
  return {
    entries,
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    inputs,
    manifests,
    damaged,
    missing: [...new Set(named)].filter(path => !there.has(path)).sort(),
    pending: pendingHours(inputs, manifests, there, when),
    open: [...inputs.keys()].filter(hour => !isClosed(hour, nowMs, GRACE_MS)).sort(),
  }
}

function isHourMark(path: string): boolean {
  return HOUR_MARKS.some(mark => path.startsWith(mark))
}

const DAY_HOURS = 24

/**
 * How much the lake grew by the tweets of the last 24 whole hours, what consolidating makes of them included; 0 when
 * there were none.
 */
export function bytesPerDay({ entries, bytes, inputs }: LakeSurvey, nowMs: number): number {
  const first = hourOf(nowMs - DAY_HOURS * HOUR_MS)
  const end = hourOf(nowMs)
  const sum = (files: readonly { bytes: number }[]) => files.reduce((total, file) => total + file.bytes, 0)
  const lately = [...inputs].filter(([hour]) => hour >= first && hour < end).reduce((n, [, files]) => n + sum(files), 0)
  const all = sum(entries.filter(({ path }) => path.startsWith(LAYER1_TWEETS)))
  return all === 0 ? 0 : Math.round(lately * (bytes / all))
}
