/**
 * The files of each view: those of the lake, and for pending hours files that are made for one question.
 *
 * Only the tables that a question reads are made and named, so that a count by hour never touches a fact.
 */
import type { Table } from 'apache-arrow'
import { pendingStar } from '../consolidate/hour-star.ts'
import { type Hour, utcDateOf } from '../domain/hour.ts'
import { hasTable } from '../domain/hour-index.ts'
import { LAYER1_REPEATING, REJECTED_REPEATING } from '../domain/layer1-builder.ts'
import { LAYER2, type StarTable } from '../domain/layer2.ts'
import {
  DAILY_TABLES,
  type DailyTable,
  dailyPath,
  dimDatePath,
  dimLangPath,
  HOURLY_TABLES,
  hourlyPath,
  LAYER1_REJECTED,
  layer1Path,
  rejectedByHourPath,
  rejectedPath,
  tableFolder,
} from '../domain/paths.ts'
import type { BaseView, ViewFiles } from '../domain/question/views.ts'
import { buildCalendar, localYearsOf } from '../domain/star/calendar.ts'
import { buildLanguages } from '../domain/star/languages.ts'
import { TwdwError } from '../errors.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Scratch } from '../io/scratch.ts'
import type { Tables } from '../io/tables.ts'
import { type LiveSegment, remainingOf } from '../listen/live.ts'
import type { LakeState } from './lake-state.ts'

export interface ViewFilesPorts {
  lake: Lake
  tables: Tables
  log: Log
  /** for files that have to be made; undefined where there is none: no hour is pending, and nothing is live */
  scratch: Scratch | undefined
  /** is told how many tweets an hour has that was made */
  count(hour: Hour, tweets: number): void
}

/** What is looked for. */
export interface ViewFilesPlan {
  /** those that need files */
  views: readonly BaseView[]
  state: LakeState
  /** of the journal, read before the state was; what the lake has by now is taken from the lake */
  live: readonly LiveSegment[]
  /** of the lake */
  timeZone: string
}

const STAR_TABLES: readonly StarTable[] = [...HOURLY_TABLES, ...DAILY_TABLES]

/**
 * @returns files of each of the views, located for the SQL engine
 * @throws TwdwError E_LAKE, E_INTERRUPTED
 */
export async function findViewFiles(
  plan: ViewFilesPlan,
  ports: ViewFilesPorts,
  signal?: AbortSignal,
): Promise<Map<BaseView, ViewFiles>> {
  const stored = new Map<BaseView, StoredFiles>()
  for (const view of plan.views) stored.set(view, await lakeFiles(view, plan.state, ports.lake))
  const rejected = new Set(stored.get('layer1_rejected')?.whole)
  const live = withoutStored(plan, rejected).map(segment => remainingOf(segment, plan.state.forgotten))
  const files = await bringFiles(stored, ports)
  const made = await makeFiles({ ...plan, live }, ports, signal)
  for (const [view, { whole, partial }] of files)
    files.set(view, { whole: [...whole, ...(made.get(view) ?? [])], partial })
  return files
}

/** Files of one view by their paths. */
interface StoredFiles {
  whole: readonly string[]
  partial: readonly { path: string; withoutHours: readonly Hour[] }[]
}

/** All together: where the lake is far, many are brought in the time of one. */
async function bringFiles(
  stored: ReadonlyMap<BaseView, StoredFiles>,
  { lake, log }: Pick<ViewFilesPorts, 'lake' | 'log'>,
): Promise<Map<BaseView, ViewFiles>> {
  const paths = [...stored.values()].flatMap(({ whole, partial }) => [...whole, ...partial.map(({ path }) => path)])
  if (lake.isFar && paths.length > 0) log.progress(`reading ${paths.length} files of ${lake.url}`)
  const locations = await lake.bring(paths)
  const locationOf = new Map(paths.map((path, i) => [path, locations[i]!]))
  return new Map(
    [...stored].map(([view, { whole, partial }]) => [
      view,
      {
        whole: whole.map(path => locationOf.get(path)!),
        partial: partial.map(({ path, withoutHours }) => ({ location: locationOf.get(path)!, withoutHours })),
      },
    ]),
  )
}

/**
 * A segment may be published after the journal was read and before the lake was listed, or be half published now.
 * @param rejected paths of the rejected lines in the lake
 */
function withoutStored({ live, state }: ViewFilesPlan, rejected: ReadonlySet<string>): LiveSegment[] {
  const stored = new Set([...state.inputs.values()].flat().map(({ path }) => path))
  return live.map(({ segment, ...tables }) => ({
    segment,
    tweets: new Map([...tables.tweets].filter(([hour]) => !stored.has(layer1Path(hour, segment)))),
    rejected: rejected.has(rejectedPath(segment)) ? tables.rejected.slice(0, 0) : tables.rejected,
  }))
}

async function lakeFiles(view: BaseView, state: LakeState, lake: Lake): Promise<StoredFiles> {
  const whole = (paths: readonly string[]) => ({ whole: paths, partial: [] })
  switch (view) {
    case 'layer1_tweets':
      return whole([...state.inputs.values()].flat().map(({ path }) => path))
    case 'layer1_rejected': {
      const remade = new Set(state.pending.map(rejectedByHourPath))
      return whole((await lake.list(LAYER1_REJECTED)).map(({ path }) => path).filter(path => !remade.has(path)))
    }
    case 'dim_lang':
    case 'dim_date':
      return whole((await lake.list(tableFolder(view))).map(({ path }) => path))
    case 'agg_hashtag_hour':
    case 'agg_hashtag_user_hour':
      return dayFiles(view, state)
    default: {
      const { paths, covered } = monthFiles(view, state)
      const hours = hoursIn(view, state).filter(hour => !covered.has(hour))
      return whole([...paths, ...hours.map(hour => hourlyPath(view, hour))])
    }
  }
}

/** Hours of which a table has rows. A file that is gone although there are some is damage, and the engine will say so. */
function hoursIn(table: StarTable, { consolidated }: LakeState): Hour[] {
  return [...consolidated].flatMap(([hour, tables]) => (hasTable(tables, table) ? [hour] : []))
}

/** Files of months, and the hours whose rows are in them. */
function monthFiles(table: StarTable, { months }: LakeState): { paths: string[]; covered: Set<Hour> } {
  const withTable = months.filter(({ tables }) => tables[table] !== undefined)
  return {
    paths: withTable.flatMap(({ tables }) => tables[table]!.map(({ path }) => path)),
    covered: new Set(withTable.flatMap(({ hours }) => hours)),
  }
}

/**
 * A day's file counts whole unless it may hold rows of an hour that does not count, or counts in the file of a month. One all of
 * whose hours do is not read.
 */
function dayFiles(table: DailyTable, state: LakeState): StoredFiles {
  const { paths, covered } = monthFiles(table, state)
  const excluded = Map.groupBy([...state.excluded, ...covered], utcDateOf)
  const files: { whole: string[]; partial: StoredFiles['partial'][number][] } = { whole: paths, partial: [] }
  const hours = hoursIn(table, state).filter(hour => !covered.has(hour))
  for (const day of new Set(hours.map(utcDateOf))) {
    const path = dailyPath(table, day)
    const withoutHours = excluded.get(day)
    if (withoutHours === undefined) files.whole.push(path)
    else files.partial.push({ path, withoutHours })
  }
  return files
}

/** Write a table that no file of the lake has, if it has rows. @param name tells files of one view apart */
type AddFile = (view: BaseView, name: string, table: Table, repeating: readonly string[]) => Promise<void>

/** @returns locations of the files that were made, by view */
async function makeFiles(
  plan: ViewFilesPlan,
  ports: ViewFilesPorts,
  signal: AbortSignal | undefined,
): Promise<Map<BaseView, string[]>> {
  const made = new Map<BaseView, string[]>()
  const add: AddFile = async (view, name, table, repeating) => {
    if (table.numRows === 0) return
    if (ports.scratch === undefined)
      throw new Error(`${view} has rows of ${name} that no file has, and nowhere to put them`)
    const location = await ports.scratch.write(`${view}-${name}.parquet`, table, { repeating })
    made.set(view, [...(made.get(view) ?? []), location])
  }
  const { pending } = plan.state
  for (const [i, hour] of pending.entries()) {
    if (signal?.aborted) throw new TwdwError('E_INTERRUPTED', 'the query was stopped before it had an answer')
    ports.log.progress(`reading hour ${hour}, which is not consolidated yet, ${i + 1} of ${pending.length}`)
    await makeHourFiles(hour, plan, ports, add)
  }
  if (pending.length > 0) await makeStaticTables(plan, ports.lake, add)
  if (plan.views.includes('layer1_rejected')) {
    for (const { segment, rejected } of plan.live) await add('layer1_rejected', segment, rejected, REJECTED_REPEATING)
  }
  return made
}

async function makeHourFiles(
  hour: Hour,
  { views, state, live: segments, timeZone }: ViewFilesPlan,
  { tables, count }: Pick<ViewFilesPorts, 'tables' | 'count'>,
  add: AddFile,
): Promise<void> {
  const live = segments.flatMap(({ tweets }) => tweets.get(hour) ?? [])
  if (views.includes('layer1_tweets')) {
    for (const [n, table] of live.entries()) await add('layer1_tweets', `${hour}-${n}`, table, LAYER1_REPEATING)
  }
  const starTables = STAR_TABLES.filter(table => views.includes(table))
  if (starTables.length === 0 && !views.includes('layer1_rejected')) return
  const { forgotten } = state
  const star = await pendingStar(hour, { inputs: state.inputs.get(hour) ?? [], live, timeZone, forgotten }, { tables })
  count(hour, star.counts.tweets)
  for (const table of starTables) await add(table, hour, star.tables[table], LAYER2[table].repeating)
  if (views.includes('layer1_rejected')) await add('layer1_rejected', hour, star.rejected, REJECTED_REPEATING)
}

/** Calendar and languages that consolidate would write with the pending hours. */
async function makeStaticTables({ views, state, timeZone }: ViewFilesPlan, lake: Lake, add: AddFile): Promise<void> {
  if (views.includes('dim_lang') && (await lake.read(dimLangPath())) === undefined) {
    await add('dim_lang', 'all', buildLanguages(), LAYER2.dim_lang.repeating)
  }
  if (!views.includes('dim_date')) return
  const there = new Set((await lake.list(tableFolder('dim_date'))).map(({ path }) => path))
  for (const year of localYearsOf(state.pending, timeZone)) {
    if (there.has(dimDatePath(year))) continue
    await add('dim_date', String(year), buildCalendar(year, timeZone), LAYER2.dim_date.repeating)
  }
}
