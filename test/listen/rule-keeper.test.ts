/** Rules that change while a stream is open, over real sockets: X deletes them, or others are wanted. */
import { describe, expect, it } from 'vitest'
import { wantedRules } from '../../src/lib/domain/x/rules.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import type { SessionEvent } from '../../src/lib/io/source/source.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { openXStream } from '../../src/lib/io/x/stream.ts'
import type { Occasion } from '../../src/lib/listen/rule-keeper.ts'
import { streamX } from '../../src/lib/listen/stream-x.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { memoryLog } from '../support/memory-log.ts'
import { REFUSALS } from '../x-double/answers.ts'
import { withXDouble, type XDouble, type XDoubleOptions } from '../x-double/double.ts'
import { streamLine } from '../x-double/lines.ts'
import { beat, drop, refuse, type Step, send } from '../x-double/script.ts'

const RULES = '/2/tweets/search/stream/rules'
const ACCESS = { token: 'TEST', userAgent: 'twdw/0.0.0-test' }
const NOON = Date.parse('2026-09-21T12:00:00Z')
const TIME: Occasion = { why: 'time' }

const wanted = (...hashtags: string[]) => wantedRules({ hashtags, keywords: [], rules: [], langs: [] }, 'lake')
const rule = (name: string, id = name) => ({ id, value: `#${name}`, tag: `twdw:lake:${name}` })
const inUse = (name: string, id = name) => ({ ...rule(name, id), name, hashtags: [name] })
const settings = (...hashtags: string[]): Occasion => ({ why: 'settings', wanted: wanted(...hashtags) })

interface Running {
  x: XDouble
  log: ReturnType<typeof memoryLog>
  clock: ReturnType<typeof fixedClock>
  /** hands an occasion over, and waits until it is attended to */
  attend(occasion: Occasion): Promise<void>
  /** hands an occasion over */
  push(occasion: Occasion): void
}

/** Listens for #a, from a stream of heartbeats unless told otherwise, until `enough` says so of an event. */
async function listen(
  about: Partial<XDoubleOptions>,
  onEvent: (event: SessionEvent, running: Running) => Promise<boolean | undefined>,
): Promise<Running & { events: SessionEvent[] }> {
  const stream: Step[][] = Array.from({ length: 5 }, () => [beat(5)])
  return withXDouble({ token: ACCESS.token, rules: [rule('a')], stream, ...about }, async x => {
    const stop = new AbortController()
    const clock = fixedClock('2026-09-21T12:00:00Z')
    const log = memoryLog()
    const queue = openQueue()
    const ports = {
      rest: openXRest({ ...ACCESS, origin: x.origin }),
      connect: (signal: AbortSignal, query: Readonly<Record<string, string>>) => {
        const watch = { nowMs: clock.nowMs, sleep: systemClock.sleep }
        const timing = { connectTimeoutMs: 2_000, silenceMs: 2_000, maxLineBytes: 100_000 }
        return openXStream({ ...ACCESS, ...timing, origin: x.origin, query, clock: watch }, signal)
      },
      clock,
      log,
      random: () => 0,
      occasions: queue.occasions,
    }
    const running = { x, log, clock, attend: queue.attend, push: queue.push }
    const events: SessionEvent[] = []
    for await (const element of streamX({ wanted: wanted('a'), lakeName: 'lake', query: {} }, ports, stop.signal)) {
      if (!('event' in element)) continue
      events.push(element)
      if (await onEvent(element, running)) stop.abort()
    }
    return { ...running, events }
  })
}

/** Occasions by hand. */
function openQueue() {
  const waiting: { occasion: Occasion; attended: () => void }[] = []
  let wake: () => void = () => undefined
  const put = (occasion: Occasion, attended: () => void) => {
    waiting.push({ occasion, attended })
    wake()
  }
  return {
    push: (occasion: Occasion) => put(occasion, () => undefined),
    attend: (occasion: Occasion) => new Promise<void>(resolve => put(occasion, resolve)),
    async *occasions(signal: AbortSignal) {
      signal.addEventListener('abort', () => wake())
      while (!signal.aborted) {
        const next = waiting.shift()
        if (next === undefined) {
          await new Promise<void>(resolve => {
            wake = resolve
          })
        } else {
          yield next.occasion
          next.attended()
        }
      }
    },
  }
}

describe('the rules beside an open stream', () => {
  it('are made again when somebody deleted them, on the same connection, and it is told since when they may have been gone', async () => {
    const { events, x, log } = await listen({}, async (event, { x, clock, attend }) => {
      if (event.event !== 'connected') return true
      clock.moveTo('2026-09-21T12:10:00Z')
      await attend(TIME)
      x.clearRules()
      clock.moveTo('2026-09-21T12:20:00Z')
      await attend(TIME)
      return false
    })
    expect(events.slice(0, 2)).toEqual([
      { event: 'connected', atMs: NOON, rules: [inUse('a')], ownTags: 'twdw:lake:' },
      {
        event: 'ruled',
        atMs: NOON + 20 * 60_000,
        sureUntilMs: NOON + 10 * 60_000,
        rules: [inUse('a', '1950000000000000001')],
        ownTags: 'twdw:lake:',
      },
    ])
    expect(x.rules).toEqual([rule('a', '1950000000000000001')])
    expect(x.connections).toHaveLength(1)
    expect(log.told.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        sentence: 'rules in use were gone from X: #a; tweets for them may be missing since 2026-09-21T12:10:00.000Z',
        fields: { event: 'rules', gone: 1, since: '2026-09-21T12:10:00.000Z' },
      },
    ])
  })

  it('are left alone, and nobody is told, when they stand', async () => {
    const { events, x, log } = await listen({}, async (event, { attend }) => {
      if (event.event === 'connected') await attend(TIME)
      return true
    })
    expect(events.map(({ event }) => event)).toEqual(['connected', 'disconnected'])
    expect(x.asked('POST', RULES)).toEqual([])
    expect(log.sentences()).toEqual(['rules at X: 1 as before', 'connected to X', 'rules at X: 1 as before'])
  })

  it('are others when others are wanted, the old ones until the very moment', async () => {
    const { events, x } = await listen(
      { rules: [rule('a'), { id: '7', value: 'cats' }] },
      async (event, { clock, attend }) => {
        if (event.event !== 'connected') return true
        clock.moveTo('2026-09-21T12:03:00Z')
        await attend(settings('b', 'a'))
        return false
      },
    )
    const atMs = NOON + 3 * 60_000
    expect(events[1]).toEqual({
      event: 'ruled',
      atMs,
      sureUntilMs: atMs,
      rules: [inUse('b', '1950000000000000001'), inUse('a')],
      ownTags: 'twdw:lake:',
    })
    expect(x.rules.map(({ value }) => value)).toEqual(['#a', 'cats', '#b'])
    expect(x.connections).toHaveLength(1)
  })

  it('are the new ones too when X must be asked again about them', async () => {
    const { x } = await listen({}, async (event, { x, attend }) => {
      if (event.event !== 'connected') return true
      await attend(settings('b'))
      x.clearRules()
      await attend(TIME)
      return false
    })
    expect(x.rules.map(({ value }) => value)).toEqual(['#b'])
  })

  it('stay as they are when X would not take the new ones, with one warning', async () => {
    const { events, x, log } = await listen({ maxChars: 4 }, async (event, { attend }) => {
      if (event.event === 'connected') await attend(settings('covid19'))
      return true
    })
    expect(events.map(({ event }) => event)).toEqual(['connected', 'disconnected'])
    expect(x.rules).toEqual([rule('a')])
    expect(log.told.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        sentence:
          'the new settings are not used: X does not accept a rule: #covid19 (Rule is too long: 8 characters, at most 4)',
        fields: {
          event: 'rules',
          hint: "change the words that it was made of; X's page on building a rule says what is possible",
        },
      },
    ])
  })

  it('stay as they are, with one warning, when new ones that were wanted before the first connection turn out to be refused', async () => {
    const refusals = { [`GET ${RULES}`]: [REFUSALS.unavailable] }
    const { events, x, log } = await listen({ refusals, maxChars: 4 }, async (event, { attend }) => {
      if (event.event === 'waiting') await attend(settings('covid19'))
      return event.event === 'connected'
    })
    expect(events[1]).toMatchObject({ event: 'connected', rules: [{ name: 'a' }] })
    expect(x.rules.map(({ value }) => value)).toEqual(['#a'])
    expect(log.sentences()).toContain(
      'the new settings are not used: X does not accept a rule: #covid19 (Rule is too long: 8 characters, at most 4)',
    )
  })

  it('stay gone, with a warning at every look, while others have taken their room', async () => {
    const { x, log } = await listen({ maxRules: 1 }, async (event, { x, attend }) => {
      if (event.event !== 'connected') return true
      x.clearRules()
      x.addRule({ value: 'cats' })
      await attend(TIME)
      await attend(TIME)
      return true
    })
    expect(x.rules.map(({ value }) => value)).toEqual(['cats'])
    const warning =
      "the rules at X are not as they should be: X has no room for what is wanted: 1 rule at the least, hashtags packed, and this app may have 1, of which 1 is other programs'; that leaves 0"
    expect(log.told.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence)).toEqual([warning, warning])
  })

  it('are looked at again every minute while X cannot be asked, with one warning', async () => {
    const ill = REFUSALS.unavailable
    const refusals = { [`POST ${RULES}`]: [ill, ill, ill] }
    const { x, log, clock } = await listen({ refusals }, async (event, { attend }) => {
      if (event.event === 'connected') await attend(settings('b'))
      return event.event === 'ruled'
    })
    expect(x.rules.map(({ value }) => value)).toEqual(['#b'])
    expect(clock.slept).toEqual([60_000, 60_000, 60_000])
    expect(log.told.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence)).toEqual([
      'the rules at X could not be looked at: X answered 503 Service Unavailable; looking again every minute',
    ])
  })

  it('are the new ones from the first connection on when they are wanted before it', async () => {
    const refusals = { [`GET ${RULES}`]: [REFUSALS.unavailable] }
    const { events, x } = await listen({ refusals }, async (event, { attend }) => {
      if (event.event === 'waiting') await attend(settings('b'))
      return event.event === 'connected'
    })
    expect(events[1]).toMatchObject({ event: 'connected', rules: [{ name: 'b' }] })
    expect(x.rules.map(({ value }) => value)).toEqual(['#b'])
  })

  it('are told with the next connection when they were changed between two', async () => {
    const stream = [[refuse(REFUSALS.unavailable)], [beat(5)]]
    const { events } = await listen({ stream }, async (event, { attend }) => {
      if (event.event === 'waiting') await attend(settings('b'))
      return event.event === 'connected'
    })
    expect(events.map(({ event }) => event)).toEqual(['waiting', 'connected', 'disconnected'])
    expect(events[1]).toMatchObject({ rules: [{ name: 'b' }] })
  })

  it('are told before the connection ends when nothing came after they were changed', async () => {
    let leave: () => void = () => undefined
    const isChanged = new Promise<void>(resolve => {
      leave = resolve
    })
    const stream = [[send(streamLine(1)), { until: isChanged }, drop()], [beat(5)]]
    const { events } = await listen({ stream }, async (event, { clock, push, x }) => {
      if (event.event === 'connected') {
        clock.moveTo('2026-09-21T12:05:00Z')
        push(settings('b'))
        void waitFor(() => x.rules.every(({ value }) => value === '#b')).then(() => leave())
      }
      return event.event === 'disconnected'
    })
    expect(events.slice(0, 3)).toMatchObject([
      { event: 'connected', rules: [{ name: 'a' }] },
      { event: 'ruled', rules: [{ name: 'b' }] },
      { event: 'disconnected' },
    ])
    const [, ruled, disconnected] = events as { atMs: number; lastHeardAtMs: number }[]
    expect(ruled!.atMs).toBeLessThanOrEqual(disconnected!.lastHeardAtMs)
  })

  it('let nothing be foreign where X did not name one of them', async () => {
    const nameless = { value: '#a', title: 'DuplicateRule', type: 'https://api.x.com/2/problems/duplicate-rules' }
    const refusals = {
      [`GET ${RULES}`]: [{ status: 200, body: { meta: { result_count: 0 } } }],
      [`POST ${RULES}`]: [{ status: 200, body: { errors: [nameless] } }],
    }
    const { events } = await listen({ refusals }, async event => event.event === 'connected')
    expect(events[0]).toEqual({ event: 'connected', atMs: NOON, rules: [], ownTags: undefined })
  })

  it('end the stream with what went wrong when it was nothing foreseen', async () => {
    const broken = { why: 'settings', wanted: undefined } as unknown as Occasion
    await expect(
      listen({}, async (event, { push }) => {
        if (event.event === 'connected') push(broken)
        return false
      }),
    ).rejects.toThrow(TypeError)
  })
})

async function waitFor(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await systemClock.sleep(10)
  await pauseForTheAnswer()
}

/** X has the rules as they shall be; its answer still has to arrive. */
const pauseForTheAnswer = () => systemClock.sleep(100)
