/**
 * The star of an hour: what consolidate makes of one hour's layer1, and what a question makes of an hour that is
 * not consolidated yet. A pure function of the rows: in which files and in which order they lie changes nothing.
 */
import { Table } from 'apache-arrow'
import { columnsToTable, stringsToColumn, takeColumn } from '../columns/columns.ts'
import { createCompareRows } from '../columns/row-order.ts'
import { rowsOf } from '../columns/rows.ts'
import type { Hour } from '../hour.ts'
import { LAYER1, REJECTED } from '../layer1.ts'
import type { StarTable } from '../layer2.ts'
import type { Manifest } from '../manifest.ts'
import { buildHashtagHours, buildHashtagUserHours } from './aggregates.ts'
import { buildHashtagBridge, buildRuleBridge, collectHashtags } from './bridges.ts'
import { type CastRows, castRows, type Rejection } from './cast.ts'
import { buildHashtagSpellings, buildPlaces, buildUserSnapshots } from './dimensions.ts'
import { buildFact } from './fact.ts'
import { localTimesOf } from './times.ts'
import { createIsNewer, dedupeTweets } from './tweets.ts'

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

/** The longest piece of a refused value that its reason repeats, in UTF-16 units; the whole row stands beside it. */
const MAX_QUOTED_LENGTH = 80

/** The rows of one hour. */
export interface StarInput {
  /** tables with the columns of LAYER1, in any order; `raw`, most of an hour's bytes, is needed for rejected rows only */
  layer1: readonly Table[]
  /** the partition they come from */
  hour: Hour
  /** a name that `parseTimeZone` accepts */
  timeZone: string
}

/** Never throws for data: what does not cast is in `rejected`. */
export function buildStar({ layer1, hour, timeZone }: StarInput): Star {
  const cast = castRows(rowsOf(layer1), hour)
  const isNewer = createIsNewer(cast)
  const tweets = dedupeTweets(cast, isNewer)
  const times = localTimesOf(cast, tweets.pick, timeZone)
  const fact = buildFact(cast, tweets, times)
  const hashtags = collectHashtags(cast, tweets)
  const parts = { fact, hashtags, tweets, times, hour }
  return {
    tables: {
      dim_user_snapshot: buildUserSnapshots(cast, tweets, isNewer),
      dim_place: buildPlaces(cast, tweets, isNewer),
      dim_hashtag: buildHashtagSpellings(hashtags, tweets, times),
      bridge_tweet_hashtag: buildHashtagBridge(hashtags, tweets),
      bridge_tweet_rule: buildRuleBridge(cast, tweets),
      fact_tweet: fact,
      agg_hashtag_hour: buildHashtagHours(parts),
      agg_hashtag_user_hour: buildHashtagUserHours(parts),
    },
    rejected: buildRejected(cast),
    counts: {
      read: cast.rows.count,
      duplicates: tweets.duplicates,
      rejected: cast.rejections.size,
      tweets: tweets.count,
    },
    rejectedBy: countByRule(cast.rejections),
  }
}

/** Oldest capture first, then by the bytes of the line, then by whatever differs. */
function buildRejected({ rows, rejections, capturedAtMs }: CastRows): Table {
  if (rejections.size === 0) return new Table(REJECTED)
  const hasLines = rows.has('raw')
  const others = LAYER1.names.filter(name => name !== 'raw') as string[]
  const compareRest = createCompareRows(rows, hasLines ? ['raw', ...others] : others)
  const inOrder = (a: number, b: number) => capturedAtMs[a]! - capturedAtMs[b]! || compareRest(a, b)
  const picks = Uint32Array.from([...rejections.keys()].sort(inOrder))
  const noTexts = stringsToColumn(Array.from(picks, () => null))
  return columnsToTable(REJECTED, picks.length, {
    line: hasLines ? takeColumn(rows, 'raw', picks) : noTexts,
    line_base64: noTexts,
    reason: stringsToColumn(Array.from(picks, row => reasonOf(rejections.get(row)!))),
    source: takeColumn(rows, 'source', picks),
    captured_at: takeColumn(rows, 'captured_at', picks),
  })
}

/** Such as `tweet_id is not an INT64: "abc"`. */
function reasonOf({ rule, value }: Rejection): string {
  return `${rule}: ${JSON.stringify(value.slice(0, MAX_QUOTED_LENGTH))}`
}

/** Sorted by rule, so that a manifest's bytes do not depend on which row came first. */
function countByRule(rejections: ReadonlyMap<number, Rejection>): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { rule } of rejections.values()) counts.set(rule, (counts.get(rule) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
