/** Everything that docs/parquet.md tells, encoded by parquet-wasm from the tables of one hour, read by DuckDB and some of it by Spark. */
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DataType, type Table } from 'apache-arrow'
import { parquetMetadata } from 'hyparquet'
import { takeRows } from '../../src/lib/domain/columns/take-rows.ts'
import { createRandom } from '../../src/lib/domain/demo/random.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { LAYER2 } from '../../src/lib/domain/layer2.ts'
import {
  DAILY_TABLES,
  type DailyTable,
  HOURLY_TABLES,
  type HourlyTable,
  hourlyPath,
  layer1Folder,
  tableDayFolder,
} from '../../src/lib/domain/paths.ts'
import { parquetToTable } from '../../src/lib/io/parquet.ts'
import { hourLake } from '../hour-lake.ts'
import { TWDW, WORK } from '../places.ts'
import { run } from '../process.ts'
import { round } from '../statistics.ts'
import { type ColumnFiles, columnSql, columnsOf, isShown } from './columns.ts'
import type {
  BridgeFigures,
  BridgeLayout,
  ColumnFigures,
  ColumnLayout,
  Encoding,
  FactFigures,
  FactLayout,
  ParquetFigures,
} from './figures.ts'
import { columnBytes, type Encoded, encodeInTurn, type Layout } from './layout.ts'
import { askDuckDb, askSpark, clearFiles, keepFile, type Question } from './readers.ts'

const HOUR = '2024-01-01T03' as Hour
/** So many tweets has the tag that is looked for. */
const TAG_TWEETS = 1000

type Name = HourlyTable | DailyTable

/** A table of the lake, or the same rows in another order. */
interface Rows {
  rows: Table
  repeating: readonly string[]
}

const CODECS = {
  twdw: {},
  snappy: { compression: 'SNAPPY' },
  lz4: { compression: 'LZ4_RAW' },
  uncompressed: { compression: 'UNCOMPRESSED' },
} as const satisfies Record<string, Layout>
const OTHERS = {
  small: { groupRows: 16_384 },
  large: { groupRows: 1_048_576 },
  none: { statistics: 'None' },
  chunk: { statistics: 'Chunk' },
} as const satisfies Record<string, Layout>

/** @param times how often each is encoded, and read */
export async function measureParquet(
  tweets: number,
  times: { encode: number; read: number },
  say: (sentence: string) => void,
): Promise<ParquetFigures> {
  const lake = await consolidatedLake(tweets)
  const tables = await readTables(lake)
  const segments = readdirSync(join(lake, layer1Folder(HOUR))).sort()
  const segmentPath = `${layer1Folder(HOUR)}${segments[segments.length >> 1]}`
  const segment = await readTable(lake, segmentPath)
  clearFiles()
  const questions: Record<string, Question> = {}

  say('columns')
  const names = Object.keys(tables) as Name[]
  const columns = names.flatMap(name => columnsOf(name, tables[name].rows, tables[name].repeating, times.encode))
  for (const each of columns.filter(isShown)) {
    const subject = `${each.table}.${each.column}`
    for (const [layout, encoded] of Object.entries(each.files)) {
      const file = await keepFile(`${subject}.${layout}`, encoded)
      questions[`${subject}.${layout}`] = { subject, file, sql: columnSql(each, file) }
    }
  }

  say('layouts of the fact and of the bridge')
  const { fact_tweet: fact, bridge_tweet_hashtag: bridge } = tables
  const wanted = whatIsLookedFor(tables)
  const keep = async <L extends string>(prefix: string, rows: Rows, layouts: Readonly<Record<L, Layout>>) =>
    encodeAll(prefix, rows, layouts, { asked: wanted.asked[prefix]!, times: times.encode, questions })
  const factShuffled = { ...fact, rows: takeRows(fact.rows, shuffledRows(fact.rows.numRows)) }
  const bridgeByTweet = { ...bridge, rows: takeRows(bridge.rows, rowsByTweet(bridge.rows)) }
  const facts = {
    ...(await keep('fact', fact, { ...CODECS, ...OTHERS })),
    ...(await keep('fact', factShuffled, { shuffled: {} })),
  }
  const bridges = {
    ...(await keep('bridge', bridge, { twdw: {}, ...OTHERS })),
    ...(await keep('bridge', bridgeByTweet, { byTweet: {} })),
  }

  say('DuckDB')
  const duckDbMs = await askDuckDb(questions, times.read)
  const ms = (name: string) => round(duckDbMs.get(name)!, 3)
  say('Spark')
  const sparkRows = await rowsThatSparkReads(questions, wanted).catch(error => {
    if (error instanceof SparkMisreads) throw error
    say(`Spark is left out: ${error instanceof Error ? error.message : error}`)
    return () => null
  })
  return {
    files: [
      fileFigures(lake, 'layer1, one segment, as tweets came', segmentPath, segment),
      ...names.map(name => fileFigures(lake, nameWithOrder(name), pathOf(name), tables[name].rows)),
    ],
    columns: columns.map(each => columnFigures(each, ms)),
    lists: listFigures(segment, readFileSync(join(lake, segmentPath)).length, times.encode),
    facts: mapped(
      facts,
      (file: Encoded, name: FactLayout): FactFigures => ({
        ...encoding(file),
        scanMs: ms(`fact.${name}.scan`),
        tweetMs: ms(`fact.${name}.tweet`),
        sparkRows: sparkRows(`fact.${name}`),
      }),
    ),
    bridges: mapped(
      bridges,
      (file: Encoded, name: BridgeLayout): BridgeFigures => ({
        ...encoding(file),
        tagMs: ms(`bridge.${name}.tag`),
        tagsOfTweetMs: ms(`bridge.${name}.tagsOfTweet`),
        sparkRows: sparkRows(`bridge.${name}`),
      }),
    ),
  }
}

function mapped<K extends string, From, To>(some: Record<K, From>, to: (from: From, key: K) => To): Record<K, To> {
  return Object.fromEntries(Object.entries<From>(some).map(([key, from]) => [key, to(from, key as K)])) as Record<K, To>
}

function encoding({ bytes, encodeMs }: Encoded): Encoding {
  return { bytes: bytes.length, encodeMs: round(encodeMs, 2) }
}

/** A tweet and a tag, and what is asked of each file of fact or bridge. */
function whatIsLookedFor(tables: Record<Name, Rows>) {
  const tweetIds = tables.fact_tweet.rows.getChild('tweet_id')!.toArray() as BigInt64Array
  const isTweet = `tweet_id = ${tweetIds[tweetIds.length >> 1]!}`
  const isTag = `tag = '${tagWithAbout(TAG_TWEETS, tables.dim_hashtag.rows).replaceAll("'", "''")}'`
  const five = 'bit_xor(tweet_id), bit_xor(author_id), sum(retweet_count), sum(strlen(lang)), sum(strlen(text))'
  const asked: Record<string, Record<string, (file: string) => string>> = {
    fact: {
      scan: file => `SELECT ${five} FROM '${file}'`,
      tweet: file => `SELECT tweet_id, author_id, text FROM '${file}' WHERE ${isTweet}`,
    },
    bridge: {
      tag: file => `SELECT count(*), bit_xor(tweet_id) FROM '${file}' WHERE ${isTag}`,
      tagsOfTweet: file => `SELECT tag FROM '${file}' WHERE ${isTweet} ORDER BY 1`,
    },
  }
  return { isTweet, isTag, asked }
}

/** It may be missing; what it reads must be right. */
class SparkMisreads extends Error {}

async function rowsThatSparkReads(
  questions: Readonly<Record<string, Question>>,
  { isTweet, isTag }: { isTweet: string; isTag: string },
): Promise<(name: string) => number | null> {
  const of = (name: string, question: string, where: string) => {
    const file = questions[question]?.file
    return file === undefined ? [] : [[name, { file, where }] as const]
  }
  const spark = await askSpark(
    Object.fromEntries([
      // of a small hour they are too small to be looked at
      ...of('plain', 'fact_tweet.tweet_id.plain', 'true'),
      ...of('delta', 'fact_tweet.tweet_id.delta', 'true'),
      ...(['none', 'chunk', 'twdw'] as const).flatMap(name => [
        ...of(`fact.${name}`, `fact.${name}.tweet`, isTweet),
        ...of(`bridge.${name}`, `bridge.${name}.tag`, isTag),
      ]),
    ]),
  )
  if (spark.plain?.xor !== spark.delta?.xor) throw new SparkMisreads('Spark reads other ids from deltas')
  return name => spark[name]?.rows ?? null
}

function pathOf(name: Name): string {
  const hourly: readonly string[] = HOURLY_TABLES
  if (hourly.includes(name)) return hourlyPath(name as HourlyTable, HOUR)
  return `${tableDayFolder(name as DailyTable, HOUR.slice(0, 10))}part-0.parquet`
}

async function readTables(lake: string): Promise<Record<Name, Rows>> {
  const tables = {} as Record<Name, Rows>
  for (const name of [...HOURLY_TABLES, ...DAILY_TABLES]) {
    tables[name] = { rows: await readTable(lake, pathOf(name)), repeating: LAYER2[name].repeating }
  }
  return tables
}

function readTable(lake: string, path: string): Promise<Table> {
  return parquetToTable(readFileSync(join(lake, path)))
}

/** The hour's lake in a copy, since other benchmarks consolidate theirs again and again. */
async function consolidatedLake(tweets: number): Promise<string> {
  const [copy, from] = [join(WORK, `parquet-hour-${tweets}`), await hourLake(tweets)]
  // made anew each time: an older twdw may have made the one that is there
  rmSync(copy, { recursive: true, force: true })
  for (const name of ['layer1', 'twdw.json']) cpSync(join(from, name), join(copy, name), { recursive: true })
  await run([TWDW, 'consolidate', '--lake', copy, '--quiet'])
  return copy
}

function fileFigures(lake: string, name: string, path: string, rows: Table): ParquetFigures['files'][number] {
  const bytes = readFileSync(join(lake, path))
  const groups = parquetMetadata(bytes.slice().buffer).row_groups.length
  return { name, rows: rows.numRows, groups, bytes: bytes.length }
}

function nameWithOrder(name: Name): string {
  return `\`${name}\` by ${LAYER2[name].sortedBy.map(column => `\`${column}\``).join(', ')}`
}

function columnFigures(each: ColumnFiles, ms: (question: string) => number): ColumnFigures {
  const shown = isShown(each)
  const layouts = mapped(each.files as Record<ColumnLayout, Encoded>, (file, layout) => ({
    bytes: columnBytes(file),
    encodeMs: round(file.encodeMs, 2),
    readMs: shown ? ms(`${each.table}.${each.column}.${layout}`) : null,
  }))
  return { table: each.table, column: each.column, repeats: each.repeats, isShown: shown, layouts }
}

function tagWithAbout(tweets: number, dimension: Table): string {
  const counts = [...dimension.getChild('tweets')!].map(count => Math.abs(Number(count) - tweets))
  return dimension.getChild('tag')!.get(counts.indexOf(Math.min(...counts)))
}

/** The layouts of a table in turn, and what DuckDB is to be asked of each: `${prefix}.${layout}.${question}`. */
async function encodeAll<L extends string>(
  prefix: string,
  { rows, repeating }: Rows,
  layouts: Readonly<Record<L, Layout>>,
  {
    asked,
    times,
    questions,
  }: { asked: Record<string, (file: string) => string>; times: number; questions: Record<string, Question> },
): Promise<Record<L, Encoded>> {
  const files = encodeInTurn(
    rows,
    mapped(layouts, (layout: Layout): Layout => ({ repeating, ...layout })),
    times,
  )
  for (const [name, encoded] of Object.entries<Encoded>(files)) {
    const file = await keepFile(`${prefix}.${name}`, encoded)
    for (const [question, sql] of Object.entries(asked)) {
      questions[`${prefix}.${name}.${question}`] = { subject: `${prefix} ${question}`, file, sql: sql(file) }
    }
  }
  return files
}

function shuffledRows(length: number): Uint32Array {
  const [order, random] = [Uint32Array.from({ length }, (_, row) => row), createRandom(1)]
  for (let last = length - 1; last > 0; last--) {
    const [other, kept] = [random.below(last + 1), order[last]!]
    order[last] = order[other]!
    order[other] = kept
  }
  return order
}

function rowsByTweet(rows: Table): Uint32Array {
  const ids = rows.getChild('tweet_id')!.toArray() as BigInt64Array
  const order = Uint32Array.from({ length: rows.numRows }, (_, row) => row)
  return order.sort((a, b) => (ids[a]! < ids[b]! ? -1 : ids[a]! > ids[b]! ? 1 : a - b))
}

function listFigures(segment: Table, bytes: number, times: number): ParquetFigures['lists'] {
  const lists = segment.schema.fields.filter(({ type }) => DataType.isList(type)).map(({ name }) => name)
  const column = (file: Encoded): Encoding => ({ bytes: columnBytes(file), encodeMs: round(file.encodeMs, 2) })
  const columns = lists.map(name => {
    const files = encodeInTurn(segment.select([name]), { plain: {}, dictionary: { repeating: true } }, times)
    return { name, plain: column(files.plain), dictionary: column(files.dictionary) }
  })
  return { rows: segment.numRows, bytes, columns }
}
