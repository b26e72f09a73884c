/** The door of query, from words to stdout. A case is a folder of fixtures/queries: question.json, what it prints, and its lake if it has one. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { queryCommand } from '../../src/commands/query.ts'
import { hourOf } from '../../src/lib/domain/hour.ts'
import { LAYER1_REPEATING } from '../../src/lib/domain/layer1-builder.ts'
import { layer1Path } from '../../src/lib/domain/paths.ts'
import type { TwdwError } from '../../src/lib/errors.ts'
import { openJournal } from '../../src/lib/io/journal.ts'
import { bytesToText } from '../support/bytes-to-text.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { layer1Table } from '../support/layer1-rows.ts'
import { openQueryLake, QUERIES, readQueryLakeRows } from '../support/query-lake.ts'
import { runCommand, runInStreet } from '../support/run-command.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { tweetLine } from '../support/tweet-lines.ts'

/**
 * What a case asks; its answer stands beside it in stdout.txt, in stderr.txt what it says there, and in error.txt the failure that it
 * ends with.
 */
interface Case {
  words: string[]
  /** width of the terminal; a pipe when absent */
  terminal?: number
  env?: Record<string, string>
  /** what stdin has */
  input?: string
}

const CASES = readdirSync(QUERIES, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? [entry.name] : []))
/** Last words of questions whose answers are no text; stdout.txt then has what DuckDB reads in them. */
const BYTES = ['parquet', 'arrow']
/** set by whoever has looked at the answers and wants them kept */
const WRITES = process.env.WRITE_GOLDEN === '1'

/** But for how long an answer took. */
const withoutTime = (text: string) => text.replace(/ · [\d.]+ m?s$/gm, '')

async function runQuery(folder: string, words: readonly string[], about: Omit<Case, 'words'> = {}) {
  const { stdout, stderr } = await runCommand(queryCommand, folder, ['query', ...words], about)
  return { stdout: withoutTime(stdout), stderr: withoutTime(stderr) }
}

/** As main.ts prints it. */
const failureText = ({ message, hint }: TwdwError) => `twdw: ${message}\n  try: ${hint}\n`

const readCase = (name: string, file: string) => {
  const path = join(QUERIES, name, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

describe('twdw query over the lake of fixtures/queries', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twdw-queries-'))
    const rows = readQueryLakeRows()
    const { lake, tables } = await openQueryLake(folder, rows)
    // the rows of the journal are stored here: a journal holds lines, and lines are another test's matter
    for (const row of rows.journal) {
      const hour = hourOf(Date.parse(row.created_at ?? ''))
      await tables.write(layer1Path(hour, 'segment-3'), layer1Table([row]), { repeating: LAYER1_REPEATING })
    }
    expect(lake.url).toBe(join(folder, 'lake'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(CASES)('answers %s', async name => {
    const { words, ...about }: Case = JSON.parse(readCase(name, 'question.json'))
    const isBytes = BYTES.includes(words.at(-1) ?? '')
    const ask = (lake: string) =>
      runInStreet(queryCommand, lake, ['query', ...words], about).then(
        async street => ({
          stdout: isBytes ? await bytesToText(street.saidBytes()) : withoutTime(street.said()),
          stderr: withoutTime(street.told()),
          error: '',
        }),
        error => ({ stdout: '', stderr: '', error: failureText(error) }),
      )
    const outcome = existsSync(join(QUERIES, name, 'lake.json'))
      ? await withTempFolder(async own => {
          await openQueryLake(own, readQueryLakeRows(name))
          return ask(own)
        })
      : await ask(folder)
    const files = { 'stdout.txt': outcome.stdout, 'stderr.txt': outcome.stderr, 'error.txt': outcome.error }
    for (const [file, text] of Object.entries(files)) {
      if (WRITES && text !== '') writeFileSync(join(QUERIES, name, file), text)
      expect(text).toBe(readCase(name, file))
    }
  })
})

describe('twdw query', () => {
  it('counts a line that is only in the journal, once, whatever else has it', async () => {
    await withTempFolder(async folder => {
      const { lake } = await openQueryLake(folder, { timeZone: 'UTC', consolidated: [], stored: [], journal: [] })
      const journal = openJournal(join(folder, 'lake/_state/journal'), fixedClock())
      for (let segment = 0; segment < 2; segment++) {
        const open = await journal.begin({ source: 'stream', session: 's', tags: ['covid19'], ruleNames: {} })
        const lines = [tweetLine('2024-01-01T10:00:00.000Z', 1), tweetLine('2024-01-01T10:00:01.000Z', 2 + segment)]
        const bytes = lines.map(line => new TextEncoder().encode(line))
        await open.append({ lines: bytes, capturedAtMs: Date.parse('2024-01-01T10:00:02.000Z') })
        await open.sync()
        await open.close()
      }
      expect(await runQuery(folder, ['--tag', 'Covid19', '--by', 'hour'])).toEqual({
        stdout: 'hour,tweets\n2024-01-01T10:00:00Z,3\n',
        stderr: '',
      })
      expect((await lake.list('layer1/')).length).toBe(0)
    })
  })

  it('finds a language in whatever case it is asked for, and shows it as X writes it', async () => {
    await withTempFolder(async folder => {
      const at = '2024-01-01T10:00:00.000Z'
      const rows = [{ tweet_id: '1', created_at: at, lang: 'zh-CN', hashtags: ['x'] }]
      await openQueryLake(folder, { timeZone: 'UTC', consolidated: rows, stored: [], journal: [] })
      for (const lang of ['zh-CN', 'zh-cn', 'ZH-CN']) {
        const { stdout } = await runQuery(folder, ['--tag', 'x', '--lang', lang, '--by', 'lang'])
        expect(stdout).toBe('lang,tweets\nzh-CN,1\n')
      }
    })
  })

  it('folds years without a tweet on a terminal, and nowhere else', async () => {
    await withTempFolder(async folder => {
      const rows = ['2019-01-01', '2024-01-01'].map((day, i) => {
        return { tweet_id: String(i + 1), created_at: `${day}T10:00:00.000Z`, hashtags: ['x'] }
      })
      await openQueryLake(folder, { timeZone: 'UTC', consolidated: rows, stored: [], journal: [] })
      const words = ['--tag', 'x', '--by', 'day']
      const { stdout } = await runQuery(folder, words, { terminal: 80 })
      expect(stdout.split('\n').slice(3, 7)).toEqual([
        '│ 2019-01-01 │      1 │',
        '│ … 1,825 rows of 0   │',
        '│ 2024-01-01 │      1 │',
        '└────────────┴────────┘',
      ])
      for (const format of ['csv', 'json', 'ndjson', 'markdown', 'table']) {
        const about = format === 'table' ? {} : { terminal: 80 }
        const told = await runQuery(folder, [...words, '--format', format], about)
        expect(told.stdout.split('\n').length).toBeGreaterThan(1827)
      }
    })
  })

  it('does not say of a batch that the lake has no such tweet', async () => {
    await withTempFolder(async folder => {
      const rows = [{ tweet_id: '1', created_at: '2024-01-01T10:00:00.000Z', hashtags: ['duck'] }]
      await openQueryLake(folder, { timeZone: 'UTC', consolidated: [], stored: rows, journal: [] })
      expect((await runQuery(folder, ['--tag', 'duck', '--by', 'day', '--batch-only'])).stderr).toBe(
        '0 rows · tweets from 2024-01-01T10:00+00:00 to 2024-01-01T11:00+00:00 · UTC\n' +
          '1 hour not consolidated yet is left out, as --batch-only asks\n' +
          'nothing found: the one hour of the lake with tweets is not consolidated yet, and --batch-only leaves it out\n',
      )
    })
  })

  it('says that an empty lake is empty, and is no failure', async () => {
    await withTempFolder(async folder => {
      await openQueryLake(folder, { timeZone: 'UTC', consolidated: [], stored: [], journal: [] })
      expect(await runQuery(folder, ['--tag', 'covid19', '--by', 'day'])).toEqual({
        stdout: 'day,tweets\n',
        stderr: '0 rows · the lake is empty · UTC\nnothing found: no tweet has been captured yet\n',
      })
    })
  })

  it('writes an answer to a file in the form of its ending, and nothing to stdout', async () => {
    await withTempFolder(async folder => {
      await openQueryLake(folder, { timeZone: 'UTC', consolidated: [], stored: [], journal: [] })
      const words = ['--sql', "SELECT 'x' AS a, 9007199254740993 AS b", '--output', 'answer.json']
      expect((await runQuery(folder, words, { terminal: 80 })).stdout).toBe('')
      expect(await readFile(join(folder, 'answer.json'), 'utf8')).toBe('[\n {"a":"x","b":9007199254740993}\n]\n')
    })
  })

  it('asks no form of a file for SQL or a chart, which are none', async () => {
    await withTempFolder(async folder => {
      await openQueryLake(folder, readQueryLakeRows())
      await runQuery(folder, ['--tag', 'carnaval', '--explain', '--output', 'question.sql'])
      expect(await readFile(join(folder, 'question.sql'), 'utf8')).toMatch(/^SELECT /)
      await runQuery(folder, ['--tag', 'carnaval', '--by', 'day', '--chart', '--output', 'chart'])
      expect(await readFile(join(folder, 'chart'), 'utf8')).toContain('2019-02-16')
    })
  })

  it('writes Arrow as a file into a file, and as a stream into a pipe or where its ending says so', async () => {
    await withTempFolder(async folder => {
      await openQueryLake(folder, { timeZone: 'UTC', consolidated: [], stored: [], journal: [] })
      const words = ['--sql', 'SELECT 7 AS n']
      for (const name of ['a.arrow', 'a.feather', 'a.arrows']) await runQuery(folder, [...words, '--output', name])
      const [file, feather, stream] = await Promise.all(
        ['a.arrow', 'a.feather', 'a.arrows'].map(name => readFile(join(folder, name))),
      )
      const piped = await runInStreet(queryCommand, folder, ['query', ...words, '--format', 'arrow'])
      expect(file?.subarray(0, 6).toString()).toBe('ARROW1')
      expect(feather).toEqual(file)
      expect(stream?.equals(piped.saidBytes())).toBe(true)
      expect(await bytesToText(piped.saidBytes())).toBe('n INTEGER\n{"n":7}\n')
    })
  })

  it('writes a page with a chart where there is something to draw, and the same page again', async () => {
    await withTempFolder(async folder => {
      await openQueryLake(folder, { ...readQueryLakeRows(), journal: [] })
      const page = async (...words: string[]) => {
        await runQuery(folder, [...words, '--output', 'answer.html'])
        return (await readFile(join(folder, 'answer.html'), 'utf8')).replace(/<dt>Made.*\n/, '')
      }
      const days = await page('--tag', 'carnaval', '--by', 'day')
      expect(days).toContain('"form":"line"')
      expect(days).toContain('aria-label="Chart: Tweets with #carnaval by day. The table has its numbers."')
      expect(await page('--tag', 'carnaval', '--by', 'day')).toBe(days)
      expect(await page('--tag', 'carnaval', '--by', 'day', '--chart', 'bar')).toContain('"form":"bar"')
      expect(await page('--sql', "SELECT 'x' AS a")).toContain('id="drawings">[]</script>')
    })
  })

  it('draws one answer of SQL only', async () => {
    await withTempFolder(async folder => {
      await openQueryLake(folder, { timeZone: 'UTC', consolidated: [], stored: [], journal: [] })
      await expect(runQuery(folder, ['--sql', 'SELECT 1; SELECT 2', '--output', 'a.html'])).rejects.toMatchObject({
        code: 'E_USAGE',
        message: 'the SQL gives 2 answers, and html has room for one',
      })
      await runQuery(folder, ['--sql', "SELECT 'x' AS label, 7 AS n", '--output', 'a.svg'])
      expect(await readFile(join(folder, 'a.svg'), 'utf8')).toMatch(/^<svg .*An answer to a question in SQL/s)
    })
  })

  it('draws no SVG of nothing', async () => {
    await withTempFolder(async folder => {
      await openQueryLake(folder, { timeZone: 'UTC', consolidated: [], stored: [], journal: [] })
      await expect(runQuery(folder, ['--tag', 'x', '--by', 'day', '--format', 'svg'])).rejects.toMatchObject({
        code: 'E_USAGE',
        message: 'this answer is no chart: nothing to draw',
      })
    })
  })

  it('refuses a lake that is not there, and one of a newer format, and makes nothing', async () => {
    await withTempFolder(async folder => {
      await expect(runQuery(folder, ['--tag', 'x'])).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `there is no lake at ${folder}/lake: it has no twdw.json`,
      })
      expect(readdirSync(folder)).toEqual([])
      await mkdir(join(folder, 'lake'))
      writeFileSync(join(folder, 'lake/twdw.json'), '{"format": 2, "id": "00c0ffee", "timeZone": "UTC"}')
      await expect(runQuery(folder, ['--tag', 'x'])).rejects.toMatchObject({
        code: 'E_LAKE',
        message: `the lake ${folder}/lake is of format 2, and this twdw knows formats up to 1`,
      })
    })
  })

  it.each([
    [['--sql', 'SELECT 1', '--tag', 'x', '--top', '3'], '--sql stands alone, and --tag, --top cannot be added to it'],
    [['--sql-file', 'a.sql', '--by', 'day'], '--sql-file stands alone, and --by cannot be added to it'],
    [['--sql', 'SELECT 1', '--sql-file', 'a.sql'], '--sql stands alone, and --sql-file cannot be added to it'],
    [['-i', '--sql', 'SELECT 1', '--tag', 'x'], '--sql stands alone, and --tag, --interactive cannot be added to it'],
    [['-i', '--tag', 'x'], '--interactive stands alone, and --tag cannot be added to it'],
    [['-i', '--output', 'a.csv'], '--output is for one answer, and a shell gives many'],
    [['--allow-files', '--tag', 'x'], '--allow-files is about SQL, and there is none'],
    [['--ddl', 'duckdb', '--explain'], '--ddl stands alone, and --explain cannot be added to it'],
    [['--all-tags', '--tag', 'x'], '--all-tags are all tags, and --tag names some'],
    [['--sql', 'SELECT 1', '--output', 'answer'], '--output answer does not say in which form: it has no ending'],
    [['--output', 'a.xlsx', '--tag', 'x'], '--output a.xlsx does not say in which form: nothing is known of .xlsx'],
    [['--output', 'a.csv.gz'], '--output a.csv.gz ends with .gz, and answers are not compressed'],
    [['--chart', '--format', 'csv'], '--chart is a form of its own, and --format asks for csv'],
    [
      ['--by', 'day,minute', '--kind', 'post', '--from', 'yesterday', '--tag', '#'],
      [
        '--tag: not a hashtag: "#" (write it as covid19)',
        '--by: not a way to part tweets: "minute" (write one of hour, day, week, month, year, weekday, hour-of-day, lang, kind, user, hashtag, place, rule)',
        '--from: not a date or an hour: "yesterday" (write 2019-02-16 or 2019-02-16T23 in the lake\'s time zone, or 2019-02-16T23-03:00)',
        '--kind: not a kind of tweet: "post" (write one of original, retweet, reply, quote)',
      ].join('\n      '),
    ],
  ])('refuses %j in one message', async (words, message) => {
    await withTempFolder(async folder => {
      await expect(runQuery(folder, words)).rejects.toMatchObject({ code: 'E_USAGE', message })
    })
  })

  it('prints views that any DuckDB can make, over what is consolidated', async () => {
    await withTempFolder(async folder => {
      const { openSql } = await openQueryLake(folder, { ...readQueryLakeRows(), stored: [], journal: [] })
      const { stdout: ddl } = await runQuery(folder, ['--ddl', 'duckdb'])
      const engine = await openSql({ timeZone: 'UTC', readable: [folder] })
      const counted = await engine.query(
        `${ddl} SELECT COUNT(*) AS n, (SELECT COUNT(*) FROM dim_user) AS u FROM fact_tweet`,
      )
      expect(counted.toArray().map(String)).toEqual(['{"n": 11, "u": 5}'])
      await engine.close()
    })
  })
})
