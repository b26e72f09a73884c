/** The cases of test/fixtures/schedule: a plan, and the texts that it has to give. A new case is a new folder. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hour } from '../../src/lib/domain/hour.ts'
import type { Jobs } from '../../src/lib/domain/schedule/jobs.ts'
import type { UnitScope } from '../../src/lib/domain/schedule/unit-files.ts'
import { FIXTURES } from './folders.ts'

const FOLDER = join(FIXTURES, 'schedule')

export interface ScheduleCase {
  name: string
  kind: 'systemd' | 'cron' | 'airflow'
  scope: UnitScope
  runAs: string | undefined
  jobs: Jobs
  /** of airflow only */
  startHour: Hour
  pool: string | undefined
  /** text by file name */
  expected: Record<string, string>
}

/** `null` in a plan.json stands for what is undefined in a plan. */
export function scheduleCases(kind: ScheduleCase['kind']): ScheduleCase[] {
  return readdirSync(FOLDER)
    .map(name => {
      const plan = JSON.parse(readFileSync(join(FOLDER, name, 'plan.json'), 'utf8'))
      const jobs = {
        lakeOptions: [],
        compacts: true,
        ...plan.jobs,
        stateDir: plan.jobs.stateDir ?? undefined,
        tokenFile: plan.jobs.tokenFile ?? undefined,
      }
      const absent = { runAs: plan.runAs ?? undefined, pool: plan.pool ?? undefined }
      return { ...plan, ...absent, name, jobs, expected: expectedTexts(name) } as ScheduleCase
    })
    .filter(one => one.kind === kind)
}

function expectedTexts(name: string): Record<string, string> {
  const folder = join(FOLDER, name, 'expected')
  return Object.fromEntries(readdirSync(folder).map(file => [file, readFileSync(join(folder, file), 'utf8')]))
}

/** Jobs as an ordinary user would have them. */
export const JOBS: Jobs = {
  executable: '/usr/local/bin/twdw',
  lake: '/srv/lake',
  lakeOptions: [],
  stateDir: undefined,
  tags: ['covid19'],
  listenOptions: [],
  compacts: true,
  tokenFile: '/etc/twdw/x_bearer_token',
}
