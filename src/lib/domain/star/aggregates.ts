/**
 * Aggregates: fact and hashtag bridge counted per tag and hour, so that a year's series reads little.
 *
 * Only latest versions count: an edited tweet is one tweet. All rows carry the UTC hour they were counted in,
 * because the file is a day's and an hour must be able to replace its own rows and no others.
 */
import type { Data, Table } from 'apache-arrow'
import { columnsToTable, instantsToColumn, int64sToColumn, takeColumn } from '../columns/columns.ts'
import { addInt64, compareInt64, copyInt64, createInt64Index, numbersToHalves, rankInt64s } from '../columns/int64.ts'
import { groupStarts, type Key, numbersBetween, orderBy, rankNumbers } from '../columns/order.ts'
import { forEachText, type Int64s, int64sOf, type Rows, rowsOf, type Texts, textsOf } from '../columns/rows.ts'
import { createTextIndex, rankTexts } from '../columns/text-index.ts'
import { type Hour, hourStartMs } from '../hour.ts'
import { LAYER2 } from '../layer2.ts'
import { type Hashtags, placesToColumn } from './bridges.ts'
import type { LocalTimes } from './times.ts'
import type { Tweets } from './tweets.ts'

/** agg_hashtag_hour column ← the fact's column that it sums */
export const SUMS = {
  retweets: 'retweet_count',
  replies: 'reply_count',
  likes: 'like_count',
  quotes: 'quote_count',
  bookmarks: 'bookmark_count',
  impressions: 'impression_count',
} as const

/** What the aggregates are made from; fact row n is tweet n. */
export interface StarParts {
  fact: Table
  hashtags: Hashtags
  tweets: Tweets
  times: LocalTimes
  hour: Hour
}

/**
 * @returns agg_hashtag_hour of one hour: latest versions, a row for each tag, local hour, language
 *          and kind; counts that X did not state count as 0
 */
export function buildHashtagHours(parts: StarParts): Table {
  const fact = rowsOf([parts.fact])
  const byTweet = [
    rankNumbers(parts.times.hourStartMs),
    rankTextsByRow(textsOf(fact, 'lang')),
    rankTextsByRow(textsOf(fact, 'kind')),
  ]
  const groups = groupEntries(parts, byTweet, tweet => parts.tweets.isLatest[tweet] === 1)
  const sums = Object.entries(SUMS).map(([to, from]) => [to, sumByGroup(groups, int64sOf(fact, from))] as const)
  return columnsToTable(LAYER2.agg_hashtag_hour.schema, groups.count, {
    ...keyColumns(parts, groups, fact, ['hour_start', 'lang', 'kind', 'local_date', 'local_hour']),
    ...Object.fromEntries(sums),
  })
}

/**
 * @returns agg_hashtag_user_hour of one hour: latest versions, a row for each tag, local hour and author; tweets without an
 *          author are left out, and `followers` is null where X never stated them
 */
export function buildHashtagUserHours(parts: StarParts): Table {
  const fact = rowsOf([parts.fact])
  const authors = int64sOf(fact, 'author_id')
  const byTweet = [rankNumbers(parts.times.hourStartMs), rankInt64sByRow(authors)]
  const isCounted = (tweet: number) => parts.tweets.isLatest[tweet] === 1 && authors.valid?.[tweet] !== 0
  const groups = groupEntries(parts, byTweet, isCounted)
  return columnsToTable(LAYER2.agg_hashtag_user_hour.schema, groups.count, {
    ...keyColumns(parts, groups, fact, ['hour_start', 'local_date', 'local_hour']),
    ...(groups.count > 0 && { user_id: takeColumn(fact, 'author_id', groups.firstTweet) }),
    followers: maxByGroup(groups, int64sOf(fact, 'author_followers')),
  })
}

/** Bridge rows that count, in groups of equal tag and equal keys. */
interface Groups {
  count: number
  /** place of each group's tag in byte order */
  tag: Uint32Array
  /** any tweet of each group, for the columns that are equal in all of it */
  firstTweet: Uint32Array
  /** tweets, group after group; group g is from starts[g] to starts[g + 1] */
  tweets: Uint32Array
  starts: Uint32Array
}

/** @param byTweet keys after the tag, with a code for each tweet */
function groupEntries({ hashtags }: StarParts, byTweet: readonly Key[], isCounted: (tweet: number) => boolean): Groups {
  const entries = numbersBetween(0, hashtags.count).filter(entry => isCounted(hashtags.tweet[entry]!))
  const tag = entries.map(entry => hashtags.tag[entry]!)
  const tweet = entries.map(entry => hashtags.tweet[entry]!)
  const keys: Key[] = [
    { codes: tag, bound: hashtags.tagCount },
    ...byTweet.map(({ codes, bound }) => ({ codes: tweet.map(t => codes[t]!), bound })),
  ]
  const order = orderBy(entries.length, keys)
  const starts = groupStarts(order, keys)
  const first = starts.slice(0, -1).map(start => order[start]!)
  return {
    count: first.length,
    tag: first.map(entry => tag[entry]!),
    firstTweet: first.map(entry => tweet[entry]!),
    tweets: order.map(entry => tweet[entry]!),
    starts,
  }
}

/** The tag, the columns that the fact has under the same name, the partition, and how many tweets there are. */
function keyColumns({ hashtags, hour }: StarParts, groups: Groups, fact: Rows, names: readonly string[]) {
  if (groups.count === 0) return {}
  const counts = Float64Array.from({ length: groups.count }, (_, g) => groups.starts[g + 1]! - groups.starts[g]!)
  const columns: Record<string, Data> = {
    tag: placesToColumn(hashtags.tagText, groups.tag),
    utc_hour: instantsToColumn(new Float64Array(groups.count).fill(hourStartMs(hour))),
    tweets: int64sToColumn({ halves: numbersToHalves(counts), valid: undefined }),
  }
  for (const name of names) columns[name] = takeColumn(fact, name, groups.firstTweet)
  return columns
}

/** Null counts as 0. */
function sumByGroup({ count, starts, tweets }: Groups, { halves, valid }: Int64s): Data {
  const sums = new Int32Array(count * 2)
  for (let group = 0; group < count; group++) {
    for (let i = starts[group]!; i < starts[group + 1]!; i++) {
      if (valid?.[tweets[i]!] !== 0) addInt64(sums, group, halves, tweets[i]!)
    }
  }
  return int64sToColumn({ halves: sums, valid: undefined })
}

/** Null where the whole group has none. */
function maxByGroup({ count, starts, tweets }: Groups, { halves, valid }: Int64s): Data {
  const greatest = new Int32Array(count * 2)
  const isSet = new Uint8Array(count)
  for (let group = 0; group < count; group++) {
    for (let i = starts[group]!; i < starts[group + 1]!; i++) {
      if (valid?.[tweets[i]!] === 0) continue
      if (isSet[group] === 0 || compareInt64(halves, tweets[i]!, greatest, group) > 0) {
        copyInt64(halves, tweets[i]!, greatest, group)
      }
      isSet[group] = 1
    }
  }
  return int64sToColumn({ halves: greatest, valid: isSet })
}

/** The place of each row's text in byte order, from 1; 0 for null. */
function rankTextsByRow(texts: Texts): Key {
  const index = createTextIndex()
  const codes = new Uint32Array(texts.rows.count)
  forEachText(texts, (row, bytes, start, end) => {
    if (texts.valid?.[row] !== 0) codes[row] = 1 + index.add(bytes, start, end)
  })
  const { rankOf } = rankTexts(index)
  return { codes: codes.map(code => (code === 0 ? 0 : 1 + rankOf[code - 1]!)), bound: index.size + 1 }
}

/** The place of each row's number, from 1; 0 for null. */
function rankInt64sByRow({ halves, valid }: Int64s): Key {
  const rows = halves.length / 2
  const index = createInt64Index(rows)
  const codes = new Uint32Array(rows)
  for (let row = 0; row < rows; row++) {
    if (valid?.[row] !== 0) codes[row] = 1 + index.add(halves[2 * row]!, halves[2 * row + 1]!)
  }
  const { rankOf } = rankInt64s(index)
  return { codes: codes.map(code => (code === 0 ? 0 : 1 + rankOf[code - 1]!)), bound: index.size + 1 }
}
