/**
 * The session records of one run: the one that is being held, and those before it.
 *
 * A record never claims more than is safe: whoever writes one has synced before. It is written when its session begins,
 * so that a crash leaves something to extend, and about once a minute, so that silence that was listened to is known.
 */
import type { SourceName } from '../domain/layer1.ts'
import { sessionPath } from '../domain/paths.ts'
import { type SessionRecord, type SessionRule, sessionToText } from '../domain/session.ts'
import type { TimeSpan } from '../domain/time-spans.ts'
import type { Clock } from '../io/clock.ts'
import type { Journal } from '../io/journal.ts'
import type { Lake } from '../io/lake.ts'

/** What a crash makes a session shorter by, at the most, where no line came that is in the journal. */
const WRITE_EVERY_MS = 60_000
/** How a source that was told to stop says why its session ended; whoever told it to knows better. */
const TOLD_TO_STOP = 'stopped'

export interface SessionBookPorts {
  lake: Lake
  clock: Clock
  journal: Pick<Journal, 'newName'>
}

export class SessionBook {
  private readonly about: { source: SourceName; tags: readonly string[] }
  private readonly ports: SessionBookPorts
  private readonly written: SessionRecord[] = []
  private session: SessionRecord | undefined
  private span: TimeSpan = { fromMs: 0, toMs: 0 }
  private writtenMs = 0

  constructor(about: { source: SourceName; tags: readonly string[] }, ports: SessionBookPorts) {
    this.about = about
    this.ports = ports
  }

  /** Name of the session that is being held; '' for none. */
  get name(): string {
    return this.session?.session ?? ''
  }

  /** What the last session asked for. */
  get rules(): readonly SessionRule[] {
    return this.written.at(-1)?.rules ?? []
  }

  /** Every session of the run, as it is by now. */
  get records(): readonly SessionRecord[] {
    this.noteSpan()
    return this.written
  }

  /** @param atMs a stream covers from then on; a search, which goes back in time, before then */
  async begin(atMs: number, rules: readonly SessionRule[]): Promise<void> {
    const at = new Date(atMs).toISOString()
    const counts = { lines: 0, tweets: 0, rejected: 0 }
    const session = this.ports.journal.newName()
    this.session = { format: 1, session, ...this.about, rules, from: at, to: at, ended: null, stopped: null, ...counts }
    this.span = { fromMs: atMs, toMs: atMs }
    this.written.push(this.session)
    await this.write()
  }

  /** Something came from the source, if only a sign of life. Of a search this says nothing about what it covers. */
  heard(atMs: number): void {
    if (this.about.source !== 'search') this.span.toMs = Math.max(this.span.toMs, atMs)
  }

  /** A search has gone back so far; what it found is safe. */
  async reach(fromMs: number): Promise<void> {
    this.span.fromMs = fromMs
    await this.write()
  }

  count(counts: { lines: number; tweets: number; rejected: number }): void {
    if (this.session === undefined) return
    this.session.lines += counts.lines
    this.session.tweets += counts.tweets
    this.session.rejected += counts.rejected
  }

  /** True when the record of the running session is behind what was heard. */
  get isDue(): boolean {
    const isLate = this.ports.clock.nowMs() - this.writtenMs >= WRITE_EVERY_MS
    return isLate && this.session !== undefined && this.span.toMs > Date.parse(this.session.to)
  }

  async write(): Promise<void> {
    if (this.session === undefined) return
    this.noteSpan()
    this.writtenMs = this.ports.clock.nowMs()
    await this.put(this.session)
  }

  async end(reason: string): Promise<void> {
    if (this.session === undefined) return
    this.session.ended = reason
    await this.write()
    this.session = undefined
  }

  /** The run is over. @param isOnPurpose what is missing from now on is what a person wished */
  async close(reason: string, isOnPurpose: boolean): Promise<void> {
    await this.end(reason)
    const last = this.written.at(-1)
    if (last === undefined || (last.ended === reason && !isOnPurpose)) return
    const wasHeld = last.ended === reason || last.ended === TOLD_TO_STOP
    if (!wasHeld && !isOnPurpose) return
    if (wasHeld) last.ended = reason
    // a connection that was lost before left a gap that nobody wished, up to now
    if (isOnPurpose) last.stopped = wasHeld ? last.to : new Date(this.ports.clock.nowMs()).toISOString()
    await this.put(last)
  }

  private noteSpan(): void {
    if (this.session === undefined) return
    this.session.from = new Date(this.span.fromMs).toISOString()
    this.session.to = new Date(this.span.toMs).toISOString()
  }

  private async put(record: SessionRecord): Promise<void> {
    await this.ports.lake.write(sessionPath(record.session), new TextEncoder().encode(sessionToText(record)))
  }
}
