/**
 * Casting: layer1 rows as X typed them → the numbers and codes by which an hour is put in order.
 *
 * A row in which anything does not cast is rejected whole, with its first fault as the reason. Rejection is
 * by row and comes before deduplication, so a damaged delivery never takes a good one of the same tweet with it.
 * Text that is only passed on is not in here: it stays in layer1 until its place is known.
 */

import {
  type CodedLists,
  type CodedTexts,
  codedListsOf,
  codedTextsOf,
  joinCodedLists,
  joinCodedTexts,
} from '../columns/coded.ts'
import { type Counts, countsOf, joinCounts } from '../columns/counts.ts'
import { parseInstantBytes } from '../columns/instant-bytes.ts'
import { compareInt64, copyInt64, parseInt64, toNumber } from '../columns/int64.ts'
import {
  decodeText,
  forEachItem,
  forEachText,
  type Int64s,
  int64sOf,
  type Rows,
  textAt,
  textListsOf,
  textsOf,
  validRows,
} from '../columns/rows.ts'
import { HOUR_MS, type Hour, hourStartMs } from '../hour.ts'
import { tweetInstantMs } from '../instant.ts'
import { KINDS } from '../layer1.ts'

/** Why a row is refused: a rule to count by, and the value that broke it. */
export interface Rejection {
  row: number
  /** such as `tweet_id is not an INT64` */
  rule: string
  value: string
}

/** Layer1 counts that are summed. */
export const METRICS = [
  'retweet_count',
  'reply_count',
  'like_count',
  'quote_count',
  'bookmark_count',
  'impression_count',
  'user_followers',
] as const
export type Metric = (typeof METRICS)[number]

/** Columns that casting reads. */
export const CAST_COLUMNS = [
  'tweet_id',
  'created_at',
  'lang',
  'author_id',
  'conversation_id',
  'kind',
  'referenced_id',
  'in_reply_to_user_id',
  'edit_history_ids',
  'hashtags',
  ...METRICS,
  'place_id',
  'place_full_name',
  'place_name',
  'user_username',
  'user_name',
  'user_created_at',
  'rules',
  'captured_at',
] as const
/** Those of them that become codes, and texts again where they are written. */
export const CODED_COLUMNS = ['lang', 'kind', 'place_id'] as const

/** Columns of layer1 rows, cast. What stands in rejected rows does not matter. Instants are milliseconds since 1970-01-01T00:00Z. */
export interface Cast {
  count: number
  /** halves, as Int64s has them */
  tweetId: Int32Array
  authorId: Int64s
  edits: Edits
  createdAtMs: Float64Array
  capturedAtMs: Float64Array
  lang: CodedTexts
  kind: CodedTexts
  placeId: CodedTexts
  hashtags: CodedLists
  rules: CodedLists
  metrics: Record<Metric, Counts>
  /** 1 where the row describes its author, or its place */
  hasProfile: Uint8Array
  hasPlace: Uint8Array
  /** at most one a row, ascending */
  rejections: Rejection[]
}

/** Rows of tweets that have been edited; all others are their own originals, version 0. */
export interface Edits {
  rows: Uint32Array
  /** first id of the edit history, as halves */
  originals: Int32Array
  /** own place in the edit history */
  versions: Int32Array
}

/** What shows that a row describes its author or its place. */
export const PROFILE_SIGNS = ['user_username', 'user_name', 'user_followers']
export const PLACE_SIGNS = ['place_full_name', 'place_name']

/**
 * @param rows with CAST_COLUMNS
 * @param hour the partition that the rows came from; rows created outside it are rejected
 */
export function castRows(rows: Rows, hour: Hour): Cast {
  const rejected = new Map<number, Rejection>()
  const reject: Reject = (row, rule, value) => {
    if (!rejected.has(row)) rejected.set(row, { row, rule, value })
  }
  const tweetId = castIds(rows, 'tweet_id', reject).halves
  const createdAtMs = castCreatedAt(rows, hour, reject)
  const edits = castEditHistory(rows, tweetId, reject)
  const kind = codedTextsOf(rows, 'kind')
  rejectOtherKinds(kind, reject)
  const authorId = castIds(rows, 'author_id', reject)
  // these are cast once more where they are written; here only a fault of theirs matters
  for (const name of ['conversation_id', 'referenced_id', 'in_reply_to_user_id']) castIds(rows, name, reject)
  castInstants(rows, 'user_created_at', reject)
  return {
    count: rows.count,
    tweetId,
    authorId,
    edits,
    createdAtMs,
    capturedAtMs: castCapturedAt(rows),
    lang: codedTextsOf(rows, 'lang'),
    kind,
    placeId: codedTextsOf(rows, 'place_id'),
    hashtags: codedListsOf(rows, 'hashtags'),
    rules: codedListsOf(rows, 'rules'),
    metrics: Object.fromEntries(METRICS.map(name => [name, countsOf(int64sOf(rows, name))])) as Cast['metrics'],
    hasProfile: hasAnyOf(rows, PROFILE_SIGNS),
    hasPlace: hasAnyOf(rows, PLACE_SIGNS),
    rejections: [...rejected.values()].sort((a, b) => a.row - b.row),
  }
}

/** Only the first rejection of a row counts. */
type Reject = (row: number, rule: string, value: string) => void

/** A column of ids as numbers. @param reject called for what is none */
export function castIds(rows: Rows, name: string, reject: Reject): Int64s {
  const texts = textsOf(rows, name)
  const { valid } = texts
  const halves = new Int32Array(rows.count * 2)
  forEachText(texts, (row, bytes, start, end) => {
    if (valid !== undefined && valid[row] === 0) return
    if (!parseInt64(bytes, start, end, halves, row)) {
      reject(row, `${name} is not an INT64`, decodeText(bytes, start, end))
    }
  })
  return { halves, valid }
}

/** A column of instants in milliseconds, NaN for what is none. @param reject called for it */
export function castInstants(
  rows: Rows,
  name: string,
  reject: Reject,
): { ms: Float64Array; valid: Uint8Array | undefined } {
  const texts = textsOf(rows, name)
  const { valid } = texts
  const ms = new Float64Array(rows.count)
  forEachText(texts, (row, bytes, start, end) => {
    if (valid !== undefined && valid[row] === 0) return
    ms[row] = parseInstantBytes(bytes, start, end)
    if (Number.isNaN(ms[row])) reject(row, `${name} is not an instant`, decodeText(bytes, start, end))
  })
  return { ms, valid }
}

/** When each tweet was made: by `created_at`, else by the time inside its id. */
function castCreatedAt(rows: Rows, hour: Hour, reject: Reject): Float64Array {
  const { ms, valid } = castInstants(rows, 'created_at', reject)
  const tweetId = textsOf(rows, 'tweet_id')
  const fromMs = hourStartMs(hour)
  for (let row = 0; row < rows.count; row++) {
    if (valid?.[row] === 0) {
      const id = textAt(tweetId, row)
      const snowflakeMs = /^\d{1,19}$/.test(id) ? tweetInstantMs(id, null) : undefined
      if (snowflakeMs === undefined) reject(row, 'created_at is missing, and tweet_id holds no time', id)
      ms[row] = snowflakeMs ?? Number.NaN
    }
    if (ms[row]! < fromMs || ms[row]! >= fromMs + HOUR_MS) {
      reject(row, `created_at is outside the hour ${hour}`, new Date(ms[row]!).toISOString())
    }
  }
  return ms
}

/** An id that its own history does not name stands behind all that it does name. */
function castEditHistory(rows: Rows, tweetId: Int32Array, reject: Reject): Edits {
  const found: { row: number; low: number; high: number; version: number }[] = []
  const id = new Int32Array(2)
  const original = new Int32Array(2)
  let [current, place, isFound, version] = [-1, 0, false, 0]
  const finish = () => {
    if (current < 0) return
    const isOwn = compareInt64(original, 0, tweetId, current) === 0
    if (!isOwn || version > 0) found.push({ row: current, low: original[0]!, high: original[1]!, version })
  }
  forEachItem(textListsOf(rows, 'edit_history_ids'), (row, bytes, start, end) => {
    if (row !== current) {
      finish()
      ;[current, place, isFound, version] = [row, 0, false, 0]
    }
    if (!parseInt64(bytes, start, end, id, 0)) {
      reject(row, 'edit_history_ids holds what is not an INT64', decodeText(bytes, start, end))
    }
    if (place === 0) copyInt64(id, 0, original, 0)
    isFound ||= compareInt64(id, 0, tweetId, row) === 0
    place += 1
    if (!isFound) version = place
  })
  finish()
  return {
    rows: Uint32Array.from(found, edit => edit.row),
    originals: Int32Array.from(found.flatMap(edit => [edit.low, edit.high])),
    versions: Int32Array.from(found, edit => edit.version),
  }
}

function rejectOtherKinds({ codes, texts }: CodedTexts, reject: Reject): void {
  const known = new Set<string>(KINDS)
  const names = Array.from({ length: texts.size }, (_, code) =>
    decodeText(texts.bytes, texts.offsets[code]!, texts.offsets[code + 1]!),
  )
  const isKnown = names.map(name => known.has(name))
  if (isKnown.every(Boolean)) return
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]! - 1
    if (!isKnown[code]) reject(row, `kind is not one of ${KINDS.join(', ')}`, names[code]!)
  }
}

function castCapturedAt(rows: Rows): Float64Array {
  const { halves } = int64sOf(rows, 'captured_at')
  const ms = new Float64Array(rows.count)
  for (let row = 0; row < rows.count; row++) ms[row] = toNumber(halves, row)
  return ms
}

/** By row: 1 where at least one of the columns has a value. */
function hasAnyOf(rows: Rows, names: readonly string[]): Uint8Array {
  const any = new Uint8Array(rows.count)
  for (const name of names) {
    const valid = validRows(rows, rows.chunks(name))
    if (valid === undefined) return any.fill(1)
    for (let row = 0; row < rows.count; row++) any[row]! |= valid[row]!
  }
  return any
}

/**
 * Rows of several files as one; distinct texts are in the order of their bytes afterwards, also of one file alone.
 * @param parts are taken apart: their columns are not there any more when it is done, so that an hour is not in memory twice
 */
export function joinCasts(parts: readonly Cast[]): Cast {
  const starts = [0]
  for (const { count } of parts) starts.push(starts.at(-1)! + count)
  const count = starts.at(-1)!
  const take = <Name extends keyof Cast>(name: Name): Cast[Name][] =>
    parts.map(part => {
      const column = part[name]
      delete (part as Partial<Cast>)[name]
      return column
    })
  const rejections = take('rejections')
  return {
    count,
    tweetId: joinNumbers(take('tweetId'), new Int32Array(count * 2)),
    authorId: joinInt64s(take('authorId'), count),
    edits: joinEdits(take('edits'), starts),
    createdAtMs: joinNumbers(take('createdAtMs'), new Float64Array(count)),
    capturedAtMs: joinNumbers(take('capturedAtMs'), new Float64Array(count)),
    lang: joinCodedTexts(take('lang')),
    kind: joinCodedTexts(take('kind')),
    placeId: joinCodedTexts(take('placeId')),
    hashtags: joinCodedLists(take('hashtags')),
    rules: joinCodedLists(take('rules')),
    metrics: joinMetrics(take('metrics')),
    hasProfile: joinNumbers(take('hasProfile'), new Uint8Array(count)),
    hasPlace: joinNumbers(take('hasPlace'), new Uint8Array(count)),
    rejections: rejections.flatMap((some, i) =>
      some.map(rejection => ({ ...rejection, row: rejection.row + starts[i]! })),
    ),
  }
}

function joinMetrics(parts: readonly Cast['metrics'][]): Cast['metrics'] {
  const joined: Partial<Cast['metrics']> = {}
  for (const name of METRICS) {
    joined[name] = joinCounts(parts.map(part => part[name]))
    for (const part of parts) delete (part as Partial<Cast['metrics']>)[name]
  }
  return joined as Cast['metrics']
}

function joinNumbers<A extends Uint8Array | Uint32Array | Int32Array | Float64Array>(parts: readonly A[], into: A): A {
  let at = 0
  for (const part of parts) {
    into.set(part, at)
    at += part.length
  }
  return into
}

function joinInt64s(parts: readonly Int64s[], count: number): Int64s {
  const halves = joinNumbers(
    parts.map(part => part.halves),
    new Int32Array(count * 2),
  )
  if (parts.every(({ valid }) => valid === undefined)) return { halves, valid: undefined }
  const valids = parts.map(part => part.valid ?? new Uint8Array(part.halves.length / 2).fill(1))
  return { halves, valid: joinNumbers(valids, new Uint8Array(count)) }
}

function joinEdits(parts: readonly Edits[], starts: readonly number[]): Edits {
  const edits = parts.reduce((sum, part) => sum + part.rows.length, 0)
  const rows = parts.map(({ rows }, i) => rows.map(row => row + starts[i]!))
  return {
    rows: joinNumbers(rows, new Uint32Array(edits)),
    originals: joinNumbers(
      parts.map(part => part.originals),
      new Int32Array(edits * 2),
    ),
    versions: joinNumbers(
      parts.map(part => part.versions),
      new Int32Array(edits),
    ),
  }
}
