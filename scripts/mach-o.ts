/**
 * Executables of macOS: whether their signature holds, and a new one where it does not.
 *
 * Bun signs what it compiles for arm64, where macOS ends a program at once whose signature does not hold. On x64 it leaves the
 * runtime's own, which knows nothing of what was added. Signatures are ad hoc: SHA-256 of every page, vouched for by nobody.
 * Only what Bun writes is read: one architecture, 64 bits, little-endian, the signature last.
 */
import { createHash } from 'node:crypto'

const MAGIC_64 = 0xfeedfacf
const HEADER_BYTES = 32
const LC_SEGMENT_64 = 0x19
const LC_CODE_SIGNATURE = 0x1d
const EMBEDDED_SIGNATURE = 0xfade0cc0
const CODE_DIRECTORY = 0xfade0c02
const SHA_256 = 2

/** What is wrong with the signature; undefined where it holds. */
export function signatureFault(file: Buffer): string | undefined {
  if (file.length < HEADER_BYTES || file.readUInt32LE(0) !== MAGIC_64) return 'it is no 64-bit Mach-O file'
  const place = signaturePlace(file)
  if (place === undefined) return 'it is not signed'
  const end = place.offset + place.bytes
  if (end !== file.length) return `its signature ends at byte ${end} of ${file.length}`
  const directory = codeDirectory(file.subarray(place.offset, end))
  if (directory === undefined) return 'its signature has no code directory'
  return directoryFault(file, directory, place.offset)
}

/** Where the load commands say that the signature is. */
function signaturePlace(file: Buffer): { offset: number; bytes: number } | undefined {
  const at = loadCommands(file).find(at => file.readUInt32LE(at) === LC_CODE_SIGNATURE)
  return at === undefined ? undefined : { offset: file.readUInt32LE(at + 8), bytes: file.readUInt32LE(at + 12) }
}

/** Where each begins. */
function loadCommands(file: Buffer): number[] {
  const places: number[] = []
  let at = HEADER_BYTES
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    places.push(at)
    at += file.readUInt32LE(at + 4)
  }
  return places
}

/** The blob that has the hashes; numbers in signatures are big-endian. */
function codeDirectory(signature: Buffer): Buffer | undefined {
  if (signature.length < 12 || signature.readUInt32BE(0) !== EMBEDDED_SIGNATURE) return undefined
  for (let i = 0; i < signature.readUInt32BE(8); i++) {
    const blob = signature.subarray(signature.readUInt32BE(12 + i * 8 + 4))
    if (blob.readUInt32BE(0) === CODE_DIRECTORY) return blob.subarray(0, blob.readUInt32BE(4))
  }
  return undefined
}

/** @param codeBytes what must be covered: all that lies before the signature */
function directoryFault(file: Buffer, directory: Buffer, codeBytes: number): string | undefined {
  const hashes = directory.readUInt32BE(16)
  const pages = directory.readUInt32BE(28)
  const covered = directory.readUInt32BE(32)
  const [hashBytes = 0, hashType = 0] = directory.subarray(36, 38)
  const pageBytes = 2 ** (directory[39] ?? 0)
  if (hashType !== SHA_256) return `its pages are hashed in a way (${hashType}) that is not known here`
  if (covered !== codeBytes) return `its signature covers ${covered} bytes of ${codeBytes}`
  let wrong = 0
  for (let page = 0; page < pages; page++) {
    const content = file.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, covered))
    const hash = createHash('sha256').update(content).digest().subarray(0, hashBytes)
    const said = directory.subarray(hashes + page * hashBytes, hashes + (page + 1) * hashBytes)
    if (!hash.equals(said)) wrong++
  }
  if (pages * pageBytes < covered) return `its signature has ${pages} pages for ${covered} bytes`
  return wrong === 0 ? undefined : `${wrong} of its ${pages} pages are not what was signed`
}

const PAGE_BYTES = 4096
/** of the memory that a segment takes, on every Mac */
const SEGMENT_PAGE_BYTES = 0x4000
const HASH_BYTES = 32
const BLOB_HEADER_BYTES = 20
const DIRECTORY_HEADER_BYTES = 88
/** the version that says where the code segment is */
const DIRECTORY_VERSION = 0x20400
const AD_HOC_BY_LINKER = 0x20002
const MAIN_BINARY = 1n

/**
 * The same program with a signature that holds. It may be another program's before.
 * @param identifier what the signature calls it
 * @throws Error for a file in which there is no place for one
 */
export function signAdHoc(file: Buffer, identifier: string): Buffer {
  const place = signaturePlace(file)
  if (place === undefined) throw new Error('the Mach-O file has no place for a signature')
  const pages = Math.ceil(place.offset / PAGE_BYTES)
  const hashesAt = DIRECTORY_HEADER_BYTES + identifier.length + 1
  const signatureBytes = BLOB_HEADER_BYTES + hashesAt + pages * HASH_BYTES
  // what the file says of itself is signed too, so it is put right first
  const code = Buffer.from(file.subarray(0, place.offset))
  const text = resizeSignature(code, signatureBytes)
  const signature = Buffer.alloc(signatureBytes)
  const directory = signature.subarray(BLOB_HEADER_BYTES)
  putUInt32s(signature, [EMBEDDED_SIGNATURE, signatureBytes, 1, 0, BLOB_HEADER_BYTES])
  putUInt32s(directory, [
    ...[CODE_DIRECTORY, directory.length, DIRECTORY_VERSION, AD_HOC_BY_LINKER],
    ...[hashesAt, DIRECTORY_HEADER_BYTES, 0, pages, code.length],
  ])
  directory.set([HASH_BYTES, SHA_256, 0, Math.log2(PAGE_BYTES)], 36)
  directory.writeBigUInt64BE(text.offset, 64)
  directory.writeBigUInt64BE(text.bytes, 72)
  directory.writeBigUInt64BE(MAIN_BINARY, 80)
  directory.write(identifier, DIRECTORY_HEADER_BYTES, 'latin1')
  for (let page = 0; page < pages; page++) {
    const content = code.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)
    directory.set(createHash('sha256').update(content).digest(), hashesAt + page * HASH_BYTES)
  }
  return Buffer.concat([code, signature])
}

function putUInt32s(into: Buffer, values: readonly number[]): void {
  for (const [i, value] of values.entries()) into.writeUInt32BE(value, i * 4)
}

/** Load commands for a signature of that length at the end. @returns the code segment, of which the signature tells too */
function resizeSignature(code: Buffer, signatureBytes: number): { offset: bigint; bytes: bigint } {
  let text: { offset: bigint; bytes: bigint } | undefined
  for (const at of loadCommands(code)) {
    const kind = code.readUInt32LE(at)
    if (kind === LC_CODE_SIGNATURE) code.writeUInt32LE(signatureBytes, at + 12)
    if (kind !== LC_SEGMENT_64) continue
    const name = code.toString('latin1', at + 8, at + 24).replace(/\0+$/, '')
    const offset = code.readBigUInt64LE(at + 40)
    if (name === '__TEXT') text = { offset, bytes: code.readBigUInt64LE(at + 48) }
    if (name === '__LINKEDIT') {
      const bytes = code.length + signatureBytes - Number(offset)
      code.writeBigUInt64LE(BigInt(Math.ceil(bytes / SEGMENT_PAGE_BYTES) * SEGMENT_PAGE_BYTES), at + 32)
      code.writeBigUInt64LE(BigInt(bytes), at + 48)
    }
  }
  if (text === undefined) throw new Error('the Mach-O file has no code segment')
  return text
}
