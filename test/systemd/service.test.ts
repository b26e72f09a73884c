/**
 * The executable under its own units, run by a real systemd. `test/systemd/run.sh` boots one in a container and says here
 * where it is; without it these tests are skipped by name. The double of X listens on the loopback that both share.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { TEST_KEY } from '../s3-double/double.ts'
import { operationsBlock } from '../support/operations-page.ts'
import { withS3Process } from '../support/s3-process.ts'
import { REFUSALS } from '../x-double/answers.ts'
import { withXDouble, type XDouble, type XDoubleOptions } from '../x-double/double.ts'
import { streamLine } from '../x-double/lines.ts'
import { beat, mute, refuse, type Step, send, until } from '../x-double/script.ts'

/** The process in whose namespaces the booted system lives, and its root folder as seen from here. */
const { SYSTEMD_TEST_LEADER: LEADER = '', SYSTEMD_TEST_ROOT: ROOT = '' } = process.env
const TOKEN = 'AAAA%2Btest%3D'
const LISTENER = 'twdw-listen.service'
const LAKE = '/var/lib/twdw/lake'
/** Shorter than in the units, so that minutes become seconds. A heartbeat every second keeps such a watchdog quiet. */
const SHORT = { WatchdogSec: '8s', RestartSec: '500ms', TimeoutStopSec: '10s' }
const PATIENCE = { timeout: 40_000, interval: 200 }
const ALIVE = beat(1000)

function inside(...words: string[]): string {
  return execFileSync('nsenter', ['-t', LEADER, '-m', '-u', '-i', '-n', '-p', '-C', '--', ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin', LC_ALL: 'C.UTF-8' },
  })
}

/** A folder of the booted system, as root outside sees it: DynamicUser= has put a link in its place. */
const stateFolder = (path: string) => join(ROOT, LAKE.replace('/lib/twdw', '/lib/private/twdw'), path)

function shown<Name extends string>(...names: Name[]): Record<Name, string> {
  const text = inside('systemctl', 'show', LISTENER, ...names.flatMap(name => ['-p', name]))
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map(line => line.split(/=(.*)/s)),
  ) as Record<Name, string>
}

const statusText = () => shown('StatusText').StatusText
const restarts = () => Number(shown('NRestarts').NRestarts)
const journalled = () => readdirSync(stateFolder('_state/journal'))

interface Entry {
  MESSAGE: string
  PRIORITY: string
}

/** What the listener told the journal since the test began. @param more such as `-p warning` */
function entries(sinceUs: string, ...more: string[]): Entry[] {
  const words = ['-u', LISTENER, '-o', 'json', '--no-pager', `--since=@${sinceUs}`, ...more]
  const lines = inside('journalctl', ...words)
    .trim()
    .split('\n')
  return lines.filter(line => line.startsWith('{')).map(line => JSON.parse(line) as Entry)
}

const messages = (sinceUs: string) => entries(sinceUs).map(({ MESSAGE }) => MESSAGE)
const now = () => (Date.now() / 1000).toFixed(6)

/** How many tweets there are in all, journal and lake, as a user asks. */
function storedTweets(): number {
  // the listener's own cache folder is its account's; root brings one of its own
  const words = ['twdw', 'query', '--lake', LAKE, '--by', 'rule', '--format', 'csv']
  const [, row = ',0'] = inside('env', 'XDG_CACHE_HOME=/root/.cache', ...words).split('\n')
  return Number(row.split(',')[1])
}

/** The units, installed as a user installs them, with shorter times, over a double of X. */
async function withUnits(
  { settings = {}, ...options }: Partial<XDoubleOptions> & { settings?: Record<string, string> },
  work: (x: XDouble, sinceUs: string) => Promise<void>,
) {
  await withXDouble({ token: TOKEN, ...options }, async x => {
    const sinceUs = now()
    install(x.origin, { ...SHORT, ...settings })
    await work(x, sinceUs)
  })
}

/** Start the timer anew, with these settings in the place of its own. */
function timerOnce(settings: Record<string, string>): void {
  const dropIns = join(ROOT, 'etc/systemd/system/twdw-consolidate.timer.d')
  mkdirSync(dropIns, { recursive: true })
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(dropIns, 'short.conf'), `[Timer]\nOnCalendar=\n${lines.join('')}`)
  inside('systemctl', 'daemon-reload')
  inside('systemctl', 'restart', 'twdw-consolidate.timer')
}

function install(origin: string, settings: Record<string, string>, place: readonly string[] = ['--lake', LAKE]): void {
  mkdirSync(join(ROOT, 'etc/twdw'), { recursive: true })
  writeFileSync(join(ROOT, 'etc/twdw/x_bearer_token'), `${TOKEN}\n`, { mode: 0o600 })
  const dropIns = join(ROOT, `etc/systemd/system/${LISTENER}.d`)
  mkdirSync(dropIns, { recursive: true })
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(dropIns, 'short.conf'), `[Service]\n${lines.join('')}`)
  inside('twdw', 'schedule', 'systemd', 'covid19', ...place, '--origin', origin, '--install')
}

const tweets = (from: number, count: number): Step[] =>
  Array.from({ length: count }, (_, n) => send(streamLine(from + n)))

const underSystemd = describe.skipIf(LEADER === '')

underSystemd('the units under a real systemd', { timeout: 60_000 }, () => {
  afterEach(() => {
    spawnSync('nsenter', ['-t', LEADER, '-m', '-p', '--', 'twdw', 'schedule', 'systemd', '--lake', LAKE, '--uninstall'])
    rmSync(join(ROOT, 'etc/systemd/system/twdw-consolidate.timer.d'), { recursive: true, force: true })
    rmSync(join(ROOT, 'var/lib/private/twdw'), { recursive: true, force: true })
  })

  it('start, show how it goes, and stop with everything sealed and status 0', () =>
    withUnits({ stream: [[...tweets(0, 3), ALIVE]] }, async () => {
      await expect.poll(statusText, PATIENCE).toMatch(/^connected since \S+Z, 3 tweets, /)
      expect(shown('ActiveState', 'SubState', 'Type')).toEqual({
        ActiveState: 'active',
        SubState: 'running',
        Type: 'notify',
      })
      expect(inside('systemctl', 'status', '--no-pager', LISTENER)).toMatch(/Status: "connected since .*3 tweets/)
      expect(journalled()).toHaveLength(1)
      inside('systemctl', 'stop', LISTENER)
      expect(shown('ActiveState', 'Result', 'ExecMainStatus')).toEqual({
        ActiveState: 'inactive',
        Result: 'success',
        ExecMainStatus: '0',
      })
      expect(statusText()).toBe('stopping: stopped by a signal')
      expect(journalled()).toEqual([])
      expect(storedTweets()).toBe(3)
    }))

  it('have started though X is down, and listen once it is there', () =>
    withUnits({ stream: [[refuse(REFUSALS.unavailable)], [...tweets(0, 1), ALIVE]] }, async () => {
      expect(shown('ActiveState')).toEqual({ ActiveState: 'active' })
      await expect.poll(statusText, PATIENCE).toMatch(/^waiting until \S+Z: X answered 503/)
      await expect.poll(statusText, PATIENCE).toMatch(/^connected since \S+Z, 1 tweet, /)
      expect(restarts()).toBe(0)
    }))

  it('bring a listener back that was killed, and it recovers what it had', () =>
    withUnits(
      {
        stream: [
          [...tweets(0, 3), ALIVE],
          [...tweets(3, 1), ALIVE],
        ],
      },
      async (_, sinceUs) => {
        await expect.poll(storedTweets, PATIENCE).toBe(3)
        inside('kill', '-9', shown('MainPID').MainPID)
        await expect.poll(storedTweets, PATIENCE).toBe(4)
        expect(restarts()).toBe(1)
        expect(messages(sinceUs)).toContainEqual(
          expect.stringMatching(/^recovered 3 tweets and 0 rejected lines of segment /),
        )
      },
    ))

  it('start a listener again that hears nothing, though its loop turns, and it has sealed before', () =>
    withUnits({ stream: [tweets(0, 2), [mute()], [mute()], [...tweets(2, 1), ALIVE]] }, async (x, sinceUs) => {
      // the first connection falls silent after two tweets, and two more are never answered
      await expect.poll(restarts, PATIENCE).toBe(1)
      expect(journalled()).toEqual([])
      expect(messages(sinceUs)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/Watchdog timeout \(limit 8s\)!/),
          expect.stringMatching(/^2 tweets stored .*; stopped by a signal$/),
        ]),
      )
      await expect.poll(storedTweets, PATIENCE).toBe(3)
      expect(restarts()).toBe(3)
      expect(x.connections).toHaveLength(2)
    }))

  it('leave a listener alone that waits for longer than that because X asked it to', () =>
    withUnits({ stream: [[refuse(tooManyUntil('12:00:12'))], [...tweets(0, 1), ALIVE]] }, async (_, sinceUs) => {
      await expect.poll(statusText, PATIENCE).toMatch(/^waiting until \S+Z: X answered 429/)
      await expect.poll(storedTweets, PATIENCE).toBe(1)
      expect(Number(now()) - Number(sinceUs)).toBeGreaterThan(12)
      expect(restarts()).toBe(0)
    }))

  it('end a listener whose loop hangs', () =>
    withUnits(
      {
        stream: [
          [...tweets(0, 1), ALIVE],
          [...tweets(1, 1), ALIVE],
        ],
      },
      async (_, sinceUs) => {
        await expect.poll(storedTweets, PATIENCE).toBe(1)
        inside('kill', '-STOP', shown('MainPID').MainPID)
        await expect.poll(storedTweets, PATIENCE).toBe(2)
        expect(restarts()).toBe(1)
        expect(messages(sinceUs)).toContainEqual(expect.stringMatching(/Watchdog timeout/))
      },
    ))

  it('leave a listener alone that the lake fails, and which stores what its journal kept once it can', () => {
    let goOn: () => void = () => undefined
    const broken = new Promise<void>(resolve => {
      goOn = resolve
    })
    const script = [...tweets(0, 1), until(broken), ...tweets(1, 1), ALIVE]
    return withUnits({ stream: [script], settings: { Environment: 'TWDW_SEAL_AFTER=1s' } }, async (_, sinceUs) => {
      const hour = stateFolder('layer1/tweets/utc_date=2026-09-21/utc_hour=11')
      await expect.poll(() => existsSync(hour), PATIENCE).toBe(true)
      chmodSync(hour, 0o500)
      goOn()
      const told = () => entries(sinceUs, '-p', 'warning', '-t', 'twdw').map(({ MESSAGE }) => MESSAGE)
      await expect
        .poll(told, PATIENCE)
        .toContainEqual(expect.stringMatching(/tweets cannot be stored: .*they stay in the journal/))
      expect(journalled()).not.toEqual([])
      chmodSync(hour, 0o700)
      await expect.poll(storedTweets, PATIENCE).toBe(2)
      expect(shown('ActiveState', 'NRestarts')).toEqual({ ActiveState: 'active', NRestarts: '0' })
    })
  })

  it('do not start a listener again whose token is refused, and have why as an error in the journal', () =>
    withUnits({ token: 'another' }, async (x, sinceUs) => {
      await expect.poll(() => shown('ActiveState').ActiveState, PATIENCE).toBe('failed')
      await setTimeout(2_000)
      expect(shown('ActiveState', 'NRestarts', 'ExecMainStatus')).toEqual({
        ActiveState: 'failed',
        NRestarts: '0',
        ExecMainStatus: '3',
      })
      expect(statusText()).toMatch(/^stopping: X does not accept the bearer token: X answered 401/)
      expect(x.requests).toHaveLength(1)
      const [error, hint] = entries(sinceUs, '-p', 'err', '-t', 'twdw')
      expect(error).toMatchObject({
        PRIORITY: '3',
        MESSAGE: expect.stringMatching(/^twdw: X does not accept the bearer/),
      })
      expect(hint).toMatchObject({ PRIORITY: '3', MESSAGE: expect.stringMatching(/^ {2}try: copy the bearer token/) })
    }))

  it('have warnings in the journal as warnings, and everything else as what it is', () =>
    withUnits({ stream: [[refuse(REFUSALS.unavailable)], [ALIVE]] }, async (_, sinceUs) => {
      await expect.poll(statusText, PATIENCE).toMatch(/^connected since/)
      const warnings = entries(sinceUs, '-p', 'warning', '-t', 'twdw')
      expect(warnings).toEqual([
        expect.objectContaining({
          PRIORITY: '4',
          MESSAGE: expect.stringMatching(/^warning: not connected to X: X answered 503/),
        }),
      ])
      const told = entries(sinceUs, '-t', 'twdw').filter(({ PRIORITY }) => PRIORITY !== '4')
      expect(told.map(({ MESSAGE }) => MESSAGE)).toContainEqual('connected to X')
      expect(told.every(({ PRIORITY, MESSAGE }) => PRIORITY === '6' && !MESSAGE.startsWith('<'))).toBe(true)
    }))

  it('consolidate by their timer’s service, and are taken away without a trace', () =>
    withUnits({ stream: [[...tweets(0, 3), ALIVE]] }, async () => {
      await expect.poll(storedTweets, PATIENCE).toBe(3)
      inside('systemctl', 'restart', LISTENER)
      inside('systemctl', 'start', 'twdw-consolidate.service')
      expect(readdirSync(stateFolder('layer2/_twdw/hours'))).toEqual(['2026-09-21T11.json'])
      inside('twdw', 'schedule', 'systemd', '--lake', LAKE, '--uninstall')
      expect(
        readdirSync(join(ROOT, 'etc/systemd/system')).filter(name => /^twdw.*(service|timer)$/.test(name)),
      ).toEqual([])
      expect(inside('systemctl', 'list-units', '--all', '--no-legend', 'twdw*').trim()).toBe('')
    }))

  it('consolidate when the timer says so, and once for all that was missed while the machine was off', () =>
    withUnits({ stream: [[...tweets(0, 3), ALIVE]] }, async () => {
      const stamp = join(ROOT, 'var/lib/systemd/timers/stamp-twdw-consolidate.timer')
      const runs = () => readdirSync(stateFolder('layer2/_twdw/hours'))
      await expect.poll(storedTweets, PATIENCE).toBe(3)
      inside('systemctl', 'restart', LISTENER)
      timerOnce({ OnCalendar: '*-*-* *:*:0/4 UTC', RandomizedDelaySec: '0', AccuracySec: '100ms' })
      await expect.poll(runs, PATIENCE).toEqual(['2026-09-21T11.json'])
      rmSync(stateFolder('layer2'), { recursive: true })
      inside('systemctl', 'stop', 'twdw-consolidate.timer')
      const threeDaysAgo = Date.now() / 1000 - 3 * 86_400
      utimesSync(stamp, threeDaysAgo, threeDaysAgo)
      timerOnce({ OnCalendar: '*-*-* 00:00:00 UTC', RandomizedDelaySec: '0' })
      await expect.poll(runs, PATIENCE).toEqual(['2026-09-21T11.json'])
    }))

  it('are had by the words of docs/operations.md', () =>
    withXDouble({ token: TOKEN, stream: [[...tweets(0, 3), ALIVE]] }, async x => {
      mkdirSync(join(ROOT, 'root'), { recursive: true })
      writeFileSync(join(ROOT, 'root/my-token'), `${TOKEN}\n`)
      // the executable is bound in at its place already, and X is the double
      const block = operationsBlock('server')
        .replaceAll('sudo ', '')
        .replace(/^install -m 755 twdw .*\n/, '')
        .replace('--install', `--origin ${x.origin} --install`)
        .replace(/^(twdw doctor .*)$/m, '$1 --offline')
      inside('sh', '-ec', `export HOME=/root; cd /root\n${block}`)
      await expect.poll(statusText, PATIENCE).toMatch(/^connected since \S+Z, 3 tweets, /)
      expect(storedTweets()).toBe(3)
    }))

  it('keep a lake in S3, with credentials that only their services can read', () =>
    withS3Process([], s3 =>
      withXDouble({ token: TOKEN, stream: [[...tweets(0, 3), ALIVE]] }, async x => {
        const keys = `[default]\naws_access_key_id = ${TEST_KEY.accessKeyId}\naws_secret_access_key = ${TEST_KEY.secretAccessKey}\n`
        mkdirSync(join(ROOT, 'etc/twdw'), { recursive: true })
        writeFileSync(join(ROOT, 'etc/twdw/aws_credentials'), keys, { mode: 0o600 })
        const place = ['--lake', 's3://lake/covid', '--s3-endpoint', s3.endpoint, '--s3-path-style']
        install(x.origin, SHORT, [...place, '--aws-credentials-file', '/etc/twdw/aws_credentials'])
        await expect.poll(statusText, PATIENCE).toMatch(/^connected since \S+Z, 3 tweets, /)
        inside('systemctl', 'stop', LISTENER)
        const stored = () => s3.keys()
        await expect.poll(stored, PATIENCE).toContainEqual(expect.stringMatching(/^covid\/layer1\/tweets\/.*parquet$/))
        inside('systemctl', 'start', 'twdw-consolidate.service')
        expect(await stored()).toContain('covid/layer2/_twdw/hours/2026-09-21T11.json')
        // leases are given back
        expect((await stored()).filter(key => key.includes('_locks'))).toEqual([])
        inside('twdw', 'schedule', 'systemd', '--lake', 's3://lake/covid', '--uninstall')
        expect(inside('systemctl', 'list-units', '--all', '--no-legend', 'twdw*').trim()).toBe('')
      }),
    ))
})

/** 429 until a time on the double's clock, which stands at noon. */
function tooManyUntil(time: string): typeof REFUSALS.tooManyRequests {
  const resetS = Date.parse(`2026-09-21T${time}Z`) / 1000
  const headers = { ...REFUSALS.tooManyRequests.headers, 'x-rate-limit-reset': String(resetS) }
  return { ...REFUSALS.tooManyRequests, headers }
}
