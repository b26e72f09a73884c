/**
 * Layer1: tweets as X gave them, one row per delivery.
 *
 * Nothing is cast here: ids and instants stay the text that X sent, because a JavaScript number
 * drops digits past 2^53. Casting, deduplication and time zones are layer2's work. A tweet may
 * stand here more than once (reconnects, replays); layer2 keeps one.
 */
import { Bool, Field, Float64, Int64, List, type Schema, TimestampMillisecond, Utf8 } from 'apache-arrow'
import { type Column, optional, required, schemaOf } from './table-shape.ts'

export const KINDS = ['original', 'retweet', 'reply', 'quote'] as const
/** A retweet is a retweet whatever else it is; a reply that quotes is a reply. */
export type Kind = (typeof KINDS)[number]

export const SOURCES = ['stream', 'search', 'replay', 'demo'] as const
export type SourceName = (typeof SOURCES)[number]

/** List items are never null; an absent array is an empty list. */
export const utf8List = () => new List(new Field('item', new Utf8(), false))
/** An instant: milliseconds since 1970-01-01T00:00Z, TIMESTAMP(isAdjustedToUTC = true) in Parquet. */
export const instant = () => new TimestampMillisecond('UTC')

/** Null for what X sends with most tweets, and for what it sends with some. */
const NOT_SENT = 'X did not send it'
const OF_TWEET = 'the tweet has none, or X did not send it'
const NO_COUNT = 'X did not send it; 0 is a count of none'

/** Of the profile of the author. @param v1 its name in v1.1, where that is another one */
const profile = (name: string, type: Utf8 | Bool, is: string, v2: string, v1 = v2) =>
  optional(name, type, { is, from: fromUser(v2, v1), null: 'the profile did not come with the tweet, or does not say' })

const profileCount = (name: string, unit: string, v2: string, v1: string) =>
  optional(name, new Int64(), {
    is: `${unit} of the author, when the tweet was captured`,
    from: fromUser(`public_metrics.${v2}`, v1),
    unit,
    null: 'the profile did not come with the tweet; 0 is a count of none',
  })

const fromUser = (v2: string, v1: string) => `\`includes.users[].${v2}\` of the author (\`user.${v1}\`)`

const metric = (name: string, unit: string, from: string) =>
  optional(name, new Int64(), { is: `${unit} so far, when it was captured`, from, unit, null: NO_COUNT })

const place = (name: string, is: string, field: string) =>
  optional(name, new Utf8(), { is, from: `\`includes.places[].${field}\` (\`place.${field}\`)`, null: OF_TWEET })

/** Of files of both kinds. */
const DELIVERY: readonly Column[] = [
  required('source', new Utf8(), {
    is: `what it came from: ${SOURCES.map(name => `\`${name}\``).join(', ')}`,
    from: 'the listener',
  }),
  required('captured_at', instant(), { is: 'when its line was read', from: 'the clock of the listener' }),
]

export const LAYER1_COLUMNS: readonly Column[] = [
  required('tweet_id', new Utf8(), { is: 'id of the tweet, or of a version of it', from: '`id` (`id_str`)' }),
  optional('created_at', new Utf8(), {
    is: 'when it was made, as sent: `2021-04-08T19:34:30.000Z` or `Fri Feb 12 21:45:50 +0000 2021`',
    from: '`created_at`',
    null: 'X did not send it; the time is then in the id',
  }),
  required('text', new Utf8(), {
    is: 'the whole text; of a retweet that of the original',
    from: '`note_tweet.text`, else `text` (`extended_tweet.full_text`, `full_text`, `text`)',
  }),
  required('text_truncated', new Bool(), {
    is: 'the whole text was not in the line: a retweet that came without its original, or a status that was cut',
    from: 'computed',
  }),
  optional('lang', new Utf8(), {
    is: 'language as X tells it, of a retweet that of the original; `und` and its like are in `dim_lang`',
    from: '`lang`',
    null: NOT_SENT,
  }),
  optional('author_id', new Utf8(), { is: 'id of who wrote it', from: '`author_id` (`user.id_str`)', null: NOT_SENT }),
  optional('conversation_id', new Utf8(), {
    is: 'id of the tweet that the conversation began with',
    from: '`conversation_id`',
    null: NOT_SENT,
  }),
  required('kind', new Utf8(), {
    is: 'a retweet is a `retweet`, else a reply a `reply`, else a quote a `quote`, else it is `original`',
    from: '`referenced_tweets[].type` (`retweeted_status`, `in_reply_to_status_id_str`, `quoted_status_id_str`)',
  }),
  optional('referenced_id', new Utf8(), {
    is: 'id of what it retweets, replies to or quotes, after `kind`',
    from: '`referenced_tweets[].id` (the same as of `kind`)',
    null: 'it is `original`, or X did not send the id',
  }),
  optional('in_reply_to_user_id', new Utf8(), {
    is: 'id of whom it replies to',
    from: '`in_reply_to_user_id`',
    null: 'it is no reply, or X did not send it',
  }),
  required('edit_history_ids', utf8List(), {
    is: 'ids of its versions, ascending, its own included; empty where X sent none',
    from: '`edit_history_tweet_ids`',
  }),
  required('hashtags', utf8List(), {
    is: 'as spelled, without `#`, in the order of the whole text, repeats kept',
    from: '`entities.hashtags[].tag` (`entities.hashtags[].text`)',
  }),
  required('mentions', utf8List(), {
    is: 'user names without `@`',
    from: '`entities.mentions[].username` (`entities.user_mentions[].screen_name`)',
  }),
  required('urls', utf8List(), {
    is: 'links, expanded where X expanded them',
    from: '`entities.urls[].expanded_url`, else `url` (and those of `entities.media`)',
  }),
  required('cashtags', utf8List(), {
    is: 'without `$`',
    from: '`entities.cashtags[].tag` (`entities.symbols[].text`)',
  }),
  optional('possibly_sensitive', new Bool(), {
    is: 'X thinks that its links or pictures are not for everybody',
    from: '`possibly_sensitive`',
    null: NOT_SENT,
  }),
  metric(
    'retweet_count',
    'retweets',
    '`public_metrics.retweet_count` (`retweet_count`); of a retweet X sends that of the original',
  ),
  metric('reply_count', 'replies', '`public_metrics.reply_count` (`reply_count`)'),
  metric('like_count', 'likes', '`public_metrics.like_count` (`favorite_count`)'),
  metric('quote_count', 'quotes', '`public_metrics.quote_count` (`quote_count`)'),
  metric('bookmark_count', 'bookmarks', '`public_metrics.bookmark_count` (v1.1 has none)'),
  metric('impression_count', 'impressions', '`public_metrics.impression_count` (v1.1 has none)'),
  optional('place_id', new Utf8(), {
    is: 'id of the place that the author named',
    from: '`geo.place_id` (`place.id`)',
    null: OF_TWEET,
  }),
  place('place_full_name', 'name with what it lies in: `Rio de Janeiro, Brazil`', 'full_name'),
  place('place_name', 'short name', 'name'),
  place('place_type', '`country`, `admin`, `city`, `neighborhood` or `poi`', 'place_type'),
  place('place_country', 'name of the country', 'country'),
  place('place_country_code', 'ISO 3166-1, two letters', 'country_code'),
  optional('place_longitude', new Float64(), {
    is: 'of the point that the tweet itself has, not of the place',
    from: '`geo.coordinates.coordinates[0]` (`coordinates.coordinates[0]`)',
    unit: 'degrees east',
    null: OF_TWEET,
  }),
  optional('place_latitude', new Float64(), {
    is: 'of the same point',
    from: '`geo.coordinates.coordinates[1]` (`coordinates.coordinates[1]`)',
    unit: 'degrees north',
    null: OF_TWEET,
  }),
  required('withheld_in', utf8List(), {
    is: 'codes of countries in which X does not show it',
    from: '`withheld.country_codes` (`withheld_in_countries`)',
  }),
  profile('user_username', new Utf8(), 'name that is written with `@`', 'username', 'screen_name'),
  profile('user_name', new Utf8(), 'name that is shown', 'name'),
  profile('user_description', new Utf8(), 'what the author says of themself', 'description'),
  profile('user_location', new Utf8(), 'where the author says that they are, in any words', 'location'),
  profile('user_verified', new Bool(), 'X has verified the account', 'verified'),
  profile('user_verified_type', new Utf8(), '`blue`, `business`, `government` or `none`', 'verified_type'),
  profile('user_protected', new Bool(), 'only followers see its tweets', 'protected'),
  profile('user_created_at', new Utf8(), 'when the account was made, as sent', 'created_at'),
  profileCount('user_followers', 'followers', 'followers_count', 'followers_count'),
  profileCount('user_following', 'accounts followed', 'following_count', 'friends_count'),
  profileCount('user_tweets', 'tweets', 'tweet_count', 'statuses_count'),
  profileCount('user_listed', 'lists', 'listed_count', 'listed_count'),
  required('rules', utf8List(), {
    is: 'names of the rules that captured it: hashtags, keywords, texts of rules. For a rule of several hashtags (a pack) those of them that the tweet carries, repeats or quotes; `pack:1f3a9c2e` where it was one of them and the line does not show which',
    from: "`matching_rules[].tag` without twdw's prefix; where the line has none, those of the hashtags listened for that it carries",
  }),
  ...DELIVERY,
  required('raw', new Utf8(), {
    is: "the tweet's own JSON text, byte for byte; of a page its parts, stitched",
    from: 'the line',
  }),
]

/** One row a delivery of a tweet. Null means that X did not send it. */
export const LAYER1: Schema = schemaOf(LAYER1_COLUMNS)

/** Lines that are no tweets, so that nothing read is ever lost. */
export const REJECTED_COLUMNS: readonly Column[] = [
  optional('line', new Utf8(), { is: 'the line, or the part of a page', from: 'the source', null: 'it is not UTF-8' }),
  optional('line_base64', new Utf8(), {
    is: 'the same in base64',
    from: 'the source',
    null: 'it is UTF-8, and in `line`',
  }),
  required('reason', new Utf8(), { is: 'why it is no tweet; begins with one of a few clauses', from: 'computed' }),
  ...DELIVERY,
]

export const REJECTED: Schema = schemaOf(REJECTED_COLUMNS)
