/** Fitness in a line, and what is not well as the failure of whoever asked. */
import { TwdwError } from '../../errors.ts'
import { statusText } from '../schedule/status-text.ts'
import type { Fitness } from './fitness.ts'
import type { SchedulerPulse } from './scheduler-pulse.ts'

/** One line of what is well, with a line end. */
export function fitnessToText({ scheduler, listeners }: Fitness): string {
  const parts = [
    ...(scheduler === null || scheduler.ended ? [] : [schedulerText(scheduler)]),
    ...listeners.map(
      ({ state, pulse }) => `the listener is ${state}${pulse === null ? '' : `, ${pulse.tweets} tweets in this run`}`,
    ),
  ]
  return `healthy: ${parts.join('; ')}\n`
}

function schedulerText({ consolidate: { is, nextAt, last } }: SchedulerPulse): string {
  const before = last === null ? '' : `, last ended at ${last.endedAt} with ${statusText(last.status, 'the store')}`
  const next = nextAt === null ? '' : `, next at ${nextAt}`
  return `consolidate is ${is}${before}${next}`
}

export function fitnessFailure({ faults }: Fitness): TwdwError {
  return new TwdwError('E_SOURCE', `not healthy: ${faults.join('; ')}`, {
    hint: 'see its log; `twdw status` tells more',
  })
}
