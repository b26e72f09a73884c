/** `twdw listen` as a service manager runs it: the executable, a socket to tell it by, and the double of X. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { BUILT, type Machine, SLOW_MS, withMachine } from '../support/executable.ts'
import { openNotifySocket } from '../support/notify-socket.ts'
import { tweetLine } from '../support/tweet-lines.ts'
import { TOKEN, withDouble } from '../support/x-process.ts'
import { REFUSALS } from '../x-double/answers.ts'
import { beat, send } from '../x-double/script.ts'

const ENV = { X_BEARER_TOKEN: TOKEN }
const onLinux = it.skipIf(process.platform !== 'linux')
const line = (n: number) => send(tweetLine('2024-01-01T10:15:00.000Z', n))

/** Resolves once the process has told something that matches. */
function told(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = ''
  return new Promise(resolve => {
    child.stderr?.on('data', chunk => {
      text += chunk
      if (pattern.test(text)) resolve()
    })
  })
}

/** Runs with stderr in a file that it is told journald reads, or that journald does not. */
async function withStderrIn(machine: Machine, words: readonly string[], isJournal: boolean): Promise<string> {
  const path = join(machine.folder, 'stderr')
  const file = openSync(path, 'w')
  const { dev, ino } = fstatSync(file)
  const env = { HOME: machine.folder, PATH: process.env.PATH, JOURNAL_STREAM: `${dev}:${isJournal ? ino : ino + 1}` }
  const child = spawn(BUILT, words, { cwd: machine.folder, env, stdio: ['ignore', 'ignore', file] })
  await once(child, 'close')
  closeSync(file)
  return readFile(path, 'utf8')
}

describe('twdw under journald', { timeout: SLOW_MS }, () => {
  it('puts its priority before each line of what it tells: events, warnings, errors', () =>
    withMachine(async machine => {
      expect(await withStderrIn(machine, ['listen', '--source', 'demo', '--for', '300ms'], true)).toMatch(
        /^<6>listening to the generator: everything, into \S+\n$/,
      )
      await writeFile(join(machine.folder, 'junk'), 'no tweet\n')
      expect(await withStderrIn(machine, ['listen', '--source', 'replay', '--from', 'junk'], true)).toMatch(
        /\n<4>warning: 1 line held no tweet; why: .*\n$/,
      )
      expect(await withStderrIn(machine, ['query', '--tag', 'x', '--lake', 'none'], true)).toMatch(
        /^<3>twdw: there is no lake .*\n<3> {2}try: .*\n$/,
      )
    }))

  it('puts none where stderr is not what journald reads, though the variable was inherited', () =>
    withMachine(async machine => {
      expect(await withStderrIn(machine, ['query', '--tag', 'x'], false)).toMatch(
        /^twdw: there is no lake .*\n {2}try: /,
      )
      const { stderr } = await machine.twdw(['query', '--tag', 'x'], { env: { JOURNAL_STREAM: '8:1' } })
      expect(stderr).toMatch(/^twdw: there is no lake /)
    }))
})

describe('twdw listen as a service', { timeout: SLOW_MS }, () => {
  onLinux('tells its manager that it is ready, lives, how it goes and that it stops, and seals before it ends', () =>
    withMachine(machine =>
      withDouble({ stream: [[line(1), line(2), beat(100)]] }, async x => {
        const address = join(machine.folder, 'notify')
        const manager = openNotifySocket(address)
        const env = { ...ENV, NOTIFY_SOCKET: address, WATCHDOG_USEC: '1000000' }
        const { child, ended } = machine.start(['listen', 'covid19', '--origin', x.origin], env)
        const messages: string[] = []
        const heard = (pattern: RegExp) => {
          messages.push(...manager.received())
          return messages.some(message => pattern.test(message))
        }
        await expect.poll(() => heard(/STATUS=connected since .*, 2 tweets/), { timeout: 30_000 }).toBe(true)
        child.kill('SIGTERM')
        const outcome = await ended
        messages.push(...manager.received())
        manager.close()
        expect(outcome.status).toBe(0)
        expect(outcome.stdout).toMatch(/^2 tweets stored .*; stopped by a signal\n$/)
        expect(messages[0]).toBe("READY=1\nSTATUS=connecting to X's filtered stream")
        expect(messages.filter(message => /^WATCHDOG=1$/m.test(message)).length).toBeGreaterThan(2)
        expect(messages.at(-1)).toBe('STOPPING=1\nSTATUS=stopping: stopped by a signal')
      }),
    ),
  )

  onLinux('is ready, and lives through a wait that X asked for, though it is not connected', () =>
    withMachine(machine => {
      const tooMany = {
        ...REFUSALS.tooManyRequests,
        headers: { 'x-rate-limit-reset': String(Date.parse('2026-09-21T12:10:00Z') / 1000) },
      }
      return withDouble({ refusals: { 'GET /2/tweets/search/stream': [tooMany] } }, async x => {
        const address = join(machine.folder, 'notify')
        const manager = openNotifySocket(address)
        const env = { ...ENV, NOTIFY_SOCKET: address, WATCHDOG_USEC: '180000000' }
        const { child, ended } = machine.start(['listen', 'covid19', '--origin', x.origin], env)
        const messages: string[] = []
        const last = () => messages.push(...manager.received()) && messages.at(-1)
        await expect.poll(last, { timeout: 30_000 }).toMatch(/STATUS=waiting until /)
        // ten minutes, a tenth of it by chance, and the watchdog's own three after it
        const [, patienceUs] = /^WATCHDOG_USEC=(\d+)$/m.exec(messages.at(-1) ?? '') ?? []
        expect(Number(patienceUs) / 1e6).toBeGreaterThan(600 + 180 - 2)
        expect(Number(patienceUs) / 1e6).toBeLessThan(661 + 180 + 2)
        expect(messages.at(-1)).toMatch(/STATUS=waiting until \S+Z: X answered 429 Too Many Requests$/)
        child.kill('SIGTERM')
        expect((await ended).status).toBe(0)
        manager.close()
      })
    }),
  )

  it('rests at the day’s cap when it is told to wait for the next day, connected to nothing, and ends by request', () =>
    withMachine(machine =>
      withDouble({ stream: [[line(1), beat(50)]] }, async x => {
        const words = ['listen', 'covid19', '--origin', x.origin, '--max-usd-per-day', '0.005', '--wait-next-day']
        for (const stored of [1, 0]) {
          const { child, ended } = machine.start(words, ENV)
          await told(child, /resting: --max-usd-per-day is \$0\.005, .*; listening again at \S+T00:00Z/)
          await setTimeout(300)
          child.kill('SIGTERM')
          const { status, stdout } = await ended
          expect(status).toBe(0)
          expect(stdout).toMatch(new RegExp(`^${stored} tweets? stored.*; stopped by a signal\n$`))
        }
        const inVain = await machine.twdw([...words, '--for', '1s'], { env: ENV })
        expect(inVain).toMatchObject({
          status: 0,
          stdout: expect.stringMatching(/^0 tweets stored.*; --for is over\n$/),
        })
        // also the later ones, which were started on a day that is used up
        expect(x.requests.filter(({ path }) => path === '/2/tweets/search/stream')).toHaveLength(1)
      }),
    ))

  it('does not take a cap on the whole for one that frees', () =>
    withMachine(machine =>
      withDouble({ stream: [[line(1), beat(50)]] }, async x => {
        const words = ['listen', 'covid19', '--origin', x.origin, '--max-usd', '0.005', '--wait-next-day']
        const { status, stderr } = await machine.twdw(words, { env: ENV })
        expect(status).toBe(7)
        expect(stderr).toMatch(/twdw: stopped: --max-usd is \$0\.005/)
      }),
    ))

  it('refuses to wait for a day that a source without a cap never needs', () =>
    withMachine(async machine => {
      const { status, stderr } = await machine.twdw(['listen', '--source', 'demo', '--wait-next-day'])
      expect(status).toBe(2)
      expect(stderr).toMatch(/^twdw: --wait-next-day: that is for --source x, and --source is demo\n/)
    }))
})
