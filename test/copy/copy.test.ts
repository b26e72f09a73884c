import { describe, expect, it } from 'vitest'
import { type CopyOrder, copyLake } from '../../src/lib/copy/copy.ts'
import { tombstonesToText } from '../../src/lib/domain/forget/forgotten.ts'
import type { Hour } from '../../src/lib/domain/hour.ts'
import { LAKE_FORMAT, lakeSettingsToText } from '../../src/lib/domain/lake-settings.ts'
import { layer1Path } from '../../src/lib/domain/paths.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { side } from '../../src/lib/io/side.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { addLayer1 } from '../support/consolidate-lake.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { createMemoryLake, type MemoryLake } from '../support/memory-lake.ts'
import { withS3Lake } from '../support/s3-lake.ts'
import { silentLog } from '../support/silent-log.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const settings = (id: string) => bytesOf(lakeSettingsToText({ format: LAKE_FORMAT, id, timeZone: 'UTC' }))

const PATHS = [
  'layer1/forgotten/f.json',
  'layer1/tweets/utc_date=2024-01-01/utc_hour=10/s1.parquet',
  'layer1/tweets/utc_date=2024-01-01/utc_hour=11/s1.parquet',
  'layer1/rejected/s1.parquet',
  'layer1/sessions/s1.json',
  'layer2/dim_lang/part-0.parquet',
  'layer2/fact_tweet/utc_date=2024-01-01/utc_hour=10/part-0.parquet',
  'layer2/agg_hashtag_hour/utc_date=2024-01-01/part-0.parquet',
  'layer2/_twdw/hours/2024-01-01T10.json',
]
const someLake = (id = 'abcd1234') =>
  createMemoryLake([['twdw.json', settings(id)], ...PATHS.map(path => [path, bytesOf(path)] as [string, Uint8Array])])

const AS_IT_IS: CopyOrder = { mirror: false, discardNewer: false, dryRun: false }
const copy = (from: MemoryLake, to: MemoryLake, order: Partial<CopyOrder> = {}, signal?: AbortSignal) =>
  copyLake({ ...AS_IT_IS, ...order }, { from, to, ...portsOf() }, signal)
const portsOf = () => ({
  openTables: async (lake: Lake) => openTables(lake),
  side,
  clock: fixedClock(),
  log: silentLog,
})
const contents = (lake: MemoryLake) =>
  new Map([...lake.files].sort().map(([path, bytes]) => [path, `${bytes.length} ${Bun.hash(bytes)}`]))

describe('copyLake', () => {
  it('writes what others follow from first, and what makes it a lake last', async () => {
    const [from, to] = [someLake(), createMemoryLake()]
    const report = await copy(from, to)
    expect(contents(to)).toEqual(contents(from))
    expect(to.history).toEqual([...PATHS, 'twdw.json'].map(path => `+${path}`))
    expect(report).toMatchObject({ files: 10, copied: 10, kept: 0, removed: 0, dryRun: false })
    expect(report.copiedBytes).toBe(report.bytes)
  })

  it('goes on where it stopped, wherever that was', async () => {
    for (let failsFrom = 1; failsFrom <= 10; failsFrom++) {
      const [from, to] = [someLake(), createMemoryLake()]
      to.failsFrom = failsFrom
      await expect(copy(from, to)).rejects.toMatchObject({ code: 'E_LAKE' })
      expect(to.files.has('twdw.json')).toBe(false)
      to.failsFrom = Number.POSITIVE_INFINITY
      const report = await copy(from, to)
      expect(report).toMatchObject({ kept: failsFrom - 1, copied: 11 - failsFrom })
      expect(contents(to)).toEqual(contents(from))
    }
  })

  it('copies again what has the same length and other bytes', async () => {
    const [from, to] = [someLake(), someLake()]
    to.files.set(PATHS[6]!, bytesOf(PATHS[6]!.toUpperCase()))
    // with the manifest of its hour
    expect(await copy(from, to)).toMatchObject({ copied: 2, kept: 8 })
    expect(contents(to)).toEqual(contents(from))
  })

  it('withdraws an hour of the copy before its files change', async () => {
    const [from, to] = [someLake(), someLake()]
    const manifest = PATHS.at(-1)!
    from.files.set(manifest, bytesOf('another one'))
    from.files.set(PATHS[7]!, bytesOf('new'))
    await copy(from, to)
    expect(to.history).toEqual([`-${manifest}`, `+${PATHS[7]}`, `+${manifest}`])
  })

  it('looks at each file once it is written', async () => {
    const [from, to] = [someLake(), createMemoryLake()]
    const write = to.write
    to.write = (path, bytes) => write(path, path === PATHS[3] ? bytes.slice(1) : bytes)
    await expect(copy(from, to)).rejects.toMatchObject({
      code: 'E_LAKE',
      message: `memory/${PATHS[3]} was just written and has other bytes than memory/${PATHS[3]}`,
    })
  })

  it('refuses what the copy alone has, unless it shall be a mirror', async () => {
    const [from, to] = [someLake(), someLake()]
    const [manifest, fact] = [
      'layer2/_twdw/hours/2024-01-01T12.json',
      'layer2/fact_tweet/utc_date=2024-01-01/utc_hour=12/part-0.parquet',
    ]
    for (const path of [fact, manifest]) to.files.set(path, bytesOf('late'))
    await expect(copy(from, to)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: `memory has 2 files that memory has not, ${manifest}, ${fact}`,
      hint: expect.stringContaining('--mirror --dry-run'),
    })
    expect(to.history).toEqual([])
    const order = { mirror: true, dryRun: true }
    expect(await copy(from, to, order)).toMatchObject({ removed: 2, removedSuch: [manifest, fact] })
    expect(to.history).toEqual([])
    expect(await copy(from, to, { mirror: true })).toMatchObject({ copied: 0, kept: 10, removed: 2 })
    expect(to.history).toEqual([`-${manifest}`, `-${fact}`])
    expect(contents(to)).toEqual(contents(from))
  })

  it('refuses a manifest that the copy alone has', async () => {
    const [from, to] = [someLake(), someLake()]
    from.files.delete(PATHS[8]!)
    await expect(copy(from, to)).rejects.toMatchObject({
      message: `memory has 1 file that memory has not, ${PATHS[8]}`,
    })
    expect(to.history).toEqual([])
  })

  it('removes tweets and sessions that only the copy has when it is told so in as many words', async () => {
    for (const late of ['layer1/tweets/utc_date=2024-01-01/utc_hour=12/s2.parquet', 'layer1/sessions/s2.json']) {
      const [from, to] = [someLake(), someLake()]
      from.files.delete(PATHS[0]!)
      to.files.delete(PATHS[0]!)
      to.files.set(late, bytesOf('late'))
      for (const order of [{}, { mirror: true }, { mirror: true, dryRun: true }]) {
        await expect(copy(from, to, order)).rejects.toMatchObject({
          code: 'E_USAGE',
          message: `memory alone has 1 file of tweets or of sessions, ${late}; memory never forgot them`,
        })
      }
      expect(to.history).toEqual([])
      const order = { mirror: true, discardNewer: true }
      expect(await copy(from, to, { ...order, dryRun: true })).toMatchObject({ removed: 1, removedSuch: [late] })
      expect(await copy(from, to, order)).toMatchObject({ removed: 1 })
      expect(to.history).toEqual([`-${late}`])
    }
  })

  it('mirrors what was forgotten without a second word, wherever it is cut off', async () => {
    const tombstone = 'layer1/forgotten/g.json'
    const tweets = layer1Path('2024-01-01T10' as Hour, 'z')
    for (let failsFrom = 1; failsFrom <= 4; failsFrom++) {
      const [from, to] = [someLake(), someLake()]
      from.files.set(PATHS[0]!, bytesOf(tombstonesToText({ tweets: [], users: [] })))
      from.files.set(tombstone, bytesOf(tombstonesToText({ tweets: ['7'], users: [] })))
      await addLayer1(to, '2024-01-01T10', 'z', [{ tweet_id: '7' }])
      for (const path of [PATHS[6]!, PATHS[8]!]) from.files.delete(path)
      to.failsFrom = failsFrom
      await expect(copy(from, to, { mirror: true })).rejects.toMatchObject({ code: 'E_LAKE' })
      expect(to.history.slice(0, 3)).toEqual([`-${PATHS[8]}`, `-${PATHS[6]}`, `-${tweets}`].slice(0, failsFrom - 1))
      to.failsFrom = Number.POSITIVE_INFINITY
      await copy(from, to, { mirror: true })
      expect(contents(to)).toEqual(contents(from))
    }
  })

  it('takes what was forgotten for no reason to remove other tweets', async () => {
    const [from, to] = [someLake(), someLake()]
    from.files.set(PATHS[0]!, bytesOf(tombstonesToText({ tweets: ['7'], users: [] })))
    await addLayer1(to, '2024-01-01T10', 'y', [{ tweet_id: '7' }, { tweet_id: '8' }])
    to.files.set(layer1Path('2024-01-01T10' as Hour, 'z'), bytesOf('damaged'))
    const both = ['y', 'z'].map(segment => layer1Path('2024-01-01T10' as Hour, segment)).join(', ')
    await expect(copy(from, to, { mirror: true })).rejects.toMatchObject({
      code: 'E_USAGE',
      message: `memory alone has 2 files of tweets or of sessions, ${both}; memory never forgot them`,
    })
  })

  it('touches nothing that is no file of a lake, and does not mind it', async () => {
    const others = [
      '.ssh/id',
      'photos/a.jpg',
      'thesis.doc',
      'layer1/notes.txt',
      'layer1/tweets/notes.txt',
      'backup/twdw.json',
    ]
    const [from, to] = [someLake(), someLake()]
    for (const path of others) to.files.set(path, bytesOf('mine'))
    from.files.set('thesis.doc', bytesOf('another one'))
    expect(await copy(from, to)).toMatchObject({ files: 10, kept: 10 })
    expect(await copy(from, to, { mirror: true, discardNewer: true })).toMatchObject({ files: 10, removed: 0 })
    expect(to.history).toEqual([])
  })

  it('removes nothing where files of layers are and no lake', async () => {
    const [from, to] = [someLake(), createMemoryLake([['layer2/fact_tweet/x.parquet', bytesOf('whose?')]])]
    for (const order of [{}, { mirror: true, discardNewer: true }]) {
      await expect(copy(from, to, order)).rejects.toMatchObject({
        code: 'E_USAGE',
        message:
          'memory has 1 file that memory has not, layer2/fact_tweet/x.parquet; and no twdw.json says whose they are',
      })
    }
    expect(to.history).toEqual([])
  })

  it('does not take a place for a copy where somebody listens', async () => {
    const [from, to] = [someLake(), someLake()]
    const release = await to.door('a listener').lock('listen')
    await expect(copy(from, to, { mirror: true, discardNewer: true })).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'memory is no copy: a listener listens to it',
    })
    await release()
  })

  it('says of no time that it was heard whose tweets it does not have', async () => {
    const [from, to] = [someLake(), createMemoryLake()]
    const [record, tweets] = [PATHS[4]!, 'layer1/tweets/utc_date=2024-01-01/utc_hour=11/s2.parquet']
    const heard = from.files.get(record)
    const { list } = from
    from.list = async prefix => {
      const listed = await list(prefix)
      // the listener stores a minute more as soon as tweets were listed
      if (listed.some(({ path }) => path === PATHS[1])) {
        from.files.set(tweets, bytesOf('a minute later'))
        from.files.set(record, bytesOf('heard until a minute later'))
        from.files.set('layer1/sessions/s2.json', bytesOf('a new one'))
      }
      return listed
    }
    expect(await copy(from, to)).toMatchObject({ files: 10, copied: 10 })
    expect(to.files.get(record)).toEqual(heard)
    expect(to.files.has(tweets)).toBe(false)
    await copy(from, to)
    expect(contents(to)).toEqual(contents(from))
  })

  it('writes nothing more once it has failed', async () => {
    const [from, to] = [someLake(), createMemoryLake()]
    for (let n = 0; n < 40; n++) from.files.set(`${PATHS[1]}${n}.parquet`, bytesOf(`${n}`))
    const read = from.read
    let reading = 0
    from.read = async path => {
      if (!path.startsWith('layer1/tweets/')) return read(path)
      reading += 1
      await Bun.sleep(path === PATHS[1] ? 1 : 20)
      reading -= 1
      if (path === PATHS[1]) throw new Error('broken')
      return read(path)
    }
    await expect(copy(from, to)).rejects.toThrow('broken')
    expect(reading).toBe(0)
    const { changes } = to
    await Bun.sleep(60)
    expect(to.changes).toBe(changes)
    expect(changes).toBeLessThanOrEqual(8)
  })

  it('withdraws an hour whose manifest has the same length as the one that comes', async () => {
    for (const changed of [PATHS[1]!, PATHS[6]!, PATHS[7]!]) {
      const [from, to] = [someLake(), someLake()]
      const manifest = PATHS[8]!
      for (const path of [manifest, changed]) from.files.set(path, bytesOf(path.toUpperCase()))
      await copy(from, to)
      expect(to.history).toEqual([`-${manifest}`, `+${changed}`, `+${manifest}`])
    }
  })

  it('copies from where it cannot write, and notices who consolidates meanwhile', async () => {
    const warnings: string[] = []
    const log = { ...silentLog, warn: (sentence: string) => warnings.push(sentence) }
    const refusals = [
      new TwdwError('E_LAKE', 'no lock', { cause: Object.assign(new Error(), { code: 'EROFS' }) }),
      new TwdwError('E_REFUSED', 'no lock'),
    ]
    for (const refusal of refusals) {
      const [from, to] = [someLake(), createMemoryLake()]
      const { lock, read } = from
      from.lock = () => Promise.reject(refusal)
      const ports = { from, to, ...portsOf(), log }
      expect(await copyLake(AS_IT_IS, ports)).toMatchObject({ copied: 10 })
      expect(warnings.pop()).toMatch(/^no lock; it is copied all the same/)
      from.read = async path => {
        if (path === PATHS[6]) from.files.set(PATHS[7]!, bytesOf(PATHS[7]!.toUpperCase()))
        return read(path)
      }
      await expect(copyLake(AS_IT_IS, ports)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: 'memory was consolidated while it was copied',
      })
      const release = await lock('consolidate')
      await expect(copyLake(AS_IT_IS, ports)).rejects.toMatchObject({ message: 'memory is held by somebody' })
      await release()
    }
  })

  it('never copies over another lake, nor from where none is', async () => {
    await expect(copy(someLake(), someLake('11112222'))).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'memory is another lake: its tweets are not those of the one that is copied',
    })
    await expect(copy(createMemoryLake(), someLake())).rejects.toMatchObject({ code: 'E_LAKE' })
  })

  it('says what it would do and does nothing', async () => {
    const [from, to] = [someLake(), createMemoryLake()]
    expect(await copy(from, to, { dryRun: true })).toMatchObject({ copied: 10, kept: 0, dryRun: true })
    expect(to.changes).toBe(0)
  })

  it('keeps consolidate from both lakes, and is kept out by one', async () => {
    const [from, to] = [someLake(), createMemoryLake()]
    const release = await to.door('a consolidate').lock('consolidate')
    await expect(copy(from, to)).rejects.toMatchObject({ code: 'E_LAKE', message: /held by a consolidate/ })
    await release()
    await copy(from, to)
    await (await from.lock('consolidate'))()
  })

  it('ends between two files when it is stopped', async () => {
    const [from, to] = [someLake(), createMemoryLake()]
    const stop = new AbortController()
    to.write = (write => async (path, bytes) => {
      await write(path, bytes)
      stop.abort()
    })(to.write)
    const stopped = copy(from, to, {}, stop.signal)
    await expect(stopped).rejects.toMatchObject({ code: 'E_INTERRUPTED', message: 'stopped after 1 of 10 files' })
  })

  it('brings a lake to S3 and back, and asks for no file that is there', () =>
    withS3Lake(async ({ s3, lake, door }) => {
      const from = someLake()
      const ports = { from, to: lake, ...portsOf() }
      from.files.set(PATHS[6]!, new Uint8Array(33 << 20).fill(7))
      const asked = (operation: string) =>
        s3.log.filter(entry => entry.operation === operation && !entry.key.includes('_locks/')).map(({ key }) => key)
      expect(await copyLake(AS_IT_IS, ports)).toMatchObject({ copied: 10, kept: 0 })
      s3.take()
      expect(await copyLake(AS_IT_IS, ports)).toMatchObject({ copied: 0, kept: 10 })
      expect(asked('PutObject')).toEqual([])
      expect(asked('HeadObject')).toEqual([])
      expect(asked('GetObject')).toEqual(['some/where/twdw.json', 'some/where/twdw.json'])
      const back = createMemoryLake()
      await copyLake(AS_IT_IS, { ...ports, from: door({ cacheFolder: undefined }), to: back })
      expect(contents(back)).toEqual(contents(from))
      s3.take()
      const again = { ...ports, from: door({ cacheFolder: undefined }), to: back }
      expect(await copyLake(AS_IT_IS, again)).toMatchObject({ copied: 0, kept: 10 })
      expect(asked('GetObject')).toEqual(['some/where/twdw.json'])
    }))

  it('brings a lake from one place in S3 to another, and reads nothing that is there', () =>
    withS3Lake(async ({ s3, lake, door }) => {
      const ports = portsOf()
      await copyLake(AS_IT_IS, { ...ports, from: someLake(), to: lake })
      const other = door({ url: 's3://lake/other' })
      await copyLake(AS_IT_IS, { ...ports, from: lake, to: other })
      s3.take()
      expect(await copyLake(AS_IT_IS, { ...ports, from: lake, to: other })).toMatchObject({ copied: 0, kept: 10 })
      const read = s3.log.filter(({ operation }) => ['GetObject', 'HeadObject'].includes(operation))
      const keys = read.map(({ key }) => key).filter(key => !key.includes('_locks/'))
      expect(new Set(keys)).toEqual(new Set(['some/where/twdw.json', 'other/twdw.json']))
    }))
})
