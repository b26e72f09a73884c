/** What consolidates hours of a lake in the thread of the test. */
import { openHand } from '../../src/lib/consolidate/hand.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { openParquetWriter } from '../../src/lib/io/parquet.ts'
import { openTables } from '../../src/lib/io/tables.ts'

export function ownHand(lake: Lake) {
  const tables = openTables(lake)
  const giveBackMemory = () => undefined
  const hand = openHand({ tables, openParquetWriter, giveBackMemory })
  return { tables, hands: async () => [hand], giveBackMemory }
}
