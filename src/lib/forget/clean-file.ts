/** One file of layer1 without what is forgotten: replaced whole, or removed where nothing is left. */
import type { Table } from 'apache-arrow'
import { type RemainingRows, rejectedWithoutForgotten, withoutForgotten } from '../domain/forget/forget-rows.ts'
import type { Forgotten } from '../domain/forget/forgotten.ts'
import { LAYER1_REPEATING, REJECTED_REPEATING } from '../domain/layer1-builder.ts'
import type { Lake } from '../io/lake.ts'
import type { Tables } from '../io/tables.ts'

export interface FilePorts {
  lake: Pick<Lake, 'remove'>
  tables: Pick<Tables, 'read' | 'write'>
}

/** @param path of tweets. @returns what was in it; undefined where there is no file. @throws TwdwError E_LAKE */
export async function cleanTweets(
  path: string,
  forgotten: Forgotten,
  ports: FilePorts,
): Promise<RemainingRows | undefined> {
  const table = await ports.tables.read(path)
  if (table === undefined) return undefined
  const remaining = withoutForgotten(table, forgotten)
  await replace(path, table, remaining.table, LAYER1_REPEATING, ports)
  return remaining
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
): Promise<void> {
  if (after === before) return
  if (after.numRows === 0) await lake.remove(path)
  else await tables.write(path, after, { repeating })
}
