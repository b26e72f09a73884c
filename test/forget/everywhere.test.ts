/** However tweets are spread over journal, layer1 and layer2: nothing of what is forgotten is left, and all else is. */
import { join } from 'node:path'
import type { Table } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import { lakeSettingsToText } from '../../src/lib/domain/lake-settings.ts'
import { LAKE_FILE } from '../../src/lib/domain/paths.ts'
import { openDuckDb } from '../../src/lib/io/duckdb/engine.ts'
import { openJournal } from '../../src/lib/io/journal.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { openScratch } from '../../src/lib/io/scratch.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { readLiveSegments } from '../../src/lib/listen/live.ts'
import { query } from '../../src/lib/query/query.ts'
import { ALL_HOURS } from '../support/consolidate-lake.ts'
import { fixedClock } from '../support/fixed-clock.ts'
import {
  filesWith,
  forgetIn,
  journalLines,
  type MadeTweet,
  madeLine,
  profileOf,
  storeLines,
  textOf,
} from '../support/forget-lake.ts'
import { ownHand } from '../support/own-hand.ts'
import { silentLog } from '../support/silent-log.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const AUTHORS = ['5010000000000000001', '5010000000000000002', '5010000000000000003']
const HOURS = ['2024-01-01T10', '2024-01-01T11', '2024-01-02T09']
const clock = fixedClock('2024-05-01T00:00:00.000Z')
const idOf = (n: number) => `17417650000001010${String(n).padStart(2, '0')}`

/** Tweets that may repeat, quote or answer those before them. */
const someTweets: fc.Arbitrary<MadeTweet[]> = fc
  .array(
    fc.record({
      author: fc.constantFrom(...AUTHORS),
      hour: fc.constantFrom(...HOURS),
      type: fc.constantFrom(undefined, 'retweeted' as const, 'quoted' as const, 'replied_to' as const),
      of: fc.nat(),
      isLean: fc.boolean(),
    }),
    { minLength: 3, maxLength: 10 },
  )
  .map(all => {
    const tweets: MadeTweet[] = []
    for (const [n, { author, hour, type, of, isLean }] of all.entries()) {
      const originals = tweets.filter(tweet => tweet.of?.type !== 'retweeted')
      const tweet = originals[of % Math.max(1, originals.length)]
      tweets.push({ id: idOf(n), author, hour, isLean, ...(type && tweet && { of: { type, tweet } }) })
    }
    return tweets
  })

const place = fc.constantFrom('left in the journal', 'open in the journal', 'layer1', 'layer2', 'everywhere')

/** The obvious rule. */
function goes({ id, author, of }: MadeTweet, tweets: readonly string[], users: readonly string[]): boolean {
  const isOwn = tweets.includes(id) || users.includes(author)
  return isOwn || (of?.type === 'retweeted' && (tweets.includes(of.tweet.id) || users.includes(of.tweet.author)))
}

async function ask(sql: string, lake: Lake, folder: string): Promise<Table> {
  const ports = {
    lake,
    tables: openTables(lake),
    log: silentLog,
    clock,
    liveSegments: () => readLiveSegments(openJournal(join(folder, 'journal'), clock)),
    openScratch: () => openScratch(folder),
    openSql: (session: { timeZone: string; readable: readonly string[] }) =>
      openDuckDb({ ...session, threads: 1, env: {}, warn: () => undefined }),
  }
  return (await query({ question: { sql }, batchOnly: false }, ports)).table
}

async function askIds(lake: Lake, folder: string): Promise<string[]> {
  const table = await ask('SELECT tweet_id, text FROM fact_tweet ORDER BY 1, 2', lake, folder)
  return [...table].map(row => `${row?.tweet_id} ${row?.text}`)
}

/** All that the lines say that a question may be asked about. */
async function askLines(lake: Lake, folder: string): Promise<string> {
  const sql = 'SELECT text || raw AS line FROM layer1_tweets UNION ALL SELECT line FROM layer1_rejected'
  return [...(await ask(sql, lake, folder))].map(row => String(row?.line)).join('\n')
}

async function spread(lake: Lake, journal: string, tweets: readonly MadeTweet[], places: readonly string[]) {
  const at = (...names: string[]) =>
    tweets.filter((_, n) => [...names, 'everywhere'].includes(places[n]!)).map(madeLine)
  await storeLines(lake, 'segment-1', at('layer2'))
  await consolidate(ALL_HOURS, { lake, ...ownHand(lake), clock, log: silentLog })
  await storeLines(lake, 'segment-2', at('layer1'))
  await (await journalLines(journal, at('left in the journal')))()
  return journalLines(journal, at('open in the journal'))
}

describe('what is forgotten', () => {
  it('is in no answer, no file of the lake and no journal, also when all of it comes again', { timeout: 300_000 }, () =>
    fc.assert(
      fc.asyncProperty(
        someTweets,
        fc.array(place, { minLength: 10, maxLength: 10 }),
        fc.subarray(
          Array.from({ length: 10 }, (_, n) => idOf(n)),
          { maxLength: 3 },
        ),
        fc.subarray(AUTHORS, { maxLength: 1 }),
        async (made, places, tweets, users) =>
          withTempFolder(async folder => {
            const lake = openLocalLake(join(folder, 'lake'), { holder: 'a test', clock })
            const settings = { format: 1 as const, id: '00c0ffee', timeZone: 'America/Sao_Paulo' }
            await lake.write(LAKE_FILE, new TextEncoder().encode(lakeSettingsToText(settings)))
            const journal = join(folder, 'journal')
            const seal = await spread(lake, journal, made, places)
            const remaining = made.filter(tweet => !goes(tweet, tweets, users))
            const answer = remaining.map(({ id, of }) => `${id} ${textOf(of?.type === 'retweeted' ? of.tweet.id : id)}`)
            const lean = (text: string) => text.replace(/RT @name\d+: /, '')
            // those of tweets that nobody else repeats
            const gone = made
              .filter(({ id, author }) => tweets.includes(id) || users.includes(author))
              .map(({ id }) => textOf(id))
            const needles = [...gone, ...users.map(profileOf)]

            await forgetIn(lake, { tweets, users }, { journal })
            expect((await askIds(lake, folder)).map(lean)).toEqual(answer)
            const lines = await askLines(lake, folder)
            expect(needles.filter(needle => lines.includes(needle))).toEqual([])
            // what a listener holds is its own, until it seals
            await seal()
            await forgetIn(lake, { tweets: ['7'] }, { journal })
            expect(await filesWith(lake, needles, journal)).toEqual([])
            expect((await askIds(lake, folder)).map(lean)).toEqual(answer)

            await storeLines(lake, 'segment-9', made.map(madeLine))
            expect(await filesWith(lake, needles, journal)).toEqual([])
            await consolidate(ALL_HOURS, { lake, ...ownHand(lake), clock, log: silentLog })
            expect(await filesWith(lake, needles, journal)).toEqual([])
            expect((await askIds(lake, folder)).map(lean)).toEqual(answer)
          }),
      ),
      { numRuns: 25 },
    ),
  )
})
