/**
 * Whether memory stays flat: a day at the most that X sends, 250 tweets a second, as quickly as it can be read.
 *
 * `bun bench/day.ts [--hours 24] [--write]`
 */
import { parseArgs } from 'node:util'
import { type Firehose, wholeBlocks } from './firehose.ts'
import { LISTENER_LAKE, listenTo, residentMegabytes, withFirehose } from './listener.ts'
import { machineText, TWDW } from './machine.ts'
import { digits, table, writeSection } from './page.ts'
import { median, run } from './process.ts'

const { values } = parseArgs({
  options: { hours: { type: 'string', default: '24' }, write: { type: 'boolean', default: false } },
})
const hours = Number(values.hours)
const RATE = 250
const tweets = wholeBlocks(RATE * 3600 * hours)
const startMs = Date.parse('2026-09-21T00:00:00Z')
const plan: Firehose = { tweets, tweetsPerSecond: null, startMs, stepMs: 1000 / RATE, ends: false }

const samples: { seconds: number; megabytes: number }[] = []
const beganMs = performance.now()
const look = (pid: number) => {
  const megabytes = residentMegabytes(pid)
  if (megabytes !== undefined) samples.push({ seconds: (performance.now() - beganMs) / 1000, megabytes })
}
const { wallSeconds, cpuSeconds, peakMegabytes } = await withFirehose(plan, origin =>
  listenTo(origin, tweets, { everyMs: 250, look }),
)
const sql = 'SELECT count(*) AS tweets, count(DISTINCT tweet_id) AS ids FROM layer1_tweets'
const asked = await run([TWDW, 'query', '--lake', LISTENER_LAKE, '--sql', sql, '--format', 'json'])
const [stored] = JSON.parse(asked.stdout) as { tweets: number; ids: number }[]

const quarters = [0, 1, 2, 3].map(quarter => {
  const [from, to] = [wallSeconds * (quarter / 4), wallSeconds * ((quarter + 1) / 4)]
  return samples.filter(({ seconds }) => seconds >= from && seconds < to).map(({ megabytes }) => megabytes)
})
const warm = samples.filter(({ seconds }) => seconds > wallSeconds / 4)
const report = [
  `${digits(hours, 0)} hours at ${RATE} tweets a second, ${digits(tweets, 0)} tweets, read in ${digits(wallSeconds / 60, 1)} minutes`,
  `(${digits(tweets / wallSeconds, 0)} a second, ${digits(cpuSeconds, 0)} CPU seconds). Memory, looked at four times a second, by quarter of the run:`,
  '',
  ...table(
    ['', 'first', 'second', 'third', 'last'],
    [
      ['median, MB', ...quarters.map(some => digits(median(some), 0))],
      ['most, MB', ...quarters.map(some => digits(Math.max(...some), 0))],
    ],
  ),
  '',
  `Peak ${digits(peakMegabytes, 0)} MB. From the second quarter on memory changes by ${digits(slope(warm) * wallSeconds, 1)} MB in the time of the whole run`,
  `(least squares). Stored: ${digits(stored!.tweets, 0)} tweets with ${digits(stored!.ids, 0)} different ids.`,
  '',
  machineText([]),
]
console.log(report.join('\n'))
if (values.write) writeSection('day', report)

/** MB a second, by least squares. */
function slope(points: typeof samples): number {
  const mean = (of: (point: (typeof samples)[number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [meanX, meanY] = [mean(point => point.seconds), mean(point => point.megabytes)]
  const covariance = mean(({ seconds, megabytes }) => (seconds - meanX) * (megabytes - meanY))
  return covariance / mean(({ seconds }) => (seconds - meanX) ** 2)
}
