/**
 * Presets: the questions that need no SQL, as values.
 *
 * A time that a person writes is meant in the lake's zone, which is known only when the lake has been opened;
 * until then it is a wall clock. Spans are half-open: `from` is inside, `to` is not.
 */
import { TwdwError } from '../../errors.ts'
import { HOUR_MS, type Hour, type HourRange, hourOf } from '../hour.ts'
import { isInt64Id, MAX_INSTANT_MS, MIN_INSTANT_MS } from '../instant.ts'
import type { Kind } from '../layer1.ts'
import { foldTag } from '../tag.ts'
import { firstInstantMs, type Zone } from './local-time.ts'

/** Ways to part tweets by time; their order is from fine to coarse, then the recurring ones. */
export const TIME_COLUMNS = ['hour', 'day', 'week', 'month', 'year', 'weekday', 'hour-of-day'] as const
export type TimeColumn = (typeof TIME_COLUMNS)[number]

/** Those of which every span has its own, from fine to coarse. */
export const CALENDAR = ['hour', 'day', 'week', 'month', 'year'] as const satisfies readonly TimeColumn[]

/** Ways to part tweets by what they are. A tweet without user, place, hashtag or rule is not in such an answer. */
export const THING_COLUMNS = ['lang', 'kind', 'user', 'hashtag', 'place', 'rule'] as const
export type ThingColumn = (typeof THING_COLUMNS)[number]

export type ByColumn = TimeColumn | ThingColumn
export const BY_COLUMNS: readonly ByColumn[] = [...TIME_COLUMNS, ...THING_COLUMNS]

/**
 * What is counted. An edited tweet counts once per hour, as it was last. `authors` are distinct; `reach` is the sum
 * over distinct authors of the most followers that each was seen with; the others are sums of public counts.
 */
export const METRICS = ['tweets', 'authors', 'retweets', 'replies', 'likes', 'quotes', 'impressions', 'reach'] as const
export type Metric = (typeof METRICS)[number]

/** `key`: by the columns, left to right. `most`, `least`: by the metric. */
export const ORDERS = ['key', 'most', 'least'] as const
export type Order = (typeof ORDERS)[number]

/** The column whose values become columns: one of the preset's, or whichever is its last. */
export const PIVOT_COLUMNS = [...BY_COLUMNS, 'tag', 'last'] as const
export type PivotColumn = (typeof PIVOT_COLUMNS)[number]

/** What an answer is compared with. `previous`: the span before, as long as the one asked for. */
export const COMPARISONS = ['previous'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** A question about tweets. Empty lists mean no restriction. */
export interface Preset {
  /** folded, without repeats; each is a series of its own */
  tags: readonly string[]
  /** every tag is a series of its own */
  allTags: boolean
  /** without repeats, in the order of the answer's columns */
  by: readonly ByColumn[]
  metric: Metric
  from: WallTime | undefined
  to: WallTime | undefined
  /** in lower case */
  langs: readonly string[]
  kinds: readonly Kind[]
  users: readonly UserRef[]
  /** keep the so many greatest; of which things, preset-sql says */
  top: number | undefined
  /** undefined: `key` where time is among the columns, else `most` */
  order: Order | undefined
  /** each count with all those before it in its series */
  cumulative: boolean
  compare: Comparison | undefined
  pivot: PivotColumn | undefined
}

/** The question about the span before that one is compared with: which are the greatest is a matter of now. */
export function presetBefore(preset: Preset): Preset {
  return { ...preset, top: undefined }
}

/** A user by id, or by a name that the user bore in the span. */
export type UserRef = { id: string } | { username: string }

/** A time as a person wrote it, to the hour. */
export interface WallTime {
  /** the text itself, for messages */
  text: string
  /** the wall clock, as milliseconds of a clock that shows UTC */
  wallMs: number
  /** east of UTC; undefined: in the lake's zone */
  offsetMs: number | undefined
}

/** Instants, milliseconds since 1970-01-01T00:00Z; an open side is undefined. */
export interface Span {
  fromMs: number | undefined
  toMs: number | undefined
}

export function isTimeColumn(by: ByColumn): by is TimeColumn {
  return (TIME_COLUMNS as readonly ByColumn[]).includes(by)
}

/** The column of the answer that a `--by` word makes: of what has a name too, that of its id. */
export function columnNameOf(by: ByColumn): string {
  if (by === 'user' || by === 'place') return `${by}_id`
  return by === 'hour-of-day' ? 'hour_of_day' : by
}

/** The columns of a preset's answer, as `--pivot` calls them. */
export function keysOfPreset({ tags, allTags, by }: Pick<Preset, 'tags' | 'allTags' | 'by'>): (ByColumn | 'tag')[] {
  return allTags || tags.length > 1 ? ['tag', ...by] : [...by]
}

export const TWEET_KINDS = ['original', 'retweet', 'reply', 'quote'] as const satisfies readonly Kind[]

/** How many tweets the lake has: the question from which others differ. */
export const COUNT_ALL: Preset = {
  tags: [],
  allTags: false,
  by: [],
  metric: 'tweets',
  from: undefined,
  to: undefined,
  langs: [],
  kinds: [],
  users: [],
  top: undefined,
  order: undefined,
  cumulative: false,
  compare: undefined,
  pivot: undefined,
}

/** @throws TwdwError E_USAGE */
export function parseKind(text: string): Kind {
  return oneOf(TWEET_KINDS, text, 'a kind of tweet')
}

/** @throws TwdwError E_USAGE */
export function parseBy(text: string): ByColumn {
  return oneOf(BY_COLUMNS, text, 'a way to part tweets')
}

/** `true` and `false` are what a variable or a settings file may say instead of a column. @throws TwdwError E_USAGE */
export function parsePivot(text: string): PivotColumn | undefined {
  if (text === 'false') return undefined
  return oneOf(PIVOT_COLUMNS, text === 'true' ? 'last' : text, 'a column')
}

function oneOf<T extends string>(words: readonly T[], text: string, what: string): T {
  const found = words.find(word => word === text)
  if (found !== undefined) return found
  throw new TwdwError('E_USAGE', `not ${what}: "${text}"`, { hint: `write one of ${words.join(', ')}` })
}

/**
 * A tag to ask for: with or without `#`, any spelling. Laxer than what X takes for a hashtag, because old tweets
 * carry hashtags of other rules.
 * @throws TwdwError E_USAGE when nothing is left
 */
export function parseAskedTag(text: string): string {
  const tag = foldTag(text.trim().replace(/^[#＃]/, ''))
  if (tag === '') throw new TwdwError('E_USAGE', `not a hashtag: "${text}"`, { hint: 'write it as covid19' })
  return tag
}

/**
 * `@name`, `name` or an id. Digits alone are an id; `@123` is the user whose name is 123.
 * @throws TwdwError E_USAGE
 */
export function parseUser(text: string): UserRef {
  if (isInt64Id(text)) return { id: text }
  const [, username] = /^@?([A-Za-z0-9_]+)$/.exec(text) ?? []
  if (username === undefined || /^\d+$/.test(text)) {
    throw new TwdwError('E_USAGE', `not a user: "${text}"`, { hint: 'write a name as @name, or an id as digits' })
  }
  return { username: username.toLowerCase() }
}

const WALL_TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2})(?::00(?::00)?)?(Z|[+-]\d{2}:\d{2})?)?$/

/**
 * `2019-02-16`, `2019-02-16T23`, or with an offset `2019-02-16T23-03:00`.
 * @throws TwdwError E_USAGE when it is none of these, or a day or hour that the calendar has not
 */
export function parseWallTime(text: string): WallTime {
  const [, date, hour = '00', offset] = WALL_TIME.exec(text) ?? []
  const wallMs = Date.parse(`${date}T${hour}:00:00Z`)
  // Date.parse rolls 2024-02-30 over into March, and hour 24 into the next day
  const isOfX = wallMs >= MIN_INSTANT_MS && wallMs <= MAX_INSTANT_MS
  const wrote = date !== undefined && isOfX && hourOf(wallMs) === `${date}T${hour}`
  const offsetMs = offset === undefined ? undefined : offsetMsOf(offset)
  if (!wrote || Number.isNaN(offsetMs)) {
    throw new TwdwError('E_USAGE', `not a date or an hour: "${text}"`, {
      hint: "write 2019-02-16 or 2019-02-16T23 in the lake's time zone, or 2019-02-16T23-03:00",
    })
  }
  return { text, wallMs, offsetMs }
}

function offsetMsOf(text: string): number {
  return Date.parse('1970-01-01T00:00:00Z') - Date.parse(`1970-01-01T00:00:00${text}`)
}

/**
 * The instants that a span of wall clocks means. An hour that a zone has twice begins the first time; one that it
 * skips begins where the clocks go on.
 * @throws TwdwError E_USAGE when the span is empty, or a side lies inside a local hour
 */
export function resolveSpan(times: { from: WallTime | undefined; to: WallTime | undefined }, zone: Zone): Span {
  const fromMs = times.from && toInstantMs(times.from, zone)
  const toMs = times.to && toInstantMs(times.to, zone)
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw new TwdwError('E_USAGE', `there is no time from ${times.from?.text} to ${times.to?.text}`, {
      hint: '--to is the first day or hour that is left out, so it must be later than --from',
    })
  }
  return { fromMs, toMs }
}

function toInstantMs(time: WallTime, zone: Zone): number {
  if (time.offsetMs === undefined) return firstInstantMs(time.wallMs, zone.clock)
  const ms = time.wallMs - time.offsetMs
  if (zone.clock.hourStartMs(ms) !== ms) {
    throw new TwdwError(
      'E_USAGE',
      `"${time.text}" lies inside an hour of ${zone.name}, and tweets are counted by its hours`,
      {
        hint: "leave the offset out to name an hour of the lake's time zone",
      },
    )
  }
  return ms
}

/** The UTC hours of the lake in which tweets of a span lie. */
export function hoursOfSpan(span: Span): HourRange {
  return {
    from: span.fromMs === undefined ? undefined : hourOf(span.fromMs),
    to: span.toMs === undefined ? undefined : (hourOf(span.toMs + HOUR_MS - 1) as Hour),
  }
}
