/** Workers, in threads that really run. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BlockPool, RecordBlock } from '../../src/lib/io/journal-records.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { compileParquetWasm } from '../../src/lib/io/parquet.ts'
import type { WorkerPlan } from '../../src/lib/io/ports.ts'
import { openWorker } from '../../src/lib/io/workers.ts'
import { makerBehind } from '../../src/lib/listen/worker-maker.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const HEADER = { source: 'replay', session: 's', tags: [], ruleNames: {} }

function recordsOf(...lines: string[]) {
  const block = new RecordBlock(new BlockPool())
  block.add({ lines: lines.map(line => new TextEncoder().encode(line)), capturedAtMs: 1 })
  return block.records
}

const planFor = async (root: string): Promise<WorkerPlan> => ({
  lake: { root, holder: 'a test' },
  parquetWasm: await compileParquetWasm(),
})

const lines = [1, 2, 3].map(n => tweetLine('2024-01-01T10:15:00.000Z', n))

describe('a worker', () => {
  it('makes segments as a maker in this thread does, and gives the memory of the lines back', () =>
    withTempFolder(async folder => {
      const worker = openWorker(await planFor(join(folder, 'lake')))
      const maker = makerBehind(worker)
      const records = recordsOf(...lines, 'no JSON')
      const length = records.buffer.byteLength
      const added = await maker.add('a', HEADER, records)
      expect(records.buffer.byteLength).toBe(0)
      expect(added).toMatchObject({ tweets: 3, rejected: 1, usage: {} })
      expect(added.memory.byteLength).toBe(length)
      expect(await maker.publish('a', 4)).toEqual({
        segment: 'a',
        tweets: 3,
        rejected: 1,
        forgotten: { tweets: 0, lines: 0 },
        hours: ['2024-01-01T10'],
      })
      worker.end()
      const lake = openLocalLake(join(folder, 'lake'), { holder: 'a test', clock: fixedClock() })
      expect((await lake.list('layer1/')).map(({ path }) => path)).toEqual([
        'layer1/rejected/a.parquet',
        'layer1/tweets/utc_date=2024-01-01/utc_hour=10/a.parquet',
      ])
    }))

  it('forgets a segment when it is told to', () =>
    withTempFolder(async folder => {
      const worker = openWorker(await planFor(join(folder, 'lake')))
      const maker = makerBehind(worker)
      await maker.add('a', HEADER, recordsOf(...lines))
      await maker.forget('a')
      await maker.add('a', HEADER, recordsOf(lines[0]!))
      expect(await maker.publish('a', 1)).toMatchObject({ tweets: 1 })
      worker.end()
    }))

  it('tells a failure as it was, with its sentence, its hint and what the system said', () =>
    withTempFolder(async folder => {
      const worker = openWorker(await planFor('/proc/nowhere'))
      const maker = makerBehind(worker)
      await maker.add('a', HEADER, recordsOf(...lines))
      await expect(maker.publish('a', 3)).rejects.toMatchObject({
        name: 'TwdwError',
        code: 'E_LAKE',
        message: expect.stringMatching(
          /^\/proc\/nowhere\/layer1\/.*\/a\.parquet \(\d+ bytes\) cannot be written: ENOENT$/,
        ),
        hint: 'check the path and the disk below it',
        cause: { code: 'ENOENT' },
      })
      worker.end()
      expect(folder).not.toBe('')
    }))

  it('fails the calls that it had when it ends, and another takes its place', () =>
    withTempFolder(async folder => {
      const worker = openWorker(await planFor(join(folder, 'lake')))
      const maker = makerBehind(worker)
      await maker.add('a', HEADER, recordsOf(...lines))
      const added = maker.add('a', HEADER, recordsOf(...lines))
      worker.end()
      await expect(added).rejects.toThrow('the worker was ended')
      await maker.add('a', HEADER, recordsOf(lines[0]!))
      expect(await maker.publish('a', 1)).toMatchObject({ tweets: 1 })
      worker.end()
    }))

  it('publishes nothing of a segment of which it died with some lines, also where nobody waited for it', () =>
    withTempFolder(async folder => {
      const worker = openWorker(await planFor(join(folder, 'lake')))
      const maker = makerBehind(worker)
      await maker.add('a', HEADER, recordsOf(...lines))
      worker.end()
      await maker.add('a', HEADER, recordsOf(lines[0]!))
      await expect(maker.publish('a', 4)).rejects.toThrow('a worker has 1 of 4 lines of segment a')
      await maker.add('b', HEADER, recordsOf(...lines))
      worker.end()
      await expect(maker.publish('b', 3)).rejects.toThrow('a worker has 0 of 3 lines of segment b')
      worker.end()
      expect(existsSync(join(folder, 'lake'))).toBe(false)
    }))

  it('is given up when it does not answer', () =>
    withTempFolder(async folder => {
      const worker = openWorker(await planFor(join(folder, 'lake')), 1)
      const maker = makerBehind(worker)
      await expect(maker.add('a', HEADER, recordsOf(...lines))).rejects.toThrow('a worker has not answered for 0.001 s')
      worker.end()
    }))

  it('says so when a call has no meaning to it', async () => {
    const worker = openWorker(await planFor('/nowhere'))
    await expect(worker.call('dance', [])).rejects.toThrow(/handlers\[name\]|not a function|undefined/)
    worker.end()
  })
})
