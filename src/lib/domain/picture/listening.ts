/** What was listened to in a span, all rules together, in the terms of a reader who knows nothing of rules. */
import type { RuleCoverage } from '../coverage.ts'
import { dayToText, type Zone } from '../question/local-time.ts'
import { clip, lengthMs, type TimeSpan, unionOf, without } from '../time-spans.ts'
import { DAY_MS } from '../time-zone.ts'

/** No two of the three overlap; of time before anything was listened to nothing is known. */
export interface Listening {
  heard: TimeSpan[]
  /** by search, without the retweets */
  filled: TimeSpan[]
  missing: TimeSpan[]
}

/** What any of the rules has is had. */
export function listeningOf(rules: readonly RuleCoverage[]): Listening {
  const heard = unionOf(rules.flatMap(({ captured }) => captured))
  const filled = without(unionOf(rules.flatMap(rule => rule.filled)), heard)
  const missing = without(unionOf(rules.flatMap(rule => rule.missing)), unionOf([...heard, ...filled]))
  return { heard, filled, missing }
}

/** Of the time since listening began, how much was heard or filled, 0 to 1; undefined where nothing was listened to. */
export function coveredShare({ heard, filled, missing }: Listening): number | undefined {
  const hadMs = lengthMs(heard) + lengthMs(filled)
  const allMs = hadMs + lengthMs(missing)
  return allMs === 0 ? undefined : hadMs / allMs
}

/** `97.3 %`; never `100 %` for less than all, nor `0 %` for more than nothing. */
export function shareText(share: number): string {
  const tenths = Math.round(share * 1000)
  const kept = share < 1 && tenths === 1000 ? 999 : share > 0 && tenths === 0 ? 1 : tenths
  return `${kept % 1000 === 0 ? kept / 10 : (kept / 10).toFixed(1)} %`
}

export interface DayOfListening extends Listening {
  /** `2024-01-01` */
  day: string
}

/** The local days of a range of which anything is known. */
export function listeningByDay(listening: Listening, range: TimeSpan, zone: Zone): DayOfListening[] {
  const dayOf = (ms: number) => Math.floor((ms + zone.clock.offsetMs(ms)) / DAY_MS)
  const days: DayOfListening[] = []
  for (let day = dayOf(range.fromMs); day <= dayOf(range.toMs - 1); day++) {
    const span = { fromMs: zone.clock.dayStartMs(day), toMs: zone.clock.dayStartMs(day + 1) }
    const [heard, filled, missing] = [listening.heard, listening.filled, listening.missing].map(spans =>
      clip(spans, span),
    )
    const of = { day: dayToText(day), heard: heard!, filled: filled!, missing: missing! }
    if (coveredShare(of) !== undefined) days.push(of)
  }
  return days
}
