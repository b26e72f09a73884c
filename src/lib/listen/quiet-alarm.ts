/**
 * The low-volume alarm: a connection that stands, has heartbeats and hardly any tweets, while X's own counts have them.
 *
 * It listens in on the events of a source. When too little comes it asks X to count, under the caps; where X has clearly
 * more than it sent, it says so, and has the source connect again in case that mends it. The session then ends where
 * tweets last came as usual, so that what was withheld lies in a gap between sessions.
 */
import { counted } from '../domain/wording.ts'
import {
  beginQuiet,
  countQueries,
  hear,
  isAsUsual,
  isWithheld,
  noteAgreement,
  noteQuestion,
  type Quiet,
  reconnected,
  type Suspicion,
  suspicionOf,
} from '../domain/x/quiet.ts'
import { endingText } from '../domain/x/reconnect.ts'
import type { Log } from '../io/log.ts'
import type { LineBatch, SessionEvent } from '../io/source/source.ts'
import type { XRest } from '../io/x/rest.ts'
import type { Spending } from './spending.ts'

type Events = (stop: AbortSignal) => AsyncIterable<LineBatch | SessionEvent>

export interface QuietAlarmPorts {
  rest: Pick<XRest, 'countRecent'>
  spending: Pick<Spending, 'payCount'>
  log: Log
  /** for whoever watches the listener: a clause, or undefined when tweets come again */
  alarm(clause: string | undefined): void
}

/** Longer pauses between two batches were the machine's, not X's. */
const MAX_STEP_MS = 60_000

/** The events of the source, one connection more for each alarm. */
export async function* withQuietAlarm(
  open: Events,
  ports: QuietAlarmPorts,
  stop: AbortSignal,
): AsyncGenerator<LineBatch | SessionEvent, void, void> {
  const alarm = new QuietAlarm(ports, stop)
  while (!stop.aborted) {
    const hangUp = alarm.nextHangUp()
    for await (const event of open(AbortSignal.any([stop, hangUp.signal]))) yield alarm.note(event)
    if (!hangUp.signal.aborted) return
  }
}

class QuietAlarm {
  private readonly ports: QuietAlarmPorts
  private readonly stop: AbortSignal
  private hangUp = new AbortController()
  private quiet: Quiet | undefined
  private rules: readonly string[] = []
  private connectedAtMs = 0
  private heardAtMs = 0
  private isAsking = false
  private isAlarmed = false

  constructor(ports: QuietAlarmPorts, stop: AbortSignal) {
    this.ports = ports
    this.stop = stop
  }

  /** What ends the next connection; the one before has ended. */
  nextHangUp(): AbortController {
    this.hangUp = new AbortController()
    return this.hangUp
  }

  /** @returns the event, or what is to be told in its place */
  note(event: LineBatch | SessionEvent): LineBatch | SessionEvent {
    if ('lines' in event) this.noteBatch(event)
    else if (event.event === 'connected') this.noteConnected(event)
    else if (event.event === 'ruled') this.rules = event.rules.map(rule => rule.value)
    else if (event.event === 'disconnected' && this.hangUp.signal.aborted && !this.stop.aborted) {
      const { sinceMs, clause } = this.hangUp.signal.reason as Alarm
      return { ...event, lastHeardAtMs: Math.max(this.connectedAtMs, sinceMs), reason: clause }
    }
    return event
  }

  private noteConnected({ atMs, rules }: Extract<SessionEvent, { event: 'connected' }>): void {
    this.rules = rules.map(rule => rule.value)
    this.quiet = this.quiet === undefined ? beginQuiet(atMs) : reconnected(this.quiet, atMs, atMs - this.heardAtMs)
    this.connectedAtMs = atMs
    this.heardAtMs = atMs
  }

  private noteBatch({ lines, capturedAtMs: nowMs }: LineBatch): void {
    if (this.quiet === undefined) return
    const ms = Math.min(Math.max(0, nowMs - this.heardAtMs), MAX_STEP_MS)
    this.heardAtMs = nowMs
    this.quiet = hear(this.quiet, { tweets: lines.length, ms, nowMs })
    if (isAsUsual(this.quiet)) this.endAlarm()
    const suspicion = this.isAsking ? undefined : suspicionOf(this.quiet, nowMs)
    if (suspicion === undefined) return
    this.quiet = noteQuestion(this.quiet, nowMs)
    this.isAsking = true
    // the events go on meanwhile
    void this.ask(suspicion, this.quiet.lull.sinceMs).finally(() => {
      this.isAsking = false
    })
  }

  /** Never rejects: what goes wrong here is told, and the listener listens on. */
  private async ask(suspicion: Suspicion, sinceMs: number): Promise<void> {
    const { log } = this.ports
    let posts: number | undefined
    try {
      posts = await this.count(suspicion)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      log.warn(`hardly anything comes from X, and whether there is anything is not known: ${why}`)
    }
    // answered too late: tweets came again, or the connection did not stand
    if (posts === undefined || this.stop.aborted || this.quiet?.lull.sinceMs !== sinceMs) return
    if (isWithheld(posts, suspicion.heard)) return this.raise(suspicion, posts)
    log.debug(`${countedText(posts, suspicion)}: little is being said`)
    this.quiet = noteAgreement(this.quiet, this.heardAtMs)
    this.endAlarm()
  }

  /** @returns tweets that X should have sent, or enough of them to be sure; undefined: it did not say */
  private async count({ fromMs, toMs, heard }: Suspicion): Promise<number | undefined> {
    const { rest, spending, log } = this.ports
    const granularity = toMs - fromMs > DAY_MS ? 'hour' : 'minute'
    let posts: number | undefined
    for (const { query, share } of countQueries(this.rules)) {
      await spending.payCount()
      const answer = await rest.countRecent(query, this.stop, { startMs: fromMs, endMs: toMs, granularity })
      if (answer.ok) posts = (posts ?? 0) + Math.round(answer.value.posts * share)
      else if (answer.end.how === 'aborted') return undefined
      else log.debug(`X did not count ${query}: ${endingText(answer.end)}`)
      if (posts !== undefined && isWithheld(posts, heard)) break
    }
    return posts
  }

  private raise(suspicion: Suspicion, posts: number): void {
    const { fromMs, toMs, heard, usual } = suspicion
    const span = `${counted(heard, 'tweet')} in ${counted(Math.round((toMs - fromMs) / MINUTE_MS), 'minute')}`
    const expected = usual === undefined ? '' : `, where about ${Math.round(usual).toLocaleString('en-US')} are usual`
    const clause = countedText(posts, suspicion)
    this.ports.log.warn(
      `hardly anything comes from X: ${span}${expected}; ${clause}. ` +
        'X has had outages of this kind; connecting again in case that mends it',
      { event: 'quiet', since: instantText(fromMs), heard, counted: posts },
    )
    this.isAlarmed = true
    this.ports.alarm(clause)
    this.hangUp.abort({ sinceMs: fromMs, clause } satisfies Alarm)
  }

  private endAlarm(): void {
    if (!this.isAlarmed) return
    this.isAlarmed = false
    this.ports.alarm(undefined)
    this.ports.log.info('tweets come from X as usual again', { event: 'quiet over' })
  }
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Why a connection is ended. */
interface Alarm {
  /** milliseconds since 1970-01-01T00:00Z; until then tweets came as usual */
  sinceMs: number
  clause: string
}

/** Counting ends when it is sure that something is withheld, and it leaves retweets out: what X has is more. */
function countedText(posts: number, { fromMs, heard }: Suspicion): string {
  return `X counts at least ${counted(posts, 'tweet')} since ${instantText(fromMs)}, and sent ${heard.toLocaleString('en-US')}`
}

/** `2026-09-21T12:00:00Z` */
function instantText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`
}
