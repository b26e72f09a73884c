/** Leases: one holder at a time, whatever dies, sleeps, is cut off, or has another time. */
import { describe, expect, it, vi } from 'vitest'
import type { TwdwError } from '../../../src/lib/errors.ts'
import { systemClock } from '../../../src/lib/io/clock.ts'
import type { Lake } from '../../../src/lib/io/lake.ts'
import { holderOfLease, type Lease, takeLease } from '../../../src/lib/io/s3/lease.ts'
import type { S3Double, S3DoubleOptions } from '../../s3-double/double.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'
import { withS3Lake } from '../../support/s3-lake.ts'
import { openTestStore, withS3Store } from '../../support/s3-store.ts'
import { withTempFolder } from '../../support/temp-folder.ts'

const KEY = '_locks/consolidate.json'
const URL = 's3://lake/some/_locks/consolidate.json'
const LEASE_MS = 90_000

interface Machine {
  clock: ManualClock
  take(): Promise<Lease>
  lost: TwdwError[]
  warnings: string[]
}

interface Town {
  s3: S3Double
  machine(holder: string, time?: string): Machine
  /** for the store, and for those whose clocks are named */
  pass(ms: number, ...clocks: ManualClock[]): void
  holder(): Promise<string | undefined>
}

function withTown(work: (town: Town) => Promise<void>, options: S3DoubleOptions = {}): Promise<void> {
  return withS3Store(
    (store, s3) =>
      work({
        s3,
        machine(holder, time) {
          const clock = manualClock(time)
          const own = openTestStore(s3, { clock: { nowMs: clock.nowMs, sleep: async () => undefined } })
          const lost: TwdwError[] = []
          const warnings: string[] = []
          const take = () =>
            takeLease(own, KEY, URL, {
              holder,
              clock,
              onLost: why => lost.push(why),
              warn: sentence => warnings.push(sentence),
            })
          return { clock, take, lost, warnings }
        },
        pass(ms, ...clocks) {
          s3.settings.shiftMs += ms
          for (const clock of clocks) clock.pass(ms)
        },
        holder: () => holderOfLease(store, KEY),
      }),
    options,
  )
}

const heldBy = (holder: string, seconds: number) => ({
  code: 'E_LAKE',
  // the store tells the time in whole seconds
  message: expect.stringMatching(
    new RegExp(`^${URL} is held by ${holder}, which gave a sign [${seconds}-${seconds + 2}] s ago$`),
  ),
  hint: 'wait until it has ended, or stop it; one that died holds it 90 s longer at most',
})
const lostTo = (holder: string) => ({
  code: 'E_LAKE',
  message: `${URL} is held by ${holder} by now: this one gave no sign for too long`,
  hint: 'nothing more is written here; what is not done the other one does, or the next run',
})
const puts = (s3: S3Double) => s3.take().filter(({ operation }) => operation === 'PutObject').length

describe('a lease', () => {
  it('goes to one of many who want it at once', () =>
    withTown(async ({ machine, s3 }) => {
      const takers = Array.from({ length: 8 }, (_, i) => machine(`m${i}`))
      const outcomes = await Promise.allSettled(takers.map(({ take }) => take()))
      const held = outcomes.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
      expect(held.length).toBe(1)
      for (const one of outcomes) {
        if (one.status === 'rejected')
          expect(one.reason).toMatchObject({
            code: 'E_LAKE',
            message: expect.stringMatching(/ is held by m\d, which gave a sign \d s ago$/),
          })
      }
      await held[0]!.release()
      expect(s3.bucket().keys()).toEqual([])
    }))

  it('is had by who wrote it though the answer was lost', () =>
    withTown(async ({ machine, s3, holder }) => {
      s3.faults.add({ operation: 'PutObject', does: { reset: 'after' } })
      const lease = await machine('a').take()
      expect(await holder()).toBe('a')
      await expect(machine('b').take()).rejects.toMatchObject(heldBy('a', 0))
      await lease.release()
      expect(await holder()).toBeUndefined()
    }))

  it('is renewed by its holder, whatever the clocks of others say', () =>
    withTown(async ({ machine, s3, pass }) => {
      const a = machine('a', '2020-01-01T00:00:00Z')
      const lease = await a.take()
      s3.take()
      for (let i = 0; i < 10; i++) {
        pass(30_000, a.clock)
        await vi.waitUntil(() => puts(s3) === 1)
      }
      pass(10_000)
      for (const time of ['2019-01-01T00:00:00Z', '2031-01-01T00:00:00Z']) {
        await expect(machine('b', time).take()).rejects.toMatchObject({
          message: expect.stringMatching(/ is held by a, which gave a sign 1[01] s ago$/),
        })
      }
      await lease.whileHeld(async () => undefined)
      expect(a.lost).toEqual([])
      await lease.release()
    }))

  it('of one that died is anybody’s when it has run out, and not before', () =>
    withTown(async ({ machine, pass, holder }) => {
      await machine('dead').take()
      pass(40_000)
      await expect(machine('b').take()).rejects.toMatchObject({
        message: expect.stringMatching(/held by dead, which gave a sign 4[01] s ago/),
      })
      pass(LEASE_MS - 40_000 + 2_000)
      expect(await holder()).toBeUndefined()
      const [one, two] = [machine('c'), machine('d')]
      const outcomes = await Promise.allSettled([one.take(), two.take()])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(['c', 'd']).toContain(await holder())
    }))

  it('of one that seems dead is waited for', () =>
    withTown(async ({ machine, pass, holder }) => {
      await machine('dead').take()
      pass(50_000)
      const b = machine('b')
      const taking = b.take()
      await vi.waitUntil(() => b.clock.sleepers === 1)
      pass(42_000, b.clock)
      await taking
      expect(await holder()).toBe('b')
    }))

  it('is lost by a holder that slept past it, which is told once and may not go on', () =>
    withTown(async ({ machine, pass, s3, holder }) => {
      const a = machine('a')
      const lease = await a.take()
      pass(LEASE_MS + 2_000)
      const b = await machine('b').take()
      a.clock.pass(LEASE_MS + 2_000)
      await expect(lease.whileHeld(async () => undefined)).rejects.toMatchObject(lostTo('b'))
      s3.take()
      await expect(lease.whileHeld(async () => undefined)).rejects.toMatchObject(lostTo('b'))
      expect(a.lost).toMatchObject([lostTo('b')])
      await lease.release()
      expect(s3.take()).toEqual([])
      expect(await holder()).toBe('b')
      await b.release()
      expect(s3.bucket().keys()).toEqual([])
    }))

  it('that somebody removed is lost, too', () =>
    withTown(async ({ machine, s3 }) => {
      const a = machine('a')
      const lease = await a.take()
      s3.bucket().clear()
      a.clock.pass(LEASE_MS)
      await expect(lease.whileHeld(async () => undefined)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${URL} is not held by this process any more: this one gave no sign for too long`,
      })
    }))

  it('is still had by a holder that slept and was not missed', () =>
    withTown(async ({ machine, pass, s3 }) => {
      const a = machine('a')
      const lease = await a.take()
      pass(10 * LEASE_MS)
      a.clock.pass(10 * LEASE_MS)
      await lease.whileHeld(async () => undefined)
      expect(a.lost).toEqual([])
      await expect(machine('b').take()).rejects.toMatchObject(heldBy('a', 0))
      await lease.release()
      expect(s3.bucket().keys()).toEqual([])
    }))

  it('goes on when renewing failed for a while, and nothing is written meanwhile that it could not vouch for', () =>
    withTown(async ({ machine, pass, s3 }) => {
      const a = machine('a')
      const lease = await a.take()
      s3.faults.add({ does: { error: 'InternalError' }, times: 'always' })
      pass(30_000, a.clock)
      await vi.waitUntil(() => s3.take().length === 4 || undefined, { interval: 3_000, timeout: 9_000 })
      await lease.whileHeld(async () => undefined)
      pass(35_000, a.clock)
      await expect(lease.whileHeld(async () => undefined)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: expect.stringMatching(
          /consolidate\.json \(\d+ bytes\) cannot be written: InternalError: .*, after 4 attempts$/,
        ),
      })
      s3.faults.clear()
      await lease.whileHeld(async () => undefined)
      await expect(machine('b').take()).rejects.toMatchObject(heldBy('a', 0))
      expect(a.lost).toEqual([])
      await lease.release()
    }))

  it('was renewed where only the answer was lost, and was not where the store says to try again', () =>
    withTown(async ({ machine, pass, s3 }) => {
      const a = machine('a')
      const lease = await a.take()
      pass(65_000)
      s3.faults.add({ operation: 'PutObject', does: { reset: 'after' } })
      a.clock.pass(65_000)
      await lease.whileHeld(async () => undefined)
      pass(65_000)
      s3.faults.add({ operation: 'PutObject', times: 2, does: { error: 'ConditionalRequestConflict' } })
      a.clock.pass(65_000)
      await expect(lease.whileHeld(async () => undefined)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${URL} could not be renewed just now`,
      })
      s3.faults.clear()
      await lease.whileHeld(async () => undefined)
      await expect(machine('b').take()).rejects.toMatchObject(heldBy('a', 0))
      expect(a.lost).toEqual([])
      await lease.release()
    }))

  it('is given back twice without harm, and never in vain where the store is away', () =>
    withTown(async ({ machine, s3, holder }) => {
      const lease = await machine('a').take()
      await lease.release()
      await lease.release()
      const again = await machine('a').take()
      s3.faults.add({ does: { error: 'AccessDenied' }, times: 'always' })
      await again.release()
      s3.faults.clear()
      expect(await holder()).toBe('a')
    }))

  it('that is no lease is somebody’s', () =>
    withTown(async ({ machine, s3, pass }) => {
      s3.bucket().set(`some/${KEY}`, 'not json')
      await expect(machine('a').take()).rejects.toMatchObject(heldBy('somebody', 0))
      pass(LEASE_MS + 2_000)
      await (await machine('a').take()).release()
    }))
})

describe('a store that keeps conditions', () => {
  const takeAndLeave = async (lake: Lake) => (await lake.lock('consolidate'))()
  const TRIED = ['GetObject', 'PutObject', 'PutObject', 'GetObject', 'DeleteObject']
  const TRUSTED = ['GetObject', 'PutObject', 'GetObject', 'DeleteObject']

  it('is tried once a day by those who keep a cache, and each time by others', () =>
    withS3Lake(async ({ s3, door }) =>
      withTempFolder(async cacheFolder => {
        let nowMs = Date.now()
        const open = (folder: string | undefined) =>
          door({ cacheFolder: folder, clock: { ...systemClock, nowMs: () => nowMs } })
        const asked = () => s3.take().map(({ operation }) => operation)
        await takeAndLeave(open(cacheFolder))
        expect(asked()).toEqual(TRIED)
        await takeAndLeave(open(cacheFolder))
        expect(asked()).toEqual(TRUSTED)
        nowMs += 86_460_000
        await takeAndLeave(open(cacheFolder))
        expect(asked()).toEqual(TRIED)
        await takeAndLeave(open(undefined))
        expect(asked()).toEqual(TRIED)
      }),
    ))
})

describe('a store without conditions', () => {
  it('is warned of', () =>
    withTown(
      async ({ machine, s3 }) => {
        const a = machine('a')
        const lease = await a.take()
        expect(a.warnings).toEqual([
          `the store writes over what is there though it is told not to: nothing keeps a second machine from ${URL}; have one only`,
        ])
        await expect(machine('b').take()).rejects.toMatchObject(heldBy('a', 0))
        await lease.release()
        expect(s3.bucket().keys()).toEqual([])
      },
      { conditionalWrites: false },
    ))

  it('that refuses them cannot have a lake', () =>
    withTown(
      async ({ machine }) => {
        await expect(machine('a').take()).rejects.toMatchObject({
          code: 'E_LAKE',
          message: expect.stringMatching(
            /cannot be written: the store cannot do what it is asked for \(NotImplemented: /,
          ),
          hint: 'a lake needs a store that writes on conditions (If-None-Match, If-Match); twdw doctor tries them',
        })
      },
      { conditionalWrites: 'refused' },
    ))
})

describe('a lake whose lease was lost', () => {
  it('writes and removes nothing any more', () =>
    withS3Lake(async ({ s3, door }) => {
      const clock = manualClock()
      const asleep = door({ clock, leaseTimes: { leaseMs: 90_000, renewMs: 30_000, lateMs: 45_000 } })
      await asleep.write('a/one', Buffer.from('1'))
      const release = await asleep.lock('consolidate')
      s3.settings.shiftMs += 92_000
      await door().lock('consolidate')
      clock.pass(92_000)
      const gone = {
        code: 'E_LAKE',
        message: expect.stringMatching(
          /_locks\/consolidate\.json is held by .*door 4.* by now: this one gave no sign for too long$/,
        ),
      }
      await expect(asleep.write('a/one', Buffer.from('2'))).rejects.toMatchObject(gone)
      await expect(asleep.writeAll([{ path: 'a/one', bytes: Buffer.from('2') }])).rejects.toMatchObject(gone)
      await expect(asleep.writeNew('a/two', Buffer.from('2'))).rejects.toMatchObject(gone)
      await expect(asleep.remove('a/one')).rejects.toMatchObject(gone)
      expect(Buffer.from((await asleep.read('a/one'))!).toString()).toBe('1')
      await release()
      expect(s3.bucket().keys()).toEqual(['some/where/_locks/consolidate.json', 'some/where/a/one'])
    }))

  it('gives up a write that may arrive after another one has taken its place', () =>
    withS3Lake(async ({ s3, door }) => {
      const clock = manualClock()
      const slow = door({ clock, leaseTimes: { leaseMs: 90_000, renewMs: 30_000, lateMs: 45_000 } })
      await slow.lock('consolidate')
      s3.faults.add({ method: 'PUT', key: 'day.parquet', does: { silence: 'before' } })
      // the store does not answer renewals either
      s3.faults.add({ method: 'PUT', key: '_locks', times: 'always', does: { silence: 'before' } })
      const written = slow.write('day.parquet', Buffer.from('A: hour 10')).catch(error => error)
      await expect.poll(() => s3.faults.size).toBe(1)
      clock.pass(74_000)
      clock.pass(2_000)
      expect(await written).toMatchObject({
        code: 'E_LAKE',
        message: expect.stringMatching(
          /consolidate\.json could not be renewed, and a write was given up before another/,
        ),
      })
      expect(s3.bucket().get('some/where/day.parquet')).toBeUndefined()
    }))

  it('tells who wants to know, and then leaves it to them', () =>
    withS3Lake(async ({ s3, door }) => {
      const clock = manualClock()
      const times = { leaseMs: 90_000, renewMs: 30_000, lateMs: 45_000 }
      const asleep = door({ clock, leaseTimes: times })
      const told: TwdwError[] = []
      await asleep.lock('listen', { onLost: why => told.push(why) })
      s3.settings.shiftMs += 92_000
      await door().lock('listen')
      clock.pass(92_000)
      await expect.poll(() => told, { timeout: 5_000 }).toMatchObject([{ code: 'E_LAKE' }])
      await asleep.write('a/one', Buffer.from('1'))
    }))
})
