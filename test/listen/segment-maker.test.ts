import { describe, expect, it } from 'vitest'
import { tombstonesName, tombstonesToText } from '../../src/lib/domain/forget/forgotten.ts'
import { tombstonesPath } from '../../src/lib/domain/paths.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { BlockPool, RecordBlock } from '../../src/lib/io/journal-records.ts'
import { openTables, type Tables } from '../../src/lib/io/tables.ts'
import { makersOf } from '../support/makers.ts'
import { createMemoryLake, type MemoryLake } from '../support/memory-lake.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const HEADER = { source: 'replay', session: 's', tags: [], ruleNames: {} }
const HOURS = ['2024-01-01T10', '2024-01-01T11', '2024-01-01T12']
/** More than two tables of the first hour, more than one of the second, a few rows of the third. */
const LINES = Array.from({ length: 14_000 }, (_, n) => {
  const hour = n % 100 === 0 ? 2 : n % 3 === 0 ? 1 : 0
  return tweetLine(`${HOURS[hour]}:15:00.${String(Math.floor(n / 4096)).padStart(3, '0')}Z`, n % 4096)
})

function recordsOf(lines: readonly string[]) {
  const block = new RecordBlock(new BlockPool())
  block.add({ lines: lines.map(line => new TextEncoder().encode(line)), capturedAtMs: 1 })
  return block.records
}

/** The segment as it lies in the lake when its lines come in pieces of so many. */
async function madeInPieces(size: number, lines = LINES): Promise<MemoryLake> {
  const lake = createMemoryLake()
  const maker = makersOf(openTables(lake), lake)[0]!
  for (let start = 0; start < lines.length; start += size) {
    await maker.add('a', HEADER, recordsOf(lines.slice(start, start + size)))
  }
  await maker.publish('a', lines.length)
  return lake
}

async function idsIn(lake: MemoryLake, hour: string): Promise<string[]> {
  const [date, number] = hour.split('T')
  const table = await openTables(lake).read(`layer1/tweets/utc_date=${date}/utc_hour=${number}/a.parquet`, ['tweet_id'])
  return [...(table?.getChild('tweet_id') ?? [])].map(String)
}

describe('a segment maker', () => {
  it('has each line once, in the order of the lines, also where an hour is written piece by piece', async () => {
    const lake = await madeInPieces(1_000)
    for (const hour of HOURS) {
      const expected = LINES.map(line => JSON.parse(line).data).filter(({ created_at }) => created_at.startsWith(hour))
      expect(await idsIn(lake, hour)).toEqual(expected.map(({ id }) => id))
    }
  })

  it('makes the same files however the lines come, so that a crash is mended by the same bytes', async () => {
    const { files } = await madeInPieces(1_000)
    expect([...files.keys()].sort()).toHaveLength(3)
    for (const size of [14_000, 4_096, 777]) expect((await madeInPieces(size)).files).toEqual(files)
  })

  it('takes calls for one segment in their order, also when they are not waited for', async () => {
    const lake = createMemoryLake()
    const maker = makersOf(openTables(lake), lake)[0]!
    const added: Promise<unknown>[] = []
    for (let start = 0; start < LINES.length; start += 2_000) {
      added.push(maker.add('a', HEADER, recordsOf(LINES.slice(start, start + 2_000))))
    }
    expect(await maker.publish('a', 14_000)).toEqual({
      segment: 'a',
      tweets: 14_000,
      rejected: 0,
      forgotten: { tweets: 0, lines: 0 },
      hours: HOURS,
    })
    await Promise.all(added)
    expect(lake.files).toEqual((await madeInPieces(14_000)).files)
  })

  it('makes several segments at a time', async () => {
    const lake = createMemoryLake()
    const maker = makersOf(openTables(lake), lake)[0]!
    const some = LINES.slice(0, 6_000)
    await Promise.all(['a', 'b'].map(name => maker.add(name, HEADER, recordsOf(some))))
    await Promise.all(['a', 'b'].map(name => maker.publish(name, some.length)))
    const [a, b] = ['a', 'b'].map(name => [...lake.files].filter(([path]) => path.endsWith(`/${name}.parquet`)))
    expect(b!.map(([, bytes]) => bytes)).toEqual(a!.map(([, bytes]) => bytes))
    expect(await idsIn(lake, HOURS[0]!)).toHaveLength(some.filter(line => line.includes(`${HOURS[0]}:15`)).length)
  })

  it('forgets a segment that is half made, and one whose files the lake did not take', async () => {
    const lake = createMemoryLake()
    const tables = openTables(lake)
    let isOpen = false
    const guarded: Tables = {
      ...tables,
      async openWriter(...words) {
        const writer = await tables.openWriter(...words)
        const finish = async () => {
          if (!isOpen) throw new TwdwError('E_LAKE', 'the disk is full')
          return writer.finish()
        }
        return { ...writer, finish }
      },
    }
    const maker = makersOf(guarded, lake)[0]!
    await maker.add('a', HEADER, recordsOf(LINES.slice(0, 9_000)))
    await maker.forget('a')
    await maker.add('a', HEADER, recordsOf(LINES))
    await expect(maker.publish('a', 14_000)).rejects.toMatchObject({ message: 'the disk is full' })
    isOpen = true
    await maker.add('a', HEADER, recordsOf(LINES))
    expect(await maker.publish('a', 14_000)).toMatchObject({ tweets: 14_000 })
    expect(lake.files).toEqual((await madeInPieces(14_000)).files)
  })

  it('gives up every file that it has begun and does not finish', async () => {
    const tables = openTables(createMemoryLake())
    const ended: string[] = []
    const guarded: Tables = {
      ...tables,
      async openWriter(path, ...words) {
        const writer = await tables.openWriter(path, ...words)
        const end = (how: string) => ended.push(`${how} ${path.slice(-12, -10)}`)
        return {
          ...writer,
          async abort() {
            end('abort')
            await writer.abort()
          },
          async finish() {
            end('finish')
            throw new TwdwError('E_LAKE', 'the disk is full')
          },
        }
      },
    }
    const maker = makersOf(guarded)[0]!
    await maker.add('a', HEADER, recordsOf(LINES))
    await maker.forget('a')
    expect(ended.splice(0)).toEqual(['abort 10', 'abort 11'])
    await maker.add('a', HEADER, recordsOf(LINES))
    await expect(maker.publish('a', LINES.length)).rejects.toMatchObject({ message: 'the disk is full' })
    expect(ended).toEqual(['finish 10', 'abort 11'])
  })
})

describe('a segment maker, of what is forgotten', () => {
  const [FIRST, , LAST] = HOURS as [string, string, string]
  const idOf = (line: string): string => JSON.parse(line).data.id
  const inHour = (hour: string) => LINES.filter(line => JSON.parse(line).data.created_at.startsWith(hour)).map(idOf)
  const forgotten = [inHour(FIRST)[5]!, inHour(FIRST).at(-1)!, ...inHour(LAST)]
  const forget = (lake: MemoryLake, ids: readonly string[]) => {
    const text = tombstonesToText({ tweets: ids, users: [] })
    lake.files.set(tombstonesPath(tombstonesName(text)), new TextEncoder().encode(text))
  }

  async function expectForgotten(lake: MemoryLake): Promise<void> {
    const gone = new Set(forgotten)
    for (const hour of HOURS) expect(await idsIn(lake, hour)).toEqual(inHour(hour).filter(id => !gone.has(id)))
    expect([...lake.files.keys()].filter(path => path.includes(`utc_hour=${LAST.slice(11)}`))).toEqual([])
  }

  it('leaves it out, also from hours that are written piece by piece, and an hour that has nothing else has no file', async () => {
    const lake = createMemoryLake()
    forget(lake, forgotten)
    const maker = makersOf(openTables(lake), lake)[0]!
    for (let start = 0; start < LINES.length; start += 3_000) {
      await maker.add('a', HEADER, recordsOf(LINES.slice(start, start + 3_000)))
    }
    expect(await maker.publish('a', LINES.length)).toEqual({
      segment: 'a',
      tweets: 14_000,
      rejected: 0,
      forgotten: { tweets: forgotten.length, lines: 0 },
      hours: HOURS.slice(0, 2),
    })
    await expectForgotten(lake)
  })

  it('takes it out of what was encoded before it was forgotten', async () => {
    const lake = createMemoryLake()
    const maker = makersOf(openTables(lake), lake)[0]!
    await maker.add('a', HEADER, recordsOf(LINES))
    forget(lake, forgotten)
    expect(await maker.publish('a', LINES.length)).toMatchObject({
      forgotten: { tweets: forgotten.length },
      hours: HOURS.slice(0, 2),
    })
    await expectForgotten(lake)
    // and knows it by the next segment
    await maker.add('b', HEADER, recordsOf(LINES))
    expect(await maker.publish('b', LINES.length)).toMatchObject({ forgotten: { tweets: forgotten.length } })
  })

  it('takes it out of files that were written while it was forgotten, at whatever write', async () => {
    for (let nth = 1; nth <= 3; nth++) {
      const lake = createMemoryLake()
      const write = lake.write
      let writes = 0
      lake.write = async (path, bytes) => {
        writes += 1
        // whoever forgets has looked for files by now, and found those before
        if (writes === nth) forget(lake, forgotten)
        return write(path, bytes)
      }
      const maker = makersOf(openTables(lake), lake)[0]!
      await maker.add('a', HEADER, recordsOf(LINES))
      expect(await maker.publish('a', LINES.length)).toMatchObject({ forgotten: { tweets: forgotten.length } })
      await expectForgotten(lake)
    }
  })

  it('stores nothing while tombstones cannot be read, and all of it when they can', async () => {
    const lake = createMemoryLake()
    forget(lake, forgotten)
    const read = lake.read
    let isAway = true
    lake.read = async path => {
      if (isAway) throw new TwdwError('E_LAKE', 'the lake is away')
      return read(path)
    }
    const maker = makersOf(openTables(lake), lake)[0]!
    expect(await maker.add('a', HEADER, recordsOf(LINES))).toMatchObject({ tweets: 14_000 })
    await expect(maker.publish('a', LINES.length)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 'the lake is away',
    })
    expect([...lake.files.keys()].filter(path => path.endsWith('.parquet'))).toEqual([])
    isAway = false
    await maker.add('a', HEADER, recordsOf(LINES))
    await maker.publish('a', LINES.length)
    await expectForgotten(lake)
  })

  it('asks for nothing but a listing where nothing is forgotten', async () => {
    const lake = createMemoryLake()
    const [list, read] = [lake.list, lake.read]
    const asked: string[] = []
    lake.list = prefix => {
      asked.push(prefix)
      return list(prefix)
    }
    lake.read = path => {
      asked.push(path)
      return read(path)
    }
    const maker = makersOf(openTables(lake), lake)[0]!
    for (let start = 0; start < LINES.length; start += 1_000) {
      await maker.add('a', HEADER, recordsOf(LINES.slice(start, start + 1_000)))
    }
    await maker.publish('a', LINES.length)
    expect(asked).toEqual(Array(3).fill('layer1/forgotten/'))
  })
})
