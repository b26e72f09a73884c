/** Uploads in parts: begun, filled part by part, and then an object at once or never. What is unfinished nobody lists. */
import { createHash } from 'node:crypto'
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumOf,
  compositeChecksum,
  parseChecksumAlgorithm,
} from './checksums.ts'
import { S3Error } from './errors.ts'
import { etagOf } from './objects.ts'
import type { Payload } from './payload.ts'
import { elementsOf, textOf } from './xml.ts'

interface Part {
  bytes: Uint8Array
  etag: string
  checksum: Checksum | undefined
}

export interface Upload {
  id: string
  bucket: string
  key: string
  initiatedMs: number
  /** that the parts must come with; undefined: any */
  algorithm: ChecksumAlgorithm | undefined
  type: Checksum['type']
  headers: Record<string, string>
  parts: Map<number, Part>
}

export interface PartsJoined {
  bytes: Buffer
  etag: string
  checksum: Checksum | undefined
}

export class Uploads {
  /** begun, and neither completed nor aborted */
  readonly open = new Map<string, Upload>()
  private begun = 0

  /** @param about `headers` of the request, and those `kept` for the object */
  begin(about: {
    bucket: string
    key: string
    headers: Readonly<Record<string, string>>
    kept: Record<string, string>
    nowMs: number
  }): Upload {
    const { bucket, key, headers, kept, nowMs } = about
    const algorithm = parseChecksumAlgorithm(headers['x-amz-checksum-algorithm'])
    const isWhole = headers['x-amz-checksum-type'] === 'FULL_OBJECT' || algorithm === 'crc64nvme'
    this.begun++
    const id = `upload-${this.begun}-${createHash('md5').update(`${bucket}/${key}`).digest('hex')}`
    const type = isWhole || algorithm === undefined ? 'FULL_OBJECT' : 'COMPOSITE'
    const upload = {
      id,
      bucket,
      key,
      initiatedMs: nowMs,
      algorithm,
      type,
      headers: kept,
      parts: new Map(),
    } satisfies Upload
    this.open.set(id, upload)
    return upload
  }

  /** @throws S3Error NoSuchUpload */
  find(bucket: string, key: string, id: string): Upload {
    const upload = this.open.get(id)
    if (upload?.bucket !== bucket || upload.key !== key) throw new S3Error('NoSuchUpload', { UploadId: id })
    return upload
  }
}

/** A part that came before is replaced. */
export function putPart(upload: Upload, number: number, { bytes, checksum }: Payload): Part {
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    const Message = 'Part number must be an integer between 1 and 10000, inclusive'
    throw new S3Error('InvalidArgument', { Message, ArgumentName: 'partNumber' })
  }
  if (upload.algorithm !== undefined && checksum?.algorithm !== upload.algorithm) {
    const Message = `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm}, actual checksum Type: ${checksum?.algorithm ?? 'null'}`
    throw new S3Error('InvalidRequest', { Message })
  }
  const part = { bytes, etag: etagOf(bytes), checksum }
  upload.parts.set(number, part)
  return part
}

/**
 * The parts that a CompleteMultipartUpload names, one behind the other.
 * @param xml its body
 * @throws S3Error where a part is not there, not in order, or too small without being the last
 */
export function joinParts(upload: Upload, xml: string, minPartBytes: number): PartsJoined {
  const named = elementsOf(xml, 'Part').map(part => ({ part, number: Number(textOf(part, 'PartNumber')) }))
  if (named.length === 0) throw new S3Error('MalformedXML')
  if (named.some(({ number }, i) => i > 0 && number <= named[i - 1]!.number)) throw new S3Error('InvalidPartOrder')
  const parts = named.map(({ part, number }) => checkedPart(upload, number, part))
  const small = parts.slice(0, -1).find(({ bytes }) => bytes.length < minPartBytes)
  if (small !== undefined) {
    const more = { ProposedSize: String(small.bytes.length), MinSizeAllowed: String(minPartBytes), ETag: small.etag }
    throw new S3Error('EntityTooSmall', more)
  }
  const bytes = Buffer.concat(parts.map(part => part.bytes))
  const sums = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag.slice(1, -1), 'hex')))
  const etag = `"${createHash('md5').update(sums).digest('hex')}-${parts.length}"`
  return { bytes, etag, checksum: joinedChecksum(upload, parts, bytes) }
}

function checkedPart(upload: Upload, number: number, xml: string): Part {
  const part = upload.parts.get(number)
  const etag = (textOf(xml, 'ETag') ?? '').replace(/^"?(.*?)"?$/, '"$1"')
  const more = { UploadId: upload.id, PartNumber: String(number), ETag: etag }
  if (part === undefined || part.etag !== etag) throw new S3Error('InvalidPart', more)
  const { algorithm } = upload
  if (algorithm === undefined || part.checksum === undefined) return part
  const said = textOf(xml, `Checksum${algorithm.toUpperCase()}`)
  if (said === undefined && upload.type === 'COMPOSITE') {
    const Message = `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`
    throw new S3Error('InvalidRequest', { Message })
  }
  if (said !== undefined && said !== part.checksum.value) throw new S3Error('InvalidPart', more)
  return part
}

function joinedChecksum({ algorithm, type }: Upload, parts: readonly Part[], bytes: Buffer): Checksum | undefined {
  if (algorithm === undefined) return undefined
  if (type === 'FULL_OBJECT') return { algorithm, value: checksumOf(algorithm, bytes), type }
  return compositeChecksum(
    algorithm,
    parts.map(({ checksum }) => checksum!.value),
  )
}
