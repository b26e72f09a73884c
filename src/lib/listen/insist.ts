/** Writing that waits for a full disk to have room again, with the source held up meanwhile. */
import { systemErrorCode, TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Log } from '../io/log.ts'

export interface InsistPorts {
  clock: Clock
  log: Log
  /** aborts when waiting is to end: then the disk's failure is thrown */
  stop: AbortSignal
  /** Told each time that there was no room. */
  paused(because: string): void
}

const LOOK_EVERY_MS = 1_000

/**
 * @param write leaves things as they were where it fails
 * @throws what `write` throws, but for a full disk; also that, once `stop` has aborted
 */
export async function insist<T>(write: () => Promise<T>, { clock, log, stop, paused }: InsistPorts): Promise<T> {
  const beganMs = clock.nowMs()
  for (let refusals = 0; ; refusals++) {
    try {
      const value = await write()
      if (refusals > 0) {
        const seconds = Math.round((clock.nowMs() - beganMs) / 1000)
        log.info(`the disk has room again after ${seconds} s: reading goes on`, { event: 'resumed', seconds })
      }
      return value
    } catch (error) {
      if (!isDiskFull(error) || stop.aborted) throw error
      if (refusals === 0) {
        const sentence = `${error.message}: reading is paused until there is room; X may hang up on a reader that is so slow`
        log.warn(sentence, { event: 'paused' })
      }
      paused('the disk is full')
      await clock.sleep(LOOK_EVERY_MS, stop)
    }
  }
}

function isDiskFull(error: unknown): error is TwdwError {
  const code = error instanceof TwdwError ? systemErrorCode(error.cause) : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}
