/** Folders that are made on the way survive a power cut as the file in them does: what is synced is looked at. */
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openJournal } from '../../src/lib/io/journal.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { openStateFile } from '../../src/lib/io/state-file.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const synced: string[] = []

vi.mock('node:fs/promises', async importActual => {
  const actual = await importActual<typeof import('node:fs/promises')>()
  return {
    ...actual,
    async open(path: string, ...words: [string]) {
      const file = await actual.open(path, ...words)
      const { sync } = file
      file.sync = () => {
        synced.push(path)
        return sync.call(file)
      }
      return file
    },
  }
})

beforeEach(() => {
  synced.length = 0
})

describe('a folder that was just made', () => {
  it('is synced in its parent, and that in its own, by the first segment of a journal', () =>
    withTempFolder(async root => {
      const folder = join(root, 'lake/_state/journal')
      const begin = async () => {
        const header = { source: 'stream', session: '', tags: [], ruleNames: {} }
        await (await openJournal(folder, fixedClock()).begin(header)).close()
        return synced.splice(0).filter(path => !path.endsWith('.new'))
      }
      expect(await begin()).toEqual([join(root, 'lake/_state'), join(root, 'lake'), root, folder])
      expect(await begin()).toEqual([folder])
    }))

  it('is synced in its parent by a lock, a file of a lake, and a text that is put into it', () =>
    withTempFolder(async root => {
      const locked = openLocalLake(join(root, 'locked'), { holder: 'a test', clock: fixedClock() })
      await (await locked.lock('listen'))()
      expect(synced.splice(0)).toEqual([join(root, 'locked'), root])
      await openStateFile(join(root, '_state/spend.json'), fixedClock()).update(() => 'one')
      expect(synced.splice(0)).toEqual(expect.arrayContaining([root, join(root, '_state')]))
      const lake = openLocalLake(join(root, 'lake'), { holder: 'a test', clock: fixedClock() })
      await lake.write('layer1/a.parquet', new Uint8Array(1))
      expect(synced).toEqual(expect.arrayContaining([root, join(root, 'lake'), join(root, 'lake/layer1')]))
    }))
})
