import { describe, expect, it } from 'vitest'
import { refuseSparkWrites, splitSparkStatements } from '../../../src/lib/domain/question/spark-statements.ts'

const texts = (sql: string) => splitSparkStatements(sql).map(({ text }) => text)
const refusal = (sql: string) => {
  try {
    refuseSparkWrites(sql)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

describe('splitSparkStatements', () => {
  it('ends statements at ;, and leaves out those of nothing but comments', () => {
    expect(splitSparkStatements(' SELECT 1 ;\n-- nothing; here\n; /* ; */ SELECT 2 -- end')).toEqual([
      { text: 'SELECT 1', start: 1 },
      { text: 'SELECT 2', start: 39 },
    ])
    expect(splitSparkStatements(' ;; /* a /* b */ ; */ ')).toEqual([])
  })

  it.each([
    [String.raw`SELECT 'it\'s; one'; SELECT 2`, [String.raw`SELECT 'it\'s; one'`, 'SELECT 2']],
    [String.raw`SELECT "a\";b"; SELECT 2`, [String.raw`SELECT "a\";b"`, 'SELECT 2']],
    [String.raw`SELECT r'\'; SELECT 2`, [String.raw`SELECT r'\'`, 'SELECT 2']],
    [String.raw`SELECT R"\"; SELECT 2`, [String.raw`SELECT R"\"`, 'SELECT 2']],
    ['SELECT `a;b``c`; SELECT 2', ['SELECT `a;b``c`', 'SELECT 2']],
    ["SELECT 'it''s; one'; SELECT 2", ["SELECT 'it''s; one'", 'SELECT 2']],
    ['SELECT 1 -- so\\\n; on\n; SELECT 2', ['SELECT 1', 'SELECT 2']],
    ["SELECT 'no end; SELECT 2", ["SELECT 'no end; SELECT 2"]],
    ['SELECT 1 /* no end; SELECT 2', ['SELECT 1']],
  ])('reads what Spark takes for a text, a name or a comment: %s', (sql, statements) => {
    expect(texts(sql)).toEqual(statements)
  })
})

describe('refuseSparkWrites', () => {
  it.each([
    'SELECT 1',
    '(SELECT 1) UNION ALL (SELECT 2)',
    'select insert, merge from delete',
    'WITH a AS (SELECT 1), b(x) AS (SELECT 2) SELECT * FROM a, b',
    'WITH insert AS (SELECT 1) SELECT * FROM insert',
    "WITH a AS (SELECT ') INSERT INTO t') SELECT `) DELETE FROM` FROM a -- ) UPDATE t",
    'VALUES (1), (2)',
    "FROM fact_tweet |> WHERE lang = 'pt' |> AGGREGATE COUNT(*)",
    'FROM fact_tweet SELECT lang',
    'TABLE dim_lang',
    'SHOW TABLES',
    'desc fact_tweet',
    'EXPLAIN SELECT 1',
  ])('lets through what reads: %s', sql => {
    expect(refusal(sql)).toBe(undefined)
  })

  it.each([
    ['INSERT', 'INSERT INTO t SELECT 1'],
    ['DROP', 'SELECT 1; /* so */ drop view v'],
    ['CREATE', 'CREATE TABLE t AS SELECT 1'],
    ['INSERT', 'WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a'],
    ['INSERT', 'with a as (select 1) /* and */ insert overwrite t select * from a'],
    ['DELETE', 'WITH a AS (SELECT 1) DELETE FROM t WHERE x IN (SELECT * FROM a)'],
    ['UPDATE', 'WITH a AS (SELECT 1) UPDATE t SET x = 1'],
    ['MERGE', 'WITH a AS (SELECT 1) MERGE INTO t USING a ON TRUE WHEN MATCHED THEN DELETE'],
    ['INSERT', 'FROM fact_tweet INSERT INTO t SELECT lang'],
    ['INSERT', 'FROM fact_tweet f INSERT OVERWRITE t SELECT lang'],
    ['SET', 'SET spark.sql.ansi.enabled = false'],
    ['BEGIN', 'BEGIN SELECT 1; END'],
    ['EXECUTE', "EXECUTE IMMEDIATE 'DROP TABLE t'"],
    ['CACHE', 'CACHE TABLE fact_tweet'],
    ['ADD', "ADD JAR 'x.jar'"],
  ])('refuses %s: %s', (word, sql) => {
    expect(refusal(sql)).toBe(`SQL here answers questions; ${word} statements are not run`)
  })

  it('refuses what is no statement', () => {
    expect(refusal(' -- nothing')).toBe('there is no statement in the SQL')
    expect(refusal("'SELECT 1'")).toBe('SQL here answers questions; what begins with no word is no statement')
  })
})
