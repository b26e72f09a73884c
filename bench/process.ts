/** Commands measured as whole processes. */
import { readdirSync, readFileSync } from 'node:fs'
import { THREADS } from './places.ts'
import { type Measure, type Outcome, timingOf } from './statistics.ts'

export interface Run extends Measure {
  stdout: string
}

export interface RunOptions {
  env?: Readonly<Record<string, string>>
  /** statuses to end with that are as it should be */
  statuses?: readonly number[]
  /** after so long it is ended, which is a failure */
  timeoutMs?: number
  /** called over and over while the command runs */
  watch?: { everyMs: number; look: (pid: number) => void }
}

/** By what the kernel counted of the process. @throws Error when it ends with another status */
export async function run(
  words: readonly string[],
  { env = {}, statuses = [0], watch, timeoutMs }: RunOptions = {},
): Promise<Run> {
  const beganMs = performance.now()
  const child = Bun.spawn([...words], {
    env: { ...process.env, BENCH_THREADS: String(THREADS), ...env },
    stdout: 'pipe',
    stderr: 'pipe',
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
  })
  const watching = watch && setInterval(() => watch.look(child.pid), watch.everyMs)
  let seenMegabytes: number | null = null
  const measuring = setInterval(() => {
    seenMegabytes = peakMegabytesOf(child.pid) ?? seenMegabytes
  }, PEAK_LOOK_MS)
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  const seconds = (performance.now() - beganMs) / 1000
  clearInterval(watching)
  clearInterval(measuring)
  if (!statuses.includes(status)) throw new Error(howItEnded(words, status, String(child.signalCode ?? ''), stderr))
  const { cpuTime, maxRSS } = child.resourceUsage()!
  // what it was before it became this command was a copy of this process, which counts as well
  const isItsOwn = maxRSS / 1e6 > (peakMegabytesOf(process.pid) ?? 0)
  const peakMegabytes = isItsOwn ? maxRSS / 1e6 : seenMegabytes
  return { seconds, cpuSeconds: Number(cpuTime.total) / 1e6, peakMegabytes, stdout }
}

/**
 * A command whose work is done by processes that it starts: they are looked at ten times a second, and what a process
 * does after the last look is not counted.
 */
export async function runTree(words: readonly string[], options: RunOptions = {}): Promise<Run> {
  let tree: ProcessTree | undefined
  const look = (pid: number) => {
    tree ??= watchTree(pid)
    tree.look()
  }
  const whole = await run(words, { ...options, watch: { everyMs: TREE_LOOK_MS, look } })
  return { ...whole, cpuSeconds: tree?.cpuSeconds() ?? null, peakMegabytes: tree?.peakMegabytes() ?? null }
}

/** How often one looks at it. */
export const TREE_LOOK_MS = 100

/** A process with all that it starts, as far as one has looked. */
export interface ProcessTree {
  look(): void
  /** user and system, of all since they began */
  cpuSeconds(): number
  /** the most that all had together */
  peakMegabytes(): number
}

export function watchTree(pid: number): ProcessTree {
  const ticks = new Map<number, number>()
  let peakBytes = 0
  return {
    look() {
      let bytes = 0
      for (const each of treeOf(pid)) {
        const seen = lookAt(each)
        if (seen === undefined) continue
        // one that was just begun by a copy of its parent has all that its parent has, until it is another program
        if (ticks.has(each)) bytes += seen.bytes
        ticks.set(each, seen.ticks)
      }
      peakBytes = Math.max(peakBytes, bytes)
    },
    cpuSeconds: () => [...ticks.values()].reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND,
    peakMegabytes: () => peakBytes / 1e6,
  }
}

/** Another program made something else than twdw. */
export class Differs extends Error {}

/** @param words of a script that compares what two have made. @returns its sentence. @throws Differs */
export async function compared(words: readonly string[]): Promise<string> {
  try {
    return (await run(words)).stdout.trim()
  } catch (error) {
    throw new Differs((error as Error).message, { cause: error })
  }
}

/**
 * Commands in turn: A B A B …, so that a machine that drifts drifts for all of them.
 *
 * The first one is ours. When another fails it is not run again, and its sentence stands where its times would; ours must not.
 * @throws what ours throws, and Differs when everybody else made something else
 * @param measure runs one of them, and makes ready for it what need not be measured
 * @param times   rounds; of single ones by name, where they take long
 */
export async function inTurn<Name extends string>(
  names: readonly Name[],
  times: number,
  measure: (name: Name) => Promise<Measure>,
  fewer: Partial<Record<Name, number>> = {},
): Promise<Record<Name, Outcome>> {
  const runs = new Map<Name, Measure[]>(names.map(name => [name, []]))
  const failed = new Map<Name, Error>()
  for (let round = 0; round < times; round++) {
    for (const [place, name] of names.entries()) {
      if (failed.has(name) || round >= (fewer[name] ?? times)) continue
      try {
        runs.get(name)!.push(await measure(name))
      } catch (error) {
        if (place === 0 || !(error instanceof Error)) throw error
        failed.set(name, error)
      }
    }
  }
  const others = names.slice(1).map(name => failed.get(name))
  // whoever is alone with what it made is wrong, and that is twdw
  if (others.length > 0 && others.every(error => error instanceof Differs)) throw others[0]
  const outcome = (name: Name): Outcome => {
    const error = failed.get(name)
    return error === undefined ? timingOf(runs.get(name)!) : { failed: error.message }
  }
  return Object.fromEntries(names.map(name => [name, outcome(name)])) as Record<Name, Outcome>
}

const PEAK_LOOK_MS = 50
const TICKS_A_SECOND = 100
const PAGE_BYTES = 4096
/** Of a long complaint the end says what was wrong. */
const STDERR_CHARACTERS = 600

function howItEnded(words: readonly string[], status: number, signal: string, stderr: string): string {
  const how = signal === '' ? `with status ${status}` : `by ${signal}`
  const said = stderr.trim().slice(-STDERR_CHARACTERS)
  return `${words.join(' ').slice(0, 200)} ended ${how}${said === '' ? '' : `: ${said}`}`
}

/** Most memory that a process has had so far, in MB of 10^6 bytes; undefined once it is gone. */
function peakMegabytesOf(pid: number): number | undefined {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return kib === undefined ? undefined : (Number(kib) * 1024) / 1e6
  } catch {
    return undefined
  }
}

function treeOf(pid: number): number[] {
  const pids = [pid]
  for (let i = 0; i < pids.length; i++) pids.push(...childrenOf(pids[i]!))
  return pids
}

function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const texts = threads.map(thread => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1'))
    return texts.join(' ').split(' ').filter(Boolean).map(Number)
  } catch {
    // it has ended since
    return []
  }
}

/** Ticks of the clock that it used, and bytes that it holds now; undefined once it is gone. */
function lookAt(pid: number): { ticks: number; bytes: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // after the name, which may hold anything: state is the third field
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { ticks: Number(fields[11]) + Number(fields[12]), bytes: Number(fields[21]) * PAGE_BYTES }
  } catch {
    return undefined
  }
}
