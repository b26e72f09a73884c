/** The order of rows by some of their columns: ascending, nulls first, text by its UTF-8 bytes. */
import { Type } from 'apache-arrow'
import { compareInt64 } from './int64.ts'
import {
  boolsOf,
  compareBytes,
  int64sOf,
  type Rows,
  type TextLists,
  type Texts,
  textListsOf,
  textsOf,
  validRows,
} from './rows.ts'

/** Negative, 0 or positive, as Array.sort wants it. */
export type CompareRows = (a: number, b: number) => number

/** @param names columns of any type that layer1 and layer2 have, the first one first */
export function createCompareRows(rows: Rows, names: readonly string[]): CompareRows {
  const columns = names.map(name => createCompareValues(rows, name))
  return (a, b) => {
    for (const compare of columns) {
      const order = compare(a, b)
      if (order !== 0) return order
    }
    return 0
  }
}

/** Order of two values of a column by their UTF-8 bytes. */
export function compareTextsAt({ rows, offsets, bytes }: Texts, a: number, b: number): number {
  const [chunkA, chunkB] = [rows.chunkOf[a]!, rows.chunkOf[b]!]
  const [atA, atB] = [a - rows.starts[chunkA]!, b - rows.starts[chunkB]!]
  const [offsetsA, offsetsB] = [offsets[chunkA]!, offsets[chunkB]!]
  return compareBytes(
    bytes[chunkA]!,
    offsetsA[atA]!,
    offsetsA[atA + 1]!,
    bytes[chunkB]!,
    offsetsB[atB]!,
    offsetsB[atB + 1]!,
  )
}

function createCompareValues(rows: Rows, name: string): CompareRows {
  const valid = validRows(rows, rows.chunks(name))
  const compare = createCompareSet(rows, name)
  if (valid === undefined) return compare
  return (a, b) => (valid[a] === 1 && valid[b] === 1 ? compare(a, b) : valid[a]! - valid[b]!)
}

/** For two rows that both have a value. */
function createCompareSet(rows: Rows, name: string): CompareRows {
  const chunks = rows.chunks(name)
  switch (chunks[0]?.type.typeId) {
    case Type.Utf8: {
      const texts = textsOf(rows, name)
      return (a, b) => compareTextsAt(texts, a, b)
    }
    case Type.List: {
      const lists = textListsOf(rows, name)
      return (a, b) => compareListsAt(lists, a, b)
    }
    case Type.Bool: {
      const { values } = boolsOf(rows, name)
      return (a, b) => values[a]! - values[b]!
    }
    default:
      return createCompareNumbers(rows, name)
  }
}

function createCompareNumbers(rows: Rows, name: string): CompareRows {
  const chunks = rows.chunks(name)
  if (chunks[0]?.values instanceof BigInt64Array) {
    const { halves } = int64sOf(rows, name)
    return (a, b) => compareInt64(halves, a, halves, b)
  }
  const numbers = new Float64Array(rows.count)
  for (const [i, { values, length }] of chunks.entries()) {
    numbers.set((values as Int32Array | Float64Array).subarray(0, length), rows.starts[i]!)
  }
  // JSON may hold 1e999, and infinity less infinity is no number
  return (a, b) => (numbers[a] === numbers[b] ? 0 : numbers[a]! - numbers[b]!)
}

/** Item by item; of two lists that begin alike the shorter one is first. */
function compareListsAt({ rows, lists, offsets, bytes }: TextLists, a: number, b: number): number {
  const [chunkA, chunkB] = [rows.chunkOf[a]!, rows.chunkOf[b]!]
  const [firstA, firstB] = [lists[chunkA]![a - rows.starts[chunkA]!]!, lists[chunkB]![b - rows.starts[chunkB]!]!]
  const lengthA = lists[chunkA]![a - rows.starts[chunkA]! + 1]! - firstA
  const lengthB = lists[chunkB]![b - rows.starts[chunkB]! + 1]! - firstB
  const [offsetsA, offsetsB] = [offsets[chunkA]!, offsets[chunkB]!]
  for (let i = 0; i < Math.min(lengthA, lengthB); i++) {
    const [itemA, itemB] = [firstA + i, firstB + i]
    const order = compareBytes(
      bytes[chunkA]!,
      offsetsA[itemA]!,
      offsetsA[itemA + 1]!,
      bytes[chunkB]!,
      offsetsB[itemB]!,
      offsetsB[itemB + 1]!,
    )
    if (order !== 0) return order
  }
  return lengthA - lengthB
}
