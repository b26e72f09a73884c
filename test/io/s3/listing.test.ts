/** Finding objects: what is there and nothing else, with as many requests as this page says. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findObjects, listAll, listFolder } from '../../../src/lib/io/s3/listing.ts'
import type { ObjectStore, StoredObject } from '../../../src/lib/io/s3/object-store.ts'
import { withS3Store } from '../../support/s3-store.ts'

type Store = Pick<ObjectStore, 'listPage' | 'head'>

/** A bucket as a map, with pages of some keys; requests are counted. */
function memoryStore(keys: readonly string[], pageKeys = 1_000): Store & { lists: number; heads: number } {
  const sorted = [...new Set(keys)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const store = {
    lists: 0,
    heads: 0,
    async listPage(prefix: string, { after, next, delimiter }: Parameters<Store['listPage']>[1]) {
      store.lists++
      const behind = next ?? after ?? ''
      const objects: StoredObject[] = []
      const folders: string[] = []
      let last = ''
      for (const key of sorted) {
        if (!key.startsWith(prefix) || key <= behind || (next?.endsWith('/') && key.startsWith(next))) continue
        const end = delimiter === undefined ? -1 : key.indexOf('/', prefix.length)
        const folder = end < 0 ? undefined : key.slice(0, end + 1)
        if (folder !== undefined && folders.at(-1) === folder) continue
        if (objects.length + folders.length === pageKeys) return { objects, folders, next: last }
        if (folder === undefined) objects.push(objectOf(key))
        else folders.push(folder)
        last = folder ?? key
      }
      return { objects, folders, next: undefined }
    },
    async head(key: string) {
      store.heads++
      return sorted.includes(key) ? objectOf(key) : undefined
    },
  }
  return store
}

function objectOf(key: string): StoredObject {
  return { key, bytes: key.length, etag: `etag of ${key}` }
}

const hourFile = (i: number) => {
  const hour = new Date(Date.UTC(2024, 0, 1, i)).toISOString()
  return `layer2/fact_tweet/utc_date=${hour.slice(0, 10)}/utc_hour=${hour.slice(11, 13)}/part-0.parquet`
}
const files = (count: number) => Array.from({ length: count }, (_, i) => hourFile(i))

describe('finding some of a table', () => {
  it.each([
    { wanted: 0, of: 5_000, lists: 0, heads: 0 },
    { wanted: 1, of: 5_000, lists: 0, heads: 1 },
    { wanted: 5, of: 5_000, lists: 0, heads: 5 },
    { wanted: 12, of: 5_000, lists: 0, heads: 12 },
    { wanted: 13, of: 13, lists: 1, heads: 0 },
    { wanted: 13, of: 5_000, lists: 1, heads: 0 },
    { wanted: 1_000, of: 5_000, lists: 1, heads: 0 },
    { wanted: 1_012, of: 5_000, lists: 1, heads: 12 },
    { wanted: 1_013, of: 5_000, lists: 2, heads: 0 },
    { wanted: 5_000, of: 5_000, lists: 5, heads: 0 },
  ])('$wanted of $of: $lists listings, $heads looks', async ({ wanted, of, lists, heads }) => {
    const store = memoryStore(files(of))
    const keys = files(wanted)
    expect(await findObjects(store, keys)).toEqual(keys.map(objectOf))
    expect({ lists: store.lists, heads: store.heads }).toEqual({ lists, heads })
  })

  it('looks at what a listing would have to wade to: a file a month, over four years', async () => {
    const all = files(4 * 8_766)
    const keys = all.filter((_, i) => i % 730 === 0)
    const store = memoryStore(all)
    expect(await findObjects(store, keys)).toEqual(keys.map(objectOf))
    expect(store.lists).toBeLessThanOrEqual(3)
    expect(store.heads).toBeLessThanOrEqual(keys.length)
  })

  it('asks each table for itself, and once for what is named twice', async () => {
    const other = files(20).map(key => key.replace('fact_tweet', 'dim_lang'))
    const store = memoryStore([...files(20), ...other])
    const keys = [...other, ...files(20), ...files(20)]
    expect(await findObjects(store, keys)).toEqual(keys.map(objectOf))
    expect({ lists: store.lists, heads: store.heads }).toEqual({ lists: 2, heads: 0 })
  })
})

describe('listing all', () => {
  it.each([
    { of: 0, lists: 1 },
    { of: 1, lists: 1 },
    { of: 1_000, lists: 1 },
    { of: 1_001, lists: 2 },
    { of: 4_000, lists: 4 },
    { of: 5_000, lists: 6 },
  ])('$of objects: $lists requests', async ({ of, lists }) => {
    const store = memoryStore(files(of))
    expect((await listAll(store, 'layer2/')).map(({ key }) => key)).toEqual(files(of))
    expect(store.lists).toBe(lists)
  })

  it('goes side by side through folders that are full, and does not forget what is in none', async () => {
    const crowded = ['a', 'b', 'c'].flatMap(name =>
      Array.from({ length: 3_000 }, (_, i) => `${name}/${String(i).padStart(5, '0')}`),
    )
    const keys = [...crowded, 'twdw.json']
    const store = memoryStore(keys)
    expect((await listAll(store, '')).map(({ key }) => key)).toEqual(keys)
    // four in a row reach into the second folder: what is left of it has two pages
    expect(store.lists).toBe(4 + 1 + 2 + 3)
  })
})

describe('whatever is there', () => {
  const part = fc.constantFrom('a', 'b', 'utc_hour=01', 'utc_hour=02', 'part-0.parquet', 'x.json', '0', '=')
  const key = fc.array(part, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'))
  const keys = fc.uniqueArray(key, { maxLength: 60 })

  it('is found and listed whole, in pages of any size', () =>
    fc.assert(
      fc.asyncProperty(
        keys,
        keys,
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom('', 'a', 'a/', 'utc', 'b/utc_hour=01/', '0/'),
        async (there, wanted, pageKeys, prefix) => {
          const store = memoryStore(there, pageKeys)
          const present = new Set(there)
          expect((await listAll(store, prefix)).map(object => object.key)).toEqual(
            there.filter(one => one.startsWith(prefix)).sort(),
          )
          const some = [...wanted, ...there]
          expect(await findObjects(store, some)).toEqual(
            some.map(one => (present.has(one) ? objectOf(one) : undefined)),
          )
          const { objects, folders } = await listFolder(store, prefix)
          const rests = there.filter(one => one.startsWith(prefix)).map(one => one.slice(prefix.length))
          expect(objects.map(object => object.key).sort()).toEqual(
            rests
              .filter(rest => !rest.includes('/'))
              .map(rest => prefix + rest)
              .sort(),
          )
          expect(folders.sort()).toEqual(
            [
              ...new Set(
                rests
                  .filter(rest => rest.includes('/'))
                  .map(rest => `${prefix}${rest.slice(0, rest.indexOf('/') + 1)}`),
              ),
            ].sort(),
          )
        },
      ),
      { numRuns: 300 },
    ))

  it('is the same over the wire', () =>
    fc.assert(
      fc.asyncProperty(keys, keys, fc.integer({ min: 1, max: 9 }), (there, wanted, pageKeys) =>
        withS3Store(
          async (store, s3) => {
            for (const one of there) s3.bucket().set(`some/${one}`, one)
            expect((await listAll(store, '')).map(object => object.key)).toEqual([...there].sort())
            const found = await findObjects(store, [...wanted, ...there])
            expect(found.map(object => object?.key)).toEqual(
              [...wanted, ...there].map(one => (there.includes(one) ? one : undefined)),
            )
          },
          { pageKeys },
        ),
      ),
      { numRuns: 15 },
    ))
})
