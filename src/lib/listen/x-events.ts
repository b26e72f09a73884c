/** X's stream for a lake: the lake's name in the tags of its rules, and the rules as the settings of the moment want them. */
import { type ListenWords, lakeNameOf, type WantedRule, wantedRules } from '../domain/x/rules.ts'
import type { Lake } from '../io/lake.ts'
import type { LineBatch, SessionEvent } from '../io/source/source.ts'
import type { Street } from '../io/street.ts'
import { readLakeSettings } from '../lake-door.ts'
import { openOccasions } from './occasions.ts'
import { type StreamPlan, type StreamPorts, streamX } from './stream-x.ts'

export interface XEventsPlan extends Pick<StreamPlan, 'query' | 'foreign'> {
  words: ListenWords
}

export interface XEventsPorts extends Omit<StreamPorts, 'occasions' | 'adopted'> {
  lake: Lake
  onReload: Street['onReload']
  /** what is to be listened to now; undefined, and it was told, where the settings cannot be used */
  readWords(): Promise<ListenWords | undefined>
}

/**
 * Reloads are heeded from the call on, and what they changed stays when the events are asked for again.
 * @returns the events, for a lake that is there by then
 * @throws TwdwError E_USAGE for words that X's rule language cannot say
 */
export function openXEvents(
  plan: XEventsPlan,
  ports: XEventsPorts,
): (stop: AbortSignal) => AsyncIterable<LineBatch | SessionEvent> {
  wantedRules(plan.words, 'lake')
  // both are known from the first opening on, and stay: a lake that is away for a while is no reason not to listen
  let lakeName = ''
  let wanted: readonly WantedRule[] | undefined
  const readWanted = async () => {
    const words = await ports.readWords()
    return words && wantedRules(words, lakeName)
  }
  const occasions = openOccasions({ ...ports, readWanted })
  const adopted = (rules: readonly WantedRule[]) => {
    wanted = rules
  }
  return async function* (stop) {
    lakeName ||= `${lakeNameOf(ports.lake.url)}-${(await readLakeSettings(ports.lake)).id}`
    wanted ??= wantedRules(plan.words, lakeName)
    const { query, foreign } = plan
    const streamPlan = { wanted, lakeName, query, ...(foreign && { foreign }) }
    yield* streamX(streamPlan, { ...ports, occasions, adopted }, stop)
  }
}
