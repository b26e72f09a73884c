/** The rules that stand at X beside those that should: looked at, and nothing changed. */
import { fitRules, type RuleCaps, type RuleRoom, roomFor, UNKNOWN_CAPS } from '../domain/x/packing.ts'
import { planRules, type RulePlan, type StandingRule, type WantedRule } from '../domain/x/rules.ts'
import type { Answer, XRest } from '../io/x/rest.ts'

export interface RulesSeen {
  /** every rule of the app */
  standing: readonly StandingRule[]
  /** the wanted rules as they fit: a rule a hashtag, or packs */
  wanted: readonly WantedRule[]
  plan: RulePlan
  room: RuleRoom
}

export interface Look {
  /** a rule a hashtag, from `wantedRules` */
  wanted: readonly WantedRule[]
  /** from `lakeNameOf` */
  lakeName: string
  /** as they were made to fit before: taken again while all of them stand, though more room may have come */
  fitted?: readonly WantedRule[] | undefined
  /** how many rules may stand, where that is known better than X says it */
  caps?: RuleCaps | undefined
}

export interface LookPorts {
  rest: Pick<XRest, 'listRules' | 'ruleCaps'>
}

/**
 * X is asked how many rules may stand only where some are missing.
 * @returns why X could not be asked, or what was seen
 * @throws TwdwError E_REFUSED when there is no room for the wanted rules
 */
export async function lookAtRules(look: Look, { rest }: LookPorts, signal: AbortSignal): Promise<Answer<RulesSeen>> {
  const { lakeName } = look
  const listed = await rest.listRules(signal)
  if (!listed.ok) return listed
  const standing = listed.value
  for (const wanted of [look.fitted, look.wanted]) {
    const plan = wanted && planRules(wanted, standing, lakeName)
    if (plan?.add.length !== 0) continue
    const room = roomFor(standing, lakeName, look.caps ?? UNKNOWN_CAPS)
    return { ok: true, value: { standing, wanted: wanted ?? [], plan, room } }
  }
  const caps = look.caps === undefined ? await askCaps(rest, signal) : { ok: true as const, value: look.caps }
  if (!caps.ok) return caps
  const room = roomFor(standing, lakeName, caps.value)
  const wanted = fitRules(look.wanted, standing, lakeName, room)
  return { ok: true, value: { standing, wanted, plan: planRules(wanted, standing, lakeName), room } }
}

/** An account that may not ask for the caps may have rules all the same: X then judges them one by one. */
export async function askCaps(rest: Pick<XRest, 'ruleCaps'>, signal: AbortSignal): Promise<Answer<RuleCaps>> {
  const caps = await rest.ruleCaps(signal)
  return caps.ok || caps.end.how !== 'refused' ? caps : { ok: true, value: UNKNOWN_CAPS }
}
