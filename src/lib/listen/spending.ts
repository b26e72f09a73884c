/**
 * What is being spent at this moment: the meter as it was last written, above it the segments that are not in it yet, and
 * above them what was asked for and is on its way.
 *
 * The meter is not written at each sync, because the journal is: a segment is counted once, when it is published, by
 * whoever publishes it. Another process may change the file in between, so each change begins by reading it.
 */
import {
  EMPTY_METER,
  type Meter,
  meterToText,
  meterWith,
  meterWithSegment,
  parseMeter,
  spentOn,
} from '../domain/x/meter.ts'
import {
  addUsageByDay,
  capPassedBy,
  capsText,
  PRICE_MICRO_USD,
  possibleMicroUsd,
  type ReachedCap,
  reachedCapText,
  type SpendCaps,
  type Spent,
  tweetsLeft,
  type UsageByDay,
  type UtcDay,
  usageAt,
  usdOf,
  utcDayOf,
} from '../domain/x/spend.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Journal } from '../io/journal.ts'
import type { StateFile } from '../io/state-file.ts'

export interface SpendingPorts {
  /** the meter's own file */
  meter: StateFile
  journal: Pick<Journal, 'list'>
  clock: Clock
}

/** In dollars, for the report of a run. */
export interface SpendingReport {
  /** UTC */
  day: string
  dayUsd: number
  totalUsd: number
  /** in all, should X also bill the profiles and tweets that came beside */
  possibleTotalUsd: number
}

/** What is spent and what may be, at one moment. */
export interface SpendingNow {
  report: SpendingReport
  spent: Spent
  caps: SpendCaps
}

const NO_CAPS: SpendCaps = { totalMicroUsd: undefined, dayMicroUsd: undefined }

export class Spending {
  private readonly caps: SpendCaps
  private readonly ports: SpendingPorts
  private written: Meter = EMPTY_METER
  /** by segment */
  private readonly open = new Map<string, UsageByDay>()
  /** the most tweets that came together: what may still come once it is decided to stop */
  private atOnce = 1
  /** tweets that a page of search may bring which has been asked for */
  private onTheWay = 0
  /** what filling may still take of this day's room */
  private share: { day: UtcDay; posts: number } | undefined
  private stoppedFor: ReachedCap | undefined

  constructor(caps: SpendCaps | undefined, ports: SpendingPorts) {
    this.caps = caps ?? NO_CAPS
    this.ports = ports
  }

  /** @throws TwdwError E_LAKE when the meter is damaged */
  async read(): Promise<void> {
    this.written = parseMeter(await this.ports.meter.read(), this.ports.meter.path)
  }

  /** To be called for each batch, as soon as it has arrived. @param lines of it, and of what has arrived behind it */
  noteBatch(lines: number): void {
    this.atOnce = Math.max(this.atOnce, lines)
  }

  /** To be called with what a segment has got; `settle` takes it out again. */
  add(segment: string, usage: UsageByDay): void {
    if (Object.keys(usage).length === 0) return
    this.open.set(segment, addUsageByDay(this.open.get(segment) ?? {}, usage))
  }

  /** As `add`, where all of the segment is known anew. */
  replace(segment: string, usage: UsageByDay): void {
    this.open.set(segment, usage)
  }

  /**
   * The cap that leaves no room for as many tweets as have come at once.
   * @param unreadLines lines that have arrived and are not yet in `add`
   */
  reached(unreadLines = 0): ReachedCap | undefined {
    return this.passedBy((unreadLines + this.onTheWay + this.atOnce) * PRICE_MICRO_USD.post)
  }

  /** To be called with the cap for which reading stops. */
  stopFor(cap: ReachedCap): void {
    this.stoppedFor ??= cap
  }

  /** The cap for which reading stopped, with all that was spent by now, also by what was still on its way. */
  get stoppedBy(): ReachedCap | undefined {
    return this.stoppedFor && { ...this.stoppedFor, ...spentOn(this.stoppedFor.day, this.written, this.unwritten) }
  }

  /**
   * The line with which a listener begins.
   * @param mayRest whether the day's cap may be waited for
   * @throws TwdwError E_CAP when there is no room for one tweet
   */
  begin(mayRest = false): string {
    const cap = this.reached()
    const isWaitedFor = mayRest && cap?.name === 'max-usd-per-day'
    if (cap !== undefined && !isWaitedFor) throw capFailure('did not listen', cap)
    return capsText(this.now(), this.caps)
  }

  /** A listener that has rested is as one that has just begun: what came at once on another day does not bind it. */
  beginDay(): void {
    this.atOnce = 1
  }

  /**
   * Count a published segment, before the journal forgets it. Doing it twice counts it once.
   * @throws TwdwError E_LAKE; the segment must stay in the journal then
   */
  async settle(segment: string, usage: UsageByDay): Promise<void> {
    if (Object.keys(usage).length === 0) return
    const journal = await this.ports.journal.list()
    await this.change(meter => meterWithSegment(meter, segment, usage, journal), segment)
  }

  /** As `settle`, with what was added for the segment. */
  settleOpen(segment: string): Promise<void> {
    return this.settle(segment, this.open.get(segment) ?? {})
  }

  /**
   * How many tweets a page of search may bring before a cap is passed. Filling takes at most half of what a day has left
   * when it begins to, and leaves the stream as many tweets as come at once: a listener that ends because the past was
   * dear would make the next gap.
   */
  roomToFill(): number {
    const spent = this.now()
    if (this.share?.day !== spent.day) this.share = { day: spent.day, posts: tweetsLeft(spent, this.caps) / 2 }
    const left = tweetsLeft(spent, this.caps) - this.onTheWay - this.atOnce
    return Math.max(0, Math.floor(Math.min(left, this.share.posts)))
  }

  /** To be called before a page is asked for. @returns to be called when its tweets are in `add`, or will not come */
  expect(posts: number): (delivered: number) => void {
    this.onTheWay += posts
    return delivered => {
      this.onTheWay -= posts
      if (this.share !== undefined) this.share.posts -= delivered
    }
  }

  /**
   * Count a question of the counts API before it is sent: one that X refuses is free, and one that is forgotten is not.
   * @throws TwdwError E_CAP when a cap has no room for it, E_LAKE
   */
  async payCount(): Promise<void> {
    const cap = this.passedBy(PRICE_MICRO_USD.countsRequest)
    if (cap !== undefined) throw capFailure('did not ask for counts', cap)
    const usage = usageAt(this.ports.clock.nowMs(), { countsRequests: 1 })
    await this.change(meter => meterWith(meter, usage))
  }

  report(): SpendingReport {
    const { day, dayMicroUsd, totalMicroUsd } = this.now()
    return {
      day,
      dayUsd: usdOf(dayMicroUsd),
      totalUsd: usdOf(totalMicroUsd),
      possibleTotalUsd: usdOf(possibleMicroUsd(meterWith(this.written, this.unwritten).total)),
    }
  }

  /** For whoever tells how the listener stands. */
  look(): SpendingNow {
    return { report: this.report(), spent: this.now(), caps: this.caps }
  }

  private get unwritten(): UsageByDay {
    return [...this.open.values()].reduce(addUsageByDay, {})
  }

  private passedBy(moreMicroUsd: number): ReachedCap | undefined {
    return capPassedBy(moreMicroUsd, this.now(), this.caps)
  }

  private now(): Spent {
    return spentOn(utcDayOf(this.ports.clock.nowMs()), this.written, this.unwritten)
  }

  /** @param segment that is in the meter from now on, and in nothing else */
  private async change(change: (meter: Meter) => Meter, segment?: string): Promise<void> {
    const { meter: file } = this.ports
    let next = this.written
    await file.update(text => {
      next = change(parseMeter(text, file.path))
      return meterToText(next)
    })
    // at one stroke, or whoever looks in between would see the usage of this segment twice or not at all
    this.written = next
    if (segment !== undefined) this.open.delete(segment)
  }
}

/** @param what was not done, such as `stopped` */
export function capFailure(what: string, cap: ReachedCap): TwdwError {
  const { message, hint } = reachedCapText(what, cap)
  return new TwdwError('E_CAP', message, { hint })
}
