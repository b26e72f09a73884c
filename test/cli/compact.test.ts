/** `twdw compact` with the executable: the same answers before and after, in a folder and in S3, and whatever comes next. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockFile } from '../../src/lib/io/file-lock.ts'
import { type Outcome, SLOW_MS, withMachine } from '../support/executable.ts'
import { withS3Town } from '../support/s3-machine.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const HOURS = ['2024-01-01T10', '2024-01-01T11']
const MERGED = /^\d{8}T\d{9}Z-[0-9a-f]{8}\.merged-[0-9a-f]{16}\.parquet$/

interface Machine {
  folder: string
  twdw(words: readonly string[]): Promise<Outcome>
}

async function run({ twdw }: Machine, ...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await twdw(words)
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

/** A file of two tweets an hour. */
async function replay(machine: Machine, n: number): Promise<void> {
  const lines = HOURS.flatMap((hour, h) => [1, 2].map(i => tweetLine(`${hour}:0${i}:00.000Z`, 100 * n + 10 * h + i)))
  writeFileSync(join(machine.folder, 'lines'), lines.join('\n'))
  await run(machine, 'listen', '--source', 'replay', '--from', 'lines', '--quiet')
}

const QUESTIONS = [
  ['query', '--tag', 'covid19', '--by', 'hour', '--from', '2024-01-01', '--to', '2024-01-02', '--format', 'csv'],
  ['query', '--tag', 'covid19', '--by', 'hour', '--batch-only', '--format', 'csv'],
  ['query', '--sql', 'select * from fact_tweet order by tweet_id', '--format', 'csv'],
  ['query', '--sql', 'select tweet_id, captured_at, raw from layer1_tweets order by all', '--format', 'csv'],
  ['export', '--ids'],
]

const answersOf = async (machine: Machine) => {
  const answers: string[] = []
  for (const words of QUESTIONS) answers.push(await run(machine, ...words))
  return answers
}

const layer1Of = (machine: Machine, hour = '10') =>
  readdirSync(join(machine.folder, `lake/layer1/tweets/utc_date=2024-01-01/utc_hour=${hour}`)).sort()

describe('twdw compact', { timeout: SLOW_MS }, () => {
  it('changes no answer, and says what it did', () =>
    withMachine(async machine => {
      for (const n of [1, 2, 3]) await replay(machine, n)
      // each replay is a session, and those are kept apart: here nothing says where tweets came from
      const sessions = join(machine.folder, 'lake/layer1/sessions')
      await rm(sessions, { recursive: true })
      expect(await run(machine, 'compact')).toBe(
        'nothing to do: no hour that may be compacted has several small files\n' +
          'left, as not consolidated yet: 2 hours, 2024-01-01T10 to 2024-01-01T11 UTC; twdw consolidate\n',
      )
      await run(machine, 'consolidate')
      const before = await answersOf(machine)
      expect(await run(machine, 'compact', '--dry-run')).toMatch(
        /^2024-01-01T10 {2}3 files of \d+ KB would become 1\n2024-01-01T11 .*\n2 hours, .*: 6 files of \d+ KB would become 2\n$/,
      )
      expect(layer1Of(machine)).toHaveLength(3)
      await run(machine, 'copy', '--to', 'copy')
      expect(await run(machine, 'compact')).toMatch(
        /^2024-01-01T10 {2}3 files of \d+ KB became 1 of \d+ KB\n2024-01-01T11 .*\n2 hours, 2024-01-01T10 to 2024-01-01T11 UTC: 6 files of \d+ KB became 2 of \d+ KB in \d+\.\d s\n$/,
      )
      expect(layer1Of(machine)).toEqual([expect.stringMatching(MERGED)])
      expect(await answersOf(machine)).toEqual(before)
      expect(await run(machine, 'consolidate')).toBe('nothing to do: every closed hour is consolidated\n')
      expect(await run(machine, 'copy', '--to', 'copy')).toMatch(/: 4 copied to .*, 6 removed, /)
      expect(JSON.parse(await run(machine, 'status', '--json')).pending).toEqual([])
      expect(JSON.parse(await run(machine, 'compact', '--json'))).toMatchObject({ hours: [], pending: [] })
      await run(machine, 'consolidate', '--rebuild')
      expect(await answersOf(machine)).toEqual(before)
      const copied = { ...machine, twdw: (words: readonly string[]) => machine.twdw([...words, '--lake', 'copy']) }
      expect(await answersOf(copied)).toEqual(before)

      const gone = JSON.parse(tweetLine(`${HOURS[0]}:01:00.000Z`, 101)).data.id
      await run(machine, 'forget', '--tweet', gone)
      const after = await answersOf(machine)
      expect(after.join()).not.toContain(gone)
      await replay(machine, 4)
      await run(machine, 'consolidate')
      const more = await answersOf(machine)
      // a session says where the new file came from: it stays apart
      expect(JSON.parse(await run(machine, 'compact', '--json')).hours).toEqual([])
      await rm(sessions, { recursive: true })
      expect(JSON.parse(await run(machine, 'compact', '--json')).totals).toMatchObject({
        filesBefore: 4,
        filesAfter: 2,
      })
      expect(await answersOf(machine)).toEqual(more)
    }))

  it('is done by consolidate as well, of hours that are old enough', () =>
    withMachine(async machine => {
      for (const n of [1, 2]) await replay(machine, n)
      await rm(join(machine.folder, 'lake/layer1/sessions'), { recursive: true })
      const hour = await run(machine, 'consolidate', '--compact', '--hour', HOURS[0]!)
      expect(hour).toMatch(
        /^2024-01-01T10 {2}4 tweets, .*\n1 hour, .*: 4 tweets, .*\ncompacted 2024-01-01T10 {2}2 files of .*\ncompacted 1 hour, 2024-01-01T10 UTC: 2 files of \d+ KB became 1 of \d+ KB in \d+\.\d s\n$/,
      )
      expect([layer1Of(machine), layer1Of(machine, '11').length]).toEqual([[expect.stringMatching(MERGED)], 2])
      await run(machine, 'consolidate')
      expect(await run(machine, 'consolidate', '--compact', '--dry-run')).toMatch(
        /^nothing to do: .*\n2024-01-01T11 {2}2 files of \d+ KB would become 1\n1 hour, 2024-01-01T11 UTC: 2 files of \d+ KB would become 1\n$/,
      )
      await run(machine, 'consolidate', '--compact', '--older-than', '99999d')
      expect(layer1Of(machine, '11')).toHaveLength(2)
      await run(machine, 'consolidate', '--rebuild', '--hour', HOURS[1]!)
      const json = JSON.parse(
        await run(machine, 'consolidate', '--compact', '--json', '--rebuild', '--from', HOURS[1]!),
      )
      expect(json).toMatchObject({
        hours: [{ hour: HOURS[1] }],
        compacted: { hours: [{ hour: HOURS[1], filesBefore: 2, filesAfter: 1 }], pending: [] },
      })
      const again = await run(machine, 'consolidate', '--compact')
      expect(again).toBe('nothing to do: every closed hour is consolidated\n')
      expect(JSON.parse(await run(machine, 'consolidate', '--json'))).not.toHaveProperty('compacted')
    }))

  it('fails no consolidate, and is done where another hour failed', () =>
    withMachine(async machine => {
      for (const n of [1, 2]) await replay(machine, n)
      await rm(join(machine.folder, 'lake/layer1/sessions'), { recursive: true })
      await run(machine, 'consolidate')
      const [path] = layer1Of(machine)
      const damaged = join(machine.folder, 'lake/layer1/tweets/utc_date=2024-01-01/utc_hour=10', path!)
      const bytes = readFileSync(damaged)
      writeFileSync(damaged, Buffer.concat([Buffer.from('PAR1'), bytes.subarray(4).fill(0x5a, 0, 400)]))
      const warning = /^warning: hour 2024-01-01T10 is left as it is: .* is not a readable Parquet file: [^\n]*\n$/
      const words = ['consolidate', '--compact', '--hour', HOURS[0]!]
      const done = { status: 0, stdout: 'nothing to do: every closed hour is consolidated\n' }
      expect(await machine.twdw(words)).toMatchObject({ ...done, stderr: expect.stringMatching(warning) })
      const told = await machine.twdw([...words, '--json'])
      expect([told.status, Object.keys(JSON.parse(told.stdout))]).toEqual([
        0,
        ['dryRun', 'hours', 'totals', 'seconds', 'compacted'],
      ])
      const release = lockFile(join(machine.folder, 'lake/_locks/consolidate'), 'a copy', 0)
      const held = await machine.twdw(words)
      release()
      expect([held.status, held.stderr.match(/is held by a copy/g)]).toEqual([5, ['is held by a copy']])
      expect(layer1Of(machine, '11')).toHaveLength(2)
      // what cannot be read cannot be made again either, and the other hour is compacted all the same
      const failed = await machine.twdw(['consolidate', '--compact', '--rebuild'])
      expect([failed.status, failed.stdout]).toEqual([5, expect.stringMatching(/^compacted 2024-01-01T11 /)])
      expect([layer1Of(machine).length, layer1Of(machine, '11').length]).toEqual([2, 1])
    }))

  it('says how many hours it did not come to, where nothing could be done about those before', () =>
    withMachine(async machine => {
      const hours = Array.from({ length: 9 }, (_, hour) => `2024-01-01T0${hour}`)
      for (const n of [1, 2]) {
        const lines = hours.map((hour, h) => tweetLine(`${hour}:00:00.000Z`, 10 * n + h))
        writeFileSync(join(machine.folder, 'lines'), lines.join('\n'))
        await run(machine, 'listen', '--source', 'replay', '--from', 'lines', '--quiet')
      }
      await rm(join(machine.folder, 'lake/layer1/sessions'), { recursive: true })
      await run(machine, 'consolidate', '--quiet')
      for (const h of hours.keys()) {
        const folder = join(machine.folder, `lake/layer1/tweets/utc_date=2024-01-01/utc_hour=0${h}`)
        const path = join(folder, layer1Of(machine, `0${h}`)[0]!)
        const bytes = readFileSync(path)
        writeFileSync(path, bytes.fill(0x5a, 4, 400))
      }
      const { status, stdout, stderr } = await machine.twdw(['compact'])
      expect([status, stdout]).toEqual([5, '1 hour left for the next run\n'])
      expect(stderr).toMatch(/^twdw: 8 of 8 hours could not be compacted; the first: .*utc_hour=08/m)
    }))

  it('says what is wrong with its words, and who is at work', () =>
    withMachine(async machine => {
      await replay(machine, 1)
      await run(machine, 'consolidate')
      const wrong = async (words: string[], status: number, stderr: string) =>
        expect(await machine.twdw(['compact', ...words])).toMatchObject({ status, stdout: '', stderr })
      const message = 'twdw: --hour names one hour, and --from or --to a range\n  try: give one or the other\n'
      await wrong(['--hour', '2024-01-01T10', '--from', '2024-01-01T10'], 2, message)
      const older = await machine.twdw(['consolidate', '--older-than', '2h'])
      expect([older.status, older.stderr]).toEqual([
        2,
        'twdw: --older-than says which hours are compacted, and none are\n  try: add --compact, or leave it out\n',
      ])
      const days = { status: 2, stderr: expect.stringContaining('and tweets may still come to it\n  try: ') }
      expect(await machine.twdw(['compact', '--hour', '2024-01-01T10', '--older-than', '99999d'])).toMatchObject(days)
      const release = lockFile(join(machine.folder, 'lake/_locks/consolidate'), 'a consolidate', 0)
      const held = { status: 5, stderr: expect.stringContaining('is held by a consolidate') }
      expect(await machine.twdw(['compact'])).toMatchObject(held)
      release()
      await wrong(['--lake', 'nowhere'], 5, expect.stringContaining('there is no lake at '))
    }))

  it('leaves a lake in S3 as one in a folder', () =>
    withS3Town(async ({ double, machine: open }) => {
      const machine = await open('one')
      for (const n of [1, 2, 3]) {
        const at = join(machine.folder, 'lines')
        const lines = HOURS.map((hour, h) => tweetLine(`${hour}:00:00.000Z`, 100 * n + h))
        writeFileSync(at, lines.join('\n'))
        await run(machine, 'listen', '--source', 'replay', '--from', at, '--quiet', '--seal-after', '60s')
      }
      // those of three replays are kept apart; what a listener on X leaves goes together
      expect(await run(machine, 'consolidate')).toContain('6 tweets')
      expect(await run(machine, 'compact')).toMatch(/^nothing to do/)
      await run(machine, 'copy', '--to', join(machine.folder, 'lake'))
      await rm(join(machine.folder, 'lake/layer1/sessions'), { recursive: true })
      await run(machine, 'copy', '--from', join(machine.folder, 'lake'), '--to', 's3://lake/y')
      const inS3 = { ...machine, twdw: (words: readonly string[]) => machine.twdw([...words, '--lake', 's3://lake/y']) }
      const inFolder = {
        ...machine,
        twdw: (words: readonly string[]) => machine.twdw([...words, '--lake', join(machine.folder, 'lake')]),
      }
      const before = await answersOf(inS3)
      await double.take()
      const report = JSON.parse(await run(inS3, 'compact', '--json'))
      const log = await double.take()
      expect(report.totals).toMatchObject({ filesBefore: 6, filesAfter: 2 })
      const count = (operation: string) => log.filter(entry => entry.operation === operation).length
      // each file once, what was merged read back; of each hour two files about it, the file and the manifest
      expect(count('ListObjectsV2')).toBe(1 + 1 + 1 + 2)
      expect(count('PutObject')).toBe(1 + 3 * 2)
      expect(count('DeleteObject')).toBe(6 + 2 + 1)
      expect(await answersOf(inS3)).toEqual(before)
      await run(inFolder, 'compact')
      expect(await answersOf(inFolder)).toEqual(before)
      const far = (await double.keys()).filter(key => key.startsWith('y/layer1/tweets/')).map(key => key.slice(2))
      expect(far).toHaveLength(2)
      for (const path of far) expect(layer1Of(machine, path.slice(-100).match(/utc_hour=(\d\d)/)![1])).toHaveLength(1)
      const own = async (key: string) => Buffer.from(await double.object(key)).toString('base64')
      for (const path of far) {
        expect(await own(`y/${path}`)).toBe(readFileSync(join(machine.folder, 'lake', path)).toString('base64'))
      }
    }))
})
