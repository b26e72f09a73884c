/**
 * Whether a listener keeps up: so many tweets a second from the double for a while, with journal and Parquet.
 *
 * `bun bench/stream.ts [--rate 10000] [--seconds 60] [--write]`
 */
import { parseArgs } from 'node:util'
import { type Firehose, wholeBlocks } from './firehose.ts'
import { listenTo, newestJournalledMs, withFirehose } from './listener.ts'
import { machineText } from './machine.ts'
import { digits, table, writeSection } from './page.ts'
import { quantile } from './process.ts'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '60' },
    write: { type: 'boolean', default: false },
  },
})
const [rate, seconds] = [Number(values.rate), Number(values.seconds)]
const tweets = wholeBlocks(rate * seconds)
const plan: Firehose = { tweets, tweetsPerSecond: rate, startMs: null, stepMs: 0, ends: false }

const lagsMs: number[] = []
const look = () => {
  const newestMs = newestJournalledMs()
  if (newestMs !== undefined) lagsMs.push(Date.now() - newestMs)
}
const { wallSeconds, cpuSeconds, peakMegabytes, stdout } = await withFirehose(plan, origin =>
  listenTo(origin, tweets, { everyMs: 100, look }),
)
const stored: number = JSON.parse(stdout).tweets
if (stored !== tweets) throw new Error(`${stored} of ${tweets} tweets were stored`)

const ms = (part: number) => digits(quantile(lagsMs, part), 0)
const report = [
  `${digits(rate, 0)} tweets a second for ${seconds} s, ${digits(tweets, 0)} tweets in all; each is of the instant at which it was sent.`,
  'The lag is the age of the newest tweet in the journal’s file, looked at ten times a second; syncing adds up to 200 ms.',
  '',
  ...table(
    [
      'tweets stored',
      'seconds until all are in Parquet',
      'CPU seconds',
      'peak memory, MB',
      'lag p50, ms',
      'p99',
      'most',
    ],
    [
      [
        digits(stored, 0),
        digits(wallSeconds, 1),
        digits(cpuSeconds, 1),
        digits(peakMegabytes, 0),
        ms(0.5),
        ms(0.99),
        ms(1),
      ],
    ],
  ),
  '',
  machineText([]),
]
console.log(report.join('\n'))
if (values.write) writeSection('stream', report)
