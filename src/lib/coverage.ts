/** What a lake has of the time: its session records as coverage, and what it has of what X counts. */
import type { Table } from 'apache-arrow'
import { type ComparedCounts, coverageOf, type RuleCoverage } from './domain/coverage.ts'
import { HOUR_MS, type Hour, hourOf, hourStartMs } from './domain/hour.ts'
import { layer1Folder } from './domain/paths.ts'
import type { SessionRule } from './domain/session.ts'
import type { TimeSpan } from './domain/time-spans.ts'
import { type Comparable, comparableOf, countStored, type StoredTweet } from './domain/x/comparable.ts'
import { REACH_MARGIN_MS, SEARCH_REACH_MS } from './domain/x/fill-plan.ts'
import { endingText } from './domain/x/reconnect.ts'
import type { Clock } from './io/clock.ts'
import type { Lake } from './io/lake.ts'
import type { Log } from './io/log.ts'
import type { Tables } from './io/tables.ts'
import type { CountedPart, XRest } from './io/x/rest.ts'
import { readSessions, warnDamaged } from './sessions.ts'

export interface CoveragePorts {
  lake: Lake
  log: Log
  clock: Clock
}

export interface ComparisonPorts extends CoveragePorts {
  tables: Tables
  rest: Pick<XRest, 'countParts'>
  /** pays for a question before it is asked. @throws TwdwError E_CAP where there is no room for it */
  spending: { payCount(): Promise<void> }
}

/** @throws TwdwError E_LAKE; a record that is damaged is told of and left out */
export async function readCoverage(range: TimeSpan, { lake, log, clock }: CoveragePorts): Promise<RuleCoverage[]> {
  return coverageOf(await readSessions(lake, warnDamaged(log)), range, clock.nowMs())
}

/** For `hoursOf`. */
export type CountsOf = (rule: SessionRule, hour: Hour) => ComparedCounts | undefined

/**
 * Asks X to count, a question a rule, the whole hours of the range that are over and not older than 7 days, and counts the
 * same in the lake. A rule that X does not count, or cannot, is left out, and told of.
 * @throws TwdwError E_CAP before a cap is passed, E_LAKE
 */
export async function compareWithCounts(
  coverage: readonly RuleCoverage[],
  range: TimeSpan,
  ports: ComparisonPorts,
  signal: AbortSignal,
): Promise<CountsOf> {
  const hours = countableHours(range, ports.clock.nowMs())
  const byRule = new Map<string, Map<Hour, ComparedCounts>>()
  const counted: Comparable[] = []
  for (const { rule } of hours.length === 0 ? [] : coverage) {
    const comparable = comparableOf(rule)
    if (comparable === undefined) {
      ports.log.warn(`X cannot count ${rule.value}: it is a sample, or longer than X's counts take`)
      continue
    }
    const parts = await countHours(comparable, hours, ports, signal)
    if (parts === undefined) continue
    counted.push(comparable)
    byRule.set(rule.value, new Map(parts.map(({ startMs, posts }) => [hourOf(startMs), { stored: 0, counted: posts }])))
  }
  for (const hour of hours) {
    const stored = countStored(await storedTweets(hour, ports), counted)
    for (const [i, { rule }] of counted.entries()) {
      const counts = byRule.get(rule.value)?.get(hour)
      if (counts !== undefined) counts.stored = stored[i]!
    }
  }
  return (rule, hour) => byRule.get(rule.value)?.get(hour)
}

/** @param hours n >= 1, oldest first. @returns undefined where X did not answer; the log has why */
async function countHours(
  { rule, query }: Comparable,
  hours: readonly Hour[],
  { log, rest, spending }: ComparisonPorts,
  signal: AbortSignal,
): Promise<CountedPart[] | undefined> {
  const [startMs, endMs] = [hourStartMs(hours[0]!), hourStartMs(hours.at(-1)!) + HOUR_MS]
  await spending.payCount()
  const answer = await rest.countParts(query, signal, { startMs, endMs, granularity: 'hour' })
  if (answer.ok) return answer.value
  if (answer.end.how !== 'aborted') log.warn(`X did not count ${rule.value}: ${endingText(answer.end)}`)
  return undefined
}

/** Whole hours that lie in the range, are over, and can still be asked for; oldest first. */
function countableHours(range: TimeSpan, nowMs: number): Hour[] {
  const reachMs = nowMs - SEARCH_REACH_MS + REACH_MARGIN_MS
  const hours: Hour[] = []
  const firstMs = Math.ceil(Math.max(range.fromMs, reachMs) / HOUR_MS) * HOUR_MS
  // X counts up to some seconds ago
  const endMs = Math.min(range.toMs, nowMs - 60_000)
  for (let startMs = firstMs; startMs + HOUR_MS <= endMs; startMs += HOUR_MS) hours.push(hourOf(startMs))
  return hours
}

/** So often an hour is read while its files are merged. */
const MOST_READ = 3

/** @throws TwdwError E_LAKE */
async function storedTweets(hour: Hour, ports: ComparisonPorts): Promise<StoredTweet[]> {
  for (let read = 1; read < MOST_READ; read++) {
    const { tweets, isWhole } = await readTweets(hour, ports)
    if (isWhole) return tweets
  }
  return (await readTweets(hour, ports)).tweets
}

/** @returns `isWhole` false where a file was gone when it was to be read: its tweets may be in one that was not listed yet */
async function readTweets(
  hour: Hour,
  { lake, tables }: ComparisonPorts,
): Promise<{ tweets: StoredTweet[]; isWhole: boolean }> {
  const tweets: StoredTweet[] = []
  let isWhole = true
  for (const { path } of await lake.list(layer1Folder(hour))) {
    const table = await tables.read(path, ['tweet_id', 'kind', 'hashtags', 'rules'])
    if (table === undefined) isWhole = false
    else tweets.push(...tweetsOf(table))
  }
  return { tweets, isWhole }
}

function* tweetsOf(table: Table): Iterable<StoredTweet> {
  const [ids, kinds, hashtags, rules] = ['tweet_id', 'kind', 'hashtags', 'rules'].map(name => table.getChild(name)!)
  for (let row = 0; row < table.numRows; row++) {
    yield {
      id: String(ids!.get(row)),
      kind: String(kinds!.get(row)),
      hashtags: [...hashtags!.get(row)],
      rules: [...rules!.get(row)],
    }
  }
}
