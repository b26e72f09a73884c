/** The file of a day with one hour's rows in place of those that it had; in memory are its bytes, and rows of a part of it at a time. */
import type { Table } from 'apache-arrow'
import { checkColumns } from '../domain/columns/rows.ts'
import { type Hour, utcDateOf } from '../domain/hour.ts'
import { LAYER2 } from '../domain/layer2.ts'
import { type DailyTable, dailyPath } from '../domain/paths.ts'
import { createDayMerge } from '../domain/star/day.ts'
import type { Outline } from '../domain/star/outline.ts'
import { TwdwError } from '../errors.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'
import { encodeParts, NO_LAYER1, type WrittenTable } from './encode-outline.ts'
import type { Hand } from './hand.ts'

export interface EncodedDay {
  bytes: Uint8Array
  /** of all its hours */
  rows: number
}

/**
 * @param hourRows called where there is a file; sorted, and none takes the hour out of the day
 * @returns undefined where the lake has no file of the day, and with a warning where it cannot be read
 * @throws TwdwError E_LAKE when the lake fails or a worker died
 */
export async function encodeDay(
  name: DailyTable,
  { hour, hourRows }: { hour: Hour; hourRows: () => Table },
  { tables, log }: { tables: Pick<Tables, 'readParts'>; log: Log },
  hand: Hand,
): Promise<EncodedDay | undefined> {
  const path = dailyPath(name, utcDateOf(hour))
  const parts = await tables.readParts(path)
  if (parts === undefined) return undefined
  let rows = 0
  const written = (outline: Outline): WrittenTable => {
    rows += outline.count
    return { outline, rows: NO_LAYER1 }
  }
  async function* merged(existing: AsyncIterable<Table>): AsyncGenerator<WrittenTable> {
    const merge = createDayMerge(name, hourRows(), hour)
    for await (const part of existing) yield written(merge.add(part))
    const rest = merge.rest()
    if (rest !== undefined) yield written(rest)
  }
  try {
    const bytes = await encodeParts(name, merged(checkedParts(name, parts, path)), hand)
    return { bytes, rows }
  } catch (error) {
    if (!(error instanceof DamagedDay)) throw error
    log.warn(`${error.message}; it is replaced`)
    return undefined
  }
}

/** Told apart from what is wrong with a worker, which is E_LAKE too. */
class DamagedDay extends Error {}

/** @throws DamagedDay */
async function* checkedParts(name: DailyTable, parts: AsyncIterable<Table>, path: string): AsyncGenerator<Table> {
  try {
    for await (const part of parts) {
      checkColumns(part, LAYER2[name].schema, path)
      yield part
    }
  } catch (error) {
    if (!(error instanceof TwdwError && error.code === 'E_LAKE')) throw error
    throw new DamagedDay(error.message, { cause: error })
  }
}
