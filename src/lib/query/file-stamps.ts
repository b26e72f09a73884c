/**
 * Stamps: whether the files that an engine read were the same all the while.
 *
 * An engine opens a file more than once, for its footer and for its rows, and consolidate may replace it in between. What is
 * read then is of neither file, and need not even look damaged: it may be a wrong count.
 */
import type { ViewFiles } from '../domain/question/views.ts'
import type { Lake } from '../io/lake.ts'

/** By location; undefined for a file that was not there. */
export type Stamps = Map<string, string | undefined>

/** Files that are looked at together. */
const AT_A_TIME = 256

/** To be taken before an engine opens any of the files. @throws TwdwError E_LAKE */
export async function stampFiles(files: Iterable<ViewFiles>, lake: Pick<Lake, 'stampOf'>): Promise<Stamps> {
  const locations = [...files].flatMap(({ whole, partial }) => [...whole, ...partial.map(({ location }) => location)])
  const stamps: Stamps = new Map()
  for (let first = 0; first < locations.length; first += AT_A_TIME) {
    const some = locations.slice(first, first + AT_A_TIME)
    for (const [i, stamp] of (await Promise.all(some.map(lake.stampOf))).entries()) stamps.set(some[i]!, stamp)
  }
  return stamps
}

/**
 * To be called when the engine has answered.
 * @returns a location of which there is another file by now; undefined where there is none
 * @throws TwdwError E_LAKE
 */
export async function findReplaced(stamps: Stamps, lake: Pick<Lake, 'stampOf'>): Promise<string | undefined> {
  const now = await stampFiles([{ whole: [...stamps.keys()], partial: [] }], lake)
  return [...stamps.keys()].find(location => now.get(location) !== stamps.get(location))
}
