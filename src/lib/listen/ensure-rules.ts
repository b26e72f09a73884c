/**
 * Makes the rules at X what they should be.
 *
 * Rules are removed before others are added, because X holds each text once and an app has room for so many. It is
 * done while nothing listens, so nothing is missed in between.
 */
import { planRules, ruleName, type StandingRule, type WantedRule } from '../domain/x/rules.ts'
import { TwdwError } from '../errors.ts'
import type { Log } from '../io/log.ts'
import type { AddedRules, Answer, XRest } from '../io/x/rest.ts'

/** A rule that is listened by: what X calls it in `matching_rules`, and what the lake calls it. */
export interface RuleInUse {
  id: string
  value: string
  /** of the standing rule, which is a stranger's where it was adopted; undefined: it has none */
  tag: string | undefined
  /** `covid19` for a hashtag, `"some words"` for a keyword, its text for a rule */
  name: string
}

export interface RulePorts {
  rest: Pick<XRest, 'listRules' | 'addRules' | 'deleteRules'>
  log: Log
}

/**
 * @returns the rules in use, one for each wanted; or why X could not be asked
 * @throws TwdwError E_USAGE when X does not accept a rule, E_REFUSED when it has no room for one
 */
export async function ensureRules(
  wanted: readonly WantedRule[],
  lakeName: string,
  ports: RulePorts,
  signal: AbortSignal,
): Promise<Answer<RuleInUse[]>> {
  const { rest, log } = ports
  const standing = await rest.listRules(signal)
  if (!standing.ok) return standing
  const plan = planRules(wanted, standing.value, lakeName)

  if (plan.remove.length > 0) {
    const removed = await rest.deleteRules(
      plan.remove.map(rule => rule.id),
      signal,
    )
    if (!removed.ok) return removed
  }
  let added: AddedRules = { created: [], duplicates: [], refused: [] }
  if (plan.add.length > 0) {
    const answer = await rest.addRules(plan.add, signal)
    if (!answer.ok) return answer
    added = answer.value
  }
  if (added.refused.length > 0) throw refusedRules(added.refused)

  const inUse = [
    ...plan.keep.map(rule => useOf(rule, wanted)),
    ...plan.adopt.map(({ standing }) => useOf(standing, wanted)),
    ...added.created.map(rule => useOf(rule, wanted)),
    // somebody added it since we looked
    ...added.duplicates.flatMap(({ id, value }) => (id === undefined ? [] : [useOf({ id, value }, wanted)])),
  ]
  tell(log, { ...plan, created: added.created, adopted: plan.adopt.length + added.duplicates.length })
  return { ok: true, value: inUse }
}

function useOf({ id, value, tag }: StandingRule, wanted: readonly WantedRule[]): RuleInUse {
  const want = wanted.find(rule => rule.value === value)
  return { id, value, tag, name: ruleName(want?.tag ?? tag ?? value) }
}

function refusedRules(refused: AddedRules['refused']): TwdwError {
  const list = refused.map(rule => `${rule.value} (${rule.reason})`).join('; ')
  if (refused.every(rule => rule.type === 'rule-cap')) {
    return new TwdwError('E_REFUSED', `X has no room for more rules of this app: ${list}`, {
      hint: 'listen for fewer hashtags, or delete rules of other programs that use this app',
    })
  }
  return new TwdwError('E_USAGE', `X does not accept ${refused.length === 1 ? 'a rule' : 'some rules'}: ${list}`, {
    hint: "change the words that it was made of; X's page on building a rule says what is possible",
  })
}

interface RuleCounts {
  keep: readonly unknown[]
  remove: readonly StandingRule[]
  created: readonly { value: string }[]
  adopted: number
}

function tell(log: Log, { keep, remove, created, adopted }: RuleCounts): void {
  const changes = [
    created.length > 0 ? `added ${created.map(rule => rule.value).join(', ')}` : '',
    remove.length > 0 ? `removed ${remove.map(rule => rule.value).join(', ')}` : '',
    adopted > 0 ? `using ${adopted} that stood already` : '',
    keep.length > 0 ? `${keep.length} as before` : '',
  ].filter(Boolean)
  log.info(`rules at X: ${changes.join('; ')}`, {
    added: created.length,
    removed: remove.length,
    adopted,
    kept: keep.length,
  })
}
