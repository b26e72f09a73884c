/**
 * The doctor: tries out everything that a listener needs, and says of each what is wrong and what to do.
 *
 * A check gives a finding or a few, handed out as soon as they are made. One that runs into a failure has found
 * something; none ends the others. Nothing is changed but a probe file that is removed again, and DuckDB's cache if it was
 * empty. X is asked for nothing that it bills.
 */
import { type Finding, faultFrom, ok, warning } from '../domain/health/finding.ts'
import type { SpendCaps } from '../domain/x/spend.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { DiskProbe } from '../io/disk-probe.ts'
import type { Installer } from '../io/installer.ts'
import type { JournalFile } from '../io/journal-files.ts'
import type { Lake } from '../io/lake.ts'
import type { PulseReader } from '../io/pulse-file.ts'
import type { StoreProbe } from '../io/s3/probe.ts'
import type { StateFile } from '../io/state-file.ts'
import { readListeners } from '../status/listeners.ts'
import { type AccessPorts, checkAccess } from './access-checks.ts'
import { checkDisks } from './disk-checks.ts'
import { checkJournal, checkLake } from './lake-checks.ts'
import { checkListener } from './listener-check.ts'
import { checkCaps } from './money-check.ts'
import { checkSchedule, readSchedule, type SchedulePlaces, tokenFilesOf } from './schedule-checks.ts'

export interface DoctorPlan {
  /** X is not asked */
  offline: boolean
  /** where X is */
  origin: string
  /** that `listen` would keep, by the settings; what a listener told counts more */
  caps: SpendCaps
  places: SchedulePlaces
}

export interface DoctorPorts extends AccessPorts {
  lake: Lake
  /** absolute */
  stateFolder: string
  clock: Clock
  pulses: PulseReader
  meter: Pick<StateFile, 'path' | 'read'>
  installer: Installer
  journalFiles(): Promise<JournalFile[]>
  probeDisk(folder: string): Promise<DiskProbe>
  /** where the lake is in a store */
  probeStore?: (() => Promise<StoreProbe>) | undefined
  /** Loads the SQL engine. @returns what it warned of. @throws TwdwError when it does not load */
  loadEngine(): Promise<string[]>
}

/** @throws TwdwError E_INTERRUPTED when `signal` aborts while X is asked */
export async function* examine(
  plan: DoctorPlan,
  ports: DoctorPorts,
  signal: AbortSignal,
): AsyncGenerator<Finding, void, void> {
  const { lake, findings, bytesPerDay } = await checkLake(ports)
  yield* findings
  yield* await orFault('journal', checkJournal(ports))
  yield* await checkDisks(ports, bytesPerDay)
  yield* await orFault('engine', checkEngine(ports))
  const [listener] = await readListeners(['stream'], ports).catch(() => [])
  yield* await orFault('listener', checkListener(ports))
  yield* await orFault('caps', checkCaps(plan.caps, listener, ports))
  const schedule = await readSchedule(ports.lake.url, plan.places, ports.installer)
  yield* checkSchedule(schedule, listener)
  const tokenFiles = tokenFilesOf(schedule, plan.places)
  const about = { ...plan, lakeUrl: ports.lake.url, lakeId: lake?.id, listener, tokenFiles }
  yield* await checkAccess(about, ports, signal)
}

async function checkEngine({ loadEngine }: Pick<DoctorPorts, 'loadEngine'>): Promise<Finding[]> {
  const warnings = await loadEngine()
  if (warnings.length === 0) return [ok('engine', 'DuckDB, which answers questions, loads')]
  const remedy = 'make that folder writable, or name another one with XDG_CACHE_HOME'
  return warnings.map(sentence => warning('engine', sentence, remedy))
}

/** A failure that is understood is what the check has found. */
async function orFault(check: string, work: Promise<Finding[]>): Promise<Finding[]> {
  return work.catch(error => {
    if (error instanceof TwdwError) return [faultFrom(check, error)]
    throw error
  })
}
