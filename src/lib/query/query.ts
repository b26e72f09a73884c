/**
 * Query: a question about the lake becomes SQL over views, and its answer one Arrow table.
 *
 * Batch and online are one question: hours that are not consolidated, and lines still in this machine's journal, go
 * through the rules of consolidate into files of their own, and the views hold both.
 */
import type { Table } from 'apache-arrow'
import { type AnswerFacts, whyEmpty } from '../domain/answer/notes.ts'
import type { Hour, HourRange } from '../domain/hour.ts'
import { inputsByHour } from '../domain/manifest.ts'
import { LAYER1_TWEETS } from '../domain/paths.ts'
import { idsToSql } from '../domain/question/ids-sql.ts'
import type { Zone } from '../domain/question/local-time.ts'
import { COUNT_ALL, hoursOfSpan, type Preset, resolveSpan, type Span } from '../domain/question/preset.ts'
import { presetToSql } from '../domain/question/preset-sql.ts'
import { DIALECTS } from '../domain/question/sql-dialect.ts'
import { baseViewsOf, createViewsSql, VIEWS, type ViewName, viewsNamedIn } from '../domain/question/views.ts'
import { createWallClock } from '../domain/time-zone.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Scratch } from '../io/scratch.ts'
import type { SqlEngine } from '../io/sql.ts'
import type { Tables } from '../io/tables.ts'
import { readLakeSettings } from '../lake-door.ts'
import { type LiveSegment, liveTweetsByHour } from '../listen/live.ts'
import { answerPreset, previousOfPreset } from './answer-preset.ts'
import { readCovered } from './covered.ts'
import { findReplaced, type Stamps, stampFiles } from './file-stamps.ts'
import { type LakeState, readLakeState } from './lake-state.ts'
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
  clock: Pick<Clock, 'nowMs'>
  /** lines of this machine's journal */
  liveSegments(): Promise<readonly LiveSegment[]>
  openScratch(): Promise<Scratch>
  /** An engine that reads the files below the folders and nothing else; `timeZone` is that of its session. */
  openSql(session: { timeZone: string; readable: readonly string[] }): Promise<SqlEngine>
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
  const askedMs = ports.clock.nowMs()
  const { table, facts } = await answer(plan, ports, signal)
  return { table, facts: { ...facts, tookMs: Math.max(0, ports.clock.nowMs() - askedMs) } }
}

async function answer(plan: QueryPlan, ports: QueryPorts, signal: AbortSignal | undefined): Promise<Answer> {
  const zone = await readZone(ports)
  const { question, batchOnly } = plan
  if ('sql' in question) {
    return inSession({ range: ALL_HOURS, batchOnly, zone }, ports, signal, async ({ state, made, ask }) => {
      const table = await ask({ sql: question.sql, views: viewsNamedIn(question.sql) })
      return { table, facts: factsOf(table, { state, made }, { span: ALWAYS, zone, batchOnly }) }
    })
  }
  const preset = 'preset' in question ? question.preset : question.idsOf
  const span = resolveSpan(preset, zone)
  if ('idsOf' in question) {
    return inSession({ range: hoursOfSpan(span), batchOnly, zone }, ports, signal, async ({ state, made, ask }) => {
      const table = await ask(idsToSql(preset, span))
      return { table, facts: factsOf(table, { state, made }, { span, zone, batchOnly }) }
    })
  }
  const previous = previousOfPreset(preset, span, zone)
  const range = hoursOfSpan({ ...span, ...(previous && { fromMs: previous.span.fromMs }) })
  return inSession({ range, batchOnly, zone }, ports, signal, async ({ state, live, made, ask }) => {
    const { nowMs } = ports.clock
    const covered = () => readCovered({ range, state, live, batchOnly }, ports)
    const answered = await answerPreset({ preset, span, previous, range, zone }, { ask, readCovered: covered, nowMs })
    const { found, table } = answered
    const facts = { ...factsOf(table, { state, made }, { span, zone, batchOnly }), ...answered.facts }
    const count = async (about: Preset) => sumOfTweets(await ask(presetToSql(about, span)))
    if (!(await isEmpty(found, preset, count))) return { table, facts }
    const known = { ...facts, covered: await wholeCoverage(state, ports.lake) }
    const tweets = await count({ ...COUNT_ALL, tags: preset.tags })
    return { table, facts: { ...known, emptyBecause: whyEmpty(preset, known, tweets) } }
  })
}

/** The statement of a preset, as it would be run. @throws TwdwError E_USAGE, E_LAKE */
export async function explainPreset(preset: Preset, ports: Pick<QueryPorts, 'lake'>): Promise<string> {
  const zone = await readZone(ports)
  const span = resolveSpan(preset, zone)
  const previous = previousOfPreset(preset, span, zone)
  const before = previous && presetToSql({ ...preset, top: undefined }, previous.span)
  return [presetToSql(preset, span), ...(before ? [before] : [])].map(({ sql }) => `${sql};\n`).join('\n')
}

/** Statements that make every view over what is consolidated, for any engine of the dialect. @throws TwdwError E_LAKE */
export async function viewsDdl(
  dialect: keyof typeof DIALECTS,
  ports: Pick<QueryPorts, 'lake' | 'tables' | 'log'>,
): Promise<string> {
  const zone = await readZone(ports)
  const { lake } = ports
  const about = { range: ALL_HOURS, batchOnly: true, timeZone: zone.name }
  const state = await readLakeState(about, { lake, liveTables: async () => new Map() })
  const plan = { views: baseViewsOf(VIEWS), state, live: [], timeZone: zone.name }
  const files = await findViewFiles(plan, { ...ports, scratch: undefined, count: () => undefined })
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
}

/** Statements over one state of the lake and the journal. */
interface Session {
  state: LakeState
  live: readonly LiveSegment[]
  /** tweets of pending hours, counted when they were made for a view */
  made: ReadonlyMap<Hour, number>
  ask(statement: { sql: string; views: readonly ViewName[] }): Promise<Table>
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
      if (!(error instanceof TwdwError && error.code === 'E_LAKE') || signal?.aborted || asked === MOST_ASKED)
        throw error
      ports.log.debug(`${error.message}; asking again`)
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
    const readable = [ports.lake.locate(''), ...(scratch === undefined ? [] : [scratch.path])]
    const engine = await ports.openSql({ timeZone: plan.zone.name, readable })
    const stamps: Stamps = new Map()
    const made = new Map<Hour, number>()
    const createViews = async (views: readonly ViewName[]) => {
      const filesPlan = { views: baseViewsOf(views), state, live, timeZone: plan.zone.name }
      const count = (hour: Hour, tweets: number) => made.set(hour, tweets)
      const files = await findViewFiles(filesPlan, { ...ports, scratch, count }, signal)
      for (const [location, stamp] of await stampFiles(files.values(), ports.lake)) stamps.set(location, stamp)
      await engine.query(createViewsSql(views, files, DIALECTS.duckdb), signal)
    }
    const created = new Set<ViewName>()
    try {
      const answer = await use({
        state,
        live,
        made,
        async ask({ sql, views }) {
          const missing = views.filter(view => !created.has(view))
          if (missing.length > 0) await createViews(missing)
          for (const view of missing) created.add(view)
          ports.log.progress('asking')
          return engine.query(sql, signal)
        },
      })
      return { answer, replaced: await findReplaced(stamps, ports.lake) }
    } finally {
      await engine.close()
    }
  } finally {
    await scratch?.dispose()
  }
}

async function readLakeAndJournal(
  { range, batchOnly, zone }: SessionPlan,
  ports: QueryPorts,
): Promise<{ state: LakeState; live: readonly LiveSegment[] }> {
  let live: readonly LiveSegment[] = []
  const liveTables = async () => {
    live = await ports.liveSegments()
    return liveTweetsByHour(live)
  }
  const state = await readLakeState({ range, batchOnly, timeZone: zone.name }, { lake: ports.lake, liveTables })
  return { state, live }
}

function factsOf(
  table: Table,
  { state, made }: Pick<Session, 'state' | 'made'>,
  asked: Pick<AnswerFacts, 'span' | 'zone' | 'batchOnly'>,
): AnswerFacts {
  const isCounted = state.pending.every(hour => made.has(hour))
  return {
    ...asked,
    rows: table.numRows,
    covered: state.covered,
    unheardMs: 0,
    previous: undefined,
    tookMs: 0,
    liveHours: state.pending.length,
    liveTweets: isCounted ? [...made.values()].reduce((sum, tweets) => sum + tweets, 0) : undefined,
    leftOutHours: state.leftOut.length,
    emptyBecause: undefined,
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
