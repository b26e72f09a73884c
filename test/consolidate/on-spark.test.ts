/** Hours made by a Spark, of which here nothing is but what it says: what is left out, what is told, and what is tried again. */
import { describe, expect, it } from 'vitest'
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import { makeHoursOnSpark } from '../../src/lib/consolidate/on-spark.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { dailyPath, layer1Path } from '../../src/lib/domain/paths.ts'
import { EngineGone, TwdwError } from '../../src/lib/errors.ts'
import type { SparkEngine } from '../../src/lib/io/spark/engine.ts'
import { ALL_HOURS, CONSOLIDATED_AT, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import type { MemoryLake } from '../support/memory-lake.ts'
import { memoryLog } from '../support/memory-log.ts'
import { ownHand } from '../support/own-hand.ts'

const HOURS = ['2024-01-01T10', '2024-01-01T11', '2024-01-02T00'] as [Hour, Hour, Hour]
const lakeOfHours = () => lakeOf(Object.fromEntries(HOURS.map(hour => [hour, someRows(hour)])))
const cannotRead = (path: string) =>
  new TwdwError('E_LAKE', `Spark at s:1 cannot read a file: [PATH_NOT_FOUND] Path does not exist: file:/lake/${path}`)

/** @param failures what each job ends with at its first statement; the last one again and again */
async function consolidateOnSpark(lake: MemoryLake, failures: readonly Error[]) {
  let jobs = 0
  const engine = {
    query: () => Promise.reject(failures[Math.min(jobs, failures.length) - 1]),
    close: async () => undefined,
  } as Partial<SparkEngine> as SparkEngine
  const makeHours = makeHoursOnSpark({
    openEngine: async () => engine,
    sparkLake: { bring: async paths => [...paths] },
    async openStaging() {
      jobs += 1
      return { path: 'staging', pathOf: path => path, write: async () => '', dispose: async () => undefined }
    },
  })
  const log = memoryLog()
  const ports = { lake, ...ownHand(lake), clock: fixedClock(CONSOLIDATED_AT), log }
  const failure: TwdwError = await consolidate(ALL_HOURS, ports, undefined, makeHours).then(
    () => Promise.reject(new Error('it did not fail')),
    error => error,
  )
  return { failure, jobs, log }
}

describe('hours that a Spark is to make', () => {
  it('are not left out one after the other where it reaches none of the files, which are good here', async () => {
    const lake = await lakeOfHours()
    const path = layer1Path(HOURS[1], 'segment-1')
    const { failure, jobs, log } = await consolidateOnSpark(lake, [cannotRead(path)])
    expect(failure.message).toBe(cannotRead(path).message)
    expect(jobs).toBe(1)
    expect(log.told.filter(({ level }) => level === 'warn')).toEqual([])
  })

  it.each([
    ['torn', (lake: MemoryLake, path: string) => void lake.files.set(path, lake.files.get(path)!.slice(0, -9))],
    [
      'of something else',
      (lake: MemoryLake, path: string) => void lake.files.set(path, lake.files.get('layer2/dim_lang/part-0.parquet')!),
    ],
    ['gone', (lake: MemoryLake, path: string) => void lake.files.delete(path)],
  ])('are made without the one of which a file is %s', async (_, damage) => {
    const lake = await lakeOfHours()
    await run(lake, { namedHour: HOURS[2], range: { from: HOURS[2], to: undefined } })
    const path = layer1Path(HOURS[1], 'segment-1')
    const stopped = new TwdwError('E_INTERRUPTED', 'the query was stopped')
    // it goes while Spark is at it: what is looked at before is whole
    const failures = [cannotRead(path), stopped]
    const before = lake.files.get(path)!
    const list = lake.list.bind(lake)
    lake.list = async prefix =>
      (await list(prefix)).map(file => (file.path === path ? { ...file, bytes: before.length } : file))
    damage(lake, path)
    if (!lake.files.has(path))
      lake.list = async prefix => {
        const files = await list(prefix)
        return path.startsWith(prefix) ? [...files, { path, bytes: before.length }] : files
      }
    const { failure, jobs, log } = await consolidateOnSpark(lake, failures)
    expect(jobs).toBe(2)
    expect(log.sentences()).toContain(`${cannotRead(path).message}; the other hours are made without hour ${HOURS[1]}`)
    expect(failure.code).toBe('E_INTERRUPTED')
  })

  it('and its stop are told of by the hours, and not by the query that was under way', async () => {
    const { failure } = await consolidateOnSpark(await lakeOfHours(), [
      new TwdwError('E_INTERRUPTED', 'the query was stopped before it had an answer; Spark was told'),
    ])
    expect(failure).toMatchObject({
      code: 'E_INTERRUPTED',
      message: `stopped after 0 of 3 hours, before ${HOURS[0]}`,
      hint: 'run it again for the rest',
    })
  })

  it('are as they were where it is gone before any of them', async () => {
    const gone = new EngineGone('the Spark server at s:1 cannot be reached', { hint: 'the lake is as it was' })
    const { failure } = await consolidateOnSpark(await lakeOfHours(), [gone])
    expect(failure).toBe(gone)
  })

  it.each([
    ['torn', (bytes: Uint8Array) => bytes.slice(0, -9)],
    ['of another table', (_: Uint8Array, lake: MemoryLake) => lake.files.get('layer2/dim_lang/part-0.parquet')!],
  ])("replace a day's file that is %s", async (_, damage) => {
    const lake = await lakeOfHours()
    await run(lake, { namedHour: HOURS[0], range: { from: HOURS[0], to: HOURS[1] } })
    const path = dailyPath('agg_hashtag_user_hour', '2024-01-01')
    lake.files.set(path, damage(lake.files.get(path)!, lake))
    const { log } = await consolidateOnSpark(lake, [new TwdwError('E_INTERRUPTED', 'stopped')])
    expect(log.sentences()).toContainEqual(expect.stringMatching(/agg_hashtag_user_hour.*; it is replaced$/))
  })
})
