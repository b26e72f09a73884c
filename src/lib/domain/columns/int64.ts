/**
 * 64-bit integers without BigInt: reading them from digits, finding equal ones, putting them in order.
 *
 * A JavaScript number is exact to 2^53 and a tweet id has 61 bits, so an id is two 32-bit halves here
 * (see Int64s). One BigInt per id would cost ten times as much as the work done with it.
 */

export const TWO_32 = 4_294_967_296
/** A sum of low halves that is still exact when another is added to it. */
export const MAX_LOW_SUM = 2 ** 52

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

/** At most 9 digits; 0 for none (end <= start), -1 where a byte is not a digit. */
function parseDigits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  // its sign tells whether a digit was below 0 or above 9: a branch for each byte takes twice as long
  let faults = 0
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 0x30
    faults |= digit | (9 - digit)
    value = (value * 10 + digit) | 0
  }
  return faults < 0 ? -1 : value
}

/** The value at an index as a number: exact up to 2^53, which is enough for instants in milliseconds. */
export function toNumber(halves: Int32Array, at: number): number {
  return halves[2 * at + 1]! * TWO_32 + (halves[2 * at]! >>> 0)
}

/** @param values an array of another kind than Float64Array is slower */
export function numbersToHalves(values: ArrayLike<number>): Int32Array {
  if (!(values instanceof Float64Array)) return numbersToHalves(Float64Array.from(values))
  const halves = new Int32Array(values.length * 2)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    halves[2 * i] = value
    halves[2 * i + 1] = Math.floor(value / TWO_32)
  }
  return halves
}

/** Multiply in place. @param factor a whole number from 0 to 2^20: the products of halves are exact then */
export function multiplyInt64s(halves: Int32Array, factor: number): void {
  for (let i = 0; i < halves.length; i += 2) {
    const low = (halves[i]! >>> 0) * factor
    halves[i] = low
    halves[i + 1] = halves[i + 1]! * factor + Math.floor(low / TWO_32)
  }
}

export function copyInt64(from: Int32Array, fromAt: number, to: Int32Array, toAt: number): void {
  to[2 * toAt] = from[2 * fromAt]!
  to[2 * toAt + 1] = from[2 * fromAt + 1]!
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

/** @param expectedKeys about how many distinct values will be added; more are no error */
export function createInt64Index(expectedKeys = 0): Int64Index {
  let slotCount = 2 ** Math.ceil(Math.log2(Math.max(expectedKeys, 8) * 2))
  let slots = new Int32Array(slotCount).fill(-1)
  let keys = new Int32Array(slotCount)
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

  /** Half of the slots stay empty. */
  function grow(): void {
    slotCount *= 2
    slots = new Int32Array(slotCount).fill(-1)
    const more = new Int32Array(slotCount)
    more.set(keys)
    keys = more
    for (let key = 0; key < size; key++) slots[slotOf(keys[2 * key]!, keys[2 * key + 1]!)] = key
  }

  return {
    get size() {
      return size
    },
    add(low, high) {
      const slot = slotOf(low, high)
      const known = slots[slot]!
      if (known !== -1) return known
      keys[2 * size] = low
      keys[2 * size + 1] = high
      slots[slot] = size++
      if (size * 2 > slotCount - 2) grow()
      return size - 1
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

/** Bits of a key that one pass sorts by. */
const DIGIT_BITS = 11
const DIGITS = 2 ** DIGIT_BITS

/**
 * Rows in ascending order of their values, which are 0 or more; equal ones keep their order.
 *
 * Digit by digit from the lowest; a digit that all values share is left out. The ids of an hour share a third of theirs.
 * @param rows places in `halves`
 */
export function orderInt64s(halves: Int32Array, rows: Uint32Array): Uint32Array {
  const varying = varyingBits(halves, rows)
  let order: Uint32Array = rows
  let other: Uint32Array = new Uint32Array(rows.length)
  const digits = new Uint16Array(rows.length)
  for (let shift = 0; shift < 64; shift += DIGIT_BITS) {
    if (digitAt(varying.low, varying.high, shift) === 0) continue
    const nextPlace = new Uint32Array(DIGITS + 1)
    for (let i = 0; i < order.length; i++) {
      const at = 2 * order[i]!
      const digit = digitAt(halves[at]!, halves[at + 1]!, shift)
      digits[i] = digit
      nextPlace[digit + 1]! += 1
    }
    for (let digit = 0; digit < DIGITS; digit++) nextPlace[digit + 1]! += nextPlace[digit]!
    for (let i = 0; i < order.length; i++) other[nextPlace[digits[i]!]!++] = order[i]!
    // what was given is not written into
    const free = order === rows ? new Uint32Array(rows.length) : order
    order = other
    other = free
  }
  return order
}

function digitAt(low: number, high: number, shift: number): number {
  if (shift >= 32) return (high >>> (shift - 32)) & (DIGITS - 1)
  const below = low >>> shift
  return (shift + DIGIT_BITS <= 32 ? below : below | (high << (32 - shift))) & (DIGITS - 1)
}

/** Bits that are not the same in all values. */
function varyingBits(halves: Int32Array, rows: Uint32Array): { low: number; high: number } {
  let [low, high] = [0, 0]
  if (rows.length === 0) return { low, high }
  const [firstLow, firstHigh] = [halves[2 * rows[0]!]!, halves[2 * rows[0]! + 1]!]
  for (let i = 1; i < rows.length; i++) {
    low |= halves[2 * rows[i]!]! ^ firstLow
    high |= halves[2 * rows[i]! + 1]! ^ firstHigh
  }
  return { low, high }
}

/**
 * Where values stand among sorted ones; -1 for those that do not.
 *
 * Values are looked for where they would stand if all were spread evenly, as ids are over the time of an hour, and near it.
 * @param sorted halves, ascending
 */
export function placesInSorted(sorted: Int32Array, values: Int32Array): Int32Array {
  const count = sorted.length / 2
  const places = new Int32Array(values.length / 2).fill(-1)
  if (count === 0) return places
  const first = toNumber(sorted, 0)
  const perValue = count / (toNumber(sorted, count - 1) - first + 1)
  const starts = bucketStarts(sorted, first, perValue)
  for (let i = 0; i < places.length; i++) {
    const distance = toNumber(values, i) - first
    if (distance < 0) continue
    const bucket = Math.min(distance * perValue, count - 1) >>> 0
    let [from, to] = [starts[bucket]!, starts[bucket + 1]!]
    while (from < to) {
      const middle = (from + to) >>> 1
      const order = compareInt64(sorted, middle, values, i)
      if (order === 0) places[i] = middle
      if (order <= 0) from = middle + 1
      else to = middle
    }
  }
  return places
}

/** Which of the sorted values belong into each of as many equal stretches: those of stretch b from starts[b] to starts[b + 1]. */
function bucketStarts(sorted: Int32Array, first: number, perValue: number): Uint32Array {
  const count = sorted.length / 2
  const starts = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) {
    // what numbers past 2^53 are rounded to may be one too far
    starts[(Math.min((toNumber(sorted, i) - first) * perValue, count - 1) >>> 0) + 1]! += 1
  }
  for (let bucket = 0; bucket < count; bucket++) starts[bucket + 1]! += starts[bucket]!
  return starts
}
