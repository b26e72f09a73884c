/**
 * What listening would cost: the last week's counts as tweets and dollars a day.
 *
 * It is a lower bound in two ways: X's counts leave retweets out, which the stream delivers, and next week is another
 * week. It is an upper bound in one: a tweet that several rules match is delivered once.
 */
import { counted } from '../wording.ts'
import { microUsdOf, PRICE_MICRO_USD, usdOf, usdText } from './spend.ts'

/** Longest query of the counts API, in characters. */
export const MAX_COUNTED_CHARS = 512

const DAY_MS = 86_400_000

/** One rule's share. */
export interface RuleEstimate {
  /** as it was counted: without `sample:`, which counts do not know */
  rule: string
  /** undefined: longer than X counts */
  tweetsPerDay: number | undefined
  usdPerDay: number | undefined
}

export interface Estimate {
  rules: RuleEstimate[]
  /** of the rules that were counted */
  tweetsPerDay: number
  usdPerDay: number
  samplePercent: number
  /** what asking has cost */
  askedUsd: number
}

/**
 * @param counts in the order of the rules; undefined where a rule could not be counted
 * @param samplePercent of the tweets that X will be asked to send, 1 to 100
 */
export function estimateOf(
  rules: readonly string[],
  counts: readonly ({ posts: number; spanMs: number } | undefined)[],
  samplePercent: number,
): Estimate {
  const estimates = rules.map((rule, i) => {
    const count = counts[i]
    if (count === undefined) return { rule, tweetsPerDay: undefined, usdPerDay: undefined }
    return { rule, ...perDay((count.posts / count.spanMs) * DAY_MS * (samplePercent / 100)) }
  })
  const asked = counts.filter(count => count !== undefined).length
  return {
    rules: estimates,
    ...perDay(estimates.reduce((sum, { tweetsPerDay = 0 }) => sum + tweetsPerDay, 0)),
    samplePercent,
    askedUsd: usdOf(asked * PRICE_MICRO_USD.countsRequest),
  }
}

function perDay(tweets: number): { tweetsPerDay: number; usdPerDay: number } {
  const tweetsPerDay = Math.ceil(tweets)
  return { tweetsPerDay, usdPerDay: usdOf(tweetsPerDay * PRICE_MICRO_USD.post) }
}

/** For a person: a line a rule, a line for all, and what it leaves out. */
export function estimateToText(estimate: Estimate): string {
  const amount = (tweetsPerDay: number) =>
    `about ${counted(tweetsPerDay, 'tweet')} a day, ${usdText(tweetsPerDay * PRICE_MICRO_USD.post)} a day`
  const lines = estimate.rules.map(({ rule, tweetsPerDay }) =>
    tweetsPerDay === undefined
      ? `${rule}: not counted, it is longer than the ${MAX_COUNTED_CHARS} characters that X counts`
      : `${rule}: ${amount(tweetsPerDay)}`,
  )
  const all = estimate.rules.length > 1 ? [`together: ${amount(estimate.tweetsPerDay)}`] : []
  const sample = estimate.samplePercent < 100 ? ` at --sample ${estimate.samplePercent}` : ''
  const asked = usdText(microUsdOf(estimate.askedUsd))
  const from = `From X's counts of the last 7 days${sample}; they leave retweets out, which X delivers and bills. Asking cost ${asked}.`
  return `${[...lines, ...all, from].join('\n')}\n`
}
