/**
 * Access to X: the token, and what X says to it: rules, room, clock, usage, connections. None of it is billed.
 *
 * When X does not answer the first question, the others are not asked: they would say the same.
 */
import { type Finding, fault, faultFrom, ok, skipped, warning } from '../domain/health/finding.ts'
import type { Listener } from '../domain/health/liveness.ts'
import { endingText, FIRST_RUNG, nextStep } from '../domain/x/reconnect.ts'
import { oddTokenForm } from '../domain/x/token-form.ts'
import { TwdwError } from '../errors.ts'
import type { FoundToken } from '../io/secrets.ts'
import type { XAccount } from '../io/x/account.ts'
import type { Answer, XRest } from '../io/x/rest.ts'
import { checkClock, checkRoom, checkRules, checkSlot, checkUsage } from './x-checks.ts'

export interface AccessPorts {
  /** @param otherFiles where a token may be beside what the environment names. @throws TwdwError when there is none */
  findToken(otherFiles: readonly string[]): Promise<FoundToken>
  /** @throws TwdwError E_USAGE for a token that cannot be sent */
  openX(token: string): Promise<XPipes>
}

export interface XPipes {
  rest: Pick<XRest, 'listRules' | 'listConnections'>
  account: XAccount
}

/** What X is asked about. */
export interface AccessPlan {
  offline: boolean
  origin: string
  lakeUrl: string
  /** undefined where there is no lake yet */
  lakeId: string | undefined
  listener: Listener | undefined
  tokenFiles: readonly string[]
}

type Failure = Extract<Answer<never>, { ok: false }>['end']

/** Names of the checks that need an answer of X. */
const OF_X = ['x', 'access', 'clock', 'rules', 'usage', 'slot'] as const

/** @throws TwdwError E_INTERRUPTED when `signal` aborts */
export async function checkAccess(plan: AccessPlan, ports: AccessPorts, signal: AbortSignal): Promise<Finding[]> {
  let found: FoundToken
  let pipes: XPipes
  try {
    found = await ports.findToken(plan.tokenFiles)
    pipes = await ports.openX(found.token)
  } catch (error) {
    if (!(error instanceof TwdwError)) throw error
    const because = plan.offline ? '--offline' : 'there is no token to ask X with'
    return [faultFrom('token', error), ...skipAll(because)]
  }
  if (plan.offline) return [judgeToken(found, false), ...skipAll('--offline')]
  const rules = await pipes.rest.listRules(signal)
  if (!rules.ok) {
    const isKnown = rules.end.how === 'refused'
    const [, ...others] = skipAll(isKnown ? 'X refused the first question' : 'X cannot be reached')
    return [judgeToken(found, false), judgeFailure('x', rules.end, plan.origin), ...others]
  }
  const [counts, usage, connections] = await Promise.all([
    pipes.account.ruleCounts(signal),
    pipes.account.tweetUsage(signal),
    pipes.rest.listConnections(signal),
  ])
  const judged = <T>(check: string, answer: Answer<T>, judge: (value: T) => Finding) =>
    answer.ok ? judge(answer.value) : judgeFailure(check, answer.end, plan.origin)
  return [
    judgeToken(found, true),
    ok('x', `${plan.origin} answers, and accepts the token`),
    judged('access', counts, reply => checkRoom(reply.body)),
    counts.ok ? checkClock(counts.value) : skipped('clock', 'X did not answer'),
    checkRules(plan, rules.value, counts.ok ? counts.value.body : undefined),
    // an app may listen and not be told these
    notTold('usage', usage) ?? judged('usage', usage, reply => checkUsage(reply.body)),
    notTold('slot', connections) ?? judged('slot', connections, open => checkSlot(open, plan.listener)),
  ]
}

function notTold(check: string, answer: Answer<unknown>): Finding | undefined {
  if (answer.ok || answer.end.how !== 'refused' || ![403, 404].includes(answer.end.status)) return undefined
  return skipped(check, `X does not tell this app: ${endingText(answer.end)}`)
}

function skipAll(because: string): Finding[] {
  return OF_X.map(check => skipped(check, because))
}

/** @param isAccepted X has said so: then its form is no matter */
function judgeToken({ token, from, file }: FoundToken, isAccepted: boolean): Finding {
  const odd = isAccepted ? undefined : oddTokenForm(token)
  if (file !== undefined && (file.mode & 0o004) !== 0) {
    const mode = file.mode.toString(8)
    return warning(
      'token',
      `${file.path} holds the token, and every account may read it (mode ${mode})`,
      `chmod 600 ${file.path}`,
    )
  }
  if (odd === undefined) return ok('token', `one of ${token.length} characters, from ${from}`)
  const [sentence, remedy = 'copy it once more'] = odd.split(': ')
  return warning('token', `from ${from}: ${sentence}`, remedy)
}

/** Why X did not answer, as the listener would take it. @throws TwdwError E_INTERRUPTED */
function judgeFailure(check: string, end: Failure, origin: string): Finding {
  if (end.how === 'aborted') throw new TwdwError('E_INTERRUPTED', 'stopped while X was asked')
  if (end.how === 'network') {
    const remedy = 'is the network up, and a firewall or proxy in between? --origin says where X is'
    return fault(check, 'E_SOURCE', `${origin} cannot be reached: ${endingText(end)}`, remedy)
  }
  const { step } = nextStep(end, FIRST_RUNG, { livedMs: undefined, nowMs: 0, random: 0 })
  if (step.do === 'stop') return fault(check, step.code, step.message, step.hint)
  return warning(
    check,
    `X did not say: ${step.because}`,
    'run twdw doctor again in some minutes; a listener waits by itself',
  )
}
