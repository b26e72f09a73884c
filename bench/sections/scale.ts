/** Many busy hours: by twdw alone, and by a Spark with executors of its own that twdw hands them to. Where do the lines cross? */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Chart } from '../chart.ts'
import { busyHoursLake } from '../hour-lake.ts'
import {
  cell,
  chartLines,
  digits,
  failureLines,
  machineLine,
  memoryCell,
  secondsCell,
  table,
  threadsText,
} from '../page.ts'
import { peerScript, peersPython } from '../peers.ts'
import { TWDW, WORK } from '../places.ts'
import { run } from '../process.ts'
import type { Section } from '../section.ts'
import { openSparkServer } from '../spark-server.ts'
import { isFailure, type Measure, type Outcome, timingOf } from '../statistics.ts'

type Size = {
  tweetsAnHour: number
  /** ascending; two and more, so that they make a line */
  hours: readonly number[]
  executors: number
  /** of each executor, and of the driver */
  memoryMb: number
}

interface Point {
  hours: number
  twdw: Outcome
  spark: Outcome
}

interface Figures {
  points: Point[]
  /** of all hours */
  layer1: Files
  layer2: { twdw: Files; spark: Files | null }
  /** sentences about what both wrote */
  same: string[]
}

interface Files {
  count: number
  bytes: number
}

const PEERS = ['pyspark', 'java']
const FIRST_HOUR_MS = Date.parse('2024-01-01T03:00Z')

export const scale: Section<Size, Figures> = {
  name: 'scale',
  page: 'docs/benchmarks.md',
  about: 'many busy hours, alone and by a Spark',
  minutes: 80,
  peers: PEERS,
  size: { tweetsAnHour: 1_000_000, hours: [2, 50], executors: 2, memoryMb: 3_072 },
  smallSize: { tweetsAnHour: 10_000, hours: [1, 2], executors: 2, memoryMb: 1_024 },

  async measure({ tweetsAnHour, hours, executors, memoryMb }, { say }) {
    const most = Math.max(...hours)
    const lake = await busyHoursLake(most, tweetsAnHour)
    const points: Point[] = []
    const same: string[] = []
    let layer2: Figures['layer2'] | undefined
    for (const some of hours) {
      const words = [TWDW, 'consolidate', '--lake', lake, '--quiet', '--from', hourText(0), '--to', hourText(some)]
      clear(lake)
      say(`${some} hours, alone`)
      const { stdout, ...alone } = await run(words)
      const ours = keepLayer2(lake)
      say(`${some} hours, by Spark`)
      const spark = await bySpark(words, { executors, memoryMb })
      if (!isFailure(spark)) {
        const compared = await run([await peersPython(), peerScript('compare_star.py'), ours, lake])
        same.push(`${some} hours: ${compared.stdout.trim()}`)
      }
      layer2 = {
        twdw: filesBelow(join(ours, 'layer2')),
        spark: isFailure(spark) ? null : filesBelow(join(lake, 'layer2')),
      }
      points.push({ hours: some, twdw: timingOf([alone]), spark })
    }
    clear(lake)
    return { points, layer1: filesBelow(join(lake, 'layer1')), layer2: layer2!, same }
  },

  tell(results) {
    const { size, figures } = results
    const { points, layer1, layer2, same } = figures
    const lines = { twdw: lineOf(points, 'twdw'), spark: lineOf(points, 'spark') }
    return {
      scale: [
        `Hours of ${digits(size.tweetsAnHour, 0)} demo tweets each: \`twdw consolidate\` alone with ${threadsText(results)}, and \`--engine spark\` with a driver and ${size.executors} executors of one core`,
        `and ${digits(size.memoryMb, 0)} MB each (\`local-cluster\`), on the same ${digits(results.machine.processors, 0)} cores. One run each; Spark is warm of nothing, and its own start is not in the time. Memory and CPU of`,
        'Spark are of all its processes.',
        '',
        ...chartLines('scale', 'seconds by the number of hours'),
        ...table(
          ['hours', 'twdw, s', 'Spark, s', 'twdw, CPU s', 'Spark, CPU s', 'twdw, MB', 'Spark, MB'],
          points.map(({ hours, twdw, spark }) => [
            digits(hours, 0),
            secondsCell(twdw),
            secondsCell(spark),
            cell(twdw, ({ median }) => cpuText(median)),
            cell(spark, ({ median }) => cpuText(median)),
            memoryCell(twdw),
            memoryCell(spark),
          ]),
        ),
        '',
        ...failureLines(Object.fromEntries(points.map(({ hours, spark }) => [`Spark, ${hours} hours`, spark]))),
        ...slopeLines(lines, size.executors),
        `Layer1 of all hours: ${filesText(layer1)}. Layer2: ${filesText(layer2.twdw)} by twdw, ${layer2.spark === null ? 'none' : filesText(layer2.spark)} by Spark.`,
        ...same,
        '',
        machineLine(results, PEERS),
      ],
    }
  },

  charts({ size, figures: { points } }): Record<string, Chart> {
    const line = (name: 'twdw' | 'spark', shown: string) => ({
      name: shown,
      points: points.flatMap((point): [number, number][] => {
        const outcome = point[name]
        return isFailure(outcome) ? [] : [[point.hours, outcome.median.seconds]]
      }),
    })
    const lines = [line('twdw', 'twdw alone'), line('spark', `Spark, ${size.executors} executors`)]
    return {
      scale: {
        title: `Hours of ${digits(size.tweetsAnHour, 0)} tweets into the star`,
        columns: 1,
        panels: [{ form: 'lines', scale: 'log', name: 'seconds', xName: 'hours', lines }],
      },
    }
  },
}

interface Line {
  /** seconds before the first hour */
  fixed: number
  /** seconds for each hour */
  slope: number
}

/** Through the first and the last point; undefined where there are no two. */
function lineOf(points: readonly Point[], name: 'twdw' | 'spark'): Line | undefined {
  const known = points.flatMap(point => {
    const outcome = point[name]
    return isFailure(outcome) ? [] : [{ hours: point.hours, seconds: outcome.median.seconds }]
  })
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined || last === undefined || first === last) return undefined
  const slope = (last.seconds - first.seconds) / (last.hours - first.hours)
  return { fixed: first.seconds - slope * first.hours, slope }
}

function slopeLines({ twdw, spark }: { twdw: Line | undefined; spark: Line | undefined }, executors: number): string[] {
  if (twdw === undefined || spark === undefined) return []
  const told = ({ fixed, slope }: Line) =>
    `${fixed > 0 ? `${digits(fixed, 0)} s and ` : ''}${digits(slope, 1)} s for each hour`
  const lines = `By these lines twdw takes ${told(twdw)}, Spark ${told(spark)}.`
  if (spark.slope < twdw.slope) {
    const hours = Math.ceil((spark.fixed - twdw.fixed) / (twdw.slope - spark.slope))
    return [`${lines} They cross at about ${digits(hours, 0)} hours.`, '']
  }
  // as many as make an hour as quickly as this machine does alone
  const needed = Math.ceil((spark.slope / twdw.slope) * executors)
  return [
    `${lines} They do not cross. Were Spark's work spread evenly over more executors like these,`,
    `${digits(needed, 0)} of them would make an hour as quickly as this machine does alone.`,
    '',
  ]
}

async function bySpark(words: readonly string[], plan: { executors: number; memoryMb: number }): Promise<Outcome> {
  try {
    const server = await openSparkServer(plan)
    try {
      const before = server.measured().cpuSeconds
      const { seconds, cpuSeconds } = await run([...words, '--engine', 'spark', '--remote', server.remote])
      const after = server.measured()
      const cpu = after.cpuSeconds - before + (cpuSeconds ?? 0)
      return timingOf([{ seconds, cpuSeconds: cpu, peakMegabytes: after.peakMegabytes }])
    } finally {
      await server.close()
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { failed: error.message }
  }
}

function cpuText({ cpuSeconds }: Measure): string | null {
  return cpuSeconds === null ? null : digits(cpuSeconds, 0)
}

function hourText(later: number): string {
  return new Date(FIRST_HOUR_MS + later * 3_600_000).toISOString().slice(0, 13)
}

function clear(lake: string): void {
  rmSync(join(lake, 'layer2'), { recursive: true, force: true })
}

/** Layer2 is put aside. @returns a lake that has nothing else */
function keepLayer2(lake: string): string {
  const kept = join(WORK, 'scale-alone')
  rmSync(kept, { recursive: true, force: true })
  mkdirSync(kept, { recursive: true })
  renameSync(join(lake, 'layer2'), join(kept, 'layer2'))
  return kept
}

function filesBelow(folder: string): Files {
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter(name => name.endsWith('.parquet'))
  return { count: names.length, bytes: names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) }
}

function filesText({ count, bytes }: Files): string {
  return `${digits(count, 0)} files, ${digits(bytes / 1e9, 2)} GB`
}
