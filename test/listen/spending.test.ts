/** The listener and its money: real files, a journal, a source that tells how often it was asked. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Meter, parseMeter } from '../../src/lib/domain/x/meter.ts'
import { type SpendCaps, usageAt } from '../../src/lib/domain/x/spend.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { type Clock, systemClock } from '../../src/lib/io/clock.ts'
import { openJournal } from '../../src/lib/io/journal.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import type { LineBatch } from '../../src/lib/io/source/source.ts'
import { openStateFile } from '../../src/lib/io/state-file.ts'
import { openTables, type Tables } from '../../src/lib/io/tables.ts'
import { estimate } from '../../src/lib/listen/estimate.ts'
import { asOneSession, type ListenPlan, type ListenPorts, listen } from '../../src/lib/listen/listen.ts'
import { Spending } from '../../src/lib/listen/spending.ts'
import { makersOf } from '../support/makers.ts'
import { memoryLog } from '../support/memory-log.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const AT = '2024-01-01T10:15:00.000Z'
const DAY = '2024-01-01'
const never = new AbortController().signal

const capsOf = (totalUsd?: number, dayUsd?: number): SpendCaps => ({
  totalMicroUsd: totalUsd === undefined ? undefined : Math.round(totalUsd * 1e6),
  dayMicroUsd: dayUsd === undefined ? undefined : Math.round(dayUsd * 1e6),
})

const planWith = (caps: SpendCaps | undefined): ListenPlan => ({
  source: 'stream',
  tags: ['covid19'],
  forMs: undefined,
  maxTweets: undefined,
  sealAfterMs: 60_000,
  timeZone: undefined,
  caps,
})

/** Goes on from an instant at the pace of time. */
function clockFrom(at: string): Clock {
  const aheadMs = Date.parse(at) - systemClock.nowMs()
  return { nowMs: () => systemClock.nowMs() + aheadMs, sleep: systemClock.sleep }
}

interface Run {
  ports: ListenPorts & { tables: Tables }
  log: ReturnType<typeof memoryLog>
  /** batches that were asked for, and given */
  given: () => number
  meter: () => Promise<Meter>
}

/** A stream that sends batches of so many tweets and is then silent until it is told to stop. */
function runIn(folder: string, sizes: readonly number[], at = AT): Run {
  const clock = clockFrom(at)
  const log = memoryLog()
  const lake = openLocalLake(join(folder, 'lake'), { holder: 'a test', clock })
  let given = 0
  let n = 0
  const open = asOneSession(
    {
      async *open(stop) {
        for (const size of sizes) {
          if (stop.aborted) return
          given += 1
          const lines = Array.from({ length: size }, () => new TextEncoder().encode(tweetLine(AT, n++)))
          yield { lines, capturedAtMs: clock.nowMs() } satisfies LineBatch
        }
        await clock.sleep(60_000, stop)
      },
    },
    clock,
  )
  const journal = openJournal(join(folder, 'journal'), clock)
  const meter = openStateFile(join(folder, 'spend.json'), clock)
  const tables = openTables(lake)
  const makers = makersOf(tables)
  const ports = { lake, tables, makers, journal, leftBehind: journal, meter, clock, log, newId: () => '0a1b2c3d', open }
  return { ports, log, given: () => given, meter: async () => parseMeter(await meter.read(), meter.path) }
}

const ones = (count: number): number[] => Array(count).fill(1)

describe('a listener with a cap', () => {
  it('takes the last tweet that there is room for, and asks for none after it', () =>
    withTempFolder(async folder => {
      const { ports, given, meter } = runIn(folder, ones(20))
      const report = await listen(planWith(capsOf(undefined, 0.025)), ports, never)
      expect(report).toMatchObject({
        why: '--max-usd-per-day is reached',
        tweets: 5,
        spent: { day: DAY, dayUsd: 0.025, totalUsd: 0.025, possibleTotalUsd: 0.075 },
        cap: { name: 'max-usd-per-day', capMicroUsd: 25_000, day: DAY, dayMicroUsd: 25_000 },
      })
      expect(given()).toBe(5)
      expect(await meter()).toMatchObject({ total: { posts: 5 }, days: { [DAY]: { posts: 5 } } })
    }))

  it('stops while there is room where tweets come several at once', () =>
    withTempFolder(async folder => {
      const { ports, given } = runIn(folder, [4, 4, 4, 4])
      const report = await listen(planWith(capsOf(0.055)), ports, never)
      // 8 of 11: four more could come before anybody can say stop
      expect(report).toMatchObject({ why: '--max-usd is reached', tweets: 8, spent: { totalUsd: 0.04 } })
      expect(given()).toBe(2)
    }))

  it('keeps and counts all that came in one piece, for it was billed', () =>
    withTempFolder(async folder => {
      const { ports, meter } = runIn(folder, [10])
      const report = await listen(planWith(capsOf(0.03)), ports, never)
      expect(report).toMatchObject({ tweets: 10, cap: { capMicroUsd: 30_000, totalMicroUsd: 50_000 } })
      expect((await meter()).total.posts).toBe(10)
    }))

  it('does not pass it by what has arrived and waits to be read', () =>
    withTempFolder(async folder => {
      const { ports } = runIn(folder, [])
      let n = 0
      const made = () => Array.from({ length: 4 }, () => new TextEncoder().encode(tweetLine(AT, n++)))
      // the reader is four pieces behind, and so it stays: for each that it takes X sends another, until it hangs up
      async function* open(stop: AbortSignal): AsyncGenerator<LineBatch, void, void> {
        const queue = [made(), made(), made(), made()]
        for (let lines = queue.shift(); lines !== undefined; lines = queue.shift()) {
          const queuedBytes = queue.flat().reduce((sum, { length }) => sum + length, 0)
          yield { lines, capturedAtMs: ports.clock.nowMs(), queuedBytes }
          if (!stop.aborted) queue.push(made())
        }
      }
      const report = await listen(planWith(capsOf(0.1)), { ...ports, open }, never)
      // at 4 of 20 it stops: 12 more have come by then, and as many as that may come again
      expect(report).toMatchObject({ why: '--max-usd is reached', tweets: 16, spent: { totalUsd: 0.08 } })
    }))

  it('counts on across runs, and does not even open the source when nothing is left', () =>
    withTempFolder(async folder => {
      const plan = planWith(capsOf(0.04))
      const first = runIn(folder, ones(3))
      await listen({ ...plan, maxTweets: 3 }, first.ports, never)
      const second = runIn(folder, ones(20))
      expect(await listen(plan, second.ports, never)).toMatchObject({ tweets: 5, why: '--max-usd is reached' })
      expect(second.log.sentences()[0]).toBe(
        'spending: no cap a day, $0.015 spent today (UTC); at most $0.04 in all, $0.015 spent; room for 5 tweets today',
      )
      const third = runIn(folder, ones(20))
      await expect(listen(plan, third.ports, never)).rejects.toMatchObject({
        code: 'E_CAP',
        message: "did not listen: --max-usd is $0.04, and $0.04 is spent since the lake's meter began",
      })
      expect(third.given()).toBe(0)
    }))

  it('begins anew with the UTC day', () =>
    withTempFolder(async folder => {
      const plan = planWith(capsOf(undefined, 0.01))
      await listen(plan, runIn(folder, ones(9), '2024-01-01T23:00:00Z').ports, never)
      await expect(listen(plan, runIn(folder, [1], '2024-01-01T23:30:00Z').ports, never)).rejects.toMatchObject({
        code: 'E_CAP',
        message: 'did not listen: --max-usd-per-day is $0.01, and $0.01 is spent on 2024-01-01 (UTC)',
        hint: 'it frees at 2024-01-02T00:00Z: start again then, or now with a higher --max-usd-per-day; --wait-next-day waits for it',
      })
      const next = runIn(folder, ones(9), '2024-01-02T00:00:01Z')
      expect(await listen(plan, next.ports, never)).toMatchObject({
        tweets: 2,
        spent: { dayUsd: 0.01, totalUsd: 0.02 },
      })
      expect((await next.meter()).days).toMatchObject({ '2024-01-01': { posts: 2 }, '2024-01-02': { posts: 2 } })
    }))

  it('never passes one, whatever the batches, when it is killed and started again and again', () =>
    withTempFolder(async folder => {
      const plan = planWith(capsOf(0.1))
      for (let i = 0; i < 8; i++) {
        const { ports } = runIn(folder, ones(3 + i))
        // as if killed after the tweets were in the lake, before the journal forgot them, or before they were counted
        const remove = async () => Promise.reject(new TwdwError('E_LAKE', 'killed'))
        const killed: ListenPorts =
          i % 2 === 0
            ? { ...ports, journal: { ...ports.journal, remove } }
            : { ...ports, meter: { ...ports.meter, update: remove } }
        await listen({ ...plan, maxTweets: 3 + i }, killed, never).catch(() => undefined)
      }
      const last = runIn(folder, ones(50))
      await listen(plan, last.ports, never).catch(() => undefined)
      const { total } = await last.meter()
      expect(total.posts).toBe(20)
      const files = await last.ports.lake.list('layer1/tweets/')
      const tables = await Promise.all(files.map(file => last.ports.tables.read(file.path, ['tweet_id'])))
      expect(tables.reduce((sum, table) => sum + (table?.numRows ?? 0), 0)).toBe(20)
    }))
})

describe('the meter of a lake', () => {
  it('counts what a crash left in the journal, also when another source is read next', () =>
    withTempFolder(async folder => {
      const { ports, meter } = runIn(folder, [])
      const segment = await ports.journal.begin({ source: 'stream', session: 's', tags: [], ruleNames: {} })
      const lines = [1, 2, 3].map(n => new TextEncoder().encode(tweetLine(AT, n)))
      await segment.append({ lines, capturedAtMs: Date.parse('2023-12-31T23:59:59Z') })
      await segment.append({ lines, capturedAtMs: Date.parse(AT) })
      await segment.sync()
      await segment.close()
      await listen({ ...planWith(undefined), source: 'replay', forMs: 1 }, ports, never)
      expect((await meter()).days).toMatchObject({ '2023-12-31': { posts: 3 }, [DAY]: { posts: 3 } })
    }))

  it('counts a segment once when a crash came between counting and forgetting it', () =>
    withTempFolder(async folder => {
      const { ports, meter } = runIn(folder, [3])
      const forgetful = { ...ports, journal: { ...ports.journal, remove: async () => undefined } }
      await listen({ ...planWith(undefined), maxTweets: 3 }, forgetful, never)
      expect(await ports.journal.leftBehind()).toHaveLength(1)
      for (let i = 0; i < 2; i++) await listen({ ...planWith(undefined), forMs: 1 }, runIn(folder, []).ports, never)
      expect((await meter()).total.posts).toBe(3)
      expect(await ports.journal.list()).toEqual([])
    }))

  it('is there before the journal forgets', () =>
    withTempFolder(async folder => {
      const { ports, meter } = runIn(folder, [2])
      let atRemoval: Meter | undefined
      const remove = async (segment: string) => {
        atRemoval = await meter()
        await ports.journal.remove(segment)
      }
      await listen({ ...planWith(undefined), maxTweets: 2 }, { ...ports, journal: { ...ports.journal, remove } }, never)
      expect(atRemoval?.total.posts).toBe(2)
    }))

  it('is not begun by sources that cost nothing', () =>
    withTempFolder(async folder => {
      const { ports } = runIn(folder, [3])
      const report = await listen({ ...planWith(undefined), source: 'demo', forMs: 50 }, ports, never)
      expect(report).toMatchObject({ tweets: 3, spent: undefined, cap: undefined })
      expect(existsSync(join(folder, 'spend.json'))).toBe(false)
    }))

  it('that is damaged stops the listener before anything is asked of the source', () =>
    withTempFolder(async folder => {
      const { ports, given } = runIn(folder, [3])
      const path = join(folder, 'spend.json')
      await mkdir(folder, { recursive: true })
      await writeFile(path, '{"format":1,"total":{"po')
      await expect(listen(planWith(capsOf(1)), ports, never)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `the meter ${path} is damaged, and without it no spending cap holds: it is not JSON`,
      })
      expect(given()).toBe(0)
      expect(await readFile(path, 'utf8')).toBe('{"format":1,"total":{"po')
    }))
})

describe('spending with a search beside the stream', () => {
  const spendingIn = (folder: string, caps: SpendCaps, clock = clockFrom(AT)) => {
    const journal = openJournal(join(folder, 'journal'), clock)
    return new Spending(caps, { meter: openStateFile(join(folder, 'spend.json'), clock), journal, clock })
  }
  const posts = (count: number) => usageAt(Date.parse(AT), { posts: count })

  it('counts two open segments, and settles each by itself', () =>
    withTempFolder(async folder => {
      const spending = spendingIn(folder, capsOf())
      spending.add('stream-1', posts(3))
      spending.add('search-1', posts(100))
      spending.add('stream-1', posts(2))
      expect(spending.report().totalUsd).toBe(0.525)
      await spending.settleOpen('stream-1')
      expect(spending.report().totalUsd).toBe(0.525)
      spending.add('search-1', posts(50))
      await spending.settleOpen('search-1')
      await spending.settleOpen('search-1')
      expect(spending.report().totalUsd).toBe(0.775)
      const meter = parseMeter(await readFile(join(folder, 'spend.json'), 'utf8'), 'spend.json')
      expect(meter).toMatchObject({ total: { posts: 155 }, counted: ['search-1'] })
    }))

  it('counts each once when both are settled at the same time', () =>
    withTempFolder(async folder => {
      const spending = spendingIn(folder, capsOf())
      spending.add('a', posts(3))
      spending.add('b', posts(4))
      await Promise.all([spending.settleOpen('a'), spending.settleOpen('b')])
      expect(spending.report().totalUsd).toBe(0.035)
    }))

  it('leaves filling half of the room of a day, less what comes at once, and less what is on its way', () =>
    withTempFolder(async folder => {
      const spending = spendingIn(folder, capsOf(undefined, 1))
      expect(spending.roomToFill()).toBe(100)
      const arrived = spending.expect(60)
      // a page that may bring 60 takes no more of the half than it brings
      expect(spending.roomToFill()).toBe(100)
      spending.add('search', posts(40))
      arrived(40)
      expect(spending.roomToFill()).toBe(60)
      spending.add('stream', posts(120))
      spending.noteBatch(15)
      expect(spending.roomToFill()).toBe(25)
    }))

  it('keeps the place of a page that is on its way, and gives it back', () =>
    withTempFolder(async folder => {
      const spending = spendingIn(folder, capsOf(0.055))
      const arrived = spending.expect(10)
      expect(spending.reached()).toBeUndefined()
      expect(spending.reached(1)).toMatchObject({ name: 'max-usd' })
      arrived(0)
      expect(spending.reached(9)).toBeUndefined()
    }))

  it('begins a new half with the UTC day', () =>
    withTempFolder(async folder => {
      let atMs = Date.parse('2024-01-01T23:59:59Z')
      const spending = spendingIn(folder, capsOf(undefined, 1), { ...systemClock, nowMs: () => atMs })
      spending.expect(100)(100)
      spending.add('search', usageAt(atMs, { posts: 100 }))
      expect(spending.roomToFill()).toBe(50)
      atMs += 1000
      expect(spending.roomToFill()).toBe(100)
    }))

  it('has no bounds without caps', () =>
    withTempFolder(async folder => {
      expect(spendingIn(folder, capsOf()).roomToFill()).toBe(Number.POSITIVE_INFINITY)
    }))
})

describe('an estimate', () => {
  const counting = (posts: number) => {
    const asked: string[] = []
    const rest = {
      countRecent: async (query: string) => {
        asked.push(query)
        return { ok: true as const, value: { posts, spanMs: 7 * 86_400_000 } }
      },
    }
    return { asked, rest }
  }

  it('asks once a rule, pays for each, and passes over what X cannot count', () =>
    withTempFolder(async folder => {
      const { ports, meter } = runIn(folder, [])
      const { asked, rest } = counting(7)
      const rules = ['#a', 'x'.repeat(513), '#b']
      const answer = await estimate({ rules, samplePercent: 100, caps: capsOf() }, { ...ports, rest }, never)
      expect(answer).toMatchObject({ tweetsPerDay: 2, askedUsd: 0.01 })
      expect(asked).toEqual(['#a', '#b'])
      expect(await meter()).toMatchObject({ total: { posts: 0, countsRequests: 2 } })
    }))

  it('stops before a cap is passed', () =>
    withTempFolder(async folder => {
      const { ports, meter } = runIn(folder, [])
      const { asked, rest } = counting(7)
      const plan = { rules: ['#a', '#b'], samplePercent: 100, caps: capsOf(undefined, 0.005) }
      await expect(estimate(plan, { ...ports, rest }, never)).rejects.toMatchObject({
        code: 'E_CAP',
        message: 'did not ask for counts: --max-usd-per-day is $0.005, and $0.005 is spent on 2024-01-01 (UTC)',
      })
      expect(asked).toEqual(['#a'])
      expect((await meter()).total.countsRequests).toBe(1)
    }))

  it.each([
    {
      end: { how: 'network' as const, code: 'ECONNREFUSED', message: 'refused' },
      code: 'E_SOURCE',
      says: 'X did not count #a: the connection was refused (ECONNREFUSED)',
    },
    { end: { how: 'aborted' as const }, code: 'E_INTERRUPTED', says: 'stopped while X was counting' },
  ])('tells why there is none: $says', ({ end, code, says }) =>
    withTempFolder(async folder => {
      const { ports } = runIn(folder, [])
      const rest = { countRecent: async () => ({ ok: false as const, end }) }
      const plan = { rules: ['#a'], samplePercent: 100, caps: capsOf() }
      await expect(estimate(plan, { ...ports, rest }, never)).rejects.toMatchObject({ code, message: says })
    }),
  )
})
