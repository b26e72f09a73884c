/** Hours made by workers, in threads that really run. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import { handBehind } from '../../src/lib/consolidate/worker-hand.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { layer1Path, manifestPath } from '../../src/lib/domain/paths.ts'
import { WorkerGone } from '../../src/lib/errors.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { openWorkers } from '../../src/lib/io/ports.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import type { WorkerLine } from '../../src/lib/io/workers.ts'
import { ALL_HOURS, CONSOLIDATED_AT, someRows } from '../support/consolidate-lake.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { layer1Table } from '../support/layer1-rows.ts'
import { ownHand } from '../support/own-hand.ts'
import { silentLog } from '../support/silent-log.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const HOUR = '2024-01-01T10' as Hour
const clock = fixedClock(CONSOLIDATED_AT)

async function lakeWithHour(root: string): Promise<Lake> {
  const lake = openLocalLake(root, { holder: 'a test', clock })
  const tables = openTables(lake)
  for (const n of [1, 2, 3]) {
    // the first tweet of each file comes again in the next, as it was
    const rows = [...someRows(HOUR, n), ...someRows(HOUR, n - 1), { tweet_id: `x${n}` }]
    await tables.write(layer1Path(HOUR, `segment-${n}`), layer1Table(rows), { repeating: ['lang', 'kind'] })
  }
  return lake
}

const workersFor = (root: string) => openWorkers({ root, holder: 'a worker' }, 2)

function run(lake: Lake, lines: readonly WorkerLine[]) {
  const hands = lines.map(handBehind)
  return consolidate(ALL_HOURS, { lake, ...ownHand(lake), hands: async () => hands, clock, log: silentLog })
}

async function filesBelow(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = names.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const files = paths.map(async path => [path.slice(folder.length), (await readFile(path)).toBase64()])
  return Object.fromEntries(await Promise.all(files))
}

/** A worker that is gone as soon as it has been asked for something. */
function dyingAt(line: WorkerLine, name: string): WorkerLine {
  return {
    begin: () => line.begin(),
    call(asked, values, handOver) {
      const answer = line.call(asked, values, handOver)
      if (asked === name) line.end()
      return answer
    },
    end: line.end,
  }
}

describe('consolidate by workers', () => {
  it('writes the very bytes that one thread writes', () =>
    withTempFolder(async folder => {
      const lake = await lakeWithHour(join(folder, 'lake'))
      const workers = await workersFor(join(folder, 'lake'))
      expect(await run(lake, workers)).toMatchObject({ totals: { read: 15, duplicates: 4, rejected: 3, tweets: 8 } })
      const byWorkers = await filesBelow(join(folder, 'lake/layer2'))
      for (const worker of workers) worker.end()

      await consolidate({ ...ALL_HOURS, rebuild: true }, { lake, ...ownHand(lake), clock, log: silentLog })
      expect(await filesBelow(join(folder, 'lake/layer2'))).toEqual(byWorkers)
      expect(Object.keys(byWorkers)).toHaveLength(11)
    }))

  it('tells of a bug in a worker as of one in this thread', async () => {
    const bug = new TypeError('undefined is not an object')
    const hand = handBehind({ begin: () => undefined, call: () => Promise.reject(bug), end: () => undefined })
    await expect(hand.cast({ path: 'a', bytes: 1 }, HOUR)).rejects.toBe(bug)
    await expect(hand.begin('fact_tweet').finish()).rejects.toBe(bug)
  })

  it('does not begin another worker to give up a file of one that is gone', async () => {
    const asked: string[] = []
    const line: WorkerLine = {
      begin: () => undefined,
      call(name) {
        asked.push(name)
        return Promise.reject(new WorkerGone('the worker was ended'))
      },
      end: () => undefined,
    }
    const file = handBehind(line).begin('fact_tweet')
    await expect(file.finish()).rejects.toMatchObject({ code: 'E_LAKE' })
    await file.abandon()
    expect(asked).toEqual(['beginFile', 'finishFile'])
  })

  it.each([
    ['cast', 'layer1/tweets/utc_date=2024-01-01/utc_hour=10/segment-1.parquet cannot be cast: the worker was ended'],
    ['appendToFile', 'dim_user_snapshot cannot be encoded: the worker was ended'],
  ])('says which thing a worker died of (%s), commits nothing, and gives the lock back', (name, message) =>
    withTempFolder(async folder => {
      const root = join(folder, 'lake')
      const lake = await lakeWithHour(root)
      const workers = await workersFor(root)
      await expect(
        run(
          lake,
          workers.map(worker => dyingAt(worker, name)),
        ),
      ).rejects.toMatchObject({
        code: 'E_LAKE',
        message,
        hint: 'the hour stays pending, and what was there of it is replaced by the next run; give that more memory',
      })
      expect(await lake.read(manifestPath(HOUR))).toBeUndefined()
      expect(await lake.list('layer2/fact_tweet/')).toEqual([])
      expect(await readdir(join(root, '_tmp')).catch(() => [])).toEqual([])

      // the workers begin again when they are asked, and the lock is free
      expect(await run(lake, workers)).toMatchObject({ totals: { tweets: 8 } })
      for (const worker of workers) worker.end()
    }),
  )
})
