/**
 * The cron kind of schedule: a marked block in the crontab of the account that installs it, one a lake.
 *
 * Lines outside the block are never touched, and a crontab that would be left empty is removed.
 */
import { crontabBlock, withBlock, withoutBlock } from '../domain/schedule/crontab.ts'
import { TwdwError } from '../errors.ts'
import type { Installer } from '../io/installer.ts'
import { type CronPlan, missingFiles, type Schedule, type Step } from './plan.ts'

/** Programs that the entries run beside twdw. */
const PROGRAMS = { flock: 'util-linux', logger: 'bsdutils' } as const

export function cronSchedule(plan: CronPlan): Schedule {
  const { jobs } = plan
  return {
    texts: () => [{ path: 'crontab', text: crontabBlock(jobs) }],
    unmetNeeds: installer => unmetNeeds(plan, installer),
    async installSteps(installer) {
      const crontab = await installer.readCrontab()
      return crontabSteps(crontab, withBlock(crontab, jobs.lake, crontabBlock(jobs)))
    },
    async uninstallSteps(installer) {
      const crontab = await installer.readCrontab()
      return crontabSteps(crontab, withoutBlock(crontab, jobs.lake))
    },
    notes: action =>
      action === 'install'
        ? [
            'the listener starts within a minute; one that runs already goes on as it is until it is stopped (kill -TERM)',
            'logs: journalctl -t twdw, or /var/log/syslog',
          ]
        : ['a listener that runs now goes on until it is stopped (kill -TERM); the lake was left as it is'],
  }
}

function crontabSteps(before: string, after: string): Step[] {
  if (before === after) return []
  if (after === '') return [{ do: 'run', words: ['crontab', '-r'] }]
  return [{ do: 'run', words: ['crontab', '-'], stdin: after }]
}

async function unmetNeeds(plan: CronPlan, installer: Installer): Promise<TwdwError[]> {
  const faults = await missingFiles(plan.jobs, installer)
  for (const [program, debianPackage] of Object.entries(PROGRAMS)) {
    if (await installer.hasProgram(program)) continue
    faults.push(
      new TwdwError('E_USAGE', `the crontab entries need \`${program}\`, which is not installed`, {
        hint: `install it (Debian: apt-get install ${debianPackage}), or use \`twdw schedule systemd\``,
      }),
    )
  }
  return faults
}
