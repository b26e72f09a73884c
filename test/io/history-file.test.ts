import { readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { historyPath, openHistory } from '../../src/lib/io/history-file.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const never = (sentence: string) => {
  throw new Error(sentence)
}

describe('the history of the shell', () => {
  it('lies where XDG wants state to lie', () => {
    expect(historyPath({ HOME: '/home/ana' })).toBe('/home/ana/.local/state/twdw/history')
    expect(historyPath({ HOME: '/home/ana', XDG_STATE_HOME: '/var/ana' })).toBe('/var/ana/twdw/history')
    expect(historyPath({ HOME: '/home/ana', XDG_STATE_HOME: 'relative' })).toBe('/home/ana/.local/state/twdw/history')
    expect(historyPath({})).toBeUndefined()
  })

  it('has whatever was typed, an entry a line, for this user alone', async () => {
    const entry = fc.string({ unit: 'binary', minLength: 1 }).map(text => text.toWellFormed())
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(entry, fc.constantFrom('a\nb', '\\n', '\\\n\\', 'C:\\new'))), entries =>
        withTempFolder(async folder => {
          const path = join(folder, 'state/twdw/history')
          const { add } = await openHistory(path, { most: 1000, warn: never })
          await Promise.all(entries.map(add))
          expect((await openHistory(path, { most: 1000, warn: never })).entries).toEqual(entries)
          if (entries.length === 0) return
          expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(entries.length + 1)
          expect((await stat(path)).mode & 0o777).toBe(0o600)
          expect((await stat(dirname(path))).mode & 0o777).toBe(0o700)
        }),
      ),
      { numRuns: 50 },
    )
  })

  it('is cut to its newest entries when it is opened, and still for this user alone', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'history')
      await writeFile(path, 'one\ntwo\nthree\n', { mode: 0o644 })
      const { entries, add } = await openHistory(path, { most: 2, warn: never })
      expect(entries).toEqual(['two', 'three'])
      await add('four')
      expect(await readFile(path, 'utf8')).toBe('two\nthree\nfour\n')
      expect((await stat(path)).mode & 0o777).toBe(0o600)
    }))

  it('is a comfort: where it cannot be kept that is said once', () =>
    withTempFolder(async folder => {
      await writeFile(join(folder, 'state'), 'a file where a folder should be')
      const warnings: string[] = []
      const path = join(folder, 'state/twdw/history')
      const { entries, add } = await openHistory(path, { most: 10, warn: sentence => void warnings.push(sentence) })
      await add('one')
      await add('two')
      expect(entries).toEqual([])
      expect(warnings).toEqual([
        `the history of this shell is not kept: ${path} cannot be read: a part of the path is a file`,
      ])
    }))
})
