/**
 * Deduplication: of all deliveries of a tweet, the row that layer2 keeps.
 *
 * The latest capture wins. Captures of one millisecond are told apart by what stands in them, so the choice
 * never depends on the order in which files or rows were read.
 */
import { compareInt64, createInt64Index, rankInt64s } from '../columns/int64.ts'
import { type CompareRows, createCompareRows } from '../columns/row-order.ts'
import type { Int64s } from '../columns/rows.ts'
import { LAYER1 } from '../layer1.ts'
import type { CastRows } from './cast.ts'

/** The distinct tweets of an hour, numbered by ascending id. */
export interface Tweets {
  count: number
  ids: Int64s
  /** layer1 row → tweet; -1 for a rejected row */
  tweetOf: Int32Array
  /** tweet → the row that is kept */
  pick: Uint32Array
  /** milliseconds since 1970-01-01T00:00Z */
  firstCapturedMs: Float64Array
  /** 1 for the last version of an original in this hour */
  isLatest: Uint8Array
  /** good rows that are not kept */
  duplicates: number
}

/** Is row `a` newer than row `b`? Of two rows that differ in any column but `raw`, exactly one is newer than the other. */
export type IsNewer = (a: number, b: number) => boolean

/** Rejected rows are no deliveries. @param isNewer decides which delivery of a tweet is kept */
export function dedupeTweets(cast: CastRows, isNewer: IsNewer): Tweets {
  const { tweetOf, ids } = numberTweets(cast)
  const count = ids.halves.length / 2
  const pick = pickNewest(tweetOf, count, isNewer)
  const firstCapturedMs = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  let goodRows = 0
  for (let row = 0; row < tweetOf.length; row++) {
    const tweet = tweetOf[row]!
    if (tweet < 0) continue
    goodRows += 1
    if (cast.capturedAtMs[row]! < firstCapturedMs[tweet]!) firstCapturedMs[tweet] = cast.capturedAtMs[row]!
  }
  const isLatest = markLatest(cast, pick)
  return { count, ids, tweetOf, pick, firstCapturedMs, isLatest, duplicates: goodRows - count }
}

/** For each key the newest of its rows. @param keyOf row → key from 0 to keys - 1, each at least once; -1 for none */
export function pickNewest(keyOf: Int32Array, keys: number, isNewer: IsNewer): Uint32Array {
  const newest = new Int32Array(keys).fill(-1)
  for (let row = 0; row < keyOf.length; row++) {
    const key = keyOf[row]!
    if (key >= 0 && (newest[key] === -1 || isNewer(row, newest[key]!))) newest[key] = row
  }
  return Uint32Array.from(newest)
}

/**
 * Later captures are newer; of one instant the greater id, then the greater value of any other column, first
 * difference first. `raw` is never looked at: rows that differ in nothing else make the same layer2.
 */
export function createIsNewer({ rows, capturedAtMs, tweetId }: CastRows): IsNewer {
  const others = LAYER1.fields.map(field => field.name).filter(name => name !== 'raw' && name !== 'captured_at')
  let compareOthers: CompareRows | undefined
  return (a, b) => {
    const laterMs = capturedAtMs[a]! - capturedAtMs[b]!
    if (laterMs !== 0) return laterMs > 0
    const order = compareInt64(tweetId.halves, a, tweetId.halves, b)
    if (order !== 0) return order > 0
    // made on first use: the same delivery twice in a millisecond is rare, but a replayed file may be full of it
    compareOthers ??= createCompareRows(rows, others)
    return compareOthers(a, b) > 0
  }
}

function numberTweets({ tweetId, rejections, rows }: CastRows): Pick<Tweets, 'tweetOf' | 'ids'> {
  const index = createInt64Index(rows.count)
  const tweetOf = new Int32Array(rows.count)
  for (let row = 0; row < rows.count; row++) {
    tweetOf[row] = rejections.has(row) ? -1 : index.add(tweetId.halves[2 * row]!, tweetId.halves[2 * row + 1]!)
  }
  const { sorted, rankOf } = rankInt64s(index)
  for (let row = 0; row < rows.count; row++) if (tweetOf[row]! >= 0) tweetOf[row] = rankOf[tweetOf[row]!]!
  return { tweetOf, ids: { halves: sorted, valid: undefined } }
}

/** Of two versions with the same number the larger id is the later one. */
function markLatest({ originalId, editVersion }: CastRows, pick: Uint32Array): Uint8Array {
  const originals = createInt64Index(pick.length)
  const latest = new Int32Array(pick.length).fill(-1)
  for (let tweet = 0; tweet < pick.length; tweet++) {
    const row = pick[tweet]!
    const original = originals.add(originalId.halves[2 * row]!, originalId.halves[2 * row + 1]!)
    const known = latest[original]!
    if (known === -1 || editVersion[row]! >= editVersion[pick[known]!]!) latest[original] = tweet
  }
  const isLatest = new Uint8Array(pick.length)
  for (let original = 0; original < originals.size; original++) isLatest[latest[original]!] = 1
  return isLatest
}
