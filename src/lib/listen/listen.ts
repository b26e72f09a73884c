/**
 * The listener: batches of lines from a source become sealed segments in the lake.
 *
 * Journal before parse: a batch is appended as soon as it arrives, synced at most 200 ms later, and only
 * then looked at. Whatever ends the listener (a signal, a limit, the end of the source, a failure), the
 * segment is sealed first, so that the next process has nothing to mend. What X bills is counted with the lines, and
 * a spending cap is looked at before the source is asked for more.
 */

import type { Hour } from '../domain/hour.ts'
import type { SourceName } from '../domain/layer1.ts'
import type { CapName, ReachedCap, SpendCaps } from '../domain/x/spend.ts'
import type { Clock } from '../io/clock.ts'
import type { Journal } from '../io/journal.ts'
import type { PulseFile } from '../io/pulse-file.ts'
import type { LineBatch, SessionEvent, Source } from '../io/source/source.ts'
import type { StateFile } from '../io/state-file.ts'
import { makeSureOfLake } from '../lake-door.ts'
import { Capture, type CapturePlan, type CapturePorts } from './capture.ts'
import { DayRest } from './day-rest.ts'
import { type FillSettings, type FillSource, GapFiller } from './fill-gaps.ts'
import { SYNC_EVERY_MS } from './lane.ts'
import { type LeftOut, sumOfLeftOut } from './left-out.ts'
import { Pulse } from './pulse.ts'
import { recoverSegments } from './recovery.ts'
import type { Service } from './service.ts'
import { Spending, type SpendingReport } from './spending.ts'
import { Upcoming } from './upcoming.ts'

export interface ListenPlan extends CapturePlan {
  /** stop after this long */
  forMs: number | undefined
  /** of a lake that has to be made; undefined takes the default, or what the lake has */
  timeZone: string | undefined
  /** of what X bills; undefined: none */
  caps: SpendCaps | undefined
  /** rest when the day's cap is reached, and go on with the next UTC day, rather than end */
  waitNextDay?: boolean
  /** how gaps are filled; absent: they stay */
  fill?: FillSettings
}

export interface ListenPorts extends Omit<CapturePorts, 'spending' | 'stop' | 'paused' | 'pulse' | 'tweetsBeside'> {
  /** the journal of earlier runs; that of this one is another where it needs none */
  leftBehind: Journal
  /** what X has billed so far, for all runs on this lake */
  meter: StateFile
  /** where it is told how the listener is; left out: nowhere */
  pulse?: PulseFile
  /** 8 random hex digits */
  newId(): string
  /** Batches of one or more sessions, until `stop` aborts or the source has ended. Whatever else X bills goes by `spending` */
  open(stop: AbortSignal, spending: Spending): AsyncIterable<LineBatch | SessionEvent>
  /** what gaps are filled from; absent: they stay */
  search?: FillSource
  /** undefined: no manager watches this process */
  service?: Service | undefined
}

export type StopReason =
  | 'the source has ended'
  | 'stopped by a signal'
  | '--for is over'
  | '--max-tweets is reached'
  | `--${CapName} is reached`

export interface ListenReport {
  why: StopReason
  /** with those that search found, as `tweets` and all that follow */
  lines: number
  tweets: number
  /** what of `tweets` search found in gaps */
  filled: number
  rejected: number
  /** tweets that only rules of other programs matched: billed, and not stored */
  foreign: number
  /** connections to the source; 0 when it was never reached */
  sessions: number
  /** what of `tweets` and `rejected` was not stored */
  forgotten: LeftOut
  /** segments published, recovered ones included */
  segments: number
  /** hours of the lake that have tweets of this run, oldest first */
  hours: Hour[]
  seconds: number
  /** undefined: the source costs nothing */
  spent: SpendingReport | undefined
  /** for a time it was connected to nothing, since the day's cap was reached */
  rested: boolean
  /** the cap that ended the run */
  cap: ReachedCap | undefined
}

const NOTHING_FOUND = { lines: 0, tweets: 0, rejected: 0, forgotten: { tweets: 0, lines: 0 }, segments: 0, hours: [] }

const SOURCE_TEXT: Record<SourceName, string> = {
  stream: "X's filtered stream",
  search: "X's search",
  replay: 'files',
  demo: 'the generator',
}

/**
 * @param stop a person's wish to end: everything read is sealed, then the report is given
 * @throws TwdwError E_SOURCE, E_REFUSED, E_CAP before anything is asked of the source, E_LAKE, also when another process
 * listens to X for this lake; what was read before is in the lake or in the journal
 */
export async function listen(plan: ListenPlan, ports: ListenPorts, stop: AbortSignal): Promise<ListenReport> {
  // X has one stream for an app, and its rules are this lake's: a second listener would switch the first one off
  const lost = new AbortController()
  const release =
    plan.source === 'stream'
      ? await ports.lake.lock('listen', { onLost: why => lost.abort(why), signal: stop })
      : undefined
  try {
    const pulse = new Pulse(plan, ports)
    // another machine has taken over: what was read is sealed, and X is left to it
    const end = AbortSignal.any([stop, lost.signal])
    return await pulse.watch(async () => {
      const report = await listenAlone(plan, { ...ports, pulse }, end)
      lost.signal.throwIfAborted()
      return report
    })
  } finally {
    await release?.()
  }
}

type WatchedPorts = Omit<ListenPorts, 'pulse'> & { pulse: Pulse }

async function listenAlone(plan: ListenPlan, ports: WatchedPorts, stop: AbortSignal): Promise<ListenReport> {
  const startMs = ports.clock.nowMs()
  await makeSureOfLake(ports.lake, plan.timeZone, ports.newId)
  const spending = new Spending(plan.caps, ports)
  const recovered = await recoverSegments({ ...ports, journal: ports.leftBehind, maker: ports.makers[0]!, spending })
  if (plan.source === 'stream') {
    await spending.read()
    ports.log.info(`spending: ${spending.begin(plan.waitNextDay)}`, { event: 'spending', ...spending.report() })
  }
  const paused = (because: string) => {
    ports.service?.paused(because)
    ports.pulse.paused(because)
  }
  const capturePorts = { ...ports, spending, stop, paused }
  const capture = new Capture(plan, { ...capturePorts, tweetsBeside: () => filler?.tweets ?? 0 })
  const filler = fillerBeside(capture, plan, capturePorts)
  const { publisher } = capture
  for (const { hours } of recovered) for (const hour of hours) publisher.hours.add(hour)
  const spendingNow = () => (plan.source === 'stream' ? spending.look() : undefined)
  ports.pulse.begin(() => ({ standing: capture.standing, spending: spendingNow() }))
  const what = plan.tags.length === 0 ? 'everything' : plan.tags.map(tag => `#${tag}`).join(' ')
  ports.log.info(`listening to ${SOURCE_TEXT[plan.source]}: ${what}, into ${ports.lake.url}`, { event: 'listening' })
  const rest = plan.waitNextDay ? new DayRest({ ...ports, spending }) : undefined
  ports.service?.ready(`connecting to ${SOURCE_TEXT[plan.source]}`)
  const why = await captureUntilStopped(plan, { ...ports, spending, rest, filler }, capture, stop)
  const found = filler?.found ?? NOTHING_FOUND
  return {
    why,
    lines: capture.lines + found.lines,
    tweets: capture.tweets + found.tweets,
    filled: found.tweets,
    rejected: capture.rejected + found.rejected,
    foreign: capture.foreign,
    sessions: capture.sessions,
    forgotten: sumOfLeftOut([publisher.forgotten, found.forgotten]),
    segments: recovered.length + publisher.segments + found.segments,
    hours: [...new Set([...publisher.hours, ...found.hours])].sort(),
    seconds: (ports.clock.nowMs() - startMs) / 1000,
    spent: plan.source === 'stream' ? spending.report() : undefined,
    rested: rest?.hasRested ?? false,
    cap: spending.stoppedBy,
  }
}

function fillerBeside(
  capture: Capture,
  plan: ListenPlan,
  { search, ...ports }: CapturePorts & Pick<ListenPorts, 'search'>,
): GapFiller | undefined {
  return plan.fill && search && new GapFiller({ ...plan, ...plan.fill }, { ...ports, ...search }, capture)
}

type RunningPorts = WatchedPorts & { spending: Spending; rest: DayRest | undefined; filler: GapFiller | undefined }

async function captureUntilStopped(
  plan: ListenPlan,
  ports: RunningPorts,
  capture: Capture,
  stop: AbortSignal,
): Promise<StopReason> {
  const limit = new AbortController()
  const end = AbortSignal.any([stop, limit.signal])
  if (plan.forMs !== undefined) {
    void ports.clock.sleep(plan.forMs, end).then(() => limit.abort('--for is over' satisfies StopReason))
  }
  const why = (): StopReason => {
    if (stop.aborted) return 'stopped by a signal'
    return limit.signal.aborted ? limit.signal.reason : 'the source has ended'
  }
  const sayWhy = () => ports.service?.stopping(why())
  end.addEventListener('abort', sayWhy)
  const filling = ports.filler?.run(end)
  try {
    await captureAll(ports, capture, end, limit)
    sayWhy()
    const ended = why()
    // neither a service manager that restarts the listener nor a terminal that is gone wishes an end
    const isOnPurpose = stop.aborted ? stop.reason === 'SIGINT' : limit.signal.aborted
    limit.abort(ended)
    await filling
    await capture.end(ended, isOnPurpose)
    if (ports.filler?.bug !== undefined) throw ports.filler.bug
    return ended
  } catch (error) {
    end.removeEventListener('abort', sayWhy)
    ports.service?.stopping(error instanceof Error ? error.message : String(error))
    limit.abort('the source has ended' satisfies StopReason)
    // seal what can be sealed; what cannot be stays in the journal, and the first failure is the one to tell
    await capture.end('failed').catch(() => undefined)
    await filling
    throw error
  } finally {
    end.removeEventListener('abort', sayWhy)
  }
}

/** A source that is read once, as one session. */
export function asOneSession(source: Source, clock: Clock): ListenPorts['open'] {
  return async function* (stop) {
    yield { event: 'connected', atMs: clock.nowMs(), rules: [] }
    yield* source.open(stop)
    // read to its end, or told to stop: either way the last line was handed over before this
    const endMs = clock.nowMs()
    const reason = stop.aborted ? 'stopped' : 'the source has ended'
    yield { event: 'disconnected', atMs: endMs, lastHeardAtMs: endMs, reason }
  }
}

/** Reads on after `end` aborts until the source has handed over what it had read. */
async function captureAll(
  ports: RunningPorts,
  capture: Capture,
  end: AbortSignal,
  limit: AbortController,
): Promise<void> {
  const { spending, rest } = ports
  const source = (signal: AbortSignal) => ports.open(signal, spending)
  const events = (rest?.open(source, end) ?? source(end))[Symbol.asyncIterator]()
  let next = new Upcoming(events.next())
  for (;;) {
    if (await next.within(SYNC_EVERY_MS, ports.clock)) {
      const event = await next.value
      if (event.done) return
      ports.pulse.hear(event.value)
      await capture.take(event.value)
      ports.service?.note(event.value, capture.tweets)
      // before more is asked for: what X has sent by then is billed
      if (capture.mayBeFull) await stopIfFull(ports, capture, limit)
      next = new Upcoming(events.next())
    }
    await stopIfFull(ports, capture, limit)
    await capture.sealIfDue()
    ports.pulse.beatIfDue()
  }
}

async function stopIfFull({ spending, rest }: RunningPorts, capture: Capture, limit: AbortController): Promise<void> {
  await capture.syncIfDue()
  if (limit.signal.aborted) return
  const cap = spending.reached()
  if (capture.isFull) limit.abort('--max-tweets is reached' satisfies StopReason)
  else if (cap !== undefined && !rest?.begin(cap)) {
    spending.stopFor(cap)
    limit.abort(`--${cap.name} is reached` satisfies StopReason)
  }
}
