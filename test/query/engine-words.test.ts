import { describe, expect, it } from 'vitest'
import type { TwdwError } from '../../src/lib/errors.ts'
import { queryPlan } from '../../src/lib/query/command-plan.ts'

const plan = (argv: Record<string, unknown>, env: Record<string, string> = {}) =>
  queryPlan({ argv, env, files: [], command: 'query' }, { isTerminal: true })
const refusal = (argv: Record<string, unknown>, env: Record<string, string> = {}) => {
  try {
    plan(argv, env)
  } catch (error) {
    return [(error as TwdwError).code, (error as TwdwError).message]
  }
  return undefined
}

describe('who answers', () => {
  it('is DuckDB, whatever SPARK_REMOTE says', () => {
    expect(plan({}, { SPARK_REMOTE: 'sc://a' })).toMatchObject({ engine: 'duckdb', sparkRemote: undefined })
  })

  it('is DuckDB, where one setting is for consolidate too, which knows it as local', () => {
    expect(plan({}, { TWDW_ENGINE: 'local', SPARK_REMOTE: 'sc://a' })).toMatchObject({
      engine: 'duckdb',
      sparkRemote: undefined,
    })
  })

  it('is a Spark, where the words or SPARK_REMOTE say', () => {
    expect(plan({ engine: 'spark', remote: 'sc://a' }, { SPARK_REMOTE: 'sc://b' }).sparkRemote).toBe('sc://a')
    expect(plan({ engine: 'spark' }, { SPARK_REMOTE: 'sc://b' }).sparkRemote).toBe('sc://b')
    expect(plan({ engine: 'spark', watch: '5s' }, { SPARK_REMOTE: 'sc://b' }).watch).toBe(5000)
  })

  it.each([
    [{ engine: 'spark' }, '--engine spark needs the address of a Spark Connect server'],
    [{ remote: 'sc://a' }, '--remote is where a Spark is, and the DuckDB inside answers'],
    [
      { engine: 'spark', remote: 'sc://a', sql: 'SELECT 1', 'allow-files': true },
      '--allow-files is about files of this machine, and Spark reads those of its own',
    ],
    [
      { engine: 'spark', remote: 'sc://a', interactive: true },
      'the shell for SQL is one of DuckDB, and --engine spark cannot be added to it',
    ],
  ])('is not said by %j', (argv, sentence) => {
    expect(refusal(argv)).toEqual(['E_USAGE', sentence])
  })
})
