/**
 * A listener that is killed again and again: the executable against the double of X, `kill -9` at instants that a seed
 * chooses, and every whole line on the disk noted after each death.
 *
 * Each connection of the double has ids of its own and tells in which order it sent them. What the listener stored of
 * a connection must therefore be a beginning of what was sent there, tweet by tweet: a hole in it is a lost line, also
 * where no journal was ever seen with that line.
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createRandom, type Random } from '../../src/lib/domain/demo/random.ts'
import { systemClock } from '../../src/lib/io/clock.ts'
import { openJournal } from '../../src/lib/io/journal.ts'
import { openLocalLake } from '../../src/lib/io/lake-local.ts'
import { openTables } from '../../src/lib/io/tables.ts'
import { withXDouble } from '../x-double/double.ts'
import type { Step } from '../x-double/script.ts'
import type { Machine } from './executable.ts'
import { tweetLine } from './tweet-lines.ts'

/** What a listener was doing when it was killed, as far as its files tell. */
export type Moment = 'starting' | 'recovery' | 'reading' | 'publishing' | 'between segments'

export interface KillReport {
  kills: number
  moments: Record<Moment, number>
  /** lines that the double handed to its sockets */
  sent: number
  /** lines that were whole in a journal file when a process died */
  journaled: number
  /** rows of layer1 */
  stored: number
  /** rows of layer1/rejected */
  rejected: number
  /** lines that were whole in a journal file, or sent before one that is stored, and are not in layer1 */
  lost: string[]
  /** rows of layer1 beyond the lines that were read, and ids that layer2 has more than once */
  doubled: string[]
  /** ids of layer1 that layer2 has not */
  forgotten: string[]
  /** ids that the double never sent */
  invented: string[]
  /** files that no longer belong to anybody, in the journal's folder and in the lake's folder for unfinished files */
  leftOver: string[]
}

const TOKEN = 'TEST'
const START_MS = Date.parse('2024-01-01T10:00:00Z')
const HOURS = 3
/** Low enough that a listener seals several times in the life it has. */
const SEAL_AFTER = '40ms'
/** A process starts, asks for its rules and connects within this. */
const START_UP_MS = 200
const MAX_LIFE_MS = 300

/** @param machine without a lake; it has one afterwards */
export async function killOften(machine: Machine, about: { kills: number; seed: number }): Promise<KillReport> {
  const random = createRandom(about.seed)
  const sent: string[][] = []
  const accepted: (() => void)[] = []
  const scripts = Array.from({ length: about.kills + 1 }, () =>
    talk(sent, createRandom(random.below(2 ** 31)), accepted),
  )
  return withXDouble({ token: TOKEN, stream: scripts }, async x => {
    const words = [
      'listen',
      'covid19',
      '--max-usd-per-day',
      '1000000',
      '--origin',
      x.origin,
      '--seal-after',
      SEAL_AFTER,
      '--quiet',
    ]
    const env = { X_BEARER_TOKEN: TOKEN }
    const disk = openDisk(machine.folder)
    const moments = { starting: 0, recovery: 0, reading: 0, publishing: 0, 'between segments': 0 }
    for (let kill = 0; kill < about.kills; kill++) {
      const before = await disk.look()
      const isAccepted = new Promise<void>(resolve => void accepted.push(resolve))
      // it would spread its connects over hours: to it, its last life was a quarter of an hour ago
      await rm(join(machine.folder, 'lake/_state/connects.json'), { force: true })
      const { child, ended } = machine.start(words, env)
      const diesYoung = random.chance(0.25)
      if (!diesYoung) await Promise.race([isAccepted, ended])
      await Promise.race([setTimeout(random.below(diesYoung ? START_UP_MS : MAX_LIFE_MS)), ended])
      child.kill('SIGKILL')
      const outcome = await ended
      if (outcome.status !== null)
        throw new Error(`life ${kill} of seed ${about.seed} ended by itself: ${outcome.stderr}`)
      const isStarting = accepted.pop() !== undefined
      moments[momentOf(before, await disk.look(), isStarting)] += 1
      await disk.note()
    }
    const last = await machine.twdw([...words, '--for', '300ms'], { env })
    if (last.status !== 0) throw new Error(`the last life of seed ${about.seed} failed: ${last.stderr}`)
    return { kills: about.kills, moments, ...(await judge(machine, disk, sent)) }
  })
}

/** Tweets without end, in pieces of any size, some of them twice. @param sent gets the ids, one list a connection */
async function* talk(sent: string[][], random: Random, accepted: (() => void)[]): AsyncGenerator<Step, void, void> {
  const connection = sent.length
  const ids: string[] = []
  sent.push(ids)
  accepted.pop()?.()
  let before = ''
  for (let n = 0; n < 4096 * HOURS; n++) {
    const isRepeated = before !== '' && random.chance(0.05)
    const lines = Array.from({ length: 1 + random.below(30) }, () => lineOf(connection, n++))
    if (isRepeated) lines.push(before)
    before = lines[0] as string
    ids.push(...lines.map(line => JSON.parse(line).data.id))
    const raw = lines.map(line => `${line}\r\n`).join('')
    yield random.chance(0.3) ? { raw, cutAt: [1 + random.below(Buffer.byteLength(raw) - 1)] } : { raw }
    if (random.chance(0.1)) yield { raw: '\r\n' }
    yield { pauseMs: random.below(5) }
  }
}

function lineOf(connection: number, n: number): string {
  const atMs = START_MS + (n % HOURS) * 3_600_000 + connection
  return tweetLine(new Date(atMs).toISOString(), Math.floor(n / HOURS))
}

/** What lies about when no process runs. */
interface Sight {
  segments: readonly string[]
  /** files of the lake that were not yet in their place */
  unfinished: readonly string[]
  /** segments of which layer1 has an hour or more */
  published: ReadonlySet<string>
}

function momentOf(before: Sight, after: Sight, isStarting: boolean): Moment {
  if (isStarting) return before.segments.length > 0 ? 'recovery' : 'starting'
  if (after.unfinished.some(name => !before.unfinished.includes(name))) return 'publishing'
  if (after.segments.some(segment => after.published.has(segment))) return 'publishing'
  return after.segments.length > 0 ? 'reading' : 'between segments'
}

type Disk = ReturnType<typeof openDisk>

/** The files of a lake, seen between two lives. */
function openDisk(folder: string) {
  const lakeFolder = join(folder, 'lake')
  const journalFolder = join(lakeFolder, '_state/journal')
  const lake = openLocalLake(lakeFolder, { holder: 'a test', clock: systemClock })
  const tables = openTables(lake)
  const journal = openJournal(journalFolder, systemClock)
  /** by segment, the ids of its whole records when its process was dead */
  const journaled = new Map<string, string[]>()
  const names = (path: string, recursive = false) => readdir(path, { recursive }).catch(() => [] as string[])
  return {
    journaled,
    async look(): Promise<Sight> {
      const published = (await names(join(lakeFolder, 'layer1/tweets'), true)).map(segmentOf)
      const unfinished = await names(join(lakeFolder, '_tmp'))
      return { segments: await journal.list(), unfinished, published: new Set(published) }
    },
    async note(): Promise<void> {
      for (const segment of await journal.list()) {
        const records = (await journal.read(segment))?.records ?? []
        const text = new TextDecoder()
        journaled.set(
          segment,
          records.map(record => JSON.parse(text.decode(record.bytes)).data.id),
        )
      }
    },
    /** by segment, the ids of its rows in layer1 */
    async stored(): Promise<Map<string, string[]>> {
      const bySegment = new Map<string, string[]>()
      for (const { path } of await lake.list('layer1/tweets/')) {
        const ids = [...((await tables.read(path, ['tweet_id']))?.getChild('tweet_id') ?? [])].map(String)
        bySegment.set(segmentOf(path), [...(bySegment.get(segmentOf(path)) ?? []), ...ids])
      }
      return bySegment
    },
    async rejected(): Promise<number> {
      const files = await lake.list('layer1/rejected/')
      const rows = await Promise.all(files.map(async ({ path }) => (await tables.read(path))?.numRows ?? 0))
      return rows.reduce((sum, count) => sum + count, 0)
    },
    leftOver: async () => [...(await names(journalFolder)), ...(await names(join(lakeFolder, '_tmp')))],
  }
}

const segmentOf = (path: string) => path.slice(path.lastIndexOf('/') + 1, -'.parquet'.length)

async function judge(machine: Machine, disk: Disk, sent: readonly string[][]) {
  const bySegment = await disk.stored()
  const stored = [...bySegment.values()].flat()
  const fromJournals = [...disk.journaled].map(([segment, ids]) => compare(ids, bySegment.get(segment) ?? []))
  const known = new Map(sent.flatMap((ids, connection) => ids.map(id => [id, connection] as const)))
  const byConnection = Map.groupBy(stored, id => known.get(id))
  const fromX = sent.map((ids, connection) => {
    const storedHere = byConnection.get(connection) ?? []
    return compare(ids.slice(0, storedHere.length), storedHere)
  })
  const differences = [...fromJournals, ...fromX]
  const facts = await factsOf(machine)
  return {
    sent: sent.flat().length,
    journaled: [...disk.journaled.values()].flat().length,
    stored: stored.length,
    rejected: await disk.rejected(),
    lost: differences.flatMap(({ missing }) => missing),
    doubled: [
      ...differences.flatMap(({ tooMany }) => tooMany),
      ...[...facts].filter(([, rows]) => rows > 1).map(([id]) => id),
    ],
    forgotten: [...new Set(stored)].filter(id => !facts.has(id)),
    invented: [...stored, ...facts.keys()].filter(id => !known.has(id)),
    leftOver: await disk.leftOver(),
  }
}

/** Two lists in which an id may stand several times. */
function compare(expected: readonly string[], found: readonly string[]) {
  const balance = new Map<string, number>()
  for (const id of expected) balance.set(id, (balance.get(id) ?? 0) + 1)
  for (const id of found) balance.set(id, (balance.get(id) ?? 0) - 1)
  return {
    missing: [...balance].filter(([, count]) => count > 0).map(([id]) => id),
    tooMany: [...balance].filter(([, count]) => count < 0).map(([id]) => id),
  }
}

/** Rows of layer2 by id. */
async function factsOf(machine: Machine): Promise<Map<string, number>> {
  const consolidated = await machine.twdw(['consolidate', '--quiet'])
  if (consolidated.status !== 0) throw new Error(consolidated.stderr)
  const sql = 'SELECT tweet_id, count(*) AS rows_ FROM fact_tweet GROUP BY tweet_id'
  const answer = await machine.twdw(['query', '--batch-only', '--sql', sql, '--format', 'csv'])
  if (answer.status !== 0) throw new Error(answer.stderr)
  const lines = answer.stdout.trim().split('\n').slice(1)
  return new Map(lines.map(line => line.split(',')).map(([id = '', rows]) => [id, Number(rows)]))
}
