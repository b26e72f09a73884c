import { describe, expect, it } from 'vitest'
import { STREAM_QUERY } from '../../src/lib/domain/x/request.ts'
import { wantedRules } from '../../src/lib/domain/x/rules.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import type { SessionEvent } from '../../src/lib/io/source/source.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { openXStream } from '../../src/lib/io/x/stream.ts'
import type { ConnectLog } from '../../src/lib/listen/connect-log.ts'
import { streamX } from '../../src/lib/listen/stream-x.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { memoryLog } from '../support/memory-log.ts'
import { disconnectNotice, noticeOf, REFUSALS, type Refusal } from '../x-double/answers.ts'
import { withXDouble, type XDouble, type XDoubleOptions } from '../x-double/double.ts'
import { streamLine } from '../x-double/lines.ts'
import { beat, drop, end, keepAlive, pause, refuse, reset, type Script, send } from '../x-double/script.ts'

const RULES = '/2/tweets/search/stream/rules'
const STREAM = '/2/tweets/search/stream'
const ACCESS = { token: 'TEST', userAgent: 'twdw/0.0.0-test' }
const RULE = { id: '1', value: '#covid19', tag: 'twdw:lake:covid19' }
const SILENCE_MS = 80

interface Heard {
  /** tweet ids and events in order; notices by their title */
  story: string[]
  events: SessionEvent[]
  log: ReturnType<typeof memoryLog>
  slept: number[]
  x: XDouble
}

/**
 * Listens until the story is `length` elements long or streamX throws. The waits of the ladder are only noted; sockets and
 * the watchdog over them are real. @param uptimeMs how long each connection seems to have lived
 */
async function listen(
  about: Partial<XDoubleOptions> & {
    length: number
    uptimeMs?: number
    silenceMs?: number
    within?: (x: XDouble) => void
    connects?: ConnectLog
  },
): Promise<Heard> {
  return withXDouble({ token: ACCESS.token, rules: [RULE], ...about }, async x => {
    const stop = new AbortController()
    const clock = fixedClock('2026-09-21T12:00:00Z')
    const log = memoryLog()
    const heard: Heard = { story: [], events: [], log, slept: clock.slept, x }
    const ports = {
      rest: openXRest({ ...ACCESS, origin: x.origin }),
      connect: (signal: AbortSignal, query: Readonly<Record<string, string>>) => {
        let batches = 0
        // each batch after the first comes when the connection has lived for so long
        const nowMs = () => clock.nowMs() + (batches++ === 0 ? 0 : (about.uptimeMs ?? 60_000))
        const watch = { nowMs, sleep: systemClock.sleep }
        const timing = { connectTimeoutMs: 2_000, silenceMs: about.silenceMs ?? 2_000, maxLineBytes: 100_000 }
        return openXStream({ ...ACCESS, ...timing, origin: x.origin, query, clock: watch }, signal)
      },
      clock,
      log,
      random: () => 0,
      ...(about.connects && { connects: about.connects }),
    }
    const wanted = wantedRules({ hashtags: ['covid19'], keywords: [], rules: [], langs: [] }, 'lake')
    for await (const element of streamX({ wanted, lakeName: 'lake', query: STREAM_QUERY }, ports, stop.signal)) {
      if ('event' in element) {
        heard.events.push(element)
        if (element.event === 'connected') heard.story.push('connected')
        if (element.event === 'disconnected') heard.story.push(`disconnected: ${element.reason}`)
      } else {
        heard.story.push(...element.lines.map(line => nameOf(JSON.parse(Buffer.from(line).toString('utf8')))))
      }
      if (heard.story.length >= about.length) stop.abort()
    }
    return heard
  })
}

function nameOf(line: { data?: { text: string }; errors?: { title: string }[] }): string {
  return line.data?.text ?? line.errors?.[0]?.title ?? '?'
}

function refusalOfField(parameter: string, word: string): Refusal {
  const message = `The \`${parameter}\` query parameter value [${word}] is not one of [id,text]`
  return {
    status: 400,
    body: { errors: [{ parameters: { [parameter]: [word] }, message }], title: 'Invalid Request' },
  }
}

const tweet = (n: number) => streamLine(n, { text: `tweet ${n}` })

describe('streamX', () => {
  it('makes sure of the rules, connects and hands on what comes, each connection a session', async () => {
    const { story, events, log, x } = await listen({
      rules: [],
      stream: [[send(tweet(1)), send(tweet(2)), keepAlive(), end()], [send(tweet(3))]],
      length: 6,
    })
    expect(story).toEqual([
      'connected',
      'tweet 1',
      'tweet 2',
      'disconnected: X closed the connection',
      'connected',
      'tweet 3',
      'disconnected: stopped',
    ])
    expect(x.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET ${RULES}`,
      `GET ${RULES}/counts`,
      `POST ${RULES}`,
      `GET ${STREAM}`,
      `GET ${STREAM}`,
    ])
    expect(x.asked('GET', STREAM)[0]?.query).toEqual(STREAM_QUERY)
    expect(events[0]).toEqual({
      event: 'connected',
      atMs: Date.parse('2026-09-21T12:00:00Z'),
      rules: [{ ...RULE, id: '1950000000000000001', name: 'covid19', hashtags: ['covid19'] }],
      ownTags: 'twdw:lake:',
    })
    expect(log.sentences()).toEqual([
      'rules at X: added #covid19',
      'connected to X',
      'disconnected from X after 60 s: X closed the connection; connecting again at once',
      'connected to X',
    ])
  })

  it('ends when it is stopped, the session told as over', async () => {
    const { story } = await listen({ stream: [[send(tweet(1)), beat(10)]], length: 2 })
    expect(story).toEqual(['connected', 'tweet 1', 'disconnected: stopped'])
  })

  it('says when X was last heard, for a gap begins there', async () => {
    const { events } = await listen({
      stream: [[send(tweet(1))], [send(tweet(2))]],
      silenceMs: SILENCE_MS,
      uptimeMs: 20_000,
      length: 4,
    })
    const noonMs = Date.parse('2026-09-21T12:00:00Z')
    expect(events[1]).toEqual({
      event: 'disconnected',
      atMs: noonMs,
      lastHeardAtMs: noonMs + 20_000,
      reason: 'nothing arrived for 0 s',
    })
  })

  it('counts the connects of earlier runs, and waits before the first of this one when they were many', async () => {
    const noted: number[] = []
    const noonMs = Date.parse('2026-09-21T12:00:00Z')
    const earlier = Array.from({ length: 40 }, (_, n) => noonMs - 400_000 + n * 10_000)
    const connects = {
      recent: async () => earlier,
      note: async (atMs: number) => {
        noted.push(atMs)
      },
    }
    const { events, slept, log } = await listen({ stream: [[send(tweet(1))]], length: 2, connects })
    // 900 s - 400 s until the oldest is forgotten, for the 10 that are left
    expect(slept).toEqual([50_000])
    expect(events[0]).toEqual({
      event: 'waiting',
      atMs: noonMs,
      untilMs: noonMs + 50_000,
      because: '40 connections in the last 15 minutes, and X allows 50',
      isAnswered: true,
    })
    expect(log.sentences()[0]).toBe('40 connections in the last 15 minutes, and X allows 50; connecting in 50 s')
    expect(noted).toHaveLength(1)
  })

  it('stays on a connection on which only heartbeats come', async () => {
    const heartbeats = [...Array.from({ length: 10 }, () => [keepAlive(), pause(20)]).flat(), send(tweet(1))]
    const { story, x } = await listen({ stream: [heartbeats], silenceMs: SILENCE_MS, length: 2 })
    expect(story.slice(0, 2)).toEqual(['connected', 'tweet 1'])
    expect(x.connections).toHaveLength(1)
  })

  it.each<[string, Script, string]>([
    ['is silent', [send(tweet(1))], 'nothing arrived for 0 s'],
    ['is reset', [send(tweet(1)), pause(20), reset()], 'the connection was cut (ECONNRESET)'],
    ['is cut off', [send(tweet(1)), pause(20), drop()], 'the connection was cut (ECONNRESET)'],
    ['is closed', [send(tweet(1)), pause(20), end()], 'X closed the connection'],
  ])('connects again at once when a connection that lived %s', async (_, script, reason) => {
    const { story, slept } = await listen({ stream: [script, [send(tweet(2))]], silenceMs: SILENCE_MS, length: 5 })
    expect(story.slice(0, 5)).toEqual(['connected', 'tweet 1', `disconnected: ${reason}`, 'connected', 'tweet 2'])
    expect(slept).toEqual([0])
  })

  it('says until when it will not ask X again, why, and whether X had said something', async () => {
    const { events } = await listen({
      stream: [[refuse(REFUSALS.unavailable)], [send(tweet(1)), end()], [send(tweet(2))]],
      length: 4,
    })
    const atMs = Date.parse('2026-09-21T12:00:00Z')
    expect(events.filter(({ event }) => event === 'waiting')).toEqual([
      {
        event: 'waiting',
        atMs,
        untilMs: atMs + 5_000,
        because: 'X answered 503 Service Unavailable',
        isAnswered: true,
      },
      {
        event: 'waiting',
        atMs: atMs + 5_000,
        untilMs: atMs + 5_000,
        because: 'X closed the connection',
        isAnswered: false,
      },
    ])
  })

  it('hands on the line in which X hangs up, and gives it as the reason', async () => {
    const goodbye = disconnectNotice('UpstreamOperationalDisconnect')
    const reason =
      'X ended the stream: operational-disconnect: This stream has been disconnected for operational reasons. ' +
      '(UpstreamOperationalDisconnect)'
    const { story } = await listen({
      stream: [[send(tweet(1)), send(goodbye), drop()], [send(tweet(2))]],
      length: 6,
    })
    expect(story.slice(0, 6)).toEqual([
      'connected',
      'tweet 1',
      'operational-disconnect',
      `disconnected: ${reason}`,
      'connected',
      'tweet 2',
    ])
  })

  it('leaves when X said that it hangs up and then only sends heartbeats', async () => {
    const { story, x } = await listen({
      stream: [
        [send(disconnectNotice('ForceDisconnect')), pause(20), send(tweet(1)), pause(20), beat(20)],
        [send(tweet(2))],
      ],
      length: 6,
    })
    expect(story.map(told => told.slice(0, 24))).toEqual([
      'connected',
      'operational-disconnect',
      'tweet 1',
      'disconnected: X ended th',
      'connected',
      'tweet 2',
      'disconnected: stopped',
    ])
    expect(x.connections).toHaveLength(2)
  })

  it('does not hurry for connections that die young', async () => {
    const dying = [send(tweet(1)), end()]
    const { slept } = await listen({ stream: [dying, dying, dying, dying, dying], uptimeMs: 2_000, length: 13 })
    expect(slept).toEqual([0, 5_000, 10_000, 20_000])
  })

  it.each<[string, Refusal, object]>([
    [
      '401',
      REFUSALS.unauthorized,
      { code: 'E_REFUSED', message: 'X does not accept the bearer token: X answered 401 Unauthorized' },
    ],
    [
      '402',
      REFUSALS.creditsDepleted,
      {
        code: 'E_REFUSED',
        message:
          'the X account is out of credits: X answered 402 CreditsDepleted: Your enrolled account [501] does not have any credits to fulfill this request.',
        hint: 'buy credits in the X developer console, then start twdw again; until then X sends and bills nothing',
      },
    ],
    [
      '403',
      REFUSALS.notEnrolled,
      {
        code: 'E_REFUSED',
        message:
          'X does not let this app read the stream: X answered 403 Client Forbidden: When authenticating requests to the X API v2 endpoints, you must use keys from an app in a Project.',
        hint: 'in the X developer console, put the app into a project whose plan includes the filtered stream',
      },
    ],
  ])('ends at a %s, whether the rules or the stream are refused', async (_, refusal, error) => {
    await expect(listen({ stream: [[refuse(refusal)]], length: 1 })).rejects.toMatchObject(error)
    await expect(listen({ refusals: { [`GET ${RULES}`]: [refusal] }, length: 1 })).rejects.toMatchObject(error)
  })

  it('ends when the month is used up, told in the middle of the stream', async () => {
    await expect(
      listen({ stream: [[send(tweet(1)), send(noticeOf(REFUSALS.usageCap)), drop()]], length: 9 }),
    ).rejects.toMatchObject({
      code: 'E_REFUSED',
      message:
        'the X account has used up its cap of tweets: X ended the stream: UsageCapExceeded: Usage cap exceeded: Monthly product cap',
    })
  })

  it('makes the rules again when X has none any more', async () => {
    const gone = { rules: [RULE], stream: [[refuse(REFUSALS.noRules)], [send(tweet(1))]] }
    const { story, x, log, slept } = await listen({ ...gone, length: 2 })
    expect(story.slice(0, 2)).toEqual(['connected', 'tweet 1'])
    expect(x.asked('GET', RULES)).toHaveLength(2)
    expect(slept).toEqual([0])
    expect(log.told).toContainEqual({
      level: 'warn',
      sentence:
        'not connected to X: X answered 409 ConnectionException: You must define rules before connecting to the stream. ' +
        '(RuleConfigurationIssue); making sure of the rules again at once',
      fields: {
        because:
          'X answered 409 ConnectionException: You must define rules before connecting to the stream. (RuleConfigurationIssue)',
        waitMs: 0,
      },
    })
  })

  it('waits at a 429 until the window ends', async () => {
    const resetAt = { 'x-rate-limit-reset': String(Date.parse('2026-09-21T12:03:00Z') / 1000) }
    const busy = { ...REFUSALS.tooManyRequests, headers: { ...REFUSALS.tooManyRequests.headers, ...resetAt } }
    const { slept, log } = await listen({ stream: [[refuse(busy)], [send(tweet(1))]], length: 2 })
    expect(slept).toEqual([181_000])
    expect(log.sentences()).toContain('not connected to X: X answered 429 Too Many Requests; connecting again in 181 s')
  })

  it('waits longer and longer while X is ill, for the rules as for the stream', async () => {
    const ill = REFUSALS.unavailable
    const { slept, story } = await listen({
      refusals: { [`GET ${RULES}`]: [ill, ill] },
      stream: [[refuse(ill)], [refuse(REFUSALS.gatewayPage)], [send(tweet(1))]],
      length: 2,
    })
    expect(slept).toEqual([5_000, 10_000, 20_000, 40_000])
    expect(story.slice(0, 2)).toEqual(['connected', 'tweet 1'])
  })

  it('asks for a taken slot no more than once a minute', async () => {
    const { slept } = await listen({
      stream: [[refuse(REFUSALS.slotTaken)], [refuse(REFUSALS.slotTaken)], [send(tweet(1))]],
      length: 2,
    })
    expect(slept).toEqual([60_000, 120_000])
  })

  it('closes the connection that X still holds for open, and is in', async () => {
    // nothing but a stall: X does not notice that the listener hangs up
    const stream = [[send(tweet(1))], [send(tweet(2))]]
    const { story, slept, log, x } = await listen({ stream, slots: 1, isDeafToHangUps: true, silenceMs: 80, length: 5 })
    expect(story.slice(0, 5)).toEqual([
      'connected',
      'tweet 1',
      'disconnected: nothing arrived for 0 s',
      'connected',
      'tweet 2',
    ])
    expect(slept).toEqual([0, 1_000])
    expect(x.asked('GET', '/2/connections').map(({ query }) => query)).toEqual([
      { status: 'active', endpoints: 'filtered_stream' },
    ])
    expect(x.asked('DELETE', '/2/connections').map(({ body }) => JSON.parse(body))).toEqual([
      { uuids: ['00000000-0000-4000-8000-000000000001'] },
    ])
    expect(log.sentences()).toContain(
      'X held a connection of this app open since 2026-09-21T12:00:00.000Z; closed it, for an app may have one',
    )
  })

  it('frees a slot once, and then leaves it to whom it belongs', async () => {
    const taken = refuse(REFUSALS.slotTaken)
    const stream = [[send(tweet(1))], [taken], [taken], [taken], [send(tweet(2))]]
    const about = { stream, isDeafToHangUps: true, silenceMs: 80, length: 5 }
    const { slept, x } = await listen(about)
    expect(slept).toEqual([0, 1_000, 60_000, 120_000])
    expect(x.asked('DELETE', '/2/connections')).toHaveLength(1)
  })

  it('waits as for any taken slot when X does not let it free one', async () => {
    const { slept, log } = await listen({
      stream: [[refuse(REFUSALS.slotTaken)], [send(tweet(1))]],
      refusals: { 'GET /2/connections': [REFUSALS.unavailable] },
      length: 2,
    })
    expect(slept).toEqual([60_000])
    expect(log.sentences()).toContain(
      'the connection that X holds open cannot be closed: X answered 503 Service Unavailable',
    )
  })

  it('goes on without a field that X does not know any more, and says so', async () => {
    const { story, slept, log, x } = await listen({
      stream: [[refuse(REFUSALS.unknownField)], [send(tweet(1)), end()], [send(tweet(2))]],
      length: 5,
    })
    expect(story.slice(0, 5)).toEqual([
      'connected',
      'tweet 1',
      'disconnected: X closed the connection',
      'connected',
      'tweet 2',
    ])
    expect(slept).toEqual([0, 0])
    const fields = x.asked('GET', STREAM).map(({ query }) => query['tweet.fields']?.split(',').includes('note_tweet'))
    expect(fields).toEqual([true, false, false])
    expect(log.sentences()).toContain('X does not know note_tweet: going on without; see whether there is a newer twdw')
  })

  it.each<[string, Refusal[]]>([
    ['a second time', [REFUSALS.unknownField, REFUSALS.unknownField]],
    ['for a word that it did not ask for', [refusalOfField('tweet.fields', 'colour')]],
    ['without naming a word', [{ status: 400, body: { title: 'Invalid Request' } }]],
  ])('ends when X does not understand the request %s', async (_, refusals) => {
    await expect(listen({ stream: refusals.map(refusal => [refuse(refusal)]), length: 1 })).rejects.toMatchObject({
      code: 'E_REFUSED',
      message: expect.stringMatching(/^X does not understand the request: X answered 400 Invalid Request/),
    })
  })

  it('ends at once while it waits for its next attempt', async () => {
    await withXDouble({ token: 'TEST', rules: [RULE], stream: [[refuse(REFUSALS.slotTaken)]] }, async x => {
      const stop = new AbortController()
      const ports = {
        rest: openXRest({ ...ACCESS, origin: x.origin }),
        connect: (signal: AbortSignal) =>
          openXStream(
            {
              ...ACCESS,
              origin: x.origin,
              query: {},
              connectTimeoutMs: 2_000,
              silenceMs: 2_000,
              maxLineBytes: 1_000,
              clock: systemClock,
            },
            signal,
          ),
        clock: systemClock,
        log: memoryLog(),
        random: () => 0,
      }
      const wanted = [{ value: RULE.value, tag: RULE.tag }]
      const stream = streamX({ wanted, lakeName: 'lake', query: STREAM_QUERY }, ports, stop.signal)
      expect(await stream.next()).toMatchObject({ value: { event: 'waiting' } })
      expect(ports.log.sentences().at(-1)).toMatch(/connecting again in \d+ s$/)
      const next = stream.next()
      stop.abort()
      expect(await next).toEqual({ done: true, value: undefined })
    })
  })
})
