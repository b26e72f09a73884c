/** Machines that run the executable on a lake in the double, which is a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Settings } from '../s3-double/double.ts'
import type { LogEntry } from '../s3-double/exchange.ts'
import type { Fault } from '../s3-double/faults.ts'
import { BUILT, type Outcome, outcomeOf } from './executable.ts'
import { REPOSITORY } from './folders.ts'
import { S3_ENV } from './s3-lake.ts'
import { withTempFolder } from './temp-folder.ts'

export const LAKE_URL = 's3://lake/x'

/** The double's process, spoken to. */
export interface DoubleProcess {
  endpoint: string
  add(...faults: Fault[]): Promise<void>
  /** none wait any more */
  clear(): Promise<void>
  set(settings: Partial<Settings>): Promise<void>
  /** requests since the last time */
  take(): Promise<LogEntry[]>
  keys(): Promise<string[]>
  object(key: string): Promise<Uint8Array>
}

/** One of several machines, with folders of its own. */
export interface S3Machine {
  folder: string
  env: Record<string, string>
  twdw(words: readonly string[], env?: Record<string, string>): Promise<Outcome>
  start(words: readonly string[], env?: Record<string, string>): { child: ChildProcess; ended: Promise<Outcome> }
}

export interface S3Town {
  double: DoubleProcess
  folder: string
  machine(name: string): Promise<S3Machine>
}

export function withS3Town(work: (town: S3Town) => Promise<void>): Promise<void> {
  return withTempFolder(async folder => {
    const child = spawn(process.execPath, ['test/s3-double/main.ts'], {
      cwd: REPOSITORY,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      const endpoint = await new Promise<string>((resolve, reject) => {
        child.once('error', reject)
        child.stdout!.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()))
      })
      await work({ double: doubleAt(endpoint), folder, machine: name => makeMachine(join(folder, name), endpoint) })
    } finally {
      // it ends with its stdin
      child.stdin!.end()
      await new Promise(resolve => child.once('exit', resolve))
    }
  })
}

function doubleAt(endpoint: string): DoubleProcess {
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${endpoint}/_double/${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(await answer.text())
    return answer
  }
  return {
    endpoint,
    add: async (...faults) => void (await ask('PUT', 'faults', faults)),
    clear: async () => void (await ask('DELETE', 'faults')),
    set: async settings => void (await ask('PUT', 'settings', settings)),
    async take() {
      const lines = (await (await ask('POST', 'log')).text()).split('\n')
      return lines.filter(line => line !== '').map(line => JSON.parse(line) as LogEntry)
    },
    keys: async () => (await (await ask('GET', 'keys/lake')).json()) as string[],
    object: async key => new Uint8Array(await (await ask('GET', `objects/lake/${key}`)).arrayBuffer()),
  }
}

export async function makeMachine(folder: string, endpoint: string): Promise<S3Machine> {
  await mkdir(join(folder, 'tmp'), { recursive: true })
  const env = {
    HOME: join(folder, 'home'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_STATE_HOME: join(folder, 'state'),
    TMPDIR: join(folder, 'tmp'),
    PATH: process.env.PATH ?? '',
    TZ: 'Asia/Kathmandu',
    ...S3_ENV,
    TWDW_LAKE: LAKE_URL,
    TWDW_S3_ENDPOINT: endpoint,
    TWDW_S3_PATH_STYLE: 'true',
  }
  await mkdir(env.HOME)
  const start: S3Machine['start'] = (words, more = {}) => {
    const child = spawn(BUILT, words, { cwd: folder, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] })
    return { child, ended: outcomeOf(child) }
  }
  return { folder, env, start, twdw: (words, more) => start(words, more).ended }
}

/** What lies below a part of the lake, copied into a folder. @returns paths, relative to the lake */
export async function copyLake(double: DoubleProcess, part: string, folder: string): Promise<string[]> {
  const paths = (await double.keys()).filter(key => key.startsWith(`x/${part}`)).map(key => key.slice(2))
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), await double.object(`x/${path}`))
  }
  return paths
}
