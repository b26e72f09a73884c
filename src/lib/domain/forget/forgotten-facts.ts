/** Facts of layer2 that should not be there: what was forgotten and has not been consolidated since. */
import type { Table } from 'apache-arrow'
import { type Int64s, int64sOf, rowsOf, textAt, textsOf } from '../columns/rows.ts'
import type { Forgotten } from './forgotten.ts'
import type { IdSet } from './id-set.ts'

/** Columns that are looked at. */
export const FACT_IDS = ['tweet_id', 'original_id', 'author_id', 'kind', 'referenced_id'] as const

/** @param facts n >= 0 rows with the columns of FACT_IDS */
export function countForgottenFacts(facts: Table, { tweets, users }: Forgotten): number {
  const rows = rowsOf([facts])
  const [tweetId, originalId, authorId, referencedId] = ['tweet_id', 'original_id', 'author_id', 'referenced_id'].map(
    name => int64sOf(rows, name),
  ) as [Int64s, Int64s, Int64s, Int64s]
  const kinds = textsOf(rows, 'kind')
  let count = 0
  for (let row = 0; row < rows.count; row++) {
    const isOwn = isIn(tweets, tweetId, row) || isIn(tweets, originalId, row) || isIn(users, authorId, row)
    if (isOwn || (isIn(tweets, referencedId, row) && textAt(kinds, row) === 'retweet')) count += 1
  }
  return count
}

function isIn(ids: IdSet, { halves, valid }: Int64s, row: number): boolean {
  return valid?.[row] !== 0 && ids.hasHalves(halves[2 * row]!, halves[2 * row + 1]!)
}
