import { describe, expect, it } from 'vitest'
import { TwdwError } from '../../src/lib/errors.ts'
import type { LineSource } from '../../src/lib/io/line-editor.ts'
import { runShell, type ShellPorts } from '../../src/lib/query/shell.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import { silentLog } from '../support/silent-log.ts'

/** What is typed: lines, and Ctrl-C as `^C`. */
async function type(typed: readonly string[], about: { isTyped?: boolean; ports?: Partial<ShellPorts> } = {}) {
  const story: string[] = []
  const rest = [...typed]
  const lines: LineSource = {
    isTyped: about.isTyped ?? true,
    async readLine(prompt) {
      const line = rest.shift()
      if (line !== undefined) story.push(`${prompt}${line}`)
      if (line === '^C') return 'cancelled'
      return line === undefined ? 'end' : { line }
    },
    remember: entry => void story.push(`remembered ${JSON.stringify(entry)}`),
    interruptible: work => work(new AbortController().signal),
    close: () => undefined,
  }
  const ports: ShellPorts = {
    lines,
    isOnTerminal: true,
    clock: fixedClock('2024-01-01T00:00:00.000Z'),
    log: { ...silentLog, info: sentence => void story.push(`told ${sentence}`) },
    async ask(sql, before) {
      story.push(`asked ${JSON.stringify(sql)}${before === '' ? '' : ` after ${JSON.stringify(before)}`}`)
      if (sql.startsWith('selec ')) throw new TwdwError('E_USAGE', 'syntax error', { hint: 'write a SELECT' })
      if (sql.startsWith('bug')) throw new Error('a bug')
      return sql.startsWith('create') ? [] : [{} as never]
    },
    async show(answers, { form, file }) {
      story.push(`shown ${answers.length} as ${form}${file === undefined ? '' : ` in ${file}`}`)
      return true
    },
    async print(text) {
      story.push(`printed ${text.length > 40 ? 'the help' : JSON.stringify(text)}`)
      return true
    },
    async complain({ message }) {
      story.push(`complained of ${message}`)
    },
    learn: sql => void story.push(`learned ${sql}`),
    stopSignal: new AbortController().signal,
    ...about.ports,
  }
  const failure = await runShell({ form: 'table', isFormChosen: false }, ports).catch(error => error)
  return failure === undefined ? story : [...story, failure]
}

describe('the shell', () => {
  it('asks a statement once it is whole, and remembers it as one entry', async () => {
    expect(await type(['select 1,', '2;'])).toEqual([
      'twdw> select 1,',
      '  ...> 2;',
      'remembered "select 1,\\n2;"',
      'asked "select 1,\\n2"',
      'shown 1 as table',
    ])
  })

  it('goes on after a mistake, without what followed it on the line', async () => {
    expect(await type(['selec 1; select 2;', '.nope', 'select 3;'])).toEqual([
      'twdw> selec 1; select 2;',
      'remembered "selec 1; select 2;"',
      'asked "selec 1"',
      'complained of syntax error',
      'twdw> .nope',
      'remembered ".nope"',
      'complained of there is no command .nope',
      'twdw> select 3;',
      'remembered "select 3;"',
      'asked "select 3"',
      'shown 1 as table',
    ])
  })

  it('drops an unfinished statement at Ctrl-C, and at the end', async () => {
    expect(await type(['select 1', '^C', '.quit', 'select 2;'])).toEqual([
      'twdw> select 1',
      '  ...> ^C',
      'twdw> .quit',
      'remembered ".quit"',
    ])
    expect(await type(['select 1'])).toEqual(['twdw> select 1'])
  })

  it('tells what was made before to those who ask later', async () => {
    expect(
      (await type(['create a;', 'create b;', 'select 1;'])).filter(line => !/^(?:twdw>|remem)/.test(line)),
    ).toEqual([
      'asked "create a"',
      'learned create a',
      'asked "create b" after "create a;\\n"',
      'learned create b',
      'asked "select 1" after "create a;\\ncreate b;\\n"',
      'shown 1 as table',
    ])
  })

  it('writes the next answer to a file, in the form of its ending unless another was chosen', async () => {
    const typed = ['.once a.md', 'select 1;', 'select 2;', '.format ndjson', '.once b.md', 'select 3;']
    expect((await type(typed)).filter(line => line.startsWith('shown'))).toEqual([
      'shown 1 as markdown in a.md',
      'shown 1 as table',
      'shown 1 as ndjson in b.md',
    ])
  })

  it('shows text only on a terminal, and a picture in a file', async () => {
    const typed = [
      '.format html',
      '.once a.html',
      'select 1;',
      'select 2;',
      '.format chart',
      '.once b.svg',
      'select 3;',
    ]
    expect((await type(typed)).filter(line => /^(?:shown|complained)/.test(line))).toEqual([
      'complained of html is a page, and a terminal shows text',
      'shown 1 as html in a.html',
      'shown 1 as table',
      'shown 1 as svg in b.svg',
    ])
    expect(await type(['.format html', 'select 1;'], { ports: { isOnTerminal: false } })).toContain('shown 1 as html')
  })

  it('says how long an answer took, where that is wanted', async () => {
    const told = (await type(['.timing on', 'select 1;', '.timing off', 'select 2;'])).filter(line =>
      /^told/.test(line),
    )
    expect(told).toEqual(['told answered in 0 ms'])
  })

  it('helps, and stops when nobody reads any more', async () => {
    expect(await type(['.help'])).toContain('printed the help')
    const show = async () => false
    expect(await type(['select 1; select 2;'], { ports: { show } })).toEqual([
      'twdw> select 1; select 2;',
      'remembered "select 1; select 2;"',
      'asked "select 1"',
    ])
  })

  it('does not take a bug for a mistake', async () => {
    expect((await type(['bug;', 'select 1;'])).at(-1)).toMatchObject({ message: 'a bug' })
  })

  it('ends with a status when the process is told to', async () => {
    expect((await type([], { ports: { stopSignal: AbortSignal.abort('SIGTERM') } })).at(-1)).toMatchObject({
      code: 'E_INTERRUPTED',
      message: 'the shell was ended by SIGTERM',
    })
  })
})

describe('a script', () => {
  it('may leave out the last semicolon', async () => {
    expect(await type(['select 1;', 'select 2 -- the last'], { isTyped: false })).toContain('asked "select 2"')
  })

  it('ends with its first mistake', async () => {
    const story = await type(['select 1;', 'selec 2;', 'select 3;'], { isTyped: false })
    expect(story.at(-1)).toMatchObject({ code: 'E_USAGE', message: 'syntax error' })
    expect(story).not.toContain('asked "select 3"')
  })
})
