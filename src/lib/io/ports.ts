/**
 * The pipes of the house: the only file that chooses which implementation serves.
 *
 * Heavy libraries (Arrow, parquet-wasm, DuckDB, twitter-api-v2) are loaded on first use, so that
 * `--help` and `--version` never wait for them.
 */
import { join, resolve } from 'node:path'
import { lakeCacheFolder, lakeStateFolder } from './cache-folders.ts'
import { type Clock, systemClock } from './clock.ts'
import type { NativeOptions } from './duckdb/native.ts'
import type { ThreadSession } from './duckdb/thread.ts'
import type { Lake } from './lake.ts'
import { openLocalLake } from './lake-local.ts'
import type { Log } from './log.ts'
import { openS3Lake } from './s3/lake-s3.ts'
import { type S3Access, s3PlaceOf } from './s3/place.ts'
import type { SqlEngine } from './sql.ts'
import { type LogForm, openLog } from './stderr-log.ts'
import type { Street } from './street.ts'
import type { WorkerLine } from './workers.ts'

/** Pipes that every command has. */
export interface CommonPorts {
  lake: Lake
  /** for workers, which open it again */
  lakePlan: LakePlan
  clock: Clock
  log: Log
  /** local folder of the journal; absolute */
  stateFolder: string
}

export interface CommonPlan {
  lake: string
  stateDir: string | undefined
  s3Endpoint: string | undefined
  s3Region: string | undefined
  s3PathStyle: boolean
  noCache: boolean
  json: boolean
  quiet: boolean
  verbose: boolean
}

/** All that a lake is opened by; may be sent to another thread. */
export interface LakePlan {
  /** a folder's absolute path, or `s3://bucket/prefix` */
  root: string
  /** how the store is reached where the root is in one */
  s3?: S3Access | undefined
  /** who locks, for the sentence that a second one gets, such as `twdw consolidate` */
  holder: string
}

/** What makes tables: the lake's, and Parquet files that are written elsewhere. */
export async function openTablePorts(lake: Lake) {
  const [{ openTables }, { openParquetWriter }, { giveBackMemory }] = await Promise.all([
    import('./tables.ts'),
    import('./parquet.ts'),
    import('./memory.ts'),
  ])
  return { tables: openTables(lake), openParquetWriter, giveBackMemory }
}

/** All that a worker is begun with. */
export interface WorkerPlan {
  lake: LakePlan
  /** compiled once for all of them */
  parquetWasm: WebAssembly.Module
}

/** Threads that open the lake again for themselves. @param count how many; one for each core when left out, none if there is one core */
export async function openWorkers(lake: LakePlan, count?: number): Promise<WorkerLine[]> {
  const [{ compileParquetWasm, shareParquetWasm }, { coreCount, openWorker }] = await Promise.all([
    import('./parquet.ts'),
    import('./workers.ts'),
  ])
  const cores = coreCount() === 1 ? 0 : coreCount()
  const parquetWasm = await compileParquetWasm()
  shareParquetWasm(parquetWasm)
  return Array.from({ length: count ?? cores }, () => openWorker({ lake, parquetWasm } satisfies WorkerPlan))
}

/** @param warn is told what a store does not keep of its promises */
export function openLake({ root, holder, s3 }: LakePlan, warn: (sentence: string) => void = () => undefined): Lake {
  const clock = systemClock
  return s3 === undefined ? openLocalLake(root, { holder, clock }) : openS3Lake(root, { ...s3, holder, clock, warn })
}

/** A lake as a command has it in its words. */
export function lakePlanOf(plan: CommonPlan, { cwd, env }: Pick<Street, 'cwd' | 'env'>, holder: string): LakePlan {
  if (s3PlaceOf(plan.lake) === undefined) return { root: resolve(cwd, plan.lake), holder }
  const cacheFolder = plan.noCache ? undefined : lakeCacheFolder(env, plan.lake, plan.s3Endpoint)
  return {
    root: plan.lake,
    holder,
    s3: { endpoint: plan.s3Endpoint, region: plan.s3Region, isPathStyle: plan.s3PathStyle, cacheFolder },
  }
}

/**
 * Where the journal and what else must be on a local disk lies, absolute: beside the lake, or for one in a store where the
 * account keeps its state. @throws TwdwError E_USAGE where the account has no home
 */
function stateFolderOf(plan: CommonPlan, root: string, { cwd, env }: Pick<Street, 'cwd' | 'env'>): string {
  if (plan.stateDir !== undefined) return resolve(cwd, plan.stateDir)
  if (s3PlaceOf(root) === undefined) return join(root, '_state')
  return lakeStateFolder(env, root, plan.s3Endpoint)
}

/** @param command for the lock's sentence, such as `twdw consolidate` */
export function openCommonPorts(plan: CommonPlan, street: Street, command: string): CommonPorts {
  const clock = systemClock
  const lakePlan = lakePlanOf(plan, street, command)
  const level = plan.quiet ? 'quiet' : plan.verbose ? 'verbose' : 'normal'
  const log = openLog(street.stderr, logForm(plan, street), level, clock.nowMs)
  return {
    lake: openLake(lakePlan, log.warn),
    lakePlan,
    clock,
    log,
    // who has no home may have no need for it
    get stateFolder() {
      return stateFolderOf(plan, lakePlan.root, street)
    },
  }
}

/** To be called before anything else where it is known that DuckDB will be asked. */
export async function loadAhead({ env }: Pick<Street, 'env'>): Promise<void> {
  const { loadDuckDbAhead } = await import('./duckdb/thread.ts')
  loadDuckDbAhead({ env: { ...env }, threads: undefined })
}

/** What questions about a lake need. DuckDB starts with the first of them. */
export async function openAnswerPorts(common: CommonPorts, { env }: Pick<Street, 'env'>) {
  const [{ openDuckDb }, { openTables }, { openJournal }, { openScratch }, { openNotes }, { openKeptFolder }] =
    await Promise.all([
      duckDbOpener({ env, warn: common.log.warn }),
      import('./tables.ts'),
      import('./journal.ts'),
      import('./scratch.ts'),
      import('./notes.ts'),
      import('./kept-folder.ts'),
    ])
  const { lakePlan } = common
  const cache = lakePlan.s3 === undefined ? lakeCacheFolder(env, lakePlan.root) : lakePlan.s3.cacheFolder
  return {
    ...common,
    tables: openTables(common.lake),
    journal: openJournal(`${common.stateFolder}/journal`, common.clock),
    notes: cache === undefined ? undefined : openNotes(join(cache, 'hours')),
    keptTags: cache === undefined ? undefined : openKeptFolder(join(cache, 'tags')),
    openScratch,
    openSql: openDuckDb,
  }
}

/** A Spark that answers instead of DuckDB. */
export interface SparkPlan {
  /** `sc://host:port/;…` */
  remote: string
  /** statements of a text, each with the index of its first character */
  splitStatements(sql: string): readonly { text: string; start: number }[]
}

/** The same, answered by a Spark elsewhere: no DuckDB is begun, and the lake is read where Spark is. */
export async function openSparkPorts(common: CommonPorts, street: Pick<Street, 'env' | 'stopSignal'>, plan: SparkPlan) {
  const [spark, { openTables }, { openJournal }, { openNotes }] = await Promise.all([
    reachSpark(common, street, plan),
    import('./tables.ts'),
    import('./journal.ts'),
    import('./notes.ts'),
  ])
  const { lakePlan, clock } = common
  const cache = lakePlan.s3 === undefined ? lakeCacheFolder(street.env, lakePlan.root) : lakePlan.s3.cacheFolder
  return {
    ...common,
    lake: spark.lake,
    tables: openTables(common.lake),
    journal: openJournal(`${common.stateFolder}/journal`, clock),
    notes: cache === undefined ? undefined : openNotes(join(cache, 'hours')),
    openScratch: spark.openScratch,
    openSql: ({ timeZone }: ThreadSession): Promise<SqlEngine> => spark.open(timeZone),
  }
}

/** A Spark elsewhere, which is looked for when it is opened, and the lake as it has it. @throws TwdwError E_USAGE for what is no address */
export async function reachSpark(
  { lake: ours, clock, log }: CommonPorts,
  { env, stopSignal }: Pick<Street, 'env' | 'stopSignal'>,
  plan: SparkPlan,
) {
  const [{ openSpark }, { parseSparkRemote }, { lakeForSpark }, { openLakeScratch, openStaging }] = await Promise.all([
    import('./spark/engine.ts'),
    import('./spark/remote.ts'),
    import('./spark/lake.ts'),
    import('./spark/scratch.ts'),
  ])
  const lake = lakeForSpark(ours)
  const userId = env.USER || env.LOGNAME || 'twdw'
  // a wrong address is wrong in a run that has nothing to ask, too
  parseSparkRemote(plan.remote, userId)
  const onProgress = ({ doneTasks, tasks }: { doneTasks: number; tasks: number }) => {
    if (tasks > 0) log.progress(`Spark: ${doneTasks} of ${tasks} tasks`)
  }
  return {
    lake,
    /** @param timeZone of the session. @param isAlone whether it joins none */
    open(timeZone: string, isAlone = false) {
      log.progress('looking for Spark')
      return openSpark({ ...plan, userId, timeZone, isAlone, onProgress, isFar: lake.isFar, signal: stopSignal })
    },
    openScratch: () => openLakeScratch(lake, clock.nowMs()),
    /** For who holds a lock of the lake. */
    openStaging: () => openStaging(lake, clock.nowMs()),
  }
}

/** In the thread that has loaded it ahead, else in this one. */
async function duckDbOpener(
  options: NativeOptions,
): Promise<{ openDuckDb: (session: ThreadSession) => Promise<SqlEngine> }> {
  const { duckDbThread } = await import('./duckdb/thread.ts')
  const thread = duckDbThread(options.warn)
  if (thread !== undefined) return { openDuckDb: thread.open }
  const { openDuckDb } = await import('./duckdb/engine.ts')
  return { openDuckDb: session => openDuckDb({ ...options, ...session, threads: undefined }) }
}

/** True when a person looks at stdout and wants colours. */
export function isColored({ stdout, env }: Pick<Street, 'stdout' | 'env'>): boolean {
  return stdout.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'
}

/** What a terminal that wants colours can show: it says of itself whether it has more than sixteen. */
export function colorsOf(street: Pick<Street, 'stdout' | 'env'>): 'none' | '16' | '256' | '24bit' {
  if (!isColored(street)) return 'none'
  const { COLORTERM = '', TERM = '' } = street.env
  if (COLORTERM === 'truecolor' || COLORTERM === '24bit' || TERM.endsWith('-direct')) return '24bit'
  return TERM.includes('256color') ? '256' : '16'
}

/** How events and errors are told: as asked for, or as whoever reads stderr understands it. */
export function logForm(plan: Pick<CommonPlan, 'json'>, street: Street): LogForm {
  if (plan.json) return 'json'
  // a terminal that does not say how wide it is (`script`, `docker run -t`) cannot be drawn on
  if (street.stderr.isTerminal && (street.stderr.columns ?? 0) > 0) return 'terminal'
  return street.stderr.isJournal ? 'journald' : 'lines'
}
