/**
 * Panics of a WebAssembly program in a task of its own: nobody can catch them, and whoever waits for the task waits for ever.
 *
 * They end up with the process as errors that nobody caught. Those that come while somebody watches are told to whoever does,
 * one of whom it was; all others go their way.
 */
type Watcher = (panic: WebAssembly.RuntimeError) => void

const watchers = new Set<Watcher>()

function onUncaught(error: unknown): void {
  if (error instanceof WebAssembly.RuntimeError) for (const tell of watchers) tell(error)
  else {
    // as if nobody had looked
    process.off('uncaughtException', onUncaught)
    queueMicrotask(() => {
      throw error
    })
  }
}

/** @returns what `work` gives. @throws also a panic of it, or of other work that was watched meanwhile */
export async function watchPanics<T>(work: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  if (watchers.size === 0) process.on('uncaughtException', onUncaught)
  watchers.add(reject)
  try {
    return await Promise.race([work(), promise])
  } finally {
    watchers.delete(reject)
    if (watchers.size === 0) process.off('uncaughtException', onUncaught)
  }
}
