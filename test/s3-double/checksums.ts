/** The checksums of S3: five of them, each as base64 in a header of its own, with what it takes to compute them. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

export const CHECKSUM_ALGORITHMS = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number]

/** `value` in base64; of several parts, `<checksum of their checksums>-<parts>` where the type is COMPOSITE. */
export interface Checksum {
  algorithm: ChecksumAlgorithm
  value: string
  type: 'FULL_OBJECT' | 'COMPOSITE'
}

export function parseChecksumAlgorithm(text: string | undefined): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find(name => name === text?.toLowerCase())
}

/** In base64. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  if (algorithm === 'sha1' || algorithm === 'sha256') return createHash(algorithm).update(bytes).digest('base64')
  if (algorithm === 'crc64nvme') return crc64Nvme(bytes).toString('base64')
  const value = Buffer.alloc(4)
  value.writeUInt32BE(algorithm === 'crc32' ? crc32(bytes) : crc32c(bytes))
  return value.toString('base64')
}

/** Of whole bytes, as S3 adds one to objects that came without. */
export function ownChecksumOf(bytes: Uint8Array): Checksum {
  return { algorithm: 'crc64nvme', value: checksumOf('crc64nvme', bytes), type: 'FULL_OBJECT' }
}

/** Of bytes that came in parts. @param values one a part, in base64 */
export function compositeChecksum(algorithm: ChecksumAlgorithm, values: readonly string[]): Checksum {
  const all = Buffer.concat(values.map(value => Buffer.from(value, 'base64')))
  return { algorithm, value: `${checksumOf(algorithm, all)}-${values.length}`, type: 'COMPOSITE' }
}

const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  return crc >>> 0
})

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC32C_TABLE[(crc ^ byte) & 0xff]!
  return (crc ^ 0xffffffff) >>> 0
}

/** High and low halves apart: a number of 64 bits would be a bigint, and slow. */
const [CRC64_HIGH, CRC64_LOW] = crc64Tables()

function crc64Tables(): [Uint32Array, Uint32Array] {
  const high = new Uint32Array(256)
  const low = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0x9a6c9329ac4bc9b5n : 0n)
    high[byte] = Number(crc >> 32n)
    low[byte] = Number(crc & 0xffffffffn)
  }
  return [high, low]
}

function crc64Nvme(bytes: Uint8Array): Buffer {
  let high = 0xffffffff
  let low = 0xffffffff
  for (const byte of bytes) {
    const index = (low ^ byte) & 0xff
    low = ((low >>> 8) | (high << 24)) ^ CRC64_LOW[index]!
    high = (high >>> 8) ^ CRC64_HIGH[index]!
  }
  const value = Buffer.alloc(8)
  value.writeUInt32BE(~high >>> 0, 0)
  value.writeUInt32BE(~low >>> 0, 4)
  return value
}
