/** Hours of a copy are withdrawn before what their manifests vouch for changes, each once, and the files of its months removed. */
import { hoursOver } from '../domain/copy-plan.ts'
import { monthsAround } from '../domain/months.ts'
import { LAYER1_TWEETS, manifestPath } from '../domain/paths.ts'
import type { Lake } from '../io/lake.ts'
import { monthsIn, removeMonth } from '../months.ts'

export interface Withdrawal {
  /** Remove a file of the copy. */
  remove(path: string): Promise<void>
  /** Remove the manifests that vouch for a file which is about to be written or removed. */
  withdrawOver(path: string): Promise<void>
}

/** @param there files of the copy by path; what is removed is taken out */
export function openWithdrawal(there: Map<string, unknown>, to: Pick<Lake, 'list' | 'write' | 'remove'>): Withdrawal {
  const months = monthsIn(there.keys())
  const monthsGoing = new Map<string, Promise<void>>()
  const going = new Map<string, Promise<void>>()

  /** Whoever comes second waits for the same removal. */
  function remove(path: string): Promise<void> {
    const gone = going.get(path) ?? to.remove(path)
    there.delete(path)
    going.set(path, gone)
    return gone
  }

  function removeMonthOnce(month: string): Promise<void> {
    const gone = monthsGoing.get(month) ?? removeMonth(month, to)
    monthsGoing.set(month, gone)
    return gone
  }

  return {
    remove,
    async withdrawOver(path) {
      // tweets that come newly to an hour make it pending, and change nothing that its manifest names
      if (path.startsWith(LAYER1_TWEETS) && !there.has(path)) return
      const hours = hoursOver(path)
      for (const manifest of hours.map(manifestPath)) {
        if (there.has(manifest) || going.has(manifest)) await remove(manifest)
      }
      for (const month of new Set(hours.flatMap(monthsAround))) if (months.has(month)) await removeMonthOnce(month)
    },
  }
}
