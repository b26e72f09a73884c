/**
 * What a killed process left in its journal was heard, though the record of its session, written about once a minute,
 * may end before it.
 *
 * A segment is named after the session in which it was begun and may go on through later ones of the same process. It
 * extends the one that had not ended when its last line came; between two sessions nobody listened, whatever the segment says.
 */
import { tweetInstantMs } from '../domain/instant.ts'
import { parseLine } from '../domain/line/line.ts'
import { sessionPath } from '../domain/paths.ts'
import { endMs, type SessionRecord, sessionToText, startMs } from '../domain/session.ts'
import { oldestOf } from '../domain/x/search-query.ts'
import type { SearchHeader, SegmentContent } from '../io/journal.ts'
import type { JournalRecord } from '../io/journal-records.ts'
import type { Lake } from '../io/lake.ts'
import type { Log } from '../io/log.ts'
import { readSessions, warnDamaged } from '../sessions.ts'

type LeftBehind = Pick<SegmentContent, 'header' | 'records'>

/** Doing it twice changes nothing; no session becomes shorter. @throws TwdwError E_LAKE */
export async function extendSession(left: LeftBehind, { lake, log }: { lake: Lake; log: Log }): Promise<void> {
  const { session, source, search } = left.header
  if (session === '' || left.records.length === 0) return
  const ofSource = (await readSessions(lake, warnDamaged(log), session)).filter(record => record.source === source)
  const record = search === undefined ? withHeard(ofSource, left) : withFound(ofSource, left, search)
  if (record === undefined) return
  await lake.write(sessionPath(record.session), new TextEncoder().encode(sessionToText(record)))
}

function withHeard(sessions: readonly SessionRecord[], { records }: LeftBehind): SessionRecord | undefined {
  const lastMs = records.reduce((latest, { capturedAtMs }) => Math.max(latest, capturedAtMs), 0)
  const record = sessions.filter(({ ended, from }) => ended === null && Date.parse(from) <= lastMs).at(-1)
  if (record === undefined || endMs(record) >= lastMs) return undefined
  return { ...record, to: new Date(lastMs).toISOString() }
}

/** Search goes from new to old, so whatever is younger than the last tweet that it gave was had as well. */
function withFound(
  sessions: readonly SessionRecord[],
  { header, records }: LeftBehind,
  search: SearchHeader,
): SessionRecord | undefined {
  const record = sessions.find(({ session }) => session === header.session)
  const oldestMs = oldestTweetMs(records)
  if (record === undefined || oldestMs === undefined) return undefined
  const fromMs = reachedMs(oldestMs, search.fromMs)
  return fromMs < startMs(record) ? { ...record, from: new Date(fromMs).toISOString() } : undefined
}

function oldestTweetMs(records: readonly JournalRecord[]): number | undefined {
  const tweets = records.flatMap(({ bytes, capturedAtMs }) => {
    const line = { bytes, source: 'search' as const, capturedAtMs }
    return parseLine(line, { listenedTags: [], ruleNames: {} }).tweets
  })
  const oldestId = oldestOf(tweets.map(({ tweet }) => tweet.tweet_id))
  return oldestId === undefined ? undefined : tweetInstantMs(oldestId, null)
}

/**
 * How far back a search has surely come, by the last tweet that it gave: others of that millisecond may follow. The first
 * millisecond of what it was to cover is its own to claim only at the end, when what lies before it was asked for too.
 */
export function reachedMs(oldestMs: number, fromMs: number): number {
  return Math.max(oldestMs, fromMs) + 1
}
