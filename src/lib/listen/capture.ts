/**
 * What is being captured at this moment: the open segment, the lines that are not yet safe, the
 * running session and the counts. lib/listen.ts decides when to ask for what.
 */
import type { Hour } from '../domain/hour.ts'
import type { SourceName } from '../domain/layer1.ts'
import { createLayer1Builder, type Layer1Builder } from '../domain/layer1-builder.ts'
import { type SessionRecord, type SessionRule, sessionRules } from '../domain/session.ts'
import type { Clock } from '../io/clock.ts'
import type { JournalRecord, JournalSegment, SearchHeader } from '../io/journal.ts'
import type { Lake } from '../io/lake.ts'
import type { LineBatch, SessionEvent } from '../io/source/source.ts'
import { addRecords, publishSegment, type SegmentPorts } from './segment.ts'
import { SessionBook } from './session-book.ts'

/** A line is safe at most this long after it was read. */
export const SYNC_EVERY_MS = 200
/** …or as soon as so much waits for it. */
const SYNC_EVERY_BYTES = 4 << 20
/** A segment is sealed when it is as old as the plan says, or holds this much. */
const SEAL_AFTER_TWEETS = 50_000
const SEAL_AFTER_BYTES = 64 << 20

export interface CapturePlan {
  source: SourceName
  /** folded; may be empty for replay and demo */
  tags: readonly string[]
  /** full when so many tweets were captured */
  maxTweets: number | undefined
  /** a segment is sealed when it is this old */
  sealAfterMs: number
  /** what a search asks for; absent for every other source */
  search?: SearchHeader
}

export interface CapturePorts extends SegmentPorts {
  lake: Lake
  clock: Clock
  /** tweets that others have captured in this run, which count towards the same limits; absent: none */
  tweetsBeside?: () => number
}

/** Used by one caller at a time: each call is awaited before the next. */
export class Capture {
  lines = 0
  tweets = 0
  rejected = 0
  segments = 0
  /** connections that the source accepted */
  sessions = 0
  readonly hours = new Set<Hour>()
  private readonly plan: CapturePlan
  private readonly ports: CapturePorts
  private segment: JournalSegment | undefined
  private segmentBeganMs = 0
  private builder: Layer1Builder = createLayer1Builder()
  private pending: JournalRecord[] = []
  private pendingBytes = 0
  private pendingSinceMs = 0
  private readonly book: SessionBook
  /** of the open segment, in whose header they stand */
  private ruleNames: Readonly<Record<string, string>> = {}

  constructor(plan: CapturePlan, ports: CapturePorts) {
    this.plan = plan
    this.ports = ports
    this.book = new SessionBook({ source: plan.source, tags: plan.tags }, ports)
  }

  /** The sessions of this run, the running one as it is by now. */
  get records(): readonly SessionRecord[] {
    return this.book.records
  }

  /** What is listened to, or was last. */
  get rules(): readonly SessionRule[] {
    return this.book.rules
  }

  /** True when `--max-tweets` is reached. */
  get isFull(): boolean {
    return this.plan.maxTweets !== undefined && this.allTweets >= this.plan.maxTweets
  }

  private get allTweets(): number {
    return this.tweets + (this.ports.tweetsBeside?.() ?? 0)
  }

  /** True when lines wait for a sync after which a limit may turn out to be reached. */
  get mayBeFull(): boolean {
    if (this.pending.length === 0) return false
    const { maxTweets } = this.plan
    const mayBeFull = maxTweets !== undefined && this.allTweets + this.pending.length >= maxTweets
    return mayBeFull || this.ports.spending.reached(this.pending.length) !== undefined
  }

  async take(event: LineBatch | SessionEvent): Promise<void> {
    if ('event' in event) return this.takeSessionEvent(event)
    let rest = event.lines
    while (rest.length > 0) {
      // how many more may be taken follows from what the pending lines hold, and only parsing them tells
      if (this.linesWanted(rest.length) === 0) await this.sync()
      const wanted = this.linesWanted(rest.length)
      if (wanted === 0) return
      await this.append({ ...event, lines: rest.slice(0, wanted) })
      rest = rest.slice(wanted)
    }
    // what the journal did not take was not heard
    this.book.heard(event.capturedAtMs)
  }

  private async append(batch: LineBatch): Promise<void> {
    this.ports.spending.noteBatch(batch.lines.length)
    this.segment ??= await this.beginSegment()
    const records = await this.segment.append(batch)
    if (this.pending.length === 0) this.pendingSinceMs = this.ports.clock.nowMs()
    for (const record of records) {
      this.pending.push(record)
      this.pendingBytes += record.bytes.length
    }
  }

  async syncIfDue(): Promise<void> {
    if (this.pending.length === 0) return
    const waitedMs = this.ports.clock.nowMs() - this.pendingSinceMs
    if (this.mayBeFull || this.pendingBytes >= SYNC_EVERY_BYTES || waitedMs >= SYNC_EVERY_MS) await this.sync()
  }

  async sealIfDue(): Promise<void> {
    if (this.isSealDue()) await this.seal()
    if (!this.book.isDue) return
    // a record says what is safe
    await this.sync()
    await this.book.write()
  }

  private isSealDue(): boolean {
    if (this.segment === undefined) return false
    const ageMs = this.ports.clock.nowMs() - this.segmentBeganMs
    const { tweets, bytes } = this.builder
    return ageMs >= this.plan.sealAfterMs || tweets >= SEAL_AFTER_TWEETS || bytes >= SEAL_AFTER_BYTES
  }

  /** A search begins, of what was made before `toMs`. */
  async beginSearch(toMs: number, rules: readonly SessionRule[]): Promise<void> {
    this.sessions += 1
    await this.book.begin(toMs, rules)
  }

  /** A search has gone back to `fromMs`: what was taken is made safe, then the record says so. */
  async reachBack(fromMs: number): Promise<void> {
    await this.sync()
    await this.book.reach(fromMs)
  }

  /** Seal everything. @param reason why the running session ends. @param isOnPurpose by a person's wish */
  async end(reason: string, isOnPurpose = false): Promise<void> {
    await this.seal()
    await this.book.close(reason, isOnPurpose)
  }

  /** A file or the generator can be asked again, so what is past the limit is left there; X has billed it, so it is kept. */
  private linesWanted(lines: number): number {
    if (this.plan.maxTweets === undefined || this.plan.source === 'stream') return lines
    return Math.min(lines, Math.max(0, this.plan.maxTweets - this.tweets - this.pending.length))
  }

  private async beginSegment(): Promise<JournalSegment> {
    this.segmentBeganMs = this.ports.clock.nowMs()
    const { source, tags, search } = this.plan
    const { ruleNames } = this
    const asked = search && { search }
    return this.ports.journal.begin({ source, session: this.book.name, tags, ruleNames, ...asked })
  }

  /** The line that must come first: only what is synced is parsed, counted or written anywhere else. */
  private async sync(): Promise<void> {
    if (this.segment === undefined || this.pending.length === 0) return
    await this.segment.sync()
    const records = this.pending
    // only what is in the builder is no longer pending: should parsing fail, the journal must stay as it is
    const added = addRecords(this.builder, records, { ...this.plan, ruleNames: this.ruleNames })
    this.pending = []
    this.pendingBytes = 0
    this.ports.spending.add(this.segment.name, added.usage)
    this.count(records.length, added)
  }

  private count(lines: number, added: { tweets: number; rejected: number }): void {
    this.lines += lines
    this.tweets += added.tweets
    this.rejected += added.rejected
    this.book.count({ lines, tweets: added.tweets, rejected: added.rejected })
    this.ports.log.progress(`${this.allTweets} tweets captured, ${this.rejected} lines rejected`)
  }

  private async seal(): Promise<void> {
    const { segment } = this
    if (segment === undefined) return
    try {
      await this.sync()
      await this.publish(segment)
    } finally {
      // closed after the journal forgot it: an open segment is locked, and nobody else takes it for left behind
      this.segment = undefined
      await segment.close()
    }
    await this.book.write()
  }

  private async publish(segment: JournalSegment): Promise<void> {
    const { builder } = this
    this.builder = createLayer1Builder()
    const { spending } = this.ports
    const { tweets, rejected, hours } = await publishSegment(segment.name, builder, this.ports, () =>
      spending.settleOpen(segment.name),
    )
    this.segments += 1
    for (const hour of hours) this.hours.add(hour)
    const fields = { event: 'sealed', segment: segment.name, tweets, rejected }
    this.ports.log.debug(`sealed ${tweets} tweets of ${hours.length} hours`, fields)
  }

  private async takeSessionEvent(event: SessionEvent): Promise<void> {
    await this.sync()
    if (event.event === 'waiting') return
    if (event.event === 'disconnected') {
      this.book.heard(event.lastHeardAtMs)
      return this.book.end(event.reason)
    }
    this.sessions += 1
    await this.nameRules(event.rules)
    await this.book.begin(event.atMs, sessionRules(event.rules))
  }

  /** One segment knows one set of rules. */
  private async nameRules(rules: readonly { id: string; name: string }[]): Promise<void> {
    const ruleNames = Object.fromEntries(rules.map(({ id, name }) => [id, name]))
    if (JSON.stringify(ruleNames) === JSON.stringify(this.ruleNames)) return
    await this.seal()
    this.ruleNames = ruleNames
  }
}
