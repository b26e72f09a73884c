/** Time, as a pipe: the only file that asks the machine what time it is. */

export interface Clock {
  /** milliseconds since 1970-01-01T00:00Z */
  nowMs(): number
  /** Resolves after `ms`, or as soon as `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** What a timer of the runtime can hold; a longer one would go off at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  async sleep(ms, signal) {
    let leftMs = ms
    for (; leftMs > MAX_TIMER_MS && !signal?.aborted; leftMs -= MAX_TIMER_MS) await sleepOnce(MAX_TIMER_MS, signal)
    await sleepOnce(leftMs, signal)
  },
}

function sleepOnce(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}
