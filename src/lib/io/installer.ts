/**
 * Changing the machine twdw runs on: files where its managers look for them, and the programs that tell them.
 *
 * Every change is asked for by name and nothing is guessed; a program that fails is an error with what the
 * program said. Programs speak English here (`LC_ALL=C`), because one of their sentences has to be understood.
 */
import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import { systemErrorCode, TwdwError } from '../errors.ts'
import { readFileIfThere, removeFile, replaceFile } from './local-file.ts'

/** How a program ended. */
export interface Finished {
  /** exit status; 128 + its number where a signal ended it */
  status: number
  stdout: string
  stderr: string
}

/**
 * Runs a program to its end. Rejects with a system error (ENOENT, EACCES) when it could not be started.
 * @param words the program, found by PATH, and its arguments; no shell reads them
 */
export type CommandRunner = (words: readonly string[], stdin: string) => Promise<Finished>

export interface Installer {
  /** undefined where there is no file. @throws TwdwError E_LAKE */
  readText(path: string): Promise<string | undefined>
  /** True for a file or a folder, also for one that may not be read. */
  exists(path: string): Promise<boolean>
  /** Put a text in the place of whatever was there, whole or not at all. @throws TwdwError E_USAGE without the right to, E_LAKE */
  writeText(path: string, text: string): Promise<void>
  /** A file that is not there is no error. @throws TwdwError as `writeText` does */
  removeText(path: string): Promise<void>
  /** True when a program of that name can be started. */
  hasProgram(name: string): Promise<boolean>
  /** @throws TwdwError E_USAGE when there is no such program, E_REFUSED when it fails, with its first sentence */
  run(words: readonly string[], stdin?: string): Promise<Finished>
  /** True when systemd runs here: the system's, or the one of this account. */
  isSystemdUp(scope: 'system' | 'user'): Promise<boolean>
  /** This account's crontab; '' where it has none. @throws TwdwError as `run` does */
  readCrontab(): Promise<string>
}

export function openInstaller(run: CommandRunner): Installer {
  const runOrThrow = async (words: readonly string[], stdin = '') => {
    const finished = await start(run, words, stdin)
    if (finished.status !== 0) throw failed(words, finished)
    return finished
  }
  return {
    async readText(path) {
      const bytes = await readFileIfThere(path)
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
    },
    async exists(path) {
      const code = await stat(path).then(() => undefined, systemErrorCode)
      return code !== 'ENOENT' && code !== 'ENOTDIR'
    },
    writeText: (path, text) =>
      // a name without a unit's ending is not read by systemd, so the file may be made beside its place
      orNotPermitted(path, replaceFile(path, new TextEncoder().encode(text), dirname(path))),
    removeText: path => orNotPermitted(path, removeFile(path)),
    async hasProgram(name) {
      try {
        await run([name, '--version'], '')
        return true
      } catch (cause) {
        if (systemErrorCode(cause) !== undefined) return false
        throw cause
      }
    },
    run: runOrThrow,
    async isSystemdUp(scope) {
      const words = ['systemctl', ...(scope === 'user' ? ['--user'] : []), 'is-system-running']
      // its status is not 0 in good states too: starting, degraded, stopping
      const { stdout } = await start(run, words, '')
      return !['', 'offline', 'unknown'].includes(stdout.trim())
    },
    async readCrontab() {
      const words = ['crontab', '-l']
      const finished = await start(run, words, '')
      if (finished.status === 0) return finished.stdout
      if (/no crontab for|no such file/i.test(finished.stderr)) return ''
      throw failed(words, finished)
    },
  }
}

/** @param env in which programs are found and run */
export function systemRunner(env: Readonly<Record<string, string | undefined>>): CommandRunner {
  return ([program = '', ...words], stdin) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, words, { env: { ...env, LC_ALL: 'C' } })
      const output = { stdout: '', stderr: '' }
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].setEncoding('utf8')
        child[name].on('data', (text: string) => {
          output[name] += text
        })
      }
      child.on('error', reject)
      child.on('close', (status, signal) => resolve({ status: status ?? 128 + signalNumber(signal), ...output }))
      // a program that does not read its input is no failure of ours
      child.stdin.on('error', () => undefined)
      child.stdin.end(stdin)
    })
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal]
}

/** What to do when a program is missing or fails. */
const HINTS: Record<string, { missing: string; failed: string }> = {
  systemctl: {
    missing: 'this machine has no systemd: use `twdw schedule cron`',
    failed: 'see `journalctl -e`, or undo it with `twdw schedule systemd --uninstall`',
  },
  crontab: {
    missing: 'install cron (Debian: apt-get install cron), or use `twdw schedule systemd`',
    failed: 'see crontab(1); the administrator may have listed who may use it in /etc/cron.allow',
  },
}

async function start(run: CommandRunner, words: readonly string[], stdin: string): Promise<Finished> {
  const program = words[0] ?? ''
  try {
    return await run(words, stdin)
  } catch (cause) {
    const code = systemErrorCode(cause)
    if (code === undefined) throw cause
    const why = code === 'ENOENT' ? 'is not installed' : `cannot be started: ${code}`
    throw new TwdwError('E_USAGE', `\`${program}\` ${why}`, {
      cause,
      hint: HINTS[program]?.missing ?? `install \`${program}\``,
    })
  }
}

function failed(words: readonly string[], finished: Finished): TwdwError {
  const lines = (finished.stderr || finished.stdout).trim().split('\n')
  // what went well is told first
  const said = lines.find(line => !/^(Created|Removed) /.test(line)) || 'it said nothing'
  return new TwdwError('E_REFUSED', `\`${words.join(' ')}\` ended with status ${finished.status}: ${said}`, {
    hint: HINTS[words[0] ?? '']?.failed ?? 'run the command yourself to see what it needs',
  })
}

const NOT_PERMITTED = ['EACCES', 'EPERM', 'EROFS']

async function orNotPermitted(path: string, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    const code = error instanceof TwdwError ? systemErrorCode(error.cause) : undefined
    if (code === undefined || !NOT_PERMITTED.includes(code)) throw error
    throw new TwdwError('E_USAGE', `this account may not change ${path} (${code})`, {
      cause: error,
      hint: 'run it as root (sudo), or add --user for units of your own account',
    })
  }
}
