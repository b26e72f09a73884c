/** Copies on this machine: right for ever, whoever makes them, and no more of them than the folder may hold. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Copies, openCopies } from '../../../src/lib/io/s3/copies.ts'
import { REPOSITORY } from '../../support/folders.ts'
import { canMount } from '../../support/mount-namespace.ts'
import { withS3Lake } from '../../support/s3-lake.ts'
import { withTempFolder } from '../../support/temp-folder.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const PATH = 'layer2/fact_tweet/utc_date=2024-01-01/utc_hour=10/part-0.parquet'

function withCopies(
  work: (
    copies: Copies,
    about: { folder: string; passMs(ms: number): void; nowMs(): number; again(maxBytes?: number): Copies },
  ) => Promise<void>,
) {
  return withTempFolder(folder => {
    let nowMs = Date.now()
    const again = (maxBytes?: number) => openCopies(folder, () => nowMs, maxBytes)
    const passMs = (ms: number) => {
      nowMs += ms
    }
    return work(again(), { folder, passMs, again, nowMs: () => nowMs })
  })
}

/** As if the machine's clock were the test's. */
const keep = (copies: Copies, path: string, etag: string, text = etag, nowMs = Date.now()) =>
  copies.make(path, async unfinished => {
    await writeFile(unfinished, text)
    await utimes(unfinished, nowMs / 1000, nowMs / 1000)
    return etag
  })

async function namesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.flatMap(entry => (entry.isFile() && entry.name !== '.swept' ? [entry.name] : [])).sort()
}

describe('a copy', () => {
  it('is found by path and ETag, by another process, too', () =>
    withCopies(async (copies, { again }) => {
      expect(copies.has(PATH, 'e1')).toBe(false)
      expect(await copies.read(PATH, 'e1')).toBeUndefined()
      expect(await copies.newest(PATH)).toBeUndefined()
      const location = await keep(copies, PATH, 'e1')
      expect(location).toBe(copies.locate(PATH, 'e1'))
      expect(location).toMatch(/utc_hour=10\/part-0\.e1\.parquet$/)
      const other = again()
      expect(other.has(PATH, 'e1')).toBe(true)
      expect(other.has(PATH, 'e2')).toBe(false)
      expect(await other.newest(PATH)).toBe('e1')
      expect(Buffer.from((await other.read(PATH, 'e1'))!).toString()).toBe('e1')
    }))

  it('has a name that a disk takes, whatever the ETag', () =>
    withCopies(async copies => {
      for (const etag of ['a/../../b', 'x'.repeat(500), 'with space', '"quoted"']) {
        const location = (await keep(copies, PATH, etag, 'text'))!
        expect(dirname(location)).toBe(dirname(copies.locate(PATH, 'e')))
        expect(copies.has(PATH, etag)).toBe(true)
      }
    }))

  it('that was replaced stays for those who read it, and goes with a later one', () =>
    withCopies(async (copies, { folder, passMs, nowMs }) => {
      await keep(copies, PATH, 'e1', '1', nowMs())
      passMs(50 * 60_000)
      expect(copies.has(PATH, 'e1')).toBe(true)
      passMs(50 * 60_000)
      await keep(copies, PATH, 'e2', '2', nowMs())
      // it was used less than an hour ago
      expect(await namesBelow(folder)).toEqual(['part-0.e1.parquet', 'part-0.e2.parquet'])
      expect(await copies.newest(PATH)).toBe('e2')
      passMs(2 * HOUR_MS)
      await keep(copies, PATH, 'e3', '3', nowMs())
      expect(await namesBelow(folder)).toEqual(['part-0.e3.parquet'])
    }))

  it('is whole or not there: one that fails leaves nothing, nor one that need not be made', () =>
    withCopies(async (copies, { folder }) => {
      const failing = copies.make(PATH, async unfinished => {
        await writeFile(unfinished, 'half')
        throw new Error('broke off')
      })
      await expect(failing).rejects.toThrow('broke off')
      expect(await copies.make(PATH, async () => undefined)).toBeUndefined()
      expect(await namesBelow(folder)).toEqual([])
    }))

  it('is made by many at once', () =>
    withCopies(async (_, { folder, again }) => {
      const text = 'tweets'.repeat(50_000)
      await Promise.all(Array.from({ length: 20 }, () => keep(again(), PATH, 'e1', text)))
      expect(await namesBelow(folder)).toEqual(['part-0.e1.parquet'])
      expect(await readFile(again().locate(PATH, 'e1'), 'utf8')).toBe(text)
    }))

  it('says what is wrong where the folder cannot be made', () =>
    withTempFolder(async folder => {
      await writeFile(`${folder}/files`, 'a file')
      await expect(keep(openCopies(folder, Date.now), PATH, 'e1')).rejects.toMatchObject({
        code: 'E_LAKE',
        message: expect.stringMatching(/utc_hour=10 cannot take a copy: /),
      })
    }))
})

describe('sweeping', () => {
  it('removes what was not used for a month, also what was left unfinished', () =>
    withCopies(async (copies, { folder, passMs, again }) => {
      await keep(copies, 'a/old.parquet', 'e1')
      await keep(copies, 'a/used.parquet', 'e1')
      await keep(copies, 'a/listed.json', 'e1')
      const unfinished = join(dirname(copies.locate('a/old.parquet', '')), '.5e0f')
      await writeFile(unfinished, 'half')
      for (let day = 0; day < 32; day += 8) {
        passMs(8 * DAY_MS)
        expect(copies.has('a/used.parquet', 'e1')).toBe(true)
        expect(await copies.read('a/listed.json', 'e1')).toBeDefined()
      }
      await keep(again(), 'b/new.parquet', 'e1')
      expect(await namesBelow(folder)).toEqual(['listed.e1.json', 'new.e1.parquet', 'used.e1.parquet'])
    }))

  it('happens once a day', () =>
    withCopies(async (copies, { folder, passMs, again }) => {
      await keep(copies, 'a/one.parquet', 'e1')
      const old = copies.locate('a/one.parquet', 'e1')
      await utimes(old, 0, 0)
      await keep(again(), 'a/two.parquet', 'e1')
      expect(existsSync(old)).toBe(true)
      passMs(DAY_MS + HOUR_MS)
      await keep(again(), 'a/three.parquet', 'e1')
      expect(await namesBelow(folder)).toEqual(['three.e1.parquet', 'two.e1.parquet'])
    }))

  it('removes the oldest beyond what the folder may hold, but none that was used just now', () =>
    withCopies(async (copies, { folder, passMs, again, nowMs }) => {
      for (const name of ['one', 'two', 'three', 'four']) {
        await keep(copies, `a/${name}.parquet`, 'e1', 'x'.repeat(100), nowMs())
        passMs(2 * HOUR_MS)
      }
      passMs(DAY_MS)
      copies.has('a/one.parquet', 'e1')
      await keep(again(250), 'a/five.parquet', 'e1', 'x'.repeat(100), nowMs())
      expect(await namesBelow(folder)).toEqual(['five.e1.parquet', 'four.e1.parquet', 'one.e1.parquet'])
      passMs(30 * 60_000)
      await utimes(`${folder}/files/.swept`, 0, 0)
      await keep(again(1), 'a/six.parquet', 'e1')
      expect(await namesBelow(folder)).toEqual(['five.e1.parquet', 'one.e1.parquet', 'six.e1.parquet'])
    }))
})

describe('a lake’s copies', () => {
  it('are made by two machines’ processes at once, each file asked for by each, and not again', () =>
    withS3Lake(async ({ s3, door }) =>
      withTempFolder(async cacheFolder => {
        const doors = [door({ cacheFolder }), door({ cacheFolder })]
        const paths = Array.from(
          { length: 40 },
          (_, i) => `layer2/t/utc_date=2024-01-01/utc_hour=${10 + i}/part-0.parquet`,
        )
        for (const path of paths) s3.bucket().set(`some/where/${path}`, `${path} `.repeat(1_000))
        const [first] = await Promise.all(doors.map(lake => lake.bring(paths)))
        for (const [i, location] of first!.entries())
          expect(await readFile(location, 'utf8')).toBe(`${paths[i]} `.repeat(1_000))
        expect(await namesBelow(cacheFolder)).toHaveLength(40)
        s3.take()
        await doors[1]!.bring(paths)
        expect(s3.take().map(({ operation }) => operation)).toEqual(['ListObjectsV2'])
      }),
    ))

  it('that went while the store was asked whether they are the same are brought again', () =>
    withS3Lake(async ({ s3, lake }) => {
      s3.bucket().set('some/where/a/one.parquet', 'text')
      const [location] = await lake.bring(['a/one.parquet'])
      let go = () => {}
      s3.faults.add({
        operation: 'GetObject',
        does: {
          until: new Promise<void>(resolve => {
            go = resolve
          }),
        },
      })
      const again = lake.bring(['a/one.parquet'])
      await Bun.sleep(50)
      execFileSync('rm', [location!])
      go()
      expect(await readFile((await again)[0]!, 'utf8')).toBe('text')
    }))

  it.runIf(canMount)('that find no room are a sentence, leave nothing half, and are not needed to read', () =>
    withTempFolder(async folder => {
      const disk = join(folder, 'disk')
      await mkdir(disk)
      const script = `mount -t tmpfs -o size=1m tmpfs ${disk} && exec ${process.execPath} test/support/full-cache.ts ${disk}`
      const said = execFileSync('unshare', ['-m', 'bash', '-c', script], { cwd: REPOSITORY, encoding: 'utf8' })
      expect(JSON.parse(said)).toEqual({
        brought:
          'E_LAKE: s3://lake/some/where/a/big.parquet cannot be read: the disk of this machine is full | make room',
        left: 0,
        requests: 1,
        read: 3_000_000,
      })
    }),
  )

  it('of a process that keeps nothing go with it', () =>
    withTempFolder(async folder => {
      const script = `
        import { openCopies } from './src/lib/io/s3/copies.ts'
        const copies = openCopies(undefined, Date.now)
        await copies.make('a/b.parquet', async place => { await Bun.write(place, 'x'); return 'e' })
        console.log(copies.folder, copies.has('a/b.parquet', 'e'))`
      const said = execFileSync(process.execPath, ['-e', script], {
        cwd: REPOSITORY,
        encoding: 'utf8',
        env: { ...process.env, TMPDIR: folder },
      })
      expect(said).toMatch(new RegExp(`^${folder}/twdw-copies-\\w+ true\n$`))
      expect(await readdir(folder)).toEqual([])
      expect((await stat(folder)).isDirectory()).toBe(true)
    }))
})
