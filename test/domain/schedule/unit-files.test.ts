import { describe, expect, it } from 'vitest'
import {
  lakeOfUnit,
  UNIT_NAMES,
  type UnitPlan,
  unitFiles,
  writableFolders,
} from '../../../src/lib/domain/schedule/unit-files.ts'
import { JOBS, scheduleCases } from '../../support/schedule-fixtures.ts'

const plan = (change: Partial<UnitPlan> = {}): UnitPlan => ({ jobs: JOBS, scope: 'system', runAs: 'ana', ...change })
const unit = (name: (typeof UNIT_NAMES)[number], of: UnitPlan) =>
  unitFiles(of)
    .find(file => file.name === name)
    ?.text.split('\n') ?? []
const refusal = (of: UnitPlan): unknown => {
  try {
    return unitFiles(of)
  } catch (error) {
    return error
  }
}

describe('unit files', () => {
  it.each(scheduleCases('systemd'))('are as the case $name says', ({ scope, runAs, jobs, expected }) => {
    const files = unitFiles({ scope, runAs, jobs })
    expect(files.map(file => file.name)).toEqual([...UNIT_NAMES])
    expect(Object.fromEntries(files.map(file => [file.name, file.text]))).toEqual(expected)
  })

  it('say for which lake they were written, whatever it is called', () => {
    for (const lake of ['/srv/lake', '/srv/my "lake".\\', '/srv/日本, 100%']) {
      for (const { text } of unitFiles(plan({ jobs: { ...JOBS, lake } }))) expect(lakeOfUnit(text)).toBe(lake)
    }
    expect(lakeOfUnit('[Unit]\nDescription=of somebody else\n')).toBeUndefined()
  })

  it('start a listener again whatever ended it, unless the next start would end the same way', () => {
    const lines = unit('twdw-listen.service', plan())
    expect(lines).toContain('Restart=always')
    expect(lines).toContain('RestartPreventExitStatus=2 3 7 243')
  })

  it('take a listener for alive that hears something, and end one that does not so that it can still seal', () => {
    for (const scope of ['system', 'user'] as const) {
      const lines = unit('twdw-listen.service', plan({ scope, runAs: scope === 'user' ? undefined : 'ana' }))
      expect(lines).toEqual(
        expect.arrayContaining(['Type=notify', 'NotifyAccess=main', 'WatchdogSec=3min', 'WatchdogSignal=SIGTERM']),
      )
      // the messages go to a unix socket
      expect(lines.find(line => line.startsWith('RestrictAddressFamilies='))).toContain('AF_UNIX')
    }
  })

  it('reload a listener by SIGHUP to its own process', () => {
    expect(unit('twdw-listen.service', plan())).toContain('ExecReload=/bin/kill -HUP $MAINPID')
  })

  it('never start listeners oftener than X allows connects, which is 50 in 15 minutes', () => {
    const seconds = unit('twdw-listen.service', plan()).flatMap(line => /^RestartSec=(\d+)s$/.exec(line)?.[1] ?? [])
    expect(seconds).toHaveLength(1)
    expect((15 * 60) / Number(seconds[0])).toBeLessThan(50)
  })

  it('leave just-in-time compilation alone', () => {
    const settings = unitFiles(plan()).flatMap(file => file.text.split('\n').filter(line => !line.startsWith('#')))
    expect(settings.filter(line => line.includes('MemoryDenyWriteExecute'))).toEqual([])
  })

  it('let one account of systemd own a lake below its state folder', () => {
    const lines = unit('twdw-listen.service', plan({ runAs: undefined, jobs: { ...JOBS, lake: '/var/lib/twdw/lake' } }))
    expect(lines).toEqual(expect.arrayContaining(['DynamicUser=yes', 'User=twdw', 'StateDirectory=twdw']))
    expect(lines.filter(line => line.startsWith('ReadWritePaths'))).toEqual([])
  })

  it('refuse a lake elsewhere without an owner', () => {
    expect(refusal(plan({ runAs: undefined }))).toMatchObject({
      code: 'E_USAGE',
      message: "/srv/lake needs an owner: the units' own account has /var/lib/twdw only",
      hint: 'name the account that is to own it with --run-as, or keep the lake below /var/lib/twdw',
    })
  })

  it.each(['root', '0', 'a b', '-x', '%u', 'x\ny'])('refuse to run as %j', runAs => {
    expect(refusal(plan({ runAs }))).toMatchObject({ code: 'E_USAGE' })
  })

  it('do not name an account where they belong to one', () => {
    expect(refusal(plan({ scope: 'user' }))).toMatchObject({
      code: 'E_USAGE',
      message: 'units of a user run as that user, not as ana',
    })
    expect(unit('twdw-listen.service', plan({ scope: 'user', runAs: undefined }))).toContain('WantedBy=default.target')
  })

  it('refuse a token file whose name they cannot hold', () => {
    for (const tokenFile of ['/etc/token ', '/etc/token\\']) {
      expect(refusal(plan({ jobs: { ...JOBS, tokenFile } }))).toMatchObject({
        code: 'E_USAGE',
        message: `a unit cannot name the token file "${tokenFile}": mind its last character`,
      })
    }
  })

  it('refuse a line end in a path', () => {
    expect(refusal(plan({ jobs: { ...JOBS, lake: '/srv/la\nke' } }))).toMatchObject({
      code: 'E_USAGE',
      message: '"/srv/la\\nke" holds a control character, and a line cannot',
    })
  })

  it('open the sandbox for a lake in a home or a temporary folder by binding it in', () => {
    const lines = (lake: string) => unit('twdw-consolidate.service', plan({ jobs: { ...JOBS, lake } }))
    expect(lines('/home/ana/lake')).toEqual(expect.arrayContaining(['ProtectHome=tmpfs', 'BindPaths=/home/ana/lake']))
    expect(lines('/tmp/lake')).toEqual(expect.arrayContaining(['ProtectHome=yes', 'BindPaths=/tmp/lake']))
    expect(lines('/srv/lake')).toEqual(expect.arrayContaining(['ProtectHome=yes', 'ReadWritePaths=/srv/lake']))
  })
})

describe('writableFolders', () => {
  it('names a folder once, and none that lies in another', () => {
    const of = (lake: string, stateDir?: string) => writableFolders({ ...JOBS, lake, stateDir })
    expect(of('/srv/lake')).toEqual(['/srv/lake'])
    expect(of('/srv/lake', '/srv/lake/_state')).toEqual(['/srv/lake'])
    expect(of('/srv/lake', '/srv')).toEqual(['/srv'])
    expect(of('/srv/lake', '/srv/lake')).toEqual(['/srv/lake'])
    expect(of('/srv/lake', '/mnt/state')).toEqual(['/srv/lake', '/mnt/state'])
    expect(of('/var/lib/twdw/lake', '/var/lib/twdw/state')).toEqual([])
  })
})
