/** How fresh an answer is: what reached the journal is in one that is asked a second later, wherever it is by then. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/io/clock.ts'
import { openJournal } from '../../src/lib/io/journal.ts'
import { readLiveSegments } from '../../src/lib/listen/live.ts'
import { type Machine, SLOW_MS, withMachine } from '../support/executable.ts'

/** Ids of the tweets that are in the journal now, read as any program could. */
async function idsInJournal({ folder }: Machine): Promise<string[]> {
  const journal = openJournal(join(folder, 'lake', '_state', 'journal'), systemClock)
  const tables = (await readLiveSegments(journal)).flatMap(({ tweets }) => [...tweets.values()])
  return tables.flatMap(table => Array.from(table.getChild('tweet_id')!, String))
}

async function ask(machine: Machine, words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await machine.twdw(words)
  expect([status, stderr.replaceAll(/^\d.* ids?\n/gm, '')]).toEqual([0, ''])
  return stdout
}

describe('an answer while a listener listens', { timeout: SLOW_MS }, () => {
  it('has every tweet that was in the journal a second before, in presets and in lists of ids', () =>
    withMachine(async machine => {
      // segments are published all the while, so that tweets are on their way from one place to the other
      const { child, ended } = machine.start(['listen', '--source', 'demo', '--rate', '300', '--seal-after', '2s'])
      const seen = new Set<string>()
      while ((await idsInJournal(machine).catch(() => [])).length < 100) await systemClock.sleep(20)
      // on a busy machine the generator falls behind
      for (let round = 0; round < 3 || seen.size <= 300; round++) {
        for (const id of await idsInJournal(machine)) seen.add(id)
        await systemClock.sleep(1000)
        const [, tweets] = (await ask(machine, ['query', '--format', 'csv'])).split('\n')
        expect(Number(tweets)).toBeGreaterThanOrEqual(seen.size)
        const ids = new Set((await ask(machine, ['export', '--ids'])).trim().split('\n'))
        expect([...seen].filter(id => !ids.has(id))).toEqual([])
      }
      child.kill('SIGTERM')
      expect((await ended).status).toBe(0)
    }))
})
