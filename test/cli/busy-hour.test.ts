/** An hour that the executable makes by worker threads, since its layer1 is large enough. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { LAKE_FORMAT, lakeSettingsToText } from '../../src/lib/domain/lake-settings.ts'
import { LAKE_FILE, layer1Path } from '../../src/lib/domain/paths.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { ALL_HOURS, CONSOLIDATED_AT, someRows } from '../support/consolidate-lake.ts'
import { SLOW_MS, withMachine } from '../support/executable.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { layer1Table } from '../support/layer1-rows.ts'
import { ownHand } from '../support/own-hand.ts'
import { silentLog } from '../support/silent-log.ts'

const HOUR = '2024-01-01T10' as Hour
/** Two files of it are more than an hour that one thread does alone. */
const RAW_BYTES = 18_000_000

async function busyLake(root: string) {
  const lake = openLocalLake(root, { holder: 'a test', clock: fixedClock(CONSOLIDATED_AT) })
  const settings = { format: LAKE_FORMAT, id: '00000001', timeZone: ALL_HOURS.timeZone } as const
  await lake.write(LAKE_FILE, new TextEncoder().encode(lakeSettingsToText(settings)))
  for (const n of [0, 1]) {
    const [first, ...others] = someRows(HOUR, n)
    const raw = randomBytes(RAW_BYTES).toString('base64')
    await openTables(lake).write(layer1Path(HOUR, `segment-${n}`), layer1Table([{ ...first!, raw }, ...others]), {
      repeating: [],
    })
  }
  return lake
}

async function layer2Of(root: string): Promise<Record<string, string>> {
  const entries = await readdir(join(root, 'layer2'), { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const contents = files.sort().map(async path => [path.slice(root.length), (await readFile(path)).toBase64()])
  return Object.fromEntries(await Promise.all(contents))
}

describe('twdw consolidate of a busy hour', { timeout: SLOW_MS }, () => {
  it('has the bytes that one thread makes of it', () =>
    withMachine(async machine => {
      const root = join(machine.folder, 'lake')
      const lake = await busyLake(root)
      expect(await machine.twdw(['consolidate', '--json'])).toMatchObject({ status: 0 })
      const byWorkers = await layer2Of(root)
      const ports = { lake, ...ownHand(lake), clock: fixedClock(CONSOLIDATED_AT), log: silentLog }
      await consolidate({ ...ALL_HOURS, rebuild: true }, ports)
      expect(await layer2Of(root)).toEqual(byWorkers)
      expect(Object.keys(byWorkers)).toHaveLength(11)
    }))

  it('names the file that a worker could not read, and leaves no layer2 of the hour', () =>
    withMachine(async machine => {
      const root = join(machine.folder, 'lake')
      await busyLake(root)
      const path = join(root, layer1Path(HOUR, 'segment-1'))
      const bytes = await readFile(path)
      await writeFile(path, bytes.fill(0, bytes.length - 100))
      const { status, stderr } = await machine.twdw(['consolidate', '--quiet'])
      expect({ status, stderr }).toEqual({
        status: 5,
        stderr: expect.stringContaining(`${path} is not a readable Parquet file: `),
      })
      expect(await readdir(join(root, 'layer2')).catch(() => [])).toEqual([])
    }))
})
