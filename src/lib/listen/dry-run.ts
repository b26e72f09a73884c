/** What listening would change at X: asked of X, and nothing changed there or on the disk. */
import { parseLakeSettings } from '../domain/lake-settings.ts'
import { LAKE_FILE } from '../domain/paths.ts'
import { type RuleChanges, ruleChanges } from '../domain/x/rule-changes.ts'
import { lakeNameOf, type WantedRule } from '../domain/x/rules.ts'
import type { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake } from '../io/lake.ts'
import type { Answer, XRest } from '../io/x/rest.ts'
import { refusedRules } from './ensure-rules.ts'
import { judgeRules } from './judge-rules.ts'
import { askCaps, lookAtRules } from './look-at-rules.ts'
import { failureOf } from './one-question.ts'

export interface DryRunPorts {
  rest: Pick<XRest, 'listRules' | 'ruleCaps' | 'addRules'>
  lake: Pick<Lake, 'url' | 'read'>
  clock: Clock
}

export interface DryRun {
  changes: RuleChanges
  /** with which listening would end, because X refuses a rule */
  failure: TwdwError | undefined
}

/** No lake is called so: ids are digits of base 16. */
const NEW_LAKE = 'new'

/**
 * @param wantedBy the wanted rules for a lake's name
 * @throws TwdwError E_REFUSED when there is no room or no access, E_SOURCE, E_INTERRUPTED
 */
export async function dryRun(
  wantedBy: (lakeName: string) => WantedRule[],
  { rest, lake, clock }: DryRunPorts,
  signal: AbortSignal,
): Promise<DryRun> {
  const settings = await lake.read(LAKE_FILE)
  const id = settings && parseLakeSettings(new TextDecoder().decode(settings), lake.url).id
  const lakeName = `${lakeNameOf(lake.url)}-${id ?? NEW_LAKE}`
  const answerOf = <T>(answer: Answer<T>): T => {
    if (answer.ok) return answer.value
    const failed = 'X did not judge the rules'
    const about = { doing: 'judging the rules', failed, hint: 'try again in some minutes' }
    throw failureOf(answer.end, about, clock.nowMs())
  }
  const caps = answerOf(await askCaps(rest, signal))
  const seen = answerOf(await lookAtRules({ wanted: wantedBy(lakeName), lakeName, caps }, { rest }, signal))
  const judged = answerOf(await judgeRules(seen.wanted, rest, signal))
  return {
    changes: ruleChanges({ ...seen, isNewLake: id === undefined }, judged),
    failure: judged.refused.length > 0 ? refusedRules(judged.refused) : undefined,
  }
}
