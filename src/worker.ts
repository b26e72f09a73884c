/**
 * The back door: where a worker of this program begins. It makes segments, or parts of an hour, with pipes to the lake of
 * its own; or it has DuckDB.
 *
 * Beside main.ts the only file where a thread begins; what it is to do, whoever began it tells it.
 */
import type { ThreadPlan } from './lib/io/duckdb/thread.ts'
import type { WorkerPlan } from './lib/io/ports.ts'
import { answerCalls, type Handlers } from './lib/io/workers.ts'

answerCalls((settings: WorkerPlan | { duckDb: ThreadPlan }) =>
  'duckDb' in settings ? beginDuckDb(settings.duckDb) : beginMaking(settings),
)

async function beginDuckDb(plan: ThreadPlan): Promise<Handlers> {
  const { duckDbHandlers } = await import('./lib/io/duckdb/thread-handlers.ts')
  return duckDbHandlers(plan)
}

async function beginMaking({ lake: plan, parquetWasm }: WorkerPlan): Promise<Handlers> {
  const [parquet, ports, tables, memory, journalRecords, tombstones, hands, handWorker, makers, makerWorker] =
    await Promise.all([
      import('./lib/io/parquet.ts'),
      import('./lib/io/ports.ts'),
      import('./lib/io/tables.ts'),
      import('./lib/io/memory.ts'),
      import('./lib/io/journal-records.ts'),
      import('./lib/tombstones.ts'),
      import('./lib/consolidate/hand.ts'),
      import('./lib/consolidate/worker-hand.ts'),
      import('./lib/listen/segment-maker.ts'),
      import('./lib/listen/worker-maker.ts'),
    ])
  parquet.shareParquetWasm(parquetWasm)
  const lake = ports.openLake(plan)
  const ownTables = tables.openTables(lake)
  const { recordsIn } = journalRecords
  const maker = makers.openSegmentMaker({
    tables: ownTables,
    lake,
    tombstones: tombstones.openTombstones(lake),
    recordsIn,
  })
  const hand = hands.openHand({
    tables: ownTables,
    openParquetWriter: parquet.openParquetWriter,
    giveBackMemory: memory.giveBackMemory,
  })
  return { ...makerWorker.makerHandlers(() => maker), ...handWorker.handHandlers(() => hand) }
}
