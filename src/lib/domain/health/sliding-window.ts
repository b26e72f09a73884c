/**
 * A sliding window: sums over the last stretch of time, in memory that does not grow.
 *
 * Time is cut into slices, each a row of numbers; the oldest slice is overwritten by the newest. The slice of now is not
 * over yet, so a window reaches back between one slice less than it has and as many as it has. A clock that is put back
 * costs what was counted since: slices of the future never count.
 */

export interface WindowShape {
  sliceMs: number
  slices: number
  /** numbers in a slice */
  width: number
}

export class SlidingWindow {
  private readonly shape: WindowShape
  private readonly numbers: Float64Array
  /** number of the slice that stands in each place, counted from 1970; -1: none */
  private readonly sliceAt: Float64Array

  constructor(shape: WindowShape) {
    this.shape = shape
    this.numbers = new Float64Array(shape.slices * shape.width)
    this.sliceAt = new Float64Array(shape.slices).fill(-1)
  }

  /** @param index 0 <= index < width. @param atMs milliseconds since 1970-01-01T00:00Z, never far from now */
  add(atMs: number, index: number, amount: number): void {
    const { slices, width } = this.shape
    const slice = this.sliceOf(atMs)
    const place = slice % slices
    if (this.sliceAt[place] !== slice) {
      this.numbers.fill(0, place * width, (place + 1) * width)
      this.sliceAt[place] = slice
    }
    this.numbers[place * width + index]! += amount
  }

  /** Sums of each number over the last `slices` slices, the one of now included. */
  sums(nowMs: number, slices = this.shape.slices): Float64Array {
    const { width } = this.shape
    const sums = new Float64Array(width)
    const now = this.sliceOf(nowMs)
    for (const [place, slice] of this.sliceAt.entries()) {
      if (slice > now || slice <= now - slices) continue
      for (let i = 0; i < width; i++) sums[i]! += this.numbers[place * width + i]!
    }
    return sums
  }

  /** How far back the last `slices` slices reach. */
  spanMs(nowMs: number, slices = this.shape.slices): number {
    return nowMs - (this.sliceOf(nowMs) - slices + 1) * this.shape.sliceMs
  }

  private sliceOf(atMs: number): number {
    return Math.floor(atMs / this.shape.sliceMs)
  }
}
