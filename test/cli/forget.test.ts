/** `twdw forget` and `twdw export` with the executable: on a lake at rest, and beside a listener on the double of X. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockFile } from '../../src/lib/io/file-lock.ts'
import { type Machine, SLOW_MS, withMachine } from '../support/executable.ts'
import { type MadeTweet, madeLine, textOf } from '../support/forget-lake.ts'
import { tweetLine } from '../support/tweet-lines.ts'
import { TOKEN, withDouble } from '../support/x-process.ts'
import { send } from '../x-double/script.ts'

const HOUR = '2024-01-01T10'
const gone: MadeTweet = { id: '1741765000000101001', hour: HOUR, author: '501' }
const other: MadeTweet = { id: '1741765000000101002', hour: HOUR, author: '502' }
const retweet: MadeTweet = {
  id: '1741765000000101003',
  hour: HOUR,
  author: '502',
  of: { type: 'retweeted', tweet: gone },
}
const quote: MadeTweet = { id: '1741765000000101004', hour: HOUR, author: '503', of: { type: 'quoted', tweet: gone } }

async function replay(machine: Machine, tweets: readonly MadeTweet[]): Promise<string> {
  await writeFile(join(machine.folder, 'tweets.jsonl'), `${tweets.map(madeLine).join('\n')}\n`)
  const { status, stdout } = await machine.twdw(['listen', '--source', 'replay', '--from', 'tweets.jsonl'])
  expect(status).toBe(0)
  return stdout
}

/** Rows of the lake, whatever their layer, that hold a text; and the ids that a query sees. */
async function look(machine: Machine, text: string): Promise<{ layer1: string; facts: string }> {
  const ask = async (sql: string) => {
    const { status, stdout } = await machine.twdw(['query', '--format', 'csv', '--sql', sql])
    expect(status).toBe(0)
    return stdout.trim().split('\n').slice(1).join(' ')
  }
  return {
    layer1: await ask(`SELECT count(*) FROM layer1_tweets WHERE contains(raw, '${text}') OR contains(text, '${text}')`),
    facts: await ask('SELECT tweet_id FROM fact_tweet ORDER BY 1'),
  }
}

describe('twdw forget', { timeout: SLOW_MS }, () => {
  it('removes a tweet from everywhere, says so, keeps it out of a replay, and of what is exported', () =>
    withMachine(async machine => {
      await replay(machine, [gone, other, retweet, quote])
      await machine.twdw(['consolidate'])
      expect((await look(machine, textOf(gone.id))).layer1).toBe('3')

      const dry = await machine.twdw(['forget', '--tweet', gone.id, '--dry-run'])
      expect(dry).toMatchObject({
        status: 0,
        stdout: `of 1 tweet these would go:
  layer1: 2 tweets, 1 of them retweets, in 1 file
  layer1: what the lines of 1 other tweet held of it
  layer2: 2 tweets
  layer2: 1 hour to be consolidated again
`,
      })
      const list = join(machine.folder, 'compliance.ndjson')
      await writeFile(
        list,
        `{"id":"${gone.id}","action":"delete","reason":"deleted"}\n{"id":"7","action":"scrub_geo"}\n`,
      )
      const done = await machine.twdw(['forget', '--tweet', 'compliance.ndjson'])
      expect(done.status).toBe(0)
      expect(done.stdout).toMatch(
        /^1 tweet forgotten, in \d+\.\d s:\n {2}layer1: 2 tweets, 1 of them retweets, in 1 file\n.*\n {2}layer2: 2 tweets\n {2}layer2: 1 hour consolidated again\n$/,
      )
      expect(done.stderr).toBe(
        'warning: left out 1 line of compliance.ndjson: the action is "scrub_geo" and not "delete"\n',
      )
      const left = { layer1: '0', facts: `${other.id} ${quote.id}` }
      expect(await look(machine, textOf(gone.id))).toEqual(left)

      const again = await machine.twdw(['forget', '--tweet', `https://x.com/ana/status/${gone.id}`])
      expect(again).toMatchObject({
        status: 0,
        stdout:
          'nothing to forget: neither the lake nor the journal holds anything of 1 tweet; should anything of it come again, it is left out\n',
      })
      expect(await replay(machine, [gone, other, retweet, quote])).toMatch(
        /^2 tweets stored in 1 hour, 2024-01-01T10 .*; 2 tweets left out, forgotten before; the source has ended\n$/,
      )
      expect(await look(machine, textOf(gone.id))).toEqual(left)

      const exported = await machine.twdw(['export', '--ids', '--tag', 'covid19', '--output', 'ids.txt'])
      expect(exported).toMatchObject({ status: 0, stdout: '', stderr: '2 ids\n' })
      expect(readFileSync(join(machine.folder, 'ids.txt'), 'utf8')).toBe(`${other.id}\n${quote.id}\n`)
      // what was exported is a list that can be forgotten
      const all = await machine.twdw(['forget', '--tweet', '-', '--json'], {
        input: (await machine.twdw(['export', '--ids', '--json'])).stdout,
      })
      expect(JSON.parse(all.stdout)).toMatchObject({ tweets: 2, layer2: { removed: 2, hours: [HOUR] } })
      expect((await machine.twdw(['export', '--ids'])).stdout).toBe('')
      expect((await machine.twdw(['status'])).stdout).toContain('\n  forgotten   3 tweets and 0 users: ')
    }))

  it('waits for a listener that has it in its journal, and the listener does not take it in again', () =>
    withMachine(async machine => {
      const line = (n: number) => tweetLine('2024-01-01T10:15:00.000Z', n)
      const id = JSON.parse(line(1)).data.id
      const script = [send(line(1)), send(line(2)), { pauseMs: 15_000 }, send(line(1)), send(line(3))]
      await withDouble({ stream: [script] }, async x => {
        const words = ['listen', 'covid19', '--origin', x.origin, '--max-tweets', '4', '--seal-after', '10s']
        const { ended } = machine.start(words, { X_BEARER_TOKEN: TOKEN })
        const journal = join(machine.folder, 'lake/_state/journal')
        const journaled = () =>
          existsSync(journal) &&
          readdirSync(journal).some(name => readFileSync(join(journal, name), 'utf8').includes('tweet 2 '))
        await expect.poll(journaled, { timeout: 30_000 }).toBe(true)

        const early = await machine.twdw(['forget', '--tweet', id, '--wait', '0s'])
        expect(early.status).toBe(5)
        expect(early.stderr).toBe(
          'twdw: not everything is forgotten yet: there is 1 line of it in the journal of a running listener\n' +
            '  try: the listener leaves them out when it seals them; run it again then, or wait for longer with --wait\n',
        )
        const { status, stdout } = await machine.twdw(['forget', '--tweet', id, '--json'])
        expect(status).toBe(0)
        expect(JSON.parse(stdout)).toMatchObject({ layer1: { removed: 0 }, journal: { lines: 1, left: 0 } })
        expect(await look(machine, 'tweet 1 ')).toMatchObject({ layer1: '0' })
        const run = await ended
        expect(run.stdout).toMatch(/^2 tweets stored in 1 hour, .*; 2 tweets left out, forgotten before; /)
        expect(await look(machine, 'tweet 1 ')).toMatchObject({ layer1: '0' })
        expect((await machine.twdw(['export', '--ids'])).stdout).toBe(
          [2, 3].map(n => `${JSON.parse(line(n)).data.id}\n`).join(''),
        )
      })
    }))

  it('is refused with 5 while somebody consolidates, and forgets nothing', () =>
    withMachine(async machine => {
      await replay(machine, [gone])
      const release = lockFile(join(machine.folder, 'lake/_locks/consolidate'), 'twdw consolidate', 0)
      const refused = await machine.twdw(['forget', '--tweet', gone.id])
      expect(refused).toMatchObject({ status: 5, stdout: '' })
      expect(refused.stderr).toMatch(/^twdw: .*_locks\/consolidate .* twdw consolidate, process \d+ /)
      release()
      expect((await look(machine, textOf(gone.id))).layer1).toBe('1')
      expect((await machine.twdw(['forget', '--tweet', gone.id])).status).toBe(0)
    }))

  it.each([
    [['forget'], 'twdw: nobody and nothing is named that is to be forgotten\n'],
    [['forget', '--tweet', 'no.txt'], 'no.txt: there is no such file\n'],
    [['forget', '--tweet', '-', '--user', '-'], 'twdw: standard input is named twice, and can be read once\n'],
    [['export'], 'twdw: it is not said what to export\n'],
  ])('does not guess what is meant: %s', (words, sentence) =>
    withMachine(async machine => {
      const { status, stderr } = await machine.twdw(words)
      expect(status).toBe(2)
      expect(stderr).toContain(sentence)
    }),
  )
})
