/** The door of `schedule run` and `schedule health`: what it refuses, and what it finds where nothing runs. */
import { mkdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scheduleCommand } from '../../src/commands/schedule.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import { runCommand } from '../support/run-command.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const run = (folder: string, words: string, env = {}) =>
  runCommand(scheduleCommand, folder, ['schedule', ...words.split('~')], { env: { HOME: folder, ...env } })

describe('twdw schedule run', () => {
  it.each([
    ['run~--install~--run-as~ana', '--install and --run-as mean nothing to schedule run: it runs here and now, as you'],
    ['health~--user', '--user means nothing to schedule health: it runs here and now, as you'],
    ['run~--consolidate-at~99 * * * *', '"99 * * * *" is no cron expression: invalid value for minute: 99'],
    ['run~--consolidate-at~0 0 30 2 *', 'the cron expression names no time that is still to come'],
    [
      'run~--cron-time-zone~Mars',
      '--cron-time-zone: not a time zone: "Mars" (name one of the IANA data base, such as America/Sao_Paulo, Asia/Kolkata or UTC)',
    ],
    ['run~--health-port~99999', '--health-port: "99999" is no port (write 8080 or 0.0.0.0:8080)'],
    [
      'systemd~covid19~--consolidate-at~1 * * * *~--health-port~80~--no-listener',
      '--consolidate-at and --no-listener and --health-port mean nothing to schedule systemd: it is for `twdw schedule run`',
    ],
  ])('refuses `%s`', (words, message) =>
    withTempFolder(async folder => {
      await expect(run(folder, words)).rejects.toMatchObject({ code: 'E_USAGE', message })
    }),
  )

  it('says where a twdw that cannot be run was looked for', () =>
    withTempFolder(async folder => {
      await mkdir(join(folder, 'lake'))
      await writeFile(join(folder, 'lake/twdw.json'), '{}')
      await expect(run(folder, 'run~--executable~gone')).rejects.toMatchObject({
        code: 'E_USAGE',
        message: `${join(folder, 'gone')} cannot be run: ENOENT`,
      })
    }))
})

describe('twdw schedule health', () => {
  it('fails where nothing runs, and tells it as JSON all the same', () =>
    withTempFolder(async folder => {
      await expect(run(folder, 'health')).rejects.toMatchObject({
        code: 'E_SOURCE',
        message: 'not healthy: no scheduler and no listener runs here',
      })
    }))

  it('believes what this machine wrote, and not what another one did into the same folder', () =>
    withTempFolder(async folder => {
      const at = new Date(systemClock.nowMs()).toISOString()
      const consolidate = { is: 'waiting for a lake', since: at, nextAt: null, last: null, failingSince: null }
      const about = { format: 1, version: '0', pid: 1, lake: '/lake', since: at, at, ended: false, listener: null }
      const path = join(folder, 'health.json')
      await writeFile(path, JSON.stringify({ ...about, host: hostname(), consolidate }))
      expect((await run(folder, 'health~--health-file~health.json')).stdout).toBe(
        'healthy: consolidate is waiting for a lake\n',
      )
      await writeFile(path, JSON.stringify({ ...about, host: 'another', consolidate }))
      await expect(run(folder, 'health', { TWDW_HEALTH_FILE: path })).rejects.toMatchObject({
        message: 'not healthy: no scheduler and no listener runs here',
      })
    }))
})
