/**
 * Lines → tweets: what one JSON text from a source holds.
 *
 * The form is told line by line, because archives are glued together: stream lines, pages, flattened tweets, v1.1
 * statuses, search answers and notices stand in one file. Nothing is dropped: what is no tweet comes out as
 * rejected, with a reason that begins with one of a few clauses; a value may follow its last colon.
 */
import { hourOf } from '../hour.ts'
import { isInt64Id, tweetInstantMs } from '../instant.ts'
import type { Line, LineContent, ParsedTweet } from '../tweet.ts'
import { matchedRules, type RuleContext } from '../x/matched.ts'
import { arrayOf, InexactNumber, type JsonObject, objectOf, parseExactJson, quote, Refusal, textOf } from './json.ts'
import { isTorn } from './json-spans.ts'
import { type Part, partsOfAnswer, partsOfArray, partsOfPage } from './page.ts'
import { isStatus, tweetFromV1 } from './tweet-v1.ts'
import { type TweetColumns, tweetFromV2 } from './tweet-v2.ts'

/** What the listener knows and the line does not. */
export type LineContext = RuleContext

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/** Members by which X's notices are known; the member's name is the notice's. */
const NOTICES = ['delete', 'limit', 'scrub_geo', 'status_withheld', 'user_withheld', 'disconnect', 'warning']

/** What a reason begins with when it is no fault of the line. */
export const OWN_FAULT = 'fault of twdw'

/**
 * Read one line. Never throws: the fault of a line, or of a part of a page, is the reason why it is rejected. The bytes
 * of what comes out may be a view of the line's: whoever keeps them longer than the line makes a copy.
 */
export function parseLine(line: Line, context: LineContext): LineContent {
  try {
    return contentOfLine(line, context)
  } catch (error) {
    // one line that nobody thought of is kept with the rejected, and does not bring a listener down
    return rejectedLine(line.bytes, `${OWN_FAULT}: ${(error as Error).message}`)
  }
}

function contentOfLine(line: Line, context: LineContext): LineContent {
  let { bytes } = line
  // files that were glued together have marks anywhere, and more than one
  while (BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte)) bytes = bytes.subarray(BYTE_ORDER_MARK.length)
  let text: string
  try {
    text = UTF8.decode(bytes)
  } catch {
    return rejectedLine(bytes, 'not UTF-8')
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return contentOfNoJson(text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''), bytes)
  }
  try {
    return contentOf({ json, bytes }, context)
  } catch (error) {
    if (!(error instanceof InexactNumber)) throw error
    return contentOfInexact(text, bytes, context)
  }
}

function contentOfInexact(text: string, bytes: Uint8Array, context: LineContext): LineContent {
  let json: unknown
  try {
    json = parseExactJson(text)
  } catch {
    // unlike JSON.parse alone, a reviver takes stack for each level
    return rejectedLine(bytes, 'invalid JSON: nested too deeply')
  }
  return contentOf({ json, bytes }, context)
}

function rejectedLine(bytes: Uint8Array, reason: string): LineContent {
  return { tweets: [], rejected: [{ bytes, reason }] }
}

/** @param text without white space around it */
function contentOfNoJson(text: string, bytes: Uint8Array): LineContent {
  if (text === '') return { tweets: [], rejected: [] }
  if (text === 'keep-alive') return rejectedLine(bytes, 'notice: keep-alive')
  if (!text.startsWith('{') && !text.startsWith('[')) return rejectedLine(bytes, 'invalid JSON: no object')
  return rejectedLine(bytes, isTorn(bytes) ? 'invalid JSON: breaks off' : 'invalid JSON: malformed')
}

function contentOf(line: Part, context: LineContext): LineContent {
  const parts = Array.isArray(line.json)
    ? partsOfArray(line.json, line.bytes).flatMap(partsOfObject)
    : partsOfObject(line)
  const content: LineContent = { tweets: [], rejected: [] }
  for (const part of parts) {
    try {
      content.tweets.push(tweetOf(part, context))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      content.rejected.push({ bytes: part.bytes, reason: error.message })
    }
  }
  return parts.length === 0 ? rejectedLine(line.bytes, noticeOf(objectOf(line.json)) ?? 'notice: empty page') : content
}

/** One part for each tweet that an object may hold; the object itself where it is no page. */
function partsOfObject(part: Part): Part[] {
  const json = objectOf(part.json)
  if (json === undefined) return [part]
  if (Array.isArray(json.data)) return partsOfPage(json, part.bytes)
  if (Array.isArray(json.statuses)) return partsOfAnswer(json, part.bytes)
  return [part]
}

/** @throws Refusal, InexactNumber */
function tweetOf(part: Part, context: LineContext): ParsedTweet {
  const json = objectOf(part.json)
  if (json === undefined) throw new Refusal(`no tweet: ${nameOfType(part.json)}`)
  const columns = columnsOf(json)
  const { rules, isForeign } = matchedRules(json, columns.hashtags, context)
  const tweet = { ...columns, rules, raw: part.bytes }
  if (tweet.tweet_id === '') throw new Refusal('no tweet: no id')
  if (!isInt64Id(tweet.tweet_id)) throw new Refusal(`bad tweet: id is no INT64: ${quote(tweet.tweet_id)}`)
  const ms = tweetInstantMs(tweet.tweet_id, tweet.created_at)
  if (ms !== undefined) return { tweet, hour: hourOf(ms), ...(isForeign && { isForeign }) }
  throw new Refusal(
    tweet.created_at === null
      ? `bad tweet: no created_at, and the id tells no time: ${tweet.tweet_id}`
      : `bad tweet: created_at is no instant: ${quote(tweet.created_at)}`,
  )
}

function columnsOf(json: JsonObject): TweetColumns {
  const data = objectOf(json.data)
  if (data !== undefined) return tweetFromV2(data, objectOf(json.includes))
  if (isStatus(json)) return tweetFromV1(json)
  if (json.id !== undefined) return tweetFromV2(json, undefined)
  throw new Refusal(noticeOf(json) ?? `no tweet: unknown form: ${quote(Object.keys(json).join(' ') || '{}')}`)
}

/** The reason of a message that is not about a tweet but from X to the listener; undefined when it is none. */
function noticeOf(json: JsonObject | undefined): string | undefined {
  if (json === undefined) return undefined
  const name = NOTICES.find(key => objectOf(json[key]) !== undefined)
  if (name !== undefined) return `notice: ${name}`
  // a problem stands in `errors`, or, when a connection is refused, is the whole message
  const problem = objectOf(arrayOf(json.errors)[0]) ?? (json.title === undefined ? undefined : json)
  if (problem !== undefined) return `notice: error: ${quote(titleOf(problem))}`
  return objectOf(json.meta) === undefined ? undefined : 'notice: empty page'
}

function titleOf(problem: JsonObject): string {
  return (
    textOf(problem.disconnect_type) ??
    textOf(problem.connection_issue) ??
    textOf(problem.title) ??
    textOf(problem.message) ??
    'unnamed'
  )
}

function nameOfType(json: unknown): string {
  if (json === null) return 'null'
  return Array.isArray(json) ? 'array in an array' : typeof json
}
