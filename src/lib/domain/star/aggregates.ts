/**
 * Aggregates: fact and hashtag bridge counted per tag and hour, so that a year's series reads little.
 *
 * Only latest versions count: an edited tweet is one tweet. All rows carry the UTC hour they were counted in,
 * because the file is a day's and an hour must be able to replace its own rows and no others.
 */
import { daysToColumn, instantsToColumn, int32sToColumn, int64sToColumn, takeInt64s } from '../columns/columns.ts'
import { maxOfGroups, sumOfGroups } from '../columns/counts.ts'
import { groupStarts, type Key, orderBy, rankNumbers } from '../columns/order.ts'
import type { Int64s } from '../columns/rows.ts'
import { takeBytes, takeFloat64s, takeInt32s, takeUint32s } from '../columns/take.ts'
import { LAYER2 } from '../layer2.ts'
import type { TableShape } from '../table-shape.ts'
import type { Cast, Metric } from './cast.ts'
import type { Authors } from './dimensions.ts'
import type { Hashtags } from './hashtags.ts'
import { type CodedColumn, NOTHING_TAKEN, type Outline, placesToCodes, type Span } from './outline.ts'
import type { LocalTimes } from './times.ts'
import type { Tweets } from './tweets.ts'

/** agg_hashtag_hour column ← the column that it sums, of layer1 and of the fact */
export const SUMS = {
  retweets: 'retweet_count',
  replies: 'reply_count',
  likes: 'like_count',
  quotes: 'quote_count',
  bookmarks: 'bookmark_count',
  impressions: 'impression_count',
} as const satisfies Record<string, Metric>

/** What the aggregates are made from. */
export interface AggregateParts {
  cast: Cast
  hashtags: Hashtags
  tweets: Tweets
  authors: Authors
  times: LocalTimes
}

/**
 * @returns agg_hashtag_hour of one hour: latest versions, a row for each tag, local hour, language
 *          and kind; counts that X did not state count as 0
 */
export function outlineHashtagHours(parts: AggregateParts): Outline {
  const { lang, kind, metrics } = parts.cast
  const entries = countedEntries(parts, undefined)
  const hours = hourKey(parts, entries.row)
  // one key of three, since there are few of each
  const [langs, kinds] = [lang.texts.size + 1, kind.texts.size + 1]
  const codes = new Uint32Array(entries.row.length)
  for (let i = 0; i < codes.length; i++) {
    const row = entries.row[i]!
    codes[i] = (hours.codes[i]! * langs + lang.codes[row]!) * kinds + kind.codes[row]!
  }
  const groups = groupEntries(entries, parts.hashtags, [{ codes, bound: hours.bound * langs * kinds }])
  const sums = Object.entries(SUMS).map(
    ([to, from]) => [to, sliced(sumOfGroups(metrics[from], groups.rows, groups.starts))] as const,
  )
  const outline = keyColumns(LAYER2.agg_hashtag_hour, parts, groups)
  const ofRow = ({ codes: of, texts }: Cast['lang']): CodedColumn => ({
    codes: ({ from, to }) => takeUint32s(of, groups.firstRow.subarray(from, to)),
    texts,
  })
  return {
    ...outline,
    made: { ...outline.made, ...Object.fromEntries(sums) },
    coded: { ...outline.coded, lang: ofRow(lang), kind: ofRow(kind) },
  }
}

/**
 * @returns agg_hashtag_user_hour of one hour: latest versions, a row for each tag, local hour and author; tweets without an
 *          author are left out, and `followers` is null where X never stated them
 */
export function outlineHashtagUserHours(parts: AggregateParts): Outline {
  const { authors, cast } = parts
  const entries = countedEntries(parts, authors.codes)
  const codes = takeUint32s(authors.codes, entries.row)
  const groups = groupEntries(entries, parts.hashtags, [
    hourKey(parts, entries.row),
    { codes, bound: authors.count + 1 },
  ])
  const outline = keyColumns(LAYER2.agg_hashtag_user_hour, parts, groups)
  const userIds = ({ from, to }: Span) =>
    int64sToColumn(takeInt64s({ halves: cast.authorId.halves, valid: undefined }, groups.firstRow.subarray(from, to)))
  const followers = sliced(maxOfGroups(cast.metrics.user_followers, groups.rows, groups.starts))
  return { ...outline, made: { ...outline.made, user_id: userIds, followers } }
}

/** Bridge rows that count, by tag. */
interface Entries {
  tag: Uint32Array
  /** layer1 row of the tweet */
  row: Uint32Array
}

/** @param authors by row, 0 for those that do not count */
function countedEntries({ hashtags, tweets }: AggregateParts, authors: Uint32Array | undefined): Entries {
  const tag = new Uint32Array(hashtags.count)
  const row = new Uint32Array(hashtags.count)
  let count = 0
  for (let entry = 0; entry < hashtags.count; entry++) {
    const tweet = hashtags.tweet[entry]!
    const itsRow = tweets.pick[tweet]!
    if (tweets.isLatest[tweet] === 0 || (authors !== undefined && authors[itsRow] === 0)) continue
    tag[count] = hashtags.tag[entry]!
    row[count++] = itsRow
  }
  return { tag: tag.subarray(0, count), row: row.subarray(0, count) }
}

/** The local hour of each row, by its place among those of the UTC hour. */
function hourKey({ times: { hourStartMs, minuteOf } }: AggregateParts, rows: Uint32Array): Key {
  const { codes: codeOf, bound } = rankNumbers(hourStartMs)
  const codes = new Uint32Array(rows.length)
  if (bound > 1) for (let i = 0; i < rows.length; i++) codes[i] = codeOf[minuteOf[rows[i]!]!]!
  return { codes, bound }
}

/** Entries in groups of equal tag and equal keys. */
interface Groups {
  count: number
  /** place of each group's tag in byte order */
  tag: Uint32Array
  /** any row of each group, for the columns that are equal in all of it */
  firstRow: Uint32Array
  /** rows, group after group; group g is from starts[g] to starts[g + 1] */
  rows: Uint32Array
  starts: Uint32Array
}

/** @param keys after the tag, with a code for each entry */
function groupEntries({ tag, row }: Entries, { tags }: Hashtags, keys: readonly Key[]): Groups {
  const all: Key[] = [{ codes: tag, bound: tags.size }, ...keys]
  const order = orderBy(row.length, all)
  const starts = groupStarts(order, all)
  const first = takeUint32s(order, starts.subarray(0, -1))
  return {
    count: first.length,
    tag: takeUint32s(tag, first),
    firstRow: takeUint32s(row, first),
    rows: takeUint32s(row, order),
    starts,
  }
}

/** The tag, the local times, the partition, and how many tweets there are. */
function keyColumns(shape: TableShape, { hashtags, times }: AggregateParts, groups: Groups): Outline {
  const { starts, firstRow } = groups
  const minutes = ({ from, to }: Span) => takeBytes(times.minuteOf, firstRow.subarray(from, to))
  return {
    shape,
    count: groups.count,
    made: {
      hour_start: span => instantsToColumn(takeFloat64s(times.hourStartMs, minutes(span))),
      local_date: span => daysToColumn(takeInt32s(times.localDate, minutes(span))),
      local_hour: span => int32sToColumn(takeInt32s(times.localHour, minutes(span))),
      utc_hour: ({ from, to }) => instantsToColumn(new Float64Array(to - from).fill(times.hourMs)),
      tweets: ({ from, to }) => {
        const halves = new Int32Array((to - from) * 2)
        for (let i = from; i < to; i++) halves[2 * (i - from)] = starts[i + 1]! - starts[i]!
        return int64sToColumn({ halves, valid: undefined })
      },
    },
    coded: { tag: placesToCodes(groups.tag, hashtags.tags) },
    ...NOTHING_TAKEN,
  }
}

/** Some rows of a column that is there. */
function sliced({ halves, valid }: Int64s) {
  return ({ from, to }: Span) =>
    int64sToColumn({ halves: halves.slice(from * 2, to * 2), valid: valid?.subarray(from, to) })
}
