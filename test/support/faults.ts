/**
 * What can go wrong between X and the listener, as data: what the double does, in words and as scripts.
 *
 * `docs/reliability.md` has a row for each, written by the test that runs it.
 */
import { constants, gzipSync } from 'node:zlib'
import { disconnectNotice, noticeOf, REFUSALS, type Refusal } from '../x-double/answers.ts'
import type { XDoubleOptions } from '../x-double/double.ts'
import { type StreamLine, streamLine } from '../x-double/lines.ts'
import {
  bytes,
  cut,
  drop,
  end,
  keepAlive,
  mute,
  pause,
  raw,
  refuse,
  reset,
  type Script,
  type Step,
  send,
  until,
} from '../x-double/script.ts'

export interface Fault {
  name: string
  /** what the double did, as a clause */
  x: string
  /** One script a connection; after the last of them comes one that sends LAST, unless a script sends it. */
  stream: (heard: Heard) => Script[]
  /** whole tweets that the scripts send, repeats too, LAST apart */
  sends: readonly StreamLine[]
  double?: Partial<XDoubleOptions>
  /** how long each connection seems to have lived; a minute and more is a success */
  uptimeMs?: number
  /** a connect or a silence is given up after SILENCE_MS rather than after seconds that a busy machine may need */
  isImpatient?: true
  /** what the ladder must have seen, each time, or another fault was measured */
  ending?: string
}

/** Resolves when the listener has taken a line with this id or text in it. */
export type Heard = (part: string) => Promise<void>

/** The tweet that tells that the listener is alive at the end. */
export const LAST = streamLine(99)
/** To an impatient listener a connection on which nothing arrives for so long is dead. */
export const SILENCE_MS = 150

const CUT = 'the connection was cut (ECONNRESET)'
const CLOSED = 'X closed the connection'
const NOON_S = Date.parse('2026-09-21T12:00:00Z') / 1000
const [ONE, TWO, THREE] = [1, 2, 3].map(n => streamLine(n, { text: `tweet ${n} ação 日本 🧪` })) as [
  StreamLine,
  StreamLine,
  StreamLine,
]
const BYTES_OF_ONE = Buffer.byteLength(`${JSON.stringify(ONE)}\r\n`)
const everyByte = Array.from({ length: BYTES_OF_ONE - 1 }, (_, i) => i + 1)

/** One connection a tweet, and when the tweet has arrived, that. */
const afterEach =
  (lines: readonly StreamLine[], step: Step) =>
  (heard: Heard): Script[] =>
    lines.map(line => [send(line), until(heard(line.data.id)), step])

const refusals = (name: string, x: string, refused: readonly Refusal[], more: Partial<Fault> = {}): Fault => ({
  name,
  x,
  stream: () => refused.map(refusal => [refuse(refusal)]),
  sends: [],
  ...more,
})

const disconnects = (types: readonly string[]): Fault[] =>
  types.map(type => ({
    name: `in-stream ${type}`,
    x: 'sent a tweet, said so in the stream and closed it',
    stream: () => [[send(ONE), send(disconnectNotice(type)), end()]],
    sends: [ONE],
    ending: `X ended the stream: operational-disconnect: This stream has been disconnected for operational reasons. (${type})`,
  }))

/** The names that X gives the same things since its specification 2.167. */
function renamed(line: StreamLine): StreamLine {
  const { edit_history_tweet_ids, public_metrics, ...data } = line.data
  const { retweet_count, ...metrics } = public_metrics as Record<string, number>
  return {
    ...line,
    data: {
      ...data,
      edit_history_post_ids: edit_history_tweet_ids,
      public_metrics: { ...metrics, repost_count: retweet_count },
      note_post: { text: `${line.data.text}, told at length` },
    },
    includes: { ...line.includes, posts: [] } as StreamLine['includes'] & object,
  }
}

function editOf(line: StreamLine, n: number): StreamLine {
  const edit = streamLine(n, { text: `${line.data.text}, corrected` })
  return { ...edit, data: { ...edit.data, edit_history_tweet_ids: [line.data.id, edit.data.id] } }
}

const EDIT = editOf(ONE, 4)
const flushed = (text: string) => gzipSync(text, { finishFlush: constants.Z_SYNC_FLUSH })
const textOf = (...lines: StreamLine[]) => lines.map(line => `${JSON.stringify(line)}\r\n`).join('')
const GZIPPED = flushed(textOf(ONE, TWO, LAST))

const FRAMING: Fault[] = [
  {
    name: 'chunk cut at every byte',
    x: `sent a tweet in ${BYTES_OF_ONE} chunks of a byte, through characters and line end`,
    stream: () => [[cut(ONE, ...everyByte), send(TWO), send(LAST)]],
    sends: [ONE, TWO],
  },
  {
    name: 'bare `\\n` framing',
    x: 'ended lines with `\\n` alone',
    stream: () => [[raw(`${JSON.stringify(ONE)}\n${JSON.stringify(TWO)}\n\n`), raw(`${JSON.stringify(LAST)}\n`)]],
    sends: [ONE, TWO],
  },
  {
    name: 'gzip',
    x: 'compressed the stream, and cut it in the middle of a block',
    stream: () => [[bytes(GZIPPED.subarray(0, 100)), pause(5), bytes(GZIPPED.subarray(100))]],
    sends: [ONE, TWO],
    double: { streamHeaders: { 'content-encoding': 'gzip' } },
  },
]

const ENDS: Fault[] = [
  {
    name: 'stall with keep-alives',
    isImpatient: true,
    x: 'sent nothing but heartbeats for three times the longest silence',
    stream: () => [
      [send(ONE), ...Array.from({ length: 15 }, () => [pause(SILENCE_MS / 5), keepAlive()]).flat(), send(LAST)],
    ],
    sends: [ONE],
  },
  {
    name: 'stall without keep-alives',
    isImpatient: true,
    x: 'sent a tweet, and then nothing at all',
    stream: () => [[send(ONE)]],
    sends: [ONE],
    ending: 'nothing arrived for 0 s',
  },
  {
    name: 'no answer',
    isImpatient: true,
    x: 'took the connection and did not answer the request',
    stream: () => [[mute()]],
    sends: [],
    ending: 'X did not answer within 0.15 s (ETIMEDOUT)',
  },
  {
    name: 'RST',
    x: 'reset the connection after a tweet',
    stream: afterEach([ONE], reset()),
    sends: [ONE],
    ending: CUT,
  },
  {
    name: 'RST of a young connection, three times',
    x: 'reset each connection two seconds after it began',
    stream: afterEach([ONE, TWO, THREE], reset()),
    sends: [ONE, TWO, THREE],
    ending: CUT,
    uptimeMs: 2_000,
  },
  {
    name: 'clean EOF',
    x: 'closed the answer in good order',
    stream: () => [[send(ONE), end()]],
    sends: [ONE],
    ending: CLOSED,
  },
  {
    name: 'clean EOF of a young connection, three times',
    x: 'closed each connection two seconds after it began',
    stream: () => [ONE, TWO, THREE].map(line => [send(line), end()]),
    sends: [ONE, TWO, THREE],
    ending: CLOSED,
    uptimeMs: 2_000,
  },
  {
    name: 'half-written last line',
    x: 'closed the connection in the middle of a tweet, and sent it again on the next',
    stream: () => [
      [send(ONE), raw(JSON.stringify(TWO).slice(0, 200)), drop()],
      [send(TWO), send(LAST)],
    ],
    sends: [ONE, TWO],
  },
]

const REFUSED: Fault[] = [
  refusals('400 that names a field', 'did not know `note_tweet`', [REFUSALS.unknownField]),
  refusals('400 twice', 'did not know `note_tweet`, nor then anything else', [
    REFUSALS.unknownField,
    REFUSALS.unknownField,
  ]),
  refusals('401', 'did not accept the token', [REFUSALS.unauthorized]),
  refusals('402', 'said that credits are used up', [REFUSALS.creditsDepleted]),
  refusals('403', 'said that the app is in no project', [REFUSALS.notEnrolled]),
  refusals('403, spending limit', "said that the owner's limit is reached", [REFUSALS.spendingLimit]),
  refusals('409', 'said that there are no rules', [REFUSALS.noRules]),
  {
    name: '429 a, a slot of our own that is stale',
    isImpatient: true,
    x: 'did not notice that the listener hung up, and refused a second connection',
    stream: () => [[send(ONE)]],
    sends: [ONE],
    double: { slots: 1, isDeafToHangUps: true },
  },
  refusals("429 a, a slot that is somebody else's", 'refused twice, and knew of no connection', [
    REFUSALS.slotTaken,
    REFUSALS.slotTaken,
  ]),
  refusals('429 b', "said that the month's cap is used up", [REFUSALS.usageCap]),
  {
    name: '429 b in the stream',
    x: 'sent a tweet, and said in the stream that the cap is used up',
    stream: () => [[send(ONE), send(noticeOf(REFUSALS.usageCap)), end()]],
    sends: [ONE],
  },
  refusals('429 c with a reset', 'said that there were too many requests, until 90 s later', [
    {
      ...REFUSALS.tooManyRequests,
      headers: { ...REFUSALS.tooManyRequests.headers, 'x-rate-limit-reset': String(NOON_S + 90) },
    },
  ]),
  refusals('429 c, code 88, twice', 'said so in the words of its first API', [REFUSALS.code88, REFUSALS.code88]),
  refusals('503 three times', 'was overloaded', [REFUSALS.unavailable, REFUSALS.unavailable, REFUSALS.unavailable]),
  refusals('503, provisioning', 'was still processing a change of the subscription', [REFUSALS.provisioning]),
  refusals("502, a gateway's page", 'was not reached', [REFUSALS.gatewayPage]),
]

const CONTENT: Fault[] = [
  {
    name: 'duplicates',
    x: 'sent two tweets twice on one connection, and again on the next',
    stream: () => [[ONE, TWO, ONE, TWO].map(send).concat(end()), [ONE, TWO, LAST].map(send)],
    sends: [ONE, TWO, ONE, TWO, ONE, TWO],
  },
  {
    name: 'out of order',
    x: 'sent later tweets first',
    stream: () => [[THREE, ONE, TWO, LAST].map(send)],
    sends: [THREE, ONE, TWO],
  },
  {
    name: 'edits',
    x: 'sent a tweet and, under an id of its own, its edit; the edit first',
    stream: () => [[EDIT, ONE, LAST].map(send)],
    sends: [EDIT, ONE],
  },
  {
    name: 'both vocabularies',
    x: 'sent one tweet in the names of before 2.167, one in those of after',
    stream: () => [[ONE, renamed(TWO), LAST].map(send)],
    sends: [ONE, renamed(TWO)],
  },
]

export const FAULTS: readonly Fault[] = [
  ...FRAMING,
  ...ENDS,
  ...disconnects([
    'OperationalDisconnect',
    'UpstreamOperationalDisconnect',
    'ForceDisconnect',
    'UpstreamUncleanDisconnect',
    'SlowReader',
    'InternalError',
    'ClientApplicationStateDegraded',
    'PackageDowngraded',
    'InvalidRules',
  ]),
  ...REFUSED,
  ...CONTENT,
]
