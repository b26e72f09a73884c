/**
 * Sessions: one unbroken connection to a source each. What no session covers is a gap.
 *
 * A record is written at every seal and when its session ends, so a crash makes it end too early
 * rather than claim minutes in which nobody listened. A session without tweets is a record too:
 * that nothing was said is worth knowing.
 */
import type { SourceName } from './layer1.ts'

export interface SessionRecord {
  format: 1
  session: string
  source: SourceName
  /** folded; empty for a replay of everything */
  tags: readonly string[]
  /** ISO 8601 UTC; covered is from <= t < to */
  from: string
  to: string
  /** one clause; null while it goes on, and for ever after a crash */
  ended: string | null
  lines: number
  tweets: number
  rejected: number
  /** tweets that only rules of other programs matched: billed, and not stored; absent: none */
  foreign?: number
}

export function sessionToText(record: SessionRecord): string {
  return `${JSON.stringify(record, null, 1)}\n`
}
