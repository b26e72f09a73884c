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
import type { Covered } from '../domain/question/covered.ts'
import { idsToSql } from '../domain/question/ids-sql.ts'
import type { Zone } from '../domain/question/local-time.ts'
import { COUNT_ALL, hoursOfSpan, type Preset, resolveSpan, type Span } from '../domain/question/preset.ts'
import { presetStatements, presetToSql } from '../domain/question/preset-sql.ts'
import { DIALECTS } from '../domain/question/sql-dialect.ts'
import { baseViewsOf, createViewsSql, VIEWS, type ViewName, viewsNamedIn } from '../domain/question/views.ts'
import { createWallClock } from '../domain/time-zone.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake } from '../io/lake.ts'
import { readLakeSettings } from '../lake-door.ts'
import { answerPreset, type PresetPorts, previousOfPreset } from './answer-preset.ts'
import { readCovered } from './covered.ts'
import { type LakeState, readLakeState } from './lake-state.ts'
import { inSession, type QueryPorts, type Session } from './sql-session.ts'
import { findUnknownTags } from './unknown-tags.ts'
import { findViewFiles } from './view-files.ts'

/** What is asked: a preset, the ids of the tweets that a preset counts, or SQL over the views. */
export type Question = { preset: Preset } | { idsOf: Preset } | { sql: string }

export interface QueryPlan {
  question: Question
  /** only what is consolidated */
  batchOnly: boolean
}

export interface Answer {
  table: Table
  facts: AnswerFacts
}

const ALWAYS: Span = { fromMs: undefined, toMs: undefined }
/**
 * @throws TwdwError E_USAGE for SQL that is wrong or a span that is empty, E_LAKE when there is no lake or it cannot be
 *   read, E_INTERRUPTED
 */
export async function query(plan: QueryPlan, ports: QueryPorts, signal?: AbortSignal): Promise<Answer> {
  const { question, batchOnly } = plan
  if ('sql' in question) {
    const answers = await querySql({ sql: question.sql, batchOnly, readsAllFiles: false }, ports, signal)
    const last = answers.at(-1)
    if (last === undefined) throw noAnswer()
    return last
  }
  const tookMs = stopwatch(ports.clock)
  const { table, facts } =
    'preset' in question
      ? await queryPreset(question.preset, batchOnly, ports, signal)
      : await queryIds(question.idsOf, batchOnly, ports, signal)
  return { table, facts: { ...facts, tookMs: tookMs() } }
}

async function queryPreset(
  preset: Preset,
  batchOnly: boolean,
  ports: QueryPorts,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const zone = await readZone(ports)
  const span = resolveSpan(preset, zone)
  const previous = previousOfPreset(preset, span, zone)
  const range = hoursOfSpan({ ...span, ...(previous && { fromMs: previous.span.fromMs }) })
  const tags = preset.allTags ? [] : preset.tags
  return inSession({ range, batchOnly, zone, tags }, ports, signal, async session => {
    const asked = { preset, span, previous, zone }
    const { found, table, facts } = await answerPreset(asked, presetPorts(session, { range, batchOnly }, ports))
    const about = { ...factsOf(table, session, { span, zone, batchOnly }), ...facts }
    return explainNothing({ table, facts: about }, { found, preset, span }, session, ports)
  })
}

async function queryIds(
  preset: Preset,
  batchOnly: boolean,
  ports: QueryPorts,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const zone = await readZone(ports)
  const span = resolveSpan(preset, zone)
  return inSession({ range: hoursOfSpan(span), batchOnly, zone }, ports, signal, async session => {
    const table = await session.ask(idsToSql(preset, span))
    const facts = factsOf(table, session, { span, zone, batchOnly })
    return explainNothing({ table, facts }, { found: table, preset, span }, session, ports)
  })
}

function presetPorts(
  { state, live, ask }: Session,
  about: { range: HourRange; batchOnly: boolean },
  ports: QueryPorts,
): PresetPorts {
  const { nowMs } = ports.clock
  return { ask, readCovered: () => readCovered({ ...about, state, live }, ports), nowMs }
}

/** The same answer; where it has nothing, or nothing of some tags, with the reason. @param asked `found` is what SQL gave */
async function explainNothing(
  { table, facts }: Answer,
  { found, preset, span }: { found: Table; preset: Preset; span: Span },
  { state, ask }: Session,
  { lake }: QueryPorts,
): Promise<Answer> {
  const askPreset = (about: Preset) => ask({ ...presetToSql(about, span), allTags: about.allTags })
  const count = async (about: Preset) => sumOfTweets(await askPreset(about))
  const empty = await isEmpty(found, preset, count)
  const unknownTags = await findUnknownTags(preset.tags, empty ? undefined : found, askPreset)
  if (!empty) return { table, facts: { ...facts, unknownTags } }
  const known = { ...facts, unknownTags, covered: await wholeCoverage(state, lake) }
  const tweets = await count({ ...COUNT_ALL, tags: preset.tags })
  return { table, facts: { ...known, emptyBecause: whyEmpty(preset, known, tweets) } }
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
  const tookMs = stopwatch(ports.clock)
  const zone = await readZone(ports)
  const { sql, batchOnly, readsAllFiles, before = '' } = plan
  const views = [...new Set([...viewsNamedIn(sql), ...(before === '' ? [] : viewsNamedIn(before))])]
  const wantsLayer1 = views.some(view => view === 'layer1_tweets' || view === 'layer1_rejected')
  const about = { range: ALL_HOURS, batchOnly, zone, wantsLayer1, readsAllFiles }
  const answers = await inSession(about, ports, signal, async session => {
    const tables = await session.askAll({ sql, views })
    return tables.map(table => ({ table, facts: factsOf(table, session, { span: ALWAYS, zone, batchOnly }) }))
  })
  // how long each of several took is not known
  const [only] = answers.length === 1 ? answers : []
  return only === undefined ? answers : [{ ...only, facts: { ...only.facts, tookMs: tookMs() } }]
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
  const range = hoursOfSpan(span)
  return inSession({ range, batchOnly, zone }, ports, signal, session => {
    const { ask, readCovered, nowMs } = presetPorts(session, { range, batchOnly }, ports)
    let covered: Promise<Covered> | undefined
    // read once for all that are asked
    const about = { ask, nowMs, readCovered: () => (covered ??= readCovered()) }
    return use({
      zone,
      span,
      ask,
      askPreset: async preset => (await answerPreset({ preset, span, previous: undefined, zone }, about)).table,
      factsOf: table => factsOf(table, session, { span, zone, batchOnly }),
    })
  })
}

/** The statements of a preset, as they would be run. @throws TwdwError E_USAGE, E_LAKE */
export async function explainPreset(preset: Preset, ports: Pick<QueryPorts, 'lake'>): Promise<string> {
  const zone = await readZone(ports)
  const span = resolveSpan(preset, zone)
  const previous = previousOfPreset(preset, span, zone)
  return presetStatements(preset, span, previous?.span)
    .map(({ sql }) => `${sql};\n`)
    .join('\n')
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
  // whoever reads them is not told when a month goes; the files of hours have their names for ever
  const plan = { views: baseViewsOf(VIEWS), state: { ...state, months: [] }, live: [], timeZone: zone.name }
  const files = await findViewFiles(plan, { ...ports, scratch: undefined, count: () => undefined })
  return createViewsSql(VIEWS, files, DIALECTS[dialect])
}

const ALL_HOURS: HourRange = { from: undefined, to: undefined }

async function readZone({ lake }: Pick<QueryPorts, 'lake'>): Promise<Zone> {
  const { timeZone } = await readLakeSettings(lake)
  return { name: timeZone, clock: createWallClock(timeZone) }
}

function stopwatch({ nowMs }: Pick<Clock, 'nowMs'>): () => number {
  const startMs = nowMs()
  return () => Math.max(0, nowMs() - startMs)
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
    tookMs: undefined,
    batchHours: state.consolidated.size,
    liveHours: state.pending.length,
    liveTweets: isCounted ? [...made.values()].reduce((sum, tweets) => sum + tweets, 0) : undefined,
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
