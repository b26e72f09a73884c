/** An hour's layer1 files → its star, in memory: for answering before it is published. */
import type { Schema, Table } from 'apache-arrow'
import { withoutForgotten } from '../domain/forget/forget-rows.ts'
import type { Forgotten } from '../domain/forget/forgotten.ts'
import type { Hour } from '../domain/hour.ts'
import { LAYER1 } from '../domain/layer1.ts'
import type { InputFile } from '../domain/manifest.ts'
import { buildStar, type Star } from '../domain/star/star.ts'
import type { Tables } from '../io/tables.ts'
import { readLayer1 } from './hand.ts'

/** Where the rows of one hour are. */
export interface HourRows {
  /** layer1 files of the hour */
  inputs: readonly InputFile[]
  /** layer1 tables of the hour that are in no file yet, such as lines still in the journal; [] for none */
  live: readonly Table[]
  /** of the lake */
  timeZone: string
  /** left out, should it be among the rows */
  forgotten: Forgotten
}

/**
 * The star of an hour that is not consolidated, by the very rules of consolidate. Nothing is published or checked.
 * @throws TwdwError E_LAKE when a file is gone, damaged, or not of layer1
 */
export async function pendingStar(hour: Hour, rows: HourRows, ports: { tables: Tables }): Promise<Star> {
  const { timeZone } = rows
  const star = buildStar({ layer1: await readRows(rows, WITHOUT_RAW, ports.tables), hour, timeZone })
  // rejected rows are rare, and only they need the lines they came from
  if (star.counts.rejected === 0) return star
  return buildStar({ layer1: await readRows(rows, LAYER1, ports.tables), hour, timeZone })
}

const WITHOUT_RAW = LAYER1.select(LAYER1.names.filter(name => name !== 'raw'))

async function readRows({ inputs, live, forgotten }: HourRows, schema: Schema, tables: Tables): Promise<Table[]> {
  const read: Table[] = []
  for (const file of inputs) read.push(await readLayer1(tables, file, schema.names as string[]))
  return [...read, ...live].map(table => withoutForgotten(table, forgotten).table)
}
