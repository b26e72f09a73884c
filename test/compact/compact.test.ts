import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_MERGED_BYTES } from '../../src/lib/domain/compaction.ts'
import { type Hour, nextHour } from '../../src/lib/domain/hour.ts'
import { parseManifest } from '../../src/lib/domain/manifest.ts'
import {
  compactionPath,
  dailyPath,
  HOURLY_TABLES,
  hourlyPath,
  layer1Folder,
  layer1Path,
  manifestPath,
  segmentOfPath,
  sessionPath,
} from '../../src/lib/domain/paths.ts'
import { coveredBy, spansOfFiles } from '../../src/lib/domain/question/covered.ts'
import { type SessionRecord, sessionToText } from '../../src/lib/domain/session.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { diskError } from '../../src/lib/io/local-file.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { readLakeState } from '../../src/lib/query/lake-state.ts'
import { anyLayer1 } from '../support/any-layer1.ts'
import { compactIn, factsIn, manySegments } from '../support/compact-lake.ts'
import { ALL_HOURS, addLayer1, CONSOLIDATED_AT, contentOf, copyOf, run, someRows } from '../support/consolidate-lake.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { createMemoryLake, type MemoryLake } from '../support/memory-lake.ts'
import { memoryLog } from '../support/memory-log.ts'
import { plainRows } from '../support/plain-rows.ts'
import { sessionRecord } from '../support/session-records.ts'

const [HOUR, NEXT] = ['2024-01-01T10', '2024-01-01T11'] as [Hour, Hour]
const segmentsIn = (lake: MemoryLake, hour: Hour = HOUR) =>
  [...lake.files.keys()]
    .filter(path => path.startsWith(layer1Folder(hour)))
    .map(segmentOfPath)
    .sort()
const rowsIn = async (lake: MemoryLake, hour: Hour) => {
  const tables = openTables(lake)
  const files = segmentsIn(lake, hour).map(segment => tables.read(layer1Path(hour, segment)))
  return (await Promise.all(files)).flatMap(table => plainRows(table!).map(row => JSON.stringify(row)))
}
const manifestOf = (lake: MemoryLake, hour: Hour = HOUR) =>
  parseManifest(new TextDecoder().decode(lake.files.get(manifestPath(hour))), manifestPath(hour))

describe('compact', () => {
  it('makes one file of those of an hour, with their rows in their order, and the hour stays consolidated', async () => {
    const lake = await manySegments({ [HOUR]: 4, [NEXT]: 1 })
    const [before, rows, facts] = [manifestOf(lake), await rowsIn(lake, HOUR), await factsIn(lake)]
    const others = [...lake.files].filter(([path]) => !path.startsWith('layer1/') && path !== manifestPath(HOUR))
    const bytes = before.inputs.reduce((sum, file) => sum + file.bytes, 0)
    const report = await compactIn(lake)

    const [segment, ...more] = segmentsIn(lake)
    expect(more).toEqual([])
    expect(segment).toMatch(/^segment-0\.merged-[0-9a-f]{16}$/)
    expect(await rowsIn(lake, HOUR)).toEqual(rows)
    const path = layer1Path(HOUR, segment!)
    const file = { path, bytes: lake.files.get(path)!.length }
    expect(manifestOf(lake)).toEqual({ ...before, inputs: [file] })
    for (const [other, content] of others) expect(lake.files.get(other)).toEqual(content)
    const counts = { filesBefore: 4, filesAfter: 1, bytesBefore: bytes, bytesAfter: file.bytes }
    expect(report).toEqual({
      dryRun: false,
      hours: [{ hour: HOUR, ...counts, seconds: 0 }],
      totals: counts,
      pending: [],
      left: 0,
      seconds: 0,
    })
    expect((await run(lake)).hours).toEqual([])
    expect(await factsIn(lake)).toBe(facts)
    expect(await compactIn(lake)).toMatchObject({ hours: [] })
  })

  it('says first what it is about to do, writes, removes and commits in this order', async () => {
    const lake = await manySegments({ [HOUR]: 2 })
    lake.history.length = 0
    await compactIn(lake)
    const merged = layer1Path(HOUR, segmentsIn(lake)[0]!)
    expect(lake.history).toEqual([
      `+${compactionPath(HOUR)}`,
      `+${merged}`,
      `-${layer1Path(HOUR, 'segment-0')}`,
      `-${layer1Path(HOUR, 'segment-1')}`,
      `+${manifestPath(HOUR)}`,
      `-${compactionPath(HOUR)}`,
    ])
  })

  it('says what it would do and does nothing', async () => {
    const lake = await manySegments({ [HOUR]: 3, [NEXT]: 2 })
    const before = contentOf(lake)
    const { hours, totals } = await compactIn(lake, { dryRun: true })
    expect(hours.map(({ hour, filesBefore, filesAfter }) => [hour, filesBefore, filesAfter])).toEqual([
      [HOUR, 3, 1],
      [NEXT, 2, 1],
    ])
    expect(totals).toMatchObject({ filesBefore: 5, filesAfter: 2, bytesAfter: undefined })
    expect(contentOf(lake)).toEqual(before)
  })

  it('leaves hours that are young, not consolidated or out of range', async () => {
    const lake = await manySegments({ [HOUR]: 2, [NEXT]: 2 })
    const young = { now: '2024-01-02T11:30:00.000Z' }
    expect((await compactIn(lake, { dryRun: true }, young)).hours.map(({ hour }) => hour)).toEqual([HOUR])
    const range = { from: NEXT, to: undefined }
    expect((await compactIn(lake, { dryRun: true, range })).hours.map(({ hour }) => hour)).toEqual([NEXT])
    await addLayer1(lake, HOUR, 'late', someRows(HOUR, 8))
    const report = await compactIn(lake)
    expect(report.hours.map(({ hour }) => hour)).toEqual([NEXT])
    expect(report.pending).toEqual([HOUR])
    expect(segmentsIn(lake)).toEqual(['late', 'segment-0', 'segment-1'])
    await run(lake)
    expect((await compactIn(lake)).hours.map(({ hour }) => hour)).toEqual([HOUR])
  })

  it('merges what came late into what was merged before', async () => {
    const lake = await manySegments({ [HOUR]: 3 })
    await compactIn(lake)
    const [once] = segmentsIn(lake)
    await addLayer1(lake, HOUR, 'segment-9', someRows(HOUR, 9))
    await run(lake)
    const facts = await factsIn(lake)
    await compactIn(lake)
    const [twice, ...more] = segmentsIn(lake)
    expect(more).toEqual([])
    expect(twice).toMatch(/^segment-0\.merged-[0-9a-f]{16}$/)
    expect(twice).not.toBe(once)
    expect(await rowsIn(lake, HOUR)).toHaveLength(8)
    await run(lake, { rebuild: true })
    expect(await factsIn(lake)).toBe(facts)
  })

  it('puts nothing in the place of what a listener publishes once more', async () => {
    const lake = await manySegments({ [HOUR]: 3 })
    const first = layer1Path(HOUR, 'segment-0')
    const bytes = lake.files.get(first)!
    const facts = await factsIn(lake)
    await compactIn(lake)
    await lake.write(first, bytes)
    expect(await factsIn(lake)).toBe(facts)
    await run(lake)
    expect(await factsIn(lake)).toBe(facts)
    expect(manifestOf(lake).counts).toMatchObject({ read: 8, duplicates: 2, tweets: 6 })
  })

  it('refuses an hour by name that is too young, not consolidated or not there, and says what to do', async () => {
    const lake = await manySegments({ [HOUR]: 2 })
    const named = (hour: Hour) => ({ namedHour: hour, range: { from: hour, to: nextHour(hour) } })
    await expect(compactIn(lake, named(HOUR), { now: '2024-01-01T14:20:00.000Z' })).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'hour 2024-01-01T10 ended 3 h 20 min ago, and tweets may still come to it',
    })
    await expect(compactIn(lake, named(HOUR), { now: '2024-01-01T10:20:00.000Z' })).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'hour 2024-01-01T10 is not over, and tweets may still come to it',
    })
    await expect(compactIn(lake, named(NEXT))).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'the lake holds no tweets of hour 2024-01-01T11',
    })
    lake.files.delete(manifestPath(HOUR))
    await expect(compactIn(lake, named(HOUR))).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'hour 2024-01-01T10 is not consolidated, or tweets came to it since',
      hint: 'run `twdw consolidate --hour 2024-01-01T10` first',
    })
  })

  it('leaves an hour with a file that cannot be read as it is, names the file, and does the others', async () => {
    const lake = await manySegments({ [HOUR]: 3, [NEXT]: 3 })
    const damaged = layer1Path(HOUR, 'segment-1')
    const bytes = lake.files.get(damaged)!.slice()
    bytes.fill(0x5a, 4, 400)
    lake.files.set(damaged, bytes)
    const log = memoryLog()
    await expect(compactIn(lake, {}, { log })).rejects.toMatchObject({
      code: 'E_LAKE',
      message: expect.stringMatching(/^memory\/layer1\/.*segment-1\.parquet is not a readable Parquet file: /),
    })
    expect(segmentsIn(lake)).toEqual(['segment-0', 'segment-1', 'segment-2'])
    expect(segmentsIn(lake, NEXT)).toHaveLength(1)
    expect([...lake.files.keys()].filter(path => path.includes('compact'))).toEqual([])
    expect(log.sentences().join()).toMatch(/hour 2024-01-01T10 is left as it is: /)
  })

  it('leaves files of other columns than this version writes as they are', async () => {
    const lake = await manySegments({ [HOUR]: 2 })
    const path = layer1Path(HOUR, 'segment-1')
    const tables = openTables(lake)
    const table = (await tables.read(path))!
    const names = table.schema.names as string[]
    await tables.write(path, table.select(names.toReversed()), { repeating: [] })
    await run(lake)
    await expect(compactIn(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: expect.stringContaining('it has other columns, or has them in another order'),
    })
    expect(segmentsIn(lake)).toEqual(['segment-0', 'segment-1'])
  })

  it('is kept out by a consolidate, and keeps one out', async () => {
    const lake = await manySegments({ [HOUR]: 2 })
    const release = await lake.door('a consolidate').lock('consolidate')
    await expect(compactIn(lake)).rejects.toMatchObject({ code: 'E_LAKE', message: /held by a consolidate/ })
    expect(await compactIn(lake, { dryRun: true })).toMatchObject({ hours: [{ hour: HOUR }] })
    await release()
    await compactIn(lake)
  })

  it('ends between two hours when it is stopped', async () => {
    const lake = await manySegments({ [HOUR]: 2, [NEXT]: 2 })
    const stop = new AbortController()
    const { remove } = lake
    lake.remove = async path => {
      stop.abort()
      await remove(path)
    }
    await expect(compactIn(lake, {}, { signal: stop.signal })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
      message: 'stopped compacting after 1 of 2 hours; the next is 2024-01-01T10',
    })
    expect(segmentsIn(lake)).toHaveLength(2)
    expect(segmentsIn(lake, NEXT)).toHaveLength(1)
    expect(lake.files.has(compactionPath(NEXT))).toBe(false)
  })

  it('begins no hour after its time, does one in any case, and goes on with the older ones next time', async () => {
    const lake = await manySegments({ [HOUR]: 2, [NEXT]: 2, '2024-01-01T12': 2 })
    let nowMs = Date.parse(CONSOLIDATED_AT)
    const clock = { ...fixedClock(CONSOLIDATED_AT), nowMs: () => (nowMs += 60_000) }
    const hours = async (maxMs: number) => {
      const report = await compactIn(lake, { maxMs }, { clock })
      return [report.hours.map(({ hour }) => hour), report.left]
    }
    expect(await hours(0)).toEqual([['2024-01-01T12'], 2])
    expect(await hours(240_000)).toEqual([[HOUR, NEXT], 0])
    expect(await hours(0)).toEqual([[], 0])
  })

  const denied = (path: string) =>
    diskError(`${path} cannot be written`, Object.assign(new Error(), { code: 'EACCES' }))

  it('leaves nothing behind of an hour that another account has stored, and does older ones', async () => {
    const lake = await manySegments({ [HOUR]: 2, [NEXT]: 2 })
    const { write } = lake
    lake.write = (path, bytes) =>
      path.startsWith(layer1Folder(NEXT)) ? Promise.reject(denied(path)) : write(path, bytes)
    await expect(compactIn(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: expect.stringMatching(/utc_hour=11.* cannot be written: /),
    })
    expect([segmentsIn(lake).length, segmentsIn(lake, NEXT).length]).toEqual([1, 2])
    expect([...lake.files.keys()].filter(path => path.includes('compact'))).toEqual([])
  })

  it('tries no more where eight hours in a row could not be done', async () => {
    const hours = Array.from({ length: 10 }, (_, i) => `2024-01-01T${10 + i}`)
    const lake = await manySegments(Object.fromEntries(hours.map(hour => [hour, 2])))
    const { write } = lake
    lake.write = (path, bytes) => (path.includes('merged') ? Promise.reject(denied(path)) : write(path, bytes))
    const log = memoryLog()
    await expect(compactIn(lake, {}, { log })).rejects.toMatchObject({
      message: expect.stringMatching(/^8 of 8 hours could not be compacted; the first: .*utc_hour=19/),
    })
    expect(log.sentences()).toHaveLength(8)
  })

  it('begins no other hour where a store lets nothing be removed, and hours are consolidated all the same', async () => {
    const lake = await manySegments({ [HOUR]: 2, [NEXT]: 2 })
    const facts = await factsIn(lake)
    const { remove } = lake
    const refused = new TwdwError('E_REFUSED', 'AccessDenied')
    lake.remove = path => (path.startsWith('layer1/tweets') ? Promise.reject(refused) : remove(path))
    for (let n = 0; n < 2; n++) await expect(compactIn(lake)).rejects.toBe(refused)
    expect([segmentsIn(lake).length, segmentsIn(lake, NEXT).length]).toEqual([2, 3])
    expect(await factsIn(lake)).toBe(facts)
    const log = memoryLog()
    await addLayer1(lake, HOUR, 'late', someRows(HOUR, 9))
    expect((await run(lake, {}, { log })).hours.map(({ hour }) => hour)).toEqual([HOUR, NEXT])
    expect(log.sentences()).toContain('AccessDenied')
    const more = await factsIn(lake)
    lake.remove = remove
    expect((await compactIn(lake)).hours.map(({ hour }) => hour)).toEqual([HOUR])
    await run(lake)
    await compactIn(lake)
    expect([segmentsIn(lake).length, segmentsIn(lake, NEXT).length]).toEqual([1, 1])
    expect(await factsIn(lake)).toBe(more)
  })

  it('leaves large files, and fills others one after the other', async () => {
    const lake = await manySegments({ [HOUR]: 5 })
    const listed = lake.list
    // as if each had been so long; what is written is as long as it is
    const LONG: Record<string, number> = {
      'segment-0': 0.6,
      'segment-1': 0.45,
      'segment-2': 0.45,
      'segment-3': 0.3,
      'segment-4': 0.3,
    }
    lake.list = async prefix =>
      (await listed(prefix)).map(entry => ({
        ...entry,
        bytes: MAX_MERGED_BYTES * (LONG[segmentOfPath(entry.path)] ?? entry.bytes / MAX_MERGED_BYTES),
      }))
    await run(lake, { rebuild: true })
    const facts = await factsIn(lake)
    expect((await compactIn(lake)).hours).toMatchObject([{ filesBefore: 5, filesAfter: 3 }])
    expect(segmentsIn(lake)).toEqual([
      'segment-0',
      expect.stringMatching(/^segment-1\.merged/),
      expect.stringMatching(/^segment-3\.merged/),
    ])
    expect((await run(lake)).hours).toEqual([])
    lake.list = listed
    await run(lake, { rebuild: true })
    expect(await factsIn(lake)).toBe(facts)
  })

  it('removes nothing where what it wrote cannot be read back', async () => {
    const lake = await manySegments({ [HOUR]: 3 })
    const facts = await factsIn(lake)
    const { write } = lake
    lake.write = (path, bytes) => write(path, path.includes('merged') ? bytes.slice(0, -9) : bytes)
    await expect(compactIn(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: expect.stringMatching(/merged-\w+\.parquet was just written and cannot be read back$/),
    })
    expect(segmentsIn(lake)).toEqual(['segment-0', 'segment-1', 'segment-2'])
    expect((await run(lake)).hours).toEqual([])
    expect(await factsIn(lake)).toBe(facts)
  })

  it('says so where what was merged is damaged and what it was made of is gone, and does the other hours', async () => {
    const lake = await manySegments({ [HOUR]: 3 })
    await compactIn(lake)
    const merged = layer1Path(HOUR, segmentsIn(lake)[0]!)
    for (const segment of ['other-0', 'other-1']) await addLayer1(lake, NEXT, segment, someRows(NEXT))
    const compaction = {
      format: 1,
      hour: HOUR,
      merged: { path: merged, bytes: 1, rows: 6 },
      segments: [{ path: layer1Path(HOUR, 'segment-0'), bytes: 1 }],
    }
    lake.files.set(compactionPath(HOUR), new TextEncoder().encode(JSON.stringify(compaction)))
    lake.files.set(merged, new Uint8Array(9))
    await expect(run(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: expect.stringContaining(`memory/${merged} `),
    })
    expect(lake.files.has(manifestPath(NEXT))).toBe(true)
    await expect(compactIn(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: expect.stringContaining(`memory/${merged} is damaged: `),
    })
    const others = [...lake.files.keys()].filter(path => path.startsWith(layer1Folder(NEXT)))
    expect(others).toEqual([expect.stringMatching(/merged-\w+\.parquet$/)])
    expect(lake.files.has(merged)).toBe(true)
  })

  it('does not show rows twice to who asks for layer1 while it is at work', async () => {
    const lake = await manySegments({ [HOUR]: 3 })
    const seen: number[] = []
    const { remove, write } = lake
    const look = async () => {
      const plan = { range: ALL_HOURS.range, batchOnly: false, wantsLayer1: true, timeZone: ALL_HOURS.timeZone }
      const state = await readLakeState(plan, { lake, liveTables: async () => new Map() })
      const tables = openTables(lake)
      const files = await Promise.all(state.inputs.get(HOUR)!.map(({ path }) => tables.read(path, ['tweet_id'])))
      seen.push(files.reduce((sum, table) => sum + (table?.numRows ?? 0), 0))
    }
    lake.write = (path, bytes) => write(path, bytes).then(look)
    lake.remove = path => remove(path).then(look)
    await compactIn(lake)
    expect(seen).toEqual(Array.from({ length: 7 }, () => 6))
  })
})

describe('what was replayed', () => {
  const put = (lake: MemoryLake, record: SessionRecord) =>
    lake.files.set(sessionPath(record.session), new TextEncoder().encode(sessionToText(record)))
  const segmentAt = (time: string, n = 0) => `20260921T${time.replace(/\D/g, '').padEnd(6, '0')}000Z-0000000${n}`
  const replay = { source: 'replay' as const, rules: [], tags: [] }

  it('is known as before: segments of two replays stay apart, those of X and beside it go together', async () => {
    const lake = createMemoryLake()
    const sessions = [
      sessionRecord('09:00', '09:30', { ...replay }),
      sessionRecord('10:00', '10:30', { ...replay }),
      sessionRecord('11:00', '12:00'),
      sessionRecord('11:30', '11:40', { ...replay }),
      sessionRecord('12:30', '12:40'),
    ]
    for (const record of sessions) put(lake, record)
    const segments = ['08:00', '08:10', '09:01', '09:02', '10:01', '10:02', '11:01', '11:35', '11:36', '12:31']
    for (const [n, time] of segments.entries()) await addLayer1(lake, HOUR, segmentAt(time), someRows(HOUR, n % 10))
    await addLayer1(lake, NEXT, segmentAt('09:02'), someRows(NEXT, 1))
    await addLayer1(lake, NEXT, segmentAt('09:03'), someRows(NEXT, 2))
    await run(lake)
    const stored = () => [HOUR, NEXT].flatMap(hour => segmentsIn(lake, hour).map(segment => ({ segment, hour })))
    const spansBefore = spansOfFiles(sessions, stored())
    await compactIn(lake)
    expect(segmentsIn(lake).map(segment => segment.slice(9, 13))).toEqual(['0800', '0901', '1001', '1101'])
    const spansAfter = spansOfFiles(sessions, stored())
    expect(spansAfter).toEqual(spansBefore)
    expect(spansAfter.length).toBeGreaterThan(0)
    expect(coveredBy({ sessions, files: spansAfter, hours: [], nowMs: 0 }).known(undefined)).toEqual(
      coveredBy({ sessions, files: spansBefore, hours: [], nowMs: 0 }).known(undefined),
    )
  })

  it('is merged one after the other, and where the time is over the next run goes on', async () => {
    const lake = createMemoryLake()
    for (const [from, to] of [
      ['09:00', '09:30'],
      ['10:00', '10:30'],
    ] as const)
      put(lake, sessionRecord(from, to, replay))
    for (const [n, time] of ['09:01', '09:02', '10:01', '10:02'].entries()) {
      await addLayer1(lake, HOUR, segmentAt(time), someRows(HOUR, n))
    }
    await run(lake)
    const facts = await factsIn(lake)
    expect(await compactIn(lake, { maxMs: 0 })).toMatchObject({ hours: [{ filesBefore: 4, filesAfter: 3 }], left: 1 })
    expect((await run(lake)).hours).toEqual([])
    expect(await compactIn(lake, { maxMs: 0 })).toMatchObject({ hours: [{ filesBefore: 3, filesAfter: 2 }], left: 0 })
    expect(await factsIn(lake)).toBe(facts)
  })

  it('is not guessed at where a record is damaged', async () => {
    const lake = await manySegments({ [HOUR]: 2 })
    lake.files.set('layer1/sessions/a.json', new TextEncoder().encode('{'))
    await expect(compactIn(lake)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'the session record layer1/sessions/a.json is damaged: it is not JSON',
    })
    expect(segmentsIn(lake)).toHaveLength(2)
  })
})

describe('whatever the segments are', { timeout: 120_000 }, () => {
  it('layer2 is the same from what was merged, and layer1 has the same rows', async () => {
    await fc.assert(
      fc.asyncProperty(anyLayer1, fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }), async (job, origins) => {
        const lake = createMemoryLake()
        for (const n of new Set(origins)) {
          const times = { session: `s${n}`, ...{ source: 'replay' as const, rules: [], tags: [] } }
          const record = sessionRecord('10:00', '10:01', times)
          lake.files.set(sessionPath(record.session), new TextEncoder().encode(sessionToText(record)))
        }
        for (const { hour, files } of job.hours) {
          for (const [i, rows] of files.entries()) {
            if (rows.length > 0) await addLayer1(lake, hour, `s${origins[i]}-${i}`, rows)
          }
        }
        const plan = { timeZone: job.timeZone }
        const more = { now: '9999-12-31T23:59:59.999Z' }
        await run(lake, plan, more)
        const start = copyOf(lake)
        await compactIn(lake, plan, more)
        expect((await run(lake, plan, more)).hours).toEqual([])
        await run(lake, { ...plan, rebuild: true }, more)
        for (const { hour } of job.hours) {
          const sorted = async (one: MemoryLake) => (await rowsIn(one, hour)).sort()
          expect(await sorted(lake)).toEqual(await sorted(start))
          const paths = [
            ...HOURLY_TABLES.map(table => hourlyPath(table, hour)),
            dailyPath('agg_hashtag_hour', hour.slice(0, 10)),
          ]
          for (const path of paths) expect(lake.files.get(path)).toEqual(start.files.get(path))
        }
      }),
      { numRuns: 40 },
    )
  })
})
