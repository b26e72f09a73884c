import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, type MockInstance, vi } from 'vitest'
import type { SessionRecord } from '../../src/lib/domain/session.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import { openJournal } from '../../src/lib/io/journal.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import type { ServiceNews } from '../../src/lib/io/notify.ts'
import type { LineBatch, Source } from '../../src/lib/io/source/source.ts'
import { openStateFile } from '../../src/lib/io/state-file.ts'
import { openTables, type Tables } from '../../src/lib/io/tables.ts'
import { asOneSession, type ListenPlan, type ListenPorts, listen } from '../../src/lib/listen/listen.ts'
import { readLiveSegments } from '../../src/lib/listen/live.ts'
import { Service } from '../../src/lib/listen/service.ts'
import { makersOf } from '../support/makers.ts'
import { memoryLog } from '../support/memory-log.ts'
import { memoryNotify } from '../support/memory-notify.ts'
import { silentLog } from '../support/silent-log.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const AT = '2024-01-01T10:15:00.000Z'
const never = new AbortController().signal
const NOTHING = { forMs: undefined, maxTweets: undefined, sealAfterMs: 60_000, timeZone: undefined, caps: undefined }
const plan: ListenPlan = { source: 'replay', tags: [], ...NOTHING }

const batch = (...lines: string[]): LineBatch => ({
  lines: lines.map(line => new TextEncoder().encode(line)),
  capturedAtMs: Date.parse('2024-01-01T10:16:00Z'),
})

const sourceOf = (...batches: LineBatch[]): Source => ({
  async *open() {
    yield* batches
  },
})

/** Hands its batches out and then waits to be told to stop, as a stream does. */
const streamOf = (...batches: LineBatch[]): Source => ({
  async *open(stop) {
    yield* batches
    await systemClock.sleep(60_000, stop)
  },
})

function portsAt(
  folder: string,
  source: Source,
  lake: Lake = openLocalLake(join(folder, 'lake'), { holder: 'a test', clock: systemClock }),
): ListenPorts & { tables: Tables } {
  const tables = openTables(lake)
  const journal = openJournal(join(folder, 'journal'), systemClock)
  return {
    lake,
    tables,
    makers: makersOf(tables),
    journal,
    leftBehind: journal,
    meter: openStateFile(join(folder, 'spend.json'), systemClock),
    clock: systemClock,
    log: silentLog,
    newId: () => '0a1b2c3d',
    open: asOneSession(source, systemClock),
  }
}

async function storedIds(ports: { lake: Lake; tables: Tables }): Promise<string[]> {
  const files = await ports.lake.list('layer1/tweets/')
  const tables = await Promise.all(files.map(file => ports.tables.read(file.path, ['tweet_id'])))
  return tables.flatMap(table => [...(table?.getChild('tweet_id') ?? [])]).sort()
}

const idOf = (line: string): string => JSON.parse(line).data.id

describe('listen', () => {
  it('seals what it read and ends when another machine has taken its place', () =>
    withTempFolder(async folder => {
      const local = openLocalLake(join(folder, 'lake'), { holder: 'a test', clock: systemClock })
      let lose: (why: TwdwError) => void = () => undefined
      const lake: Lake = {
        ...local,
        async lock(_name, { onLost = () => undefined } = {}) {
          lose = onLost
          return async () => undefined
        },
      }
      const why = new TwdwError('E_LAKE', 'the lease is held by another machine by now')
      const line = tweetLine('2024-01-01T10:59:59.999Z', 1)
      const ports = portsAt(folder, streamOf(batch(line)), lake)
      const caps = { totalMicroUsd: undefined, dayMicroUsd: 50_000_000 }
      const running = listen({ ...plan, source: 'stream', tags: ['covid19'], caps }, ports, never)
      setTimeout(() => lose(why), 300)
      await expect(running).rejects.toBe(why)
      expect(await storedIds(ports)).toEqual([idOf(line)])
    }))

  it('stores tweets in the hour in which they were made and forgets the journal', () =>
    withTempFolder(async folder => {
      const lines = [tweetLine('2024-01-01T10:59:59.999Z', 1), tweetLine('2024-01-01T11:00:00.000Z', 2)]
      const ports = portsAt(folder, sourceOf(batch(...lines)))
      const report = await listen(plan, ports, never)
      expect(report).toMatchObject({
        why: 'the source has ended',
        lines: 2,
        tweets: 2,
        rejected: 0,
        segments: 1,
        hours: ['2024-01-01T10', '2024-01-01T11'],
      })
      const paths = (await ports.lake.list('layer1/tweets/')).map(file => file.path.replace(/[^/]+\.parquet/, ''))
      expect(paths).toEqual([
        'layer1/tweets/utc_date=2024-01-01/utc_hour=10/',
        'layer1/tweets/utc_date=2024-01-01/utc_hour=11/',
      ])
      expect(await storedIds(ports)).toEqual(lines.map(idOf).sort())
      expect(readdirSync(join(folder, 'journal'))).toEqual([])
    }))

  it('keeps a line that is no tweet, with its reason, and goes on', () =>
    withTempFolder(async folder => {
      const ports = portsAt(folder, sourceOf(batch('{"data": {"id": "10', tweetLine(AT, 1))))
      expect(await listen(plan, ports, never)).toMatchObject({ lines: 2, tweets: 1, rejected: 1 })
      const [file] = await ports.lake.list('layer1/rejected/')
      const rejected = await ports.tables.read(file!.path)
      expect(rejected?.getChild('line')?.get(0)).toBe('{"data": {"id": "10')
      expect(rejected?.getChild('reason')?.get(0)).toMatch(/^invalid JSON/)
    }))

  it('has a line in the journal, whole, within the sync interval, while the source is silent', () =>
    withTempFolder(async folder => {
      const stop = new AbortController()
      const ports = portsAt(folder, streamOf(batch(tweetLine(AT, 1))))
      const listening = listen({ ...plan, source: 'stream' }, ports, stop.signal)
      let live = await readLiveSegments(ports.journal)
      for (let i = 0; i < 100 && live.length === 0; i++) {
        await systemClock.sleep(20)
        live = await readLiveSegments(ports.journal)
      }
      expect(live.flatMap(({ tweets }) => [...tweets.keys()])).toEqual(['2024-01-01T10'])
      expect(await ports.lake.list('layer1/tweets/')).toEqual([])
      stop.abort('SIGTERM')
      expect(await listening).toMatchObject({ why: 'stopped by a signal', tweets: 1 })
      expect(await storedIds(ports)).toHaveLength(1)
    }))

  it('publishes what a crash left in the journal, once, under the name of its segment', () =>
    withTempFolder(async folder => {
      const before = portsAt(folder, sourceOf())
      const lines = [tweetLine(AT, 1), tweetLine(AT, 2)]
      const segment = await before.journal.begin({ source: 'stream', session: 's', tags: ['covid19'], ruleNames: {} })
      await segment.append(batch(...lines))
      await segment.sync()
      await segment.close()
      const report = await listen(plan, before, never)
      expect(report).toMatchObject({ tweets: 0, segments: 1, hours: ['2024-01-01T10'] })
      expect((await before.lake.list('layer1/tweets/')).map(file => file.path)).toEqual([
        `layer1/tweets/utc_date=2024-01-01/utc_hour=10/${segment.name}.parquet`,
      ])
      await listen(plan, portsAt(folder, sourceOf()), never)
      expect(await storedIds(before)).toEqual(lines.map(idOf).sort())
    }))

  it('rewrites the same bytes when a crash came between publishing and forgetting', () =>
    withTempFolder(async folder => {
      const ports = portsAt(folder, sourceOf())
      const segment = await ports.journal.begin({ source: 'replay', session: 's', tags: [], ruleNames: {} })
      await segment.append(batch(tweetLine(AT, 1), 'no JSON', tweetLine(AT, 2)))
      await segment.sync()
      await segment.close()
      const forgetful: ListenPorts = { ...ports, journal: { ...ports.journal, remove: async () => undefined } }
      await listen(plan, forgetful, never)
      const read = async () => {
        const files = [...(await ports.lake.list('layer1/tweets/')), ...(await ports.lake.list('layer1/rejected/'))]
        return Promise.all(files.map(async file => [file.path, await ports.lake.read(file.path)]))
      }
      const once = await read()
      await listen(plan, ports, never)
      expect(await read()).toEqual(once)
      expect(await ports.journal.list()).toEqual([])
    }))

  it('stops exactly at --max-tweets where the source can be asked again', () =>
    withTempFolder(async folder => {
      const lines = Array.from({ length: 10 }, (_, n) => tweetLine(AT, n))
      const ports = portsAt(folder, streamOf(batch(...lines.slice(0, 4)), batch(...lines.slice(4))))
      expect(await listen({ ...plan, maxTweets: 6 }, ports, never)).toMatchObject({
        why: '--max-tweets is reached',
        tweets: 6,
      })
      expect(await storedIds(ports)).toHaveLength(6)
    }))

  it('counts tweets and not lines towards --max-tweets, and leaves no hole', () =>
    withTempFolder(async folder => {
      const junk = Array.from({ length: 10 }, (_, n) => `junk ${n}`)
      const lines = Array.from({ length: 20 }, (_, n) => tweetLine(AT, n))
      const ports = portsAt(folder, sourceOf(batch(...junk, ...lines)))
      expect(await listen({ ...plan, maxTweets: 10 }, ports, never)).toMatchObject({
        tweets: 10,
        rejected: 10,
        lines: 20,
      })
      expect(await storedIds(ports)).toEqual(lines.slice(0, 10).map(idOf).sort())
    }))

  it('names the rules that a tweet matched, also those of strangers and those without a tag', () =>
    withTempFolder(async folder => {
      const ports = portsAt(folder, sourceOf())
      const line = tweetLine(AT, 1).replace(/"id":"\d+","tag":"twdw:lake:covid19"/, '"id":"77"')
      const adopting: ListenPorts = {
        ...ports,
        async *open(): ReturnType<ListenPorts['open']> & AsyncGenerator {
          yield { event: 'connected', atMs: 0, rules: [{ id: '77', name: 'covid19', value: '#covid19' }] }
          yield batch(line)
        },
      }
      await listen({ ...plan, source: 'stream' }, adopting, never)
      const [file] = await ports.lake.list('layer1/tweets/')
      const table = await ports.tables.read(file!.path, ['rules', 'raw'])
      expect(table?.getChild('raw')?.get(0)).toContain('"id":"77"')
      expect([...table!.getChild('rules')!.get(0)]).toEqual(['covid19'])
    }))

  it('lets one process at a time listen to X for a lake, and says who does', () =>
    withTempFolder(async folder => {
      const stop = new AbortController()
      const first = listen({ ...plan, source: 'stream' }, portsAt(folder, streamOf()), stop.signal)
      await systemClock.sleep(50)
      await expect(listen({ ...plan, source: 'stream' }, portsAt(folder, sourceOf()), never)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: expect.stringMatching(/_locks\/listen is held by a test, process \d+ /),
      })
      // files may be read beside it
      await listen(plan, portsAt(folder, sourceOf()), never)
      stop.abort('SIGTERM')
      await first
    }))

  it('keeps a damaged segment aside after it has stored what could be read', () =>
    withTempFolder(async folder => {
      const ports = portsAt(folder, sourceOf())
      const segment = await ports.journal.begin({ source: 'replay', session: 's', tags: [], ruleNames: {} })
      await segment.append(batch(tweetLine(AT, 1), tweetLine(AT, 2), tweetLine(AT, 3)))
      await segment.close()
      const path = join(folder, 'journal', `${segment.name}.journal`)
      const bytes = readFileSync(path)
      bytes[Math.floor(bytes.length / 2)]! ^= 1
      writeFileSync(path, bytes)
      await listen(plan, ports, never)
      expect(await storedIds(ports)).toHaveLength(2)
      expect(readdirSync(join(folder, 'journal'))).toEqual([`${segment.name}.journal.damaged`])
    }))

  it('begins also where a file of the journal has lost its first sector, and keeps that aside', () =>
    withTempFolder(async folder => {
      const log = memoryLog()
      const ports = { ...portsAt(folder, sourceOf(batch(tweetLine(AT, 9)))), log }
      const segment = await ports.journal.begin({ source: 'stream', session: 's', tags: ['covid19'], ruleNames: {} })
      // longer than a sector, so that no other line is lost
      await segment.append(batch(tweetLine(AT, 1).padEnd(600), tweetLine(AT, 2), tweetLine(AT, 3)))
      await segment.close()
      const path = join(folder, 'journal', `${segment.name}.journal`)
      writeFileSync(path, readFileSync(path).fill(0, 0, 512))
      await listen(plan, ports, never)
      expect(await storedIds(ports)).toEqual([2, 3, 9].map(n => idOf(tweetLine(AT, n))).sort())
      expect(readdirSync(join(folder, 'journal'))).toEqual([`${segment.name}.journal.damaged`])
      expect(log.told.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence)).toEqual([
        expect.stringMatching(
          /^[\d,]+ bytes of segment \S+ are damaged; it is kept as \S+\.journal\.damaged\. Check the disk$/,
        ),
      ])
    }))

  it('keeps what X had sent, for it was billed, when --max-tweets is passed in one batch', () =>
    withTempFolder(async folder => {
      const lines = Array.from({ length: 10 }, (_, n) => tweetLine(AT, n))
      const ports = portsAt(folder, streamOf(batch(...lines)))
      const report = await listen({ ...plan, source: 'stream', maxTweets: 6 }, ports, never)
      expect(report).toMatchObject({ why: '--max-tweets is reached', tweets: 10 })
      expect(await storedIds(ports)).toHaveLength(10)
    }))

  it('is ready once the journal is recovered, before its source has answered, and says why it stops', () =>
    withTempFolder(async folder => {
      const notify = memoryNotify()
      const before = portsAt(folder, sourceOf())
      const segment = await before.journal.begin({ source: 'stream', session: 's', tags: [], ruleNames: {} })
      await segment.append(batch(tweetLine(AT, 1)))
      await segment.close()
      let recoveredWhenReady: string[] | undefined
      const manager = {
        ...notify,
        send(news: ServiceNews) {
          if (news.ready) recoveredWhenReady = readdirSync(join(folder, 'journal'))
          return notify.send(news)
        },
      }
      const service = new Service({ notify: manager, clock: systemClock, log: silentLog })
      const stop = new AbortController()
      const ports = { ...portsAt(folder, streamOf()), service }
      const listening = listen({ ...plan, source: 'stream' }, ports, stop.signal)
      await expect.poll(() => recoveredWhenReady, { timeout: 5_000 }).toEqual([])
      stop.abort('SIGTERM')
      await listening
      const told = notify.told()
      expect(told[0]).toEqual({ ready: true, status: "connecting to X's filtered stream" })
      expect(told.at(-1)).toEqual({ stopping: true, status: 'stopping: stopped by a signal' })
    }))

  it('says in its last status what it failed for', () =>
    withTempFolder(async folder => {
      const notify = memoryNotify()
      const service = new Service({ notify, clock: systemClock, log: silentLog })
      const failing: Source = {
        async *open() {
          yield batch(tweetLine(AT, 1))
          throw new TwdwError('E_REFUSED', 'X does not accept the bearer token')
        },
      }
      await expect(listen(plan, { ...portsAt(folder, failing), service }, never)).rejects.toMatchObject({
        code: 'E_REFUSED',
      })
      expect(notify.told().at(-1)).toEqual({ stopping: true, status: 'stopping: X does not accept the bearer token' })
    }))

  it('stops when --for is over', () =>
    withTempFolder(async folder => {
      const ports = portsAt(folder, streamOf(batch(tweetLine(AT, 1))))
      expect(await listen({ ...plan, forMs: 50 }, ports, never)).toMatchObject({ why: '--for is over', tweets: 1 })
    }))

  it('leaves nothing behind on a source that says nothing for long', () =>
    withTempFolder(async folder => {
      const heard: MockInstance[] = []
      const open = (stop: AbortSignal): AsyncIterable<LineBatch> => {
        const next = () => {
          const coming = systemClock.sleep(60_000, stop).then(() => ({ done: true as const, value: undefined }))
          heard.push(vi.spyOn(coming, 'then'))
          return coming
        }
        return { [Symbol.asyncIterator]: () => ({ next }) }
      }
      await listen({ ...plan, forMs: 1_100 }, { ...portsAt(folder, sourceOf()), open }, never)
      // whatever the intervals: once for when it comes
      expect(heard.map(({ mock }) => mock.calls.length)).toEqual([1])
    }))

  it('puts tweets into the lake while it goes on, as often as it was told', () =>
    withTempFolder(async folder => {
      const stop = new AbortController()
      const ports = portsAt(folder, streamOf(batch(tweetLine(AT, 1))))
      const listening = listen({ ...plan, source: 'stream', sealAfterMs: 1 }, ports, stop.signal)
      await expect.poll(() => storedIds(ports), { timeout: 5_000 }).toHaveLength(1)
      await expect.poll(() => ports.journal.list()).toEqual([])
      stop.abort('SIGTERM')
      expect(await listening).toMatchObject({ segments: 1, tweets: 1 })
    }))

  it('seals what it has before it tells of a source that failed', () =>
    withTempFolder(async folder => {
      const failing: Source = {
        async *open() {
          yield batch(tweetLine(AT, 1))
          throw new TwdwError('E_SOURCE', 'tweets.gz is cut off after 1 line')
        },
      }
      const ports = portsAt(folder, failing)
      await expect(listen(plan, ports, never)).rejects.toMatchObject({
        code: 'E_SOURCE',
        message: 'tweets.gz is cut off after 1 line',
      })
      expect(await storedIds(ports)).toHaveLength(1)
      const [session] = await readSessions(ports.lake)
      expect(session).toMatchObject({ ended: 'failed', tweets: 1 })
    }))

  it('loses nothing when the lake cannot be written: the next run stores it', () =>
    withTempFolder(async folder => {
      const ports = portsAt(folder, sourceOf(batch(tweetLine(AT, 1))))
      const full = async () => {
        throw new TwdwError('E_LAKE', 'the disk is full')
      }
      const broken: ListenPorts = { ...ports, makers: makersOf({ ...ports.tables, write: full }) }
      await expect(listen(plan, broken, never)).rejects.toMatchObject({ code: 'E_LAKE', message: 'the disk is full' })
      expect(await storedIds(ports)).toEqual([])
      expect(await ports.journal.leftBehind()).toHaveLength(1)
      await listen(plan, portsAt(folder, sourceOf()), never)
      expect(await storedIds(ports)).toHaveLength(1)
    }))

  it('leaves the journal as it is when a line breaks the reading of it, so that nothing is lost by a bug', () =>
    withTempFolder(async folder => {
      const ports = portsAt(folder, sourceOf(batch(tweetLine(AT, 1), tweetLine(AT, 2))))
      // a source name that no table can hold stands for a bug in the reading of a line
      const broken = { ...plan, source: undefined as never }
      await expect(listen(broken, ports, never)).rejects.toThrow()
      expect(await storedIds(ports)).toEqual([])
      expect(await ports.journal.leftBehind()).toHaveLength(1)
    }))

  it('records its session: from, to, why it ended, counts', () =>
    withTempFolder(async folder => {
      const ports = portsAt(folder, sourceOf(batch(tweetLine(AT, 1), 'no JSON')))
      await listen({ ...plan, tags: ['covid19'] }, ports, never)
      const [session] = await readSessions(ports.lake)
      expect(session).toMatchObject({
        format: 1,
        source: 'replay',
        tags: ['covid19'],
        ended: 'the source has ended',
        lines: 2,
        tweets: 1,
        rejected: 1,
      })
      expect(Date.parse(session!.from)).toBeLessThanOrEqual(Date.parse(session!.to))
    }))

  it('refuses another time zone than the lake was made with', () =>
    withTempFolder(async folder => {
      const ports = portsAt(folder, sourceOf())
      await listen(plan, ports, never)
      await expect(listen({ ...plan, timeZone: 'Asia/Tokyo' }, ports, never)).rejects.toMatchObject({
        code: 'E_USAGE',
        message: `the lake ${ports.lake.url} is kept in America/Sao_Paulo, not in Asia/Tokyo`,
      })
    }))
})

async function readSessions(lake: Lake): Promise<SessionRecord[]> {
  const files = await lake.list('layer1/sessions/')
  return Promise.all(files.map(async file => JSON.parse(new TextDecoder().decode(await lake.read(file.path)))))
}
