/** What stands under an answer: its range, zone and size, what is not in it, and why it is empty. */
import { HOUR_MS, type Hour, hourStartMs } from '../hour.ts'
import { instantToLocalText, offsetsByDay, type Zone } from '../question/local-time.ts'
import type { ByColumn, Preset, Span } from '../question/preset.ts'
import { counted, spanText as durationText } from '../wording.ts'
import type { UnknownTag } from './near-tags.ts'

/** What is known of an answer besides its rows. */
export interface AnswerFacts {
  rows: number
  zone: Zone
  /** asked for */
  span: Span
  /** first and last hour that the lake has tweets of, as far as it was looked at; undefined where none is known */
  covered: { first: Hour; last: Hour } | undefined
  /** hours in the answer that are read from layer2 */
  batchHours: number
  /** time of the span, or of an open side what the lake has, that is not covered; 0 where nobody asked */
  unheardMs: number
  /** what the answer is compared with; undefined: nothing */
  previous: { span: Span; name: string; left: string } | undefined
  /** from the question to the answer; undefined where nobody waits for it */
  tookMs: number | undefined
  /** hours in the answer that are not consolidated yet */
  liveHours: number
  /** tweets of these hours; undefined where they were not counted on the way */
  liveTweets: number | undefined
  /** hours not consolidated yet that were not asked for */
  leftOutHours: number
  /** why there is nothing in the answer, as a clause; undefined when there is something */
  emptyBecause: string | undefined
  /** of the tags asked for */
  unknownTags: readonly UnknownTag[]
  /** only what is consolidated was asked for, and the journal not looked at */
  batchOnly: boolean
}

/** Sentences for people, one a line. */
export function answerNotes(facts: AnswerFacts): string[] {
  const { zone, tookMs } = facts
  const took = tookMs === undefined ? [] : [durationText(tookMs)]
  const notes = [[counted(facts.rows, 'row'), rangeText(facts), zone.name, ...took].join(' · ')]
  if (facts.previous !== undefined) notes.push(previousText(facts.previous, zone))
  if (facts.liveHours > 0) notes.push(liveText(facts))
  if (facts.unheardMs > 0) {
    notes.push(`${durationText(facts.unheardMs)} of that time is not covered: counts are too low there, or not known`)
  }
  if (facts.leftOutHours > 0) notes.push(`${notYet(facts.leftOutHours)} left out, as --batch-only asks`)
  return [...notes, ...whyNothing(facts)]
}

/** Why there is nothing, or nothing of some tags; none where there is something of all. */
export function whyNothing(facts: AnswerFacts): string[] {
  if (facts.emptyBecause !== undefined) return [`nothing found: ${facts.emptyBecause}`]
  return facts.unknownTags.length > 0 ? [noneCarries(facts.unknownTags, facts)] : []
}

function previousText({ span, name, left }: NonNullable<AnswerFacts['previous']>, zone: Zone): string {
  const { fromMs = 0, toMs = 0 } = span
  return `previous is ${name}, ${spanText(fromMs, toMs, zone)}${left === '' ? '' : `; ${left} of it have no counterpart`}`
}

function liveText({ liveHours, liveTweets }: AnswerFacts): string {
  const hours = notYet(liveHours)
  return liveTweets === undefined ? `${hours} included` : `${hours} included, with ${counted(liveTweets, 'tweet')}`
}

function rangeText({ span, covered, zone }: AnswerFacts): string {
  const textOf = localTextOf(zone)
  const asked = [
    ...(span.fromMs === undefined ? [] : [`from ${textOf(span.fromMs)}`]),
    ...(span.toMs === undefined ? [] : [`to ${textOf(span.toMs)}`]),
  ].join(' ')
  const has = coverageText(span, covered, zone)
  return asked === '' ? has : `${asked} · ${has}`
}

/** The part of the span between the first and the last tweet: what lies outside of the span need not be known. */
function coverageText(span: Span, covered: AnswerFacts['covered'], zone: Zone): string {
  if (covered === undefined) return 'the lake is empty'
  const { fromMs, toMs } = spanOf(covered)
  const firstMs = Math.max(fromMs, span.fromMs ?? fromMs)
  const endMs = Math.min(toMs, span.toMs ?? toMs)
  if (firstMs >= endMs) return 'the lake has no tweets of that time'
  const isWithin = firstMs === span.fromMs && endMs === span.toMs
  return isWithin ? 'between the first and the last tweet' : `tweets from ${spanText(firstMs, endMs, zone)}`
}

/** From the first hour's beginning to the last one's end. */
function spanOf({ first, last }: { first: Hour; last: Hour }): { fromMs: number; toMs: number } {
  return { fromMs: hourStartMs(first), toMs: hourStartMs(last) + HOUR_MS }
}

/** `2019-02-16T22:00-02:00 to 2019-02-17T01:00-03:00` */
function spanText(fromMs: number, toMs: number, zone: Zone): string {
  const textOf = localTextOf(zone)
  return `${textOf(fromMs)} to ${textOf(toMs)}`
}

function localTextOf(zone: Zone): (ms: number) => string {
  const offsetAt = offsetsByDay(zone.clock)
  return ms => instantToLocalText(ms, offsetAt)
}

/**
 * Why a preset found nothing.
 * @param facts  `covered` of the whole lake
 * @param tweets of the span that carry one of the tags, in any language, or all tweets of it when no tag is named
 */
export function whyEmpty(
  preset: Preset,
  facts: Pick<AnswerFacts, 'covered' | 'span' | 'zone' | 'batchOnly' | 'batchHours' | 'leftOutHours' | 'unknownTags'>,
  tweets: number,
): string {
  const { covered, span, zone, batchOnly, batchHours, leftOutHours } = facts
  if (covered === undefined) {
    return batchOnly
      ? 'no tweet has been stored yet, and --batch-only leaves the journal out'
      : 'no tweet has been captured yet'
  }
  const { fromMs, toMs } = spanOf(covered)
  if ((span.fromMs ?? fromMs) >= toMs || (span.toMs ?? toMs) <= fromMs) {
    return `the lake has no tweets of that time; it has tweets from ${spanText(fromMs, toMs, zone)}`
  }
  if (batchOnly && batchHours === 0 && leftOutHours > 0) return onlyPending(leftOutHours, span)
  return whyNoneFits(preset, facts, tweets)
}

function onlyPending(hours: number, span: Span): string {
  const of = timeClause(span) || ' of the lake'
  if (hours === 1) return `the one hour${of} with tweets is not consolidated yet, and --batch-only leaves it out`
  return `none of the ${hours.toLocaleString('en-US')} hours${of} with tweets is consolidated yet, and --batch-only leaves them out`
}

function whyNoneFits(
  preset: Preset,
  { span, batchOnly, unknownTags }: Pick<AnswerFacts, 'span' | 'batchOnly' | 'unknownTags'>,
  tweets: number,
): string {
  const tags = preset.tags.map(tag => `#${tag}`).join(', ')
  const noun = nounOf(batchOnly)
  const when = timeClause(span)
  if (tweets === 0) {
    return tags === '' ? `the lake has no ${noun}s${when}` : noneCarries(unknownTags, { span, batchOnly })
  }
  const some = `${counted(tweets, noun)}${when}`
  const carry = tags === '' ? `the lake has ${some}` : `${some} ${tweets === 1 ? 'carries' : 'carry'} ${tags}`
  return `${carry}, and none of them ${whatIsLacking(preset)}`
}

/** Of tweets in no answer that is parted so. */
const LACKING: Partial<Record<ByColumn, string>> = {
  user: 'says who wrote it',
  place: 'names a place',
  rule: 'was captured by a rule',
}

function whatIsLacking({ by, langs, kinds, users, tags }: Preset): string {
  const isNarrowed = langs.length + kinds.length + users.length > 0
  const part = by.find(column => LACKING[column] !== undefined || column === 'hashtag')
  if (isNarrowed || part === undefined) return 'fits the rest of the question'
  return LACKING[part] ?? (tags.length > 0 ? 'carries another hashtag' : 'carries a hashtag')
}

/** `no tweet in the lake carries #covd19 (did you mean #covid19, #covid?), #axé` */
function noneCarries(
  tags: readonly UnknownTag[],
  { span, batchOnly }: Pick<AnswerFacts, 'span' | 'batchOnly'>,
): string {
  const named = tags.map(({ tag, near }) => {
    return near.length === 0 ? `#${tag}` : `#${tag} (did you mean ${near.map(other => `#${other}`).join(', ')}?)`
  })
  return `no ${nounOf(batchOnly)}${timeClause(span) || ' in the lake'} carries ${named.join(', ')}`
}

function nounOf(batchOnly: boolean): string {
  return batchOnly ? 'consolidated tweet' : 'tweet'
}

/** Empty for all times. */
function timeClause(span: Span): string {
  return span.fromMs === undefined && span.toMs === undefined ? '' : ' of that time'
}

function notYet(hours: number): string {
  return `${counted(hours, 'hour')} not consolidated yet ${hours === 1 ? 'is' : 'are'}`
}
