/** Recent search and counts over the tweets that the double holds: windows, pages, empty answers and refusals like X's. */
import type { StreamLine } from './lines.ts'

type Query = Readonly<Record<string, string>>

interface SearchAnswer {
  status: number
  body: Record<string, unknown>
}

/** What search looks through. */
export interface Shelf {
  tweets: readonly StreamLine[]
  /** ids of tweets that it does not have */
  hidden: readonly string[]
  /** at most how many tweets the next pages have; each answer takes one off */
  pages: number[]
}

const DAY_MS = 86_400_000
const GRANULARITY_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: DAY_MS }
const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
const MAX_QUERY_CHARS = 512
const TOKEN = 'b26v89c19zqg8o3f'
const SEARCH_PARAMETERS = [
  ...['query', 'start_time', 'end_time', 'since_id', 'until_id', 'max_results', 'next_token', 'sort_order'],
  ...['expansions', 'tweet.fields', 'user.fields', 'place.fields', 'media.fields', 'poll.fields'],
]

/** `GET /2/tweets/search/recent`: newest first; retweets are never found, and of an edited tweet the last version only. */
export function searchRecent(shelf: Shelf, query: Query, nowMs: number): SearchAnswer & { posts: number } {
  const fault = searchFault(query, nowMs)
  if (fault !== undefined) return { ...fault, posts: 0 }
  const startMs = query.start_time === undefined ? nowMs - 7 * DAY_MS : Date.parse(query.start_time)
  const replaced = new Set(shelf.tweets.flatMap(({ data }) => earlierVersions(data)))
  const found = inWindow(shelf.tweets, query, startMs, nowMs)
    .filter(({ data }) => !shelf.hidden.includes(data.id) && !replaced.has(data.id))
    .filter(({ data }) => query.since_id === undefined || BigInt(data.id) > BigInt(query.since_id))
    .filter(({ data }) => query.until_id === undefined || BigInt(data.id) < BigInt(query.until_id))
    .sort((a, b) => (BigInt(a.data.id) < BigInt(b.data.id) ? 1 : -1))
  // what the default is X does not say; whoever wants the newest first must ask for it
  if (query.sort_order !== 'recency') found.reverse()
  // a token stands for the tweet behind which the next page begins, so that new ones do not move the pages
  const start =
    query.next_token === undefined ? 0 : found.findIndex(({ data }) => tokenOf(data.id) === query.next_token)
  const size = Math.min(Number(query.max_results ?? 10), shelf.pages.shift() ?? Number.POSITIVE_INFINITY)
  const page = start === -1 ? [] : found.slice(start, start + size)
  const next = found[start + page.length]
  const [newest, oldest] = [page[0], page.at(-1)]
  const body = {
    ...(page.length > 0 && { data: page.map(line => line.data), includes: includesOf(page) }),
    meta: {
      ...(newest && oldest && { newest_id: newest.data.id, oldest_id: oldest.data.id }),
      result_count: page.length,
      ...(next !== undefined && start !== -1 && { next_token: tokenOf(next.data.id) }),
    },
  }
  return { status: 200, body, posts: page.length }
}

function searchFault(query: Query, nowMs: number): SearchAnswer | undefined {
  const unknown = Object.keys(query).find(parameter => !SEARCH_PARAMETERS.includes(parameter))
  if (unknown !== undefined) {
    const message = `The query parameter [${unknown}] is not one of [${SEARCH_PARAMETERS}]`
    return invalidRequest({ [unknown]: [query[unknown]] }, message)
  }
  const text = query.query ?? ''
  if (text === '') return invalid('query', text, 'can not be empty')
  if (text.length > MAX_QUERY_CHARS) return invalid('query', text, `is longer than ${MAX_QUERY_CHARS} characters`)
  if (/(?:^|[\s(])sample:/.test(text)) {
    const message = "There were errors processing your request: Reference to invalid operator 'sample'."
    return invalidRequest({ query: [text] }, message)
  }
  const pageSize = Number(query.max_results ?? 10)
  if (!(pageSize >= 10 && pageSize <= 100)) {
    return invalid('max_results', query.max_results ?? '', 'is not between 10 and 100')
  }
  if (!['recency', 'relevancy', undefined].includes(query.sort_order)) {
    return invalid('sort_order', query.sort_order ?? '', 'is not one of [recency,relevancy]')
  }
  const firstMs = nowMs - 7 * DAY_MS
  if (query.start_time !== undefined && !(Date.parse(query.start_time) >= firstMs)) {
    return invalid('start_time', query.start_time, "must be a minimum of 7 days after the 'end_time'")
  }
  const firstId = BigInt(firstMs - SNOWFLAKE_EPOCH_MS) << 22n
  const tooOld = ['since_id', 'until_id'].find(key => query[key] !== undefined && BigInt(query[key]) < firstId)
  if (tooOld === undefined) return undefined
  const after = `[${new Date(firstMs).toISOString()}]. Please use a '${tooOld}' that is larger than ${firstId}`
  return invalidRequest({ [tooOld]: [query[tooOld]] }, `'${tooOld}' must be a tweet id created after ${after}`)
}

function tokenOf(id: string): string {
  return TOKEN + BigInt(id).toString(36)
}

function earlierVersions(data: StreamLine['data']): string[] {
  const versions = (data.edit_history_tweet_ids ?? []) as string[]
  return versions.filter(id => id !== data.id && BigInt(id) < BigInt(data.id))
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
  const text = query.query ?? ''
  const asked = {
    tags: [...text.replace(/"[^"]*"/g, '').matchAll(/#([^\s()]+)/g)].map(([, tag = '']) => accentFree(tag)),
    phrases: [...text.matchAll(/"([^"]*)"/g)].map(([, phrase = '']) => phrase.toLowerCase()),
  }
  return tweets.filter(line => {
    const createdMs = Date.parse(line.data.created_at)
    return createdMs >= startMs && createdMs < endMs && !isRetweet(line) && hasAny(line, asked)
  })
}

/** Search, unlike the stream, does not tell accents apart. */
function accentFree(tag: string): string {
  return tag.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

/** Hashtags and quoted phrases, of which any will do; a query without them finds everything. */
function hasAny(
  { data }: StreamLine,
  { tags, phrases }: { tags: readonly string[]; phrases: readonly string[] },
): boolean {
  const entities = data.entities as { hashtags?: { tag: string }[] } | undefined
  return (
    tags.length + phrases.length === 0 ||
    (entities?.hashtags ?? []).some(({ tag }) => tags.includes(accentFree(tag))) ||
    phrases.some(phrase => data.text.toLowerCase().includes(phrase))
  )
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
  return invalidRequest({ [parameter]: [value] }, `The \`${parameter}\` parameter [${value}] ${fault}`)
}

function invalidRequest(parameters: Record<string, unknown>, message: string): SearchAnswer {
  return {
    status: 400,
    body: {
      errors: [{ parameters, message }],
      title: 'Invalid Request',
      detail: 'One or more parameters to your request was invalid.',
      type: 'https://api.x.com/2/problems/invalid-request',
    },
  }
}
