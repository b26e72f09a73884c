/**
 * Query: a question about the lake becomes SQL over views, and its answer one Arrow table.
 *
 * Batch and online are one question: hours that are not consolidated, and lines still in this machine's journal, go
 * through the rules of consolidate into files of their own, and the views hold both.
 */
import type { Table } from 'apache-arrow'
import { type AnswerFacts, whyEmpty } from '../domain/answer/notes.ts'
import { noAnswer } from '../domain/answer/several-answers.ts'
import type { HourRange } from '../domain/hour.ts'
import { inputsByHour } from '../domain/manifest.ts'
import { LAYER1_TWEETS } from '../domain/paths.ts'
import { idsToSql } from '../domain/question/ids-sql.ts'
import type { Zone } from '../domain/question/local-time.ts'
import { nearestView } from '../domain/question/near-view.ts'
import { COUNT_ALL, hoursOfSpan, type Preset, resolveSpan, type Span } from '../domain/question/preset.ts'
import { presetToSql } from '../domain/question/preset-sql.ts'
import { fillSeries } from '../domain/question/series.ts'
import { DIALECTS } from '../domain/question/sql-dialect.ts'
import { showPlace } from '../domain/question/sql-place.ts'
import { baseViewsOf, createViewsSql, VIEWS, type ViewName, viewsNamedIn } from '../domain/question/views.ts'
import { createWallClock } from '../domain/time-zone.ts'
import { SqlError, TwdwError } from '../errors.ts'
import type { KeptFolder } from '../io/kept-folder.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Notes } from '../io/notes.ts'
import type { Scratch } from '../io/scratch.ts'
import type { SqlEngine } from '../io/sql.ts'
import type { Tables } from '../io/tables.ts'
import { readLakeSettings } from '../lake-door.ts'
import { type LiveSegment, liveTweetsByHour } from '../listen/live.ts'
import { findReplaced, type Stamps, stampFiles } from './file-stamps.ts'
import { forgetKeptTags, type KeptTags, useKeptTags } from './kept-tags.ts'
import { type LakeState, readLakeState } from './lake-state.ts'
import { findUnknownTags } from './unknown-tags.ts'
import { findViewFiles } from './view-files.ts'

/** What is asked: a preset, the ids of the tweets that a preset counts, or SQL over the views. */
export type Question = { preset: Preset } | { idsOf: Preset } | { sql: string }

export interface QueryPlan {
  question: Question
  /** only what is consolidated */
  batchOnly: boolean
}

export interface QueryPorts {
  lake: Lake
  tables: Tables
  log: Log
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

export interface Answer {
  table: Table
  facts: AnswerFacts
}

const ALWAYS: Span = { fromMs: undefined, toMs: undefined }
/** More pending hours than these make a question noticeably slower. */
const MANY_HOURS = 24

/**
 * @throws TwdwError E_USAGE for SQL that is wrong or a span that is empty, E_LAKE when there is no lake or it cannot be
 *   read, E_INTERRUPTED
 */
export async function query(plan: QueryPlan, ports: QueryPorts, signal?: AbortSignal): Promise<Answer> {
  const zone = await readZone(ports)
  const { question, batchOnly } = plan
  if ('sql' in question) {
    const answers = await querySql({ sql: question.sql, batchOnly, readsAllFiles: false }, ports, signal)
    const last = answers.at(-1)
    if (last === undefined) throw noAnswer()
    return last
  }
  const isOfIds = 'idsOf' in question
  const preset = isOfIds ? question.idsOf : question.preset
  const span = resolveSpan(preset, zone)
  const tags = isOfIds || preset.allTags ? [] : preset.tags
  return inSession({ range: hoursOfSpan(span), batchOnly, zone, tags }, ports, signal, async ({ state, ask }) => {
    const found = await ask(isOfIds ? idsToSql(preset, span) : presetToSql(preset, span))
    const table = isOfIds ? found : fillSeries(found, preset, span, zone)
    const askPreset = (about: Preset) => ask({ ...presetToSql(about, span), allTags: about.allTags })
    const count = async (about: Preset) => sumOfTweets(await askPreset(about))
    const empty = await isEmpty(found, preset, count)
    const unknownTags = await findUnknownTags(preset.tags, empty ? undefined : found, askPreset)
    const facts = { ...factsOf(table, state, { span, zone, batchOnly }), unknownTags }
    if (!empty) return { table, facts }
    const known = { ...facts, covered: await wholeCoverage(state, ports.lake) }
    const tweets = await count({ ...COUNT_ALL, tags: preset.tags })
    return { table, facts: { ...known, emptyBecause: whyEmpty(preset, known, tweets) } }
  })
}

export interface SqlPlan {
  /** one or more statements */
  sql: string
  batchOnly: boolean
  /** also files outside of the lake */
  readsAllFiles: boolean
  /** what else names views that the statements may read: SQL that made a view or a macro in the same engine before */
  before?: string | undefined
}

/**
 * @returns the answers of the statements that give one, in their order; none where they only prepare something
 * @throws TwdwError as `query`; SQL that is wrong is shown with the place
 */
export async function querySql(plan: SqlPlan, ports: QueryPorts, signal?: AbortSignal): Promise<Answer[]> {
  const zone = await readZone(ports)
  const { sql, batchOnly, readsAllFiles, before = '' } = plan
  const views = [...new Set([...viewsNamedIn(sql), ...(before === '' ? [] : viewsNamedIn(before))])]
  const wantsLayer1 = views.some(view => view === 'layer1_tweets' || view === 'layer1_rejected')
  const session = { range: ALL_HOURS, batchOnly, zone, wantsLayer1, readsAllFiles }
  return inSession(session, ports, signal, async ({ state, askAll }) => {
    const tables = await askAll({ sql, views })
    return tables.map(table => ({ table, facts: factsOf(table, state, { span: ALWAYS, zone, batchOnly }) }))
  })
}

/** Questions that are asked of one state of the lake, so that their answers fit each other. */
export interface Asking {
  zone: Zone
  span: Span
  /** filled, and in order, as `query` answers it; `top` and the rest are its own, its span is that of all */
  askPreset(preset: Preset): Promise<Table>
  ask(statement: { sql: string; views: readonly ViewName[] }): Promise<Table>
  factsOf(table: Table): AnswerFacts
}

/**
 * @param about the span of all questions
 * @param use   asks; it is called again where a file was replaced while it was read
 * @throws TwdwError as `query` does
 */
export async function askTogether<T>(
  about: Pick<Preset, 'from' | 'to'> & Pick<QueryPlan, 'batchOnly'>,
  ports: QueryPorts,
  signal: AbortSignal | undefined,
  use: (asking: Asking) => Promise<T>,
): Promise<T> {
  const { batchOnly } = about
  const zone = await readZone(ports)
  const span = resolveSpan(about, zone)
  return inSession({ range: hoursOfSpan(span), batchOnly, zone }, ports, signal, ({ state, ask }) =>
    use({
      zone,
      span,
      ask,
      askPreset: async preset => fillSeries(await ask(presetToSql(preset, span)), preset, span, zone),
      factsOf: table => factsOf(table, state, { span, zone, batchOnly }),
    }),
  )
}

/** The statement of a preset, as it would be run. @throws TwdwError E_USAGE, E_LAKE */
export async function explainPreset(preset: Preset, ports: Pick<QueryPorts, 'lake'>): Promise<string> {
  const span = resolveSpan(preset, await readZone(ports))
  return `${presetToSql(preset, span).sql};\n`
}

/** Statements that make every view over what is consolidated, for any engine of the dialect. @throws TwdwError E_LAKE */
export async function viewsDdl(
  dialect: keyof typeof DIALECTS,
  ports: Pick<QueryPorts, 'lake' | 'tables' | 'log'>,
): Promise<string> {
  const zone = await readZone(ports)
  const { lake } = ports
  const about = { range: ALL_HOURS, batchOnly: true, wantsLayer1: true, timeZone: zone.name }
  const state = await readLakeState(about, { lake, liveTables: async () => new Map() })
  const plan = { views: baseViewsOf(VIEWS), state, live: [], timeZone: zone.name }
  const files = await findViewFiles(plan, { ...ports, scratch: undefined })
  return createViewsSql(VIEWS, files, DIALECTS[dialect])
}

const ALL_HOURS: HourRange = { from: undefined, to: undefined }

async function readZone({ lake }: Pick<QueryPorts, 'lake'>): Promise<Zone> {
  const { timeZone } = await readLakeSettings(lake)
  return { name: timeZone, clock: createWallClock(timeZone) }
}

/** What a session is about. */
interface SessionPlan {
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
interface Session {
  state: LakeState
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
 */
async function inSession<T>(
  plan: SessionPlan,
  ports: QueryPorts,
  signal: AbortSignal | undefined,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  for (let asked = 1; ; asked++) {
    try {
      const { answer, replaced } = await inOneSession(plan, ports, signal, use)
      if (replaced === undefined) return answer
      if (asked === MOST_ASKED) {
        ports.log.warn(
          `consolidate is at work, and replaced ${replaced} while it was read: a count may be off; ask again`,
        )
        return answer
      }
      ports.log.debug(`${replaced} was replaced while it was read; asking again`)
    } catch (error) {
      const isOfLake = error instanceof TwdwError && error.code === 'E_LAKE'
      if (!isOfLake || signal?.aborted || asked === MOST_ASKED) throw error
      ports.log.debug(`${error.message}; asking again`)
      // it may have been a kept file; what is read then is kept anew
      await forgetKeptTags(plan.tags, ports.keptTags)
    }
  }
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
    const readable = [ports.lake.locate(''), ...[scratch, keptTags].flatMap(folder => folder?.path ?? [])]
    const engine = await ports.openSql({ timeZone: plan.zone.name, readable, readsAllFiles })
    const stamps: Stamps = new Map()
    let kept: KeptTags | undefined
    const createViews = async (views: readonly ViewName[]) => {
      const filesPlan = { views: baseViewsOf(views), state, live, timeZone: plan.zone.name }
      const files = await findViewFiles(filesPlan, { ...ports, scratch }, signal)
      for (const [location, stamp] of await stampFiles(files.values(), ports.lake)) stamps.set(location, stamp)
      const perTag = files.get('agg_hashtag_hour')
      if (perTag !== undefined && keptTags !== undefined && isOfSomeTags) {
        kept = await useKeptTags({ files: perTag, tags, stamps }, { folder: keptTags, engine }, signal)
        files.set('agg_hashtag_hour', kept.files)
      }
      await engine.query(createViewsSql(views, files, DIALECTS.duckdb), signal)
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
        async ask({ sql, views, allTags = false }) {
          if (allTags && isOfSomeTags) {
            isOfSomeTags = false
            created.delete('agg_hashtag_hour')
          }
          await makeReady(views)
          return engine.query(sql, signal)
        },
        async askAll({ sql, views }) {
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
  const [, name = ''] = /^Catalog Error: Table with name (\S+) does not exist!/.exec(message) ?? []
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
  const state = await readLakeState(plan, { lake: ports.lake, notes: ports.notes, liveTables })
  return { state, live }
}

function factsOf(table: Table, state: LakeState, asked: Pick<AnswerFacts, 'span' | 'zone' | 'batchOnly'>): AnswerFacts {
  return {
    ...asked,
    rows: table.numRows,
    covered: state.covered,
    batchHours: state.consolidated.size,
    liveHours: state.pending.length,
    leftOutHours: state.leftOut.length,
    emptyBecause: undefined,
    unknownTags: [],
  }
}

/** A question about a short span lists its own days only; who found nothing is told what the whole lake covers. */
async function wholeCoverage({ covered }: LakeState, lake: Lake): Promise<AnswerFacts['covered']> {
  const stored = inputsByHour(await lake.list(LAYER1_TWEETS)).keys()
  const hours = [...stored, ...(covered === undefined ? [] : [covered.first, covered.last])].sort()
  const [first, last] = [hours[0], hours.at(-1)]
  return first === undefined || last === undefined ? undefined : { first, last }
}

/** @param about a preset of tweets without columns */
type CountTweets = (about: Preset) => Promise<number>

/** True when no tweet was found. Without columns there is a row all the same, and its zero may be that of tweets without likes. */
async function isEmpty(found: Table, preset: Preset, count: CountTweets): Promise<boolean> {
  if (found.numRows === 0) return true
  if (found.numCols > 1 || found.getChild(preset.metric)?.get(0) !== 0n) return false
  return preset.metric === 'tweets' || (await count({ ...preset, metric: 'tweets' })) === 0
}

/** Of an answer without columns, or with one of tags. */
function sumOfTweets(table: Table): number {
  return Array.from(table.getChild('tweets') ?? [], Number).reduce((sum, count) => sum + count, 0)
}
