/** How quickly a stream is read, beside other readers of it: the same bytes from the double, as fast as each takes them. */
import { join } from 'node:path'
import { memoryPanel, secondsPanel } from '../chart.ts'
import { FIREHOSE_TOKEN, type Firehose, wholeBlocks } from '../firehose.ts'
import { listenTo, readingTimeoutMs, withFirehose } from '../listener.ts'
import { chartLines, digits, failureLines, machineLine, RUN_COLUMNS, ratioText, runRow, table } from '../page.ts'
import { peerScript, peersPython } from '../peers.ts'
import { WORK } from '../places.ts'
import { inTurn, run } from '../process.ts'
import type { Section } from '../section.ts'
import type { Outcome } from '../statistics.ts'

type Size = {
  tweets: number
  times: number
}

interface Figures {
  tweets: number
  twdw: Outcome
  tweepy: Outcome
  twarc: Outcome
}

const PEERS = ['tweepy', 'twarc']
const WHAT_THEY_DO = {
  twdw: 'twdw: journal and Parquet',
  tweepy: 'tweepy: bytes into a file, unparsed',
  twarc: 'twarc2: parsed, JSON lines',
} as const

export const readers: Section<Size, Figures> = {
  name: 'readers',
  page: 'docs/benchmarks.md',
  about: 'other readers of a stream, tweepy and twarc2',
  minutes: 3,
  peers: PEERS,
  size: { tweets: 300_000, times: 3 },
  smallSize: { tweets: 10_000, times: 1 },

  async measure(size, { say }) {
    const tweets = wholeBlocks(size.tweets)
    const plan: Firehose = { tweets, tweetsPerSecond: null, startMs: null, stepMs: 0, ends: false }
    const python = await peersPython()
    // each script ends with an error when it has read another number
    const peer = (script: string) => (origin: string) =>
      run([python, peerScript(script), origin, FIREHOSE_TOKEN, String(tweets), join(WORK, 'peer.jsonl')], {
        timeoutMs: readingTimeoutMs(tweets),
      })
    const programs = {
      twdw: (origin: string) => listenTo(origin, tweets),
      tweepy: peer('tweepy_stream.py'),
      twarc: peer('twarc_stream.py'),
    }
    const outcomes = await inTurn(['twdw', 'tweepy', 'twarc'], size.times, async name => {
      say(name)
      const measured = await withFirehose(plan, programs[name])
      if (name === 'twdw') checkStored(measured.stdout, tweets)
      return measured
    })
    return { tweets, ...outcomes }
  },

  tell(results) {
    const { size, figures } = results
    const { tweets, twdw, tweepy, twarc } = figures
    return {
      readers: [
        `${digits(tweets, 0)} tweets, sent as fast as they are read. Whole processes in turn, their start included, medians of ${size.times}; the double that sends`,
        'shares the machine. The two others have one thread.',
        '',
        ...chartLines('readers', 'seconds and peak memory of twdw, tweepy and twarc2'),
        ...table(RUN_COLUMNS, [
          runRow(WHAT_THEY_DO.twdw, tweets, twdw),
          runRow(WHAT_THEY_DO.tweepy, tweets, tweepy),
          runRow(WHAT_THEY_DO.twarc, tweets, twarc),
        ]),
        '',
        ...failureLines({ tweepy, twarc2: twarc }),
        `twdw takes ${ratioText(twdw, tweepy)} times as long as tweepy and ${ratioText(twdw, twarc)} times as long as twarc2.`,
        '',
        machineLine(results, PEERS),
      ],
    }
  },

  charts({ figures: { tweets, twdw, tweepy, twarc } }) {
    const outcomes = [
      ['twdw', twdw],
      ['tweepy', tweepy],
      ['twarc2', twarc],
    ] as const
    return {
      readers: {
        title: `${digits(tweets, 0)} tweets of a stream, read`,
        columns: 2,
        panels: [secondsPanel('seconds', outcomes), memoryPanel('peak memory, MB', outcomes)],
      },
    }
  },
}

function checkStored(report: string, tweets: number): void {
  const stored: number = JSON.parse(report).tweets
  if (stored !== tweets) throw new Error(`${stored} of ${tweets} tweets were stored`)
}
