/**
 * 64-bit integers without BigInt: reading them from digits, finding equal ones, putting them in order.
 *
 * A JavaScript number is exact to 2^53 and a tweet id has 61 bits, so an id is two 32-bit halves here
 * (see Int64s). One BigInt per id would cost ten times as much as the work done with it.
 */

const TWO_32 = 4_294_967_296

/**
 * Read an id: one or more ASCII digits and nothing else, at most 2^63 - 1.
 * @param halves receives the value at 2 * at and 2 * at + 1; untouched when it is not an id
 * @returns false when the text is not an id
 */
export function parseInt64(bytes: Uint8Array, start: number, end: number, halves: Int32Array, at: number): boolean {
  let first = start
  while (first < end - 1 && bytes[first] === 0x30) first++
  const digits = end - first
  if (digits < 1 || digits > 19) return false
  // groups of 5, 7 and 7 digits keep every product below 2^53
  const top = parseDigits(bytes, first, end - 14)
  const middle = parseDigits(bytes, Math.max(first, end - 14), end - 7)
  const bottom = parseDigits(bytes, Math.max(first, end - 7), end)
  if (top < 0 || middle < 0 || bottom < 0) return false
  const upper = top * 1e7 + middle
  // upper * 1e7 + bottom, as high * 2^32 + low
  const left = Math.floor(upper / 2 ** 20)
  const product = left * 1e7
  const productHigh = Math.floor(product / 2 ** 12)
  const lowSum = (product - productHigh * 2 ** 12) * 2 ** 20 + (upper - left * 2 ** 20) * 1e7 + bottom
  const carry = Math.floor(lowSum / TWO_32)
  const high = productHigh + carry
  if (high > 0x7fff_ffff) return false
  halves[2 * at] = lowSum - carry * TWO_32
  halves[2 * at + 1] = high
  return true
}

/** 0 for no digits (end <= start), -1 where a byte is not a digit. */
function parseDigits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

/** The value at an index as a number: exact up to 2^53, which is enough for instants in milliseconds. */
export function toNumber(halves: Int32Array, at: number): number {
  return halves[2 * at + 1]! * TWO_32 + (halves[2 * at]! >>> 0)
}

/** Store a whole number of at most 2^53. */
export function setNumber(halves: Int32Array, at: number, value: number): void {
  halves[2 * at] = value
  halves[2 * at + 1] = Math.floor(value / TWO_32)
}

export function numbersToHalves(values: ArrayLike<number>): Int32Array {
  const halves = new Int32Array(values.length * 2)
  for (let i = 0; i < values.length; i++) setNumber(halves, i, values[i]!)
  return halves
}

export function copyInt64(from: Int32Array, fromAt: number, to: Int32Array, toAt: number): void {
  to[2 * toAt] = from[2 * fromAt]!
  to[2 * toAt + 1] = from[2 * fromAt + 1]!
}

/** sums[at] += values[from], wrapping past 2^63 as SQL engines do not: counts of tweets stay far below. */
export function addInt64(sums: Int32Array, at: number, values: Int32Array, from: number): void {
  const low = (sums[2 * at]! >>> 0) + (values[2 * from]! >>> 0)
  sums[2 * at] = low
  sums[2 * at + 1] = sums[2 * at + 1]! + values[2 * from + 1]! + (low >= TWO_32 ? 1 : 0)
}

/** Negative, 0 or positive, as for numbers. */
export function compareInt64(a: Int32Array, aAt: number, b: Int32Array, bAt: number): number {
  const high = a[2 * aAt + 1]! - b[2 * bAt + 1]!
  return high !== 0 ? high : (a[2 * aAt]! >>> 0) - (b[2 * bAt]! >>> 0)
}

/** Distinct 64-bit integers, numbered 0, 1, 2… in the order in which they were first added. */
export interface Int64Index {
  readonly size: number
  /** The number of a value, which is added if it is new. */
  add(low: number, high: number): number
  /** The number of a value; -1 where it was never added. */
  find(low: number, high: number): number
  /** the values by number; size * 2 halves */
  readonly halves: Int32Array
}

/** @param maxKeys how many distinct values will be added at most */
export function createInt64Index(maxKeys: number): Int64Index {
  const slotCount = 2 ** Math.ceil(Math.log2(Math.max(maxKeys, 8) * 2))
  const slots = new Int32Array(slotCount).fill(-1)
  const keys = new Int32Array(maxKeys * 2)
  let size = 0

  /** The slot that holds the value, or the empty one where it belongs. */
  function slotOf(low: number, high: number): number {
    let slot = hashInt64(low, high) & (slotCount - 1)
    for (;;) {
      const key = slots[slot]!
      if (key === -1 || (keys[2 * key] === low && keys[2 * key + 1] === high)) return slot
      slot = (slot + 1) & (slotCount - 1)
    }
  }

  return {
    get size() {
      return size
    },
    add(low, high) {
      const slot = slotOf(low, high)
      if (slots[slot] === -1) {
        keys[2 * size] = low
        keys[2 * size + 1] = high
        slots[slot] = size++
      }
      return slots[slot]!
    },
    find: (low, high) => slots[slotOf(low, high)]!,
    get halves() {
      return keys.subarray(0, size * 2)
    },
  }
}

/** Spreads ids that differ only in their time, or only in their sequence number, over all 32 bits. */
function hashInt64(low: number, high: number): number {
  let hash = Math.imul(low ^ Math.imul(high, 0x85eb_ca6b), 0x9e37_79b1)
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2_ae35)
  return hash ^ (hash >>> 16)
}

/** Values in ascending order, and the place of each. */
export interface Int64Ranks {
  /** the values, ascending */
  sorted: Int32Array
  /** number in the index → place in `sorted` */
  rankOf: Uint32Array
}

export function rankInt64s(index: Int64Index): Int64Ranks {
  const sorted = new Int32Array(index.halves)
  // sorting the memory itself, without a comparing function, is what the engine does quickest
  new BigInt64Array(sorted.buffer).sort()
  const rankOf = new Uint32Array(index.size)
  for (let rank = 0; rank < index.size; rank++) rankOf[index.find(sorted[2 * rank]!, sorted[2 * rank + 1]!)] = rank
  return { sorted, rankOf }
}
