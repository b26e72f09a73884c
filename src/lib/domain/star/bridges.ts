/**
 * Bridges: which tags stand in a tweet, and which listened rules captured it.
 *
 * Tags come from the row that is kept, rules from all deliveries: a tweet that two rules caught at different
 * times belongs to both.
 */
import type { Table } from 'apache-arrow'
import { codesToColumn, columnsToTable, int32sToColumn, int64sToColumn, takeInt64s } from '../columns/columns.ts'
import { groupStarts, orderBy } from '../columns/order.ts'
import { forEachItem, textListsOf } from '../columns/rows.ts'
import { createTextIndex, rankTexts, type TextIndex } from '../columns/text-index.ts'
import { LAYER2 } from '../layer2.ts'
import { foldTag } from '../tag.ts'
import type { CastRows } from './cast.ts'
import type { Tweets } from './tweets.ts'

/** Rows of bridge_tweet_hashtag as codes, sorted by tag and tweet. Tags and spellings are numbered by their bytes. */
export interface Hashtags {
  count: number
  /** place of the tag among `tags` in byte order */
  tag: Uint32Array
  tagCount: number
  tweet: Uint32Array
  /** place of the spelling in byte order, as first written in the tweet */
  spelling: Uint32Array
  spellingCount: number
  occurrences: Int32Array
  tagText: RankedTexts
  spellingText: RankedTexts
}

/** Texts by their place in byte order. */
interface RankedTexts {
  index: TextIndex
  /** place → code of the index */
  sorted: Uint32Array
}

/**
 * Tags of the rows that are kept, once for each tweet; of several spellings in a tweet the first is its spelling,
 * and a spelling of which folding leaves nothing has no tag.
 */
export function collectHashtags(cast: CastRows, tweets: Tweets): Hashtags {
  const { items, spellings } = itemsOfKeptRows(cast, tweets, 'hashtags')
  const { tags, tagOf } = foldSpellings(spellings)
  const spellingRanks = rankTexts(spellings)
  const tagRanks = rankTexts(tags)
  const found = countPerTweet(items, tagOf, tags.size)
  const tag = found.first.map(item => tagRanks.rankOf[tagOf[items.code[item]!]!]!)
  const tweet = found.first.map(item => items.tweet[item]!)
  const order = orderBy(tag.length, [
    { codes: tag, bound: tags.size },
    { codes: tweet, bound: tweets.count },
  ])
  return {
    count: order.length,
    tag: order.map(entry => tag[entry]!),
    tagCount: tags.size,
    tweet: order.map(entry => tweet[entry]!),
    spelling: order.map(entry => spellingRanks.rankOf[items.code[found.first[entry]!]!]!),
    spellingCount: spellings.size,
    occurrences: Int32Array.from(order.map(entry => found.occurrences[entry]!)),
    tagText: { index: tags, sorted: tagRanks.sorted },
    spellingText: { index: spellings, sorted: spellingRanks.sorted },
  }
}

/** @returns bridge_tweet_hashtag: a row a tweet and tag, sorted by tag and tweet. */
export function buildHashtagBridge(hashtags: Hashtags, tweets: Tweets): Table {
  return columnsToTable(LAYER2.bridge_tweet_hashtag.schema, hashtags.count, {
    tag: placesToColumn(hashtags.tagText, hashtags.tag),
    tweet_id: int64sToColumn(takeInt64s(tweets.ids, hashtags.tweet)),
    spelling: placesToColumn(hashtags.spellingText, hashtags.spelling),
    occurrences: int32sToColumn(hashtags.occurrences),
  })
}

/** @returns bridge_tweet_rule: a row a rule and tweet, of all deliveries that were not rejected, sorted by rule and tweet. */
export function buildRuleBridge(cast: CastRows, tweets: Tweets): Table {
  const rules = createTextIndex()
  const codes: number[] = []
  const itsTweet: number[] = []
  forEachItem(textListsOf(cast.rows, 'rules'), (row, bytes, start, end) => {
    if (tweets.tweetOf[row]! < 0) return
    codes.push(rules.add(bytes, start, end))
    itsTweet.push(tweets.tweetOf[row]!)
  })
  const ranks = rankTexts(rules)
  const keys = [
    { codes: Uint32Array.from(codes, code => ranks.rankOf[code]!), bound: rules.size },
    { codes: Uint32Array.from(itsTweet), bound: tweets.count },
  ] as const
  const order = orderBy(codes.length, keys)
  const distinct = groupStarts(order, keys)
    .slice(0, -1)
    .map(start => order[start]!)
  return columnsToTable(LAYER2.bridge_tweet_rule.schema, distinct.length, {
    rule: codesToColumn(
      rules,
      distinct.map(entry => codes[entry]!),
    ),
    tweet_id: int64sToColumn(
      takeInt64s(
        tweets.ids,
        distinct.map(entry => itsTweet[entry]!),
      ),
    ),
  })
}

/** A text column of places in byte order. */
export function placesToColumn({ index, sorted }: RankedTexts, places: Uint32Array) {
  return codesToColumn(
    index,
    places.map(place => sorted[place]!),
  )
}

/** Items of a list column, of the kept rows only, in the order of rows and items. */
interface Items {
  tweet: Uint32Array
  /** code of the item's text */
  code: Uint32Array
}

function itemsOfKeptRows({ rows }: CastRows, { tweetOf, pick }: Tweets, name: string) {
  const spellings = createTextIndex()
  const code: number[] = []
  const tweet: number[] = []
  forEachItem(textListsOf(rows, name), (row, bytes, start, end) => {
    if (tweetOf[row]! < 0 || pick[tweetOf[row]!] !== row) return
    tweet.push(tweetOf[row]!)
    code.push(spellings.add(bytes, start, end))
  })
  return { items: { tweet: Uint32Array.from(tweet), code: Uint32Array.from(code) }, spellings }
}

const NO_TAG = -1

/** Each distinct spelling is folded once. @returns tagOf: spelling → tag; NO_TAG where nothing is left of it */
function foldSpellings(spellings: TextIndex): { tags: TextIndex; tagOf: Int32Array } {
  const tags = createTextIndex()
  const encoder = new TextEncoder()
  const tagOf = new Int32Array(spellings.size)
  for (let spelling = 0; spelling < spellings.size; spelling++) {
    const tag = encoder.encode(foldTag(spellings.text(spelling)))
    tagOf[spelling] = tag.length === 0 ? NO_TAG : tags.add(tag, 0, tag.length)
  }
  return { tags, tagOf }
}

/** One entry for each tag of each tweet: its first item, and how many there are. */
function countPerTweet(items: Items, tagOf: Int32Array, tagCount: number) {
  const first: number[] = []
  const occurrences: number[] = []
  /** tag → its latest entry; it counts only if that entry is of the same tweet */
  const entryOf = new Int32Array(tagCount).fill(-1)
  for (let item = 0; item < items.code.length; item++) {
    const tag = tagOf[items.code[item]!]!
    if (tag === NO_TAG) continue
    const entry = entryOf[tag]!
    if (entry !== -1 && items.tweet[first[entry]!] === items.tweet[item]) {
      occurrences[entry]! += 1
    } else {
      entryOf[tag] = first.length
      first.push(item)
      occurrences.push(1)
    }
  }
  return { first: Uint32Array.from(first), occurrences }
}
