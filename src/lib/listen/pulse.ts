/**
 * The pulse of a running listener: watches what it is handed and what it stores, and tells of it in a file.
 *
 * It must never be felt. Of each sync it is shown some tweets and not all; the file is written beside the work and not
 * awaited; and a disk that does not take it changes nothing.
 */

import { LagWindow } from '../domain/health/lag.ts'
import { PULSE_EVERY_MS, type PulseState, type Pulse as PulseText, pulseToText } from '../domain/health/pulse.ts'
import { RateWindow } from '../domain/health/rate.ts'
import { tweetInstantMs } from '../domain/instant.ts'
import type { SourceName } from '../domain/layer1.ts'
import { hasPassed } from '../domain/time-spans.ts'
import { type SpendCaps, tweetsLeft, usdOf } from '../domain/x/spend.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake } from '../io/lake.ts'
import type { PulseFile } from '../io/pulse-file.ts'
import type { LineBatch, SessionEvent } from '../io/source/source.ts'
import type { TweetSample } from './segment-records.ts'
import type { SpendingNow } from './spending.ts'

export interface PulsePlan {
  source: SourceName
  tags: readonly string[]
}

export interface PulsePorts {
  lake: Pick<Lake, 'url'>
  clock: Clock
  /** left out: nobody is told */
  pulse?: PulseFile
}

/** What the capture knows of itself. */
export interface Standing {
  session: string | undefined
  sessions: number
  lines: number
  tweets: number
  rejected: number
  journalBytes: number
}

/** What is looked up whenever it is told. */
export interface Look {
  standing: Standing
  /** undefined where the source costs nothing */
  spending: SpendingNow | undefined
}

/** A listener that is told to end does not wait longer than this for its own pulse. */
const LAST_WORD_MS = 1_000

const NOTHING_YET: Look = {
  standing: { session: undefined, sessions: 0, lines: 0, tweets: 0, rejected: 0, journalBytes: 0 },
  spending: undefined,
}

export class Pulse {
  private readonly plan: PulsePlan
  private readonly ports: PulsePorts
  private readonly sinceMs: number
  private readonly rate: RateWindow
  private readonly lag = new LagWindow()
  private state: PulseState
  private beforePause: PulseState
  private rules: PulseText['rules'] = []
  private lastHeardAtMs: number | undefined
  private lastTweet: TweetSample | undefined
  private look: () => Look = () => NOTHING_YET
  private writing: Promise<unknown> | undefined
  private writtenMs = Number.NEGATIVE_INFINITY
  private isNews = true

  constructor(plan: PulsePlan, ports: PulsePorts) {
    this.plan = plan
    this.ports = ports
    this.sinceMs = ports.clock.nowMs()
    this.rate = new RateWindow(this.sinceMs)
    this.state = { is: 'starting', since: isoOf(this.sinceMs) }
    this.beforePause = this.state
  }

  /** Runs the listener, and tells at last how it ended. */
  async watch<T extends { why: string }>(work: () => Promise<T>): Promise<T> {
    this.beat()
    try {
      const report = await work()
      await this.end(report.why, false)
      return report
    } catch (error) {
      await this.end(error instanceof Error ? error.message : String(error), true)
      throw error
    }
  }

  /** Nothing more stands between the listener and its source. @param look is called again and again */
  begin(look: () => Look): void {
    this.look = look
    this.change({ is: 'connecting', since: this.nowText() })
  }

  /** To be called with all that the source hands out. */
  hear(event: LineBatch | SessionEvent): void {
    if (!('event' in event)) {
      this.lastHeardAtMs = event.capturedAtMs
      return
    }
    if (event.event === 'connected' || event.event === 'ruled') {
      this.rules = event.rules.map(({ name, value }) => ({ name, value }))
    }
    if (event.event === 'disconnected') this.lastHeardAtMs = event.lastHeardAtMs
    else if (event.event === 'connected' || (event.event === 'waiting' && event.isAnswered)) {
      this.lastHeardAtMs = event.atMs
    }
    this.change(stateAfter(event, this.state))
  }

  /** To be called with what a sync came to. @param samples some of its tweets, in order, the last one among them */
  note({ tweets, samples }: { tweets: number; samples: readonly TweetSample[] }): void {
    const nowMs = this.ports.clock.nowMs()
    if (tweets > 0) this.rate.add(nowMs, tweets)
    this.lastTweet = samples.at(-1) ?? this.lastTweet
    if (this.plan.source === 'replay') return
    for (const { id, capturedAtMs } of samples) {
      const createdMs = tweetInstantMs(id, null)
      if (createdMs !== undefined) this.lag.add(nowMs, capturedAtMs - createdMs, tweets / samples.length)
    }
  }

  /** Reading stands still by choice. To be called again and again until it goes on. @param because such as `the disk is full` */
  paused(because: string): void {
    if (this.state.is !== 'paused') {
      this.beforePause = this.state
      this.change({ is: 'paused', since: this.nowText(), because })
    }
    this.keepBeating()
  }

  /** To be called often, and not while reading stands still. */
  beatIfDue(): void {
    if (this.state.is === 'paused') this.change(this.beforePause)
    this.keepBeating()
  }

  private keepBeating(): void {
    if (this.isNews || hasPassed(PULSE_EVERY_MS, this.writtenMs, this.ports.clock.nowMs())) this.beat()
  }

  private beat(): void {
    // a disk that hangs must not gather writers
    const { pulse } = this.ports
    if (this.writing !== undefined || pulse === undefined) return
    this.isNews = false
    this.writtenMs = this.ports.clock.nowMs()
    this.writing = pulse.write(this.text(pulse)).finally(() => {
      this.writing = undefined
    })
  }

  private async end(because: string, failed: boolean): Promise<void> {
    const { pulse, clock } = this.ports
    if (pulse === undefined) return
    this.state = { is: 'ended', since: this.nowText(), because, failed }
    const isTold = new AbortController()
    const telling = Promise.resolve(this.writing)
      .then(() => pulse.write(this.text(pulse)))
      .finally(() => isTold.abort())
    await Promise.race([telling, clock.sleep(LAST_WORD_MS, isTold.signal)])
  }

  private change(state: PulseState): void {
    this.state = state
    this.isNews = true
  }

  private text({ writer }: PulseFile): string {
    const { source, tags } = this.plan
    const { standing, spending } = this.look()
    const { session, ...counts } = standing
    const nowMs = this.ports.clock.nowMs()
    return pulseToText({
      ...writer,
      lake: this.ports.lake.url,
      source,
      tags,
      since: isoOf(this.sinceMs),
      at: isoOf(nowMs),
      state: this.state,
      session: session ?? null,
      ...counts,
      lastHeardAt: this.lastHeardAtMs === undefined ? null : isoOf(this.lastHeardAtMs),
      lastTweet: this.lastTweet === undefined ? null : lastTweetOf(this.lastTweet),
      rate: this.rate.rates(nowMs),
      lag: this.lag.lag(nowMs) ?? null,
      rules: this.rules,
      spending: spending === undefined ? null : spendingOf(spending),
    })
  }

  private nowText(): string {
    return isoOf(this.ports.clock.nowMs())
  }
}

function stateAfter(event: SessionEvent, before: PulseState): PulseState {
  const since = isoOf(event.atMs)
  switch (event.event) {
    case 'connected':
      return { is: 'connected', since }
    // the connection goes on
    case 'ruled':
      return before
    case 'disconnected':
      return { is: 'connecting', since }
    case 'waiting':
      return { is: 'waiting', since, until: isoOf(event.untilMs), because: event.because }
  }
}

function lastTweetOf({ id, capturedAtMs }: TweetSample): PulseText['lastTweet'] {
  const createdMs = tweetInstantMs(id, null)
  return { id, createdAt: createdMs === undefined ? null : isoOf(createdMs), capturedAt: isoOf(capturedAtMs) }
}

function spendingOf({ report, spent, caps }: SpendingNow): PulseText['spending'] {
  const left = tweetsLeft(spent, caps)
  return {
    ...report,
    maxUsdPerDay: dollarsOf(caps.dayMicroUsd),
    maxUsd: dollarsOf(caps.totalMicroUsd),
    tweetsLeft: Number.isFinite(left) ? left : null,
  }
}

function dollarsOf(microUsd: SpendCaps['dayMicroUsd']): number | null {
  return microUsd === undefined ? null : usdOf(microUsd)
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
