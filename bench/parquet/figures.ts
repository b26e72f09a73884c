/** What is measured of Parquet files. Bytes are exact; times are the best of many, since other work can only add to them. */

export interface Encoding {
  bytes: number
  encodeMs: number
}

/** Of a column by itself, or of a whole table, by the name of a layout. */
export type ColumnLayout = 'plain' | 'dictionary' | 'delta'

export interface ColumnFigures {
  table: string
  column: string
  /** it has a dictionary in the lake */
  repeats: boolean
  /** those that have a dictionary or could have one, and those without that are large */
  isShown: boolean
  /** compressed bytes of the column alone, footer and indexes left out; `readMs` of those that are shown */
  layouts: Partial<Record<ColumnLayout, Encoding & { readMs: number | null }>>
}

/** Of the fact: all rows with five columns; one tweet. */
export interface FactFigures extends Encoding {
  scanMs: number
  tweetMs: number
  /** what Spark took out of the file for one tweet; null where it was not asked */
  sparkRows: number | null
}

/** Of the bridge: tweets of a tag; tags of a tweet. */
export interface BridgeFigures extends Encoding {
  tagMs: number
  tagsOfTweetMs: number
  sparkRows: number | null
}

/** As twdw has it, and with one thing otherwise. */
export type FactLayout = 'twdw' | 'snappy' | 'lz4' | 'uncompressed' | 'small' | 'large' | 'none' | 'chunk' | 'shuffled'
export type BridgeLayout = 'twdw' | 'small' | 'large' | 'none' | 'chunk' | 'byTweet'

export interface ParquetFigures {
  /** of the lake */
  files: { name: string; rows: number; groups: number; bytes: number }[]
  columns: ColumnFigures[]
  /** one segment of layer1 */
  lists: { rows: number; bytes: number; columns: { name: string; plain: Encoding; dictionary: Encoding }[] }
  facts: Record<FactLayout, FactFigures>
  bridges: Record<BridgeLayout, BridgeFigures>
}
