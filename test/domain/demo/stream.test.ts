import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DemoOptions, type DemoTweet, demoTweets } from '../../../src/lib/domain/demo/stream.ts'
import { tweetInstantMs } from '../../../src/lib/domain/instant.ts'
import { parseLine } from '../../../src/lib/domain/line/line.ts'
import { foldTag } from '../../../src/lib/domain/tag.ts'
import type { Tweet } from '../../../src/lib/domain/tweet.ts'

const START_MS = Date.parse('2024-01-01T00:00:00Z')
const HOUR_MS = 3_600_000

function take(options: DemoOptions, tweets: number): DemoTweet[] {
  const taken: DemoTweet[] = []
  for (const tweet of demoTweets(options)) {
    taken.push(tweet)
    if (taken.length === tweets) break
  }
  return taken
}

function parse({ line }: DemoTweet): Tweet {
  const bytes = new TextEncoder().encode(line)
  const { tweets, rejected } = parseLine(
    { bytes, source: 'demo', capturedAtMs: 0 },
    { listenedTags: [], ruleNames: {} },
  )
  expect(rejected).toEqual([])
  expect(tweets).toHaveLength(1)
  return tweets[0]?.tweet as Tweet
}

describe('the demo', () => {
  const demo = take({ seed: 7, startMs: START_MS, ratePerSecond: 0.1 }, 8000)
  const tweets = demo.map(parse)

  it('makes the same lines again from the same options', () => {
    const options = fc.record({
      seed: fc.integer(),
      startMs: fc.integer({ min: START_MS, max: START_MS + 1e11 }),
      ratePerSecond: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
    })
    fc.assert(
      fc.property(options, same => {
        const lines = demoTweets(same)
        const first = lines[Symbol.iterator]()
        const again = [...take(same, 50)]
        for (const tweet of again) expect(first.next().value).toEqual(tweet)
      }),
      { numRuns: 30 },
    )
  })

  it('makes other lines from another seed', () => {
    const other = take({ seed: 8, startMs: START_MS, ratePerSecond: 0.1 }, 50)
    expect(other.map(tweet => tweet.line)).not.toEqual(demo.slice(0, 50).map(tweet => tweet.line))
  })

  it('gives ids that go up, tell the time and agree with created_at', () => {
    for (const [i, tweet] of tweets.entries()) {
      const atMs = demo[i]?.atMs as number
      expect(tweetInstantMs(tweet.tweet_id, null)).toBe(atMs)
      expect(Date.parse(tweet.created_at ?? '')).toBe(Math.floor(atMs / 1000) * 1000)
    }
    const ids = tweets.map(tweet => BigInt(tweet.tweet_id))
    expect(ids.every((id, i) => i === 0 || id > (ids[i - 1] as bigint))).toBe(true)
    expect(demo.every(({ atMs }, i) => atMs >= (demo[i - 1]?.atMs ?? START_MS))).toBe(true)
  })

  it('gives ids of their own to tweets of one millisecond, however many', () => {
    const crowd = take({ seed: 1, startMs: START_MS, ratePerSecond: 1e8 }, 10_000)
    const ids = crowd.map(({ line }) => /"id":"(\d+)"/.exec(line)?.[1] ?? '')
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual([...ids].sort())
  })

  it('has retweets with their originals, replies, quotes, long posts, edits and places', () => {
    const share = (test: (tweet: Tweet) => boolean) => tweets.filter(test).length / tweets.length
    expect(share(tweet => tweet.kind === 'retweet')).toBeCloseTo(0.3, 1)
    expect(share(tweet => tweet.kind === 'reply')).toBeCloseTo(0.14, 1)
    expect(share(tweet => tweet.kind === 'quote')).toBeCloseTo(0.08, 1)
    expect(share(tweet => tweet.text_truncated)).toBeGreaterThan(0.0005)
    expect(share(tweet => tweet.text_truncated)).toBeLessThan(0.01)
    expect(share(tweet => tweet.edit_history_ids.length === 2)).toBeGreaterThan(0.001)
    expect(share(tweet => tweet.text.length > 300)).toBeGreaterThan(0.01)
    expect(share(tweet => tweet.place_id !== null)).toBeGreaterThan(0.02)
    expect(share(tweet => tweet.user_username === null)).toBe(0)
    expect(share(tweet => tweet.rules.length === 0)).toBe(0)
    const retweet = tweets.find(tweet => tweet.kind === 'retweet' && !tweet.text_truncated)
    expect(retweet?.text.startsWith('RT @')).toBe(false)
  })

  it('edits a post within the half hour that X allows, by its own author', () => {
    const byId = new Map(tweets.map(tweet => [tweet.tweet_id, tweet]))
    const edits = tweets.filter(tweet => tweet.edit_history_ids.length === 2)
    for (const edit of edits) {
      const [earlierId = '', id] = edit.edit_history_ids
      const earlier = byId.get(earlierId)
      expect(id).toBe(edit.tweet_id)
      expect(edit.author_id).toBe(earlier?.author_id)
      expect(Date.parse(edit.created_at ?? '') - Date.parse(earlier?.created_at ?? '')).toBeLessThanOrEqual(1_800_000)
    }
  })

  it('talks about a few tags most of the time, in many scripts', () => {
    const uses = new Map<string, number>()
    for (const tag of tweets.flatMap(tweet => tweet.hashtags.map(foldTag))) uses.set(tag, (uses.get(tag) ?? 0) + 1)
    const ranked = [...uses].sort((a, b) => b[1] - a[1])
    expect(ranked[0]?.[0]).toBe('covid19')
    expect(ranked.length).toBeGreaterThan(500)
    for (const script of ['Latin', 'Cyrillic', 'Arabic', 'Hebrew', 'Devanagari', 'Katakana', 'Hangul']) {
      const letters = new RegExp(`\\p{Script=${script}}`, 'u')
      expect(ranked.some(([tag]) => letters.test(tag))).toBe(true)
    }
    expect(new Set(tweets.map(tweet => tweet.lang)).size).toBeGreaterThan(9)
  })

  it('finds each hashtag in the text at the offsets that it gives, counted in code points', () => {
    interface Sent {
      data: { text: string; entities?: { hashtags?: { start: number; end: number; tag: string }[] } }
    }
    for (const { line } of demo.slice(0, 1000)) {
      const { data } = JSON.parse(line) as Sent
      const points = [...data.text]
      for (const { start, end, tag } of data.entities?.hashtags ?? []) {
        expect(points.slice(start, end).join('').slice(1)).toBe(tag)
      }
    }
  })

  it('knows authors better over time: a growing crowd whose profiles change', () => {
    const half = tweets.length / 2
    const authors = (some: readonly Tweet[]) => new Set(some.map(tweet => tweet.author_id)).size
    expect(authors(tweets)).toBeGreaterThan(authors(tweets.slice(0, half)) * 1.2)
    const profiles = new Map<string | null, Set<string>>()
    for (const tweet of tweets) {
      const profile = `${tweet.user_name} ${tweet.user_description} ${tweet.user_location} ${tweet.user_verified}`
      profiles.set(tweet.author_id, (profiles.get(tweet.author_id) ?? new Set()).add(profile))
    }
    expect([...profiles.values()].some(seen => seen.size > 1)).toBe(true)
    const birthdays = new Map<string | null, Set<string | null>>()
    for (const { author_id, user_created_at } of tweets) {
      birthdays.set(author_id, (birthdays.get(author_id) ?? new Set()).add(user_created_at))
    }
    expect([...birthdays.values()].every(seen => seen.size === 1)).toBe(true)
  })

  it('sends the mean rate over a day, more of it in the evening than in the night of its people', () => {
    const day = take({ seed: 3, startMs: START_MS, ratePerSecond: 0.2 }, 30_000).filter(
      ({ atMs }) => atMs < START_MS + 24 * HOUR_MS,
    )
    expect(day.length / 86_400 / 0.2).toBeCloseTo(1, 1)
    const inHour = (hour: number) => day.filter(({ atMs }) => Math.floor((atMs - START_MS) / HOUR_MS) === hour).length
    expect(inHour(0)).toBeGreaterThan(inHour(7) * 2)
  })

  it('does not start before ids told the time', () => {
    expect(() => demoTweets({ seed: 1, startMs: Date.parse('2009-01-01T00:00:00Z'), ratePerSecond: 1 })).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message: 'the demo cannot start before 2010-11-05' }),
    )
  })
})
