/**
 * What of a rule's tweets can be compared with X's counts: those that are no retweets, which X does not count, and that
 * carry the hashtag themselves, for the stream also sends tweets that only quote it. What is left differs still, by tweets
 * that were deleted since and by accents, which counts do not tell apart: it is a ratio and no proof.
 */
import type { SessionRule } from '../session.ts'
import { foldTag } from '../tag.ts'
import { MAX_QUERY_CHARS, questionsFor } from './search-query.ts'

export interface Comparable {
  rule: SessionRule
  /** for the counts API */
  query: string
  /** folded; undefined for a rule that is no hashtag */
  tag: string | undefined
}

/** As far as a comparison looks at it. */
export interface StoredTweet {
  id: string
  kind: string
  hashtags: Iterable<string>
  rules: Iterable<string>
}

/** undefined where X cannot count it: it is a sample, or too long */
export function comparableOf(rule: SessionRule): Comparable | undefined {
  const [question] = questionsFor([rule]).questions
  if (question === undefined) return undefined
  // OR in a person's own rule would bind weaker than the space
  const query = `${question.tags.length > 0 ? question.query : `(${question.query})`} -is:retweet`
  return query.length > MAX_QUERY_CHARS ? undefined : { rule, query, tag: question.tags[0] }
}

/** How many tweets of each rule there are, each once, in the order of the rules. */
export function countStored(tweets: Iterable<StoredTweet>, comparables: readonly Comparable[]): number[] {
  const ids = comparables.map(() => new Set<string>())
  for (const { id, kind, hashtags, rules } of tweets) {
    if (kind === 'retweet') continue
    const [carried, matched] = [new Set([...hashtags].map(foldTag)), new Set(rules)]
    for (const [i, { rule, tag }] of comparables.entries()) {
      if (matched.has(rule.name) && (tag === undefined || carried.has(tag))) ids[i]!.add(id)
    }
  }
  return ids.map(({ size }) => size)
}
