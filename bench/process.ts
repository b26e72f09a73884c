/** Commands measured as whole processes, by what the kernel counted of them. */

export interface Run {
  wallSeconds: number
  /** user and system, of all threads */
  cpuSeconds: number
  /** most memory at one time, in MB of 10^6 bytes */
  peakMegabytes: number
  stdout: string
}

export interface RunOptions {
  env?: Readonly<Record<string, string>>
  /** statuses to end with that are as it should be */
  statuses?: readonly number[]
  /** called over and over while the command runs */
  watch?: { everyMs: number; look: (pid: number) => void }
}

/** @throws Error when it ends with another status */
export async function run(
  words: readonly string[],
  { env = {}, statuses = [0], watch }: RunOptions = {},
): Promise<Run> {
  const beganMs = performance.now()
  const child = Bun.spawn([...words], { env: { ...process.env, ...env }, stdout: 'pipe', stderr: 'pipe' })
  const watching = watch && setInterval(() => watch.look(child.pid), watch.everyMs)
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  const wallSeconds = (performance.now() - beganMs) / 1000
  clearInterval(watching)
  if (!statuses.includes(status)) throw new Error(`${words.join(' ')} ended with status ${status}: ${stderr}`)
  const { cpuTime, maxRSS } = child.resourceUsage()!
  return { wallSeconds, cpuSeconds: Number(cpuTime.total) / 1e6, peakMegabytes: maxRSS / 1e6, stdout }
}

/**
 * Two commands and more, in turn: A B A B …, so that a machine that drifts drifts for all of them.
 * @param measure runs one of them, and makes ready for it what need not be measured
 * @returns the runs of each, by its name
 */
export async function inTurn<Name extends string>(
  names: readonly Name[],
  times: number,
  measure: (name: Name) => Promise<Run>,
): Promise<Record<Name, Run[]>> {
  const runs = Object.fromEntries(names.map(name => [name, []])) as unknown as Record<Name, Run[]>
  for (let i = 0; i < times; i++) {
    for (const name of names) runs[name].push(await measure(name))
  }
  return runs
}

export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5)
}

/** @param part 0 to 1. @returns a number of the list; NaN if it is empty */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
