/**
 * The journal: a line is safe here before anything else is done with it.
 *
 * Files lie in one folder on a local disk, one a segment, named `<segment>.journal`. A segment's name
 * sorts by time and is unique across machines; the layer1 files made from it carry the same name.
 * Whoever appends to a segment holds a lock on its file, which ends with the process: a segment
 * without a lock was left behind.
 *
 * A file is `twdwj1\n`, the length (u32, little-endian) and the JSON text of its header, then records. A tail that is no
 * whole record was never acknowledged; what whole records follow is damage.
 */
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemErrorCode, TwdwError } from '../errors.ts'
import type { Clock } from './clock.ts'
import { tryLockDescriptor } from './file-lock.ts'
import { BlockPool, type FoundRecords, findRecords, RecordBlock, type RecordBytes } from './journal-records.ts'
import { diskError, listFolder, makeFolder, removeFile, sweepAbandoned, syncFolder } from './local-file.ts'
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
  /** what a search asked for; absent for every other source */
  search?: SearchHeader
}

/** What a search asked for, which its answers do not repeat. */
export interface SearchHeader {
  /** name of the rule that was asked for alone; absent: the segment's `tags` were, and a line says which */
  askedBy?: string
  /** where the time that is to be searched begins, milliseconds since 1970-01-01T00:00Z */
  fromMs: number
}

/**
 * A segment as it stands on the disk. `tornBytes` are of a write that a crash cut off, or of one going on now; where there
 * are `damagedBytes` the disk lost what was acknowledged.
 */
export interface SegmentContent extends FoundRecords {
  header: SegmentHeader
}

/** What one sync made safe. */
export interface SyncedRecords {
  records: RecordBytes
  lines: number
}

/** A segment that this process appends to. */
export interface JournalSegment {
  readonly name: string
  /** bytes of records written so far */
  readonly bytes: number
  /** lines and bytes that are not yet safe */
  readonly unsynced: { readonly lines: number; readonly bytes: number }
  /**
   * Write lines at the end. They are safe once a later `sync` has resolved.
   * @throws TwdwError E_LAKE when the disk does not take them: none of them is in the segment then, and it can be asked again
   */
  append(batch: LineBatch): Promise<void>
  /**
   * After this, everything appended survives a power cut.
   * @returns what was appended since the last sync, in memory that is the caller's
   * @throws TwdwError E_LAKE when the disk does not take it: nothing of it is safe then, and it can be asked again
   */
  sync(): Promise<SyncedRecords>
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
  /** @returns undefined where the segment is gone. What has no head any more is damaged. @throws TwdwError E_LAKE when it is of another version */
  read(segment: string): Promise<SegmentContent | undefined>
  remove(segment: string): Promise<void>
  /** Memory of `sync` that nobody reads any more. */
  giveBack(memory: ArrayBuffer): void
  /** Take a damaged segment out of the journal without losing it. @returns where it is now */
  setAside(segment: string): Promise<string>
}

const MAGIC_TEXT = 'twdwj1\n'
const MAGIC = new TextEncoder().encode(MAGIC_TEXT)
/** of another version, whose records this one cannot read */
const OTHER_MAGIC = /^twdwj\d/
const HEADER_START = MAGIC.length + 4
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
  const pool = new BlockPool()
  return {
    newName,
    async begin(header) {
      swept ??= sweepAbandoned(folder, clock.nowMs(), UNNAMED_SUFFIX)
      await swept
      return beginSegment(folder, newName(), header, pool)
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
    giveBack: memory => pool.giveBack(memory),
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
export function uniqueName(nowMs: number): string {
  return `${new Date(nowMs).toISOString().replace(/[-:.]/g, '')}-${randomId()}`
}

/** The file gets its name only once it is locked and has its header: no one can take it for left behind. */
async function beginSegment(
  folder: string,
  name: string,
  header: SegmentHeader,
  pool: BlockPool,
): Promise<JournalSegment> {
  const path = join(folder, `${name}${SUFFIX}`)
  const unnamedPath = join(folder, `${name}${UNNAMED_SUFFIX}`)
  let file: FileHandle | undefined
  try {
    await makeFolder(folder)
    file = await open(unnamedPath, 'wx')
    if (!tryLockDescriptor(file.fd)) throw Object.assign(new Error('flock'), { code: 'ENOLCK' })
    const headerBytes = encodeHeader(header)
    await writeAt(file, headerBytes, 0)
    await file.sync()
    await rename(unnamedPath, path)
    await syncFolder(folder)
    return new FileSegment({ name, path, file, headerBytes: headerBytes.length, pool })
  } catch (cause) {
    // a file that nobody closes ends the process once it is collected
    await file?.close().catch(() => undefined)
    await rm(unnamedPath, { force: true }).catch(() => undefined)
    throw diskError(`the journal segment ${path} cannot be made`, cause)
  }
}

interface SegmentFile {
  name: string
  path: string
  file: FileHandle
  headerBytes: number
  pool: BlockPool
}

class FileSegment implements JournalSegment {
  readonly name: string
  private readonly about: SegmentFile
  private block: RecordBlock | undefined
  private syncedBytes = 0
  /** whether the disk has said that it could not keep what it had taken */
  private mustRewrite = false

  constructor(about: SegmentFile) {
    this.name = about.name
    this.about = about
  }

  get bytes(): number {
    return this.syncedBytes + this.unsynced.bytes
  }

  get unsynced(): { lines: number; bytes: number } {
    return this.block ?? NOTHING
  }

  async append(batch: LineBatch): Promise<void> {
    const { path, file, headerBytes, pool } = this.about
    this.block ??= new RecordBlock(pool)
    const start = headerBytes + this.bytes
    const records = this.block.add(batch)
    try {
      await writeAt(file, records, start)
    } catch (cause) {
      this.block.removeLast(records, batch.lines.length)
      // half a record in the middle would hide every record after it
      await file.truncate(start).catch(() => undefined)
      throw diskError(`the journal segment ${path} cannot take ${records.length} bytes more`, cause)
    }
  }

  async sync(): Promise<SyncedRecords> {
    const { path, file, headerBytes } = this.about
    if (this.block === undefined) return { records: new Uint8Array(), lines: 0 }
    const { records, lines } = this.block
    try {
      // after a failed sync the kernel may take what was not kept for clean, and a second sync would promise it
      if (this.mustRewrite) await writeAt(file, records, headerBytes + this.syncedBytes)
      await file.datasync()
    } catch (cause) {
      this.mustRewrite = true
      throw diskError(`the journal segment ${path} cannot be synced`, cause)
    }
    this.mustRewrite = false
    this.syncedBytes += records.length
    this.block = undefined
    return { records, lines }
  }

  close(): Promise<void> {
    return this.about.file.close()
  }
}

const NOTHING = { lines: 0, bytes: 0 } as const

/** All of it, at one place: a write may take less than it was given. */
async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
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

function parseSegment(bytes: Uint8Array<ArrayBuffer>, path: string): SegmentContent {
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length))
  if (magic !== MAGIC_TEXT && OTHER_MAGIC.test(magic)) {
    throw new TwdwError('E_LAKE', `${path} is no journal segment of this version of twdw`, {
      hint: 'move it out of the journal folder; if it holds tweets, read it with the version that wrote it',
    })
  }
  const headerEnd = headerEndOf(bytes)
  const header = parseHeader(bytes.subarray(HEADER_START, headerEnd))
  // of a head that makes no sense the length makes none
  const found = findRecords(bytes.subarray(header === undefined ? 0 : headerEnd))
  if (header !== undefined && magic === MAGIC_TEXT) return { ...found, header }
  // a file that does not say what it is was damaged, and none of it can be told from a torn tail
  const damagedBytes = Math.max(HEADER_START, found.damagedBytes + found.tornBytes)
  return { ...found, header: header ?? UNKNOWN_HEADER, tornBytes: 0, damagedBytes }
}

function headerEndOf(bytes: Uint8Array): number {
  if (bytes.length < HEADER_START) return bytes.length
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return HEADER_START + view.getUint32(MAGIC.length, true)
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

async function readSegmentFile(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    // memory of its own: a worker may get it
    return new Uint8Array(await readFile(path))
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
