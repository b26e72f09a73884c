/**
 * Listening to X: makes sure of the rules, connects, hands on what arrives, and begins again when it ends.
 *
 * It ends by request or by a failure that no retry can mend, and by nothing else. Whatever X sends is handed on, also
 * the lines in which it says that it will hang up: to understand them is the reader's work, here they only say why.
 */

import { readNotice, type XProblem } from '../domain/x/problem.ts'
import { type Ending, endingText, FIRST_RUNG, type Ladder, nextStep, noteConnect } from '../domain/x/reconnect.ts'
import type { WantedRule } from '../domain/x/rules.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { LineBatch, SessionEvent } from '../io/source/source.ts'
import type { ConnectionEnd, XStream } from '../io/x/stream.ts'
import { ensureRules, type RuleInUse, type RulePorts } from './ensure-rules.ts'

export interface StreamPlan {
  wanted: readonly WantedRule[]
  /** from `lakeNameOf` */
  lakeName: string
}

export interface StreamPorts extends RulePorts {
  connect: (signal: AbortSignal) => XStream
  clock: Clock
  /** 0 <= n < 1 */
  random: () => number
}

/**
 * Batches and the events around them: `connected`, batches, `disconnected`, and again. An empty batch is a sign of
 * life. The bytes of a batch are valid until the next element is asked for.
 * @throws TwdwError E_REFUSED, E_USAGE or E_SOURCE when no retry can mend it
 */
export async function* streamX(
  plan: StreamPlan,
  ports: StreamPorts,
  signal: AbortSignal,
): AsyncGenerator<LineBatch | SessionEvent, void, void> {
  const { clock, log } = ports
  let ladder = FIRST_RUNG
  let rules: readonly RuleInUse[] | undefined
  while (!signal.aborted) {
    let outcome: Outcome
    if (rules === undefined) {
      const ensured = await ensureRules(plan.wanted, plan.lakeName, ports, signal)
      if (ensured.ok) {
        rules = ensured.value
        continue
      }
      outcome = { end: ensured.end, livedMs: undefined }
    } else {
      ladder = noteConnect(ladder, clock.nowMs())
      outcome = yield* oneConnection(rules, ports, signal)
    }
    if (signal.aborted || outcome.end.how === 'aborted') return

    const fallen = fall(outcome.end, ladder, outcome.livedMs, ports)
    ladder = fallen.ladder
    if (fallen.rulesFirst) rules = undefined
    log[outcome.livedMs === undefined ? 'warn' : 'info'](fallen.sentence, fallen.fields)
    await clock.sleep(fallen.waitMs, signal)
  }
}

interface Outcome {
  end: Ending | { how: 'aborted' }
  /** undefined: never accepted */
  livedMs: number | undefined
}

async function* oneConnection(
  rules: readonly RuleInUse[],
  ports: StreamPorts,
  signal: AbortSignal,
): AsyncGenerator<LineBatch | SessionEvent, Outcome, void> {
  const { clock, log } = ports
  const connection = ports.connect(signal)
  let connectedAtMs: number | undefined
  let lastHeardAtMs = 0
  let notice: XProblem | undefined
  try {
    let next = await connection.next()
    for (; !next.done; next = await connection.next()) {
      const batch = next.value
      lastHeardAtMs = batch.capturedAtMs
      if (connectedAtMs === undefined) {
        connectedAtMs = lastHeardAtMs
        log.info('connected to X', { rules: rules.length })
        yield { event: 'connected', atMs: connectedAtMs, rules }
      } else if (notice !== undefined && batch.lines.length === 0) {
        // it said goodbye and lives on
        break
      }
      for (const line of batch.lines) notice = readNotice(line) ?? notice
      yield batch
    }
    const end = endOf(next.done === true ? next.value : undefined, notice)
    if (connectedAtMs === undefined) return { end, livedMs: undefined }
    const reason = end.how === 'aborted' ? 'stopped' : endingText(end)
    yield { event: 'disconnected', atMs: clock.nowMs(), lastHeardAtMs, reason }
    return { end, livedMs: lastHeardAtMs - connectedAtMs }
  } finally {
    await connection.return({ how: 'aborted' })
  }
}

/** What X said beats how the socket ended; our own hanging up beats both. */
function endOf(end: ConnectionEnd | undefined, notice: XProblem | undefined): Ending | { how: 'aborted' } {
  if (end?.how === 'aborted') return end
  if (notice !== undefined) return { how: 'notice', problem: notice }
  return end ?? { how: 'closed' }
}

interface Fallen {
  ladder: Ladder
  waitMs: number
  rulesFirst: boolean
  sentence: string
  fields: Record<string, string | number>
}

/** @throws TwdwError when no retry mends it */
function fall(end: Ending, ladder: Ladder, livedMs: number | undefined, { clock, random }: StreamPorts): Fallen {
  const next = nextStep(end, ladder, { livedMs, nowMs: clock.nowMs(), random: random() })
  const { step } = next
  if (step.do === 'stop') throw new TwdwError(step.code, step.message, { hint: step.hint })
  const { waitMs, because } = step
  const what = step.do === 'rules' ? 'making sure of the rules' : 'connecting'
  return {
    ladder: next.ladder,
    waitMs,
    rulesFirst: step.do === 'rules',
    sentence:
      livedMs === undefined
        ? `not connected to X: ${because}; ${what} again ${spanText(waitMs)}`
        : `disconnected from X after ${Math.round(livedMs / 1000)} s: ${because}; ${what} again ${spanText(waitMs)}`,
    fields: { because, waitMs, ...(livedMs !== undefined && { livedMs }) },
  }
}

function spanText(waitMs: number): string {
  if (waitMs === 0) return 'at once'
  return waitMs < 1000 ? `in ${waitMs} ms` : `in ${Math.round(waitMs / 1000)} s`
}
