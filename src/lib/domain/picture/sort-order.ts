/** The order of a table's cells by their text. */

/** Null stands last either way. Digits of any number count: ids have more than a JavaScript number holds. */
export function compareCells(
  a: string | null,
  b: string | null,
  { isNumeric, isDescending }: { isNumeric: boolean; isDescending: boolean },
): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  const difference = isNumeric ? compareNumbers(a, b) : a < b ? -1 : Number(a > b)
  return isDescending ? -difference : difference
}

const INTEGER = /^-?\d+$/

function compareNumbers(a: string, b: string): number {
  const [plainA, plainB] = [a.replaceAll(',', ''), b.replaceAll(',', '')]
  if (INTEGER.test(plainA) && INTEGER.test(plainB)) {
    const difference = BigInt(plainA) - BigInt(plainB)
    return difference < 0n ? -1 : Number(difference > 0n)
  }
  return Number.parseFloat(plainA) - Number.parseFloat(plainB)
}
