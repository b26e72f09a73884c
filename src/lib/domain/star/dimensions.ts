/**
 * Dimensions of an hour: the profiles, places and spellings that its tweets brought along.
 *
 * A profile is taken from any delivery, also from one that lost to a later delivery of its own tweet. An author
 * or place that no delivery describes has no row here: a row of nulls would look like a change of the profile.
 */
import type { Data, Table } from 'apache-arrow'
import { columnsToTable, instantsToColumn, int64sToColumn, takeColumn } from '../columns/columns.ts'
import { createInt64Index, numbersToHalves, rankInt64s } from '../columns/int64.ts'
import { groupStarts, orderBy } from '../columns/order.ts'
import { forEachText, type Rows, textsOf, validRows } from '../columns/rows.ts'
import { createTextIndex, rankTexts } from '../columns/text-index.ts'
import { LAYER2 } from '../layer2.ts'
import { type Hashtags, placesToColumn } from './bridges.ts'
import type { CastRows } from './cast.ts'
import type { LocalTimes } from './times.ts'
import { type IsNewer, pickNewest, type Tweets } from './tweets.ts'

/** dim_user_snapshot column ← layer1 column, of the same type */
export const PROFILE = {
  username: 'user_username',
  name: 'user_name',
  description: 'user_description',
  location: 'user_location',
  verified: 'user_verified',
  verified_type: 'user_verified_type',
  protected: 'user_protected',
  followers: 'user_followers',
  following: 'user_following',
  tweets: 'user_tweets',
  listed: 'user_listed',
  observed_at: 'captured_at',
} as const

export const PLACE = {
  place_id: 'place_id',
  full_name: 'place_full_name',
  name: 'place_name',
  place_type: 'place_type',
  country: 'place_country',
  country_code: 'place_country_code',
  observed_at: 'captured_at',
} as const

/** what shows that a row describes its author or its place */
export const PROFILE_SIGNS = ['user_username', 'user_name', 'user_followers']
export const PLACE_SIGNS = ['place_full_name', 'place_name']

/** @returns dim_user_snapshot: for each author that a delivery describes the newest description, sorted by user_id */
export function buildUserSnapshots(cast: CastRows, { tweetOf }: Tweets, isNewer: IsNewer): Table {
  const { rows, authorId, userCreatedAt } = cast
  const isDescribed = hasAnyOf(rows, PROFILE_SIGNS)
  const authors = createInt64Index(rows.count)
  const authorOf = new Int32Array(rows.count).fill(-1)
  for (let row = 0; row < rows.count; row++) {
    if (tweetOf[row]! < 0 || authorId.valid?.[row] === 0 || isDescribed[row] === 0) continue
    authorOf[row] = authors.add(authorId.halves[2 * row]!, authorId.halves[2 * row + 1]!)
  }
  const { sorted, rankOf } = rankInt64s(authors)
  const picks = pickNewest(rankedKeys(authorOf, rankOf), authors.size, isNewer)
  return columnsToTable(LAYER2.dim_user_snapshot.schema, authors.size, {
    user_id: int64sToColumn({ halves: sorted, valid: undefined }),
    created_at: instantsToColumn(
      Float64Array.from(picks, row => userCreatedAt.ms[row]!),
      userCreatedAt.valid && Uint8Array.from(picks, row => userCreatedAt.valid![row]!),
    ),
    ...takeColumns(rows, PROFILE, picks),
  })
}

/** @returns dim_place: for each place that a delivery describes the newest description, sorted by place_id */
export function buildPlaces({ rows }: CastRows, { tweetOf }: Tweets, isNewer: IsNewer): Table {
  const isDescribed = hasAnyOf(rows, PLACE_SIGNS)
  const places = createTextIndex()
  const placeOf = new Int32Array(rows.count).fill(-1)
  const placeIds = textsOf(rows, 'place_id')
  forEachText(placeIds, (row, bytes, start, end) => {
    if (tweetOf[row]! < 0 || placeIds.valid?.[row] === 0 || isDescribed[row] === 0) return
    placeOf[row] = places.add(bytes, start, end)
  })
  const picks = pickNewest(rankedKeys(placeOf, rankTexts(places).rankOf), places.size, isNewer)
  return columnsToTable(LAYER2.dim_place.schema, places.size, takeColumns(rows, PLACE, picks))
}

/** @returns dim_hashtag, sorted by tag and spelling: the spellings in latest versions only, as counts are */
export function buildHashtagSpellings(hashtags: Hashtags, tweets: Tweets, times: LocalTimes): Table {
  const keys = [
    { codes: hashtags.tag, bound: hashtags.tagCount },
    { codes: hashtags.spelling, bound: hashtags.spellingCount },
  ] as const
  const order = orderBy(hashtags.count, keys).filter(entry => tweets.isLatest[hashtags.tweet[entry]!] === 1)
  const starts = groupStarts(order, keys)
  const groups = starts.length - 1
  const counts = new Float64Array(groups)
  const firstSeenMs = new Float64Array(groups).fill(Number.POSITIVE_INFINITY)
  for (let group = 0; group < groups; group++) {
    counts[group] = starts[group + 1]! - starts[group]!
    for (let i = starts[group]!; i < starts[group + 1]!; i++) {
      firstSeenMs[group] = Math.min(firstSeenMs[group]!, times.createdAtMs[hashtags.tweet[order[i]!]!]!)
    }
  }
  const first = starts.slice(0, -1).map(start => order[start]!)
  return columnsToTable(LAYER2.dim_hashtag.schema, groups, {
    tag: placesToColumn(
      hashtags.tagText,
      first.map(entry => hashtags.tag[entry]!),
    ),
    spelling: placesToColumn(
      hashtags.spellingText,
      first.map(entry => hashtags.spelling[entry]!),
    ),
    tweets: int64sToColumn({ halves: numbersToHalves(counts), valid: undefined }),
    first_seen_at: instantsToColumn(firstSeenMs),
  })
}

function takeColumns(rows: Rows, from: Readonly<Record<string, string>>, picks: Uint32Array): Record<string, Data> {
  if (picks.length === 0) return {}
  return Object.fromEntries(Object.entries(from).map(([to, name]) => [to, takeColumn(rows, name, picks)]))
}

/** By row: 1 where at least one of the columns has a value. */
function hasAnyOf(rows: Rows, names: readonly string[]): Uint8Array {
  const valids = names.map(name => validRows(rows, rows.chunks(name)))
  return Uint8Array.from({ length: rows.count }, (_, row) => (valids.some(valid => valid?.[row] !== 0) ? 1 : 0))
}

/** Keys in the order of arrival → keys in the order of values. */
function rankedKeys(keyOf: Int32Array, rankOf: Uint32Array): Int32Array {
  return keyOf.map(key => (key < 0 ? -1 : rankOf[key]!))
}
