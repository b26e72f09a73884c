/** Consolidate, run at the times of a schedule and never twice at once, each run a process of its own. */
import type { CronTimes } from '../domain/schedule/cron-times.ts'
import {
  afterRun,
  beginRhythm,
  dueMs,
  type EndedRun,
  followClock,
  judgeStatus,
  type Rhythm,
} from '../domain/schedule/rhythm.ts'
import { statusText } from '../domain/schedule/status-text.ts'
import { spanText } from '../domain/wording.ts'
import type { KeepingPorts } from './keep-listening.ts'
import { endOf } from './watch-child.ts'

export interface ConsolidatingPlan {
  /** of consolidate, its executable first */
  words: readonly string[]
  times: CronTimes
}

export interface ConsolidatingPorts extends KeepingPorts {
  /** False until somebody has made the lake. A lake that cannot be reached is no reason to wait: consolidate says what is wrong */
  hasLake: () => Promise<boolean>
}

const LAKE_AGAIN_MS = 5_000
/** A clock that is changed, or a machine that slept, is noticed after so long. */
const LOOK_EVERY_MS = 10_000
/** Whoever wakes up so much later than meant has slept: an ordinary delay is not told. */
const OVERSLEPT_MS = 60_000

/**
 * @param isEnough asked after a run that went well, with when it began: true ends it
 * @returns the status that no other run can mend; undefined when `stop` aborted, or it was enough
 * @throws TwdwError E_USAGE when it could not be started
 */
export async function keepConsolidating(
  plan: ConsolidatingPlan,
  ports: ConsolidatingPorts,
  stop: AbortSignal,
  isEnough: (startedMs: number) => boolean,
): Promise<number | undefined> {
  const { clock, health, start } = ports
  await waitForLake(ports, stop)
  let rhythm = beginRhythm(clock.nowMs())
  while (!stop.aborted) {
    health.consolidates()
    const startedMs = clock.nowMs()
    const status = await endOf(start(plan.words), 'consolidate', ports, stop)
    if (stop.aborted) return undefined
    const run: EndedRun = { startedMs, endedMs: clock.nowMs(), status }
    rhythm = afterRun(rhythm, run)
    health.consolidated(run, dueMs(rhythm, plan.times))
    tell(run, rhythm, plan.times, ports)
    if (judgeStatus(status) === 'lasting') return status
    if (status === 0 && isEnough(startedMs)) return undefined
    rhythm = await waitUntilDue(rhythm, plan.times, ports, stop)
  }
  return undefined
}

async function waitForLake({ hasLake, health, clock, log }: ConsolidatingPorts, stop: AbortSignal): Promise<void> {
  let isTold = false
  while (!stop.aborted && !(await hasLake())) {
    if (!isTold) log.info('there is no lake yet; it is consolidated once a listener has made it')
    isTold = true
    health.waitsForLake()
    await clock.sleep(LAKE_AGAIN_MS, stop)
  }
}

function tell(run: EndedRun, rhythm: Rhythm, times: CronTimes, { log }: ConsolidatingPorts): void {
  const { startedMs, endedMs, status } = run
  const took = spanText(endedMs - startedMs)
  const dueAtMs = dueMs(rhythm, times)
  const isLate = dueAtMs !== undefined && dueAtMs <= endedMs
  const next =
    dueAtMs === undefined
      ? 'no other time is left'
      : isLate
        ? `${instantText(dueAtMs)} passed meanwhile and was skipped, so it runs again now`
        : `next at ${instantText(dueAtMs)}`
  if (status === 0) log.info(`consolidate took ${took}; ${next}`)
  else if (judgeStatus(status) !== 'lasting')
    log.warn(`consolidate has ended with ${statusText(status, 'the store')}; ${next}`)
}

/** @returns the rhythm, anew where the clock was changed meanwhile */
async function waitUntilDue(
  before: Rhythm,
  times: CronTimes,
  { clock, log }: ConsolidatingPorts,
  stop: AbortSignal,
): Promise<Rhythm> {
  let rhythm = before
  let hasWaited = false
  while (!stop.aborted) {
    const nowMs = clock.nowMs()
    rhythm = followClock(rhythm, nowMs)
    const dueAtMs = dueMs(rhythm, times) ?? Number.POSITIVE_INFINITY
    if (dueAtMs <= nowMs) {
      const lateMs = nowMs - dueAtMs
      if (hasWaited && lateMs > OVERSLEPT_MS) {
        log.info(
          `${instantText(dueAtMs)} passed ${spanText(lateMs)} ago, while this machine slept or its clock was put forward`,
        )
      }
      break
    }
    hasWaited = true
    await clock.sleep(Math.min(dueAtMs - nowMs, LOOK_EVERY_MS), stop)
  }
  return rhythm
}

/** `2026-09-21T12:05:00Z` */
function instantText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
