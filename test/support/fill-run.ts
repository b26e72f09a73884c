/**
 * A listener that fills gaps, in this process: the stream and the search of the double over real sockets, a lake in
 * memory, a journal on the disk, and a clock that may run faster than the machine's.
 */
import { join } from 'node:path'
import { sessionPath } from '../../src/lib/domain/paths.ts'
import { parseSession, type SessionRecord, sessionToText } from '../../src/lib/domain/session.ts'
import { type Meter, parseMeter } from '../../src/lib/domain/x/meter.ts'
import { STREAM_QUERY } from '../../src/lib/domain/x/request.ts'
import { type ListenWords, wantedRules } from '../../src/lib/domain/x/rules.ts'
import { type Clock, systemClock } from '../../src/lib/io/clock.ts'
import { type Journal, openJournal } from '../../src/lib/io/journal.ts'
import { openStateFile } from '../../src/lib/io/state-file.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { openXStream } from '../../src/lib/io/x/stream.ts'
import { type ListenPlan, type ListenPorts, type ListenReport, listen } from '../../src/lib/listen/listen.ts'
import { streamX } from '../../src/lib/listen/stream-x.ts'
import { withXDouble, type XDouble, type XDoubleOptions } from '../x-double/double.ts'
import type { StreamLine } from '../x-double/lines.ts'
import { beat } from '../x-double/script.ts'
import { fastClock } from './fast-clock.ts'
import { makersOf } from './makers.ts'
import { createMemoryLake, type MemoryLake } from './memory-lake.ts'
import { memoryLog } from './memory-log.ts'
import { instant } from './session-records.ts'
import { tweetLine } from './tweet-lines.ts'

const ACCESS = { token: 'TEST', userAgent: 'twdw/0.0.0-test' }
const NOON = '2026-09-21T12:00:00Z'
/** A heartbeat every so often, in the machine's time. */
const BEAT_MS = 20

/** A tweet whose id and time agree. @param at such as `11:30` of 2026-09-21 */
export function tweetAt(at: string, n = 0, tags: readonly string[] = ['covid19']): StreamLine {
  return JSON.parse(tweetLine(instant(at), n, tags))
}

/** One tweet every so many seconds, oldest first. @param from, to such as `11:00` */
export function tweetsBetween(from: string, to: string, everyS: number): StreamLine[] {
  const [fromMs, toMs] = [Date.parse(instant(from)), Date.parse(instant(to))]
  const count = Math.floor((toMs - fromMs) / (everyS * 1000))
  return Array.from({ length: count }, (_, i) => tweetAt(new Date(fromMs + i * everyS * 1000).toISOString(), i % 4096))
}

export interface FillRunAbout {
  lake?: MemoryLake
  /** of earlier runs */
  sessions?: readonly SessionRecord[]
  words?: Partial<ListenWords>
  plan?: Partial<ListenPlan>
  double?: Partial<XDoubleOptions>
  /** seconds that pass in one second */
  speed?: number
  now?: string
  /** the listener is stopped once this is true of what it has said; left out: it stops by itself */
  until?: (sentences: readonly string[], x: XDouble) => boolean
  /** what to do while it runs */
  during?: (x: XDouble, clock: Clock) => void
  signal?: string
  /** around the journal that is used */
  wrapJournal?: (journal: Journal) => Journal
}

export interface FillRun {
  report: ListenReport
  lake: MemoryLake
  ports: ListenPorts
  log: ReturnType<typeof memoryLog>
  meter: Meter
  x: XDouble
}

/** @param folder of the journal and the meter, which runs after each other share */
export async function runFill(folder: string, about: FillRunAbout): Promise<FillRun> {
  const clock = fastClock(about.now ?? NOON, about.speed ?? 1)
  const lake = about.lake ?? createMemoryLake()
  for (const record of about.sessions ?? []) put(lake, record)
  const log = memoryLog()
  // never more scripts than connections: each one beats until its listener leaves
  const stream = about.double?.stream ?? Array.from({ length: 20 }, () => [beat(BEAT_MS)])
  const double = { token: ACCESS.token, nowMs: clock.nowMs, ...about.double, stream }
  return withXDouble(double, async x => {
    const rest = openXRest({ ...ACCESS, origin: x.origin })
    const words = { hashtags: ['covid19'], keywords: [], rules: [], langs: [], ...about.words }
    const limits = { connectTimeoutMs: 10_000, silenceMs: 10_000, maxLineBytes: 100_000 }
    // time passes faster for what is said, not for sockets
    const socketClock = { nowMs: clock.nowMs, sleep: systemClock.sleep }
    const streamPorts = {
      rest,
      connect: (signal: AbortSignal, query: Readonly<Record<string, string>>) =>
        openXStream({ ...ACCESS, ...limits, origin: x.origin, query, clock: socketClock }, signal),
      clock,
      log,
      random: () => 0,
    }
    const wanted = wantedRules(words, 'lake')
    const journal = openJournal(join(folder, 'journal'), clock)
    const meter = openStateFile(join(folder, 'spend.json'), systemClock)
    const ports: ListenPorts = {
      lake,
      makers: makersOf(openTables(lake)),
      journal: about.wrapJournal?.(journal) ?? journal,
      leftBehind: journal,
      meter,
      clock,
      log,
      newId: () => '0a1b2c3d',
      open: stop => streamX({ wanted, lakeName: 'lake', query: STREAM_QUERY }, streamPorts, stop),
      search: { rest, random: () => 0 },
    }
    const plan: ListenPlan = {
      source: 'stream',
      tags: words.hashtags,
      forMs: undefined,
      maxTweets: undefined,
      sealAfterMs: 60_000,
      timeZone: undefined,
      caps: undefined,
      fill: { backfillMs: undefined, query: STREAM_QUERY },
      ...about.plan,
    }
    const stop = new AbortController()
    about.during?.(x, clock)
    const { until } = about
    const watch = setInterval(() => until?.(log.sentences(), x) && stop.abort(about.signal ?? 'SIGTERM'), 5)
    const report = await listen(plan, ports, stop.signal).finally(() => clearInterval(watch))
    return { report, lake, ports, log, meter: parseMeter(await meter.read(), meter.path), x }
  })
}

/** A condition for `until`: so many fillings have ended. */
export const filledTimes =
  (times: number) =>
  (sentences: readonly string[]): boolean =>
    sentences.filter(sentence => sentence.startsWith('search found ')).length >= times

export const said =
  (part: string) =>
  (sentences: readonly string[]): boolean =>
    sentences.some(sentence => sentence.includes(part))

export function put(lake: MemoryLake, record: SessionRecord): void {
  lake.files.set(sessionPath(record.session), new TextEncoder().encode(sessionToText(record)))
}

export function recordsIn(lake: MemoryLake): SessionRecord[] {
  const paths = [...lake.files.keys()].filter(path => path.startsWith('layer1/sessions/')).sort()
  return paths.map(path => parseSession(new TextDecoder().decode(lake.files.get(path)), path))
}

/** Rows of layer1, oldest tweet first. */
export async function storedIn(lake: MemoryLake): Promise<{ id: string; source: string; rules: string[] }[]> {
  const tables = openTables(lake)
  const files = await lake.list('layer1/tweets/')
  const read = await Promise.all(files.map(({ path }) => tables.read(path, ['tweet_id', 'source', 'rules'])))
  const rows = read.flatMap(table =>
    Array.from({ length: table?.numRows ?? 0 }, (_, row) => ({
      id: String(table!.getChild('tweet_id')!.get(row)),
      source: String(table!.getChild('source')!.get(row)),
      rules: [...(table!.getChild('rules')!.get(row) as Iterable<string>)],
    })),
  )
  return rows.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
}
