/**
 * The tweets of layer2: the fact, its bridges and what is counted from them.
 *
 * Everything here is of one UTC hour and is made again whole with it. `layer1` in a source is a column of layer1_tweets, of the
 * delivery that is kept: the latest capture.
 */
import { Bool, type DataType, DateDay, Float64, Int32, Int64, TimestampMicrosecond, Utf8 } from 'apache-arrow'
import { instant } from './layer1.ts'
import { type Column, optional, required, shapeOf } from './table-shape.ts'

/** A wall clock in the lake's zone: TIMESTAMP(isAdjustedToUTC = false), in microseconds since Spark writes it in no others. */
const wallClock = () => new TimestampMicrosecond(null)

/** A day's rows of one tag lie together, and are few of 60,000 and more. */
const TAG_GROUP_ROWS = 8_192

const NOT_SENT = 'X did not send it'

/** A column of layer1 under its own name. */
const same = (name: string, type: DataType, is: string) => required(name, type, { is, from: `layer1 \`${name}\`` })
const sameIfSent = (name: string, type: DataType, is: string, whenNull = NOT_SENT) =>
  optional(name, type, { is, from: `layer1 \`${name}\``, null: whenNull })

const metric = (name: string, unit: string) =>
  optional(name, new Int64(), {
    is: `${unit} so far, when it was captured`,
    from: `layer1 \`${name}\``,
    unit,
    null: `${NOT_SENT}; 0 is a count of none`,
  })

const HOUR_START = required('hour_start', instant(), {
  is: "when that local hour began; tells the two hours 23 of a zone's change apart",
  from: "the tweet's `created_at`, and the zone of the lake",
})
const LOCAL_DATE = required('local_date', new DateDay(), {
  is: "the day in the lake's zone",
  from: '`created_at`, and that zone',
})
const LOCAL_HOUR = required('local_hour', new Int32(), {
  is: "the hour in the lake's zone, 0 to 23",
  from: '`created_at`, and that zone',
  unit: 'hours',
})

export const FACT_TWEET = shapeOf({
  row: 'tweet, and each version of an edited one. `tweet_id` is a key over the whole lake',
  columns: [
    required('tweet_id', new Int64(), { is: 'id of the tweet, or of this version of it', from: 'layer1 `tweet_id`' }),
    required('original_id', new Int64(), {
      is: 'id of the first version; `tweet_id` where there was no edit',
      from: 'the first of layer1 `edit_history_ids`',
    }),
    required('edit_version', new Int32(), {
      is: '0 as first posted, 1 after the first edit',
      from: 'where the id stands in layer1 `edit_history_ids`',
      unit: 'edits',
    }),
    required('is_latest_version', new Bool(), {
      is: 'no later version was made in the same UTC hour: counts sum over the true ones',
      from: 'the greatest `edit_version` of an `original_id` in the hour',
    }),
    sameIfSent('author_id', new Int64(), 'id of who wrote it'),
    sameIfSent('conversation_id', new Int64(), 'id of the tweet that the conversation began with'),
    same('kind', new Utf8(), '`retweet`, else `reply`, else `quote`, else `original`'),
    sameIfSent(
      'referenced_id',
      new Int64(),
      'id of what it retweets, replies to or quotes, after `kind`',
      'it is `original`, or X did not send the id',
    ),
    sameIfSent('in_reply_to_user_id', new Int64(), 'id of whom it replies to', 'it is no reply, or X did not send it'),
    sameIfSent('lang', new Utf8(), 'language as X tells it, of a retweet that of the original'),
    sameIfSent(
      'place_id',
      new Utf8(),
      'id of the place that the author named',
      'the tweet has none, or X did not send it',
    ),
    required('created_at', instant(), {
      is: 'when it was made',
      from: 'layer1 `created_at`, else the milliseconds in the id',
    }),
    required('created_at_local', wallClock(), {
      is: "the same on the wall clock of the lake's zone",
      from: '`created_at`, and that zone',
    }),
    LOCAL_DATE,
    LOCAL_HOUR,
    HOUR_START,
    same('text', new Utf8(), 'the whole text; of a retweet that of the original'),
    same('text_truncated', new Bool(), 'the whole text was not in the line'),
    sameIfSent('possibly_sensitive', new Bool(), 'X thinks that its links or pictures are not for everybody'),
    metric('retweet_count', 'retweets'),
    metric('reply_count', 'replies'),
    metric('like_count', 'likes'),
    metric('quote_count', 'quotes'),
    metric('bookmark_count', 'bookmarks'),
    metric('impression_count', 'impressions'),
    optional('author_followers', new Int64(), {
      is: 'followers of the author when it was captured; kept here so that reach needs no join',
      from: 'layer1 `user_followers`',
      unit: 'followers',
      null: 'the profile did not come with the tweet; 0 is a count of none',
    }),
    optional('longitude', new Float64(), {
      is: 'of the point that the tweet itself has',
      from: 'layer1 `place_longitude`',
      unit: 'degrees east',
      null: 'the tweet has none',
    }),
    optional('latitude', new Float64(), {
      is: 'of the same point',
      from: 'layer1 `place_latitude`',
      unit: 'degrees north',
      null: 'the tweet has none',
    }),
    same('source', new Utf8(), 'what the delivery that is kept came from: `stream`, `search`, `replay`, `demo`'),
    required('first_captured_at', instant(), {
      is: 'when it was captured first',
      from: 'the least layer1 `captured_at` of its deliveries',
    }),
    required('captured_at', instant(), {
      is: 'when it was captured last: what the row says is as of then',
      from: 'the greatest layer1 `captured_at` of its deliveries',
    }),
  ],
  sortedBy: ['tweet_id'],
  repeating: ['kind', 'lang', 'place_id', 'local_date', 'local_hour', 'hour_start', 'source'],
})

const TAG = required('tag', new Utf8(), {
  is: 'hashtag, folded: NFKC and full case fold, so that all its spellings are one',
  from: 'layer1 `hashtags`',
})
const TWEET_ID = required('tweet_id', new Int64(), {
  is: 'id of the tweet, as in `fact_tweet`',
  from: 'layer1 `tweet_id`',
})

export const BRIDGE_TWEET_HASHTAG = shapeOf({
  row: 'tweet (or version) and hashtag in it',
  columns: [
    TAG,
    TWEET_ID,
    required('spelling', new Utf8(), { is: 'as first written in this tweet', from: 'layer1 `hashtags`' }),
    required('occurrences', new Int32(), {
      is: 'how often the tag stands in the tweet, 1 or more',
      from: 'layer1 `hashtags`',
      unit: 'times',
    }),
  ],
  sortedBy: ['tag', 'tweet_id'],
  repeating: ['tag', 'spelling', 'occurrences'],
})

export const BRIDGE_TWEET_RULE = shapeOf({
  row: 'tweet (or version) and rule that captured it, in any of its deliveries',
  columns: [
    required('rule', new Utf8(), {
      is: 'the hashtag, keyword or rule that captured the tweet',
      from: 'layer1 `rules`',
    }),
    TWEET_ID,
  ],
  sortedBy: ['rule', 'tweet_id'],
  repeating: ['rule'],
})

const UTC_HOUR = required('utc_hour', instant(), {
  is: 'the partition that the row was counted in; in zones with half hours not `hour_start`',
  from: '`created_at`, cut to the hour',
})

/** What both aggregates are counted by beside the tag and the hour. */
const LOCAL_TIMES: readonly Column[] = [LOCAL_DATE, LOCAL_HOUR, UTC_HOUR]

const sum = (name: string, unit: string, of: string) =>
  required(name, new Int64(), { is: `${unit} of these tweets`, from: `sum of \`${of}\` of the fact, null as 0`, unit })

export const AGG_HASHTAG_HOUR = shapeOf({
  row: 'hashtag, local hour, language and kind with a tweet; a group without tweets has no row',
  columns: [
    TAG,
    HOUR_START,
    optional('lang', new Utf8(), { is: 'language as X tells it', from: '`lang` of the fact', null: NOT_SENT }),
    required('kind', new Utf8(), { is: 'kind of the tweets', from: '`kind` of the fact' }),
    ...LOCAL_TIMES,
    required('tweets', new Int64(), {
      is: 'latest versions; of all sums below too',
      from: 'rows of fact and bridge with `is_latest_version`',
      unit: 'tweets',
    }),
    sum('retweets', 'retweets', 'retweet_count'),
    sum('replies', 'replies', 'reply_count'),
    sum('likes', 'likes', 'like_count'),
    sum('quotes', 'quotes', 'quote_count'),
    sum('bookmarks', 'bookmarks', 'bookmark_count'),
    sum('impressions', 'impressions', 'impression_count'),
  ],
  sortedBy: ['tag', 'hour_start', 'lang', 'kind', 'utc_hour'],
  repeating: ['tag', 'hour_start', 'lang', 'kind', 'local_date', 'local_hour', 'utc_hour'],
  groupRows: TAG_GROUP_ROWS,
})

/** Who wrote under a tag in an hour: exact distinct authors and reach over any span. */
export const AGG_HASHTAG_USER_HOUR = shapeOf({
  row: 'hashtag, local hour and author: exact distinct authors and reach over any span. A tweet without an author is in none',
  columns: [
    TAG,
    HOUR_START,
    required('user_id', new Int64(), { is: 'author of the tweets', from: '`author_id` of the fact' }),
    ...LOCAL_TIMES,
    required('tweets', new Int64(), {
      is: 'latest versions',
      from: 'rows of fact and bridge with `is_latest_version`',
      unit: 'tweets',
    }),
    optional('followers', new Int64(), {
      is: 'the most that the author had among these tweets',
      from: 'greatest `author_followers` of the fact',
      unit: 'followers',
      null: 'no profile came with any of them; 0 is a count of none',
    }),
  ],
  sortedBy: ['tag', 'hour_start', 'user_id', 'utc_hour'],
  repeating: ['tag', 'hour_start', 'local_date', 'local_hour', 'utc_hour', 'tweets'],
  groupRows: TAG_GROUP_ROWS,
})
