/** The rules of `twdw listen`, with the executable: before listening, while it goes on, and beside other programs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BUILT, SLOW_MS, withMachine } from '../support/executable.ts'
import { type Double, TOKEN, withDouble } from '../support/x-process.ts'
import { type StreamLine, streamLine } from '../x-double/lines.ts'
import { beat, send } from '../x-double/script.ts'

const ENV = { X_BEARER_TOKEN: TOKEN }
const RULES = '/2/tweets/search/stream/rules'
const STREAM = '/2/tweets/search/stream'
const STRANGER = { id: '7', value: 'cats', tag: 'somebody' }

/** What a process has told on stderr so far. */
function listenTo(child: ChildProcess): () => string {
  let told = ''
  child.stderr?.on('data', text => {
    told += text
  })
  return () => told
}

const told = (text: () => string, what: RegExp | string) => expect.poll(text, { timeout: 30_000 }).toMatch(what)

const another = (x: Double, query: string, body: unknown) =>
  fetch(`${x.origin}${RULES}${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify(body),
  })

const connects = (x: Double) => x.requests.filter(({ path }) => path === STREAM).length

describe('twdw listen --dry-run', { timeout: SLOW_MS }, () => {
  it('says what would change, and changes nothing at X nor on the disk', () =>
    withMachine(machine =>
      withDouble({ rules: [STRANGER], maxRules: 5 }, async x => {
        const words = ['listen', 'covid19', 'vacina', '--lang', 'pt', '--dry-run', '--origin', x.origin]
        expect(await machine.twdw(words, { env: ENV })).toEqual({
          status: 0,
          stderr: '',
          stdout: [
            'added     #covid19 lang:pt  (twdw:lake-new:covid19)',
            'added     #vacina lang:pt  (twdw:lake-new:vacina)',
            '2 rules would be listened by: 0 kept, 0 adopted, 2 added; 0 removed.',
            '1 rule of other programs is left alone. Of the 5 that this app may have, 2 places would be left.',
            'The lake is not made yet: what tells it from others stands as "new" in the tags.',
            'Nothing was changed.',
            '',
          ].join('\n'),
        })
        const json = JSON.parse((await machine.twdw([...words, '--json'], { env: ENV })).stdout)
        expect(json).toMatchObject({
          added: [{ hashtags: ['covid19'] }, {}],
          removed: [],
          strangers: 1,
          cap: 5,
          left: 2,
        })
        await expect.poll(() => x.requests.length).toBe(6)
        const changing = x.requests.filter(({ method, query }) => method !== 'GET' && query.dry_run !== 'true')
        expect([...changing, ...x.requests.filter(({ path }) => path === STREAM)]).toEqual([])
        expect(existsSync(join(machine.folder, 'lake'))).toBe(false)
      }),
    ))

  it.each([
    {
      status: 2,
      words: ['covid19', '--rule', 'colour:red'],
      double: {},
      stdout: /^refused {3}colour:red: no viable alternative at character ':' \(at position 7\)$/m,
      stderr: /^twdw: X does not accept a rule: colour:red \(no viable alternative .*\)\n {2}try: change the words /,
    },
    {
      status: 3,
      words: ['covid19'],
      double: { rules: [STRANGER], maxRules: 1 },
      stdout: /^$/,
      stderr:
        /^twdw: X has no room for what is wanted: 1 rule at the least, hashtags packed, and this app may have 1, of which 1 is other programs'; that leaves 0\n {2}try: /,
    },
    {
      status: 2,
      words: ['covid19', '--estimate'],
      double: {},
      stdout: /^$/,
      stderr: /^twdw: --estimate and --dry-run ask two things\n {2}try: give one of them\n$/,
    },
  ])('ends with $status for $words', ({ status, words, double, stdout, stderr }) =>
    withMachine(machine =>
      withDouble(double, async x => {
        const run = await machine.twdw(['listen', ...words, '--dry-run', '--origin', x.origin], { env: ENV })
        expect(run).toMatchObject({
          status,
          stdout: expect.stringMatching(stdout),
          stderr: expect.stringMatching(stderr),
        })
      }),
    ),
  )
})

describe('twdw listen while it goes on', { timeout: SLOW_MS }, () => {
  it('takes other hashtags from its settings at SIGHUP, mends what somebody deleted, and keeps its connection', () =>
    withMachine(machine =>
      withDouble({ rules: [STRANGER], stream: [[beat(20)]] }, async x => {
        const settings = join(machine.folder, 'twdw.toml')
        const write = (tags: string) => writeFile(settings, `[listen]\ntags = [${tags}]\n`)
        await write('"covid19"')
        const { child, ended } = machine.start(['listen', '--origin', x.origin], ENV)
        const text = listenTo(child)
        await told(text, 'connected to X')

        await write('"vacina", "covid19"')
        child.kill('SIGHUP')
        await told(
          text,
          /reading the settings again\nrules at X: added #vacina; 1 as before; 1 of other programs left alone/,
        )

        await write('"2026"')
        child.kill('SIGHUP')
        await told(text, /warning: the new settings are not used: tags: not a hashtag: "2026": it has no letter/)

        await write('"vacina"')
        expect((await another(x, '?delete_all=true', {})).status).toBe(200)
        child.kill('SIGHUP')
        await told(
          text,
          /rules at X: added #vacina\nwarning: rules in use were gone from X: #vacina, #covid19; tweets for them may be missing since /,
        )

        child.kill('SIGTERM')
        expect(await ended).toMatchObject({ status: 0 })
        expect(connects(x)).toBe(1)
        const folder = join(machine.folder, 'lake/layer1/sessions')
        const names = (await readdir(folder)).sort()
        const records = await Promise.all(
          names.map(async name => JSON.parse(await readFile(join(folder, name), 'utf8'))),
        )
        expect(records.map(({ tags, ended }) => [tags, ended])).toEqual([
          [['covid19'], 'the rules were changed'],
          [['vacina', 'covid19'], 'the rules were changed'],
          [['vacina'], 'stopped by a signal'],
        ])
        expect(records[1].from).toBe(records[0].to)
        // deleted at a moment that nobody knows: what is not sure is covered by no record
        expect(records[2].from > records[1].to).toBe(true)
      }),
    ))

  it('goes on at SIGHUP with a source that has no rules', () =>
    withMachine(async machine => {
      const { child, ended } = machine.start(['listen', '--source', 'demo'])
      const text = listenTo(child)
      await told(text, 'listening to the generator')
      child.kill('SIGHUP')
      await told(text, 'SIGHUP: --source demo goes on with the settings that it has')
      child.kill('SIGTERM')
      expect(await ended).toMatchObject({ status: 0 })
    }))

  it.skipIf(!existsSync('/usr/bin/script'))('puts everything in order when its terminal is gone', () =>
    withMachine(async machine => {
      const command = `exec ${BUILT} listen --source demo --rate 200`
      const terminal = spawn('script', ['-qec', command, '/dev/null'], {
        cwd: machine.folder,
        env: { HOME: machine.folder, PATH: process.env.PATH ?? '' },
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      const journal = join(machine.folder, 'lake/_state/journal')
      const segments = async () => (await readdir(journal).catch(() => [])).length
      await expect.poll(segments, { timeout: 30_000 }).toBe(1)
      terminal.kill('SIGKILL')
      await expect.poll(segments, { timeout: 30_000 }).toBe(0)
      const folder = join(machine.folder, 'lake/layer1/sessions')
      const record = async () => {
        const [name = ''] = await readdir(folder)
        return JSON.parse(await readFile(join(folder, name), 'utf8'))
      }
      await expect.poll(record, { timeout: 30_000 }).toMatchObject({ ended: 'stopped by a signal', stopped: null })
    }),
  )
})

describe('twdw listen beside others', { timeout: SLOW_MS }, () => {
  const lines = (x: Partial<StreamLine>[]) => x.map((line, n) => send({ ...streamLine(n), ...line }))

  it('bills what only rules of other programs matched, and stores it with --foreign only', () =>
    withMachine(async machine => {
      const ours = { id: '1950000000000000001' }
      const stream = [
        lines([{ matching_rules: [ours] }, { matching_rules: [STRANGER] }, { matching_rules: [STRANGER] }]),
      ]
      const listen = (x: Double, ...words: string[]) =>
        machine.twdw(['listen', 'covid19', '--origin', x.origin, '--for', '1s', '--lake', `./lake${words}`, ...words], {
          env: ENV,
        })
      await withDouble({ rules: [STRANGER], stream }, async x => {
        expect(await listen(x)).toMatchObject({
          status: 0,
          stdout: expect.stringMatching(
            /^1 tweet stored .*; 2 tweets that only rules of other programs matched were billed and not stored; --foreign stores them; \$0\.015 spent /,
          ),
        })
      })
      await withDouble({ rules: [STRANGER], stream }, async x => {
        expect(await listen(x, '--foreign')).toMatchObject({
          status: 0,
          stdout: expect.stringMatching(/^3 tweets stored .*; \$0\.015 spent /),
        })
      })
    }))

  it('packs what an app has no room for, and names the hashtags all the same', () =>
    withMachine(async machine => {
      const pack = { id: '1950000000000000001' }
      const tweets = ['Covid19', 'VACINA'].map((tag, n) => streamLine(n, { hashtags: [tag], rules: [pack] }))
      await withDouble({ rules: [STRANGER], maxRules: 2, stream: [tweets.map(send)] }, async x => {
        const words = ['listen', 'covid19', 'vacina', '--origin', x.origin, '--for', '1s']
        const run = await machine.twdw(words, { env: ENV })
        expect(run.stderr).toContain('rules at X: added #covid19 OR #vacina; 2 hashtags share 1 rule, for want of room')
      })
      const counts = await machine.twdw(['query', '--by', 'rule', '--format', 'csv'])
      expect(counts.stdout).toBe('rule,tweets\ncovid19,1\nvacina,1\n')
    }))

  it('does not listen with a token that another listener on this machine has, whatever its lake, until that is gone', () =>
    withMachine(machine =>
      withDouble({ stream: [[beat(20)], [beat(20)]] }, async x => {
        const words = (lake: string) => ['listen', 'covid19', '--origin', x.origin, '--lake', lake]
        const first = machine.start(words('./one'), ENV)
        await told(listenTo(first.child), 'connected to X')
        const second = await machine.twdw(words('./two'), { env: ENV })
        expect(second).toMatchObject({ status: 4, stdout: '' })
        expect(second.stderr).toMatch(
          new RegExp(
            `^twdw: somebody listens to X with this token already: twdw listen into ${machine.folder}/one, process ${first.child.pid} on \\S+, since \\S+Z\\n  try: X gives an app one connection: `,
          ),
        )
        expect(second.stderr).not.toContain(TOKEN)
        expect(existsSync(join(machine.folder, 'two'))).toBe(false)
        expect(connects(x)).toBe(1)
        first.child.kill('SIGKILL')
        await first.ended
        expect(await machine.twdw([...words('./two'), '--for', '300ms'], { env: ENV })).toMatchObject({ status: 0 })
      }),
    ))
})
