/**
 * Making a segment: records of the journal become rows, and rows become files of the lake.
 *
 * It is the heavy part of listening, and needs nothing but records and a lake: in the executable it is done by workers,
 * each with a maker of its own, while the listener reads on. Files are named after their segment, so making one twice writes
 * the same files.
 */
import type { Hour } from '../domain/hour.ts'
import { LAYER1, type SourceName } from '../domain/layer1.ts'
import {
  createLayer1Builder,
  LAYER1_REPEATING,
  type Layer1Builder,
  REJECTED_REPEATING,
} from '../domain/layer1-builder.ts'
import type { LineContext } from '../domain/line/line.ts'
import { layer1Path, rejectedPath } from '../domain/paths.ts'
import { type LineCounts, NO_LINES } from '../domain/tweet.ts'
import { type UsageByDay, type UtcDay, usageOfLines, utcDayOf } from '../domain/x/spend.ts'
import type { SegmentHeader } from '../io/journal.ts'
import type { JournalRecord, RecordBytes } from '../io/journal-records.ts'
import type { Tables, TableWriter } from '../io/tables.ts'

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
   * @param lines that the segment has
   * @throws TwdwError E_LAKE; Error where the maker did not get so many, since a worker died that had some of them. The
   * segment can be made again from the journal
   */
  publish(segment: string, lines: number): Promise<PublishedSegment>
  /** Forget all lines of a segment; one that it never had is no error. */
  forget(segment: string): Promise<void>
}

export interface MakerPorts {
  tables: Pick<Tables, 'write' | 'openWriter'>
  recordsIn(bytes: Uint8Array): JournalRecord[]
}

/** So many rows of an hour are encoded as soon as they are there: what waits is little, and the end of a segment is soon written. */
const ROWS_A_TABLE = 4_096
/** One segment is made while the files of the one before are written. */
const MAX_SPARE_BUILDERS = 1

/** A segment while it is made. */
interface Making {
  builder: Layer1Builder
  lines: number
  /** from its header */
  context: LineContext | undefined
  /** of the hours that have had a full table, until they are finished */
  writers: Map<Hour, TableWriter>
  /** resolves when the last call for the segment is done: rows go into their files in order */
  turn: Promise<unknown>
}

export function openSegmentMaker({ tables, recordsIn }: MakerPorts): SegmentMaker {
  const open = new Map<string, Making>()
  const spare: Layer1Builder[] = []

  function makingOf(segment: string): Making {
    const found = open.get(segment)
    if (found !== undefined) return found
    const builder = spare.pop() ?? createLayer1Builder(ROWS_A_TABLE)
    const making = { builder, lines: 0, context: undefined, writers: new Map(), turn: Promise.resolve() }
    open.set(segment, making)
    return making
  }

  function inTurn<T>(making: Making, work: () => Promise<T>): Promise<T> {
    const done = making.turn.then(work)
    making.turn = done.catch(() => undefined)
    return done
  }

  async function letGo({ builder, writers }: Making): Promise<void> {
    for (const writer of writers.values()) await writer.abort()
    builder.clear()
    if (spare.length < MAX_SPARE_BUILDERS) spare.push(builder)
  }

  return {
    add(segment, header, records) {
      const making = makingOf(segment)
      return inTurn(making, async () => {
        making.context ??= lineContextOf(header)
        const added = addRecords(making.builder, recordsIn(records), header.source, making.context)
        making.lines += added.lines
        await writeFull(segment, making, tables)
        return { ...added, memory: records.buffer }
      })
    },
    publish(segment, lines) {
      const making = makingOf(segment)
      open.delete(segment)
      const write = async () => {
        if (making.lines !== lines)
          throw new Error(`a worker has ${making.lines} of ${lines} lines of segment ${segment}`)
        return writeSegment(segment, making, tables)
      }
      return inTurn(making, write).finally(() => letGo(making))
    },
    async forget(segment) {
      const making = open.get(segment)
      open.delete(segment)
      if (making !== undefined) await inTurn(making, () => letGo(making))
    },
  }
}

async function writeFull(segment: string, { builder, writers }: Making, tables: MakerPorts['tables']): Promise<void> {
  for (const { hour, table, giveBack } of builder.takeFull()) {
    const writer = writers.get(hour) ?? (await openHour(tables, segment, hour))
    writers.set(hour, writer)
    await writer.append(table)
    giveBack()
  }
}

function openHour(tables: MakerPorts['tables'], segment: string, hour: Hour): Promise<TableWriter> {
  return tables.openWriter(layer1Path(hour, segment), LAYER1, { repeating: LAYER1_REPEATING })
}

async function writeSegment(
  segment: string,
  { builder, writers }: Making,
  tables: MakerPorts['tables'],
): Promise<PublishedSegment> {
  const { tweets, rejected } = builder
  const rest = builder.tweetTables()
  const hours = [...new Set([...writers.keys(), ...rest.keys()])].sort()
  for (const hour of hours) {
    const writer = writers.get(hour)
    const table = rest.get(hour)
    if (writer === undefined) {
      await tables.write(layer1Path(hour, segment), table!, { repeating: LAYER1_REPEATING })
      continue
    }
    if (table !== undefined) await writer.append(table)
    writers.delete(hour)
    await writer.finish()
  }
  if (rejected > 0) {
    await tables.write(rejectedPath(segment), builder.rejectedTable(), { repeating: REJECTED_REPEATING })
  }
  return { segment, tweets, rejected, hours }
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
