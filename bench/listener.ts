/** A listener on the firehose, watched from outside while it runs. */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tweetInstantMs } from '../src/lib/domain/instant.ts'
import { FIREHOSE_TOKEN, type Firehose } from './firehose.ts'
import { ROOT, TWDW, WORK } from './places.ts'
import { type Run, type RunOptions, run } from './process.ts'

const FOLDER = join(WORK, 'listener')
const STATE = join(FOLDER, 'state')
export const LISTENER_LAKE = join(FOLDER, 'lake')

/** More than any of this would cost. */
const NO_CAP = '1000000'
const CAP_REACHED = 7
const TAIL_BYTES = 256 * 1024

/** Runs the double in a process of its own while the work lasts. */
export async function withFirehose<T>(plan: Firehose, work: (origin: string) => Promise<T>): Promise<T> {
  const child = Bun.spawn([process.execPath, join(ROOT, 'bench/firehose.ts'), JSON.stringify(plan)], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  try {
    const reader = child.stdout.getReader()
    const { value = new Uint8Array() } = await reader.read()
    return await work(Buffer.from(value).toString().trim())
  } finally {
    await child.stdin.end()
    await child.exited
  }
}

/** A tweet that is lost would be waited for without an end: no reader that is measured takes so long for one, nor for all. */
export const readingTimeoutMs = (tweets: number) => 120_000 + tweets

/**
 * A lake and a journal that are new, and everything that comes, until there are so many tweets.
 * @param lastsMs that sending them takes by itself
 */
export function listenTo(
  origin: string,
  tweets: number,
  { watch, lastsMs = 0 }: { watch?: RunOptions['watch']; lastsMs?: number } = {},
): Promise<Run> {
  rmSync(FOLDER, { recursive: true, force: true })
  const words = ['listen', 'covid19', '--origin', origin, '--lake', LISTENER_LAKE, '--max-tweets', String(tweets)]
  const caps = ['--max-usd', NO_CAP, '--max-usd-per-day', NO_CAP]
  return run([TWDW, ...words, ...caps, '--state-dir', STATE, '--no-fill', '--quiet', '--json'], {
    env: { X_BEARER_TOKEN: FIREHOSE_TOKEN },
    statuses: [CAP_REACHED],
    timeoutMs: lastsMs + readingTimeoutMs(tweets),
    ...(watch !== undefined && { watch }),
  })
}

/** Memory of a process now, in MB of 10^6 bytes; undefined once it is gone. */
export function residentMegabytes(pid: number): number | undefined {
  try {
    const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kib === undefined ? undefined : (Number(kib) * 1024) / 1e6
  } catch {
    return undefined
  }
}

/** When the newest tweet that lies in the journal was made, in ms since 1970; undefined while the journal is empty. */
export function newestJournalledMs(): number | undefined {
  try {
    const [newest] = readdirSync(STATE, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.journal'))
      .sort()
      .reverse()
    if (newest === undefined) return undefined
    const ids = [...tailOf(join(STATE, newest)).matchAll(/\{"data":\{[^{}]*?"id":"(\d{19})"/g)]
    const last = ids.at(-1)?.[1]
    return last === undefined ? undefined : tweetInstantMs(last, null)
  } catch {
    // published and removed since the folder was read
    return undefined
  }
}

function tailOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES))
    readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('latin1')
  } finally {
    closeSync(file)
  }
}
