/**
 * Processes that are started and go on, for whoever watches over them.
 *
 * Each has a process group of its own: a Ctrl-C, or a manager that signals a whole group, reaches only who watches, so that a
 * child is asked to end once and not twice, which would end it at once. Output goes where this process' output goes.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { systemErrorCode, TwdwError } from '../errors.ts'

export interface Child {
  /** Exit status; 128 + its number where a signal ended it. Rejects with TwdwError E_USAGE when it could not be started. */
  readonly ended: Promise<number>
  /** Does nothing once it has ended. */
  signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGHUP'): void
}

/** @param words the program, as an absolute path, and its arguments; no shell reads them */
export type StartChild = (words: readonly string[]) => Child

/** @param env and @param cwd of the children */
export function childStarter(env: Readonly<Record<string, string | undefined>>, cwd: string): StartChild {
  return ([program = '', ...words]) => {
    const child = spawn(program, words, {
      cwd,
      env: { ...env },
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const ended = new Promise<number>((resolve, reject) => {
      child.on('error', cause => {
        reject(
          new TwdwError('E_USAGE', `${program} cannot be run: ${systemErrorCode(cause)}`, {
            cause,
            hint: 'name another twdw with --executable',
          }),
        )
      })
      child.on('exit', (status, signal) => resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal])))
    })
    // whoever watches may look only later
    ended.catch(() => undefined)
    return { ended, signal: name => void child.kill(name) }
  }
}
