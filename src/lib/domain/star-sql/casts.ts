/**
 * Casts as SQL: `castRows` of the kernels, over the rows of any relation with layer1's columns.
 *
 * What X typed keeps its name (`tweet_id` is still a text) for the order of deliveries; what was cast has a name of its own.
 */
import { HOUR_MS } from '../hour.ts'
import { KINDS, LAYER1 } from '../layer1.ts'
import { type SqlDialect, sqlText } from '../question/sql-dialect.ts'
import { inRange, instantTextToMs, msToText, toWallText } from './instants.ts'

/** Columns of layer1 but `raw`, most of an hour's bytes, which only rejected rows need. */
export const WITHOUT_RAW: readonly string[] = LAYER1.names.map(String).filter(name => name !== 'raw')

/** id as cast ← id as X typed it; only the first one is always there */
const IDS = {
  id: 'tweet_id',
  author: 'author_id',
  conversation: 'conversation_id',
  referenced: 'referenced_id',
  reply_to_user: 'in_reply_to_user_id',
} as const

/**
 * A SELECT of all rows, good or not, with the columns of `IDS`, and
 * - `hour_ms`, the partition; `captured_ms`, `created_ms` and `user_created_ms`: milliseconds since 1970-01-01T00:00Z
 * - `original`, the first id of the edit history, and `version`, the own place in it
 * - `fault`, the rule that the row breaks first, and `fault_value`, what breaks it; NULL for a good row
 *
 * @param from    table expression with the columns of the layer1 view
 * @param columns of layer1 that go along
 */
export function selectCasts(from: string, columns: readonly string[], dialect: SqlDialect): string {
  // nearly all tweets are versions of nothing but themselves, and lists are slow
  const isUnedited = `${dialect.lengthOf('edit_history_ids')} = 1 AND ${dialect.firstOf('edit_history_ids')} = tweet_id`
  const ifEdited = (expression: string) => `CASE WHEN ${isUnedited} THEN NULL ELSE ${expression} END`
  const shaped = `SELECT ${[...columns, 'utc_date', 'utc_hour'].join(', ')},
  ${dialect.dayNumberOf('utc_date')} * 86400000 + utc_hour * ${HOUR_MS} AS hour_ms,
  ${Object.entries(IDS)
    .map(([to, text]) => `${idOf(text, dialect)} AS ${to}`)
    .join(',\n  ')},
  ${ifEdited(dialect.mapList('edit_history_ids', 'e', idOf('e', dialect)))} AS history,
  ${ifEdited(dialect.firstOf(dialect.filterList('edit_history_ids', 'e', `${idOf('e', dialect)} IS NULL`)))} AS no_id,
  ${toWallText('created_at', dialect)} AS created_wall,
  ${toWallText('user_created_at', dialect)} AS user_created_wall,
  ${dialect.msOf('captured_at')} AS captured_ms
FROM ${from}`
  const measured = `SELECT shaped.*,
  coalesce(${dialect.firstOf('history')}, id) AS original,
  CAST(coalesce(nullif(array_position(history, id), 0) - 1, ${dialect.lengthOf('history')}, 0) AS INT) AS version,
  ${instantTextToMs('created_at', 'created_wall', dialect)} AS stated_ms,
  ${instantTextToMs('user_created_at', 'user_created_wall', dialect)} AS user_stated_ms
FROM (\n${shaped}\n) shaped`
  const ranged = `SELECT measured.*,
  CASE WHEN created_at IS NULL THEN ${SNOWFLAKE_MS} ELSE ${inRange('stated_ms')} END AS created_ms,
  ${inRange('user_stated_ms')} AS user_created_ms
FROM (\n${measured}\n) measured`
  return `SELECT ${columns.join(', ')}, hour_ms, ${Object.keys(IDS).join(', ')}, original, version,
  captured_ms, created_ms, user_created_ms,
  CASE${FAULTS.map(({ isBroken, rule }) => `\n    WHEN ${isBroken} THEN ${rule}`).join('')}
  END AS fault,
  CASE${FAULTS.map(({ isBroken, value }) => `\n    WHEN ${isBroken} THEN ${value}`).join('')}
  END AS fault_value
FROM (\n${ranged}\n) ranged`
}

/** An INT64 of digits alone; NULL for any other text. */
function idOf(text: string, { matches }: SqlDialect): string {
  return `CASE WHEN ${matches(text, '[0-9]+')} THEN TRY_CAST(${text} AS BIGINT) END`
}

/** The time inside an id; NULL for ids that were counted, and for texts that are longer than an id can be. */
const SNOWFLAKE_MS = `CASE
      WHEN length(tweet_id) > 19 OR (length(tweet_id) < 12 AND id <= 30000000000) THEN NULL
      ELSE (id >> 22) + 1288834974657
    END`

/** A rule of layer2, all as SQL over `ranged`. */
interface Fault {
  isBroken: string
  /** its name */
  rule: string
  /** what broke it */
  value: string
}

const noId = (to: keyof typeof IDS): Fault => ({
  isBroken: `${IDS[to]} IS NOT NULL AND ${to} IS NULL`,
  rule: `'${IDS[to]} is not an INT64'`,
  value: IDS[to],
})

/** In the order in which the kernels look: a row's first fault is its reason. */
const FAULTS: readonly Fault[] = [
  noId('id'),
  {
    isBroken: 'created_at IS NOT NULL AND created_ms IS NULL',
    rule: "'created_at is not an instant'",
    value: 'created_at',
  },
  {
    isBroken: 'created_ms IS NULL',
    rule: "'created_at is missing, and tweet_id holds no time'",
    value: 'tweet_id',
  },
  {
    isBroken: `created_ms < hour_ms OR created_ms >= hour_ms + ${HOUR_MS}`,
    rule: "'created_at is outside the hour ' || CAST(utc_date AS STRING) || 'T' || lpad(CAST(utc_hour AS STRING), 2, '0')",
    value: msToText('created_ms'),
  },
  { isBroken: 'no_id IS NOT NULL', rule: "'edit_history_ids holds what is not an INT64'", value: 'no_id' },
  {
    isBroken: `kind NOT IN (${KINDS.map(sqlText).join(', ')})`,
    rule: sqlText(`kind is not one of ${KINDS.join(', ')}`),
    value: 'kind',
  },
  noId('author'),
  noId('conversation'),
  noId('referenced'),
  noId('reply_to_user'),
  {
    isBroken: 'user_created_at IS NOT NULL AND user_created_ms IS NULL',
    rule: "'user_created_at is not an instant'",
    value: 'user_created_at',
  },
]
