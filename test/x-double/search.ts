/** Recent search and counts over the tweets that the double holds: windows, pages and empty answers like X's. */
import type { StreamLine } from './lines.ts'

type Query = Readonly<Record<string, string>>

interface SearchAnswer {
  status: number
  body: Record<string, unknown>
}

const DAY_MS = 86_400_000
const GRANULARITY_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: DAY_MS }

/** `GET /2/tweets/search/recent`: newest first; retweets are never found. */
export function searchRecent(tweets: readonly StreamLine[], query: Query, nowMs: number): SearchAnswer {
  const pageSize = Number(query.max_results ?? 10)
  if (!(pageSize >= 10 && pageSize <= 100)) {
    return invalid('max_results', query.max_results ?? '', 'is not between 10 and 100')
  }
  const startMs = query.start_time === undefined ? nowMs - 7 * DAY_MS : Date.parse(query.start_time)
  if (!(startMs >= nowMs - 7 * DAY_MS)) {
    return invalid('start_time', query.start_time ?? '', "must be a minimum of 7 days after the 'end_time'")
  }
  const found = inWindow(tweets, query, startMs, nowMs)
    .filter(({ data }) => query.since_id === undefined || BigInt(data.id) > BigInt(query.since_id))
    .filter(({ data }) => query.until_id === undefined || BigInt(data.id) < BigInt(query.until_id))
    .sort((a, b) => (BigInt(a.data.id) < BigInt(b.data.id) ? 1 : -1))
  const start = query.next_token === undefined ? 0 : Number(query.next_token.replace('b26v89c19zqg8o3f', ''))
  const page = found.slice(start, start + pageSize)
  const end = start + page.length
  const [newest, oldest] = [page[0], page.at(-1)]
  return {
    status: 200,
    body: {
      ...(page.length > 0 && { data: page.map(line => line.data), includes: includesOf(page) }),
      meta: {
        ...(newest && oldest && { newest_id: newest.data.id, oldest_id: oldest.data.id }),
        result_count: page.length,
        ...(end < found.length && { next_token: `b26v89c19zqg8o3f${end}` }),
      },
    },
  }
}

/** `GET /2/tweets/counts/recent`: oldest first, empty buckets included. */
export function countsRecent(tweets: readonly StreamLine[], query: Query, nowMs: number): SearchAnswer {
  const stepMs = GRANULARITY_MS[query.granularity ?? 'hour']
  if (stepMs === undefined) return invalid('granularity', query.granularity ?? '', 'is not one of [minute,hour,day]')
  const startMs = query.start_time === undefined ? nowMs - 7 * DAY_MS : Date.parse(query.start_time)
  const endMs = query.end_time === undefined ? nowMs : Date.parse(query.end_time)
  if (query.end_time !== undefined && !(endMs <= nowMs - 10_000)) {
    return invalid('end_time', query.end_time, 'must be a minimum of 10 seconds prior to the request time')
  }
  if (!(startMs < endMs)) return invalid('start_time', query.start_time ?? '', "must be before the 'end_time'")
  const found = inWindow(tweets, query, startMs, nowMs).map(({ data }) => Date.parse(data.created_at))
  const data = []
  for (let fromMs = startMs; fromMs < endMs; fromMs = toMs(fromMs)) {
    const until = Math.min(toMs(fromMs), endMs)
    data.push({
      start: new Date(fromMs).toISOString(),
      end: new Date(until).toISOString(),
      tweet_count: found.filter(atMs => atMs >= fromMs && atMs < until).length,
    })
  }
  return { status: 200, body: { data, meta: { total_tweet_count: found.length } } }

  function toMs(fromMs: number): number {
    return fromMs - (fromMs % (stepMs ?? 1)) + (stepMs ?? 1)
  }
}

function inWindow(tweets: readonly StreamLine[], query: Query, startMs: number, nowMs: number): StreamLine[] {
  // left out, the end is half a minute ago
  const endMs = query.end_time === undefined ? nowMs - 30_000 : Date.parse(query.end_time)
  const asked = [...(query.query ?? '').matchAll(/#([^\s()]+)/g)].map(([, tag = '']) => accentFree(tag))
  return tweets.filter(line => {
    const createdMs = Date.parse(line.data.created_at)
    return createdMs >= startMs && createdMs < endMs && !isRetweet(line) && hasAny(line, asked)
  })
}

/** Search, unlike the stream, does not tell accents apart. */
function accentFree(tag: string): string {
  return tag.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

function hasAny(line: StreamLine, asked: readonly string[]): boolean {
  const entities = line.data.entities as { hashtags?: { tag: string }[] } | undefined
  return asked.length === 0 || (entities?.hashtags ?? []).some(({ tag }) => asked.includes(accentFree(tag)))
}

function isRetweet(line: StreamLine): boolean {
  const references = line.data.referenced_tweets as { type: string }[] | undefined
  return references?.some(({ type }) => type === 'retweeted') === true
}

function includesOf(page: readonly StreamLine[]): Record<string, unknown[]> {
  const users = new Map<string, unknown>()
  for (const user of page.flatMap(line => line.includes?.users ?? [])) users.set(JSON.stringify(user), user)
  const tweets = page.flatMap(line => line.includes?.tweets ?? [])
  return { users: [...users.values()], ...(tweets.length > 0 && { tweets }) }
}

function invalid(parameter: string, value: string, fault: string): SearchAnswer {
  return {
    status: 400,
    body: {
      errors: [{ parameters: { [parameter]: [value] }, message: `The \`${parameter}\` parameter [${value}] ${fault}` }],
      title: 'Invalid Request',
      detail: 'One or more parameters to your request was invalid.',
      type: 'https://api.x.com/2/problems/invalid-request',
    },
  }
}
