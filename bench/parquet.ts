/**
 * How the files of the lake could lie in Parquet, and what each choice costs: the figures of docs/parquet.md.
 *
 * Everything is encoded by parquet-wasm from the tables of one hour, and read by DuckDB, some of it by Spark. Sizes are exact;
 * times are the best of many runs in one process, since other work on the machine can only add to them.
 *
 * `bun bench/parquet.ts [--tweets 1000000] [--encode 5] [--read 15] [--write]`
 */
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DataType, type Table } from 'apache-arrow'
import { parquetMetadata } from 'hyparquet'
import { takeRows } from '../src/lib/domain/columns/take-rows.ts'
import { createRandom } from '../src/lib/domain/demo/random.ts'
import type { Hour } from '../src/lib/domain/hour.ts'
import { LAYER2 } from '../src/lib/domain/layer2.ts'
import {
  DAILY_TABLES,
  type DailyTable,
  HOURLY_TABLES,
  type HourlyTable,
  hourlyPath,
  layer1Folder,
  tableDayFolder,
} from '../src/lib/domain/paths.ts'
import { parquetToTable } from '../src/lib/io/parquet.ts'
import { hourLake } from './hour-lake.ts'
import { WORK } from './lines.ts'
import { machineText, TWDW } from './machine.ts'
import { digits, table, writeSection } from './page.ts'
import { bytesInLake, type ColumnFiles, columnSql, columnsOf, columnTable, isShown } from './parquet-columns.ts'
import { columnBytes, type Encoded, encodeInTurn, type Layout } from './parquet-layout.ts'
import { askDuckDb, askSpark, clearFiles, keepFile, type Question } from './parquet-readers.ts'
import { peerVersions } from './peers.ts'
import { run } from './process.ts'

const { values } = parseArgs({
  options: {
    tweets: { type: 'string', default: '1000000' },
    encode: { type: 'string', default: '5' },
    read: { type: 'string', default: '15' },
    write: { type: 'boolean', default: false },
  },
})
const HOUR = '2024-01-01T03' as Hour
/** So many tweets has the tag that is looked for. */
const TAG_TWEETS = 1000
const [encodeTimes, readTimes] = [Number(values.encode), Number(values.read)]

/** A table of the lake, or the same rows in another order. */
interface Rows {
  rows: Table
  repeating: readonly string[]
}

const lake = await consolidatedLake()
const pathOf = {} as Record<HourlyTable | DailyTable, string>
for (const name of HOURLY_TABLES) pathOf[name] = hourlyPath(name, HOUR)
for (const name of DAILY_TABLES) pathOf[name] = `${tableDayFolder(name, HOUR.slice(0, 10))}part-0.parquet`
const names = Object.keys(pathOf) as (HourlyTable | DailyTable)[]
const tables = {} as Record<HourlyTable | DailyTable, Rows>
for (const name of names) tables[name] = { rows: await readTable(pathOf[name]), repeating: LAYER2[name].repeating }
const segments = readdirSync(join(lake, layer1Folder(HOUR))).sort()
const segmentPath = `${layer1Folder(HOUR)}${segments[segments.length >> 1]}`
const segment = await readTable(segmentPath)
const { fact_tweet: fact, bridge_tweet_hashtag: bridge } = tables
clearFiles()
const questions: Record<string, Question> = {}

const columns = names.flatMap(name => columnsOf(name, tables[name].rows, tables[name].repeating, encodeTimes))
const shown = columns.filter(isShown)
for (const each of shown) {
  const subject = `${each.table}.${each.column}`
  for (const [layout, encoded] of Object.entries(each.files)) {
    const file = await keepFile(`${subject}.${layout}`, encoded)
    questions[`${subject}.${layout}`] = { subject, file, sql: columnSql(each, file) }
  }
}

const tweetIds = fact.rows.getChild('tweet_id')!.toArray() as BigInt64Array
const tweetId = tweetIds[tweetIds.length >> 1]!
const tag = tagWithAbout(TAG_TWEETS)
const isTag = `tag = '${tag.replaceAll("'", "''")}'`
const FIVE = 'bit_xor(tweet_id), bit_xor(author_id), sum(retweet_count), sum(strlen(lang)), sum(strlen(text))'
const FACT_QUESTIONS = {
  scan: (file: string) => `SELECT ${FIVE} FROM '${file}'`,
  tweet: (file: string) => `SELECT tweet_id, author_id, text FROM '${file}' WHERE tweet_id = ${tweetId}`,
}
const BRIDGE_QUESTIONS = {
  tag: (file: string) => `SELECT count(*), bit_xor(tweet_id) FROM '${file}' WHERE ${isTag}`,
  tagsOfTweet: (file: string) => `SELECT tag FROM '${file}' WHERE tweet_id = ${tweetId} ORDER BY 1`,
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
const facts = await encodeAll('fact', fact, { ...CODECS, ...OTHERS }, FACT_QUESTIONS)
const bridges = await encodeAll('bridge', bridge, { twdw: {}, ...OTHERS }, BRIDGE_QUESTIONS)
const factShuffled = { ...fact, rows: takeRows(fact.rows, shuffledRows(fact.rows.numRows)) }
const { shuffled } = await encodeAll('fact', factShuffled, { shuffled: {} }, FACT_QUESTIONS)
const bridgeByTweet = { ...bridge, rows: takeRows(bridge.rows, rowsByTweet(bridge.rows)) }
const { byTweet } = await encodeAll('bridge', bridgeByTweet, { byTweet: {} }, BRIDGE_QUESTIONS)

const duckDbMs = await askDuckDb(questions, readTimes)
const ms = (name: string) => duckDbMs.get(name)!
const fileOf = (name: string) => questions[name]!.file
const isTweet = `tweet_id = ${tweetId}`
const spark = await askSpark({
  plain: { file: fileOf('fact_tweet.tweet_id.plain'), where: 'true' },
  delta: { file: fileOf('fact_tweet.tweet_id.delta'), where: 'true' },
  ...Object.fromEntries(
    (['none', 'chunk', 'twdw'] as const).flatMap(name => [
      [`fact.${name}`, { file: fileOf(`fact.${name}.tweet`), where: isTweet }],
      [`bridge.${name}`, { file: fileOf(`bridge.${name}.tag`), where: isTag }],
    ]),
  ),
})
if (spark.plain!.xor !== spark.delta!.xor) throw new Error('Spark reads other ids from deltas')

const megabytes = ({ bytes }: Encoded) => digits(bytes.length / 1e6, 2)
const seconds = ({ encodeMs }: Encoded) => digits(encodeMs / 1e3, 2)
const scanned = (name: string) => digits(spark[name]!.rows, 0)
const read = (name: string) => digits(ms(name), 1)
const percent = (part: number, whole: number) => digits((part / whole) * 100, 1)

const fileRow = (name: string, path: string, rows: Table) => {
  const bytes = readFileSync(join(lake, path))
  const groups = parquetMetadata(bytes.slice().buffer).row_groups.length
  return [name, digits(rows.numRows, 0), digits(groups, 0), digits(bytes.length / 1e3, 0)]
}
const nameWithOrder = (name: HourlyTable | DailyTable) =>
  `\`${name}\` by ${LAYER2[name].sortedBy.map(column => `\`${column}\``).join(', ')}`
const sections: Record<string, string[]> = {
  files: table(
    ['', 'rows', 'groups', 'kB'],
    [
      fileRow('layer1, one segment, as tweets came', segmentPath, segment),
      ...names.map(name => fileRow(nameWithOrder(name), pathOf[name], tables[name].rows)),
    ],
  ),
  dictionaries: columnTable(
    shown.filter(each => each.repeats),
    ['dictionary', 'plain'],
    ms,
  ),
  plain: [
    ...columnTable(
      shown.filter(each => !each.repeats),
      ['plain', 'dictionary', 'delta'],
      ms,
    ),
    '',
    deltaText(),
  ],
  lists: listReport(),
  codecs: table(
    ['', 'MB', 'encoding, s', 'scan, ms'],
    Object.keys(CODECS).map(name => {
      const file = facts[name as keyof typeof CODECS]
      const label = { twdw: 'zstd, level 1', lz4: 'lz4_raw' }[name] ?? name
      return [label, megabytes(file), seconds(file), read(`fact.${name}.scan`)]
    }),
  ),
  groups: table(
    ['rows of a group', 'fact, MB', 'encoding, s', 'scan, ms', 'a tweet, ms', 'bridge, MB', 'a tag, ms'],
    (['small', 'twdw', 'large'] as const).map(name => [
      digits({ small: 16_384, twdw: 131_072, large: 1_048_576 }[name], 0),
      megabytes(facts[name]),
      seconds(facts[name]),
      read(`fact.${name}.scan`),
      read(`fact.${name}.tweet`),
      megabytes(bridges[name]),
      read(`bridge.${name}.tag`),
    ]),
  ),
  statistics: table(
    ['', 'fact, MB', 'encoding, s', 'a tweet, ms', 'Spark, rows', 'bridge, MB', 'a tag, ms', 'Spark, rows'],
    (['none', 'chunk', 'twdw'] as const).map(name => [
      { none: 'none', chunk: 'of groups', twdw: 'of groups and pages' }[name],
      megabytes(facts[name]),
      seconds(facts[name]),
      read(`fact.${name}.tweet`),
      scanned(`fact.${name}`),
      megabytes(bridges[name]),
      read(`bridge.${name}.tag`),
      scanned(`bridge.${name}`),
    ]),
  ),
  order: table(
    ['', 'MB', 'encoding, s', 'a tweet, ms', 'a tag, ms'],
    [
      ['fact by `tweet_id`', megabytes(facts.twdw), seconds(facts.twdw), read('fact.twdw.tweet'), '–'],
      ['fact shuffled', megabytes(shuffled), seconds(shuffled), read('fact.shuffled.tweet'), '–'],
      [
        'bridge by `tag`, `tweet_id`',
        megabytes(bridges.twdw),
        seconds(bridges.twdw),
        read('bridge.twdw.tagsOfTweet'),
        read('bridge.twdw.tag'),
      ],
      [
        'bridge by `tweet_id`',
        megabytes(byTweet),
        seconds(byTweet),
        read('bridge.byTweet.tagsOfTweet'),
        read('bridge.byTweet.tag'),
      ],
    ],
  ),
  machine: [
    `${digits(Number(values.tweets), 0)} demo tweets in one hour. Encoding: best of ${encodeTimes} runs; reading: DuckDB with two threads, best of ${readTimes}.`,
    '',
    machineText([
      `parquet-wasm ${wasmVersion()}`,
      `DuckDB ${peerVersions().duckdb}`,
      `PySpark ${peerVersions().pyspark}`,
    ]),
  ],
}
for (const [name, lines] of Object.entries(sections)) {
  console.log(`${lines.join('\n')}\n`)
  if (values.write) writeSection(name, lines, 'docs/parquet.md')
}

function readTable(path: string): Promise<Table> {
  return parquetToTable(readFileSync(join(lake, path)))
}

/** The hour's lake in a copy, since other benchmarks consolidate theirs again and again. */
async function consolidatedLake(): Promise<string> {
  const [copy, from] = [join(WORK, `parquet-hour-${values.tweets}`), await hourLake(Number(values.tweets))]
  for (const name of existsSync(copy) ? [] : ['layer1', 'twdw.json']) {
    cpSync(join(from, name), join(copy, name), { recursive: true })
  }
  await run([TWDW, 'consolidate', '--lake', copy, '--quiet'])
  return copy
}

function bytesOf(some: readonly ColumnFiles[]): number {
  return some.reduce((sum, each) => sum + bytesInLake(each), 0)
}

function tagWithAbout(tweets: number): string {
  const { rows } = tables.dim_hashtag
  const counts = [...rows.getChild('tweets')!].map(count => Math.abs(Number(count) - tweets))
  return rows.getChild('tag')!.get(counts.indexOf(Math.min(...counts)))
}

/** The layouts of a table in turn, and what DuckDB is to be asked of each: `${prefix}.${layout}.${question}`. */
async function encodeAll<Name extends string>(
  prefix: string,
  { rows, repeating }: Rows,
  layouts: Readonly<Record<Name, Layout>>,
  asked: Readonly<Record<string, (file: string) => string>>,
): Promise<Record<Name, Encoded>> {
  const whole = {} as Record<Name, Layout>
  for (const name of Object.keys(layouts) as Name[]) whole[name] = { repeating, ...layouts[name] }
  const files = encodeInTurn(rows, whole, encodeTimes)
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

/** What would be saved if each number had deltas where that is smaller. */
function deltaText(): string {
  const smaller = columns.filter(({ files: { plain, delta }, repeats }) => {
    return !repeats && delta !== undefined && columnBytes(delta) < columnBytes(plain!)
  })
  const saved = smaller.reduce((sum, { files }) => sum + columnBytes(files.plain!) - columnBytes(files.delta!), 0)
  return (
    `Deltas wherever they are smaller, ${smaller.length} columns, would make all tables ${percent(saved, bytesOf(columns))} % smaller ` +
    `(${digits(saved / 1e6, 2)} of ${digits(bytesOf(columns) / 1e6, 1)} MB).`
  )
}

function listReport(): string[] {
  const lists = segment.schema.fields.filter(({ type }) => DataType.isList(type)).map(({ name }) => name)
  const both = { plain: {}, dictionary: { repeating: true } } as const
  const bytes = { plain: 0, dictionary: 0 }
  const rows = lists.map(name => {
    const { plain, dictionary } = encodeInTurn(segment.select([name]), both, encodeTimes)
    bytes.plain += columnBytes(plain)
    bytes.dictionary += columnBytes(dictionary)
    const sizes = [plain, dictionary].map(file => digits(columnBytes(file) / 1e3, 1))
    return [`\`${name}\``, ...sizes, ...[plain, dictionary].map(file => digits(file.encodeMs, 1))]
  })
  return [
    ...table(['list', 'plain, kB', 'dictionary', 'plain, encoding, ms', 'dictionary'], rows),
    '',
    `One segment of ${digits(segment.numRows, 0)} tweets. Dictionaries for all lists would make its file ` +
      `${percent(bytes.plain - bytes.dictionary, readFileSync(join(lake, segmentPath)).length)} % smaller.`,
  ]
}

function wasmVersion(): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../node_modules/parquet-wasm/package.json'), 'utf8'))
    .version
}
