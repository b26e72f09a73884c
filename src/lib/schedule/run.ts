/**
 * The scheduler in the foreground: consolidate at its times, and where hashtags are named a listener beside it.
 *
 * Both are processes of their own, so that neither's memory or crash is the other's. What no other start can mend ends the
 * scheduler with that status, so that whoever runs it sees it. Only a listener that X refuses, or that has reached a cap for good,
 * is outlived: the hours that it heard still have to close.
 */
import { codeOfStatus } from '../domain/health/finding.ts'
import { HOUR_MS } from '../domain/hour.ts'
import { STATUS_USAGE } from '../domain/schedule/rhythm.ts'
import { statusText } from '../domain/schedule/status-text.ts'
import { TwdwError } from '../errors.ts'
import { type ConsolidatingPlan, type ConsolidatingPorts, keepConsolidating } from './keep-consolidating.ts'
import { keepListening, type ListeningPorts } from './keep-listening.ts'

/** What is kept going. */
export interface RunPlan {
  consolidate: ConsolidatingPlan
  /** words of the listener; undefined: none is kept */
  listen: readonly string[] | undefined
}

/** Why a scheduler ended though nobody stopped it. */
export interface RunEnd {
  job: 'listen' | 'consolidate'
  status: number
}

/** An hour counts as closed two minutes after its end; more for a slow disk, as in `CONSOLIDATE_MINUTE`. */
const CLOSED_AFTER_MS = 120_000

/**
 * @returns undefined when `stop` aborted
 * @throws TwdwError E_USAGE when twdw itself could not be started, or no time is to come
 */
export async function runScheduler(
  plan: RunPlan,
  ports: ConsolidatingPorts & ListeningPorts,
  stop: AbortSignal,
): Promise<RunEnd | undefined> {
  if (plan.consolidate.times.after(ports.clock.nowMs()) === undefined) {
    throw new TwdwError('E_USAGE', 'the cron expression names no time that is still to come', {
      hint: "write one that comes again and again, such as '5 * * * *'",
    })
  }
  const over = new AbortController()
  const eitherStop = AbortSignal.any([stop, over.signal])
  let end: RunEnd | undefined
  let enoughMs = Number.POSITIVE_INFINITY

  const listening = async (words: readonly string[]) => {
    const status = await keepListening(words, ports, eitherStop)
    if (status === undefined) return
    end ??= { job: 'listen', status }
    if (status === STATUS_USAGE) return over.abort()
    enoughMs = closedAfter(ports.clock.nowMs())
    ports.log.warn(
      `twdw listen has ended with ${statusText(status)} and is not started again; what it heard is consolidated until all its hours are closed`,
    )
  }
  const consolidating = async () => {
    const status = await keepConsolidating(plan.consolidate, ports, eitherStop, startedMs => startedMs >= enoughMs)
    if (status !== undefined) end = { job: 'consolidate', status }
    over.abort()
  }
  const done = new AbortController()
  const telling = ports.health.tellUntil(done.signal)
  // one that fails ends the other, which is waited for all the same
  const watched = [consolidating(), ...(plan.listen === undefined ? [] : [listening(plan.listen)])].map(job =>
    job.catch((error: unknown) => {
      over.abort()
      throw error
    }),
  )
  const failed = (await Promise.allSettled(watched)).find(job => job.status === 'rejected')
  done.abort()
  await telling
  if (failed !== undefined) throw failed.reason
  return stop.aborted ? undefined : end
}

/** When the hour of an instant counts as closed. */
function closedAfter(instantMs: number): number {
  return Math.ceil(instantMs / HOUR_MS) * HOUR_MS + CLOSED_AFTER_MS
}

/** What a scheduler fails with that ended by itself. @param end with a status that is one of twdw's */
export function endFailure({ job, status }: RunEnd): TwdwError {
  return new TwdwError(
    codeOfStatus(status) ?? 'E_USAGE',
    `twdw ${job} has ended with ${statusText(status)}, which no other start can mend`,
    {
      hint: 'mend what it says above, then start the scheduler again',
    },
  )
}
