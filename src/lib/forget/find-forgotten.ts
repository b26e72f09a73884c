/**
 * Where in a lake what is forgotten still stands. Everything is looked through, because a tweet stands wherever it is
 * quoted; nothing is written.
 *
 * What is met leads on: a tweet of a forgotten user may have been retweeted in a line that does not say by whom it is, and a
 * version of an edited tweet names the others. So it is looked again until nothing new is met.
 */
import { rejectedWithoutForgotten, withoutForgotten } from '../domain/forget/forget-rows.ts'
import { type Forgotten, withIds } from '../domain/forget/forgotten.ts'
import { countForgottenFacts, FACT_IDS } from '../domain/forget/forgotten-facts.ts'
import type { Hour } from '../domain/hour.ts'
import { hourOfPath, hourOfRejectedByHour, LAYER1_REJECTED, LAYER1_TWEETS, tableFolder } from '../domain/paths.ts'
import { TwdwError } from '../errors.ts'
import type { Journal } from '../io/journal.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import type { Tables } from '../io/tables.ts'
import { type LiveSegment, readLiveSegments } from '../listen/live.ts'

export interface FindPorts {
  lake: Pick<Lake, 'list'>
  tables: Pick<Tables, 'read'>
  journal: Pick<Journal, 'list' | 'read'>
  log: Log
}

export interface Found {
  /** what was asked for, and what was met */
  forgotten: Forgotten
  /** layer1 files with tweets, or lines of tweets, that have to go; by path */
  tweets: Map<string, { removed: number; retweets: number; cut: number }>
  /** lines that have to go, of files with rejected lines; what consolidate rejects follows from layer1 */
  rejected: Map<string, number>
  /** tweets that layer2 has; hours without any are left out */
  facts: Map<Hour, number>
  /** rows of segments of the journal, by segment; those without any are left out */
  journal: Map<string, number>
}

/**
 * @param onMet is told of what was met, and keeps it, before it is looked again: what is stored until then without
 *   knowing of it is found by the next look
 * @throws TwdwError E_LAKE, E_INTERRUPTED
 */
export async function findForgotten(
  asked: Forgotten,
  ports: FindPorts,
  onMet: (known: Forgotten, more: Forgotten) => Promise<void>,
  signal?: AbortSignal,
): Promise<Found> {
  for (let forgotten = asked; ; ) {
    const met = new Set<string>()
    // the journal first: what is published after it was read is then found in the lake
    const journal = findInJournal(forgotten, await readLiveSegments(ports.journal), met)
    const tweets = await findTweets(forgotten, met, ports, signal)
    const more = withIds(forgotten, { tweets: [...met], users: [] })
    if (more === forgotten) {
      const rejected = await findRejected(forgotten, ports, signal)
      return { forgotten, tweets, rejected, facts: await findFacts(forgotten, ports, signal), journal }
    }
    await onMet(forgotten, more)
    forgotten = more
  }
}

async function findTweets(
  forgotten: Forgotten,
  met: Set<string>,
  { lake, tables, log }: FindPorts,
  signal: AbortSignal | undefined,
): Promise<Found['tweets']> {
  const found: Found['tweets'] = new Map()
  const files = await lake.list(LAYER1_TWEETS)
  for (const [i, { path }] of files.entries()) {
    refuseStopped(signal)
    log.progress(`looking through layer1, file ${i + 1} of ${files.length}`)
    const table = await tables.read(path, LOOKED_AT)
    if (table === undefined) continue
    const { removed, retweets, cut, met: here } = withoutForgotten(table, forgotten)
    for (const id of here) met.add(id)
    if (removed > 0 || cut > 0) found.set(path, { removed, retweets, cut })
  }
  return found
}

/** Columns by which rows are forgotten. */
const LOOKED_AT = ['tweet_id', 'author_id', 'kind', 'referenced_id', 'edit_history_ids', 'raw']

function findInJournal(forgotten: Forgotten, live: readonly LiveSegment[], met: Set<string>): Map<string, number> {
  const found = new Map<string, number>()
  for (const { segment, tweets, rejected } of live) {
    let rows = rejectedWithoutForgotten(rejected, forgotten).removed
    for (const table of tweets.values()) {
      const { removed, cut, met: here } = withoutForgotten(table, forgotten)
      for (const id of here) met.add(id)
      rows += removed + cut
    }
    if (rows > 0) found.set(segment, rows)
  }
  return found
}

async function findRejected(
  forgotten: Forgotten,
  { lake, tables }: FindPorts,
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (const { path } of await lake.list(LAYER1_REJECTED)) {
    refuseStopped(signal)
    if (hourOfRejectedByHour(path) !== undefined) continue
    const table = await tables.read(path, ['line', 'line_base64'])
    const removed = table === undefined ? 0 : rejectedWithoutForgotten(table, forgotten).removed
    if (removed > 0) found.set(path, removed)
  }
  return found
}

async function findFacts(
  forgotten: Forgotten,
  { lake, tables, log }: FindPorts,
  signal: AbortSignal | undefined,
): Promise<Map<Hour, number>> {
  const found = new Map<Hour, number>()
  const files = await lake.list(tableFolder('fact_tweet'))
  for (const [i, { path }] of files.entries()) {
    refuseStopped(signal)
    log.progress(`looking through layer2, file ${i + 1} of ${files.length}`)
    const hour = hourOfPath(path)
    const table = await tables.read(path, FACT_IDS)
    const tweets = hour === undefined || table === undefined ? 0 : countForgottenFacts(table, forgotten)
    if (tweets > 0) found.set(hour!, tweets)
  }
  return found
}

/** @throws TwdwError E_INTERRUPTED */
export function refuseStopped(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  throw new TwdwError('E_INTERRUPTED', 'forgetting was stopped before it was done', {
    hint: 'run it again: it goes on with what is left',
  })
}
