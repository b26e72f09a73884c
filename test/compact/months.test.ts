import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { columnsOf } from '../../src/lib/domain/answer/formats.ts'
import { type Hour, hourOf } from '../../src/lib/domain/hour.ts'
import { LAYER2 } from '../../src/lib/domain/layer2.ts'
import { hourlyPath, MONTHS, manifestPath, monthFilePath, monthRecordPath } from '../../src/lib/domain/paths.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { type HourNotes, readHourNotes } from '../../src/lib/query/lake-state.ts'
import { query, viewsDdl } from '../../src/lib/query/query.ts'
import { anyQuestion, someTweets } from '../support/any-preset.ts'
import { addLayer1, contentOf, copyOf, lakeOf, run, someRows } from '../support/consolidate-lake.ts'
import { forgetIn } from '../support/forget-lake.ts'
import { Killed, killedLake } from '../support/killed-lake.ts'
import type { MemoryLake } from '../support/memory-lake.ts'
import { compactIn, STAR_TABLES, seenIn } from '../support/month-lake.ts'
import { openQueryLake } from '../support/query-lake.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const hoursFrom = (first: string, count: number, everyHours: number) =>
  Array.from({ length: count }, (_, n) => hourOf(Date.parse(`${first}:00:00Z`) + n * everyHours * 3_600_000))

/** Six days of January in São Paulo; the first hour of 2024 in UTC is of December there. */
const JANUARY = hoursFrom('2024-01-03T10', 6, 25)
const BEFORE = '2024-01-01T01' as Hour
const FEBRUARY = hoursFrom('2024-02-05T10', 5, 24)
const HOURS = [BEFORE, ...JANUARY, ...FEBRUARY]

const rowsOfHours = (hours: readonly Hour[]) =>
  Object.fromEntries(hours.map((hour, n) => [hour, someRows(hour, n % 10)]))

async function someLake(hours: readonly Hour[] = HOURS): Promise<MemoryLake> {
  const lake = await lakeOf(rowsOfHours(hours))
  await run(lake)
  return lake
}

const monthPaths = (lake: MemoryLake) => [...lake.files.keys()].filter(path => path.startsWith(MONTHS)).sort()
const actions = ({ months }: { months: readonly { month: string; action: string }[] }) =>
  months.map(({ month, action }) => `${month} ${action}`)

async function expectSameRows(lake: MemoryLake, notes?: HourNotes): Promise<void> {
  const { rows } = await seenIn(lake, notes && { notes })
  expect(rows).toEqual((await seenIn(lake, { withoutMonths: true })).rows)
}

describe('compacting months', { timeout: 120_000 }, () => {
  it('leaves every row where it was, in far fewer files, and the files of hours as they are', async () => {
    const lake = await someLake()
    const [before, hourFiles] = [await seenIn(lake), contentOf(lake)]
    const report = await compactIn(lake)
    expect(actions(report)).toEqual(['2023-12 write', '2024-01 write', '2024-02 write'])
    const after = await seenIn(lake)
    expect(after.rows).toEqual(before.rows)
    // 8 tables of two months; December has too few hours to be worth files
    expect(after.monthFiles).toHaveLength(16)
    expect(after.otherFiles).toBe(8)
    expect(before.otherFiles).toBe(HOURS.length * 8)
    expect(contentOf(lake)).toMatchObject(hourFiles)
  })

  it('writes files with the schema of the table, its columns sorted over the month', async () => {
    const lake = await someLake()
    await compactIn(lake)
    const tables = openTables(lake)
    for (const path of monthPaths(lake)) {
      const name = STAR_TABLES.find(table => path.includes(`/${table}-`))!
      const table = (await tables.read(path))!
      expect(String(table.schema)).toBe(String(LAYER2[name].schema))
      expect(table.schema.fields.map(({ nullable }) => nullable)).toEqual(
        LAYER2[name].schema.fields.map(({ nullable }) => nullable),
      )
      const [first] = LAYER2[name].sortedBy
      const values = [...table.getChild(first!)!] as (string | bigint)[]
      expect(values).toEqual([...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
    }
    await withTempFolder(async folder => {
      const path = monthPaths(lake).find(name => name.includes('/fact_tweet-'))!
      await writeFile(join(folder, 'fact'), lake.files.get(path)!)
      const { row_groups: groups } = await parquetMetadataAsync(await asyncBufferFromFile(join(folder, 'fact')))
      expect(groups.map(({ num_rows }) => num_rows)).toEqual([BigInt(JANUARY.length * 2)])
      expect(groups[0]!.columns[0]!.meta_data!.statistics).toMatchObject({ min_value: expect.anything() })
    })
  })

  it('is done once: another run keeps what is right, and the same hours give the same bytes', async () => {
    const lake = await someLake()
    await compactIn(lake)
    const once = contentOf(lake)
    lake.changes = 0
    expect(actions(await compactIn(lake))).toEqual(['2023-12 keep', '2024-01 keep', '2024-02 keep'])
    expect(lake.changes).toBe(0)
    await compactIn(lake, { rebuild: true })
    expect(contentOf(lake)).toEqual(once)
  })

  it('waits for the end of a month in the zone of the lake and its grace, and for hours that are pending', async () => {
    const lake = await someLake()
    const at = async (now: string) => actions(await compactIn(lake, { dryRun: true }, { now }))
    // February begins at 03:00 UTC in São Paulo
    expect(await at('2024-02-02T02:59:59.999Z')).toEqual(['2023-12 write', '2024-01 wait', '2024-02 wait'])
    expect(await at('2024-02-02T03:00:00.000Z')).toEqual(['2023-12 write', '2024-01 write', '2024-02 wait'])
    await addLayer1(lake, JANUARY[2]!, 'late', someRows(JANUARY[2]!, 9))
    expect(await at('2024-05-01T00:00:00.000Z')).toEqual(['2023-12 write', '2024-01 pending', '2024-02 write'])
    expect(monthPaths(lake)).toEqual([])
  })

  it('makes several files where one would be too large, and none where files are large enough as they are', async () => {
    const lake = await someLake(JANUARY)
    await compactIn(lake, { maxFileBytes: 1 })
    expect(monthPaths(lake)).toEqual([])
    const facts = [...lake.files].filter(([path]) => path.startsWith('layer2/fact_tweet/'))
    const half = facts.reduce((sum, [, { length }]) => sum + length, 0) / 2
    const more = await someLake(hoursFrom('2024-01-03T10', 12, 25))
    await compactIn(more, { maxFileBytes: Math.ceil(half * 2) })
    expect(monthPaths(more).filter(path => path.includes('/fact_tweet-'))).toHaveLength(2)
    await expectSameRows(more)
  })

  it('names a file that is not as its manifest says, and does the other months', async () => {
    const lake = await someLake()
    lake.files.set(hourlyPath('fact_tweet', JANUARY[1]!), lake.files.get(hourlyPath('fact_tweet', FEBRUARY[1]!))!)
    lake.files.delete(hourlyPath('fact_tweet', JANUARY[2]!))
    await expect(compactIn(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: `${hourlyPath('fact_tweet', JANUARY[2]!)} is gone`,
    })
    expect(new Set(monthPaths(lake).map(path => path.slice(0, MONTHS.length + 7)))).toContain(`${MONTHS}2024-02`)
    expect(lake.files.has(monthRecordPath('2024-01'))).toBe(false)
  })
})

describe('a question about a lake with months', { timeout: 120_000 }, () => {
  it('reads no month of which an hour has late tweets, is gone or was made again, and goes on with the others', async () => {
    const start = await someLake()
    await compactIn(start)
    const changes: ((lake: MemoryLake) => Promise<unknown>)[] = [
      lake => addLayer1(lake, JANUARY[0]!, 'late', someRows(JANUARY[0]!, 9)),
      async lake => lake.files.delete(manifestPath(JANUARY[0]!)),
      async lake => lake.files.set(monthRecordPath('2024-01'), new TextEncoder().encode('{"format":')),
      async lake => lake.files.delete(monthRecordPath('2024-01')),
    ]
    for (const change of changes) {
      const lake = copyOf(start)
      await change(lake)
      const { monthFiles } = await seenIn(lake)
      expect(monthFiles).toHaveLength(8)
      expect(monthFiles.every(path => path.includes('/months/2024-02/'))).toBe(true)
      await expectSameRows(lake)
    }
  })

  it('reads an hour that came newly to a month beside its file', async () => {
    const lake = await someLake()
    await compactIn(lake)
    const fresh = '2024-01-20T10' as Hour
    await addLayer1(lake, fresh, 'segment-1', someRows(fresh))
    expect((await seenIn(lake)).monthFiles).toHaveLength(16)
    await expectSameRows(lake)
  })

  it('asks a far lake for the records alone, which a listing has shown', async () => {
    const near = await someLake()
    await compactIn(near)
    const asked: string[] = []
    const far: MemoryLake = {
      ...near,
      isFar: true,
      list: async prefix => {
        const entries = await near.list(prefix)
        return Promise.all(
          entries.map(async entry => ({ ...entry, stamp: await near.stampOf(near.locate(entry.path)) })),
        )
      },
      readListed: files => {
        asked.push(...files.map(({ path }) => path))
        return near.readListed(files)
      },
    }
    let text: string | undefined
    const file = {
      read: async () => text,
      write: async (fresh: string) => {
        text = fresh
      },
    }
    await expectSameRows(far, await readHourNotes(file, 'America/Sao_Paulo'))
    asked.length = 0
    const seen = await seenIn(far, { notes: await readHourNotes(file, 'America/Sao_Paulo') })
    expect(seen.monthFiles).toHaveLength(16)
    expect(asked).toEqual(['2023-12', '2024-01', '2024-02'].map(monthRecordPath))
  })

  it('reads a month only if it is about all of its hours', async () => {
    const lake = await someLake()
    await compactIn(lake)
    const about = async (from: Hour, to: Hour) => (await seenIn(lake, { range: { from, to } })).monthFiles.length
    expect(await about('2024-01-01T03' as Hour, '2024-02-01T03' as Hour)).toBe(8)
    expect(await about('2024-01-04T00' as Hour, '2024-02-01T03' as Hour)).toBe(0)
    expect(await about('2024-01-01T03' as Hour, '2024-03-01T03' as Hour)).toBe(16)
  })

  it('makes no difference to any preset', async () => {
    const base = hoursFrom('2019-02-03T10', 6, 25).flatMap(hour => someRows(hour))
    await fc.assert(
      fc.asyncProperty(
        someTweets,
        fc.array(anyQuestion, { minLength: 8, maxLength: 8 }),
        fc.boolean(),
        async (rows, presets, isLate) => {
          await withTempFolder(async folder => {
            const lake = { timeZone: 'America/Sao_Paulo', consolidated: [...base, ...rows], stored: [], journal: [] }
            const ports = await openQueryLake(folder, lake)
            const ask = async () => {
              const answers: unknown[] = []
              for (const preset of presets) {
                const answer = await query({ question: { preset }, batchOnly: isLate }, ports).catch(error => error)
                answers.push(answer instanceof Error ? answer.message : rowsOf(answer))
              }
              return answers
            }
            const before = await ask()
            const { months } = await compactIn(ports.lake, {}, { now: '2029-01-01T00:00:00.000Z' })
            expect(months.some(({ files }) => files > 0)).toBe(true)
            expect(await ask()).toEqual(before)
            // who gets the views is not told when a month goes
            expect(await viewsDdl('duckdb', ports)).not.toContain('_twdw')
          })
        },
      ),
      { numRuns: 6 },
    )
  })

  function rowsOf({ table, facts }: Awaited<ReturnType<typeof query>>): string[] {
    const columns = columnsOf(table, facts.zone)
    return Array.from({ length: table.numRows }, (_, row) => columns.map(column => column.text(row)).join(' '))
  }
})

/** What is killed, on a lake that has months. */
const WORK: Record<
  string,
  { begin?: (lake: MemoryLake) => Promise<unknown>; work: (lake: MemoryLake) => Promise<unknown> }
> = {
  'compacting for the first time': { begin: async lake => removeAll(lake), work: lake => compactIn(lake) },
  'compacting again, with a late tweet': {
    begin: async lake => {
      await addLayer1(lake, JANUARY[1]!, 'late', someRows(JANUARY[1]!, 9))
      // of an older version, which knows no months
      const kept = [...lake.files].filter(([path]) => path.startsWith(MONTHS) || path.includes('/month-'))
      await run(lake)
      for (const [path, bytes] of kept) lake.files.set(path, bytes)
    },
    work: lake => compactIn(lake),
  },
  'consolidating a late tweet': {
    begin: lake => addLayer1(lake, JANUARY[1]!, 'late', someRows(JANUARY[1]!, 9)),
    work: lake => run(lake),
  },
  'removing an hour': {
    begin: async lake => {
      for (const path of lake.files.keys())
        if (path.startsWith('layer1/tweets/utc_date=2024-01-03')) lake.files.delete(path)
    },
    work: lake => run(lake),
  },
  'rebuilding an hour': {
    work: lake => run(lake, { rebuild: true, range: { from: JANUARY[0], to: JANUARY[1] } }),
  },
  forgetting: { work: lake => forgetIn(lake, { tweets: [someRows(JANUARY[1]!, 1)[0]!.tweet_id!] }) },
}

/** Small enough to be looked at where two differ. */
const hashesOf = (lake: MemoryLake) =>
  Object.fromEntries(Object.entries(contentOf(lake)).map(([path, content]) => [path, Bun.hash(content)]))

function removeAll(lake: MemoryLake): void {
  for (const path of lake.files.keys()) if (path.startsWith(MONTHS) || path.includes('/month-')) lake.files.delete(path)
}

describe('work on a lake with months that is killed', { timeout: 300_000 }, () => {
  it.each(Object.keys(WORK))('%s, at whatever operation, leaves right answers and is completed', async name => {
    const { begin, work } = WORK[name]!
    const start = await someLake(JANUARY.slice(0, 4))
    await compactIn(start)
    await begin?.(start)
    const operations: string[] = []
    const undisturbed = copyOf(start)
    await work(killedLake(undisturbed, { at: Number.POSITIVE_INFINITY, when: 'after' }, operations) as MemoryLake)
    await run(undisturbed)
    await compactIn(undisturbed)
    const right = hashesOf(undisturbed)
    const states = new Set<string>()
    for (const [i, operation] of operations.entries()) {
      if (!/^(?:write|remove) /.test(operation)) continue
      for (const when of ['before', 'after'] as const) {
        const lake = copyOf(start)
        await expect(work(killedLake(lake, { at: i + 1, when }) as MemoryLake)).rejects.toBeInstanceOf(Killed)
        const state = JSON.stringify(contentOf(lake))
        if (states.has(state)) continue
        states.add(state)
        await expectSameRows(lake)
        await work(lake)
        await expectSameRows(lake)
        await run(lake)
        await compactIn(lake)
        expect(hashesOf(lake)).toEqual(right)
      }
    }
    expect(states.size).toBeGreaterThan(4)
  })
})

describe('forgetting in a lake with months', { timeout: 120_000 }, () => {
  const GONE = someRows(JANUARY[1]!, 2)[0]!.tweet_id!

  it('leaves nothing of it in the file of a month, nor in one that no record names', async () => {
    const lake = await someLake()
    await compactIn(lake)
    expect(await monthsWith(lake, GONE)).not.toEqual([])
    const orphan = copyOf(lake)
    orphan.files.delete(monthRecordPath('2024-01'))
    for (const one of [lake, orphan]) {
      await forgetIn(one, { tweets: [GONE] })
      expect(await monthsWith(one, GONE)).toEqual([])
      await expectSameRows(one)
    }
    // other months stay
    expect(monthPaths(lake)).toHaveLength(8)
  })

  it('takes the files of months away before layer1 changes', async () => {
    const lake = await someLake()
    await compactIn(lake)
    lake.history.length = 0
    await forgetIn(lake, { tweets: [GONE] })
    const at = (change: string) => lake.history.findIndex(entry => entry.startsWith(change))
    const last = lake.history.findLastIndex(entry => entry.startsWith(`-${MONTHS}`))
    expect(at(`+${manifestPath(JANUARY[1]!)}`)).toBeLessThan(at(`-${MONTHS}`))
    expect(last).toBeLessThan(at('+layer1/tweets/') === -1 ? at('-layer1/tweets/') : at('+layer1/tweets/'))
  })

  async function monthsWith(lake: MemoryLake, id: string): Promise<string[]> {
    const tables = openTables(lake)
    const found: string[] = []
    for (const path of monthPaths(lake)) {
      const ids = (await tables.read(path))!.getChild('tweet_id')
      if (ids !== null && [...ids].some(value => String(value) === id)) found.push(path)
    }
    return found
  }
})

describe('a lake with months', { timeout: 300_000 }, () => {
  it('answers as one without, whatever happens to it, and with whatever was noted of it before', async () => {
    const anyHour = fc.constantFrom(...HOURS)
    type Step = (lake: MemoryLake) => Promise<unknown>
    const anyStep: fc.Arbitrary<Step> = fc.oneof(
      fc.constant<Step>(lake => run(lake)),
      fc.constant<Step>(lake => compactIn(lake)),
      fc.constant<Step>(lake => run(lake).then(() => compactIn(lake))),
      fc.tuple(anyHour, fc.nat(9)).map(
        ([hour, n]): Step =>
          lake =>
            addLayer1(lake, hour, `s${n}`, someRows(hour, n)),
      ),
      anyHour.map(
        (hour): Step =>
          lake =>
            run(lake, { rebuild: true, range: { from: hour, to: undefined } }),
      ),
      fc.tuple(anyHour, fc.nat(9)).map(
        ([hour, n]): Step =>
          lake =>
            forgetIn(lake, { tweets: [someRows(hour, n)[0]!.tweet_id!] }),
      ),
      fc.tuple(anyHour, fc.nat(9)).map(
        ([hour, n]): Step =>
          async lake => {
            for (const path of [...lake.files.keys()])
              if (path.endsWith(`s${n}.parquet`) && path.includes(hour.slice(0, 10))) lake.files.delete(path)
          },
      ),
    )
    let used = 0
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 8, size: 'max' }), async steps => {
        const lake = await someLake()
        let text: string | undefined
        const file = {
          read: async () => text,
          write: async (fresh: string) => {
            text = fresh
          },
        }
        for (const step of [(one: MemoryLake) => compactIn(one), ...steps]) {
          await step(lake)
          await expectSameRows(lake, await readHourNotes(file, 'America/Sao_Paulo'))
          await expectSameRows(lake)
          used += (await seenIn(lake)).monthFiles.length
        }
      }),
      { numRuns: 6 },
    )
    expect(used).toBeGreaterThan(0)
  })

  it('has its records and files of months beside everything that is listed for hours', async () => {
    const lake = await someLake()
    await compactIn(lake)
    const once = contentOf(lake)
    expect((await run(lake)).hours).toEqual([])
    expect(contentOf(lake)).toEqual(once)
    expect(monthFilePath('2024-01', 'fact_tweet', 'x').startsWith('layer2/fact_tweet/')).toBe(false)
  })
})
