import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { LAYER2 } from '../../../src/lib/domain/layer2.ts'
import { STAR_TABLES, selectStarTable } from '../../../src/lib/domain/star-sql/star-sql.ts'
import { anyLayer1 } from '../../support/any-layer1.ts'
import { FIXTURES } from '../../support/folders.ts'
import type { Layer1Row } from '../../support/layer1-rows.ts'
import { bothStars, kernelStar, openStarSql, type StarSql } from '../../support/star-by-sql.ts'

const CASES = join(FIXTURES, 'hours')
/** TWDW_JOBS asks for more made-up jobs, TWDW_SEED for the same ones. */
const JOBS = Number(process.env.TWDW_JOBS ?? 100)
const SEED = Number(process.env.TWDW_SEED ?? process.hrtime.bigint() % 1_000_000n)
const SHRINKING_MS = 120_000

let sql: StarSql
beforeAll(async () => {
  sql = await openStarSql()
})
afterAll(() => sql.close())

describe.each(readdirSync(CASES))('star-sql over the hour of fixtures/hours/%s', name => {
  /** layer1.json of a case: the rows of each file. */
  const hourCase: { hour: Hour; timeZone: string; files: Layer1Row[][] } = JSON.parse(
    readFileSync(join(CASES, name, 'layer1.json'), 'utf8'),
  )

  it('gives what the kernels give', async () => {
    const { hour, timeZone, files } = hourCase
    await sql.run({ timeZone, hours: [{ hour, files }] })
    expect(await sql.starOf(hour)).toEqual(kernelStar(hour, files, timeZone))
  })
})

describe('star-sql', () => {
  it('gives every table the columns and types of LAYER2, of rows or of none', async () => {
    const hour = '2024-01-01T10' as Hour
    for (const files of [
      [],
      [[]],
      [[{ tweet_id: '1', created_at: `${hour}:00:00Z`, hashtags: ['a'], author_id: '1' }]],
    ]) {
      await sql.run({ timeZone: 'UTC', hours: [{ hour, files }] })
      for (const table of STAR_TABLES) {
        const { fields } = (await sql.select(selectStarTable(table, hour))).schema
        // the engine's instants are finer than the lake's
        const types = fields.map(
          ({ name, type }) => `${name} ${String(type).replace('MICROSECOND, UTC', 'MILLISECOND, UTC')}`,
        )
        expect(types).toEqual(LAYER2[table].schema.fields.map(({ name, type }) => `${name} ${type}`))
        // the engine reads these as 64 bits, and writes them into Parquet as DOUBLE
        const described = await sql.select(`DESCRIBE ${selectStarTable(table, hour)}`)
        expect([...described.getChild('column_type')!]).not.toContain('HUGEINT')
      }
    }
  })
})

describe(`star-sql over ${JOBS} made-up jobs (TWDW_SEED=${SEED})`, {
  timeout: 60_000 + SHRINKING_MS + JOBS * 2_000,
}, () => {
  it('gives what the kernels give, table by table and row by row', async () => {
    const seen = { tweets: 0, rejected: 0 }
    const property = fc.asyncProperty(anyLayer1, async job => {
      for (const { bySql, byKernels } of await bothStars(sql, job)) {
        expect(bySql).toEqual(byKernels)
        seen.tweets += byKernels.fact_tweet.length
        seen.rejected += byKernels.rejected.length
      }
    })
    await fc.assert(property, { numRuns: JOBS, seed: SEED })
    // a generator whose rows are all refused would compare nothing
    expect(seen.tweets).toBeGreaterThan(JOBS)
    expect(seen.rejected).toBeGreaterThan(JOBS)
  })
})
