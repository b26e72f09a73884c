/**
 * Hours made by a Spark elsewhere instead of by this machine: many in one job, published here, day by day.
 *
 * What is decided stays as it is: which hours, under whose lock, what is forgotten, and that a check that fails publishes nothing, of the
 * whole day here.
 */
import type { Schema } from 'apache-arrow'
import { checkColumns } from '../domain/columns/rows.ts'
import { type Hour, utcDateOf } from '../domain/hour.ts'
import { LAYER1 } from '../domain/layer1.ts'
import { LAYER2 } from '../domain/layer2.ts'
import type { InputFile } from '../domain/manifest.ts'
import { DAILY_TABLES, type DailyTable, dailyPath } from '../domain/paths.ts'
import { counted, hoursText } from '../domain/wording.ts'
import { EngineGone, TwdwError } from '../errors.ts'
import { cleanHour } from '../forget/clean-file.ts'
import type { Lake } from '../io/lake.ts'
import type { SparkEngine } from '../io/spark/engine.ts'
import type { Staging } from '../io/spark/scratch.ts'
import type { Tables } from '../io/tables.ts'
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

/** What became of hours so far. */
interface Progress {
  reports: Map<Hour, HourReport>
  /** of some hours, which hold up nobody else */
  failures: Map<Hour, TwdwError>
  stoppedBefore(next: Hour): TwdwError
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
  const [reports, failures] = [new Map<Hour, HourReport>(), new Map<Hour, TwdwError>()]
  let begun = 0
  const stoppedBefore = (next: Hour) => interrupted(reports.size, begun + todo.size, next, plan)
  while (todo.size > 0) {
    const hours = takeJob(todo)
    begun += hours.length
    if (signal?.aborted) throw stoppedBefore(hours[0]!)
    const inputs = new Map<Hour, readonly InputFile[]>()
    for (const hour of hours) inputs.set(hour, await cleanHour(hour, contents.inputs, forgotten, ports))
    // an hour that has to leave is no work for a cluster
    const gone = hours.filter(hour => inputs.get(hour)?.length === 0)
    for (const report of await consolidateHours(gone, contents, job)) reports.set(report.hour, report)
    for (const hour of gone) inputs.delete(hour)
    await doJob(inputs, publisher, spark, job, { reports, failures, stoppedBefore })
    // a day that was lost brings all its hours back
    for (const hour of failures.keys()) todo.delete(hour)
  }
  if (failures.size > 0) throw failureOf([...failures.values()], begun)
  return [...reports.values()].sort((a, b) => (a.hour < b.hour ? -1 : 1))
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

/** @param inputs an hour that cannot be read is taken out */
async function doJob(
  inputs: Map<Hour, readonly InputFile[]>,
  publisher: Publisher,
  spark: OpenSparkPorts,
  job: HoursJob,
  progress: Progress,
): Promise<void> {
  const { lake, tables, log, clock } = job.ports
  const made: MadeHours = { inputs, stamps: new Map(), carried: new Set(), startMs: clock.nowMs() }
  for (const [hour, files] of inputs) made.stamps.set(hour, await stampsOf(files, lake))
  made.carried = await readableDays([...inputs.keys()], publisher)
  while (inputs.size > 0) {
    const hours = [...inputs.keys()]
    log.info(`Spark makes ${hoursText(hours.length, hours[0]!, hours.at(-1)!)}`)
    const staging = await spark.openStaging()
    try {
      const { plan, signal } = job
      const wanted: SparkJob = { hours: inputs, timeZone: plan.timeZone, carried: carriedDays(hours, made.carried) }
      const ports = { engine: spark.engine, lake: spark.sparkLake, staging }
      const star = await stageStar(wanted, ports, signal).catch(error => {
        throw asOfAll(error, hours[0]!, progress)
      })
      return await publishDays(star, made, publisher, job, progress)
    } catch (error) {
      // nothing is published then: Spark reads layer1 before anything else
      const hour = await unreadableHour(error, inputs, tables)
      if (hour === undefined) throw error
      log.warn(`${(error as TwdwError).message}; the other hours are made without hour ${hour}`)
      progress.failures.set(hour, error as TwdwError)
      inputs.delete(hour)
    } finally {
      await staging.dispose()
    }
  }
}

/** What ends a job, in words that also hold for the jobs before it, which are published. */
function asOfAll(error: unknown, next: Hour, { reports, stoppedBefore }: Progress): unknown {
  if (error instanceof TwdwError && error.code === 'E_INTERRUPTED') return stoppedBefore(next)
  if (!(error instanceof EngineGone) || reports.size === 0) return error
  const hint = `${counted(reports.size, 'hour')} were published before; run it again for the rest`
  return new EngineGone(error.message, { hint, cause: error })
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
  { ports, signal }: HoursJob,
  { reports, failures, stoppedBefore }: Progress,
): Promise<void> {
  const { lake, log, clock } = ports
  for (const [date, ofDay] of Map.groupBy(star.hours, ({ hour }) => utcDateOf(hour))) {
    if (signal?.aborted) throw stoppedBefore(ofDay[0]!.hour)
    const failure = await findFailure(ofDay, inputs, stamps, lake)
    if (failure !== undefined) {
      log.warn(failure.message)
      for (const { hour } of ofDay) failures.set(hour, failure)
      continue
    }
    log.progress(`publishing ${date}`)
    await publishStagedDay(publisher, { date, hours: ofDay, inputs, files: star.files, carried })
    const seconds = (clock.nowMs() - startMs) / 1000
    for (const { hour, counts, rejectedBy } of ofDay) {
      tellOfHour(hour, counts, log)
      reports.set(hour, { ...hourReport(hour, inputs.get(hour)?.length ?? 0), counts, rejectedBy, seconds })
    }
  }
}

/**
 * The hour of a file of layer1 that Spark could not read. Where this machine can, it is Spark that gets at none of them, and to leave
 * one hour out after the other would end with none.
 */
async function unreadableHour(
  error: unknown,
  inputs: ReadonlyMap<Hour, readonly InputFile[]>,
  tables: Pick<Tables, 'readParts'>,
): Promise<Hour | undefined> {
  if (!(error instanceof TwdwError && error.code === 'E_LAKE')) return undefined
  for (const [hour, files] of inputs) {
    const file = files.find(({ path }) => error.message.includes(path))
    if (file !== undefined) return (await faultIn(file.path, LAYER1, tables)) === undefined ? undefined : hour
  }
  return undefined
}

/** Paths of day files, but for those that cannot be read, which are made anew with all hours that are in them. */
async function readableDays(hours: readonly Hour[], { lake, tables, log }: Publisher): Promise<Set<string>> {
  const readable = new Set<string>()
  const wanted = new Map(
    hours.flatMap(hour => DAILY_TABLES.map(table => [dailyPath(table, utcDateOf(hour)), table] as const)),
  )
  for (const path of await listOutputs(hours, lake, DAILY_TABLES)) {
    const table = wanted.get(path)
    if (table === undefined) continue
    const fault = await faultIn(path, LAYER2[table].schema, tables)
    if (fault === undefined) readable.add(path)
    else log.warn(`${fault.message}; it is replaced`)
  }
  return readable
}

/** Reads a file to its end, a part at a time. @returns what keeps it from being read as rows of the schema */
async function faultIn(
  path: string,
  schema: Schema,
  tables: Pick<Tables, 'readParts'>,
): Promise<TwdwError | undefined> {
  try {
    const parts = await tables.readParts(path)
    if (parts === undefined) return new TwdwError('E_LAKE', `${path} is gone`)
    for await (const part of parts) checkColumns(part, schema, path)
    return undefined
  } catch (error) {
    if (error instanceof TwdwError && error.code === 'E_LAKE') return error
    throw error
  }
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
