/** What listening would cost: asks X to count, one question a rule, each of them paid for and under the same caps. */
import { type Estimate, estimateOf, MAX_COUNTED_CHARS } from '../domain/x/estimate.ts'
import type { SpendCaps } from '../domain/x/spend.ts'
import type { CountedPosts, XRest } from '../io/x/rest.ts'
import { failureOf } from './one-question.ts'
import { Spending, type SpendingPorts } from './spending.ts'

export interface EstimatePlan {
  /** in X's rule language, without `sample:` */
  rules: readonly string[]
  /** 1 to 100 */
  samplePercent: number
  caps: SpendCaps
}

export interface EstimatePorts extends SpendingPorts {
  rest: Pick<XRest, 'countRecent'>
}

/** @throws TwdwError E_CAP before a cap is passed, E_REFUSED, E_SOURCE, E_INTERRUPTED */
export async function estimate(plan: EstimatePlan, ports: EstimatePorts, signal: AbortSignal): Promise<Estimate> {
  const spending = new Spending(plan.caps, ports)
  await spending.read()
  const counts: (CountedPosts | undefined)[] = []
  for (const rule of plan.rules) {
    counts.push(rule.length > MAX_COUNTED_CHARS ? undefined : await countRule(rule, spending, ports, signal))
  }
  return estimateOf(plan.rules, counts, plan.samplePercent)
}

async function countRule(
  rule: string,
  spending: Spending,
  { rest, clock }: EstimatePorts,
  signal: AbortSignal,
): Promise<CountedPosts> {
  await spending.payCount()
  const answer = await rest.countRecent(rule, signal)
  if (answer.ok) return answer.value
  const hint = 'try again in some minutes; listening does not need the estimate'
  throw failureOf(answer.end, { doing: 'counting', failed: `X did not count ${rule}`, hint }, clock.nowMs())
}
