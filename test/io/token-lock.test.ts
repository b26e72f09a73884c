/** Locks of a token, between real processes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { linkSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockSharedFile, lockToken } from '../../src/lib/io/token-lock.ts'
import { REPOSITORY } from '../support/folders.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const NOON = Date.parse('2026-09-21T12:00:00Z')

/** A token that no other test has. */
let made = 0
const use = (about: { token?: string; origin?: string; holder?: string } = {}) => ({
  origin: 'https://api.x.com',
  token: `TEST-${process.pid}-${made}`,
  holder: 'twdw listen into /srv/lake',
  nowMs: NOON,
  ...about,
})
const freshUse = () => {
  made += 1
  return use()
}

/** Holds the lock in a process of its own until it is told to end, in whatever way. */
async function holdElsewhere(script: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', `${script}; console.log('held'); setInterval(() => {}, 1000)`], {
    cwd: REPOSITORY,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await new Promise<void>((held, failed) => {
    child.stdout?.once('data', () => held())
    child.once('exit', status => failed(new Error(`the holder ended with ${status}`)))
  })
  return child
}

const gone = (child: ChildProcess) => new Promise(resolve => child.once('exit', resolve))
const MODULE = JSON.stringify(join(REPOSITORY, 'src/lib/io/token-lock.ts'))
const locking = (about: object) =>
  `const { lockToken } = await import(${MODULE}); await lockToken(${JSON.stringify(about)})`

describe.skipIf(process.platform !== 'linux')('the lock of a token', () => {
  it('is held by one process, and a second one is told who it is and since when', async () => {
    const mine = freshUse()
    const child = await holdElsewhere(locking(mine))
    await expect(lockToken({ ...mine, holder: 'twdw listen into another' })).rejects.toMatchObject({
      code: 'E_SOURCE',
      exitStatus: 4,
      message: `somebody listens to X with this token already: twdw listen into /srv/lake, process ${child.pid} on ${hostname()}, since 2026-09-21T12:00:00.000Z`,
      hint: 'X gives an app one connection: end that listener, or use the token of another app',
    })
    child.kill('SIGKILL')
    await gone(child)
  })

  it('is free as soon as its process is dead, however it died', async () => {
    const mine = freshUse()
    const child = await holdElsewhere(locking(mine))
    child.kill('SIGKILL')
    await gone(child)
    const release = await lockToken(mine)
    await release()
  })

  it('is free once it is given back, and giving it back twice is harmless', async () => {
    const mine = freshUse()
    const release = await lockToken(mine)
    await expect(lockToken(mine)).rejects.toMatchObject({ code: 'E_SOURCE' })
    await release()
    await release()
    await (await lockToken(mine))()
  })

  it('has nothing to do with another token, nor with the same one for another server', async () => {
    const mine = freshUse()
    const releases = [
      await lockToken(mine),
      await lockToken({ ...mine, token: `${mine.token}b` }),
      await lockToken({ ...mine, origin: 'http://127.0.0.1:8080' }),
    ]
    for (const release of releases) await release()
  })

  it('says so when its holder does not answer', async () => {
    const mine = freshUse()
    const child = await holdElsewhere(locking(mine))
    child.kill('SIGSTOP')
    await expect(lockToken(mine)).rejects.toMatchObject({
      message: 'somebody listens to X with this token already: a process that does not answer',
    })
    child.kill('SIGKILL')
    await gone(child)
  })

  it('tells nobody the token', async () => {
    const mine = freshUse()
    const release = await lockToken(mine)
    const names = readFileSync('/proc/net/unix', 'utf8').match(/@twdw-listen-.*/g) ?? []
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) expect(name).toMatch(/^@twdw-listen-[0-9a-f]{32}$/)
    await expect(lockToken(mine)).rejects.toMatchObject({ message: expect.not.stringContaining(mine.token) })
    await release()
  })

  it('does not keep a process alive that has nothing else to do', async () => {
    const child = spawn(process.execPath, ['-e', locking(freshUse())], { cwd: REPOSITORY, stdio: 'inherit' })
    expect(await gone(child)).toBe(0)
  })
})

describe('the lock of a token as a file', () => {
  const filing = (path: string) =>
    `const { lockSharedFile } = await import(${MODULE}); lockSharedFile(${JSON.stringify(path)}, 'the first')`

  it('is held by one process, which a second one is told of, and is free when that is dead', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'token.lock')
      const child = await holdElsewhere(filing(path))
      expect(() => lockSharedFile(path, 'the second')).toThrow(
        expect.objectContaining({
          code: 'E_SOURCE',
          message: 'somebody listens to X with this token already: the first',
        }),
      )
      child.kill('SIGKILL')
      await gone(child)
      const release = lockSharedFile(path, 'the second')
      expect(readFileSync(path, 'utf8')).toBe('the second')
      await release()
      await release()
      expect(readFileSync(path, 'utf8')).toBe('')
    }))

  it('can be locked by every account', () =>
    withTempFolder(async folder => {
      const path = join(folder, 'token.lock')
      await lockSharedFile(path, 'the first')()
      expect(statSync(path).mode & 0o777).toBe(0o666)
    }))

  it.each([
    ['a link', symlinkSync, 'ELOOP'],
    ['a second name', linkSync, 'it is no file of its own'],
  ])('does not write to what somebody has put there: %s of a file', (_, link, why) =>
    withTempFolder(async folder => {
      const [victim, path] = [join(folder, 'victim'), join(folder, 'token.lock')]
      writeFileSync(victim, 'dear')
      link(victim, path)
      expect(() => lockSharedFile(path, 'the first')).toThrow(
        expect.objectContaining({
          code: 'E_LAKE',
          message: `the lock file ${path} cannot be used: ${why}`,
          hint: 'remove it, or have the account that owns it remove it',
        }),
      )
      expect(readFileSync(victim, 'utf8')).toBe('dear')
    }),
  )
})
