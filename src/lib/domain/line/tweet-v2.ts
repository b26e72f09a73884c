/**
 * Tweets of X's API v2: as streamed, as pages hold them, and as twarc2 flattens them.
 *
 * X renamed half of the fields in August 2026 (`referenced_posts`, `note_post`, `repost_count`, …); both
 * vocabularies are read everywhere. A retweet's own text is cut near 140 characters, so text, entities and
 * language are those of the original wherever the line holds it.
 */

import type { Kind } from '../layer1.ts'
import type { Tweet } from '../tweet.ts'
import {
  arrayOf,
  countOf,
  flagOf,
  idOf,
  idsOf,
  instantTextOf,
  type JsonObject,
  objectOf,
  requiredText,
  stringsOf,
  textOf,
  textsOf,
} from './json.ts'
import { placeColumns } from './place.ts'

/** What a tweet says about itself; the line it stands in gives the rest. */
export type TweetColumns = Omit<Tweet, 'rules' | 'raw'>

/** In this order: a retweet is a retweet whatever else it is, and a reply that quotes is a reply. */
const KIND_OF_REFERENCE: readonly [type: string, kind: Kind][] = [
  ['retweeted', 'retweet'],
  ['replied_to', 'reply'],
  ['quoted', 'quote'],
]

/**
 * @param data     the tweet itself. A flattened one carries `author`, and its references are whole tweets
 * @param includes the line's `includes`; undefined where there are none
 * @throws Refusal when it has no text or a count is no integer; InexactNumber when an id must be read again
 */
export function tweetFromV2(data: JsonObject, includes: JsonObject | undefined): TweetColumns {
  const { kind, reference } = referenceOf(data)
  const ownNote = noteOf(data)
  const original = kind === 'retweet' && ownNote === undefined ? originalOf(reference, includes) : undefined
  const owner = original ?? data
  const note = ownNote ?? noteOf(owner)
  const entities = objectOf(note?.entities) ?? objectOf(owner.entities)
  const author = objectOf(data.author)
  const authorId = idOf(data.author_id) ?? idOf(author?.id)
  const geo = objectOf(data.geo)
  // twarc2 merges the place into `geo`, under the same names
  const placeId = textOf(geo?.place_id)
  return {
    tweet_id: idOf(data.id) ?? '',
    created_at: instantTextOf(data.created_at),
    text: requiredText(textOf(note?.text) ?? textOf(owner.text)),
    text_truncated: kind === 'retweet' && ownNote === undefined && original === undefined,
    lang: textOf(owner.lang) ?? textOf(data.lang),
    author_id: authorId,
    conversation_id: idOf(data.conversation_id),
    kind,
    referenced_id: idOf(reference?.id),
    in_reply_to_user_id: idOf(data.in_reply_to_user_id),
    edit_history_ids: idsOf(data.edit_history_tweet_ids ?? data.edit_history_post_ids),
    hashtags: textsOf(entities?.hashtags, 'tag'),
    mentions: textsOf(entities?.mentions, 'username'),
    urls: textsOf(entities?.urls, 'expanded_url', 'url'),
    cashtags: textsOf(entities?.cashtags, 'tag'),
    possibly_sensitive: flagOf(data.possibly_sensitive),
    ...countColumns(objectOf(data.public_metrics)),
    ...placeColumns(placeId, findById(includes?.places, placeId) ?? geo, objectOf(geo?.coordinates)?.coordinates),
    withheld_in: stringsOf(objectOf(data.withheld)?.country_codes),
    ...userColumns(author ?? findById(includes?.users, authorId)),
  }
}

function referenceOf(data: JsonObject): { kind: Kind; reference: JsonObject | undefined } {
  const references = arrayOf(data.referenced_tweets ?? data.referenced_posts).map(objectOf)
  for (const [type, kind] of KIND_OF_REFERENCE) {
    const reference = references.find(candidate => candidate?.type === type)
    if (reference !== undefined) return { kind, reference }
  }
  return { kind: 'original', reference: undefined }
}

/** The retweeted tweet with its text: inlined by twarc2, else among the includes. */
function originalOf(reference: JsonObject | undefined, includes: JsonObject | undefined): JsonObject | undefined {
  const inlined = textOf(reference?.text) ?? noteOf(reference)
  if (inlined !== undefined && inlined !== null) return reference
  const id = idOf(reference?.id)
  const included = findById(includes?.tweets, id) ?? findById(includes?.posts, id)
  return textOf(included?.text) === null && noteOf(included) === undefined ? undefined : included
}

/** The whole of a long post; undefined for a tweet whose `text` is whole. */
function noteOf(tweet: JsonObject | undefined): JsonObject | undefined {
  const note = objectOf(tweet?.note_tweet ?? tweet?.note_post)
  return textOf(note?.text) === null ? undefined : note
}

function countColumns(metrics: JsonObject | undefined) {
  return {
    retweet_count: countOf(metrics?.retweet_count ?? metrics?.repost_count, 'retweet_count'),
    reply_count: countOf(metrics?.reply_count, 'reply_count'),
    like_count: countOf(metrics?.like_count, 'like_count'),
    quote_count: countOf(metrics?.quote_count, 'quote_count'),
    bookmark_count: countOf(metrics?.bookmark_count, 'bookmark_count'),
    impression_count: countOf(metrics?.impression_count, 'impression_count'),
  }
}

function userColumns(user: JsonObject | undefined) {
  const metrics = objectOf(user?.public_metrics)
  return {
    user_username: textOf(user?.username),
    user_name: textOf(user?.name),
    user_description: textOf(user?.description),
    user_location: textOf(user?.location),
    user_verified: flagOf(user?.verified),
    user_verified_type: textOf(user?.verified_type),
    user_protected: flagOf(user?.protected),
    user_created_at: textOf(user?.created_at),
    user_followers: countOf(metrics?.followers_count, 'followers_count'),
    user_following: countOf(metrics?.following_count, 'following_count'),
    user_tweets: countOf(metrics?.tweet_count ?? metrics?.post_count, 'tweet_count'),
    user_listed: countOf(metrics?.listed_count, 'listed_count'),
  }
}

/** The first object of a list that has this id. */
function findById(list: unknown, id: string | null): JsonObject | undefined {
  if (id === null) return undefined
  for (const element of arrayOf(list)) {
    const candidate = objectOf(element)
    if (candidate !== undefined && idOf(candidate.id) === id) return candidate
  }
  return undefined
}
