/** The executable, killed while it fills a gap: two pages are in, and it waits for the third. */
import { setTimeout } from 'node:timers/promises'
import type { SessionRecord } from '../../src/lib/domain/session.ts'
import type { Machine } from './executable.ts'
import { billed, ENV, factsOf, listenUntil, meterOf, searches, sessionsOf, tweetsUpTo, withX } from './gap-machine.ts'

export interface KilledFilling {
  /** record of the search when it was killed */
  before: SessionRecord
  /** of both searches, at the end */
  records: SessionRecord[]
  /** what the next start said */
  recovered: string
  /** tweets that search delivered, repeats too */
  delivered: number
  /** of the gap, and not in layer2 */
  lost: number
  /** ids that layer2 has more than once */
  doubled: number
  /** delivered more than once */
  paidTwice: number
  /** what the meter counted less what the double delivered */
  miscounted: number
}

const TWEETS = 250

/** @param machine without a lake; it has one afterwards */
export async function killWhileFilling(machine: Machine): Promise<KilledFilling> {
  const tweets = tweetsUpTo(10, TWEETS)
  const refusals = { 'GET /2/tweets/search/recent': ['pass', 'pass', 'mute'] }
  let outcome: Omit<KilledFilling, 'lost' | 'doubled'> | undefined
  await withX({ tweets, refusals }, async x => {
    const words = ['--origin', x.origin, '--backfill', '1h', '--seal-after', '1h']
    const first = machine.start(['listen', 'covid19', ...words], ENV)
    while (searches(x).length < 3) await setTimeout(10)
    first.child.kill('SIGKILL')
    await first.ended
    const ofSearch = async () => (await sessionsOf(machine)).filter(({ source }) => source === 'search')
    const [before] = await ofSearch()
    const { stderr } = await listenUntil(machine, words, 'search found ', 'SIGTERM')
    const { posts, searchPosts } = await billed(x)
    outcome = {
      before: before!,
      records: await ofSearch(),
      recovered: stderr,
      delivered: searchPosts,
      paidTwice: searchPosts - TWEETS,
      miscounted: (await meterOf(machine)).posts - posts,
    }
  })
  const facts = await factsOf(machine)
  const lost = tweets.filter(({ data }) => !facts.includes(data.id)).length
  return { ...outcome!, lost, doubled: facts.length - new Set(facts).size }
}
