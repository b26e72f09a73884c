/**
 * The back door: where a worker of this program begins. It makes segments, with pipes to the lake of its own.
 *
 * Beside main.ts the only file where a thread begins; what it is to do, the listener tells it.
 */
import { recordsIn } from './lib/io/journal-records.ts'
import { shareParquetWasm } from './lib/io/parquet.ts'
import { openLake } from './lib/io/ports.ts'
import { openTables } from './lib/io/tables.ts'
import { answerCalls } from './lib/io/workers.ts'
import { openSegmentMaker, type SegmentMaker } from './lib/listen/segment-maker.ts'
import { makerHandlers, type WorkerPlan } from './lib/listen/worker-maker.ts'
import { openTombstones } from './lib/tombstones.ts'

let maker: SegmentMaker

answerCalls({
  /** Comes before every other call. */
  async begin({ lake, parquetWasm }: WorkerPlan) {
    shareParquetWasm(parquetWasm)
    const opened = openLake(lake)
    maker = openSegmentMaker({
      tables: openTables(opened),
      lake: opened,
      tombstones: openTombstones(opened),
      recordsIn,
    })
    return { value: undefined }
  },
  ...makerHandlers(() => maker),
})
