import { existsSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CommandRunner, type Finished, openInstaller, systemRunner } from '../../src/lib/io/installer.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const finished = (change: Partial<Finished> = {}): Finished => ({ status: 0, stdout: '', stderr: '', ...change })
const systemError = (code: string) => Object.assign(new Error(code), { code })
/** An installer whose every program ends like this. */
const whereAllEnd = (change: Partial<Finished>) => openInstaller(async () => finished(change))
const whereNoneStart = (code: string) =>
  openInstaller(async () => {
    throw systemError(code)
  })

describe('files of the installer', () => {
  it('are written whole, also into folders that are not there, and leave nothing beside them', async () => {
    await withTempFolder(async folder => {
      const installer = whereAllEnd({})
      const path = join(folder, 'systemd/user/a.service')
      expect(await installer.readText(path)).toBeUndefined()
      await installer.writeText(path, 'first, long\n')
      await installer.writeText(path, 'eleição\n')
      expect(await installer.readText(path)).toBe('eleição\n')
      expect(await readdir(join(folder, 'systemd/user'))).toEqual(['a.service'])
      await installer.removeText(path)
      await installer.removeText(path)
      expect(await installer.readText(path)).toBeUndefined()
    })
  })

  it('exist whether they are files or folders', async () => {
    await withTempFolder(async folder => {
      await writeFile(join(folder, 'file'), '')
      const installer = whereAllEnd({})
      const found = ['', 'file', 'none', 'file/none'].map(name => installer.exists(join(folder, name)))
      expect(await Promise.all(found)).toEqual([true, true, false, false])
    })
  })

  // sysfs takes files from nobody, root included
  it.skipIf(!existsSync('/sys/kernel'))('that may not be written are refused with the way out', async () => {
    await expect(whereAllEnd({}).writeText('/sys/kernel/a.service', 'x')).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringMatching(
        /^this account may not change \/sys\/kernel\/a\.service \((EACCES|EPERM|EROFS)\)$/,
      ),
      hint: 'run it as root (sudo), or add --user for units of your own account',
    })
  })

  it('that fail for another reason keep the sentence of the disk', async () => {
    await withTempFolder(async folder => {
      await writeFile(join(folder, 'file'), '')
      const path = join(folder, 'file/below/a.service')
      await expect(whereAllEnd({}).writeText(path, 'x')).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `${path} (1 bytes) cannot be written: a part of the path is a file`,
      })
    })
  })
})

describe('programs of the installer', () => {
  it('that fail are told with their status and their first sentence', async () => {
    const installer = whereAllEnd({ status: 1, stderr: 'Failed to enable unit: Access denied\nmore\n' })
    await expect(installer.run(['systemctl', 'enable', 'a.service'])).rejects.toMatchObject({
      code: 'E_REFUSED',
      message: '`systemctl enable a.service` ended with status 1: Failed to enable unit: Access denied',
      hint: 'see `journalctl -e`, or undo it with `twdw schedule systemd --uninstall`',
    })
    await expect(whereAllEnd({ status: 4 }).run(['chown', 'ana:', '/srv'])).rejects.toMatchObject({
      code: 'E_REFUSED',
      message: '`chown ana: /srv` ended with status 4: it said nothing',
    })
  })

  it('that are not there are told with what to do instead', async () => {
    const installer = whereNoneStart('ENOENT')
    await expect(installer.run(['systemctl', 'daemon-reload'])).rejects.toMatchObject({
      code: 'E_USAGE',
      message: '`systemctl` is not installed',
      hint: 'this machine has no systemd: use `twdw schedule cron`',
    })
    await expect(installer.readCrontab()).rejects.toMatchObject({
      code: 'E_USAGE',
      message: '`crontab` is not installed',
      hint: 'install cron (Debian: apt-get install cron), or use `twdw schedule systemd`',
    })
    expect(await installer.hasProgram('flock')).toBe(false)
  })

  it('that may not be started are told apart from those that are not there', async () => {
    await expect(whereNoneStart('EACCES').run(['crontab', '-'])).rejects.toMatchObject({
      code: 'E_USAGE',
      message: '`crontab` cannot be started: EACCES',
    })
  })

  it('are there even if they do not know --version', async () => {
    expect(await whereAllEnd({ status: 1 }).hasProgram('flock')).toBe(true)
  })

  it('pass a bug in a runner on as it is', async () => {
    const broken: CommandRunner = async () => {
      throw new TypeError('a bug')
    }
    await expect(openInstaller(broken).run(['id'])).rejects.toThrow(TypeError)
    await expect(openInstaller(broken).hasProgram('id')).rejects.toThrow(TypeError)
  })
})

describe('systemd, as the installer sees it', () => {
  it.each([
    ['running', 0, true],
    ['degraded', 1, true],
    ['starting', 1, true],
    ['offline', 1, false],
    ['unknown', 1, false],
    ['', 1, false],
  ])('says %j with status %i: up is %j', async (stdout, status, isUp) => {
    const asked: (readonly string[])[] = []
    const installer = openInstaller(async words => {
      asked.push(words)
      return finished({ status, stdout: `${stdout}\n` })
    })
    expect([await installer.isSystemdUp('system'), await installer.isSystemdUp('user')]).toEqual([isUp, isUp])
    expect(asked).toEqual([
      ['systemctl', 'is-system-running'],
      ['systemctl', '--user', 'is-system-running'],
    ])
  })
})

describe('the crontab, as the installer sees it', () => {
  it('is empty where cron says that there is none', async () => {
    expect(await whereAllEnd({ status: 1, stderr: 'no crontab for ana\n' }).readCrontab()).toBe('')
    const busybox = { status: 1, stderr: "crontab: can't open 'ana': No such file or directory\n" }
    expect(await whereAllEnd(busybox).readCrontab()).toBe('')
    expect(await whereAllEnd({ stdout: '1 * * * * one\n' }).readCrontab()).toBe('1 * * * * one\n')
  })

  it('is not taken for empty when cron refuses to show it', async () => {
    const refused = { status: 1, stderr: 'You (ana) are not allowed to use this program (crontab)\n' }
    await expect(whereAllEnd(refused).readCrontab()).rejects.toMatchObject({
      code: 'E_REFUSED',
      message: '`crontab -l` ended with status 1: You (ana) are not allowed to use this program (crontab)',
    })
  })
})

describe('the runner of the system', () => {
  const program = (folder: string, name: string, script: string) =>
    writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })

  it('hands words and input over as they are, and brings status and both outputs back', async () => {
    await withTempFolder(async folder => {
      await program(folder, 'probe', 'for word; do echo "<$word>"; done; /bin/cat; echo "$LC_ALL $MINE" >&2; exit 3')
      const run = systemRunner({ PATH: folder, MINE: 'yes', LC_ALL: 'pt_BR.UTF-8' })
      expect(await run(['probe', 'a b', '$HOME', ''], 'eleição\n')).toEqual({
        status: 3,
        stdout: '<a b>\n<$HOME>\n<>\neleição\n',
        stderr: 'C yes\n',
      })
    })
  })

  it('rejects with ENOENT for a program that is not on the path', async () => {
    await withTempFolder(async folder => {
      await expect(systemRunner({ PATH: folder })(['nowhere'], '')).rejects.toMatchObject({ code: 'ENOENT' })
    })
  })

  it('gives a signal as a shell would, and does not mind a program that reads nothing', async () => {
    await withTempFolder(async folder => {
      await program(folder, 'ended', 'kill -TERM $$')
      expect(await systemRunner({ PATH: folder })(['ended'], 'x'.repeat(1_000_000))).toMatchObject({ status: 143 })
    })
  })

  it('writes files that others may read, which systemd needs', async () => {
    await withTempFolder(async folder => {
      const path = join(folder, 'a.service')
      await whereAllEnd({}).writeText(path, 'x')
      expect(((await stat(path)).mode & 0o444).toString(8)).toBe('444')
      expect(await readFile(path, 'utf8')).toBe('x')
    })
  })
})
