/**
 * How quickly an hour of layer1 becomes the star, beside DuckDB running the same star as SQL, beside Polars making the same tables,
 * and beside PySpark doing what the original did. Each makes the files of one hour, or of many small ones, in a process of its own.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Chart, memoryPanel, secondsPanel } from '../chart.ts'
import { hourLake, smallHoursLake } from '../hour-lake.ts'
import {
  cell,
  chartLines,
  digits,
  failureLines,
  machineLine,
  memoryCell,
  RUN_COLUMNS,
  ratioText,
  runRow,
  secondsCell,
  table,
  threadsText,
} from '../page.ts'
import { peerScript, peersPython } from '../peers.ts'
import { THREADS, TWDW, WORK } from '../places.ts'
import { compared, inTurn, type Run, run } from '../process.ts'
import { readThrough } from '../read-through.ts'
import type { Section } from '../section.ts'
import { runSpark } from '../spark.ts'
import { isFailure, isWide, type Measure, type Outcome, type Timing, timingOf } from '../statistics.ts'

type Size = {
  /** in the hour that is looked at closely */
  tweets: number
  times: number
  /** Polars and PySpark, in that hour; in others PySpark is run once */
  peerTimes: number
  /** tweets in other hours */
  curve: readonly number[]
  /** in hours with more than this PySpark is not run */
  sparkTweets: number
  /** small ones, all at once */
  hours: number
}

const PROGRAMS = ['twdw', 'duckdb', 'polars', 'pyspark'] as const
type Program = (typeof PROGRAMS)[number]
type Outcomes = Partial<Record<Program, Outcome>>

/** An hour, by everybody who was given it. */
interface Point {
  tweets: number
  programs: Outcomes
}

interface Figures {
  /** ascending by tweets */
  points: Point[]
  /** of the hour that is looked at closely: PySpark without its start */
  sparkJob: Outcome
  /** sentences about what others made */
  same: string[]
  small: { hours: number; tweetsAnHour: number; programs: Outcomes }
}

const PEERS = ['duckdb', 'polars', 'pyspark', 'java']
const NAMES: Readonly<Record<Program, string>> = {
  twdw: 'twdw',
  duckdb: 'DuckDB, the same in SQL',
  polars: 'Polars, the same tables',
  pyspark: 'PySpark, as the original',
}
const SHORT: Readonly<Record<Program, string>> = {
  twdw: 'twdw',
  duckdb: 'DuckDB',
  polars: 'Polars',
  pyspark: 'PySpark (2 tables)',
}
const HOUR = '2024-01-01T03'
const HOUR_FOLDER = 'utc_date=2024-01-01/utc_hour=03'
const TIME_ZONE = 'America/Sao_Paulo'
const TWEETS_A_SMALL_HOUR = 100
/** Of an hour with more than this one run tells enough, and takes minutes. */
const MANY = 2_000_000
const FEW_TIMES = 3
const TARGET = join(WORK, 'star')

export const consolidate: Section<Size, Figures> = {
  name: 'consolidate',
  page: 'docs/benchmarks.md',
  about: 'an hour into the star, beside DuckDB, Polars and PySpark',
  minutes: 26,
  peers: PEERS,
  size: {
    tweets: 1_000_000,
    times: 5,
    peerTimes: 3,
    curve: [10_000, 100_000, 10_000_000],
    sparkTweets: 1_000_000,
    hours: 1000,
  },
  smallSize: { tweets: 10_000, times: 1, peerTimes: 1, curve: [2_000], sparkTweets: 10_000, hours: 20 },

  async measure(size, { say }) {
    const same: string[] = []
    const jobs: Measure[] = []
    const points: Point[] = []
    for (const tweets of [...new Set([size.tweets, ...size.curve])].sort((a, b) => a - b)) {
      const lake = await hourLake(tweets)
      const isMain = tweets === size.tweets
      await readThrough(join(lake, 'layer1'))
      const times = isMain ? size.times : tweets > MANY ? 1 : Math.min(size.times, FEW_TIMES)
      const names = PROGRAMS.filter(name => name !== 'pyspark' || tweets <= size.sparkTweets)
      const programs = await compete(
        names,
        { lake, hour: HOUR, times, peerTimes: size.peerTimes, sparkTimes: isMain ? size.peerTimes : 1 },
        said => {
          say(`${digits(tweets, 0)} tweets: ${said}`)
        },
      )
      if (isMain) {
        jobs.push(...programs.jobs)
        same.push(...programs.same)
      }
      points.push({ tweets, programs: programs.outcomes })
    }
    const spark = points.find(({ tweets }) => tweets === size.tweets)!.programs.pyspark!
    const lake = await smallHoursLake(size.hours, TWEETS_A_SMALL_HOUR)
    await readThrough(join(lake, 'layer1'))
    const small = await compete(
      PROGRAMS,
      { lake, hour: undefined, times: Math.min(size.times, FEW_TIMES), peerTimes: size.peerTimes, sparkTimes: 1 },
      said => {
        say(`${size.hours} small hours: ${said}`)
      },
    )
    return {
      points,
      sparkJob: isFailure(spark) ? spark : timingOf(jobs),
      same,
      small: { hours: size.hours, tweetsAnHour: TWEETS_A_SMALL_HOUR, programs: small.outcomes },
    }
  },

  tell(results) {
    const { size, figures } = results
    const { small, sparkJob, same } = figures
    const main = mainPoint(size, figures).programs
    const { twdw, duckdb, polars, pyspark } = main as Record<Program, Outcome>
    const aSecond = (name: Program) => cell(small.programs[name], timing => ratesText(small.hours, timing))
    return {
      consolidate: [
        `${digits(size.tweets, 0)} demo tweets in one hour: 30 % retweets, tags by Zipf's law. Whole processes in turn, their start included, ${threadsText(results)} each, input in`,
        `memory; medians of ${size.times} (Polars and PySpark: ${size.peerTimes}). Memory of PySpark is that of its Python and its Java together, looked at ten times a second.`,
        '',
        ...chartLines('consolidate', 'seconds and peak memory of twdw, DuckDB, Polars and PySpark for an hour'),
        ...table(RUN_COLUMNS, [
          ...PROGRAMS.map(name => runRow(NAMES[name], size.tweets, main[name])),
          runRow('the same without its start', size.tweets, sparkJob),
        ]),
        '',
        ...failureLines({ DuckDB: duckdb, Polars: polars, PySpark: pyspark }),
        `twdw takes ${ratioText(twdw, duckdb)} times as long as DuckDB and ${ratioText(twdw, polars)} times as long as Polars. PySpark takes ${ratioText(pyspark, twdw)} times as long as twdw,`,
        `${ratioText(sparkJob, twdw)} without its start, for two tables of the eight.`,
        ...same,
        '',
        `By the number of tweets in the hour (CPU seconds are for each million of them; elsewhere up to ${FEW_TIMES} runs, of PySpark and of the largest hour one).`,
        `PySpark is given no more than ${digits(size.sparkTweets, 0)}:`,
        '',
        ...chartLines('consolidate-curve', 'seconds and peak memory by the number of tweets in the hour'),
        ...curveTable(figures.points),
        '',
        ...figures.points
          .filter(({ tweets }) => tweets !== size.tweets)
          .flatMap(({ tweets, programs }) => failuresAt(tweets, programs)),
        `${digits(small.hours, 0)} hours of ${small.tweetsAnHour} tweets by one process, up to ${FEW_TIMES} runs each: twdw ${aSecond('twdw')} hours a second, each synced and committed by itself; DuckDB`,
        `${aSecond('duckdb')} and Polars ${aSecond('polars')}, all hours in one go, and none is safe before the last; PySpark ${aSecond('pyspark')}, in one go as well, where the original`,
        'started it for each hour.',
        '',
        ...failureLines({
          'small hours, DuckDB': small.programs.duckdb,
          'small hours, Polars': small.programs.polars,
          'small hours, PySpark': small.programs.pyspark,
        }),
        machineLine(results, PEERS),
      ],
    }
  },

  charts({ size, figures }): Record<string, Chart> {
    const main = mainPoint(size, figures).programs
    const outcomes = PROGRAMS.flatMap(name => (main[name] === undefined ? [] : [[SHORT[name], main[name]] as const]))
    const line = (name: Program, amount: (outcome: Exclude<Outcome, { failed: string }>) => number | null) => ({
      name: SHORT[name],
      points: figures.points.flatMap(({ tweets, programs }): [number, number][] => {
        const outcome = programs[name]
        const value = outcome === undefined || isFailure(outcome) ? null : amount(outcome)
        return value === null ? [] : [[tweets, value]]
      }),
    })
    return {
      consolidate: {
        title: `${digits(size.tweets, 0)} tweets of an hour into the star`,
        columns: 2,
        panels: [secondsPanel('seconds', outcomes), memoryPanel('peak memory, MB', outcomes)],
      },
      'consolidate-curve': {
        title: 'An hour into the star, by its tweets',
        columns: 2,
        panels: [
          {
            form: 'lines',
            scale: 'log',
            name: 'seconds',
            xName: 'tweets in the hour',
            lines: PROGRAMS.map(name => line(name, ({ median }) => median.seconds)),
          },
          {
            form: 'lines',
            scale: 'log',
            name: 'peak memory, MB',
            xName: 'tweets in the hour',
            lines: PROGRAMS.map(name => line(name, ({ most }) => most.peakMegabytes)),
          },
        ],
      },
    }
  },
}

/** Of the median, and from the slowest to the quickest run where these are far apart. */
function ratesText(hours: number, timing: Timing): string {
  const rate = ({ seconds }: Measure) => digits(hours / seconds, hours / seconds < 10 ? 1 : 0)
  const { median, least, most } = timing
  return isWide(timing) ? `${rate(median)} (${rate(most)}–${rate(least)})` : rate(median)
}

function mainPoint(size: Size, { points }: Figures): Point {
  return points.find(({ tweets }) => tweets === size.tweets)!
}

function curveTable(points: readonly Point[]): string[] {
  const cpu = (outcome: Outcome | undefined, tweets: number) =>
    cell(outcome, ({ median }) => (median.cpuSeconds === null ? null : digits((median.cpuSeconds / tweets) * 1e6, 1)))
  return table(
    ['tweets', ...PROGRAMS.flatMap(name => [`${name === 'pyspark' ? 'PySpark' : SHORT[name]}, s`, 'CPU s', 'MB'])],
    points.map(({ tweets, programs }) => [
      digits(tweets, 0),
      ...PROGRAMS.flatMap(name => [
        secondsCell(programs[name]),
        cpu(programs[name], tweets),
        memoryCell(programs[name]),
      ]),
    ]),
  )
}

function failuresAt(tweets: number, programs: Outcomes): string[] {
  const named = Object.entries(programs).map(([name, outcome]) => [
    `${digits(tweets, 0)} tweets, ${SHORT[name as Program]}`,
    outcome,
  ])
  return failureLines(Object.fromEntries(named))
}

/** What everybody is given. */
interface Task {
  lake: string
  /** undefined for all that the lake has */
  hour: string | undefined
  times: number
  peerTimes: number
  sparkTimes: number
}

/** Runs all in turn, and compares what each made, the first time, with what twdw made. */
async function compete(names: readonly Program[], task: Task, say: (sentence: string) => void) {
  const python = await peersPython()
  const same = new Map<Program, string>()
  const jobs: Measure[] = []
  const makers: Record<Program, () => Promise<Run>> = {
    twdw: () => byTwdw(task),
    duckdb: () => byDuckDb(task),
    polars: () => byPolars(task),
    pyspark: () => bySpark(task),
  }
  const outcomes = await inTurn(
    names,
    task.times,
    async name => {
      say(name)
      const { stdout, ...measured } = await makers[name]()
      if (name !== 'twdw' && !same.has(name)) {
        const script = peerScript(name === 'pyspark' ? 'compare_original.py' : 'compare_star.py')
        same.set(name, await compared([python, script, task.lake, TARGET]))
      }
      if (name === 'pyspark') jobs.push({ seconds: Number(stdout), cpuSeconds: null, peakMegabytes: null })
      return measured
    },
    { polars: task.peerTimes, pyspark: task.sparkTimes },
  )
  const sentences = [...same].map(([name, sentence]) => `${SHORT[name].split(' ')[0]}: ${sentence}`)
  return { outcomes, jobs, same: sentences }
}

function byTwdw({ lake }: Task): Promise<Run> {
  rmSync(join(lake, 'layer2'), { recursive: true, force: true })
  return run([TWDW, 'consolidate', '--lake', lake, '--quiet'])
}

/** The script is made, and the tags that SQL cannot fold are folded, beforehand. */
async function byDuckDb({ lake, hour }: Task): Promise<Run> {
  const script = join(WORK, 'star.sql')
  const hours = hour === undefined ? [] : [hour]
  const { stdout } = await run([process.execPath, peerScript('duckdb_star_sql.ts'), lake, TARGET, ...hours])
  await Bun.write(script, stdout)
  return run([await peersPython(), peerScript('duckdb_star.py'), script])
}

async function byPolars({ lake, hour }: Task): Promise<Run> {
  rmSync(TARGET, { recursive: true, force: true })
  const folder = hour === undefined ? '*/*' : HOUR_FOLDER
  const words = [peerScript('polars_star.py'), join(lake, 'layer1/tweets'), TARGET, TIME_ZONE, folder]
  return run([await peersPython(), ...words], { env: { POLARS_MAX_THREADS: String(THREADS) } })
}

async function bySpark({ lake }: Task): Promise<Run> {
  rmSync(TARGET, { recursive: true, force: true })
  return runSpark([await peersPython(), peerScript('spark_original.py'), join(lake, 'layer1/tweets'), TARGET])
}
