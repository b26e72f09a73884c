import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { describeLake } from './lake.contract.ts'

const openAt = (root: string) => openLocalLake(root, { holder: 'a test', clock: fixedClock() })

describeLake('a folder', work =>
  withTempFolder(folder => work(openAt(join(folder, 'lake')), openAt(join(folder, 'lake')))),
)

describe('a lake in a folder', () => {
  it('leaves no temporary file behind', () =>
    withTempFolder(async folder => {
      const lake = openAt(folder)
      await lake.write('layer2/fact_tweet/part-0.parquet', new Uint8Array(10))
      expect(readdirSync(join(folder, '_tmp'))).toEqual([])
    }))

  it('vouches for a file and a folder once their last change is old enough to tell it from the next', () =>
    withTempFolder(async folder => {
      const clock = fixedClock()
      const lake = openLocalLake(folder, { holder: 'a test', clock })
      await lake.write('a/b', new Uint8Array(1))
      const changedAt = new Date('2024-01-01T12:00:00Z')
      for (const path of ['a', 'a/b']) utimesSync(join(folder, path), changedAt, changedAt)
      clock.moveTo('2024-01-01T12:00:02.900Z')
      expect(await lake.settledStamps(['a/', 'a/b'])).toEqual([undefined, undefined])
      clock.moveTo('2024-01-01T12:00:04.000Z')
      const stamps = await lake.settledStamps(['a/', 'a/b'])
      expect(stamps).toEqual([expect.stringMatching(/^\d+ \d+ \d+$/), expect.stringMatching(/^\d+ \d+ 1$/)])
      expect(await lake.settledStamps(['a/', 'a/b'])).toEqual(stamps)
    }))

  it('removes unfinished files of processes that were killed, and none that may still grow', () =>
    withTempFolder(async folder => {
      mkdirSync(join(folder, '_tmp'))
      for (const [name, at] of [
        ['1-killed', '2024-01-01T10:59:59Z'],
        ['2-at-work', '2024-01-01T11:00:01Z'],
      ] as const) {
        writeFileSync(join(folder, '_tmp', name), 'half a fi')
        utimesSync(join(folder, '_tmp', name), new Date(at), new Date(at))
      }
      await openAt(folder).write('layer2/fact_tweet/part-0.parquet', new Uint8Array(10))
      expect(readdirSync(join(folder, '_tmp'))).toEqual(['2-at-work'])
    }))

  it('says what is in the way when a part of the path is a file, and leaves nothing behind', () =>
    withTempFolder(async folder => {
      writeFileSync(join(folder, 'layer1'), 'a file')
      await expect(openAt(folder).write('layer1/tweets/x', new Uint8Array(3))).rejects.toMatchObject({
        code: 'E_LAKE',
        message: expect.stringMatching(/layer1\/tweets\/x \(3 bytes\) cannot be written: /),
      })
      expect(readdirSync(join(folder, '_tmp'))).toEqual([])
      expect(readFileSync(join(folder, 'layer1'), 'utf8')).toBe('a file')
    }))

  it('names the one of several files that cannot be written; those before it are there, and none behind it', () =>
    withTempFolder(async folder => {
      writeFileSync(join(folder, 'b'), 'a file')
      const lake = openAt(folder)
      await lake.write('c', new Uint8Array(1))
      const files = ['a/x', 'b/x', 'c'].map(path => ({ path, bytes: new Uint8Array(3) }))
      await expect(lake.writeAll(files)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${join(folder, 'b/x')} (3 bytes) cannot be written: a part of the path is a file`,
      })
      expect(await lake.list('')).toEqual([
        { path: 'a/x', bytes: 3 },
        { path: 'b', bytes: 6 },
        { path: 'c', bytes: 1 },
      ])
      expect(readdirSync(join(folder, '_tmp'))).toEqual([])
    }))

  it('tells who holds a lock, since when, and what to do', () =>
    withTempFolder(async folder => {
      const release = await openAt(folder).lock('consolidate')
      await expect(openAt(folder).lock('consolidate')).rejects.toMatchObject({
        message: expect.stringMatching(
          /_locks\/consolidate is held by a test, process \d+ on .+, since 2024-01-01T12:00:00\.000Z$/,
        ),
        hint: 'wait until it has ended, or stop it',
      })
      await release()
    }))

  it('takes over a lock file whose holder is gone', () =>
    withTempFolder(async folder => {
      mkdirSync(join(folder, '_locks'), { recursive: true })
      writeFileSync(join(folder, '_locks', 'consolidate'), 'somebody who was killed')
      await (await openAt(folder).lock('consolidate'))()
    }))
})
