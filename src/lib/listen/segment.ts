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
  /** what X bills for them; empty for other sources */
  usage: UsageByDay
  /** some of the tweets, spread evenly over the lines, and the last one; [] where there is none */
  samples: TweetSample[]
}

/** A tweet of which only the time matters. */
export interface TweetSample {
  id: string
  capturedAtMs: number
}

/** A sync is some thousand lines at the most: these are enough to tell its lag, and cost nothing. */
const SAMPLED_LINES = 32

/** Parse journal records into a builder. */
export function addRecords(
  builder: Layer1Builder,
  records: readonly JournalRecord[],
  context: Pick<SegmentHeader, 'source' | 'tags' | 'ruleNames'>,
): AddedRecords {
  const usage: Record<UtcDay, Usage> = {}
  const before = { tweets: builder.tweets, rejected: builder.rejected }
  const samples: TweetSample[] = []
  const sampleEvery = Math.ceil(records.length / SAMPLED_LINES)
  for (const [i, { bytes, capturedAtMs }] of records.entries()) {
    const line = { bytes, source: context.source as SourceName, capturedAtMs }
    const content = parseLine(line, { listenedTags: context.tags, ruleNames: context.ruleNames })
    for (const tweet of content.tweets) builder.addTweet(tweet, line)
    for (const rejected of content.rejected) builder.addRejected(rejected, line)
    const tweet = content.tweets.at(-1)?.tweet
    if (tweet !== undefined && (i % sampleEvery === 0 || i === records.length - 1)) {
      samples.push({ id: tweet.tweet_id, capturedAtMs })
    }
    if (context.source !== 'stream') continue
    const day = utcDayOf(capturedAtMs)
    usage[day] = addUsage(usage[day] ?? NO_USAGE, usageOfLine(content))
  }
  return { tweets: builder.tweets - before.tweets, rejected: builder.rejected - before.rejected, usage, samples }
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
    const { usage } = addRecords(builder, records, header)
    const forget = damagedBytes === 0 ? ports.journal.remove : ports.journal.setAside
    const settle = () => ports.spending.settle(segment, usage)
    const published = await publishSegment(segment, builder, ports, settle, forget)
    recovered.push(published)
    const counts = `${counted(published.tweets, 'tweet')} and ${counted(published.rejected, 'rejected line')}`
    const torn = tornBytes === 0 ? '' : `; ${counted(tornBytes, 'byte')} at its end were cut off and never acknowledged`
    const fields = { event: 'recovered', segment, tweets: published.tweets, rejected: published.rejected, tornBytes }
    ports.log.info(`recovered ${counts} of segment ${segment}${torn}`, fields)
    if (damagedBytes > 0) {
      const sentence = `${counted(damagedBytes, 'byte')} in the middle of segment ${segment} are damaged; it is kept as ${segment}.journal.damaged`
      ports.log.warn(`${sentence}. Check the disk`, { event: 'damaged', segment, damagedBytes })
    }
  }
  return recovered
}
