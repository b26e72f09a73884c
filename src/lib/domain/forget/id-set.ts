/** A set of ids, asked by the bytes of their digits where they stand: no string and no BigInt is made of what is asked. */
import { createInt64Index, type Int64Index, parseInt64 } from '../columns/int64.ts'

export class IdSet {
  /** of the shortest id; infinite where there is none */
  readonly minDigits: number
  private readonly maxDigits: number
  private readonly index: Int64Index
  private readonly asked = new Int32Array(2)

  /** @param ids digits of INT64 without leading zeros, in any order */
  constructor(ids: readonly string[]) {
    this.index = createInt64Index(ids.length)
    let [minDigits, maxDigits] = [Number.POSITIVE_INFINITY, 0]
    for (const id of ids) {
      if (!this.parse(id)) throw new Error(`no id: ${id}`)
      this.index.add(this.asked[0]!, this.asked[1]!)
      minDigits = Math.min(minDigits, id.length)
      maxDigits = Math.max(maxDigits, id.length)
    }
    this.minDigits = minDigits
    this.maxDigits = maxDigits
  }

  /** Ascending as numbers, without repeats. */
  get ids(): string[] {
    const sorted = new BigInt64Array(new Int32Array(this.index.halves).buffer).sort()
    return Array.from(sorted, String)
  }

  get size(): number {
    return this.index.size
  }

  has(id: string): boolean {
    return this.mayHave(id.length) && this.parse(id) && this.index.find(this.asked[0]!, this.asked[1]!) !== -1
  }

  /** Are the bytes from `start` to `end` the digits of one of the ids? */
  hasBytes(bytes: Uint8Array, start: number, end: number): boolean {
    // the digits of another number may be those of an id behind a zero
    if (!this.mayHave(end - start) || bytes[start] === ZERO) return false
    if (!parseInt64(bytes, start, end, this.asked, 0)) return false
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
    if (id.length > DIGITS.length) return false
    const { written } = ENCODER.encodeInto(id, DIGITS)
    return parseInt64(DIGITS, 0, written, this.asked, 0)
  }
}

const ZERO = 0x30
const ENCODER = new TextEncoder()
/** of an INT64; longer texts are none */
const DIGITS = new Uint8Array(19)
