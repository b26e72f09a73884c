/**
 * Views: the tables that SQL sees, made from exact lists of files.
 *
 * A file list is never a glob: DuckDB's globs also match hidden files, and listing costs more than reading.
 * A table without files is an empty view with the same columns, so that every question has an answer.
 */
import type { Schema } from 'apache-arrow'
import { type Hour, hourStartMs } from '../hour.ts'
import { LAYER1, REJECTED } from '../layer1.ts'
import { LAYER2, type StarTable, type StaticTable } from '../layer2.ts'
import { type SqlDialect, sqlInstant } from './sql-dialect.ts'

/** Views over files. */
export type BaseView = StarTable | StaticTable | 'layer1_tweets' | 'layer1_rejected'
/** Views over other views. */
export type DerivedView = 'dim_user' | 'hashtag' | 'place' | 'language'
export type ViewName = BaseView | DerivedView

/** Where the rows of a view lie. Locations are as the engine opens them. */
export interface ViewFiles {
  /** every row counts */
  whole: readonly string[]
  /** files of a UTC day in which the rows of some hours do not count */
  partial: readonly { location: string; withoutHours: readonly Hour[] }[]
  /** tables of the engine with its columns, every row of which counts */
  tables?: readonly string[]
}

const SCHEMAS: Record<BaseView, Schema> = {
  ...(Object.fromEntries(Object.entries(LAYER2).map(([table, shape]) => [table, shape.schema])) as Record<
    StarTable | StaticTable,
    Schema
  >),
  layer1_tweets: LAYER1,
  layer1_rejected: REJECTED,
}

/** What makes a profile another one; its counts change all the time and do not. */
const PROFILE = [
  'username',
  'name',
  'description',
  'location',
  'verified',
  'verified_type',
  'protected',
  'created_at',
] as const
const PROFILE_COUNTS = ['followers', 'following', 'tweets', 'listed'] as const

/**
 * Who a user was from when to when: one row a user and version. Counts are the last ones seen of the version. No tweet with
 * an author is without its user: the first version reaches back to the author's first tweet, which may be older than what
 * the hour kept of the profile, and who was never described has one version of nulls (`is_inferred`).
 */
const DIM_USER = `
WITH marked AS (
  SELECT s.*, CASE WHEN ${PROFILE.map(column => `${column} IS DISTINCT FROM lag(${column}) OVER by_time`).join(`
    OR `)} THEN 1 ELSE 0 END AS is_change
  FROM dim_user_snapshot s
  WINDOW by_time AS (PARTITION BY user_id ORDER BY observed_at, ${PROFILE.join(', ')})
), numbered AS (
  SELECT marked.*, SUM(is_change) OVER (
    PARTITION BY user_id ORDER BY observed_at, ${PROFILE.join(', ')} ROWS UNBOUNDED PRECEDING
  ) AS version
  FROM marked
), versions AS (
  SELECT user_id, version, ${PROFILE.map(column => `MAX(${column}) AS ${column}`).join(', ')},
    ${PROFILE_COUNTS.map(column => `max_by(${column}, observed_at) AS ${column}`).join(', ')},
    MIN(observed_at) AS valid_from
  FROM numbered
  GROUP BY user_id, version
), dated AS (
  SELECT versions.*, lead(valid_from) OVER (PARTITION BY user_id ORDER BY version) AS valid_to
  FROM versions
), described AS (
  SELECT dated.*, row_number() OVER (PARTITION BY user_id ORDER BY version) AS nth
  FROM dated
  WHERE valid_to IS NULL OR valid_to > valid_from
), authors AS (
  SELECT author_id, MIN(first_captured_at) AS first_captured_at
  FROM fact_tweet
  WHERE author_id IS NOT NULL
  GROUP BY author_id
)
SELECT COALESCE(user_id, author_id) AS user_id, ${[...PROFILE, ...PROFILE_COUNTS].join(', ')},
  CASE WHEN user_id IS NULL OR (nth = 1 AND first_captured_at < valid_from) THEN first_captured_at
    ELSE valid_from END AS valid_from,
  valid_to, valid_to IS NULL AS is_current, user_id IS NULL AS is_inferred
FROM described
FULL OUTER JOIN authors ON author_id = user_id`

/** A tag over the whole lake: its most used spelling (of equals the first by its bytes) and when it was first seen. */
const HASHTAG = `
WITH spellings AS (
  SELECT tag, spelling, SUM(tweets) AS tweets, MIN(first_seen_at) AS first_seen_at
  FROM dim_hashtag
  GROUP BY tag, spelling
), ranked AS (
  SELECT tag, spelling,
    row_number() OVER (PARTITION BY tag ORDER BY tweets DESC, spelling) AS nth,
    CAST(SUM(tweets) OVER (PARTITION BY tag) AS BIGINT) AS tweets,
    COUNT(*) OVER (PARTITION BY tag) AS spellings,
    MIN(first_seen_at) OVER (PARTITION BY tag) AS first_seen_at
  FROM spellings
)
SELECT tag, spelling, tweets, spellings, first_seen_at
FROM ranked
WHERE nth = 1`

/** A place as it was last described; one that tweets name and nobody described is there too (`is_inferred`). */
const PLACE_COLUMNS = LAYER2.dim_place.schema.fields.map(field => field.name).filter(name => name !== 'place_id')
const PLACE = `
SELECT COALESCE(described.place_id, named.place_id) AS place_id, ${PLACE_COLUMNS.join(', ')},
  described.place_id IS NULL AS is_inferred
FROM (
  SELECT p.*, row_number() OVER (PARTITION BY place_id ORDER BY observed_at DESC, full_name, name) AS nth
  FROM dim_place p
) described
FULL OUTER JOIN (SELECT DISTINCT place_id FROM fact_tweet WHERE place_id IS NOT NULL) named
  ON named.place_id = described.place_id
WHERE nth = 1 OR nth IS NULL`

/** The languages of dim_lang, and the codes in tweets that it does not know, which go by themselves (`is_inferred`). */
const LANGUAGE = `
SELECT COALESCE(known.lang, found.lang) AS lang, COALESCE(name, found.lang) AS name, is_language,
  known.lang IS NULL AS is_inferred
FROM dim_lang known
FULL OUTER JOIN (SELECT DISTINCT lang FROM fact_tweet WHERE lang IS NOT NULL) found ON found.lang = known.lang`

const DERIVED: Record<DerivedView, { over: readonly BaseView[]; select: string }> = {
  dim_user: { over: ['dim_user_snapshot', 'fact_tweet'], select: DIM_USER },
  hashtag: { over: ['dim_hashtag'], select: HASHTAG },
  place: { over: ['dim_place', 'fact_tweet'], select: PLACE },
  // not `lang`, which as the name of a column stands in many a question that reads no tweet
  language: { over: ['dim_lang', 'fact_tweet'], select: LANGUAGE },
}

export const BASE_VIEWS = Object.keys(SCHEMAS) as BaseView[]
export const DERIVED_VIEWS = Object.keys(DERIVED) as DerivedView[]
export const VIEWS: readonly ViewName[] = [...BASE_VIEWS, ...DERIVED_VIEWS]

/**
 * The views that a SQL text may read: every view whose name stands in it as a word, even inside a literal or a
 * comment, for one too many costs little. A text that names none (`SHOW TABLES`) gets them all.
 */
export function viewsNamedIn(sql: string): ViewName[] {
  const words = new Set(sql.toLowerCase().match(/[\p{L}\p{N}_]+/gu))
  const named = VIEWS.filter(view => words.has(view))
  return named.length > 0 ? named : [...VIEWS]
}

/** The views over files that these views need, themselves included. */
export function baseViewsOf(views: readonly ViewName[]): BaseView[] {
  const bases = new Set(views.flatMap(view => (isDerived(view) ? DERIVED[view].over : [view])))
  return BASE_VIEWS.filter(view => bases.has(view))
}

/**
 * Statements that make the views, ready to run before a question, each ending in `;` and a line end.
 * @param files of every base view that `views` need; one that is absent has no rows
 */
export function createViewsSql(
  views: readonly ViewName[],
  files: ReadonlyMap<BaseView, ViewFiles>,
  dialect: SqlDialect,
): string {
  const base = baseViewsOf(views).map(view =>
    createView(view, selectRows(view, files.get(view) ?? { whole: [], partial: [] }, dialect)),
  )
  const derived = DERIVED_VIEWS.filter(view => views.includes(view)).map(view =>
    createView(view, DERIVED[view].select.trimStart()),
  )
  return [...base, ...derived].join('')
}

function createView(view: ViewName, select: string): string {
  return `CREATE OR REPLACE TEMPORARY VIEW ${view} AS\n${select};\n`
}

/** The columns of a view's files with their types, as an engine declares them: `tag STRING, tweets BIGINT`. */
export function fileColumnsOf(view: BaseView, dialect: SqlDialect): string {
  return SCHEMAS[view].fields.map(({ name, type }) => `${name} ${dialect.typeName(type)}`).join(', ')
}

/** A condition that rows of these hours do not meet. @param hours at least one */
export function isOfNone(hours: readonly Hour[]): string {
  return hours.map(hour => `utc_hour <> ${sqlInstant(hourStartMs(hour))}`).join(' AND ')
}

function selectRows(view: BaseView, files: ViewFiles, dialect: SqlDialect): string {
  const columns = columnsOf(view, dialect)
  const selects = files.partial.map(
    ({ location, withoutHours }) =>
      `SELECT ${columns} FROM ${dialect.filesToTable([location])}\nWHERE ${isOfNone(withoutHours)}`,
  )
  for (const table of files.tables ?? []) selects.push(`SELECT ${columns} FROM ${table}`)
  if (files.whole.length > 0) selects.unshift(`SELECT ${columns} FROM ${dialect.filesToTable(files.whole)}`)
  return selects.length > 0 ? selects.join('\nUNION ALL\n') : selectNothing(view, columns, dialect)
}

/**
 * The columns of the file, and `local_weekday` (1 = Monday to 7 = Sunday) wherever there is a local date:
 * the engines count weekdays differently, so the views do it once.
 */
function columnsOf(view: BaseView, dialect: SqlDialect): string {
  const columns = SCHEMAS[view].fields.map(field => field.name)
  const isDated = columns.includes('local_date') && view !== 'dim_date'
  if (isDated) columns.push(`${dialect.weekdayOf('local_date')} AS local_weekday`)
  return columns.join(', ')
}

function selectNothing(view: BaseView, columns: string, dialect: SqlDialect): string {
  const nulls = SCHEMAS[view].fields.map(field => `CAST(NULL AS ${dialect.typeName(field.type)}) AS ${field.name}`)
  return `SELECT ${columns} FROM (SELECT ${nulls.join(', ')}) nothing\nWHERE 1 = 0`
}

function isDerived(view: ViewName): view is DerivedView {
  return view in DERIVED
}
