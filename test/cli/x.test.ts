/** `twdw listen` against the double of X, over a real socket, with the executable. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { SLOW_MS, withMachine } from '../support/executable.ts'
import { tweetLine } from '../support/tweet-lines.ts'
import { TOKEN, withDouble } from '../support/x-process.ts'
import { REFUSALS } from '../x-double/answers.ts'
import { streamLine } from '../x-double/lines.ts'
import { send } from '../x-double/script.ts'

const ENV = { X_BEARER_TOKEN: TOKEN }

describe('twdw listen on X', { timeout: SLOW_MS }, () => {
  it('makes sure of its rules, stores what the stream sends, and stops at --max-tweets with status 7', () =>
    withMachine(async machine => {
      const lines = Array.from({ length: 5 }, (_, n) => tweetLine('2024-01-01T10:15:00.000Z', n))
      await withDouble({ stream: [lines.map(send)] }, async x => {
        const { status, stdout, stderr } = await machine.twdw(
          ['listen', 'covid19', '--origin', x.origin, '--max-tweets', '5'],
          { env: ENV },
        )
        expect(stdout).toMatch(/^5 tweets stored in 1 hour, 2024-01-01T10 UTC;.*; --max-tweets is reached\n$/)
        expect(stderr).toMatch(
          /twdw: stopped at 5 tweets: --max-tweets is 5\n {2}try: start again, or with a higher --max-tweets\n$/,
        )
        expect(status).toBe(7)
        const added = x.requests.find(request => request.method === 'POST')
        expect(added?.path).toBe('/2/tweets/search/stream/rules')
        expect(JSON.parse(added!.body)).toEqual({
          add: [{ value: '#covid19', tag: expect.stringMatching(/^twdw:lake-[0-9a-f]{8}:covid19$/) }],
        })
      })
      const rules = await machine.twdw(['query', '--by', 'rule', '--format', 'csv'])
      expect(rules.stdout).toBe('rule,tweets\ncovid19,5\n')
    }))

  it('ends with 7 before the day’s cap is passed, and will not listen again on that day', () =>
    withMachine(async machine => {
      const [first, second] = [1, 2].map(n => send(tweetLine('2024-01-01T10:15:00.000Z', n)))
      // so far apart that they never come as one: a cap leaves room for as many as come at once
      const script = [first, { pauseMs: 5_000 }, second]
      await withDouble({ stream: [script] }, async x => {
        const words = ['listen', 'covid19', '--origin', x.origin, '--max-usd-per-day', '0.005']
        const run = await machine.twdw(words, { env: ENV })
        expect(run.stderr).toMatch(
          /spending: at most \$0\.005 a day, \$0\.00 spent today \(UTC\); no cap in all, \$0\.00 spent; room for 1 tweet today/,
        )
        expect(run.stdout).toMatch(
          /^1 tweet stored .*; \$0\.005 spent today \(UTC\), \$0\.005 in all; --max-usd-per-day is reached\n$/,
        )
        expect(run.stderr).toMatch(
          /twdw: stopped: --max-usd-per-day is \$0\.005, and \$0\.005 is spent on \S+ \(UTC\)\n {2}try: it frees at \S+T00:00Z: start again then, or now with a higher --max-usd-per-day; --wait-next-day waits for it\n$/,
        )
        expect(run.status).toBe(7)
        const connects = () => x.requests.filter(request => request.path === '/2/tweets/search/stream').length
        expect(connects()).toBe(1)
        const again = await machine.twdw(words, { env: ENV })
        expect(again).toMatchObject({ status: 7, stdout: '' })
        expect(again.stderr).toMatch(/^twdw: did not listen: --max-usd-per-day is \$0\.005, and \$0\.005 is spent on /)
        expect(connects()).toBe(1)
      })
    }))

  it('counts what a kill -9 left behind, and no more than once', () =>
    withMachine(async machine => {
      const lines = Array.from({ length: 30 }, (_, n) => tweetLine('2024-01-01T10:15:00.000Z', n))
      await withDouble({ stream: [lines.map(send)] }, async x => {
        const words = ['listen', 'covid19', '--origin', x.origin, '--json']
        const { child, ended } = machine.start([...words], ENV)
        const journal = join(machine.folder, 'lake/_state/journal')
        const written = async () => {
          const names = await readdir(journal).catch(() => [])
          // a file may have got another name since
          const sizeOf = (name: string) =>
            stat(join(journal, name)).then(
              ({ size }) => size,
              () => 0,
            )
          const sizes = await Promise.all(names.map(sizeOf))
          return sizes.reduce((sum, size) => sum + size, 0)
        }
        while ((await written()) < lines.join('').length) await setTimeout(20)
        child.kill('SIGKILL')
        await ended
        for (let i = 0; i < 2; i++) {
          const { stdout } = await machine.twdw([...words, '--for', '300ms'], { env: ENV })
          expect(JSON.parse(stdout)).toMatchObject({ tweets: 0, spent: { totalUsd: 0.15 } })
        }
      })
    }))

  it('ends with 5, and the remedy, when the meter is damaged', () =>
    withMachine(machine =>
      withDouble({}, async x => {
        await mkdir(join(machine.folder, 'lake/_state'), { recursive: true })
        await writeFile(join(machine.folder, 'lake/_state/spend.json'), '')
        const outcome = await machine.twdw(['listen', 'covid19', '--origin', x.origin], { env: ENV })
        expect(outcome).toMatchObject({ status: 5, stdout: '' })
        expect(outcome.stderr).toMatch(
          /^twdw: the meter \S+spend\.json is damaged, and without it no spending cap holds: it is not JSON\n {2}try: restore it, /,
        )
        expect(x.requests).toEqual([])
      }),
    ))

  it('estimates from counts, listens to nothing, and pays for the asking', () =>
    withMachine(async machine => {
      const tweets = Array.from({ length: 70 }, (_, n) => streamLine(n))
      await withDouble({ tweets }, async x => {
        const words = ['listen', 'covid19', 'vacina', '--origin', x.origin, '--estimate', '--sample', '50']
        expect(await machine.twdw(words, { env: ENV })).toEqual({
          status: 0,
          stderr: '',
          stdout:
            '#covid19: about 5 tweets a day, $0.025 a day\n' +
            '#vacina: about 0 tweets a day, $0.00 a day\n' +
            'together: about 5 tweets a day, $0.025 a day\n' +
            "From X's counts of the last 7 days at --sample 50; they leave retweets out, which X delivers and bills. Asking cost $0.01.\n",
        })
        const json = await machine.twdw([...words, '--json'], { env: ENV })
        expect(JSON.parse(json.stdout)).toMatchObject({ tweetsPerDay: 5, usdPerDay: 0.025, askedUsd: 0.01 })
        await setTimeout(100)
        expect(x.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
          Array(4).fill('GET /2/tweets/counts/recent'),
        )
      })
      const meter = JSON.parse(await readFile(join(machine.folder, 'lake/_state/spend.json'), 'utf8'))
      expect(meter.total).toMatchObject({ posts: 0, countsRequests: 4 })
    }))

  it('asks for a sample and for fewer expansions', () =>
    withMachine(machine =>
      withDouble({ stream: [[]] }, async x => {
        const words = ['listen', 'covid19', '--origin', x.origin, '--for', '3s', '--lean', '--sample', '10']
        expect((await machine.twdw(words, { env: ENV })).status).toBe(0)
        const rules = x.requests.find(request => request.method === 'POST')
        expect(JSON.parse(rules!.body)).toMatchObject({ add: [{ value: '#covid19 sample:10' }] })
        const stream = x.requests.find(request => request.path === '/2/tweets/search/stream')
        expect(stream?.query.expansions).toBe('geo.place_id')
        expect(stream?.query).not.toHaveProperty('user.fields')
      }),
    ))

  it.each([
    { refusal: REFUSALS.unauthorized, sentence: /401|token/ },
    { refusal: REFUSALS.creditsDepleted, sentence: /credits/ },
    { refusal: REFUSALS.notEnrolled, sentence: /403|Project/ },
    { refusal: REFUSALS.spendingLimit, sentence: /spending limit/ },
  ])('ends with 3 and the remedy when X refuses: $refusal.body.title', ({ refusal, sentence }) =>
    withMachine(machine =>
      withDouble({ refusals: { 'GET /2/tweets/search/stream': [refusal] } }, async x => {
        const outcome = await machine.twdw(['listen', 'covid19', '--origin', x.origin, '--quiet'], { env: ENV })
        expect(outcome).toMatchObject({ status: 3, stdout: '' })
        expect(outcome.stderr).toMatch(sentence)
        expect(outcome.stderr).toMatch(/^twdw: .+\n {2}try: .+\n$/)
        expect(outcome.stderr).not.toContain(TOKEN)
      }),
    ),
  )

  it('ends with 4 when X was never reached', () =>
    withMachine(async machine => {
      const words = ['listen', 'covid19', '--origin', 'http://127.0.0.1:9', '--for', '300ms', '--quiet']
      const outcome = await machine.twdw(words, { env: ENV })
      expect(outcome.status).toBe(4)
      expect(outcome.stderr).toMatch(/twdw: X was not reached in \d+ s\n {2}try: /)
    }))

  it('ends with 3 when the token is refused', () =>
    withMachine(machine =>
      withDouble({}, async x => {
        const env = { X_BEARER_TOKEN: 'another' }
        const outcome = await machine.twdw(['listen', 'covid19', '--origin', x.origin], { env })
        expect(outcome).toMatchObject({ status: 3, stdout: '' })
        expect(outcome.stderr).toMatch(/token/)
      }),
    ))

  it('takes its own place back when X has not noticed that it was killed', () =>
    withMachine(async machine => {
      const line = (n: number) => send(tweetLine('2024-01-01T10:15:00.000Z', n))
      const double = { slots: 1, isDeafToHangUps: true, stream: [[line(1)], [line(2)]] }
      await withDouble(double, async x => {
        const words = ['listen', 'covid19', '--origin', x.origin]
        const first = machine.start([...words, '--verbose'], ENV)
        await new Promise<void>(connected => {
          first.child.stderr?.on('data', text => String(text).includes('connected to X') && connected())
        })
        first.child.kill('SIGKILL')
        await first.ended
        const second = await machine.twdw([...words, '--max-tweets', '1'], { env: ENV })
        expect(second.stderr).toMatch(/X held a connection of this app open since .+; closed it/)
        expect(second.status).toBe(7)
        expect(x.requests.map(({ method, path }) => `${method} ${path}`).slice(-3)).toEqual([
          'GET /2/connections',
          'DELETE /2/connections',
          'GET /2/tweets/search/stream',
        ])
      })
    }))

  it('never shows the token, whatever it tells', () =>
    withMachine(machine =>
      withDouble({ stream: [[]] }, async x => {
        const { stdout, stderr } = await machine.twdw(
          ['listen', 'covid19', '--origin', x.origin, '--for', '500ms', '--verbose', '--json'],
          { env: ENV },
        )
        expect(`${stdout}${stderr}`).not.toContain(TOKEN)
        expect(stderr).toContain('connected to X')
      }),
    ))
})
