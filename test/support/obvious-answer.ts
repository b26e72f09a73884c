/**
 * The answer to a preset, worked out as a person would who has the facts on paper: tweet by tweet, without SQL.
 * Rows are unsorted; `--top` and `--order` are not its matter.
 */
import type { ByColumn, Metric, Preset, Span } from '../../src/lib/domain/question/preset.ts'
import type { obviousStar } from './obvious-star.ts'

export type ObviousStar = ReturnType<typeof obviousStar>
type Fact = Record<string, unknown>

/** A tweet under one tag, one other hashtag and one rule, as far as the preset asks for them. */
interface Sighting {
  fact: Fact
  tag: string | undefined
  hashtag: string | undefined
  rule: string | undefined
}

/** @returns values as text in the order of the answer's columns (ids of users and places without their names) */
export function obviousAnswer(preset: Preset, span: Span, stars: readonly ObviousStar[]): (string | null)[][] {
  const cells = new Map<string, { key: (string | null)[]; facts: Fact[] }>()
  const sightings = stars.flatMap(star => star.fact_tweet.flatMap(fact => sightingsOf(fact as Fact, star, preset)))
  for (const sighting of sightings.filter(({ fact }) => isWanted(fact, preset, span, stars))) {
    const key = keysOf(sighting, preset)
    const cell = cells.get(JSON.stringify(key)) ?? { key, facts: [] }
    cells.set(JSON.stringify(key), cell)
    cell.facts.push(sighting.fact)
  }
  if (cells.size === 0 && preset.by.length === 0 && preset.tags.length <= 1 && !preset.allTags) return [['0']]
  return [...cells.values()].map(({ key, facts }) => [...key, String(metricOf(preset.metric, facts))])
}

/**
 * The same for running totals: each time has all tweets of its series up to its end. Time is the last of the columns.
 */
export function obviousTotals(preset: Preset, span: Span, stars: readonly ObviousStar[]): (string | null)[][] {
  const sightings = stars
    .flatMap(star => star.fact_tweet.flatMap(fact => sightingsOf(fact as Fact, star, preset)))
    .filter(({ fact }) => isWanted(fact, preset, span, stars))
    .map(sighting => ({ fact: sighting.fact, key: keysOf(sighting, preset) }))
  const keys = new Map(sightings.map(({ key }) => [JSON.stringify(key), key]))
  return [...keys.values()].map(key => {
    const soFar = sightings.filter(
      other =>
        JSON.stringify(other.key.slice(0, -1)) === JSON.stringify(key.slice(0, -1)) && other.key.at(-1)! <= key.at(-1)!,
    )
    const facts = soFar.map(({ fact }) => fact)
    return [...key, String(metricOf(preset.metric, facts))]
  })
}

function sightingsOf(fact: Fact, star: ObviousStar, preset: Preset): Sighting[] {
  const all = star.bridge_tweet_hashtag.filter(row => row.tweet_id === fact.tweet_id).map(row => String(row.tag))
  const rules = star.bridge_tweet_rule.filter(row => row.tweet_id === fact.tweet_id).map(row => String(row.rule))
  const tags = preset.allTags ? all : all.filter(tag => preset.tags.includes(tag))
  const isTagged = preset.allTags || preset.tags.length > 0
  return (isTagged ? tags : [undefined]).flatMap(tag =>
    (preset.by.includes('hashtag') ? all.filter(other => other !== tag) : [undefined]).flatMap(hashtag =>
      (preset.by.includes('rule') ? rules : [undefined]).map(rule => ({ fact, tag, hashtag, rule })),
    ),
  )
}

function isWanted(fact: Fact, preset: Preset, span: Span, stars: readonly ObviousStar[]): boolean {
  const startMs = Date.parse(String(fact.hour_start))
  const isAuthored = preset.by.includes('user') || preset.metric === 'authors' || preset.metric === 'reach'
  return (
    fact.is_latest_version === true &&
    startMs >= (span.fromMs ?? Number.NEGATIVE_INFINITY) &&
    startMs < (span.toMs ?? Number.POSITIVE_INFINITY) &&
    (preset.langs.length === 0 || preset.langs.includes(String(fact.lang).toLowerCase())) &&
    (preset.kinds.length === 0 || preset.kinds.some(kind => kind === fact.kind)) &&
    (preset.users.length === 0 || preset.users.some(user => isUser(fact, user, stars))) &&
    !(isAuthored && fact.author_id === null) &&
    !(preset.by.includes('place') && fact.place_id === null)
  )
}

function isUser(fact: Fact, user: Preset['users'][number], stars: readonly ObviousStar[]): boolean {
  if ('id' in user) return fact.author_id === user.id
  const snapshots = stars.flatMap(star => star.dim_user_snapshot as Fact[])
  return snapshots.some(row => row.user_id === fact.author_id && String(row.username).toLowerCase() === user.username)
}

function keysOf({ fact, tag, hashtag, rule }: Sighting, preset: Preset): (string | null)[] {
  const keys = preset.by.map(by => keyOf(by, fact, hashtag, rule))
  return preset.allTags || preset.tags.length > 1 ? [tag ?? null, ...keys] : keys
}

function keyOf(by: ByColumn, fact: Fact, hashtag: string | undefined, rule: string | undefined): string | null {
  const date = String(fact.local_date)
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay() || 7
  switch (by) {
    case 'hour':
      return String(fact.hour_start).replace('.000Z', 'Z')
    case 'day':
      return date
    case 'week':
      return new Date(Date.parse(`${date}T00:00:00Z`) - (weekday - 1) * 86_400_000).toISOString().slice(0, 10)
    case 'month':
      return date.slice(0, 7)
    case 'year':
      return date.slice(0, 4)
    case 'weekday':
      return String(weekday)
    case 'hour-of-day':
      return String(fact.local_hour)
    case 'hashtag':
      return hashtag ?? null
    case 'rule':
      return rule ?? null
    default: {
      const value = fact[{ lang: 'lang', kind: 'kind', user: 'author_id', place: 'place_id' }[by]]
      return value === null ? null : String(value)
    }
  }
}

const COUNTS: Partial<Record<Metric, string>> = {
  retweets: 'retweet_count',
  replies: 'reply_count',
  likes: 'like_count',
  quotes: 'quote_count',
  impressions: 'impression_count',
}

function metricOf(metric: Metric, facts: readonly Fact[]): number {
  if (metric === 'tweets') return facts.length
  const most = new Map<unknown, number>()
  for (const { author_id, author_followers } of facts) {
    most.set(author_id, Math.max(most.get(author_id) ?? 0, Number(author_followers ?? 0)))
  }
  if (metric === 'authors') return most.size
  if (metric === 'reach') return [...most.values()].reduce((sum, followers) => sum + followers, 0)
  return facts.reduce((sum, fact) => sum + Number(fact[COUNTS[metric] ?? ''] ?? 0), 0)
}
