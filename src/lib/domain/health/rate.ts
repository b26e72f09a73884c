/** Rates: how many tweets a second came, over the last minute and the last hour. */
import { SlidingWindow } from './sliding-window.ts'

/** Tweets a second. */
export interface Rates {
  minute: number
  hour: number
}

const SECOND_MS = 1000
const MINUTE_S = 60
const HOUR_S = 3600

export class RateWindow {
  private readonly window = new SlidingWindow({ sliceMs: SECOND_MS, slices: HOUR_S, width: 1 })
  private readonly sinceMs: number

  /** @param sinceMs when counting began: what was before is not taken for silence */
  constructor(sinceMs: number) {
    this.sinceMs = sinceMs
  }

  add(atMs: number, tweets: number): void {
    this.window.add(atMs, 0, tweets)
  }

  rates(nowMs: number): Rates {
    return { minute: this.perSecond(nowMs, MINUTE_S), hour: this.perSecond(nowMs, HOUR_S) }
  }

  private perSecond(nowMs: number, seconds: number): number {
    const [tweets = 0] = this.window.sums(nowMs, seconds)
    // in its first second a run has no rate worth the name
    const spanMs = Math.max(SECOND_MS, Math.min(this.window.spanMs(nowMs, seconds), nowMs - this.sinceMs))
    return tweets / (spanMs / SECOND_MS)
  }
}
