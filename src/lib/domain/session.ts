/**
 * Sessions: one unbroken connection to a source each, or one search of a stretch of the past. What no session covers is a gap.
 *
 * A record is written when its session begins, about once a minute while it lasts, and when it ends, so a crash makes it
 * end too early rather than claim minutes in which nobody listened. A session without tweets is a record too: that
 * nothing was said is worth knowing.
 */
import { TwdwError } from '../errors.ts'
import { isRecord, parseKept } from './kept-json.ts'
import { SOURCES, type SourceName } from './layer1.ts'
import { foldTag } from './tag.ts'

/** Raised when an older twdw could not read a record any more. */
const SESSION_FORMAT = 1

/** Something that was listened to. */
export interface SessionRule {
  /** what tweets that it matched carry in `rules`: `covid19`, `"some words"` */
  name: string
  /** in X's rule language. Two rules are one where their values are equal */
  value: string
}

export interface SessionRecord {
  format: 1
  session: string
  source: SourceName
  /** folded; empty for a replay of everything */
  tags: readonly string[]
  /** what was asked for; empty for sources without rules */
  rules: readonly SessionRule[]
  /**
   * ISO 8601 UTC; covered is from <= t < to. Of a stream this is the time of listening, up to when something was last
   * heard, a heartbeat included; of a search the time of the tweets that were asked for, as far as their answers are safe.
   */
  from: string
  to: string
  /** one clause; null while it goes on, and for ever after a crash */
  ended: string | null
  /**
   * From when on, ISO 8601 UTC, nobody was meant to listen any more, because a person ended it: `to`, or later where the
   * connection had been lost before. null: nobody did. A restart by a service manager is no such wish.
   */
  stopped: string | null
  /** as of the last writing: what a killed process left in the journal is not in these */
  lines: number
  tweets: number
  rejected: number
  /** tweets that only rules of other programs matched: billed, and not stored; absent: none */
  foreign?: number
}

export function sessionToText(record: SessionRecord): string {
  return `${JSON.stringify(record, null, 1)}\n`
}

/**
 * A record that was written before `rules` and `stopped` were there gets them from what it has: its hashtags as rules,
 * and a wish from the words in which it ended, since what nobody wished is filled, and billed, without asking.
 * @param path of the record, for the sentence
 * @throws TwdwError E_LAKE when the text is no record
 */
export function parseSession(text: string, path: string): SessionRecord {
  const refuse = (why: string, cause?: unknown) => damaged(path, why, cause)
  const value = parseKept(text, { what: `the session record ${path}`, format: SESSION_FORMAT, damaged: refuse })
  const fault = FIELDS.find(([name, isRight]) => !isRight(value[name]))
  if (fault !== undefined) throw damaged(path, `${fault[0]} is ${JSON.stringify(value[fault[0]]) ?? 'not there'}`)
  const record = { ...value } as unknown as SessionRecord
  if (startMs(record) > endMs(record)) throw damaged(path, `it ends at ${record.to}, before it begins`)
  return { ...record, rules: record.rules ?? rulesFromTags(record), stopped: record.stopped ?? stoppedByWords(record) }
}

/** A rule as its source tells of it. `hashtags`: of which any will do; several are one rule only for want of room. */
interface SourceRuleText extends SessionRule {
  hashtags?: readonly string[]
}

/** What was listened to, hashtag by hashtag: how many of them were one rule at X says nothing about what was captured. */
export function sessionRules(rules: readonly SourceRuleText[]): SessionRule[] {
  return rules.flatMap(({ name, value, hashtags = [] }) => {
    const [, any, narrowing = ''] = /^\(?(#[^\s()]+(?: OR #[^\s()]+)+)\)?( .+)?$/.exec(value) ?? []
    if (any === undefined || hashtags.length < 2) return [{ name, value }]
    return any.split(' OR ').map(text => ({ name: foldTag(text.slice(1)), value: text + narrowing }))
  })
}

/** Milliseconds since 1970-01-01T00:00Z. */
export function startMs(record: SessionRecord): number {
  return Date.parse(record.from)
}

export function endMs(record: SessionRecord): number {
  return Date.parse(record.to)
}

const ISO_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/
const isText = (value: unknown) => typeof value === 'string'
const isInstant = (value: unknown) =>
  typeof value === 'string' && ISO_UTC.test(value) && !Number.isNaN(Date.parse(value))
const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0
const isListOf = (isItem: (item: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(isItem)

const FIELDS: readonly (readonly [name: keyof SessionRecord, isRight: (value: unknown) => boolean])[] = [
  ['format', value => value === SESSION_FORMAT],
  ['session', isText],
  ['source', value => SOURCES.some(source => source === value)],
  ['tags', isListOf(isText)],
  [
    'rules',
    value => value === undefined || isListOf(item => isRecord(item) && isText(item.name) && isText(item.value))(value),
  ],
  ['from', isInstant],
  ['to', isInstant],
  ['ended', value => value === null || isText(value)],
  ['stopped', value => value === undefined || value === null || isInstant(value)],
  ['lines', isCount],
  ['tweets', isCount],
  ['rejected', isCount],
  ['foreign', value => value === undefined || isCount(value)],
]

function rulesFromTags({ source, tags }: SessionRecord): SessionRule[] {
  return source === 'stream' ? tags.map(tag => ({ name: tag, value: `#${tag}` })) : []
}

/** undefined and not null: a record that says that nobody stopped it is believed. */
function stoppedByWords({ source, ended, to, stopped }: SessionRecord): string | null {
  if (stopped === null || source !== 'stream') return null
  return ended !== null && /^(stopped|--)/.test(ended) ? to : null
}

function damaged(path: string, why: string, cause?: unknown): TwdwError {
  return new TwdwError('E_LAKE', `the session record ${path} is damaged: ${why}`, {
    cause,
    hint: 'restore it, or remove it: the time that it covered then counts as missing, and is searched again within 7 days',
  })
}
