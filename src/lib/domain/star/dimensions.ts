/**
 * Dimensions of an hour: the profiles, places and spellings that its tweets brought along.
 *
 * A profile is taken from any delivery, also from one that lost to a later delivery of its own tweet. An author
 * or place that no delivery describes has no row here: a row of nulls would look like a change of the profile.
 */
import { instantsToColumn, int64sToColumn, takeInt64s } from '../columns/columns.ts'
import { createInt64Index, numbersToHalves, rankInt64s } from '../columns/int64.ts'
import { groupStarts, orderBy } from '../columns/order.ts'
import { takeUint32s } from '../columns/take.ts'
import { LAYER2 } from '../layer2.ts'
import type { Cast } from './cast.ts'
import type { Hashtags } from './hashtags.ts'
import { NOTHING_TAKEN, type Outline, placesToCodes, type TakenColumn } from './outline.ts'
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

function takenAs(columns: Readonly<Record<string, string>>): TakenColumn[] {
  return Object.entries(columns).map(([name, from]) => ({ name, from, as: 'same' }))
}

/** Authors of the rows that were not rejected. */
export interface Authors {
  /** by row: 0 for none, or 1 and the place of the author's id among all of them, ascending */
  codes: Uint32Array
  count: number
}

export function collectAuthors({ authorId, count }: Cast, { deliveries }: Tweets): Authors {
  const index = createInt64Index()
  const codes = new Uint32Array(count)
  for (let i = 0; i < deliveries.length; i++) {
    const row = deliveries[i]!
    if (authorId.valid?.[row] === 0) continue
    codes[row] = 1 + index.add(authorId.halves[2 * row]!, authorId.halves[2 * row + 1]!)
  }
  const { rankOf } = rankInt64s(index)
  for (let row = 0; row < count; row++) if (codes[row] !== 0) codes[row] = 1 + rankOf[codes[row]! - 1]!
  return { codes, count: index.size }
}

/** @returns dim_user_snapshot: for each author that a delivery describes the newest description, sorted by user_id */
export function outlineUserSnapshots(cast: Cast, authors: Authors, isNewer: IsNewer): Outline {
  const { keys, count } = describedKeys(authors.codes, authors.count, cast.hasProfile)
  const picks = pickNewest(keys, count, isNewer)
  return {
    shape: LAYER2.dim_user_snapshot,
    count,
    made: {
      user_id: ({ from, to }) =>
        int64sToColumn(takeInt64s({ halves: cast.authorId.halves, valid: undefined }, picks.subarray(from, to))),
    },
    coded: {},
    taken: [...takenAs(PROFILE), { name: 'created_at', from: 'user_created_at', as: 'instant' }],
    picks,
  }
}

/** @returns dim_place: for each place that a delivery describes the newest description, sorted by place_id */
export function outlinePlaces(cast: Cast, { deliveries }: Tweets, isNewer: IsNewer): Outline {
  const { placeId } = cast
  const codes = new Uint32Array(cast.count)
  for (let i = 0; i < deliveries.length; i++) codes[deliveries[i]!] = placeId.codes[deliveries[i]!]!
  const { keys, count } = describedKeys(codes, placeId.texts.size, cast.hasPlace)
  const picks = pickNewest(keys, count, isNewer)
  return {
    shape: LAYER2.dim_place,
    count,
    made: {},
    coded: {
      place_id: {
        codes: ({ from, to }) => takeUint32s(placeId.codes, picks.subarray(from, to)),
        texts: placeId.texts,
      },
    },
    taken: takenAs(PLACE).filter(({ name }) => name !== 'place_id'),
    picks,
  }
}

/** Codes of described rows, numbered without gaps and in their order: 0 for none. */
function describedKeys(codes: Uint32Array, bound: number, isDescribed: Uint8Array) {
  const keyOf = new Uint32Array(bound + 1)
  for (let row = 0; row < codes.length; row++) if (isDescribed[row] === 1) keyOf[codes[row]!] = 1
  keyOf[0] = 0
  let count = 0
  for (let code = 1; code <= bound; code++) if (keyOf[code] === 1) keyOf[code] = ++count
  const keys = new Uint32Array(codes.length)
  for (let row = 0; row < codes.length; row++) if (isDescribed[row] === 1) keys[row] = keyOf[codes[row]!]!
  return { keys, count }
}

/** @returns dim_hashtag, sorted by tag and spelling: every one that the bridge has, counted in latest versions only */
export function outlineSpellings(hashtags: Hashtags, cast: Cast, tweets: Tweets): Outline {
  const keys = [
    { codes: hashtags.tag, bound: hashtags.tags.size },
    { codes: hashtags.spelling, bound: hashtags.spellings.size },
  ] as const
  const order = orderBy(hashtags.count, keys)
  const starts = groupStarts(order, keys)
  const groups = starts.length - 1
  const counts = new Float64Array(groups)
  const firstSeenMs = new Float64Array(groups).fill(Number.POSITIVE_INFINITY)
  for (let group = 0; group < groups; group++) {
    for (let i = starts[group]!; i < starts[group + 1]!; i++) {
      const tweet = hashtags.tweet[order[i]!]!
      counts[group]! += tweets.isLatest[tweet]!
      const ms = cast.createdAtMs[tweets.pick[tweet]!]!
      if (ms < firstSeenMs[group]!) firstSeenMs[group] = ms
    }
  }
  const first = takeUint32s(order, starts.subarray(0, -1))
  return {
    shape: LAYER2.dim_hashtag,
    count: groups,
    made: {
      tweets: ({ from, to }) =>
        int64sToColumn({ halves: numbersToHalves(counts.subarray(from, to)), valid: undefined }),
      first_seen_at: ({ from, to }) => instantsToColumn(firstSeenMs.subarray(from, to)),
    },
    coded: {
      tag: placesToCodes(takeUint32s(hashtags.tag, first), hashtags.tags),
      spelling: placesToCodes(takeUint32s(hashtags.spelling, first), hashtags.spellings),
    },
    ...NOTHING_TAKEN,
  }
}
