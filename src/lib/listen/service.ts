/**
 * The listener as a service: tells the manager that runs it that it is ready, alive, and how it goes.
 *
 * Alive means that something arrived. An event loop that turns proves nothing: a listener whose connection is dead
 * without its knowing turns for ever and hears nothing, and is to be started again. Only a wait that follows an answer,
 * or is the listener's own choice, may last longer than silence; for such a wait the watchdog is told to be patient.
 */
import { type ServiceState, serviceStatus } from '../domain/schedule/service-status.ts'
import { hasPassed } from '../domain/time-spans.ts'
import type { Clock } from '../io/clock.ts'
import type { Log } from '../io/log.ts'
import type { Notify, ServiceNews } from '../io/notify.ts'
import type { LineBatch, SessionEvent } from '../io/source/source.ts'

/** Signs of life and status lines are told at most this often. */
const TELL_EVERY_MS = 5_000
/** Rates are of this last while. */
const RATE_OVER_MS = 60_000
const RATE_STEP_MS = 1_000

export interface ServicePorts {
  notify: Notify
  clock: Clock
  log: Log
}

/** Every function is quick and none throws. What the manager did not take is told again with the next news. */
export class Service {
  private readonly ports: ServicePorts
  private state: ServiceState | undefined
  private alarmed: string | undefined
  private stoppingFor: string | undefined
  /** turns that were told and not taken */
  private owed: Pick<ServiceNews, 'ready' | 'reloading' | 'stopping'> = {}
  private isWarned = false
  private toldAtMs = Number.NEGATIVE_INFINITY
  private fedAtMs = Number.NEGATIVE_INFINITY
  /** whether anything arrived since the last wait; whoever has just been started owes nothing yet */
  private hasHeard = true
  private isPatient = false
  /** ascending in time */
  private counts: { atMs: number; tweets: number }[] = []

  constructor(ports: ServicePorts) {
    this.ports = ports
  }

  /**
   * The lake is open, what a crash left is recovered, and the source is about to be asked. Not once it has answered: on
   * a machine that starts while X is down the unit has started, and its listener waits for X.
   */
  ready(status: string): void {
    this.send({ ready: true, status })
  }

  /** Settings are being read again; `ready` ends it. */
  reloading(): void {
    this.send({ reloading: true })
  }

  /** @param because the last line that is told, also when it is a failure */
  stopping(because: string): void {
    if (because === this.stoppingFor) return
    this.stoppingFor = because
    this.send({ stopping: true, status: `stopping: ${because}` })
  }

  /** @param clause what is not as it should be while connected; undefined: all is well again */
  alarm(clause: string | undefined): void {
    this.alarmed = clause
  }

  /** To be called for each event once it has been dealt with. @param tweets captured in this run */
  note(event: LineBatch | SessionEvent, tweets: number): void {
    const nowMs = this.ports.clock.nowMs()
    if ('lines' in event) {
      const now = this.state?.is === 'connected' ? this.state : undefined
      const lastTweetAtMs = event.lines.length > 0 ? event.capturedAtMs : now?.lastTweetAtMs
      const sinceMs = now?.sinceMs ?? event.capturedAtMs
      this.tell(this.connected(sinceMs, tweets, lastTweetAtMs, nowMs), this.heard(nowMs), nowMs)
    } else if (event.event === 'connected') {
      this.tell(this.connected(event.atMs, tweets, undefined, nowMs), this.heard(nowMs), nowMs)
    } else if (event.event === 'disconnected') {
      this.tell({ is: 'disconnected', atMs: event.atMs, reason: event.reason }, {}, nowMs)
    } else if (event.event === 'waiting') {
      this.tell({ is: 'waiting', untilMs: event.untilMs, because: event.because }, this.waits(event, nowMs), nowMs)
    }
  }

  /**
   * Reading stands still by choice. To be called again and again until it goes on, at least every TELL_EVERY_MS: these
   * calls are then the signs of life. @param because such as `the disk is full`
   */
  paused(because: string): void {
    const nowMs = this.ports.clock.nowMs()
    this.tell({ is: 'paused', because }, this.heard(nowMs), nowMs)
  }

  private connected(sinceMs: number, tweets: number, lastTweetAtMs: number | undefined, nowMs: number): ServiceState {
    const tweetsPerSecond = this.rate(tweets, nowMs)
    return { is: 'connected', sinceMs, tweets, tweetsPerSecond, lastTweetAtMs, alarm: this.alarmed }
  }

  private rate(tweets: number, nowMs: number): number {
    const { counts } = this
    // of a clock that was put back nothing can be reckoned
    if ((counts.at(-1)?.atMs ?? 0) > nowMs) counts.length = 0
    if (hasPassed(RATE_STEP_MS, counts.at(-1)?.atMs ?? 0, nowMs)) counts.push({ atMs: nowMs, tweets })
    // one count from before the while stays, to reckon from
    while ((counts[1]?.atMs ?? nowMs) <= nowMs - RATE_OVER_MS) counts.shift()
    const [first] = counts
    return first === undefined || first.atMs >= nowMs ? 0 : ((tweets - first.tweets) / (nowMs - first.atMs)) * 1000
  }

  /** @returns the sign of life that is due for what arrived */
  private heard(nowMs: number): ServiceNews {
    this.hasHeard = true
    const { watchdogMs } = this.ports.notify
    if (watchdogMs === undefined) return {}
    if (this.isPatient) return { alive: true, watchdogMs }
    return hasPassed(Math.min(TELL_EVERY_MS, watchdogMs / 4), this.fedAtMs, nowMs) ? { alive: true } : {}
  }

  /** @returns the patience that a wait needs; none for one that silence led to */
  private waits(event: Extract<SessionEvent, { event: 'waiting' }>, nowMs: number): ServiceNews {
    const isEarned = event.isAnswered || this.hasHeard
    const life = event.isAnswered ? this.heard(nowMs) : {}
    this.hasHeard = false
    const { watchdogMs } = this.ports.notify
    const waitMs = event.untilMs - nowMs
    if (watchdogMs === undefined || !isEarned || waitMs <= watchdogMs / 2) return life
    return { alive: true, watchdogMs: waitMs + watchdogMs }
  }

  private tell(state: ServiceState, life: ServiceNews, nowMs: number): void {
    const isDue =
      this.stoppingFor === undefined && (state.is !== this.state?.is || hasPassed(TELL_EVERY_MS, this.toldAtMs, nowMs))
    this.state = state
    const news = isDue ? { ...life, status: serviceStatus(state, nowMs) } : life
    if (Object.keys(news).length === 0 || !this.send(news)) return
    if (isDue) this.toldAtMs = nowMs
    if (news.alive) this.fedAtMs = nowMs
    if (news.watchdogMs !== undefined) this.isPatient = news.watchdogMs !== this.ports.notify.watchdogMs
  }

  private send(news: ServiceNews): boolean {
    const { notify, log } = this.ports
    const { ready, reloading, stopping } = news
    if (notify.send({ ...this.owed, ...news })) {
      this.owed = {}
      return true
    }
    this.owed = {
      ...this.owed,
      ...(ready && { ready }),
      ...(reloading && { reloading }),
      ...(stopping && { stopping }),
    }
    if (!this.isWarned) log.warn('the service manager does not take what it is told, and may end this listener for it')
    this.isWarned = true
    return false
  }
}
