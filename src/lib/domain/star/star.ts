/**
 * The star of an hour: what consolidate makes of one hour's layer1, and what a question makes of an hour that is
 * not consolidated yet. A pure function of the rows: in which files and in which order they lie changes nothing.
 */
import type { Table } from 'apache-arrow'
import { type CompareRows, createCompareRows } from '../columns/row-order.ts'
import { rowsOf } from '../columns/rows.ts'
import type { Hour } from '../hour.ts'
import { LAYER1 } from '../layer1.ts'
import type { StarTable } from '../layer2.ts'
import type { Manifest } from '../manifest.ts'
import { outlineHashtagHours, outlineHashtagUserHours } from './aggregates.ts'
import { outlineHashtagBridge, outlineRuleBridge } from './bridges.ts'
import { type Cast, castRows, joinCasts } from './cast.ts'
import { type Authors, collectAuthors, outlinePlaces, outlineSpellings, outlineUserSnapshots } from './dimensions.ts'
import { outlineFact } from './fact.ts'
import { collectHashtags } from './hashtags.ts'
import { fillOutline, type Outline } from './outline.ts'
import { buildRejected, countByRule } from './rejected.ts'
import { type LocalTimes, localTimesOf } from './times.ts'
import { createIsNewer, type Deliveries, dedupeTweets, numberTweets, type Tweets } from './tweets.ts'

/** What is known of an hour before its columns are laid out. */
export interface StarOutline {
  tables: Record<StarTable, Outline>
  counts: Manifest['counts']
  /** rejected rows by the rule that they broke */
  rejectedBy: Record<string, number>
}

/** All that layer2 gets of one hour. */
export interface Star {
  /** with the schemas of LAYER2 and sorted as it says; the aggregates hold this hour's rows only */
  tables: Record<StarTable, Table>
  /** with the schema REJECTED; 0 rows where everything could be cast. `line` is null where layer1 came without `raw` */
  rejected: Table
  counts: Manifest['counts']
  /** rejected rows by the rule that they broke */
  rejectedBy: Record<string, number>
}

/** The rows of one hour. */
export interface StarInput {
  /** tables with the columns of LAYER1, in any order; `raw`, most of an hour's bytes, is needed for rejected rows only */
  layer1: readonly Table[]
  /** the partition they come from */
  hour: Hour
  /** a name that `parseTimeZone` accepts */
  timeZone: string
}

/** Columns by which deliveries of one tweet and one millisecond are told apart, first difference first. */
export const TIE_COLUMNS = LAYER1.names.filter(name => name !== 'raw' && name !== 'captured_at') as string[]

/** Never throws for data: what does not cast is in `rejected`. */
export function buildStar({ layer1, hour, timeZone }: StarInput): Star {
  const rows = rowsOf(layer1)
  const cast = joinCasts([castRows(rows, hour)])
  let compare: CompareRows | undefined
  // made on first use: the same delivery twice in a millisecond is rare
  const compareTied: CompareRows = (a, b) => {
    compare ??= createCompareRows(rows, TIE_COLUMNS)
    return compare(a, b)
  }
  const outlined = outlineTweets(cast, numberTweets(cast), { hour, timeZone, compareTied })
  const outline = outlineTags(cast, outlined, () => undefined)
  const tables = Object.entries(outline.tables).map(([name, table]) => [name, fillOutline(table, rows)])
  return {
    ...outline,
    tables: Object.fromEntries(tables) as Record<StarTable, Table>,
    rejected: buildRejected(rows, cast.rejections),
  }
}

/** What a star is made by, besides its rows. */
export interface StarTerms {
  hour: Hour
  timeZone: string
  /** for two of the `tiedRows` */
  compareTied: CompareRows
}

/** The tables that take text of layer1 along; they need not wait for the others. */
export interface TweetsOutline {
  tweets: Tweets
  times: LocalTimes
  authors: Authors
  tables: Record<'dim_user_snapshot' | 'dim_place' | 'fact_tweet', Outline>
}

export function outlineTweets(
  cast: Cast,
  deliveries: Deliveries,
  { hour, timeZone, compareTied }: StarTerms,
): TweetsOutline {
  const isNewer = createIsNewer(cast, compareTied)
  const tweets = dedupeTweets(cast, deliveries, isNewer)
  const times = localTimesOf(hour, timeZone, cast.createdAtMs)
  const authors = collectAuthors(cast, tweets)
  return {
    tweets,
    times,
    authors,
    tables: {
      dim_user_snapshot: outlineUserSnapshots(cast, authors, isNewer),
      dim_place: outlinePlaces(cast, tweets, isNewer),
      fact_tweet: outlineFact(cast, tweets, times),
    },
  }
}

/** @param letGo called where much memory was let go: an order takes several times what it leaves */
export function outlineTags(
  cast: Cast,
  { tweets, times, authors, tables }: TweetsOutline,
  letGo: () => void,
): StarOutline {
  const hashtags = collectHashtags(cast, tweets)
  const parts = { cast, hashtags, tweets, authors, times }
  const after = (outline: Outline) => {
    letGo()
    return outline
  }
  letGo()
  return {
    tables: {
      ...tables,
      dim_hashtag: after(outlineSpellings(hashtags, cast, tweets)),
      bridge_tweet_hashtag: outlineHashtagBridge(hashtags, cast, tweets),
      bridge_tweet_rule: after(outlineRuleBridge(cast, tweets)),
      agg_hashtag_hour: after(outlineHashtagHours(parts)),
      agg_hashtag_user_hour: after(outlineHashtagUserHours(parts)),
    },
    counts: {
      read: cast.count,
      duplicates: tweets.duplicates,
      rejected: cast.rejections.length,
      tweets: tweets.count,
    },
    rejectedBy: countByRule(cast.rejections),
  }
}
