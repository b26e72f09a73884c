import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openCacheFile } from '../../src/lib/io/cache-file.ts'
import { withTempFolder } from '../support/temp-folder.ts'

describe('a cache file', () => {
  it('is what was written last, of each thing its own, and nothing before', () =>
    withTempFolder(async folder => {
      const street = { env: { XDG_CACHE_HOME: folder } }
      const [one, two] = [openCacheFile('tags', '/lakes/one', street), openCacheFile('tags', '/lakes/two', street)]
      expect(await one.read()).toBe(undefined)
      await one.write('a')
      await one.write('ção')
      expect([await one.read(), await two.read()]).toEqual(['ção', undefined])
      expect(await readdir(join(folder, 'twdw'))).toEqual([expect.stringMatching(/^tags-[0-9a-f]{16}\.json$/)])
    }))

  it('is not missed where it cannot be', () =>
    withTempFolder(async folder => {
      await writeFile(join(folder, 'twdw'), 'a file, and no folder')
      const cache = openCacheFile('tags', 'x', { env: { XDG_CACHE_HOME: folder } })
      await cache.write('a')
      expect(await cache.read()).toBe(undefined)
    }))
})
