/**
 * Layer2: the star schema, one entry a table.
 *
 * Ids are INT64. Instants are UTC (`instant()`); wall clocks are timestamps without a zone and mean
 * the lake's zone. Rows are sorted by `sortedBy`, which is also a key: readers skip by it, and the
 * same rows from the same files of layer1 always give the same bytes.
 */
import { DIM_DATE, DIM_HASHTAG, DIM_LANG, DIM_PLACE, DIM_USER_SNAPSHOT } from './layer2-dimensions.ts'
import {
  AGG_HASHTAG_HOUR,
  AGG_HASHTAG_USER_HOUR,
  BRIDGE_TWEET_HASHTAG,
  BRIDGE_TWEET_RULE,
  FACT_TWEET,
} from './layer2-facts.ts'
import type { DailyTable, HourlyTable } from './paths.ts'
import type { TableShape } from './table-shape.ts'

export type StarTable = HourlyTable | DailyTable
export type StaticTable = 'dim_date' | 'dim_lang'
export type TableName = StarTable | StaticTable

export const LAYER2: Record<StarTable | StaticTable, TableShape> = {
  dim_user_snapshot: DIM_USER_SNAPSHOT,
  dim_place: DIM_PLACE,
  dim_hashtag: DIM_HASHTAG,
  dim_date: DIM_DATE,
  dim_lang: DIM_LANG,
  bridge_tweet_hashtag: BRIDGE_TWEET_HASHTAG,
  bridge_tweet_rule: BRIDGE_TWEET_RULE,
  fact_tweet: FACT_TWEET,
  agg_hashtag_hour: AGG_HASHTAG_HOUR,
  agg_hashtag_user_hour: AGG_HASHTAG_USER_HOUR,
}
