/** The ids of the tweets that a preset counts, each once, as SQL over the views. */
import type { Preset, Span } from './preset.ts'
import { factRows } from './preset-rows.ts'
import type { PresetSql } from './preset-sql.ts'

/** @param preset of which only what narrows the tweets counts. @param span of it, resolved in the lake's zone */
export function idsToSql(preset: Preset, span: Span): PresetSql {
  const { views, from, where } = factRows(preset, span)
  return {
    sql: `SELECT DISTINCT f.tweet_id\nFROM ${from}\nWHERE ${where.join('\n  AND ')}\nORDER BY f.tweet_id`,
    views,
  }
}
