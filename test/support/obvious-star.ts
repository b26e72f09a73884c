/**
 * The star of an hour, written to be read and not to be quick: objects, BigInts, Intl, one row at a time.
 * It says what `buildStar` must give, table by table and row by row, in the form of `plainRows`.
 */
import { parseInstantMs, tweetInstantMs } from '../../src/lib/domain/instant.ts'
import { LAYER1 } from '../../src/lib/domain/layer1.ts'
import { foldTag } from '../../src/lib/domain/tag.ts'
import { DEFAULT_CAPTURED_AT, type Layer1Row, NOTHING } from './layer1-rows.ts'

type Row = Record<string, unknown>
type FilledRow = Layer1Row & { captured_at: string; raw: string; source: string }

interface Kept {
  row: FilledRow
  deliveries: FilledRow[]
  createdMs: number
  original: string
  version: number
  isLatest: boolean
}

export function obviousStar(rows: readonly Layer1Row[], hour: string, timeZone: string) {
  const fromMs = Date.parse(`${hour}:00:00Z`)
  const filled = rows.map(row => ({ source: 'stream', captured_at: DEFAULT_CAPTURED_AT, raw: '', ...row }) as FilledRow)
  const good = filled.filter(row => refusal(row, fromMs) === undefined)
  const kept = keepOneEach(good)
  const facts = kept.map(tweet => factOf(tweet, timeZone))
  const bridge = kept.flatMap(hashtagsOf).sort(byKeys('tag', 'tweet_id'))
  const tagged = bridge.map(entry => {
    const fact = facts.find(({ tweet_id }) => tweet_id === entry.tweet_id) as Row
    return { ...fact, ...entry, utc_hour: isoOf(fromMs) } as Row
  })
  const counted = tagged.filter(fact => fact.is_latest_version)
  return {
    fact_tweet: facts,
    bridge_tweet_hashtag: bridge,
    bridge_tweet_rule: kept.flatMap(rulesOf).sort(byKeys('rule', 'tweet_id')),
    dim_user_snapshot: usersOf(good),
    dim_place: placesOf(good),
    dim_hashtag: groupBy(tagged, ['tag', 'spelling'], group => ({
      tweets: group.filter(fact => fact.is_latest_version).length,
      first_seen_at: group.map(fact => fact.created_at as string).sort()[0],
    })),
    agg_hashtag_hour: groupBy(
      counted,
      ['tag', 'hour_start', 'lang', 'kind', 'local_date', 'local_hour', 'utc_hour'],
      group => ({
        tweets: group.length,
        retweets: sumOf(group, 'retweet_count'),
        replies: sumOf(group, 'reply_count'),
        likes: sumOf(group, 'like_count'),
        quotes: sumOf(group, 'quote_count'),
        bookmarks: sumOf(group, 'bookmark_count'),
        impressions: sumOf(group, 'impression_count'),
      }),
    ).sort(byKeys('tag', 'hour_start', 'lang', 'kind')),
    agg_hashtag_user_hour: groupBy(
      counted.filter(fact => fact.author_id !== null).map(fact => ({ ...fact, user_id: fact.author_id })),
      ['tag', 'hour_start', 'user_id', 'local_date', 'local_hour', 'utc_hour'],
      group => ({ tweets: group.length, followers: maxOf(group, 'author_followers') }),
    ).sort(byKeys('tag', 'hour_start', 'user_id')),
    counts: {
      read: rows.length,
      duplicates: good.length - kept.length,
      rejected: rows.length - good.length,
      tweets: kept.length,
    },
    rejected: filled.filter(row => refusal(row, fromMs) !== undefined).sort(byLine),
  }
}

function refusal(row: FilledRow, fromMs: number): string | undefined {
  const isId = (text: string | null | undefined) => text == null || (/^\d+$/.test(text) && BigInt(text) < 2n ** 63n)
  const ids = [row.tweet_id, row.author_id, row.conversation_id, row.referenced_id, row.in_reply_to_user_id]
  if (![...ids, ...(row.edit_history_ids ?? [])].every(isId)) return 'an id'
  const ms = tweetInstantMs(row.tweet_id, row.created_at ?? null)
  if (ms === undefined || ms < fromMs || ms >= fromMs + 3_600_000) return 'created_at'
  if (row.user_created_at != null && parseInstantMs(row.user_created_at) === undefined) return 'user_created_at'
  return ['original', 'retweet', 'reply', 'quote'].includes(row.kind ?? 'original') ? undefined : 'kind'
}

/** Oldest capture first, then by the bytes of `raw`, which tell any two rows apart. */
function byLine(a: FilledRow, b: FilledRow): number {
  return Date.parse(a.captured_at) - Date.parse(b.captured_at) || compareLayer1(a.raw, b.raw)
}

/** Oldest capture first, then by id, then by all other columns but `raw` in the order of the schema. */
function byAge(a: FilledRow, b: FilledRow): number {
  const laterMs = Date.parse(a.captured_at) - Date.parse(b.captured_at)
  if (laterMs !== 0) return laterMs
  if (a.tweet_id !== b.tweet_id && /^\d+$/.test(`${a.tweet_id}${b.tweet_id}`))
    return BigInt(a.tweet_id) < BigInt(b.tweet_id) ? -1 : 1
  for (const { name } of LAYER1.fields) {
    const [x, y] = [a, b].map(row => ({ ...NOTHING, ...row })[name as keyof FilledRow])
    const order = name === 'raw' ? 0 : compareLayer1(x, y)
    if (order !== 0) return order
  }
  return 0
}

/** Nulls first, texts by their bytes, lists item by item. */
function compareLayer1(x: unknown, y: unknown): number {
  if (x == null || y == null) return Number(x != null) - Number(y != null)
  if (Array.isArray(x) && Array.isArray(y)) {
    const unequal = x.findIndex((item, i) => i < y.length && item !== y[i])
    return unequal < 0 ? x.length - y.length : compareLayer1(x[unequal], y[unequal])
  }
  return typeof x === 'string' ? Buffer.compare(Buffer.from(x), Buffer.from(String(y))) : Number(x) - Number(y)
}

function keepOneEach(good: readonly FilledRow[]): Kept[] {
  const byId = Map.groupBy([...good].sort(byAge), row => BigInt(row.tweet_id))
  const kept = [...byId.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, deliveries]) => {
      const row = deliveries.at(-1) as FilledRow
      const history = (row.edit_history_ids ?? []).map(BigInt)
      const place = history.indexOf(id)
      return {
        row,
        deliveries,
        createdMs: tweetInstantMs(row.tweet_id, row.created_at ?? null) as number,
        original: String(history[0] ?? id),
        version: place === -1 ? history.length : place,
        isLatest: true,
      }
    })
  for (const tweet of kept) {
    const isLater = (other: Kept) =>
      other.version > tweet.version ||
      (other.version === tweet.version && BigInt(other.row.tweet_id) > BigInt(tweet.row.tweet_id))
    tweet.isLatest = !kept.some(other => other.original === tweet.original && isLater(other))
  }
  return kept
}

function factOf({ row, deliveries, createdMs, original, version, isLatest }: Kept, timeZone: string): Row {
  const wall = wallClock(createdMs, timeZone)
  return {
    tweet_id: plainId(row.tweet_id),
    original_id: original,
    edit_version: version,
    is_latest_version: isLatest,
    author_id: plainId(row.author_id),
    conversation_id: plainId(row.conversation_id),
    kind: row.kind ?? 'original',
    referenced_id: plainId(row.referenced_id),
    in_reply_to_user_id: plainId(row.in_reply_to_user_id),
    lang: row.lang ?? null,
    place_id: row.place_id ?? null,
    created_at: isoOf(createdMs),
    created_at_local: wall,
    local_date: wall.slice(0, 10),
    local_hour: Number(wall.slice(11, 13)),
    hour_start: isoOf(hourStart(createdMs, timeZone)),
    text: row.text ?? '',
    text_truncated: row.text_truncated ?? false,
    possibly_sensitive: row.possibly_sensitive ?? null,
    retweet_count: row.retweet_count ?? null,
    reply_count: row.reply_count ?? null,
    like_count: row.like_count ?? null,
    quote_count: row.quote_count ?? null,
    bookmark_count: row.bookmark_count ?? null,
    impression_count: row.impression_count ?? null,
    author_followers: row.user_followers ?? null,
    longitude: row.place_longitude ?? null,
    latitude: row.place_latitude ?? null,
    source: row.source,
    first_captured_at: isoOf(Math.min(...deliveries.map(({ captured_at }) => Date.parse(captured_at)))),
    captured_at: isoOf(Date.parse(row.captured_at)),
  }
}

function hashtagsOf({ row }: Kept): Row[] {
  const byTag = Map.groupBy(row.hashtags ?? [], foldTag)
  byTag.delete('')
  return [...byTag].map(([tag, spellings]) => ({
    tag,
    tweet_id: plainId(row.tweet_id),
    spelling: spellings[0],
    occurrences: spellings.length,
  }))
}

function rulesOf({ row, deliveries }: Kept): Row[] {
  const rules = new Set(deliveries.flatMap(delivery => delivery.rules ?? []))
  return [...rules].map(rule => ({ rule, tweet_id: plainId(row.tweet_id) }))
}

function usersOf(good: readonly FilledRow[]): Row[] {
  const described = good.filter(
    row => row.author_id != null && (row.user_username ?? row.user_name ?? row.user_followers) != null,
  )
  const byAuthor = Map.groupBy([...described].sort(byAge), row => plainId(row.author_id))
  const users = [...byAuthor].map(([user_id, snapshots]) => {
    const row = snapshots.at(-1) as FilledRow
    return {
      user_id,
      username: row.user_username ?? null,
      name: row.user_name ?? null,
      description: row.user_description ?? null,
      location: row.user_location ?? null,
      verified: row.user_verified ?? null,
      verified_type: row.user_verified_type ?? null,
      protected: row.user_protected ?? null,
      created_at: row.user_created_at == null ? null : isoOf(parseInstantMs(row.user_created_at) as number),
      followers: row.user_followers ?? null,
      following: row.user_following ?? null,
      tweets: row.user_tweets ?? null,
      listed: row.user_listed ?? null,
      observed_at: isoOf(Date.parse(row.captured_at)),
    }
  })
  return users.sort(byKeys('user_id'))
}

function placesOf(good: readonly FilledRow[]): Row[] {
  const described = good.filter(row => row.place_id != null && (row.place_full_name ?? row.place_name) != null)
  const places = [...Map.groupBy([...described].sort(byAge), row => row.place_id)].map(([place_id, seen]) => {
    const row = seen.at(-1) as FilledRow
    return {
      place_id,
      full_name: row.place_full_name ?? null,
      name: row.place_name ?? null,
      place_type: row.place_type ?? null,
      country: row.place_country ?? null,
      country_code: row.place_country_code ?? null,
      observed_at: isoOf(Date.parse(row.captured_at)),
    }
  })
  return places.sort(byKeys('place_id'))
}

function groupBy(rows: readonly Row[], keys: readonly string[], summarise: (group: Row[]) => Row): Row[] {
  const groups = Map.groupBy(rows, row => JSON.stringify(keys.map(key => row[key])))
  return [...groups.values()]
    .map(group => ({ ...Object.fromEntries(keys.map(key => [key, group[0]?.[key]])), ...summarise(group) }))
    .sort(byKeys(...keys))
}

const sumOf = (group: readonly Row[], column: string) =>
  group.reduce((sum, row) => sum + ((row[column] as number | null) ?? 0), 0)

function maxOf(group: readonly Row[], column: string): number | null {
  const values = group.flatMap(row => (row[column] === null ? [] : [row[column] as number]))
  return values.length === 0 ? null : Math.max(...values)
}

/** Nulls first, ids as numbers, text by its bytes. */
function byKeys(...keys: readonly string[]): (a: Row, b: Row) => number {
  return (a, b) => keys.map(key => compareValues(key, a[key], b[key])).find(order => order !== 0) ?? 0
}

function compareValues(key: string, a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  if (key.endsWith('_id') && key !== 'place_id') return BigInt(a as string) < BigInt(b as string) ? -1 : Number(a !== b)
  if (typeof a === 'number') return a - (b as number)
  return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string))
}

const plainId = (text: string | null | undefined) => (text == null ? null : String(BigInt(text)))
const isoOf = (ms: number) => new Date(ms).toISOString()

const formats = new Map<string, Intl.DateTimeFormat>()

/** `2024-01-01T07:00:00.000` */
export function wallClock(instantMs: number, timeZone: string): string {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-CA-u-hc-h23', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  formats.set(timeZone, format)
  const parts = format.formatToParts(instantMs)
  const part = (type: string) => parts.find(one => one.type === type)?.value.padStart(2, '0')
  const ms = String(((instantMs % 1000) + 1000) % 1000).padStart(3, '0')
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}.${ms}`
}

/** Back, minute by minute, as long as the clock on the wall runs on unbroken and shows the same hour. */
export function hourStart(instantMs: number, timeZone: string): number {
  const wallMs = (ms: number) => Date.parse(`${wallClock(ms, timeZone)}Z`)
  let startMs = Math.floor(instantMs / 60_000) * 60_000
  for (;;) {
    const earlier = startMs - 60_000
    const isUnbroken = wallMs(startMs) - wallMs(earlier) === 60_000
    if (!isUnbroken || new Date(wallMs(earlier)).getUTCHours() !== new Date(wallMs(startMs)).getUTCHours())
      return startMs
    startMs = earlier
  }
}
