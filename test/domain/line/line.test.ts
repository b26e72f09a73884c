/** Lines of every form: a case is a folder in test/fixtures/lines. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LineContext, parseLine } from '../../../src/lib/domain/line/line.ts'
import type { LineContent, ParsedTweet, Tweet } from '../../../src/lib/domain/tweet.ts'
import { CAPTURES, FIXTURES } from '../../support/folders.ts'
import { NOTHING } from '../../support/layer1-rows.ts'

const CASES = join(FIXTURES, 'lines')

const NOTHING_LISTENED: LineContext = { listenedTags: [], ruleNames: {} }

/** The columns of a tweet of which X sent nothing but id and text. A fixture names those that differ. */
/** What every column is that a fixture does not list. */
const { text: _, kind: __, ...ABSENT } = NOTHING

/** What a fixture expects. `raw` and `text` are named where they are not the whole line. */
interface Expected {
  tweets: (Partial<Omit<Tweet, 'raw'>> & { hour: string; raw?: string; isForeign?: boolean })[]
  rejected: { reason: string; text?: string }[]
}

interface ReadLine {
  bytes: Uint8Array
  content: LineContent
}

/** Lines end with `\n`; a blank one holds nothing. */
function readLines(bytes: Uint8Array, context: LineContext): ReadLine[] {
  const lines: ReadLine[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0x0a, start) === -1 ? bytes.length : bytes.indexOf(0x0a, start)
    const line = bytes.subarray(start, bytes[end - 1] === 0x0d ? end - 1 : end)
    lines.push({ bytes: line, content: read(line, context) })
    start = end + 1
  }
  return lines
}

function read(bytes: Uint8Array, context = NOTHING_LISTENED): LineContent {
  return parseLine({ bytes, source: 'replay', capturedAtMs: 0 }, context)
}

function readText(text: string, context = NOTHING_LISTENED): LineContent {
  return read(new TextEncoder().encode(text), context)
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const withoutRaw = ({ tweet, hour }: ParsedTweet) => ({ ...tweet, hour, raw: undefined })

describe('a line', () => {
  it.each(readdirSync(CASES))('is read as the fixture %s says', name => {
    const expected = JSON.parse(readFileSync(join(CASES, name, 'expected.json'), 'utf8')) as Expected
    const contextFile = join(CASES, name, 'context.json')
    const context = existsSync(contextFile)
      ? { ...NOTHING_LISTENED, ...(JSON.parse(readFileSync(contextFile, 'utf8')) as Partial<LineContext>) }
      : NOTHING_LISTENED
    const lines = readLines(readFileSync(join(CASES, name, 'input.jsonl')), context)

    const tweets = lines.flatMap(({ bytes, content }) =>
      content.tweets.map(({ tweet, hour, isForeign }) => {
        const isWhole = latin1(tweet.raw) === latin1(bytes)
        return { ...tweet, hour, isForeign, raw: isWhole ? undefined : Buffer.from(tweet.raw).toString() }
      }),
    )
    const rejected = lines.flatMap(({ bytes, content }) =>
      content.rejected.map(part => {
        const isWhole = latin1(part.bytes) === latin1(bytes)
        return { reason: part.reason, text: isWhole ? undefined : Buffer.from(part.bytes).toString() }
      }),
    )
    expect(tweets).toEqual(expected.tweets.map(tweet => ({ ...ABSENT, ...tweet })))
    expect(rejected).toEqual(expected.rejected)
  })

  it('gives the same tweet when its raw text is read again', () => {
    for (const name of readdirSync(CASES)) {
      for (const { content } of readLines(readFileSync(join(CASES, name, 'input.jsonl')), NOTHING_LISTENED)) {
        for (const parsed of content.tweets) {
          const again = read(parsed.tweet.raw)
          expect(again.tweets.map(withoutRaw)).toEqual([withoutRaw(parsed)])
          expect(again.rejected).toEqual([])
        }
      }
    }
  })

  it('holds nothing when it is blank', () => {
    expect(readText('')).toEqual({ tweets: [], rejected: [] })
    expect(readText(' \t\r')).toEqual({ tweets: [], rejected: [] })
  })

  it('is kept with the rejected when the fault is not its own', () => {
    const bytes = new TextEncoder().encode(
      '{"data":{"id":"1950000000000000000","text":"t"},"matching_rules":[{"id":"1"}]}',
    )
    const ruleNames = new Proxy(
      {},
      {
        get() {
          throw new TypeError('no such rule')
        },
      },
    )
    expect(parseLine({ bytes, source: 'stream', capturedAtMs: 0 }, { listenedTags: [], ruleNames })).toEqual({
      tweets: [],
      rejected: [{ bytes, reason: 'fault of twdw: no such rule' }],
    })
  })

  it('is refused, not followed, when it is nested without end', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    expect(readText(deep).rejected.map(part => part.reason)).toEqual(['no tweet: array in an array'])
    expect(
      readText(`{"data":{"id":1950000000000000001,"text":"t","x":${deep}}}`).rejected.map(part => part.reason),
    ).toEqual(['invalid JSON: nested too deeply'])
    expect(readText(`{"data":[{"id":"1950000000000000001","text":"t","x":${deep}}]}`).tweets).toHaveLength(1)
  })

  it('is a tweet or refused, whatever happened to its bytes', () => {
    const lines = readdirSync(CASES)
      .flatMap(name => readLines(readFileSync(join(CASES, name, 'input.jsonl')), NOTHING_LISTENED))
      .filter(({ bytes }) => bytes.length > 2)
    const mutation = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), insert: fc.boolean() })
    fc.assert(
      fc.property(fc.constantFrom(...lines), fc.array(mutation, { minLength: 1, maxLength: 4 }), (line, mutations) => {
        const bytes = [...line.bytes]
        for (const { at, byte, insert } of mutations) bytes.splice(at % bytes.length, insert ? 0 : 1, byte)
        const { tweets, rejected } = read(Uint8Array.from(bytes))
        return tweets.length + rejected.length >= 1 || Buffer.from(bytes).toString().trim() === ''
      }),
      { numRuns: 2000 },
    )
  })

  it('is a tweet or refused, whatever types its members have', () => {
    const names = ['data', 'id', 'id_str', 'text', 'full_text', 'user', 'author', 'includes', 'users', 'tweets', 'geo']
    const more = [
      'statuses',
      'entities',
      'hashtags',
      'referenced_tweets',
      'retweeted_status',
      'public_metrics',
      'errors',
    ]
    const key = fc.constantFrom(...names, ...more, 'like_count', 'created_at', 'matching_rules', 'coordinates', 'type')
    const { json } = fc.letrec(tie => ({
      json: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom<unknown>(null, true, 0, -1.5, 1e300, 2 ** 60, '', '1', '1950000000000000001', 'retweeted'),
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(key, tie('json'), { maxKeys: 6 }),
      ),
    }))
    fc.assert(
      fc.property(json, value => {
        const { tweets, rejected } = readText(JSON.stringify(value))
        for (const parsed of tweets) {
          const again = read(parsed.tweet.raw)
          expect(again.tweets.map(withoutRaw)).toEqual([withoutRaw(parsed)])
        }
        return tweets.length + rejected.length >= 1
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a real capture', () => {
  const path = (name: string) => join(CAPTURES, name)
  const isThere = (name: string) => existsSync(path(name))
  const contentOf = (name: string) => {
    const lines = readLines(readFileSync(path(name)), NOTHING_LISTENED)
    return {
      tweets: lines.flatMap(line => line.content.tweets),
      rejected: lines.flatMap(line => line.content.rejected),
    }
  }
  const counts = (tweets: readonly ParsedTweet[]) => ({
    tweets: tweets.length,
    authors: new Set(tweets.map(({ tweet }) => tweet.author_id)).size,
    retweets: tweets.filter(({ tweet }) => tweet.kind === 'retweet').length,
    replies: tweets.filter(({ tweet }) => tweet.kind === 'reply').length,
    quotes: tweets.filter(({ tweet }) => tweet.kind === 'quote').length,
    originals: tweets.filter(({ tweet }) => tweet.kind === 'original').length,
    hours: [...new Set(tweets.map(({ hour }) => hour))],
  })
  const tweetsWith = (tag: string, tweets: readonly ParsedTweet[]) =>
    tweets.filter(({ tweet }) => tweet.hashtags.some(hashtag => hashtag.toLowerCase() === tag)).length
  const byId = (tweets: readonly ParsedTweet[]) =>
    tweets.map(withoutRaw).sort((a, b) => (a.tweet_id < b.tweet_id ? -1 : 1))

  it.skipIf(!isThere('flat.jsonl'))('gives the same tweets flattened and as one page', () => {
    const flattened = contentOf('flat.jsonl')
    const page = contentOf('noflat.jsonl')
    expect(byId(flattened.tweets)).toEqual(byId(page.tweets))
    expect([...flattened.rejected, ...page.rejected]).toEqual([])
    expect(counts(page.tweets)).toEqual({
      tweets: 100,
      authors: 96,
      retweets: 47,
      replies: 31,
      quotes: 8,
      originals: 14,
      hours: ['2021-04-08T19'],
    })
    expect(tweetsWith('juntoscontralacovid19', page.tweets)).toBe(4)
    expect(tweetsWith('barackobama', page.tweets)).toBe(2)
  })

  it.skipIf(!isThere('noflat.jsonl'))('of one page can be read again from each of its parts', () => {
    const { tweets } = contentOf('noflat.jsonl')
    expect(tweets.flatMap(({ tweet }) => read(tweet.raw).tweets.map(withoutRaw))).toEqual(tweets.map(withoutRaw))
  })

  it.skipIf(!isThere('v1-search.json'))('of a v1.1 search is read whole', () => {
    const { tweets, rejected } = read(readFileSync(path('v1-search.json')))
    expect(rejected).toEqual([])
    expect(counts(tweets)).toEqual({
      tweets: 100,
      authors: 100,
      retweets: 73,
      replies: 6,
      quotes: 0,
      originals: 21,
      hours: ['2014-08-31T00'],
    })
    expect(tweetsWith('rtした人にやる', tweets)).toBe(2)
  })

  it.skipIf(!isThere('streaming_output_with_error.jsonl'))('of a stream keeps its damaged line', () => {
    const { tweets, rejected } = contentOf('streaming_output_with_error.jsonl')
    expect(tweets).toHaveLength(7)
    expect(rejected.map(part => [part.reason, Buffer.from(part.bytes).toString()])).toEqual([
      ['invalid JSON: breaks off', '{"data": {"author_id": "1021159080151404544"'],
    ])
  })

  it.skipIf(!isThere('edited.jsonl'))('of an edited tweet has its history and its latest text', () => {
    const [edited] = contentOf('edited.jsonl').tweets
    expect(edited?.tweet).toMatchObject({
      tweet_id: '1576994789110992896',
      edit_history_ids: ['1576994746135764992', '1576994789110992896'],
      text: 'hey :) https://t.co/rnwEIoNuqd',
      lang: 'qst',
    })
  })
})
