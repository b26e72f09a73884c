/** The street of a real process: its environment, its standard streams, its signals. */
import { fstatSync } from 'node:fs'
import { isatty } from 'node:tty'
import { systemErrorCode } from '../errors.ts'
import { diskError } from './local-file.ts'
import type { Outlet, Street } from './street.ts'

/**
 * Takes SIGINT and SIGTERM over: the first one aborts `stopSignal`, so that work can be put in
 * order; the second one ends the process at once, for whoever does not want to wait. SIGHUP is the same where the process
 * has a terminal, which is then gone; where it has none it asks a service to read its settings again.
 */
export function openStreet(about: { version: string }): Street {
  const stop = new AbortController()
  const hasTerminal = isatty(0) || isatty(2)
  for (const name of ['SIGINT', 'SIGTERM', ...(hasTerminal ? (['SIGHUP'] as const) : [])] as const) {
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
    get terminal() {
      const output = [process.stdout, process.stderr].find(stream => stream.isTTY)
      if (output === undefined || !isatty(0)) return undefined
      readsStdin = true
      return { input: process.stdin, output }
    },
    stdout: openOutlet(process.stdout, 'stdout'),
    stderr: Object.assign(openOutlet(process.stderr, 'stderr'), {
      isJournal: isJournal(2, process.env.JOURNAL_STREAM),
    }),
    version: about.version,
    executable: process.execPath,
    stopSignal: stop.signal,
    onReload(listener) {
      if (!hasTerminal) process.on('SIGHUP', listener)
    },
    leave() {
      // a pending read of a pipe that nobody closes would hold the process for ever
      if (readsStdin) process.stdin.destroy()
    },
  }
}

/**
 * Whether a stream is the one that journald reads. The variable is inherited, so that it is there says nothing: stderr may
 * have been sent elsewhere since, by a unit's own StandardError= or by a shell.
 * @param stream device and inode of journald's, as in `9:12345`
 */
function isJournal(fileDescriptor: number, stream: string | undefined): boolean {
  if (!stream) return false
  try {
    const { dev, ino } = fstatSync(fileDescriptor, { bigint: true })
    return stream === `${dev}:${ino}`
  } catch {
    // closed: nobody reads it
    return false
  }
}

/** A reader that has seen enough (`| head`) is no failure; neither is a log that nobody keeps. */
function openOutlet(stream: NodeJS.WriteStream, name: 'stdout' | 'stderr'): Outlet {
  let isOpen = true
  // told to whoever waits for the write; without a listener the stream would throw it at nobody
  stream.on('error', () => undefined)
  return {
    isTerminal: stream.isTTY === true,
    // a terminal may say 0: it does not know
    get columns() {
      return stream.columns || undefined
    },
    get rows() {
      return stream.rows || undefined
    },
    async write(text) {
      if (!isOpen) return false
      const error = await new Promise<Error | null | undefined>(done => stream.write(text, done))
      if (error == null) return true
      isOpen = false
      if (name === 'stderr' || systemErrorCode(error) === 'EPIPE') return false
      throw diskError('the answer cannot be written to stdout', error)
    },
  }
}
