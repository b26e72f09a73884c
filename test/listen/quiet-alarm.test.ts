/** The alarm over the double of X: real sockets, a stream with heartbeats only, counts with tweets in them. */
import { describe, expect, it } from 'vitest'
import { STREAM_QUERY } from '../../src/lib/domain/x/request.ts'
import { wantedRules } from '../../src/lib/domain/x/rules.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import type { LineBatch, SessionEvent } from '../../src/lib/io/source/source.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { openXStream } from '../../src/lib/io/x/stream.ts'
import { type QuietAlarmPorts, withQuietAlarm } from '../../src/lib/listen/quiet-alarm.ts'
import { streamX } from '../../src/lib/listen/stream-x.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { memoryLog } from '../support/memory-log.ts'
import { REFUSALS } from '../x-double/answers.ts'
import { withXDouble, type XDouble, type XDoubleOptions } from '../x-double/double.ts'
import { streamLine } from '../x-double/lines.ts'
import { keepAlive, pause, type Step, send } from '../x-double/script.ts'

const TOKEN = 'TEST'
const ELEVEN_MS = Date.parse('2026-09-21T11:00:00Z')
const COUNTS = '/2/tweets/counts/recent'
/** One heartbeat or tweet is one step of the listener's clock. */
const STEP_MS = 20_000

/** Steps that arrive one by one, never two in a batch. */
const slowly = (steps: readonly Step[]): Step[] => steps.flatMap(step => [step, pause(3)])
const beats = (n: number): Step[] => slowly(Array.from({ length: n }, keepAlive))
/** As many tweets as heartbeats, for so many minutes. */
const tweets = (minutes: number): Step[] => slowly(Array.from({ length: minutes * 3 }, (_, n) => send(streamLine(n))))

interface Heard {
  events: (LineBatch | SessionEvent)[]
  log: ReturnType<typeof memoryLog>
  /** clauses that the alarm was told with */
  alarms: (string | undefined)[]
  paid: number
}

/** Listens until the double has been asked to stream so often, or so many batches came. */
async function listenTo(
  options: Partial<XDoubleOptions>,
  until: { connects?: number; batches?: number },
  work: (heard: Heard, x: XDouble) => void,
  more: { words?: { samplePercent?: number }; payCount?: QuietAlarmPorts['spending']['payCount'] } = {},
): Promise<void> {
  await withXDouble({ token: TOKEN, ...options }, async x => {
    const heard: Heard = { events: [], log: memoryLog(), alarms: [], paid: 0 }
    let batches = 0
    // each batch comes STEP_MS after the one before, on the first connection and on all later ones
    const clock = { nowMs: () => ELEVEN_MS + batches * STEP_MS, sleep: systemClock.sleep }
    const access = { token: TOKEN, userAgent: 'twdw/0.0.0-test', origin: x.origin }
    const timing = { connectTimeoutMs: 10_000, silenceMs: 10_000, maxLineBytes: 100_000, clock }
    const rest = openXRest(access)
    const streamPorts = {
      rest,
      connect: (signal: AbortSignal, query: Readonly<Record<string, string>>) =>
        openXStream({ ...access, ...timing, query }, signal),
      clock: fixedClock('2026-09-21T11:00:00Z'),
      log: heard.log,
      random: () => 0,
    }
    const wanted = wantedRules({ hashtags: ['covid19'], keywords: [], rules: [], langs: [], ...more.words }, 'lake')
    const spending = {
      payCount: async () => {
        heard.paid += 1
        await more.payCount?.()
      },
    }
    const stop = new AbortController()
    const stream = (signal: AbortSignal) =>
      streamX({ wanted, lakeName: 'lake', query: STREAM_QUERY }, streamPorts, signal)
    const alarm = (clause: string | undefined) => void heard.alarms.push(clause)
    for await (const event of withQuietAlarm(stream, { rest, spending, log: heard.log, alarm }, stop.signal)) {
      heard.events.push(event)
      if ('lines' in event && ++batches === until.batches) stop.abort()
      const connects = heard.events.filter(one => 'event' in one && one.event === 'connected').length
      if (connects === until.connects) stop.abort()
    }
    work(heard, x)
  })
}

const HISTORY_MINUTES = 10
/** What X has: tweets of 11:00 to 11:10 that it sent, and a tweet a second from 11:10 on that it did not. */
const WITHHELD = Array.from({ length: 3000 }, (_, n) => streamLine(600 + n))
const warnings = ({ log }: Heard) => log.told.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence)
const sessions = ({ events }: Heard) =>
  events.flatMap(event => ('event' in event && event.event === 'disconnected' ? [event] : []))

describe('the low-volume alarm', () => {
  it('says so and connects again where heartbeats come, no tweets, and X counts some', async () => {
    const stream = [[...tweets(HISTORY_MINUTES), ...beats(60)]]
    await listenTo({ stream, tweets: WITHHELD }, { connects: 2 }, (heard, x) => {
      expect(x.asked('GET', COUNTS).map(({ query }) => query)).toEqual([
        {
          query: '#covid19',
          granularity: 'minute',
          start_time: '2026-09-21T11:10:00.000Z',
          end_time: expect.stringMatching(/^2026-09-21T11:2\d:[0-5]0\.000Z$/),
        },
      ])
      expect(heard.paid).toBe(1)
      expect(warnings(heard)).toEqual([
        expect.stringMatching(
          /^hardly anything comes from X: 0 tweets in 1\d minutes, where about \d\d are usual; X counts at least \d{3} tweets since 2026-09-21T11:10:00Z, and sent 0\. X has had outages of this kind; connecting again in case that mends it$/,
        ),
      ])
      expect(heard.alarms).toEqual([
        expect.stringMatching(/^X counts at least \d{3} tweets since 2026-09-21T11:10:00Z, and sent 0$/),
      ])
      // what was withheld lies after the session, in the gap before the next one
      expect(sessions(heard)[0]).toMatchObject({
        lastHeardAtMs: Date.parse('2026-09-21T11:10:00Z'),
        reason: heard.alarms[0],
      })
      expect(x.connections).toHaveLength(2)
    })
  })

  it('is over when tweets come again', async () => {
    const stream = [[...tweets(HISTORY_MINUTES), ...beats(60)], [...tweets(20)]]
    await listenTo({ stream, tweets: WITHHELD }, { batches: 130 }, heard => {
      expect(heard.alarms).toEqual([expect.stringMatching(/^X counts/), undefined])
      expect(heard.log.sentences()).toContain('tweets come from X as usual again')
    })
  })

  it('is not raised where X counts nothing either', async () => {
    const stream = [[...tweets(HISTORY_MINUTES), ...beats(90)]]
    await listenTo({ stream, tweets: [] }, { batches: 110 }, (heard, x) => {
      expect(x.asked('GET', COUNTS)).toHaveLength(1)
      expect(warnings(heard)).toEqual([])
      expect(heard.alarms).toEqual([])
      expect(heard.log.told.filter(({ level }) => level === 'debug').map(({ sentence }) => sentence)).toEqual([
        'X counts at least 0 tweets since 2026-09-21T11:10:00Z, and sent 0: little is being said',
      ])
      expect(x.connections).toHaveLength(1)
    })
  })

  it('asks nothing while tweets come as usual', async () => {
    await listenTo({ stream: [tweets(40)], tweets: WITHHELD }, { batches: 115 }, (heard, x) => {
      expect(x.asked('GET', COUNTS)).toEqual([])
      expect(heard.paid).toBe(0)
    })
  })

  it('expects of a sample its share only', async () => {
    const stream = [[...tweets(HISTORY_MINUTES), ...beats(90)]]
    const few = Array.from({ length: 90 }, (_, n) => streamLine(600 + n))
    await listenTo(
      { stream, tweets: few },
      { batches: 110 },
      (heard, x) => {
        expect(x.asked('GET', COUNTS).map(({ query }) => query.query)).toEqual(['#covid19'])
        expect(heard.alarms).toEqual([])
      },
      { words: { samplePercent: 10 } },
    )
  })

  it('asks no more than a cap leaves room for, says so, and listens on', async () => {
    const stream = [[...tweets(HISTORY_MINUTES), ...beats(90)]]
    const payCount = async () => {
      throw new TwdwError('E_CAP', 'did not ask for counts: --max-usd-per-day is $50.00, and $50.00 is spent')
    }
    await listenTo(
      { stream, tweets: WITHHELD },
      { batches: 110 },
      (heard, x) => {
        expect(x.asked('GET', COUNTS)).toEqual([])
        expect(warnings(heard)).toEqual([
          'hardly anything comes from X, and whether there is anything is not known: did not ask for counts: --max-usd-per-day is $50.00, and $50.00 is spent',
        ])
        expect(x.connections).toHaveLength(1)
      },
      { payCount },
    )
  })

  it('takes a refusal for no answer, and listens on', async () => {
    const stream = [[...tweets(HISTORY_MINUTES), ...beats(90)]]
    const refusals = { [`GET ${COUNTS}`]: [REFUSALS.tooManyRequests] }
    await listenTo({ stream, tweets: WITHHELD, refusals }, { batches: 110 }, (heard, x) => {
      expect(x.asked('GET', COUNTS)).toHaveLength(1)
      expect(heard.log.sentences()).toContain('X did not count #covid19: X answered 429 Too Many Requests')
      expect(heard.alarms).toEqual([])
      expect(x.connections).toHaveLength(1)
    })
  })
})
