/**
 * The star as SQL: what `buildStar` makes of layer1, said once more in the subset that DuckDB and Spark 4 share.
 *
 * One job may hold any number of hours: every step carries `hour_ms`, the partition, and no step looks across it. A
 * table is read by hour (`selectStarTable` with one) or all at once, to be written by partition.
 *
 * In: the views `layer1`, `tag_folds` and `local_hours` of `given.ts`. Then the steps, of which those that several
 * tables need are kept in memory: `star_rows` (casts, and the fault of each row) → `star_newest_tweets`, `_users`, `_places`
 * → `star_tweets` (the newest delivery of each) → `star_superseded`, `star_hashtags` → `star_tagged` → a view a table,
 * `star_fact_tweet` and so on. No step has a WITH: Spark does not know the kept rows of such a step again.
 *
 * Both engines mean the same by: TRY_CAST of digits to BIGINT and of `2024-01-01T10:00:00.000Z` to an instant, `||`, substr,
 * right, lpad, rpad, instr, replace, lower of ASCII, length, bit_length, regexp_extract with a group, coalesce, nullif, FLOOR
 * of a quotient, `%`, `>>` (Spark from 4.0 on), BETWEEN, a date + INT, row_number, min_by, array_position within nullif(…, 0),
 * NULLS FIRST, texts and lists in the order of their bytes.
 * Behind the dialect (`sql-dialect.ts`): files and their partitions, rows kept in memory, whole-text patterns, instants and
 * wall clocks from numbers, days as numbers, and of lists the length, the first item, mapping, filtering and rows.
 * Left out for being read in two ways: `/` without FLOOR, `[i]`, `$` in a pattern, `\` in a text, QUALIFY, GROUP BY ALL,
 * `x::type`, SUM's own type, instants as any other text.
 */
import { type Hour, hourStartMs } from '../hour.ts'
import { LAYER2, type StarTable } from '../layer2.ts'
import { DAILY_TABLES, HOURLY_TABLES } from '../paths.ts'
import type { SqlDialect } from '../question/sql-dialect.ts'
import { selectCasts, WITHOUT_RAW } from './casts.ts'
import { selectNewestCaptures } from './deliveries.ts'
import { createView } from './given.ts'
import {
  PLACES,
  SELECT_SUPERSEDED,
  SELECT_TAGGED,
  selectHashtags,
  selectTable,
  selectTweets,
  TWEETS,
  USERS,
} from './tables.ts'

/** In the order in which their files are published. */
export const STAR_TABLES: readonly StarTable[] = [...HOURLY_TABLES, ...DAILY_TABLES]

/** A relation of the star, made of given ones and of steps before it. */
export interface StarStep {
  name: string
  select: string
  /** several steps are over it: its rows are made once */
  isKept: boolean
}

/** In their order. */
export function starSteps(dialect: SqlDialect): StarStep[] {
  const kept = (name: string, select: string): StarStep => ({ name, select, isKept: true })
  const view = (name: string, select: string): StarStep => ({ name, select, isKept: false })
  return [
    kept('star_rows', selectCasts('layer1', WITHOUT_RAW, dialect)),
    ...[TWEETS, USERS, PLACES].map(thing => kept(thing.captures, selectNewestCaptures(thing))),
    kept('star_tweets', selectTweets(dialect)),
    kept('star_superseded', SELECT_SUPERSEDED),
    kept('star_hashtags', selectHashtags(dialect)),
    view('star_tagged', SELECT_TAGGED),
    ...STAR_TABLES.map(table => view(`star_${table}`, selectTable(table, dialect))),
    view('star_rejected', selectRejectedRows(dialect)),
  ]
}

/** Statements after which the tables can be selected. Each ends in `;` and a line end. */
export function createStarSql(dialect: SqlDialect): string {
  return starSteps(dialect)
    .map(({ name, select, isKept }) => (isKept ? dialect.keepRows(name, select) : createView(name, select)))
    .join('')
}

/**
 * The rows of a table as its file has them: the columns of LAYER2, and its order.
 * @param hour undefined: of all hours, one after the other, with `hour_ms` (milliseconds since 1970-01-01T00:00Z) in front
 */
export function selectStarTable(table: StarTable, hour?: Hour): string {
  const { schema, sortedBy } = LAYER2[table]
  const isNullable = (name: string) => schema.fields.some(field => field.name === name && field.nullable)
  const order = sortedBy.map(name => (isNullable(name) ? `${name} NULLS FIRST` : name))
  return selectOf(`star_${table}`, schema.names.map(String), order, hour)
}

/**
 * Rejected rows: the line, the rule that it breaks and the whole value that breaks it. The reason, which quotes a piece of
 * the value as JSON does, is put together from them outside.
 * @param hour as `selectStarTable` has it
 */
export function selectRejected(hour?: Hour): string {
  const others = WITHOUT_RAW.map(name => `${name} NULLS FIRST`)
  return selectOf(
    'star_rejected',
    ['line', 'rule', 'value', 'source', 'captured_at'],
    ['captured_ms', 'line', ...others],
    hour,
  )
}

function selectOf(from: string, columns: readonly string[], order: readonly string[], hour: Hour | undefined): string {
  if (hour === undefined) {
    return `SELECT ${['hour_ms', ...columns].join(', ')}\nFROM ${from}\nORDER BY ${['hour_ms', ...order].join(', ')}`
  }
  return `SELECT ${columns.join(', ')}\nFROM ${from}\nWHERE hour_ms = ${hourStartMs(hour)}\nORDER BY ${order.join(', ')}`
}

/**
 * `raw` is read only where there are rows with a fault: rows that look like one of these are cast once more, and those that
 * are good after all are left out.
 */
function selectRejectedRows(dialect: SqlDialect): string {
  const suspects = `(
  SELECT l.*
  FROM layer1 l JOIN (
    SELECT DISTINCT tweet_id, captured_at FROM star_rows WHERE fault IS NOT NULL
  ) f ON f.tweet_id = l.tweet_id AND f.captured_at = l.captured_at
) suspects`
  return `SELECT hour_ms, raw AS line, fault AS rule, fault_value AS value, captured_ms, ${WITHOUT_RAW.join(', ')}
FROM (
${selectCasts(suspects, [...WITHOUT_RAW, 'raw'], dialect)}
) again
WHERE fault IS NOT NULL`
}
