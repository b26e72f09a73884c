/** What the listener says about when it listened, and what a crash leaves of that. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sessionPath } from '../../src/lib/domain/paths.ts'
import { parseSession, type SessionRecord, sessionToText } from '../../src/lib/domain/session.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import type { Clock } from '../../src/lib/io/clock.ts'
import { openJournal, type SegmentHeader } from '../../src/lib/io/journal.ts'
import type { LineBatch, SessionEvent } from '../../src/lib/io/source/source.ts'
import { openStateFile } from '../../src/lib/io/state-file.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { type ListenPlan, type ListenPorts, listen } from '../../src/lib/listen/listen.ts'
import { fastClock } from '../support/fast-clock.ts'
import { makersOf } from '../support/makers.ts'
import { createMemoryLake, type MemoryLake } from '../support/memory-lake.ts'
import { memoryLog } from '../support/memory-log.ts'
import { instant, ms, sessionRecord } from '../support/session-records.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const NOON = '2026-09-21T12:00:00.000Z'
const LAKE_FILE = new TextEncoder().encode('{"format":1,"id":"0a1b2c3d","timeZone":"America/Sao_Paulo"}')
const RULES = [{ id: '1', name: 'covid19', value: '#covid19' }]
const never = new AbortController().signal
const PLAN: ListenPlan = {
  source: 'stream',
  tags: ['covid19'],
  forMs: undefined,
  maxTweets: undefined,
  sealAfterMs: 60_000,
  timeZone: undefined,
  caps: undefined,
}

type Element = LineBatch | SessionEvent

const connected = (at: string): Element => ({ event: 'connected', atMs: ms(at), rules: RULES })
const heartbeat = (at: string): Element => ({ lines: [], capturedAtMs: ms(at) })
const tweet = (at: string, n = 0): Element => ({
  lines: [new TextEncoder().encode(tweetLine(instant(at), n))],
  capturedAtMs: ms(at),
})
const cut = (at: string, lastHeard: string): Element => ({
  event: 'disconnected',
  atMs: ms(at),
  lastHeardAtMs: ms(lastHeard),
  reason: 'the connection was cut (ECONNRESET)',
})

interface Run {
  lake: MemoryLake
  log: ReturnType<typeof memoryLog>
  ports: ListenPorts
}

/** @param elements that the source hands out; then it is silent, and ends as X's stream does when it is told to stop */
function runIn(
  folder: string,
  elements: readonly Element[],
  { lake = createMemoryLake(), clock = fastClock(NOON, 1) }: { lake?: MemoryLake; clock?: Clock } = {},
): Run {
  const log = memoryLog()
  let isConnected = false
  async function* open(stop: AbortSignal): AsyncGenerator<Element, void, void> {
    let lastHeardAtMs = 0
    for (const element of elements) {
      if ('event' in element) isConnected = element.event === 'connected'
      else lastHeardAtMs = element.capturedAtMs
      yield element
    }
    await clock.sleep(3_600_000, stop)
    if (isConnected) yield { event: 'disconnected', atMs: clock.nowMs(), lastHeardAtMs, reason: 'stopped' }
  }
  const journal = openJournal(join(folder, 'journal'), clock)
  const meter = openStateFile(join(folder, 'spend.json'), clock)
  const shared = { lake, makers: makersOf(openTables(lake)), journal, leftBehind: journal, meter }
  const ports = { ...shared, clock, log, newId: () => '0a1b2c3d', open }
  return { lake, log, ports }
}

function recordsIn(lake: MemoryLake): SessionRecord[] {
  const paths = [...lake.files.keys()].filter(path => path.startsWith('layer1/sessions/')).sort()
  return paths.map(path => parseSession(new TextDecoder().decode(lake.files.get(path)), path))
}

function put(lake: MemoryLake, record: SessionRecord): void {
  lake.files.set(sessionPath(record.session), new TextEncoder().encode(sessionToText(record)))
}

const abortedBy = (signal: string) => AbortSignal.abort(signal)

describe('the record of a session', () => {
  it('says what was listened to, and ends when something was heard last', () =>
    withTempFolder(async folder => {
      const { lake, ports } = runIn(folder, [connected('12:00'), tweet('12:00:05'), heartbeat('12:00:25')])
      await listen({ ...PLAN, forMs: 50 }, ports, never)
      expect(recordsIn(lake)).toMatchObject([
        {
          rules: [{ name: 'covid19', value: '#covid19' }],
          from: instant('12:00'),
          to: instant('12:00:25'),
          ended: '--for is over',
          stopped: instant('12:00:25'),
          tweets: 1,
        },
      ])
    }))

  it.each<[string, Partial<ListenPlan>, AbortSignal, string, boolean]>([
    ['--for', { forMs: 20 }, never, '--for is over', true],
    ['--max-tweets', { maxTweets: 1 }, never, '--max-tweets is reached', true],
    ['a cap', { caps: { totalMicroUsd: undefined, dayMicroUsd: 5_000 } }, never, '--max-usd-per-day is reached', true],
    ['Ctrl-C', {}, abortedBy('SIGINT'), 'stopped by a signal', true],
    ['a restart by a service manager', {}, abortedBy('SIGTERM'), 'stopped by a signal', false],
  ])('that ended by %s says whether a person wished it', (_, plan, stop, ended, isOnPurpose) =>
    withTempFolder(async folder => {
      const { lake, ports } = runIn(folder, [connected('12:00'), tweet('12:00:05')])
      await listen({ ...PLAN, ...plan }, ports, stop)
      expect(recordsIn(lake)).toMatchObject([{ ended, stopped: isOnPurpose ? instant('12:00:05') : null }])
    }),
  )

  it('that broke off says from when on a person did not wish to go on', () =>
    withTempFolder(async folder => {
      const elements = [connected('11:00'), heartbeat('11:00:20'), cut('11:00:45', '11:00:20')]
      const { lake, ports } = runIn(folder, elements)
      await listen({ ...PLAN, forMs: 20 }, ports, never)
      const [record] = recordsIn(lake)
      expect(record).toMatchObject({ to: instant('11:00:20'), ended: 'the connection was cut (ECONNRESET)' })
      expect(Date.parse(record!.stopped!)).toBeGreaterThanOrEqual(Date.parse(NOON))
    }))

  it('that broke off, and was not wished to, says nothing of the kind', () =>
    withTempFolder(async folder => {
      const elements = [connected('11:00'), heartbeat('11:00:20'), cut('11:00:45', '11:00:20')]
      const { lake, ports } = runIn(folder, elements)
      await listen(PLAN, ports, abortedBy('SIGTERM'))
      expect(recordsIn(lake)).toMatchObject([{ to: instant('11:00:20'), stopped: null }])
    }))

  it('is written when it begins, and once a minute while nothing but heartbeats comes', () =>
    withTempFolder(async folder => {
      const stop = new AbortController()
      const clock = fastClock(NOON, 1000)
      const lake = createMemoryLake()
      const { ports } = runIn(folder, [], { lake, clock })
      // no heartbeat comes before the first record was looked at
      const looked = Promise.withResolvers<void>()
      async function* open(): AsyncGenerator<Element, void, void> {
        yield connected('12:00')
        await looked.promise
        while (!stop.signal.aborted) {
          await clock.sleep(20_000, stop.signal)
          yield { lines: [], capturedAtMs: clock.nowMs() }
        }
      }
      const listening = listen(PLAN, { ...ports, open }, stop.signal)
      await expect.poll(() => recordsIn(lake).length).toBe(1)
      expect(recordsIn(lake)).toMatchObject([{ from: NOON, to: NOON, ended: null }])
      looked.resolve()
      await expect.poll(() => Date.parse(recordsIn(lake)[0]!.to)).toBeGreaterThan(Date.parse(NOON) + 180_000)
      const writes = lake.history.filter(change => change.startsWith('+layer1/sessions/')).length
      stop.abort('SIGTERM')
      await listening
      expect(writes).toBeLessThanOrEqual(2 + (Date.parse(recordsIn(lake)[0]!.to) - Date.parse(NOON)) / 60_000)
      expect(writes).toBeGreaterThanOrEqual(2)
    }))

  it('ends with the rules that it was for, and what was in a pack stands in it hashtag by hashtag', () =>
    withTempFolder(async folder => {
      const pack = { id: '2', name: 'pack:1f3a9c2e', value: '(#a OR #b) lang:pt', hashtags: ['a', 'b'] }
      const ruled: Element = { event: 'ruled', atMs: ms('12:01'), sureUntilMs: ms('12:00:40'), rules: [pack] }
      const elements = [connected('12:00'), heartbeat('12:00:50'), ruled, heartbeat('12:01:20')]
      const { lake, ports } = runIn(folder, elements)
      await listen({ ...PLAN, forMs: 50 }, ports, never)
      expect(recordsIn(lake).sort((a, b) => (a.from < b.from ? -1 : 1))).toMatchObject([
        { rules: [{ value: '#covid19' }], to: instant('12:00:40'), ended: 'the rules were changed', stopped: null },
        {
          rules: [
            { name: 'a', value: '#a lang:pt' },
            { name: 'b', value: '#b lang:pt' },
          ],
          from: instant('12:01'),
          to: instant('12:01:20'),
        },
      ])
    }))

  it('that the lake does not take is told once, and written when it does', () =>
    withTempFolder(async folder => {
      const stop = new AbortController()
      const clock = fastClock(NOON, 1000)
      const lake = createMemoryLake([['twdw.json', LAKE_FILE]])
      const { ports, log } = runIn(folder, [], { lake, clock })
      async function* open(): AsyncGenerator<Element, void, void> {
        lake.failsFrom = lake.changes + 1
        yield connected('12:00')
        while (!stop.signal.aborted) {
          await clock.sleep(20_000, stop.signal)
          yield { lines: [], capturedAtMs: clock.nowMs() }
        }
      }
      const listening = listen(PLAN, { ...ports, open }, stop.signal)
      await expect.poll(() => lake.changes).toBeGreaterThan(3)
      expect(recordsIn(lake)).toEqual([])
      lake.failsFrom = Number.POSITIVE_INFINITY
      await expect.poll(() => recordsIn(lake)).toMatchObject([{ from: NOON, ended: null }])
      stop.abort('SIGTERM')
      await listening
      expect(log.told.filter(({ level }) => level === 'warn')).toMatchObject([
        {
          sentence: expect.stringMatching(
            /^the record of this session cannot be written: layer1\/sessions\/\S+ cannot be written: the memory is full; it is tried again$/,
          ),
        },
      ])
    }))

  it('does not hold the tweets up when the lake hangs over it, and says all of it in the end', () =>
    withTempFolder(async folder => {
      const stop = new AbortController()
      const lake = createMemoryLake([['twdw.json', LAKE_FILE]])
      const { write } = lake
      const hanging = Promise.withResolvers<void>()
      let [underWay, most] = [0, 0]
      lake.write = async (path, bytes) => {
        if (!path.startsWith('layer1/sessions/')) return write(path, bytes)
        underWay += 1
        most = Math.max(most, underWay)
        await hanging.promise
        underWay -= 1
        return write(path, bytes)
      }
      const cutShort = cut('12:01:30', '12:01')
      const elements = [connected('12:00'), tweet('12:01'), cutShort, connected('12:02'), tweet('12:03', 1)]
      const { ports } = runIn(folder, elements, { lake, clock: fastClock(NOON, 1000) })
      const listening = listen(PLAN, ports, stop.signal)
      await expect.poll(() => [...lake.files.keys()].filter(path => path.startsWith('layer1/tweets/'))).toHaveLength(1)
      expect(recordsIn(lake)).toEqual([])
      hanging.resolve()
      stop.abort('SIGTERM')
      expect(await listening).toMatchObject({ tweets: 2, sessions: 2 })
      expect(recordsIn(lake)).toMatchObject([
        { from: NOON, to: instant('12:01'), tweets: 1, ended: 'the connection was cut (ECONNRESET)' },
        { from: instant('12:02'), tweets: 1, ended: 'stopped by a signal' },
      ])
      expect(most).toBe(1)
    }))

  it('does not claim what the journal did not take', () =>
    withTempFolder(async folder => {
      const { lake, ports } = runIn(folder, [connected('12:00'), heartbeat('12:00:20'), tweet('12:00:30')])
      const begin = async () => Promise.reject(new TwdwError('E_LAKE', 'the disk is full'))
      const full = { ...ports, journal: { ...ports.journal, begin } }
      await expect(listen(PLAN, full, never)).rejects.toMatchObject({ message: 'the disk is full' })
      expect(recordsIn(lake)).toMatchObject([{ to: instant('12:00:20'), ended: 'failed' }])
    }))
})

const HEADER: SegmentHeader = { source: 'stream', session: '', tags: ['covid19'], ruleNames: {} }

/** A segment of a process that was killed, with lines of these times. */
async function leaveBehind(
  { ports }: Run,
  header: Partial<SegmentHeader>,
  elements: readonly Element[],
): Promise<void> {
  const segment = await ports.journal.begin({ ...HEADER, ...header })
  for (const element of elements) if (!('event' in element)) await segment.append(element)
  await segment.sync()
  await segment.close()
}

describe('what a killed process left in the journal', () => {
  const killed = sessionRecord('10:00', '10:30', { ended: null })

  it('makes the session that it was heard in reach as far, twice as once', () =>
    withTempFolder(async folder => {
      const run = runIn(folder, [])
      put(run.lake, killed)
      await leaveBehind(run, { session: killed.session }, [tweet('10:30:10', 1), tweet('10:30:40', 2)])
      const forgetful = {
        ...run.ports,
        leftBehind: { ...run.ports.journal, remove: async () => undefined },
      }
      await listen({ ...PLAN, forMs: 1 }, forgetful, never)
      await listen({ ...PLAN, forMs: 1 }, run.ports, never)
      expect(recordsIn(run.lake)).toEqual([{ ...killed, to: instant('10:30:40') }])
    }))

  it('never makes one shorter', () =>
    withTempFolder(async folder => {
      const run = runIn(folder, [])
      put(run.lake, killed)
      await leaveBehind(run, { session: killed.session }, [tweet('10:29:59')])
      await listen({ ...PLAN, forMs: 1 }, run.ports, never)
      expect(recordsIn(run.lake)).toEqual([killed])
    }))

  it('does not bridge the gap between two sessions of the same process', () =>
    withTempFolder(async folder => {
      const run = runIn(folder, [])
      const ended = sessionRecord('10:00', '10:30')
      const next = sessionRecord('10:40', '10:40', { ended: null })
      put(run.lake, ended)
      put(run.lake, next)
      await leaveBehind(run, { session: ended.session }, [tweet('10:29:59', 1), tweet('10:41', 2)])
      await listen({ ...PLAN, forMs: 1 }, run.ports, never)
      expect(recordsIn(run.lake)).toEqual([ended, { ...next, to: instant('10:41') }])
    }))

  it('stays there when the lake hangs, and the listener ends with a remedy', () =>
    withTempFolder(async folder => {
      const run = runIn(folder, [], { clock: fastClock(NOON, 1000) })
      await leaveBehind(run, {}, [tweet('10:30')])
      const [maker] = run.ports.makers
      const makers = [{ ...maker!, publish: () => new Promise<never>(() => undefined) }]
      const [segment] = await run.ports.journal.list()
      await expect(listen(PLAN, { ...run.ports, makers }, never)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `the lake memory has not taken segment ${segment} of an earlier run for 240 s`,
        hint: 'see whether its disk answers; the segment is safe in the journal, and the next start stores it first',
      })
      expect(await run.ports.journal.leftBehind()).toEqual([segment])
    }))

  it('is published though a record is damaged, and the damage is told', () =>
    withTempFolder(async folder => {
      const run = runIn(folder, [])
      put(run.lake, killed)
      run.lake.files.set(`${sessionPath(killed.session)}`.replace('.json', '0.json'), new TextEncoder().encode('{'))
      await leaveBehind(run, { session: killed.session }, [tweet('10:31')])
      expect(await listen({ ...PLAN, forMs: 1 }, run.ports, never)).toMatchObject({ segments: 1 })
      expect(run.log.told.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence)).toEqual([
        'the session record layer1/sessions/20260921T100000000Z-0a1b2c3d0.json is damaged: it is not JSON; restore it, or remove it: the time that it covered then counts as missing, and is searched again within 7 days',
      ])
      run.lake.files.delete('layer1/sessions/20260921T100000000Z-0a1b2c3d0.json')
      expect(recordsIn(run.lake)).toMatchObject([{ to: instant('10:31') }])
    }))

  it('of a search makes it reach back to the oldest tweet, and never claims the last millisecond of a gap', () =>
    withTempFolder(async folder => {
      const run = runIn(folder, [])
      const search = sessionRecord('11:00', '11:00', { source: 'search', ended: null })
      const page = (...times: string[]): Element => {
        const data = times.map((at, n) => JSON.parse(tweetLine(instant(at), n)).data)
        return { lines: [new TextEncoder().encode(JSON.stringify({ data }))], capturedAtMs: ms('12:00') }
      }
      put(run.lake, search)
      const header = { source: 'search', session: search.session, search: { fromMs: ms('10:30') } }
      await leaveBehind(run, header, [page('10:59', '10:50'), page('10:40')])
      await listen({ ...PLAN, forMs: 1 }, run.ports, never)
      expect(recordsIn(run.lake)).toEqual([{ ...search, from: instant('10:40:00.001') }])
      await leaveBehind(run, header, [page('10:29:50')])
      await listen({ ...PLAN, forMs: 1 }, run.ports, never)
      expect(recordsIn(run.lake)).toEqual([{ ...search, from: instant('10:30:00.001') }])
    }))
})
