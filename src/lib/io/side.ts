/** Work on many things side by side: files of a copy, objects of a store. */

/**
 * As many at a time, results in the order of `items`. After the first failure nothing is begun any more, and it is thrown when
 * what was begun has ended: nobody goes on behind the back of whoever hears of it.
 */
export async function side<T, R>(items: readonly T[], atATime: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const failures: unknown[] = []
  let next = 0
  const take = async () => {
    while (next < items.length && failures.length === 0) {
      const at = next++
      try {
        results[at] = await work(items[at]!)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, take))
  if (failures.length > 0) throw failures[0]
  return results
}
