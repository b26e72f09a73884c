/**
 * What a schedule is made of: the plan that asks for it, the steps that change the machine, the kinds there are.
 *
 * A new kind is one more plan here, one more file that makes a `Schedule` of it, and a line in schedule.ts.
 */

import type { Hour } from '../domain/hour.ts'
import type { ComposePlan } from '../domain/schedule/compose.ts'
import type { Jobs } from '../domain/schedule/jobs.ts'
import type { UnitScope } from '../domain/schedule/unit-files.ts'
import { TwdwError } from '../errors.ts'
import type { Installer } from '../io/installer.ts'

export type SchedulePlan = SystemdPlan | CronPlan | AirflowPlan | ComposeSchedulePlan

interface CommonPlan {
  /** `tags` may be empty when uninstalling */
  jobs: Jobs
  action: 'print' | 'install' | 'uninstall'
  /** say what would be done, and do nothing */
  dryRun: boolean
}

export interface SystemdPlan extends CommonPlan {
  kind: 'systemd'
  scope: UnitScope
  /** account of system units; undefined: one that systemd makes while they run */
  runAs: string | undefined
  /** absolute path of the folder in which systemd looks for units of that scope */
  unitFolder: string
}

export interface CronPlan extends CommonPlan {
  kind: 'cron'
}

export interface ComposeSchedulePlan extends CommonPlan {
  kind: 'compose'
  /** absolute path of the file */
  path: string
  compose: ComposePlan
}

export interface AirflowPlan extends CommonPlan {
  kind: 'airflow'
  /** absolute path of the folder in which Airflow looks for DAGs; undefined where it is not known, and only printing needs none */
  dagsFolder: string | undefined
  /** the first hour with a run of its own, where it was said */
  startHour: Hour | undefined
  /** the same where neither that nor a DAG in its place says so */
  firstHour: Hour
  /** Airflow's pool for the tasks; undefined: its own */
  pool: string | undefined
}

/** A text, and where installing puts it. */
export interface ScheduleText {
  path: string
  text: string
}

/** One change of the machine. */
export type Step =
  | { do: 'write' | 'replace' | 'keep'; path: string; text: string }
  | { do: 'remove'; path: string }
  | {
      do: 'run'
      words: readonly string[]
      stdin?: string
      /** its failure leaves nothing undone that matters: it is reported, and the next step taken */
      mayFail?: boolean
    }

/** What one kind of schedule knows. Every function only looks. */
export interface Schedule {
  /** @throws TwdwError E_USAGE when the jobs cannot be written down */
  texts(): ScheduleText[]
  /** What installing would fail for, each with its remedy. */
  unmetNeeds(installer: Installer): Promise<TwdwError[]>
  /** @throws TwdwError E_USAGE when something stands in the way that is not ours */
  installSteps(installer: Installer): Promise<Step[]>
  /** [] when nothing of ours is installed. @throws TwdwError E_USAGE as `installSteps` does */
  uninstallSteps(installer: Installer): Promise<Step[]>
  /** What a person should know afterwards. */
  notes(action: 'install' | 'uninstall'): string[]
}

/** The needs of every kind: files that the jobs name and that are not there. */
export async function missingFiles(jobs: Jobs, installer: Installer): Promise<TwdwError[]> {
  const faults: TwdwError[] = []
  if (!(await installer.exists(jobs.executable))) {
    faults.push(
      new TwdwError('E_USAGE', `there is no executable at ${jobs.executable}`, {
        hint: 'name the one to run with --executable',
      }),
    )
  }
  return [...faults, ...(await missingKeys(jobs, installer))]
}

/** The needs of a kind that has an executable of its own. */
export async function missingKeys({ tokenFile, awsFile }: Jobs, installer: Installer): Promise<TwdwError[]> {
  const faults: TwdwError[] = []
  if (tokenFile !== undefined && !(await installer.exists(tokenFile))) {
    faults.push(
      new TwdwError('E_USAGE', `there is no file at ${tokenFile} to read X's bearer token from`, {
        hint: 'write the token there, readable by its owner only (umask 077), or name another file with --token-file',
      }),
    )
  }
  if (awsFile !== undefined && !(await installer.exists(awsFile))) {
    faults.push(
      new TwdwError('E_USAGE', `there is no file at ${awsFile} to read AWS credentials from`, {
        hint: 'write them there as in ~/.aws/credentials, readable by its owner only, or name another file with --aws-credentials-file',
      }),
    )
  }
  return faults
}
