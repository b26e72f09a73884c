import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { layer1Folder, layer1Path, rejectedPath } from '../../src/lib/domain/paths.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { contentOf, run } from '../support/consolidate-lake.ts'
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
const LATER = '2024-01-02T09' as Hour

const ANA = '5010000000000000001'
const BO = '5010000000000000002'
const CY = '5010000000000000003'

const gone: MadeTweet = { id: '1741765000000101001', hour: HOUR, author: ANA }
const other: MadeTweet = { id: '1741765000000101002', hour: HOUR, author: BO }
const retweet: MadeTweet = { id: '1741765000000111003', hour: NEXT, author: BO, of: { type: 'retweeted', tweet: gone } }
const quote: MadeTweet = { id: '1741765000000111004', hour: NEXT, author: CY, of: { type: 'quoted', tweet: gone } }
const reply: MadeTweet = { id: '1741765000000111005', hour: NEXT, author: BO, of: { type: 'replied_to', tweet: other } }
/** the only tweet of its hour */
const lean: MadeTweet = {
  id: '1741765000000111006',
  hour: LATER,
  author: CY,
  of: { type: 'retweeted', tweet: gone },
  isLean: true,
}
const ALL = [gone, other, retweet, quote, reply, lean]

async function lakeWith(tweets: readonly MadeTweet[]): Promise<MemoryLake> {
  const lake = createMemoryLake()
  await storeLines(lake, 'segment-1', tweets.map(madeLine))
  await run(lake)
  return lake
}

async function idsIn(lake: Lake, prefix: string): Promise<string[]> {
  const files = await lake.list(prefix)
  const tables = await Promise.all(files.map(({ path }) => openTables(lake).read(path, ['tweet_id'])))
  return tables.flatMap(table => [...(table?.getChild('tweet_id') ?? [])].map(String)).sort()
}

const withoutTombstones = (files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('layer1/forgotten/')))

describe('forgetting a tweet', () => {
  it('leaves nothing of what a job on a Spark left that was killed', async () => {
    const lake = await lakeWith(ALL)
    const path = '_scratch/job-1/star_rows/part-0.parquet'
    lake.files.set(path, lake.files.get(layer1Path(HOUR, 'segment-1'))!)
    await forgetIn(lake, { tweets: [gone.id] }, { dryRun: true })
    expect(lake.files.has(path)).toBe(true)
    await forgetIn(lake, { tweets: [gone.id] })
    expect([...lake.files.keys()].filter(each => each.startsWith('_scratch/'))).toEqual([])
  })

  it('removes it and its retweets, cuts it out of what quotes it, and consolidates what changed', async () => {
    const lake = await lakeWith(ALL)
    const report = await forgetIn(lake, { tweets: [gone.id] })
    expect(report).toEqual({
      dryRun: false,
      tweets: 1,
      users: 0,
      tombstones: { tweets: 1, users: 0 },
      layer1: { removed: 3, retweets: 2, cut: 1, files: 3 },
      rejected: 0,
      layer2: { removed: 3, hours: [HOUR, NEXT, LATER] },
      journal: { lines: 0, stored: 0, damaged: 0, left: 0 },
      seconds: 0,
    })
    expect(await filesWith(lake, [textOf(gone.id)])).toEqual([])
    const left = [other, quote, reply].map(({ id }) => id)
    expect(await idsIn(lake, 'layer1/tweets/')).toEqual(left)
    expect(await idsIn(lake, 'layer2/fact_tweet/')).toEqual(left)
    // an hour that lost its last tweet is gone from everywhere
    expect((await lake.list('')).filter(({ path }) => path.includes('2024-01-02'))).toEqual([])
    // the author did not ask to be forgotten, and is known from the quote's line
    expect(await filesWith(lake, [profileOf(ANA)])).toEqual([`${layer1Path(NEXT, 'segment-1')}: ${profileOf(ANA)}`])
    // whoever refers to it still does
    expect((await filesWith(lake, [gone.id])).map(text => text.split(':')[0])).toEqual([
      expect.stringMatching(/^layer1\/forgotten\/[0-9a-f]{32}\.json$/),
      layer1Path(NEXT, 'segment-1'),
      'layer2/fact_tweet/utc_date=2024-01-01/utc_hour=11/part-0.parquet',
    ])
  })

  it('leaves a lake as it would be had the tweet never come', async () => {
    const lake = await lakeWith(ALL)
    await forgetIn(lake, { tweets: [gone.id] })
    const never = createMemoryLake()
    await storeLines(never, 'segment-1', [other, reply].map(madeLine))
    const expected = await openTables(lake).read(layer1Path(NEXT, 'segment-1'))
    expect(expected?.numRows).toBe(2)
    await run(never)
    const star = (files: Record<string, string>) =>
      Object.entries(files).filter(([path]) => path.startsWith('layer2/') && path.includes('utc_hour=10'))
    expect(star(contentOf(lake))).toEqual(star(contentOf(never)))
  })

  it('finds nothing the second time, and changes nothing', async () => {
    const lake = await lakeWith(ALL)
    await forgetIn(lake, { tweets: [gone.id] })
    const before = lake.changes
    const again = await forgetIn(lake, { tweets: [gone.id] })
    expect(again).toMatchObject({
      layer1: { removed: 0, retweets: 0, cut: 0, files: 0 },
      rejected: 0,
      layer2: { removed: 0, hours: [] },
    })
    expect(lake.changes).toBe(before)
  })

  it('says in a dry run what would go, and writes nothing', async () => {
    const lake = await lakeWith(ALL)
    const before = lake.changes
    expect(await forgetIn(lake, { tweets: [gone.id] }, { dryRun: true })).toMatchObject({
      dryRun: true,
      layer1: { removed: 3, retweets: 2, cut: 1, files: 3 },
      layer2: { removed: 3, hours: [HOUR, NEXT, LATER] },
    })
    expect(lake.changes).toBe(before)
  })

  it('keeps it out when the same lines are stored again, under any name', async () => {
    const lake = await lakeWith(ALL)
    await forgetIn(lake, { tweets: [gone.id] })
    const forgotten = contentOf(lake)
    for (const segment of ['segment-1', 'segment-2']) await storeLines(lake, segment, ALL.map(madeLine))
    expect(await filesWith(lake, [textOf(gone.id)])).toEqual([])
    await run(lake)
    expect(await filesWith(lake, [textOf(gone.id)])).toEqual([])
    expect(await idsIn(lake, 'layer2/fact_tweet/')).toEqual([other, quote, reply].map(({ id }) => id))
    expect(Object.keys(contentOf(lake))).toEqual(expect.arrayContaining(Object.keys(forgotten)))
  })

  it('takes all versions of an edited tweet, whichever was named', async () => {
    const versions = ['1741765000000101011', '1741765000000101012', '1741765000000101013']
    const edited = versions.map((id, n) => ({ id, hour: HOUR, author: BO, versions: versions.slice(0, n + 1) }))
    for (const named of versions) {
      const lake = await lakeWith([...edited, other])
      const report = await forgetIn(lake, { tweets: [named] })
      expect(report).toMatchObject({ tombstones: { tweets: 3 }, layer1: { removed: 3, retweets: 0 } })
      expect(await filesWith(lake, versions.map(textOf))).toEqual([])
    }
  })

  it('leaves hours that were not consolidated to consolidate', async () => {
    const lake = createMemoryLake()
    await storeLines(lake, 'segment-1', ALL.map(madeLine))
    expect((await forgetIn(lake, { tweets: [gone.id] })).layer2).toEqual({ removed: 0, hours: [] })
    expect(await lake.list('layer2/')).toEqual([])
    expect(await filesWith(lake, [textOf(gone.id)])).toEqual([])
  })

  it('is refused while another process consolidates, before anything is done', async () => {
    const lake = await lakeWith(ALL)
    await lake.door('twdw consolidate, process 7').lock('consolidate')
    const before = lake.changes
    await expect(forgetIn(lake, { tweets: [gone.id] })).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'memory/_locks/consolidate is held by twdw consolidate, process 7',
    })
    expect(lake.changes).toBe(before)
  })
})

describe('forgetting a user', () => {
  const second: MadeTweet = { id: '1741765000000101007', hour: HOUR, author: ANA }
  /** X did not say by whom the original was */
  const nameless: MadeTweet = { ...lean, id: '1741765000000111008', of: { type: 'retweeted', tweet: second } }
  const everything = [...ALL, second, nameless]

  it('removes all that the user wrote, what repeats it, and the profile wherever it stands', async () => {
    const lake = await lakeWith(everything)
    const report = await forgetIn(lake, { users: [ANA] })
    expect(report).toMatchObject({
      tombstones: { tweets: 2, users: 1 },
      layer1: { removed: 5, retweets: 3, cut: 1 },
      layer2: { removed: 5, hours: [HOUR, NEXT, LATER] },
    })
    expect(await filesWith(lake, [textOf(gone.id), textOf(second.id), profileOf(ANA)])).toEqual([])
    expect(await idsIn(lake, 'layer2/fact_tweet/')).toEqual([other, quote, reply].map(({ id }) => id))
    // others are whole
    expect(await filesWith(lake, [textOf(quote.id)])).toHaveLength(2)
    expect((await filesWith(lake, [profileOf(BO)])).length).toBeGreaterThan(1)
  })

  it('knows a retweet by the original that another line told of', async () => {
    const bare = JSON.parse(madeLine(nameless))
    delete bare.data.entities
    const lake = createMemoryLake()
    await storeLines(lake, 'segment-1', [JSON.stringify(bare)])
    await storeLines(lake, 'segment-2', [madeLine({ ...quote, of: { type: 'quoted', tweet: second } })])
    await run(lake)
    expect(await forgetIn(lake, { users: [ANA] })).toMatchObject({ layer1: { removed: 1, retweets: 1, cut: 1 } })
    expect(await filesWith(lake, [textOf(second.id), profileOf(ANA)])).toEqual([])
    // and by then also without the line that told
    await storeLines(lake, 'segment-3', [JSON.stringify(bare)])
    expect(await filesWith(lake, [textOf(second.id)])).toEqual([])
  })

  it('does not touch what others wrote about the user', async () => {
    const about = JSON.parse(madeLine(other))
    about.data.text = `hello @name${ANA}`
    about.data.entities.mentions = [{ start: 6, end: 9, username: `name${ANA}`, id: ANA }]
    const lake = createMemoryLake()
    await storeLines(lake, 'segment-1', [JSON.stringify(about)])
    const before = withoutTombstones(contentOf(lake))
    expect(await forgetIn(lake, { users: [ANA] })).toMatchObject({ layer1: { removed: 0, cut: 0 } })
    expect(withoutTombstones(contentOf(lake))).toEqual(before)
  })
})

describe('forgetting what is no tweet of the lake', () => {
  it('removes rejected lines that hold the id, and keeps the others', async () => {
    const lake = createMemoryLake()
    await storeLines(lake, 'segment-1', [`{"data":{"id":"${gone.id}","text":"torn`, '{"limit":{"track":7}}'])
    await storeLines(lake, 'segment-2', [`{"delete":{"status":{"id":${gone.id}}}}`])
    expect(await forgetIn(lake, { tweets: [gone.id] })).toMatchObject({ rejected: 2 })
    expect((await lake.list('layer1/rejected/')).map(({ path }) => path)).toEqual([rejectedPath('segment-1')])
    const left = await openTables(lake).read(rejectedPath('segment-1'), ['line'])
    expect([...left!.getChild('line')!]).toEqual(['{"limit":{"track":7}}'])
    // and does not take them in again
    await storeLines(lake, 'segment-2', [`{"delete":{"status":{"id":${gone.id}}}}`])
    expect(await lake.list(rejectedPath('segment-2'))).toEqual([])
    expect(await forgetIn(lake, { tweets: [gone.id] })).toMatchObject({ rejected: 0 })
  })

  it('reads rejected lines that are not UTF-8', async () => {
    const lake = createMemoryLake()
    const latin1 = (text: string) => Uint8Array.from(text, char => char.charCodeAt(0))
    await storeLines(lake, 'segment-1', [latin1(`{"id":"${gone.id}","text":"olá"}`), latin1('{"id":"7","text":"olá"}')])
    expect(await forgetIn(lake, { tweets: [gone.id] })).toMatchObject({ rejected: 1 })
    const left = await openTables(lake).read(rejectedPath('segment-1'), ['line', 'line_base64'])
    expect([...left!].map(row => row?.toJSON())).toEqual([
      { line: null, line_base64: latin1('{"id":"7","text":"olá"}').toBase64() },
    ])
  })

  it('keeps away a tweet that has not come yet', async () => {
    const lake = await lakeWith([other])
    expect(await forgetIn(lake, { tweets: [gone.id] })).toMatchObject({
      tombstones: { tweets: 1 },
      layer1: { removed: 0 },
    })
    await storeLines(lake, 'segment-2', [gone, retweet, quote].map(madeLine))
    expect(await filesWith(lake, [textOf(gone.id)])).toEqual([])
    expect(await idsIn(lake, layer1Folder(NEXT))).toEqual([quote.id])
  })
})

describe('forgetting what the journal has', () => {
  it('stores what an earlier run left there, without it', () =>
    withTempFolder(async folder => {
      const lake = createMemoryLake()
      const close = await journalLines(folder, [gone, other].map(madeLine))
      await close()
      expect(await forgetIn(lake, { tweets: [gone.id] }, { journal: folder })).toMatchObject({
        journal: { lines: 1, stored: 1, damaged: 0, left: 0 },
      })
      expect(await readdir(folder)).toEqual([])
      expect(await filesWith(lake, [textOf(gone.id)], folder)).toEqual([])
      expect(await idsIn(lake, 'layer1/tweets/')).toEqual([other.id])
    }))

  it('waits for a running listener to seal, and says what it still has', () =>
    withTempFolder(async folder => {
      const lake = createMemoryLake()
      const close = await journalLines(folder, [gone, quote, other].map(madeLine))
      const first = await forgetIn(lake, { tweets: [gone.id] }, { journal: folder, waitMs: 0 })
      expect(first.journal).toEqual({ lines: 2, stored: 0, damaged: 0, left: 2 })
      const waiting = forgetIn(lake, { tweets: [gone.id] }, { journal: folder, waitMs: 60_000 })
      // what a listener does when it seals
      const [name] = (await readdir(folder)).filter(name => name.endsWith('.journal'))
      await storeLines(lake, name!.replace('.journal', ''), [gone, quote, other].map(madeLine))
      await rm(join(folder, name!))
      await close()
      expect((await waiting).journal.left).toBe(0)
      expect(await filesWith(lake, [textOf(gone.id)], folder)).toEqual([])
    }))

  it('removes a segment that was set aside and holds it, and no other', () =>
    withTempFolder(async folder => {
      const lake = createMemoryLake()
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'a.journal.damaged'), `\0\x01{"data":{"id":"${gone.id}","te`)
      await writeFile(join(folder, 'b.journal.damaged'), '\0\x01{"data":{"id":"7","te')
      expect((await forgetIn(lake, { tweets: [gone.id] }, { journal: folder, dryRun: true })).journal.damaged).toBe(1)
      expect((await forgetIn(lake, { tweets: [gone.id] }, { journal: folder })).journal.damaged).toBe(1)
      expect(await readdir(folder)).toEqual(['b.journal.damaged'])
    }))
})

describe('forgetting beside a listener that stores', () => {
  it('finds what was stored before it was known whose it is', async () => {
    const second: MadeTweet = { id: '1741765000000101007', hour: HOUR, author: ANA }
    const bare = JSON.parse(madeLine({ ...retweet, of: { type: 'retweeted', tweet: second }, isLean: true }))
    delete bare.data.entities
    const lake = await lakeWith([second, other])
    const { write } = lake
    let written = 0
    lake.write = async (path, bytes) => {
      written += path.startsWith('layer1/forgotten/') ? 1 : 0
      // published by a listener that knows the user's tombstone, and not yet that of the tweet that was met
      if (written === 2) {
        written += 1
        await storeLines(lake, 'segment-2', [JSON.stringify(bare)])
      }
      return write(path, bytes)
    }
    expect(await forgetIn(lake, { users: [ANA] })).toMatchObject({ layer1: { removed: 2, retweets: 1 } })
    expect(await filesWith(lake, [textOf(second.id)])).toEqual([])
  })
})
