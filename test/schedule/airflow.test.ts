import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseHour } from '../../src/lib/domain/hour.ts'
import { dagFile } from '../../src/lib/domain/schedule/airflow-dag.ts'
import { openInstaller } from '../../src/lib/io/installer.ts'
import type { AirflowPlan } from '../../src/lib/schedule/plan.ts'
import { schedule } from '../../src/lib/schedule/schedule.ts'
import { fakeMachine } from '../support/fake-machine.ts'
import { JOBS } from '../support/schedule-fixtures.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const TODAY = parseHour('2024-05-01T00')

/** A machine with twdw on it and a home of Airflow's, in which no DAG has been yet. */
async function withAirflow(
  work: (home: { plan: AirflowPlan; path: string; dags: () => Promise<string[]> }) => Promise<void>,
) {
  await withTempFolder(async folder => {
    await writeFile(join(folder, 'twdw'), '')
    const jobs = { ...JOBS, executable: join(folder, 'twdw'), lake: '/srv/lake', tokenFile: undefined }
    const dagsFolder = join(folder, 'dags')
    const common = { kind: 'airflow', action: 'install', dryRun: false } as const
    await work({
      plan: { ...common, jobs, dagsFolder, startHour: undefined, firstHour: TODAY, pool: undefined },
      path: join(dagsFolder, 'twdw_srv_lake.py'),
      dags: () => readdir(dagsFolder).catch(() => []),
    })
  })
}

function run(plan: AirflowPlan) {
  const machine = fakeMachine()
  return schedule(plan, openInstaller(machine.run)).finally(() => expect(machine.ran).toEqual([]))
}

const fileFrom = (plan: AirflowPlan, start: string) => dagFile({ ...plan, startHour: parseHour(start) })

describe('schedule airflow', () => {
  it('prints the file, and where installing would write it', async () => {
    await withAirflow(async ({ plan, path, dags }) => {
      const text = fileFrom(plan, '2024-05-01T00')
      expect((await run({ ...plan, action: 'print' })).texts).toEqual([{ path, text }])
      const nowhere = await run({ ...plan, action: 'print', dagsFolder: undefined })
      expect(nowhere.texts).toEqual([{ path: 'twdw_srv_lake.py', text }])
      expect(await dags()).toEqual([])
    })
  })

  it('writes the file, says how it is woken up, and changes nothing when it is installed again', async () => {
    await withAirflow(async ({ plan, path }) => {
      const report = await run(plan)
      expect(report.steps.map(step => step.do)).toEqual(['write'])
      expect(await readFile(path, 'utf8')).toBe(fileFrom(plan, '2024-05-01T00'))
      expect(report.notes).toEqual([
        'Airflow finds new files within five minutes, and leaves them paused: airflow dags unpause twdw_srv_lake; airflow dags unpause twdw_srv_lake_late',
        'it does not listen: have systemd, Compose or cron keep a listener running',
      ])
      const again = await run(plan)
      expect([again.steps, again.notes]).toEqual([[], []])
    })
  })

  it('keeps the start that the DAG in its place has, unless another is named', async () => {
    await withAirflow(async ({ plan, path }) => {
      await run({ ...plan, startHour: parseHour('2024-02-01T03') })
      const later = await run({ ...plan, pool: 'twdw' })
      expect(later.steps.map(step => step.do)).toEqual(['replace'])
      expect(later.notes[0]).toBe('tasks wait for ever for a pool that Airflow has not: airflow pools set twdw 1 twdw')
      expect(await readFile(path, 'utf8')).toBe(fileFrom({ ...plan, pool: 'twdw' }, '2024-02-01T03'))
      await run({ ...plan, startHour: parseHour('2024-03-01T00') })
      expect(await readFile(path, 'utf8')).toBe(fileFrom(plan, '2024-03-01T00'))
    })
  })

  it('takes the file away, and nothing where there is none', async () => {
    await withAirflow(async ({ plan, path, dags }) => {
      await run(plan)
      const report = await run({ ...plan, action: 'uninstall' })
      expect(report.steps).toEqual([{ do: 'remove', path }])
      expect(report.notes).toEqual([
        'Airflow keeps what it knows of past runs: airflow dags delete twdw_srv_lake; airflow dags delete twdw_srv_lake_late',
        'the lake was left as it is',
      ])
      expect(await dags()).toEqual([])
      expect((await run({ ...plan, action: 'uninstall' })).steps).toEqual([])
    })
  })

  it.each(['install', 'uninstall'] as const)('leaves alone what it did not write for this lake: %s', async action => {
    await withAirflow(async ({ plan, path }) => {
      await mkdir(join(path, '..'))
      for (const [text, message] of [
        ['import os\n', `${path} was not written by twdw, and is left alone`],
        [
          fileFrom({ ...plan, jobs: { ...plan.jobs, lake: '/srv-lake' } }, '2024-01-01T00'),
          `${path} was written for another lake, /srv-lake, and is left alone`,
        ],
      ] as const) {
        await writeFile(path, text)
        await expect(run({ ...plan, action })).rejects.toMatchObject({
          code: 'E_USAGE',
          message,
          hint: 'move it away if it is not needed',
        })
        expect(await readFile(path, 'utf8')).toBe(text)
      }
    })
  })

  it('refuses before it writes anything: no executable, or no home of Airflow where it was said to be', async () => {
    await withAirflow(async ({ plan, dags }) => {
      const lost = { ...plan, jobs: { ...plan.jobs, executable: '/nowhere/twdw' }, dagsFolder: '/nowhere/airflow/dags' }
      await expect(run(lost)).rejects.toMatchObject({ message: 'there is no executable at /nowhere/twdw' })
      const { steps, unmetNeeds } = await run({ ...lost, dryRun: true })
      expect(steps.map(step => step.do)).toEqual(['write'])
      expect(unmetNeeds.map(({ message }) => message)).toEqual([
        'there is no executable at /nowhere/twdw',
        'there is no folder /nowhere/airflow, so Airflow can have no DAGs in /nowhere/airflow/dags',
      ])
      expect(await dags()).toEqual([])
    })
  })
})
