/** Bad luck with a store, the same for the same seed. */
import type { Fault, Mishap } from '../s3-double/faults.ts'

/** What passes when it is asked again. */
const MISHAPS: readonly Mishap[] = [
  { reset: 'before' },
  { reset: 'after' },
  { hangUp: 'before' },
  { hangUp: 'after' },
  { error: 'InternalError' },
  { error: 'SlowDown' },
  { error: 'InternalError', isApplied: true },
  { error: 'InternalError', status: 200, isApplied: true },
  { cutAfterBytes: 40 },
  { page: '<html>bad gateway</html>', status: 502 },
  { delayMs: 300 },
]

/** @returns numbers from 0 up to 1, it not included */
export function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

/** @param within so many requests they are scattered over */
export function storm(seed: number, count: number, within: number): Fault[] {
  const random = seeded(seed)
  return Array.from({ length: count }, () => ({
    skip: Math.floor(random() * within),
    times: 1 + Math.floor(random() * 2),
    does: MISHAPS[Math.floor(random() * MISHAPS.length)]!,
  }))
}
