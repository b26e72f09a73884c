/**
 * Fitness: whether what shall run here does its work, for a container's health check and for whoever asks over HTTP.
 *
 * Strict where a person has to do something, and patient where twdw mends it by itself: X may be down for a while, and a
 * consolidation is tried again.
 */
import { statusText } from '../schedule/status-text.ts'
import { spanText } from '../wording.ts'
import type { Listener } from './liveness.ts'
import type { SchedulerPulse } from './scheduler-pulse.ts'

export interface Fitness {
  healthy: boolean
  /** what is not as it should be, each a clause; empty when healthy */
  faults: string[]
  /** what was looked at */
  scheduler: SchedulerPulse | null
  listeners: Listener[]
}

/** Six beats. */
const SILENT_AFTER_MS = 30_000
/** Consolidate may fail for so long: by then a retry has met every passing trouble. */
const FAILING_AFTER_MS = 7_200_000
const CONNECTING_AFTER_MS = 300_000

/**
 * @param scheduler undefined where none has told anything
 * @param listeners of this machine; one that ended in good order is no fault beside something that lives
 */
export function judgeFitness(
  scheduler: SchedulerPulse | undefined,
  listeners: readonly Listener[],
  nowMs: number,
): Fitness {
  const isScheduled = scheduler !== undefined && !scheduler.ended
  const others = isScheduled || listeners.some(({ isAlive }) => isAlive)
  const faults = [
    ...(isScheduled ? schedulerFaults(scheduler, nowMs) : []),
    ...listeners.flatMap(listener => listenerFaults(listener, others, nowMs)),
  ]
  if (!isScheduled && listeners.length === 0) {
    faults.push(scheduler === undefined ? 'no scheduler and no listener runs here' : 'the scheduler was stopped')
  }
  return { healthy: faults.length === 0, faults, scheduler: scheduler ?? null, listeners: [...listeners] }
}

function schedulerFaults({ at, consolidate, listener }: SchedulerPulse, nowMs: number): string[] {
  const silentMs = Math.abs(nowMs - Date.parse(at))
  if (silentMs > SILENT_AFTER_MS) return [`the scheduler has given no sign of life for ${spanText(silentMs)}`]
  const faults: string[] = []
  const { failingSince, last } = consolidate
  if (failingSince !== null && nowMs - Date.parse(failingSince) > FAILING_AFTER_MS) {
    const how = last === null ? '' : `, last with ${statusText(last.status, 'the store')}`
    faults.push(`consolidate has failed since ${failingSince}${how}`)
  }
  if (listener !== null && listener.is !== 'running') {
    const how = listener.status === null ? '' : ` with ${statusText(listener.status)}`
    const then = listener.is === 'waiting' ? ' and is about to be started again' : ' and is not started again'
    faults.push(`the listener ended${how} at ${listener.since}${then}`)
  }
  return faults
}

function listenerFaults({ state, pulse, isAlive }: Listener, hasOthers: boolean, nowMs: number): string[] {
  const told = pulse?.state
  const because = told !== undefined && 'because' in told ? `: ${told.because}` : ''
  switch (state) {
    case 'silent':
      return [`the listener has given no sign of life since ${pulse?.at}`]
    case 'paused':
      return [`the listener is paused${because}`]
    case 'connecting': {
      if (told === undefined || nowMs - Date.parse(told.since) <= CONNECTING_AFTER_MS) return []
      return [`the listener has not been connected since ${told.since}`]
    }
    case 'ended':
      return hasOthers ? [] : [`the listener ended at ${told?.since}${because}`]
    case 'failed':
      return [`the listener failed at ${told?.since}${because}`]
    case 'died':
      return [`the listener died: nothing was heard of it after ${pulse?.at}`]
    default:
      return isAlive ? [] : ['the listener does not live']
  }
}
