/** The compiled executable, run as a user runs it: own folder, own home, no settings from outside. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from './folders.ts'
import { withTempFolder } from './temp-folder.ts'

export const BUILT = join(REPOSITORY, 'dist', 'twdw')
/** DuckDB is unpacked once for all tests; where it goes is another test's matter. */
const CACHE = join(tmpdir(), 'twdw-test-cache')
/** The machine may be busy with other tests. */
export const SLOW_MS = 120_000

export interface Outcome {
  status: number | null
  stdout: string
  stderr: string
}

export interface Machine {
  folder: string
  /** runs to the end; `input` is stdin */
  twdw(words: readonly string[], about?: { env?: Record<string, string>; input?: string }): Promise<Outcome>
  /** starts and goes on */
  start(words: readonly string[], env?: Record<string, string>): { child: ChildProcess; ended: Promise<Outcome> }
}

/** A machine with a lake at `lake` unless a test says otherwise. */
export function withMachine(work: (machine: Machine) => Promise<void>): Promise<void> {
  return withTempFolder(async folder => {
    await mkdir(join(folder, 'home'))
    const start: Machine['start'] = (words, env = {}) => {
      const base = { HOME: join(folder, 'home'), XDG_CACHE_HOME: CACHE, PATH: process.env.PATH ?? '' }
      const child = spawn(BUILT, words, { cwd: folder, env: { ...base, ...env } })
      return { child, ended: outcomeOf(child) }
    }
    await work({
      folder,
      start,
      twdw(words, { env, input = '' } = {}) {
        const { child, ended } = start(words, env)
        // one that ends before it has read its input is judged by its status
        child.stdin?.on('error', () => undefined).end(input)
        return ended
      },
    })
  })
}

export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', status => done({ status, stdout, stderr }))
  })
}
