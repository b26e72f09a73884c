/**
 * Hours made by a Spark elsewhere instead of by this machine: many in one job, published here, day by day.
 *
 * What is decided stays as it is: which hours, under whose lock, what is forgotten, and that a check that fails publishes nothing.
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
import { type SparkJob, type StagedHour, stageStar } from './spark-star.ts'

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

/** @returns failures where they are of some hours, and hold up nobody else */
async function doJob(
  inputs: ReadonlyMap<Hour, readonly InputFile[]>,
  publisher: Publisher,
  { engine, sparkLake, openStaging }: OpenSparkPorts,
  { plan, ports, signal }: HoursJob,
): Promise<{ reports: HourReport[]; failures: TwdwError[] }> {
  const { lake, log, clock } = ports
  const startMs = clock.nowMs()
  const hours = [...inputs.keys()]
  if (hours.length === 0) return { reports: [], failures: [] }
  log.info(`Spark makes ${hoursText(hours.length, hours[0]!, hours.at(-1)!)}`)
  const stamps = new Map<Hour, (string | undefined)[]>()
  for (const [hour, files] of inputs) stamps.set(hour, await stampsOf(files, lake))
  const dayFiles = await listOutputs(hours, lake, DAILY_TABLES)
  const job: SparkJob = { hours: inputs, timeZone: plan.timeZone, carried: carriedDays(hours, dayFiles) }
  const staging = await openStaging()
  try {
    const star = await stageStar(job, { engine, lake: sparkLake, staging }, signal)
    const failures: TwdwError[] = []
    const reports: HourReport[] = []
    for (const [date, ofDay] of Map.groupBy(star.hours, ({ hour }) => utcDateOf(hour))) {
      const failure = await findFailure(ofDay, inputs, stamps, lake)
      if (failure !== undefined) {
        log.warn(failure.message)
        failures.push(failure)
        continue
      }
      log.progress(`publishing ${date}`)
      await publishStagedDay(publisher, { date, hours: ofDay, inputs, files: star.files, carried: dayFiles })
      const seconds = (clock.nowMs() - startMs) / 1000
      for (const { hour, counts, rejectedBy } of ofDay) {
        tellOfHour(hour, counts, log)
        reports.push({ ...hourReport(hour, inputs.get(hour)?.length ?? 0), counts, rejectedBy, seconds })
      }
    }
    return { reports, failures }
  } finally {
    await staging.dispose()
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
