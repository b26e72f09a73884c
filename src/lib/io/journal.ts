/**
 * The journal: a line is safe here before anything else is done with it.
 *
 * Files lie in one folder on a local disk, one a segment, named `<segment>.journal`. A segment's name
 * sorts by time and is unique across machines; the layer1 files made from it carry the same name.
 * Whoever appends to a segment holds a lock on its file, which ends with the process: a segment
 * without a lock was left behind.
 *
 * A file is `twdwj1\n`, the length (u32) and the JSON text of its header, then records: length of the
 * line (u32), CRC-32 of all that follows (u32), time read (f64, ms since 1970-01-01T00:00Z), the line.
 * Numbers are little-endian. A tail that is no whole record was never acknowledged; what whole records follow is damage.
 */
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { systemErrorCode, TwdwError } from '../errors.ts'
import type { Clock } from './clock.ts'
import { tryLockDescriptor } from './file-lock.ts'
import { diskError, listFolder, removeFile, sweepAbandoned, syncFolder } from './local-file.ts'
import { randomId } from './random.ts'
import type { LineBatch } from './source/source.ts'

/** What is true of every line of a segment. */
export interface SegmentHeader {
  source: string
  /** session in which the segment was begun */
  session: string
  /** hashtags listened for, folded */
  tags: readonly string[]
  /** names of the rules of this segment's source, by their id at the source; of a pack its hashtags too */
  ruleNames: Readonly<Record<string, string | { readonly pack: string; readonly hashtags: readonly string[] }>>
  /** lines that only rules matched which neither stand in `ruleNames` nor have a tag that begins so are not to be stored */
  ownTags?: string | undefined
}

export interface JournalRecord {
  /** the line, without its line end */
  bytes: Uint8Array
  capturedAtMs: number
}

/** A segment as it stands on the disk. */
export interface SegmentContent {
  header: SegmentHeader
  records: JournalRecord[]
  /** bytes after the last whole record: a write that a crash cut off, or one going on now */
  tornBytes: number
  /** bytes that whole records follow: the disk lost what was acknowledged */
  damagedBytes: number
}

/** A segment that this process appends to. */
export interface JournalSegment {
  readonly name: string
  /** bytes of records written so far */
  readonly bytes: number
  /**
   * Write lines at the end. They are safe once a later `sync` has resolved.
   * @returns the lines in memory of the segment, valid until the first append after the next sync
   * @throws TwdwError E_LAKE when the disk does not take them
   */
  append(batch: LineBatch): Promise<JournalRecord[]>
  /** After this, everything appended survives a power cut. */
  sync(): Promise<void>
  /** End the segment; its file stays until `Journal.remove`. */
  close(): Promise<void>
}

export interface Journal {
  /** A name that sorts by time and that no other machine gives. */
  newName(): string
  begin(header: SegmentHeader): Promise<JournalSegment>
  /** Names of all segments on the disk, oldest first; [] where there is no journal. */
  list(): Promise<string[]>
  /** Names of segments that no process appends to: left by a crash, or by a lake out of reach. */
  leftBehind(): Promise<string[]>
  /** @returns undefined where the segment is gone. @throws TwdwError E_LAKE when it is no journal segment */
  read(segment: string): Promise<SegmentContent | undefined>
  remove(segment: string): Promise<void>
  /** Take a damaged segment out of the journal without losing it. @returns where it is now */
  setAside(segment: string): Promise<string>
}

const MAGIC = new TextEncoder().encode('twdwj1\n')
const HEADER_START = MAGIC.length + 4
const RECORD_HEAD_BYTES = 16
const SUFFIX = '.journal'
/** of a segment that has no header yet */
const UNNAMED_SUFFIX = '.new'

/** @param folder absolute; made by the first `begin` */
export function openJournal(folder: string, clock: Clock): Journal {
  const pathOf = (segment: string) => join(folder, `${segment}${SUFFIX}`)
  const list = async () => {
    const names = (await listFolder(folder)).map(entry => entry.name).filter(name => name.endsWith(SUFFIX))
    return names.map(name => name.slice(0, -SUFFIX.length)).sort()
  }
  let swept: Promise<void> | undefined
  const newName = () => uniqueName(clock.nowMs())
  return {
    newName,
    async begin(header) {
      swept ??= sweepAbandoned(folder, clock.nowMs(), UNNAMED_SUFFIX)
      await swept
      return beginSegment(folder, newName(), header)
    },
    list,
    async leftBehind() {
      const segments = await list()
      const isFree = await Promise.all(segments.map(segment => isUnlocked(pathOf(segment))))
      return segments.filter((_, i) => isFree[i])
    },
    async read(segment) {
      const bytes = await readSegmentFile(pathOf(segment))
      return bytes && parseSegment(bytes, pathOf(segment))
    },
    remove: segment => removeFile(pathOf(segment)),
    async setAside(segment) {
      const path = `${pathOf(segment)}.damaged`
      await rename(pathOf(segment), path).catch(cause => {
        throw diskError(`${pathOf(segment)} cannot be renamed`, cause)
      })
      return path
    },
  }
}

/** `20240101T101500123Z-1f3a9c2e`: sorts by time; the random end tells machines apart. */
function uniqueName(nowMs: number): string {
  return `${new Date(nowMs).toISOString().replace(/[-:.]/g, '')}-${randomId()}`
}

/** The file gets its name only once it is locked and has its header: no one can take it for left behind. */
async function beginSegment(folder: string, name: string, header: SegmentHeader): Promise<JournalSegment> {
  const path = join(folder, `${name}${SUFFIX}`)
  const unnamedPath = join(folder, `${name}${UNNAMED_SUFFIX}`)
  try {
    await mkdir(folder, { recursive: true })
    const file = await open(unnamedPath, 'ax')
    if (!tryLockDescriptor(file.fd)) throw Object.assign(new Error('flock'), { code: 'ENOLCK' })
    const headerBytes = encodeHeader(header)
    await file.appendFile(headerBytes)
    await file.sync()
    await rename(unnamedPath, path)
    await syncFolder(folder)
    return openSegment(name, path, file, headerBytes.length)
  } catch (cause) {
    await rm(unnamedPath, { force: true }).catch(() => undefined)
    throw diskError(`the journal segment ${path} cannot be made`, cause)
  }
}

function openSegment(name: string, path: string, file: FileHandle, headerBytes: number): JournalSegment {
  const arena = createArena()
  let bytesWritten = 0
  let isSynced = true
  return {
    name,
    get bytes() {
      return bytesWritten
    },
    async append(batch: LineBatch) {
      if (isSynced) arena.reuse()
      isSynced = false
      const { bytes, records } = encodeRecords(batch, arena)
      try {
        await file.appendFile(bytes)
      } catch (cause) {
        // half a record in the middle would hide every record after it
        await file.truncate(headerBytes + bytesWritten).catch(() => undefined)
        throw diskError(`the journal segment ${path} cannot take ${bytes.length} bytes more`, cause)
      }
      bytesWritten += bytes.length
      return records
    },
    async sync() {
      try {
        await file.datasync()
      } catch (cause) {
        throw diskError(`the journal segment ${path} cannot be synced`, cause)
      }
      isSynced = true
    },
    close: () => file.close(),
  }
}

interface Arena {
  /** Memory that nobody else has until `reuse`; what is in it does not matter. */
  take(bytes: number): Uint8Array<ArrayBuffer>
  reuse(): void
}

const ARENA_BYTES = 8 << 20

/** The same memory for every sync interval: fresh memory costs the kernel more than copying into it. */
function createArena(): Arena {
  let memory: Uint8Array<ArrayBuffer> | undefined
  let end = 0
  return {
    take(bytes) {
      memory ??= new Uint8Array(ARENA_BYTES)
      if (end + bytes > memory.length) return new Uint8Array(bytes)
      end += bytes
      return memory.subarray(end - bytes, end)
    },
    reuse() {
      end = 0
    },
  }
}

function encodeHeader(header: SegmentHeader): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(HEADER_START + json.length)
  bytes.set(MAGIC)
  new DataView(bytes.buffer).setUint32(MAGIC.length, json.length, true)
  bytes.set(json, HEADER_START)
  return bytes
}

/** All lines of a batch as one piece, so that a batch is one write. */
function encodeRecords(batch: LineBatch, arena: Arena): { bytes: Uint8Array; records: JournalRecord[] } {
  const { lines, capturedAtMs } = batch
  const bytes = arena.take(lines.reduce((sum, line) => sum + RECORD_HEAD_BYTES + line.length, 0))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const records: JournalRecord[] = []
  let start = 0
  for (const line of lines) {
    const end = start + RECORD_HEAD_BYTES + line.length
    view.setUint32(start, line.length, true)
    view.setFloat64(start + 8, capturedAtMs, true)
    bytes.set(line, start + RECORD_HEAD_BYTES)
    view.setUint32(start + 4, crc32(bytes.subarray(start + 8, end)), true)
    records.push({ bytes: bytes.subarray(start + RECORD_HEAD_BYTES, end), capturedAtMs })
    start = end
  }
  return { bytes, records }
}

function parseSegment(bytes: Uint8Array, path: string): SegmentContent {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEADER_START || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new TwdwError('E_LAKE', `${path} is no journal segment of this version of twdw`, {
      hint: 'move it out of the journal folder; if it holds tweets, read it with the version that wrote it',
    })
  }
  const headerEnd = HEADER_START + view.getUint32(MAGIC.length, true)
  const recordsStart = headerEnd <= bytes.length ? headerEnd : HEADER_START
  const records: JournalRecord[] = []
  let damagedBytes = 0
  let start = recordsStart
  let lastEnd = recordsStart
  while (start + RECORD_HEAD_BYTES <= bytes.length) {
    const end = recordEnd(bytes, view, start)
    if (end === undefined) {
      // a torn tail ends the file; behind damage there may be records, which lengths alone rarely pretend to be
      start += 1
      continue
    }
    records.push({
      bytes: bytes.subarray(start + RECORD_HEAD_BYTES, end),
      capturedAtMs: view.getFloat64(start + 8, true),
    })
    damagedBytes += start - lastEnd
    start = end
    lastEnd = end
  }
  const header = parseHeader(bytes.subarray(HEADER_START, recordsStart))
  if (header === undefined) damagedBytes += recordsStart
  return { header: header ?? UNKNOWN_HEADER, records, tornBytes: bytes.length - lastEnd, damagedBytes }
}

/** Stands in for a header that cannot be read, so that the lines behind it can. */
const UNKNOWN_HEADER: SegmentHeader = { source: 'replay', session: '', tags: [], ruleNames: {} }

function parseHeader(json: Uint8Array): SegmentHeader | undefined {
  try {
    return { ...UNKNOWN_HEADER, ...JSON.parse(new TextDecoder().decode(json)) }
  } catch {
    return undefined
  }
}

/** Where the record that begins at `start` ends; undefined where no whole record begins. */
function recordEnd(bytes: Uint8Array, view: DataView, start: number): number | undefined {
  const end = start + RECORD_HEAD_BYTES + view.getUint32(start, true)
  if (end > bytes.length) return undefined
  return crc32(bytes.subarray(start + 8, end)) === view.getUint32(start + 4, true) ? end : undefined
}

async function readSegmentFile(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined
    throw diskError(`the journal segment ${path} cannot be read`, cause)
  }
}

async function isUnlocked(path: string): Promise<boolean> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return false
    throw diskError(`the journal segment ${path} cannot be read`, cause)
  }
  const isFree = tryLockDescriptor(file.fd)
  await file.close()
  return isFree
}
