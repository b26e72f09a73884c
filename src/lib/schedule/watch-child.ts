/** A child that is watched over: it ends by itself, or is asked to when its time has come. */
import type { Child } from '../io/children.ts'
import type { Clock } from '../io/clock.ts'
import type { Log } from '../io/log.ts'

/** How long sealing what was captured, or the hour that is being published, may take. */
export const STOP_PATIENCE_MS = 90_000

/**
 * @param name for the sentence when it does not end, such as `listen`
 * @param stop when it aborts the child is asked to end, and after STOP_PATIENCE_MS made to
 * @returns its exit status. @throws TwdwError E_USAGE when it could not be started
 */
export async function endOf(
  child: Child,
  name: string,
  { clock, log }: { clock: Clock; log: Log },
  stop: AbortSignal,
): Promise<number> {
  const ended = new AbortController()
  const askToEnd = async () => {
    child.signal('SIGTERM')
    await clock.sleep(STOP_PATIENCE_MS, ended.signal)
    if (ended.signal.aborted) return
    log.warn(`twdw ${name} did not end within ${STOP_PATIENCE_MS / 1000} s of being asked to, and is killed`)
    child.signal('SIGKILL')
  }
  const onStop = () => void askToEnd()
  if (stop.aborted) onStop()
  stop.addEventListener('abort', onStop)
  try {
    return await child.ended
  } finally {
    ended.abort()
    stop.removeEventListener('abort', onStop)
  }
}
