/**
 * Listening to X: makes sure of the rules, connects, hands on what arrives, and begins again when it ends.
 *
 * It ends by request or by a failure that no retry can mend, and by nothing else. Whatever X sends is handed on, also
 * the lines in which it says that it will hang up: to understand them is the reader's work, here they only say why.
 */

import { readNotice, type XProblem } from '../domain/x/problem.ts'
import {
  type Ending,
  endingText,
  FIRST_RUNG,
  firstWaitMs,
  type Ladder,
  MAX_CONNECTS,
  nextStep,
  noteConnect,
  type Step,
} from '../domain/x/reconnect.ts'
import { queryWithout } from '../domain/x/request.ts'
import { TwdwError } from '../errors.ts'
import type { LineBatch, SessionEvent } from '../io/source/source.ts'
import type { ConnectionEnd, XStream } from '../io/x/stream.ts'
import type { ConnectLog } from './connect-log.ts'
import { freeSlot, type SlotPorts } from './free-slot.ts'
import { Heard } from './heard.ts'
import { type KeeperPlan, type KeeperPorts, RuleKeeper } from './rule-keeper.ts'

export interface StreamPlan extends KeeperPlan {
  /** what each tweet shall hold: parameters of the stream, lists parted by commas */
  query: XQuery
}

type XQuery = Readonly<Record<string, string>>

export interface StreamPorts extends KeeperPorts {
  rest: KeeperPorts['rest'] & SlotPorts['rest']
  connect: (signal: AbortSignal, query: XQuery) => XStream
  /** 0 <= n < 1 */
  random: () => number
  /** absent: only the connects of this stream are counted */
  connects?: ConnectLog
}

/**
 * Batches and the events around them: `connected`, batches and `ruled`, `disconnected`, `waiting`, and again. An empty batch is
 * a sign of life. The bytes of a batch are valid until the next element is asked for.
 * @throws TwdwError E_REFUSED, E_USAGE or E_SOURCE when no retry can mend it
 */
export async function* streamX(
  plan: StreamPlan,
  ports: StreamPorts,
  signal: AbortSignal,
): AsyncGenerator<LineBatch | SessionEvent, void, void> {
  const keeper = new RuleKeeper(plan, ports)
  const over = new AbortController()
  const keeping = keeper.keep(AbortSignal.any([signal, over.signal]))
  try {
    yield* connectAgainAndAgain(plan.query, keeper, ports, signal)
  } finally {
    over.abort()
    await keeping
  }
}

async function* connectAgainAndAgain(
  fullQuery: XQuery,
  keeper: RuleKeeper,
  ports: StreamPorts,
  signal: AbortSignal,
): AsyncGenerator<LineBatch | SessionEvent, void, void> {
  const { clock, log, connects } = ports
  let ladder: Ladder = { ...FIRST_RUNG, connectsAtMs: (await connects?.recent(clock.nowMs())) ?? [] }
  let query = fullQuery
  const waitMs = firstWaitMs(ladder.connectsAtMs, clock.nowMs())
  if (waitMs > 0) {
    const because = `${ladder.connectsAtMs.length} connections in the last 15 minutes, and X allows ${MAX_CONNECTS}`
    log.warn(`${because}; connecting in ${Math.ceil(waitMs / 1000)} s`, { event: 'waiting' })
    yield { event: 'waiting', atMs: clock.nowMs(), untilMs: clock.nowMs() + waitMs, because, isAnswered: true }
    await clock.sleep(waitMs, signal)
  }
  while (!signal.aborted) {
    let outcome: Outcome
    const ensured = await keeper.ensure(signal)
    if (ensured.ok) {
      ladder = noteConnect(ladder, clock.nowMs())
      await connects?.note(clock.nowMs())
      outcome = yield* oneConnection(query, keeper, ports, signal)
    } else {
      outcome = { end: ensured.end, livedMs: undefined }
    }
    if (signal.aborted || outcome.end.how === 'aborted') return

    const fallen = await fall({ ...outcome, end: outcome.end }, { ladder, query }, ports, signal)
    ladder = fallen.ladder
    query = fallen.query
    if (fallen.rulesFirst) keeper.forget()
    log[outcome.livedMs === undefined ? 'warn' : 'info'](fallen.sentence, fallen.fields)
    yield waiting(fallen, outcome.end.how === 'refused', clock.nowMs())
    await clock.sleep(fallen.waitMs, signal)
  }
}

interface Outcome {
  end: Ending | { how: 'aborted' }
  /** undefined: never accepted */
  livedMs: number | undefined
}

async function* oneConnection(
  query: XQuery,
  keeper: RuleKeeper,
  ports: StreamPorts,
  signal: AbortSignal,
): AsyncGenerator<LineBatch | SessionEvent, Outcome, void> {
  const { clock, log } = ports
  const connection = ports.connect(signal, query)
  let connectedAtMs: number | undefined
  const heard = new Heard()
  let notice: XProblem | undefined
  try {
    let next = await connection.next()
    for (; !next.done; next = await connection.next()) {
      const batch = next.value
      heard.note(batch.capturedAtMs)
      if (connectedAtMs === undefined) {
        connectedAtMs = heard.lastMs
        log.info('connected to X', { rules: keeper.inUse.length })
        yield keeper.connected(connectedAtMs)
      } else if (notice !== undefined && batch.lines.length === 0) {
        // it said goodbye and lives on
        break
      }
      // before the first lines that other rules may have matched
      yield* keeper.changes()
      for (const line of batch.lines) notice = readNotice(line) ?? notice
      const handedOverMs = clock.nowMs()
      yield batch
      heard.stoodStill(handedOverMs, clock.nowMs())
    }
    const end = endOf(next.done === true ? next.value : undefined, notice)
    if (connectedAtMs === undefined) return { end, livedMs: undefined }
    yield* keeper.changes(heard.surelyMs)
    const reason = end.how === 'aborted' ? 'stopped' : endingText(end)
    yield { event: 'disconnected', atMs: clock.nowMs(), lastHeardAtMs: heard.surelyMs, reason }
    return { end, livedMs: heard.lastMs - connectedAtMs }
  } finally {
    await connection.return({ how: 'aborted' })
  }
}

function waiting({ waitMs, because }: Fallen, isAnswered: boolean, nowMs: number): SessionEvent {
  return { event: 'waiting', atMs: nowMs, untilMs: nowMs + waitMs, because, isAnswered }
}

/** What X said beats how the socket ended; our own hanging up beats both. */
function endOf(end: ConnectionEnd | undefined, notice: XProblem | undefined): Ending | { how: 'aborted' } {
  if (end?.how === 'aborted') return end
  if (notice !== undefined) return { how: 'notice', problem: notice }
  return end ?? { how: 'closed' }
}

interface Standing {
  ladder: Ladder
  query: XQuery
}

interface Fallen extends Standing {
  waitMs: number
  rulesFirst: boolean
  because: string
  sentence: string
  fields: Record<string, string | number>
}

/**
 * Decides what comes next, and does what must come before it.
 * @throws TwdwError when no retry mends it
 */
async function fall(
  outcome: { end: Ending; livedMs: number | undefined },
  { ladder, query }: Standing,
  ports: StreamPorts,
  signal: AbortSignal,
): Promise<Fallen> {
  const { livedMs } = outcome
  const { clock, log, random } = ports
  const next = nextStep(outcome.end, ladder, { livedMs, nowMs: clock.nowMs(), random: random() })
  const { step } = next
  if (step.do === 'stop') throw new TwdwError(step.code, step.message, { hint: step.hint })
  if (step.do === 'free' && !(await freeSlot(ports, signal))) {
    return fall(outcome, { ladder: next.ladder, query }, ports, signal)
  }
  const asked = step.do === 'drop' ? queryWithout(query, step.unknown) : query
  if (step.do === 'drop') {
    if (asked === query) return fall(outcome, { ladder: next.ladder, query }, ports, signal)
    const words = step.unknown.map(({ parameter, word }) => word ?? parameter)
    log.warn(`X does not know ${words.join(', ')}: going on without; see whether there is a newer twdw`, {
      unknown: words.join(','),
    })
  }
  return {
    ladder: next.ladder,
    query: asked,
    waitMs: step.waitMs,
    rulesFirst: step.do === 'rules',
    because: step.because,
    sentence: sentenceOf(step, livedMs),
    fields: { because: step.because, waitMs: step.waitMs, ...(livedMs !== undefined && { livedMs }) },
  }
}

function sentenceOf({ do: what, because, waitMs }: Exclude<Step, { do: 'stop' }>, livedMs: number | undefined): string {
  const before =
    livedMs === undefined ? 'not connected to X' : `disconnected from X after ${Math.round(livedMs / 1000)} s`
  return `${before}: ${because}; ${what === 'rules' ? 'making sure of the rules' : 'connecting'} again ${spanText(waitMs)}`
}

function spanText(waitMs: number): string {
  if (waitMs === 0) return 'at once'
  return waitMs < 1000 ? `in ${waitMs} ms` : `in ${Math.round(waitMs / 1000)} s`
}
