/** The files of one month of one table: the rows of its hours, out of the files of hours or days, in one file or a few. */
import type { Table } from 'apache-arrow'
import { checkColumns } from '../domain/columns/rows.ts'
import { type Hour, utcDateOf } from '../domain/hour.ts'
import { LAYER2, type StarTable } from '../domain/layer2.ts'
import type { Manifest } from '../domain/manifest.ts'
import type { MonthFile } from '../domain/months.ts'
import {
  DAILY_TABLES,
  type DailyTable,
  dailyPath,
  type HourlyTable,
  hourlyPath,
  monthFilePath,
} from '../domain/paths.ts'
import { rowsOfHours, type SortedFile, sortedRows, sortedTogether } from '../domain/star/month.ts'
import { TwdwError } from '../errors.ts'
import type { Tables, TableWriter } from '../io/tables.ts'

/** A file that rows of a month are taken from. */
export interface MonthSource {
  path: string
  bytes: number
  /** of the month; of a file of a day there may be rows of others beside */
  hours: readonly Hour[]
  /** of those hours, as their manifests say */
  rows: number
}

/**
 * The files that have rows of a table, in the order of their hours.
 * @param manifests of the hours of a month, in their order
 * @param lengths of the table's files, by path
 */
export function sourcesOf(
  table: StarTable,
  manifests: ReadonlyMap<Hour, Manifest>,
  lengths: ReadonlyMap<string, number>,
): MonthSource[] {
  const pathOf = (hour: Hour) =>
    isDaily(table) ? dailyPath(table, utcDateOf(hour)) : hourlyPath(table as HourlyTable, hour)
  const sources = new Map<string, MonthSource>()
  for (const [hour, { outputs }] of manifests) {
    const path = pathOf(hour)
    const rows = outputs.find(output => output.path === path)?.rows ?? 0
    if (rows === 0) continue
    const known = sources.get(path)
    const { hours = [], rows: before = 0 } = known ?? {}
    sources.set(path, { path, bytes: lengths.get(path) ?? 0, hours: [...hours, hour], rows: before + rows })
  }
  return [...sources.values()]
}

function isDaily(table: StarTable): table is DailyTable {
  return (DAILY_TABLES as readonly StarTable[]).includes(table)
}

/** What is written, and how it is called. */
export interface MonthFilePlan {
  month: string
  table: StarTable
  /** @see monthFilePath */
  name: string
  sources: readonly MonthSource[]
}

/**
 * Write one file, with as many rows in memory as are sorted together.
 * @throws TwdwError E_LAKE when a file cannot be read, or has not the rows that its manifest says; nothing is written then
 */
export async function writeMonthFile(
  { month, table, name, sources }: MonthFilePlan,
  { tables, giveBackMemory }: { tables: Tables; giveBackMemory(): void },
  refuseStopped: () => void,
): Promise<MonthFile> {
  const { schema, repeating } = LAYER2[table]
  const path = monthFilePath(month, table, name)
  // row groups of the usual size also where a day's are small: a tag's rows lie together
  const writer = await tables.openWriter(path, schema, { repeating })
  try {
    let together: SortedFile[] = []
    let waiting = 0
    for (const source of sources) {
      refuseStopped()
      together.push(await readSource(table, source, tables))
      waiting += source.rows
      if (waiting < sortedTogether(table)) continue
      await appendSorted(table, together, writer)
      giveBackMemory()
      together = []
      waiting = 0
    }
    await appendSorted(table, together, writer)
  } catch (error) {
    await writer.abort()
    throw error
  }
  const rows = sources.reduce((sum, source) => sum + source.rows, 0)
  return { path, rows, bytes: await writer.finish() }
}

async function appendSorted(table: StarTable, files: readonly SortedFile[], writer: TableWriter): Promise<void> {
  for (const rows of sortedRows(table, files)) await writer.append(rows)
}

async function readSource(name: StarTable, { path, hours, rows }: MonthSource, tables: Tables): Promise<SortedFile> {
  const table = await tables.read(path)
  if (table === undefined) throw unlikeManifest(`${path} is gone`)
  checkColumns(table, LAYER2[name].schema, path)
  if (!isDaily(name)) return { table: withRows(table, table.numRows, rows, path) }
  const wanted = rowsOfHours(table, new Set(hours))
  withRows(table, wanted.length, rows, path)
  return wanted.length === table.numRows ? { table } : { table, rows: wanted }
}

function withRows(table: Table, found: number, rows: number, path: string): Table {
  if (found === rows) return table
  throw unlikeManifest(`${path} has ${found} rows of these hours, and their manifests say ${rows}`)
}

function unlikeManifest(sentence: string): TwdwError {
  return new TwdwError('E_LAKE', sentence, {
    hint: 'run `twdw consolidate --rebuild`: everything in layer2 can be made again from layer1',
  })
}
