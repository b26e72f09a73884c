/**
 * Why the copy has tweets that the lake has not: the lake forgot them, which its tombstones tell, or only the copy ever had them.
 */
import { withoutForgotten } from '../domain/forget/forget-rows.ts'
import { isNothing } from '../domain/forget/forgotten.ts'
import { LAYER1_TWEETS } from '../domain/paths.ts'
import { TwdwError } from '../errors.ts'
import type { Lake } from '../io/lake.ts'
import type { Tables } from '../io/tables.ts'
import { readForgotten } from '../tombstones.ts'

/**
 * Files without those of which nothing is left when the lake's forgotten tweets are taken out. One that cannot be read is not
 * explained; sessions never are, since forgetting leaves them.
 * @param paths of tweets and sessions that only the copy has
 * @param openTables of the copy
 * @throws TwdwError E_LAKE
 */
export async function unexplained(
  paths: readonly string[],
  from: Pick<Lake, 'list' | 'readListed'>,
  openTables: () => Promise<Pick<Tables, 'read'>>,
): Promise<string[]> {
  const tweets = paths.filter(path => path.startsWith(LAYER1_TWEETS))
  if (tweets.length === 0) return [...paths]
  const forgotten = await readForgotten(from)
  if (isNothing(forgotten)) return [...paths]
  const tables = await openTables()
  const explained = new Set<string>()
  for (const path of tweets) {
    const table = await tables.read(path).catch(error => {
      if (error instanceof TwdwError) return undefined
      throw error
    })
    if (table !== undefined && withoutForgotten(table, forgotten).table.numRows === 0) explained.add(path)
  }
  return paths.filter(path => !explained.has(path))
}
