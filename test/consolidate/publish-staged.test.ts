/** Publishing what a Spark has written: killed before and after every operation, and what the next run then does. */
import { describe, expect, it } from 'vitest'
import { consolidate, openPublisher } from '../../src/lib/consolidate/consolidate.ts'
import { readContents } from '../../src/lib/consolidate/contents.ts'
import { publishStagedDay, type StagedDay } from '../../src/lib/consolidate/publish-staged.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { inputsByHour, parseManifest } from '../../src/lib/domain/manifest.ts'
import {
  DAILY_TABLES,
  dailyPath,
  HOURLY_TABLES,
  hourlyPath,
  LAYER1_TWEETS,
  manifestPath,
} from '../../src/lib/domain/paths.ts'
import { tableOfRejected } from '../../src/lib/domain/star/rejected.ts'
import { STAR_TABLES } from '../../src/lib/domain/star-sql/star-sql.ts'
import { ALL_HOURS, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { createMemoryLake, type MemoryLake } from '../support/memory-lake.ts'
import { ownHand } from '../support/own-hand.ts'
import { silentLog } from '../support/silent-log.ts'

const DATE = '2024-01-01'
const HOURS = ['2024-01-01T10', '2024-01-01T11'] as Hour[]
const PLAN = { ...ALL_HOURS, timeZone: 'UTC' }

/** What this machine makes of the hours, as if a Spark had put it into staging. */
async function stagedLake(): Promise<{ lake: MemoryLake; day: StagedDay; whole: Map<string, Uint8Array> }> {
  const layer1 = Object.fromEntries(HOURS.map(hour => [hour, someRows(hour)]))
  const made = await lakeOf(layer1)
  await run(made, PLAN)
  const lake = await lakeOf(layer1)
  const files = new Map(STAR_TABLES.map(table => [table, new Map<string, string>()]))
  const stage = (table: (typeof STAR_TABLES)[number], key: string, path: string) => {
    const from = `_scratch/job-1/${table}/${key}/part-0.parquet`
    lake.files.set(from, made.files.get(path)!)
    files.get(table)!.set(key, from)
  }
  for (const table of HOURLY_TABLES) for (const hour of HOURS) stage(table, hour, hourlyPath(table, hour))
  for (const table of DAILY_TABLES) stage(table, DATE, dailyPath(table, DATE))
  const hours = HOURS.map(hour => {
    const manifest = parseManifest(new TextDecoder().decode(made.files.get(manifestPath(hour))), manifestPath(hour))
    const rows = Object.fromEntries(STAR_TABLES.map((table, i) => [table, manifest.outputs[i]!.rows]))
    const { counts, rejectedBy } = manifest
    return {
      hour,
      counts,
      rejectedBy,
      rejected: tableOfRejected([]),
      rows: rows as StagedDay['hours'][number]['rows'],
      offending: [],
    }
  })
  const inputs = inputsByHour(await lake.list(LAYER1_TWEETS))
  const whole = new Map([...made.files].filter(([path]) => path.endsWith('.parquet')))
  return { lake, day: { date: DATE, hours, inputs, files, carried: new Set() }, whole }
}

async function publish(lake: MemoryLake, day: StagedDay): Promise<void> {
  const ports = { lake, ...ownHand(lake), clock: fixedClock('2024-05-01T00:00:00.000Z'), log: silentLog }
  const contents = await readContents(PLAN, ports)
  await publishStagedDay(openPublisher(HOURS, contents, PLAN, ports), day)
}

const parquetOf = (lake: MemoryLake) =>
  new Map([...lake.files].filter(([path]) => path.endsWith('.parquet') && !path.startsWith('_')).sort())

describe('publishStagedDay', () => {
  it('puts the files of a day in their places, dimensions first, and commits each hour last of all', async () => {
    const { lake, day, whole } = await stagedLake()
    await publish(lake, day)
    expect(parquetOf(lake)).toEqual(new Map([...whole].sort()))
    const order = lake.history.filter(change => !change.includes('dim_lang') && !change.includes('dim_date'))
    const tables = order.flatMap(change => /^\+layer2\/([a-z_]+)\/utc_date/.exec(change)?.[1] ?? [])
    expect([...new Set(tables)]).toEqual([...STAR_TABLES])
    expect(order.slice(-2)).toEqual(HOURS.map(hour => `+${manifestPath(hour)}`))
    expect(await run(lake, PLAN)).toMatchObject({ hours: [] })
  })

  it('gives readers a file without rows where Spark wrote none', async () => {
    const { lake, day, whole } = await stagedLake()
    const places = new Map([...day.files.get('dim_place')!].slice(1))
    const without = { ...day, files: new Map([...day.files, ['dim_place', places] as const]) }
    await publish(lake, without)
    const path = hourlyPath('dim_place', HOURS[0]!)
    expect((await ownHand(lake).tables.read(path))!.numRows).toBe(0)
    expect(parquetOf(lake).size).toBe(whole.size)
  })

  it('leaves hours pending that it was killed in, and the next run makes them', async () => {
    const { lake: undisturbed, day } = await stagedLake()
    await publish(undisturbed, day)
    const changes = undisturbed.changes
    expect(changes).toBeGreaterThan(15)
    for (let failsFrom = 1; failsFrom <= changes; failsFrom++) {
      const { lake, day: again, whole } = await stagedLake()
      lake.failsFrom = failsFrom
      await expect(publish(lake, again)).rejects.toMatchObject({ code: 'E_LAKE' })
      lake.failsFrom = Number.POSITIVE_INFINITY
      const committed = HOURS.filter(hour => lake.files.has(manifestPath(hour)))
      const ports = { lake, ...ownHand(lake), clock: fixedClock('2024-05-01T00:00:00.000Z'), log: silentLog }
      const report = await consolidate(PLAN, ports)
      expect(report.hours.map(({ hour }) => hour)).toEqual(HOURS.filter(hour => !committed.includes(hour)))
      expect(parquetOf(lake)).toEqual(new Map([...whole].sort()))
    }
  })

  it('takes the manifests away before the first file of a day that is there already', async () => {
    const { lake, day } = await stagedLake()
    await publish(lake, day)
    const { day: again, lake: other } = await stagedLake()
    for (const [path, bytes] of other.files) if (path.startsWith('_scratch/')) lake.files.set(path, bytes)
    lake.history.length = 0
    await publish(lake, { ...again, carried: new Set(DAILY_TABLES.map(table => dailyPath(table, DATE))) })
    const gone = HOURS.map(hour => lake.history.indexOf(`-${manifestPath(hour)}`))
    const firstFile = lake.history.findIndex(change => change.startsWith('+layer2/dim_user_snapshot/'))
    for (const at of gone) expect(at).toBeGreaterThanOrEqual(0)
    expect(Math.max(...gone)).toBeLessThan(firstFile)
  })

  it('withdraws hours of the day that Spark did not make where their file is lost', async () => {
    const { lake, day } = await stagedLake()
    await publish(lake, day)
    for (const table of DAILY_TABLES) lake.files.delete(dailyPath(table, DATE))
    const { day: again, lake: other } = await stagedLake()
    for (const [path, bytes] of other.files) if (path.startsWith('_scratch/')) lake.files.set(path, bytes)
    const first = { ...again, hours: again.hours.slice(0, 1) }
    await publish(lake, first)
    expect(HOURS.map(hour => lake.files.has(manifestPath(hour)))).toEqual([true, false])
    expect((await run(lake, PLAN)).hours.map(({ hour }) => hour)).toEqual(HOURS.slice(1))
  })
})

it('createMemoryLake hides staging from listings, as lakes do', async () => {
  const lake = createMemoryLake([['_scratch/job-1/a', new Uint8Array(1)]])
  expect([await lake.list(''), (await lake.list('_scratch/')).length]).toEqual([[], 1])
})
