/**
 * Checks: what must be true of a star before any of it is published.
 *
 * They read what the tables are made of (ids, times, counts, codes) and share no step with the working out of it, so that a
 * fault there cannot hide itself here. Text that only moves from layer1 to its row is not looked at. A failed check is a bug of
 * twdw or a damaged machine, never a user's tweets.
 */
import { type Data, Type } from 'apache-arrow'
import { TwdwError } from '../../errors.ts'
import { compareInt64, createInt64Index, MAX_LOW_SUM, placesInSorted, TWO_32, toNumber } from '../columns/int64.ts'
import { boolsOf, compareBytes, type Int64s, int64sOf, type Rows, validRows } from '../columns/rows.ts'
import { createTextIndex, type TextIndex } from '../columns/text-index.ts'
import { HOUR_MS, type Hour, hourStartMs } from '../hour.ts'
import { LAYER2, type StarTable } from '../layer2.ts'
import type { Manifest } from '../manifest.ts'
import { SUMS } from './aggregates.ts'

/** How many offending keys a message names. */
const MAX_KEYS = 5

/** What is looked at: of each table the columns that are not layer1's own. */
export interface CheckedTables {
  tables: Readonly<Record<StarTable, Rows>>
  counts: Manifest['counts']
  /** rows of the table of rejected ones */
  rejectedRows: number
}

/** What checks share. */
interface Looked extends CheckedTables {
  hour: Hour
  letGo(): void
  keysOf(table: StarTable): KeyFaults
  /** the fact row of each row of a bridge; -1 where there is none */
  factsOf(bridge: Bridge): Int32Array
}

type Bridge = 'bridge_tweet_hashtag' | 'bridge_tweet_rule'

/** Keys that offend, described for a person; empty when all is well. More than MAX_KEYS need not be found. */
type Check = (looked: Looked) => string[]

const CHECKS: Readonly<Record<string, Check>> = {
  'tweet ids are unique': ({ tables }) => repeatedTweetIds(tables.fact_tweet),
  'no key is null': ({ keysOf }) => eachTable(name => keysOf(name).nulls),
  'rows are sorted by their key and no key repeats': ({ keysOf }) => eachTable(name => keysOf(name).unsorted),
  'every bridge row has its fact': looked => [
    ...rowsWithoutFact('bridge_tweet_hashtag', looked),
    ...rowsWithoutFact('bridge_tweet_rule', looked),
  ],
  'rows read = tweets + duplicates + rejected': uncountedRows,
  'created_at is inside the hour': tweetsOutside,
  'aggregates add up to the fact': tagsThatDoNotAddUp,
}

/**
 * @param letGo called where columns are done with
 * @returns the names of the checks, all of which passed
 * @throws TwdwError E_DATA naming the first check that failed, the hour and up to 5 offending keys
 */
export function checkStar(star: CheckedTables, hour: Hour, letGo: () => void): string[] {
  const { tables } = star
  const keysOf = once((name: StarTable) => lookAtKeys(name, tables[name]))
  const factsOf = once((bridge: Bridge) => factsOfBridge(tables[bridge], tables.fact_tweet))
  const looked = { ...star, hour, keysOf, factsOf, letGo }
  for (const [name, check] of Object.entries(CHECKS)) {
    const offending = check(looked)
    letGo()
    if (offending.length === 0) continue
    throw new TwdwError(
      'E_DATA',
      `hour ${hour} failed the check "${name}": ${offending.slice(0, MAX_KEYS).join(', ')}`,
      {
        hint: 'nothing of this hour was published; report it with the layer1 files of the hour, which are unharmed',
      },
    )
  }
  return Object.keys(CHECKS)
}

/** A function that works out each answer once. */
function once<Question, Answer>(answer: (question: Question) => Answer): (question: Question) => Answer {
  const known = new Map<Question, Answer>()
  return question => {
    const found = known.get(question) ?? answer(question)
    known.set(question, found)
    return found
  }
}

function eachTable(check: (name: StarTable) => string[]): string[] {
  return (Object.keys(LAYER2) as (keyof typeof LAYER2)[])
    .filter((name): name is StarTable => name !== 'dim_date' && name !== 'dim_lang')
    .flatMap(check)
}

function repeatedTweetIds(fact: Rows): string[] {
  const { halves } = int64sOf(fact, 'tweet_id')
  if (isAscending(halves)) return []
  const index = createInt64Index(fact.count)
  const isRepeated = (row: number) => {
    const distinctBefore = index.size
    index.add(halves[2 * row]!, halves[2 * row + 1]!)
    return index.size === distinctBefore
  }
  return offendingRows(fact.count, isRepeated).map(row => `tweet_id ${idText(halves, row)}`)
}

/** Does each value come before the next? Then none is there twice. */
function isAscending(halves: Int32Array): boolean {
  for (let i = 1; i < halves.length / 2; i++) if (compareInt64(halves, i - 1, halves, i) >= 0) return false
  return true
}

/** What is wrong with the keys of a table: rows without one, and rows that do not come behind the one before. */
interface KeyFaults {
  nulls: string[]
  unsorted: string[]
}

/** Column by column: where two neighbours differ in one, those behind it do not matter. */
function lookAtKeys(name: StarTable, rows: Rows): KeyFaults {
  const { schema, sortedBy } = LAYER2[name]
  const signs = new Int8Array(rows.count)
  const nulls: string[] = []
  for (const column of sortedBy) {
    const chunks = rows.chunks(column)
    const valid = validRows(rows, chunks)
    const isRequired = schema.fields.some(field => field.name === column && !field.nullable)
    if (isRequired && valid !== undefined) {
      const without = offendingRows(rows.count, row => valid[row] === 0)
      nulls.push(...without.map(row => `row ${row} of ${name} has no ${column}`))
    }
    if (chunks[0] !== undefined) compareNeighbours(signs, compareColumn(chunks[0], valid))
  }
  // the first row has none before it
  const unsorted = offendingRows(rows.count, row => row > 0 && signs[row]! >= 0)
  return { nulls, unsorted: unsorted.map(row => `row ${row} of ${name}`) }
}

/** @param signs by row: how the row before compares with it; 0 while no column has told them apart */
function compareNeighbours(signs: Int8Array, compare: (a: number, b: number) => number): void {
  for (let row = 1; row < signs.length; row++) {
    if (signs[row] !== 0) continue
    const order = compare(row - 1, row)
    signs[row] = order < 0 ? -1 : order > 0 ? 1 : 0
  }
}

/** Order of two values of a column of one chunk: ascending, nulls first, text by its UTF-8 bytes. */
function compareColumn(chunk: Data, valid: Uint8Array | undefined): (a: number, b: number) => number {
  const compare = compareValues(chunk)
  if (valid === undefined) return compare
  return (a, b) => (valid[a] === 1 && valid[b] === 1 ? compare(a, b) : valid[a]! - valid[b]!)
}

function compareValues(chunk: Data): (a: number, b: number) => number {
  if (chunk.type.typeId === Type.Dictionary) {
    const codes = chunk.values as Int32Array
    const compare = compareTexts(chunk.dictionary!.data[0] as Data)
    return (a, b) => (codes[a] === codes[b] ? 0 : compare(codes[a]!, codes[b]!))
  }
  if (chunk.type.typeId === Type.Utf8) return compareTexts(chunk)
  const values = chunk.values as BigInt64Array
  const halves = new Int32Array(values.buffer, values.byteOffset, chunk.length * 2)
  return (a, b) => compareInt64(halves, a, halves, b)
}

function compareTexts({ values, valueOffsets }: Data): (a: number, b: number) => number {
  return (a, b) =>
    compareBytes(values, valueOffsets[a]!, valueOffsets[a + 1]!, values, valueOffsets[b]!, valueOffsets[b + 1]!)
}

function factsOfBridge(bridge: Rows, fact: Rows): Int32Array {
  return placesInSorted(int64sOf(fact, 'tweet_id').halves, int64sOf(bridge, 'tweet_id').halves)
}

function rowsWithoutFact(name: Bridge, { tables, factsOf }: Looked): string[] {
  const facts = factsOf(name)
  const offending = offendingRows(facts.length, row => facts[row]! < 0)
  if (offending.length === 0) return []
  const { halves } = int64sOf(tables[name], 'tweet_id')
  return offending.map(row => `tweet_id ${idText(halves, row)} of ${name}`)
}

function uncountedRows({ tables: { fact_tweet }, counts, rejectedRows }: Looked): string[] {
  const { read, duplicates } = counts
  const sum = fact_tweet.count + duplicates + rejectedRows
  const isCounted = sum === read && counts.tweets === fact_tweet.count && counts.rejected === rejectedRows
  return isCounted
    ? []
    : [`${read} read and ${fact_tweet.count} tweets + ${duplicates} duplicates + ${rejectedRows} rejected`]
}

function tweetsOutside({ tables: { fact_tweet }, hour }: Looked): string[] {
  const { halves } = int64sOf(fact_tweet, 'created_at')
  const fromMs = hourStartMs(hour)
  const isOutside = (row: number) => {
    const ms = toNumber(halves, row)
    return ms < fromMs || ms >= fromMs + HOUR_MS
  }
  const offending = offendingRows(fact_tweet.count, isOutside)
  if (offending.length === 0) return []
  const ids = int64sOf(fact_tweet, 'tweet_id').halves
  return offending.map(row => `tweet_id ${idText(ids, row)}`)
}

/** Tags whose sums in an aggregate are not those of the facts that the bridge leads to. */
function tagsThatDoNotAddUp({ tables, factsOf, letGo }: Looked): string[] {
  const tags = createTextIndex()
  const bridge = { tags: codesOf(tables.bridge_tweet_hashtag, tags), facts: factsOf('bridge_tweet_hashtag') }
  const hours = codesOf(tables.agg_hashtag_hour, tags)
  const userHours = codesOf(tables.agg_hashtag_user_hour, tags)
  const fact = tables.fact_tweet
  const isLatest = boolsOf(fact, 'is_latest_version').values
  const hasAuthor = int64sOf(fact, 'author_id').valid
  const withAuthor = hasAuthor === undefined ? isLatest : isLatest.map((latest, row) => latest & hasAuthor[row]!)

  const hourTags = Object.entries({ tweets: undefined, ...SUMS }).flatMap(([sum, metric]) => {
    const expected = createTagSums(tags.size)
    if (metric === undefined) countOverBridge(bridge, isLatest, expected)
    else sumOverBridge(bridge, isLatest, int64sOf(fact, metric), expected)
    letGo()
    return differingTags(expected, sumByTag(hours, int64sOf(tables.agg_hashtag_hour, sum), tags.size))
  })
  const expected = createTagSums(tags.size)
  countOverBridge(bridge, withAuthor, expected)
  const actual = sumByTag(userHours, int64sOf(tables.agg_hashtag_user_hour, 'tweets'), tags.size)
  const userTags = differingTags(expected, actual)
  return [
    ...[...new Set(hourTags)].map(tag => `tag ${tags.text(tag)} of agg_hashtag_hour`),
    ...userTags.map(tag => `tag ${tags.text(tag)} of agg_hashtag_user_hour`),
  ]
}

/** The code of each row's tag. */
function codesOf(rows: Rows, tags: TextIndex): Uint32Array {
  const codes = new Uint32Array(rows.count)
  const [chunk] = rows.chunks('tag')
  if (chunk === undefined) return codes
  const isCoded = chunk.type.typeId === Type.Dictionary
  const { values, valueOffsets, length } = isCoded ? (chunk.dictionary!.data[0] as Data) : chunk
  const codeOf = new Uint32Array(length)
  for (let i = 0; i < length; i++) codeOf[i] = tags.add(values, valueOffsets[i]!, valueOffsets[i + 1]!)
  if (!isCoded) return codeOf
  const places = chunk.values as Int32Array
  for (let row = 0; row < rows.count; row++) codes[row] = codeOf[places[row]!]!
  return codes
}

/** Sums by tag, of low and of high halves each for itself: two numbers are added quicker than one of 64 bits. */
interface TagSums {
  lows: Float64Array
  highs: Float64Array
}

function createTagSums(tags: number): TagSums {
  return { lows: new Float64Array(tags), highs: new Float64Array(tags) }
}

function addToTag({ lows, highs }: TagSums, tag: number, halves: Int32Array, at: number): void {
  const low = lows[tag]! + (halves[2 * at]! >>> 0)
  highs[tag]! += halves[2 * at + 1]!
  lows[tag] = low
  if (low > MAX_LOW_SUM) carry({ lows, highs }, tag)
}

/** Bring a sum into the one form in which equal sums are equal. */
function carry({ lows, highs }: TagSums, tag: number): void {
  const over = Math.floor(lows[tag]! / TWO_32)
  lows[tag]! -= over * TWO_32
  highs[tag]! += over
}

interface BridgeFacts {
  /** of each row of the hashtag bridge the code of its tag and the row of its fact */
  tags: Uint32Array
  facts: Int32Array
}

/** Values of the facts marked 1. Null counts as 0. */
function sumOverBridge(
  { tags, facts }: BridgeFacts,
  isCounted: Uint8Array,
  { halves, valid }: Int64s,
  sums: TagSums,
): void {
  // rows of a tag stand together: what they come to is added to the others once
  let tag = 0
  let [low, high] = [0, 0]
  const add = () => {
    sums.lows[tag]! += low
    sums.highs[tag]! += high
    carry(sums, tag)
    ;[low, high] = [0, 0]
  }
  for (let row = 0; row < tags.length; row++) {
    const fact = facts[row]!
    if (isCounted[fact] !== 1 || (valid !== undefined && valid[fact] !== 1)) continue
    if (tags[row] !== tag || low > MAX_LOW_SUM) {
      add()
      tag = tags[row]!
    }
    low += halves[2 * fact]! >>> 0
    high += halves[2 * fact + 1]!
  }
  if (tags.length > 0) add()
}

function countOverBridge({ tags, facts }: BridgeFacts, isCounted: Uint8Array, { lows }: TagSums): void {
  for (let row = 0; row < tags.length; row++) if (isCounted[facts[row]!] === 1) lows[tags[row]!]! += 1
}

function sumByTag(tags: Uint32Array, { halves }: Int64s, tagCount: number): TagSums {
  const sums = createTagSums(tagCount)
  for (let row = 0; row < tags.length; row++) addToTag(sums, tags[row]!, halves, row)
  return sums
}

function differingTags(expected: TagSums, actual: TagSums): number[] {
  return offendingRows(expected.lows.length, tag => {
    carry(expected, tag)
    carry(actual, tag)
    return expected.lows[tag] !== actual.lows[tag] || expected.highs[tag] !== actual.highs[tag]
  })
}

/** The first rows that offend, at most MAX_KEYS. */
function offendingRows(rows: number, offends: (row: number) => boolean): number[] {
  const found: number[] = []
  for (let row = 0; row < rows && found.length < MAX_KEYS; row++) if (offends(row)) found.push(row)
  return found
}

function idText(halves: Int32Array, at: number): string {
  return String(new BigInt64Array(halves.buffer, halves.byteOffset + at * 8, 1)[0])
}
