/**
 * Statements over one state of the lake and the journal: the views that they name are made once, over the exact files.
 *
 * What is replaced meanwhile is found out, and all is asked again.
 */
import type { Table } from 'apache-arrow'
import type { Hour, HourRange } from '../domain/hour.ts'
import type { Zone } from '../domain/question/local-time.ts'
import { nearestView } from '../domain/question/near-view.ts'
import { refuseSparkWrites } from '../domain/question/spark-statements.ts'
import { DIALECTS } from '../domain/question/sql-dialect.ts'
import { showPlace } from '../domain/question/sql-place.ts'
import { baseViewsOf, createViewsSql, type ViewName } from '../domain/question/views.ts'
import { EngineGone, SqlError, TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { KeptFolder } from '../io/kept-folder.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Notes } from '../io/notes.ts'
import type { Scratch } from '../io/scratch.ts'
import type { SqlEngine } from '../io/sql.ts'
import type { Tables } from '../io/tables.ts'
import { type LiveSegment, liveTweetsByHour } from '../listen/live.ts'
import { findReplaced, type Stamps, stampFiles } from './file-stamps.ts'
import { type KeptTags, useKeptTags } from './kept-tags.ts'
import { type LakeState, readHourNotes, readLakeState } from './lake-state.ts'
import { nameViewFiles, takesNames } from './named-files.ts'
import { findViewFiles } from './view-files.ts'

export interface QueryPorts {
  lake: Lake
  tables: Tables
  log: Log
  clock: Pick<Clock, 'nowMs'>
  /** of earlier questions about this lake */
  notes?: Notes | undefined
  /** what earlier questions have read of it */
  keptTags?: KeptFolder | undefined
  /** lines of this machine's journal */
  liveSegments(): Promise<readonly LiveSegment[]>
  /** @param parent folder that it is made in; that of the system when left out */
  openScratch(parent?: string): Promise<Scratch>
  /** An engine that reads the files below the folders, and others only if told to; `timeZone` is that of its session. */
  openSql(session: SqlSession): Promise<SqlEngine>
}

export interface SqlSession {
  timeZone: string
  readable: readonly string[]
  /** every file of the machine; none when left out */
  readsAllFiles?: boolean
}

/** More pending hours than these make a question noticeably slower. */
const MANY_HOURS = 24

/** What a session is about. */
export interface SessionPlan {
  /** hours of which its statements need rows */
  range: HourRange
  batchOnly: boolean
  zone: Zone
  /** its statements want agg_hashtag_hour of these tags only, where they do not say otherwise; of all when left out or none is named */
  tags?: readonly string[]
  /** its statements read layer1 itself; they do not when left out */
  wantsLayer1?: boolean
  /** none outside of the lake when left out */
  readsAllFiles?: boolean
}

/** Statements over one state of the lake and the journal. */
export interface Session {
  state: LakeState
  live: readonly LiveSegment[]
  /** tweets of pending hours, counted when they were made for a view */
  made: ReadonlyMap<Hour, number>
  /** @param statement `allTags`: it wants rows of other tags, too, than the session is about */
  ask(statement: { sql: string; views: readonly ViewName[]; allTags?: boolean }): Promise<Table>
  /** Statements of a user, all of whose answers are wanted. */
  askAll(statements: { sql: string; views: readonly ViewName[] }): Promise<Table[]>
}

/** How often a question is asked while files that it reads are replaced. */
const MOST_ASKED = 3

/**
 * A consolidate may replace a file between two looks of the engine at it: it is then taken for damaged, or found out by its
 * stamp. Asked again, over the lake as it is by then, the engine reads it; what is really damaged it does not. Where
 * consolidate goes on and on the last answer is given, with a warning.
 * @throws TwdwError E_LAKE, E_INTERRUPTED, and what `use` throws
 */
export async function inSession<T>(
  plan: SessionPlan,
  ports: QueryPorts,
  signal: AbortSignal | undefined,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  let usedPorts = ports
  for (let asked = 1; ; asked++) {
    try {
      const { answer, replaced } = await inOneSession(plan, usedPorts, signal, use)
      if (replaced === undefined) return answer
      if (asked === MOST_ASKED) {
        ports.log.warn(
          `consolidate is at work, and replaced ${replaced} while it was read: a count may be off; ask again`,
        )
        return answer
      }
      ports.log.debug(`${replaced} was replaced while it was read; asking again`)
    } catch (error) {
      const kept = plan.tags?.length ? usedPorts.keptTags : undefined
      if (!mayPass(error, kept) || signal?.aborted || asked === MOST_ASKED) throw error
      ports.log.debug(`${error.message}; asking again`)
      // it may have been a kept file: they are thrown away, and the lake itself is asked
      await kept?.clear()
      usedPorts = { ...ports, keptTags: undefined }
    }
  }
}

/** SQL of ours is never wrong by itself: what it says of a kept file may be. */
function mayPass(error: unknown, kept: KeptFolder | undefined): error is TwdwError {
  if (!(error instanceof TwdwError) || error instanceof EngineGone) return false
  return error.code === 'E_LAKE' || (kept !== undefined && error.code === 'E_USAGE')
}

async function inOneSession<T>(
  plan: SessionPlan,
  ports: QueryPorts,
  signal: AbortSignal | undefined,
  use: (session: Session) => Promise<T>,
): Promise<{ answer: T; replaced: string | undefined }> {
  const { state, live } = await readLakeAndJournal(plan, ports)
  if (state.pending.length > MANY_HOURS) {
    ports.log.info(`${state.pending.length} hours are not consolidated; after \`twdw consolidate\` this is quicker`)
  }
  const scratch = state.pending.length > 0 || live.length > 0 ? await ports.openScratch() : undefined
  try {
    const { readsAllFiles = false, tags = [] } = plan
    const keptTags = tags.length > 0 ? ports.keptTags : undefined
    let isOfSomeTags = keptTags !== undefined
    const readable = [ports.lake.folder, ...[scratch, keptTags].flatMap(folder => folder?.path ?? [])]
    const engine = await ports.openSql({ timeZone: plan.zone.name, readable, readsAllFiles })
    const stamps: Stamps = new Map()
    const made = new Map<Hour, number>()
    let kept: KeptTags | undefined
    const createViews = async (views: readonly ViewName[]) => {
      const filesPlan = { views: baseViewsOf(views), state, live, timeZone: plan.zone.name }
      const count = (hour: Hour, tweets: number) => made.set(hour, tweets)
      const files = await findViewFiles(filesPlan, { ...ports, scratch, count }, signal)
      for (const [location, stamp] of await stampFiles(files.values(), ports.lake)) {
        // as it was when it was first read; what is made for this question is made again with its view
        const isMade = scratch !== undefined && location.startsWith(scratch.path)
        if (isMade || !stamps.has(location)) stamps.set(location, stamp)
      }
      const perTag = files.get('agg_hashtag_hour')
      if (perTag !== undefined && keptTags !== undefined && isOfSomeTags) {
        kept = await useKeptTags({ files: perTag, tags, stamps }, { folder: keptTags, engine }, signal)
        files.set('agg_hashtag_hour', kept.files)
      }
      const readFiles = takesNames(engine) ? await nameViewFiles(files, engine, signal) : files
      await engine.query(createViewsSql(views, readFiles, DIALECTS[engine.dialect]), signal)
    }
    const created = new Set<ViewName>()
    const makeReady = async (views: readonly ViewName[]) => {
      const missing = views.filter(view => !created.has(view))
      if (missing.length > 0) await createViews(missing)
      for (const view of missing) created.add(view)
      ports.log.progress('asking')
    }
    try {
      const answer = await use({
        state,
        live,
        made,
        async ask({ sql, views, allTags = false }) {
          if (allTags && isOfSomeTags) {
            isOfSomeTags = false
            created.delete('agg_hashtag_hour')
          }
          await makeReady(views)
          return engine.query(sql, signal)
        },
        async askAll({ sql, views }) {
          // DuckDB here has nothing that could be written
          if (engine.dialect === 'spark') refuseSparkWrites(sql)
          await makeReady(views)
          return engine.queryAll(sql, signal).catch(error => Promise.reject(withPlace(error, sql)))
        },
      })
      const replaced = await findReplaced(stamps, ports.lake)
      if (replaced === undefined) await kept?.keep()
      return { answer, replaced }
    } finally {
      await engine.close()
    }
  } finally {
    await scratch?.dispose()
  }
}

function withPlace(error: unknown, sql: string): unknown {
  if (!(error instanceof TwdwError && error.code === 'E_USAGE')) return error
  const place = error instanceof SqlError ? `\n${showPlace(sql, error.at)}` : ''
  const message = `${withNearestView(error.message)}${place}`
  return new TwdwError(error.code, message, { ...(error.hint !== undefined && { hint: error.hint }), cause: error })
}

/** The engine suggests what it has, and has no view that the SQL does not name. */
function withNearestView(message: string): string {
  const [, name = ''] =
    /^(?:Catalog Error: Table with name|\[TABLE_OR_VIEW_NOT_FOUND\] The table or view) `?([^\s`]+)`? (?:does not exist!|cannot be found)/.exec(
      message,
    ) ?? []
  const view = nearestView(name)
  const [sentence = message] = message.split('\n')
  return view === undefined ? message : `${sentence}\nDid you mean "${view}"?`
}

async function readLakeAndJournal(
  { range, batchOnly, zone, wantsLayer1 = false }: SessionPlan,
  ports: QueryPorts,
): Promise<{ state: LakeState; live: readonly LiveSegment[] }> {
  let live: readonly LiveSegment[] = []
  const liveTables = async () => {
    live = await ports.liveSegments()
    return liveTweetsByHour(live)
  }
  const plan = { range, batchOnly, wantsLayer1, timeZone: zone.name }
  const notes = ports.notes && (await readHourNotes(ports.notes, zone.name))
  const state = await readLakeState(plan, { lake: ports.lake, notes, liveTables })
  return { state, live }
}
