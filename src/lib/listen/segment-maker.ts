/**
 * Making a segment: records of the journal become rows, and rows become files of the lake.
 *
 * It is the heavy part of listening, and needs nothing but records and a lake: in the executable it is done by workers,
 * each with a maker of its own, while the listener reads on. Files are named after their segment, so making one twice writes
 * the same files.
 */
import type { Hour } from '../domain/hour.ts'
import type { SourceName } from '../domain/layer1.ts'
import {
  createLayer1Builder,
  LAYER1_REPEATING,
  type Layer1Builder,
  REJECTED_REPEATING,
} from '../domain/layer1-builder.ts'
import { layer1Path, rejectedPath } from '../domain/paths.ts'
import { type LineCounts, NO_LINES } from '../domain/tweet.ts'
import { type UsageByDay, type UtcDay, usageOfLines, utcDayOf } from '../domain/x/spend.ts'
import type { SegmentHeader } from '../io/journal.ts'
import type { JournalRecord, RecordBytes } from '../io/journal-records.ts'
import type { Tables } from '../io/tables.ts'

/** What came of some lines. */
export interface AddedLines {
  tweets: number
  rejected: number
  /** tweets that only rules of other programs matched: not stored, and billed */
  foreign: number
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

/** What a segment came to in the lake. */
export interface PublishedSegment {
  segment: string
  tweets: number
  rejected: number
  /** oldest first */
  hours: Hour[]
}

/** Calls for one segment are answered in their order. */
export interface SegmentMaker {
  /**
   * Lines of a segment, behind those that it got before; the first ones begin it.
   * @returns what came of them, and the memory of `records`, which nobody reads any more
   */
  add(segment: string, header: SegmentHeader, records: RecordBytes): Promise<AddedLines & { memory: ArrayBuffer }>
  /**
   * Write all of it to the lake, and forget it, also where that fails.
   * @throws TwdwError E_LAKE; the segment can be made again from the journal
   */
  publish(segment: string): Promise<PublishedSegment>
  /** Forget all lines of a segment; one that it never had is no error. */
  forget(segment: string): Promise<void>
}

export interface MakerPorts {
  tables: Pick<Tables, 'write'>
  recordsIn(bytes: Uint8Array): JournalRecord[]
}

/** One segment is made while the files of the one before are written. */
const MAX_SPARE_BUILDERS = 2

export function openSegmentMaker({ tables, recordsIn }: MakerPorts): SegmentMaker {
  const open = new Map<string, Layer1Builder>()
  const spare: Layer1Builder[] = []

  function builderOf(segment: string): Layer1Builder {
    const builder = open.get(segment) ?? spare.pop() ?? createLayer1Builder()
    open.set(segment, builder)
    return builder
  }

  function letGo(segment: string): void {
    const builder = open.get(segment)
    open.delete(segment)
    builder?.clear()
    if (builder !== undefined && spare.length < MAX_SPARE_BUILDERS) spare.push(builder)
  }

  return {
    async add(segment, header, records) {
      const added = addRecords(builderOf(segment), recordsIn(records), header)
      return { ...added, memory: records.buffer }
    },
    async publish(segment) {
      try {
        return await writeSegment(segment, builderOf(segment), tables)
      } finally {
        letGo(segment)
      }
    },
    async forget(segment) {
      letGo(segment)
    },
  }
}

async function writeSegment(
  segment: string,
  builder: Layer1Builder,
  tables: Pick<Tables, 'write'>,
): Promise<PublishedSegment> {
  const { tweets, rejected } = builder
  const byHour = builder.tweetTables()
  for (const [hour, table] of byHour) {
    await tables.write(layer1Path(hour, segment), table, { repeating: LAYER1_REPEATING })
  }
  if (rejected > 0) {
    await tables.write(rejectedPath(segment), builder.rejectedTable(), { repeating: REJECTED_REPEATING })
  }
  return { segment, tweets, rejected, hours: [...byHour.keys()] }
}

/** A sync is some thousand lines at the most: these are enough to tell its lag, and cost nothing. */
const SAMPLED_LINES = 32

/** What has to be known of the lines of a segment to read them. */
export type SegmentContext = Pick<SegmentHeader, 'source' | 'tags' | 'ruleNames' | 'ownTags' | 'search'>

/** Sources of which X bills each tweet. */
const BILLED_SOURCES: readonly string[] = ['stream', 'search'] satisfies SourceName[]

export function isBilled(source: string): boolean {
  return BILLED_SOURCES.includes(source)
}

/** Parse journal records into a builder. */
export function addRecords(
  builder: Layer1Builder,
  records: readonly JournalRecord[],
  { source, tags, ruleNames, ownTags, search }: SegmentContext,
): AddedLines {
  const context = { listenedTags: tags, ruleNames, ownTags, askedBy: search?.askedBy }
  const byDay = new Map<UtcDay, LineCounts>()
  const total = { ...NO_LINES }
  const samples: TweetSample[] = []
  const sampleEvery = Math.ceil(records.length / SAMPLED_LINES)
  for (const [i, { bytes, capturedAtMs }] of records.entries()) {
    const counts = builder.addLine({ bytes, source: source as SourceName, capturedAtMs }, context)
    addCounts(total, counts)
    const isSampled = i % sampleEvery === 0 || i === records.length - 1
    const id = isSampled && counts.tweets > 0 ? builder.lastTweetId : undefined
    if (id !== undefined) samples.push({ id, capturedAtMs })
    if (isBilled(source)) addCounts(dayOf(byDay, capturedAtMs), counts)
  }
  const usage = Object.fromEntries([...byDay].map(([day, counts]) => [day, usageOfLines(counts)]))
  const { tweets, rejected, foreign } = total
  return { tweets, rejected, foreign, usage, samples }
}

function dayOf(byDay: Map<UtcDay, LineCounts>, atMs: number): LineCounts {
  const day = utcDayOf(atMs)
  const counts = byDay.get(day) ?? { ...NO_LINES }
  byDay.set(day, counts)
  return counts
}

function addCounts(sum: LineCounts, counts: Readonly<LineCounts>): void {
  for (const key of COUNT_KEYS) sum[key] += counts[key]
}

const COUNT_KEYS = Object.keys(NO_LINES) as (keyof LineCounts)[]
