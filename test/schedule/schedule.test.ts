import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { crontabBlock } from '../../src/lib/domain/schedule/crontab.ts'
import { UNIT_NAMES, unitFiles } from '../../src/lib/domain/schedule/unit-files.ts'
import { openInstaller } from '../../src/lib/io/installer.ts'
import type { CronPlan, SystemdPlan } from '../../src/lib/schedule/plan.ts'
import { schedule } from '../../src/lib/schedule/schedule.ts'
import { type FakeMachine, fakeMachine } from '../support/fake-machine.ts'
import { JOBS } from '../support/schedule-fixtures.ts'
import { withTempFolder } from '../support/temp-folder.ts'

/** A machine with twdw and a token on it, for a lake that an account owns. */
async function withMachine(
  work: (home: {
    folder: string
    plan: SystemdPlan
    cronPlan: CronPlan
    units: () => Promise<string[]>
  }) => Promise<void>,
) {
  await withTempFolder(async folder => {
    await writeFile(join(folder, 'twdw'), '')
    await writeFile(join(folder, 'token'), 'secret')
    const jobs = {
      ...JOBS,
      executable: join(folder, 'twdw'),
      tokenFile: join(folder, 'token'),
      lake: join(folder, 'lake'),
    }
    const unitFolder = join(folder, 'units')
    await work({
      folder,
      plan: { kind: 'systemd', action: 'install', dryRun: false, scope: 'system', runAs: 'ana', unitFolder, jobs },
      cronPlan: { kind: 'cron', action: 'install', dryRun: false, jobs },
      units: async () => (await readdir(unitFolder).catch(() => [])).sort(),
    })
  })
}

const on = (machine: FakeMachine) => openInstaller(machine.run)
const withAna = (options = {}) => fakeMachine({ accounts: ['ana'], ...options })

describe('schedule systemd', () => {
  it('prints what installing would write, and where, and does nothing', async () => {
    await withMachine(async ({ plan, units }) => {
      const machine = withAna()
      const report = await schedule({ ...plan, action: 'print' }, on(machine))
      const files = unitFiles(plan).map(({ name, text }) => ({ path: join(plan.unitFolder, name), text }))
      expect(report.texts).toEqual(files)
      expect([machine.ran, await units()]).toEqual([[], []])
    })
  })

  it('writes the units, makes the lake for its owner, and only then tells systemd', async () => {
    await withMachine(async ({ plan, units }) => {
      const machine = withAna()
      const report = await schedule(plan, on(machine))
      expect(report.steps.map(step => (step.do === 'run' ? step.words[0] : step.do))).toEqual([
        'write',
        'write',
        'write',
        'mkdir',
        'chown',
        'systemctl',
        'systemctl',
      ])
      expect(machine.ran).toEqual([
        `mkdir -p ${plan.jobs.lake}`,
        `chown ana: ${plan.jobs.lake}`,
        'systemctl daemon-reload',
        'systemctl enable --now twdw-listen.service twdw-consolidate.timer',
      ])
      expect(await units()).toEqual([...UNIT_NAMES].sort())
      for (const { name, text } of unitFiles(plan)) {
        expect(await readFile(join(plan.unitFolder, name), 'utf8')).toBe(text)
      }
      expect(report.notes).toEqual(['logs: journalctl -u twdw-listen.service -u twdw-consolidate.service -f'])
    })
  })

  it('changes no file when it is installed again, and leaves a lake that is there to its owner', async () => {
    await withMachine(async ({ plan }) => {
      await mkdir(plan.jobs.lake)
      await schedule(plan, on(withAna()))
      const machine = withAna()
      const report = await schedule(plan, on(machine))
      expect(report.steps.slice(0, 3).map(step => step.do)).toEqual(['keep', 'keep', 'keep'])
      expect(machine.ran).toEqual([
        'systemctl daemon-reload',
        'systemctl enable --now twdw-listen.service twdw-consolidate.timer',
      ])
    })
  })

  it('starts a running listener again when its words have changed', async () => {
    await withMachine(async ({ plan, folder }) => {
      await mkdir(plan.jobs.lake)
      await schedule(plan, on(withAna()))
      const machine = withAna()
      const changed = { ...plan, jobs: { ...plan.jobs, tags: ['vacina'] } }
      const report = await schedule(changed, on(machine))
      expect(report.steps.slice(0, 3).map(step => step.do)).toEqual(['replace', 'keep', 'keep'])
      expect(machine.ran.slice(1)).toEqual([
        'systemctl enable twdw-listen.service twdw-consolidate.timer',
        'systemctl restart twdw-listen.service twdw-consolidate.timer',
      ])
      expect(await readFile(join(folder, 'units/twdw-listen.service'), 'utf8')).toContain(' listen vacina ')
    })
  })

  it('stops everything before it takes the units away, and has systemd forget no state that could be the lake', async () => {
    await withMachine(async ({ plan, units }) => {
      await schedule(plan, on(withAna()))
      const machine = withAna()
      const report = await schedule({ ...plan, action: 'uninstall' }, on(machine))
      expect(machine.ran).toEqual([
        'systemctl disable --now twdw-listen.service twdw-consolidate.timer',
        'systemctl stop twdw-consolidate.service',
        'systemctl reset-failed twdw-listen.service* twdw-consolidate.service*',
        'systemctl clean --what=state twdw-consolidate.timer',
        'systemctl clean --what=cache twdw-listen.service',
        'systemctl daemon-reload',
      ])
      expect(report.steps.map(step => step.do)).toEqual([
        'run',
        'run',
        'run',
        'run',
        'run',
        'remove',
        'remove',
        'remove',
        'run',
      ])
      expect([await units(), report.notes]).toEqual([[], ['the lake was left as it is']])
    })
  })

  it('reports a step that may fail and goes on', async () => {
    await withMachine(async ({ plan, units }) => {
      await schedule(plan, on(withAna()))
      const line = 'systemctl clean --what=state twdw-consolidate.timer'
      const machine = withAna({ failing: { [line]: 'Unit is busy.' } })
      const report = await schedule({ ...plan, action: 'uninstall' }, on(machine))
      expect(report.steps.flatMap(step => step.failed ?? [])).toEqual([
        `\`${line}\` ended with status 1: Unit is busy.`,
      ])
      expect(await units()).toEqual([])
    })
  })

  it('keeps the units when systemd refuses to stop them', async () => {
    await withMachine(async ({ plan, units }) => {
      await schedule(plan, on(withAna()))
      const line = 'systemctl disable --now twdw-listen.service twdw-consolidate.timer'
      const machine = withAna({ failing: { [line]: 'Access denied' } })
      await expect(schedule({ ...plan, action: 'uninstall' }, on(machine))).rejects.toMatchObject({
        code: 'E_REFUSED',
        message: `\`${line}\` ended with status 1: Access denied`,
      })
      expect(await units()).toHaveLength(3)
    })
  })

  it('runs nothing where nothing is installed', async () => {
    await withMachine(async ({ plan }) => {
      const machine = withAna()
      const report = await schedule({ ...plan, action: 'uninstall' }, on(machine))
      expect([report.steps, report.notes, machine.ran]).toEqual([[], [], []])
    })
  })

  it('takes the rest of a half-removed installation away', async () => {
    await withMachine(async ({ plan, units, folder }) => {
      await mkdir(join(folder, 'units'))
      await writeFile(join(folder, 'units/twdw-consolidate.timer'), unitFiles(plan)[2]?.text ?? '')
      const line = 'systemctl disable --now twdw-listen.service twdw-consolidate.timer'
      const machine = withAna({ failing: { [line]: 'Unit file twdw-listen.service does not exist.' } })
      await schedule({ ...plan, action: 'uninstall' }, on(machine))
      expect(await units()).toEqual([])
    })
  })

  it.each(['install', 'uninstall'] as const)('leaves a unit that somebody else wrote alone: %s', async action => {
    await withMachine(async ({ plan, folder, units }) => {
      await mkdir(join(folder, 'units'))
      const path = join(folder, 'units/twdw-consolidate.timer')
      await writeFile(path, '[Timer]\nOnCalendar=daily\n')
      const machine = withAna()
      await expect(schedule({ ...plan, action }, on(machine))).rejects.toMatchObject({
        code: 'E_USAGE',
        message: `${path} was not written by twdw, and is left alone`,
        hint: 'move it away if it is not needed',
      })
      expect([machine.ran, await units()]).toEqual([[], ['twdw-consolidate.timer']])
    })
  })

  it('does not put one lake in the place of another', async () => {
    await withMachine(async ({ plan }) => {
      await schedule(plan, on(withAna()))
      const machine = withAna()
      const other = { ...plan, jobs: { ...plan.jobs, lake: '/srv/other' } }
      await expect(schedule(other, on(machine))).rejects.toMatchObject({
        code: 'E_USAGE',
        message: `${plan.unitFolder}/twdw-listen.service already keeps the lake ${plan.jobs.lake} going`,
        hint: 'remove that schedule first: twdw schedule systemd --uninstall',
      })
      expect(machine.ran).toEqual([])
    })
  })

  it('speaks to the systemd of the account for units of a user, and makes no lake for it', async () => {
    await withMachine(async ({ plan }) => {
      const machine = fakeMachine()
      const report = await schedule({ ...plan, scope: 'user', runAs: undefined }, on(machine))
      expect(machine.ran).toEqual([
        'systemctl --user daemon-reload',
        'systemctl --user enable --now twdw-listen.service twdw-consolidate.timer',
      ])
      expect(report.notes).toEqual([
        'logs: journalctl --user -u twdw-listen.service -u twdw-consolidate.service -f',
        'the units stop when you log out, unless you run: loginctl enable-linger',
      ])
    })
  })

  it.each([
    ['systemd does not run on this machine', { systemd: 'offline' }, {}, {}],
    ['there is no account "ana" on this machine', { accounts: [] }, {}, {}],
    ['there is no executable at /nowhere/twdw', {}, {}, { executable: '/nowhere/twdw' }],
    ["there is no file at /nowhere/token to read X's bearer token from", {}, {}, { tokenFile: '/nowhere/token' }],
    ['the systemd of this account does not run', { systemd: 'offline' }, { scope: 'user', runAs: undefined }, {}],
  ] as const)('refuses before it changes anything: %s', async (message, options, change, jobs) => {
    await withMachine(async ({ plan, units }) => {
      const machine = withAna(options)
      const wanting = { ...plan, ...change, jobs: { ...plan.jobs, ...jobs } }
      await expect(schedule(wanting, on(machine))).rejects.toMatchObject({
        code: 'E_USAGE',
        message,
        hint: expect.any(String),
      })
      expect([machine.ran, await units()]).toEqual([[], []])
    })
  })

  it('says on a machine without systemd what to use instead', async () => {
    await withMachine(async ({ plan, units }) => {
      await expect(schedule(plan, on(withAna({ missing: ['systemctl'] })))).rejects.toMatchObject({
        code: 'E_USAGE',
        message: '`systemctl` is not installed',
        hint: 'this machine has no systemd: use `twdw schedule cron`',
      })
      expect(await units()).toEqual([])
    })
  })

  it('tells in a dry run every step and every need that is not met, and does nothing', async () => {
    await withMachine(async ({ plan, units }) => {
      const machine = fakeMachine({ systemd: 'offline' })
      const jobs = { ...plan.jobs, tokenFile: '/nowhere/token' }
      const report = await schedule({ ...plan, jobs, dryRun: true }, on(machine))
      expect(report.unmetNeeds.map(need => need.message)).toEqual([
        'systemd does not run on this machine',
        "there is no file at /nowhere/token to read X's bearer token from",
        'there is no account "ana" on this machine',
      ])
      expect(report.steps).toHaveLength(7)
      expect([machine.ran, await units(), report.notes]).toEqual([[], [], []])
    })
  })

  it('does in earnest exactly what a dry run said', async () => {
    for (const action of ['install', 'uninstall'] as const) {
      await withMachine(async ({ plan }) => {
        if (action === 'uninstall') await schedule(plan, on(withAna()))
        const said = await schedule({ ...plan, action, dryRun: true }, on(withAna()))
        const done = await schedule({ ...plan, action }, on(withAna()))
        expect(done.steps).toEqual(said.steps)
      })
    }
  })

  it('never has the token in anything it writes, runs or reports', async () => {
    await withMachine(async ({ plan, cronPlan, folder }) => {
      const machine = withAna()
      const reports = [await schedule(plan, on(machine)), await schedule(cronPlan, on(machine))]
      const texts = await Promise.all(UNIT_NAMES.map(name => readFile(join(folder, 'units', name), 'utf8')))
      const everything = JSON.stringify([reports, machine, ...texts])
      expect(everything).toContain(join(folder, 'token'))
      expect(everything).not.toContain('secret')
    })
  })
})

describe('schedule cron', () => {
  it('prints the block', async () => {
    await withMachine(async ({ cronPlan }) => {
      const report = await schedule({ ...cronPlan, action: 'print' }, on(fakeMachine({ missing: ['crontab'] })))
      expect(report.texts).toEqual([{ path: 'crontab', text: crontabBlock(cronPlan.jobs) }])
    })
  })

  it('adds its block to the crontab that is there, once', async () => {
    await withMachine(async ({ cronPlan }) => {
      const machine = fakeMachine({ crontab: '5 4 * * * backup\n' })
      await schedule(cronPlan, on(machine))
      expect(machine.crontab).toBe(`5 4 * * * backup\n${crontabBlock(cronPlan.jobs)}`)
      const again = await schedule(cronPlan, on(machine))
      expect(again.steps).toEqual([])
      expect(machine.ran).toEqual(['crontab -'])
    })
  })

  it('takes its block away, and the crontab with it where it held nothing else', async () => {
    await withMachine(async ({ cronPlan }) => {
      const shared = fakeMachine({ crontab: `5 4 * * * backup\n${crontabBlock(cronPlan.jobs)}` })
      await schedule({ ...cronPlan, action: 'uninstall' }, on(shared))
      expect(shared.crontab).toBe('5 4 * * * backup\n')

      const own = fakeMachine()
      await schedule(cronPlan, on(own))
      await schedule({ ...cronPlan, action: 'uninstall' }, on(own))
      expect([own.crontab, own.ran]).toEqual([undefined, ['crontab -', 'crontab -r']])
    })
  })

  it('takes nothing away where nothing is', async () => {
    await withMachine(async ({ cronPlan }) => {
      const machine = fakeMachine({ crontab: '5 4 * * * backup\n' })
      const report = await schedule({ ...cronPlan, action: 'uninstall' }, on(machine))
      expect([report.steps, machine.ran]).toEqual([[], []])
    })
  })

  it('refuses before it changes anything when a program is missing that the entries run', async () => {
    await withMachine(async ({ cronPlan }) => {
      const machine = fakeMachine({ missing: ['flock'] })
      await expect(schedule(cronPlan, on(machine))).rejects.toMatchObject({
        code: 'E_USAGE',
        message: 'the crontab entries need `flock`, which is not installed',
        hint: 'install it (Debian: apt-get install util-linux), or use `twdw schedule systemd`',
      })
      expect([machine.ran, machine.crontab]).toEqual([[], undefined])
    })
  })

  it('keeps the crontab when cron refuses the next one', async () => {
    await withMachine(async ({ cronPlan }) => {
      const machine = fakeMachine({ crontab: 'mine\n', failing: { 'crontab -': '"-":1: bad minute' } })
      await expect(schedule(cronPlan, on(machine))).rejects.toMatchObject({
        code: 'E_REFUSED',
        message: '`crontab -` ended with status 1: "-":1: bad minute',
      })
      expect(machine.crontab).toBe('mine\n')
    })
  })
})
