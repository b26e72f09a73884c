/** `twdw schedule run` as a container runs it: the executable, its children, signals, and who asks how it is. */
import { readdirSync, writeFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Machine, SLOW_MS, withMachine } from '../support/executable.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const EVERY_SECOND = ['--consolidate-at', '* * * * * *']
/** Hours of 2024, all of them closed. */
const DEMO = { TWDW_RATE: '500', TWDW_SPEED: '7200', TWDW_START: '2024-01-01T03:00Z', TWDW_SEAL_AFTER: '500ms' }

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.on('listening', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Processes of this lake's listener. */
async function listenersOf(machine: Machine): Promise<number[]> {
  const text = await readFile(join(machine.folder, 'lake/_state/listener-demo.json'), 'utf8').catch(() => '')
  return text === '' ? [] : [JSON.parse(text).pid]
}

const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A scheduler that is not left behind by a test that fails. */
async function withScheduler(
  machine: Machine,
  words: readonly string[],
  env: Record<string, string>,
  work: (scheduler: ReturnType<Machine['start']>) => Promise<void>,
): Promise<void> {
  const scheduler = machine.start(['schedule', 'run', ...words], env)
  try {
    await work(scheduler)
  } finally {
    scheduler.child.kill('SIGTERM')
    await scheduler.ended
  }
}

const last = async (machine: Machine) =>
  JSON.parse(await readFile(join(machine.folder, 'lake/_state/scheduler.json'), 'utf8')).consolidate.last

describe('twdw schedule run', { timeout: SLOW_MS }, () => {
  it('listens, consolidates, tells how it is, and ends all in good order when it is asked to', () =>
    withMachine(async machine => {
      const port = await freePort()
      const words = ['--source', 'demo', ...EVERY_SECOND, '--health-port', String(port)]
      await withScheduler(machine, words, DEMO, async ({ child, ended }) => {
        const url = `http://127.0.0.1:${port}/`
        const count = async () => {
          const { stdout } = await machine.twdw([
            'query',
            '--sql',
            'SELECT count(*) FROM fact_tweet',
            '--batch-only',
            '--format',
            'csv',
          ])
          return Number(stdout.trim().split('\n').at(-1))
        }
        await expect.poll(count, { timeout: 60_000, interval: 1_000 }).toBeGreaterThan(100)
        await expect.poll(() => last(machine), { timeout: 60_000 }).toMatchObject({ status: 0 })
        const answer = await fetch(url)
        expect([answer.status, await answer.json()]).toEqual([
          200,
          expect.objectContaining({ healthy: true, faults: [] }),
        ])
        expect((await fetch(url, { method: 'DELETE' })).status).toBe(405)
        const health = await machine.twdw(['schedule', 'health'])
        expect(health).toMatchObject({
          status: 0,
          stdout: expect.stringMatching(/^healthy: consolidate is .*; the listener is connected, /),
        })
        const [listener = 0] = await listenersOf(machine)

        child.kill('SIGTERM')
        const outcome = await ended
        expect(outcome.status).toBe(0)
        expect(outcome.stderr).toMatch(/consolidate took \S+ m?s; /)
        expect(outcome.stdout).toMatch(/tweets stored .*; stopped by a signal\n/)
        expect(isThere(listener)).toBe(false)
        const after = await machine.twdw(['schedule', 'health'])
        expect([after.status, after.stderr.split('\n')[0]]).toEqual([
          4,
          expect.stringMatching(/^twdw: not healthy: the listener ended at /),
        ])
      })
    }))

  it('is not well while its listener is gone, and starts it again', () =>
    withMachine(async machine => {
      await withScheduler(machine, ['--source', 'demo'], DEMO, async ({ child, ended }) => {
        await expect.poll(() => listenersOf(machine), { timeout: 30_000 }).toHaveLength(1)
        const [first = 0] = await listenersOf(machine)
        process.kill(first, 'SIGKILL')
        const isWell = async () => (await machine.twdw(['schedule', 'health'])).status
        await expect.poll(isWell, { timeout: 10_000 }).toBe(4)
        await expect.poll(isWell, { timeout: 60_000, interval: 1_000 }).toBe(0)
        expect(await listenersOf(machine)).not.toEqual([first])
        child.kill('SIGINT')
        const { status, stderr } = await ended
        expect([status, stderr]).toEqual([
          0,
          expect.stringContaining(
            'twdw listen has ended with status 137 (ended by signal 9); it is started again in 20 s',
          ),
        ])
      })
    }))

  it('only consolidates without hashtags, once there is a lake, and goes on after a failure', () =>
    withMachine(async machine => {
      await withScheduler(machine, [...EVERY_SECOND, '--json'], {}, async ({ child, ended }) => {
        await machine.twdw(['listen', '--source', 'demo', '--max-tweets', '200'], { env: DEMO })
        await expect.poll(() => last(machine).catch(() => null), { timeout: 30_000 }).toMatchObject({ status: 0 })
        child.kill('SIGTERM')
        const { status, stdout, stderr } = await ended
        expect(status).toBe(0)
        expect(stdout.split('\n')[0]).toMatch(/"hours":\[\{"hour":"2024-01-01T03","action":"write"/)
        expect(JSON.parse(stderr.split('\n')[0] ?? '')).toMatchObject({
          level: 'info',
          message: 'there is no lake yet; it is consolidated once a listener has made it',
        })
      })
    }))

  it('merges the small files of hours that ended a day ago, unless it is told not to', () =>
    withMachine(async machine => {
      for (const n of [1, 2]) {
        writeFileSync(join(machine.folder, 'lines'), tweetLine('2024-01-01T10:00:00.000Z', n))
        await machine.twdw(['listen', '--source', 'replay', '--from', 'lines', '--quiet'])
      }
      // files of two replays are kept apart where it is known that they are
      await rm(join(machine.folder, 'lake/layer1/sessions'), { recursive: true })
      const filesAfter = async (words: readonly string[]) => {
        await withScheduler(machine, words, {}, () =>
          expect.poll(() => last(machine).catch(() => null), { timeout: 30_000 }).toMatchObject({ status: 0 }),
        )
        await rm(join(machine.folder, 'lake/_state/scheduler.json'))
        return readdirSync(join(machine.folder, 'lake/layer1/tweets/utc_date=2024-01-01/utc_hour=10')).length
      }
      expect(await filesAfter(['--no-compact'])).toBe(2)
      expect(await filesAfter([])).toBe(1)
    }))

  it('ends with the status of wrong words, of its own and of those that it hands on', () =>
    withMachine(async machine => {
      const own = await machine.twdw(['schedule', 'run', '--consolidate-at', 'hourly'])
      expect([own.status, own.stderr]).toEqual([2, expect.stringMatching(/^twdw: "hourly" is no cron expression: /)])
      // a generator has no days' caps
      const handed = await machine.twdw(['schedule', 'run', '--source', 'demo', '--sample', '10'])
      expect(handed.status).toBe(2)
      expect(handed.stderr).toMatch(
        /--sample: that is for --source x, .*\n[\s\S]*twdw: twdw listen has ended with status 2 /,
      )
    }))
})
