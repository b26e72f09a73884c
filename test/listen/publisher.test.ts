/** A lake that does not take tweets, and makers that fail: nothing is lost, nothing is doubled, and the listener goes on. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TwdwError } from '../../src/lib/errors.ts'
import type { Clock } from '../../src/lib/io/clock.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import { type Journal, openJournal } from '../../src/lib/io/journal.ts'
import { openStateFile } from '../../src/lib/io/state-file.ts'
import { openTables, type Tables } from '../../src/lib/io/tables.ts'
import { Capture, type CapturePlan } from '../../src/lib/listen/capture.ts'
import type { SegmentMaker } from '../../src/lib/listen/segment-maker.ts'
import { Spending } from '../../src/lib/listen/spending.ts'
import { makersOf } from '../support/makers.ts'
import { createMemoryLake } from '../support/memory-lake.ts'
import { memoryLog } from '../support/memory-log.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const AT = '2024-01-01T10:15:00.000Z'
const STREAM: CapturePlan = { source: 'stream', tags: [], maxTweets: undefined, sealAfterMs: 1_000 }

/** Time that a test moves. */
function movedClock(): Clock & { pass(ms: number): void } {
  let nowMs = Date.parse('2024-01-01T10:16:00Z')
  return {
    nowMs: () => nowMs,
    sleep: async () => undefined,
    pass(ms) {
      nowMs += ms
    },
  }
}

interface Bench {
  capture: Capture
  clock: ReturnType<typeof movedClock>
  log: ReturnType<typeof memoryLog>
  journal: Journal
  /** whether the lake takes tweets */
  lakeTakes(isOpen: boolean): void
  /** the lake does not answer any more. @returns lets it answer */
  lakeHangs(): () => void
  /** lines that go in, are synced and, a second later, sealed */
  seal(...numbers: number[]): Promise<void>
  /** as `seal`, and what is under way is over */
  segment(...numbers: number[]): Promise<void>
  /** ids in layer1, repeats too */
  stored(): Promise<string[]>
  spentPosts(): Promise<number>
  spending: Spending
}

function onBench(
  work: (bench: Bench) => Promise<void>,
  about: {
    plan?: CapturePlan
    maker?: (maker: SegmentMaker) => SegmentMaker
    journal?: (journal: Journal) => Journal
  } = {},
): Promise<void> {
  return withTempFolder(async folder => {
    const [clock, log, lake] = [movedClock(), memoryLog(), createMemoryLake()]
    let isOpen = true
    let answers: Promise<void> = Promise.resolve()
    const tables: Tables = openTables(lake)
    const write: Tables['write'] = async (...words) => {
      await answers
      if (!isOpen) throw new TwdwError('E_LAKE', 'the bucket is out of reach', { hint: 'wait' })
      return tables.write(...words)
    }
    const makers = makersOf({ ...tables, write }).map(about.maker ?? (maker => maker))
    const disk = openJournal(join(folder, 'journal'), systemClock)
    const journal = about.journal?.(disk) ?? disk
    const meter = openStateFile(join(folder, 'spend.json'), systemClock)
    const spending = new Spending(undefined, { meter, journal, clock })
    await spending.read()
    const stop = new AbortController().signal
    const paused = () => undefined
    const pulse = { note: () => undefined }
    const capture = new Capture(about.plan ?? STREAM, {
      lake,
      makers,
      journal,
      spending,
      clock,
      log,
      stop,
      paused,
      pulse,
    })
    const seal: Bench['seal'] = async (...numbers) => {
      const lines = numbers.map(n => new TextEncoder().encode(tweetLine(AT, n)))
      await capture.take({ lines, capturedAtMs: clock.nowMs() })
      clock.pass(1_000)
      await capture.syncIfDue()
      await capture.sealIfDue()
    }
    await work({
      capture,
      spending,
      clock,
      log,
      journal,
      lakeTakes(open) {
        isOpen = open
      },
      lakeHangs() {
        const { promise, resolve } = Promise.withResolvers<void>()
        answers = promise
        return resolve
      },
      seal,
      async segment(...numbers) {
        await seal(...numbers)
        await capture.publisher.idle()
      },
      async stored() {
        const files = await lake.list('layer1/tweets/')
        const read = await Promise.all(files.map(({ path }) => tables.read(path, ['tweet_id'])))
        return read.flatMap(table => [...(table?.getChild('tweet_id') ?? [])].map(String)).sort()
      },
      spentPosts: async () => JSON.parse((await meter.read()) ?? '{"total":{"posts":0}}').total.posts,
    })
  })
}

const idsOf = (...numbers: number[]) => numbers.map(n => JSON.parse(tweetLine(AT, n)).data.id as string).sort()

describe('a listener whose lake is out of reach', () => {
  it('reads on, keeps the tweets in the journal, and stores them as soon as the lake takes them', () =>
    onBench(async ({ capture, clock, log, journal, lakeTakes, segment, stored, spentPosts }) => {
      await segment(1)
      lakeTakes(false)
      await segment(2, 3)
      await segment(4)
      expect(await stored()).toEqual(idsOf(1))
      expect(await journal.list()).toHaveLength(2)
      // they are nobody else's: another process is not to publish them
      expect(await journal.leftBehind()).toEqual([])

      clock.pass(10_000)
      await segment(5)
      expect(await stored()).toEqual(idsOf(1))
      lakeTakes(true)
      clock.pass(20_000)
      await segment(6)
      await capture.end('stopped')
      expect(await stored()).toEqual(idsOf(1, 2, 3, 4, 5, 6))
      expect(await journal.list()).toEqual([])
      expect(await spentPosts()).toBe(6)
      expect(log.told.filter(({ level }) => level !== 'debug').map(({ sentence }) => sentence)).toEqual([
        'tweets cannot be stored: the bucket is out of reach; they stay in the journal, and it is tried again in 10 s',
        'the lake takes tweets again: 3 segments stored',
      ])
    }))

  it('says at its end that the lake did not take them, and leaves them for the next run', () =>
    onBench(async ({ capture, journal, lakeTakes, segment, stored }) => {
      lakeTakes(false)
      await segment(1, 2)
      await expect(capture.end('stopped')).rejects.toMatchObject({
        code: 'E_LAKE',
        message: 'the lake did not take 1 segment of tweets: the bucket is out of reach',
        hint: 'they are safe in the journal: once the lake is in order, start twdw listen again, which stores them first',
      })
      expect(await stored()).toEqual([])
      expect(await journal.leftBehind()).toHaveLength(1)
    }))

  it('fails at once where the source can be asked again', () =>
    onBench(
      async ({ capture, lakeTakes, segment }) => {
        lakeTakes(false)
        await segment(1).catch(() => undefined)
        await expect(capture.end('failed')).rejects.toMatchObject({ message: 'the bucket is out of reach' })
      },
      { plan: { ...STREAM, source: 'replay' } },
    ))
})

describe('a listener whose lake hangs', () => {
  it('reads on, keeps the tweets in the journal, and stores them once the lake answers again', () =>
    onBench(async ({ capture, clock, log, journal, lakeHangs, seal, segment, stored, spentPosts }) => {
      const answer = lakeHangs()
      for (const n of [1, 2, 3, 4]) await seal(n)
      expect(await stored()).toEqual([])
      expect(await journal.list()).toHaveLength(4)
      expect(capture.tweets).toBe(4)
      answer()
      await capture.publisher.idle()
      expect(await stored()).toEqual(idsOf(1, 2))
      clock.pass(10_000)
      await segment(5)
      expect(await stored()).toEqual(idsOf(1, 2, 3, 4, 5))
      await capture.end('stopped')
      expect(await journal.list()).toEqual([])
      expect(await spentPosts()).toBe(5)
      expect(log.told.filter(({ level }) => level !== 'debug').map(({ sentence }) => sentence)).toEqual([
        'tweets cannot be stored: the lake has had others for more than 5 s; they stay in the journal, and it is tried again in 10 s',
        'the lake takes tweets again: 2 segments stored',
      ])
    }))
})

describe('a listener whose clock is put back', () => {
  it('syncs, seals and stores as before', () =>
    onBench(async ({ capture, clock, journal, segment, stored }) => {
      await capture.take({ lines: [new TextEncoder().encode(tweetLine(AT, 1))], capturedAtMs: clock.nowMs() })
      clock.pass(-3_600_000)
      await capture.syncIfDue()
      await capture.sealIfDue()
      await capture.publisher.idle()
      expect(await stored()).toEqual(idsOf(1))
      expect(await journal.list()).toEqual([])
      await segment(2)
      expect(await stored()).toEqual(idsOf(1, 2))
      await capture.end('stopped')
    }))

  it('asks a lake that took nothing again, and not hours later', () =>
    onBench(async ({ capture, clock, lakeTakes, segment, stored }) => {
      lakeTakes(false)
      await segment(1)
      lakeTakes(true)
      clock.pass(-3_600_000)
      await capture.sealIfDue()
      await capture.publisher.idle()
      expect(await stored()).toEqual(idsOf(1))
      await capture.end('stopped')
    }))
})

describe('a listener whose makers fail', () => {
  /** With its nth call for lines what it had is gone, as with a worker that dies. */
  const losing =
    (nth: number, failure?: Error) =>
    (maker: SegmentMaker): SegmentMaker => {
      let calls = 0
      return {
        ...maker,
        async add(segment, header, records) {
          calls += 1
          if (calls === nth) await maker.forget(segment)
          if (calls === nth && failure !== undefined) throw failure
          return maker.add(segment, header, records)
        },
      }
    }
  const dyingAt = (nth: number) => losing(nth, new Error('a worker died'))
  /** Another has taken its place: nobody waited for an answer, so none fails. */
  const diedBefore = (nth: number) => losing(nth)

  it('makes a segment again from the journal of which it turns out to have a part only', () =>
    onBench(
      async ({ capture, clock, journal, log, segment, stored, spentPosts }) => {
        await capture.take({ lines: [new TextEncoder().encode(tweetLine(AT, 1))], capturedAtMs: clock.nowMs() })
        clock.pass(300)
        await capture.syncIfDue()
        await segment(2, 3)
        expect(await stored()).toEqual([])
        expect(log.sentences()).toContainEqual(
          expect.stringMatching(
            /^tweets cannot be stored: a worker has 2 of 3 lines of segment \S+; they stay in the journal, and it is tried again in 10 s$/,
          ),
        )
        await capture.end('stopped')
        expect(await stored()).toEqual(idsOf(1, 2, 3))
        expect(await journal.list()).toEqual([])
        expect(await spentPosts()).toBe(3)
      },
      { maker: diedBefore(2) },
    ))

  it.each([1, 2, 3])('makes the segment again from the journal: the %dth call fails', nth =>
    onBench(
      async ({ capture, clock, journal, segment, stored, spentPosts }) => {
        await segment(1, 2)
        // two syncs in one segment
        await capture.take({ lines: [new TextEncoder().encode(tweetLine(AT, 3))], capturedAtMs: clock.nowMs() })
        clock.pass(300)
        await capture.syncIfDue()
        await segment(4, 5)
        await segment(6)
        await capture.end('stopped')
        expect(await stored()).toEqual(idsOf(1, 2, 3, 4, 5, 6))
        expect(await journal.list()).toEqual([])
        expect(await spentPosts()).toBe(6)
      },
      { maker: dyingAt(nth) },
    ),
  )

  it('counts lines that nobody could read towards the caps, for they are billed', () =>
    onBench(
      async ({ capture, clock, spending }) => {
        const lines = [1, 2].map(n => new TextEncoder().encode(tweetLine(AT, n)))
        await capture.take({ lines, capturedAtMs: clock.nowMs() })
        clock.pass(300)
        await capture.syncIfDue()
        await expect.poll(() => spending.report().totalUsd).toBe(0.01)
        expect(capture.tweets).toBe(0)
        await capture.end('stopped')
        expect(spending.report()).toMatchObject({ totalUsd: 0.01, possibleTotalUsd: 0.03 })
      },
      { maker: dyingAt(1) },
    ))
})

describe('a listener whose disk is full when it seals a segment', () => {
  /** Takes lines, and says only at the first sync that it has no room to keep them, as NFS and quotas do. */
  const fullAtSync = (journal: Journal): Journal => ({
    ...journal,
    async begin(header) {
      const segment = await journal.begin(header)
      const { sync } = segment
      segment.sync = async () => {
        segment.sync = sync
        const cause = Object.assign(new Error('quota'), { code: 'EDQUOT' })
        throw new TwdwError('E_LAKE', 'the journal segment cannot be synced: the disk quota is used up', { cause })
      }
      return segment
    },
  })

  it('waits for room and seals it then', () =>
    onBench(
      async ({ capture, clock, log, stored }) => {
        const lines = [new TextEncoder().encode(tweetLine(AT, 1))]
        await capture.take({ lines, capturedAtMs: clock.nowMs() })
        clock.pass(1_000)
        await capture.sealIfDue()
        await capture.publisher.idle()
        expect(await stored()).toEqual(idsOf(1))
        expect(log.told.filter(({ level }) => level !== 'debug').map(({ sentence }) => sentence)).toEqual([
          'the journal segment cannot be synced: the disk quota is used up: reading is paused until there is room; X may hang up on a reader that is so slow',
          'the disk has room again after 0 s: reading goes on',
        ])
        await capture.end('stopped')
      },
      { journal: fullAtSync },
    ))
})
