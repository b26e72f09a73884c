/** The executable on a lake in S3 with bad luck: what the lake holds afterwards is what the same input gives in a folder. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../support/executable.ts'
import { bytesOf } from '../support/killed-consolidate.ts'
import {
  copyLake,
  type DoubleProcess,
  LAKE_URL,
  type S3Machine,
  type S3Town,
  withS3Town,
} from '../support/s3-machine.ts'
import { seeded, storm } from '../support/s3-storm.ts'
import { tweetLine } from '../support/tweet-lines.ts'
import { TOKEN, withDouble } from '../support/x-process.ts'
import { send } from '../x-double/script.ts'

const MINUTES_MS = 240_000
/** After so long by the store's clock a lease of one that died is anybody's. */
const LEASE_MS = 92_000

/** Four hours of made-up tweets, the same each time; some seconds of work. */
const TWEETS = 3_000
const DEMO = [
  'listen',
  '--source',
  'demo',
  '--seed',
  '7',
  '--start',
  '2024-01-01T21:00Z',
  '--rate',
  '1000',
  '--speed',
  '3600',
  '--max-tweets',
  String(TWEETS),
  '--seal-after',
  '1s',
  '--json',
]

/** All but when it was captured. */
const QUESTIONS = [
  'select * exclude (first_captured_at, captured_at) from fact_tweet order by tweet_id',
  'select * from bridge_tweet_hashtag order by all',
  'select * from agg_hashtag_hour order by all',
  'select * from agg_hashtag_user_hour order by all',
  'select count(distinct tweet_id) from layer1_tweets',
]

async function answersOf(machine: S3Machine, env: Record<string, string> = {}): Promise<string[]> {
  const answers: string[] = []
  for (const sql of QUESTIONS) {
    const { status, stdout, stderr } = await machine.twdw(['query', '--sql', sql, '--format', 'csv'], env)
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
    answers.push(stdout)
  }
  return answers
}

let right: Promise<string[]> | undefined
/** What the same tweets give in a folder. */
function rightAnswers(town: S3Town): Promise<string[]> {
  right ??= (async () => {
    const machine = await town.machine('right')
    const env = { TWDW_LAKE: join(machine.folder, 'lake') }
    expect(await machine.twdw(DEMO, env)).toMatchObject({ status: 0 })
    expect(await machine.twdw(['consolidate'], env)).toMatchObject({ status: 0 })
    return answersOf(machine, env)
  })()
  return right
}

/** Layer2 is byte for byte what a folder with the same layer1 gets. */
async function expectSameLayer2(town: S3Town, machine: S3Machine): Promise<void> {
  const [inS3, local] = [join(town.folder, 'in-s3'), join(town.folder, 'local')]
  await copyLake(town.double, 'layer2/', inS3)
  for (const part of ['layer1/', 'twdw.json']) await copyLake(town.double, part, local)
  // what consolidate itself put there is to be made again
  expect(await machine.twdw(['consolidate'], { TWDW_LAKE: local })).toMatchObject({ status: 0 })
  const [found, wanted] = [await bytesOf(join(inS3)), await bytesOf(local)]
  for (const path of [...wanted.keys()].filter(path => !path.startsWith('layer2/'))) wanted.delete(path)
  expect([...found.keys()]).toEqual([...wanted.keys()])
  for (const [path, bytes] of wanted) expect(found.get(path) === bytes, path).toBe(true)
}

/** The store's address is in its name: the same bucket of another store is another lake. */
const journalOf = ({ folder }: S3Machine, { endpoint }: DoubleProcess) =>
  join(folder, `state/twdw/s3-${new URL(endpoint).host.replace(':', '_')}/lake/x/journal`)

const ok = ({ status, stderr }: Outcome) =>
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })

/** The store's clock goes on, so that what was left behind runs out. */
async function passTime(double: DoubleProcess): Promise<void> {
  shiftMs += LEASE_MS
  await double.set({ shiftMs })
}
let shiftMs = 0

async function waitFor(what: () => Promise<boolean> | boolean, maxMs = 60_000): Promise<void> {
  for (let waited = 0; !(await what()); waited += 50) {
    if (waited > maxMs) throw new Error(`waited in vain: ${what}`)
    await Bun.sleep(50)
  }
}

describe('a store with faults', { timeout: MINUTES_MS }, () => {
  it.each([1, 2])('loses and doubles nothing, in storm %i', seed =>
    withS3Town(async town => {
      const { double } = town
      const machine = await town.machine('one')
      await double.add(...storm(seed, 12, 30))
      ok(await machine.twdw(DEMO))
      await double.clear()
      await double.add(...storm(seed + 100, 20, 120))
      ok(await machine.twdw(['consolidate']))
      await double.clear()
      await double.add(...storm(seed + 200, 8, 60))
      expect(await answersOf(machine)).toEqual(await rightAnswers(town))
      const faults = (await double.take()).filter(({ fault }) => fault !== undefined)
      expect(faults.length).toBeGreaterThan(15)
      await double.clear()
      await expectSameLayer2(town, machine)
    }),
  )

  it('that refuses everything for some seconds, at any step', () =>
    withS3Town(async town => {
      const { double } = town
      const machine = await town.machine('one')
      const refuse = async (afterMs: number) => {
        await Bun.sleep(afterMs)
        await double.add({ times: 'always', does: { error: 'ServiceUnavailable' } })
        await Bun.sleep(1_200)
        await double.clear()
      }
      const [listened] = await Promise.all([machine.twdw(DEMO), refuse(1_500)])
      ok(listened)
      const [consolidated] = await Promise.all([machine.twdw(['consolidate']), refuse(1_000)])
      ok(consolidated)
      const [answers] = await Promise.all([answersOf(machine), refuse(300)])
      expect(answers).toEqual(await rightAnswers(town))
    }))

  it('that is away for half a minute: the journal keeps what X sends, and it is in the lake afterwards', () =>
    withS3Town(async town => {
      const { double } = town
      const machine = await town.machine('one')
      const lines = Array.from({ length: 90 }, (_, n) => tweetLine('2024-01-01T10:15:00.000Z', n))
      const script = lines.flatMap(line => [send(line), { pauseMs: 500 }])
      await withDouble({ stream: [script] }, async x => {
        const words = ['listen', 'covid19', '--origin', x.origin, '--seal-after', '2s']
        const { child, ended } = machine.start(words, { X_BEARER_TOKEN: TOKEN })
        await waitFor(async () => (await double.keys()).some(key => key.startsWith('x/layer1/tweets/')))
        await double.add({ times: 'always', does: { reset: 'before' } })
        await Bun.sleep(30_000)
        const journal = journalOf(machine, double)
        expect((await readdir(journal)).length).toBeGreaterThan(5)
        await double.clear()
        await Bun.sleep(20_000)
        child.kill('SIGTERM')
        const { status, stdout, stderr } = await ended
        expect(stdout).toMatch(/^90 tweets stored in 1 hour, /)
        expect(stderr).toMatch(
          /tweets cannot be stored: s3:\/\/lake\/x\/.* cannot be .*: read ECONNRESET, after 8 attempts; they stay in the journal, and it is tried again in 10 s/,
        )
        expect(status).toBe(0)
        expect(await readdir(journal)).toEqual([])
      })
      const sql = 'select count(*), count(distinct tweet_id) from layer1_tweets'
      expect((await machine.twdw(['query', '--sql', sql, '--format', 'csv'])).stdout).toMatch(/\n90,90\n$/)
    }))

  it('that stays away: what was heard is in the journal, and the next run stores it', () =>
    withS3Town(async town => {
      const { double } = town
      const machine = await town.machine('one')
      await double.add({
        operation: 'PutObject',
        key: 'layer1/tweets/',
        skip: 1,
        times: 'always',
        does: { reset: 'before' },
      })
      const { status, stderr } = await machine.twdw(DEMO.filter(word => word !== '--json'))
      expect(status).toBe(5)
      expect(stderr).toMatch(
        /twdw: s3:\/\/lake\/x\/layer1\/tweets\/\S+ \(\d+ bytes\) cannot be written: read ECONNRESET, after 8 attempts\n {2}try: see that http:\/\/127\.0\.0\.1:\d+ can be reached, and run it again\n$/,
      )
      const journal = journalOf(machine, double)
      expect((await readdir(journal)).length).toBeGreaterThan(0)
      await double.clear()
      ok(await machine.twdw(DEMO))
      ok(await machine.twdw(['consolidate']))
      expect(await answersOf(machine)).toEqual(await rightAnswers(town))
      expect(await readdir(journal)).toEqual([])
    }))
})

describe('kill -9', { timeout: MINUTES_MS }, () => {
  it('of a listener, again and again, loses and doubles nothing', () =>
    withS3Town(async town => {
      const machine = await town.machine('one')
      const random = seeded(5)
      for (let life = 0; life < 4; life++) {
        const { child, ended } = machine.start(DEMO)
        await Bun.sleep(700 + random() * 2_500)
        child.kill('SIGKILL')
        await ended
      }
      ok(await machine.twdw(DEMO))
      ok(await machine.twdw(['consolidate']))
      expect(await answersOf(machine)).toEqual(await rightAnswers(town))
    }))

  it('of a consolidate: the next one is told who has it, and later one goes on to the end', () =>
    withS3Town(async town => {
      const { double } = town
      const machine = await town.machine('one')
      ok(await machine.twdw(DEMO))
      await double.add({ operation: 'PutObject', times: 'always', does: { delayMs: 30 } })
      for (const puts of [2, 5, 9, 12]) {
        await double.take()
        const { child, ended } = machine.start(['consolidate'])
        let seen = 0
        await waitFor(async () => {
          seen += (await double.take()).filter(({ operation }) => operation === 'PutObject').length
          return seen >= puts
        })
        child.kill('SIGKILL')
        await ended
        if (puts === 9) {
          const { status, stderr } = await machine.twdw(['consolidate'])
          expect(status).toBe(5)
          expect(stderr).toMatch(
            /^twdw: s3:\/\/lake\/x\/_locks\/consolidate\.json is held by twdw consolidate, .*, which gave a sign \d+ s ago\n {2}try: wait until it has ended, or stop it; one that died holds it 90 s longer at most\n$/,
          )
        }
        await passTime(double)
      }
      ok(await machine.twdw(['consolidate']))
      expect(await answersOf(machine)).toEqual(await rightAnswers(town))
      await double.clear()
      await expectSameLayer2(town, machine)
      expect((await double.keys()).filter(key => key.startsWith('x/_'))).toEqual([])
    }))
})

describe('two machines', { timeout: MINUTES_MS }, () => {
  it('consolidate at a time: one does it, the other says who has it', () =>
    withS3Town(async town => {
      const { double } = town
      const [one, two] = [await town.machine('one'), await town.machine('two')]
      ok(await one.twdw(DEMO))
      await double.add({ operation: 'PutObject', times: 'always', does: { delayMs: 100 } })
      const outcomes = await Promise.all([one.twdw(['consolidate']), two.twdw(['consolidate'])])
      expect(outcomes.map(({ status }) => status).sort()).toEqual([0, 5])
      const other = outcomes.find(({ status }) => status === 5)!
      expect(other.stderr).toMatch(
        /_locks\/consolidate\.json is held by twdw consolidate, process \d+ on \S+, since \S+Z, which gave a sign \d s ago\n/,
      )
      expect(await answersOf(two)).toEqual(await rightAnswers(town))
      await double.clear()
      await expectSameLayer2(town, one)
    }))
})

describe('credentials', { timeout: MINUTES_MS }, () => {
  it('that expire while it consolidates end it with a sentence, and the next run completes', () =>
    withS3Town(async town => {
      const { double } = town
      const machine = await town.machine('one')
      ok(await machine.twdw(DEMO))
      for (const skip of [0, 7, 16, 30]) {
        await double.add({ skip, times: 'always', does: { error: 'ExpiredToken' } })
        const { status, stderr } = await machine.twdw(['consolidate'])
        expect(status).toBe(3)
        expect(stderr).toMatch(
          /^(?:.*\n)?twdw: s3:\/\/lake\/x\/\S* (?:\(\d+ bytes\) )?cannot be (?:read|written|listed|looked at|removed): the AWS credentials have expired \(ExpiredToken: The provided token has expired\.\)\n {2}try: renew them \(aws sso login, or new keys\) and run it again\n$/,
        )
        await double.clear()
        await passTime(double)
      }
      ok(await machine.twdw(['consolidate']))
      expect(await answersOf(machine)).toEqual(await rightAnswers(town))
    }))

  it.each([
    [
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      3,
      /: no AWS credentials were found \(CredentialsProviderError: .*\)\n {2}try: set AWS_ACCESS_KEY_ID/,
    ],
    [
      { AWS_SECRET_ACCESS_KEY: 'wrong' },
      3,
      /: the store does not know these AWS credentials \(SignatureDoesNotMatch: /,
    ],
    [
      { TWDW_LAKE: 's3://none/x' },
      5,
      /: there is no bucket none\n {2}try: make it \(aws s3 mb s3:\/\/none\), or check its name and --s3-endpoint\n$/,
    ],
    [
      { TWDW_S3_REGION: 'eu-west-1' },
      2,
      /: lake is in another region \(.*\)\n {2}try: name it with --s3-region us-east-1\n$/,
    ],
    [
      { TWDW_S3_ENDPOINT: 'http://127.0.0.1:9' },
      5,
      /: connect ECONNREFUSED 127\.0\.0\.1:9, after 8 attempts\n {2}try: see that http:\/\/127\.0\.0\.1:9 can be reached, and run it again\n$/,
    ],
  ])('and what else is wrong from the start: %o', (env, status, says) =>
    withS3Town(async ({ machine }) => {
      const { twdw } = await machine('one')
      for (const words of [['consolidate'], ['query'], ['listen', '--source', 'demo', '--max-tweets', '5']]) {
        const outcome = await twdw(words, env)
        expect(outcome).toMatchObject({ status, stdout: '' })
        expect(outcome.stderr).toMatch(says)
      }
    }),
  )
})

describe('what is left on this machine', { timeout: MINUTES_MS }, () => {
  it('is nothing with --no-cache', () =>
    withS3Town(async ({ machine }) => {
      const { twdw, folder } = await machine('one')
      const quick = DEMO.map(word => (word === '3600' ? '300000' : word === String(TWEETS) ? '300' : word))
      ok(await twdw([...quick, '--no-cache']))
      ok(await twdw(['consolidate', '--no-cache']))
      ok(await twdw(['query', '--no-cache']))
      ok(await twdw(['query', '--sql', 'select count(*) from fact_tweet', '--no-cache']))
      expect(await readdir(join(folder, 'tmp'))).toEqual([])
      const kept = existsSync(join(folder, 'cache/twdw')) ? await readdir(join(folder, 'cache/twdw')) : []
      expect(kept.filter(name => !name.startsWith('duckdb-'))).toEqual([])
      expect(await readFile(join(folder, 'home/.aws'), 'utf8').catch(() => 'none')).toBe('none')
      expect(LAKE_URL).toBe('s3://lake/x')
    }))
})
