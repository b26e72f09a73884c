/** What X's answers mean for a listener: one finding each. */
import { type AnswerTimes, SKEW_FAULT_MS, SKEW_WARNING_MS, skewMs } from '../domain/health/clock-skew.ts'
import { type Finding, fault, ok, skipped, warning } from '../domain/health/finding.ts'
import type { Listener } from '../domain/health/liveness.ts'
import { counted, spanText } from '../domain/wording.ts'
import { readRuleCounts, readTweetUsage } from '../domain/x/account.ts'
import { lakeNameOf, ruleName, ruleTag } from '../domain/x/rules.ts'
import type { XReply } from '../io/x/account.ts'
import type { XConnection, XRule } from '../io/x/rest.ts'

/** @param body of X's counts of rules */
export function checkRoom(body: unknown): Finding {
  const counts = readRuleCounts(body)
  if (counts === undefined) return skipped('access', 'X does not say how many rules this app may have')
  if (counts.cap > 0) return ok('access', `this app may have ${counted(counts.cap, 'rule')} on the filtered stream`)
  const remedy = 'in the X developer console, put the app into a project whose plan includes the filtered stream'
  return fault('access', 'E_REFUSED', 'this app may have no rule on the filtered stream', remedy)
}

export function checkClock({ headers, sentAtMs, answeredAtMs }: XReply): Finding {
  const times: AnswerTimes = { date: headers.date, sentAtMs, answeredAtMs }
  const skew = skewMs(times)
  if (skew === undefined) return skipped('clock', 'X did not say what time it is')
  const size = Math.abs(skew)
  if (size <= SKEW_WARNING_MS) return ok('clock', "within 2 s of X's")
  const sentence = `${spanText(size)} ${skew > 0 ? 'ahead of' : 'behind'} X's`
  const remedy = 'timedatectl set-ntp true, or chronyc makestep: what is captured has wrong times until then'
  return size > SKEW_FAULT_MS ? fault('clock', 'E_USAGE', sentence, remedy) : warning('clock', sentence, remedy)
}

/** @param body of X's counts of rules; undefined where it did not answer */
export function checkRules(
  { lakeUrl, lakeId, listener }: { lakeUrl: string; lakeId: string | undefined; listener: Listener | undefined },
  rules: readonly XRule[],
  body: unknown,
): Finding {
  const prefix = lakeId === undefined ? undefined : ruleTag(`${lakeNameOf(lakeUrl)}-${lakeId}`, '')
  const ours = rules.filter(({ tag }) => prefix !== undefined && tag?.startsWith(prefix))
  const names = ours.length === 0 ? '' : ` (${ours.map(({ tag = '' }) => ruleName(tag)).join(', ')})`
  const room = (readRuleCounts(body)?.cap ?? Number.POSITIVE_INFINITY) - rules.length
  const left = Number.isFinite(room) ? `, room for ${Math.max(0, room)} more` : ''
  const text = `${ours.length} of this lake${names}, ${rules.length - ours.length} of others${left}`
  if (room <= 0) {
    const remedy = 'delete rules that no program needs any more, in the program that made them'
    return warning('rules', text, remedy)
  }
  const stand = ours.length > 0 && listener?.isAlive !== true
  return ok('rules', stand ? `${text}; no listener runs, and X bills nothing for rules without a connection` : text)
}

/** From so much of the month's cap on it is told as near. */
const NEAR_SHARE = 0.9

/** @param body of X's usage */
export function checkUsage(body: unknown): Finding {
  const usage = readTweetUsage(body)
  if (usage === undefined) return skipped('usage', 'X does not say how many tweets were read')
  const { cap, used, daysLeft } = usage
  const anew = daysLeft === undefined ? '' : `; it starts anew in ${counted(daysLeft, 'day')}`
  const text = `${used.toLocaleString('en-US')} of ${counted(cap, 'tweet')} of the month's cap at X are used${anew}`
  if (used >= cap)
    return fault('usage', 'E_REFUSED', text, 'wait until then, or raise the cap in the X developer console')
  if (used >= cap * NEAR_SHARE)
    return warning('usage', text, 'listen for less (--lang, --sample), or raise the cap in the X developer console')
  return ok('usage', text)
}

/** X's clock and ours may differ, and the answer to a connect takes a moment. */
const SAME_CONNECTION_MS = 60_000

/** @param open connections of the app that X holds for open, whoever's they are */
export function checkSlot(open: readonly XConnection[], listener: Listener | undefined): Finding {
  const state = listener?.isAlive === true ? listener.pulse?.state : undefined
  const sinceMs = state?.is === 'connected' ? Date.parse(state.since) : undefined
  const [first] = open
  if (first === undefined) {
    if (sinceMs === undefined) return ok('slot', 'no connection is open: there is room for a listener')
    const remedy = 'look again in half a minute: a listener that hears nothing connects again by itself'
    return warning('slot', 'X knows of no connection, and a listener says that it has one', remedy)
  }
  const isOurs = ({ connectedAt }: XConnection) =>
    sinceMs !== undefined && Math.abs(Date.parse(connectedAt ?? '') - sinceMs) < SAME_CONNECTION_MS
  const others = open.filter(connection => !isOurs(connection))
  const [other] = others
  if (other === undefined)
    return ok('slot', `the connection that X holds open since ${first.connectedAt} is this lake's listener`)
  const sentence = `X holds ${counted(others.length, 'connection')} of this app open that no listener of this lake has, since ${other.connectedAt ?? 'an unknown time'}`
  return warning(
    'slot',
    sentence,
    'end the program that has it; if there is none it is stale, and twdw listen closes it by itself',
  )
}
