/**
 * Checks: what must be true of a star before any of it is published.
 *
 * They read the finished tables and share no step with the building of them, so that a fault there cannot
 * hide itself here. A failed check is a bug of twdw or a damaged machine, never a user's tweets.
 */
import type { Table } from 'apache-arrow'
import { TwdwError } from '../../errors.ts'
import {
  addInt64,
  compareInt64,
  createInt64Index,
  type Int64Index,
  numbersToHalves,
  toNumber,
} from '../columns/int64.ts'
import { createCompareRows } from '../columns/row-order.ts'
import { boolsOf, forEachText, type Int64s, int64sOf, type Rows, rowsOf, textsOf, validRows } from '../columns/rows.ts'
import { createTextIndex, type TextIndex } from '../columns/text-index.ts'
import { HOUR_MS, type Hour, hourStartMs } from '../hour.ts'
import { LAYER2, type StarTable } from '../layer2.ts'
import { SUMS } from './aggregates.ts'
import type { Star } from './star.ts'

/** How many offending keys a message names. */
const MAX_KEYS = 5

/** Keys that offend, described for a person; empty when all is well. More than MAX_KEYS need not be found. */
type Check = (tables: Record<StarTable, Rows>, star: Star, hour: Hour) => string[]

const CHECKS: Readonly<Record<string, Check>> = {
  'tweet ids are unique': ({ fact_tweet }) => repeatedTweetIds(fact_tweet),
  'no key is null': tables => eachTable(name => nullKeys(name, tables[name])),
  'rows are sorted by their key and no key repeats': tables => eachTable(name => unsortedRows(name, tables[name])),
  'every bridge row has its fact': tables => [
    ...rowsWithoutFact('bridge_tweet_hashtag', tables),
    ...rowsWithoutFact('bridge_tweet_rule', tables),
  ],
  'rows read = tweets + duplicates + rejected': uncountedRows,
  'created_at is inside the hour': ({ fact_tweet }, _, hour) => tweetsOutside(fact_tweet, hour),
  'aggregates add up to the fact': tagsThatDoNotAddUp,
}

/**
 * @returns the names of the checks, all of which passed
 * @throws TwdwError E_DATA naming the first check that failed, the hour and up to 5 offending keys
 */
export function checkStar(star: Star, hour: Hour): string[] {
  const tables = Object.fromEntries(
    Object.entries(star.tables).map(([name, table]: [string, Table]) => [name, rowsOf([table])]),
  ) as Record<StarTable, Rows>
  for (const [name, check] of Object.entries(CHECKS)) {
    const offending = check(tables, star, hour)
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

function eachTable(check: (name: StarTable) => string[]): string[] {
  return (Object.keys(LAYER2) as (keyof typeof LAYER2)[])
    .filter((name): name is StarTable => name !== 'dim_date' && name !== 'dim_lang')
    .flatMap(check)
}

function repeatedTweetIds(fact: Rows): string[] {
  const { halves } = int64sOf(fact, 'tweet_id')
  const index = createInt64Index(fact.count)
  const isRepeated = (row: number) => {
    const distinctBefore = index.size
    index.add(halves[2 * row]!, halves[2 * row + 1]!)
    return index.size === distinctBefore
  }
  return offendingRows(fact.count, isRepeated).map(row => `tweet_id ${idText(halves, row)}`)
}

function nullKeys(name: StarTable, rows: Rows): string[] {
  const required = LAYER2[name].schema.fields.filter(
    field => !field.nullable && LAYER2[name].sortedBy.includes(field.name),
  )
  return required.flatMap(field => {
    const valid = validRows(rows, rows.chunks(field.name))
    return valid === undefined
      ? []
      : offendingRows(rows.count, row => valid[row] === 0).map(row => `row ${row} of ${name} has no ${field.name}`)
  })
}

function unsortedRows(name: StarTable, rows: Rows): string[] {
  const compare = createCompareRows(rows, LAYER2[name].sortedBy)
  return offendingRows(rows.count, row => row > 0 && compare(row - 1, row) >= 0).map(row => `row ${row} of ${name}`)
}

function rowsWithoutFact(
  name: 'bridge_tweet_hashtag' | 'bridge_tweet_rule',
  tables: Record<StarTable, Rows>,
): string[] {
  const facts = indexTweets(tables.fact_tweet)
  const { halves } = int64sOf(tables[name], 'tweet_id')
  return offendingRows(tables[name].count, row => facts.find(halves[2 * row]!, halves[2 * row + 1]!) < 0).map(
    row => `tweet_id ${idText(halves, row)} of ${name}`,
  )
}

function uncountedRows({ fact_tweet }: Record<StarTable, Rows>, { counts, rejected }: Star): string[] {
  const { read, duplicates } = counts
  const sum = fact_tweet.count + duplicates + rejected.numRows
  const isCounted = sum === read && counts.tweets === fact_tweet.count && counts.rejected === rejected.numRows
  return isCounted
    ? []
    : [`${read} read and ${fact_tweet.count} tweets + ${duplicates} duplicates + ${rejected.numRows} rejected`]
}

function tweetsOutside(fact: Rows, hour: Hour): string[] {
  const { halves } = int64sOf(fact, 'created_at')
  const ids = int64sOf(fact, 'tweet_id').halves
  const fromMs = hourStartMs(hour)
  const isOutside = (ms: number) => ms < fromMs || ms >= fromMs + HOUR_MS
  return offendingRows(fact.count, row => isOutside(toNumber(halves, row))).map(row => `tweet_id ${idText(ids, row)}`)
}

/** Tags whose sums in an aggregate are not those of the facts that the bridge leads to. */
function tagsThatDoNotAddUp(tables: Record<StarTable, Rows>): string[] {
  const tags = createTextIndex()
  const bridge = { tags: codesOf(tables.bridge_tweet_hashtag, tags), facts: factsOfBridge(tables) }
  const hours = codesOf(tables.agg_hashtag_hour, tags)
  const userHours = codesOf(tables.agg_hashtag_user_hour, tags)
  const fact = tables.fact_tweet
  const isLatest = boolsOf(fact, 'is_latest_version').values
  const hasAuthor = int64sOf(fact, 'author_id').valid
  const withAuthor = hasAuthor === undefined ? isLatest : isLatest.map((latest, row) => latest & hasAuthor[row]!)

  const hourTags = Object.entries({ tweets: undefined, ...SUMS }).flatMap(([sum, metric]) => {
    const values = metric === undefined ? ones(fact.count) : int64sOf(fact, metric)
    const expected = sumOverBridge(bridge, isLatest, values, tags.size)
    return differingTags(expected, sumByTag(hours, int64sOf(tables.agg_hashtag_hour, sum), tags.size))
  })
  const userTags = differingTags(
    sumOverBridge(bridge, withAuthor, ones(fact.count), tags.size),
    sumByTag(userHours, int64sOf(tables.agg_hashtag_user_hour, 'tweets'), tags.size),
  )
  return [
    ...[...new Set(hourTags)].map(tag => `tag ${tags.text(tag)} of agg_hashtag_hour`),
    ...userTags.map(tag => `tag ${tags.text(tag)} of agg_hashtag_user_hour`),
  ]
}

/** The code of each row's tag. */
function codesOf(rows: Rows, tags: TextIndex): Uint32Array {
  const codes = new Uint32Array(rows.count)
  forEachText(textsOf(rows, 'tag'), (row, bytes, start, end) => {
    codes[row] = tags.add(bytes, start, end)
  })
  return codes
}

/** The fact row of each row of the hashtag bridge. */
function factsOfBridge({ fact_tweet, bridge_tweet_hashtag }: Record<StarTable, Rows>): Int32Array {
  const facts = indexTweets(fact_tweet)
  const { halves } = int64sOf(bridge_tweet_hashtag, 'tweet_id')
  return Int32Array.from({ length: bridge_tweet_hashtag.count }, (_, row) =>
    facts.find(halves[2 * row]!, halves[2 * row + 1]!),
  )
}

/** Values of the facts marked 1, summed by tag. Null counts as 0. */
function sumOverBridge(
  bridge: { tags: Uint32Array; facts: Int32Array },
  isCounted: Uint8Array,
  { halves, valid }: Int64s,
  tagCount: number,
): Int32Array {
  const sums = new Int32Array(tagCount * 2)
  for (let row = 0; row < bridge.tags.length; row++) {
    const fact = bridge.facts[row]!
    if (isCounted[fact] === 1 && valid?.[fact] !== 0) addInt64(sums, bridge.tags[row]!, halves, fact)
  }
  return sums
}

function sumByTag(tags: Uint32Array, { halves }: Int64s, tagCount: number): Int32Array {
  const sums = new Int32Array(tagCount * 2)
  for (let row = 0; row < tags.length; row++) addInt64(sums, tags[row]!, halves, row)
  return sums
}

function differingTags(expected: Int32Array, actual: Int32Array): number[] {
  return offendingRows(expected.length / 2, tag => compareInt64(expected, tag, actual, tag) !== 0)
}

/** The number of a tweet's row, by its id. */
function indexTweets(fact: Rows): Int64Index {
  const { halves } = int64sOf(fact, 'tweet_id')
  const index = createInt64Index(fact.count)
  for (let row = 0; row < fact.count; row++) index.add(halves[2 * row]!, halves[2 * row + 1]!)
  return index
}

function ones(count: number): Int64s {
  return { halves: numbersToHalves(new Uint8Array(count).fill(1)), valid: undefined }
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
