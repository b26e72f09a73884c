/** The view that was meant by a name that is none. */
import { VIEWS, type ViewName } from './views.ts'

/**
 * @returns the view with the fewest letters to change, of equals the first; undefined where it would take more than a third of them
 */
export function nearestView(name: string): ViewName | undefined {
  const most = Math.ceil(name.length / 3)
  let nearest: { view: ViewName; changes: number } | undefined
  for (const view of VIEWS) {
    const changes = changesBetween(name.toLowerCase(), view)
    if (changes <= most && changes < (nearest?.changes ?? Number.POSITIVE_INFINITY)) nearest = { view, changes }
  }
  return nearest?.view
}

/** Levenshtein's distance: letters put in, left out or replaced. */
function changesBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = above[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, above[j]! + 1, row[j - 1]! + 1))
    }
    above = row
  }
  return above[to.length]!
}
