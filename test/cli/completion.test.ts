/** `twdw completion` in the shells themselves, with the executable, over a lake with hashtags that shells trip over. */
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUILT, SLOW_MS } from '../support/executable.ts'
import { completeInBash, completeInFish, completeInZsh, hasShell, runAsUser } from '../support/shells.ts'
import { makeTempFolder } from '../support/temp-folder.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const TAGS = [['Eleição', 'covid19'], ['eleição'], ['ELEIÇÃO', 'covid'], ['eleitor'], ["it's $5; `x`"], ['日本']]

let folder: string
let removeFolder: () => Promise<void>
const twdw = (words: readonly string[], env: Record<string, string> = {}) => runAsUser(folder, 'twdw', words, env)

beforeAll(async () => {
  ;({ path: folder, remove: removeFolder } = await makeTempFolder())
  for (const name of ['bin', 'home/.config/twdw', 'cache', 'my lakes'])
    await mkdir(join(folder, name), { recursive: true })
  await symlink(BUILT, join(folder, 'bin/twdw'))
  const lines = TAGS.map((tags, n) => tweetLine('2024-01-01T10:15:00.000Z', n, tags))
  await writeFile(join(folder, 'tweets.jsonl'), lines.join('\n'))
  const lake = ['--lake', 'my lakes/one', '--quiet']
  expect(twdw(['listen', '--source', 'replay', '--from', 'tweets.jsonl', ...lake])).toMatchObject({ status: 0 })
  expect(twdw(['consolidate', ...lake])).toMatchObject({ status: 0 })
  await writeFile(join(folder, 'twdw.toml'), 'lake = "my lakes/one"\n')
}, SLOW_MS)
afterAll(() => removeFolder())

describe('twdw completion', { timeout: SLOW_MS }, () => {
  it('prints a script for each shell, and refuses others', () => {
    expect(twdw(['completion', 'bash']).stdout).toContain('complete -F _twdw twdw\n')
    expect(twdw(['completion', 'csh'])).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'twdw: shell: "csh" is none of bash, zsh, fish\n  try: run `twdw completion --help` to see every option\n',
    })
    expect(twdw(['completion'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'twdw: it is not said for which shell\n  try: write `twdw completion bash`\n',
    })
  })

  it('offers no tag, and says nothing, where there is no lake or the settings are wrong', async () => {
    const ask = (words: readonly string[], env = {}) =>
      twdw(['completion', '--', 'bash', '2', 'query', '--tag', ...words], env)
    const nothing = { status: 0, stdout: 'words\n', stderr: '' }
    expect(ask(['cov'])).toEqual({ ...nothing, stdout: 'words\ncovid\ncovid19\n' })
    expect(ask(['cov', '--lake', 'nowhere'])).toEqual(nothing)
    expect(ask(['cov'], { TWDW_LAKE: 'gs://bucket' })).toEqual(nothing)
    const settings = join(folder, 'home/.config/twdw/config.toml')
    await writeFile(settings, 'lake = [')
    expect(ask(['cov'])).toEqual(nothing)
    await rm(settings)
    expect(twdw(['completion', '--'])).toEqual({ ...nothing, stdout: '' })
    expect(twdw(['completion', '--', 'bash', 'x', 'query']).status).toBe(0)
  })
})

describe.skipIf(!hasShell('bash'))('completion in bash', { timeout: SLOW_MS }, () => {
  const complete = (...line: string[]) => completeInBash(folder, ['twdw', ...line])

  it('completes commands, options that are not there yet, and choices', () => {
    expect(complete('')).toContain('consolidate')
    expect(complete('co')).toEqual(['consolidate', 'compact', 'copy', 'completion'])
    expect(complete('query', '--tag', 'covid', '--top', '3', '--t')).toEqual(['--tag', '--to'])
    expect(complete('listen', '--source', '')).toEqual(['x', 'replay', 'demo'])
    expect(complete('listen', '--source', '=', 'd')).toEqual(['demo'])
    expect(complete('query', '--by', 'day,k')).toEqual(['day,kind'])
    expect(complete('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(complete('nothing', '')).toEqual([])
  })

  it('completes tags of the lake, the most used first, and quotes them as the line needs it', () => {
    expect(complete('query', '--tag', 'elei')).toEqual(['eleição', 'eleitor'])
    expect(complete('query', '--tag', 'Eleiç')).toEqual(['Eleição'])
    expect(complete('query', '--tag', '=', 'covid19,elei')).toEqual(['covid19,eleição', 'covid19,eleitor'])
    expect(complete('query', '--tag', '#ELEIÇ')).toEqual(['\\#ELEIÇão'])
    expect(complete('query', '--tag', "'#eleiç")).toEqual(['#eleição'])
    expect(complete('query', '--tag', 'it')).toEqual(["it\\'s\\ \\$5\\;\\ \\`x\\`"])
    expect(complete('query', '--tag', '"it')).toEqual(["it's \\$5; \\`x\\`"])
    expect(complete('query', '--tag', "'it")).toEqual([])
    expect(complete('query', '--lake', '"my lakes/one"', '--tag', '日')).toEqual(['日本'])
    expect(complete('query', '--lake', 'my\\ lakes/one', '--tag', '日')).toEqual(['日本'])
    expect(complete('query', '--lake', '=', 'nowhere', '--tag', '日')).toEqual([])
    expect(complete('schedule', 'cron', 'cov')).toEqual(['covid', 'covid19'])
  })
})

describe.skipIf(!hasShell('fish'))('completion in fish', { timeout: SLOW_MS }, () => {
  const complete = (line: string) => completeInFish(folder, `twdw ${line}`)

  it('completes commands, options, choices and tags', () => {
    expect(complete('co')).toEqual(['consolidate', 'compact', 'copy', 'completion'])
    expect(complete('query --tag covid --top 3 --t')).toEqual(['--tag', '--to'])
    expect(complete('listen --source=d')).toEqual(['--source=demo'])
    expect(complete('query --tag elei')).toEqual(['eleição', 'eleitor'])
    expect(complete("query --tag '#Elei")).toEqual(['#Eleição', '#Eleitor'])
    expect(complete('query --tag=covid19,elei')).toEqual(['--tag=covid19,eleição', '--tag=covid19,eleitor'])
    expect(complete("query --lake 'my lakes/one' --tag 日")).toEqual(['日本'])
    expect(complete('query --lake nowhere --tag 日')).toEqual([])
  })

  it('completes folders where a folder is meant, and files where a file is', () => {
    expect(complete('query --lake my')).toEqual(['my lakes/'])
    expect(complete('query --lake=my')).toEqual(['--lake=my lakes/'])
    expect(complete('listen --source replay --from twe')).toEqual(['tweets.jsonl'])
    expect(complete('query --lake twe')).toEqual([])
  })
})

describe.skipIf(!hasShell('zsh'))('completion in zsh', { timeout: SLOW_MS }, () => {
  it('completes commands, options, choices, folders and tags, quoted as the line needs it', () => {
    const typed = {
      'twdw que': 'twdw query ',
      'twdw query --batch': 'twdw query --batch-only ',
      'twdw listen --source=d': 'twdw listen --source=demo ',
      'twdw query --by day,k': 'twdw query --by day,kind ',
      'twdw query --tag Eleiç': 'twdw query --tag Eleição ',
      "twdw query --tag '#eleiç": "twdw query --tag '#eleição' ",
      'twdw query --tag it': "twdw query --tag it\\'s\\ \\$5\\;\\ \\`x\\` ",
      "twdw query --lake 'my lakes/one' --tag 日": "twdw query --lake 'my lakes/one' --tag 日本 ",
      'twdw query --lake nowhere --tag 日': 'twdw query --lake nowhere --tag 日',
      'twdw query --lake=my': 'twdw query --lake=my\\ lakes/',
    }
    const found = completeInZsh(folder, [...Object.keys(typed), 'twdw query --tag elei'])
    expect(found.map(({ line }) => line)).toEqual([...Object.values(typed), 'twdw query --tag elei'])
    expect(found.at(-1)!.words).toEqual(['eleição', 'eleitor'])
  })
})
