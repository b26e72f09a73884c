import { describe, expect, it } from 'vitest'
import { type CopyOrder, copyLake } from '../../src/lib/copy/copy.ts'
import { LAKE_FORMAT, lakeSettingsToText } from '../../src/lib/domain/lake-settings.ts'
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

const AS_IT_IS: CopyOrder = { mirror: false, dryRun: false }
const copy = (from: MemoryLake, to: MemoryLake, order: Partial<CopyOrder> = {}, signal?: AbortSignal) =>
  copyLake({ ...AS_IT_IS, ...order }, { from, to, clock: fixedClock(), log: silentLog }, signal)
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
    expect(await copy(from, to)).toMatchObject({ copied: 1, kept: 9 })
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
    const late = 'layer1/tweets/utc_date=2024-01-01/utc_hour=12/s2.parquet'
    to.files.set(late, bytesOf('late'))
    to.files.set('layer2/_twdw/hours/2024-01-01T12.json', bytesOf('late'))
    await expect(copy(from, to)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: `memory has 1 file that memory has not, such as ${late}`,
    })
    expect(to.history).toEqual([])
    expect(await copy(from, to, { mirror: true })).toMatchObject({ copied: 0, kept: 10, removed: 1 })
    expect(to.history).toEqual(['-layer2/_twdw/hours/2024-01-01T12.json', `-${late}`])
    expect(contents(to)).toEqual(contents(from))
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
    withS3Lake(async ({ s3, lake }) => {
      const from = someLake()
      const ports = { from, to: lake, clock: fixedClock(), log: silentLog }
      from.files.set(PATHS[6]!, new Uint8Array(33 << 20).fill(7))
      expect(await copyLake(AS_IT_IS, ports)).toMatchObject({ copied: 10, kept: 0 })
      s3.take()
      expect(await copyLake(AS_IT_IS, ports)).toMatchObject({ copied: 0, kept: 10 })
      const asked = s3.take().filter(({ key }) => !key.includes('_locks/'))
      expect(asked.filter(({ operation }) => operation === 'PutObject')).toEqual([])
      expect(asked.filter(({ operation }) => operation === 'GetObject').map(({ key }) => key)).toEqual([
        'some/where/twdw.json',
        'some/where/twdw.json',
      ])
      const back = createMemoryLake()
      await copyLake(AS_IT_IS, { ...ports, from: lake, to: back })
      expect(contents(back)).toEqual(contents(from))
    }))
})
