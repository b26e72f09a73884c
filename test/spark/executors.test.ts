/** A Spark whose executors are processes of their own, as on a cluster, of which one is killed in the middle of the work. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { openSpark, type SparkEngine } from '../../src/lib/io/spark/engine.ts'
import { someRows } from '../support/consolidate-lake.ts'
import { bothLakes, expectSame } from '../support/spark-lakes.ts'
import { sparkOptions, startSparkServer } from '../support/spark-server.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const HOME = process.env.SPARK_TEST_HOME
const SLOW_MS = 300_000
const MEMORY_MB = 700
const WORDS = [
  ...['--master', `local-cluster[2,1,${MEMORY_MB}]`, '--driver-memory', '1g'],
  ...['--conf', `spark.executor.memory=${MEMORY_MB}m`],
  // compiling what a statement does takes longer than doing it with a few tweets
  ...['--conf', 'spark.sql.codegen.wholeStage=false', '--conf', 'spark.sql.codegen.factoryMode=NO_CODEGEN'],
]

describe.skipIf(HOME === undefined)('a Spark of which an executor is killed', () => {
  it('has the same layer2 all the same, and the staging is gone', { timeout: SLOW_MS }, () =>
    withTempFolder(async folder => {
      const [spark, alone] = bothLakes(folder)
      for (const hour of ['2024-01-01T09', '2024-01-01T10'] as Hour[]) {
        for (const lake of [spark, alone]) await lake.add(hour, 'segment-1', someRows(hour))
      }
      const server = await startSparkServer(HOME!, folder, WORDS)
      const killed: number[] = []
      try {
        const engine = await openSpark({ ...sparkOptions(server.remote), timeZone: 'UTC' })
        const losing: SparkEngine = {
          ...engine,
          async write(select, location, options) {
            // both have done work by now, and what one shuffled is gone with it
            if (location.endsWith('/star_tweets')) killed.push(killExecutor(server.process.pid!))
            return engine.write(select, location, options)
          },
        }
        const { totals } = await spark.bySpark(losing, 'UTC')
        await engine.close()
        expect(totals).toEqual((await alone.alone('UTC')).totals)
      } finally {
        await server.kill()
      }
      expect(killed).toHaveLength(1)
      await expectSame(spark, alone)
    }),
  )
})

/** The first one that is found of those that the server started. @returns its process id */
function killExecutor(serverPid: number): number {
  const executors = readdirSync('/proc').filter(name => {
    if (!/^[0-9]+$/.test(name)) return false
    try {
      const parent = /^PPid:\t([0-9]+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]
      return parent === String(serverPid) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('ExecutorBackend')
    } catch {
      return false // it has ended meanwhile
    }
  })
  expect(executors).toHaveLength(2)
  const pid = Number(executors[0])
  process.kill(pid, 'SIGKILL')
  return pid
}
