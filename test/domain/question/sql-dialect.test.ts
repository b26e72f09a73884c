import { DateDay, Float64, Int32, Int64, TimestampMillisecond, Utf8 } from 'apache-arrow'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { utf8List } from '../../../src/lib/domain/layer1.ts'
import { DUCKDB, SPARK, sqlInstant, sqlText } from '../../../src/lib/domain/question/sql-dialect.ts'
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

  it.each([
    ['matches the whole text and no line end behind it', DUCKDB.matches("'1' || chr(10)", '[0-9]+'), false],
    ['matches what a pattern says', DUCKDB.matches("'2024'", '[0-9]{4}'), true],
    ['makes an instant of milliseconds', `${DUCKDB.instantOf('1550368800001')} = '2019-02-17T02:00:00.001Z'`, true],
    [
      'makes milliseconds of an instant',
      `${DUCKDB.msOf("TIMESTAMPTZ '2019-02-16 23:00:00.001-03'")} = 1550368800001`,
      true,
    ],
    ['makes a wall clock of milliseconds', `${DUCKDB.wallClockOf('(-1)')} = TIMESTAMP '1969-12-31 23:59:59.999'`, true],
    ['numbers days', `${DUCKDB.dayNumberOf("DATE '1970-02-01'")} = 31`, true],
    ['counts the items of a list', `${DUCKDB.lengthOf("['a', 'b']")} = 2`, true],
    ['has the first item of a list', `${DUCKDB.firstOf("['a', 'b']")} = 'a'`, true],
    ['has no first item of a list without any', `${DUCKDB.firstOf('CAST([] AS INT[])')} IS NULL`, true],
    ['maps a list', `${DUCKDB.mapList('[1, 2]', 'e', 'e * 2')} = [2, 4]`, true],
    ['filters a list', `${DUCKDB.filterList('[1, 2]', 'e', 'e > 1')} = [2]`, true],
  ])('%s', async (_, expression, expected) => {
    expect(await resultOf(expression)).toBe(expected)
  })

  it('gives a row for each item of a list, in the order of the list, and none for an empty one', async () => {
    const lists = "(SELECT 1 AS n, ['b', 'a'] AS l UNION ALL SELECT 2, CAST([] AS STRING[])) lists"
    const rows = await engine.query(`${DUCKDB.selectItems('l', lists, ['n'])}\nORDER BY place`)
    expect([...rows].map(row => [row?.n, row?.item])).toEqual([
      [1, 'b'],
      [1, 'a'],
    ])
  })

  it('keeps rows under a name, in the place of those that had it', async () => {
    await engine.query(DUCKDB.keepRows('kept', 'SELECT 1 AS v'))
    await engine.query(DUCKDB.keepRows('kept', 'SELECT 2 AS v'))
    expect(await resultOf('(SELECT SUM(v) FROM kept)')).toBe(2n)
  })

  it('has a type for every column of the lake', () => {
    const types = [new Utf8(), new Int64(), new Int32(), new Float64(), new DateDay(), utf8List()]
    expect(types.map(DUCKDB.typeName)).toEqual(['STRING', 'BIGINT', 'INT', 'DOUBLE', 'DATE', 'STRING[]'])
    expect(DUCKDB.typeName(new TimestampMillisecond('UTC'))).toBe('TIMESTAMPTZ')
    expect(DUCKDB.typeName(new TimestampMillisecond(null))).toBe('TIMESTAMP')
  })
})

describe('the Spark dialect', () => {
  it('says what Spark calls by other names, so that both mean the same', () => {
    expect(SPARK.matches('x', '[0-9]+')).toBe("regexp_like(x, r'\\A(?:[0-9]+)\\z')")
    expect(SPARK.firstOf('x')).toBe('get(x, 0)')
    expect(SPARK.mapList('x', 'e', 'e + 1')).toBe('transform(x, e -> e + 1)')
    expect(SPARK.selectItems('hashtags', 't', ['a'])).toBe(
      'SELECT a, item, place\nFROM t LATERAL VIEW posexplode(hashtags) items AS place, item',
    )
    expect(SPARK.keepRows('kept', 'SELECT 1')).toBe(
      'CREATE OR REPLACE TEMPORARY VIEW kept AS\nSELECT 1;\nCACHE TABLE kept;\n',
    )
    expect(SPARK.filesToTable(['/lake [1]*/a`b.parquet', '/lake/c.parquet'])).toBe(
      '(\n  SELECT * FROM parquet.`/lake \\[1\\]\\*/a``b.parquet`\n  UNION ALL\n  SELECT * FROM parquet.`/lake/c.parquet`\n) files',
    )
  })

  it('has a type for every column of the lake', () => {
    const types = [new Utf8(), new Int64(), new Int32(), new Float64(), new DateDay(), utf8List()]
    expect(types.map(SPARK.typeName)).toEqual(['STRING', 'BIGINT', 'INT', 'DOUBLE', 'DATE', 'ARRAY<STRING>'])
    expect(SPARK.typeName(new TimestampMillisecond('UTC'))).toBe('TIMESTAMP')
    expect(SPARK.typeName(new TimestampMillisecond(null))).toBe('TIMESTAMP_NTZ')
  })
})
