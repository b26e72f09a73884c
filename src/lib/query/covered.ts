/** What a lake knows of the time, read from session records and from what is stored. */
import type { Hour, HourRange } from '../domain/hour.ts'
import { hourOfPath, LAYER1_TWEETS, segmentOfPath } from '../domain/paths.ts'
import {
  type Covered,
  coveredBy,
  coveredByBatch,
  hasFiles,
  isOneReplay,
  type StoredSegment,
  spansOfFiles,
} from '../domain/question/covered.ts'
import type { SessionRecord } from '../domain/session.ts'
import type { TimeSpan } from '../domain/time-spans.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { LiveSegment } from '../listen/live.ts'
import { readSessions, warnDamaged } from '../sessions.ts'
import type { LakeState } from './lake-state.ts'

export interface CoveredPlan {
  /** the range is that of the state, which lists no more than it */
  range: HourRange
  state: LakeState
  live: readonly LiveSegment[]
  batchOnly: boolean
}

/** @throws TwdwError E_LAKE */
export async function readCovered(
  plan: CoveredPlan,
  { lake, log, clock }: { lake: Lake; log: Log; clock: Pick<Clock, 'nowMs'> },
): Promise<Covered> {
  const { state, batchOnly } = plan
  const sessions = await readSessions(lake, warnDamaged(log))
  const files = await readFileSpans(plan, sessions, lake)
  const hours = new Set([...state.inputs.keys(), ...state.consolidated.keys(), ...state.pending])
  const covered = coveredBy({ sessions, files, hours, nowMs: clock.nowMs() })
  if (!batchOnly) return covered
  return coveredByBatch(covered, state.leftOut, [...state.consolidated.keys()].sort().at(-1))
}

async function readFileSpans(plan: CoveredPlan, sessions: readonly SessionRecord[], lake: Lake): Promise<TimeSpan[]> {
  if (!hasFiles(sessions)) return []
  const { first, last } = plan.state.covered ?? {}
  const ends = [first, last].flatMap(hour => (hour === undefined ? [] : { segment: '', hour }))
  if (!isOneReplay(sessions)) return spansOfFiles(sessions, [...(await listStored(lake)), ...liveOf(plan)])
  return spansOfFiles([], isBetween(plan.range, first, last) ? ends : [...ends, ...(await listStored(lake))])
}

/** What is stored outside of such a range says nothing about it; of the whole time the first and the last hour are known. */
function isBetween({ from, to }: HourRange, first: Hour | undefined, last: Hour | undefined): boolean {
  if (from === undefined && to === undefined) return true
  if (first === undefined || last === undefined) return false
  return from !== undefined && to !== undefined && from >= first && to <= last
}

/** The state of a lake has the files of some hours only. */
async function listStored(lake: Lake): Promise<StoredSegment[]> {
  return (await lake.list(LAYER1_TWEETS)).flatMap(({ path }) => {
    const hour = hourOfPath(path)
    return hour === undefined ? [] : { segment: segmentOfPath(path), hour }
  })
}

function liveOf({ live }: CoveredPlan): StoredSegment[] {
  return live.flatMap(({ segment, tweets }) => Array.from(tweets.keys(), hour => ({ segment, hour })))
}
