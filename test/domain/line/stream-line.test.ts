/** The two readers of a line say the same of it, whatever stands in it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { demoTweets } from '../../../src/lib/domain/demo/stream.ts'
import type { LineContext } from '../../../src/lib/domain/line/line.ts'
import { StreamLine } from '../../../src/lib/domain/line/stream-line.ts'
import type { Line } from '../../../src/lib/domain/tweet.ts'
import { readByParsing, readQuickly } from '../../support/both-readers.ts'
import { FIXTURES } from '../../support/folders.ts'

const NOTHING_LISTENED: LineContext = { listenedTags: [], ruleNames: {} }
const LISTENED: LineContext = { listenedTags: ['covid19', 'ação'], ruleNames: { '7': 'seven' } }
/** Some of the demo's rules are ours, one of them a pack, and what others matched is not stored. */
const PACKED: LineContext = {
  listenedTags: ['covid19', 'ワクチン'],
  ruleNames: {
    '1600224750804000000': 'one',
    '1600385568242000000': { pack: 'pack:0a1b2c3d', hashtags: ['ワクチン', 'covid19'] },
  },
  ownTags: 'twdw:demo:covid',
}
const ASKED: LineContext = { listenedTags: [], ruleNames: {}, askedBy: '"some words"' }
const CONTEXTS = [NOTHING_LISTENED, LISTENED, PACKED, ASKED]

const lineOf = (bytes: Uint8Array): Line => ({ bytes, source: 'stream', capturedAtMs: 1_700_000_000_000 })
const lineOfText = (text: string) => lineOf(new TextEncoder().encode(text))
const isQuick = (line: Line) => new StreamLine().read(line.bytes)

function expectSame(lines: readonly Line[], context = NOTHING_LISTENED): void {
  expect(readQuickly(lines, context)).toEqual(readByParsing(lines, context))
}

function demoLines(count: number): Line[] {
  const lines: Line[] = []
  for (const { line } of demoTweets({ seed: 3, startMs: Date.parse('2024-01-01T00:00Z'), ratePerSecond: 20 })) {
    lines.push(lineOfText(line))
    if (lines.length === count) break
  }
  return lines
}

/** The pieces of a fixture between line ends, as a framer gives them. */
function fixtureLines(name: string): Line[] {
  const text = readFileSync(join(FIXTURES, 'lines', name, 'input.jsonl'))
  const lines: Line[] = []
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(0x0a, start) === -1 ? text.length : text.indexOf(0x0a, start)
    if (end > start) lines.push(lineOf(text.subarray(start, end)))
    start = end + 1
  }
  return lines
}

describe('a line of the stream', () => {
  it('is read by the scan, nearly always', () => {
    const lines = demoLines(1_000)
    // those with a point on the map are not
    expect(lines.filter(isQuick).length).toBeGreaterThan(980)
    for (const context of CONTEXTS) expectSame(lines, context)
    expect(readQuickly(lines, PACKED).counts.filter(({ foreign }) => foreign === 1).length).toBeGreaterThan(100)
  })

  it.each(readdirSync(join(FIXTURES, 'lines')))('is the same in both readings: fixture %s', name => {
    const contextFile = join(FIXTURES, 'lines', name, 'context.json')
    const own = existsSync(contextFile)
      ? [{ ...NOTHING_LISTENED, ...JSON.parse(readFileSync(contextFile, 'utf8')) }]
      : []
    for (const context of [...CONTEXTS, ...own]) expectSame(fixtureLines(name), context)
  })

  it('is the same in both readings when a builder is cleared and filled again', () => {
    const [first, second] = [demoLines(300), demoLines(600).slice(300)]
    expect(readQuickly(second, LISTENED)).toEqual(readByParsing(second, LISTENED))
    expect(readQuickly([...first, ...second], LISTENED)).toEqual(readByParsing([...first, ...second], LISTENED))
  })
})

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** What may stand anywhere. */
const anything: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, 0, -1, 1.5, 1e30, 123456789012345, 1234567890123456, '', '7', [], {}, [null], [1]),
  fc.constantFrom('9223372036854775807', '9223372036854775808', '01', '2024-02-30T00:00:00Z', 'retweeted', 'quoted'),
  fc.constantFrom('\ud800', '\udc00x', '"', '\\', '\n', '\u0000', '🧪', 'ação', '日本', '\u2028', '</'),
  fc.string({ unit: 'binary', maxLength: 9 }),
  fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>,
)
/** Names that mean something in one place, for any other. */
const names = fc.constantFrom(
  ...['id', 'text', 'author', 'posts', 'tweets', 'note_tweet', 'note_post', 'edit_history_post_ids', 'repost_count'],
  ...[
    'referenced_posts',
    'post_count',
    'full_name',
    'coordinates',
    'place_id',
    'statuses',
    'withheld',
    'country_codes',
  ],
)
const change = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('set', 'set', 'remove', 'add', 'copy'),
  name: names,
  value: anything,
})

const places = { places: [{ id: '7', full_name: 'São Paulo, Brasil', country_code: 'BR', name: 'São Paulo' }] }
const posts = demoLines(400).map(({ bytes }, n) => {
  const post = JSON.parse(Buffer.from(bytes).toString()) as { [name: string]: { [name: string]: Json } }
  if (n % 3 === 0)
    Object.assign(post.data!, { note_tweet: { text: 'told at length', entities: { cashtags: [{ tag: 'X' }] } } })
  if (n % 4 === 0) {
    Object.assign(post.data!, { geo: { place_id: '7' }, withheld: { country_codes: ['DE'] } })
    Object.assign(post.includes!, places)
  }
  return post
})

/** Every object and list of a text, with the names or places in it. */
function placesIn(value: Json): [holder: { [name: string]: Json }, name: string][] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as { [name: string]: Json }
  return Object.keys(holder).flatMap(name => [[holder, name] as [typeof holder, string], ...placesIn(holder[name]!)])
}

/** A line of the stream of which a few things are other than X has them; written as another program might. */
const oddLine = fc
  .tuple(fc.constantFrom(...posts), fc.array(change, { maxLength: 3 }), fc.boolean(), fc.constantFrom(undefined, 1))
  .map(([usual, changes, isAscii, indent]) => {
    const post = structuredClone(usual)
    for (const { at, how, name, value } of changes) {
      const all = placesIn(post)
      const [holder, key] = all[at % all.length] ?? [post, 'data']
      if (how === 'set') holder[key] = structuredClone(value)
      else if (how === 'add') holder[name] = structuredClone(value)
      else if (how === 'copy') holder[name] = structuredClone(holder[key]!)
      else if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else delete holder[key]
    }
    const text = JSON.stringify(post, null, indent)
    const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
    return isAscii ? text.replace(/[\u0080-\uffff]/g, escaped) : text
  })

describe('lines of the stream, a few things of which are not as usual', () => {
  it('are the same in both readings: property', () => {
    let lines = 0
    let quick = 0
    fc.assert(
      fc.property(fc.array(oddLine, { minLength: 1, maxLength: 8 }), fc.constantFrom(...CONTEXTS), (texts, context) => {
        const read = texts.map(lineOfText)
        lines += read.length
        quick += read.filter(isQuick).length
        expectSame(read, context)
      }),
      { numRuns: 3_000 },
    )
    // or the property would be one of `parseLine` alone, or of lines as usual
    expect(quick / lines).toBeGreaterThan(0.3)
    expect(quick / lines).toBeLessThan(0.9)
  })

  it.each([
    [
      'a name twice, the second value null',
      '{"data":{"id":"1","id":null,"text":"a","created_at":"2024-01-01T03:00:00Z"}}',
    ],
    [
      'an object twice',
      '{"data":{"id":"1","text":"a","created_at":"2024-01-01T03:00:00Z","geo":{"place_id":"7"},"geo":{}}}',
    ],
    ['a name with an escape', '{"data":{"\\u0069d":"1","text":"a","created_at":"2024-01-01T03:00:00Z"}}'],
    [
      'a type with an escape',
      '{"data":{"id":"1","text":"a","created_at":"2024-01-01T03:00:00Z","referenced_tweets":[{"type":"quote\\u0064","id":"2"}]}}',
    ],
    ['an id with an escape', '{"data":{"id":"\\u0031","text":"a","created_at":"2024-01-01T03:00:00Z"}}'],
    ['something behind it', '{"data":{"id":"1","text":"a","created_at":"2024-01-01T03:00:00Z"}} x'],
    ['two texts', '{"data":{"id":"1","text":"a","created_at":"2024-01-01T03:00:00Z"}}{}'],
    ['a bad escape', '{"data":{"id":"1","text":"\\x","created_at":"2024-01-01T03:00:00Z"}}'],
    ['a tab in a text', '{"data":{"id":"1","text":"a\tb","created_at":"2024-01-01T03:00:00Z"}}'],
    ['a number with a leading zero', '{"data":{"id":"1","text":"a","created_at":"2024-01-01T03:00:00Z","n":01}}'],
    [
      'an empty list of rules',
      '{"data":{"id":"1","text":"a","created_at":"2024-01-01T03:00:00Z","entities":{"hashtags":[{"tag":"COVID19"}]}},"matching_rules":[ ]}',
    ],
  ])('are the same in both readings: %s', (_, text) => {
    for (const context of CONTEXTS) expectSame([lineOfText(text)], context)
  })
})
