/** `twdw query -i` on a terminal: keys in, screen out. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Machine, SLOW_MS, withMachine } from '../support/executable.ts'
import { onTerminal } from '../support/terminal.ts'

const PROMPT = 'twdw> '
const ENDLESS = 'select sum(a.range * b.range) from range(10000000) a, range(10000000) b;'

/** A machine with a small lake. */
const withLake = (work: (machine: Machine) => Promise<void>) =>
  withMachine(async machine => {
    const made = await machine.twdw([
      ...['listen', '--lake', 'lake', '--source', 'demo', '--start', '2024-01-01T03:00Z'],
      ...['--rate', '2000', '--speed', '43200', '--max-tweets', '300'],
    ])
    expect(made.status).toBe(0)
    await work(machine)
  })

/** A shell over its lake; every test leaves the program in one way or another. */
const openShell = ({ folder }: Machine, env: Record<string, string> = {}) =>
  onTerminal(['query', '-i'], folder, { XDG_CACHE_HOME: join(folder, '..', 'twdw-test-cache'), ...env })

describe('the shell on a terminal', { timeout: SLOW_MS }, () => {
  it('answers statements over several lines, and brings each back as one, in the next shell too', () =>
    withLake(async machine => {
      const shell = openShell(machine)
      await shell.until(PROMPT)
      shell.press('select count(*) as n\r')
      await shell.until('  ...> ')
      shell.press('from fact_tweet;\r')
      expect(await shell.until(PROMPT)).toContain('│ 300 │')
      shell.press('\u001b[A')
      expect(await shell.until('from fact_tweet;')).toContain('select count(*) as n')
      shell.press('\r')
      expect(await shell.until(PROMPT)).toContain('│ 300 │')
      shell.press('\u0004')
      expect(await shell.ended).toBe('\n[status 0]\n')

      const path = join(machine.folder, 'home/.local/state/twdw/history')
      expect(await readFile(path, 'utf8')).toBe('select count(*) as n\\nfrom fact_tweet;\n')
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      const next = openShell(machine)
      await next.until(PROMPT)
      next.press('\u001b[A')
      await next.until('from fact_tweet;')
      next.press('\r')
      expect(await next.until(PROMPT)).toContain('│ 300 │')
      next.press('.quit\r')
      expect(await next.ended).toContain('[status 0]')
    }))

  it('stops a query at Ctrl-C and goes on, and drops the line at Ctrl-C', () =>
    withLake(async machine => {
      const shell = openShell(machine)
      await shell.until(PROMPT)
      shell.press(`${ENDLESS}\r`)
      await shell.until('asking')
      shell.press('\u0003')
      expect(await shell.until(PROMPT)).toContain('the query was stopped before it had an answer\n')
      shell.press('select 1 +\r')
      await shell.until('  ...> ')
      shell.press('nope\u0003')
      await shell.until(`^C\n${PROMPT}`)
      shell.press('select 41 + 1 as n;\r')
      expect(await shell.until(PROMPT)).toContain('│ 42 │')
      shell.press('\u0004')
      expect(await shell.ended).toBe('\n[status 0]\n')
    }))

  it('completes views, columns and hashtags at Tab, and lists what is possible at the second', () =>
    withLake(async machine => {
      const shell = openShell(machine)
      await shell.until(PROMPT)
      shell.press('select retw')
      await shell.until('select retw')
      shell.press('\t')
      await shell.until('eet')
      shell.press('\t')
      expect(await shell.until(PROMPT)).toMatch(/retweets\s+retweet_count/)
      shell.press('_')
      await shell.until('_')
      shell.press('\t')
      await shell.until('count')
      shell.press(' from fact_tw')
      await shell.until('fact_tw')
      shell.press('\t')
      await shell.until('eet')
      shell.press(" where tag = '#covid1")
      await shell.until('#covid1')
      shell.press('\t')
      await shell.until("select retweet_count from fact_tweet where tag = 'covid19")
      shell.press('\u0003.tab')
      await shell.until('.tab')
      shell.press('\t')
      await shell.until('les')
      shell.press('\u0003')
      await shell.until(`^C\n${PROMPT}`)
      shell.press('\u0004')
      await shell.ended
    }))

  it('shows where SQL is wrong, and takes what was pasted', () =>
    withLake(async machine => {
      const shell = openShell(machine)
      await shell.until(PROMPT)
      shell.press("select '日本',\r  nope from fact_tweet;\rselect 7 as n;\rselect")
      const screen = await shell.until(`${PROMPT}select`)
      expect(screen).toContain('LINE 2:   nope from fact_tweet\n          ^\n  try: DESCRIBE')
      expect(screen).toContain('│ 7 │')
      shell.press(' 8 as n;\r')
      expect(await shell.until(PROMPT)).toContain('│ 8 │')
      shell.press('\u0004')
      expect(await shell.ended).toBe('\n[status 0]\n')
    }))

  it('counts what comes while it is open, keeps its own tables, and writes an answer to a file', () =>
    withLake(async machine => {
      const { folder, twdw } = machine
      const shell = openShell(machine)
      await shell.until(PROMPT)
      shell.press('create temp table before as select count(*) as n from fact_tweet;\r')
      await shell.until(PROMPT)
      const more = ['--source', 'demo', '--start', '2024-02-01T03:00Z', '--rate', '2000', '--speed', '43200']
      expect((await twdw(['listen', '--lake', 'lake', ...more, '--max-tweets', '10'])).status).toBe(0)
      shell.press(
        '.once grown.csv\rselect count(*) - any_value(n) as more from fact_tweet, before;\rselect 1 as done;\r',
      )
      await shell.until('done')
      await shell.until(PROMPT)
      expect(await readFile(join(folder, 'grown.csv'), 'utf8')).toBe('more\n10\n')
      shell.press('\u0004')
      await shell.ended
    }))

  it('ends at a signal with the status of one, in a query and at the prompt', () =>
    withLake(async machine => {
      const waiting = openShell(machine)
      await waiting.until(PROMPT)
      waiting.kill('SIGTERM')
      expect(await waiting.ended).toContain('twdw: the shell was ended by SIGTERM')
      const asking = openShell(machine)
      await asking.until(PROMPT)
      asking.press(`${ENDLESS}\r`)
      await asking.until('asking')
      asking.kill('SIGTERM')
      expect(await asking.ended).toMatch(
        /twdw: the query was stopped before it had an answer\n[\s\S]*\[status 130\]\n$/,
      )
    }))

  it('ends when its terminal is closed, in a query and at the prompt', () =>
    withLake(async machine => {
      const waiting = openShell(machine)
      await waiting.until(PROMPT)
      waiting.hangUp()
      expect(await waiting.ended).toMatch(/^\[status (?:0|130)\]\n$/)
      const asking = openShell(machine)
      await asking.until(PROMPT)
      asking.press(`${ENDLESS}\r`)
      await asking.until('asking')
      asking.hangUp()
      expect(await asking.ended).toMatch(/\[status 130\]\n$/)
    }))

  it('works in a home that cannot be written, with a warning', () =>
    withLake(async machine => {
      await mkdir(join(machine.folder, 'state'))
      await writeFile(join(machine.folder, 'state/twdw'), 'a file where a folder should be')
      const shell = openShell(machine, { XDG_STATE_HOME: join(machine.folder, 'state') })
      expect(await shell.until(PROMPT)).toContain('warning: the history of this shell is not kept: ')
      shell.press('select 5 as n;\r')
      expect(await shell.until(PROMPT)).toContain('│ 5 │')
      shell.press('\u0004')
      expect(await shell.ended).toContain('[status 0]')
    }))
})

describe('the shell without a terminal', { timeout: SLOW_MS }, () => {
  it('is a script: no prompt, and the status of its first mistake', () =>
    withLake(async ({ twdw }) => {
      const good = 'create temp table mine as\nselect 1 as a;\nselect a + 1 as b from mine;\n.format json\nfrom mine'
      expect(await twdw(['query', '-i'], { input: good })).toEqual({
        status: 0,
        stdout: 'b\n2\n[\n {"a":1}\n]\n',
        stderr: '',
      })
      expect(await twdw(['query', '-i'], { input: 'select 1 as a;\nselec 2;\nselect 3;\n' })).toEqual({
        status: 2,
        stdout: 'a\n1\n',
        stderr:
          'twdw: Parser Error: syntax error at or near "selec"\nLINE 1: selec 2\n        ^\n' +
          '  try: the SQL is that of DuckDB: https://duckdb.org/docs/stable/sql/introduction\n',
      })
    }))

  it('takes SQL from stdin and from a file, with a byte order mark and another line end', () =>
    withLake(async ({ folder, twdw }) => {
      const sql = '\ufeffselect count(*) as n\r\nfrom fact_tweet;\r\n'
      await writeFile(join(folder, 'count.sql'), sql)
      const counted = { status: 0, stdout: 'n\n300\n', stderr: '' }
      expect(await twdw(['query', '--sql-file', 'count.sql'])).toEqual(counted)
      expect(await twdw(['query', '--sql', '-'], { input: sql })).toEqual(counted)
    }))
})
