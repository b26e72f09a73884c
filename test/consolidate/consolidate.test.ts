import { describe, expect, it } from 'vitest'
import { tombstonesToText } from '../../src/lib/domain/forget/forgotten.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { parseManifest } from '../../src/lib/domain/manifest.ts'
import {
  dailyPath,
  dimLangPath,
  HOURLY_TABLES,
  hourlyPath,
  layer1Path,
  manifestPath,
  rejectedByHourPath,
  tombstonesPath,
} from '../../src/lib/domain/paths.ts'
import type { Log } from '../../src/lib/io/log.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { addLayer1, contentOf, copyOf, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import type { MemoryLake } from '../support/memory-lake.ts'
import { plainRows } from '../support/plain-rows.ts'
import { silentLog } from '../support/silent-log.ts'

const HOUR = '2024-01-01T10' as Hour
const NEXT = '2024-01-01T11' as Hour
const LATER = '2024-01-03T00' as Hour
const FOLDER = 'utc_date=2024-01-01/utc_hour=10'

const manifestOf = (lake: MemoryLake, hour: Hour) =>
  parseManifest(new TextDecoder().decode(lake.files.get(manifestPath(hour))), manifestPath(hour))

async function rowsOfFile(lake: MemoryLake, path: string) {
  const table = await openTables(lake).read(path)
  return table && plainRows(table)
}

const aggOf = (lake: MemoryLake) => rowsOfFile(lake, dailyPath('agg_hashtag_hour', '2024-01-01'))

describe('consolidate, of what is forgotten and was stored all the same', () => {
  const forget = (lake: MemoryLake, ...tweets: string[]) =>
    lake.files.set(tombstonesPath('a'), new TextEncoder().encode(tombstonesToText({ tweets, users: [] })))
  const idsOf = (hour: string) => someRows(hour).map(({ tweet_id }) => tweet_id)

  it('takes it out of layer1 first, and makes layer2 of what is left', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
    await addLayer1(lake, HOUR, 'segment-2', someRows(HOUR, 1))
    forget(lake, idsOf(HOUR)[0]!, ...idsOf(NEXT))
    const said: string[] = []
    const log: Log = { ...silentLog, info: sentence => said.push(sentence) }
    const { totals } = await run(lake, {}, { log })
    expect(totals).toEqual({ read: 3, duplicates: 0, rejected: 0, tweets: 3 })
    expect(said).toEqual([
      `took 1 forgotten tweet out of layer1/tweets/${FOLDER}/segment-1.parquet`,
      'took 2 forgotten tweets out of layer1/tweets/utc_date=2024-01-01/utc_hour=11/segment-1.parquet',
      `removed hour ${NEXT}: its layer1 is gone`,
    ])
    const inputs = await lake.list('layer1/tweets/')
    expect(manifestOf(lake, HOUR).inputs).toEqual(inputs)
    expect((await run(lake)).hours).toEqual([])
  })

  it('tells of a file that cannot be read as if nothing was forgotten', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    lake.files.set(`layer1/tweets/${FOLDER}/segment-1.parquet`, new Uint8Array(9))
    forget(lake, '7')
    await expect(run(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: expect.stringContaining(
        `memory/layer1/tweets/${FOLDER}/segment-1.parquet is not a readable Parquet file`,
      ),
    })
  })
})

describe('consolidate', () => {
  it('publishes dimensions, then bridges, then facts, then aggregates, and the manifest last', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    await run(lake)
    expect(lake.history).toEqual([
      '-layer1/rejected/consolidate-2024-01-01T10.parquet',
      '+layer2/dim_lang/part-0.parquet',
      '+layer2/dim_date/year=2024/part-0.parquet',
      `+layer2/dim_user_snapshot/${FOLDER}/part-0.parquet`,
      `+layer2/dim_place/${FOLDER}/part-0.parquet`,
      `+layer2/dim_hashtag/${FOLDER}/part-0.parquet`,
      `+layer2/bridge_tweet_hashtag/${FOLDER}/part-0.parquet`,
      `+layer2/bridge_tweet_rule/${FOLDER}/part-0.parquet`,
      `+layer2/fact_tweet/${FOLDER}/part-0.parquet`,
      '+layer2/agg_hashtag_hour/utc_date=2024-01-01/part-0.parquet',
      '+layer2/agg_hashtag_user_hour/utc_date=2024-01-01/part-0.parquet',
      '+layer2/_twdw/hours/2024-01-01T10.json',
    ])
  })

  it('writes a manifest that says what went in, what came out and what was checked', async () => {
    const lake = await lakeOf({ [HOUR]: [...someRows(HOUR), ...someRows(HOUR), { tweet_id: 'x', created_at: 'y' }] })
    await run(lake)
    const input = `layer1/tweets/${FOLDER}/segment-1.parquet`
    expect(manifestOf(lake, HOUR)).toEqual({
      format: 3,
      hour: HOUR,
      timeZone: 'America/Sao_Paulo',
      inputs: [{ path: input, bytes: lake.files.get(input)?.length }],
      outputs: [
        { path: `layer2/dim_user_snapshot/${FOLDER}/part-0.parquet`, rows: 1 },
        { path: `layer2/dim_place/${FOLDER}/part-0.parquet`, rows: 1 },
        { path: `layer2/dim_hashtag/${FOLDER}/part-0.parquet`, rows: 3 },
        { path: `layer2/bridge_tweet_hashtag/${FOLDER}/part-0.parquet`, rows: 3 },
        { path: `layer2/bridge_tweet_rule/${FOLDER}/part-0.parquet`, rows: 2 },
        { path: `layer2/fact_tweet/${FOLDER}/part-0.parquet`, rows: 2 },
        { path: 'layer2/agg_hashtag_hour/utc_date=2024-01-01/part-0.parquet', rows: 3 },
        { path: 'layer2/agg_hashtag_user_hour/utc_date=2024-01-01/part-0.parquet', rows: 2 },
      ],
      counts: { read: 5, duplicates: 2, rejected: 1, tweets: 2 },
      rejectedBy: { 'tweet_id is not an INT64': 1 },
      checks: [
        'tweet ids are unique',
        'no key is null',
        'rows are sorted by their key and no key repeats',
        'every bridge row has its fact',
        'rows read = tweets + duplicates + rejected',
        'created_at is inside the hour',
        'aggregates add up to the fact',
      ],
    })
  })

  it('reports what was done, with the seconds it took', async () => {
    const lake = await lakeOf({ [HOUR]: [...someRows(HOUR), { tweet_id: 'x' }], [NEXT]: someRows(NEXT) })
    expect(await run(lake)).toEqual({
      dryRun: false,
      hours: [
        {
          hour: HOUR,
          action: 'write',
          files: 1,
          counts: { read: 3, duplicates: 0, rejected: 1, tweets: 2 },
          rejectedBy: { 'tweet_id is not an INT64': 1 },
          seconds: 0,
        },
        {
          hour: NEXT,
          action: 'write',
          files: 1,
          counts: { read: 2, duplicates: 0, rejected: 0, tweets: 2 },
          rejectedBy: {},
          seconds: 0,
        },
      ],
      totals: { read: 5, duplicates: 0, rejected: 1, tweets: 4 },
      seconds: 0,
    })
  })

  it('leaves the lake as it was when the same hours are consolidated again', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
    await run(lake)
    const once = contentOf(lake)
    lake.history.length = 0
    expect((await run(lake)).hours).toEqual([])
    expect(lake.history).toEqual([])
    expect((await run(lake, { rebuild: true })).hours).toHaveLength(2)
    expect(contentOf(lake)).toEqual(once)
  })

  it('gives the same bytes whatever the order in which hours were done', async () => {
    const together = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
    const apart = copyOf(together)
    await run(together)
    await run(apart, { namedHour: NEXT, range: { from: NEXT, to: '2024-01-01T12' as Hour } })
    await run(apart)
    expect(contentOf(apart)).toEqual(contentOf(together))
  })

  it('finds by itself every closed hour that has changed, oldest first, and leaves the open one', async () => {
    const hours = ['2024-01-01T09', '2024-01-01T10', '2024-01-01T11', '2024-01-01T12']
    const lake = await lakeOf(Object.fromEntries(hours.toReversed().map(hour => [hour, someRows(hour)])))
    const done = async (now: string) => (await run(lake, {}, { now })).hours.map(report => report.hour)
    expect(await done('2024-01-01T12:02:00.000Z')).toEqual(['2024-01-01T09', '2024-01-01T10'])
    expect(await done('2024-01-01T12:02:00.001Z')).toEqual(['2024-01-01T11'])
    await addLayer1(lake, HOUR, 'segment-2', someRows(HOUR, 1))
    expect(await done('2024-01-01T13:02:00.001Z')).toEqual(['2024-01-01T10', '2024-01-01T12'])
    expect(await done('2024-01-01T13:02:00.001Z')).toEqual([])
  })

  it('does only the range that was asked for', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
    expect((await run(lake, { range: { from: NEXT, to: undefined } })).hours.map(report => report.hour)).toEqual([NEXT])
    expect((await run(lake, { range: { from: undefined, to: NEXT } })).hours.map(report => report.hour)).toEqual([HOUR])
  })

  it('counts tweets that came late in, and doubles none', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
    await run(lake)
    const before = await aggOf(lake)
    await addLayer1(lake, HOUR, 'segment-2', [...someRows(HOUR), ...someRows(HOUR, 1)])
    await run(lake)
    expect(manifestOf(lake, HOUR).counts).toEqual({ read: 6, duplicates: 2, rejected: 0, tweets: 4 })
    const sum = (rows: typeof before) => rows?.reduce((total, row) => total + (row.tweets as number), 0)
    expect(sum(before)).toBe(6)
    expect(sum(await aggOf(lake))).toBe(9)
    expect(await aggOf(lake)).toHaveLength(before?.length ?? 0)
  })

  it('gives an hour without tweets its files all the same', async () => {
    const lake = await lakeOf({ [HOUR]: [{ tweet_id: 'x' }] })
    await run(lake)
    for (const table of HOURLY_TABLES) expect(await rowsOfFile(lake, hourlyPath(table, HOUR))).toEqual([])
    expect(await aggOf(lake)).toEqual([])
    expect(await rowsOfFile(lake, rejectedByHourPath(HOUR))).toMatchObject([
      { reason: 'tweet_id is not an INT64: "x"' },
    ])
  })

  it('takes the rejected rows of an hour away when they are no more', async () => {
    const lake = await lakeOf({ [HOUR]: [...someRows(HOUR), { tweet_id: 'x' }] })
    await run(lake)
    expect(lake.files.has(rejectedByHourPath(HOUR))).toBe(true)
    await addLayer1(lake, HOUR, 'segment-1', someRows(HOUR))
    await run(lake)
    expect(lake.files.has(rejectedByHourPath(HOUR))).toBe(false)
  })

  it('writes the calendar of both local years where an hour lies in two, and puts a wrong one right', async () => {
    const hour = '2024-12-31T18' as Hour
    const lake = await lakeOf({ [hour]: someRows(hour) })
    await run(lake, { timeZone: 'Asia/Kathmandu' }, { now: '2025-02-01T00:00:00.000Z' })
    const calendars = [...lake.files.keys()].filter(path => path.startsWith('layer2/dim_date/'))
    expect(calendars).toEqual(['layer2/dim_date/year=2024/part-0.parquet', 'layer2/dim_date/year=2025/part-0.parquet'])

    const right = contentOf(lake)
    lake.files.set(calendars[0]!, lake.files.get(calendars[1]!)!)
    await run(lake, { timeZone: 'Asia/Kathmandu', rebuild: true }, { now: '2025-02-01T00:00:00.000Z' })
    expect(contentOf(lake)).toEqual(right)
  })
})

describe('consolidate of an hour whose layer1 is gone', () => {
  const HOURS = { [HOUR]: someRows(HOUR), [NEXT]: [...someRows(NEXT), { tweet_id: 'x' }] }
  const withoutLayer1 = async (hour: Hour, hours: Parameters<typeof lakeOf>[0] = HOURS) => {
    const lake = await lakeOf(hours)
    await run(lake)
    for (const path of lake.files.keys())
      if (path.startsWith(`layer1/tweets/utc_date=${hour.slice(0, 10)}/utc_hour=${hour.slice(11)}`))
        lake.files.delete(path)
    return lake
  }

  it('leaves the lake as if the hour had never been', async () => {
    const lake = await withoutLayer1(NEXT)
    const report = await run(lake)
    expect(report.hours).toMatchObject([{ hour: NEXT, action: 'remove', files: 0, counts: { read: 0, tweets: 0 } }])
    const never = await lakeOf({ [HOUR]: someRows(HOUR) })
    await run(never)
    expect(contentOf(lake)).toEqual(contentOf(never))
  })

  it('removes the files of a day that has no hour left', async () => {
    const lake = await withoutLayer1(HOUR, { [HOUR]: someRows(HOUR) })
    await run(lake)
    expect([...lake.files.keys()].sort()).toEqual([
      'layer2/dim_date/year=2024/part-0.parquet',
      'layer2/dim_lang/part-0.parquet',
    ])
  })

  it("keeps a day's file that another hour names, even if nothing is left in it", async () => {
    const lake = await withoutLayer1(HOUR, { [HOUR]: someRows(HOUR), [NEXT]: [{ tweet_id: 'x' }] })
    await run(lake)
    expect(await aggOf(lake)).toEqual([])
  })

  it('removes an hour that never had a row in its day', async () => {
    const lake = await withoutLayer1(HOUR, { [HOUR]: [{ tweet_id: 'x' }] })
    await run(lake)
    expect(lake.files.has(dailyPath('agg_hashtag_hour', '2024-01-01'))).toBe(false)
    expect(lake.files.has(manifestPath(HOUR))).toBe(false)
  })

  it('is whole again when its layer1 comes back, wherever its removal was cut off', async () => {
    const whole = await lakeOf(HOURS)
    await run(whole)
    const gone = await withoutLayer1(NEXT)
    const removal = copyOf(gone)
    await run(removal)
    expect(removal.changes).toBeGreaterThan(8)
    for (let failsFrom = 1; failsFrom <= removal.changes; failsFrom++) {
      const lake = copyOf(gone)
      lake.failsFrom = failsFrom
      await expect(run(lake)).rejects.toMatchObject({ code: 'E_LAKE' })
      lake.failsFrom = Number.POSITIVE_INFINITY
      // the disk with layer1 is mounted again
      for (const [path, bytes] of whole.files) if (path.startsWith('layer1/tweets/')) lake.files.set(path, bytes)
      await run(lake)
      expect(contentOf(lake)).toEqual(contentOf(whole))
    }
  })

  it('is removed too where it was never published whole, wherever that was cut off', async () => {
    const first = await lakeOf({ [HOUR]: someRows(HOUR) })
    await run(first)
    const never = contentOf(first)
    await addLayer1(first, NEXT, 'segment-1', [...someRows(NEXT), { tweet_id: 'x' }])
    const undisturbed = copyOf(first)
    await run(undisturbed)
    for (let failsFrom = 1; failsFrom <= undisturbed.changes; failsFrom++) {
      const lake = copyOf(first)
      lake.failsFrom = failsFrom
      await expect(run(lake)).rejects.toMatchObject({ code: 'E_LAKE' })
      lake.failsFrom = Number.POSITIVE_INFINITY
      lake.files.delete('layer1/tweets/utc_date=2024-01-01/utc_hour=11/segment-1.parquet')
      await run(lake)
      expect(contentOf(lake)).toEqual(never)
      expect((await run(lake)).hours).toEqual([])
    }
  })

  it('takes the claim of the manifest back first and the manifest away last', async () => {
    const lake = await withoutLayer1(NEXT)
    lake.history.length = 0
    await run(lake)
    expect(lake.history[0]).toBe(`+${manifestPath(NEXT)}`)
    expect(lake.history.at(-1)).toBe(`-${manifestPath(NEXT)}`)
  })
})

describe('consolidate of what an older twdw made', () => {
  /** Layer2 as of a format before: other columns, manifests that say so, and an hour whose layer1 has gone since. */
  const olderLake = async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT), [LATER]: someRows(LATER) })
    await run(lake)
    const whole = contentOf(lake)
    for (const [path, bytes] of lake.files) {
      if (path.endsWith('.json'))
        lake.files.set(
          path,
          new TextEncoder().encode(new TextDecoder().decode(bytes).replace('"format": 3', '"format": 2')),
        )
      else if (path.startsWith('layer2/')) lake.files.set(path, lake.files.get(dimLangPath())!)
    }
    return { lake, whole }
  }

  it('makes every hour again without being asked to, and leaves the bytes that this one makes', async () => {
    const { lake, whole } = await olderLake()
    const report = await run(lake)
    expect(report.hours.map(({ action, hour }) => `${action} ${hour}`)).toEqual([
      `write ${HOUR}`,
      `write ${NEXT}`,
      `write ${LATER}`,
    ])
    expect(contentOf(lake)).toEqual(whole)
    expect((await run(lake)).hours).toEqual([])
  })

  it('takes an hour away whose layer1 is gone', async () => {
    const { lake } = await olderLake()
    lake.files.delete(layer1Path(NEXT, 'segment-1'))
    expect((await run(lake)).hours).toMatchObject([{ hour: HOUR }, { hour: NEXT, action: 'remove' }, { hour: LATER }])
    const never = await lakeOf({ [HOUR]: someRows(HOUR), [LATER]: someRows(LATER) })
    await run(never)
    expect(contentOf(lake)).toEqual(contentOf(never))
  })

  it('is completed by the next run, cut off at whatever change', async () => {
    const { lake: start, whole } = await olderLake()
    const undisturbed = copyOf(start)
    await run(undisturbed)
    for (let failsFrom = 1; failsFrom <= undisturbed.changes; failsFrom++) {
      const lake = copyOf(start)
      lake.failsFrom = failsFrom
      await expect(run(lake)).rejects.toMatchObject({ code: 'E_LAKE' })
      lake.failsFrom = Number.POSITIVE_INFINITY
      await run(lake)
      expect(contentOf(lake)).toEqual(whole)
    }
  })
})

describe('consolidate refuses', () => {
  it.each([
    ['2024-01-01T10:30:00.000Z', 'hour 2024-01-01T10 is still open; it closes in 32 min'],
    ['2024-01-01T11:01:59.500Z', 'hour 2024-01-01T10 is still open; it closes in 1 min'],
    ['2024-01-01T11:02:00.000Z', 'hour 2024-01-01T10 is still open; it closes in 1 min'],
    ['2024-01-01T06:00:00.000Z', 'hour 2024-01-01T10 has not begun; it closes in 5 h 2 min'],
  ])('a named hour that tweets may still join, at %s', async (now, message) => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    const plan = { namedHour: HOUR, range: { from: HOUR, to: NEXT } }
    const hint = 'leave it to the timer, or name an earlier --hour'
    await expect(run(lake, plan, { now })).rejects.toMatchObject({ code: 'E_USAGE', message, hint })
    expect(lake.changes).toBe(0)
    expect((await run(lake, plan, { now: '2024-01-01T11:02:00.001Z' })).hours).toHaveLength(1)
  })

  it('a named hour that the lake knows nothing of', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    await expect(
      run(lake, { namedHour: NEXT, range: { from: NEXT, to: '2024-01-01T12' as Hour } }),
    ).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'the lake holds no tweets of hour 2024-01-01T11',
      hint: 'hours are UTC unless you write an offset, such as 2024-01-01T07-03:00; see what there is with `twdw query --by hour`',
    })
  })

  it('nothing of a named hour that is up to date', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    await run(lake)
    expect((await run(lake, { namedHour: HOUR, range: { from: HOUR, to: NEXT } })).hours).toEqual([])
  })

  it('to work beside another consolidator of the lake, and gives the lock back afterwards', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    const release = await lake.door('somebody else').lock('consolidate')
    await expect(run(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'memory/_locks/consolidate is held by somebody else',
    })
    expect(lake.changes).toBe(0)
    await release()
    lake.failsFrom = 3
    await expect(run(lake)).rejects.toMatchObject({ code: 'E_LAKE' })
    lake.failsFrom = Number.POSITIVE_INFINITY
    expect((await run(lake)).hours).toHaveLength(1)
  })

  it('a layer1 file that is damaged, and leaves layer2 alone', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    const path = `layer1/tweets/${FOLDER}/segment-1.parquet`
    lake.files.set(path, lake.files.get(path)!.slice(0, -9))
    await expect(run(lake)).rejects.toMatchObject({ code: 'E_LAKE', message: expect.stringContaining(path) })
    expect(lake.changes).toBe(0)
  })

  it('a layer1 file that is of something else', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    await run(lake)
    const path = `layer1/tweets/${FOLDER}/segment-1.parquet`
    lake.files.set(path, lake.files.get('layer2/dim_lang/part-0.parquet')!)
    await expect(run(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: expect.stringMatching(
        /segment-1\.parquet is not a readable Parquet file: Column tweet_id not found in table$/,
      ),
    })
  })

  it('a manifest that is damaged, until it is asked to rebuild', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
    await run(lake)
    const whole = contentOf(lake)
    lake.files.set(manifestPath(HOUR), new TextEncoder().encode('{'))
    await expect(run(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'the manifest layer2/_twdw/hours/2024-01-01T10.json is damaged: it is not JSON',
      hint: 'run `twdw consolidate --rebuild`: everything in layer2 can be made again from layer1',
    })
    const warnings: string[] = []
    await run(lake, { rebuild: true }, { log: { ...silentLog, warn: sentence => warnings.push(sentence) } })
    expect(warnings).toEqual([
      'the manifest layer2/_twdw/hours/2024-01-01T10.json is damaged: it is not JSON; hour 2024-01-01T10 is made again',
    ])
    expect(contentOf(lake)).toEqual(whole)
  })

  it.each([
    ['all hours', {}],
    ['one hour of another day', { namedHour: LATER, range: { from: LATER, to: '2024-01-03T01' as Hour } }],
    ['a dry run', { dryRun: true }],
  ])('%s of a lake whose zone was changed in twdw.json, and says how to go on', async (_, plan) => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    await run(lake)
    await addLayer1(lake, LATER, 'segment-1', someRows(LATER))
    const before = contentOf(lake)
    await expect(run(lake, { ...plan, timeZone: 'Asia/Kolkata' })).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'hour 2024-01-01T10 was consolidated in America/Sao_Paulo, and twdw.json says Asia/Kolkata',
      hint: 'write America/Sao_Paulo back into twdw.json, or have all of layer2 made again in Asia/Kolkata: twdw consolidate --rebuild',
    })
    expect(contentOf(lake)).toEqual(before)
  })

  it('a lake that is half in another zone, until the rebuild that was cut off is done', async () => {
    const hours = { [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT), [LATER]: someRows(LATER) }
    const lake = await lakeOf(hours)
    await run(lake)
    const stop = new AbortController()
    const log: Log = { ...silentLog, debug: () => stop.abort() }
    const other = { timeZone: 'Asia/Kolkata', rebuild: true }
    await expect(run(lake, other, { signal: stop.signal, log })).rejects.toMatchObject({ code: 'E_INTERRUPTED' })
    await expect(run(lake, { timeZone: 'Asia/Kolkata' })).rejects.toMatchObject({
      message: 'hour 2024-01-01T11 was consolidated in America/Sao_Paulo, and twdw.json says Asia/Kolkata',
    })
    await run(lake, { ...other, range: { from: NEXT, to: undefined } })
    expect((await run(lake, { timeZone: 'Asia/Kolkata' })).hours).toEqual([])
    const made = await lakeOf(hours)
    await run(made, { timeZone: 'Asia/Kolkata' })
    expect(contentOf(lake)).toEqual(contentOf(made))
  })

  it('hours that a newer twdw made, until it is asked to make them again', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    await run(lake)
    const whole = contentOf(lake)
    lake.files.set(manifestPath(HOUR), new TextEncoder().encode('{"format":4}'))
    await expect(run(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'the manifest layer2/_twdw/hours/2024-01-01T10.json is of format 4, and this twdw knows formats up to 3',
      hint: 'install a newer twdw, or have this one make layer2 again: twdw consolidate --rebuild',
    })
    await run(lake, { rebuild: true })
    expect(contentOf(lake)).toEqual(whole)
  })

  it('to keep the rows of a damaged manifest whose layer1 is gone, when it is asked to rebuild', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR) })
    await run(lake)
    lake.files.set(manifestPath(HOUR), new TextEncoder().encode('{'))
    lake.files.delete(`layer1/tweets/${FOLDER}/segment-1.parquet`)
    expect((await run(lake, { rebuild: true })).hours).toMatchObject([{ action: 'remove' }])
    expect([...lake.files.keys()].sort()).toEqual([
      'layer2/dim_date/year=2024/part-0.parquet',
      'layer2/dim_lang/part-0.parquet',
    ])
  })
})

describe('consolidate', () => {
  it('says in a dry run what it would do, and does not even take the lock', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
    await run(lake)
    await addLayer1(lake, HOUR, 'segment-2', someRows(HOUR, 1))
    lake.files.delete('layer1/tweets/utc_date=2024-01-01/utc_hour=11/segment-1.parquet')
    const before = lake.changes
    const release = await lake.lock('consolidate')
    expect(await run(lake, { dryRun: true })).toEqual({
      dryRun: true,
      hours: [
        { hour: HOUR, action: 'write', files: 2, counts: undefined, rejectedBy: {}, seconds: 0 },
        { hour: NEXT, action: 'remove', files: 0, counts: undefined, rejectedBy: {}, seconds: 0 },
      ],
      totals: { read: 0, duplicates: 0, rejected: 0, tweets: 0 },
      seconds: 0,
    })
    expect(lake.changes).toBe(before)
    await release()
  })

  it('stops between two hours when it is told to, and the next run does the rest', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
    const undisturbed = copyOf(lake)
    await run(undisturbed)
    const stop = new AbortController()
    const log: Log = { ...silentLog, debug: () => stop.abort() }
    await expect(run(lake, {}, { signal: stop.signal, log })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
      message: 'stopped after 1 of 2 hours, before 2024-01-01T11',
      hint: 'run it again for the rest',
    })
    expect(lake.files.has(manifestPath(HOUR))).toBe(true)
    expect(lake.files.has(manifestPath(NEXT))).toBe(false)
    await run(lake)
    expect(contentOf(lake)).toEqual(contentOf(undisturbed))
  })

  it('tells who stops a rebuild that it starts over, and how it goes on instead', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
    const stop = new AbortController()
    const log: Log = { ...silentLog, debug: () => stop.abort() }
    const stopped = (signal: AbortSignal) => run(lake, { rebuild: true }, { signal, log })
    await expect(stopped(stop.signal)).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
      message: 'stopped after 1 of 2 hours, before 2024-01-01T11',
      hint: 'the hours done are done; with --rebuild it starts over, with --rebuild --from 2024-01-01T11 it goes on',
    })
    await expect(stopped(AbortSignal.abort())).rejects.toMatchObject({ hint: 'run it again for the rest' })
  })

  it('stops at once when the lake cannot be written, however many hours wait', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
    lake.failsFrom = 4
    await expect(run(lake)).rejects.toMatchObject({ code: 'E_LAKE', hint: 'make room' })
    expect(lake.changes).toBe(4)
  })

  it('takes an hour for pending whose manifest goes while another run publishes it', async () => {
    const lake = await lakeOf({ [HOUR]: someRows(HOUR), [NEXT]: someRows(NEXT) })
    await run(lake)
    const read = lake.read
    lake.read = async path => (path === manifestPath(HOUR) ? undefined : read(path))
    expect((await run(lake, { dryRun: true })).hours.map(report => report.hour)).toEqual([HOUR])
  })

  it('tells how far it is, and of rows that it had to reject', async () => {
    const lake = await lakeOf({ [HOUR]: [...someRows(HOUR), { tweet_id: 'x' }], [NEXT]: someRows(NEXT) })
    const told: unknown[] = []
    const tell = (kind: string) => (sentence: string, fields?: object) =>
      told.push([kind, sentence, ...(fields ? [fields] : [])])
    await run(lake, {}, { log: { ...silentLog, progress: tell('progress'), warn: tell('warn') } })
    expect(told).toEqual([
      ['progress', 'consolidating hour 2024-01-01T10, 1 of 2'],
      [
        'warn',
        '1 of 3 rows of hour 2024-01-01T10 could not be cast',
        { hour: HOUR, rejected: 1, path: 'layer1/rejected/consolidate-2024-01-01T10.parquet' },
      ],
      ['progress', 'consolidating hour 2024-01-01T11, 2 of 2'],
    ])
  })
})
