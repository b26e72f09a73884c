import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockFile } from '../../src/lib/io/file-lock.ts'
import { heldFiles, holderOfLock } from '../../src/lib/io/lock-probe.ts'
import { REPOSITORY } from '../support/folders.ts'
import { canMount } from '../support/mount-namespace.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const AT = Date.parse('2026-09-21T12:00:00Z')

/** Another process that holds the file until it is killed. */
async function holdElsewhere(path: string) {
  // --no-fork: the lock is then of one process only
  const child = spawn('flock', ['--no-fork', path, 'sh', '-c', 'echo held; exec sleep 60'])
  await new Promise(held => child.stdout.once('data', held))
  return child
}

describe('looking at a lock', () => {
  it('tells who holds it, and leaves it free for whoever wants it', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'the locks', 'listen')
      expect(await holderOfLock(path)).toBeUndefined()
      const release = lockFile(path, 'twdw listen', AT)
      expect(await holderOfLock(path)).toMatch(/^twdw listen, process \d+ on .+, since 2026-09-21T12:00:00\.000Z$/)
      release()
      expect(await holderOfLock(path)).toBeUndefined()
      const looks = Promise.all(Array.from({ length: 50 }, () => holderOfLock(path)))
      for (let i = 0; i < 50; i++) lockFile(path, 'twdw listen', AT)()
      await looks
    }))

  it('knows a lock of another process, which ends with the process and not with its line in the file', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'listen')
      writeFileSync(path, 'twdw listen, process 4711 on desk')
      expect(await holderOfLock(path)).toBeUndefined()
      const child = await holdElsewhere(path)
      symlinkSync(folder, join(folder, 'link'))
      expect(await holderOfLock(join(folder, 'link/listen'))).toBe('twdw listen, process 4711 on desk')
      child.kill('SIGKILL')
      await new Promise(gone => child.once('close', gone))
      expect(await holderOfLock(path)).toBeUndefined()
    }))

  it('tells locked files from others in one look', () =>
    withTempFolder(async folder => {
      const paths = ['a', 'b', 'none'].map(name => join(folder, name))
      for (const path of paths.slice(0, 2)) writeFileSync(path, '')
      const release = lockFile(paths[1]!, 'x', AT)
      expect(await heldFiles(paths)).toEqual([paths[1]])
      expect(await heldFiles([])).toEqual([])
      release()
    }))
})

describe.skipIf(!canMount)('looking at a lock on an overlay (needs unshare -m)', () => {
  it('knows the file although stat names another device than the kernel', () =>
    withTempFolder(async folder => {
      for (const name of ['lower', 'upper', 'merged dir']) mkdirSync(join(folder, name))
      const probe = `const { heldFiles } = await import(${JSON.stringify(join(REPOSITORY, 'src/lib/io/lock-probe.ts'))})
        console.log(JSON.stringify(await heldFiles(['held', 'free'].map(name => process.cwd() + '/merged dir/' + name))))`
      const script = `mount -t tmpfs none upper && mkdir upper/u upper/w &&
        mount -t overlay overlay -o lowerdir=lower,upperdir=upper/u,workdir=upper/w 'merged dir' &&
        touch 'merged dir/free' && flock 'merged dir/held' "$BUN" -e "$PROBE"`
      const told = execFileSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], {
        cwd: folder,
        env: { ...process.env, BUN: process.execPath, PROBE: probe },
        encoding: 'utf8',
      })
      expect(JSON.parse(told)).toEqual([join(folder, 'merged dir/held')])
    }))
})
