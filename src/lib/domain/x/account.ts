/** What X says of an account: how many rules it may have, and how many tweets it may read. Numbers may come as texts. */

export interface RuleCounts {
  /** rules that the app may have */
  cap: number
  /** rules that stand, everybody's */
  standing: number | undefined
}

/** Of the project, in the running month. */
export interface TweetUsage {
  cap: number
  used: number
  /** days until the count starts anew; undefined where X did not say */
  daysLeft: number | undefined
}

/** @param body of `/2/tweets/search/stream/rules/counts`. @returns undefined where it says no cap */
export function readRuleCounts(body: unknown): RuleCounts | undefined {
  const data = recordAt(body, 'data')
  const caps = [data.cap_per_client_app, data.cap_per_project].map(numberOf).filter(cap => cap !== undefined)
  if (caps.length === 0) return undefined
  return { cap: Math.min(...caps), standing: numberOf(recordAt(data, 'client_app_rules_count').rule_count) }
}

/** @param body of `/2/usage/tweets`. @returns undefined where it says no cap */
export function readTweetUsage(body: unknown): TweetUsage | undefined {
  const data = recordAt(body, 'data')
  const cap = numberOf(data.project_cap)
  const used = numberOf(data.project_usage)
  return cap === undefined || used === undefined ? undefined : { cap, used, daysLeft: numberOf(data.cap_reset_day) }
}

function numberOf(value: unknown): number | undefined {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value))
  return isNumber && Number.isSafeInteger(Number(value)) ? Number(value) : undefined
}

function recordAt(value: unknown, key: string): Record<string, unknown> {
  const found: unknown =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {}
}
