/** What every lake promises; an implementation is done when it passes. */
import { describe, expect, it } from 'vitest'
import type { Lake } from '../../src/lib/io/lake.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes)

/** @param withLake hands an empty lake, and a second door to the same one, to `work` and clears up afterwards */
export function describeLake(
  name: string,
  withLake: (work: (lake: Lake, same: Lake) => Promise<void>) => Promise<void>,
) {
  describe(`the lake contract: ${name}`, () => {
    it('has nothing at first', () =>
      withLake(async lake => {
        expect(await lake.list('')).toEqual([])
        expect(await lake.list('layer1/tweets/')).toEqual([])
        expect(await lake.read('layer1/none.parquet')).toBeUndefined()
        await lake.remove('layer1/none.parquet')
      }))

    it('gives back what was written, also through another door', () =>
      withLake(async (lake, same) => {
        await lake.write('a/b/c.json', bytesOf('ação 🧪'))
        expect(textOf(await lake.read('a/b/c.json'))).toBe('ação 🧪')
        expect(textOf(await same.read('a/b/c.json'))).toBe('ação 🧪')
        await lake.write('empty', new Uint8Array())
        expect((await same.read('empty'))?.length).toBe(0)
      }))

    it('replaces a file whole', () =>
      withLake(async lake => {
        await lake.write('part-0.parquet', bytesOf('a long first text'))
        await lake.write('part-0.parquet', bytesOf('short'))
        expect(textOf(await lake.read('part-0.parquet'))).toBe('short')
        expect(await lake.list('')).toMatchObject([{ path: 'part-0.parquet', bytes: 5 }])
      }))

    it('tells from a listing what it can of the bytes of a file, and nothing wrong', () =>
      withLake(async lake => {
        await lake.write('a', bytesOf('some'))
        const [entry] = await lake.list('a')
        expect(lake.sameAs(entry!, bytesOf('some'))).not.toBe(false)
        expect(lake.sameAs(entry!, bytesOf('same'))).not.toBe(true)
        expect(lake.sameAs(entry!, bytesOf('longer'))).toBe(false)
      }))

    it('names what is directly in a folder', () =>
      withLake(async lake => {
        expect(await lake.names('a/')).toEqual([])
        await lake.write('a/one', bytesOf('1'))
        await lake.write('a/b/two', bytesOf('2'))
        await lake.write('a/b/c/three', bytesOf('3'))
        expect((await lake.names('a/')).sort()).toEqual(['b/', 'one'])
        expect((await lake.names('a/b/')).sort()).toEqual(['c/', 'two'])
      }))

    it('replaces several files', () =>
      withLake(async (lake, same) => {
        await lake.write('a/one', bytesOf('old'))
        await lake.writeAll([
          { path: 'a/one', bytes: bytesOf('1') },
          { path: 'b/c/two', bytes: bytesOf('22') },
          { path: 'a/three', bytes: bytesOf('333') },
        ])
        expect(await same.list('')).toMatchObject([
          { path: 'a/one', bytes: 1 },
          { path: 'a/three', bytes: 3 },
          { path: 'b/c/two', bytes: 2 },
        ])
        expect(textOf(await lake.read('a/one'))).toBe('1')
        await lake.writeAll([])
      }))

    it('gives files of another program their places, whatever was there', () =>
      withLake(async (lake, same) => {
        await lake.write('_scratch/a job/part=1/some file.parquet', bytesOf('one'))
        await lake.write('_scratch/a job/part=2/c000+ç.parquet', bytesOf('two'))
        await lake.write('a/part-0.parquet', bytesOf('old'))
        expect(await lake.list('')).toMatchObject([{ path: 'a/part-0.parquet' }])
        expect((await lake.list('_scratch/a job/part=')).map(({ path }) => path)).toEqual([
          '_scratch/a job/part=1/some file.parquet',
          '_scratch/a job/part=2/c000+ç.parquet',
        ])
        await lake.adopt([
          { from: '_scratch/a job/part=1/some file.parquet', path: 'a/part-0.parquet' },
          { from: '_scratch/a job/part=2/c000+ç.parquet', path: 'b/c/part-0.parquet' },
        ])
        expect(textOf(await same.read('a/part-0.parquet'))).toBe('one')
        expect(textOf(await same.read('b/c/part-0.parquet'))).toBe('two')
        const failed = lake.adopt([{ from: '_scratch/none', path: 'a/part-0.parquet' }])
        await expect(failed).rejects.toMatchObject({ code: 'E_LAKE' })
        expect(textOf(await same.read('a/part-0.parquet'))).toBe('one')
        await lake.adopt([])
      }))

    it('gives parts of the file that was there when it was opened, and never of another one', () =>
      withLake(async (lake, same) => {
        expect(await lake.open('a/none')).toBeUndefined()
        await lake.write('a/b', bytesOf('0123456789'))
        const file = (await lake.open('a/b'))!
        expect(file.length).toBe(10)
        expect(textOf(await file.read(2, 5))).toBe('234')
        expect(textOf(await file.read(8, 99))).toBe('89')
        expect((await file.read(10, 10)).length).toBe(0)
        await same.write('a/b', bytesOf('another'))
        expect(textOf(await file.read(0, 10))).toBe('0123456789')
        await same.remove('a/b')
        expect(textOf(await file.read(3, 4))).toBe('3')
        await file.close()
      }))

    it('gives parts of a large file, and rather none than those of another one', () =>
      withLake(async (lake, same) => {
        const big = Uint8Array.from({ length: 11_000_000 }, (_, i) => (i * 2_654_435_761) >>> 24)
        await lake.write('a/big', big)
        const file = (await lake.open('a/big'))!
        expect(file.length).toBe(big.length)
        for (const [from, to] of [
          [0, 4],
          [4_194_300, 4_194_310],
          [3_000_000, 10_999_999],
          [9_951_000, 11_000_000],
          [10_999_990, 12_000_000],
        ] as const) {
          expect(Buffer.from(await file.read(from, to)).equals(big.subarray(from, to))).toBe(true)
        }
        await file.close()
        const other = (await lake.open('a/big'))!
        await same.write(
          'a/big',
          big.map(byte => byte ^ 255),
        )
        const read = await other.read(100, 200).catch(error => error)
        if (read instanceof Uint8Array) expect([...read]).toEqual([...big.subarray(100, 200)])
        else expect(read).toMatchObject({ code: 'E_LAKE', message: expect.stringMatching(/big was replaced/) })
        await other.close()
      }))

    it('tells a file from one as long that replaces it', () =>
      withLake(async (lake, same) => {
        const path = 'a/part-0.parquet'
        const stampNow = async () => lake.stampOf((await lake.bring([path]))[0]!)
        expect(await stampNow()).toBeUndefined()
        expect(await lake.stampsOf([path])).toEqual([undefined])
        await lake.write(path, bytesOf('one'))
        const [stamp, [ofPath]] = [await stampNow(), await lake.stampsOf([path])]
        expect(stamp).toMatch(/./)
        expect(ofPath).toMatch(/./)
        expect(await stampNow()).toBe(stamp)
        expect(await same.stampsOf([path, 'a/none'])).toEqual([ofPath, undefined])
        await same.write(path, bytesOf('two'))
        expect(await stampNow()).not.toBe(stamp)
        expect(await lake.stampsOf([path])).not.toEqual([ofPath])
      }))

    it('brings files to where programs of this machine open them, few or many', () =>
      withLake(async (lake, same) => {
        if (lake.folder === 'memory') return
        const paths = Array.from({ length: 30 }, (_, i) => `layer2/t/utc_date=2024-01-${10 + i}/part-0.parquet`)
        await lake.writeAll(paths.map(path => ({ path, bytes: bytesOf(path) })))
        for (const some of [paths, paths.slice(3, 5), [...paths].reverse(), []]) {
          const locations = await lake.bring(some)
          expect(locations.every(location => location.startsWith(`${lake.folder}/`))).toBe(true)
          expect(await Promise.all(locations.map(location => Bun.file(location).text()))).toEqual(some)
        }
        await same.write(paths[4]!, bytesOf('new'))
        await same.remove(paths[5]!)
        const texts = (await lake.bring(paths)).map(location =>
          Bun.file(location)
            .text()
            .catch(() => 'gone'),
        )
        expect((await Promise.all(texts)).slice(3, 7)).toEqual([paths[3], 'new', 'gone', paths[6]])
      }))

    it('reads what was listed, or what is there by now', () =>
      withLake(async (lake, same) => {
        await lake.writeAll(['a/1', 'a/2', 'a/3'].map(path => ({ path, bytes: bytesOf(path) })))
        const entries = await lake.list('a/')
        const texts = async () => (await lake.readListed(entries)).map(textOf)
        expect(await texts()).toEqual(['a/1', 'a/2', 'a/3'])
        expect(await texts()).toEqual(['a/1', 'a/2', 'a/3'])
        await same.write('a/2', bytesOf('new'))
        expect(['a/2', 'new']).toContain((await texts())[1])
        expect((await lake.readListed(await lake.list('a/2'))).map(textOf)).toEqual(['new'])
        expect(await lake.readListed([{ path: 'a/none' }])).toEqual([undefined])
      }))

    it('writes a file where there is none, once', () =>
      withLake(async (lake, same) => {
        await lake.writeNew('m/one.json', bytesOf('1'))
        await same.writeNew('m/one.json', bytesOf('1'))
        await expect(same.writeNew('m/one.json', bytesOf('2'))).rejects.toMatchObject({
          code: 'E_LAKE',
          message: expect.stringMatching(/m\/one\.json was written by somebody else meanwhile/),
        })
        expect(textOf(await lake.read('m/one.json'))).toBe('1')
        await lake.remove('m/one.json')
        await same.writeNew('m/one.json', bytesOf('2'))
        expect(textOf(await lake.read('m/one.json'))).toBe('2')
      }))

    it('says whether a file has exactly some bytes', () =>
      withLake(async (lake, same) => {
        expect(await lake.holds('a/b', bytesOf(''))).toBe(false)
        await lake.write('a/b', bytesOf('one'))
        expect(await same.holds('a/b', bytesOf('one'))).toBe(true)
        expect(await same.holds('a/b', bytesOf('two'))).toBe(false)
        expect(await same.holds('a/b', bytesOf('ones'))).toBe(false)
        const large = new Uint8Array(40 << 20).fill(3)
        await lake.write('a/large', large)
        expect(await same.holds('a/large', large)).toBe(true)
        large[33_000_000] = 4
        expect(await same.holds('a/large', large)).toBe(false)
      }))

    it('never vouches for what was replaced, came or went', () =>
      withLake(async (lake, same) => {
        const paths = ['a/b/', 'a/b/one', 'a/none', 'none/']
        await lake.write('a/b/one', bytesOf('1'))
        let before = await lake.settledStamps(paths)
        expect(before.slice(2)).toEqual([undefined, undefined])
        for (const change of [
          () => same.write('a/b/one', bytesOf('2')),
          () => same.write('a/b/two', bytesOf('2')),
          () => same.remove('a/b/two'),
        ]) {
          await change()
          const after = await lake.settledStamps(paths)
          expect(after[0] === undefined || after[0] !== before[0]).toBe(true)
          before = after
        }
        await same.remove('a/b/one')
        expect(await lake.settledStamps(['a/b/one'])).toEqual([undefined])
      }))

    it('lists by prefix, sorted, with lengths', () =>
      withLake(async lake => {
        for (const path of ['layer1/b/2', 'layer1/a/1', 'layer1/b/10', 'layer10/x', 'twdw.json']) {
          await lake.write(path, bytesOf(path))
        }
        const paths = async (prefix: string) => (await lake.list(prefix)).map(entry => entry.path)
        expect(await paths('layer1/')).toEqual(['layer1/a/1', 'layer1/b/10', 'layer1/b/2'])
        expect(await paths('layer1/b/1')).toEqual(['layer1/b/10'])
        expect(await paths('layer1')).toEqual(['layer1/a/1', 'layer1/b/10', 'layer1/b/2', 'layer10/x'])
        expect((await lake.list('twdw')).map(entry => entry.bytes)).toEqual([9])
      }))

    it('never shows a file that is being written', () =>
      withLake(async lake => {
        const big = new Uint8Array(4 << 20).fill(7)
        let isWriting = true
        const seen = new Set<number>()
        const writing = Promise.all([1, 2, 3].map(() => lake.write('big', big))).then(() => {
          isWriting = false
        })
        while (isWriting) {
          for (const entry of await lake.list('')) seen.add(entry.bytes)
          const read = await lake.read('big')
          if (read !== undefined) seen.add(read.length)
        }
        await writing
        for (const entry of await lake.list('')) seen.add(entry.bytes)
        expect([...seen]).toEqual([big.length])
      }))

    it('removes a file and nothing beside it', () =>
      withLake(async lake => {
        await lake.write('x/one', bytesOf('1'))
        await lake.write('x/two', bytesOf('2'))
        await lake.remove('x/one')
        expect((await lake.list('')).map(entry => entry.path)).toEqual(['x/two'])
      }))

    it('lets one hold a lock at a time and says who does', () =>
      withLake(async (lake, same) => {
        const release = await lake.lock('consolidate')
        await expect(same.lock('consolidate')).rejects.toMatchObject({
          code: 'E_LAKE',
          message: expect.stringMatching(/consolidate.* is held by .+/),
        })
        await (await same.lock('listen'))()
        await release()
        await release()
        await (await same.lock('consolidate'))()
      }))

    it('says who holds a lock without taking it, and nobody where nobody does', () =>
      withLake(async (lake, same) => {
        expect(await same.holderOf('listen')).toBeUndefined()
        const release = await lake.lock('listen')
        expect(await same.holderOf('listen')).toMatch(/./)
        expect(await lake.holderOf('consolidate')).toBeUndefined()
        await release()
        expect(await same.holderOf('listen')).toBeUndefined()
        await (await same.lock('listen'))()
      }))

    it('never lists a lock', () =>
      withLake(async lake => {
        const release = await lake.lock('consolidate')
        expect(await lake.list('')).toEqual([])
        await release()
      }))
  })
}
