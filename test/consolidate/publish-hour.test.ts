import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { parseManifest } from '../../src/lib/domain/manifest.ts'
import {
  DAILY_TABLES,
  dailyPath,
  dimDatePath,
  dimLangPath,
  hourlyPath,
  layer1Path,
  MANIFESTS,
  manifestPath,
} from '../../src/lib/domain/paths.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { addLayer1, contentOf, copyOf, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import type { MemoryLake } from '../support/memory-lake.ts'
import { plainRows } from '../support/plain-rows.ts'
import { silentLog } from '../support/silent-log.ts'

const [TEN, ELEVEN, NOON, NEXT_DAY] = ['2024-01-01T10', '2024-01-01T11', '2024-01-01T12', '2024-01-02T00'] as [
  Hour,
  Hour,
  Hour,
  Hour,
]
const DAY = '2024-01-01'
const HOURS = { [TEN]: someRows(TEN), [ELEVEN]: [{ tweet_id: 'x' }], [NOON]: someRows(NOON) }
const onlyTen = { namedHour: TEN, range: { from: TEN, to: ELEVEN } }

const consolidatedLake = async () => {
  const lake = await lakeOf({ ...HOURS, [NEXT_DAY]: someRows(NEXT_DAY) })
  await run(lake)
  return lake
}

/** The hours that were done, and what was warned of. */
async function runAndTell(lake: MemoryLake, plan: Parameters<typeof run>[1] = {}) {
  const warnings: string[] = []
  const report = await run(lake, plan, { log: { ...silentLog, warn: sentence => void warnings.push(sentence) } })
  return { done: report.hours.map(({ hour, action }) => `${action} ${hour}`), warnings }
}

/** What lies in a lake in the place of a file that was good. */
const DAMAGES: Record<string, (lake: MemoryLake, path: string) => void> = {
  'is gone': (lake, path) => void lake.files.delete(path),
  'is cut off': (lake, path) => void lake.files.set(path, lake.files.get(path)!.slice(0, -9)),
  'is another table': (lake, path) => void lake.files.set(path, lake.files.get(dimLangPath())!),
}
const LOSSES = DAILY_TABLES.flatMap(table => Object.keys(DAMAGES).map(damage => [table, damage] as const))

describe("publishing into a day's file that was lost", () => {
  it.each(LOSSES)('makes all hours of the day again: %s %s', async (table, damage) => {
    const lake = await consolidatedLake()
    const right = contentOf(lake)
    DAMAGES[damage]!(lake, dailyPath(table, DAY))
    // what leads there is another hour's work: here one whose layer1 changed and changed back
    lake.files.delete(manifestPath(TEN))
    const { done, warnings } = await runAndTell(lake, onlyTen)
    expect(done).toEqual([`write ${TEN}`, `write ${ELEVEN}`, `write ${NOON}`])
    expect(warnings).toContain(
      `${dailyPath(table, DAY)} has to be made again, and with it all hours of the day that are in it`,
    )
    expect(contentOf(lake)).toEqual(right)
  })

  it.each(LOSSES)('is what --rebuild mends: %s %s', async (table, damage) => {
    const lake = await consolidatedLake()
    const right = contentOf(lake)
    DAMAGES[damage]!(lake, dailyPath(table, DAY))
    expect((await runAndTell(lake, { rebuild: true })).done).toHaveLength(4)
    expect(contentOf(lake)).toEqual(right)
  })

  it('says what was wrong with the file', async () => {
    const lake = await consolidatedLake()
    DAMAGES['is cut off']!(lake, dailyPath('agg_hashtag_hour', DAY))
    expect((await runAndTell(lake, { ...onlyTen, rebuild: true })).warnings[0]).toMatch(
      /^memory\/layer2\/agg_hashtag_hour\/utc_date=2024-01-01\/part-0\.parquet is not a readable Parquet file: .*; it is replaced$/,
    )
  })

  it.each(Object.keys(DAMAGES))('removes an hour without layer1 all the same, when the file %s', async damage => {
    const lake = await consolidatedLake()
    lake.files.delete(layer1Path(NOON, 'segment-1'))
    DAMAGES[damage]!(lake, dailyPath('agg_hashtag_hour', DAY))
    const { done } = await runAndTell(lake, { range: { from: NOON, to: NEXT_DAY } })
    expect(done).toEqual([`write ${TEN}`, `write ${ELEVEN}`, `remove ${NOON}`])
    const never = await lakeOf({ [TEN]: HOURS[TEN]!, [ELEVEN]: HOURS[ELEVEN]!, [NEXT_DAY]: someRows(NEXT_DAY) })
    await run(never)
    expect(contentOf(lake)).toEqual(contentOf(never))
  })

  it('ends when the file cannot be read back however often it is written', async () => {
    const lake = await consolidatedLake()
    const path = dailyPath('agg_hashtag_hour', DAY)
    const read = lake.read
    lake.read = async asked => (asked === path ? new Uint8Array(9) : read(asked))
    await expect(run(lake, { rebuild: true })).rejects.toMatchObject({
      code: 'E_LAKE',
      message:
        'memory/layer2/agg_hashtag_hour/utc_date=2024-01-01/part-0.parquet was just written and cannot be read back',
      hint: 'somebody else is changing the lake, or its disk is failing; what was not done is done by the next run',
    })
  })

  /** Every manifest of an hour with layer1, that has a day file to lean on, has its rows in it. */
  async function expectRowsOfManifests(lake: MemoryLake): Promise<void> {
    for (const path of [...lake.files.keys()].filter(name => name.startsWith(MANIFESTS))) {
      const { hour, outputs } = parseManifest(new TextDecoder().decode(lake.files.get(path)), path)
      for (const table of DAILY_TABLES) {
        const file = dailyPath(table, DAY)
        const claimed = outputs.find(output => output.path === file)
        const rows = await openTables(lake)
          .read(file)
          .then(
            read => read && plainRows(read),
            () => undefined,
          )
        // a lost file counts nothing: a question for it fails
        if (claimed === undefined || rows === undefined || rows.some(row => row.utc_hour === undefined)) continue
        const ofHour = rows.filter(row => String(row.utc_hour).startsWith(hour))
        expect([path, table, ofHour.length]).toEqual([path, table, claimed.rows])
      }
    }
  }

  it.each(Object.keys(DAMAGES))(
    'never leaves a manifest without its rows, cut off at whatever change: %s',
    async damage => {
      const start = await consolidatedLake()
      const right = contentOf(start)
      lakeWithLoss(start, damage)
      const undisturbed = copyOf(start)
      await run(undisturbed, onlyTen)
      expect(contentOf(undisturbed)).toEqual(right)
      for (let failsFrom = 1; failsFrom <= undisturbed.changes; failsFrom++) {
        const lake = copyOf(start)
        lake.failsFrom = failsFrom
        await expect(run(lake, onlyTen)).rejects.toMatchObject({ code: 'E_LAKE' })
        await expectRowsOfManifests(lake)
        lake.failsFrom = Number.POSITIVE_INFINITY
        await run(lake)
        expect(contentOf(lake)).toEqual(right)
      }
    },
  )

  it('forgets no hour of the day whose layer1 is gone, cut off at whatever change', async () => {
    const start = await consolidatedLake()
    lakeWithLoss(start, 'is gone')
    start.files.delete(layer1Path(NOON, 'segment-1'))
    const undisturbed = copyOf(start)
    await run(undisturbed, onlyTen)
    expect([...undisturbed.files.keys()].filter(path => path.includes('utc_date=2024-01-01/utc_hour=12'))).toEqual([])
    for (let failsFrom = 1; failsFrom <= undisturbed.changes; failsFrom++) {
      const lake = copyOf(start)
      lake.failsFrom = failsFrom
      await expect(run(lake, onlyTen)).rejects.toMatchObject({ code: 'E_LAKE' })
      lake.failsFrom = Number.POSITIVE_INFINITY
      await run(lake)
      expect(contentOf(lake)).toEqual(contentOf(undisturbed))
    }
  })

  function lakeWithLoss(lake: MemoryLake, damage: string): void {
    for (const table of DAILY_TABLES) DAMAGES[damage]!(lake, dailyPath(table, DAY))
    lake.files.delete(manifestPath(TEN))
  }
})

describe('publishing over a calendar or a list of languages that is damaged', () => {
  it.each([dimLangPath(), dimDatePath(2024)])('replaces %s', async path => {
    const lake = await consolidatedLake()
    const right = contentOf(lake)
    DAMAGES['is cut off']!(lake, path)
    const { warnings } = await runAndTell(lake, { rebuild: true })
    expect(warnings).toContainEqual(expect.stringMatching(new RegExp(`^memory/${path} is not .*; it is replaced$`)))
    expect(contentOf(lake)).toEqual(right)
  })
})

describe('an hour whose files were lost', () => {
  it.each([hourlyPath('fact_tweet', NOON), hourlyPath('dim_place', NOON)])('is made again alone: %s', async path => {
    const lake = await consolidatedLake()
    const right = contentOf(lake)
    lake.files.delete(path)
    expect(await runAndTell(lake)).toMatchObject({ done: [`write ${NOON}`] })
    expect(contentOf(lake)).toEqual(right)
  })

  it("is every hour of the day where it was the day's file, and the lake knows by itself", async () => {
    const lake = await consolidatedLake()
    const right = contentOf(lake)
    lake.files.delete(dailyPath('agg_hashtag_hour', DAY))
    const dry = await runAndTell(lake, { dryRun: true })
    const { done } = await runAndTell(lake)
    expect(done).toEqual([`write ${TEN}`, `write ${ELEVEN}`, `write ${NOON}`])
    expect(dry.done).toEqual(done)
    expect(contentOf(lake)).toEqual(right)
  })

  it('is found among many days too', async () => {
    const days = Array.from({ length: 9 }, (_, i) => `2024-02-0${i + 1}T05` as Hour)
    const lake = await lakeOf(Object.fromEntries(days.map(hour => [hour, [{ tweet_id: 'x' }]])))
    await run(lake)
    expect((await runAndTell(lake)).done).toEqual([])
    lake.files.delete(hourlyPath('bridge_tweet_rule', days[4]!))
    lake.files.delete(dailyPath('agg_hashtag_user_hour', '2024-02-08'))
    expect((await runAndTell(lake)).done).toEqual([`write ${days[4]}`, `write ${days[7]}`])
  })

  it('is looked for in the days that are asked for, and nowhere else', async () => {
    const lake = await consolidatedLake()
    const listed: string[] = []
    const list = lake.list
    lake.list = prefix => {
      listed.push(prefix)
      return list(prefix)
    }
    await run(lake, onlyTen)
    expect(listed).toHaveLength(2 + 8)
    expect(listed.slice(2).filter(prefix => !prefix.endsWith('/utc_date=2024-01-01/'))).toEqual([])
  })

  it('that came late does not bring hours along whose day is whole', async () => {
    const lake = await consolidatedLake()
    await addLayer1(lake, TEN, 'segment-2', someRows(TEN, 1))
    expect(await runAndTell(lake)).toEqual({ done: [`write ${TEN}`], warnings: [] })
  })
})
