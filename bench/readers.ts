/**
 * How quickly a stream is read, beside other readers of it: the same bytes from the double, as fast as each takes them.
 *
 * `bun bench/readers.ts [--tweets 300000] [--times 3] [--write]`
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { FIREHOSE_TOKEN, type Firehose, wholeBlocks } from './firehose.ts'
import { WORK } from './lines.ts'
import { listenTo, withFirehose } from './listener.ts'
import { machineText } from './machine.ts'
import { digits, RUN_COLUMNS, rowOf, table, writeSection } from './page.ts'
import { peerScript, peersPython, peerVersions } from './peers.ts'
import { inTurn, median, run } from './process.ts'

const { values } = parseArgs({
  options: {
    tweets: { type: 'string', default: '300000' },
    times: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
})
const tweets = wholeBlocks(Number(values.tweets))
const plan: Firehose = { tweets, tweetsPerSecond: null, startMs: null, stepMs: 0, ends: false }
const python = await peersPython()

const peer = (script: string) => (origin: string) =>
  run([python, peerScript(script), origin, FIREHOSE_TOKEN, String(tweets), join(WORK, 'peer.jsonl')])
const readers = {
  'twdw: journal and Parquet': (origin: string) => listenTo(origin, tweets),
  'tweepy: bytes into a file, unparsed': peer('tweepy_stream.py'),
  'twarc2: parsed, JSON lines': peer('twarc_stream.py'),
}
const names = Object.keys(readers) as (keyof typeof readers)[]
const runs = await inTurn(names, Number(values.times), name => withFirehose(plan, readers[name]))

const [mine, ...others] = names.map(name => runs[name].map(each => each.wallSeconds))
const ratios = others.map(theirs => digits(median(mine!.map((seconds, i) => seconds / theirs[i]!)), 2))
const { tweepy, twarc } = peerVersions()
const report = [
  `${digits(tweets, 0)} tweets, sent as fast as they are read. Whole processes in turn, medians of ${values.times}; the double shares the machine.`,
  '',
  ...table(
    RUN_COLUMNS,
    names.map(name => rowOf(name, tweets, runs[name])),
  ),
  '',
  `twdw takes ${ratios[0]} times as long as tweepy and ${ratios[1]} times as long as twarc2.`,
  '',
  machineText([`tweepy ${tweepy}`, `twarc ${twarc}`]),
]
console.log(report.join('\n'))
if (values.write) writeSection('readers', report)
