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

describe('all answers of a text', () => {
  it('are those of its statements that give one, in their order', async () => {
    const engine = await open()
    const sql =
      'set variable x = 1; select 1 as a; create temp table t as select 2 as b; insert into t values (3); from t;'
    const answers = await engine.queryAll(`${sql} explain select 1; pivot t on b using count(*)`)
    expect(answers.map(answer => answer.schema.fields.map(field => field.name))).toEqual([
      ['a'],
      ['b'],
      ['explain_key', 'explain_value'],
      ['2', '3'],
    ])
    expect(answers.slice(0, 2).map(rowsOf)).toEqual([[{ a: 1 }], [{ b: 2 }, { b: 3 }]])
    expect(await engine.queryAll('set variable x = 2')).toEqual([])
  })
})

describe('SQL that is wrong', () => {
  const DIALECT = 'the SQL is that of DuckDB: https://duckdb.org/docs/stable/sql/introduction'
  const COLUMNS = 'DESCRIBE <table> lists the columns of a table'
  it.each([
    ['|selec 1', 'Parser Error: syntax error at or near "selec"', DIALECT],
    ['select 1;\n/* é😀 */ |selec 1', 'Parser Error: syntax error at or near "selec"', DIALECT],
    ['select (1|', 'Parser Error: syntax error at end of input', DIALECT],
    [
      "select '日本 é😀', |nope from (select 1 as a)",
      'Binder Error: Referenced column "nope" not found in FROM clause!\nCandidate bindings: "a"',
      COLUMNS,
    ],
    [
      "select 1;\n\nselect '日',\n  |nope",
      'Binder Error: Referenced column "nope" was not found because the FROM clause is missing',
      COLUMNS,
    ],
    [
      'create view fact_tweet as select 1; select * from |fact_twet',
      'Catalog Error: Table with name fact_twet does not exist!\nDid you mean "fact_tweet"?',
      'SHOW TABLES lists what can be named',
    ],
    ["select 'parquet'|::int", "Conversion Error: Could not convert string 'parquet' to INT32", DIALECT],
  ])('is answered with the sentence of DuckDB and the place: %s', async (marked, message, hint) => {
    const [before = '', after = ''] = marked.split('|')
    await expect((await open()).query(before + after)).rejects.toMatchObject({
      code: 'E_USAGE',
      message,
      hint,
      at: before.length,
    })
  })

  it.each([
    [' -- nothing\n/* at\nall */ ;', 'there is no statement in the SQL', 'write a SELECT'],
    ['é', 'there is no statement in the SQL', 'write a SELECT'],
    [
      'select count(*) from (select 1 as a) having a > 1',
      'Binder Error: column a must appear in the GROUP BY clause or be used in an aggregate function',
      COLUMNS,
    ],
  ])('has no place where DuckDB names none: %s', async (sql, message, hint) => {
    const error = await (await open()).query(sql).catch(error => error)
    expect(error).toMatchObject({ code: 'E_USAGE', message, hint })
    expect(error).not.toHaveProperty('at')
  })

  it('has no place in a PRAGMA, of which DuckDB makes another statement', async () => {
    const error = await (await open()).query("pragma table_info('nothing')").catch(error => error)
    expect(error.message).toMatch(/^Catalog Error: Table with name nothing does not exist!/)
    expect(error).not.toHaveProperty('at')
  })

  it('tells all candidates on lines of their own, and no control character reaches a terminal', async () => {
    const error = await (await open()).query('select sum(1, 2)').catch(error => error)
    expect(error.message.split('\n').slice(0, 3)).toEqual([
      "Binder Error: No function matches the given name and argument types 'sum(INTEGER, INTEGER)'. You might need to add explicit type casts.",
      '\tCandidate functions:',
      '\tsum(DECIMAL) -> DECIMAL',
    ])
    await expect((await open()).query('select "a\u001b[31mb"')).rejects.toMatchObject({
      message: 'Binder Error: Referenced column "a?[31mb" was not found because the FROM clause is missing',
    })
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
  const ONLY_THE_LAKE = 'SQL reads the lake only; with --allow-files it reads other files too, and still writes none'

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
          message: `Permission Error: Cannot access file "${folder}/${path}"`,
          hint: ONLY_THE_LAKE,
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
    "from enable_profiling(format = 'json', save_location = 'FOLDER/out.json')",
    `select * from "enable_profiling"(format = 'json', save_location = 'FOLDER/out.json')`,
    "call enable_profiling(format = 'json', save_location = 'FOLDER/out.json')",
    "copy (select 1) to 'FOLDER/out.csv' (format csv)",
    "copy fact_tweet from 'FOLDER/in.csv'",
    "import database 'FOLDER'",
    "pragma import_database('FOLDER')",
    "attach 'FOLDER/out.db' (type duckdb, read_only)",
    'checkpoint',
    'begin transaction',
    'force install httpfs',
    'prepare p as select 1',
    'update extensions',
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
        message: expect.stringMatching(/^SQL here answers questions; [A-Z ]+ statements are not run$/),
      })
      expect(await readdir(folder)).toEqual([])
    }),
  )

  it.each([
    ["copy (select 1) to 'a.csv'", 'COPY', 'for a file, give the query --format and --output'],
    [
      "attach 'a.db'",
      'ATTACH',
      'read_csv(), read_parquet(), read_json() and read_duckdb() read files, with --allow-files also outside the lake',
    ],
    [
      'install httpfs',
      'LOAD',
      'what DuckDB brings with it is there (JSON, Parquet, ICU); nothing is ever downloaded or set',
    ],
    ['begin', 'TRANSACTION', 'leave it out: there is nothing to commit'],
    ['prepare p as select 1', 'PREPARE', 'write the values into the SELECT'],
  ])('is refused with what to do instead: %s', async (sql, kind, hint) => {
    await expect((await open()).query(sql)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: `SQL here answers questions; ${kind} statements are not run`,
      hint,
    })
  })

  it.each([
    'delete from v',
    'update v set a = 2',
    'insert into v values (2)',
    'truncate v',
    'drop table v',
    'alter table v add column b int',
    'merge into v using (select 1 as a) s on (s.a = v.a) when matched then delete',
  ])('is never changed through a view: %s', async sql => {
    const engine = await open()
    await engine.query('create temp view v as select 1 as a')
    await expect(engine.query(sql)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'the views of the lake can only be read: SQL never changes the lake',
      hint: '`twdw forget` takes tweets and users out; CREATE TEMP TABLE mine AS SELECT … makes what you can change',
    })
  })

  it('may be changed where it is a table of its own, which is gone with the engine', async () => {
    const sql = `create temp table mine as select range as n from range(4); delete from mine where n = 0;
      update mine set n = n * 2; insert into mine values (1); create macro twice(a) as 2 * a; set variable least = 3;
      select sum(twice(n)) as sum from mine where n > getvariable('least')`
    expect(rowsOf(await (await open()).query(sql))).toEqual([{ sum: 20n }])
  })

  it('does not include the variables of the process', async () => {
    await expect((await open()).query("select getenv('HOME')")).rejects.toMatchObject({ code: 'E_USAGE' })
  })

  it('keeps no secret beyond the engine', async () => {
    const engine = await open({ readsAllFiles: true })
    await expect(engine.query("create persistent secret s (type s3, key_id 'a')")).rejects.toMatchObject({
      code: 'E_USAGE',
    })
    expect(rowsOf(await engine.query('from duckdb_secrets()'))).toEqual([])
  })

  it.each(["select * from 'FOLDER/secret.csv'", "from glob('FOLDER/*')", "from read_csv('FOLDER/secret.csv')"])(
    'ends at the lake for every function that opens a file: %s',
    sql =>
      withTempFolder(async folder => {
        await mkdir(join(folder, 'lake'))
        await writeFile(join(folder, 'secret.csv'), 'a\n1\n')
        const engine = await open({ readable: [join(folder, 'lake')] })
        await expect(engine.query(sql.replaceAll('FOLDER', folder))).rejects.toMatchObject({
          code: 'E_USAGE',
          message: expect.stringMatching(/^Permission Error: Cannot access file "[^"]*"$/),
          hint: ONLY_THE_LAKE,
        })
      }),
  )

  it('ends at the lake for a macro too, when it is made and when it is called', () =>
    withTempFolder(async folder => {
      await writeFile(join(folder, 'secret.csv'), 'a\n1\n')
      const engine = await open()
      const direct = `create macro m() as table from read_csv('${folder}/secret.csv')`
      await expect(engine.query(direct)).rejects.toMatchObject({ code: 'E_USAGE', hint: ONLY_THE_LAKE })
      await engine.query('create macro m(path) as table from read_csv(path)')
      await expect(engine.query(`from m('${folder}/secret.csv')`)).rejects.toMatchObject({
        code: 'E_USAGE',
        hint: ONLY_THE_LAKE,
      })
    }))

  it('reads other files when it is told to, and says what is wrong with one', () =>
    withTempFolder(async folder => {
      await writeFile(join(folder, 'mine.csv'), 'tag,label\ncovid19,health\n')
      const engine = await open({ readable: [join(folder, 'lake')], readsAllFiles: true })
      expect(rowsOf(await engine.query(`from read_csv('${folder}/mine.csv')`))).toEqual([
        { tag: 'covid19', label: 'health' },
      ])
      await expect(engine.query(`from read_csv('${folder}/yours.csv')`)).rejects.toMatchObject({
        code: 'E_USAGE',
        message: `IO Error: No files found that match the pattern "${folder}/yours.csv"`,
        hint: 'check its name; relative paths are meant from the working directory',
        at: 5,
      })
      await expect(engine.query(`from read_parquet('${folder}/mine.csv')`)).rejects.toMatchObject({
        code: 'E_USAGE',
        message: `Invalid Input Error: No magic bytes found at end of file '${folder}/mine.csv'`,
      })
      await expect(engine.query(`from read_parquet('${folder}/lake/a.parquet')`)).rejects.toMatchObject({
        code: 'E_LAKE',
        hint: 'put a good copy of the file in its place, or move it out of the lake',
      })
      await expect(engine.query("from 'https://127.0.0.1:1/a.parquet'")).rejects.toMatchObject({
        code: 'E_USAGE',
        message:
          'Missing Extension Error: File https://127.0.0.1:1/a.parquet requires the extension httpfs to be loaded',
        hint: 'SQL reads files of this machine only, and nothing is downloaded: fetch it first',
      })
    }))

  it.each([
    "copy (select 1) to 'FOLDER/out.csv'",
    "attach 'FOLDER/out.db'",
    "export database 'FOLDER/out'",
    "import database 'FOLDER'",
    "from enable_logging(storage = 'file', storage_path = 'FOLDER/out')",
    "from enable_profiling(format = 'json', save_location = 'FOLDER/out.json')",
    "explain analyze copy (select 1) to 'FOLDER/out.csv'",
    'update extensions',
    'install httpfs',
  ])('writes none of the files that it may read: %s', sql =>
    withTempFolder(async folder => {
      const engine = await open({ readable: [join(folder, 'lake')], readsAllFiles: true })
      await expect(engine.query(sql.replaceAll('FOLDER', folder))).rejects.toMatchObject({
        code: 'E_USAGE',
        message: expect.stringMatching(/^SQL here answers questions; [A-Z ]+ statements are not run$/),
      })
      expect(await readdir(folder)).toEqual([])
    }),
  )

  it.each([
    'set enable_external_access = true',
    "set allowed_directories = ['/']",
    'set lock_configuration = false',
    "set file_search_path = '/'",
    "pragma profiling_output = 'out.json'",
    'reset enable_external_access',
  ])('cannot be widened: %s', async sql => {
    await expect((await open()).query(sql)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringMatching(/^Invalid Input Error: Cannot change .* locked/),
    })
  })

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
