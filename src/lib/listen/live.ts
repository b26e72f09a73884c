/**
 * Lines still in this machine's journal, as layer1 tables: what a question asked now must include.
 *
 * The listener may be appending while this reads, and may publish a segment between two reads. Both are
 * harmless: a record is whole or not there, and a tweet seen twice is one tweet in layer2.
 */
import type { Table } from 'apache-arrow'
import type { Hour } from '../domain/hour.ts'
import { createLayer1Builder } from '../domain/layer1-builder.ts'
import type { Journal } from '../io/journal.ts'
import { addRecords } from './segment.ts'

/** @returns layer1 tables by hour, one a segment; empty where the journal is */
export async function readLiveTables(journal: Journal): Promise<Map<Hour, Table[]>> {
  const byHour = new Map<Hour, Table[]>()
  for (const segment of await journal.list()) {
    const content = await journal.read(segment)
    if (content === undefined) continue
    const builder = createLayer1Builder()
    addRecords(builder, content.records, content.header)
    for (const [hour, table] of builder.tweetTables()) {
      const tables = byHour.get(hour)
      if (tables === undefined) byHour.set(hour, [table])
      else tables.push(table)
    }
  }
  return byHour
}
