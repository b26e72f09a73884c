/**
 * What X is asked to put into each tweet.
 *
 * Asked for nothing, X sends an id and a text. Each layer1 column stands here beside the parameter that fills it, so
 * that a column without one cannot be forgotten. Expansions are kept to three, because X may bill each expanded object
 *; fields cost nothing. Nothing here needs a user's consent: `*_metrics` other than
 * `public_metrics` would, and X refuses the whole request for them.
 */

import type { UnknownWord } from './problem.ts'

type Parameter = 'tweet.fields' | 'expansions' | 'user.fields' | 'place.fields'

/** null: X sends it unasked, or it is ours. */
type Filling = readonly (readonly [Parameter, string])[] | null

const tweet = (field: string): Filling => [['tweet.fields', field]]
/** The author's profile comes beside the tweet, found by its id. */
const author = (field: string): Filling => [
  ['expansions', 'author_id'],
  ['tweet.fields', 'author_id'],
  ['user.fields', field],
]
const place = (field: string): Filling => [
  ['expansions', 'geo.place_id'],
  ['tweet.fields', 'geo'],
  ['place.fields', field],
]
/** A retweet's own text and entities are cut; those of a long tweet too. The whole ones stand elsewhere. */
const wholeText = (field: string): Filling => [
  ['tweet.fields', field],
  ['tweet.fields', 'note_tweet'],
  ['tweet.fields', 'referenced_tweets'],
  ['expansions', 'referenced_tweets.id'],
]

/** Expansions that bring an object for which X has a price. Places have none. */
const MAY_BE_BILLED: ReadonlySet<string> = new Set(['author_id', 'referenced_tweets.id'])

/** By name of the layer1 column. */
export const COLUMN_FILLINGS: Readonly<Record<string, Filling>> = {
  tweet_id: tweet('id'),
  created_at: tweet('created_at'),
  text: wholeText('text'),
  text_truncated: wholeText('text'),
  lang: tweet('lang'),
  author_id: tweet('author_id'),
  conversation_id: tweet('conversation_id'),
  kind: tweet('referenced_tweets'),
  referenced_id: tweet('referenced_tweets'),
  in_reply_to_user_id: tweet('in_reply_to_user_id'),
  edit_history_ids: tweet('edit_history_tweet_ids'),
  hashtags: wholeText('entities'),
  mentions: wholeText('entities'),
  urls: wholeText('entities'),
  cashtags: wholeText('entities'),
  possibly_sensitive: tweet('possibly_sensitive'),
  retweet_count: tweet('public_metrics'),
  reply_count: tweet('public_metrics'),
  like_count: tweet('public_metrics'),
  quote_count: tweet('public_metrics'),
  bookmark_count: tweet('public_metrics'),
  impression_count: tweet('public_metrics'),
  place_id: tweet('geo'),
  place_full_name: place('full_name'),
  place_name: place('name'),
  place_type: place('place_type'),
  place_country: place('country'),
  place_country_code: place('country_code'),
  place_longitude: tweet('geo'),
  place_latitude: tweet('geo'),
  withheld_in: tweet('withheld'),
  user_username: author('username'),
  user_name: author('name'),
  user_description: author('description'),
  user_location: author('location'),
  user_verified: author('verified'),
  user_verified_type: author('verified_type'),
  user_protected: author('protected'),
  user_created_at: author('created_at'),
  user_followers: author('public_metrics'),
  user_following: author('public_metrics'),
  user_tweets: author('public_metrics'),
  user_listed: author('public_metrics'),
  rules: null,
  source: null,
  captured_at: null,
  raw: null,
}

/** Query of `GET /2/tweets/search/stream`: every layer1 column filled. Lists are sorted and parted by commas. */
export const STREAM_QUERY: Readonly<Record<string, string>> = queryOf(pairsOf(Object.values(COLUMN_FILLINGS)))

/**
 * The same without what may be billed beside the tweet: the author's profile and the tweet that is referred to. The
 * `user_*` columns are empty then, and a retweet has only as much text, and as many hashtags, as X repeats in it.
 */
export const LEAN_STREAM_QUERY: Readonly<Record<string, string>> = queryOf(
  pairsOf(Object.values(COLUMN_FILLINGS)).filter(
    ([parameter, word]) => parameter !== 'user.fields' && !(parameter === 'expansions' && MAY_BE_BILLED.has(word)),
  ),
)

function pairsOf(fillings: readonly Filling[]): (readonly [Parameter, string])[] {
  return fillings.flatMap(filling => filling ?? [])
}

/** The query without what X does not know; the same object when nothing of that is in it. */
export function queryWithout(
  query: Readonly<Record<string, string>>,
  unknown: readonly UnknownWord[],
): Readonly<Record<string, string>> {
  const isUnknown = (parameter: string, word: string) =>
    unknown.some(each => each.parameter === parameter && (each.word === undefined || each.word === word))
  const entries = Object.entries(query).map(
    ([parameter, list]) =>
      [
        parameter,
        list
          .split(',')
          .filter(word => !isUnknown(parameter, word))
          .join(','),
      ] as const,
  )
  if (entries.every(([parameter, list]) => query[parameter] === list)) return query
  return Object.fromEntries(entries.filter(([, list]) => list !== ''))
}

function queryOf(pairs: readonly (readonly [Parameter, string])[]): Record<string, string> {
  const words = new Map<Parameter, Set<string>>()
  for (const [parameter, word] of pairs) {
    const set = words.get(parameter)
    if (set === undefined) words.set(parameter, new Set([word]))
    else set.add(word)
  }
  return Object.fromEntries([...words].map(([parameter, set]) => [parameter, [...set].sort().join(',')]).sort())
}
