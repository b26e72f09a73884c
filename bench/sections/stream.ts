/** Whether a listener keeps up: so many tweets a second from the double for a while, with journal and Parquet. */
import { type Firehose, wholeBlocks } from '../firehose.ts'
import { listenTo, newestJournalledMs, withFirehose } from '../listener.ts'
import { digits, machineLine, table } from '../page.ts'
import type { Section } from '../section.ts'
import { type Measure, quantile, round, timingOf } from '../statistics.ts'

type Size = {
  /** tweets a second */
  rate: number
  seconds: number
}

interface Figures {
  tweets: number
  run: Measure
  /** age of the newest tweet in the journal, each time it was looked at */
  lagMs: { looks: number; p50: number; p99: number; most: number }
}

const LOOK_MS = 100

export const stream: Section<Size, Figures> = {
  name: 'stream',
  page: 'docs/benchmarks.md',
  about: 'a busy stream, and how far the listener is behind it',
  minutes: 1.2,
  peers: [],
  size: { rate: 10_000, seconds: 60 },
  smallSize: { rate: 2_000, seconds: 5 },

  async measure({ rate, seconds }) {
    const tweets = wholeBlocks(rate * seconds)
    const plan: Firehose = { tweets, tweetsPerSecond: rate, startMs: null, stepMs: 0, ends: false }
    const lagsMs: number[] = []
    const look = () => {
      const newestMs = newestJournalledMs()
      if (newestMs !== undefined) lagsMs.push(Date.now() - newestMs)
    }
    const { stdout, ...run } = await withFirehose(plan, origin =>
      listenTo(origin, tweets, { watch: { everyMs: LOOK_MS, look }, lastsMs: seconds * 1000 }),
    )
    const stored: number = JSON.parse(stdout).tweets
    if (stored !== tweets) throw new Error(`${stored} of ${tweets} tweets were stored`)
    const part = (of: number) => round(quantile(lagsMs, of), 0)
    return {
      tweets,
      run: timingOf([run]).median,
      lagMs: { looks: lagsMs.length, p50: part(0.5), p99: part(0.99), most: part(1) },
    }
  },

  tell(results) {
    const { size, figures } = results
    const { run, lagMs } = figures
    return {
      stream: [
        `${digits(size.rate, 0)} tweets a second for ${size.seconds} s, ${digits(figures.tweets, 0)} tweets in all; each is of the instant at which it was sent.`,
        `One run; the double that sends shares the machine. The lag is the age of the newest tweet in the journal’s file, looked at ${digits(lagMs.looks, 0)} times;`,
        'syncing adds up to 200 ms.',
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
              digits(figures.tweets, 0),
              digits(run.seconds, 1),
              digits(run.cpuSeconds ?? Number.NaN, 1),
              digits(run.peakMegabytes ?? Number.NaN, 0),
              digits(lagMs.p50, 0),
              digits(lagMs.p99, 0),
              digits(lagMs.most, 0),
            ],
          ],
        ),
        '',
        machineLine(results, []),
      ],
    }
  },

  charts: () => ({}),
}
