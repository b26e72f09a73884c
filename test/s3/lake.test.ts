/**
 * A lake in a real server: the contract, and one run from capture to answer that gives what it gives in a folder.
 * `test/s3/run.sh` starts a server and says here where it is; without one these tests are skipped by name.
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/io/clock.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { openS3Lake } from '../../src/lib/io/s3/lake-s3.ts'
import { probeStore } from '../../src/lib/io/s3/probe.ts'
import { openS3Store } from '../../src/lib/io/s3/store.ts'
import { describeLake } from '../io/lake.contract.ts'
import { SHORT_LEASES } from '../support/s3-lake.ts'
import { makeMachine } from '../support/s3-machine.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { withUnluckyProxy } from './unlucky-proxy.ts'

const {
  S3_TEST_SERVER: SERVER = 'a real server',
  S3_TEST_ENDPOINT: ENDPOINT = '',
  S3_TEST_BUCKET: BUCKET = '',
} = process.env
const MINUTES_MS = 240_000
const DEMO =
  'listen --source demo --seed 7 --start 2024-01-01T21:00Z --rate 1000 --speed 36000 --max-tweets 3000'.split(' ')
const SQL = [
  'select count(*) as tweets from fact_tweet',
  'select * exclude (first_captured_at, captured_at) from fact_tweet order by tweet_id',
  'select * from bridge_tweet_hashtag order by all',
  'select * from agg_hashtag_user_hour order by all',
]

const access = { endpoint: ENDPOINT, region: undefined, isPathStyle: true, cacheFolder: undefined, clock: systemClock }
let lakes = 0

function withRealLake(work: (lake: Lake, same: Lake) => Promise<void>): Promise<void> {
  return withTempFolder(folder => {
    const url = `s3://${BUCKET}/lakes/${Date.now()}-${++lakes}`
    const open = (name: string) =>
      openS3Lake(url, {
        ...access,
        cacheFolder: join(folder, name),
        holder: name,
        warn: sentence => expect.unreachable(sentence),
        leaseTimes: SHORT_LEASES,
      })
    return work(open('one'), open('two'))
  })
}

describe.skipIf(ENDPOINT === '')(`a lake in ${SERVER}`, { timeout: MINUTES_MS }, () => {
  describeLake(SERVER, withRealLake)

  it('keeps what the doctor tries', async () => {
    const found = await probeStore(openS3Store({ bucket: BUCKET, prefix: 'probe/' }, access))
    expect(found).toMatchObject({ createsOnce: true, replacesKnown: true })
  })

  /** A made-up capture, consolidated and asked, by the executable. */
  async function answersOf(endpoint: string, folder: string, lake: string): Promise<string[]> {
    const machine = await makeMachine(folder, endpoint)
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_REGION = '' } = process.env
    const env = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, TWDW_LAKE: lake }
    const texts: string[] = []
    for (const words of [DEMO, ['consolidate'], ...SQL.map(sql => ['query', '--sql', sql, '--format', 'csv'])]) {
      const { status, stdout, stderr } = await machine.twdw(words, env)
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
      texts.push(stdout)
    }
    expect((await machine.twdw(['consolidate'], env)).stdout).toMatch(/^nothing to do/)
    return texts.slice(2)
  }

  it('answers as a folder does, from capture to question', () =>
    withTempFolder(async folder => {
      const found = await answersOf(ENDPOINT, join(folder, 'one'), `s3://${BUCKET}/pipeline-${Date.now()}`)
      expect(found[0]).toBe('tweets\n3000\n')
      expect(found).toEqual(await answersOf(ENDPOINT, join(folder, 'two'), join(folder, 'lake')))
    }))

  it('loses and doubles nothing where one request in twelve goes wrong on its way', () =>
    withTempFolder(folder =>
      withUnluckyProxy(ENDPOINT, 20_261_126, async proxy => {
        const found = await answersOf(proxy.endpoint, join(folder, 'one'), `s3://${BUCKET}/unlucky-${Date.now()}`)
        expect(found).toEqual(await answersOf(ENDPOINT, join(folder, 'two'), join(folder, 'lake')))
        expect(Object.values(proxy.done).every(times => times > 0)).toBe(true)
      }),
    ))
})
