import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHour } from '../../../src/lib/domain/hour.ts'
import { dagFile, dagId, lakeOfDag, startHourOfDag } from '../../../src/lib/domain/schedule/airflow-dag.ts'
import { JOBS, scheduleCases } from '../../support/schedule-fixtures.ts'

const PLAN = { jobs: JOBS, startHour: parseHour('2024-01-01T00'), pool: undefined }
const hasPython = spawnSync('python3', ['--version']).status === 0

/** Python reads the file and says what its lists of words are; nothing is imported, and nothing run. */
const READ = `
import ast, json, sys
names = {"CONSOLIDATE", "LAKE"}
found = [ast.literal_eval(node.value) for node in ast.parse(sys.stdin.buffer.read()).body
         if isinstance(node, ast.Assign) and node.targets[0].id in names]
print(json.dumps(found))
`

function readByPython(text: string): string[][] {
  const { stdout, stderr } = spawnSync('python3', ['-c', READ], { input: text, encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

const anyPath = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom(...'%\\\'"{}#! $', '"""', '{{ ds }}', '\\N{'),
    ),
  )
  .map(parts => `/${[...parts.join('')].filter(one => one >= ' ' && one !== '\u007f').join('')}`)

describe('the file of DAGs', () => {
  it.each(scheduleCases('airflow'))('is as the case $name says', ({ expected, ...plan }) => {
    expect({ [`${dagId(plan.jobs.lake)}.py`]: dagFile(plan) }).toEqual(expected)
  })

  it.skipIf(!hasPython)('has words that Python reads back as they were, whatever is in them', () => {
    fc.assert(
      fc.property(anyPath, anyPath, (executable, lake) => {
        const words = readByPython(dagFile({ ...PLAN, jobs: { ...JOBS, executable, lake } }))
        expect(words).toEqual([
          [executable, 'consolidate'],
          ['--lake', lake],
        ])
      }),
      { numRuns: 25 },
    )
  })

  it('is known again by the lake that it was written for, and by its start', () => {
    fc.assert(
      fc.property(anyPath, lake => {
        expect(lakeOfDag(dagFile({ ...PLAN, jobs: { ...JOBS, lake } }))).toBe(lake)
      }),
    )
    expect(startHourOfDag(dagFile({ ...PLAN, startHour: parseHour('2024-02-29T23') }))).toBe('2024-02-29T23')
    expect([lakeOfDag('from airflow.sdk import DAG\n'), startHourOfDag('START = datetime(2024, 1, 1)\n')]).toEqual([
      undefined,
      undefined,
    ])
  })

  it('names neither a token nor what a listener is told', () => {
    const text = dagFile({ ...PLAN, jobs: { ...JOBS, listenOptions: ['--lang=pt'] } })
    expect(text).not.toMatch(/x_bearer_token|covid19|--lang/)
  })

  it('is refused with a line end in a path, which would end the first line', () => {
    expect(() => dagFile({ ...PLAN, jobs: { ...JOBS, lake: '/srv/lake\nimport os' } })).toThrow(
      expect.objectContaining({
        code: 'E_USAGE',
        message: '"/srv/lake\\nimport os" holds a control character, and a line cannot',
      }),
    )
  })
})

describe('the name of a DAG', () => {
  it('is the lake’s path, in letters that Airflow takes', () => {
    expect([dagId('/srv/lake'), dagId('s3://my-bucket/a/lake')]).toEqual(['twdw_srv_lake', 'twdw_s3_my-bucket_a_lake'])
  })

  it('is another one for another lake, also where letters get lost', () => {
    const lakes = [
      '/srv/lake',
      '/srv_lake',
      '/srv/läke',
      '/srv/löke',
      '/日本',
      `/${'x'.repeat(200)}1`,
      `/${'x'.repeat(200)}2`,
    ]
    const names = lakes.map(dagId)
    expect(new Set(names).size).toBe(lakes.length)
    for (const name of names) expect(name).toMatch(/^twdw_[\w.-]{1,110}$/)
  })
})
