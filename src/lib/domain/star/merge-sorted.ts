/** Runs of sorted rows as one: what is sorted in parts need not be sorted again. */
import { type CodedTexts, codedTextsOf, joinCodedTexts } from '../columns/coded.ts'
import { compareInt64 } from '../columns/int64.ts'
import type { CompareRows } from '../columns/row-order.ts'
import { int64sOf, type Rows } from '../columns/rows.ts'

/**
 * The order by texts through their codes, and by 64-bit numbers, which is all that star tables are sorted by.
 * @param coded texts whose codes are in their order, by name
 */
export function createCompareCoded(
  rows: Rows,
  names: readonly string[],
  coded: Readonly<Record<string, CodedTexts>>,
): CompareRows {
  const columns = names.map(name => {
    const codes = coded[name]?.codes
    if (codes !== undefined) return (a: number, b: number) => codes[a]! - codes[b]!
    const { halves } = int64sOf(rows, name)
    return (a: number, b: number) => compareInt64(halves, a, halves, b)
  })
  return (a, b) => {
    for (const compare of columns) {
      const order = compare(a, b)
      if (order !== 0) return order
    }
    return 0
  }
}

/** Columns of texts with codes in their order. */
export function codedByName(rows: Rows, names: readonly string[]): Record<string, CodedTexts> {
  return Object.fromEntries(names.map(name => [name, joinCodedTexts([codedTextsOf(rows, name)])]))
}

/** Two sorted lists as one; of equal rows those of `a` come first. */
export function mergeSorted(a: Uint32Array, b: Uint32Array, compare: CompareRows): Uint32Array {
  const merged = new Uint32Array(a.length + b.length)
  // ids grow with time: hours mostly follow one another
  if (a.length > 0 && b.length > 0 && compare(a[a.length - 1]!, b[0]!) <= 0) {
    merged.set(a)
    merged.set(b, a.length)
    return merged
  }
  let [atA, atB] = [0, 0]
  for (let i = 0; i < merged.length; i++) {
    const takesA = atB === b.length || (atA < a.length && compare(a[atA]!, b[atB]!) <= 0)
    merged[i] = takesA ? a[atA++]! : b[atB++]!
  }
  return merged
}

/** Many sorted lists as one; of equal rows those of an earlier list come first. */
export function mergeAll(lists: readonly Uint32Array[], compare: CompareRows): Uint32Array {
  let runs = lists.filter(({ length }) => length > 0)
  while (runs.length > 1) {
    const merged: Uint32Array[] = []
    for (let i = 0; i < runs.length; i += 2) {
      const [a, b] = [runs[i]!, runs[i + 1]]
      merged.push(b === undefined ? a : mergeSorted(a, b, compare))
    }
    runs = merged
  }
  return runs[0] ?? new Uint32Array(0)
}
