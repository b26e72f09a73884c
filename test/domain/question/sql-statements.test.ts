import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { splitStatements, tokensOf } from '../../../src/lib/domain/question/sql-statements.ts'
import { type DuckDbNative, loadDuckDb } from '../../../src/lib/io/duckdb/native.ts'

const split = (sql: string) => {
  const { ended, rest } = splitStatements(sql)
  return { ended: ended.map(({ text }) => text), rest: rest?.text }
}

describe('splitting SQL', () => {
  it.each([
    ['', [], undefined],
    [' ;; -- nothing\n/* at all */ ;', [], undefined],
    ['select 1', [], 'select 1'],
    ['select 1;', ['select 1'], undefined],
    [' select 1 ; select\n2;\nselect 3 -- and ;', ['select 1', 'select\n2'], 'select 3'],
    ["select ';', 'it''s;';", ["select ';', 'it''s;'"], undefined],
    [`select ";", "a"";";`, [`select ";", "a"";"`], undefined],
    ["select E'\\';', e'a''\\\\';", ["select E'\\';', e'a''\\\\'"], undefined],
    // a backslash is one where no E stands before the quote, and a word may end with an e
    ["select 'a\\'; select type'x';", ["select 'a\\'", "select type'x'"], undefined],
    ["select $$;'$$, $a_1$ $$;$a$ ; $a_1$;", ["select $$;'$$, $a_1$ $$;$a$ ; $a_1$"], undefined],
    ['select a$b$ from t; select $1;', ['select a$b$ from t', 'select $1'], undefined],
    ['select 1 /* ; /* ; */ ; */ + 1;', ['select 1 /* ; /* ; */ ; */ + 1'], undefined],
    ['select 1 - -1; --;\nselect 2;', ['select 1 - -1', 'select 2'], undefined],
    ["select 'not ended; ", [], "select 'not ended; "],
    ['select "not ended; ', [], 'select "not ended; '],
    ['select 1; /* not ended; ', ['select 1'], '/* not ended; '],
    ['select 1 $$ not ended; $', [], 'select 1 $$ not ended; $'],
    ['select é;select 日本;', ['select é', 'select 日本'], undefined],
  ])('ends a statement where DuckDB does: %j', (sql, ended, rest) => {
    expect(split(sql)).toEqual({ ended, rest })
  })

  it('says where each part began', () => {
    const sql = "/* é */ select '日;';\n  select 2; sel"
    const { ended, rest } = splitStatements(sql)
    for (const { text, start } of [...ended, rest!]) expect(sql.slice(start, start + text.length)).toBe(text)
    expect([...ended, rest!].map(({ start }) => start)).toEqual([8, 23, 33])
  })

  it('takes a text apart without a gap and in the time that it takes to read it', () => {
    const sql = `${"select 'x''y' /* /* */ */ $a$ $a$ \"n\" ;".repeat(5000)}'${"''".repeat(50_000)}`
    let at = 0
    for (const { start, end } of tokensOf(sql)) {
      expect(start).toBe(at)
      at = end
    }
    expect(at).toBe(sql.length)
  })
})

describe('the splitting of DuckDB itself', () => {
  let native: DuckDbNative
  let close: () => void
  let count: (sql: string) => Promise<number | undefined>
  beforeAll(async () => {
    native = await loadDuckDb({ env: {}, warn: () => undefined })
    const instance = await native.api.DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    /** undefined for what DuckDB cannot parse */
    count = async sql => (await connection.extractStatements(sql).catch(() => undefined))?.count
    close = () => {
      connection.closeSync()
      instance.closeSync()
    }
  })
  afterAll(() => close())

  it('finds as many statements in whatever it can parse', async () => {
    const part = fc.constantFrom(
      ...["'", "''", '"', '$$', '$a$', "E'", '\\', ';', '--', '\n', '/*', '*/', ' ', 'select 1', "'x'", '1', 'a', '$'],
    )
    const text = fc.array(part, { maxLength: 14 }).map(parts => `select ${parts.join('')}`)
    let parsed = 0
    await fc.assert(
      fc.asyncProperty(text, async sql => {
        const statements = await count(sql)
        if (statements === undefined) return
        parsed += 1
        const { ended, rest } = splitStatements(sql)
        expect(ended.length + (rest === undefined ? 0 : 1)).toBe(statements)
      }),
      { numRuns: 20_000, seed: 7 },
    )
    expect(parsed).toBeGreaterThan(1000)
  }, 60_000)
})
