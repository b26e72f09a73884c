/**
 * Archives that are the same bytes for the same files, whoever makes them and when: names in order, one time, no owner.
 *
 * Written here rather than by `tar` and `zip`, whose bytes differ from machine to machine.
 */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib'

export interface ArchivedFile {
  /** with `/` between folders; ASCII, at most 100 characters */
  path: string
  bytes: Uint8Array
  isExecutable: boolean
}

/** Most of an executable is packed already: higher levels take twice as long for nothing. */
const LEVEL = { level: 6 }

/** @param seconds since 1970, the time of every file */
export function tarGz(files: readonly ArchivedFile[], seconds: number): Buffer {
  const parts = inOrder(files).flatMap(file => {
    const padding = Buffer.alloc(-file.bytes.length & (TAR_BLOCK - 1))
    return [tarHeader(file, seconds), file.bytes, padding]
  })
  // two empty blocks end it
  const tar = Buffer.concat([...parts, Buffer.alloc(2 * TAR_BLOCK)])
  return gzipSync(tar, LEVEL)
}

const TAR_BLOCK = 512
/** where a header has its own sum, which counts as spaces */
const SUM = { at: 148, bytes: 8 }

/** POSIX ustar. Folders have no entries: they are made for the files in them. */
function tarHeader({ path, bytes, isExecutable }: ArchivedFile, seconds: number): Buffer {
  const header = Buffer.alloc(TAR_BLOCK)
  if (path.length > 100) throw new Error(`too long a name for an archive: ${path}`)
  const octal = (value: number, at: number, digits: number) => {
    header.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'latin1')
  }
  header.write(path, 0, 'latin1')
  octal(isExecutable ? 0o755 : 0o644, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(bytes.length, 124, 11)
  octal(seconds, 136, 11)
  header.fill(' ', SUM.at, SUM.at + SUM.bytes)
  header.write('0', 156, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  header.write('root', 265, 'latin1')
  header.write('root', 297, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, SUM.at, 'latin1')
  return header
}

const ZIP_LOCAL = 0x04034b50
const ZIP_CENTRAL = 0x02014b50
const ZIP_END = 0x06054b50
const ZIP_VERSION = 20
const ZIP_DEFLATED = 8
/** written as by Unix, so that who may run a file is kept */
const ZIP_MADE_BY = (3 << 8) | ZIP_VERSION

/** @param seconds since 1970, the time of every file; a zip has no zone, so it stands there as UTC */
export function zip(files: readonly ArchivedFile[], seconds: number): Buffer {
  const parts: Uint8Array[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const file of inOrder(files)) {
    const packed = deflateRawSync(file.bytes, LEVEL)
    const about = zipAbout(file, packed.length, seconds)
    const name = Buffer.from(file.path, 'latin1')
    const local = Buffer.alloc(4)
    local.writeUInt32LE(ZIP_LOCAL)
    parts.push(local, about, name, packed)
    directory.push(zipDirectoryEntry(file, about, at), name)
    at += local.length + about.length + name.length + packed.length
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(ZIP_END)
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, listing, end])
}

/** What stands before a file and in the directory alike. */
function zipAbout({ path, bytes }: ArchivedFile, packedBytes: number, seconds: number): Buffer {
  const time = new Date(seconds * 1000)
  const about = Buffer.alloc(26)
  about.writeUInt16LE(ZIP_VERSION, 0)
  about.writeUInt16LE(ZIP_DEFLATED, 4)
  about.writeUInt16LE((time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1), 6)
  const years = Math.max(time.getUTCFullYear() - 1980, 0)
  about.writeUInt16LE((years << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate(), 8)
  about.writeUInt32LE(crc32(bytes), 10)
  about.writeUInt32LE(packedBytes, 14)
  about.writeUInt32LE(bytes.length, 18)
  about.writeUInt16LE(path.length, 22)
  return about
}

function zipDirectoryEntry({ isExecutable }: ArchivedFile, about: Buffer, at: number): Buffer {
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(ZIP_CENTRAL, 0)
  entry.writeUInt16LE(ZIP_MADE_BY, 4)
  about.copy(entry, 6)
  entry.writeUInt32LE(((0o100000 | (isExecutable ? 0o755 : 0o644)) << 16) >>> 0, 38)
  entry.writeUInt32LE(at, 42)
  return entry
}

function inOrder(files: readonly ArchivedFile[]): ArchivedFile[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
