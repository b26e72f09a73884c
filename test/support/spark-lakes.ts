/** Lakes that a real Spark consolidates and those that this machine does, side by side. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import { makeHoursOnSpark } from '../../src/lib/consolidate/on-spark.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { LAYER1_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import { layer1Path } from '../../src/lib/domain/paths.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import type { SparkEngine } from '../../src/lib/io/spark/engine.ts'
import { lakeForSpark } from '../../src/lib/io/spark/lake.ts'
import { openStaging } from '../../src/lib/io/spark/scratch.ts'
import { ALL_HOURS } from './consolidate-lake.ts'
import { fixedClock } from './fixed-clock.ts'
import { type Layer1Row, layer1Table } from './layer1-rows.ts'
import { memoryLog } from './memory-log.ts'
import { ownHand } from './own-hand.ts'
import { layer2Content } from './same-layer2.ts'

const CLOCK = fixedClock('9999-12-31T12:00:00.000Z')

/** A lake in a folder, consolidated by one of the two. */
export function openSparkLake(root: string) {
  const lake = openLocalLake(root, { holder: 'a test', clock: CLOCK })
  const ports = { lake, ...ownHand(lake), clock: CLOCK, log: memoryLog() }
  return {
    root,
    ...ports,
    add: (hour: Hour, segment: string, rows: readonly Layer1Row[]) =>
      ports.tables.write(layer1Path(hour, segment), layer1Table(rows), { repeating: LAYER1_REPEATING }),
    alone: (timeZone: string, range = ALL_HOURS.range) => consolidate({ ...ALL_HOURS, timeZone, range }, ports),
    bySpark(engine: SparkEngine, timeZone: string, signal?: AbortSignal) {
      const makeHours = makeHoursOnSpark({
        openEngine: async () => ({ ...engine, close: async () => undefined }),
        sparkLake: lakeForSpark(lake),
        openStaging: () => openStaging(lakeForSpark(lake), 0),
      })
      return consolidate({ ...ALL_HOURS, timeZone }, ports, signal, makeHours)
    },
  }
}
export type SparkTestLake = ReturnType<typeof openSparkLake>

const manifestsOf = ({ root }: SparkTestLake) =>
  readdirSync(join(root, 'layer2/_twdw/hours')).map(name => {
    const { checks, ...manifest } = JSON.parse(readFileSync(join(root, 'layer2/_twdw/hours', name), 'utf8'))
    expect(checks.length).toBeGreaterThan(5)
    return manifest
  })

/** That both made the same of the same layer1: every table, row for row and type for type, and the same manifests. */
export async function expectSame(bySpark: SparkTestLake, alone: SparkTestLake): Promise<void> {
  expect(await layer2Content(join(bySpark.root, 'layer2'))).toEqual(await layer2Content(join(alone.root, 'layer2')))
  expect(await layer2Content(join(bySpark.root, 'layer1/rejected'))).toEqual(
    await layer2Content(join(alone.root, 'layer1/rejected')),
  )
  expect(manifestsOf(bySpark)).toEqual(manifestsOf(alone))
  expect(readdirSync(bySpark.root)).not.toContain('_scratch')
}

/** One for Spark, under a path with a blank in it, and one for this machine. */
export const bothLakes = (folder: string) =>
  [openSparkLake(join(folder, 'spark lake')), openSparkLake(join(folder, 'alone'))] as const
