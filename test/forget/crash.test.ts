import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { contentOf, copyOf, run } from '../support/consolidate-lake.ts'
import {
  filesWith,
  forgetIn,
  journalLines,
  type MadeTweet,
  madeLine,
  profileOf,
  storeLines,
  textOf,
} from '../support/forget-lake.ts'
import { createMemoryLake, type MemoryLake } from '../support/memory-lake.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const HOUR = '2024-01-01T10' as Hour
const NEXT = '2024-01-01T11' as Hour

const gone: MadeTweet = { id: '1741765000000101001', hour: HOUR, author: '501' }
const other: MadeTweet = { id: '1741765000000101002', hour: NEXT, author: '502' }
const retweet: MadeTweet = {
  id: '1741765000000101003',
  hour: NEXT,
  author: '502',
  of: { type: 'retweeted', tweet: gone },
}
const quote: MadeTweet = { id: '1741765000000101004', hour: NEXT, author: '503', of: { type: 'quoted', tweet: gone } }
const NEEDLES = [textOf(gone.id), profileOf('501')]
const IDS = { tweets: ['7'], users: ['501'] }

/** An hour that loses its only tweet, one that loses some, and rejected lines; all in layer2, some in two segments. */
async function start(): Promise<MemoryLake> {
  const lake = createMemoryLake()
  await storeLines(lake, 'segment-1', [
    ...[gone, other, retweet].map(madeLine),
    `{"data":{"author_id":"501","text":"${textOf(gone.id)}`,
  ])
  await storeLines(lake, 'segment-2', [retweet, quote].map(madeLine))
  await run(lake)
  return lake
}

describe('forgetting that is cut off', () => {
  it('at whatever change of the lake, is completed by the next run, which leaves the same bytes', async () => {
    const begun = await start()
    expect(await filesWith(begun, NEEDLES)).not.toEqual([])
    const undisturbed = copyOf(begun)
    await forgetIn(undisturbed, IDS)
    expect(await filesWith(undisturbed, NEEDLES)).toEqual([])
    expect(undisturbed.changes).toBeGreaterThan(20)

    for (let failsFrom = 1; failsFrom <= undisturbed.changes; failsFrom++) {
      const lake = copyOf(begun)
      lake.failsFrom = failsFrom
      await expect(forgetIn(lake, IDS)).rejects.toMatchObject({ code: 'E_LAKE' })
      lake.failsFrom = Number.POSITIVE_INFINITY
      await forgetIn(lake, IDS)
      expect(contentOf(lake)).toEqual(contentOf(undisturbed))
    }
  })

  it('is in nothing that is consolidated once its tombstones are written, and the rest goes with the next run', async () => {
    const begun = await start()
    const undisturbed = copyOf(begun)
    await forgetIn(undisturbed, IDS)
    // two files of tombstones: of what was asked for, and of what was met
    expect(undisturbed.history.slice(0, 2).every(change => change.startsWith('+layer1/forgotten/'))).toBe(true)
    for (let failsFrom = 3; failsFrom <= undisturbed.changes; failsFrom += 3) {
      const lake = copyOf(begun)
      lake.failsFrom = failsFrom
      await expect(forgetIn(lake, IDS)).rejects.toMatchObject({ code: 'E_LAKE' })
      lake.failsFrom = Number.POSITIVE_INFINITY
      // the timer comes first, then somebody who has something else to forget
      await run(lake, { rebuild: true })
      const inLayer2 = (await filesWith(lake, NEEDLES)).filter(text => text.startsWith('layer2/'))
      expect(inLayer2).toEqual([])
      await forgetIn(lake, { tweets: ['8'] })
      expect(await filesWith(lake, NEEDLES)).toEqual([])
      const layer2 = (one: MemoryLake) => Object.entries(contentOf(one)).filter(([path]) => path.startsWith('layer2/'))
      expect(layer2(lake)).toEqual(layer2(undisturbed))
    }
  })

  it('leaves an hour pending from the first of its files on, though a file should come out as long as it was', async () => {
    const alike = (lake: MemoryLake) => {
      const { list } = lake
      lake.list = async prefix => (await list(prefix)).map(({ path }) => ({ path, bytes: 1_000 }))
      return lake
    }
    const lake = alike(createMemoryLake())
    await storeLines(lake, 'segment-1', [gone, other, quote].map(madeLine))
    await run(lake)
    const undisturbed = alike(copyOf(lake))
    await forgetIn(undisturbed, IDS)
    const lastOfLayer1 = undisturbed.history.findLastIndex(change => change.includes('layer1/tweets/'))
    // the change that comes next
    lake.failsFrom = lastOfLayer1 + 2
    lake.changes = 0
    await expect(forgetIn(lake, IDS)).rejects.toMatchObject({ code: 'E_LAKE' })
    lake.failsFrom = Number.POSITIVE_INFINITY
    expect((await run(lake)).hours.map(({ hour }) => hour)).toEqual([HOUR, NEXT])
    expect(await filesWith(lake, NEEDLES)).toEqual([])
    expect(contentOf(lake)).toEqual(contentOf(undisturbed))
  })

  it('while it stores what was left in the journal, finds it there again', () =>
    withTempFolder(async folder => {
      const begin = async () => {
        await (await journalLines(folder, [gone, other, quote].map(madeLine)))()
        return createMemoryLake()
      }
      const undisturbed = await begin()
      await forgetIn(undisturbed, IDS, { journal: folder })
      expect(undisturbed.changes).toBe(3)
      for (let failsFrom = 1; failsFrom <= undisturbed.changes; failsFrom++) {
        const lake = await begin()
        lake.failsFrom = failsFrom
        await expect(forgetIn(lake, IDS, { journal: folder })).rejects.toMatchObject({ code: 'E_LAKE' })
        lake.failsFrom = Number.POSITIVE_INFINITY
        await forgetIn(lake, IDS, { journal: folder })
        expect(await filesWith(lake, NEEDLES, folder)).toEqual([])
        expect(await filesWith(lake, [textOf(other.id), textOf(quote.id)])).toHaveLength(2)
        expect(await readdir(folder)).toEqual([])
      }
    }))
})
