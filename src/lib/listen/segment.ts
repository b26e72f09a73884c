/**
 * One segment on its way from the journal to the lake.
 *
 * The order is the promise: journal fsync → parse → Parquet in the lake → meter → journal segment removed. A
 * crash anywhere in between leaves the journal segment, and publishing it again writes the same files and is
 * counted once.
 */

import type { Hour } from '../domain/hour.ts'
import type { SourceName } from '../domain/layer1.ts'
import {
  createLayer1Builder,
  LAYER1_REPEATING,
  type Layer1Builder,
  REJECTED_REPEATING,
} from '../domain/layer1-builder.ts'
import { parseLine } from '../domain/line/line.ts'
import { layer1Path, rejectedPath } from '../domain/paths.ts'
import { counted } from '../domain/wording.ts'
import { foreignText } from '../domain/x/matched.ts'
import {
  addUsage,
  NO_USAGE,
  type Usage,
  type UsageByDay,
  type UtcDay,
  usageOfLine,
  utcDayOf,
} from '../domain/x/spend.ts'
import type { Journal, JournalRecord, SegmentHeader } from '../io/journal.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'
import type { Spending } from './spending.ts'

/** What a segment came to in the lake. */
export interface PublishedSegment {
  segment: string
  tweets: number
  rejected: number
  /** oldest first */
  hours: Hour[]
}

export interface SegmentPorts {
  tables: Tables
  journal: Journal
  log: Log
  spending: Spending
}

/** What came of some lines. */
interface AddedRecords {
  tweets: number
  rejected: number
  /** tweets that only rules of other programs matched: not in the builder, but in the usage */
  foreign: number
  /** what X bills for them; empty for other sources */
  usage: UsageByDay
}

/** What has to be known of the lines of a segment to read them. */
export type SegmentContext = Pick<SegmentHeader, 'source' | 'tags' | 'ruleNames' | 'ownTags'>

/** Parse journal records into a builder. */
export function addRecords(
  builder: Layer1Builder,
  records: readonly JournalRecord[],
  context: SegmentContext,
): AddedRecords {
  const usage: Record<UtcDay, Usage> = {}
  const before = { tweets: builder.tweets, rejected: builder.rejected }
  const knowledge = { ...context, listenedTags: context.tags }
  let foreign = 0
  for (const { bytes, capturedAtMs } of records) {
    const line = { bytes, source: context.source as SourceName, capturedAtMs }
    const content = parseLine(line, knowledge)
    for (const tweet of content.tweets) {
      if (tweet.isForeign) foreign += 1
      else builder.addTweet(tweet, line)
    }
    for (const rejected of content.rejected) builder.addRejected(rejected, line)
    if (context.source !== 'stream') continue
    const day = utcDayOf(capturedAtMs)
    usage[day] = addUsage(usage[day] ?? NO_USAGE, usageOfLine(content))
  }
  return { tweets: builder.tweets - before.tweets, rejected: builder.rejected - before.rejected, foreign, usage }
}

/**
 * Write a segment's rows to the lake, then forget its journal. Doing it twice writes the same files.
 * @param settle counts what X bills for the segment, once however often it is called
 */
export async function publishSegment(
  segment: string,
  builder: Layer1Builder,
  ports: SegmentPorts,
  settle: () => Promise<void>,
  forget: (segment: string) => Promise<unknown> = ports.journal.remove,
): Promise<PublishedSegment> {
  const { tweets, rejected } = builder
  const tables = builder.tweetTables()
  for (const [hour, table] of tables) {
    await ports.tables.write(layer1Path(hour, segment), table, { repeating: LAYER1_REPEATING })
  }
  if (rejected > 0) {
    await ports.tables.write(rejectedPath(segment), builder.rejectedTable(), { repeating: REJECTED_REPEATING })
  }
  await settle()
  // last: until here the journal is the only whole copy of these lines
  await forget(segment)
  return { segment, tweets, rejected, hours: [...tables.keys()] }
}

/** Publish what an earlier process left in the journal. */
export async function recoverSegments(ports: SegmentPorts): Promise<PublishedSegment[]> {
  const recovered: PublishedSegment[] = []
  for (const segment of await ports.journal.leftBehind()) {
    const content = await ports.journal.read(segment)
    if (content === undefined) continue
    const { header, records, tornBytes, damagedBytes } = content
    const builder = createLayer1Builder()
    const { usage, foreign } = addRecords(builder, records, header)
    const forget = damagedBytes === 0 ? ports.journal.remove : ports.journal.setAside
    const settle = () => ports.spending.settle(segment, usage)
    const published = await publishSegment(segment, builder, ports, settle, forget)
    recovered.push(published)
    const counts = `${counted(published.tweets, 'tweet')} and ${counted(published.rejected, 'rejected line')}`
    const torn = tornBytes === 0 ? '' : `; ${counted(tornBytes, 'byte')} at its end were cut off and never acknowledged`
    const left = foreign === 0 ? '' : `; ${foreignText(foreign)}`
    const { tweets, rejected } = published
    const fields = { event: 'recovered', segment, tweets, rejected, foreign, tornBytes }
    ports.log.info(`recovered ${counts} of segment ${segment}${left}${torn}`, fields)
    if (damagedBytes > 0) {
      const sentence = `${counted(damagedBytes, 'byte')} in the middle of segment ${segment} are damaged; it is kept as ${segment}.journal.damaged`
      ports.log.warn(`${sentence}. Check the disk`, { event: 'damaged', segment, damagedBytes })
    }
  }
  return recovered
}
