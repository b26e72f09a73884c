import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Table } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hour } from '../../../src/lib/domain/hour.ts'
import { LAYER2 } from '../../../src/lib/domain/layer2.ts'
import { buildStar, type Star } from '../../../src/lib/domain/star/star.ts'
import { STAR_TABLES } from '../../../src/lib/domain/star-sql/star-sql.ts'
import { FIXTURES } from '../../support/folders.ts'
import { type Layer1Row, layer1Table } from '../../support/layer1-rows.ts'
import { plainRows } from '../../support/plain-rows.ts'
import { openStarSql, type SqlStar, type StarSql } from '../../support/star-by-sql.ts'
import { makeTempFolder } from '../../support/temp-folder.ts'

const CASES = join(FIXTURES, 'hours')

let folder: Awaited<ReturnType<typeof makeTempFolder>>
let sql: StarSql
beforeAll(async () => {
  folder = await makeTempFolder()
  sql = await openStarSql(folder.path)
})
afterAll(async () => {
  await sql.close()
  await folder.remove()
})

/** layer1.json of a case: the rows of each file. */
interface HourCase {
  hour: Hour
  timeZone: string
  files: Layer1Row[][]
}

/** Every row of every table, in order; of rejected rows what both tell of them. */
function rowsOfKernels({ tables, rejected }: Star): Record<string, unknown[]> {
  const rows = STAR_TABLES.map(table => [table, plainRows(tables[table])])
  return { ...Object.fromEntries(rows), rejected: plainRows(rejected).map(({ line_base64, ...row }) => row) }
}

function rowsOfSql({ tables, rejected }: SqlStar): Record<string, unknown[]> {
  const rows = STAR_TABLES.map(table => [table, plainRows(tables[table])])
  return { ...Object.fromEntries(rows), rejected: plainRows(rejected).map(withReason) }
}

/** The reason as the kernels put it together. */
function withReason({ rule, value, ...row }: Record<string, unknown>): Record<string, unknown> {
  return { ...row, reason: `${rule}: ${JSON.stringify(String(value).slice(0, 80))}` }
}

/** The engine's instants are finer than the lake's. */
const typesOf = ({ schema }: Table) =>
  schema.fields.map(({ name, type }) => `${name} ${String(type).replace('MICROSECOND', 'MILLISECOND')}`)

describe.each(readdirSync(CASES))('star-sql over the hour of fixtures/hours/%s', name => {
  const { hour, timeZone, files }: HourCase = JSON.parse(readFileSync(join(CASES, name, 'layer1.json'), 'utf8'))
  const layer1 = files.map(layer1Table)

  it('gives what the kernels give', async () => {
    await sql.run({ timeZone, layer1: new Map([[hour, layer1]]) })
    const star = await sql.star(hour)
    expect(rowsOfSql(star)).toEqual(rowsOfKernels(buildStar({ layer1, hour, timeZone })))
    for (const table of STAR_TABLES) {
      const { fields } = LAYER2[table].schema
      expect(typesOf(star.tables[table])).toEqual(fields.map(({ name, type }) => `${name} ${type}`))
    }
  })
})
