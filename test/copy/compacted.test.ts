/** Copies of a lake that is compacted between two runs: a copy comes along, and no answer of it ever lacks a tweet. */
import { describe, expect, it } from 'vitest'
import { type CopyOrder, copyLake } from '../../src/lib/copy/copy.ts'
import { tombstonesToText } from '../../src/lib/domain/forget/forgotten.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { LAKE_FORMAT, lakeSettingsToText } from '../../src/lib/domain/lake-settings.ts'
import { LAKE_FILE, layer1Path } from '../../src/lib/domain/paths.ts'
import { side } from '../../src/lib/io/side.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { compactIn, factsIn, manySegments } from '../support/compact-lake.ts'
import { ALL_HOURS, addLayer1, contentOf, copyOf, run, someRows } from '../support/consolidate-lake.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { forgetIn } from '../support/forget-lake.ts'
import { Killed, killedLake } from '../support/killed-lake.ts'
import { createMemoryLake, type MemoryLake } from '../support/memory-lake.ts'
import { silentLog } from '../support/silent-log.ts'

const [HOUR, NEXT] = ['2024-01-01T10', '2024-01-01T11'] as [Hour, Hour]
const AS_IT_IS: CopyOrder = { mirror: false, discardNewer: false, dryRun: false }
const ports = { openTables: async (lake: MemoryLake) => openTables(lake), side, clock: fixedClock(), log: silentLog }
const copy = (from: MemoryLake, to: MemoryLake, order: Partial<CopyOrder> = {}) =>
  copyLake({ ...AS_IT_IS, ...order }, { ...ports, from, to } as Parameters<typeof copyLake>[1])

async function start(): Promise<MemoryLake> {
  const lake = await manySegments({ [HOUR]: 4, [NEXT]: 3 })
  const settings = { format: LAKE_FORMAT, id: 'abcd1234', timeZone: ALL_HOURS.timeZone } as const
  lake.files.set(LAKE_FILE, new TextEncoder().encode(lakeSettingsToText(settings)))
  return lake
}

/** Compact that dies at its n-th operation, and leaves what it has begun. */
async function compactUntil(lake: MemoryLake, operation: RegExp): Promise<void> {
  const operations: string[] = []
  await compactIn(killedLake(copyOf(lake), { at: Number.POSITIVE_INFINITY, when: 'after' }, operations))
  const at = operations.findIndex(name => operation.test(name)) + 1
  await expect(compactIn(killedLake(lake, { at, when: 'after' }))).rejects.toBeInstanceOf(Killed)
}

describe('a copy of a lake that was compacted since', { timeout: 60_000 }, () => {
  it.each([{}, { mirror: true }, { mirror: true, discardNewer: true }])('comes along, with %j', async order => {
    const [from, to] = [await start(), createMemoryLake()]
    await copy(from, to)
    const right = await factsIn(from)
    await compactIn(from)
    const dry = await copy(from, to, { ...order, dryRun: true })
    expect(dry).toMatchObject({ removed: 7, copied: 4 })
    expect(await copy(from, to, order)).toMatchObject({ removed: 7, copied: 4 })
    expect(contentOf(to)).toEqual(contentOf(from))
    expect(await factsIn(to)).toBe(right)
    expect(await copy(from, to, order)).toMatchObject({ removed: 0, copied: 0 })
  })

  it('has every tweet wherever it is cut off, and is completed by the next run', async () => {
    const [from, before] = [await start(), createMemoryLake()]
    await copy(from, before)
    const right = await factsIn(from)
    await compactIn(from)
    const undisturbed = copyOf(before)
    await copy(from, undisturbed)
    expect(undisturbed.changes).toBeGreaterThan(12)
    for (let failsFrom = 1; failsFrom <= undisturbed.changes; failsFrom++) {
      const to = copyOf(before)
      to.failsFrom = failsFrom
      await expect(copy(from, to)).rejects.toMatchObject({ code: 'E_LAKE' })
      to.failsFrom = Number.POSITIVE_INFINITY
      expect(await factsIn(to)).toBe(right)
      await copy(from, to)
      expect(contentOf(to)).toEqual(contentOf(from))
    }
  })

  it('goes on though its first run was cut off before it was a lake', async () => {
    const [from, to] = [await start(), createMemoryLake()]
    to.failsFrom = 6
    await expect(copy(from, to)).rejects.toMatchObject({ code: 'E_LAKE' })
    to.failsFrom = Number.POSITIVE_INFINITY
    await compactIn(from)
    await copy(from, to)
    expect(contentOf(to)).toEqual(contentOf(from))
  })

  it('loses what the lake forgot, and what was merged', async () => {
    const [from, to] = [await start(), createMemoryLake()]
    await copy(from, to)
    const { tweet_id: id } = someRows(HOUR, 1)[0]!
    await forgetIn(from, { tweets: [id] })
    await compactIn(from)
    await copy(from, to)
    expect(contentOf(to)).toEqual(contentOf(from))
    expect(await factsIn(to)).not.toContain(id)
  })

  it('keeps tweets that it alone has, though they stand beside what was merged', async () => {
    const [from, to] = [await start(), createMemoryLake()]
    await copy(from, to)
    await compactIn(from)
    from.files.set('layer1/forgotten/f.json', new TextEncoder().encode(tombstonesToText({ tweets: ['9'], users: [] })))
    await addLayer1(to, HOUR, 'own', [...someRows(HOUR, 0), ...someRows(HOUR, 7)])
    const before = contentOf(to)
    for (const order of [{}, { mirror: true }]) {
      await expect(copy(from, to, order)).rejects.toMatchObject({
        code: 'E_USAGE',
        message: `memory alone has 1 file of tweets or of sessions, ${layer1Path(HOUR, 'own')}; memory never forgot them`,
      })
    }
    expect(contentOf(to)).toEqual(before)
  })

  it('is right beside a compaction of the lake that was cut off, and after it was completed', async () => {
    for (const operation of [/^write .*compact/, /^write .*merged/, /^remove .*segment-1/, /^write .*hours/]) {
      const [from, to] = [await start(), createMemoryLake()]
      await copy(from, to)
      const right = await factsIn(from)
      await compactUntil(from, operation)
      await copy(from, to)
      expect([...to.files.keys()].filter(path => path.includes('compact'))).toEqual([])
      expect(await factsIn(to)).toBe(right)
      await run(from)
      await copy(from, to)
      expect(contentOf(to)).toEqual(contentOf(from))
    }
  })

  it('may have been compacted itself, also where that was cut off', async () => {
    for (const operation of [/^write .*merged/, /^remove .*segment-1/, /^write .*hours/, /nothing/]) {
      const [from, to] = [await start(), createMemoryLake()]
      await copy(from, to)
      if (operation.source === 'nothing') await compactIn(to)
      else await compactUntil(to, operation)
      await copy(from, to)
      expect(contentOf(to)).toEqual(contentOf(from))
    }
  })
})
