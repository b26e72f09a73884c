/** A listener that is started again whenever it has ended, unless it ended so that another start cannot help. */
import { LASTING_STATUSES } from '../domain/schedule/jobs.ts'
import { statusText } from '../domain/schedule/status-text.ts'
import type { Child, StartChild } from '../io/children.ts'
import type { Clock } from '../io/clock.ts'
import type { Log } from '../io/log.ts'
import type { SchedulerHealth } from './scheduler-health.ts'
import { endOf } from './watch-child.ts'

export interface KeepingPorts {
  start: StartChild
  clock: Clock
  log: Log
  health: SchedulerHealth
}

export interface ListeningPorts extends KeepingPorts {
  /** Calls back whenever settings are to be read again. */
  onReload: (listener: () => void) => void
}

/** As the unit of `twdw schedule systemd` has it; how often X is asked to connect the listener itself counts, over all its starts. */
const RESTART_AFTER_MS = 20_000

/**
 * @param words of the listener, its executable first
 * @returns the status that no other start can mend; undefined when `stop` aborted
 * @throws TwdwError E_USAGE when it could not be started
 */
export async function keepListening(
  words: readonly string[],
  { start, onReload, ...ports }: ListeningPorts,
  stop: AbortSignal,
): Promise<number | undefined> {
  const { clock, log, health } = ports
  let child: Child | undefined
  onReload(() => child?.signal('SIGHUP'))
  while (!stop.aborted) {
    health.listens()
    child = start(words)
    const status = await endOf(child, 'listen', ports, stop)
    child = undefined
    if (stop.aborted) {
      health.listened(status, 'ended')
      return undefined
    }
    if (LASTING_STATUSES.some(one => one === status)) {
      health.listened(status, 'ended')
      return status
    }
    health.listened(status, 'waiting')
    log.warn(`twdw listen has ended with ${statusText(status)}; it is started again in ${RESTART_AFTER_MS / 1000} s`)
    await clock.sleep(RESTART_AFTER_MS, stop)
  }
  return undefined
}
