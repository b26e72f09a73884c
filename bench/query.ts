/**
 * How quickly a question about a year is answered: whole processes, beside the CLI of DuckDB with the best SQL that one would
 * write on the same files, DuckDB on the fact alone, and PySpark.
 *
 * `bun bench/query.ts [--days 365] [--tweets-a-day 54795] [--times 9] [--write]`
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { WORK } from './lines.ts'
import { machineText, TWDW } from './machine.ts'
import { digits, table, writeSection } from './page.ts'
import { duckDbCli, peerScript, peersPython, peerVersions } from './peers.ts'
import { inTurn, median, type Run, run } from './process.ts'
import { daysLake, manyYearsLake } from './year-lake.ts'

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '365' },
    'tweets-a-day': { type: 'string', default: '54795' },
    times: { type: 'string', default: '9' },
    write: { type: 'boolean', default: false },
  },
})
const times = Number(values.times)
const lake = await daysLake(Number(values.days), Number(values['tweets-a-day']))
const duckDb = await duckDbCli()

/** A question, in the words of everybody who is asked. */
interface Question {
  name: string
  words: string[]
  /** `FILES(table)` stands for the files of the days that are asked for */
  sql: string
  /** the same from the fact and its bridge */
  factSql?: string
  /** first and last UTC day of the files */
  days: [string, string]
}

const YEAR: [string, string] = ['2023-01-01', '2023-12-31']
const JUNE: [string, string] = ['2023-06-01', '2023-07-01']
const inSpan = (from: string, to: string) =>
  `hour_start >= TIMESTAMPTZ '${from} 03:00:00+00' AND hour_start < TIMESTAMPTZ '${to} 03:00:00+00'`
const IN_YEAR = inSpan('2023-01-01', '2024-01-01')
const IN_JUNE = inSpan('2023-06-01', '2023-07-01')
const TAG = "tag = 'covid19'"

const QUESTIONS: Question[] = [
  {
    name: 'a year by day',
    words: ['--tag', 'covid19', '--by', 'day', '--from', '2023-01-01', '--to', '2024-01-01'],
    sql: `SELECT local_date, sum(tweets) AS tweets FROM FILES(agg_hashtag_hour) WHERE ${TAG} AND ${IN_YEAR} GROUP BY local_date ORDER BY local_date`,
    factSql: `SELECT local_date, count(*) AS tweets FROM FILES(fact_tweet) f JOIN FILES(bridge_tweet_hashtag) b USING (tweet_id)
      WHERE ${TAG} AND is_latest_version AND ${IN_YEAR} GROUP BY local_date ORDER BY local_date`,
    days: YEAR,
  },
  {
    name: 'a week by hour',
    words: ['--tag', 'covid19', '--by', 'hour', '--from', '2023-06-05', '--to', '2023-06-12'],
    sql: `SELECT hour_start, sum(tweets) AS tweets FROM FILES(agg_hashtag_hour) WHERE ${TAG} AND ${inSpan('2023-06-05', '2023-06-12')} GROUP BY hour_start ORDER BY hour_start`,
    factSql: `SELECT hour_start, count(*) AS tweets FROM FILES(fact_tweet) f JOIN FILES(bridge_tweet_hashtag) b USING (tweet_id)
      WHERE ${TAG} AND is_latest_version AND ${inSpan('2023-06-05', '2023-06-12')} GROUP BY hour_start ORDER BY hour_start`,
    days: ['2023-06-05', '2023-06-12'],
  },
  {
    name: 'top 20 authors of a month',
    words: ['--tag', 'covid19', '--by', 'user', '--top', '20', '--from', '2023-06-01', '--to', '2023-07-01'],
    sql: `WITH most AS (
        SELECT user_id, sum(tweets) AS tweets FROM FILES(agg_hashtag_user_hour) WHERE ${TAG} AND ${IN_JUNE}
        GROUP BY user_id ORDER BY tweets DESC, user_id LIMIT 20
      ), names AS (
        SELECT user_id, max_by(username, observed_at) AS username FROM FILES(dim_user_snapshot)
        WHERE user_id IN (SELECT user_id FROM most) GROUP BY user_id
      )
      SELECT user_id, username, tweets FROM most LEFT JOIN names USING (user_id) ORDER BY tweets DESC, user_id`,
    factSql: `WITH most AS (
        SELECT author_id AS user_id, count(*) AS tweets FROM FILES(fact_tweet) f JOIN FILES(bridge_tweet_hashtag) b USING (tweet_id)
        WHERE ${TAG} AND is_latest_version AND ${IN_JUNE} GROUP BY author_id ORDER BY tweets DESC, user_id LIMIT 20
      ), names AS (
        SELECT user_id, max_by(username, observed_at) AS username FROM FILES(dim_user_snapshot)
        WHERE user_id IN (SELECT user_id FROM most) GROUP BY user_id
      )
      SELECT user_id, username, tweets FROM most LEFT JOIN names USING (user_id) ORDER BY tweets DESC, user_id`,
    days: JUNE,
  },
  {
    name: 'tags beside it, of a month',
    words: ['--tag', 'covid19', '--by', 'hashtag', '--top', '20', '--from', '2023-06-01', '--to', '2023-07-01'],
    sql: `SELECT tag, count(*) AS tweets FROM FILES(bridge_tweet_hashtag) WHERE tag <> 'covid19' AND tweet_id IN (
        SELECT tweet_id FROM FILES(fact_tweet) f WHERE is_latest_version AND ${IN_JUNE} AND tweet_id IN (
          SELECT tweet_id FROM FILES(bridge_tweet_hashtag) WHERE ${TAG}))
      GROUP BY tag ORDER BY tweets DESC, tag LIMIT 20`,
    days: JUNE,
  },
  {
    name: 'distinct authors of a year',
    words: ['--tag', 'covid19', '--metric', 'authors', '--from', '2023-01-01', '--to', '2024-01-01'],
    sql: `SELECT count(DISTINCT user_id) AS authors FROM FILES(agg_hashtag_user_hour) WHERE ${TAG} AND ${IN_YEAR}`,
    days: YEAR,
  },
]

const DAILY = ['agg_hashtag_hour', 'agg_hashtag_user_hour']

/** Folders of the UTC days, both included. */
function dayFolders(name: string, [first, last]: [string, string]): string[] {
  const folders: string[] = []
  for (let ms = Date.parse(first); ms <= Math.min(Date.parse(last), Date.parse('2023-12-31')); ms += 86_400_000)
    folders.push(join(lake, 'layer2', name, `utc_date=${new Date(ms).toISOString().slice(0, 10)}`))
  return folders
}

function duckDbSql(sql: string, days: [string, string]): string {
  return sql.replace(/FILES\((\w+)\)/g, (_, name: string) => {
    const below = DAILY.includes(name) ? 'part-0.parquet' : '*/part-0.parquet'
    const files = dayFolders(name, days).map(folder => `'${join(folder, below)}'`)
    return `read_parquet([${files.join(', ')}], hive_partitioning = false)`
  })
}

const byTwdw = ({ words }: Question, of = lake): Promise<Run> =>
  run([TWDW, 'query', '--lake', of, ...words, '--format', 'csv'])
const byDuckDb = (sql: string, { days }: Question): Promise<Run> =>
  run([duckDb, '-csv', '-c', `SET threads = 2; SET TimeZone = 'America/Sao_Paulo'; ${duckDbSql(sql, days)}`])

/** Their rows, but for how a time is spelled and what a column is called. */
function sameAnswer(a: string, b: string): boolean {
  const essence = (text: string) =>
    text
      .trim()
      .split('\n')
      .slice(1)
      .map(line => line.split(',').slice(1).join() || line)
  return essence(a).join('\n') === essence(b).join('\n')
}

const ms = (runs: readonly Run[]) => median(runs.map(({ wallSeconds }) => wallSeconds)) * 1000
const rows: string[][] = []
for (const question of QUESTIONS) {
  // once beforehand: what is read then lies in memory, and twdw has made its notes
  const [own, best] = [await byTwdw(question), await byDuckDb(question.sql, question)]
  if (!sameAnswer(own.stdout, best.stdout)) throw new Error(`${question.name}: ${own.stdout}\n${best.stdout}`)
  const { twdw, duckdb } = await inTurn(['twdw', 'duckdb'], times, name =>
    name === 'twdw' ? byTwdw(question) : byDuckDb(question.sql, question),
  )
  const { factSql } = question
  const fact = factSql === undefined ? undefined : (await inTurn(['fact'], 3, () => byDuckDb(factSql, question))).fact
  rows.push([
    question.name,
    digits(ms(twdw), 0),
    digits(ms(duckdb), 0),
    digits(median(twdw.map((each, i) => each.wallSeconds / duckdb[i]!.wallSeconds)), 2),
    digits(median(twdw.map(({ cpuSeconds }) => cpuSeconds)) * 1000, 0),
    digits(median(duckdb.map(({ cpuSeconds }) => cpuSeconds)) * 1000, 0),
    fact === undefined ? '–' : digits(ms(fact), 0),
  ])
  console.log(rows.at(-1)!.join(' | '))
}

/** The first question of all: nothing is known of the lake, and nothing kept of the tag. The files lie in memory. */
const [firstQuestion] = QUESTIONS as [Question, ...Question[]]
const cold = await inTurn(['cold'], 3, () =>
  run([TWDW, 'query', '--lake', lake, ...firstQuestion.words, '--format', 'csv'], {
    env: { XDG_CACHE_HOME: coldCache() },
  }),
)

function coldCache(): string {
  const folder = join(WORK, 'cold-cache')
  Bun.spawnSync(['rm', '-rf', join(folder, 'twdw', 'lakes')])
  return folder
}

const starts = await inTurn(['--version', '--help', 'duckdb'], times, name =>
  name === 'duckdb' ? run([duckDb, '-c', 'SELECT 1']) : run([TWDW, name]),
)

await Bun.write(
  join(WORK, 'spark-questions.json'),
  JSON.stringify(
    Object.fromEntries(
      QUESTIONS.map(({ name, sql, days }) => {
        const tables = [...new Set(Array.from(sql.matchAll(/FILES\((\w+)\)/g), ([, table]) => table!))]
        const files = Object.fromEntries(tables.map(table => [table, dayFolders(table, days)]))
        const sparkSql = sql.replace(/FILES\((\w+)\)/g, '$1').replaceAll('TIMESTAMPTZ', 'TIMESTAMP')
        return [name, { files, sql: sparkSql, times: 3 }]
      }),
    ),
  ),
)
const spark: Record<string, { seconds: number[] }> & { start: number } = JSON.parse(
  (await run([await peersPython(), peerScript('spark_queries.py'), join(WORK, 'spark-questions.json')])).stdout,
)
const sparkRows = QUESTIONS.map(({ name }, i) => {
  const [first = 0, ...warm] = spark[name]!.seconds
  const own = Number(rows[i]![1]!.replaceAll(',', '')) / 1000
  const whole = spark.start + first
  return [name, digits(whole, 1), digits(median(warm), 1), digits(whole / own, 0), digits(median(warm) / own, 1)]
})

/** How the first question grows with the lake, and with what is asked of it. */
const spans = [
  ['a month', '2023-02-01'],
  ['three months', '2023-04-01'],
  ['half a year', '2023-07-01'],
  ['a year', '2024-01-01'],
] as const
const curve: string[][] = []
for (const [name, to] of spans) {
  const words = ['--tag', 'covid19', '--by', 'day', '--from', '2023-01-01', '--to', to]
  await byTwdw({ ...firstQuestion, words })
  const { runs } = await inTurn(['runs'], times, () => byTwdw({ ...firstQuestion, words }))
  curve.push([name, digits(ms(runs), 0)])
}
const decade = manyYearsLake(lake, 10)
for (const [name, words] of [
  ['a year of ten', firstQuestion.words],
  ['ten years', ['--tag', 'covid19', '--by', 'month']],
] as const) {
  await byTwdw({ ...firstQuestion, words: [...words] }, decade)
  const { runs } = await inTurn(['runs'], 5, () => byTwdw({ ...firstQuestion, words: [...words] }, decade))
  curve.push([name, digits(ms(runs), 0)])
}

const report = [
  `A lake of ${digits(Number(values.days) * 24, 0)} hours and ${digits(Number(values.days) * Number(values['tweets-a-day']), 0)} tweets. Whole processes in turn, warm, medians of ${times}.`,
  '',
  ...table(
    ['', 'twdw, ms', 'DuckDB CLI, ms', 'ratio', 'twdw, CPU ms', 'DuckDB, CPU ms', 'DuckDB on the fact, ms'],
    rows,
  ),
  '',
  `The first question about a lake, of which nothing is known and no row kept, takes ${digits(ms(cold.cold), 0)} ms. Starting: \`--version\` ${digits(ms(starts['--version']), 0)} ms,`,
  `\`--help\` ${digits(ms(starts['--help']), 0)} ms; the CLI of DuckDB with \`SELECT 1\` ${digits(ms(starts.duckdb), 0)} ms. PySpark with the same SQL starts in ${digits(spark.start, 1)} s:`,
  '',
  ...table(['', 'first answer with start, s', 'warm session, s', 'times twdw', 'warm, times twdw'], sparkRows),
  '',
  'Tweets of a tag by day, or month, in lakes and spans of different length:',
  '',
  ...table(['', 'twdw, ms'], curve),
  '',
  machineText(['duckdb-cli', 'pyspark'].map(name => `${name} ${peerVersions()[name]}`)),
]
console.log(report.join('\n'))
if (values.write) writeSection('query', report)
