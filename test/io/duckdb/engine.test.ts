import { existsSync } from 'node:fs'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Table as ArrowTable, type Table, vectorFromArray } from 'apache-arrow'
import { afterEach, describe, expect, it } from 'vitest'
import { type DuckDbOptions, openDuckDb } from '../../../src/lib/io/duckdb/engine.ts'
import { tableToParquet } from '../../../src/lib/io/parquet.ts'
import type { SqlEngine } from '../../../src/lib/io/sql.ts'
import { withTempFolder } from '../../support/temp-folder.ts'

const opened: SqlEngine[] = []
afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.close()
})

async function open(options: Partial<DuckDbOptions> = {}): Promise<SqlEngine> {
  const engine = await openDuckDb({
    timeZone: 'UTC',
    threads: 2,
    readable: [],
    env: {},
    warn: () => undefined,
    ...options,
  })
  opened.push(engine)
  return engine
}

const rowsOf = (table: Table): unknown[] => table.toArray().map(row => row?.toJSON())
const smallParquet = () =>
  tableToParquet(new ArrowTable({ n: vectorFromArray(Int32Array.of(1, 2, 3)) }), { repeating: [] })

describe('a query', () => {
  it('answers with the last of its statements, and sees what the ones before made', async () => {
    const engine = await open()
    const answer = await engine.query(
      'create view v as select 41 as n; select n from v; select n + 1 as answer from v;',
    )
    expect(rowsOf(answer)).toEqual([{ answer: 42 }])
    expect(rowsOf(await engine.query('-- and later\nselect n from v'))).toEqual([{ n: 41 }])
  })

  it('truncates instants in the zone of the lake, also in the hour that came twice when summer time ended', async () => {
    const engine = await open({ timeZone: 'America/Sao_Paulo' })
    const answer = await engine.query(`
      select date_trunc('day', instant)::varchar as day
      from (values (timestamptz '2019-02-17 02:30:00+00'), (timestamptz '2024-01-01 02:30:00+00')) as t(instant)`)
    expect(rowsOf(answer)).toEqual([{ day: '2019-02-16 00:00:00-02' }, { day: '2023-12-31 00:00:00-03' }])
  })

  it('reads Parquet below a folder that it may read, also by a link and by a list of paths', () =>
    withTempFolder(async folder => {
      await mkdir(join(folder, 'lake', 'fact'), { recursive: true })
      await symlink(join(folder, 'lake'), join(folder, 'link'))
      const path = join(folder, 'lake', 'fact', 'part-0.parquet')
      await writeFile(path, await smallParquet())
      const engine = await open({ readable: [join(folder, 'link')] })
      const linked = join(folder, 'link', 'fact', 'part-0.parquet')
      const answer = await engine.query(`select count(*) as n from read_parquet(['${path}', '${linked}'])`)
      expect(rowsOf(answer)).toEqual([{ n: 6n }])
    }))

  it('reads what is put into a readable folder that was not there when the engine was opened', () =>
    withTempFolder(async folder => {
      const lake = join(folder, "it's a lake")
      const engine = await open({ readable: [lake] })
      await mkdir(lake)
      await writeFile(join(lake, 'a.parquet'), await smallParquet())
      const path = join(lake, 'a.parquet').replaceAll("'", "''")
      expect(rowsOf(await engine.query(`select sum(n) as n from '${path}'`))).toEqual([{ n: 6n }])
    }))

  it('uses no more threads than it is told to', async () => {
    const engine = await open({ threads: 1 })
    expect(rowsOf(await engine.query("select current_setting('threads') as threads"))).toEqual([{ threads: 1n }])
  })

  it('makes no folder for what it never spills', async () => {
    await (await open()).query('select sum(range) from range(1000)')
    expect((await readdir(tmpdir())).filter(name => name === `twdw-duckdb-${process.pid}`)).toEqual([])
    expect(existsSync('.tmp')).toBe(false)
  })
})

describe('SQL that is wrong', () => {
  it.each([
    [
      'selec 1',
      'Parser Error: syntax error at or near "selec"\nLINE 1: selec 1\n        ^',
      'the SQL is that of DuckDB: https://duckdb.org/docs/stable/sql/introduction',
    ],
    [
      'select nope from (select 1 as a)',
      'Binder Error: Referenced column "nope" not found in FROM clause!\nCandidate bindings: "a"\n' +
        'LINE 1: select nope from (select 1 as a)\n               ^',
      'DESCRIBE <table> lists the columns of a table',
    ],
    [
      'create view fact_tweet as select 1; select * from fact_twet',
      'Catalog Error: Table with name fact_twet does not exist!\nDid you mean "fact_tweet"?',
      'SHOW TABLES lists what can be named',
    ],
    [
      "select 'parquet'::int",
      "Conversion Error: Could not convert string 'parquet' to INT32\nLINE 1: select 'parquet'::int\n                        ^",
      'the SQL is that of DuckDB: https://duckdb.org/docs/stable/sql/introduction',
    ],
    [' -- nothing\n/* at\nall */ ;', 'there is no statement in the SQL', 'write a SELECT'],
  ])('is answered with the sentence of DuckDB and a caret: %s', async (sql, message, hint) => {
    await expect((await open()).query(sql)).rejects.toMatchObject({ code: 'E_USAGE', message, hint })
  })

  it('leaves the engine usable', async () => {
    const engine = await open()
    await engine.query('selec').catch(() => undefined)
    expect(rowsOf(await engine.query('select 1 as n'))).toEqual([{ n: 1 }])
  })

  it('includes a time zone that nobody knows', async () => {
    await expect(open({ timeZone: 'Mars/Olympus' })).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'DuckDB knows no time zone "Mars/Olympus"',
      hint: 'name a zone of the IANA database, such as America/Sao_Paulo',
    })
  })
})

describe('a file that cannot be read', () => {
  const cases: {
    fault: string
    content: (bytes: Uint8Array) => Uint8Array | undefined
    message: string
    hint: string
  }[] = [
    {
      fault: 'is not there',
      content: () => undefined,
      message: 'IO Error: No files found that match the pattern "PATH"',
      hint: 'put a good copy of the file in its place, or move it out of the lake',
    },
    {
      fault: 'is empty',
      content: () => new Uint8Array(0),
      message: "Invalid Input Error: File 'PATH' too small to be a Parquet file",
      hint: 'put a good copy of the file in its place, or move it out of the lake',
    },
    {
      fault: 'was cut off',
      content: bytes => bytes.slice(0, -1),
      message: "Invalid Input Error: No magic bytes found at end of file 'PATH'",
      hint: 'put a good copy of the file in its place, or move it out of the lake',
    },
    {
      fault: 'has a damaged footer',
      content: bytes => bytes.fill(0xff, footerOf(bytes), footerOf(bytes) + 8),
      message: "a file that was read is damaged: Invalid Error: don't know what type: ?",
      hint: 'DuckDB does not say which file; query fewer of them until the fault is gone',
    },
  ]
  const footerOf = (bytes: Uint8Array) =>
    bytes.length - 8 - new DataView(bytes.buffer).getUint32(bytes.length - 8, true)

  it.each(cases)('is a fault of the lake: it $fault', ({ content, message, hint }) =>
    withTempFolder(async folder => {
      const path = join(folder, 'a.parquet')
      const bytes = content(await smallParquet())
      if (bytes !== undefined) await writeFile(path, bytes)
      const engine = await open({ readable: [folder] })
      await expect(engine.query(`select * from read_parquet('${path}')`)).rejects.toMatchObject({
        code: 'E_LAKE',
        message: message.replace('PATH', path),
        hint,
      })
    }),
  )
})

describe('what SQL may touch', () => {
  it('ends at the readable folders, whatever the path looks like', () =>
    withTempFolder(async folder => {
      const lake = join(folder, 'lake')
      await mkdir(lake)
      await writeFile(join(folder, 'secret.txt'), 'secret')
      await symlink(folder, join(lake, 'way-out'))
      const engine = await open({ readable: [lake] })
      for (const path of ['secret.txt', 'lake/../secret.txt', 'lake/way-out/secret.txt', 'lakes/secret.txt']) {
        await expect(engine.query(`select * from read_text('${folder}/${path}')`)).rejects.toMatchObject({
          code: 'E_USAGE',
          message: expect.stringContaining(`Permission Error: Cannot access file "${folder}/${path}"`),
          hint: `SQL reads files below ${lake} only`,
        })
      }
    }))

  it.each(['https://127.0.0.1:1/a.parquet', 's3://bucket/a.parquet'])('does not include the network: %s', async url => {
    await expect((await open()).query(`select * from '${url}'`)).rejects.toMatchObject({ code: 'E_USAGE' })
  })

  it.each([
    "copy (select 1) to 'FOLDER/out.parquet'",
    "attach 'FOLDER/out.db'",
    "export database 'FOLDER/out'",
    "explain analyze copy (select 1) to 'FOLDER/out.parquet'",
    'install httpfs',
    'load httpfs',
    'pragma enable_profiling',
    "from enable_logging(storage = 'file', storage_path = 'FOLDER/out')",
    "call enable_logging(storage = 'file', storage_path = 'FOLDER/out')",
    "prepare p as copy (select 1) to 'FOLDER/out.parquet'",
    "select $$'$$; export database 'FOLDER/out'; --'",
    "select $tag$'$tag$; export database 'FOLDER/out'; --'",
    "select E'\\''; export database 'FOLDER/out'; --'",
    "select 1 /* /* */ ' */; export database 'FOLDER/out'; --'",
    "select 1 -- \u2028 '\n; export database 'FOLDER/out'; --'",
    "export\u200bdatabase 'FOLDER/out'",
    "export/* $ */database 'FOLDER/out'",
    "select $$'$$; from enable_logging(storage = 'file', storage_path = 'FOLDER/out'); --'",
    `from "enable_logging"(storage = 'file', storage_path = 'FOLDER/out')`,
    "select E'\\''; explain analyze copy (select 1) to 'FOLDER/out.parquet'; --'",
  ])('is never written: %s', sql =>
    withTempFolder(async folder => {
      const engine = await open({ readable: [folder] })
      await expect(engine.query(sql.replaceAll('FOLDER', folder))).rejects.toMatchObject({
        code: 'E_USAGE',
        message: expect.stringMatching(/^SQL here answers questions; [A-Z]+ statements are not run$/),
      })
      expect(await readdir(folder)).toEqual([])
    }),
  )

  it.each(['set enable_external_access = true', "set allowed_directories = ['/']", 'set lock_configuration = false'])(
    'cannot be widened: %s',
    async sql => {
      await expect((await open()).query(sql)).rejects.toMatchObject({
        code: 'E_USAGE',
        message: expect.stringMatching(/^Invalid Input Error: Cannot change .* locked/),
      })
    },
  )

  it.each([
    "from query('from enable_' || 'logging(storage = ''file'')')",
    `from "query" /* by its name */ ('select 1')`,
    "from query\u200b('select 1')",
    "select $$'$$; from query /* */ ('select 1'); --'",
    "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
  ])('is not hidden in a text that is run as SQL: %s', async sql => {
    await expect((await open()).query(sql)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringMatching(/^\w+\(\) runs a text as SQL, and SQL here is run as it stands$/),
    })
  })

  it('takes texts of every kind that only look dangerous', async () => {
    const sql = `select '$a$ export \\' as a, $$it's$$ as b, E'it\\'s' as query, 'enable' as "copy $"`
    expect(rowsOf(await (await open()).query(sql))).toEqual([
      { a: '$a$ export \\', b: "it's", query: "it's", 'copy $': 'enable' },
    ])
    const literal = "select 'query (x), enable_logging() $ \\ export database' as a -- $ /* '"
    expect(rowsOf(await (await open()).query(literal))).toHaveLength(1)
  })

  it('takes no word in a text, a name or a comment for a statement', async () => {
    const answer = await (await open()).query(
      `explain analyze select 'copy' as "export database" -- export database\n/* copy */`,
    )
    expect(answer.schema.fields.map(field => field.name)).toEqual(['explain_key', 'explain_value'])
  })

  it('has JSON built in', async () => {
    const answer = await (await open()).query(`select json_extract_string('{"a": ["x"]}', '$.a[0]') as a`)
    expect(rowsOf(answer)).toEqual([{ a: 'x' }])
  })
})

describe('stopping', () => {
  const ENDLESS = 'select sum(a.range * b.range) from range(10000000) a, range(10000000) b'
  const stopped = { code: 'E_INTERRUPTED', message: 'the query was stopped before it had an answer' }

  it('ends the running query and leaves the engine usable', async () => {
    const engine = await open()
    const stop = new AbortController()
    const answer = engine.query(`select 1; ${ENDLESS}; select 2`, stop.signal)
    setTimeout(() => stop.abort(), 50)
    await expect(answer).rejects.toMatchObject(stopped)
    expect(rowsOf(await engine.query('select 1 as n'))).toEqual([{ n: 1 }])
  })

  it('does not start a query that was stopped before, nor one in the queue', async () => {
    const engine = await open()
    const stop = new AbortController()
    const first = engine.query('create table t as select 1 as n')
    const second = engine.query('drop table t', stop.signal)
    stop.abort()
    await first
    await expect(second).rejects.toMatchObject(stopped)
    await expect(engine.query('drop table t', AbortSignal.abort())).rejects.toMatchObject(stopped)
    expect(rowsOf(await engine.query('select n from t'))).toEqual([{ n: 1 }])
  })

  it('stops only the query it was meant for', async () => {
    const engine = await open()
    const stop = new AbortController()
    const first = engine.query(ENDLESS, stop.signal)
    const second = engine.query('select count(*) as n from range(3000000) where range % 2 = 0')
    setTimeout(() => stop.abort(), 50)
    await expect(first).rejects.toMatchObject(stopped)
    expect(rowsOf(await second)).toEqual([{ n: 1500000n }])
  })
})
