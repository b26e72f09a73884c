/**
 * A line of the stream → one row of layer1, from the bytes of the line to the bytes of the columns, with nothing in between.
 *
 * Which slot goes into which column stands in tables, and the rows are made by going through them: written out column by
 * column the same work takes the compiler of the machine seconds.
 */
import type { BoolBuilder, ColumnBuilder, Utf8Builder, Utf8ListBuilder } from '../columns/builders.ts'
import type { Tweet } from '../tweet.ts'
import type { Scan } from './scan.ts'
import { NONE, type StreamLine } from './stream-line.ts'
import { ENTITIES, PLACE, TEXT, TWEET, USER } from './stream-shape.ts'

/** The builders of the columns that a line fills, by the column's name. */
export type TweetBuilders = { readonly [Column in keyof Tweet]: BuilderOf<Tweet[Column]> }
type BuilderOf<Value> = [Value] extends [readonly string[]]
  ? Utf8ListBuilder
  : [Value] extends [string | Uint8Array | null]
    ? Utf8Builder
    : [Value] extends [boolean | null]
      ? BoolBuilder
      : ColumnBuilder<number | null>

/** Slots by column: of the tweet itself, of its author's profile, of its place. */
const TWEET_TEXTS = {
  tweet_id: TEXT.id,
  created_at: TWEET.createdAt,
  author_id: TWEET.author,
  conversation_id: TWEET.conversation,
  in_reply_to_user_id: TWEET.inReplyToUser,
  place_id: TWEET.place,
} as const
const TWEET_COUNTS = {
  retweet_count: TWEET.retweets,
  reply_count: TWEET.replies,
  like_count: TWEET.likes,
  quote_count: TWEET.quotes,
  bookmark_count: TWEET.bookmarks,
  impression_count: TWEET.impressions,
} as const
const USER_TEXTS = {
  user_username: USER.username,
  user_name: USER.name,
  user_description: USER.description,
  user_location: USER.location,
  user_verified_type: USER.verifiedType,
  user_created_at: USER.createdAt,
} as const
const USER_COUNTS = {
  user_followers: USER.followers,
  user_following: USER.following,
  user_tweets: USER.tweets,
  user_listed: USER.listed,
} as const
/** A place of which the line says no more than its id has that and nothing else. */
const PLACE_TEXTS = {
  place_full_name: PLACE.fullName,
  place_name: PLACE.name,
  place_type: PLACE.type,
  place_country: PLACE.country,
  place_country_code: PLACE.countryCode,
} as const
const ENTITY_LISTS = {
  hashtags: ENTITIES.hashtags,
  mentions: ENTITIES.mentions,
  urls: ENTITIES.urls,
  cashtags: ENTITIES.cashtags,
} as const
const TWEET_LISTS = { edit_history_ids: TWEET.editHistory, withheld_in: TWEET.withheldIn } as const

/** Columns of one kind, and the slot of each, counted from a first one. */
interface Group<Builder> {
  columns: readonly Builder[]
  slots: Int32Array
}

/** Appends rows to the columns that it was made for. */
export class StreamRow {
  private readonly to: TweetBuilders
  private readonly tweetTexts: Group<Utf8Builder>
  private readonly tweetCounts: Group<ColumnBuilder<number | null>>
  private readonly tweetLists: Group<Utf8ListBuilder>
  private readonly entityLists: Group<Utf8ListBuilder>
  private readonly userTexts: Group<Utf8Builder>
  private readonly userCounts: Group<ColumnBuilder<number | null>>
  private readonly placeTexts: Group<Utf8Builder>

  constructor(to: TweetBuilders) {
    this.to = to
    this.tweetTexts = groupOf(to, TWEET_TEXTS)
    this.tweetCounts = groupOf(to, TWEET_COUNTS)
    this.tweetLists = groupOf(to, TWEET_LISTS)
    this.entityLists = groupOf(to, ENTITY_LISTS)
    this.userTexts = groupOf(to, USER_TEXTS)
    this.userCounts = groupOf(to, USER_COUNTS)
    this.placeTexts = groupOf(to, PLACE_TEXTS)
  }

  /** One value in each column but `rules`. */
  append(line: StreamLine): void {
    const { scan, user, place } = line
    const { to } = this
    appendText(to.text, scan, line.text)
    to.text_truncated.append(line.isTextCut)
    appendText(to.lang, scan, line.lang)
    to.kind.append(line.kind)
    appendText(to.referenced_id, scan, line.referenced)
    to.raw.append(scan.bytes)
    appendTexts(this.tweetTexts, scan, 0)
    appendLists(this.tweetLists, scan, 0)
    appendLists(this.entityLists, scan, line.entities)
    appendFlag(to.possibly_sensitive, scan, TWEET.isSensitive)
    appendCounts(this.tweetCounts, scan, 0)
    appendTexts(this.placeTexts, scan, place)
    // a line with a point is one for `parseLine`
    to.place_longitude.append(null)
    to.place_latitude.append(null)
    appendTexts(this.userTexts, scan, user)
    appendFlag(to.user_verified, scan, user === NONE ? NONE : user + USER.isVerified)
    appendFlag(to.user_protected, scan, user === NONE ? NONE : user + USER.isProtected)
    appendCounts(this.userCounts, scan, user)
  }
}

function groupOf<Name extends keyof TweetBuilders>(
  to: TweetBuilders,
  slots: Readonly<Record<Name, number>>,
): Group<TweetBuilders[Name]> {
  const names = Object.keys(slots) as Name[]
  return { columns: names.map(name => to[name]), slots: Int32Array.from(names, name => slots[name]) }
}

/** @param first NONE: there is nothing of it in the line */
function appendTexts({ columns, slots }: Group<Utf8Builder>, scan: Scan, first: number): void {
  for (let i = 0; i < slots.length; i++) appendText(columns[i]!, scan, first === NONE ? NONE : first + slots[i]!)
}

function appendText(column: Utf8Builder, scan: Scan, slot: number): void {
  if (slot === NONE || !scan.has(slot)) column.appendNull()
  else column.appendSpan(scan.bytes, scan.start(slot), scan.end(slot), scan.escaped(slot))
}

function appendLists({ columns, slots }: Group<Utf8ListBuilder>, scan: Scan, first: number): void {
  for (let i = 0; i < slots.length; i++) {
    const column = columns[i]!
    const slot = first + slots[i]!
    const end = scan.itemsEnd(slot)
    for (let item = scan.firstItem(slot); item < end; item++) {
      column.appendItem(scan.bytes, scan.itemStart(item), scan.itemEnd(item), scan.itemEscaped(item))
    }
    column.finishRow()
  }
}

function appendCounts({ columns, slots }: Group<ColumnBuilder<number | null>>, scan: Scan, first: number): void {
  for (let i = 0; i < slots.length; i++) {
    const slot = first + slots[i]!
    columns[i]!.append(first === NONE || !scan.has(slot) ? null : scan.integer(slot))
  }
}

const LOWER_T = 0x74

function appendFlag(column: BoolBuilder, scan: Scan, slot: number): void {
  column.append(slot === NONE || !scan.has(slot) ? null : scan.bytes[scan.start(slot)] === LOWER_T)
}
