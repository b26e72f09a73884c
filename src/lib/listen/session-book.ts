/**
 * The session records of one run: the one that is being held, and those before it.
 *
 * A record never claims more than is safe: what was heard counts once whatever came with it is synced. It is written when
 * its session begins, so that a crash leaves something to extend, and about once a minute, so that silence that was listened
 * to is known. A lake that does not take a record gets it later, and one that hangs does not hold a patient listener up.
 */
import type { SourceName } from '../domain/layer1.ts'
import { sessionPath } from '../domain/paths.ts'
import { type SessionRecord, type SessionRule, sessionToText } from '../domain/session.ts'
import { hasPassed, type TimeSpan } from '../domain/time-spans.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Journal } from '../io/journal.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import { LAKE_PATIENCE_MS } from './publisher.ts'
import { Upcoming } from './upcoming.ts'

/** What a crash makes a session shorter by, at the most, where no line came that is in the journal. */
const WRITE_EVERY_MS = 60_000
/** How a source that was told to stop says why its session ended; whoever told it to knows better. */
const TOLD_TO_STOP = 'stopped'

export interface SessionBookPorts {
  lake: Lake
  clock: Clock
  log: Log
  journal: Pick<Journal, 'newName'>
}

export interface SessionBookPlan {
  source: SourceName
  /** a record that the lake does not take is no failure until the run is over: for sources that cannot be asked again */
  isPatient: boolean
}

/** What a session is held for. */
export type SessionAbout = Pick<SessionRecord, 'tags' | 'rules'>

type Counts = Pick<SessionRecord, 'lines' | 'tweets' | 'rejected'> & { foreign: number }

export class SessionBook {
  private readonly plan: SessionBookPlan
  private readonly ports: SessionBookPorts
  private readonly held: SessionRecord[] = []
  /** those that the lake has not, or not as they are */
  private readonly owed = new Set<SessionRecord>()
  private session: SessionRecord | undefined
  private span: TimeSpan = { fromMs: 0, toMs: 0 }
  private heardMs = 0
  private triedMs = 0
  private isRefused = false
  /** resolves when the lake has had what is owed, or has refused it; undefined: nothing is under way */
  private paying: Promise<void> | undefined
  private failure: unknown

  constructor(plan: SessionBookPlan, ports: SessionBookPorts) {
    this.plan = plan
    this.ports = ports
  }

  /** Name of the session that is being held; '' for none. */
  get name(): string {
    return this.session?.session ?? ''
  }

  /** What the last session asked for. */
  get rules(): readonly SessionRule[] {
    return this.held.at(-1)?.rules ?? []
  }

  /** Every session of the run, as it is by now. */
  get records(): readonly SessionRecord[] {
    this.noteSpan()
    return this.held
  }

  /** @param atMs a stream covers from then on; a search, which goes back in time, before then */
  async begin(atMs: number, about: SessionAbout): Promise<void> {
    const at = new Date(atMs).toISOString()
    const { source } = this.plan
    const ends = { from: at, to: at, ended: null, stopped: null }
    const counts = { lines: 0, tweets: 0, rejected: 0 }
    this.session = { format: 1, session: this.ports.journal.newName(), source, ...about, ...ends, ...counts }
    this.span = { fromMs: atMs, toMs: atMs }
    this.heardMs = atMs
    this.held.push(this.session)
    await this.put(this.session)
  }

  /** Something came from the source, if only a sign of life. Of a search this says nothing about what it covers. */
  heard(atMs: number): void {
    if (this.plan.source !== 'search') this.heardMs = Math.max(this.heardMs, atMs)
  }

  /** Whatever came is synced. */
  noteSafe(): void {
    this.span.toMs = Math.max(this.span.toMs, this.heardMs)
  }

  /** A search has gone back so far; what it found is safe. */
  async reach(fromMs: number): Promise<void> {
    this.span.fromMs = fromMs
    await this.write()
  }

  count({ lines, tweets, rejected, foreign }: Counts): void {
    if (this.session === undefined) return
    this.session.lines += lines
    this.session.tweets += tweets
    this.session.rejected += rejected
    if (foreign > 0) this.session.foreign = (this.session.foreign ?? 0) + foreign
  }

  /** True when the lake is behind: whoever sees it syncs, and then calls `write`. */
  get isDue(): boolean {
    if (!hasPassed(WRITE_EVERY_MS, this.triedMs, this.ports.clock.nowMs())) return false
    const isBehind = this.session !== undefined && this.heardMs > Date.parse(this.session.to)
    return isBehind || this.owed.size > 0
  }

  /** Write the record of the running session, and others that are owed. */
  async write(): Promise<void> {
    this.noteSpan()
    await this.put(...(this.session === undefined ? [] : [this.session]))
  }

  /** @param toMs when the session's time ends, where that is not when something was heard last */
  async end(reason: string, about: { toMs?: number; isOnPurpose?: boolean } = {}): Promise<void> {
    if (this.session === undefined) return
    if (about.toMs !== undefined) this.span.toMs = Math.max(this.span.fromMs, about.toMs)
    this.noteSpan()
    this.session.ended = reason
    if (about.isOnPurpose) this.session.stopped = this.session.to
    const ended = this.session
    this.session = undefined
    await this.put(ended)
  }

  /**
   * The run is over. @param isOnPurpose what is missing from now on is what a person wished
   * @throws TwdwError E_LAKE where the lake still does not take a record
   */
  async close(reason: string, isOnPurpose: boolean): Promise<void> {
    await this.end(reason)
    const last = this.held.at(-1)
    if (last !== undefined) this.noteWhy(last, reason, isOnPurpose)
    await this.paying
    await this.pay()
  }

  private noteWhy(last: SessionRecord, reason: string, isOnPurpose: boolean): void {
    const wasHeld = last.ended === reason || last.ended === TOLD_TO_STOP
    if (last.ended === TOLD_TO_STOP) {
      last.ended = reason
      this.owed.add(last)
    }
    if (!isOnPurpose || last.stopped !== null) return
    // a connection that was lost before left a gap that nobody wished, up to now
    last.stopped = wasHeld ? last.to : new Date(this.ports.clock.nowMs()).toISOString()
    this.owed.add(last)
  }

  private noteSpan(): void {
    if (this.session === undefined) return
    this.session.from = new Date(this.span.fromMs).toISOString()
    this.session.to = new Date(this.span.toMs).toISOString()
  }

  private async put(...records: readonly SessionRecord[]): Promise<void> {
    for (const record of records) this.owed.add(record)
    this.triedMs = this.ports.clock.nowMs()
    if (!this.plan.isPatient) return this.pay()
    if (this.failure !== undefined) throw this.failure
    // one at a time, which goes on to what is owed since
    if (this.paying !== undefined) return
    this.paying = this.payPatiently().finally(() => {
      this.paying = undefined
    })
    await new Upcoming(this.paying).within(LAKE_PATIENCE_MS, this.ports.clock)
    if (this.failure !== undefined) throw this.failure
  }

  private async payPatiently(): Promise<void> {
    try {
      await this.pay()
      this.isRefused = false
    } catch (error) {
      if (!(error instanceof TwdwError)) {
        this.failure = error
        return
      }
      if (!this.isRefused) {
        this.ports.log.warn(`the record of this session cannot be written: ${error.message}; it is tried again`, {
          event: 'record-refused',
        })
      }
      this.isRefused = true
    }
  }

  private async pay(): Promise<void> {
    for (const record of this.owed) {
      // first: what becomes of it while it is written is owed again
      this.owed.delete(record)
      try {
        await this.ports.lake.write(sessionPath(record.session), new TextEncoder().encode(sessionToText(record)))
      } catch (error) {
        this.owed.add(record)
        throw error
      }
    }
  }
}
