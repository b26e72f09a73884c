/** The view that was meant by a name that is none. */
import { editDistance } from '../edits.ts'
import { VIEWS, type ViewName } from './views.ts'

/**
 * @returns the view with the fewest letters to change, of equals the first; undefined where it would take more than a third of them
 */
export function nearestView(name: string): ViewName | undefined {
  const most = Math.ceil(name.length / 3)
  let nearest: { view: ViewName; changes: number } | undefined
  for (const view of VIEWS) {
    const changes = editDistance(name.toLowerCase(), view, most)
    if (changes !== undefined && changes < (nearest?.changes ?? Number.POSITIVE_INFINITY)) nearest = { view, changes }
  }
  return nearest?.view
}
