import { closeSync, mkdirSync, openSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/io/clock.ts'
import { tryLockDescriptor } from '../../src/lib/io/file-lock.ts'
import { openStateFile } from '../../src/lib/io/state-file.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { withTempFolder } from '../support/temp-folder.ts'

describe('a state file', () => {
  it('is made by its first change, folder and all', () =>
    withTempFolder(async folder => {
      const file = openStateFile(join(folder, 'a/b.json'), systemClock)
      expect(await file.read()).toBeUndefined()
      await file.update(text => `${text} once`)
      await file.update(text => `${text} twice`)
      expect(await file.read()).toBe('undefined once twice')
      expect(readdirSync(join(folder, 'a/tmp'))).toEqual([])
    }))

  it('removes what a crash left of an earlier change, and not what another process is writing', () =>
    withTempFolder(async folder => {
      mkdirSync(join(folder, 'tmp'))
      for (const name of ['crashed', 'under-way']) writeFileSync(join(folder, 'tmp', name), '')
      const longAgo = new Date('2024-01-01T10:59:59Z')
      utimesSync(join(folder, 'tmp/crashed'), longAgo, longAgo)
      const lately = new Date('2024-01-01T11:59:00Z')
      utimesSync(join(folder, 'tmp/under-way'), lately, lately)
      await openStateFile(join(folder, 'x'), fixedClock('2024-01-01T12:00:00Z')).update(() => 'good')
      expect(readdirSync(join(folder, 'tmp'))).toEqual(['under-way'])
    }))

  it('loses no change of many that come at the same time', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'count')
      const add = () => openStateFile(path, systemClock).update(text => String(Number(text ?? 0) + 1))
      await Promise.all(Array.from({ length: 40 }, add))
      expect(await openStateFile(path, systemClock).read()).toBe('40')
    }))

  it('stays as it was when the change throws, and can be changed afterwards', () =>
    withTempFolder(async folder => {
      const file = openStateFile(join(folder, 'x'), systemClock)
      await file.update(() => 'good')
      const refuse = () => {
        throw new Error('no')
      }
      await expect(file.update(refuse)).rejects.toThrow('no')
      await file.update(text => `${text}!`)
      expect(await file.read()).toBe('good!')
    }))

  it('says who to look for when another process does not let go', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'x')
      const held = openSync(`${path}.lock`, 'a')
      expect(tryLockDescriptor(held)).toBe(true)
      await expect(openStateFile(path, fixedClock()).update(() => 'mine')).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${path} cannot be changed: another process has held it for 10 s`,
        hint: `see who holds ${path}.lock (fuser, lsof), and end it`,
      })
      closeSync(held)
      expect(await openStateFile(path, systemClock).read()).toBeUndefined()
    }))

  it('says so when its folder cannot be made', () =>
    withTempFolder(async folder => {
      await writeFile(join(folder, 'file'), '')
      await expect(openStateFile(join(folder, 'file/a/x'), systemClock).update(() => '')).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${join(folder, 'file/a/x.lock')} cannot be made: a part of the path is a file`,
      })
    }))
})
