/** What a lake knows of the time, read from session records and from what is stored. */
import type { Hour, HourRange } from '../domain/hour.ts'
import { hourOfPath, hoursOfFolders, LAYER1_TWEETS, segmentOfPath } from '../domain/paths.ts'
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
  if (!isOneReplay(sessions)) return spansOfFiles(sessions, [...(await listStored(plan.state, lake)), ...liveOf(plan)])
  // all between its first and its last hour, and of those beside the range the state knows only what is consolidated
  const { first, last } = plan.state.covered ?? {}
  const isAll = plan.range.from === undefined && plan.range.to === undefined
  const ends = isAll ? [] : await firstAndLastStored(lake)
  const hours = [first, last, ...ends].filter(hour => hour !== undefined)
  return spansOfFiles(
    [],
    hours.map(hour => ({ segment: '', hour })),
  )
}

async function firstAndLastStored(lake: Lake): Promise<Hour[]> {
  const days = (await lake.names(LAYER1_TWEETS)).sort()
  const ends = [...new Set([days[0], days.at(-1)])].filter(day => day !== undefined)
  const hours = await Promise.all(
    ends.map(async day => hoursOfFolders(day, (await lake.names(`${LAYER1_TWEETS}${day}`)).sort())),
  )
  return [hours[0]?.[0], hours.at(-1)?.at(-1)].filter(hour => hour !== undefined)
}

/** The state of a lake mostly has the files of some hours only. */
async function listStored({ stored }: LakeState, lake: Lake): Promise<StoredSegment[]> {
  const paths = stored ?? (await lake.list(LAYER1_TWEETS)).map(({ path }) => path)
  return paths.flatMap(path => {
    const hour = hourOfPath(path)
    return hour === undefined ? [] : { segment: segmentOfPath(path), hour }
  })
}

function liveOf({ live }: CoveredPlan): StoredSegment[] {
  return live.flatMap(({ segment, tweets }) => Array.from(tweets.keys(), hour => ({ segment, hour })))
}
