/**
 * Makes the rules at X what they should be.
 *
 * X holds each text once, and an app has room for so many. While nothing listens, rules are removed before others are
 * added. While somebody does, it is the other way round as far as there is room, so that nothing is missed in between.
 */
import { counted } from '../domain/wording.ts'
import { type RuleCaps, UNKNOWN_CAPS } from '../domain/x/packing.ts'
import { ruleName, type StandingRule, type WantedRule } from '../domain/x/rules.ts'
import { TwdwError } from '../errors.ts'
import type { Log } from '../io/log.ts'
import type { AddedRules, Answer, XRest } from '../io/x/rest.ts'
import { isLasting, judgeRules, withoutPlace } from './judge-rules.ts'
import { type Look, lookAtRules, type RulesSeen } from './look-at-rules.ts'

/** A rule that is listened by: what X calls it in `matching_rules`, and what the lake calls it. */
export interface RuleInUse {
  id: string
  value: string
  /** of the standing rule, which is a stranger's where it was adopted; undefined: it has none */
  tag: string | undefined
  /** `covid19` for a hashtag, `"some words"` for a keyword, its text for a rule, `pack:1f3a9c2e` for several hashtags */
  name: string
  /** folded; absent where it asks for something else */
  hashtags?: readonly string[]
}

export interface RulePorts {
  rest: Pick<XRest, 'listRules' | 'ruleCaps' | 'addRules' | 'deleteRules'>
  log: Log
}

/** The rules as they stand now. */
export interface EnsuredRules {
  /** in use, in the order of the wanted */
  rules: readonly RuleInUse[]
  /** the wanted rules as they were made to fit */
  fitted: readonly WantedRule[]
  /** ids that stood before anything was changed, strangers' too */
  stoodBefore: ReadonlySet<string>
}

interface Manner {
  /** a stream is open: X is asked to judge what is new before anything changes, and nothing is removed too early */
  isListening?: boolean
  /** that nothing had to be changed is only worth a detail */
  isRoutine?: boolean
}

/**
 * @returns the rules in use; or why X could not be asked
 * @throws TwdwError E_USAGE when X does not accept a rule, E_REFUSED when it has no room for one
 */
export async function ensureRules(
  look: Look,
  ports: RulePorts,
  signal: AbortSignal,
  manner: Manner = {},
): Promise<Answer<EnsuredRules>> {
  const looked = await lookAtRules(look, ports, signal)
  if (!looked.ok) return looked
  const seen = looked.value
  if (manner.isListening) {
    const judged = await judgeRules(seen.plan.add, ports.rest, signal)
    if (!judged.ok) return judged
    if (judged.value.refused.length > 0) throw refusedRules(judged.value.refused)
  }
  const changed = await changeRules(seen, ports.rest, signal, manner)
  if (!changed.ok) return changed
  const { created, duplicates, refused } = changed.value
  if (refused.length > 0) {
    // X did not say how many rules may stand, but shows it now: the app is full
    const isNews = seen.room.cap === Number.POSITIVE_INFINITY && !refused.some(isLasting)
    const caps = isNews ? await capsOfFull(ports, signal) : undefined
    if (caps?.ok) return ensureRules({ ...look, caps: caps.value }, ports, signal, manner)
    throw refusedRules(refused)
  }
  const standing = [
    ...seen.plan.keep,
    ...seen.plan.adopt.map(rule => rule.standing),
    ...created,
    // somebody added it since we looked
    ...duplicates.flatMap(({ id, value }) => (id === undefined ? [] : [{ id, value }])),
  ]
  tell(ports.log, seen, changed.value, manner)
  const rules = seen.wanted.flatMap(want => standing.filter(({ value }) => value === want.value).map(useFor(want)))
  return { ok: true, value: { rules, fitted: seen.wanted, stoodBefore: new Set(seen.standing.map(({ id }) => id)) } }
}

/** Adds first what has a place and a text of its own, removes, and adds the rest. */
async function changeRules(
  { plan, room }: RulesSeen,
  rest: RulePorts['rest'],
  signal: AbortSignal,
  { isListening }: Manner,
): Promise<Answer<AddedRules>> {
  const removed = new Set(plan.remove.map(rule => rule.value))
  const early = isListening ? plan.add.filter(({ value }) => !removed.has(value)).slice(0, room.free) : []
  const first = await addRules(early, rest, signal)
  if (!first.ok) return first
  if (plan.remove.length > 0) {
    const ids = plan.remove.map(rule => rule.id)
    const deleted = await rest.deleteRules(ids, signal)
    if (!deleted.ok) return deleted
  }
  const late = [...plan.add.filter(rule => !early.includes(rule)), ...withoutPlace(early, first.value)]
  const second = await addRules(late, rest, signal)
  if (!second.ok) return second
  return {
    ok: true,
    value: {
      created: [...first.value.created, ...second.value.created],
      duplicates: [...first.value.duplicates, ...second.value.duplicates],
      refused: [...first.value.refused.filter(isLasting), ...second.value.refused],
    },
  }
}

async function addRules(
  rules: readonly WantedRule[],
  rest: RulePorts['rest'],
  signal: AbortSignal,
): Promise<Answer<AddedRules>> {
  if (rules.length === 0) return { ok: true, value: { created: [], duplicates: [], refused: [] } }
  return rest.addRules(rules, signal)
}

async function capsOfFull({ rest }: RulePorts, signal: AbortSignal): Promise<Answer<RuleCaps>> {
  const full = await rest.listRules(signal)
  return full.ok ? { ok: true, value: { ...UNKNOWN_CAPS, perApp: full.value.length } } : full
}

function useFor({ tag: ownTag, hashtags }: WantedRule): (standing: StandingRule) => RuleInUse {
  return ({ id, value, tag }) => ({
    id,
    value,
    tag,
    name: ruleName(ownTag),
    ...(hashtags !== undefined && { hashtags: hashtags.map(({ name }) => name) }),
  })
}

export function refusedRules(refused: AddedRules['refused']): TwdwError {
  const list = refused.map(rule => `${shortRule(rule)} (${rule.reason})`).join('; ')
  if (!refused.some(isLasting)) {
    return new TwdwError('E_REFUSED', `X has no room for more rules of this app: ${list}`, {
      hint: 'listen for fewer hashtags, or delete rules of other programs that use this app',
    })
  }
  return new TwdwError('E_USAGE', `X does not accept ${refused.length === 1 ? 'a rule' : 'some rules'}: ${list}`, {
    hint: "change the words that it was made of; X's page on building a rule says what is possible",
  })
}

function tell(
  log: Log,
  { wanted, standing, plan }: RulesSeen,
  { created, duplicates }: Pick<AddedRules, 'created' | 'duplicates'>,
  { isRoutine }: Manner,
): void {
  const adopted = plan.adopt.length + duplicates.length
  const packs = wanted.filter(({ hashtags = [] }) => hashtags.length > 1)
  const packed = packs.reduce((sum, { hashtags = [] }) => sum + hashtags.length, 0)
  const strangers = standing.length - plan.keep.length - plan.adopt.length - plan.remove.length
  const changes = [
    created.length > 0 ? `added ${created.map(shortRule).join(', ')}` : '',
    plan.remove.length > 0 ? `removed ${plan.remove.map(shortRule).join(', ')}` : '',
    adopted > 0 ? `using ${adopted} that stood already` : '',
    plan.keep.length > 0 ? `${plan.keep.length} as before` : '',
    packed > 0 ? `${packed} hashtags share ${counted(packs.length, 'rule')}, for want of room` : '',
    strangers > 0 ? `${strangers} of other programs left alone, though what they match is billed too` : '',
  ].filter(Boolean)
  const isUnchanged = created.length + plan.remove.length + duplicates.length === 0
  log[isRoutine && isUnchanged ? 'debug' : 'info'](`rules at X: ${changes.join('; ')}`, {
    added: created.length,
    removed: plan.remove.length,
    adopted,
    kept: plan.keep.length,
    strangers,
  })
}

/** A rule in a sentence: of a pack its beginning. */
export function shortRule({ value }: { value: string }): string {
  return value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN).toWellFormed()}…` : value
}

const MAX_SHOWN = 80
