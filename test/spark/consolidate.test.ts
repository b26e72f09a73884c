/**
 * Spark and this machine make the same layer2 of the same layer1: every table, row for row and type for type, and the same manifests.
 * Against the Spark Connect server that test/spark/run.sh starts.
 */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { dailyPath, hourlyPath, layer1Path } from '../../src/lib/domain/paths.ts'
import { openSpark, type SparkEngine } from '../../src/lib/io/spark/engine.ts'
import { anyLayer1 } from '../support/any-layer1.ts'
import { someRows } from '../support/consolidate-lake.ts'
import { FIXTURES } from '../support/folders.ts'
import type { Layer1Row } from '../support/layer1-rows.ts'
import { bothLakes, expectSame } from '../support/spark-lakes.ts'
import { sparkOptions } from '../support/spark-server.ts'
import type { Layer1Job } from '../support/star-by-sql.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const REMOTE = process.env.SPARK_TEST_REMOTE
const SLOW_MS = 300_000
/** Words for the session that are for trying out. */
const SETTINGS = JSON.parse(process.env.SPARK_TEST_SETTINGS ?? '{}')
/** Each takes Spark half a minute. TWDW_JOBS asks for more. */
const RANDOM_JOBS = Number(process.env.TWDW_JOBS ?? 1)

const CASES = join(FIXTURES, 'hours')
interface HourCase {
  name: string
  hour: Hour
  timeZone: string
  files: Layer1Row[][]
}

/** Cases by their zones: those of one hour are files of one hour, and its tweets are each other's duplicates and edits, too. */
function casesByZone(): [string, HourCase[]][] {
  const cases = readdirSync(CASES).map((name): HourCase => {
    return { name, ...JSON.parse(readFileSync(join(CASES, name, 'layer1.json'), 'utf8')) }
  })
  return [...Map.groupBy(cases, ({ timeZone }) => timeZone)]
}

describe.skipIf(REMOTE === undefined)('consolidate on a real Spark', () => {
  let engine: SparkEngine
  beforeAll(async () => {
    engine = await openSpark({ ...sparkOptions(REMOTE!), timeZone: 'UTC', settings: SETTINGS })
  }, SLOW_MS)
  afterAll(() => engine.close())

  it.each(casesByZone())(
    'makes of all of fixtures/hours in %s what this machine makes',
    { timeout: SLOW_MS },
    (timeZone, cases) =>
      withTempFolder(async folder => {
        const [spark, alone] = bothLakes(folder)
        for (const { name, hour, files } of cases) {
          for (const lake of [spark, alone]) {
            for (const [i, rows] of files.entries()) await lake.add(hour, `${name}-${i}`, rows)
          }
        }
        const [bySpark, byUs] = [await spark.bySpark(engine, timeZone), await alone.alone(timeZone)]
        expect(bySpark.totals).toEqual(byUs.totals)
        await expectSame(spark, alone)
      }),
  )

  it('makes of layer1 at random what this machine makes', { timeout: RANDOM_JOBS * SLOW_MS }, () =>
    fc.assert(
      fc.asyncProperty(anyLayer1, ({ timeZone, hours }: Layer1Job) =>
        withTempFolder(async folder => {
          const [spark, alone] = bothLakes(folder)
          for (const { hour, files } of hours) {
            for (const lake of [spark, alone]) {
              for (const [i, rows] of files.entries()) await lake.add(hour, `segment-${i}`, rows)
            }
          }
          await spark.bySpark(engine, timeZone)
          await alone.alone(timeZone)
          if (hours.some(({ files }) => files.length > 0)) await expectSame(spark, alone)
        }),
      ),
      { numRuns: RANDOM_JOBS, endOnFailure: true },
    ),
  )

  it('keeps the other hours of a day, and removes an hour whose layer1 is gone', { timeout: SLOW_MS }, () =>
    withTempFolder(async folder => {
      const [spark, alone] = bothLakes(folder)
      const hours = ['2024-01-01T09', '2024-01-01T10', '2024-01-02T00'] as Hour[]
      for (const hour of hours) await spark.add(hour, 'segment-1', someRows(hour))
      // the day's other hours by this machine, and one that has to go
      await spark.alone('UTC', { from: hours[0], to: hours[2] })
      await spark.add(hours[1]!, 'segment-2', someRows(hours[1]!, 1))
      await spark.add('2024-01-02T05' as Hour, 'segment-1', someRows('2024-01-02T05'))
      await spark.alone('UTC', { from: '2024-01-02T05' as Hour, to: undefined })
      await spark.lake.remove(layer1Path('2024-01-02T05' as Hour, 'segment-1'))
      const report = await spark.bySpark(engine, 'UTC')
      expect(report.hours.map(({ hour, action }) => `${action} ${hour}`)).toEqual([
        `write ${hours[1]}`,
        `write ${hours[2]}`,
        'remove 2024-01-02T05',
      ])
      for (const hour of hours) await alone.add(hour, 'segment-1', someRows(hour))
      await alone.add(hours[1]!, 'segment-2', someRows(hours[1]!, 1))
      await alone.alone('UTC')
      await expectSame(spark, alone)
    }),
  )

  it(
    'publishes nothing of an hour of which a file cannot be read, says which it is, and does the others',
    { timeout: SLOW_MS },
    () =>
      withTempFolder(async folder => {
        const [spark] = bothLakes(folder)
        const hour = '2024-01-01T09' as Hour
        await spark.add(hour, 'segment-1', someRows(hour))
        await spark.alone('UTC')
        cpSync(join(spark.root, 'layer2'), join(folder, 'before'), { recursive: true })
        writeFileSync(join(spark.root, layer1Path(hour, 'segment-2')), 'torn')
        const other = '2024-01-01T10' as Hour
        await spark.add(other, 'segment-1', someRows(other))
        // and a day's file is torn as well, with what other hours have in it
        writeFileSync(join(spark.root, dailyPath('agg_hashtag_hour', '2024-01-01')), 'torn')
        await expect(spark.bySpark(engine, 'UTC')).rejects.toMatchObject({
          code: 'E_LAKE',
          message: expect.stringContaining('segment-2.parquet'),
        })
        expect(readFileSync(join(spark.root, hourlyPath('fact_tweet', hour)))).toEqual(
          readFileSync(join(folder, 'before/fact_tweet/utc_date=2024-01-01/utc_hour=09/part-0.parquet')),
        )
        expect(readdirSync(join(spark.root, 'layer2/_twdw/hours'))).toEqual([`${other}.json`])
        expect(readdirSync(spark.root)).not.toContain('_scratch')
        await spark.lake.remove(layer1Path(hour, 'segment-2'))
        expect((await spark.alone('UTC')).hours.map(report => report.hour)).toEqual([hour])
      }),
  )

  it('leaves the lake as it was where it is stopped', { timeout: SLOW_MS }, () =>
    withTempFolder(async folder => {
      const [spark] = bothLakes(folder)
      const hour = '2024-01-01T09' as Hour
      await spark.add(hour, 'segment-1', someRows(hour))
      const stop = new AbortController()
      const stopping: SparkEngine = {
        ...engine,
        async write(select, location, options) {
          if (location.endsWith('/star_tweets')) stop.abort()
          return engine.write(select, location, options)
        },
      }
      await expect(spark.bySpark(stopping, 'UTC', stop.signal)).rejects.toMatchObject({ code: 'E_INTERRUPTED' })
      expect(readdirSync(spark.root).sort()).toEqual(['_locks', '_tmp', 'layer1'])
    }),
  )
})
