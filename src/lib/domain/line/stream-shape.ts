/**
 * The shape of a line of X's stream: which of its values matter, and in which slot of a scan each of them comes to lie.
 *
 * It is the tweet of API v2 as it is streamed, in either of X's vocabularies, with what stands beside it. What
 * `tweetFromV2` reads is here too, or it is `refused`: then the line is one for `parseLine`.
 */
import { type Member, type Members, type Shape, shapeOf } from './shape.ts'

/** Slots by name, from `first` on. */
function numbered<Name extends string>(first: number, names: readonly Name[]): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, i) => [name, first + i])) as Record<Name, number>
}

const ENTITY_NAMES = ['all', 'hashtags', 'mentions', 'urls', 'cashtags'] as const
/** Of entities, counted from their first slot; `all` is the object itself. */
export const ENTITIES = numbered(0, ENTITY_NAMES)

/** What gives a tweet's text and entities, counted from the tweet's first slot. `entities` and `noteEntities` are first slots. */
export const TEXT = { id: 0, text: 1, lang: 2, note: 3, noteText: 4, entities: 5, noteEntities: 10 } as const
const TEXT_SLOTS = TEXT.noteEntities + ENTITY_NAMES.length

/** The line's own tweet: as TEXT, and these. */
export const TWEET = numbered(TEXT_SLOTS, [
  'data',
  'createdAt',
  'author',
  'conversation',
  'inReplyToUser',
  'editHistory',
  'references',
  'isSensitive',
  'metrics',
  'retweets',
  'replies',
  'likes',
  'quotes',
  'bookmarks',
  'impressions',
  'geo',
  'place',
  'withheld',
  'withheldIn',
  'includes',
  'users',
  'tweets',
  'places',
  'rules',
  'picked',
  'pickedElse',
])
/** Slots that are of no element of a list. */
export const OWN_SLOTS = TWEET.pickedElse + 1

/** Of one reference, user or place, counted from its first slot. */
export const REFERENCE = numbered(0, ['type', 'id'])
export const USER = numbered(0, [
  'id',
  'username',
  'name',
  'description',
  'location',
  'isVerified',
  'verifiedType',
  'isProtected',
  'createdAt',
  'metrics',
  'followers',
  'following',
  'tweets',
  'listed',
])
export const PLACE = numbered(0, ['id', 'fullName', 'name', 'type', 'country', 'countryCode'])

/** Where the elements of a list lie: each takes `stride` slots. X sends no line with more than `most`. */
export interface ListSlots {
  first: number
  stride: number
  most: number
}
export const REFERENCES: ListSlots = { first: OWN_SLOTS, stride: 2, most: 4 }
export const USERS: ListSlots = { first: endOf(REFERENCES), stride: 14, most: 60 }
export const TWEETS: ListSlots = { first: endOf(USERS), stride: TEXT_SLOTS, most: 8 }
export const PLACES: ListSlots = { first: endOf(TWEETS), stride: 6, most: 4 }
export const SLOTS = endOf(PLACES)

function endOf({ first, stride, most }: ListSlots): number {
  return first + stride * most
}

const text = (slot: number): Member => ({ is: 'text', slot })
const count = (slot: number): Member => ({ is: 'count', slot })
const flag = (slot: number): Member => ({ is: 'flag', slot })
const object = (slot: number, members: Members): Member => ({ is: 'object', slot, members })
const each = (slot: number, list: ListSlots, members: Members): Member => ({ is: 'each', slot, members, ...list })
const skipped: Member = { is: 'skipped' }
const refused: Member = { is: 'refused' }

/** One text of each object in a list. Names beside it are there so that they need not be looked up. */
const picked = (slot: number, members: Members): Member => ({
  is: 'picked',
  slot,
  scratch: TWEET.picked,
  members: { start: skipped, end: skipped, ...members },
})

const entities = (first: number): Member =>
  object(first + ENTITIES.all, {
    hashtags: picked(first + ENTITIES.hashtags, { tag: text(TWEET.picked) }),
    mentions: picked(first + ENTITIES.mentions, { username: text(TWEET.picked), id: skipped }),
    urls: picked(first + ENTITIES.urls, {
      url: text(TWEET.pickedElse),
      expanded_url: text(TWEET.picked),
      display_url: skipped,
    }),
    cashtags: picked(first + ENTITIES.cashtags, { tag: text(TWEET.picked) }),
    annotations: skipped,
  })

const note = object(TEXT.note, { text: text(TEXT.noteText), entities: entities(TEXT.noteEntities) })

const TEXT_MEMBERS: Members = {
  id: text(TEXT.id),
  text: text(TEXT.text),
  lang: text(TEXT.lang),
  entities: entities(TEXT.entities),
  note_tweet: note,
  note_post: note,
}

const references = each(TWEET.references, REFERENCES, {
  type: text(REFERENCE.type),
  id: text(REFERENCE.id),
  // inlined by twarc2
  text: refused,
  note_tweet: refused,
  note_post: refused,
})
const editHistory: Member = { is: 'texts', slot: TWEET.editHistory }
const retweets = count(TWEET.retweets)

const DATA_MEMBERS: Members = {
  ...TEXT_MEMBERS,
  created_at: text(TWEET.createdAt),
  author_id: text(TWEET.author),
  conversation_id: text(TWEET.conversation),
  in_reply_to_user_id: text(TWEET.inReplyToUser),
  edit_history_tweet_ids: editHistory,
  edit_history_post_ids: editHistory,
  referenced_tweets: references,
  referenced_posts: references,
  possibly_sensitive: flag(TWEET.isSensitive),
  public_metrics: object(TWEET.metrics, {
    retweet_count: retweets,
    repost_count: retweets,
    reply_count: count(TWEET.replies),
    like_count: count(TWEET.likes),
    quote_count: count(TWEET.quotes),
    bookmark_count: count(TWEET.bookmarks),
    impression_count: count(TWEET.impressions),
  }),
  geo: object(TWEET.geo, {
    place_id: text(TWEET.place),
    coordinates: refused,
    // merged in by twarc2
    full_name: refused,
    name: refused,
    place_type: refused,
    country: refused,
    country_code: refused,
  }),
  withheld: object(TWEET.withheld, { country_codes: { is: 'texts', slot: TWEET.withheldIn } }),
  author: refused,
}

const tweetsOfUser = count(USER.tweets)
const users = each(TWEET.users, USERS, {
  id: text(USER.id),
  username: text(USER.username),
  name: text(USER.name),
  created_at: text(USER.createdAt),
  description: text(USER.description),
  location: text(USER.location),
  protected: flag(USER.isProtected),
  verified: flag(USER.isVerified),
  verified_type: text(USER.verifiedType),
  public_metrics: object(USER.metrics, {
    followers_count: count(USER.followers),
    following_count: count(USER.following),
    tweet_count: tweetsOfUser,
    post_count: tweetsOfUser,
    listed_count: count(USER.listed),
  }),
})
const tweets = each(TWEET.tweets, TWEETS, TEXT_MEMBERS)
const places = each(TWEET.places, PLACES, {
  id: text(PLACE.id),
  full_name: text(PLACE.fullName),
  name: text(PLACE.name),
  place_type: text(PLACE.type),
  country: text(PLACE.country),
  country_code: text(PLACE.countryCode),
})

/** A line's `data`, `includes` and `matching_rules`, in SLOTS slots. */
export const STREAM_LINE: Shape = shapeOf({
  data: object(TWEET.data, DATA_MEMBERS),
  includes: object(TWEET.includes, { users, tweets, posts: tweets, places }),
  matching_rules: { is: 'list', slot: TWEET.rules },
  errors: skipped,
  statuses: refused,
})
