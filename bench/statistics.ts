/** Many runs as few numbers. Values in, values out. */

/** What was counted of one run; null where nobody could count it. */
export interface Measure {
  /** on the clock */
  seconds: number
  /** user and system, of all threads and processes */
  cpuSeconds: number | null
  /** most memory at one time, in MB of 10^6 bytes */
  peakMegabytes: number | null
}

/** All runs of one program, in the order in which they were made. The rest follows from them. */
export interface Timing {
  runs: Measure[]
  median: Measure
  least: Measure
  most: Measure
}

/** A program that ended badly, or that gave another answer: its times say nothing. */
export interface Failure {
  /** a sentence */
  failed: string
}

export type Outcome = Timing | Failure

/** More than this part of the median between the quickest and the slowest run is worth a word. */
const WIDE = 0.1
/** Of seconds; the clock of a process knows no more. */
const DECIMALS = 4

/** @param runs n >= 1 */
export function timingOf(runs: readonly Measure[]): Timing {
  const rounded = runs.map(({ seconds, cpuSeconds, peakMegabytes }) => ({
    seconds: round(seconds, DECIMALS),
    cpuSeconds: cpuSeconds === null ? null : round(cpuSeconds, DECIMALS),
    peakMegabytes: peakMegabytes === null ? null : round(peakMegabytes, 1),
  }))
  const each = (of: (numbers: readonly number[]) => number): Measure => ({
    seconds: of(rounded.map(({ seconds }) => seconds)),
    cpuSeconds: ofKnown(
      rounded.map(({ cpuSeconds }) => cpuSeconds),
      of,
    ),
    peakMegabytes: ofKnown(
      rounded.map(({ peakMegabytes }) => peakMegabytes),
      of,
    ),
  })
  return {
    runs: rounded,
    median: each(numbers => round(median(numbers), DECIMALS)),
    least: each(numbers => Math.min(...numbers)),
    most: each(numbers => Math.max(...numbers)),
  }
}

export function isFailure(outcome: Outcome): outcome is Failure {
  return 'failed' in outcome
}

/**
 * How many times as long `some` takes as `other`: the median over rounds, as the two ran one after the other in each.
 * @returns undefined when one of them failed
 */
export function ratioOf(some: Outcome, other: Outcome): number | undefined {
  if (isFailure(some) || isFailure(other)) return undefined
  const rounds = Math.min(some.runs.length, other.runs.length)
  const ratios = some.runs.slice(0, rounds).map((run, i) => run.seconds / other.runs[i]!.seconds)
  return median(ratios)
}

/** Whether the runs differ by so much that a median alone would hide it. */
export function isWide({ median, least, most }: Timing): boolean {
  return most.seconds - least.seconds > WIDE * median.seconds
}

/** @returns of an even number of them the mean of the middle two; NaN if there is none */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const [upper, lower] = [sorted[sorted.length >> 1], sorted[(sorted.length - 1) >> 1]]
  return upper === undefined || lower === undefined ? Number.NaN : (upper + lower) / 2
}

/** @param part 0 to 1. @returns a number of the list; NaN if it is empty */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** What `y` changes by for each `x`, by least squares. @param points n >= 2, not all of one `x` */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [meanX, meanY] = [mean(([x]) => x), mean(([, y]) => y)]
  return mean(([x, y]) => (x - meanX) * (y - meanY)) / mean(([x]) => (x - meanX) ** 2)
}

export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}

function ofKnown(values: readonly (number | null)[], of: (numbers: readonly number[]) => number): number | null {
  const known = values.filter(value => value !== null)
  return known.length === 0 ? null : of(known)
}
