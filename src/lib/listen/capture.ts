/**
 * What is being captured at this moment: the lines that are not yet safe, the open segments, the running session and the
 * counts. lib/listen/listen.ts decides when to ask for what.
 */
import type { SourceName } from '../domain/layer1.ts'
import { type SessionRecord, type SessionRule, sessionRules } from '../domain/session.ts'
import { foreignText, ruleNamesOf } from '../domain/x/matched.ts'
import { MAX_PAGE_TWEETS } from '../domain/x/search-query.ts'
import { usageAt } from '../domain/x/spend.ts'
import type { SearchHeader, SegmentHeader } from '../io/journal.ts'
import type { Lake } from '../io/lake.ts'
import type { LineBatch, SessionEvent, SourceRules } from '../io/source/source.ts'
import { insist } from './insist.ts'
import { Lane } from './lane.ts'
import { Publisher, type PublisherPorts } from './publisher.ts'
import type { Pulse, Standing } from './pulse.ts'
import { type AddedLines, isBilled, type SegmentContext } from './segment-records.ts'
import { SessionBook } from './session-book.ts'

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

export interface CapturePorts extends PublisherPorts {
  lake: Lake
  /** aborts when waiting for room on the disk is to end */
  stop: AbortSignal
  /** told again and again while reading stands still. @param because such as `the disk is full` */
  paused(because: string): void
  /** tweets that others have captured in this run, which count towards the same limits; absent: none */
  tweetsBeside?: () => number
  pulse: Pick<Pulse, 'note'>
}

/** Used by one caller at a time: each call is awaited before the next. */
export class Capture {
  lines = 0
  tweets = 0
  rejected = 0
  /** tweets that only rules of other programs matched: billed, and not stored */
  foreign = 0
  /** connections that the source accepted */
  sessions = 0
  readonly publisher: Publisher
  private readonly plan: CapturePlan
  private readonly ports: CapturePorts
  /** one a maker; lines go to them in turn, as much at a time as is synced at once */
  private readonly lanes: readonly Lane[]
  private turn = 0
  private linesHeard = 0
  private bytesHeard = 0
  private readonly book: SessionBook
  /** of the segments that begin now, in whose header it stands */
  private context: SegmentContext

  constructor(plan: CapturePlan, ports: CapturePorts) {
    this.plan = plan
    this.ports = ports
    const { source, tags, search } = plan
    this.context = { source, tags, ruleNames: {}, ownTags: undefined, ...(search !== undefined && { search }) }
    // a file, and the generator, can be asked again: then the person who waits is to know at once what is wrong
    this.publisher = new Publisher({ isPatient: isBilled(source) }, ports)
    // a page of search is not paid for before there is a record that its tweets could extend after a crash
    this.book = new SessionBook({ source, isPatient: source === 'stream' }, ports)
    const lanePlan = {
      sealAfterMs: plan.sealAfterMs,
      header: () => this.header(),
      onAdded: (segment: string, lines: number, added: AddedLines | undefined) => this.count(segment, lines, added),
    }
    const lanePorts = { ...ports, publisher: this.publisher }
    this.lanes = ports.makers.map(maker => new Lane(maker, lanePlan, lanePorts))
  }

  /** The sessions of this run, the running one as it is by now. */
  get records(): readonly SessionRecord[] {
    return this.book.records
  }

  /** What is listened to, or was last. */
  get rules(): readonly SessionRule[] {
    return this.book.rules
  }

  get standing(): Standing {
    const { lines, tweets, rejected, sessions } = this
    const journalBytes = this.lanes.reduce((sum, lane) => sum + lane.bytes, 0)
    return { session: this.book.name || undefined, sessions, lines, tweets, rejected, journalBytes }
  }

  /** True when `--max-tweets` is reached. */
  get isFull(): boolean {
    return this.plan.maxTweets !== undefined && this.allTweets >= this.plan.maxTweets
  }

  private get allTweets(): number {
    return this.tweets + (this.ports.tweetsBeside?.() ?? 0)
  }

  /** True when a limit may turn out to be reached once it is known what the last lines hold. */
  get mayBeFull(): boolean {
    const { uncountedLines } = this
    if (uncountedLines === 0) return false
    const { maxTweets } = this.plan
    const mayBeFull = maxTweets !== undefined && this.allTweets + uncountedLines >= maxTweets
    return mayBeFull || this.ports.spending.reached(uncountedLines) !== undefined
  }

  async take(event: LineBatch | SessionEvent): Promise<void> {
    if ('event' in event) return this.takeSessionEvent(event)
    this.ports.spending.noteBatch(event.lines.length + this.linesQueued(event))
    let rest = event.lines
    while (rest.length > 0) {
      // how many more may be taken follows from what the last lines hold, and only parsing them tells
      if (this.linesWanted(rest.length) === 0) await this.countAll()
      const wanted = this.linesWanted(rest.length)
      if (wanted === 0) return
      await this.append({ ...event, lines: rest.slice(0, wanted) })
      rest = rest.slice(wanted)
    }
    // what the journal did not take was not heard
    this.book.heard(event.capturedAtMs)
  }

  async syncIfDue(): Promise<void> {
    if (this.mayBeFull) return this.countAll()
    for (const lane of this.lanes) if (lane.isSyncDue) await this.sync(lane)
  }

  async sealIfDue(): Promise<void> {
    let isSealed = false
    for (const lane of this.lanes) {
      if (!lane.isSealDue) continue
      // a disk that is full is waited for here: sealing has then nothing left to sync
      await this.sync(lane)
      await lane.seal()
      isSealed = true
    }
    if (isSealed || this.book.isDue) {
      for (const lane of this.lanes) await this.sync(lane)
      this.book.noteSafe()
      await this.book.write()
    }
    this.publisher.retryIfDue()
  }

  /** A search begins, of what was made before `toMs`. */
  async beginSearch(toMs: number, rules: readonly SessionRule[]): Promise<void> {
    this.sessions += 1
    await this.book.begin(toMs, { tags: this.context.tags, rules })
  }

  /** A search has gone back to `fromMs`: what was taken is made safe, and counted; then the record says so. */
  async reachBack(fromMs: number): Promise<void> {
    await this.countAll()
    await this.book.reach(fromMs)
  }

  /** Seal everything. @param reason why the running session ends. @param isOnPurpose by a person's wish */
  async end(reason: string, isOnPurpose = false): Promise<void> {
    try {
      await this.seal()
      await this.publisher.finish()
    } catch (error) {
      for (const lane of this.lanes) await lane.abandon().catch(() => undefined)
      // of two failures the first is the one to tell
      await this.book.close(reason, isOnPurpose).catch(() => undefined)
      throw error
    }
    await this.book.close(reason, isOnPurpose)
  }

  private get uncountedLines(): number {
    return this.lanes.reduce((sum, lane) => sum + lane.uncountedLines, 0)
  }

  /** Lines in what has arrived behind a batch, which X has billed as well: as many as lines were long so far. */
  private linesQueued({ lines, queuedBytes = 0 }: LineBatch): number {
    this.linesHeard += lines.length
    this.bytesHeard += lines.reduce((sum, line) => sum + line.length, 0)
    return queuedBytes === 0 ? 0 : Math.ceil((queuedBytes * this.linesHeard) / Math.max(1, this.bytesHeard))
  }

  /** A file or the generator can be asked again, so what is past the limit is left there; X has billed it, so it is kept. */
  private linesWanted(lines: number): number {
    if (this.plan.maxTweets === undefined || this.plan.source === 'stream') return lines
    return Math.min(lines, Math.max(0, this.plan.maxTweets - this.tweets - this.uncountedLines))
  }

  private async append(batch: LineBatch): Promise<void> {
    const lane = this.lanes[this.turn]!
    await this.insist(() => lane.append(batch))
    if (lane.isSyncDue) {
      await this.sync(lane)
      this.turn = (this.turn + 1) % this.lanes.length
    }
  }

  private sync(lane: Lane): Promise<void> {
    return this.insist(() => lane.sync())
  }

  /** X does not send a line twice: what the disk does not take now it has to take later. */
  private insist<T>(write: () => Promise<T>): Promise<T> {
    return isBilled(this.plan.source) ? insist(write, this.ports) : write()
  }

  /** Sync, and wait until it is known what every line holds. */
  private async countAll(): Promise<void> {
    for (const lane of this.lanes) {
      await this.sync(lane)
      await lane.counted()
    }
    this.book.noteSafe()
  }

  private async seal(): Promise<void> {
    for (const lane of this.lanes) {
      await this.sync(lane)
      await lane.seal()
    }
    this.book.noteSafe()
  }

  private header(): SegmentHeader {
    return { ...this.context, session: this.book.name }
  }

  /** @param added undefined where nobody could read the lines: they have been billed all the same */
  private count(segment: string, lines: number, added: AddedLines | undefined): void {
    const { tweets = 0, rejected = 0, foreign = 0 } = added ?? {}
    const posts = lines * (this.plan.source === 'search' ? MAX_PAGE_TWEETS : 1)
    const usage = added?.usage ?? usageAt(this.ports.clock.nowMs(), { posts })
    if (isBilled(this.plan.source)) this.ports.spending.add(segment, usage)
    // the first ones are told when they come: an unattended listener pays for them until somebody reads it
    if (this.foreign === 0 && foreign > 0) this.ports.log.warn(foreignText(foreign), { event: 'foreign' })
    this.lines += lines
    this.tweets += tweets
    this.rejected += rejected
    this.foreign += foreign
    this.book.count({ lines, tweets, rejected, foreign })
    if (added !== undefined) this.ports.pulse.note(added)
    const left = this.foreign === 0 ? '' : `, ${this.foreign} of other programs' rules not stored`
    this.ports.log.progress(`${this.allTweets} tweets captured, ${this.rejected} lines rejected${left}`)
  }

  private async takeSessionEvent(event: SessionEvent): Promise<void> {
    if (event.event === 'waiting') return
    // what came before the event belongs to the session before it
    await this.countAll()
    if (event.event === 'disconnected') {
      const { lastHeardAtMs, isOnPurpose = false } = event
      return this.book.end(event.reason, { toMs: lastHeardAtMs, isOnPurpose })
    }
    await this.noteRules(event)
    if (event.event === 'connected') this.sessions += 1
    // a record is for one set of rules; minutes in which some of them may not have stood are in none
    else await this.book.end('the rules were changed', { toMs: event.sureUntilMs })
    await this.book.begin(event.atMs, { tags: this.context.tags, rules: sessionRules(event.rules) })
  }

  /** One segment knows one set of rules. */
  private async noteRules({ rules, ownTags }: SourceRules): Promise<void> {
    const { source, tags } = this.plan
    const listened = source === 'stream' && rules.length > 0 ? rules.flatMap(({ hashtags = [] }) => hashtags) : tags
    const context = { source, tags: [...new Set(listened)], ruleNames: ruleNamesOf(rules), ownTags }
    if (JSON.stringify(context) === JSON.stringify(this.context)) return
    await this.seal()
    this.context = context
  }
}
