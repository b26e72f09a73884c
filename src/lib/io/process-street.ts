/** The street of a real process: its environment, its standard streams, its signals. */
import { once } from 'node:events'
import { systemErrorCode } from '../errors.ts'
import type { Outlet, Street } from './street.ts'

/**
 * Takes SIGINT and SIGTERM over: the first one aborts `stopSignal`, so that work can be put in
 * order; the second one ends the process at once, for whoever does not want to wait.
 */
export function openStreet(about: { version: string }): Street {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130)
      stop.abort(name)
    })
  }
  let readsStdin = false
  return {
    env: process.env,
    cwd: process.cwd(),
    // only on demand: a process that never reads its input must not wait for it
    get stdin() {
      readsStdin = true
      return process.stdin
    },
    stdout: openOutlet(process.stdout),
    stderr: openOutlet(process.stderr),
    version: about.version,
    executable: process.execPath,
    stopSignal: stop.signal,
    leave() {
      // a pending read of a pipe that nobody closes would hold the process for ever
      if (readsStdin) process.stdin.destroy()
    },
  }
}

function openOutlet(stream: NodeJS.WriteStream): Outlet {
  let isOpen = true
  // a reader that has seen enough (`| head`) is no failure of ours
  stream.on('error', error => {
    if (systemErrorCode(error) !== 'EPIPE') throw error
    isOpen = false
  })
  return {
    isTerminal: stream.isTTY === true,
    columns: stream.columns,
    async write(text) {
      if (isOpen && !stream.write(text))
        await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => undefined)
      return isOpen
    },
  }
}
