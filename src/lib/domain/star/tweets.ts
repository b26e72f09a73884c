/**
 * Deduplication: of all deliveries of a tweet, the row that layer2 keeps.
 *
 * The latest capture wins. Captures of one millisecond are told apart by what stands in them, so the choice
 * never depends on the order in which files or rows were read.
 */
import { compareInt64, createInt64Index, orderInt64s } from '../columns/int64.ts'
import { numbersBetween } from '../columns/order.ts'
import type { CompareRows } from '../columns/row-order.ts'
import type { Cast } from './cast.ts'

/** The distinct tweets of an hour, numbered by ascending id. */
export interface Tweets {
  count: number
  /** rows that were not rejected, by ascending id of their tweets; rows of one tweet in their own order */
  deliveries: Uint32Array
  /** deliveries of tweet t from starts[t] to starts[t + 1] */
  starts: Uint32Array
  /** tweet → the row that is kept */
  pick: Uint32Array
  /** milliseconds since 1970-01-01T00:00Z; undefined where no tweet came twice, and the only capture is the first */
  firstCapturedMs: Float64Array | undefined
  edited: EditedTweets
  /** 1 for the last version of an original in this hour */
  isLatest: Uint8Array
  /** good rows that are not kept */
  duplicates: number
}

/** Tweets that have been edited; all others are their own originals, version 0. */
export interface EditedTweets {
  /** ascending */
  tweets: Uint32Array
  /** as halves */
  originals: Int32Array
  versions: Int32Array
}

/** Is row `a` newer than row `b`? Of two rows that differ in any column but `raw`, exactly one is newer than the other. */
export type IsNewer = (a: number, b: number) => boolean

/** Rows by tweets. */
export type Deliveries = Pick<Tweets, 'count' | 'deliveries' | 'starts'>

/** Rejected rows are no deliveries. */
export function numberTweets({ tweetId, rejections, count: rows }: Cast): Deliveries {
  const deliveries = orderInt64s(tweetId, goodRows(rows, rejections))
  const starts = new Uint32Array(deliveries.length + 1)
  let count = 0
  for (let i = 0; i < deliveries.length; i++) {
    if (i === 0 || compareInt64(tweetId, deliveries[i]!, tweetId, deliveries[i - 1]!) !== 0) starts[count++] = i
  }
  starts[count] = deliveries.length
  return { count, deliveries, starts: starts.subarray(0, count + 1) }
}

function goodRows(rows: number, rejections: Cast['rejections']): Uint32Array {
  if (rejections.length === 0) return numbersBetween(0, rows)
  const isRejected = new Uint8Array(rows)
  for (const { row } of rejections) isRejected[row] = 1
  return numbersBetween(0, rows).filter(row => isRejected[row] === 0)
}

/** Rows that only their other columns tell apart: deliveries of one tweet in one millisecond. Ascending, mostly none. */
export function tiedRows({ capturedAtMs }: Cast, { count, deliveries, starts }: Deliveries): Uint32Array {
  const tied: number[] = []
  for (let tweet = 0; tweet < count; tweet++) {
    if (starts[tweet + 1]! - starts[tweet]! < 2) continue
    const rows = deliveries.subarray(starts[tweet], starts[tweet + 1])
    const byTime = rows.toSorted((a, b) => capturedAtMs[a]! - capturedAtMs[b]!)
    for (let i = 0; i < byTime.length; i++) {
      const isAt = (j: number) => capturedAtMs[byTime[j]!] === capturedAtMs[byTime[i]!]
      if ((i > 0 && isAt(i - 1)) || (i + 1 < byTime.length && isAt(i + 1))) tied.push(byTime[i]!)
    }
  }
  return Uint32Array.from(tied).sort()
}

/**
 * Later captures are newer; of one instant the greater id, then the greater value of any other column, first
 * difference first. `raw` is never looked at: rows that differ in nothing else make the same layer2.
 * @param compareTied for two of the `tiedRows`
 */
export function createIsNewer({ capturedAtMs, tweetId }: Cast, compareTied: CompareRows): IsNewer {
  return (a, b) => {
    const laterMs = capturedAtMs[a]! - capturedAtMs[b]!
    if (laterMs !== 0) return laterMs > 0
    const order = compareInt64(tweetId, a, tweetId, b)
    return order !== 0 ? order > 0 : compareTied(a, b) > 0
  }
}

/** @param isNewer decides which delivery of a tweet is kept */
export function dedupeTweets(cast: Cast, numbered: Deliveries, isNewer: IsNewer): Tweets {
  const { count, deliveries } = numbered
  const duplicates = deliveries.length - count
  // most hours have none, and much memory is saved then
  const kept = duplicates === 0 ? { pick: deliveries, firstCapturedMs: undefined } : pickOfEach(cast, numbered, isNewer)
  return { ...numbered, ...kept, ...versionsOf(cast, kept.pick), duplicates }
}

function pickOfEach(
  { capturedAtMs }: Cast,
  { count, deliveries, starts }: Deliveries,
  isNewer: IsNewer,
): Pick<Tweets, 'pick' | 'firstCapturedMs'> {
  const pick = new Uint32Array(count)
  const firstCapturedMs = new Float64Array(count)
  for (let tweet = 0; tweet < count; tweet++) {
    let newest = deliveries[starts[tweet]!]!
    let firstMs = capturedAtMs[newest]!
    for (let i = starts[tweet]! + 1; i < starts[tweet + 1]!; i++) {
      const row = deliveries[i]!
      if (isNewer(row, newest)) newest = row
      if (capturedAtMs[row]! < firstMs) firstMs = capturedAtMs[row]!
    }
    pick[tweet] = newest
    firstCapturedMs[tweet] = firstMs
  }
  return { pick, firstCapturedMs }
}

/** Of two versions with the same number the larger id is the later one. */
function versionsOf({ tweetId, edits }: Cast, pick: Uint32Array): Pick<Tweets, 'edited' | 'isLatest'> {
  const isLatest = new Uint8Array(pick.length).fill(1)
  const editOf = new Map(Array.from(edits.rows, (row, edit) => [row, edit]))
  const found: { tweet: number; edit: number }[] = []
  const originals = createInt64Index(edits.rows.length)
  for (let tweet = 0; tweet < pick.length && editOf.size > 0; tweet++) {
    const edit = editOf.get(pick[tweet]!)
    if (edit === undefined) continue
    found.push({ tweet, edit })
    originals.add(edits.originals[2 * edit]!, edits.originals[2 * edit + 1]!)
  }
  const edited = {
    tweets: Uint32Array.from(found, ({ tweet }) => tweet),
    originals: Int32Array.from(found.flatMap(({ edit }) => [...edits.originals.subarray(2 * edit, 2 * edit + 2)])),
    versions: Int32Array.from(found, ({ edit }) => edits.versions[edit]!),
  }
  if (found.length > 0) markEarlier(originals, { tweetId, pick, edited, isLatest })
  return { edited, isLatest }
}

/** @param originals of all tweets that have been edited; others are alone in being what they are */
function markEarlier(
  originals: ReturnType<typeof createInt64Index>,
  { tweetId, pick, edited, isLatest }: Pick<Cast, 'tweetId'> & Pick<Tweets, 'pick' | 'edited' | 'isLatest'>,
): void {
  const known = { latest: new Int32Array(originals.size).fill(-1), version: new Int32Array(originals.size) }
  let edit = 0
  for (let tweet = 0; tweet < pick.length; tweet++) {
    if (edited.tweets[edit] === tweet) {
      const original = originals.find(edited.originals[2 * edit]!, edited.originals[2 * edit + 1]!)
      noteVersion(known, isLatest, { original, tweet, version: edited.versions[edit]! })
      edit += 1
    } else {
      const original = originals.find(tweetId[2 * pick[tweet]!]!, tweetId[2 * pick[tweet]! + 1]!)
      if (original >= 0) noteVersion(known, isLatest, { original, tweet, version: 0 })
    }
  }
}

/** Of each original the latest tweet so far, -1 for none, and its version. */
interface KnownVersions {
  latest: Int32Array
  version: Int32Array
}

function noteVersion(
  known: KnownVersions,
  isLatest: Uint8Array,
  { original, tweet, version }: { original: number; tweet: number; version: number },
): void {
  const before = known.latest[original]!
  if (before >= 0 && version < known.version[original]!) {
    isLatest[tweet] = 0
    return
  }
  if (before >= 0) isLatest[before] = 0
  known.latest[original] = tweet
  known.version[original] = version
}

/** For each key the newest of its rows. @param keyOf row → 1 + key, 0 for none; each of the keys at least once */
export function pickNewest(keyOf: Uint32Array, keys: number, isNewer: IsNewer): Uint32Array {
  const newest = new Int32Array(keys).fill(-1)
  for (let row = 0; row < keyOf.length; row++) {
    const key = keyOf[row]! - 1
    if (key >= 0 && (newest[key] === -1 || isNewer(row, newest[key]!))) newest[key] = row
  }
  return Uint32Array.from(newest)
}
