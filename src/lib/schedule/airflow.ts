/**
 * The airflow kind of schedule: one file in the folder where Airflow looks for DAGs, one a lake.
 *
 * It consolidates and listens to nothing. Airflow itself is told nothing: it finds the file, or misses it, by itself.
 */
import { dirname } from 'node:path'
import { dagFile, dagId, lakeOfDag, startHourOfDag } from '../domain/schedule/airflow-dag.ts'
import { TwdwError } from '../errors.ts'
import type { Installer } from '../io/installer.ts'
import { type AirflowPlan, missingFiles, type Schedule, type Step } from './plan.ts'

/** The Airflow kind of schedule: one file of DAGs. */
export function airflowSchedule(plan: AirflowPlan): Schedule {
  return {
    texts: () => [{ path: dagPath(plan), text: dagFile({ ...plan, startHour: plan.startHour ?? plan.firstHour }) }],
    unmetNeeds: installer => unmetNeeds(plan, installer),
    async installSteps(installer) {
      const path = dagPath(plan)
      const there = await installer.readText(path)
      if (there !== undefined) refuseForeign(path, there, plan.jobs.lake)
      // a later start would leave out hours that the former DAG had not come to yet
      const formerHour = there === undefined ? undefined : startHourOfDag(there)
      const text = dagFile({ ...plan, startHour: plan.startHour ?? formerHour ?? plan.firstHour })
      if (there === text) return []
      return [{ do: there === undefined ? 'write' : 'replace', path, text }]
    },
    uninstallSteps: installer => uninstallSteps(plan, installer),
    notes: action => (action === 'install' ? installNotes(plan) : uninstallNotes(plan)),
  }
}

function dagPath({ dagsFolder, jobs }: AirflowPlan): string {
  const name = `${dagId(jobs.lake)}.py`
  return dagsFolder === undefined ? name : `${dagsFolder}/${name}`
}

async function unmetNeeds({ jobs, dagsFolder }: AirflowPlan, installer: Installer): Promise<TwdwError[]> {
  const faults = await missingFiles(jobs, installer)
  // Airflow makes its own folder and not the one for DAGs in it; anything above is a slip of the pen
  const home = dirname(dagsFolder ?? '')
  if (dagsFolder !== undefined && !(await installer.exists(home))) {
    faults.push(
      new TwdwError('E_USAGE', `there is no folder ${home}, so Airflow can have no DAGs in ${dagsFolder}`, {
        hint: 'name the folder of its DAGs with --dags-folder, or set AIRFLOW_HOME',
      }),
    )
  }
  return faults
}

async function uninstallSteps(plan: AirflowPlan, installer: Installer): Promise<Step[]> {
  const path = dagPath(plan)
  const text = await installer.readText(path)
  if (text === undefined) return []
  refuseForeign(path, text, plan.jobs.lake)
  return [{ do: 'remove', path }]
}

function refuseForeign(path: string, text: string, lake: string): void {
  const written = lakeOfDag(text)
  if (written === lake) return
  throw new TwdwError(
    'E_USAGE',
    written === undefined
      ? `${path} was not written by twdw, and is left alone`
      : `${path} was written for another lake, ${written}, and is left alone`,
    { hint: 'move it away if it is not needed' },
  )
}

function installNotes({ jobs, pool }: AirflowPlan): string[] {
  const id = dagId(jobs.lake)
  return [
    ...(pool === undefined
      ? []
      : [`tasks wait for ever for a pool that Airflow has not: airflow pools set ${pool} 1 twdw`]),
    `Airflow finds new files within five minutes, and leaves them paused: airflow dags unpause ${id}; airflow dags unpause ${id}_late`,
    'it does not listen: have systemd, Compose or cron keep a listener running',
  ]
}

function uninstallNotes({ jobs }: AirflowPlan): string[] {
  const id = dagId(jobs.lake)
  return [
    `Airflow keeps what it knows of past runs: airflow dags delete ${id}; airflow dags delete ${id}_late`,
    'the lake was left as it is',
  ]
}
