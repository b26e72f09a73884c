import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLine } from '../../../src/lib/domain/line/line.ts'
import { countsOf } from '../../../src/lib/domain/tweet.ts'
import {
  addUsageByDay,
  capPassedBy,
  capsText,
  costMicroUsd,
  microUsdOf,
  NO_USAGE,
  PRICE_MICRO_USD,
  possibleMicroUsd,
  reachedCapText,
  type SpendCaps,
  type Spent,
  tweetsLeft,
  usageOfLines,
  usdText,
  utcDayOf,
} from '../../../src/lib/domain/x/spend.ts'
import { tweetLine } from '../../support/tweet-lines.ts'

const caps = (totalUsd?: number, dayUsd?: number): SpendCaps => ({
  totalMicroUsd: totalUsd === undefined ? undefined : microUsdOf(totalUsd),
  dayMicroUsd: dayUsd === undefined ? undefined : microUsdOf(dayUsd),
})
const spent = (totalUsd: number, dayUsd = totalUsd): Spent => ({
  totalMicroUsd: microUsdOf(totalUsd),
  day: '2026-12-31',
  dayMicroUsd: microUsdOf(dayUsd),
})
const POST = PRICE_MICRO_USD.post

/** Reads batches as the listener does, until a cap has no room for as many tweets as came at once. */
function spendAll(batches: readonly number[], limits: SpendCaps) {
  let microUsd = 0
  let atOnce = 1
  let largestBefore = 1
  for (const posts of batches) {
    const so = { totalMicroUsd: microUsd, day: '2026-12-31', dayMicroUsd: microUsd }
    if (capPassedBy(atOnce * POST, so, limits) !== undefined) break
    largestBefore = atOnce
    atOnce = Math.max(atOnce, posts)
    microUsd += posts * POST
  }
  return { microUsd, surplusPosts: Math.max(0, atOnce - largestBefore) }
}

const anyCaps = fc
  .record({ total: fc.option(fc.integer({ min: 1, max: 400 })), day: fc.option(fc.integer({ min: 1, max: 400 })) })
  .map(({ total, day }) => ({
    totalMicroUsd: total === null ? undefined : total * 2_500,
    dayMicroUsd: day === null ? undefined : day * 2_500,
  }))
const lowest = ({ totalMicroUsd = Infinity, dayMicroUsd = Infinity }: SpendCaps) => Math.min(totalMicroUsd, dayMicroUsd)

describe('caps', () => {
  it('are never passed when tweets come one by one, and are used up to the last whole tweet', () => {
    fc.assert(
      fc.property(anyCaps, fc.integer({ min: 0, max: 300 }), (limits, posts) => {
        const { microUsd } = spendAll(Array(posts).fill(1), limits)
        expect(microUsd).toBe(Math.min(posts, Math.floor(lowest(limits) / POST)) * POST)
      }),
    )
  })

  it('are never passed by batches that are no larger than one that came before, in any order and size', () => {
    fc.assert(
      fc.property(anyCaps, fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 60 }), (limits, batches) => {
        const { microUsd, surplusPosts } = spendAll(batches, limits)
        // only what came in one piece, larger than any before, can stand above: it was billed before it could be counted
        expect(microUsd).toBeLessThanOrEqual(Math.max(0, lowest(limits)) + surplusPosts * POST)
      }),
    )
  })

  it('name as many tweets as may come, and not one more', () => {
    fc.assert(
      fc.property(anyCaps, fc.nat({ max: 1_000 }), fc.nat({ max: 1_000 }), (limits, before, today) => {
        const so = { totalMicroUsd: (before + today) * POST, day: '2026-12-31', dayMicroUsd: today * POST }
        const left = tweetsLeft(so, limits)
        expect(capPassedBy((left + 1) * POST, so, limits) === undefined).toBe(left === Infinity)
        if (left > 0 && left < Infinity) expect(capPassedBy(left * POST, so, limits)).toBeUndefined()
      }),
    )
  })

  it.each([
    { limits: caps(), so: spent(1e6), left: Infinity },
    { limits: caps(undefined, 50), so: spent(0), left: 10_000 },
    { limits: caps(undefined, 50), so: spent(49.995), left: 1 },
    { limits: caps(undefined, 0.014), so: spent(0), left: 2 },
    { limits: caps(1), so: spent(1.5, 0), left: 0 },
    { limits: caps(1, 50), so: spent(0.9, 0.1), left: 20 },
    { limits: caps(10, 0.1), so: spent(5, 0), left: 20 },
  ])('of $limits leave room for $left tweets after $so', ({ limits, so, left }) => {
    expect(tweetsLeft(so, limits)).toBe(left)
  })

  it('are told with value, spending, the time at which they free, and the next step', () => {
    const day = capPassedBy(POST, spent(200, 50), caps(undefined, 50))
    expect(reachedCapText('stopped', day!)).toEqual({
      message: 'stopped: --max-usd-per-day is $50.00, and $50.00 is spent on 2026-12-31 (UTC)',
      hint: 'it frees at 2027-01-01T00:00Z: start again then, or now with a higher --max-usd-per-day; --wait-next-day waits for it',
    })
    const total = capPassedBy(POST, spent(9.999), caps(10))
    expect(reachedCapText('did not listen', total!)).toEqual({
      message: "did not listen: --max-usd is $10.00, and $9.999 is spent since the lake's meter began",
      hint: 'it does not free by itself: start again with a higher --max-usd',
    })
  })

  it('are told with the reason where there is room for a tweet, and not for as many as come at once', () => {
    expect(reachedCapText('stopped', capPassedBy(20 * POST, spent(49.955), caps(undefined, 50))!).message).toBe(
      'stopped: --max-usd-per-day is $50.00, and $49.955 is spent on 2026-12-31 (UTC); ' +
        '20 tweets may come at once, and for so many there is no room',
    )
  })

  it('are told by the one that never frees where both are reached', () => {
    expect(capPassedBy(POST, spent(50), caps(50, 50))).toMatchObject({ name: 'max-usd' })
  })

  it('are told at the start', () => {
    expect(capsText(spent(3.2, 0.12), caps(undefined, 50))).toBe(
      'at most $50.00 a day, $0.12 spent today (UTC); no cap in all, $3.20 spent; room for 9,976 tweets today',
    )
    expect(capsText(spent(3.2, 0.12), caps(3.21))).toBe(
      'no cap a day, $0.12 spent today (UTC); at most $3.21 in all, $3.20 spent; room for 2 tweets today',
    )
    expect(capsText(spent(0), caps())).toBe('no cap a day, $0.00 spent today (UTC); no cap in all, $0.00 spent')
  })
})

describe('usage', () => {
  const usageOf = (text: string) =>
    usageOfLines(
      countsOf(
        parseLine(
          { bytes: new TextEncoder().encode(text), source: 'stream', capturedAtMs: 0 },
          { listenedTags: [], ruleNames: {} },
        ),
      ),
    )
  const line = JSON.parse(tweetLine('2024-01-01T10:15:00.000Z', 1))

  it('counts a tweet, and apart from it the author that came beside', () => {
    expect(usageOf(JSON.stringify(line))).toEqual({ ...NO_USAGE, posts: 1, expandedUsers: 1 })
  })

  it('counts the tweet that a retweet refers to', () => {
    const data = { ...line.data, referenced_tweets: [{ type: 'retweeted', id: '1' }] }
    expect(usageOf(JSON.stringify({ ...line, data }))).toEqual({
      ...NO_USAGE,
      posts: 1,
      expandedUsers: 1,
      expandedPosts: 1,
    })
    expect(usageOf(JSON.stringify({ data }))).toEqual({ ...NO_USAGE, posts: 1 })
  })

  it.each(['{"data":{"id":"19', '{"data":{"id":"x"}}', 'garbage'])(
    'counts what may have been a tweet, for it may have been billed: %s',
    text => expect(usageOf(text)).toEqual({ ...NO_USAGE, posts: 1 }),
  )

  it.each([
    '{"errors":[{"title":"operational-disconnect","disconnect_type":"ForceDisconnect","type":"x"}]}',
    '{"disconnect":{"code":1}}',
    'keep-alive',
  ])('counts no notice: %s', text => expect(usageOf(text)).toEqual(NO_USAGE))

  it('costs what tweets and counts cost for sure, and more if all that came beside is billed', () => {
    const usage = { posts: 3, expandedPosts: 1, expandedUsers: 2, countsRequests: 1 }
    expect(costMicroUsd(usage)).toBe(20_000)
    expect(possibleMicroUsd(usage)).toBe(45_000)
  })

  it('is added day by day, and changes neither part', () => {
    const one = { ...NO_USAGE, posts: 1 }
    const a = { '2026-09-21': one }
    expect(addUsageByDay(a, { '2026-09-21': one, '2026-09-22': one })).toEqual({
      '2026-09-21': { ...NO_USAGE, posts: 2 },
      '2026-09-22': one,
    })
    expect(a).toEqual({ '2026-09-21': one })
  })

  it('belongs to the UTC day, whatever the time zone of the machine', () => {
    expect(utcDayOf(Date.parse('2026-09-21T23:59:59.999Z'))).toBe('2026-09-21')
    expect(utcDayOf(Date.parse('2026-09-22T00:00:00.000Z'))).toBe('2026-09-22')
  })
})

describe('usdText', () => {
  it.each([
    [0, '$0.00'],
    [5_000, '$0.005'],
    [50_000_000, '$50.00'],
    [1_234_567_890_000, '$1,234,567.89'],
    [1, '$0.000001'],
  ])('writes %i micro-dollars as %s', (microUsd, text) => expect(usdText(microUsd)).toBe(text))
})
