/** Commands measured as whole processes, by what the kernel counted of them. */

export interface Run {
  wallSeconds: number
  /** user and system, of all threads */
  cpuSeconds: number
  /** most memory at one time, in MB of 10^6 bytes */
  peakMegabytes: number
  stdout: string
}

/** @throws Error when it ends with another status than 0 */
export async function run(words: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const beganMs = performance.now()
  const child = Bun.spawn([...words], { env: { ...process.env, ...env }, stdout: 'pipe', stderr: 'pipe' })
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  const wallSeconds = (performance.now() - beganMs) / 1000
  if (status !== 0) throw new Error(`${words.join(' ')} ended with status ${status}: ${stderr}`)
  const { cpuTime, maxRSS } = child.resourceUsage()!
  return { wallSeconds, cpuSeconds: Number(cpuTime.total) / 1e6, peakMegabytes: maxRSS / 1e6, stdout }
}

/**
 * Two commands and more, in turn: A B A B …, so that a machine that drifts drifts for all of them.
 * @param before what is done before each run, and not measured
 * @returns the runs of each, by its name
 */
export async function inTurn<Name extends string>(
  commands: Readonly<Record<Name, readonly string[]>>,
  times: number,
  before: (name: Name) => Promise<void>,
): Promise<Record<Name, Run[]>> {
  const names = Object.keys(commands) as Name[]
  const runs = Object.fromEntries(names.map(name => [name, []])) as unknown as Record<Name, Run[]>
  for (let i = 0; i < times; i++) {
    for (const name of names) {
      await before(name)
      runs[name].push(await run(commands[name]))
    }
  }
  return runs
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
