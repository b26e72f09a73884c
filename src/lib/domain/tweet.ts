/**
 * A tweet as layer1 keeps it, whatever form it came in.
 *
 * The keys are the column names of layer1, so that there is no second vocabulary to map between.
 */
import type { Hour } from './hour.ts'
import type { Kind, SourceName } from './layer1.ts'

/** One JSON text from a source, without its line end. */
export interface Line {
  /** UTF-8, unless the sender was at fault; not to be changed or kept past the call it is handed to */
  bytes: Uint8Array
  source: SourceName
  /** milliseconds since 1970-01-01T00:00Z at which the line was read */
  capturedAtMs: number
}

/** null: X did not send it. Lists are never null. */
export interface Tweet {
  tweet_id: string
  created_at: string | null
  text: string
  text_truncated: boolean
  lang: string | null
  author_id: string | null
  conversation_id: string | null
  kind: Kind
  referenced_id: string | null
  in_reply_to_user_id: string | null
  edit_history_ids: readonly string[]
  hashtags: readonly string[]
  mentions: readonly string[]
  urls: readonly string[]
  cashtags: readonly string[]
  possibly_sensitive: boolean | null
  retweet_count: number | null
  reply_count: number | null
  like_count: number | null
  quote_count: number | null
  bookmark_count: number | null
  impression_count: number | null
  place_id: string | null
  place_full_name: string | null
  place_name: string | null
  place_type: string | null
  place_country: string | null
  place_country_code: string | null
  place_longitude: number | null
  place_latitude: number | null
  withheld_in: readonly string[]
  user_username: string | null
  user_name: string | null
  user_description: string | null
  user_location: string | null
  user_verified: boolean | null
  user_verified_type: string | null
  user_protected: boolean | null
  user_created_at: string | null
  user_followers: number | null
  user_following: number | null
  user_tweets: number | null
  user_listed: number | null
  rules: readonly string[]
  /** the JSON text it was read from; bytes of the line itself where the line is one tweet */
  raw: Uint8Array
}

/** A tweet and the hour of the lake that it belongs to. */
export interface ParsedTweet {
  tweet: Tweet
  hour: Hour
  /** only rules of other programs matched it: it is billed, and not stored; absent: no */
  isForeign?: boolean
}

/** A line, or a part of a page, that is no tweet; kept with its reason. */
export interface Rejected {
  /** the whole text that was refused */
  bytes: Uint8Array
  /** one clause with values, such as `invalid JSON: …` or `notice: delete`; stable enough to count by */
  reason: string
}

/** What one line holds: a page holds many tweets, a notice none. `tweets` + `rejected` >= 1 unless the line is blank. */
export interface LineContent {
  tweets: ParsedTweet[]
  rejected: Rejected[]
}

/** How much a line held, or several. */
export interface LineCounts {
  tweets: number
  rejected: number
  /** tweets that only rules of other programs matched: not among `tweets` */
  foreign: number
  /** of the rejected, those in which the source speaks of itself */
  notices: number
  /** tweets, foreign ones too, beside which their author's profile came */
  profiles: number
  /** of these, tweets that refer to another, which then came as well */
  references: number
}

export const NO_LINES: Readonly<LineCounts> = {
  tweets: 0,
  rejected: 0,
  foreign: 0,
  notices: 0,
  profiles: 0,
  references: 0,
}

export function countsOf({ tweets, rejected }: LineContent): LineCounts {
  const foreign = tweets.filter(({ isForeign }) => isForeign).length
  const withProfile = tweets.filter(({ tweet }) => tweet.user_username !== null)
  return {
    tweets: tweets.length - foreign,
    rejected: rejected.length,
    foreign,
    notices: rejected.filter(({ reason }) => reason.startsWith('notice')).length,
    profiles: withProfile.length,
    references: withProfile.filter(({ tweet }) => tweet.referenced_id !== null).length,
  }
}
