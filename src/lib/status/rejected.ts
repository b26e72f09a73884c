/**
 * What was rejected and why: lines that are no tweet, from their files; rows that could not be cast, from the manifests.
 *
 * Parquet is read only where there is a file with rejected lines, and of many files the latest.
 */
import { faultOf, type StatusRejected } from '../domain/health/status-report.ts'
import { LAYER1_REJECTED, rejectedByHourPath } from '../domain/paths.ts'
import { TwdwError } from '../errors.ts'
import type { Tables } from '../io/tables.ts'
import type { LakeSurvey } from '../lake-survey.ts'

/** Some hundred files are read in a second. */
const MAX_FILES_READ = 500

/** @param note is told of a file that cannot be read */
export async function readRejected(
  { entries, manifests }: Pick<LakeSurvey, 'entries' | 'manifests'>,
  { openTables }: { openTables(): Promise<Pick<Tables, 'read'>> },
  note: (error: TwdwError) => void,
): Promise<StatusRejected> {
  const rows: Record<string, number> = {}
  for (const { rejectedBy } of manifests.values()) {
    for (const [reason, count] of Object.entries(rejectedBy)) rows[reason] = (rows[reason] ?? 0) + count
  }
  // consolidate keeps the rows that it rejected there too, and the manifests have counted those
  const ofHours = new Set([...manifests.keys()].map(rejectedByHourPath))
  const files = entries.filter(({ path }) => path.startsWith(LAYER1_REJECTED) && !ofHours.has(path))
  const read = files.slice(-MAX_FILES_READ)
  const lines: Record<string, number> = {}
  if (read.length > 0) {
    const tables = await openTables()
    for (const { path } of read) {
      for (const fault of await faultsIn(path, tables, note)) lines[fault] = (lines[fault] ?? 0) + 1
    }
  }
  return { lines, rows, unreadFiles: files.length - read.length }
}

async function faultsIn(
  path: string,
  tables: Pick<Tables, 'read'>,
  note: (error: TwdwError) => void,
): Promise<string[]> {
  try {
    const table = await tables.read(path, ['reason'])
    return [...(table?.getChild('reason') ?? [])].map(reason => faultOf(String(reason)))
  } catch (error) {
    if (!(error instanceof TwdwError)) throw error
    note(error)
    return []
  }
}
