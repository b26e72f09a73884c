/**
 * Money: what X bills, what was spent, and how many more tweets a cap has room for.
 *
 * X pushes: whatever it has written into the connection is billed, read or not. A cap that is looked at once it is
 * reached is therefore passed already. Reading stops while there is still room, as soon as the room is smaller than the
 * most tweets that have come at once. Amounts are whole micro-dollars, because $0.005 is no sum of powers of two.
 */
import type { LineCounts } from '../tweet.ts'
import { counted } from '../wording.ts'

/**
 * Pay-per-use prices in millionths of a dollar, from X's page "X API pricing" (docs.x.com, August 2026). X bills a
 * tweet once a UTC day however often it delivers it, and says that this is a soft promise; here each delivery counts.
 */
export const PRICE_MICRO_USD = { post: 5_000, user: 10_000, countsRequest: 5_000 } as const

const MICRO_USD = 1_000_000

/** How much of what was had from X. */
export interface Usage {
  /** tweets delivered, each one billed */
  posts: number
  /** objects that came beside them. Whether X bills these is not settled: they are counted apart, and no cap sees them */
  expandedPosts: number
  expandedUsers: number
  /** questions of the counts API */
  countsRequests: number
}

/** A UTC day, such as `2026-09-21`: the day by which X bills. */
export type UtcDay = string

/** Usage by the day on which it was had. */
export type UsageByDay = Readonly<Record<UtcDay, Usage>>

export const NO_USAGE: Usage = { posts: 0, expandedPosts: 0, expandedUsers: 0, countsRequests: 0 }

/** In micro-dollars; undefined: no such cap. */
export interface SpendCaps {
  /** for the whole life of the lake's meter */
  totalMicroUsd: number | undefined
  /** for each UTC day */
  dayMicroUsd: number | undefined
}

/** What counts against the caps, in micro-dollars. */
export interface Spent {
  totalMicroUsd: number
  day: UtcDay
  dayMicroUsd: number
}

/** The option that set a cap, without its dashes. */
export type CapName = 'max-usd' | 'max-usd-per-day'

/** A cap that what comes next would pass. */
export interface ReachedCap extends Spent {
  name: CapName
  capMicroUsd: number
  /** what there was no room for */
  moreMicroUsd: number
}

/** @param atMs milliseconds since 1970-01-01T00:00Z */
export function utcDayOf(atMs: number): UtcDay {
  return new Date(atMs).toISOString().slice(0, 10)
}

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    posts: a.posts + b.posts,
    expandedPosts: a.expandedPosts + b.expandedPosts,
    expandedUsers: a.expandedUsers + b.expandedUsers,
    countsRequests: a.countsRequests + b.countsRequests,
  }
}

export function addUsageByDay(a: UsageByDay, b: UsageByDay): UsageByDay {
  const sum: Record<UtcDay, Usage> = { ...a }
  for (const [day, usage] of Object.entries(b)) sum[day] = addUsage(sum[day] ?? NO_USAGE, usage)
  return sum
}

/** Something of an instant, as usage by day. @param atMs milliseconds since 1970-01-01T00:00Z */
export function usageAt(atMs: number, usage: Partial<Usage>): UsageByDay {
  return { [utcDayOf(atMs)]: { ...NO_USAGE, ...usage } }
}

/** What X bills for lines of its stream. A line that cannot be read may have been a tweet; a notice was none. */
export function usageOfLines({ tweets, rejected, foreign, notices, profiles, references }: LineCounts): Usage {
  // the profile and what the tweet refers to are asked for together or not at all
  return {
    ...NO_USAGE,
    posts: tweets + foreign + rejected - notices,
    expandedUsers: profiles,
    expandedPosts: references,
  }
}

/** What X certainly bills. */
export function costMicroUsd({ posts, countsRequests }: Usage): number {
  return posts * PRICE_MICRO_USD.post + countsRequests * PRICE_MICRO_USD.countsRequest
}

/** What it comes to should X bill everything that came beside the tweets as well. */
export function possibleMicroUsd(usage: Usage): number {
  const { expandedPosts, expandedUsers } = usage
  return costMicroUsd(usage) + expandedPosts * PRICE_MICRO_USD.post + expandedUsers * PRICE_MICRO_USD.user
}

/** How many more tweets may be delivered before a cap is passed; 0 or more, Infinity without a cap. */
export function tweetsLeft(spent: Spent, caps: SpendCaps): number {
  const rooms = capsOf(spent, caps).map(({ capMicroUsd, spentMicroUsd }) => capMicroUsd - spentMicroUsd)
  const roomMicroUsd = Math.min(Number.POSITIVE_INFINITY, ...rooms)
  return Math.max(0, Math.floor(roomMicroUsd / PRICE_MICRO_USD.post))
}

/**
 * The cap that this much more would pass; of two the one that never frees.
 * @param moreMicroUsd above 0
 */
export function capPassedBy(moreMicroUsd: number, spent: Spent, caps: SpendCaps): ReachedCap | undefined {
  const passed = capsOf(spent, caps).find(cap => cap.spentMicroUsd + moreMicroUsd > cap.capMicroUsd)
  return passed && { ...spent, name: passed.name, capMicroUsd: passed.capMicroUsd, moreMicroUsd }
}

function capsOf(spent: Spent, caps: SpendCaps): { name: CapName; capMicroUsd: number; spentMicroUsd: number }[] {
  const { totalMicroUsd, dayMicroUsd } = caps
  return [
    ...(totalMicroUsd === undefined
      ? []
      : [{ name: 'max-usd' as const, capMicroUsd: totalMicroUsd, spentMicroUsd: spent.totalMicroUsd }]),
    ...(dayMicroUsd === undefined
      ? []
      : [{ name: 'max-usd-per-day' as const, capMicroUsd: dayMicroUsd, spentMicroUsd: spent.dayMicroUsd }]),
  ]
}

/** The sentence and the next step for a cap that ends a run. @param what was not done, such as `stopped` */
export function reachedCapText(what: string, cap: ReachedCap): { message: string; hint: string } {
  const { name, day } = cap
  const value = `--${name} is ${usdText(cap.capMicroUsd)}`
  const spentMicroUsd = name === 'max-usd' ? cap.totalMicroUsd : cap.dayMicroUsd
  const posts = Math.floor(cap.moreMicroUsd / PRICE_MICRO_USD.post)
  // room for one more, and yet it stopped: that needs a reason
  const isEarly = cap.capMicroUsd - spentMicroUsd >= PRICE_MICRO_USD.post
  const because = isEarly ? `; ${counted(posts, 'tweet')} may come at once, and for so many there is no room` : ''
  if (name === 'max-usd') {
    return {
      message: `${what}: ${value}, and ${usdText(spentMicroUsd)} is spent since the lake's meter began${because}`,
      hint: 'it does not free by itself: start again with a higher --max-usd',
    }
  }
  return {
    message: `${what}: ${value}, and ${usdText(spentMicroUsd)} is spent on ${day} (UTC)${because}`,
    hint: `it frees at ${nextDay(day)}T00:00Z: start again then, or now with a higher --max-usd-per-day; --wait-next-day waits for it`,
  }
}

/** The line with which a listener begins. */
export function capsText(spent: Spent, caps: SpendCaps): string {
  const day = usdText(spent.dayMicroUsd)
  const total = usdText(spent.totalMicroUsd)
  const left = tweetsLeft(spent, caps)
  return [
    caps.dayMicroUsd === undefined
      ? `no cap a day, ${day} spent today (UTC)`
      : `at most ${usdText(caps.dayMicroUsd)} a day, ${day} spent today (UTC)`,
    caps.totalMicroUsd === undefined
      ? `no cap in all, ${total} spent`
      : `at most ${usdText(caps.totalMicroUsd)} in all, ${total} spent`,
    ...(Number.isFinite(left) ? [`room for ${counted(left, 'tweet')} today`] : []),
  ].join('; ')
}

/** `$50.00`, `$0.005`: two digits after the point, and more where there are more. */
export function usdText(microUsd: number): string {
  const usd = microUsd / MICRO_USD
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 6 })}`
}

/** Dollars, as a person or a program writes them. */
export function microUsdOf(usd: number): number {
  return Math.round(usd * MICRO_USD)
}

export function usdOf(microUsd: number): number {
  return microUsd / MICRO_USD
}

function nextDay(day: UtcDay): UtcDay {
  return utcDayOf(Date.parse(`${day}T00:00Z`) + 86_400_000)
}
