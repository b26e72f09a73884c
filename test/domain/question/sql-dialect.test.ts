import { DateDay, Float64, Int32, Int64, TimestampMillisecond, Utf8 } from 'apache-arrow'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { utf8List } from '../../../src/lib/domain/layer1.ts'
import { DUCKDB, sqlInstant, sqlText } from '../../../src/lib/domain/question/sql-dialect.ts'
import { openDuckDb } from '../../../src/lib/io/duckdb/engine.ts'
import type { SqlEngine } from '../../../src/lib/io/sql.ts'

let engine: SqlEngine
beforeAll(async () => {
  engine = await openDuckDb({ timeZone: 'Asia/Kathmandu', threads: 1, readable: [], env: {}, warn: () => undefined })
})
afterAll(() => engine.close())

const resultOf = async (expression: string): Promise<unknown> =>
  (await engine.query(`SELECT ${expression} AS v`)).getChild('v')?.get(0)

describe('sqlText', () => {
  it('comes back as the same text, whatever stands in it', async () => {
    const nasty = fc.array(
      fc.constantFrom("'", '\\', '"', '`', ';', '--', '\0', '\n', '%', '$', '{', '日本', '𝒳', 'a', "''"),
    )
    const text = fc.oneof(
      nasty.map(parts => parts.join('')),
      fc.string({ unit: 'grapheme' }),
    )
    await fc.assert(
      fc.asyncProperty(text, async text => {
        expect(await resultOf(sqlText(text))).toBe(text.toWellFormed())
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ["it's", "'it''s'"],
    ['', "''"],
    ['a\\b', "('a' || chr(92) || 'b')"],
    ['\\', '(chr(92))'],
    ["'\0", "('''' || chr(0))"],
  ])('writes %j as %s, with no escape that Spark would read differently', (text, sql) => {
    expect(sqlText(text)).toBe(sql)
  })
})

describe('sqlInstant', () => {
  it('is the same instant whatever the zone of the session is', async () => {
    const instant = sqlInstant(Date.parse('2019-02-17T02:00:00Z'))
    expect(instant).toBe("'2019-02-17T02:00:00Z'")
    expect(await resultOf(`TIMESTAMPTZ '2019-02-16 23:00:00-03' = ${instant}`)).toBe(true)
    expect(await resultOf(`TIMESTAMPTZ '2019-02-16 23:00:00.001-03' > ${instant}`)).toBe(true)
    expect(await resultOf(`TIMESTAMPTZ '2019-02-16 22:59:59-03' < ${instant}`)).toBe(true)
  })
})

describe('the DuckDB dialect', () => {
  it('numbers weekdays from 1 = Monday to 7 = Sunday', async () => {
    const days = Array.from({ length: 7 }, (_, day) => DUCKDB.weekdayOf(`DATE '2024-01-0${day + 1}'`))
    expect((await engine.query(`SELECT [${days.join(', ')}] AS v`)).getChild('v')?.get(0)?.toArray()).toEqual(
      Int32Array.of(1, 2, 3, 4, 5, 6, 7),
    )
  })

  it('has a type for every column of the lake', () => {
    const types = [new Utf8(), new Int64(), new Int32(), new Float64(), new DateDay(), utf8List()]
    expect(types.map(DUCKDB.typeName)).toEqual(['STRING', 'BIGINT', 'INT', 'DOUBLE', 'DATE', 'STRING[]'])
    expect(DUCKDB.typeName(new TimestampMillisecond('UTC'))).toBe('TIMESTAMPTZ')
    expect(DUCKDB.typeName(new TimestampMillisecond(null))).toBe('TIMESTAMP')
  })
})
