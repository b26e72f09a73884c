/**
 * Casting: layer1 rows as X typed them → ids, instants and versions that layer2 can hold.
 *
 * A row in which anything does not cast is rejected whole, with its first fault as the reason. Rejection is
 * by row and comes before deduplication, so a damaged delivery never takes a good one of the same tweet with it.
 */

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
} from '../columns/rows.ts'
import { createTextIndex } from '../columns/text-index.ts'
import { HOUR_MS, type Hour, hourStartMs } from '../hour.ts'
import { tweetInstantMs } from '../instant.ts'
import { KINDS } from '../layer1.ts'

/** Why a row is refused: a rule to count by, and the value that broke it. */
export interface Rejection {
  /** such as `tweet_id is not an INT64` */
  rule: string
  value: string
}

/** Columns of all layer1 rows, cast. What stands in rejected rows does not matter. */
export interface CastRows {
  rows: Rows
  tweetId: Int64s
  /** first id of the edit history; the tweet's own where there is none */
  originalId: Int64s
  /** own place in the edit history; 0 where there is none */
  editVersion: Int32Array
  authorId: Int64s
  conversationId: Int64s
  referencedId: Int64s
  inReplyToUserId: Int64s
  /** milliseconds since 1970-01-01T00:00Z, as are all times below */
  createdAtMs: Float64Array
  capturedAtMs: Float64Array
  userCreatedAt: { ms: Float64Array; valid: Uint8Array | undefined }
  /** by row number */
  rejections: Map<number, Rejection>
}

/** @param hour the partition that the rows came from; rows created outside it are rejected */
export function castRows(rows: Rows, hour: Hour): CastRows {
  const rejections = new Map<number, Rejection>()
  const reject: Reject = (row, rule, value) => {
    if (!rejections.has(row)) rejections.set(row, { rule, value })
  }
  const tweetId = castIds(rows, 'tweet_id', reject)
  const createdAtMs = castCreatedAt(rows, hour, reject)
  const { originalId, editVersion } = castEditHistory(rows, tweetId, reject)
  rejectOtherKinds(rows, reject)
  return {
    rows,
    tweetId,
    originalId,
    editVersion,
    authorId: castIds(rows, 'author_id', reject),
    conversationId: castIds(rows, 'conversation_id', reject),
    referencedId: castIds(rows, 'referenced_id', reject),
    inReplyToUserId: castIds(rows, 'in_reply_to_user_id', reject),
    createdAtMs,
    capturedAtMs: castCapturedAt(rows),
    userCreatedAt: castInstants(rows, 'user_created_at', reject),
    rejections,
  }
}

/** Only the first rejection of a row counts. */
type Reject = (row: number, rule: string, value: string) => void

function castIds(rows: Rows, name: string, reject: Reject): Int64s {
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

function castInstants(rows: Rows, name: string, reject: Reject): { ms: Float64Array; valid: Uint8Array | undefined } {
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
function castEditHistory(rows: Rows, tweetId: Int64s, reject: Reject): Pick<CastRows, 'originalId' | 'editVersion'> {
  const original = new Int32Array(tweetId.halves)
  const editVersion = new Int32Array(rows.count)
  const version = new Int32Array(2)
  let [current, place, isFound] = [-1, 0, false]
  forEachItem(textListsOf(rows, 'edit_history_ids'), (row, bytes, start, end) => {
    if (row !== current) [current, place, isFound] = [row, 0, false]
    if (!parseInt64(bytes, start, end, version, 0)) {
      reject(row, 'edit_history_ids holds what is not an INT64', decodeText(bytes, start, end))
    }
    if (place === 0) copyInt64(version, 0, original, row)
    isFound ||= compareInt64(version, 0, tweetId.halves, row) === 0
    place += 1
    if (!isFound) editVersion[row] = place
  })
  return { originalId: { halves: original, valid: undefined }, editVersion }
}

function rejectOtherKinds(rows: Rows, reject: Reject): void {
  const kinds = createTextIndex()
  const known = new Set<string>(KINDS)
  const isKnown: boolean[] = []
  forEachText(textsOf(rows, 'kind'), (row, bytes, start, end) => {
    const code = kinds.add(bytes, start, end)
    isKnown[code] ??= known.has(kinds.text(code))
    if (!isKnown[code]) reject(row, `kind is not one of ${KINDS.join(', ')}`, kinds.text(code))
  })
}

function castCapturedAt(rows: Rows): Float64Array {
  const { halves } = int64sOf(rows, 'captured_at')
  const ms = new Float64Array(rows.count)
  for (let row = 0; row < rows.count; row++) ms[row] = toNumber(halves, row)
  return ms
}
