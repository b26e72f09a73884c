/** A line of the stream → one row of layer1, from the bytes of the line to the bytes of the columns, with nothing in between. */
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

/** @param to gets one value in each column but `rules` */
export function appendStreamLine(line: StreamLine, to: TweetBuilders): void {
  const { scan } = line
  appendText(to.tweet_id, scan, TEXT.id)
  appendText(to.created_at, scan, TWEET.createdAt)
  appendText(to.text, scan, line.text)
  to.text_truncated.append(line.isTextCut)
  appendText(to.lang, scan, line.lang)
  appendText(to.author_id, scan, TWEET.author)
  appendText(to.conversation_id, scan, TWEET.conversation)
  to.kind.append(line.kind)
  appendText(to.referenced_id, scan, line.referenced)
  appendText(to.in_reply_to_user_id, scan, TWEET.inReplyToUser)
  appendItems(to.edit_history_ids, scan, TWEET.editHistory)
  appendItems(to.hashtags, scan, line.entities + ENTITIES.hashtags)
  appendItems(to.mentions, scan, line.entities + ENTITIES.mentions)
  appendItems(to.urls, scan, line.entities + ENTITIES.urls)
  appendItems(to.cashtags, scan, line.entities + ENTITIES.cashtags)
  appendItems(to.withheld_in, scan, TWEET.withheldIn)
  appendFlag(to.possibly_sensitive, scan, TWEET.isSensitive)
  to.raw.append(scan.bytes)
  appendCounts(line, to)
  appendPlace(line, to)
  appendUser(line, to)
}

function appendCounts({ scan }: StreamLine, to: TweetBuilders): void {
  appendCount(to.retweet_count, scan, TWEET.retweets)
  appendCount(to.reply_count, scan, TWEET.replies)
  appendCount(to.like_count, scan, TWEET.likes)
  appendCount(to.quote_count, scan, TWEET.quotes)
  appendCount(to.bookmark_count, scan, TWEET.bookmarks)
  appendCount(to.impression_count, scan, TWEET.impressions)
}

/** A place of which the line says no more than its id has that and nothing else. */
function appendPlace({ scan, place }: StreamLine, to: TweetBuilders): void {
  appendText(to.place_id, scan, TWEET.place)
  appendText(to.place_full_name, scan, slotOf(place, PLACE.fullName))
  appendText(to.place_name, scan, slotOf(place, PLACE.name))
  appendText(to.place_type, scan, slotOf(place, PLACE.type))
  appendText(to.place_country, scan, slotOf(place, PLACE.country))
  appendText(to.place_country_code, scan, slotOf(place, PLACE.countryCode))
  // a line with a point is one for `parseLine`
  to.place_longitude.append(null)
  to.place_latitude.append(null)
}

function appendUser({ scan, user }: StreamLine, to: TweetBuilders): void {
  appendText(to.user_username, scan, slotOf(user, USER.username))
  appendText(to.user_name, scan, slotOf(user, USER.name))
  appendText(to.user_description, scan, slotOf(user, USER.description))
  appendText(to.user_location, scan, slotOf(user, USER.location))
  appendFlag(to.user_verified, scan, slotOf(user, USER.isVerified))
  appendText(to.user_verified_type, scan, slotOf(user, USER.verifiedType))
  appendFlag(to.user_protected, scan, slotOf(user, USER.isProtected))
  appendText(to.user_created_at, scan, slotOf(user, USER.createdAt))
  appendCount(to.user_followers, scan, slotOf(user, USER.followers))
  appendCount(to.user_following, scan, slotOf(user, USER.following))
  appendCount(to.user_tweets, scan, slotOf(user, USER.tweets))
  appendCount(to.user_listed, scan, slotOf(user, USER.listed))
}

function slotOf(first: number, slot: number): number {
  return first === NONE ? NONE : first + slot
}

function appendText(column: Utf8Builder, scan: Scan, slot: number): void {
  if (slot === NONE || !scan.has(slot)) column.appendNull()
  else column.appendSpan(scan.bytes, scan.start(slot), scan.end(slot), scan.escaped(slot))
}

function appendItems(column: Utf8ListBuilder, scan: Scan, slot: number): void {
  const end = scan.itemsEnd(slot)
  for (let item = scan.firstItem(slot); item < end; item++) {
    column.appendItem(scan.bytes, scan.itemStart(item), scan.itemEnd(item), scan.itemEscaped(item))
  }
  column.finishRow()
}

const LOWER_T = 0x74

function appendFlag(column: BoolBuilder, scan: Scan, slot: number): void {
  column.append(slot === NONE || !scan.has(slot) ? null : scan.bytes[scan.start(slot)] === LOWER_T)
}

function appendCount(column: ColumnBuilder<number | null>, scan: Scan, slot: number): void {
  column.append(slot === NONE || !scan.has(slot) ? null : scan.integer(slot))
}
