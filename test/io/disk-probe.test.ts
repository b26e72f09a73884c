import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { probeDisk } from '../../src/lib/io/disk-probe.ts'
import { REPOSITORY } from '../support/folders.ts'
import { canMount } from '../support/mount-namespace.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const PROBE = `const { probeDisk } = await import(${JSON.stringify(join(REPOSITORY, 'src/lib/io/disk-probe.ts'))})
  const folder = process.argv.at(-1)
  const told = await probeDisk(folder).catch(({ code, message, hint }) => ({ code, message, hint }))
  console.log(JSON.stringify({ ...told, left: require('node:fs').readdirSync(folder) }))`

/** What a process of its own finds, and what is in the folder afterwards. @param before what starts it, such as `setpriv …` */
function probeBy(before: readonly string[], folder: string, script = '') {
  const run = `${script} exec "$BUN" -e "$PROBE" -- "$1"`
  const [program = 'sh', ...words] = [...before, 'sh', '-c', run, 'sh', folder]
  const env = { ...process.env, BUN: process.execPath, PROBE }
  return JSON.parse(execFileSync(program, words, { cwd: '/', env, encoding: 'utf8' }))
}

describe('a disk that is tried out', () => {
  it('tells its room and its speed, and has nothing left on it', () =>
    withTempFolder(async folder => {
      const probe = await probeDisk(folder)
      expect(probe).toEqual({
        folder,
        freeBytes: expect.any(Number),
        freeFiles: expect.any(Number),
        syncMs: expect.any(Number),
        locks: true,
        otherOwner: undefined,
      })
      expect(probe.freeBytes).toBeGreaterThan(0)
      expect(probe.syncMs).toBeGreaterThanOrEqual(0)
      expect(readdirSync(folder)).toEqual([])
    }))

  it('is tried where a folder would have to be made, and the folder is not', () =>
    withTempFolder(async folder => {
      expect(await probeDisk(join(folder, 'lake/_state'))).toMatchObject({ folder })
      expect(readdirSync(folder)).toEqual([])
    }))

  it('says what is in the way', () =>
    withTempFolder(async folder => {
      writeFileSync(join(folder, 'a-file'), '')
      await expect(probeDisk(join(folder, 'a-file/lake'))).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${folder}/a-file/lake cannot be looked at: a part of the path is a file`,
      })
    }))
})

const isRoot = process.getuid?.() === 0

describe.skipIf(!isRoot)('a disk that is tried out by somebody else (needs root)', () => {
  it('refuses who may not write, and tells root whose it is', () =>
    withTempFolder(async folder => {
      chmodSync(folder, 0o755)
      mkdirSync(join(folder, 'lake'))
      const nobody = ['setpriv', '--reuid', '65534', '--clear-groups']
      expect(probeBy(nobody, join(folder, 'lake'))).toEqual({
        code: 'E_LAKE',
        message: `nothing can be written in ${folder}/lake: permission denied`,
        hint: 'run as the user who owns the folder, or name another folder',
        left: [],
      })
      execFileSync('chown', ['65534', join(folder, 'lake')])
      expect(probeBy(nobody, join(folder, 'lake'))).not.toHaveProperty('otherOwner')
      expect(await probeDisk(join(folder, 'lake'))).toMatchObject({ otherOwner: 65534 })
    }))
})

describe.skipIf(!canMount)('a disk that is full (needs unshare -m)', () => {
  const isolated = ['unshare', '-m', '--propagation', 'private']

  it('says so, and leaves nothing half-written', () =>
    withTempFolder(async folder => {
      const script = 'mount -t tmpfs -o size=64k none "$1" && head -c 60000 /dev/zero > "$1/big";'
      expect(probeBy(isolated, folder, script)).toEqual({
        code: 'E_LAKE',
        message: `what is written in ${folder} cannot be kept: the disk is full`,
        hint: 'free some room; nothing half-written was left behind',
        left: ['big'],
      })
    }))

  it('says that it is read-only', () =>
    withTempFolder(async folder => {
      expect(probeBy(isolated, folder, 'mount -t tmpfs -o ro none "$1";')).toMatchObject({
        message: `nothing can be written in ${folder}: the file system is read-only`,
      })
    }))

  it('counts what is left of it', () =>
    withTempFolder(async folder => {
      const script = 'mount -t tmpfs -o size=2m,nr_inodes=50 none "$1";'
      const { freeBytes, freeFiles } = probeBy(isolated, folder, script)
      expect(freeBytes).toBeLessThanOrEqual(2 << 20)
      expect(freeBytes).toBeGreaterThan(1 << 20)
      expect(freeFiles).toBeLessThanOrEqual(50)
      expect(freeFiles).toBeGreaterThan(40)
    }))
})
