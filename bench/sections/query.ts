/**
 * How quickly a question about a year is answered: whole processes, beside the CLI of DuckDB with the best SQL that one would
 * write on the same files, Polars reading them lazily, DuckDB on the fact alone, and PySpark.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Chart, millisecondsPanel } from '../chart.ts'
import {
  cell,
  chartLines,
  digits,
  failureLines,
  machineLine,
  memoryCell,
  millisecondsCell,
  NONE,
  ratioText,
  table,
  threadsText,
} from '../page.ts'
import { duckDbCli, peerScript, peersPython } from '../peers.ts'
import { THREADS, TWDW, WORK } from '../places.ts'
import { inTurn, type Run, run } from '../process.ts'
import {
  dayAfter,
  essenceOf,
  FIRST_DAY,
  filesOf,
  instantsOf,
  type Question,
  questionsAbout,
  spanWords,
  tablesOf,
} from '../questions.ts'
import type { Section } from '../section.ts'
import { runSpark } from '../spark.ts'
import { isFailure, type Outcome, round, timingOf } from '../statistics.ts'
import { daysLake, manyYearsLake } from '../year-lake.ts'

type Size = {
  days: number
  tweetsADay: number
  times: number
  sparkTimes: number
}

const PROGRAMS = ['twdw', 'duckdb', 'polars', 'fact'] as const
type Program = (typeof PROGRAMS)[number]

interface Asked {
  title: string
  programs: Partial<Record<Program, Outcome>>
  /** of a session: the first answer, and later ones; Spark's start is not in it */
  spark: { first: number | null; warm: Outcome }
}

interface Figures {
  questions: Asked[]
  /** nothing is known of the lake, and no row kept */
  firstOfAll: Outcome
  /** of twdw and of others, to do next to nothing */
  starts: Record<'version' | 'help' | 'duckdb' | 'polars', Outcome>
  /** seconds until Spark answers; null when it failed */
  sparkStart: number | null
  /** tweets of a tag, in lakes and spans of different length */
  spans: { title: string; twdw: Outcome }[]
}

const PEERS = ['duckdb-cli', 'polars', 'pyspark', 'python', 'java']
const NAMES: Readonly<Record<Program, string>> = {
  twdw: 'twdw',
  duckdb: 'DuckDB CLI',
  polars: 'Polars',
  fact: 'DuckDB on the fact',
}
/** From the fact it takes seconds, and differs little. */
const FACT_TIMES = 3
const COLD_TIMES = 3
const DECADE_TIMES = 5
const YEARS = 10

export const query: Section<Size, Figures> = {
  name: 'query',
  page: 'docs/benchmarks.md',
  about: 'questions about a year, beside DuckDB, Polars and PySpark',
  minutes: 4.5,
  peers: PEERS,
  size: { days: 365, tweetsADay: 54_795, times: 9, sparkTimes: 4 },
  smallSize: { days: 12, tweetsADay: 2_000, times: 2, sparkTimes: 2 },

  async measure({ days, tweetsADay, times, sparkTimes }, { say }) {
    const lake = await daysLake(days, tweetsADay)
    const questions = questionsAbout(days)
    const ask = await askers(lake, days)
    const answers = new Map<string, string>()
    const asked: { title: string; programs: Asked['programs'] }[] = []
    for (const question of questions) {
      say(question.title)
      // once beforehand: what is read then lies in memory, and twdw has made its notes
      answers.set(question.name, essenceOf((await ask.twdw(question)).stdout))
      const names = PROGRAMS.filter(name => name !== 'fact' || question.factSql !== undefined)
      const warm = new Set<Program>()
      const measure = async (name: Program) => {
        const { stdout, ...measured } = await ask[name](question)
        checkAnswer(answers.get(question.name)!, stdout)
        if (warm.has(name) || name === 'twdw') return measured
        // the first one of the others was only for reading
        warm.add(name)
        const { stdout: again, ...warmed } = await ask[name](question)
        checkAnswer(answers.get(question.name)!, again)
        return warmed
      }
      const programs = await inTurn(names, times, measure, { fact: Math.min(times, FACT_TIMES) })
      asked.push({ title: question.title, programs })
    }
    say('the first question of all')
    const firstOfAll = await inTurn(['twdw'], Math.min(times, COLD_TIMES), () => ask.cold(questions[0]!))
    say('starting')
    const starts = await inTurn(['version', 'help', 'duckdb', 'polars'], times, name => ask.start(name))
    say('PySpark')
    const spark = await askSpark(questions, lake, days, sparkTimes, answers)
    const spans: Figures['spans'] = []
    for (const { title, of, words } of spansOf(lake, days)) {
      say(title)
      await ask.words(of, words)
      const rounds = of === lake ? times : Math.min(times, DECADE_TIMES)
      spans.push({ title, ...(await inTurn(['twdw'], rounds, () => ask.words(of, words))) })
    }
    return {
      questions: asked.map((each, i) => ({ ...each, spark: spark.of(questions[i]!) })),
      firstOfAll: firstOfAll.twdw,
      starts,
      sparkStart: spark.start,
      spans,
    }
  },

  tell(results) {
    const { size, figures } = results
    const { questions, starts, sparkStart } = figures
    const ms = (outcome: Outcome | undefined) => millisecondsCell(outcome)
    const cpu = (outcome: Outcome | undefined) =>
      cell(outcome, ({ median: { cpuSeconds } }) => (cpuSeconds === null ? null : digits(cpuSeconds * 1000, 0)))
    return {
      query: [
        `A lake of ${digits(size.days * 24, 0)} hours and ${digits(size.days * size.tweetsADay, 0)} tweets. Whole processes in turn, their start included, ${threadsText(results)} each; warm: each was asked`,
        `once before, so that the files lie in memory and twdw has its notes. Medians of ${size.times} (on the fact ${Math.min(size.times, FACT_TIMES)}, of PySpark ${size.sparkTimes - 1}, of the first question ${Math.min(size.times, COLD_TIMES)}, of ten years ${Math.min(size.times, DECADE_TIMES)}).`,
        '',
        ...chartLines('query', 'milliseconds for each question by twdw, DuckDB, Polars and a started PySpark'),
        ...table(
          ['', ...PROGRAMS.map(name => `${NAMES[name]}, ms`), 'times DuckDB CLI', 'times Polars'],
          questions.map(({ title, programs }) => [
            title,
            ...PROGRAMS.map(name => ms(programs[name])),
            ratioText(programs.twdw!, programs.duckdb!),
            ratioText(programs.twdw!, programs.polars!),
          ]),
        ),
        '',
        ...questions.flatMap(({ title, programs }) =>
          failureLines(Object.fromEntries(PROGRAMS.map(name => [`${title}: ${NAMES[name]}`, programs[name]]))),
        ),
        'What it takes beside the time:',
        '',
        ...table(
          ['', 'twdw, CPU ms', 'DuckDB CLI', 'Polars', 'twdw, peak MB', 'DuckDB CLI', 'Polars'],
          questions.map(({ title, programs: { twdw, duckdb, polars } }) => [
            title,
            ...[twdw, duckdb, polars].map(cpu),
            ...[twdw, duckdb, polars].map(memoryCell),
          ]),
        ),
        '',
        `The first question about a lake, of which nothing is known and no row kept, takes ${ms(figures.firstOfAll)} ms; its files lie in memory as well.`,
        `Starting: \`--version\` ${ms(starts.version)} ms, \`--help\` ${ms(starts.help)} ms; the CLI of DuckDB with \`SELECT 1\` ${ms(starts.duckdb)} ms;`,
        `Python with Polars ${ms(starts.polars)} ms.`,
        '',
        ...sparkLines(questions, sparkStart),
        'Tweets of a tag by day, or month, in lakes and spans of different length:',
        '',
        ...table(
          ['', 'twdw, ms'],
          figures.spans.map(({ title, twdw }) => [title, ms(twdw)]),
        ),
        '',
        machineLine(results, PEERS),
      ],
    }
  },

  charts({ figures }): Record<string, Chart> {
    return {
      query: {
        title: 'Questions about a year, ms, each with a scale of its own',
        columns: 2,
        panels: figures.questions.map(({ title, programs, spark }) =>
          millisecondsPanel(title, [
            ...PROGRAMS.flatMap(name => (programs[name] === undefined ? [] : [[NAMES[name], programs[name]] as const])),
            ['PySpark, started', spark.warm],
          ]),
        ),
      },
    }
  },
}

function sparkLines(questions: readonly Asked[], start: number | null): string[] {
  if (start === null) return failureLines({ PySpark: questions[0]?.spark.warm })
  return [
    `PySpark with the same SQL starts in ${digits(start, 1)} s, and is asked one question after the other in one session; how many times as long it takes is of the medians:`,
    '',
    ...table(
      ['', 'asked for the first time, with start, s', 'later, s', 'times twdw', 'later, times twdw'],
      questions.map(({ title, programs, spark: { first, warm } }) => {
        const own = programs.twdw!
        if (first === null || isFailure(warm) || isFailure(own)) return [title, ...Array(4).fill(NONE)]
        const [whole, mine] = [start + first, own.median.seconds]
        const times = [whole / mine, warm.median.seconds / mine]
        return [
          title,
          digits(whole, 1),
          digits(warm.median.seconds, 1),
          ...times.map(ratio => digits(ratio, ratio < 10 ? 1 : 0)),
        ]
      }),
    ),
    '',
  ]
}

/** Everybody who is asked. */
async function askers(lake: string, days: number) {
  const [duckDb, python] = [await duckDbCli(), await peersPython()]
  const filled = (sql: string, { span }: Question) =>
    sql.replace(/FILES\((\w+)\)/g, (_, name: string) => {
      const files = filesOf(name, span, days).map(file => `'${join(lake, 'layer2', file)}'`)
      return `read_parquet([${files.join(', ')}], hive_partitioning = false)`
    })
  const byDuckDb = (sql: string, question: Question) =>
    run([
      duckDb,
      '-csv',
      '-c',
      `SET threads = ${THREADS}; SET TimeZone = 'America/Sao_Paulo'; ${filled(sql, question)}`,
    ])
  const words = (of: string, some: readonly string[], env: Record<string, string> = {}) =>
    run([TWDW, 'query', '--lake', of, ...some, '--format', 'csv'], { env })
  const starting = {
    version: [TWDW, '--version'],
    help: [TWDW, '--help'],
    duckdb: [duckDb, '-c', 'SELECT 1'],
    polars: [python, '-c', 'import polars'],
  }
  const POLARS = { env: { POLARS_MAX_THREADS: String(THREADS) } }
  return {
    words,
    twdw: (question: Question): Promise<Run> => words(lake, question.words),
    duckdb: (question: Question) => byDuckDb(question.sql, question),
    fact: (question: Question) => byDuckDb(question.factSql!, question),
    polars(question: Question) {
      const { name, span, sql } = question
      const [from, to] = instantsOf(span)
      const files = Object.fromEntries(
        tablesOf(sql).map(each => [each, filesOf(each, span, days).map(file => join(lake, 'layer2', file))]),
      )
      return run([python, peerScript('polars_query.py'), JSON.stringify({ name, files, from, to })], POLARS)
    },
    cold(question: Question) {
      const cache = join(WORK, 'cold-cache')
      rmSync(join(cache, 'twdw', 'lakes'), { recursive: true, force: true })
      return words(lake, question.words, { XDG_CACHE_HOME: cache })
    },
    start: (name: keyof typeof starting) => run(starting[name], name === 'polars' ? POLARS : {}),
  }
}

/** @throws Error when it is another answer than that of twdw */
function checkAnswer(own: string, csv: string): void {
  const theirs = essenceOf(csv)
  if (theirs !== own) throw new Error(`another answer: ${theirs.slice(0, 200)}, not ${own.slice(0, 200)}`)
}

async function askSpark(
  questions: readonly Question[],
  lake: string,
  days: number,
  times: number,
  answers: ReadonlyMap<string, string>,
): Promise<{ start: number | null; of: (question: Question) => Asked['spark'] }> {
  const path = join(WORK, 'spark-questions.json')
  const asked = questions.map(({ name, sql, span }) => {
    const files = tablesOf(sql).map(each => [each, filesOf(each, span, days).map(file => join(lake, 'layer2', file))])
    const sparkSql = sql.replace(/FILES\((\w+)\)/g, '$1').replaceAll('TIMESTAMPTZ', 'TIMESTAMP')
    return [name, { files: Object.fromEntries(files), sql: sparkSql, times }]
  })
  await Bun.write(path, JSON.stringify(Object.fromEntries(asked)))
  interface Told {
    start: number
    answers: Record<string, { seconds: number[]; csv: string }>
  }
  try {
    const told: Told = JSON.parse((await runSpark([await peersPython(), peerScript('spark_queries.py'), path])).stdout)
    return {
      start: round(told.start, 3),
      of: ({ name }) => {
        const { seconds, csv } = told.answers[name]!
        if (essenceOf(csv) !== answers.get(name))
          return { first: null, warm: { failed: `another answer: ${csv.slice(0, 200)}` } }
        const [first = 0, ...warm] = seconds
        const runs = warm.map(each => ({ seconds: each, cpuSeconds: null, peakMegabytes: null }))
        return { first: round(first, 3), warm: timingOf(runs) }
      },
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { message } = error
    return { start: null, of: () => ({ first: null, warm: { failed: message } }) }
  }
}

/** How the first question grows with the lake, and with what is asked of it. */
function spansOf(lake: string, days: number): { title: string; of: string; words: string[] }[] {
  const byDay = (count: number) => {
    const to = dayAfter(FIRST_DAY, Math.min(days, count))
    return ['--tag', 'covid19', '--by', 'day', ...spanWords({ from: FIRST_DAY, to })]
  }
  const decade = manyYearsLake(lake, YEARS)
  return [
    { title: 'a month', of: lake, words: byDay(31) },
    { title: 'three months', of: lake, words: byDay(90) },
    { title: 'half a year', of: lake, words: byDay(181) },
    { title: 'a year', of: lake, words: byDay(365) },
    { title: 'a year of ten', of: decade, words: byDay(365) },
    { title: 'ten years', of: decade, words: ['--tag', 'covid19', '--by', 'month'] },
  ]
}
