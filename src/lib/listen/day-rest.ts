/**
 * Rests when the day's spending cap is reached, and goes on when the next UTC day begins.
 *
 * For a listener that runs by itself: one that ended would not be there in the morning. It is connected to nothing
 * meanwhile, so X bills nothing, and it keeps its locks. A cap on the whole is no reason to rest: it never frees.
 */
import { type ReachedCap, reachedCapText, utcDayOf } from '../domain/x/spend.ts'
import type { Clock } from '../io/clock.ts'
import type { Log } from '../io/log.ts'
import type { LineBatch, SessionEvent } from '../io/source/source.ts'
import type { Spending } from './spending.ts'

type Events = (stop: AbortSignal) => AsyncIterable<LineBatch | SessionEvent>

export interface DayRestPorts {
  spending: Pick<Spending, 'reached' | 'beginDay'>
  clock: Clock
  log: Log
}

/** A clock that is put forward or back meanwhile is noticed this soon. */
const LOOK_EVERY_MS = 60_000
const DAY_MS = 86_400_000

export class DayRest {
  /** whether the source was left alone at any time */
  hasRested = false
  private readonly ports: DayRestPorts
  private hangUp = new AbortController()

  constructor(ports: DayRestPorts) {
    this.ports = ports
  }

  /** @returns true when the cap is the day's: the source hands over what it has read, and is then left alone */
  begin(cap: ReachedCap): boolean {
    if (cap.name !== 'max-usd-per-day') return false
    if (!this.hangUp.signal.aborted) this.hangUp.abort(restText(cap))
    return true
  }

  /** The events of the source, with `waiting` in place of the rest of a day whose cap is reached. */
  async *open(open: Events, stop: AbortSignal): AsyncGenerator<LineBatch | SessionEvent, void, void> {
    while (!stop.aborted) {
      const cap = this.ports.spending.reached()
      if (cap?.name === 'max-usd-per-day') {
        yield* this.rest(cap, stop)
        continue
      }
      this.hangUp = new AbortController()
      const { signal } = this.hangUp
      for await (const event of open(AbortSignal.any([stop, signal]))) {
        const isHungUp = 'event' in event && event.event === 'disconnected' && signal.aborted && !stop.aborted
        // what is not heard because it has a price is missing on purpose
        yield isHungUp ? { ...event, reason: signal.reason, isOnPurpose: true } : event
      }
      if (!signal.aborted) return
    }
  }

  private async *rest(cap: ReachedCap, stop: AbortSignal): AsyncGenerator<SessionEvent, void, void> {
    const { clock, log, spending } = this.ports
    const nowMs = clock.nowMs()
    const untilMs = Date.parse(`${cap.day}T00:00Z`) + DAY_MS
    const until = `${utcDayOf(untilMs)}T00:00Z`
    this.hasRested = true
    log.warn(`${restText(cap)}; listening again at ${until}`, { event: 'resting', until })
    // a wait like one that X asked for: nothing is wrong
    yield { event: 'waiting', atMs: nowMs, untilMs, because: restText(cap), isAnswered: true }
    while (!stop.aborted && utcDayOf(clock.nowMs()) === cap.day) {
      await clock.sleep(Math.min(LOOK_EVERY_MS, Math.max(1, untilMs - clock.nowMs())), stop)
    }
    spending.beginDay()
    if (!stop.aborted) log.info(`a new UTC day, ${utcDayOf(clock.nowMs())}: listening again`, { event: 'rested' })
  }
}

function restText(cap: ReachedCap): string {
  return reachedCapText('resting', cap).message
}
