/**
 * Has X judge rules without making them.
 *
 * X judges them against what stands: it finds no place for a rule that would follow one to be removed, and does not say
 * whether it is well made. Such rules are handed over again, no more of them at a time than there are free places.
 */
import type { WantedRule } from '../domain/x/rules.ts'
import type { AddedRules, Answer, XRest } from '../io/x/rest.ts'

export interface RuleJudgement {
  /** X would not take them, whatever the room */
  refused: AddedRules['refused']
  /** texts that X had no place for while it was asked, and therefore no judgement */
  unjudged: readonly string[]
}

/** X allows 100 changes in 15 minutes; a judgement is one. */
const MAX_REQUESTS = 10

/** @param rules a text that stands already is as good as judged */
export async function judgeRules(
  rules: readonly WantedRule[],
  rest: Pick<XRest, 'addRules'>,
  signal: AbortSignal,
): Promise<Answer<RuleJudgement>> {
  if (rules.length === 0) return { ok: true, value: { refused: [], unjudged: [] } }
  const first = await rest.addRules(rules, signal, { dryRun: true })
  if (!first.ok) return first
  const refused = first.value.refused.filter(isLasting)
  let left = withoutPlace(rules, first.value)
  const free = first.value.created.length
  for (let request = 1; request < MAX_REQUESTS && left.length > 0 && free > 0; request++) {
    const part = left.slice(0, free)
    const answer = await rest.addRules(part, signal, { dryRun: true })
    if (!answer.ok) return answer
    refused.push(...answer.value.refused.filter(isLasting))
    // somebody took the place since
    if (withoutPlace(part, answer.value).length > 0) break
    left = left.slice(part.length)
  }
  return { ok: true, value: { refused, unjudged: left.map(({ value }) => value) } }
}

/** Whether a rule is refused for what it says, and not for want of a place. */
export function isLasting({ type }: AddedRules['refused'][number]): boolean {
  return type !== 'rule-cap'
}

/** Of these rules those that X had no place for. */
export function withoutPlace(rules: readonly WantedRule[], { refused }: Pick<AddedRules, 'refused'>): WantedRule[] {
  const texts = new Set(refused.filter(rule => !isLasting(rule)).map(({ value }) => value))
  return rules.filter(({ value }) => texts.has(value))
}
