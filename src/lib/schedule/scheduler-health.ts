/** What a running scheduler tells of itself: kept as it changes, written every few seconds, and read back by who asks. */
import { type Fitness, judgeFitness } from '../domain/health/fitness.ts'
import type { Listener } from '../domain/health/liveness.ts'
import {
  type ConsolidatePulse,
  type ListenerPulse,
  parseSchedulerPulse,
  SCHEDULER_PULSE_EVERY_MS,
  type SchedulerPulse,
  schedulerPulseToText,
} from '../domain/health/scheduler-pulse.ts'
import type { SourceName } from '../domain/layer1.ts'
import type { Clock } from '../io/clock.ts'
import type { PulseFile, PulseReader } from '../io/pulse-file.ts'
import { readListeners } from '../status/listeners.ts'

export interface HealthPorts {
  clock: Clock
  file: PulseFile
  /** address of the lake */
  lake: string
}

/** None of it throws: a disk that does not take what is told is none of the work's business. */
export class SchedulerHealth {
  private readonly ports: HealthPorts
  private readonly since: string
  private consolidate: ConsolidatePulse
  private listener: ListenerPulse | null = null
  private ended = false

  constructor(ports: HealthPorts) {
    this.ports = ports
    this.since = this.now()
    this.consolidate = { is: 'waiting', since: this.since, nextAt: null, last: null, failingSince: null }
  }

  waitsForLake(): void {
    this.consolidate = { ...this.consolidate, is: 'waiting for a lake', since: this.now() }
  }

  consolidates(): void {
    this.consolidate = { ...this.consolidate, is: 'running', since: this.now(), nextAt: null }
  }

  /** @param nextMs undefined where no time is left */
  consolidated(last: { startedMs: number; endedMs: number; status: number }, nextMs: number | undefined): void {
    const endedAt = isoOf(last.endedMs)
    this.consolidate = {
      is: 'waiting',
      since: endedAt,
      nextAt: nextMs === undefined ? null : isoOf(nextMs),
      last: { startedAt: isoOf(last.startedMs), endedAt, status: last.status },
      failingSince: last.status === 0 ? null : (this.consolidate.failingSince ?? endedAt),
    }
  }

  listens(): void {
    const { starts = 0, status = null } = this.listener ?? {}
    this.listener = { is: 'running', since: this.now(), starts: starts + 1, status }
  }

  /** @param is `waiting` when it is started again after a while */
  listened(status: number, is: 'waiting' | 'ended'): void {
    this.listener = { is, since: this.now(), starts: this.listener?.starts ?? 1, status }
  }

  /** As it is now. */
  pulse(): SchedulerPulse {
    const { file, lake } = this.ports
    const { since, ended, consolidate, listener } = this
    return { format: 1, ...file.writer, lake, since, at: this.now(), ended, consolidate, listener }
  }

  /** Tells it again and again until `stop` aborts, and then that this was the end. */
  async tellUntil(stop: AbortSignal): Promise<void> {
    const { clock, file } = this.ports
    while (!stop.aborted) {
      await file.write(schedulerPulseToText(this.pulse()))
      await clock.sleep(SCHEDULER_PULSE_EVERY_MS, stop)
    }
    this.ended = true
    await file.write(schedulerPulseToText(this.pulse()))
  }

  private now(): string {
    return isoOf(this.ports.clock.nowMs())
  }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}

export interface FitnessPorts {
  /** of the state folder */
  pulses: PulseReader
  clock: Clock
  /** what a scheduler last wrote; undefined where there is nothing */
  readScheduler: () => Promise<string | undefined>
}

/** Sources that are listened to for ever. */
const SOURCES: readonly SourceName[] = ['stream', 'demo']

/**
 * Whether what runs here is well. State may be shared between machines or containers: only what this one wrote counts.
 * @param hasListeners false: only the scheduler counts
 * @throws TwdwError E_LAKE when the state folder cannot be read
 */
export async function readFitness({ hasListeners }: { hasListeners: boolean }, ports: FitnessPorts): Promise<Fitness> {
  const text = await ports.readScheduler()
  const told = text === undefined ? undefined : parseSchedulerPulse(text)
  return fitnessOf(told?.host === ports.pulses.host ? told : undefined, hasListeners, ports)
}

/** The same with what the scheduler tells now. */
export async function fitnessOf(
  scheduler: SchedulerPulse | undefined,
  hasListeners: boolean,
  ports: Pick<FitnessPorts, 'pulses' | 'clock'>,
): Promise<Fitness> {
  return judgeFitness(scheduler, hasListeners ? await ownListeners(ports) : [], ports.clock.nowMs())
}

/** Listeners of this machine. */
async function ownListeners({ pulses, clock }: Pick<FitnessPorts, 'pulses' | 'clock'>): Promise<Listener[]> {
  // their lock is not asked for: here a fresh pulse of a running process says as much
  const lake = { holderOf: async () => undefined }
  const listeners = await readListeners(SOURCES, { lake, pulses, clock })
  return listeners.filter(({ pulse }) => pulse?.host === pulses.host)
}
