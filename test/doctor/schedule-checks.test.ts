import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkSchedule, readSchedule, type SchedulePlaces, tokenFilesOf } from '../../src/lib/doctor/schedule-checks.ts'
import type { Listener } from '../../src/lib/domain/health/liveness.ts'
import { crontabBlock } from '../../src/lib/domain/schedule/crontab.ts'
import type { Jobs } from '../../src/lib/domain/schedule/jobs.ts'
import { unitFiles } from '../../src/lib/domain/schedule/unit-files.ts'
import { UNIT_PROPERTIES } from '../../src/lib/domain/schedule/unit-state.ts'
import { openInstaller } from '../../src/lib/io/installer.ts'
import { aPulse } from '../support/a-pulse.ts'
import { type FakeMachineOptions, fakeMachine } from '../support/fake-machine.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const jobs = (lake: string): Jobs => ({
  executable: '/usr/local/bin/twdw',
  lake,
  stateDir: undefined,
  tags: ['covid19'],
  listenOptions: [],
  compacts: true,
  lakeOptions: [],
  tokenFile: '/etc/twdw/of_the_unit',
})

const LISTENER: Listener = { isAlive: true, state: 'connected', holder: null, pulse: aPulse() }
const OK = 'LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nResult=success\n'

/** What systemctl shows of the three units. */
function shows(listen: string, scope: 'system' | 'user' = 'system'): Record<string, string> {
  const show = (unit: string) =>
    `systemctl${scope === 'user' ? ' --user' : ''} show --property=${UNIT_PROPERTIES.join(',')} ${unit}`
  return {
    [show('twdw-listen.service')]: listen,
    [show('twdw-consolidate.service')]: `${OK}ActiveState=inactive\nUnitFileState=static\n`,
    [show('twdw-consolidate.timer')]: `${OK}SubState=waiting\nNextElapseUSecRealtime=Mon 2026-09-21 13:05:00 UTC\n`,
  }
}

interface Town {
  /** lines of what was found of the schedules of /srv/lake */
  find(machine: FakeMachineOptions, listener?: Listener): Promise<{ lines: string[]; tokenFiles: string[] }>
  install(scope: 'system' | 'user', lake: string): void
}

async function withTown(work: (town: Town) => Promise<void>): Promise<void> {
  await withTempFolder(async folder => {
    const places: SchedulePlaces = {
      unitFolders: [
        { scope: 'system', folder: join(folder, 'system') },
        { scope: 'user', folder: join(folder, 'user') },
      ],
      tokenFiles: ['/home/ana/.config/twdw/x_bearer_token'],
    }
    await work({
      async find(options, listener) {
        const machine = fakeMachine(options)
        const found = await readSchedule('/srv/lake', places, openInstaller(machine.run))
        expect(machine.ran).toEqual([])
        const lines = checkSchedule(found, listener).map(
          ({ level, sentence, remedy }) => `${level}: ${sentence}${remedy === null ? '' : ` → ${remedy}`}`,
        )
        return { lines, tokenFiles: tokenFilesOf(found, places) }
      },
      install(scope, lake) {
        mkdirSync(join(folder, scope))
        const runAs = scope === 'user' ? undefined : 'ana'
        for (const { name, text } of unitFiles({ jobs: jobs(lake), scope, runAs }))
          writeFileSync(join(folder, scope, name), text)
      },
    })
  })
}

describe('the schedule of a lake', () => {
  it('may be none, which is no fault', () =>
    withTown(async town => {
      const nothing = [
        'ok: nothing starts twdw by itself for this lake → twdw schedule systemd, or twdw schedule cron, where it should',
      ]
      expect((await town.find({})).lines).toEqual(nothing)
      expect(await town.find({ missing: ['crontab', 'systemctl'] })).toEqual({
        lines: nothing,
        tokenFiles: ['/home/ana/.config/twdw/x_bearer_token'],
      })
    }))

  it('is told unit by unit, and says where the token is', () =>
    withTown(async town => {
      town.install('system', '/srv/lake')
      expect(await town.find({ answers: shows(OK) })).toEqual({
        lines: [
          'ok: twdw-listen.service is running',
          'ok: twdw-consolidate.service ended well when it last ran, or has not run yet',
          'ok: twdw-consolidate.timer is waiting, next run Mon 2026-09-21 13:05:00 UTC',
        ],
        tokenFiles: ['/etc/twdw/of_the_unit', '/home/ana/.config/twdw/x_bearer_token'],
      })
      const failed = `${OK}ActiveState=failed\nResult=exit-code\nExecMainStatus=7\n`
      expect((await town.find({ answers: shows(failed) })).lines[0]).toBe(
        'fault: twdw-listen.service has failed with status 7 (a spending cap is reached) → journalctl -u twdw-listen.service -n 20; mend what it says, then systemctl start twdw-listen.service',
      )
    }))

  it('is another’s where the units keep another lake going', () =>
    withTown(async town => {
      town.install('system', '/srv/other')
      expect(await town.find({})).toEqual({
        lines: ["ok: the machine's units keep another lake going: /srv/other"],
        tokenFiles: ['/home/ana/.config/twdw/x_bearer_token'],
      })
    }))

  it('is of no use where systemd does not run', () =>
    withTown(async town => {
      town.install('system', '/srv/lake')
      expect((await town.find({ systemd: 'offline' })).lines).toEqual([
        "warning: the machine's units are installed, and their systemd does not run → use twdw schedule cron here",
      ])
    }))

  it('of an account ends with its session, unless the account lingers', () =>
    withTown(async town => {
      town.install('user', '/srv/lake')
      const answers = { ...shows(OK, 'user'), 'id -un': 'nobody-who-lingers\n' }
      expect((await town.find({ answers })).lines.at(-1)).toBe(
        'warning: the units stop when nobody-who-lingers logs out → loginctl enable-linger',
      )
    }))

  it('of cron is well while a listener lives', () =>
    withTown(async town => {
      const crontab = `MAILTO=ana\n${crontabBlock({ ...jobs('/srv/lake'), tokenFile: '/home/ana/token' })}`
      const entry = "ok: this account's crontab starts a listener every minute, and consolidates every hour"
      expect(await town.find({ crontab }, LISTENER)).toEqual({
        lines: [entry],
        tokenFiles: ['/home/ana/token', '/home/ana/.config/twdw/x_bearer_token'],
      })
      expect((await town.find({ crontab })).lines).toEqual([
        entry,
        'warning: the crontab is to keep a listener running, and none runs → see journalctl -t twdw or /var/log/syslog; does cron itself run (pgrep cron)?',
      ])
    }))

  it('is a fault where its block was cut by hand, and a warning where cron will not say', () =>
    withTown(async town => {
      expect((await town.find({ crontab: '# BEGIN twdw /srv/lake\n* * * * * true\n' })).lines).toEqual([
        'fault: the crontab has "# BEGIN twdw /srv/lake" and no line "# END twdw /srv/lake" after it → put the line back with `crontab -e`, or remove what is left of the block',
      ])
      expect(
        (await town.find({ failing: { 'crontab -l': 'You (ana) are not allowed to use this program' } })).lines,
      ).toEqual([
        'warning: `crontab -l` ended with status 1: You (ana) are not allowed to use this program → see crontab(1); the administrator may have listed who may use it in /etc/cron.allow',
      ])
    }))
})
