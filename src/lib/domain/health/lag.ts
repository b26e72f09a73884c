/**
 * Lag: how long after it was made a tweet was captured, as percentiles of the last five minutes.
 *
 * Lags are counted in classes whose borders grow by a tenth, so memory is fixed and a percentile is right within 5 %,
 * whatever the rate. A lag below zero is real: our clock is then behind X's.
 */
import { SlidingWindow } from './sliding-window.ts'

/** In milliseconds, to 5 %. */
export interface Lag {
  p50Ms: number
  p99Ms: number
}

/** How long a lag counts: 30 slices of 10 s. */
export const LAG_WINDOW_MS = 300_000
const SLICE_MS = 10_000
const GROWTH = 1.1
/** Classes on each side of zero; the last one ends at about 75 years. */
const CLASSES = 300
const ZERO = CLASSES

export class LagWindow {
  private readonly window = new SlidingWindow({
    sliceMs: SLICE_MS,
    slices: LAG_WINDOW_MS / SLICE_MS,
    width: 2 * CLASSES + 1,
  })

  /** @param tweets how many tweets this lag stands for, > 0 */
  add(atMs: number, lagMs: number, tweets: number): void {
    this.window.add(atMs, classOf(lagMs), tweets)
  }

  /** @returns undefined when nothing was captured in the window */
  lag(nowMs: number): Lag | undefined {
    const counts = this.window.sums(nowMs)
    const total = counts.reduce((sum, count) => sum + count, 0)
    if (total === 0) return undefined
    return { p50Ms: percentileMs(counts, total * 0.5), p99Ms: percentileMs(counts, total * 0.99) }
  }
}

/** The lag of the class in which the `rank`th smallest stands (nearest rank). */
function percentileMs(counts: Float64Array, rank: number): number {
  let sum = 0
  let last = ZERO
  for (const [index, count] of counts.entries()) {
    if (count === 0) continue
    last = index
    sum += count
    if (sum >= rank) break
  }
  return lagOfClass(last)
}

function classOf(lagMs: number): number {
  const size = Math.abs(lagMs)
  if (size < 1) return ZERO
  const distance = Math.min(CLASSES, 1 + Math.ceil(Math.log(size) / Math.log(GROWTH)))
  return ZERO + Math.sign(lagMs) * distance
}

/** The value that is off by the same share from both borders, in whole milliseconds. */
function lagOfClass(index: number): number {
  if (index === ZERO) return 0
  const border = GROWTH ** (Math.abs(index - ZERO) - 1)
  return Math.sign(index - ZERO) * Math.round((2 * border) / (1 + GROWTH))
}
