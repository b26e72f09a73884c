/**
 * Order: rows sorted and grouped by columns of small whole numbers.
 *
 * Whatever is sorted by (ids, tags, languages) is first given its rank among the distinct values; ranks
 * sort by counting, in time proportional to the rows and without a comparing function.
 */

/** One column to sort by: a code for each row. */
export interface Key {
  codes: Uint32Array
  /** all codes are below it; it should not be much larger than the number of rows */
  bound: number
}

/** Row numbers 0 to rows - 1, sorted by the first key, then the second and so on; equal rows keep their order. */
export function orderBy(rows: number, keys: readonly Key[]): Uint32Array {
  let order = numbersBetween(0, rows)
  // one code alone sorts nothing
  for (const key of keys.toReversed()) if (key.bound > 1) order = countingSort(order, key)
  return order
}

/** start, start + 1, … end - 1 */
export function numbersBetween(start: number, end: number): Uint32Array {
  const numbers = new Uint32Array(end - start)
  for (let i = 0; i < numbers.length; i++) numbers[i] = start + i
  return numbers
}

function countingSort(order: Uint32Array, { codes, bound }: Key): Uint32Array {
  const nextPlace = new Uint32Array(bound + 1)
  for (let i = 0; i < order.length; i++) nextPlace[codes[order[i]!]! + 1]! += 1
  for (let code = 0; code < bound; code++) nextPlace[code + 1]! += nextPlace[code]!
  const sorted = new Uint32Array(order.length)
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!
    sorted[nextPlace[codes[row]!]!++] = row
  }
  return sorted
}

/**
 * Where each group of equal rows begins in an order.
 * @returns first position of each group, then the number of rows: group g is from starts[g] to starts[g + 1]
 */
export function groupStarts(order: Uint32Array, keys: readonly Key[]): Uint32Array {
  const starts = new Uint32Array(order.length + 1)
  let groups = 0
  const isNew = new Uint8Array(order.length)
  for (const { codes } of keys) {
    for (let i = 1; i < order.length; i++) if (codes[order[i]!] !== codes[order[i - 1]!]) isNew[i] = 1
  }
  for (let i = 0; i < order.length; i++) if (i === 0 || isNew[i] === 1) starts[groups++] = i
  starts[groups] = order.length
  return starts.slice(0, groups + 1)
}

/** Each distinct number's place among them, ascending. Meant for few distinct numbers, such as local hours. */
export function rankNumbers(values: Float64Array): Key & { distinct: number[] } {
  const distinct = [...new Set(values)].sort((a, b) => a - b)
  const rankOf = new Map(distinct.map((value, rank) => [value, rank]))
  const codes = Uint32Array.from(values, value => rankOf.get(value)!)
  return { codes, bound: distinct.length, distinct }
}
