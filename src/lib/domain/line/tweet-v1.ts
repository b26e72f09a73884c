/**
 * Statuses of X's API v1.1, as its stream, its search and a decade of archives hold them.
 *
 * Ids are read from `*_str`: the numbers beside them lost digits in many a program that wrote the archive.
 * Long texts hide in `extended_tweet`, in the retweeted status as well as in the status itself.
 */

import type { Kind } from '../layer1.ts'
import {
  countOf,
  flagOf,
  idOf,
  instantTextOf,
  type JsonObject,
  objectOf,
  requiredText,
  stringsOf,
  textOf,
  textsOf,
} from './json.ts'
import { placeColumns } from './place.ts'
import type { TweetColumns } from './tweet-v2.ts'

/** True for what only v1.1 has. A notice or a v2 tweet has none of it. */
export function isStatus(json: JsonObject): boolean {
  return (
    typeof json.id_str === 'string' ||
    typeof json.full_text === 'string' ||
    objectOf(json.user) !== undefined ||
    objectOf(json.retweeted_status) !== undefined
  )
}

/**
 * @throws Refusal when it has no text or a count is no integer; InexactNumber when an id must be read again
 */
export function tweetFromV1(status: JsonObject): TweetColumns {
  const { kind, referencedId } = referenceOf(status)
  const original = objectOf(status.retweeted_status)
  const owner = original !== undefined && wholeTextOf(original) !== null ? original : status
  const extended = objectOf(owner.extended_tweet)
  const entities = objectOf(extended?.entities) ?? objectOf(owner.entities)
  const isCut = owner.truncated === true && textOf(extended?.full_text) === null && textOf(owner.full_text) === null
  const user = objectOf(status.user)
  const place = objectOf(status.place)
  return {
    tweet_id: idOf(status.id_str) ?? idOf(status.id) ?? '',
    created_at: instantTextOf(status.created_at),
    text: requiredText(wholeTextOf(owner)),
    text_truncated: isCut || (kind === 'retweet' && owner === status),
    lang: textOf(owner.lang) ?? textOf(status.lang),
    author_id: idOf(user?.id_str) ?? idOf(user?.id),
    conversation_id: idOf(status.conversation_id_str) ?? idOf(status.conversation_id),
    kind,
    referenced_id: referencedId,
    in_reply_to_user_id: idOf(status.in_reply_to_user_id_str) ?? idOf(status.in_reply_to_user_id),
    edit_history_ids: [],
    hashtags: textsOf(entities?.hashtags, 'text'),
    mentions: textsOf(entities?.user_mentions, 'screen_name'),
    // v2 lists the links of pictures among the others; v1.1 lists them apart
    urls: [...textsOf(entities?.urls, 'expanded_url', 'url'), ...textsOf(entities?.media, 'expanded_url', 'url')],
    cashtags: textsOf(entities?.symbols, 'text'),
    possibly_sensitive: flagOf(status.possibly_sensitive),
    retweet_count: countOf(status.retweet_count, 'retweet_count'),
    reply_count: countOf(status.reply_count, 'reply_count'),
    like_count: countOf(status.favorite_count, 'favorite_count'),
    quote_count: countOf(status.quote_count, 'quote_count'),
    bookmark_count: null,
    impression_count: null,
    ...placeColumns(textOf(place?.id), place, objectOf(status.coordinates)?.coordinates),
    withheld_in: stringsOf(status.withheld_in_countries),
    ...userColumns(user),
  }
}

function referenceOf(status: JsonObject): { kind: Kind; referencedId: string | null } {
  const original = objectOf(status.retweeted_status)
  if (original !== undefined) return { kind: 'retweet', referencedId: idOf(original.id_str) ?? idOf(original.id) }
  const repliedId = idOf(status.in_reply_to_status_id_str) ?? idOf(status.in_reply_to_status_id)
  if (repliedId !== null) return { kind: 'reply', referencedId: repliedId }
  const quoted = objectOf(status.quoted_status)
  const quotedId =
    idOf(status.quoted_status_id_str) ?? idOf(quoted?.id_str) ?? idOf(status.quoted_status_id) ?? idOf(quoted?.id)
  return quotedId === null ? { kind: 'original', referencedId: null } : { kind: 'quote', referencedId: quotedId }
}

function wholeTextOf(status: JsonObject): string | null {
  return textOf(objectOf(status.extended_tweet)?.full_text) ?? textOf(status.full_text) ?? textOf(status.text)
}

function userColumns(user: JsonObject | undefined) {
  return {
    user_username: textOf(user?.screen_name),
    user_name: textOf(user?.name),
    user_description: textOf(user?.description),
    user_location: textOf(user?.location),
    user_verified: flagOf(user?.verified),
    user_verified_type: textOf(user?.verified_type),
    user_protected: flagOf(user?.protected),
    user_created_at: textOf(user?.created_at),
    user_followers: countOf(user?.followers_count, 'followers_count'),
    user_following: countOf(user?.friends_count, 'friends_count'),
    user_tweets: countOf(user?.statuses_count, 'statuses_count'),
    user_listed: countOf(user?.listed_count, 'listed_count'),
  }
}
