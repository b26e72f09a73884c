/**
 * Bridges: which tags stand in a tweet, and which listened rules captured it.
 *
 * Tags come from the row that is kept, rules from all deliveries: a tweet that two rules caught at different
 * times belongs to both.
 */
import { int32sToColumn, int64sToColumn, takeInt64s } from '../columns/columns.ts'
import { orderBy } from '../columns/order.ts'
import { takeUint32s } from '../columns/take.ts'
import { LAYER2 } from '../layer2.ts'
import type { Cast } from './cast.ts'
import type { Hashtags } from './hashtags.ts'
import { NOTHING_TAKEN, type Outline, placesToCodes, type Span } from './outline.ts'
import type { Tweets } from './tweets.ts'

/** @returns bridge_tweet_hashtag: a row a tweet and tag, sorted by tag and tweet. */
export function outlineHashtagBridge(hashtags: Hashtags, cast: Cast, tweets: Tweets): Outline {
  return {
    shape: LAYER2.bridge_tweet_hashtag,
    count: hashtags.count,
    made: {
      tweet_id: span => idsOf(hashtags.tweet, cast, tweets, span),
      occurrences: ({ from, to }) => int32sToColumn(hashtags.occurrences.slice(from, to)),
    },
    coded: {
      tag: placesToCodes(hashtags.tag, hashtags.tags),
      spelling: placesToCodes(hashtags.spelling, hashtags.spellings),
    },
    ...NOTHING_TAKEN,
  }
}

/** @returns bridge_tweet_rule: a row a rule and tweet, of all deliveries that were not rejected, sorted by rule and tweet. */
export function outlineRuleBridge(cast: Cast, tweets: Tweets): Outline {
  const found = rulesPerTweet(cast, tweets)
  const order = orderBy(found.count, [{ codes: found.rule, bound: cast.rules.texts.size }])
  const [rule, tweet] = [takeUint32s(found.rule, order), takeUint32s(found.tweet, order)]
  return {
    shape: LAYER2.bridge_tweet_rule,
    count: found.count,
    made: { tweet_id: span => idsOf(tweet, cast, tweets, span) },
    coded: { rule: placesToCodes(rule, cast.rules.texts) },
    ...NOTHING_TAKEN,
  }
}

/** Each rule once for each tweet, tweets ascending. */
function rulesPerTweet({ rules }: Cast, { count: tweets, deliveries, starts }: Tweets) {
  const rule = new Uint32Array(rules.codes.length)
  const tweet = new Uint32Array(rules.codes.length)
  /** rule → 1 and the latest tweet that it was noted for */
  const noted = new Uint32Array(rules.texts.size)
  let count = 0
  for (let t = 0; t < tweets; t++) {
    for (let i = starts[t]!; i < starts[t + 1]!; i++) {
      const row = deliveries[i]!
      for (let item = rules.starts[row]!; item < rules.starts[row + 1]!; item++) {
        const code = rules.codes[item]!
        if (noted[code] === t + 1) continue
        noted[code] = t + 1
        rule[count] = code
        tweet[count++] = t
      }
    }
  }
  return { count, rule, tweet }
}

/** Ids of tweets. */
function idsOf(tweet: Uint32Array, cast: Cast, { pick }: Tweets, { from, to }: Span) {
  const rows = takeUint32s(pick, tweet.subarray(from, to))
  return int64sToColumn(takeInt64s({ halves: cast.tweetId, valid: undefined }, rows))
}
