/** Records of a segment → rows of a builder, and what they come to: counts, what X bills, a few samples. */
import type { SourceName } from '../domain/layer1.ts'
import type { Layer1Builder } from '../domain/layer1-builder.ts'
import type { LineContext } from '../domain/line/line.ts'
import { type LineCounts, NO_LINES } from '../domain/tweet.ts'
import { type UsageByDay, type UtcDay, usageOfLines, utcDayOf } from '../domain/x/spend.ts'
import type { SegmentHeader } from '../io/journal.ts'
import type { JournalRecord } from '../io/journal-records.ts'

/** What came of some lines. */
export interface AddedLines {
  lines: number
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

/** A sync is some thousand lines at the most: these are enough to tell its lag, and cost nothing. */
const SAMPLED_LINES = 32

/** What has to be known of the lines of a segment to read them. */
export type SegmentContext = Pick<SegmentHeader, 'source' | 'tags' | 'ruleNames' | 'ownTags' | 'search'>

/** Sources of which X bills each tweet. */
const BILLED_SOURCES: readonly string[] = ['stream', 'search'] satisfies SourceName[]

export function isBilled(source: string): boolean {
  return BILLED_SOURCES.includes(source)
}

/** @returns what is the same for all lines of a segment; to be made once, for what is read by it is remembered with it */
export function lineContextOf({ tags, ruleNames, ownTags, search }: SegmentContext): LineContext {
  return { listenedTags: tags, ruleNames, ownTags, askedBy: search?.askedBy }
}

/** Parse journal records into a builder. @param source in the segment's header */
export function addRecords(
  builder: Layer1Builder,
  records: readonly JournalRecord[],
  source: string,
  context: LineContext,
): AddedLines {
  const byDay = new Map<UtcDay, LineCounts>()
  const samples: TweetSample[] = []
  const sampleEvery = Math.ceil(records.length / SAMPLED_LINES)
  let ofTime: LineCounts = { ...NO_LINES }
  let timeMs = Number.NaN
  for (let i = 0; i < records.length; i++) {
    const { bytes, capturedAtMs } = records[i]!
    // lines that arrived together are of one instant
    if (capturedAtMs !== timeMs) ofTime = dayOf(byDay, capturedAtMs)
    timeMs = capturedAtMs
    const counts = builder.addLine({ bytes, source: source as SourceName, capturedAtMs }, context)
    addCounts(ofTime, counts)
    const isSampled = i % sampleEvery === 0 || i === records.length - 1
    const id = isSampled && counts.tweets > 0 ? builder.lastTweetId : undefined
    if (id !== undefined) samples.push({ id, capturedAtMs })
  }
  const { tweets, rejected, foreign } = sumOf(byDay)
  const usage = [...byDay].map(([day, counts]) => [day, usageOfLines(counts)])
  return {
    lines: records.length,
    tweets,
    rejected,
    foreign,
    usage: isBilled(source) ? Object.fromEntries(usage) : {},
    samples,
  }
}

function dayOf(byDay: Map<UtcDay, LineCounts>, atMs: number): LineCounts {
  const day = utcDayOf(atMs)
  const counts = byDay.get(day) ?? { ...NO_LINES }
  byDay.set(day, counts)
  return counts
}

function sumOf(byDay: ReadonlyMap<UtcDay, LineCounts>): LineCounts {
  const sum = { ...NO_LINES }
  for (const counts of byDay.values()) addCounts(sum, counts)
  return sum
}

function addCounts(sum: LineCounts, counts: Readonly<LineCounts>): void {
  sum.tweets += counts.tweets
  sum.rejected += counts.rejected
  sum.foreign += counts.foreign
  sum.notices += counts.notices
  sum.profiles += counts.profiles
  sum.references += counts.references
}
