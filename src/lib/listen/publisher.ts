/**
 * Sealed segments on their way into the lake, each of them safe in the journal until it has arrived.
 *
 * The order is the promise: journal fsync → parse → Parquet in the lake → meter → journal segment removed. A crash anywhere
 * in between leaves the journal segment, and publishing it again writes the same files and is counted once.
 */
import type { Hour } from '../domain/hour.ts'
import { hasPassed } from '../domain/time-spans.ts'
import { counted } from '../domain/wording.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Journal, JournalSegment } from '../io/journal.ts'
import type { Log } from '../io/log.ts'
import type { LeftOut } from './left-out.ts'
import type { PublishedSegment, SegmentMaker } from './segment-maker.ts'
import type { Spending } from './spending.ts'
import { Upcoming } from './upcoming.ts'

export interface PublisherPorts {
  /** n >= 1 */
  makers: readonly SegmentMaker[]
  journal: Journal
  spending: Spending
  clock: Clock
  log: Log
  /** who goes on asking the lake for what it has not taken by the end; absent: the next run */
  heir?: Publisher
}

export interface PublisherPlan {
  /**
   * A lake that does not take a segment is asked again for as long as the listener runs, which reads on meanwhile: for
   * sources that cannot be asked again. Otherwise it is a failure.
   */
  isPatient: boolean
}

/** Reading stands still for a slow lake so long, which X takes, and no longer. */
export const LAKE_PATIENCE_MS = 5_000
/** What a lake that is full or out of reach is given before it is asked again: at first, and at most. */
const FIRST_RETRY_MS = 10_000
const MAX_RETRY_MS = 300_000

export class Publisher {
  /** segments that arrived, and the hours that have tweets of them */
  segments = 0
  readonly forgotten: LeftOut = { tweets: 0, lines: 0 }
  readonly hours = new Set<Hour>()
  private readonly plan: PublisherPlan
  private readonly ports: PublisherPorts
  private readonly underWay = new Set<Promise<void>>()
  /** segments that the lake did not take, oldest first. Their files stay locked: nobody else takes them for left behind */
  private readonly refused: JournalSegment[] = []
  private putOffMs = 0
  private retryWaitMs = FIRST_RETRY_MS
  private lastRefusal = ''
  private isRetrying = false
  private failure: unknown

  constructor(plan: PublisherPlan, ports: PublisherPorts) {
    this.plan = plan
    this.ports = ports
  }

  /**
   * Publish a sealed segment, in the background as long as there is a maker for the next one. A lake that hangs does not hold
   * a patient listener up: what it has no maker for waits in the journal.
   * @param added resolves with the number of its lines when `maker` has got them all; rejects where it did not get them
   * @throws what an earlier segment failed for
   */
  async publish(segment: JournalSegment, maker: SegmentMaker, added: Promise<number>): Promise<void> {
    if (this.plan.isPatient && this.isBehind) return this.start(this.leave(segment, maker, added))
    this.start(added.then(lines => this.arrive(maker, segment, lines)).catch(error => this.refuse(segment, error)))
    const caughtUp = this.catchUp()
    if (this.plan.isPatient) await new Upcoming(caughtUp).within(LAKE_PATIENCE_MS, this.ports.clock)
    else await caughtUp
    if (this.failure !== undefined) throw this.failure
  }

  /** Ask the lake again for what it did not take, in the background, when it is time to. */
  retryIfDue(): void {
    if (this.refused.length === 0 || this.isRetrying) return
    if (!hasPassed(this.retryWaitMs, this.putOffMs, this.ports.clock.nowMs())) return
    this.isRetrying = true
    this.start(
      this.retry().finally(() => {
        this.isRetrying = false
      }),
    )
  }

  /** Segments that the lake did not take of another publisher: it is asked again as for our own. */
  inherit(segments: readonly JournalSegment[], refusal: string): void {
    if (segments.length === 0) return
    this.putOff(refusal)
    this.refused.push(...segments)
  }

  /**
   * Wait for all that is under way, and ask once more for what the lake did not take.
   * @throws TwdwError E_LAKE where it still does not, and nobody inherits it: what is left stays in the journal for the next run
   */
  async finish(): Promise<void> {
    await this.idle()
    if (this.failure === undefined) await this.retry()
    const left = this.refused.splice(0)
    const { heir } = this.ports
    if (heir !== undefined) return heir.inherit(left, this.lastRefusal)
    for (const segment of left) await segment.close()
    if (this.failure !== undefined) throw this.failure
    if (left.length === 0) return
    const what = `${counted(left.length, 'segment')} of tweets`
    throw new TwdwError('E_LAKE', `the lake did not take ${what}: ${this.lastRefusal}`, {
      hint: 'they are safe in the journal: once the lake is in order, start twdw listen again, which stores them first',
    })
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.race(this.underWay)
  }

  /** More is under way than there are makers for. */
  private get isBehind(): boolean {
    const retries = this.isRetrying ? 1 : 0
    return this.underWay.size - retries > this.ports.makers.length
  }

  private async catchUp(): Promise<void> {
    while (this.isBehind) await Promise.race(this.underWay)
  }

  private start(work: Promise<void>): void {
    const underWay = work.finally(() => this.underWay.delete(underWay))
    this.underWay.add(underWay)
  }

  private async arrive(maker: SegmentMaker, segment: JournalSegment, lines: number): Promise<void> {
    const { journal, spending } = this.ports
    const published = await maker.publish(segment.name, lines)
    await spending.settleOpen(segment.name)
    // last: until here the journal is the only whole copy of these lines
    await journal.remove(segment.name)
    await segment.close()
    this.note(published)
  }

  /** The maker gets its memory back; the segment is made again from the journal. */
  private async leave(segment: JournalSegment, maker: SegmentMaker, added: Promise<unknown>): Promise<void> {
    await added.catch(() => undefined)
    await maker.forget(segment.name).catch(() => undefined)
    await this.refuse(segment, `the lake has had others for more than ${LAKE_PATIENCE_MS / 1000} s`)
  }

  private async refuse(segment: JournalSegment, error: unknown): Promise<void> {
    if (!this.plan.isPatient) {
      this.failure ??= error
      return segment.close()
    }
    this.putOff(error)
    if (this.refused.length === 0) {
      const next = `they stay in the journal, and it is tried again in ${this.retryWaitMs / 1000} s`
      this.ports.log.warn(`tweets cannot be stored: ${this.lastRefusal}; ${next}`, { event: 'refused' })
    }
    this.refused.push(segment)
  }

  private putOff(error: unknown): void {
    this.lastRefusal = error instanceof Error ? error.message : String(error)
    this.putOffMs = this.ports.clock.nowMs()
  }

  /** From the journal: a maker forgets what it could not publish. */
  private async retry(): Promise<void> {
    const { log } = this.ports
    const before = this.refused.length
    for (let segment = this.refused[0]; segment !== undefined; segment = this.refused[0]) {
      try {
        await this.remake(segment)
      } catch (error) {
        this.retryWaitMs = Math.min(this.retryWaitMs * 2, MAX_RETRY_MS)
        return this.putOff(error)
      }
      this.refused.shift()
    }
    this.retryWaitMs = FIRST_RETRY_MS
    if (before > 0) log.info(`the lake takes tweets again: ${counted(before, 'segment')} stored`, { event: 'accepted' })
  }

  private async remake(segment: JournalSegment): Promise<void> {
    const { journal, makers, spending } = this.ports
    const maker = makers[0]!
    const content = await journal.read(segment.name)
    await maker.forget(segment.name)
    if (content === undefined) return this.arrive(maker, segment, 0)
    const { usage, lines } = await maker.add(segment.name, content.header, content.bytes)
    spending.replace(segment.name, usage)
    await this.arrive(maker, segment, lines)
  }

  private note({ segment, tweets, rejected, forgotten, hours }: PublishedSegment): void {
    this.segments += 1
    this.forgotten.tweets += forgotten.tweets
    this.forgotten.lines += forgotten.lines
    for (const hour of hours) this.hours.add(hour)
    const fields = { event: 'sealed', segment, tweets, rejected, forgotten: forgotten.tweets }
    this.ports.log.debug(`sealed ${tweets} tweets of ${hours.length} hours`, fields)
  }
}
