/** `twdw status` with the executable: with a listener, without one, after one, and beside what is broken. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { StatusReport } from '../../src/lib/domain/health/status-report.ts'
import { type Machine, SLOW_MS, withMachine } from '../support/executable.ts'
import { tweetLine } from '../support/tweet-lines.ts'
import { TOKEN, withDouble } from '../support/x-process.ts'
import { REFUSALS } from '../x-double/answers.ts'
import { refuse, send } from '../x-double/script.ts'

const ENV = { X_BEARER_TOKEN: TOKEN }

async function statusOf(machine: Machine): Promise<StatusReport> {
  const { status, stdout, stderr } = await machine.twdw(['status', '--json'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).not.toContain(TOKEN)
  return JSON.parse(stdout)
}

const listenerOf = async (machine: Machine) => (await statusOf(machine).catch(() => undefined))?.listeners[0]

/** Every file of the lake with its time of change: what a look must leave as it was. */
async function tracesOf(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).sort()
  const times = await Promise.all(names.map(async name => (await stat(join(folder, name))).mtimeMs))
  return names.map((name, i) => `${name} ${times[i]}`).filter(name => !name.startsWith('_state'))
}

describe('twdw status', { timeout: SLOW_MS }, () => {
  it('tells of a lake that nobody listens for, needs no token, and changes nothing', () =>
    withMachine(async machine => {
      const lines = [
        tweetLine('2024-01-01T10:15:00.000Z', 1),
        tweetLine('2024-01-01T10:16:00.000Z', 2),
        '{"no": "tweet"',
      ]
      await machine.twdw(['listen', '--source', 'replay', '--from', '-', '--quiet'], { input: lines.join('\n') })
      const before = await tracesOf(join(machine.folder, 'lake'))
      const { status, stdout, stderr } = await machine.twdw(['status'])
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout).toMatch(
        /^○ not listening to files since \S+Z \(\d.*\): the source has ended\n {2}last tweet {2}\d+, captured \S+Z \(.* ago\)\n {2}captured {4}2 tweets of 3 lines in this run, 1 rejected\n\n/,
      )
      expect(stdout).toMatch(/^ {2}journal {5}empty$/m)
      expect(stdout).toMatch(/^ {2}lake {8}\S+\/lake: 1 hour, 2024-01-01T10 UTC; 0 tweets consolidated; /m)
      expect(stdout).toMatch(/^ {2}pending {5}1 hour, 2024-01-01T10 UTC: twdw consolidate$/m)
      expect(stdout).toMatch(/^ {2}rejected {4}1 line \(1 × invalid JSON: breaks off\)$/m)
      expect(await tracesOf(join(machine.folder, 'lake'))).toEqual(before)
      await machine.twdw(['consolidate'])
      expect(await statusOf(machine)).toMatchObject({ pending: [], lake: { tweets: 2 }, spending: null })
    }))

  it('tells how a listener to X is: connected, what it got and what it cost; and after its end why it ended', () =>
    withMachine(machine =>
      withDouble({ stream: [[send(tweetLine('2024-01-01T10:15:00.000Z', 1))]] }, async x => {
        const { child, ended } = machine.start(['listen', 'covid19', '--origin', x.origin, '--max-usd', '3'], ENV)
        await expect.poll(async () => (await listenerOf(machine))?.pulse?.tweets, { timeout: 20_000 }).toBe(1)
        const running = await statusOf(machine)
        expect(running.listeners).toMatchObject([
          {
            isAlive: true,
            state: 'connected',
            holder: expect.stringContaining(`twdw listen, process ${child.pid} on `),
            pulse: {
              pid: child.pid,
              source: 'stream',
              tags: ['covid19'],
              sessions: 1,
              session: expect.any(String),
              lines: 1,
              rules: [{ name: 'covid19', value: '#covid19' }],
            },
          },
        ])
        expect(running.spending).toMatchObject({
          dayUsd: 0.005,
          totalUsd: 0.005,
          maxUsd: 3,
          maxUsdPerDay: 50,
          tweetsLeft: 599,
        })
        expect(running.journal.open).toEqual({ files: 1, bytes: expect.any(Number) })
        child.kill('SIGTERM')
        await ended
        expect((await statusOf(machine)).listeners).toMatchObject([
          { isAlive: false, state: 'ended', holder: null, pulse: { state: { because: 'stopped by a signal' } } },
        ])
      }),
    ))

  it('knows that a listener was killed, and counts what it left', () =>
    withMachine(machine =>
      withDouble({ stream: [[send(tweetLine('2024-01-01T10:15:00.000Z', 1))]] }, async x => {
        const { child, ended } = machine.start(['listen', 'covid19', '--origin', x.origin], ENV)
        await expect.poll(async () => (await listenerOf(machine))?.pulse?.tweets, { timeout: 20_000 }).toBe(1)
        child.kill('SIGKILL')
        await ended
        const { listeners, journal } = await statusOf(machine)
        expect(listeners).toMatchObject([{ isAlive: false, state: 'died', holder: null }])
        expect(journal).toMatchObject({ open: { files: 0 }, left: { files: 1 } })
        expect((await machine.twdw(['status'])).stdout).toMatch(
          /^○ not listening to X: process \d+ is gone without a word; last sign of life /,
        )
      }),
    ))

  it('tells until when a listener waits and why, and why one was refused', () =>
    withMachine(async machine => {
      await withDouble({ stream: [[refuse(REFUSALS.unavailable)]] }, async x => {
        const { child, ended } = machine.start(['listen', 'covid19', '--origin', x.origin], ENV)
        await expect.poll(async () => (await listenerOf(machine))?.state, { timeout: 20_000 }).toBe('waiting')
        expect((await machine.twdw(['status'])).stdout).toMatch(
          /^● waiting before it asks X again: X answered 503 Service Unavailable: process \d+ .*\n {2}next try {4}\S+Z \(in \d/,
        )
        child.kill('SIGTERM')
        await ended
      })
      await withDouble({ refusals: { 'GET /2/tweets/search/stream': [REFUSALS.creditsDepleted] } }, async x => {
        await machine.twdw(['listen', 'covid19', '--origin', x.origin], { env: ENV })
        const [listener] = (await statusOf(machine)).listeners
        expect(listener).toMatchObject({ isAlive: false, state: 'failed' })
        expect((await machine.twdw(['status'])).stdout).toMatch(
          /^○ not listening to X since .*: the X account is out of credits: X answered 402 CreditsDepleted/,
        )
      })
    }))

  it('does not stop a listener that cannot tell how it is', () =>
    withMachine(async machine => {
      await mkdir(join(machine.folder, 'lake/_state/listener-demo.json/in-the-way'), { recursive: true })
      const run = await machine.twdw(['listen', '--source', 'demo', '--for', '500ms'])
      expect(run).toMatchObject({ status: 0, stdout: expect.stringMatching(/--for is over\n$/) })
      expect((await readdir(join(machine.folder, 'lake/_state'))).sort()).toEqual(['journal', 'listener-demo.json'])
    }))

  it('ends with 5 where there is no lake, and where some of it cannot be read, after it has told the rest', () =>
    withMachine(async machine => {
      expect(await machine.twdw(['status'])).toMatchObject({
        status: 5,
        stdout: '',
        stderr: expect.stringMatching(/^twdw: there is no lake at \S+\/lake: it has no twdw\.json\n {2}try: /),
      })
      await machine.twdw(['listen', '--source', 'demo', '--max-tweets', '1', '--quiet'])
      await writeFile(join(machine.folder, 'lake/_state/spend.json'), '{')
      await writeFile(join(machine.folder, 'lake/_state/listener-demo.json'), '{"format": 1, "pi')
      const torn = await machine.twdw(['status'])
      expect(torn).toMatchObject({
        status: 5,
        stdout: expect.stringMatching(/^○ nothing has listened for this lake yet, .*\n\n {2}journal {5}empty\n/),
        stderr: expect.stringMatching(
          /^twdw: the meter \S+spend\.json is damaged, .*: it is not JSON\n {2}try: restore it, /,
        ),
      })
      const { stdout } = await machine.twdw(['status', '--json'])
      expect(JSON.parse(stdout).damaged).toEqual([
        { message: expect.stringMatching(/spend\.json/), hint: expect.any(String) },
      ])
    }))

  it('is told by a file that holds no more than a person may see', () =>
    withMachine(machine =>
      withDouble({ stream: [[]] }, async x => {
        await machine.twdw(['listen', 'covid19', '--origin', x.origin, '--for', '300ms'], { env: ENV })
        expect(await readFile(join(machine.folder, 'lake/_state/listener.json'), 'utf8')).not.toContain(TOKEN)
      }),
    ))
})
