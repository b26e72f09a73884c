/**
 * Consolidate: layer1 → layer2 for every closed hour whose layer1 is not what its manifest says.
 *
 * Hours are found by comparing the lake with itself, never by a schedule: a machine that slept for a week catches
 * up in one run. One consolidator works on a lake at a time, whatever its hours, because a day's aggregates are one
 * file that all its hours share; a second one is refused at once, and what it came for waits for the next run.
 */

import { HOUR_MS, type Hour, type HourRange, hourStartMs, isClosed, isInRange } from '../domain/hour.ts'
import { type InputFile, inputsByHour, type Manifest, parseManifest, pendingHours } from '../domain/manifest.ts'
import { hourOfManifest, LAYER1_TWEETS, MANIFESTS, manifestPath, rejectedByHourPath } from '../domain/paths.ts'
import { checkStar } from '../domain/star/checks.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'
import { pendingStar } from './hour-star.ts'
import { type Publisher, publishHour, retractHour } from './publish-hour.ts'

export interface ConsolidatePlan {
  range: HourRange
  /** the hour that a user asked for by name, which is then also the range; undefined for all that need it */
  namedHour: Hour | undefined
  /** how long after its end an hour counts as closed */
  graceMs: number
  /** all closed hours of the range, up to date or not */
  rebuild: boolean
  /** say what would be done and write nothing */
  dryRun: boolean
  /** of the lake */
  timeZone: string
}

export interface ConsolidatePorts {
  lake: Lake
  tables: Tables
  clock: Clock
  log: Log
}

/** What was done to an hour, or would be in a dry run. */
export interface HourReport {
  hour: Hour
  /** `remove`: its layer1 is gone, so its layer2 goes */
  action: 'write' | 'remove'
  /** layer1 files */
  files: number
  /** undefined in a dry run; all 0 for an hour that was removed */
  counts: Manifest['counts'] | undefined
  /** rejected rows by rule */
  rejectedBy: Record<string, number>
  seconds: number
}

export interface ConsolidateReport {
  dryRun: boolean
  /** oldest first; [] when everything was up to date */
  hours: HourReport[]
  /** over all hours; 0 in a dry run */
  totals: Manifest['counts']
  seconds: number
}

/** Manifests that are read at a time: many are slow one by one on S3, and all at once would open too many files. */
const MANIFESTS_AT_A_TIME = 32
const NO_ROWS: Manifest['counts'] = { read: 0, duplicates: 0, rejected: 0, tweets: 0 }

/**
 * @throws TwdwError E_USAGE when the named hour is still open or holds no tweets, E_DATA when an hour failed a check (the
 * others are done all the same), E_LAKE when the lake fails or another process consolidates it, E_INTERRUPTED between two hours
 */
export async function consolidate(
  plan: ConsolidatePlan,
  ports: ConsolidatePorts,
  signal?: AbortSignal,
): Promise<ConsolidateReport> {
  const nowMs = ports.clock.nowMs()
  refuseOpenHour(plan, nowMs)
  const release = plan.dryRun ? undefined : await ports.lake.lock('consolidate')
  try {
    const contents = await readContents(plan, ports)
    refuseUnknownHour(plan, contents)
    const pending = pendingHours(contents.inputs, contents.manifests, { ...plan, nowMs })
    const hours = plan.dryRun
      ? pending.map(hour => hourReport(hour, contents.inputs.get(hour)?.length ?? 0))
      : await consolidateHours(pending, contents, { plan, ports, signal })
    const seconds = (ports.clock.nowMs() - nowMs) / 1000
    return { dryRun: plan.dryRun, hours, totals: sumCounts(hours), seconds }
  } finally {
    await release?.()
  }
}

/** What the lake has, of the hours in range. */
interface Contents {
  /** layer1 files by hour; [] for an hour that has none and whose manifest cannot be read */
  inputs: Map<Hour, InputFile[]>
  manifests: Map<Hour, Manifest>
  /** hours that have a manifest, in range or not, readable or not */
  consolidated: Set<Hour>
}

async function readContents({ range, rebuild }: ConsolidatePlan, { lake, log }: ConsolidatePorts): Promise<Contents> {
  const inputs = inputsByHour(await lake.list(LAYER1_TWEETS))
  const entries = await lake.list(MANIFESTS)
  const consolidated = new Set(entries.flatMap(({ path }) => hourOfManifest(path) ?? []))
  const wanted = [...consolidated].filter(hour => isInRange(hour, range))
  const manifests = new Map<Hour, Manifest>()
  for (let first = 0; first < wanted.length; first += MANIFESTS_AT_A_TIME) {
    const some = wanted.slice(first, first + MANIFESTS_AT_A_TIME)
    const texts = await Promise.all(some.map(hour => lake.read(manifestPath(hour))))
    for (const [i, hour] of some.entries()) {
      try {
        manifests.set(hour, parseManifest(new TextDecoder().decode(texts[i]), manifestPath(hour)))
      } catch (error) {
        // a rebuild is the remedy that the error names
        if (!rebuild || !(error instanceof TwdwError)) throw error
        log.warn(`${error.message}; hour ${hour} is made again`)
        if (!inputs.has(hour)) inputs.set(hour, [])
      }
    }
  }
  return { inputs, manifests, consolidated }
}

async function consolidateHours(
  pending: readonly Hour[],
  contents: Contents,
  job: { plan: ConsolidatePlan; ports: ConsolidatePorts; signal: AbortSignal | undefined },
): Promise<HourReport[]> {
  const { plan, ports, signal } = job
  const { lake, tables, log } = ports
  const { timeZone } = plan
  const publisher: Publisher = { lake, tables, timeZone, consolidated: contents.consolidated, checkedFiles: new Set() }
  const reports: HourReport[] = []
  const failures: TwdwError[] = []
  for (const [i, hour] of pending.entries()) {
    if (signal?.aborted) throw interrupted(i, pending)
    log.progress(`consolidating hour ${hour}, ${i + 1} of ${pending.length}`)
    try {
      reports.push(await consolidateHour(hour, contents, publisher, ports))
    } catch (error) {
      // one bad hour must not hold up all that come after it
      if (!(error instanceof TwdwError && error.code === 'E_DATA')) throw error
      log.warn(error.message)
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failureOf(failures, pending.length)
  return reports
}

async function consolidateHour(
  hour: Hour,
  { inputs, manifests }: Contents,
  publisher: Publisher,
  { tables, clock, log }: ConsolidatePorts,
): Promise<HourReport> {
  const startMs = clock.nowMs()
  const files = inputs.get(hour) ?? []
  if (files.length === 0) {
    await retractHour(publisher, hour, manifests.get(hour))
    log.info(`removed hour ${hour}: its layer1 is gone`)
    return { ...hourReport(hour, 0), counts: NO_ROWS, seconds: (clock.nowMs() - startMs) / 1000 }
  }
  const star = await pendingStar(hour, { inputs: files, live: [], timeZone: publisher.timeZone }, { tables })
  const checks = checkStar(star, hour)
  await publishHour(publisher, { hour, star, inputs: files, checks })
  const { counts, rejectedBy } = star
  if (counts.rejected > 0) {
    log.warn(`${counts.rejected} of ${counts.read} rows of hour ${hour} could not be cast`, {
      hour,
      rejected: counts.rejected,
      path: rejectedByHourPath(hour),
    })
  }
  log.debug(`consolidated hour ${hour}: ${counts.tweets} tweets`, { hour, ...counts })
  return { ...hourReport(hour, files.length), counts, rejectedBy, seconds: (clock.nowMs() - startMs) / 1000 }
}

function hourReport(hour: Hour, files: number): HourReport {
  return { hour, action: files > 0 ? 'write' : 'remove', files, counts: undefined, rejectedBy: {}, seconds: 0 }
}

function sumCounts(hours: readonly HourReport[]): Manifest['counts'] {
  const sum = (name: keyof Manifest['counts']) => hours.reduce((total, { counts }) => total + (counts?.[name] ?? 0), 0)
  return { read: sum('read'), duplicates: sum('duplicates'), rejected: sum('rejected'), tweets: sum('tweets') }
}

function refuseOpenHour({ namedHour, graceMs }: ConsolidatePlan, nowMs: number): void {
  if (namedHour === undefined || isClosed(namedHour, nowMs, graceMs)) return
  const opensInMs = hourStartMs(namedHour) - nowMs
  const state = opensInMs > 0 ? 'has not begun' : 'is still open'
  const closesIn = minutesText(opensInMs + HOUR_MS + graceMs)
  throw new TwdwError('E_USAGE', `hour ${namedHour} ${state}; it closes in ${closesIn}`, {
    hint: 'leave it to the timer, or name an earlier --hour',
  })
}

/** Such as `3 min` or `5 h 3 min`, rounded up, at least a minute. */
function minutesText(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / 60_000))
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function refuseUnknownHour({ namedHour }: ConsolidatePlan, { inputs, consolidated }: Contents): void {
  if (namedHour === undefined || inputs.has(namedHour) || consolidated.has(namedHour)) return
  throw new TwdwError('E_USAGE', `the lake holds no tweets of hour ${namedHour}`, {
    hint: 'hours are UTC unless you write an offset, such as 2024-01-01T07-03:00; see what there is with `twdw status`',
  })
}

function interrupted(done: number, pending: readonly Hour[]): TwdwError {
  return new TwdwError('E_INTERRUPTED', `stopped after ${done} of ${pending.length} hours, before ${pending[done]}`, {
    hint: 'run it again for the rest',
  })
}

function failureOf(failures: readonly TwdwError[], hours: number): TwdwError {
  const [first] = failures as [TwdwError]
  if (failures.length === 1) return first
  return new TwdwError('E_DATA', `${failures.length} of ${hours} hours failed a check; the first: ${first.message}`, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    cause: first,
  })
}
