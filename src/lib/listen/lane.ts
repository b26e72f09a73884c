/**
 * One segment at a time, from its first line to its seal: lines go into the journal, are synced, and are handed to the
 * maker that will write them to the lake.
 */
import { hasPassed } from '../domain/time-spans.ts'
import type { Clock } from '../io/clock.ts'
import type { Journal, JournalSegment, SegmentHeader } from '../io/journal.ts'
import type { RecordBytes } from '../io/journal-records.ts'
import type { LineBatch } from '../io/source/source.ts'
import type { Publisher } from './publisher.ts'
import type { SegmentMaker } from './segment-maker.ts'
import type { AddedLines } from './segment-records.ts'

/** A line is safe at most this long after it was read. */
export const SYNC_EVERY_MS = 200
/** …or as soon as so much waits for it. */
const SYNC_EVERY_BYTES = 4 << 20
/** A segment is sealed when it is as old as the plan says, or holds this much. */
const SEAL_AFTER_TWEETS = 50_000
const SEAL_AFTER_BYTES = 64 << 20
/** Records that a maker has been handed and has not looked at. */
const MAX_UNREAD_BYTES = 16 << 20

export interface LanePorts {
  journal: Journal
  publisher: Publisher
  clock: Clock
}

export interface LanePlan {
  /** a segment is sealed when it is this old */
  sealAfterMs: number
  /** of a segment that begins now */
  header(): SegmentHeader
  /** what came of lines, in their order; undefined where a maker failed: they are safe, and nobody knows yet what they hold */
  onAdded(segment: string, lines: number, added: AddedLines | undefined): void
}

/** Used by one caller at a time: each call is awaited before the next. */
export class Lane {
  readonly maker: SegmentMaker
  /** lines that were appended and of which nobody knows yet what they hold */
  uncountedLines = 0
  private readonly plan: LanePlan
  private readonly ports: LanePorts
  private segment: JournalSegment | undefined
  private header: SegmentHeader | undefined
  private beganMs = 0
  private unsyncedSinceMs = 0
  private tweets = 0
  private unreadBytes = 0
  /** of the open segment, handed to the maker */
  private handedLines = 0
  private isBroken = false
  /** resolves when the maker has got every line so far */
  private added: Promise<void> = Promise.resolve()

  constructor(maker: SegmentMaker, plan: LanePlan, ports: LanePorts) {
    this.maker = maker
    this.plan = plan
    this.ports = ports
  }

  async append(batch: LineBatch): Promise<void> {
    const { clock } = this.ports
    const segment = this.segment ?? (await this.begin())
    const { lines } = segment.unsynced
    await segment.append(batch)
    if (lines === 0) this.unsyncedSinceMs = clock.nowMs()
    this.uncountedLines += batch.lines.length
  }

  /** Bytes of the open segment. */
  get bytes(): number {
    return this.segment?.bytes ?? 0
  }

  get isSyncDue(): boolean {
    if (this.segment === undefined || this.segment.unsynced.lines === 0) return false
    if (this.segment.unsynced.bytes >= SYNC_EVERY_BYTES) return true
    return hasPassed(SYNC_EVERY_MS, this.unsyncedSinceMs, this.ports.clock.nowMs())
  }

  /** The line that must come first: only what is synced is parsed, counted or written anywhere else. */
  async sync(): Promise<void> {
    const { segment, header } = this
    if (segment === undefined || header === undefined || segment.unsynced.lines === 0) return
    const { records, lines } = await segment.sync()
    this.handedLines += lines
    const adding = this.add(segment.name, header, records, lines)
    this.added = Promise.all([this.added, adding]).then(() => undefined)
    // whoever publishes the segment, or waits for the counts, is told of a failure
    this.added.catch(() => undefined)
    while (this.unreadBytes > MAX_UNREAD_BYTES) await this.added.catch(() => undefined)
  }

  private async add(segment: string, header: SegmentHeader, records: RecordBytes, lines: number): Promise<void> {
    const { length } = records
    this.unreadBytes += length
    let added: AddedLines | undefined
    try {
      const { memory, ...rest } = await this.maker.add(segment, header, records)
      this.ports.journal.giveBack(memory)
      this.tweets += rest.tweets
      added = rest
    } finally {
      this.isBroken ||= added === undefined
      this.unreadBytes -= length
      this.uncountedLines -= lines
      this.plan.onAdded(segment, lines, added)
    }
  }

  /** Resolves when it is known what every line holds that was synced, or that it cannot be known. */
  async counted(): Promise<void> {
    await this.added.catch(() => undefined)
  }

  get isSealDue(): boolean {
    if (this.segment === undefined) return false
    const isOld = hasPassed(this.plan.sealAfterMs, this.beganMs, this.ports.clock.nowMs())
    const isLarge = this.tweets >= SEAL_AFTER_TWEETS || this.segment.bytes >= SEAL_AFTER_BYTES
    // what a maker has lost of a segment it is not to write: the publisher makes it again from the journal
    return isLarge || this.isBroken || isOld
  }

  async seal(): Promise<void> {
    const { segment } = this
    if (segment === undefined) return
    await this.sync()
    const { handedLines } = this
    this.segment = undefined
    const added = this.added.then(() => handedLines)
    await this.ports.publisher.publish(segment, this.maker, added)
  }

  /** Leave the open segment as it is, in the journal. */
  async abandon(): Promise<void> {
    const { segment } = this
    this.segment = undefined
    await segment?.close()
  }

  private async begin(): Promise<JournalSegment> {
    this.header = this.plan.header()
    this.beganMs = this.ports.clock.nowMs()
    this.tweets = 0
    this.handedLines = 0
    this.isBroken = false
    this.added = Promise.resolve()
    this.segment = await this.ports.journal.begin(this.header)
    return this.segment
  }
}
