/** What systemd itself says of the units: the golden texts of the cases, over executables that are there. */
import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type UnitFile, unitFiles } from '../../src/lib/domain/schedule/unit-files.ts'
import { JOBS, type ScheduleCase, scheduleCases } from '../support/schedule-fixtures.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const isThere = spawnSync('systemd-analyze', ['--version']).status === 0
const withAnalyze = it.skipIf(!isThere)
const SERVICES = ['twdw-listen.service', 'twdw-consolidate.service']

/** Runs systemd-analyze over files in a folder of their own. */
function analyze(folder: string, words: readonly string[]): { status: number | null; said: string } {
  // a manager for user units wants a runtime folder even if it only reads
  const env = { ...process.env, XDG_RUNTIME_DIR: folder, SYSTEMD_LOG_COLOR: '0', NO_COLOR: '1' }
  const { status, stdout, stderr } = spawnSync('systemd-analyze', words, { cwd: folder, encoding: 'utf8', env })
  return { status, said: stdout + stderr }
}

/** The units of a case, with an executable that is there: systemd looks. */
async function writeUnits(folder: string, one: Pick<ScheduleCase, 'scope' | 'runAs' | 'jobs'>): Promise<UnitFile[]> {
  const executable = join(folder, basename(one.jobs.executable))
  await writeFile(executable, '#!/bin/sh\n', { mode: 0o755 })
  const files = unitFiles({ ...one, jobs: { ...one.jobs, executable } })
  await mkdir(join(folder, 'units'))
  for (const { name, text } of files) await writeFile(join(folder, 'units', name), text)
  return files
}

const verifyWords = (scope: string, files: readonly UnitFile[]) => [
  ...(scope === 'user' ? ['--user'] : []),
  'verify',
  '--man=no',
  '--recursive-errors=no',
  ...files.map(file => `units/${file.name}`),
]

describe('systemd-analyze', () => {
  withAnalyze.each(scheduleCases('systemd'))('finds no fault in the units of the case $name', async one => {
    await withTempFolder(async folder => {
      const files = await writeUnits(folder, one)
      expect(analyze(folder, verifyWords(one.scope, files))).toEqual({ status: 0, said: '' })
    })
  })

  withAnalyze('finds the fault in a unit that has one', async () => {
    await withTempFolder(async folder => {
      const files = await writeUnits(folder, { scope: 'system', runAs: 'ana', jobs: JOBS })
      await writeFile(join(folder, 'units', 'twdw-listen.service'), `${files[0]?.text}Nonsense=yes\n`)
      expect(analyze(folder, verifyWords('system', files)).said).toMatch(/Unknown key (name )?'Nonsense'/)
    })
  })

  const systemCases = scheduleCases('systemd').filter(one => one.scope === 'system')
  withAnalyze.each(systemCases)('counts an exposure of at most 2.0 for the services of the case $name', async one => {
    await withTempFolder(async folder => {
      await writeUnits(folder, one)
      for (const service of SERVICES) {
        const { status, said } = analyze(folder, ['security', '--offline=true', '--threshold=20', `units/${service}`])
        const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(said) ?? []
        expect({ service, status, isTight: Number(exposure) <= 2 }).toEqual({ service, status: 0, isTight: true })
      }
    })
  })

  withAnalyze('reads the timer as five minutes past every hour of UTC', async () => {
    const timer = unitFiles({ scope: 'system', runAs: 'ana', jobs: JOBS })[2]?.text ?? ''
    const [, calendar = ''] = /^OnCalendar=(.*)$/m.exec(timer) ?? []
    await withTempFolder(async folder => {
      const from = ['--base-time=2024-01-01 10:30:00 UTC', '--iterations=2']
      const { status, said } = analyze(folder, ['calendar', ...from, calendar])
      expect(status).toBe(0)
      expect(said).toMatch(/2024-01-01 11:05:00 UTC[\s\S]*2024-01-01 12:05:00 UTC/)
    })
  })
})
