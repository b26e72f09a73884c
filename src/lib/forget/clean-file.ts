/**
 * Files of layer1 without what is forgotten: replaced whole, or removed where nothing is left.
 *
 * `forget` does so with every file that needs it, and whoever makes files or reads them to consolidate with those few that
 * were stored while it was forgotten.
 */
import type { Table } from 'apache-arrow'
import { type RemainingRows, rejectedWithoutForgotten, withoutForgotten } from '../domain/forget/forget-rows.ts'
import { type Forgotten, isNothing } from '../domain/forget/forgotten.ts'
import type { Hour } from '../domain/hour.ts'
import { LAYER1_REPEATING, REJECTED_REPEATING } from '../domain/layer1-builder.ts'
import type { InputFile } from '../domain/manifest.ts'
import { counted } from '../domain/wording.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'

export interface FilePorts {
  lake: Pick<Lake, 'remove'>
  tables: Pick<Tables, 'read' | 'write'>
}

/**
 * @param path of tweets
 * @returns what was in it, and how long the file is if it was replaced; undefined where there is no file
 * @throws TwdwError E_LAKE
 */
export async function cleanTweets(
  path: string,
  forgotten: Forgotten,
  ports: FilePorts,
): Promise<(RemainingRows & { bytes: number | undefined }) | undefined> {
  const table = await ports.tables.read(path)
  if (table === undefined) return undefined
  const remaining = withoutForgotten(table, forgotten)
  return { ...remaining, bytes: await replace(path, table, remaining.table, LAYER1_REPEATING, ports) }
}

/** Columns by which rows go, but for those that only their lines tell of. */
const ID_COLUMNS = ['tweet_id', 'author_id', 'kind', 'referenced_id', 'edit_history_ids']

/**
 * Clean the files of an hour that is about to be consolidated: what a killed process stored while it was forgotten. Nothing
 * is read where nothing is forgotten, and no line unless a row has to go. A file that cannot be read is left to whoever reads it next.
 * @param inputs layer1 files by hour; changed to what is left
 * @returns the files of the hour
 * @throws TwdwError E_LAKE when the lake cannot be written
 */
export async function cleanHour(
  hour: Hour,
  inputs: Map<Hour, InputFile[]>,
  forgotten: Forgotten,
  { log, ...ports }: FilePorts & { log: Log },
): Promise<InputFile[]> {
  const files = inputs.get(hour) ?? []
  if (isNothing(forgotten)) return files
  const left: InputFile[] = []
  for (const file of files) {
    const ids = await ports.tables.read(file.path, ID_COLUMNS).catch(() => undefined)
    if (ids === undefined || withoutForgotten(ids, forgotten).removed === 0) {
      left.push(file)
      continue
    }
    const cleaned = await cleanTweets(file.path, forgotten, ports)
    log.info(`took ${counted(cleaned?.removed ?? 0, 'forgotten tweet')} out of ${file.path}`)
    if (cleaned?.bytes !== undefined) left.push({ path: file.path, bytes: cleaned.bytes })
  }
  if (left.length > 0) inputs.set(hour, left)
  else inputs.delete(hour)
  return left
}

/** @param path of rejected lines. @returns lines that were removed. @throws TwdwError E_LAKE */
export async function cleanRejected(path: string, forgotten: Forgotten, ports: FilePorts): Promise<number> {
  const table = await ports.tables.read(path)
  if (table === undefined) return 0
  const remaining = rejectedWithoutForgotten(table, forgotten)
  await replace(path, table, remaining.table, REJECTED_REPEATING, ports)
  return remaining.removed
}

async function replace(
  path: string,
  before: Table,
  after: Table,
  repeating: readonly string[],
  { lake, tables }: FilePorts,
): Promise<number | undefined> {
  if (after === before) return undefined
  if (after.numRows > 0) return tables.write(path, after, { repeating })
  await lake.remove(path)
  return undefined
}
