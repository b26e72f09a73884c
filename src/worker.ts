/**
 * The back door: where a worker of this program begins. It makes segments, or parts of an hour, with pipes to the lake of
 * its own.
 *
 * Beside main.ts the only file where a thread begins; what it is to do, whoever began it tells it.
 */
import { type Hand, openHand } from './lib/consolidate/hand.ts'
import { handHandlers } from './lib/consolidate/worker-hand.ts'
import { recordsIn } from './lib/io/journal-records.ts'
import { giveBackMemory } from './lib/io/memory.ts'
import { openParquetWriter, shareParquetWasm } from './lib/io/parquet.ts'
import { openLake, type WorkerPlan } from './lib/io/ports.ts'
import { openTables } from './lib/io/tables.ts'
import { answerCalls } from './lib/io/workers.ts'
import { openSegmentMaker, type SegmentMaker } from './lib/listen/segment-maker.ts'
import { makerHandlers } from './lib/listen/worker-maker.ts'
import { openTombstones } from './lib/tombstones.ts'

let maker: SegmentMaker
let hand: Hand

answerCalls({
  /** Comes before every other call. */
  async begin({ lake: plan, parquetWasm }: WorkerPlan) {
    shareParquetWasm(parquetWasm)
    const lake = openLake(plan)
    const tables = openTables(lake)
    maker = openSegmentMaker({ tables, lake, tombstones: openTombstones(lake), recordsIn })
    hand = openHand({ tables, openParquetWriter, giveBackMemory })
    return { value: undefined }
  },
  ...makerHandlers(() => maker),
  ...handHandlers(() => hand),
})
