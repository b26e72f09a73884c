/**
 * What is being captured at this moment: the open segment, the lines that are not yet safe, the
 * running session and the counts. lib/listen.ts decides when to ask for what.
 */
import type { Hour } from '../domain/hour.ts'
import type { SourceName } from '../domain/layer1.ts'
import { createLayer1Builder, type Layer1Builder } from '../domain/layer1-builder.ts'
import { sessionPath } from '../domain/paths.ts'
import { type SessionRecord, sessionToText } from '../domain/session.ts'
import type { Clock } from '../io/clock.ts'
import type { JournalRecord, JournalSegment } from '../io/journal.ts'
import type { Lake } from '../io/lake.ts'
import type { LineBatch, SessionEvent } from '../io/source/source.ts'
import type { Pulse, Standing } from './pulse.ts'
import { addRecords, publishSegment, type SegmentPorts } from './segment.ts'

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
}

export interface CapturePorts extends SegmentPorts {
  lake: Lake
  clock: Clock
  pulse: Pick<Pulse, 'note'>
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
  private session: SessionRecord | undefined
  /** of the open segment, in whose header they stand */
  private ruleNames: Readonly<Record<string, string>> = {}

  constructor(plan: CapturePlan, ports: CapturePorts) {
    this.plan = plan
    this.ports = ports
  }

  get standing(): Standing {
    const { lines, tweets, rejected, sessions } = this
    const journalBytes = this.segment?.bytes ?? 0
    return { session: this.session?.session, sessions, lines, tweets, rejected, journalBytes }
  }

  /** True when `--max-tweets` is reached. */
  get isFull(): boolean {
    return this.plan.maxTweets !== undefined && this.tweets >= this.plan.maxTweets
  }

  /** True when lines wait for a sync after which a limit may turn out to be reached. */
  get mayBeFull(): boolean {
    if (this.pending.length === 0) return false
    const { maxTweets } = this.plan
    const mayBeFull = maxTweets !== undefined && this.tweets + this.pending.length >= maxTweets
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
    if (this.segment === undefined) return
    const ageMs = this.ports.clock.nowMs() - this.segmentBeganMs
    const { tweets, bytes } = this.builder
    if (ageMs >= this.plan.sealAfterMs || tweets >= SEAL_AFTER_TWEETS || bytes >= SEAL_AFTER_BYTES) await this.seal()
  }

  /** Seal everything. @param reason why the running session ends */
  async end(reason: string): Promise<void> {
    await this.seal()
    await this.endSession(reason, this.ports.clock.nowMs())
  }

  /** A file or the generator can be asked again, so what is past the limit is left there; X has billed it, so it is kept. */
  private linesWanted(lines: number): number {
    if (this.plan.maxTweets === undefined || this.plan.source === 'stream') return lines
    return Math.min(lines, Math.max(0, this.plan.maxTweets - this.tweets - this.pending.length))
  }

  private async beginSegment(): Promise<JournalSegment> {
    this.segmentBeganMs = this.ports.clock.nowMs()
    const { source, tags } = this.plan
    const { ruleNames } = this
    return this.ports.journal.begin({ source, session: this.session?.session ?? '', tags, ruleNames })
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
    this.ports.spending.add(added.usage)
    this.count(records.length, added)
    this.ports.pulse.note(added)
  }

  private count(lines: number, added: { tweets: number; rejected: number }): void {
    this.lines += lines
    this.tweets += added.tweets
    this.rejected += added.rejected
    if (this.session !== undefined) {
      this.session.lines += lines
      this.session.tweets += added.tweets
      this.session.rejected += added.rejected
    }
    this.ports.log.progress(`${this.tweets} tweets captured, ${this.rejected} lines rejected`)
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
    await this.writeSession()
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
    if (event.event === 'disconnected') return this.endSession(event.reason, event.lastHeardAtMs)
    this.sessions += 1
    await this.nameRules(event.rules)
    const at = new Date(event.atMs).toISOString()
    const { source, tags } = this.plan
    const counts = { lines: 0, tweets: 0, rejected: 0 }
    this.session = {
      format: 1,
      session: this.ports.journal.newName(),
      source,
      tags,
      from: at,
      to: at,
      ended: null,
      ...counts,
    }
  }

  /** One segment knows one set of rules. */
  private async nameRules(rules: readonly { id: string; name: string }[]): Promise<void> {
    const ruleNames = Object.fromEntries(rules.map(({ id, name }) => [id, name]))
    if (JSON.stringify(ruleNames) === JSON.stringify(this.ruleNames)) return
    await this.seal()
    this.ruleNames = ruleNames
  }

  private async endSession(reason: string, atMs: number): Promise<void> {
    if (this.session === undefined) return
    await this.writeSession(reason, atMs)
    this.session = undefined
  }

  private async writeSession(ended: string | null = null, atMs = this.ports.clock.nowMs()): Promise<void> {
    if (this.session === undefined) return
    this.session.to = new Date(atMs).toISOString()
    this.session.ended = ended
    const text = sessionToText(this.session)
    await this.ports.lake.write(sessionPath(this.session.session), new TextEncoder().encode(text))
  }
}
