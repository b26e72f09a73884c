/** `twdw doctor` with the executable: over a set-up that is well, and over each that is broken for real. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../src/lib/domain/health/finding.ts'
import { BUILT, type Machine, type Outcome, outcomeOf, SLOW_MS, withMachine } from '../support/executable.ts'
import { canMount } from '../support/mount-namespace.ts'
import { tweetLine } from '../support/tweet-lines.ts'
import { TOKEN, withDouble } from '../support/x-process.ts'
import { REFUSALS } from '../x-double/answers.ts'
import { send } from '../x-double/script.ts'

const ENV = { X_BEARER_TOKEN: TOKEN }

/** By check; of several findings of one check the first. */
function findingsIn({ stdout, stderr }: Outcome): Record<string, Finding> {
  expect(stdout + stderr).not.toContain(TOKEN)
  const findings: Finding[] = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  return Object.fromEntries(findings.toReversed().map(finding => [finding.check, finding]))
}

const doctor = (machine: Machine, words: readonly string[] = ['--offline'], env: Record<string, string> = ENV) =>
  machine.twdw(['doctor', '--json', ...words], { env })

const makeLake = (machine: Machine) =>
  machine.twdw(['listen', '--source', 'replay', '--from', '-', '--quiet'], {
    input: tweetLine('2024-01-01T10:15:00.000Z', 1),
  })

describe('twdw doctor', { timeout: SLOW_MS }, () => {
  it('finds a set-up in order, in lines for a person, and leaves nothing behind', () =>
    withMachine(machine =>
      withDouble({ now: 'real', rules: [{ id: '1', value: '#x' }] }, async x => {
        await makeLake(machine)
        await machine.twdw(['consolidate', '--quiet'])
        const before = readdirSync(join(machine.folder, 'lake'), { recursive: true }).sort()
        const { status, stdout, stderr } = await machine.twdw(['doctor', '--origin', x.origin], { env: ENV })
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
        // how fast and how large the disk is, is the machine's affair
        const lines = stdout.split('\n').filter(line => !/-disk|free some room|is synced every/.test(line))
        expect(lines).toEqual(
          [
            /^✓ settings {6}no settings file is there$/,
            /^✓ lake {10}\S+\/lake is of format 1, in America\/Sao_Paulo$/,
            /^✓ hours {9}1 hour consolidated, 0 to be done$/,
            /^✓ journal {7}empty$/,
            /^✓ engine {8}DuckDB, which answers questions, loads$/,
            /^✓ listener {6}nothing has listened to X here yet$/,
            /^✓ caps {10}at most \$50\.00 a day, \$0\.00 spent today \(UTC\); /,
            /^✓ schedule {6}nothing starts twdw by itself for this lake$/,
            /^ {16}try: twdw schedule systemd, or twdw schedule cron, where it should$/,
            /^✓ token {9}one of 14 characters, from X_BEARER_TOKEN$/,
            /^✓ x {13}http:\/\/127\.0\.0\.1:\d+ answers, and accepts the token$/,
            /^✓ access {8}this app may have 1,000 rules on the filtered stream$/,
            /^✓ clock {9}within 2 s of X's$/,
            /^✓ rules {9}0 of this lake, 1 of others, room for 999 more$/,
            /^✓ usage {9}0 of 3,000,000 tweets of the month's cap at X are used; it starts anew in 10 days$/,
            /^✓ slot {10}no connection is open: there is room for a listener$/,
            /^$/,
            /^17 checks: 1[567] in order/,
            /^$/,
          ].map(line => expect.stringMatching(line)),
        )
        expect(stdout).toMatch(/^[✓!] lake-disk {5}\S+\/lake has room for .*; a sync takes \d/m)
        expect(stdout).toMatch(/^[✓!] state-disk {4}\S+\/lake\/_state has room for /m)
        expect(readdirSync(join(machine.folder, 'lake'), { recursive: true }).sort()).toEqual(before)
      }),
    ))

  it('knows a listener that runs, its rules and its connection', () =>
    withMachine(machine =>
      withDouble({ now: 'real', stream: [[send(tweetLine('2024-01-01T10:15:00.000Z', 1))]] }, async x => {
        const { child, ended } = machine.start(['listen', 'covid19', '--origin', x.origin, '--max-usd', '1'], ENV)
        const findings = async () => findingsIn(await doctor(machine, ['--origin', x.origin]))
        await expect
          .poll(async () => (await findings()).slot?.sentence, { timeout: 30_000, interval: 500 })
          .toMatch(/this lake's listener$/)
        expect(await findings()).toMatchObject({
          listener: { level: 'ok', sentence: expect.stringMatching(`^process ${child.pid} listens to X, `) },
          rules: { level: 'ok', sentence: '1 of this lake (covid19), 0 of others, room for 999 more' },
          caps: { level: 'ok', sentence: expect.stringMatching(/at most \$1\.00 in all, /) },
          journal: { level: 'ok', sentence: expect.stringMatching(/ being written$/) },
        })
        child.kill('SIGKILL')
        await ended
        expect(await findings()).toMatchObject({
          listener: { level: 'warning', sentence: expect.stringMatching(/is gone without a word/) },
          journal: {
            level: 'warning',
            remedy: expect.stringMatching(/twdw listen --source replay --from \/dev\/null$/),
          },
          rules: {
            sentence: expect.stringMatching(/; no listener runs, and X bills nothing for rules without a connection$/),
          },
        })
        // the remedy that it names
        await machine.twdw(['listen', '--source', 'replay', '--from', '/dev/null', '--quiet'])
        expect(await findings()).toMatchObject({ journal: { level: 'ok', sentence: 'empty' } })
      }),
    ))

  it.each([
    {
      what: 'X refuses',
      options: { refusals: { 'GET /2/tweets/search/stream/rules': [REFUSALS.notEnrolled] } },
      status: 3,
      check: 'x',
    },
    { what: 'the clock is wrong', options: { now: '2001-01-01T00:00:00Z' }, status: 2, check: 'clock' },
    {
      what: 'the month is used up',
      options: { now: 'real', usage: { cap: 5, used: 5, resetDay: 3 } },
      status: 3,
      check: 'usage',
    },
  ])('ends with $status when $what', ({ options, status, check }) =>
    withMachine(machine =>
      withDouble(options, async x => {
        await makeLake(machine)
        const outcome = await doctor(machine, ['--origin', x.origin])
        expect(outcome.status).toBe(status)
        expect(findingsIn(outcome)[check]).toMatchObject({ level: 'fault', remedy: expect.any(String) })
        expect(JSON.parse(outcome.stderr)).toMatchObject({ status, message: `1 fault found: ${check}` })
      }),
    ),
  )

  it('ends with 2 without a token, and with 4 without X', () =>
    withMachine(async machine => {
      await makeLake(machine)
      const without = await doctor(machine, ['--origin', 'http://127.0.0.1:9'], {})
      expect(without.status).toBe(2)
      expect(findingsIn(without)).toMatchObject({ token: { level: 'fault' }, x: { level: 'skipped' } })
      const unreachable = await doctor(machine, ['--origin', 'http://127.0.0.1:9'])
      expect(unreachable.status).toBe(4)
      expect(findingsIn(unreachable).x).toMatchObject({
        sentence: expect.stringMatching(/cannot be reached: the connection was refused/),
      })
    }))

  it('goes on behind settings with a fault, and still finds the lake that is set well', () =>
    withMachine(async machine => {
      await machine.twdw(['listen', '--source', 'demo', '--max-tweets', '1', '--lake', 'elsewhere', '--quiet'])
      writeFileSync(join(machine.folder, 'twdw.toml'), '[listen]\nmax-usd-per-day = "much"\n')
      const outcome = await doctor(machine, ['--offline'], { ...ENV, TWDW_LAKE: 'elsewhere' })
      expect(outcome.status).toBe(2)
      expect(findingsIn(outcome)).toMatchObject({
        settings: {
          level: 'fault',
          sentence: expect.stringMatching(/^max-usd-per-day in \S+twdw\.toml: "much" is no amount of dollars/),
        },
        lake: { level: 'ok', sentence: expect.stringMatching(/\/elsewhere is of format 1/) },
        caps: { level: 'ok', sentence: expect.stringMatching(/^at most \$50\.00 a day/) },
      })
      writeFileSync(join(machine.folder, 'twdw.toml'), '[listen]\nmax-usd-per-day = 7\nseal-after = "30s"\n')
      expect(findingsIn(await doctor(machine))).toMatchObject({
        caps: { sentence: expect.stringMatching(/^at most \$7\.00 a day/) },
      })
      expect((await doctor(machine, ['--offline', '--lake', 'gs://bucket'])).status).toBe(2)
    }))

  it('ends with 5 when the lake is damaged, and names the token file that everybody may read', () =>
    withMachine(async machine => {
      await makeLake(machine)
      writeFileSync(join(machine.folder, 'lake/twdw.json'), '{')
      writeFileSync(join(machine.folder, 'token'), `${TOKEN}\n`)
      chmodSync(join(machine.folder, 'token'), 0o644)
      const outcome = await doctor(machine, ['--offline'], { X_BEARER_TOKEN_FILE: join(machine.folder, 'token') })
      expect(outcome.status).toBe(5)
      expect(findingsIn(outcome)).toMatchObject({
        lake: { level: 'fault', code: 'E_LAKE', sentence: expect.stringMatching(/is damaged: it is not JSON$/) },
        token: { level: 'warning', remedy: `chmod 600 ${machine.folder}/token` },
      })
    }))
})

const isRoot = process.getuid?.() === 0

describe.skipIf(!isRoot)('twdw doctor as somebody else (needs root)', { timeout: SLOW_MS }, () => {
  it('finds folders that it may not write, also the one for DuckDB, and ends with 5', () =>
    withMachine(async machine => {
      await makeLake(machine)
      chmodSync(machine.folder, 0o755)
      // a home that it is not shown, as systemd's ProtectHome= has it
      mkdirSync(join(machine.folder, 'home/.config/twdw'), { recursive: true })
      writeFileSync(join(machine.folder, 'home/.config/twdw/config.toml'), 'what')
      chmodSync(join(machine.folder, 'home'), 0)
      const env = { HOME: join(machine.folder, 'home'), PATH: process.env.PATH, TMPDIR: '/nonexistent', ...ENV }
      const words = ['--reuid', '65534', '--clear-groups', BUILT, 'doctor', '--offline', '--json']
      const outcome = await outcomeOf(spawn('setpriv', words, { cwd: machine.folder, env }))
      expect(outcome.status).toBe(5)
      expect(findingsIn(outcome)).toMatchObject({
        'lake-disk': {
          level: 'fault',
          sentence: `nothing can be written in ${machine.folder}/lake: permission denied`,
        },
        'state-disk': {
          level: 'fault',
          sentence: `nothing can be written in ${machine.folder}/lake/_state: permission denied`,
        },
        settings: { level: 'ok' },
        engine: { level: 'fault', sentence: expect.stringMatching(/^DuckDB cannot be unpacked and loaded in /) },
      })
      expect(JSON.parse(outcome.stderr).message).toBe('3 faults found: lake-disk, state-disk, engine')
      writeFileSync(join(machine.folder, 'twdw.toml'), '')
      chmodSync(join(machine.folder, 'twdw.toml'), 0)
      expect(findingsIn(await outcomeOf(spawn('setpriv', words, { cwd: machine.folder, env })))).toMatchObject({
        settings: { level: 'fault', sentence: `the settings file ${machine.folder}/twdw.toml cannot be read: EACCES` },
      })
    }))
})

describe.skipIf(!canMount)('twdw doctor on a full disk (needs unshare -m)', { timeout: SLOW_MS }, () => {
  it('says so, and ends with 5', () =>
    withMachine(async machine => {
      mkdirSync(join(machine.folder, 'lake'))
      const script = `mount -t tmpfs -o size=300k none lake && "$TWDW" listen --source demo --max-tweets 1 --quiet >&2 &&
        head -c 1m /dev/zero > lake/layer1/big 2>/dev/null; "$TWDW" doctor --offline --json`
      const env = { HOME: machine.folder, PATH: process.env.PATH, TWDW: BUILT, ...ENV }
      const words = ['-m', '--propagation', 'private', 'sh', '-c', script]
      const { status, stdout } = await outcomeOf(spawn('unshare', words, { cwd: machine.folder, env }))
      expect(status).toBe(5)
      expect(findingsIn({ status, stdout, stderr: '' })).toMatchObject({
        lake: { level: 'ok' },
        'lake-disk': {
          level: 'fault',
          sentence: `what is written in ${machine.folder}/lake cannot be kept: the disk is full`,
        },
      })
    }))
})
