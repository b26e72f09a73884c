/** Lakes to forget in: tweets as lines, put into the journal, into layer1 or into layer2, and a look for what is left of them. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ForgottenIds } from '../../src/lib/domain/forget/forgotten.ts'
import { type ForgetPlan, type ForgetPorts, type ForgetReport, forget } from '../../src/lib/forget/forget.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import { openJournal } from '../../src/lib/io/journal.ts'
import { openNoJournal } from '../../src/lib/io/journal-none.ts'
import { BlockPool, RecordBlock } from '../../src/lib/io/journal-records.ts'
import type { Lake } from '../../src/lib/io/lake.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { removeStaging } from '../../src/lib/io/spark/scratch.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { fixedClock } from './fixed-clock.ts'
import { makersOf } from './makers.ts'
import { createMemoryLake } from './memory-lake.ts'
import { ownHand } from './own-hand.ts'
import { silentLog } from './silent-log.ts'

/** Of a made-up tweet. Its text is like no other, and so is that of its author's profile. */
export interface MadeTweet {
  id: string
  /** `2024-01-01T10`, in which it was made */
  hour: string
  author: string
  /** what it repeats, answers or quotes; sent along unless the line is lean */
  of?: { type: 'retweeted' | 'replied_to' | 'quoted'; tweet: MadeTweet }
  isLean?: boolean
  versions?: readonly string[]
}

export const textOf = (id: string) => `words-of-${id}`
export const profileOf = (author: string) => `profile-of-${author}`
const nameOf = (author: string) => `name${author}`

/** As X streams it. */
export function madeLine({ id, hour, author, of, isLean = false, versions }: MadeTweet): string {
  const isRetweet = of?.type === 'retweeted'
  const own = isRetweet ? `RT @${nameOf(of.tweet.author)}: ${textOf(of.tweet.id)}` : textOf(id)
  const mention = of && { start: 3, end: 9, username: nameOf(of.tweet.author), id: of.tweet.author }
  const data = {
    id,
    text: own,
    author_id: author,
    created_at: `${hour}:30:00.000Z`,
    edit_history_tweet_ids: versions ?? [id],
    ...(of && { referenced_tweets: [{ type: of.type, id: of.tweet.id }] }),
    entities: { hashtags: [{ start: 0, end: 1, tag: 'covid19' }], ...(isRetweet && { mentions: [mention] }) },
  }
  const authors = [...new Set([author, ...(of === undefined ? [] : [of.tweet.author])])]
  const users = authors.map(user => ({ id: user, username: nameOf(user), description: profileOf(user) }))
  const tweets = of && [{ id: of.tweet.id, text: textOf(of.tweet.id), author_id: of.tweet.author }]
  const includes = isLean ? {} : { users, ...(tweets && { tweets }) }
  return JSON.stringify({ data, includes })
}

const HEADER = { source: 'replay', session: '', tags: ['covid19'], ruleNames: {} }

const batchOf = (lines: readonly (string | Uint8Array)[]) => ({
  lines: lines.map(line => (typeof line === 'string' ? new TextEncoder().encode(line) : line)),
  capturedAtMs: Date.parse('2024-01-02T00:00:00.000Z'),
})

/** Make a segment of the lines, as a listener would. */
export async function storeLines(lake: Lake, segment: string, lines: readonly (string | Uint8Array)[]): Promise<void> {
  const [maker] = makersOf(openTables(lake), lake)
  const block = new RecordBlock(new BlockPool())
  block.add(batchOf(lines))
  await maker!.add(segment, HEADER, block.records)
  await maker!.publish(segment, lines.length)
}

/** A segment in a journal. @param folder of the journal. @returns closes it: until then a listener holds it */
export async function journalLines(folder: string, lines: readonly string[]): Promise<() => Promise<void>> {
  const segment = await openJournal(folder, systemClock).begin(HEADER)
  await segment.append(batchOf(lines))
  await segment.sync()
  return () => segment.close()
}

/** @param journal folder of a journal; left out: there is none */
export function forgetPorts(lake: Lake, journal?: string): ForgetPorts {
  const clock = fixedClock('2024-05-01T00:00:00.000Z')
  const tables = openTables(lake)
  const folder = journal === undefined ? createMemoryLake() : openLocalLake(journal, { holder: 'a test', clock })
  return {
    lake,
    ...ownHand(lake),
    clock: journal === undefined ? clock : systemClock,
    log: silentLog,
    journal: journal === undefined ? openNoJournal(clock) : openJournal(journal, systemClock),
    journalFolder: folder,
    maker: makersOf(tables, lake)[0]!,
    removeStaging: () => removeStaging(lake),
    meter: { path: 'spend.json', read: async () => undefined, update: async () => undefined },
  }
}

const PLAN = { dryRun: false, waitMs: 0, timeZone: 'America/Sao_Paulo' }

export function forgetIn(
  lake: Lake,
  ids: Partial<ForgottenIds>,
  { journal, ...plan }: Partial<ForgetPlan> & { journal?: string } = {},
): Promise<ForgetReport> {
  const all = { tweets: ids.tweets ?? [], users: ids.users ?? [] }
  return forget({ ...PLAN, ids: all, ...plan }, forgetPorts(lake, journal))
}

/** Which files hold a text: Parquet decoded, cell by cell, the others as they are. @param journal its folder, if there is one */
export async function filesWith(lake: Lake, needles: readonly string[], journal?: string): Promise<string[]> {
  const found: string[] = []
  const tables = openTables(lake)
  for (const { path } of await lake.list('')) {
    const text = path.endsWith('.parquet')
      ? JSON.stringify(
          [...((await tables.read(path)) ?? [])].map(row => row?.toJSON()),
          (_, value) => (typeof value === 'bigint' ? `${value}` : value),
        )
      : new TextDecoder().decode(await lake.read(path))
    for (const needle of needles) if (text.includes(needle)) found.push(`${path}: ${needle}`)
  }
  if (journal === undefined) return found
  await mkdir(journal, { recursive: true })
  for (const name of await readdir(journal)) {
    const text = await readFile(join(journal, name), 'utf8')
    for (const needle of needles) if (text.includes(needle)) found.push(`journal ${name}: ${needle}`)
  }
  return found
}
