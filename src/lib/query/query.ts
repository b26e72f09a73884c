/**
 * Query: a question about the lake becomes SQL over views, and its answer one Arrow table.
 *
 * Batch and online are one question: hours that are not consolidated, and lines still in this machine's journal, go
 * through the rules of consolidate into files of their own, and the views hold both.
 */
import type { Table } from 'apache-arrow'
import { type AnswerFacts, whyEmpty } from '../domain/answer/notes.ts'
import type { HourRange } from '../domain/hour.ts'
import type { Zone } from '../domain/question/local-time.ts'
import { hoursOfSpan, type Preset, resolveSpan, type Span } from '../domain/question/preset.ts'
import { presetToSql } from '../domain/question/preset-sql.ts'
import { fillSeries } from '../domain/question/series.ts'
import { DIALECTS, type SqlDialect } from '../domain/question/sql-dialect.ts'
import { baseViewsOf, createViewsSql, VIEWS, type ViewName, viewsNamedIn } from '../domain/question/views.ts'
import { createWallClock } from '../domain/time-zone.ts'
import type { Log } from '../io/log.ts'
import type { Scratch } from '../io/scratch.ts'
import type { SqlEngine } from '../io/sql.ts'
import type { Tables } from '../io/tables.ts'
import { readLakeSettings } from '../lake-door.ts'
import { type LakeState, readLakeState, type StatePorts } from './lake-state.ts'
import { findViewFiles } from './view-files.ts'

/** What is asked: a preset, or SQL over the views. */
export type Question = { preset: Preset } | { sql: string }

export interface QueryPlan {
  question: Question
  /** only what is consolidated */
  batchOnly: boolean
}

export interface QueryPorts extends StatePorts {
  tables: Tables
  log: Log
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
  const zone = await readZone(ports)
  if ('sql' in plan.question) {
    const { sql } = plan.question
    const { table, state } = await runOverViews(
      plan,
      { sql, views: viewsNamedIn(sql), range: ALL_HOURS },
      zone,
      ports,
      signal,
    )
    return { table, facts: factsOf(table, state, ALWAYS, zone) }
  }
  const { preset } = plan.question
  const span = resolveSpan(preset, zone)
  const { sql, views } = presetToSql(preset, span)
  const found = await runOverViews(plan, { sql, views, range: hoursOfSpan(span) }, zone, ports, signal)
  const table = fillSeries(found.table, preset, span, zone)
  const facts = factsOf(table, found.state, span, zone)
  const count = (about: Preset) => countTweets(about, plan, zone, ports, signal)
  if (!(await isEmpty(found.table, preset, count))) return { table, facts }
  const { covered, tweets } = await count({ ...NO_RESTRICTION, tags: preset.tags })
  return { table, facts: { ...facts, covered, emptyBecause: whyEmpty(preset, { covered, span, zone }, tweets) } }
}

/** The statement of a preset, as it would be run. @throws TwdwError E_USAGE, E_LAKE */
export async function explainPreset(preset: Preset, ports: Pick<QueryPorts, 'lake'>): Promise<string> {
  const span = resolveSpan(preset, await readZone(ports))
  return `${presetToSql(preset, span).sql};\n`
}

/** Statements that make every view over what is consolidated, for any engine of the dialect. @throws TwdwError E_LAKE */
export async function viewsDdl(
  dialect: SqlDialect['name'],
  ports: Pick<QueryPorts, 'lake' | 'tables' | 'log'>,
): Promise<string> {
  const zone = await readZone(ports)
  const nothingLive = { ...ports, liveTables: async () => new Map() }
  const state = await readLakeState({ range: ALL_HOURS, batchOnly: true }, nothingLive)
  const scratch = () => Promise.reject(new Error('a batch has no file that must be made'))
  const plan = { views: baseViewsOf(VIEWS), state, timeZone: zone.name }
  const files = await findViewFiles(plan, { ...ports, scratch })
  return createViewsSql(VIEWS, files, DIALECTS[dialect])
}

const ALL_HOURS: HourRange = { from: undefined, to: undefined }

async function readZone({ lake }: Pick<QueryPorts, 'lake'>): Promise<Zone> {
  const { timeZone } = await readLakeSettings(lake)
  return { name: timeZone, clock: createWallClock(timeZone) }
}

/** A statement, the views that it names, and the hours of which it needs rows. */
interface Statement {
  sql: string
  views: readonly ViewName[]
  range: HourRange
}

async function runOverViews(
  { batchOnly }: Pick<QueryPlan, 'batchOnly'>,
  { sql, views, range }: Statement,
  zone: Zone,
  ports: QueryPorts,
  signal: AbortSignal | undefined,
): Promise<{ table: Table; state: LakeState }> {
  const state = await readLakeState({ range, batchOnly }, ports)
  if (state.pending.length > MANY_HOURS) {
    ports.log.info(`${state.pending.length} hours are not consolidated; after \`twdw consolidate\` this is quicker`)
  }
  let scratch: Promise<Scratch> | undefined
  const openScratch = () => {
    scratch ??= ports.openScratch()
    return scratch
  }
  try {
    const filesPlan = { views: baseViewsOf(views), state, timeZone: zone.name }
    const files = await findViewFiles(filesPlan, { ...ports, scratch: openScratch }, signal)
    const readable = [ports.lake.locate(''), ...(scratch === undefined ? [] : [(await scratch).path])]
    const engine = await ports.openSql({ timeZone: zone.name, readable })
    try {
      ports.log.progress('asking')
      await engine.query(createViewsSql(views, files, DIALECTS.duckdb), signal)
      return { table: await engine.query(sql, signal), state }
    } finally {
      await engine.close()
    }
  } finally {
    await scratch?.then(folder => folder.dispose())
  }
}

function factsOf(table: Table, state: LakeState, span: Span, zone: Zone): AnswerFacts {
  return {
    rows: table.numRows,
    zone,
    span,
    covered: state.covered,
    liveHours: state.pending.length,
    leftOutHours: state.leftOut.length,
    emptyBecause: undefined,
  }
}

type CountTweets = (about: Preset) => Promise<{ tweets: number; covered: AnswerFacts['covered'] }>

/** True when no tweet was found. Without columns there is a row all the same, and its zero may be that of tweets without likes. */
async function isEmpty(found: Table, preset: Preset, count: CountTweets): Promise<boolean> {
  if (found.numRows === 0) return true
  if (found.numCols > 1 || found.getChild(preset.metric)?.get(0) !== 0n) return false
  return preset.metric === 'tweets' || (await count({ ...preset, metric: 'tweets' })).tweets === 0
}

const NO_RESTRICTION: Preset = {
  tags: [],
  allTags: false,
  by: [],
  metric: 'tweets',
  from: undefined,
  to: undefined,
  langs: [],
  kinds: [],
  users: [],
  top: undefined,
  order: undefined,
}

/** @param about a preset of tweets without columns */
async function countTweets(
  about: Preset,
  plan: Pick<QueryPlan, 'batchOnly'>,
  zone: Zone,
  ports: QueryPorts,
  signal: AbortSignal | undefined,
): ReturnType<CountTweets> {
  const span = resolveSpan(about, zone)
  const { sql, views } = presetToSql(about, span)
  const { table, state } = await runOverViews(plan, { sql, views, range: hoursOfSpan(span) }, zone, ports, signal)
  const counts = Array.from(table.getChild('tweets') ?? [], value => Number(value ?? 0))
  return { tweets: counts.reduce((sum, count) => sum + count, 0), covered: state.covered }
}
