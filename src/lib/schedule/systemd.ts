/**
 * The systemd kind of schedule: one listener and one timer for the whole machine, or for one account.
 *
 * The units' names are fixed, so a machine (or an account) schedules one lake; a unit file that was written for
 * another lake, or by somebody else, is never replaced.
 */
import {
  CONSOLIDATE_UNIT,
  ENABLED_UNITS,
  LISTEN_UNIT,
  lakeOfUnit,
  TIMER_UNIT,
  UNIT_NAMES,
  unitFiles,
  writableFolders,
} from '../domain/schedule/unit-files.ts'
import { TwdwError } from '../errors.ts'
import type { Installer } from '../io/installer.ts'
import { missingFiles, type Schedule, type ScheduleText, type Step, type SystemdPlan } from './plan.ts'

export function systemdSchedule(plan: SystemdPlan): Schedule {
  return {
    texts: () => unitTexts(plan),
    unmetNeeds: installer => unmetNeeds(plan, installer),
    installSteps: installer => installSteps(plan, installer),
    uninstallSteps: installer => uninstallSteps(plan, installer),
    notes: action => (action === 'install' ? installNotes(plan) : ['the lake was left as it is']),
  }
}

function unitTexts(plan: SystemdPlan): ScheduleText[] {
  return unitFiles(plan).map(({ name, text }) => ({ path: `${plan.unitFolder}/${name}`, text }))
}

async function unmetNeeds(plan: SystemdPlan, installer: Installer): Promise<TwdwError[]> {
  const faults: TwdwError[] = []
  if (!(await installer.isSystemdUp(plan.scope))) {
    faults.push(
      plan.scope === 'system'
        ? new TwdwError('E_USAGE', 'systemd does not run on this machine', { hint: 'use `twdw schedule cron`' })
        : new TwdwError('E_USAGE', 'the systemd of this account does not run', {
            hint: 'log in as the account itself (not by su or sudo), or leave --user out',
          }),
    )
  }
  faults.push(...(await missingFiles(plan.jobs, installer)))
  if (plan.runAs !== undefined && !(await hasAccount(plan.runAs, installer))) {
    faults.push(
      new TwdwError('E_USAGE', `there is no account "${plan.runAs}" on this machine`, {
        hint: `name another one with --run-as, or make it: useradd --system ${plan.runAs}`,
      }),
    )
  }
  return faults
}

async function hasAccount(name: string, installer: Installer): Promise<boolean> {
  return installer.run(['id', '-u', name]).then(
    () => true,
    (error: unknown) => {
      if (error instanceof TwdwError && error.code === 'E_REFUSED') return false
      throw error
    },
  )
}

async function installSteps(plan: SystemdPlan, installer: Installer): Promise<Step[]> {
  const writes: Step[] = []
  for (const { path, text } of unitTexts(plan)) {
    const there = await installer.readText(path)
    if (there !== undefined) refuseForeign(path, there, plan.jobs.lake)
    writes.push({ do: there === undefined ? 'write' : there === text ? 'keep' : 'replace', path, text })
  }
  // a running listener goes on with its former words until it is started again
  const starts: Step[] = writes.some(step => step.do === 'replace')
    ? [systemctl(plan, 'enable', ...ENABLED_UNITS), systemctl(plan, 'restart', ...ENABLED_UNITS)]
    : [systemctl(plan, 'enable', '--now', ...ENABLED_UNITS)]
  // files first: whoever may not write them has then changed nothing
  return [...writes, ...(await folderSteps(plan, installer)), systemctl(plan, 'daemon-reload'), ...starts]
}

/** A sandbox cannot make the folder that it is opened for, so it has to be there, and be the account's. */
async function folderSteps(plan: SystemdPlan, installer: Installer): Promise<Step[]> {
  if (plan.scope === 'user' || plan.runAs === undefined) return []
  const steps: Step[] = []
  for (const folder of writableFolders(plan.jobs)) {
    if (await installer.exists(folder)) continue
    steps.push({ do: 'run', words: ['mkdir', '-p', folder] })
    // the colon gives it to the account's own group as well
    steps.push({ do: 'run', words: ['chown', `${plan.runAs}:`, folder] })
  }
  return steps
}

async function uninstallSteps(plan: SystemdPlan, installer: Installer): Promise<Step[]> {
  const removals: Step[] = []
  for (const name of UNIT_NAMES) {
    const path = `${plan.unitFolder}/${name}`
    const text = await installer.readText(path)
    if (text === undefined) continue
    refuseForeign(path, text, lakeOfUnit(text))
    removals.unshift({ do: 'remove', path })
  }
  if (removals.length === 0) return []
  return [
    { ...systemctl(plan, 'disable', '--now', ...ENABLED_UNITS), mayFail: removals.length < UNIT_NAMES.length },
    { ...systemctl(plan, 'stop', CONSOLIDATE_UNIT), mayFail: true },
    // a failed unit is listed for ever and cannot be cleaned; as patterns, because naming one that is not loaded is an error
    { ...systemctl(plan, 'reset-failed', `${LISTEN_UNIT}*`, `${CONSOLIDATE_UNIT}*`), mayFail: true },
    // the only state of a timer is when it last fired; that of the services may be the lake, and only their cache goes
    { ...systemctl(plan, 'clean', '--what=state', TIMER_UNIT), mayFail: true },
    ...(plan.scope === 'system' ? [{ ...systemctl(plan, 'clean', '--what=cache', LISTEN_UNIT), mayFail: true }] : []),
    ...removals,
    systemctl(plan, 'daemon-reload'),
  ]
}

function refuseForeign(path: string, text: string, lake: string | undefined): void {
  const written = lakeOfUnit(text)
  if (written === undefined) {
    throw new TwdwError('E_USAGE', `${path} was not written by twdw, and is left alone`, {
      hint: 'move it away if it is not needed',
    })
  }
  if (written !== lake) {
    throw new TwdwError('E_USAGE', `${path} already keeps the lake ${written} going`, {
      hint: 'remove that schedule first: twdw schedule systemd --uninstall',
    })
  }
}

function systemctl(plan: SystemdPlan, ...words: string[]): Extract<Step, { do: 'run' }> {
  return { do: 'run', words: ['systemctl', ...(plan.scope === 'user' ? ['--user'] : []), ...words] }
}

function installNotes(plan: SystemdPlan): string[] {
  const of = plan.scope === 'user' ? '--user ' : ''
  return [
    `logs: journalctl ${of}-u ${LISTEN_UNIT} -u ${CONSOLIDATE_UNIT} -f`,
    ...(plan.scope === 'user' ? ['the units stop when you log out, unless you run: loginctl enable-linger'] : []),
    ...(plan.scope === 'system' && plan.runAs === undefined
      ? ['only root can read the lake: its account exists while the units run (--run-as names another)']
      : []),
  ]
}
