/** A set of ids, asked by the bytes of their digits where they stand: no string and no BigInt is made of what is asked. */
import { createInt64Index, type Int64Index, parseInt64 } from '../columns/int64.ts'

export class IdSet {
  /** digits of INT64, ascending as numbers, without repeats */
  readonly ids: readonly string[]
  private readonly index: Int64Index
  private readonly asked = new Int32Array(2)
  /** of the shortest id; infinite where there is none */
  readonly minDigits: number
  private readonly maxDigits: number

  /** @param ids digits of INT64 without leading zeros, in any order */
  constructor(ids: Iterable<string>) {
    this.ids = [...new Set(ids)].sort(compareIds)
    this.index = createInt64Index(this.ids.length)
    for (const id of this.ids) if (this.parse(id)) this.index.add(this.asked[0]!, this.asked[1]!)
    this.minDigits = this.ids[0]?.length ?? Number.POSITIVE_INFINITY
    this.maxDigits = this.ids.at(-1)?.length ?? 0
  }

  get size(): number {
    return this.ids.length
  }

  has(id: string): boolean {
    return this.mayHave(id.length) && this.parse(id) && this.index.find(this.asked[0]!, this.asked[1]!) !== -1
  }

  /** Are the bytes from `start` to `end` the digits of one of the ids? */
  hasBytes(bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.mayHave(end - start) || !parseInt64(bytes, start, end, this.asked, 0)) return false
    return this.hasHalves(this.asked[0]!, this.asked[1]!)
  }

  /** As two halves of an INT64. */
  hasHalves(low: number, high: number): boolean {
    return this.size > 0 && this.index.find(low, high) !== -1
  }

  private mayHave(digits: number): boolean {
    return digits >= this.minDigits && digits <= this.maxDigits
  }

  private parse(id: string): boolean {
    return parseInt64(ENCODER.encode(id), 0, id.length, this.asked, 0)
  }
}

const ENCODER = new TextEncoder()

/** Negative, 0 or positive: ids without leading zeros sort as numbers by their length first. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}
