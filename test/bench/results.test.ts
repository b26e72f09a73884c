/**
 * Pages follow from results. A case is a folder in test/fixtures/bench named after a section: `results.json`, as a trial on small inputs
 * left it (`npm run bench -- <section> --small` says where), and `expected.md`, what is told of it, which Vitest writes where it is missing
 * and with `-u`. And what the repository shows follows from what it keeps.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesOfResults, readResults, resultsFile } from '../../bench/results.ts'
import type { Results, Section } from '../../bench/section.ts'
import { SECTIONS } from '../../bench/sections.ts'
import { isFailure, type Outcome, timingOf } from '../../bench/statistics.ts'
import { FIXTURES, REPOSITORY } from '../support/folders.ts'

const CASES = join(FIXTURES, 'bench')
const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8')
const caseOf = ({ name }: Section): Results => JSON.parse(readFileSync(join(CASES, name, 'results.json'), 'utf8'))

/** All that a section tells, marker by marker. */
function toldText(section: Section, results: Results): string {
  const told = Object.entries(section.tell(results))
  return told.map(([name, lines]) => `<!-- bench: ${name} -->\n${lines.join('\n')}\n<!-- end -->\n`).join('\n')
}

/** Every program that was timed, wherever it stands in the figures. */
function outcomesIn(value: unknown): Outcome[] {
  if (typeof value !== 'object' || value === null) return []
  if ('failed' in value || ('runs' in value && 'median' in value)) return [value as Outcome]
  return Object.values(value).flatMap(outcomesIn)
}

describe.each(SECTIONS.map(section => [section.name, section] as const))('%s', (name, section) => {
  it('tells what it measured', async () => {
    await expect(toldText(section, caseOf(section))).toMatchFileSnapshot(join(CASES, name, 'expected.md'))
  })

  it('has a place in its page for all that it tells, and shows every chart that it draws', () => {
    const results = caseOf(section)
    for (const marker of Object.keys(section.tell(results))) {
      expect(read(section.page)).toContain(`<!-- bench: ${marker} -->\n`)
    }
    for (const chart of Object.keys(section.charts(results))) {
      expect(toldText(section, results)).toContain(`src="benchmarks/${chart}.svg"`)
      expect(toldText(section, results)).toContain(`srcset="benchmarks/${chart}.dark.svg"`)
    }
  })

  it('keeps medians that follow from its runs', () => {
    for (const outcome of outcomesIn(caseOf(section).figures)) {
      if (!isFailure(outcome)) expect(timingOf(outcome.runs)).toEqual(outcome)
    }
  })

  it('keeps results as text that reads as the same results', () => {
    const results = caseOf(section)
    const files = resultsFile(results)
    expect(Object.keys(files)).toEqual([`docs/benchmarks/${name}.json`])
    expect(JSON.parse(Object.values(files)[0]!)).toEqual(results)
  })
})

describe('when PySpark fails', () => {
  const failed: Outcome = { failed: 'no Java' }

  it('an hour into the star is told without it', () => {
    const section = SECTIONS.find(({ name }) => name === 'consolidate')!
    const results = structuredClone(caseOf(section)) as Results & {
      figures: { points: { programs: { pyspark: Outcome } }[]; sparkJob: Outcome }
    }
    for (const { programs } of results.figures.points) programs.pyspark = failed
    results.figures.sparkJob = failed
    expect(toldText(section, results)).toContain('| PySpark, as the original | failed | – | – | – |')
    expect(toldText(section, results)).toContain('\nPySpark failed: no Java\n')
    expect(() => filesOfResults([section], () => results, read)).not.toThrow()
  })

  it('questions are told without it', () => {
    const section = SECTIONS.find(({ name }) => name === 'query')!
    const results = structuredClone(caseOf(section)) as Results & {
      figures: { questions: { spark: { first: null; warm: Outcome } }[]; sparkStart: number | null }
    }
    results.figures.sparkStart = null
    for (const each of results.figures.questions) each.spark = { first: null, warm: failed }
    expect(toldText(section, results)).toContain('\nPySpark failed: no Java\n')
    expect(() => filesOfResults([section], () => results, read)).not.toThrow()
  })
})

describe('the repository', () => {
  it('shows what follows from the results that it keeps', () => {
    const files = filesOfResults(SECTIONS, ({ name }) => readResults(name), read)
    for (const [path, text] of Object.entries(files)) {
      expect(existsSync(join(REPOSITORY, path)), `${path} is there; else run npm run docs`).toBe(true)
      expect(read(path) === text, `${path} is fresh; else run npm run docs`).toBe(true)
    }
  })

  it('keeps results of no section that is not there any more', () => {
    const folder = join(REPOSITORY, 'docs/benchmarks')
    const kept = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.json')) : []
    expect(kept.filter(name => !SECTIONS.some(section => `${section.name}.json` === name))).toEqual([])
  })
})
