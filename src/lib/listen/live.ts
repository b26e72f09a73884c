/**
 * Lines still in this machine's journal, as layer1 tables: what a question asked now must include.
 *
 * The listener may be appending while this reads, and may publish a segment between two reads. A record is whole or
 * not there; and a table keeps the name of its segment, by which whoever looks into the lake later knows it again.
 */
import type { Table } from 'apache-arrow'
import { rejectedWithoutForgotten, withoutForgotten } from '../domain/forget/forget-rows.ts'
import type { Forgotten } from '../domain/forget/forgotten.ts'
import type { Hour } from '../domain/hour.ts'
import { createLayer1Builder } from '../domain/layer1-builder.ts'
import type { Journal } from '../io/journal.ts'
import { addRecords, lineContextOf } from './segment-records.ts'

/** A segment of the journal, as it would be published now. */
export interface LiveSegment {
  segment: string
  /** n >= 1 rows an hour */
  tweets: ReadonlyMap<Hour, Table>
  /** lines that are no tweets; 0 rows when there is none */
  rejected: Table
}

/** @returns segments with at least one line, oldest first */
export async function readLiveSegments(journal: Pick<Journal, 'list' | 'read'>): Promise<LiveSegment[]> {
  const live: LiveSegment[] = []
  for (const segment of await journal.list()) {
    const content = await journal.read(segment)
    if (content === undefined || content.records.length === 0) continue
    const builder = createLayer1Builder()
    addRecords(builder, content.records, content.header.source, lineContextOf(content.header))
    live.push({ segment, tweets: builder.tweetTables(), rejected: builder.rejectedTable() })
  }
  return live
}

/** A segment without what is forgotten: so much of it will be stored. */
export function remainingOf({ segment, tweets, rejected }: LiveSegment, forgotten: Forgotten): LiveSegment {
  const tables = [...tweets].map(([hour, table]) => [hour, withoutForgotten(table, forgotten).table] as const)
  return {
    segment,
    tweets: new Map(tables.filter(([, table]) => table.numRows > 0)),
    rejected: rejectedWithoutForgotten(rejected, forgotten).table,
  }
}

/** The tweets of all segments. */
export function liveTweetsByHour(live: readonly LiveSegment[]): Map<Hour, Table[]> {
  const byHour = new Map<Hour, Table[]>()
  for (const [hour, table] of live.flatMap(({ tweets }) => [...tweets])) {
    byHour.set(hour, [...(byHour.get(hour) ?? []), table])
  }
  return byHour
}
