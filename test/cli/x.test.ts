/** `twdw listen` against the double of X, over a real socket, with the executable. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SLOW_MS, withMachine } from '../support/executable.ts'
import { REPOSITORY } from '../support/folders.ts'
import { tweetLine } from '../support/tweet-lines.ts'
import { REFUSALS } from '../x-double/answers.ts'
import { send } from '../x-double/script.ts'

const TOKEN = 'AAAA%2Btest%3D'
const ENV = { X_BEARER_TOKEN: TOKEN }

interface Double {
  origin: string
  /** what it was asked so far */
  requests: { method: string; path: string; body: string }[]
}

async function withDouble(options: Record<string, unknown>, work: (x: Double) => Promise<void>): Promise<void> {
  const server = spawn(process.execPath, [
    join(REPOSITORY, 'test/x-double/serve.ts'),
    JSON.stringify({ token: TOKEN, ...options }),
  ])
  const double: Double = { origin: '', requests: [] }
  let text = ''
  await new Promise<void>(ready => {
    server.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        if (double.origin === '') double.origin = line
        else double.requests.push(JSON.parse(line))
      }
      if (double.origin !== '') ready()
    })
  })
  try {
    await work(double)
  } finally {
    server.stdin.end()
    await new Promise(gone => server.once('close', gone))
  }
}

describe('twdw listen on X', { timeout: SLOW_MS }, () => {
  it('makes sure of its rules, stores what the stream sends, and stops at --max-tweets with status 7', () =>
    withMachine(async machine => {
      const lines = Array.from({ length: 5 }, (_, n) => tweetLine('2024-01-01T10:15:00.000Z', n))
      await withDouble({ stream: [lines.map(send)] }, async x => {
        const { status, stdout, stderr } = await machine.twdw(
          ['listen', 'covid19', '--origin', x.origin, '--max-tweets', '5'],
          { env: ENV },
        )
        expect(stdout).toMatch(/^5 tweets stored in 1 hour, 2024-01-01T10 .*; --max-tweets is reached\n$/)
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
