import { describe, expect, it } from 'vitest'
import { microUsdOf } from '../../src/lib/domain/x/spend.ts'
import { type Clock, systemClock } from '../../src/lib/io/clock.ts'
import { openJournal } from '../../src/lib/io/journal.ts'
import type { LineBatch, SessionEvent } from '../../src/lib/io/source/source.ts'
import { openStateFile } from '../../src/lib/io/state-file.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { SYNC_EVERY_MS } from '../../src/lib/listen/lane.ts'
import { type ListenPlan, type ListenPorts, listen } from '../../src/lib/listen/listen.ts'
import { LAKE_PATIENCE_MS } from '../../src/lib/listen/publisher.ts'
import type { Service } from '../../src/lib/listen/service.ts'
import { makersOf } from '../support/makers.ts'
import { createMemoryLake, type MemoryLake } from '../support/memory-lake.ts'
import { memoryLog } from '../support/memory-log.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const EVENING = '2026-09-21T23:58:00.000Z'
const never = new AbortController().signal

const plan = (more: Partial<ListenPlan> = {}): ListenPlan => ({
  source: 'stream',
  tags: ['covid19'],
  forMs: undefined,
  maxTweets: undefined,
  sealAfterMs: 60_000,
  timeZone: undefined,
  caps: { totalMicroUsd: undefined, dayMicroUsd: microUsdOf(0.01) },
  waitNextDay: true,
  ...more,
})

/** Stands still, but for long sleeps: those are rests, and over at once. */
function sleepyClock(): Clock {
  let nowMs = Date.parse(EVENING)
  return {
    nowMs: () => nowMs,
    async sleep(ms, signal) {
      if (ms <= SYNC_EVERY_MS) return systemClock.sleep(1)
      if (!signal?.aborted) nowMs += ms
    },
  }
}

/** A stream that sends one tweet at a time, as long as it is not hung up on, and what was done with it. */
function streamOf(clock: Clock) {
  const seen: string[] = []
  let sent = 0
  async function* open(stop: AbortSignal): AsyncGenerator<LineBatch | SessionEvent, void, void> {
    seen.push(`opened at ${new Date(clock.nowMs()).toISOString()}`)
    yield { event: 'connected', atMs: clock.nowMs(), rules: [] }
    while (!stop.aborted) {
      const line = new TextEncoder().encode(tweetLine('2026-09-21T23:58:00.000Z', sent++))
      yield { lines: [line], capturedAtMs: clock.nowMs() }
      await clock.sleep(1)
    }
    yield { event: 'disconnected', atMs: clock.nowMs(), lastHeardAtMs: clock.nowMs(), reason: 'stopped' }
  }
  return { open, seen, sent: () => sent }
}

async function withListener(
  work: (town: {
    ports: ListenPorts
    lake: MemoryLake
    clock: Clock
    log: ReturnType<typeof memoryLog>
    stream: ReturnType<typeof streamOf>
  }) => Promise<void>,
): Promise<void> {
  await withTempFolder(async folder => {
    const lake = createMemoryLake()
    const clock = sleepyClock()
    const log = memoryLog()
    const stream = streamOf(clock)
    const journal = openJournal(`${folder}/journal`, clock)
    const meter = openStateFile(`${folder}/spend.json`, clock)
    const makers = makersOf(openTables(lake))
    const ports = { lake, makers, journal, leftBehind: journal, meter, clock, log, newId: () => '0a1b2c3d' }
    await work({ ports: { ...ports, open: stream.open }, lake, clock, log, stream })
  })
}

const sessionsIn = (lake: MemoryLake) =>
  [...lake.files]
    .filter(([path]) => path.startsWith('layer1/sessions/'))
    .map(([, bytes]) => JSON.parse(new TextDecoder().decode(bytes)))

describe('a listener that waits for the next day', () => {
  it('hangs up when the day’s cap is reached, and listens again when it frees', () =>
    withListener(async ({ ports, lake, log, stream }) => {
      // two tweets a day, of which the third day's are cut short by --max-tweets
      const report = await listen(plan({ maxTweets: 5 }), ports, never)
      expect(report).toMatchObject({ why: '--max-tweets is reached', cap: undefined, tweets: 5, sessions: 3 })
      expect(stream.seen).toEqual([
        'opened at 2026-09-21T23:58:00.000Z',
        'opened at 2026-09-22T00:00:00.000Z',
        'opened at 2026-09-23T00:00:00.000Z',
      ])
      const rests = log.told.filter(({ fields }) => fields?.event === 'resting')
      expect(rests.map(({ level, sentence }) => ({ level, sentence }))).toEqual([
        {
          level: 'warn',
          sentence:
            'resting: --max-usd-per-day is $0.01, and $0.01 is spent on 2026-09-21 (UTC); listening again at 2026-09-22T00:00Z',
        },
        {
          level: 'warn',
          sentence:
            'resting: --max-usd-per-day is $0.01, and $0.01 is spent on 2026-09-22 (UTC); listening again at 2026-09-23T00:00Z',
        },
      ])
      expect(sessionsIn(lake).map(({ tweets, ended }) => ({ tweets, ended }))).toEqual([
        { tweets: 2, ended: 'resting: --max-usd-per-day is $0.01, and $0.01 is spent on 2026-09-21 (UTC)' },
        { tweets: 2, ended: 'resting: --max-usd-per-day is $0.01, and $0.01 is spent on 2026-09-22 (UTC)' },
        { tweets: 1, ended: '--max-tweets is reached' },
      ])
      // what is missing meanwhile is no gap to fill: it would be paid for all the same
      expect(sessionsIn(lake).every(({ stopped, to }) => stopped === to)).toBe(true)
    }))

  it('rests at once when it is started on a day that is used up', () =>
    withListener(async ({ ports, stream }) => {
      await listen(plan({ waitNextDay: false }), ports, never)
      const noted: string[] = []
      const service = {
        ready: () => noted.push('ready'),
        note: (event: LineBatch | SessionEvent) => noted.push('event' in event ? event.event : 'batch'),
        stopping: () => undefined,
      } as unknown as Service
      expect(await listen(plan({ maxTweets: 1 }), { ...ports, service }, never)).toMatchObject({
        tweets: 1,
        sessions: 1,
      })
      expect(stream.seen.at(-1)).toBe('opened at 2026-09-22T00:00:00.000Z')
      expect(noted.slice(0, 3)).toEqual(['ready', 'waiting', 'connected'])
    }))

  it('ends at a cap on the whole, which never frees', () =>
    withListener(async ({ ports }) => {
      const caps = { totalMicroUsd: microUsdOf(0.01), dayMicroUsd: microUsdOf(0.01) }
      expect(await listen(plan({ caps }), ports, never)).toMatchObject({ why: '--max-usd is reached', tweets: 2 })
      await expect(listen(plan({ caps }), ports, never)).rejects.toMatchObject({
        code: 'E_CAP',
        message: "did not listen: --max-usd is $0.01, and $0.01 is spent since the lake's meter began",
      })
    }))

  it('ends by request while it rests', () =>
    withListener(async ({ ports, clock, stream }) => {
      const stop = new AbortController()
      const sleep: Clock['sleep'] = async ms => (ms > LAKE_PATIENCE_MS ? stop.abort('SIGTERM') : clock.sleep(ms))
      const report = await listen(plan(), { ...ports, clock: { ...clock, sleep } }, stop.signal)
      expect(report).toMatchObject({ why: 'stopped by a signal', cap: undefined, tweets: 2 })
      expect(stream.seen).toHaveLength(1)
    }))

  it('without the option ends, with the cap for its reason', () =>
    withListener(async ({ ports }) => {
      expect(await listen(plan({ waitNextDay: false }), ports, never)).toMatchObject({
        why: '--max-usd-per-day is reached',
        cap: { name: 'max-usd-per-day', day: '2026-09-21' },
      })
    }))
})
