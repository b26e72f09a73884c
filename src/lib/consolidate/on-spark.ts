/**
 * Hours made by a Spark elsewhere instead of by this machine: many in one job, published here, day by day.
 *
 * What is decided stays as it is: which hours, under whose lock, what is forgotten, and that a check that fails publishes nothing, of the
 * whole day here.
 */
import { type Hour, utcDateOf } from '../domain/hour.ts'
import type { InputFile } from '../domain/manifest.ts'
import { DAILY_TABLES, type DailyTable, dailyPath } from '../domain/paths.ts'
import { hoursText } from '../domain/wording.ts'
import { TwdwError } from '../errors.ts'
import { cleanHour } from '../forget/clean-file.ts'
import type { Lake } from '../io/lake.ts'
import type { SparkEngine } from '../io/spark/engine.ts'
import type { Staging } from '../io/spark/scratch.ts'
import { readForgotten } from '../tombstones.ts'
import {
  consolidateHours,
  failureOf,
  findReplaced,
  type HourReport,
  type HoursJob,
  hourReport,
  interrupted,
  type MakeHours,
  openPublisher,
  stampsOf,
  tellOfHour,
} from './consolidate.ts'
import { listOutputs } from './contents.ts'
import type { Publisher } from './publish-hour.ts'
import { publishStagedDay } from './publish-staged.ts'
import { type SparkJob, type StagedHour, type StagedStar, stageStar } from './spark-star.ts'

export interface SparkHoursPorts {
  /** Called when there is something to be made. */
  openEngine(): Promise<SparkEngine>
  /** The lake as Spark has it. */
  sparkLake: Pick<Lake, 'bring'>
  openStaging(): Promise<Staging>
}

/**
 * A month: what one job writes lies twice in the lake until it is published, and what is published is not lost should the next job
 * fail.
 */
const MAX_JOB_HOURS = 31 * 24

/** @returns what makes hours of a lake by a Spark; it throws as `consolidateHours` does, and what `stageStar` throws */
export function makeHoursOnSpark(spark: SparkHoursPorts): MakeHours {
  return async (pending, contents, job) => {
    if (pending.length === 0) return []
    const engine = await spark.openEngine()
    try {
      return await makeAll(pending, contents, { ...spark, engine }, job)
    } finally {
      await engine.close()
    }
  }
}

interface OpenSparkPorts extends SparkHoursPorts {
  engine: SparkEngine
}

async function makeAll(
  pending: readonly Hour[],
  contents: Parameters<MakeHours>[1],
  spark: OpenSparkPorts,
  job: HoursJob,
): Promise<HourReport[]> {
  const { plan, ports, signal } = job
  const publisher = openPublisher(pending, contents, plan, ports)
  const { todo } = publisher
  const forgotten = await readForgotten(ports.lake)
  const reports: HourReport[] = []
  const failures: TwdwError[] = []
  while (todo.size > 0) {
    const hours = takeJob(todo)
    if (signal?.aborted) throw interrupted(reports.length, reports.length + hours.length + todo.size, hours[0]!, plan)
    const inputs = new Map<Hour, readonly InputFile[]>()
    for (const hour of hours) inputs.set(hour, await cleanHour(hour, contents.inputs, forgotten, ports))
    // an hour that has to leave is no work for a cluster
    const gone = hours.filter(hour => inputs.get(hour)?.length === 0)
    reports.push(...(await consolidateHours(gone, contents, job)))
    for (const hour of gone) inputs.delete(hour)
    const done = await doJob(inputs, publisher, spark, job)
    reports.push(...done.reports)
    failures.push(...done.failures)
  }
  if (failures.length > 0) throw failureOf(failures, reports.length + failures.length)
  return reports.sort((a, b) => (a.hour < b.hour ? -1 : 1))
}

/** Whole days of what is left, as many as go into one job; taken out of it. */
function takeJob(todo: Set<Hour>): Hour[] {
  const byDay = Map.groupBy([...todo].sort(), utcDateOf)
  const taken: Hour[] = []
  for (const hours of byDay.values()) {
    if (taken.length > 0 && taken.length + hours.length > MAX_JOB_HOURS) break
    taken.push(...hours)
  }
  for (const hour of taken) todo.delete(hour)
  return taken
}

/** What became of hours: failures are of some, and hold up nobody else. */
interface Done {
  reports: HourReport[]
  failures: TwdwError[]
}

/** @param inputs an hour that cannot be read is taken out */
async function doJob(
  inputs: Map<Hour, readonly InputFile[]>,
  publisher: Publisher,
  spark: OpenSparkPorts,
  job: HoursJob,
): Promise<Done> {
  const { lake, log, clock } = job.ports
  const made: MadeHours = { inputs, stamps: new Map(), carried: new Set(), startMs: clock.nowMs() }
  for (const [hour, files] of inputs) made.stamps.set(hour, await stampsOf(files, lake))
  const failures: TwdwError[] = []
  made.carried = await readableDays([...inputs.keys()], publisher)
  while (inputs.size > 0) {
    const hours = [...inputs.keys()]
    log.info(`Spark makes ${hoursText(hours.length, hours[0]!, hours.at(-1)!)}`)
    const staging = await spark.openStaging()
    try {
      const { plan, signal } = job
      const wanted: SparkJob = { hours: inputs, timeZone: plan.timeZone, carried: carriedDays(hours, made.carried) }
      const star = await stageStar(wanted, { engine: spark.engine, lake: spark.sparkLake, staging }, signal)
      const done = await publishDays(star, made, publisher, job)
      return { reports: done.reports, failures: [...failures, ...done.failures] }
    } catch (error) {
      // nothing is published then: Spark reads layer1 before anything else
      const hour = hourOfFile(error, inputs)
      if (hour === undefined) throw error
      log.warn(`${(error as TwdwError).message}; the other hours are made without hour ${hour}`)
      failures.push(error as TwdwError)
      inputs.delete(hour)
    } finally {
      await staging.dispose()
    }
  }
  return { reports: [], failures }
}

interface MadeHours {
  inputs: ReadonlyMap<Hour, readonly InputFile[]>
  /** of the inputs, before they were read */
  stamps: Map<Hour, (string | undefined)[]>
  /** paths of day files whose other rows are in the new ones */
  carried: ReadonlySet<string>
  startMs: number
}

async function publishDays(
  star: StagedStar,
  { inputs, stamps, carried, startMs }: MadeHours,
  publisher: Publisher,
  { plan, ports, signal }: HoursJob,
): Promise<Done> {
  const { lake, log, clock } = ports
  const [reports, failures]: [HourReport[], TwdwError[]] = [[], []]
  for (const [date, ofDay] of Map.groupBy(star.hours, ({ hour }) => utcDateOf(hour))) {
    if (signal?.aborted) throw interrupted(reports.length, star.hours.length, ofDay[0]!.hour, plan)
    const failure = await findFailure(ofDay, inputs, stamps, lake)
    if (failure !== undefined) {
      log.warn(failure.message)
      failures.push(failure)
      continue
    }
    log.progress(`publishing ${date}`)
    await publishStagedDay(publisher, { date, hours: ofDay, inputs, files: star.files, carried })
    const seconds = (clock.nowMs() - startMs) / 1000
    for (const { hour, counts, rejectedBy } of ofDay) {
      tellOfHour(hour, counts, log)
      reports.push({ ...hourReport(hour, inputs.get(hour)?.length ?? 0), counts, rejectedBy, seconds })
    }
  }
  return { reports, failures }
}

/** The hour of a file of layer1 that Spark could not read. */
function hourOfFile(error: unknown, inputs: ReadonlyMap<Hour, readonly InputFile[]>): Hour | undefined {
  if (!(error instanceof TwdwError && error.code === 'E_LAKE')) return undefined
  return [...inputs].find(([, files]) => files.some(({ path }) => error.message.includes(path)))?.[0]
}

/** Paths of day files, but for those that cannot be read, which are made anew with all hours that are in them. */
async function readableDays(hours: readonly Hour[], { lake, tables, log }: Publisher): Promise<Set<string>> {
  const readable = new Set<string>()
  const wanted = new Set(hours.flatMap(hour => DAILY_TABLES.map(table => dailyPath(table, utcDateOf(hour)))))
  for (const path of await listOutputs(hours, lake, DAILY_TABLES)) {
    if (!wanted.has(path)) continue
    try {
      await tables.read(path, ['utc_hour'])
      readable.add(path)
    } catch (error) {
      if (!(error instanceof TwdwError && error.code === 'E_LAKE')) throw error
      log.warn(`${error.message}; it is replaced`)
    }
  }
  return readable
}

function carriedDays(hours: readonly Hour[], dayFiles: ReadonlySet<string>): Map<DailyTable, string[]> {
  const days = [...new Set(hours.map(utcDateOf))]
  return new Map(DAILY_TABLES.map(table => [table, days.filter(day => dayFiles.has(dailyPath(table, day)))]))
}

/** What keeps a day from being published: its files are of all its hours. */
async function findFailure(
  ofDay: readonly StagedHour[],
  inputs: ReadonlyMap<Hour, readonly InputFile[]>,
  stamps: ReadonlyMap<Hour, readonly (string | undefined)[]>,
  lake: Lake,
): Promise<TwdwError | undefined> {
  for (const { hour, offending } of ofDay) {
    if (offending.length > 0) {
      return new TwdwError('E_DATA', `hour ${hour} failed ${offending.join(', ')}`, {
        hint: `nothing of its day was published; report it with the layer1 files of the hour, which are unharmed`,
      })
    }
    const replaced = await findReplaced(inputs.get(hour) ?? [], stamps.get(hour) ?? [], lake)
    if (replaced !== undefined) return replaced
  }
  return undefined
}
