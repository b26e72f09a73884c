/**
 * One fault, from the double's socket to layer2: listener and consolidator in this process, over a lake in memory and a
 * journal on the disk. The waits of the ladder are only noted; sockets and the watchdog over them are real.
 */
import { join } from 'node:path'
import { consolidate } from '../../src/lib/consolidate/consolidate.ts'
import { STREAM_QUERY } from '../../src/lib/domain/x/request.ts'
import { wantedRules } from '../../src/lib/domain/x/rules.ts'
import { TwdwError } from '../../src/lib/errors.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import { openJournal } from '../../src/lib/io/journal.ts'
import type { LineBatch, SessionEvent } from '../../src/lib/io/source/source.ts'
import { openStateFile } from '../../src/lib/io/state-file.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { openXRest } from '../../src/lib/io/x/rest.ts'
import { openXStream } from '../../src/lib/io/x/stream.ts'
import { listen } from '../../src/lib/listen/listen.ts'
import { streamX } from '../../src/lib/listen/stream-x.ts'
import { withXDouble } from '../x-double/double.ts'
import { send } from '../x-double/script.ts'
import { ALL_HOURS } from './consolidate-lake.ts'
import { type Fault, type Heard, LAST, SILENCE_MS } from './faults.ts'
import { fixedClock } from './fixed-clock.ts'
import { makersOf } from './makers.ts'
import { createMemoryLake, type MemoryLake } from './memory-lake.ts'
import { memoryLog } from './memory-log.ts'
import { ownHand } from './own-hand.ts'
import { silentLog } from './silent-log.ts'
import { withTempFolder } from './temp-folder.ts'

export interface FaultOutcome {
  /** what the listener did, as clauses in order */
  did: string[]
  /** what each connection or attempt ended by, in order, as the ladder saw it */
  endings: string[]
  /** whole tweets that X sent, repeats too */
  lines: number
  /** ids that X sent and layer1 has not */
  lost: string[]
  /** ids that layer2 has more than once */
  doubled: string[]
  /** rows that layer1 has more or fewer of than X sent lines; 0 where every line is stored as often as it came */
  miscounted: number
  /** ids that X did not send */
  invented: string[]
}

const TOKEN = 'TEST'
const RULE = { id: '1', value: '#covid19', tag: 'twdw:lake:covid19' }
const MINUTE_MS = 60_000
const PATIENCE_MS = 10_000
/** Long after the hour of the tweets. */
const LATER = '2026-10-01T00:00:00Z'

export function runFault(fault: Fault): Promise<FaultOutcome> {
  return withTempFolder(async folder => {
    const lake = createMemoryLake()
    const heard = openHeard()
    const { deeds, endings } = await listenThrough(fault, { lake, folder, heard })
    const sent = fault.sends.map(line => line.data.id)
    if (heard.isHeard(LAST.data.id)) sent.push(LAST.data.id)
    const stored = await columnBelow(lake, 'layer1/tweets/', 'tweet_id')
    const ports = { lake, ...ownHand(lake), clock: fixedClock(LATER), log: silentLog }
    await consolidate(ALL_HOURS, ports)
    const facts = await columnBelow(lake, 'layer2/fact_tweet/', 'tweet_id')
    const rejected = (await columnBelow(lake, 'layer1/rejected/', 'line')).filter(line => !line.includes('"errors"'))
    const kept = rejected.length === 0 ? [] : [`kept the half line in \`layer1/rejected\``]
    return {
      did: [...deeds, ...kept],
      endings,
      lines: sent.length,
      lost: [...new Set(sent)].filter(id => !stored.includes(id) || !facts.includes(id)),
      doubled: facts.filter((id, i) => facts.indexOf(id) !== i),
      miscounted: Math.abs(stored.length - sent.length),
      invented: [...stored, ...facts].filter(id => !sent.includes(id)),
    }
  })
}

/** What was read so far, and who waits for it. */
function openHeard() {
  let text = ''
  const waiting: { part: string; resolve: () => void }[] = []
  const promise: Heard = part => new Promise(resolve => void waiting.push({ part, resolve }))
  return {
    promise,
    isHeard: (part: string) => text.includes(part),
    note(batch: LineBatch) {
      for (const line of batch.lines) text += new TextDecoder().decode(line)
      for (const { part, resolve } of waiting) if (text.includes(part)) resolve()
    },
  }
}

interface Place {
  lake: MemoryLake
  folder: string
  heard: ReturnType<typeof openHeard>
}

/** @returns what the listener did until it had the last tweet, or ended by itself */
function listenThrough(fault: Fault, { lake, folder, heard }: Place): Promise<{ deeds: string[]; endings: string[] }> {
  const stream = [...fault.stream(heard.promise), [send(LAST)]]
  return withXDouble({ token: TOKEN, rules: [RULE], ...fault.double, stream }, async x => {
    const enough = new AbortController()
    const log = memoryLog()
    const streamPorts = {
      rest: openXRest({ token: TOKEN, userAgent: 'twdw/0.0.0-test', origin: x.origin }),
      connect: connectTo(x.origin, fault),
      clock: fixedClock('2026-09-21T12:00:00Z'),
      log,
      random: () => 0,
    }
    const wanted = wantedRules({ hashtags: ['covid19'], keywords: [], rules: [], langs: [] }, 'lake')
    async function* open(stop: AbortSignal): AsyncGenerator<LineBatch | SessionEvent, void, void> {
      const signal = AbortSignal.any([stop, enough.signal])
      for await (const element of streamX({ wanted, lakeName: 'lake', query: STREAM_QUERY }, streamPorts, signal)) {
        yield element
        if ('event' in element) continue
        heard.note(element)
        if (heard.isHeard(LAST.data.id)) enough.abort()
      }
    }
    const plan = { source: 'stream' as const, tags: ['covid19'], forMs: undefined, maxTweets: undefined }
    const limits = { caps: undefined, sealAfterMs: MINUTE_MS, timeZone: undefined }
    const tables = openTables(lake)
    const journal = openJournal(join(folder, 'journal'), systemClock)
    const meter = openStateFile(join(folder, 'spend.json'), systemClock)
    const shared = { lake, makers: makersOf(tables), journal, leftBehind: journal, meter }
    const ports = { ...shared, clock: systemClock, log: silentLog, newId: () => '0a1b2c3d', open }
    const ending = await listen({ ...plan, ...limits }, ports, new AbortController().signal).then(
      () => undefined,
      error => error,
    )
    const endings = log.told.flatMap(({ fields }) => (fields?.because === undefined ? [] : [String(fields.because)]))
    const deeds = log.sentences().flatMap(deedOf)
    if (ending === undefined) return { deeds: deeds.length === 0 ? ['read on'] : deeds, endings }
    if (!(ending instanceof TwdwError)) throw ending
    const why = ending.message.replace(/: X (answered|ended)\b.*/, '')
    return { deeds: [...deeds, `ended with status ${ending.exitStatus}: ${why}`], endings }
  })
}

function connectTo(origin: string, { uptimeMs = MINUTE_MS, isImpatient }: Fault) {
  const waitMs = isImpatient ? SILENCE_MS : PATIENCE_MS
  return (signal: AbortSignal, query: Readonly<Record<string, string>>) => {
    let batches = 0
    const startMs = Date.parse('2026-09-21T12:00:00Z')
    const clock = { nowMs: () => startMs + (batches++ === 0 ? 0 : uptimeMs), sleep: systemClock.sleep }
    const timing = { connectTimeoutMs: waitMs, silenceMs: waitMs, maxLineBytes: 100_000 }
    return openXStream({ token: TOKEN, userAgent: 'twdw/0.0.0-test', ...timing, origin, query, clock }, signal)
  }
}

/** A sentence of the log as a clause about the listener. */
function deedOf(sentence: string): string[] {
  if (sentence.startsWith('X held a connection')) return ['closed the stale connection']
  const [, unknown] = /^X does not know (.*?):/.exec(sentence) ?? []
  if (unknown !== undefined) return [`left \`${unknown}\` out, with a warning`]
  const [, what, when] = /; (connecting|making sure of the rules) again (.*)$/.exec(sentence) ?? []
  if (what === undefined || when === undefined) return []
  const wait = when.replace(/^in /, 'after ')
  return [what === 'connecting' ? `connected again ${wait}` : `made sure of its rules and connected again ${wait}`]
}

async function columnBelow(lake: MemoryLake, prefix: string, column: string): Promise<string[]> {
  const tables = openTables(lake)
  const files = await lake.list(prefix)
  const read = await Promise.all(files.map(({ path }) => tables.read(path, [column])))
  return read.flatMap(table => [...(table?.getChild(column) ?? [])].map(String))
}
