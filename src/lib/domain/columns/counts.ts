/**
 * Counts: 64-bit integers of which nearly all fit into 32 bits, in as much memory as they need.
 *
 * X types them INT64; no tweet has had two billion likes so far.
 */
import { MAX_LOW_SUM, TWO_32 } from './int64.ts'
import type { Int64s } from './rows.ts'
import { takeBytes } from './take.ts'

export interface Counts {
  /** the values themselves, or where `isWide` their halves as Int64s has them */
  values: Int32Array
  isWide: boolean
  /** as in Int64s */
  valid: Uint8Array | undefined
}

export function countsOf({ halves, valid }: Int64s): Counts {
  for (let i = 0; i < halves.length; i += 2) {
    if (halves[i + 1] !== halves[i]! >> 31) return { values: halves, isWide: true, valid }
  }
  const values = new Int32Array(halves.length / 2)
  for (let i = 0; i < values.length; i++) values[i] = halves[2 * i]!
  return { values, isWide: false, valid }
}

/** Rows of a column, as 64-bit integers. */
export function takeCounts({ values, isWide, valid }: Counts, rows: Uint32Array): Int64s {
  const halves = new Int32Array(rows.length * 2)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const low = isWide ? values[2 * row]! : values[row]!
    halves[2 * i] = low
    halves[2 * i + 1] = isWide ? values[2 * row + 1]! : low >> 31
  }
  return { halves, valid: valid && takeBytes(valid, rows) }
}

/** One column after the other. */
export function joinCounts(parts: readonly Counts[]): Counts {
  const isWide = parts.some(part => part.isWide)
  const rowsOf = (part: Counts) => part.values.length / (part.isWide ? 2 : 1)
  const rows = parts.reduce((sum, part) => sum + rowsOf(part), 0)
  const values = new Int32Array(isWide ? rows * 2 : rows)
  const valid = parts.every(part => part.valid === undefined) ? undefined : new Uint8Array(rows).fill(1)
  let at = 0
  for (const part of parts) {
    values.set(part.isWide === isWide ? part.values : widened(part.values), isWide ? at * 2 : at)
    if (part.valid !== undefined) valid?.set(part.valid, at)
    at += rowsOf(part)
  }
  return { values, isWide, valid }
}

function widened(values: Int32Array): Int32Array {
  const halves = new Int32Array(values.length * 2)
  for (let i = 0; i < values.length; i++) {
    halves[2 * i] = values[i]!
    halves[2 * i + 1] = values[i]! >> 31
  }
  return halves
}

/**
 * Sums of groups of rows; null counts as 0. The two halves are summed each for itself, past 2^63 wrapping as SQL engines do not.
 * @param starts the rows of group g are those from starts[g] to starts[g + 1]
 */
export function sumOfGroups(counts: Counts, rows: Uint32Array, starts: Uint32Array): Int64s {
  const sum = { low: 0, high: 0 }
  const add = counts.isWide ? addWide : addNarrow
  const halves = new Int32Array((starts.length - 1) * 2)
  for (let group = 0; group < starts.length - 1; group++) {
    add(counts, rows, { from: starts[group]!, to: starts[group + 1]! }, sum)
    halves[2 * group] = sum.low
    halves[2 * group + 1] = sum.high + Math.floor(sum.low / TWO_32)
  }
  return { halves, valid: undefined }
}

type AddRows = (
  counts: Counts,
  rows: Uint32Array,
  span: { from: number; to: number },
  sum: { low: number; high: number },
) => void

const addNarrow: AddRows = ({ values, valid }, rows, { from, to }, sum) => {
  let low = 0
  for (let i = from; i < to; i++) {
    const row = rows[i]!
    if (valid === undefined || valid[row] === 1) low += values[row]!
  }
  sum.low = low
  sum.high = 0
}

const addWide: AddRows = ({ values, valid }, rows, { from, to }, sum) => {
  let [low, high] = [0, 0]
  for (let i = from; i < to; i++) {
    const row = rows[i]!
    if (valid !== undefined && valid[row] === 0) continue
    low += values[2 * row]! >>> 0
    high += values[2 * row + 1]!
    if (low > MAX_LOW_SUM) [low, high] = [low % TWO_32, high + Math.floor(low / TWO_32)]
  }
  sum.low = low
  sum.high = high
}

/** The greatest of each group of rows, null where the whole group has none. @param starts as in `sumOfGroups` */
export function maxOfGroups(counts: Counts, rows: Uint32Array, starts: Uint32Array): Int64s {
  const { values, isWide, valid } = counts
  const greatest = new Uint32Array(starts.length - 1)
  const isThere = new Uint8Array(starts.length - 1)
  const isLess = (a: number, b: number) => {
    if (!isWide) return values[a]! < values[b]!
    const high = values[2 * a + 1]! - values[2 * b + 1]!
    return high < 0 || (high === 0 && values[2 * a]! >>> 0 < values[2 * b]! >>> 0)
  }
  for (let group = 0; group < greatest.length; group++) {
    for (let i = starts[group]!; i < starts[group + 1]!; i++) {
      const row = rows[i]!
      if (valid !== undefined && valid[row] === 0) continue
      if (isThere[group] === 0 || isLess(greatest[group]!, row)) greatest[group] = row
      isThere[group] = 1
    }
  }
  const taken = takeCounts({ values, isWide, valid: undefined }, greatest)
  // what stands in null rows is nobody's
  for (let group = 0; group < greatest.length; group++) {
    if (isThere[group] === 0) taken.halves.fill(0, 2 * group, 2 * group + 2)
  }
  return { halves: taken.halves, valid: isThere }
}
