/**
 * Records: lines one behind the other in memory, as the journal has them on the disk.
 *
 * A record is the length of the line (u32), CRC-32 of all that follows (u32), the time at which it was read (f64, ms since
 * 1970-01-01T00:00Z), the line. Numbers are little-endian. What was written to the disk is handed on as it is, to a
 * worker too, so that a line is copied once on its way from the source to the columns.
 */
import { crc32 } from 'node:zlib'
import type { LineBatch } from './source/source.ts'

export interface JournalRecord {
  /** the line, without its line end */
  bytes: Uint8Array
  capturedAtMs: number
}

/** Records in memory that nobody else looks at: it may be handed to a worker, and given back when it is no longer needed. */
export type RecordBytes = Uint8Array<ArrayBuffer>

const HEAD_BYTES = 16
/** What a sync interval of a busy stream takes; a block that needs more grows. */
const BLOCK_BYTES = 5 << 20
/** Blocks that are kept for later: one is filled while others are read. */
const MAX_SPARE = 8

/** The same memory again and again: fresh memory costs the kernel more than copying into it. */
export class BlockPool {
  private readonly spare: ArrayBuffer[] = []

  take(): RecordBytes {
    return new Uint8Array(this.spare.pop() ?? new ArrayBuffer(BLOCK_BYTES))
  }

  /** @param memory that nobody reads any more; of another length than `take` gives it is let go */
  giveBack(memory: ArrayBuffer): void {
    if (memory.byteLength === BLOCK_BYTES && this.spare.length < MAX_SPARE) this.spare.push(memory)
  }
}

/** Records while they are added. */
export class RecordBlock {
  lines = 0
  bytes = 0
  private memory: RecordBytes
  private readonly pool: BlockPool
  private readonly isForDisk: boolean

  /** @param isForDisk whether records need a checksum, for what a crash or a disk may do to them */
  constructor(pool: BlockPool, isForDisk = true) {
    this.pool = pool
    this.isForDisk = isForDisk
    this.memory = pool.take()
  }

  /** All lines of a batch, so that a batch is one write. @returns their records, in the block's memory */
  add({ lines, capturedAtMs }: LineBatch): Uint8Array {
    const first = this.bytes
    this.reserve(lines.reduce((sum, line) => sum + HEAD_BYTES + line.length, first))
    const { memory } = this
    const view = new DataView(memory.buffer)
    let start = first
    for (const line of lines) {
      const end = start + HEAD_BYTES + line.length
      view.setUint32(start, line.length, true)
      view.setFloat64(start + 8, capturedAtMs, true)
      memory.set(line, start + HEAD_BYTES)
      if (this.isForDisk) view.setUint32(start + 4, crc32(memory.subarray(start + 8, end)), true)
      start = end
    }
    this.bytes = start
    this.lines += lines.length
    return memory.subarray(first, start)
  }

  /** Take back what the last `add` added. */
  removeLast(records: Uint8Array, lines: number): void {
    this.bytes -= records.length
    this.lines -= lines
  }

  /** All records. */
  get records(): RecordBytes {
    return this.memory.subarray(0, this.bytes)
  }

  private reserve(bytes: number): void {
    if (bytes <= this.memory.length) return
    const larger = new Uint8Array(Math.max(bytes, this.memory.length * 2))
    larger.set(this.records)
    this.pool.giveBack(this.memory.buffer)
    this.memory = larger
  }
}

/** The records of whole memory. Their bytes are views of it. */
export function recordsIn(bytes: Uint8Array): JournalRecord[] {
  const view = viewOf(bytes)
  const records: JournalRecord[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = start + HEAD_BYTES + view.getUint32(start, true)
    records.push(recordAt(bytes, view, start, end))
    start = end
  }
  return records
}

/** What is whole in bytes that a crash may have cut and a disk may have damaged. */
export interface FoundRecords {
  /** the whole records, views of `bytes` */
  records: JournalRecord[]
  /** the same, one behind the other */
  bytes: RecordBytes
  /** bytes after the last whole record */
  tornBytes: number
  /** bytes that whole records follow */
  damagedBytes: number
}

export function findRecords(bytes: Uint8Array<ArrayBuffer>): FoundRecords {
  const view = viewOf(bytes)
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let pieceStart = 0
  let damagedBytes = 0
  let start = 0
  let lastEnd = 0
  while (start + HEAD_BYTES <= bytes.length) {
    const end = start + HEAD_BYTES + view.getUint32(start, true)
    const isWhole = end <= bytes.length && crc32(bytes.subarray(start + 8, end)) === view.getUint32(start + 4, true)
    if (!isWhole) {
      // a torn tail ends the file; behind damage there may be records, which lengths alone rarely pretend to be
      start += 1
      continue
    }
    if (start > lastEnd) {
      pieces.push(bytes.subarray(pieceStart, lastEnd))
      pieceStart = start
      damagedBytes += start - lastEnd
    }
    start = end
    lastEnd = end
  }
  pieces.push(bytes.subarray(pieceStart, lastEnd))
  const whole = pieces.length === 1 ? pieces[0]! : new Uint8Array(Buffer.concat(pieces))
  return { records: recordsIn(whole), bytes: whole, tornBytes: bytes.length - lastEnd, damagedBytes }
}

function recordAt(bytes: Uint8Array, view: DataView, start: number, end: number): JournalRecord {
  return { bytes: bytes.subarray(start + HEAD_BYTES, end), capturedAtMs: view.getFloat64(start + 8, true) }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
