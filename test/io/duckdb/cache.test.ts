import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type CacheFolder, cacheFolders } from '../../../src/lib/io/cache-folders.ts'
import { unpackLibrary } from '../../../src/lib/io/duckdb/cache.ts'
import { openPacked } from '../../../src/lib/io/duckdb/native.ts'
import type { PackedLibrary } from '../../../src/lib/io/embedded.ts'
import { withTempFolder } from '../../support/temp-folder.ts'

const CONTENT = { 'duckdb.node': 'the bindings', 'libduckdb.so': 'the library '.repeat(100_000) }

/** A library packed as the build packs it; it lies in `folder`. */
async function packedLibrary(folder: string): Promise<PackedLibrary> {
  const files = Object.entries(CONTENT).map(async ([name, content]) => {
    const packedPath = join(folder, `${name}.zst`)
    await writeFile(packedPath, zstdCompressSync(content))
    return { name, packedPath, bytes: content.length }
  })
  return { version: '1.5.5', hash: 'abc123', files: await Promise.all(files) }
}

const trusted = (path: string): CacheFolder => ({ path, isTrusted: true })
const shared = (path: string): CacheFolder => ({ path, isTrusted: false })

async function contentOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort()
  return Object.fromEntries(
    await Promise.all(names.map(async name => [name, await readFile(join(folder, name), 'utf8')])),
  )
}

const withLibrary = (work: (library: PackedLibrary, cache: string, folder: string) => Promise<void>) =>
  withTempFolder(async folder => work(await packedLibrary(folder), join(folder, 'cache', 'twdw'), folder))

describe('the folders for caches', () => {
  it('are the one of the XDG specification and one of the user below the temporary files', () => {
    expect(cacheFolders({ XDG_CACHE_HOME: '/var/cache' }, '/home/ana', '/tmp', 1000)).toEqual([
      { path: '/var/cache/twdw', isTrusted: true },
      { path: '/tmp/twdw-1000', isTrusted: false },
    ])
  })

  it.each([{}, { XDG_CACHE_HOME: '' }, { XDG_CACHE_HOME: 'relative/is/ignored' }])('begin in the home with %o', env => {
    expect(cacheFolders(env, '/home/ana', '/tmp', undefined).map(folder => folder.path)).toEqual([
      '/home/ana/.cache/twdw',
      '/tmp/twdw-cache',
    ])
  })
})

describe('unpackLibrary', () => {
  it('puts every file whole into a folder named by version and content, and nothing else', () =>
    withLibrary(async (library, cache) => {
      const folder = await unpackLibrary('duckdb', library, trusted(cache))
      expect(folder).toBe(join(cache, 'duckdb-1.5.5-abc123'))
      expect(await contentOf(folder)).toEqual(CONTENT)
    }))

  it('writes nothing when the files are there, not even where nothing can be written', () =>
    withLibrary(async (library, cache) => {
      const folder = await unpackLibrary('duckdb', library, trusted(cache))
      const before = await stat(join(folder, 'libduckdb.so'))
      const unreadable = library.files.map(file => ({ ...file, packedPath: '/nowhere' }))
      expect(await unpackLibrary('duckdb', { ...library, files: unreadable }, trusted(cache))).toBe(folder)
      expect((await stat(join(folder, 'libduckdb.so'))).mtimeMs).toBe(before.mtimeMs)
    }))

  it('puts a file right that was cut off, and leaves the whole ones alone', () =>
    withLibrary(async (library, cache) => {
      const folder = await unpackLibrary('duckdb', library, trusted(cache))
      const before = await stat(join(folder, 'duckdb.node'))
      await writeFile(join(folder, 'libduckdb.so'), CONTENT['libduckdb.so'].slice(0, 1000))
      await unpackLibrary('duckdb', library, trusted(cache))
      expect(await contentOf(folder)).toEqual(CONTENT)
      expect((await stat(join(folder, 'duckdb.node'))).ino).toBe(before.ino)
    }))

  it('does not change a file under a program that has it open: the new one takes its name', () =>
    withLibrary(async (library, cache) => {
      const folder = await unpackLibrary('duckdb', library, trusted(cache))
      const path = join(folder, 'libduckdb.so')
      await writeFile(path, 'torn')
      const torn = (await stat(path)).ino
      await unpackLibrary('duckdb', library, trusted(cache))
      expect((await stat(path)).ino).not.toBe(torn)
    }))

  it('is done once by many first runs at once, and all of them get whole files', () =>
    withLibrary(async (library, cache) => {
      const runs = Array.from({ length: 12 }, async () => {
        const folder = await unpackLibrary('duckdb', library, trusted(cache))
        return await readFile(join(folder, 'libduckdb.so'), 'utf8')
      })
      for (const content of await Promise.all(runs)) expect(content).toBe(CONTENT['libduckdb.so'])
      expect(await contentOf(join(cache, 'duckdb-1.5.5-abc123'))).toEqual(CONTENT)
    }))

  it('sweeps what a killed first run left', () =>
    withLibrary(async (library, cache) => {
      const folder = join(cache, 'duckdb-1.5.5-abc123')
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'libduckdb.so.0-0.unpacking'), 'half')
      await unpackLibrary('duckdb', library, trusted(cache))
      expect(await contentOf(folder)).toEqual(CONTENT)
    }))

  it('keeps each build of the library apart', () =>
    withLibrary(async (library, cache) => {
      await unpackLibrary('duckdb', library, trusted(cache))
      await unpackLibrary('duckdb', { ...library, hash: 'def456' }, trusted(cache))
      expect((await readdir(cache)).sort()).toEqual(['duckdb-1.5.5-abc123', 'duckdb-1.5.5-def456'])
    }))
})

describe('a cache below a folder that everybody writes to', () => {
  it('is for this user alone', () =>
    withLibrary(async (library, _, folder) => {
      await unpackLibrary('duckdb', library, shared(join(folder, 'twdw-1000')))
      expect((await stat(join(folder, 'twdw-1000'))).mode & 0o777).toBe(0o700)
      await unpackLibrary('duckdb', library, shared(join(folder, 'twdw-1000')))
    }))

  it('is not used when others can write to it', () =>
    withLibrary(async (library, _, folder) => {
      const path = join(folder, 'twdw-1000')
      await mkdir(path)
      await chmod(path, 0o777)
      await expect(unpackLibrary('duckdb', library, shared(path))).rejects.toThrow('it belongs to somebody else')
    }))

  it('is not used when it is a link to somewhere else', () =>
    withLibrary(async (library, _, folder) => {
      await mkdir(join(folder, 'elsewhere'))
      await symlink(join(folder, 'elsewhere'), join(folder, 'twdw-1000'))
      const run = unpackLibrary('duckdb', library, shared(join(folder, 'twdw-1000')))
      await expect(run).rejects.toThrow('it belongs to somebody else')
    }))
})

describe('openPacked', () => {
  const load = (folder: string) => `loaded from ${folder}`

  it('says nothing when the first folder will do', () =>
    withLibrary(async (library, cache) => {
      const warnings: string[] = []
      const loaded = await openPacked(library, [trusted(cache)], load, text => warnings.push(text))
      expect(loaded).toBe(`loaded from ${cache}/duckdb-1.5.5-abc123`)
      expect(warnings).toEqual([])
    }))

  it('falls back to the next folder when one cannot be written, and says so in a line', () =>
    withLibrary(async (library, cache, folder) => {
      await writeFile(join(folder, 'file'), '')
      const first = join(folder, 'file', 'twdw')
      const warnings: string[] = []
      const loaded = await openPacked(library, [trusted(first), shared(join(folder, 'tmp'))], load, text =>
        warnings.push(text),
      )
      expect(loaded).toBe(`loaded from ${folder}/tmp/duckdb-1.5.5-abc123`)
      expect(warnings).toEqual([`DuckDB cannot be kept in ${first} (ENOTDIR: not a directory); using ${folder}/tmp`])
      expect(cache).not.toBe(first)
    }))

  it('falls back when the library unpacks and does not load, as on a disk mounted noexec', () =>
    withLibrary(async (library, cache, folder) => {
      const loadElsewhere = (path: string) => {
        if (path.startsWith(cache)) throw new Error('failed to map segment from shared object')
        return path
      }
      const warnings: string[] = []
      const folders = [trusted(cache), shared(join(folder, 'tmp'))]
      await openPacked(library, folders, loadElsewhere, text => warnings.push(text))
      expect(warnings).toEqual([
        `DuckDB cannot be kept in ${cache} (failed to map segment from shared object); using ${folder}/tmp`,
      ])
    }))

  it('names every folder and its fault when none will do', () =>
    withLibrary(async (library, _, folder) => {
      const refuse = () => {
        throw new Error('no')
      }
      const folders = [trusted(join(folder, 'a')), shared(join(folder, 'b'))]
      await expect(openPacked(library, folders, refuse, () => undefined)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `DuckDB cannot be unpacked and loaded in ${folder}/a (no) nor in ${folder}/b (no)`,
        hint: 'set XDG_CACHE_HOME to a folder on a disk with 80 MB to spare, writable and not mounted noexec',
      })
    }))
})
