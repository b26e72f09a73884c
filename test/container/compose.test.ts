/**
 * The image, and what compose.yaml makes of it, run by a real Docker Engine that `test/container/run.sh` starts for this; without it
 * these tests are skipped by name. The tweets are made up, and the same on each run, so that what is missing is known.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import packageFile from '../../package.json' with { type: 'json' }
import { BUILT } from '../support/executable.ts'
import { REPOSITORY } from '../support/folders.ts'
import { operationsBlock } from '../support/operations-page.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { CONTAINER_TEST_FOLDER: FOLDER = '', DOCKER_HOST } = process.env
const DOCKER = '/usr/bin/docker'
const IMAGE = `twdw:${packageFile.version}`
const PROJECT = 'twdw-test'
const PATIENCE = { timeout: 60_000, interval: 500 }
/** All hours are closed, so that each is consolidated as soon as it is there. */
const DEMO = { TWDW_RATE: '1000', TWDW_SPEED: '7200', TWDW_START: '2024-01-01T03:00Z' }

/** All of them, below a line that says so. */
const IDS = 'SELECT tweet_id FROM fact_tweet ORDER BY tweet_id'

/** What makes half a minute's wait a moment's; all else is as in the file that users have. */
const QUICK = {
  services: {
    listener: { environment: { ...DEMO, TWDW_SEAL_AFTER: '3s' }, healthcheck: { interval: '2s' } },
    scheduler: { environment: { TWDW_CONSOLIDATE_AT: '*/10 * * * * *' }, healthcheck: { interval: '2s' } },
  },
}

function run(program: string, words: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    cwd: REPOSITORY,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, DOCKER_HOST, COMPOSE_PROJECT_NAME: PROJECT, ...env },
    maxBuffer: 1e9,
  })
  if (error) throw error
  return { status, stdout, stderr }
}

function answer(program: string, words: readonly string[], env: Record<string, string> = {}): string {
  const { status, stdout, stderr } = run(program, words, env)
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${status}: ${stderr}`)
  return stdout.trim()
}

const docker = (...words: string[]) => answer(DOCKER, words)
const lines = (text: string) => text.split('\n').filter(line => line !== '')

function compose(env: Record<string, string>, ...words: string[]): string {
  const files = ['-f', join(REPOSITORY, 'compose.demo.yaml'), '-f', join(FOLDER, 'quick.json')]
  return answer('docker-compose', ['--project-directory', REPOSITORY, ...files, ...words], env)
}

/** The container of a service. */
const container = (service: string) => `${PROJECT}_${service}_1`
const inspected = (service: string, format: string) => docker('inspect', '-f', format, container(service))
const health = (service: string) => inspected(service, '{{.State.Health.Status}}')
const twdw = (...words: string[]) => docker('exec', container('scheduler'), 'twdw', ...words)
/** First row of an answer to SQL. */
const asked = (sql: string) =>
  JSON.parse(lines(twdw('query', '--sql', sql, '--format', 'ndjson', '--quiet'))[0] ?? '{}')
const captured = () => Number(JSON.parse(twdw('status', '--json')).listeners[0]?.pulse.tweets ?? 0)

/** Of /proc: what the kernel says of a process. */
function processOf(service: string): Record<string, string> {
  const text = readFileSync(`/proc/${inspected(service, '{{.State.Pid}}')}/status`, 'utf8')
  return Object.fromEntries(lines(text).map(line => line.split(/:\s+/, 2)))
}

describe.skipIf(FOLDER === '' || DOCKER_HOST === undefined)('the image', { timeout: 120_000 }, () => {
  it('holds one executable, libraries and certificates, and nothing of how it was built', () => {
    const id = docker('create', IMAGE)
    const { stdout } = spawnSync('sh', ['-c', `${DOCKER} export ${id} | tar -t`], {
      encoding: 'utf8',
      env: { DOCKER_HOST },
    })
    docker('rm', id)
    const files = lines(stdout).filter(path => !path.endsWith('/') && !/^(?:dev|proc|sys|\.dockerenv)/.test(path))
    const others = files.filter(path => !/^(?:usr\/)?lib(?:64)?\//.test(path))
    expect(others.sort()).toEqual([
      'etc/group',
      'etc/hostname',
      'etc/hosts',
      'etc/mtab',
      'etc/nsswitch.conf',
      'etc/passwd',
      'etc/resolv.conf',
      'etc/ssl/certs/ca-certificates.crt',
      'usr/local/bin/twdw',
      'usr/share/doc/twdw/LICENSE',
    ])
    const format =
      '{{.Config.User}} {{.Config.StopSignal}} {{json .Config.Healthcheck.Test}} {{json .Config.Entrypoint}}'
    expect(docker('image', 'inspect', '-f', format, IMAGE)).toBe(
      '65532:65532 SIGTERM ["CMD","/usr/local/bin/twdw","schedule","health"] ["/usr/local/bin/twdw"]',
    )
  })

  it('answers without a network, a writable root or any capability', () => {
    const hard = ['--rm', '--network=none', '--read-only', '--cap-drop=ALL', '--tmpfs=/tmp']
    expect(docker('run', ...hard, IMAGE, '--version')).toBe(packageFile.version)
    const { status, stderr } = run(DOCKER, ['run', ...hard, IMAGE, 'consolidate'])
    expect([status, stderr.split('\n')[0]]).toEqual([5, 'twdw: there is no lake at /lake: it has no twdw.json'])
  })

  it('does all in one container, and ends in good order when it is stopped', async () => {
    const env = Object.entries({ ...DEMO, TWDW_SEAL_AFTER: '1s' }).flatMap(([name, value]) => [
      '-e',
      `${name}=${value}`,
    ])
    const words = ['schedule', 'run', '--source', 'demo', '--consolidate-at', '*/3 * * * * *']
    const id = docker('run', '-d', '--read-only', '--tmpfs=/tmp', ...env, IMAGE, ...words)
    try {
      const consolidated = () => run(DOCKER, ['logs', id]).stdout
      await expect.poll(consolidated, PATIENCE).toMatch(/^2024-01-01T03 {2}[\d,]+ tweets?, 0 duplicates, 0 rejected$/m)
      expect(docker('exec', id, 'twdw', 'schedule', 'health')).toMatch(/^healthy: consolidate is /)
      docker('stop', '-t', '100', id)
      expect(docker('inspect', '-f', '{{.State.ExitCode}}', id)).toBe('0')
      expect(run(DOCKER, ['logs', id]).stdout).toMatch(/tweets stored .*; stopped by a signal/)
    } finally {
      docker('rm', '-f', '-v', id)
    }
  })
})

describe.skipIf(FOLDER === '' || DOCKER_HOST === undefined)('compose.yaml', { timeout: 180_000 }, () => {
  beforeAll(() => {
    mkdirSync(FOLDER, { recursive: true })
    writeFileSync(join(FOLDER, 'quick.json'), JSON.stringify(QUICK))
  })

  afterEach(() => {
    compose({ COMPOSE_PROFILES: 's3' }, 'down', '-v', '--timeout', '100')
  })

  it('is had by the words of docs/operations.md', async () => {
    const [up = '', ask = '', down = ''] = lines(operationsBlock('compose')).map(line =>
      // the image is there, and Debian's Compose of before knows no --wait
      line
        .replace('docker compose', 'docker-compose')
        .replace(' --build', '')
        .replace(/ --wait.*/, ''),
    )
    answer('sh', ['-c', up])
    await expect.poll(() => health('scheduler'), PATIENCE).toBe('healthy')
    await expect.poll(() => health('listener'), PATIENCE).toBe('healthy')
    expect(answer('sh', ['-c', ask.replace(' exec ', ' exec -T ')])).toMatch(/^tag,hour,tweets/)
    answer('sh', ['-c', down])
    expect(docker('ps', '-aq')).toBe('')
  })

  it('is accepted by Compose, as is the one for a demo', () => {
    for (const file of ['compose.yaml', 'compose.demo.yaml']) {
      expect(run('docker-compose', ['-f', file, 'config', '-q'])).toEqual({ status: 0, stdout: '', stderr: '' })
    }
  })

  it('captures, consolidates and answers; a listener that is killed is started again, and nothing is lost', async () => {
    compose({}, 'up', '-d', '--no-build')
    await expect.poll(() => [health('listener'), health('scheduler')], PATIENCE).toEqual(['healthy', 'healthy'])
    for (const service of ['listener', 'scheduler']) {
      expect(inspected(service, '{{.HostConfig.ReadonlyRootfs}}')).toBe('true')
      expect(processOf(service)).toMatchObject({
        Uid: '65532\t65532\t65532\t65532',
        CapBnd: '0000000000000000',
        NoNewPrivs: '1',
      })
    }
    const refused = run(DOCKER, [
      'exec',
      container('scheduler'),
      'twdw',
      'query',
      '--all-tags',
      '--output',
      '/etc/x.csv',
    ])
    expect([refused.status, refused.stderr]).toEqual([5, expect.stringContaining('the file system is read-only')])
    await expect.poll(() => asked('SELECT count(*) AS n FROM fact_tweet').n, PATIENCE).toBeGreaterThan(1000)

    const safe = captured()
    process.kill(Number(inspected('listener', '{{.State.Pid}}')), 'SIGKILL')
    await expect.poll(() => inspected('listener', '{{.RestartCount}} {{.State.Running}}'), PATIENCE).toBe('1 true')
    await expect.poll(() => Number(JSON.parse(twdw('status', '--json')).sessions.count), PATIENCE).toBe(2)
    await expect.poll(() => health('listener'), PATIENCE).toBe('healthy')
    await setTimeout(4_000)
    compose({}, 'stop', '--timeout', '100', 'listener')
    expect(inspected('listener', '{{.State.ExitCode}}')).toBe('0')
    const [, stored = ''] =
      /^([\d,]+) tweets stored .*; stopped by a signal$/m.exec(docker('logs', container('listener'))) ?? []
    const second = Number(stored.replaceAll(',', ''))
    expect(second).toBeGreaterThan(1000)

    // both sessions were sent the same from its beginning on
    const restarted = `TIMESTAMPTZ '${inspected('listener', '{{.State.StartedAt}}')}'`
    const of = (when: string) =>
      asked(
        `SELECT count(*) AS n, count(DISTINCT tweet_id) AS ids FROM layer1_tweets WHERE CAST(captured_at AS TIMESTAMPTZ) ${when} ${restarted}`,
      )
    const [before, after] = [of('<'), of('>=')]
    expect(before.n).toBe(before.ids)
    expect(before.n).toBeGreaterThanOrEqual(safe)
    expect(after).toEqual({ n: second, ids: second })
    const all = Math.max(before.n, second)
    const pending = () => JSON.parse(twdw('status', '--json')).pending.length
    await expect.poll(pending, PATIENCE).toBe(0)
    const sent = await sentByGenerator(all)
    const kept = lines(twdw('query', '--sql', IDS, '--format', 'csv'))
    expect(kept.length).toBe(1 + all)
    expect(kept).toEqual(sent)

    compose({}, 'down', '-v', '--timeout', '100')
    const label = ['--filter', `label=com.docker.compose.project=${PROJECT}`]
    expect([
      docker('ps', '-aq', ...label),
      docker('volume', 'ls', '-q', ...label),
      docker('network', 'ls', '-q', ...label),
    ]).toEqual(['', '', ''])
  })
})

/** `docker pull` is not for tests: where nobody made an image of this name, there is no store to try. */
const STORE = /image: "(versity\/[^"]+)"/.exec(readFileSync(join(REPOSITORY, 'compose.yaml'), 'utf8'))?.[1] ?? ''
const hasStore = FOLDER !== '' && DOCKER_HOST !== undefined && run(DOCKER, ['image', 'inspect', STORE]).status === 0

describe.skipIf(!hasStore)('compose.yaml with its store', { timeout: 180_000 }, () => {
  const env = {
    COMPOSE_PROFILES: 's3',
    TWDW_LAKE: 's3://twdw/lake',
    TWDW_S3_ENDPOINT: 'http://store:7070',
    TWDW_S3_REGION: 'us-east-1',
    TWDW_S3_PATH_STYLE: 'true',
    AWS_CREDENTIALS_FILE: join(FOLDER, 'credentials'),
  }

  beforeAll(() => {
    writeFileSync(join(FOLDER, 'quick.json'), JSON.stringify(QUICK))
    const keys = '[default]\naws_access_key_id = twdw\naws_secret_access_key = for-trying-out-only\n'
    writeFileSync(env.AWS_CREDENTIALS_FILE, keys)
  })

  afterEach(() => {
    compose(env, 'down', '-v', '--timeout', '100')
  })

  it('keeps the lake in S3 and the journal here, with keys from a secret', async () => {
    compose(env, 'up', '-d', '--no-build')
    const services = ['store', 'listener', 'scheduler']
    await expect.poll(() => services.map(health), PATIENCE).toEqual(['healthy', 'healthy', 'healthy'])
    await expect.poll(() => asked('SELECT count(*) AS n FROM fact_tweet').n, PATIENCE).toBeGreaterThan(1000)
    compose(env, 'stop', '--timeout', '100', 'listener')
    expect(inspected('listener', '{{.State.ExitCode}}')).toBe('0')
    const told = docker('logs', container('listener'))
    const stored = Number(/^([\d,]+) tweets stored/m.exec(told)?.[1]?.replaceAll(',', ''))
    expect(asked('SELECT count(*) AS n, count(DISTINCT tweet_id) AS ids FROM layer1_tweets')).toEqual({
      n: stored,
      ids: stored,
    })
    await expect.poll(() => JSON.parse(twdw('status', '--json')).pending.length, PATIENCE).toBe(0)
    expect(asked('SELECT count(*) AS n FROM fact_tweet')).toEqual({ n: stored })
    compose(env, 'stop', '--timeout', '100', 'scheduler')
    expect(inspected('scheduler', '{{.State.ExitCode}}')).toBe('0')
  })
})

/** IDS of the first so many tweets of the demo. */
function sentByGenerator(count: number): Promise<string[]> {
  return withTempFolder(async folder => {
    const words = ['listen', '--source', 'demo', '--lake', folder, '--max-tweets', String(count), '--rate', '1000']
    const more = ['--speed', '7200', '--start', DEMO.TWDW_START]
    answer(BUILT, [...words, ...more], { HOME: folder })
    return lines(answer(BUILT, ['query', '--sql', IDS, '--format', 'csv', '--lake', folder], { HOME: folder }))
  })
}
