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
        expect(await lake.list('')).toEqual([{ path: 'part-0.parquet', bytes: 5 }])
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
        expect(await same.list('')).toEqual([
          { path: 'a/one', bytes: 1 },
          { path: 'a/three', bytes: 3 },
          { path: 'b/c/two', bytes: 2 },
        ])
        expect(textOf(await lake.read('a/one'))).toBe('1')
        await lake.writeAll([])
      }))

    it('gives parts of the file that was there when it was opened', () =>
      withLake(async (lake, same) => {
        expect(await lake.open('a/none')).toBeUndefined()
        await lake.write('a/b', bytesOf('0123456789'))
        const file = (await lake.open('a/b'))!
        expect(file.length).toBe(10)
        await same.write('a/b', bytesOf('another'))
        expect(textOf(await file.read(2, 5))).toBe('234')
        expect(textOf(await file.read(8, 99))).toBe('89')
        expect((await file.read(10, 10)).length).toBe(0)
        await same.remove('a/b')
        expect(textOf(await file.read(0, 10))).toBe('0123456789')
        await file.close()
      }))

    it('tells a file from one as long that replaces it', () =>
      withLake(async (lake, same) => {
        const location = lake.locate('a/part-0.parquet')
        expect(await lake.stampOf(location)).toBeUndefined()
        await lake.write('a/part-0.parquet', bytesOf('one'))
        const stamp = await lake.stampOf(location)
        expect(stamp).toMatch(/./)
        expect(await same.stampOf(location)).toBe(stamp)
        await same.write('a/part-0.parquet', bytesOf('two'))
        expect(await lake.stampOf(location)).not.toBe(stamp)
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
