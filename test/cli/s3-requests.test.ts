/**
 * What is asked of a store: each operation makes the requests that it must, and no other. The table in docs/s3.md is what this
 * test counted; WRITE_GOLDEN=1 writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type S3Double, startS3Double } from '../s3-double/double.ts'
import type { LogEntry } from '../s3-double/exchange.ts'
import { REPOSITORY } from '../support/folders.ts'
import { type Bill, billOf, bytesText, usdOf, usdText } from '../support/s3-costs.ts'
import { makeMachine, type S3Machine } from '../support/s3-machine.ts'
import { makeTempFolder, withTempFolder } from '../support/temp-folder.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const MINUTES_MS = 300_000
const PAGE = join(REPOSITORY, 'docs/s3.md')
const TABLE = /(<!-- requests -->\n)[\s\S]*?(<!-- end -->)/
const QUESTION = ['query', '--tag', 'covid19', '--by', 'day', '--format', 'csv']

/** Names are long, and those of segments are of chance. */
function asked(log: readonly LogEntry[]): string[] {
  return log.map(({ operation, status, key, prefix }) => {
    const path = (prefix ?? key).replace(/^x\//, '').replace(/\d{8}T\d{9}Z-[0-9a-f]{8}/, '<segment>')
    return `${operation}${status === 200 ? '' : ` ${status}`} ${path}`
  })
}

async function run(machine: S3Machine, words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await machine.twdw(words)
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

/** A tweet for each hour. */
async function replay(machine: S3Machine, hours: readonly string[], minute = 30): Promise<void> {
  const file = join(machine.folder, 'lines')
  writeFileSync(file, hours.map((hour, i) => tweetLine(`${hour}:${minute}:00.000Z`, i)).join('\n'))
  await run(machine, ['listen', '--source', 'replay', '--from', file, '--quiet'])
}

describe('a question', { timeout: MINUTES_MS }, () => {
  it('with a warm cache asks for what may have changed, and brings what has', () =>
    withTempFolder(async folder => {
      const s3 = await startS3Double()
      try {
        const machine = await makeMachine(join(folder, 'one'), s3.endpoint)
        await replay(machine, ['2024-01-01T10', '2024-01-01T11', '2024-01-02T12'])
        await run(machine, ['consolidate'])
        const ask = async () => {
          s3.take()
          const answer = await run(machine, QUESTION)
          return { answer, requests: asked(s3.take()).sort() }
        }
        const ALWAYS = [
          'GetObject twdw.json',
          'ListObjectsV2 layer1/forgotten/',
          'ListObjectsV2 layer1/sessions/',
          'ListObjectsV2 layer1/tweets/',
          'ListObjectsV2 layer2/_twdw/hours/',
        ]
        const first = await ask()
        expect(first.requests).toMatchInlineSnapshot(`
          [
            "GetObject layer1/sessions/<segment>.json",
            "GetObject layer2/_twdw/hours/2024-01-01T10.json",
            "GetObject layer2/_twdw/hours/2024-01-01T11.json",
            "GetObject layer2/_twdw/hours/2024-01-02T12.json",
            "GetObject layer2/agg_hashtag_hour/utc_date=2024-01-01/part-0.parquet",
            "GetObject layer2/agg_hashtag_hour/utc_date=2024-01-02/part-0.parquet",
            "GetObject twdw.json",
            "ListObjectsV2 layer1/forgotten/",
            "ListObjectsV2 layer1/sessions/",
            "ListObjectsV2 layer1/tweets/",
            "ListObjectsV2 layer2/_twdw/hours/",
          ]
        `)
        const again = await ask()
        expect(again.answer).toBe(first.answer)
        expect(again.requests.filter(request => ALWAYS.includes(request))).toEqual(ALWAYS)
        expect(again.requests).toMatchInlineSnapshot(`
          [
            "GetObject 304 layer2/agg_hashtag_hour/utc_date=2024-01-01/part-0.parquet",
            "GetObject 304 layer2/agg_hashtag_hour/utc_date=2024-01-02/part-0.parquet",
            "GetObject twdw.json",
            "ListObjectsV2 layer1/forgotten/",
            "ListObjectsV2 layer1/sessions/",
            "ListObjectsV2 layer1/tweets/",
            "ListObjectsV2 layer2/_twdw/hours/",
          ]
        `)

        await replay(machine, ['2024-01-02T13'])
        await run(machine, ['consolidate'])
        const more = await ask()
        expect(more.requests).toMatchInlineSnapshot(`
          [
            "GetObject 304 layer2/agg_hashtag_hour/utc_date=2024-01-01/part-0.parquet",
            "GetObject layer1/sessions/<segment>.json",
            "GetObject layer2/_twdw/hours/2024-01-02T13.json",
            "GetObject layer2/agg_hashtag_hour/utc_date=2024-01-02/part-0.parquet",
            "GetObject twdw.json",
            "ListObjectsV2 layer1/forgotten/",
            "ListObjectsV2 layer1/sessions/",
            "ListObjectsV2 layer1/tweets/",
            "ListObjectsV2 layer2/_twdw/hours/",
          ]
        `)

        await replay(machine, ['2024-01-01T10'], 45)
        const late = await ask()
        expect(late.requests).toMatchInlineSnapshot(`
          [
            "GetObject 206 layer1/tweets/utc_date=2024-01-01/utc_hour=10/<segment>.parquet",
            "GetObject 206 layer1/tweets/utc_date=2024-01-01/utc_hour=10/<segment>.parquet",
            "GetObject 304 layer2/agg_hashtag_hour/utc_date=2024-01-01/part-0.parquet",
            "GetObject 304 layer2/agg_hashtag_hour/utc_date=2024-01-02/part-0.parquet",
            "GetObject layer1/sessions/<segment>.json",
            "GetObject twdw.json",
            "ListObjectsV2 layer1/forgotten/",
            "ListObjectsV2 layer1/sessions/",
            "ListObjectsV2 layer1/tweets/",
            "ListObjectsV2 layer2/_twdw/hours/",
          ]
        `)
      } finally {
        await s3.close()
      }
    }))
})

describe('docs/s3.md', { timeout: MINUTES_MS }, () => {
  const rows: string[] = []
  let s3: S3Double
  let folder: Awaited<ReturnType<typeof makeTempFolder>>
  let machines = 0
  const machine = () => makeMachine(join(folder.path, `m${++machines}`), s3.endpoint)

  beforeAll(async () => {
    s3 = await startS3Double()
    folder = await makeTempFolder()
  })
  afterAll(async () => {
    await s3.close()
    await folder.remove()
  }, MINUTES_MS)

  async function count(what: string, work: () => Promise<unknown>): Promise<void> {
    s3.take()
    await work()
    rows.push(rowOf(what, billOf(withoutRenewals(s3.take()))))
  }

  it('counts what a lake of a day, a week, a month and a year asks for', async () => {
    const one = await machine()
    const day = Array.from({ length: 24 }, (_, hour) => `2024-01-01T${String(hour).padStart(2, '0')}`)
    await replay(one, day)
    await count('`consolidate`: the first 24 hours', () => run(one, ['consolidate']))
    await count('`consolidate`: nothing to do, 24 hours in the lake', () => run(one, ['consolidate']))
    await replay(one, ['2024-01-02T00'])
    await count('`consolidate`: one more hour', () => run(one, ['consolidate']))
    await count('`listen`: a file with tweets of one hour', () => replay(one, ['2024-01-02T00'], 45))
    await run(one, ['consolidate'])
    for (const [name, days] of [
      ['a day', 1],
      ['a week', 7],
      ['a month', 30],
      ['a year', 365],
    ] as const) {
      multiply(s3, days)
      const asking = await machine()
      await count(`\`query\`: ${name}, the first time`, () => run(asking, QUESTION))
      await count(`\`query\`: ${name}, again`, () => run(asking, QUESTION))
      await count(`\`consolidate\`: nothing to do, ${name} in the lake, the first time`, () =>
        run(asking, ['consolidate']),
      )
      await count(`\`consolidate\`: nothing to do, ${name} in the lake`, () => run(asking, ['consolidate']))
      await count(`\`consolidate --compact\`: the same`, () => run(asking, ['consolidate', '--compact']))
      if (days > 7) continue
      const folder = join(asking.folder, 'copy')
      const elsewhere = `s3://lake/copy-${days}`
      await count(`\`copy\`: ${name}, from S3 to a folder`, () => run(asking, ['copy', '--to', folder]))
      await count(`\`copy\`: ${name}, from S3 to a folder, again`, () => run(asking, ['copy', '--to', folder]))
      const back = ['copy', '--from', folder, '--to', elsewhere]
      await count(`\`copy\`: ${name}, from a folder to S3`, () => run(asking, back))
      await count(`\`copy\`: ${name}, from a folder to S3, again`, () => run(asking, back))
    }
  })

  it('has the table that was counted', () => {
    const page = readFileSync(PAGE, 'utf8')
    const head =
      '| operation | GET, HEAD | LIST | PUT | bytes down | bytes up | cost |\n|---|---:|---:|---:|---:|---:|---:|'
    if (process.env.WRITE_GOLDEN === '1') {
      writeFileSync(
        PAGE,
        page.replace(TABLE, (_, begin: string, end: string) => `${begin}${[head, ...rows].join('\n')}\n${end}`),
      )
      return
    }
    const written = TABLE.exec(page)![0].split('\n').slice(3, -1)
    // some bytes are of the time at which it was run
    expect(written.map(withoutBytes)).toEqual(rows.map(withoutBytes))
  })
})

/** How often a lease is renewed is a matter of how fast the machine is. */
function withoutRenewals(log: readonly LogEntry[]): LogEntry[] {
  const taken = new Set<string>()
  return log.filter(({ method, key, status }) => {
    if (!key.includes('_locks/')) return true
    // given back: who writes it then takes it again
    if (method === 'DELETE') taken.delete(key)
    if (method !== 'PUT' || status !== 200) return true
    const isFirst = !taken.has(key)
    taken.add(key)
    return isFirst
  })
}

function rowOf(what: string, bill: Bill): string {
  const { reads, lists, writes, bytesDown, bytesUp } = bill
  return `| ${[what, reads, lists, writes, bytesText(bytesDown), bytesText(bytesUp), usdText(usdOf(bill))].join(' | ')} |`
}

const withoutBytes = (row: string) => row.replace(/\| [\d.]+ [KM]B \| [\d.]+ [KM]B \|/, '|')

/** The objects of 2024-01-01 for each of so many days from then on, as if each had brought the same. */
function multiply(s3: S3Double, days: number): void {
  const bucket = s3.bucket()
  for (const key of bucket.keys()) if (/2024-01-(?!01)/.test(key)) bucket.delete(key)
  const keys = bucket.keys().filter(key => key.includes('2024-01-01'))
  for (let day = 1; day < days; day++) {
    const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10)
    for (const key of keys) {
      const object = bucket.object(key)!
      const named = key.replaceAll('2024-01-01', date)
      if (key.endsWith('.json')) bucket.set(named, Buffer.from(object.bytes).toString().replaceAll('2024-01-01', date))
      else bucket.put(named, { bytes: object.bytes, etag: object.etag, checksum: object.checksum })
    }
  }
}
