/**
 * Consolidate: layer1 → layer2 for every closed hour whose layer1 is not what its manifest says, or whose files are gone.
 *
 * Hours are found by comparing the lake with itself, never by a schedule: a machine that slept for a week catches
 * up in one run. One consolidator works on a lake at a time, whatever its hours, because a day's aggregates are one
 * file that all its hours share; a second one is refused at once, and what it came for waits for the next run.
 */
import { settleCompactions } from '../compact/settle.ts'
import { HOUR_MS, type Hour, type HourRange, hourStartMs, isClosed } from '../domain/hour.ts'
import { type InputFile, type Manifest, pendingHours } from '../domain/manifest.ts'
import { rejectedByHourPath } from '../domain/paths.ts'
import { TwdwError } from '../errors.ts'
import { cleanHour } from '../forget/clean-file.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'
import { readForgotten } from '../tombstones.ts'
import { type Contents, readContents, refuseOtherZone } from './contents.ts'
import { type EncodedFile, encodeHour } from './encode-hour.ts'
import type { Hand } from './hand.ts'
import { type CheckedStar, makeStar } from './make-star.ts'
import { type Publisher, publishHour, retractHour } from './publish-hour.ts'

/** Which hours, and how. */
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

/** What matters once it is known which hours. */
export type HourPlan = Pick<ConsolidatePlan, 'timeZone' | 'rebuild'>

/** Pipes that consolidate uses; the lake that `tables` reads and writes is `lake`. */
export interface ConsolidatePorts {
  lake: Lake
  tables: Tables
  clock: Clock
  log: Log
  /** Who makes an hour. @param bytes of its layer1 */
  hands(bytes: number): Promise<readonly Hand[]>
  /** What nobody refers to any more is given back now. */
  giveBackMemory(): void
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
  /** of hours that a Spark made together: from the beginning until this one was published */
  seconds: number
}

/** What was done, or would be in a dry run. */
export interface ConsolidateReport {
  dryRun: boolean
  /** oldest first; [] when everything was up to date */
  hours: HourReport[]
  /** over all hours; 0 in a dry run */
  totals: Manifest['counts']
  seconds: number
}

/** What makes hours is told, beside the hours and what the lake has. */
export interface HoursJob {
  plan: HourPlan
  ports: ConsolidatePorts
  signal: AbortSignal | undefined
}

/** Makes hours anew, or removes those whose layer1 is gone, whatever their manifests say. */
export type MakeHours = (
  pending: readonly Hour[],
  contents: Pick<Contents, 'inputs' | 'consolidated' | 'months'>,
  job: HoursJob,
) => Promise<HourReport[]>

const NO_ROWS: Manifest['counts'] = { read: 0, duplicates: 0, rejected: 0, tweets: 0 }

/**
 * Consolidate the hours of the plan that need it, or say which those are.
 * @throws TwdwError E_USAGE when the named hour is still open or holds no tweets, E_DATA when an hour failed a check and
 * E_LAKE when its layer1 cannot be read (the others are done all the same; of several the first), E_LAKE at once when
 * the lake fails, is in another zone than its layer2 or is consolidated by another process, E_INTERRUPTED between two hours
 * @param makeHours who makes them; this machine when left out
 */
export async function consolidate(
  plan: ConsolidatePlan,
  ports: ConsolidatePorts,
  signal?: AbortSignal,
  makeHours: MakeHours = consolidateHours,
): Promise<ConsolidateReport> {
  const nowMs = ports.clock.nowMs()
  refuseOpenHour(plan, nowMs)
  const release = plan.dryRun ? undefined : await ports.lake.lock('consolidate', { signal })
  try {
    const contents = await readSettled(plan, ports)
    refuseUnknownHour(plan, contents)
    if (!plan.rebuild) await refuseOtherZone(plan.timeZone, contents, ports.lake)
    const pending = pendingHours(contents.inputs, contents.manifests, contents.outputs, { ...plan, nowMs })
    const hours = plan.dryRun
      ? pending.map(hour => hourReport(hour, contents.inputs.get(hour)?.length ?? 0))
      : await makeHours(pending, contents, { plan, ports, signal })
    const seconds = (ports.clock.nowMs() - nowMs) / 1000
    return { dryRun: plan.dryRun, hours, totals: sumCounts(hours), seconds }
  } finally {
    await release?.()
  }
}

/** What compact has begun is completed first: rows that stand twice until then would be told of as duplicates. */
async function readSettled(plan: ConsolidatePlan, ports: ConsolidatePorts): Promise<Contents> {
  const contents = await readContents(plan, ports)
  if (plan.dryRun || contents.compactions.length === 0) return contents
  // the hour itself fails when its files are read, and no other does
  for (const { message } of await settleCompactions(ports, contents.compactions)) ports.log.warn(message)
  return readContents(plan, ports)
}

/**
 * Make the hours anew, or remove those whose layer1 is gone, whatever their manifests say. Whoever calls this holds the
 * lake's `consolidate` lock.
 * @throws as `consolidate` does, when some of the hours failed or it was stopped between two of them
 */
export async function consolidateHours(
  pending: readonly Hour[],
  contents: Pick<Contents, 'inputs' | 'consolidated' | 'months'>,
  { plan, ports, signal }: HoursJob,
): Promise<HourReport[]> {
  const { lake, log } = ports
  const { inputs } = contents
  if (pending.length === 0) return []
  const publisher = openPublisher(pending, contents, plan, ports)
  const { todo } = publisher
  const reports = new Map<Hour, HourReport>()
  const failures = new Map<Hour, TwdwError>()
  const forgotten = await readForgotten(lake)
  let begun = 0
  for (const hour of todo) {
    const total = begun + todo.size
    if (signal?.aborted) throw interrupted(begun, total, hour, plan)
    todo.delete(hour)
    begun += 1
    if (failures.has(hour)) continue
    log.progress(`consolidating hour ${hour}, ${begun} of ${total}`)
    const files = await cleanHour(hour, inputs, forgotten, ports)
    const outcome = await consolidateHour(hour, publisher, files, ports)
    if (outcome instanceof TwdwError) failures.set(hour, outcome)
    else reports.set(hour, outcome)
  }
  if (failures.size > 0) throw failureOf([...failures.values()], begun)
  return [...reports.values()].sort((a, b) => (a.hour < b.hour ? -1 : 1))
}

/** @param pending hours may join them while they are done, and one that was done may come back */
export function openPublisher(
  pending: readonly Hour[],
  { inputs, consolidated, months }: Pick<Contents, 'inputs' | 'consolidated' | 'months'>,
  { timeZone }: HourPlan,
  { lake, tables, log }: ConsolidatePorts,
): Publisher {
  const known = { writtenDays: new Set<string>(), checkedFiles: new Set<string>() }
  return { lake, tables, log, timeZone, inputs, consolidated, months, todo: new Set(pending), ...known }
}

/** @returns a failure where it is of this hour alone, and must not hold up those that come after it */
async function consolidateHour(
  hour: Hour,
  publisher: Publisher,
  inputs: readonly InputFile[],
  ports: ConsolidatePorts,
): Promise<HourReport | TwdwError> {
  const { clock, log } = ports
  const startMs = clock.nowMs()
  const hands = await ports.hands(inputs.reduce((sum, { bytes }) => sum + bytes, 0))
  if (inputs.length === 0) {
    await retractHour(publisher, hour, hands[0]!)
    log.info(`removed hour ${hour}: its layer1 is gone`)
    return { ...hourReport(hour, 0), counts: NO_ROWS, seconds: (clock.nowMs() - startMs) / 1000 }
  }
  const made = await tryToMake({ hour, inputs, hands }, publisher, ports)
  if (made instanceof TwdwError) {
    log.warn(made.message)
    return made
  }
  await publishHour(publisher, made.star, made.files)
  const { counts, rejectedBy } = made.star.star
  tellOfHour(hour, counts, log)
  return { ...hourReport(hour, inputs.length), counts, rejectedBy, seconds: (clock.nowMs() - startMs) / 1000 }
}

export function tellOfHour(hour: Hour, counts: Manifest['counts'], log: Log): void {
  const { rejected, read, tweets } = counts
  if (rejected > 0) {
    const path = rejectedByHourPath(hour)
    log.warn(`${rejected} of ${read} rows of hour ${hour} could not be cast`, { hour, rejected, path })
  }
  log.debug(`consolidated hour ${hour}: ${tweets} tweets`, { hour, ...counts })
}

/** @returns a failure when layer1 cannot be read, was changed meanwhile, or a check failed; nothing is written in here */
async function tryToMake(
  { hour, inputs, hands }: { hour: Hour; inputs: readonly InputFile[]; hands: readonly Hand[] },
  publisher: Publisher,
  ports: ConsolidatePorts,
): Promise<{ star: CheckedStar; files: EncodedFile[] } | TwdwError> {
  const { lake, timeZone } = publisher
  const stamps = await stampsOf(inputs, lake)
  try {
    const star = await makeStar({ hour, inputs, timeZone }, { ...ports, hands })
    const files = await encodeHour(star, hands, publisher)
    return (await findReplaced(inputs, stamps, lake)) ?? { star, files }
  } catch (error) {
    const replaced = await findReplaced(inputs, stamps, lake)
    if (replaced !== undefined) return replaced
    if (error instanceof TwdwError && (error.code === 'E_LAKE' || error.code === 'E_DATA')) return error
    throw error
  }
}

export function stampsOf(inputs: readonly InputFile[], lake: Lake): Promise<(string | undefined)[]> {
  return lake.stampsOf(inputs.map(({ path }) => path))
}

/** An hour's layer1 is read more than once: a row may stand elsewhere in a file that was replaced in between. */
export async function findReplaced(
  inputs: readonly InputFile[],
  before: readonly (string | undefined)[],
  lake: Lake,
): Promise<TwdwError | undefined> {
  const after = await stampsOf(inputs, lake)
  const replaced = inputs.find((_, i) => after[i] !== before[i])
  if (replaced === undefined) return undefined
  return new TwdwError('E_LAKE', `${lake.locate(replaced.path)} was replaced while its hour was consolidated`, {
    hint: 'nothing of the hour was published; run it again',
  })
}

export function hourReport(hour: Hour, files: number): HourReport {
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
    hint: 'hours are UTC unless you write an offset, such as 2024-01-01T07-03:00; see what there is with `twdw query --by hour`',
  })
}

export function interrupted(done: number, total: number, next: Hour, { rebuild }: HourPlan): TwdwError {
  const goOn = `the hours done are done; with --rebuild it starts over, with --rebuild --from ${next} it goes on`
  return new TwdwError('E_INTERRUPTED', `stopped after ${done} of ${total} hours, before ${next}`, {
    hint: rebuild && done > 0 ? goOn : 'run it again for the rest',
  })
}

export function failureOf(failures: readonly TwdwError[], hours: number): TwdwError {
  const [first] = failures as [TwdwError]
  if (failures.length === 1) return first
  const sentence = `${failures.length} of ${hours} hours could not be consolidated; the first: ${first.message}`
  return new TwdwError(first.code, sentence, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    cause: first,
  })
}
