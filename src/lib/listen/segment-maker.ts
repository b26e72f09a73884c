/**
 * Making a segment: records of the journal become rows, and rows become files of the lake.
 *
 * It is the heavy part of listening, and needs nothing but records and a lake: in the executable it is done by workers,
 * each with a maker of its own, while the listener reads on. Files are named after their segment, so making one twice writes
 * the same files. What is forgotten is left out, also where it was forgotten while the segment was made.
 */
import type { Table } from 'apache-arrow'
import { rejectedWithoutForgotten, withoutForgotten } from '../domain/forget/forget-rows.ts'
import { type Forgotten, NOTHING_FORGOTTEN } from '../domain/forget/forgotten.ts'
import type { Hour } from '../domain/hour.ts'
import { LAYER1 } from '../domain/layer1.ts'
import {
  createLayer1Builder,
  LAYER1_REPEATING,
  type Layer1Builder,
  REJECTED_REPEATING,
} from '../domain/layer1-builder.ts'
import type { LineContext } from '../domain/line/line.ts'
import { layer1Path, rejectedPath } from '../domain/paths.ts'
import { cleanRejected, cleanTweets, type FilePorts } from '../forget/clean-file.ts'
import type { SegmentHeader } from '../io/journal.ts'
import type { JournalRecord, RecordBytes } from '../io/journal-records.ts'
import type { Tables, TableWriter } from '../io/tables.ts'
import type { Tombstones } from '../tombstones.ts'
import type { LeftOut } from './left-out.ts'
import { type AddedLines, addRecords, lineContextOf } from './segment-records.ts'

/** What a segment came to in the lake. */
export interface PublishedSegment {
  segment: string
  tweets: number
  rejected: number
  /** what of it is not in the lake */
  forgotten: LeftOut
  /** oldest first */
  hours: Hour[]
}

/** Calls for one segment are answered in their order. */
export interface SegmentMaker {
  /**
   * Lines of a segment, behind those that it got before; the first ones begin it.
   * @returns what came of them, and the memory of `records`, which nobody reads any more
   */
  add(segment: string, header: SegmentHeader, records: RecordBytes): Promise<AddedLines & { memory: ArrayBuffer }>
  /**
   * Write all of it to the lake, and forget it, also where that fails.
   * @param lines that the segment has
   * @throws TwdwError E_LAKE; Error where the maker did not get so many, since a worker died that had some of them. The
   * segment can be made again from the journal
   */
  publish(segment: string, lines: number): Promise<PublishedSegment>
  /** Forget all lines of a segment; one that it never had is no error. */
  forget(segment: string): Promise<void>
}

export interface MakerPorts {
  tables: Pick<Tables, 'write' | 'openWriter'> & FilePorts['tables']
  lake: FilePorts['lake']
  tombstones: Tombstones
  recordsIn(bytes: Uint8Array): JournalRecord[]
}

/** So many rows of an hour are encoded as soon as they are there: what waits is little, and the end of a segment is soon written. */
const ROWS_A_TABLE = 4_096
/** One segment is made while the files of the one before are written. */
const MAX_SPARE_BUILDERS = 1

/** A segment while it is made. */
interface Making {
  builder: Layer1Builder
  lines: number
  /** from its header */
  context: LineContext | undefined
  /** of the hours that have had a full table, until they are finished */
  writers: Map<Hour, TableWriter>
  /** what was forgotten when the segment was begun */
  forgotten: Forgotten | undefined
  left: LeftOut
  /** resolves when the last call for the segment is done: rows go into their files in order */
  turn: Promise<unknown>
}

export function openSegmentMaker(ports: MakerPorts): SegmentMaker {
  const open = new Map<string, Making>()
  const spare: Layer1Builder[] = []
  /** as last read; while lines come in, the lake is not asked: it may be out of reach */
  let forgotten: Forgotten | undefined

  function makingOf(segment: string): Making {
    const found = open.get(segment)
    if (found !== undefined) return found
    const builder = spare.pop() ?? createLayer1Builder(ROWS_A_TABLE)
    const begun = { context: undefined, writers: new Map(), forgotten: undefined, turn: Promise.resolve() }
    const making: Making = { builder, lines: 0, ...begun, left: { tweets: 0, lines: 0 } }
    open.set(segment, making)
    return making
  }

  function inTurn<T>(making: Making, work: () => Promise<T>): Promise<T> {
    const done = making.turn.then(work)
    making.turn = done.catch(() => undefined)
    return done
  }

  async function letGo({ builder, writers }: Making): Promise<void> {
    for (const writer of writers.values()) await writer.abort()
    builder.clear()
    if (spare.length < MAX_SPARE_BUILDERS) spare.push(builder)
  }

  return {
    add(segment, header, records) {
      const making = makingOf(segment)
      return inTurn(making, async () => {
        making.context ??= lineContextOf(header)
        // who cannot read tombstones now is told when the segment is published, and what was encoded is looked through then
        forgotten ??= await ports.tombstones.read().catch(() => NOTHING_FORGOTTEN)
        making.forgotten ??= forgotten
        const added = addRecords(making.builder, ports.recordsIn(records), header.source, making.context)
        making.lines += added.lines
        await writeFull(segment, making, making.forgotten, ports.tables)
        return { ...added, memory: records.buffer }
      })
    },
    publish(segment, lines) {
      const making = makingOf(segment)
      open.delete(segment)
      const work = async () => {
        if (making.lines !== lines) {
          throw new Error(`a worker has ${making.lines} of ${lines} lines of segment ${segment}`)
        }
        forgotten = await ports.tombstones.read()
        return writeSegment(segment, making, forgotten, ports)
      }
      return inTurn(making, work).finally(() => letGo(making))
    },
    async forget(segment) {
      const making = open.get(segment)
      open.delete(segment)
      if (making !== undefined) await inTurn(making, () => letGo(making))
    },
  }
}

async function writeFull(
  segment: string,
  making: Making,
  forgotten: Forgotten,
  tables: MakerPorts['tables'],
): Promise<void> {
  const { builder, writers } = making
  for (const { hour, table, giveBack } of builder.takeFull()) {
    const rows = remaining(table, forgotten, making)
    if (rows.numRows > 0) {
      const writer = writers.get(hour) ?? (await openHour(tables, segment, hour))
      writers.set(hour, writer)
      await writer.append(rows)
    }
    giveBack()
  }
}

function remaining(tweets: Table, forgotten: Forgotten, making: Making): Table {
  const { table, removed } = withoutForgotten(tweets, forgotten)
  making.left.tweets += removed
  return table
}

function openHour(tables: MakerPorts['tables'], segment: string, hour: Hour): Promise<TableWriter> {
  return tables.openWriter(layer1Path(hour, segment), LAYER1, { repeating: LAYER1_REPEATING })
}

async function writeSegment(
  segment: string,
  making: Making,
  forgotten: Forgotten,
  ports: MakerPorts,
): Promise<PublishedSegment> {
  const { tables } = ports
  const { builder, writers } = making
  const { tweets, rejected } = builder
  const encodedWithout = writers.size > 0 ? making.forgotten : forgotten
  const rest = new Map([...builder.tweetTables()].map(([hour, table]) => [hour, remaining(table, forgotten, making)]))
  const hours: Hour[] = []
  for (const hour of [...new Set([...writers.keys(), ...rest.keys()])].sort()) {
    const writer = writers.get(hour)
    const table = rest.get(hour)
    const hasRows = table !== undefined && table.numRows > 0
    if (writer === undefined && hasRows) {
      await tables.write(layer1Path(hour, segment), table, { repeating: LAYER1_REPEATING })
    }
    if (writer !== undefined && hasRows) await writer.append(table)
    writers.delete(hour)
    await writer?.finish()
    if (writer !== undefined || hasRows) hours.push(hour)
  }
  const lines = rejectedWithoutForgotten(builder.rejectedTable(), forgotten)
  making.left.lines += lines.removed
  if (lines.table.numRows > 0) await tables.write(rejectedPath(segment), lines.table, { repeating: REJECTED_REPEATING })
  const left = await cleanWritten({ segment, hours, encodedWithout }, making, ports)
  return { segment, tweets, rejected, forgotten: making.left, hours: left }
}

/**
 * Whoever forgets writes tombstones first and looks for files then. One of the two sees the other: a tombstone that was
 * not there when rows were encoded is seen here, behind the files; one that comes later finds the files.
 * @returns the hours that still have rows
 */
async function cleanWritten(
  { segment, ...written }: { segment: string; hours: Hour[]; encodedWithout: Forgotten | undefined },
  making: Making,
  ports: MakerPorts,
): Promise<Hour[]> {
  let { hours, encodedWithout: known } = written
  for (let now = await ports.tombstones.read(); known !== now; now = await ports.tombstones.read()) {
    const left: Hour[] = []
    for (const hour of hours) {
      const rows = await cleanTweets(layer1Path(hour, segment), now, ports)
      making.left.tweets += rows?.removed ?? 0
      if (rows !== undefined && rows.table.numRows > 0) left.push(hour)
    }
    making.left.lines += await cleanRejected(rejectedPath(segment), now, ports)
    ;[hours, known] = [left, now]
  }
  return hours
}
