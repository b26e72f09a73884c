/** Edits: how far a word is from the one that was meant, in UTF-16 units. */

/**
 * Optimal string alignment: letters put in, left out, taken for another, or two neighbours swapped, each once.
 * @returns undefined for more than `most`
 */
export function editDistance(a: string, b: string, most: number): number | undefined {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1))
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwapped) edits = Math.min(edits, beforeLast[j - 2]! + 1)
      row.push(edits)
    }
    // a row never has less than the least of the row above, save by a swap, which looks one row further up
    if (Math.min(...row) > most && Math.min(...last) > most) return undefined
    beforeLast = last
    last = row
  }
  const edits = last[b.length]!
  return edits > most ? undefined : edits
}
