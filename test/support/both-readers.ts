/** A line read in both ways: by the scan where it takes it, and by `parseLine` alone. */
import type { Table } from 'apache-arrow'
import { createLayer1Builder, type Layer1Builder } from '../../src/lib/domain/layer1-builder.ts'
import { type LineContext, parseLine } from '../../src/lib/domain/line/line.ts'
import { countsOf, type Line, type LineCounts } from '../../src/lib/domain/tweet.ts'

export interface Reading {
  /** one for each line */
  counts: LineCounts[]
  /** by hour, each value of each row */
  tweets: Record<string, unknown[][]>
  rejected: unknown[][]
}

export function readQuickly(lines: readonly Line[], context: LineContext): Reading {
  const builder = createLayer1Builder()
  return readingOf(
    builder,
    lines.map(line => ({ ...builder.addLine(line, context) })),
  )
}

export function readByParsing(lines: readonly Line[], context: LineContext): Reading {
  const builder = createLayer1Builder()
  const counts = lines.map(line => {
    const content = parseLine(line, context)
    for (const tweet of content.tweets) if (!tweet.isForeign) builder.addTweet(tweet, line)
    for (const rejected of content.rejected) builder.addRejected(rejected, line)
    return countsOf(content)
  })
  return readingOf(builder, counts)
}

function readingOf(builder: Layer1Builder, counts: LineCounts[]): Reading {
  const tweets = [...builder.tweetTables()].map(([hour, table]) => [hour, valuesOf(table)])
  return { counts, tweets: Object.fromEntries(tweets), rejected: valuesOf(builder.rejectedTable()) }
}

function valuesOf(table: Table): unknown[][] {
  const columns = table.schema.fields.map(field => table.getChild(field.name)!)
  return Array.from({ length: table.numRows }, (_, row) => columns.map(column => plain(column.get(row))))
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'object' && value !== null ? [...(value as Iterable<unknown>)] : value
}
