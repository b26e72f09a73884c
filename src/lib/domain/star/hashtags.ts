/**
 * Hashtags of an hour: each distinct spelling is folded once, and what stands in a tweet becomes one entry for each tag.
 *
 * Tags come from the row that is kept. Entries are numbers: places among the tags and among the spellings.
 */
import { type CodedLists, reorderTexts } from '../columns/coded.ts'
import { orderBy } from '../columns/order.ts'
import { decodeText } from '../columns/rows.ts'
import { takeUint32s } from '../columns/take.ts'
import { createTextIndex, type DistinctTexts, rankTexts } from '../columns/text-index.ts'
import { foldTag } from '../tag.ts'
import type { Cast } from './cast.ts'
import type { Tweets } from './tweets.ts'

/** Rows of bridge_tweet_hashtag as numbers, sorted by tag and tweet. */
export interface Hashtags {
  count: number
  /** place of the tag among `tags`, which are in the order of their bytes */
  tag: Uint32Array
  tags: DistinctTexts
  tweet: Uint32Array
  /** place of the spelling among `spellings`, likewise; as first written in the tweet */
  spelling: Uint32Array
  spellings: DistinctTexts
  occurrences: Int32Array
}

/**
 * Tags of the rows that are kept, once for each tweet; of several spellings in a tweet the first is its spelling,
 * and a spelling of which folding leaves nothing has no tag.
 */
export function collectHashtags({ hashtags }: Cast, { pick }: Tweets): Hashtags {
  const { tags, tagOf } = foldSpellings(hashtags.texts)
  const found = countPerTweet(hashtags, pick, tagOf, tags.size)
  // entries are in the order of their tweets, and stay so within a tag
  const order = orderBy(found.count, [{ codes: found.tag, bound: tags.size }])
  return {
    count: found.count,
    tag: takeUint32s(found.tag, order),
    tags,
    tweet: takeUint32s(found.tweet, order),
    spelling: takeUint32s(found.spelling, order),
    spellings: hashtags.texts,
    occurrences: new Int32Array(takeUint32s(found.occurrences, order).buffer),
  }
}

const NO_TAG = -1

/** @returns tagOf: spelling → place of its tag; NO_TAG where nothing is left of it */
function foldSpellings({ size, bytes, offsets }: DistinctTexts): { tags: DistinctTexts; tagOf: Int32Array } {
  const index = createTextIndex()
  const encoder = new TextEncoder()
  const tagOf = new Int32Array(size)
  for (let spelling = 0; spelling < size; spelling++) {
    const tag = encoder.encode(foldTag(decodeText(bytes, offsets[spelling]!, offsets[spelling + 1]!)))
    tagOf[spelling] = tag.length === 0 ? NO_TAG : index.add(tag, 0, tag.length)
  }
  const { sorted, rankOf } = rankTexts(index)
  return {
    tags: reorderTexts(index, sorted),
    tagOf: tagOf.map(code => (code === NO_TAG ? NO_TAG : rankOf[code]!)),
  }
}

/** One entry for each tag of each tweet: its first spelling, and how often it stands there. */
function countPerTweet({ starts, codes }: CodedLists, pick: Uint32Array, tagOf: Int32Array, tagCount: number) {
  const tag = new Uint32Array(codes.length)
  const tweet = new Uint32Array(codes.length)
  const spelling = new Uint32Array(codes.length)
  const occurrences = new Uint32Array(codes.length)
  /** tag → 1 and its latest entry; it counts only if that entry is of the same tweet */
  const entryOf = new Uint32Array(tagCount)
  let count = 0
  for (let t = 0; t < pick.length; t++) {
    const end = starts[pick[t]! + 1]!
    for (let item = starts[pick[t]!]!; item < end; item++) {
      const itsTag = tagOf[codes[item]!]!
      if (itsTag === NO_TAG) continue
      const entry = entryOf[itsTag]! - 1
      if (entry >= 0 && tweet[entry] === t) {
        occurrences[entry]! += 1
        continue
      }
      tag[count] = itsTag
      tweet[count] = t
      spelling[count] = codes[item]!
      occurrences[count] = 1
      entryOf[itsTag] = ++count
    }
  }
  return { count, tag, tweet, spelling, occurrences }
}
