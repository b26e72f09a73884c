/**
 * The demo: an endless stream of made-up tweets, as X would send them.
 *
 * The same options give the same lines, so a benchmark and a test can count on them. The rate follows the day of
 * each region's people; ids are snowflakes of the time at which the tweet is made.
 */
import { TwdwError } from '../../errors.ts'
import { createAuthorPool } from './authors.ts'
import { createEdit, createPost, createRetweet, type DemoPost, type Occasion, postToLine } from './posts.ts'
import { createRandom, firstAbove, type Random } from './random.ts'
import { DAILY_CURVE, REGIONS, type Region } from './words.ts'

export interface DemoOptions {
  /** an integer; another seed, other tweets */
  seed: number
  /** from when on, milliseconds since 1970-01-01T00:00Z, 2010-11-05 or later */
  startMs: number
  /** mean over a whole day, > 0 */
  ratePerSecond: number
}

/** One line of the stream and the time at which X would send it. */
export interface DemoTweet {
  /** milliseconds since 1970-01-01T00:00Z, never earlier than the tweet before */
  atMs: number
  /** a v2 stream line without its line end */
  line: string
}

const HALF_HOUR_MS = 1_800_000
const HALF_HOURS_A_DAY = 48

const RETWEET_SHARE = 0.3
const REPLY_SHARE = 0.14
const QUOTE_SHARE = 0.08
const EDIT_SHARE = 0.005
/** X could not resolve what it retweets */
const LOST_ORIGINAL_PROBABILITY = 0.01
const EDIT_DELAY_MS = 90_000
/** how many of the latest posts others still react to */
const RECENT_POSTS = 512

const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
const IDS_PER_MS = 4_194_304
/** ids given in one millisecond differ in these low bits */
const SEQUENCE_IDS = 4096

/**
 * Endless; each iteration begins at `startMs` again.
 * @throws TwdwError E_USAGE when `startMs` is before ids told the time
 */
export function demoTweets(options: DemoOptions): Iterable<DemoTweet> {
  if (options.startMs < SNOWFLAKE_EPOCH_MS) {
    throw new TwdwError('E_USAGE', 'the demo cannot start before 2010-11-05', { hint: 'name a later --start' })
  }
  return { [Symbol.iterator]: () => run(options) }
}

function* run(options: DemoOptions): Generator<DemoTweet, never> {
  const random = createRandom(options.seed)
  const authors = createAuthorPool(random, options.startMs)
  const feed = createFeed(random)
  const nextId = createIds()
  const textOfSecond = createSecondTexts()
  let timeMs = options.startMs
  for (;;) {
    const day = HALF_HOURS[Math.floor(timeMs / HALF_HOUR_MS) % HALF_HOURS_A_DAY] as HalfHour
    // exponential gaps; 1 - fraction is never 0
    timeMs += (-Math.log(1 - random.fraction()) * 1000) / (options.ratePerSecond * day.rate)
    const atMs = Math.floor(timeMs)
    const region = REGIONS[firstAbove(day.upToRegion, random.fraction() * day.rate)] as Region
    const occasion = { id: nextId(atMs), createdAt: textOfSecond(atMs), author: authors.next(region), random }
    yield { atMs, line: feed.next(occasion, atMs) }
  }
}

/** How busy a half hour of the UTC day is. */
interface HalfHour {
  /** relative to the mean of the day */
  rate: number
  /** running sum over the regions, up to `rate` */
  upToRegion: readonly number[]
}

const HALF_HOURS: readonly HalfHour[] = Array.from({ length: HALF_HOURS_A_DAY }, (_, halfHour) => {
  let rate = 0
  const upToRegion = REGIONS.map(({ share, utcOffsetHalfHours }) => {
    const local = (halfHour + utcOffsetHalfHours + HALF_HOURS_A_DAY) % HALF_HOURS_A_DAY
    rate += share * (DAILY_CURVE[local >> 1] as number)
    return rate
  })
  return { rate, upToRegion }
})

/** What has been posted lately, and what comes next. */
function createFeed(random: Random): { next(occasion: Occasion, atMs: number): string } {
  const recent: DemoPost[] = []
  const edits: { atMs: number; post: DemoPost }[] = []
  let posts = 0

  const remember = (post: DemoPost, atMs: number) => {
    recent[posts++ % RECENT_POSTS] = post
    if (random.chance(EDIT_SHARE)) edits.push({ atMs: atMs + EDIT_DELAY_MS, post })
  }
  /** Of two posts the one that more people have retweeted: some of them go round the world. */
  const drawRecent = (): DemoPost => {
    const [one, other] = [random.pick(recent), random.pick(recent)]
    return one.retweets >= other.retweets ? one : other
  }
  const retweet = (occasion: Occasion): string => {
    const original = drawRecent()
    const isLost = random.chance(LOST_ORIGINAL_PROBABILITY)
    return postToLine(createRetweet(occasion, original), isLost ? undefined : original, original.id)
  }
  const react = (kind: 'reply' | 'quote', occasion: Occasion, atMs: number): string => {
    const referenced = drawRecent()
    if (kind === 'reply') referenced.replies += 1
    else referenced.quotes += 1
    const post = createPost(kind, occasion, referenced)
    remember(post, atMs)
    return postToLine(post, referenced, referenced.id)
  }
  const edit = (occasion: Occasion, earlier: DemoPost): string => {
    // only its author can edit a post
    const post = createEdit({ ...occasion, author: earlier.author }, earlier)
    recent[posts++ % RECENT_POSTS] = post
    return postToLine(post, undefined, undefined)
  }

  return {
    next(occasion, atMs) {
      const due = edits[0]
      if (due !== undefined && due.atMs <= atMs) {
        edits.shift()
        return edit(occasion, due.post)
      }
      const draw = recent.length === 0 ? 1 : random.fraction()
      if (draw < RETWEET_SHARE) return retweet(occasion)
      if (draw < RETWEET_SHARE + REPLY_SHARE) return react('reply', occasion, atMs)
      if (draw < RETWEET_SHARE + REPLY_SHARE + QUOTE_SHARE) return react('quote', occasion, atMs)
      const post = createPost('original', occasion)
      remember(post, atMs)
      return postToLine(post, undefined, undefined)
    },
  }
}

/** Ids that tell their millisecond, each greater than the one before. */
function createIds(): (atMs: number) => string {
  let ms = 0
  let sequence = 0
  return atMs => {
    sequence = atMs > ms ? 0 : sequence + 1
    // a millisecond that is full borrows from the next one
    ms = Math.max(ms, atMs) + (sequence === SEQUENCE_IDS ? 1 : 0)
    sequence %= SEQUENCE_IDS
    return snowflake(ms, sequence)
  }
}

/** (ms since the epoch of ids) * 2^22 + sequence, past 2^53: two halves of decimal digits, BigInt being too slow here. */
function snowflake(ms: number, sequence: number): string {
  const HALF = 10_000_000
  const sinceMs = ms - SNOWFLAKE_EPOCH_MS
  const low = (sinceMs % HALF) * IDS_PER_MS + sequence
  const high = Math.floor(sinceMs / HALF) * IDS_PER_MS + Math.floor(low / HALF)
  return `${high}${String(low % HALF).padStart(7, '0')}`
}

/** `created_at` of a time; the last one is remembered, since many tweets share a second. */
function createSecondTexts(): (ms: number) => string {
  let second = Number.NaN
  let text = ''
  return ms => {
    if (Math.floor(ms / 1000) !== second) {
      second = Math.floor(ms / 1000)
      text = new Date(second * 1000).toISOString()
    }
    return text
  }
}
