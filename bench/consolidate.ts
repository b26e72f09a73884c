/**
 * How quickly an hour of layer1 becomes the star, beside DuckDB running the same star as SQL and beside PySpark doing what the
 * original did. Each makes the files of one hour, or of many small ones, in a process of its own.
 *
 * `bun bench/consolidate.ts [--tweets 1000000] [--times 5] [--curve 10000,100000,1000000,10000000] [--hours 1000] [--write]`
 */
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { hourLake, smallHoursLake } from './hour-lake.ts'
import { WORK } from './lines.ts'
import { machineText, TWDW } from './machine.ts'
import { digits, RUN_COLUMNS, rowOf, table, writeSection } from './page.ts'
import { peerScript, peersPython, peerVersions } from './peers.ts'
import { inTurn, median, type Run, run } from './process.ts'

const { values } = parseArgs({
  options: {
    tweets: { type: 'string', default: '1000000' },
    times: { type: 'string', default: '5' },
    curve: { type: 'string', default: '10000,100000,1000000,10000000' },
    hours: { type: 'string', default: '1000' },
    write: { type: 'boolean', default: false },
    /** prints the script that duckdb_star.py beside it runs */
    star: { type: 'string', default: peerScript('star.ts') },
  },
})
const HOUR = '2024-01-01T03'
const SMALL_HOUR = 100
/** Of an hour with more than this one run tells enough, and takes minutes. */
const MANY = 2_000_000
const times = Number(values.times)
const python = await peersPython()
const target = join(WORK, 'star')

async function consolidate(lake: string): Promise<Run> {
  rmSync(join(lake, 'layer2'), { recursive: true, force: true })
  return run([TWDW, 'consolidate', '--lake', lake, '--quiet'])
}

/** @param hours none for all that the lake has */
async function byDuckDb(lake: string, hours: readonly string[]): Promise<Run> {
  const script = join(WORK, 'star.sql')
  const { stdout } = await run([process.execPath, values.star, lake, target, ...hours])
  await Bun.write(script, stdout)
  return run([python, join(dirname(values.star), 'duckdb_star.py'), script])
}

async function bySpark(lake: string): Promise<Run> {
  rmSync(target, { recursive: true, force: true })
  return run([python, peerScript('spark_original.py'), join(lake, 'layer1/tweets'), target])
}

/** Spark's work is done by a process that it starts: what the kernel counts of the one that was started says nothing. */
const ofAnother = ([name, seconds, aSecond]: readonly string[]) => [name!, seconds!, aSecond!, '–', '–']

const ratioOf = (some: readonly Run[], others: readonly Run[]) =>
  digits(median(some.map((each, i) => each.wallSeconds / others[i]!.wallSeconds)), 2)

const tweets = Number(values.tweets)
const lake = await hourLake(tweets)
const makers = { twdw: () => consolidate(lake), DuckDB: () => byDuckDb(lake, [HOUR]), PySpark: () => bySpark(lake) }
const runs = await inTurn(['twdw', 'DuckDB', 'PySpark'] as const, times, name => makers[name]())
const sparkJob = runs.PySpark.map(each => ({ ...each, wallSeconds: Number(each.stdout) }))

const curve: string[][] = []
for (const count of values.curve.split(',').map(Number)) {
  const small = await hourLake(count)
  const few = await inTurn(['twdw', 'DuckDB'] as const, count > MANY ? 1 : Math.min(times, 3), name =>
    name === 'twdw' ? consolidate(small) : byDuckDb(small, [HOUR]),
  )
  const cells = (some: readonly Run[]) => [
    digits(median(some.map(each => each.wallSeconds)), 1),
    digits((median(some.map(each => each.cpuSeconds)) / count) * 1e6, 1),
    digits(Math.max(...some.map(each => each.peakMegabytes)), 0),
  ]
  curve.push([digits(count, 0), ...cells(few.twdw), ...cells(few.DuckDB)])
}

const hours = Number(values.hours)
const manyHours = await smallHoursLake(hours, SMALL_HOUR)
const many = await inTurn(['twdw', 'DuckDB'] as const, Math.min(times, 3), name =>
  name === 'twdw' ? consolidate(manyHours) : byDuckDb(manyHours, []),
)
const aSecond = (some: readonly Run[]) => digits(hours / median(some.map(each => each.wallSeconds)), 0)

const report = [
  `${digits(tweets, 0)} demo tweets in one hour: 30 % retweets, tags by Zipf's law. Whole processes in turn, two threads each, medians of ${times}.`,
  '',
  ...table(RUN_COLUMNS, [
    rowOf('twdw', tweets, runs.twdw),
    rowOf('DuckDB, star-sql', tweets, runs.DuckDB),
    ofAnother(rowOf('PySpark, as the original', tweets, runs.PySpark)),
    ofAnother(rowOf('the same without its start', tweets, sparkJob)),
  ]),
  '',
  `twdw takes ${ratioOf(runs.twdw, runs.DuckDB)} times as long as DuckDB. PySpark takes ${ratioOf(runs.PySpark, runs.twdw)} times as long as twdw,`,
  `${ratioOf(sparkJob, runs.twdw)} without its start, for two tables of the eight.`,
  '',
  'By the number of tweets in the hour (CPU seconds are for each million of them):',
  '',
  ...table(['tweets', 'twdw, s', 'CPU s', 'MB', 'DuckDB, s', 'CPU s', 'MB'], curve),
  '',
  `${digits(hours, 0)} hours of ${SMALL_HOUR} tweets by one process: twdw ${aSecond(many.twdw)} hours a second, each synced and committed by itself;`,
  `DuckDB ${aSecond(many.DuckDB)}, all in one statement a table, and no hour is safe before the last.`,
  '',
  machineText([`DuckDB ${peerVersions().duckdb}`, `PySpark ${peerVersions().pyspark}`]),
]
console.log(report.join('\n'))
if (values.write) writeSection('consolidate', report)
