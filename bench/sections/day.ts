/** Whether memory stays flat: a day at the most that X sends, 250 tweets a second, as quickly as it can be read. */
import type { Chart } from '../chart.ts'
import { type Firehose, wholeBlocks } from '../firehose.ts'
import { LISTENER_LAKE, listenTo, residentMegabytes, withFirehose } from '../listener.ts'
import { chartLines, digits, machineLine, table } from '../page.ts'
import { TWDW } from '../places.ts'
import { run } from '../process.ts'
import type { Section } from '../section.ts'
import { type Measure, median, round, slope, timingOf } from '../statistics.ts'

type Size = {
  hours: number
  /** tweets a second, as their times have it */
  rate: number
}

/** Memory of the listener at an instant. */
type Sample = [seconds: number, megabytes: number]

interface Figures {
  tweets: number
  run: Measure
  /** as many as a drawing needs; medians of the looks between one and the next */
  samples: Sample[]
  /** of the four parts of the run, by all looks */
  quarters: { median: number; most: number }[]
  /** MB that memory changes by in the time of the whole run, by least squares over all looks after the first quarter */
  drift: number
  stored: { tweets: number; ids: number }
}

const START_MS = Date.parse('2026-09-21T00:00:00Z')
const LOOK_MS = 250
const SAMPLES = 120

export const day: Section<Size, Figures> = {
  name: 'day',
  page: 'docs/benchmarks.md',
  about: 'a day at the most that X sends, and whether memory stays flat',
  minutes: 13,
  peers: [],
  size: { hours: 24, rate: 250 },
  smallSize: { hours: 0.1, rate: 250 },

  async measure({ hours, rate }) {
    const tweets = wholeBlocks(rate * 3600 * hours)
    const plan: Firehose = { tweets, tweetsPerSecond: null, startMs: START_MS, stepMs: 1000 / rate, ends: false }
    const looks: Sample[] = []
    const beganMs = performance.now()
    const look = (pid: number) => {
      const megabytes = residentMegabytes(pid)
      if (megabytes !== undefined) looks.push([(performance.now() - beganMs) / 1000, megabytes])
    }
    const { stdout, ...measured } = await withFirehose(plan, origin =>
      listenTo(origin, tweets, { watch: { everyMs: LOOK_MS, look } }),
    )
    const sql = 'SELECT count(*) AS tweets, count(DISTINCT tweet_id) AS ids FROM layer1_tweets'
    const asked = await run([TWDW, 'query', '--lake', LISTENER_LAKE, '--sql', sql, '--format', 'json'])
    const [stored] = JSON.parse(asked.stdout) as Figures['stored'][]
    const parts = (count: number) => partsOf(looks, measured.seconds, count)
    return {
      tweets,
      run: timingOf([measured]).median,
      samples: parts(SAMPLES)
        .filter(some => some.length > 0)
        .map(some => [round(some[0]![0], 1), round(median(megabytesOf(some)), 1)]),
      quarters: parts(4).map(some => ({
        median: round(median(megabytesOf(some)), 1),
        most: round(Math.max(...megabytesOf(some)), 1),
      })),
      drift: round(slope(looks.filter(([seconds]) => seconds > measured.seconds / 4)) * measured.seconds, 1),
      stored: { tweets: Number(stored!.tweets), ids: Number(stored!.ids) },
    }
  },

  tell(results) {
    const { size, figures } = results
    const { tweets, run: measured, quarters, drift, stored } = figures
    return {
      day: [
        `${size.hours} hours at ${size.rate} tweets a second, ${digits(tweets, 0)} tweets, read in ${digits(measured.seconds / 60, 1)} minutes`,
        `(${digits(tweets / measured.seconds, 0)} a second, ${digits(measured.cpuSeconds ?? Number.NaN, 0)} CPU seconds). Memory, looked at four times a second, by quarter of the run:`,
        '',
        ...chartLines('day', 'memory of the listener in the time of the run'),
        ...table(
          ['', 'first', 'second', 'third', 'last'],
          [
            ['median, MB', ...quarters.map(each => digits(each.median, 0))],
            ['most, MB', ...quarters.map(each => digits(each.most, 0))],
          ],
        ),
        '',
        `Peak ${digits(measured.peakMegabytes ?? Number.NaN, 0)} MB. From the second quarter on memory changes by ${digits(drift, 1)} MB in the time of the whole run`,
        `(least squares). Stored: ${digits(stored.tweets, 0)} tweets with ${digits(stored.ids, 0)} different ids.`,
        '',
        machineLine(results, []),
      ],
    }
  },

  charts({ size, figures }): Record<string, Chart> {
    return {
      day: {
        title: `Memory of the listener in ${size.hours} hours of tweets`,
        columns: 1,
        panels: [
          {
            form: 'lines',
            name: 'MB',
            xName: 'seconds',
            scale: 'linear',
            lines: [{ name: 'twdw', points: figures.samples }],
          },
        ],
      },
    }
  },
}

const megabytesOf = (samples: readonly Sample[]) => samples.map(([, megabytes]) => megabytes)

/** Looks by parts of the time, which are equally long. */
function partsOf(looks: readonly Sample[], seconds: number, count: number): Sample[][] {
  const parts: Sample[][] = Array.from({ length: count }, () => [])
  for (const look of looks) parts[Math.min(count - 1, Math.floor((look[0] / seconds) * count))]!.push(look)
  return parts
}
