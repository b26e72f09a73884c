/**
 * Publishing what Spark has written: a day at a time, since its hours share files, in the order in which an hour alone is published.
 *
 * The hours of the day that are in the job are pending from the first change until each has its manifest. Others keep theirs: their
 * rows are in the day's new file as they were in the old one, and nobody else writes while the `consolidate` lock is held.
 */
import { Table } from 'apache-arrow'
import { type Hour, utcDateOf } from '../domain/hour.ts'
import { LAYER2, type StarTable } from '../domain/layer2.ts'
import type { InputFile, OutputTable } from '../domain/manifest.ts'
import { DAILY_TABLES, dailyPath, HOURLY_TABLES, hourlyPath } from '../domain/paths.ts'
import { WRITTEN_CHECKS } from '../domain/star-sql/written-checks.ts'
import type { AdoptedFile } from '../io/lake.ts'
import { beginHour, commitHour, type Publisher, withdrawDay } from './publish-hour.ts'
import type { StagedHour, StagedStar } from './spark-star.ts'

/** The hours of one UTC day that are published together. */
export interface StagedDay {
  /** such as `2024-01-01` */
  date: string
  hours: readonly StagedHour[]
  /** layer1 that they were made from */
  inputs: ReadonlyMap<Hour, readonly InputFile[]>
  files: StagedStar['files']
  /** day files of the tables that the lake has, whose other rows were carried along */
  carried: ReadonlySet<string>
}

/** @throws TwdwError E_LAKE when the lake cannot be written; hours of the day that have no manifest then are pending */
export async function publishStagedDay(publisher: Publisher, day: StagedDay): Promise<void> {
  const [first] = day.hours
  if (first === undefined) return
  for (const { hour, rejected } of day.hours) await beginHour(publisher, hour, rejected)
  for (const table of DAILY_TABLES) {
    const path = dailyPath(table, day.date)
    if (!day.carried.has(path)) await withdrawDay(publisher, path, first.hour)
  }
  // Dimensions before bridges, bridges before facts, aggregates last, as of an hour alone.
  for (const table of HOURLY_TABLES) {
    const places = day.hours.map(({ hour }) => ({ key: hour, path: hourlyPath(table, hour) }))
    await place(table, places, day, publisher)
  }
  for (const table of DAILY_TABLES) {
    const path = dailyPath(table, day.date)
    await place(table, [{ key: day.date, path }], day, publisher)
    publisher.writtenDays.add(path)
  }
  for (const staged of day.hours) {
    const { hour, counts, rejectedBy } = staged
    const outputs = outputsOf(staged)
    const inputs = [...(day.inputs.get(hour) ?? [])]
    await commitHour(publisher, { hour, inputs, outputs, counts, rejectedBy, checks: [...WRITTEN_CHECKS] })
  }
}

/** Spark writes no file where there is no row, and readers want one. */
async function place(
  table: StarTable,
  places: readonly { key: string; path: string }[],
  { files }: StagedDay,
  { lake, tables }: Publisher,
): Promise<void> {
  const adopted: AdoptedFile[] = []
  for (const { key, path } of places) {
    const from = files.get(table)?.get(key)
    if (from === undefined) await tables.write(path, new Table(LAYER2[table].schema), LAYER2[table])
    else adopted.push({ from, path })
  }
  await lake.adopt(adopted)
}

function outputsOf({ hour, rows }: StagedHour): OutputTable[] {
  return [
    ...HOURLY_TABLES.map(table => ({ path: hourlyPath(table, hour), rows: rows[table] })),
    ...DAILY_TABLES.map(table => ({ path: dailyPath(table, utcDateOf(hour)), rows: rows[table] })),
  ]
}
