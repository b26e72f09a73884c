/** Several processes at one lake: two that consolidate, one that was killed, and a stranger who reads by globs all the while. */
import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SqlEngine } from '../../src/lib/io/sql.ts'
import { type Machine, type Outcome, SLOW_MS, withMachine } from '../support/executable.ts'
import { neitherOldNorNew, openGlobReader, readByGlobs, type Seen } from '../support/glob-reader.ts'
import { bytesOf } from '../support/killed-consolidate.ts'
import { tweetLine } from '../support/tweet-lines.ts'

const HOURS = ['2024-01-01T10', '2024-01-01T11', '2024-01-01T12']
const TAGS = ['covid19', 'vacina']

async function replay(machine: Machine, lines: readonly string[]): Promise<void> {
  const words = ['listen', '--source', 'replay', '--from', '-', '--quiet']
  expect(await machine.twdw(words, { input: lines.join('\n') })).toMatchObject({ status: 0 })
}

/** Tweets of each hour. @param n tells two calls apart, 0 to 9 */
const tweetsOf = (hours: readonly string[], n: number) =>
  hours.flatMap(hour => TAGS.map((tag, i) => tweetLine(`${hour}:30:00.000Z`, 10 * n + i, [tag])))

/** A lake with three hours in layer1, and beside it the same one consolidated by a process that was alone. */
async function twoLakes(machine: Machine): Promise<{ lake: string; right: string }> {
  await replay(machine, tweetsOf(HOURS, 0))
  const lake = join(machine.folder, 'lake')
  const right = join(machine.folder, 'right')
  await cp(lake, right, { recursive: true })
  expect(await machine.twdw(['consolidate', '--lake', right])).toMatchObject({ status: 0 })
  return { lake, right }
}

/** One did its work, and the other did too or was told at once that it has to wait. */
function expectOneAtATime(outcomes: readonly Outcome[]): void {
  expect(outcomes.map(({ status }) => status)).toContain(0)
  for (const { status, stderr } of outcomes) {
    if (status === 0) continue
    expect(status).toBe(5)
    expect(stderr).toMatch(
      /^twdw: .*\/_locks\/consolidate is held by (?:twdw consolidate, process \d+ on .*|a process that has just started)\n {2}try: wait until it has ended, or stop it\n$/,
    )
  }
}

describe('two processes that consolidate one lake', { timeout: SLOW_MS }, () => {
  it.each([
    ['the same hours', [], []],
    ['one hour', ['--hour', HOURS[0]!], ['--hour', HOURS[0]!]],
    ['different hours of a day', ['--hour', HOURS[0]!], ['--hour', HOURS[1]!]],
    ['everything, and everything again', ['--rebuild'], []],
  ])('take turns, and leave what one alone leaves: %s', (_, one, other) =>
    withMachine(async machine => {
      const { lake, right } = await twoLakes(machine)
      for (let turn = 0; turn < 4; turn++) {
        const both = [one, other].map(words => machine.twdw(['consolidate', '--quiet', ...words]))
        expectOneAtATime(await Promise.all(both))
      }
      expect(await machine.twdw(['consolidate'])).toMatchObject({ status: 0, stderr: '' })
      expect(await bytesOf(lake)).toEqual(await bytesOf(right))
    }),
  )

  it('do not wait for one that was killed', () =>
    withMachine(async machine => {
      const { lake, right } = await twoLakes(machine)
      const { child, ended } = machine.start(['consolidate', '--rebuild', '--quiet'])
      const lock = join(lake, '_locks', 'consolidate')
      while (child.exitCode === null && (await readFile(lock, 'utf8').catch(() => '')) === '') await Bun.sleep(1)
      child.kill('SIGKILL')
      expect(await ended).toMatchObject({ status: null })
      expect(await readFile(lock, 'utf8')).toMatch(/^twdw consolidate, process \d+ on /)
      expect(await machine.twdw(['consolidate'])).toMatchObject({ status: 0, stderr: '' })
      expect(await bytesOf(lake)).toEqual(await bytesOf(right))
    }))
})

describe('a reader with globs, while hours are made again and again', { timeout: SLOW_MS }, () => {
  const TURNS = 12

  /**
   * Each file is opened once; DuckDB would open it twice, and is given what that gave. Not a link, which is refused (ENOENT) for a
   * file that is replaced between finding and linking it, though there is one at any instant.
   */
  async function readOpened(engine: SqlEngine, machine: Machine): Promise<Seen> {
    const lake = join(machine.folder, 'lake')
    const opened = await mkdtemp(join(machine.folder, 'opened-'))
    for (const path of await glob(join(lake, 'layer2'))) {
      await mkdir(dirname(join(opened, 'layer2', path)), { recursive: true })
      await copyFile(join(lake, 'layer2', path), join(opened, 'layer2', path))
    }
    return readByGlobs(engine, opened).finally(() => rm(opened, { recursive: true }))
  }

  const glob = async (folder: string) =>
    (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.parquet')).sort()

  it('gets no error and no row that is neither of before nor of after', () =>
    withMachine(async machine => {
      await replay(machine, tweetsOf(HOURS, 0))
      await replay(machine, tweetsOf(HOURS, 1))
      const lake = join(machine.folder, 'lake')
      const engine = await openGlobReader(machine.folder)
      try {
        // what was there without the second segment, and with it
        const seen: Seen[] = []
        for (const isThere of [false, true]) {
          await putSecondSegment(machine, isThere)
          expect(await machine.twdw(['consolidate'])).toMatchObject({ status: 0 })
          seen.push(await readByGlobs(engine, lake))
        }
        const [less, more] = seen as [Seen, Seen]
        expect(less.get('tweets of tags, by fact 2024-01-01T10 vacina')).toBe('1')
        expect(more.get('tweets of tags, by fact 2024-01-01T10 vacina')).toBe('2')

        const wrong = new Set<string>()
        let [readings, halfway] = [0, 0]
        for (let turn = 0; turn < TURNS; turn++) {
          await putSecondSegment(machine, turn % 2 === 1)
          const writer = machine.twdw(['consolidate', '--quiet'])
          let isWriting = true
          const ended = writer.finally(() => {
            isWriting = false
          })
          while (isWriting) {
            const now = await readOpened(engine, machine)
            for (const what of neitherOldNorNew(now, less, more)) wrong.add(what)
            readings += 1
            const facts = HOURS.map(hour => now.get(`fact_tweet ${hour}`) === more.get(`fact_tweet ${hour}`))
            if (new Set(facts).size === 2) halfway += 1
          }
          expect(await ended).toMatchObject({ status: 0 })
          const last = turn % 2 === 1 ? more : less
          expect(neitherOldNorNew(await readByGlobs(engine, lake), last, last)).toEqual([])
        }
        expect([...wrong]).toEqual([])
        // or it did not read while there was something to be seen
        expect(readings).toBeGreaterThan(TURNS)
        expect(halfway).toBeGreaterThan(0)
      } finally {
        await engine.close()
      }
    }))
})

/** The later of the two files of each hour, moved beside the lake or back. */
async function putSecondSegment(machine: Machine, isThere: boolean): Promise<void> {
  for (const hour of HOURS) {
    const folder = join(machine.folder, 'lake/layer1/tweets/utc_date=2024-01-01', `utc_hour=${hour.slice(11)}`)
    const aside = join(machine.folder, `aside-${hour}`)
    if (isThere) {
      if (existsSync(aside)) await rename(aside, join(folder, 'zz-second.parquet'))
      continue
    }
    const names = (await readdir(folder)).sort()
    if (names.length === 2) await rename(join(folder, names[1]!), aside)
  }
}
