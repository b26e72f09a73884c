/**
 * Faults: what happens to the next requests that are meant, instead of what they asked for or after it.
 *
 * Faults are data, so that a test of the executable can send them to the double's own process as JSON.
 */
import type { S3ErrorCode } from './errors.ts'

export type Mishap =
  /** RST, before anything was done or after it was */
  | { reset: 'before' | 'after' }
  /** FIN without an answer */
  | { hangUp: 'before' | 'after' }
  /** `isApplied`: what was asked for was done all the same. `status`: another one than the code's; S3 can fail with 200 */
  | { error: S3ErrorCode; isApplied?: boolean; status?: number }
  /** a gateway's page, which is no XML */
  | { page: string; status: number }
  /** done, and answered with the whole head and so many bytes of the body; then FIN */
  | { cutAfterBytes: number }
  /** the same, but then nothing more comes, and the connection stays open */
  | { stallAfterBytes: number }
  /** RST once so many bytes of the request's body have come, before the rest was read; nothing is done */
  | { resetAfterBytesIn: number }
  /** done, and answered with one byte of the body turned round */
  | { flipByteAt: number }
  /** never answered; the connection stays open */
  | { silence: 'before' | 'after' }
  /** done at once and answered late; `before`: both late */
  | { delayMs: number; before?: boolean }
  /** nothing is done before the test lets it go on; not as JSON */
  | { until: Promise<unknown> }

export interface Fault {
  /** such as `PUT`; any if left out */
  method?: string
  /** such as `PutObject`; any if left out */
  operation?: string
  /** a regular expression that is found in the key; any if left out */
  key?: string
  /** let so many pass that are meant before the first; none if left out */
  skip?: number
  /** how many it happens to; one if left out */
  times?: number | 'always'
  does: Mishap
}

export interface Asked {
  method: string
  operation: string
  key: string
}

/** Those that are still to happen, first come first served. */
export class Faults {
  private waiting: { fault: Fault; skip: number; left: number }[] = []

  add(fault: Fault): void {
    const { skip = 0, times = 1 } = fault
    this.waiting.push({ fault, skip, left: times === 'always' ? Number.POSITIVE_INFINITY : times })
  }

  clear(): void {
    this.waiting = []
  }

  /** How many have not happened, or not as often as they are to. */
  get size(): number {
    return this.waiting.length
  }

  /** What is to happen to this request. Asked once for each: it counts. */
  take(asked: Asked): Mishap | undefined {
    for (const entry of this.waiting) {
      if (!isMeant(entry.fault, asked)) continue
      if (entry.skip > 0) {
        entry.skip--
        continue
      }
      entry.left--
      if (entry.left <= 0) this.waiting = this.waiting.filter(other => other !== entry)
      return entry.fault.does
    }
    return undefined
  }
}

function isMeant(fault: Fault, { method, operation, key }: Asked): boolean {
  if (fault.method !== undefined && fault.method !== method) return false
  if (fault.operation !== undefined && fault.operation !== operation) return false
  return fault.key === undefined || new RegExp(fault.key, 's').test(key)
}
