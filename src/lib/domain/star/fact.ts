/** fact_tweet: one row a tweet, sorted by id. Most columns are layer1's own bytes in another order. */
import {
  boolsToColumn,
  daysToColumn,
  instantsToColumn,
  int32sToColumn,
  int64sToColumn,
  takeInt64s,
  wallClocksToColumn,
} from '../columns/columns.ts'
import { type Counts, takeCounts } from '../columns/counts.ts'
import { copyInt64 } from '../columns/int64.ts'
import { takeBytes, takeFloat64s, takeInt32s, takeUint32s } from '../columns/take.ts'
import { LAYER2 } from '../layer2.ts'
import { type Cast, CODED_COLUMNS, METRICS, type Metric } from './cast.ts'
import type { Outline, Span, TakenColumn } from './outline.ts'
import type { LocalTimes } from './times.ts'
import type { EditedTweets, Tweets } from './tweets.ts'

/** fact_tweet column ← layer1 column, of the same type */
export const AS_CAPTURED = {
  kind: 'kind',
  lang: 'lang',
  place_id: 'place_id',
  text: 'text',
  text_truncated: 'text_truncated',
  possibly_sensitive: 'possibly_sensitive',
  retweet_count: 'retweet_count',
  reply_count: 'reply_count',
  like_count: 'like_count',
  quote_count: 'quote_count',
  bookmark_count: 'bookmark_count',
  impression_count: 'impression_count',
  author_followers: 'user_followers',
  longitude: 'place_longitude',
  latitude: 'place_latitude',
  source: 'source',
  captured_at: 'captured_at',
} as const

/** Of these what is cast, and so at hand. */
const AT_HAND = new Set<string>([...METRICS, ...CODED_COLUMNS, 'captured_at'])

const TAKEN: readonly TakenColumn[] = [
  { name: 'conversation_id', from: 'conversation_id', as: 'id' },
  { name: 'referenced_id', from: 'referenced_id', as: 'id' },
  { name: 'in_reply_to_user_id', from: 'in_reply_to_user_id', as: 'id' },
  ...Object.entries(AS_CAPTURED)
    .filter(([, from]) => !AT_HAND.has(from))
    .map(([name, from]) => ({ name, from, as: 'same' as const })),
]

/** @returns fact_tweet; what X did not state is null */
export function outlineFact(cast: Cast, tweets: Tweets, times: LocalTimes): Outline {
  const { pick } = tweets
  const { createdAtMs, capturedAtMs } = cast
  const rowsOf = ({ from, to }: Span) => pick.subarray(from, to)
  const minutesOf = (span: Span) => takeBytes(times.minuteOf, rowsOf(span))
  const metrics = Object.entries(AS_CAPTURED).flatMap(([name, from]) => {
    const counts: Counts | undefined = cast.metrics[from as Metric]
    return counts === undefined
      ? []
      : [[name, (span: Span) => int64sToColumn(takeCounts(counts, rowsOf(span)))] as const]
  })
  const codedBy = ({ codes, texts }: Cast['lang']) => ({
    codes: (span: Span) => takeUint32s(codes, rowsOf(span)),
    texts,
  })
  return {
    shape: LAYER2.fact_tweet,
    count: tweets.count,
    made: {
      tweet_id: span => int64sToColumn(takeInt64s({ halves: cast.tweetId, valid: undefined }, rowsOf(span))),
      original_id: span => int64sToColumn({ halves: originalsOf(cast, tweets, span), valid: undefined }),
      edit_version: span => int32sToColumn(editVersionsOf(tweets, span)),
      is_latest_version: ({ from, to }) => boolsToColumn(tweets.isLatest.subarray(from, to)),
      author_id: span => int64sToColumn(takeInt64s(cast.authorId, rowsOf(span))),
      created_at: span => instantsToColumn(takeFloat64s(createdAtMs, rowsOf(span))),
      created_at_local: span => wallClocksToColumn(localMs(createdAtMs, times, rowsOf(span))),
      local_date: span => daysToColumn(takeInt32s(times.localDate, minutesOf(span))),
      local_hour: span => int32sToColumn(takeInt32s(times.localHour, minutesOf(span))),
      hour_start: span => instantsToColumn(takeFloat64s(times.hourStartMs, minutesOf(span))),
      first_captured_at: span => instantsToColumn(firstCapturedOf(cast, tweets, span)),
      captured_at: span => instantsToColumn(takeFloat64s(capturedAtMs, rowsOf(span))),
      ...Object.fromEntries(metrics),
    },
    coded: { kind: codedBy(cast.kind), lang: codedBy(cast.lang), place_id: codedBy(cast.placeId) },
    taken: TAKEN,
    picks: pick,
  }
}

function localMs(createdAtMs: Float64Array, { offsetMs, minuteOf }: LocalTimes, rows: Uint32Array): Float64Array {
  const ms = takeFloat64s(createdAtMs, rows)
  for (let i = 0; i < ms.length; i++) ms[i]! += offsetMs[minuteOf[rows[i]!]!]!
  return ms
}

function firstCapturedOf(cast: Cast, { firstCapturedMs, pick }: Tweets, { from, to }: Span): Float64Array {
  return firstCapturedMs?.subarray(from, to) ?? takeFloat64s(cast.capturedAtMs, pick.subarray(from, to))
}

/** As halves: a tweet's own id, but for those that have been edited. */
function originalsOf({ tweetId }: Cast, { pick, edited }: Tweets, span: Span): Int32Array {
  const { halves } = takeInt64s({ halves: tweetId, valid: undefined }, pick.subarray(span.from, span.to))
  eachEdited(edited, span, (edit, at) => copyInt64(edited.originals, edit, halves, at))
  return halves
}

function editVersionsOf({ edited }: Tweets, span: Span): Int32Array {
  const versions = new Int32Array(span.to - span.from)
  eachEdited(edited, span, (edit, at) => {
    versions[at] = edited.versions[edit]!
  })
  return versions
}

/** @param visit given the number of an edit, and where its tweet stands in the span */
function eachEdited({ tweets }: EditedTweets, { from, to }: Span, visit: (edit: number, at: number) => void): void {
  let edit = 0
  while (edit < tweets.length && tweets[edit]! < from) edit++
  for (; edit < tweets.length && tweets[edit]! < to; edit++) visit(edit, tweets[edit]! - from)
}
