/**
 * What a request carries: its body out of the wrapping that the SDK puts round a stream, checked against every sum that came
 * with it.
 */
import { createHash } from 'node:crypto'
import { CHECKSUM_ALGORITHMS, type Checksum, checksumOf } from './checksums.ts'
import { S3Error } from './errors.ts'
import type { WireRequest } from './wire.ts'

export interface Payload {
  bytes: Buffer
  /** the one that came with it */
  checksum: Checksum | undefined
}

/** @throws S3Error BadDigest where a sum is wrong, and for what is no payload that S3 takes */
export function readPayload(request: WireRequest): Payload {
  const { headers } = request
  const isWrapped = headers['x-amz-content-sha256'] === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  if (!isWrapped && headers['transfer-encoding'] !== undefined) {
    const Message = 'A header you provided implies functionality that is not implemented'
    throw new S3Error('NotImplemented', { Message, Header: 'Transfer-Encoding' })
  }
  const { bytes, trailers } = isWrapped ? unwrap(request) : { bytes: request.body, trailers: {} }
  if (!isWrapped) checkSha256(headers['x-amz-content-sha256'] ?? '', bytes)
  checkMd5(headers['content-md5'], bytes)
  const checksum = checkSums({ ...headers, ...trailers }, bytes)
  if (checksum === undefined && headers['x-amz-sdk-checksum-algorithm'] !== undefined && request.method === 'PUT') {
    const Message =
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.'
    throw new S3Error('InvalidRequest', { Message })
  }
  return { bytes, checksum }
}

function checkSha256(said: string, bytes: Buffer): void {
  if (said === 'UNSIGNED-PAYLOAD') return
  if (said.startsWith('STREAMING-'))
    throw new S3Error('NotImplemented', { Message: `the double does not read ${said}` })
  const found = createHash('sha256').update(bytes).digest('hex')
  if (said !== found) {
    const more = { ClientComputedContentSHA256: said, S3ComputedContentSHA256: found }
    throw new S3Error('XAmzContentSHA256Mismatch', more)
  }
}

function checkMd5(said: string | undefined, bytes: Buffer): void {
  if (said === undefined) return
  if (Buffer.from(said, 'base64').length !== 16) throw new S3Error('InvalidDigest')
  const found = createHash('md5').update(bytes).digest('base64')
  if (said !== found) throw new S3Error('BadDigest', { ExpectedDigest: said, CalculatedDigest: found })
}

function checkSums(headers: Readonly<Record<string, string>>, bytes: Buffer): Checksum | undefined {
  const named = CHECKSUM_ALGORITHMS.filter(algorithm => headers[`x-amz-checksum-${algorithm}`] !== undefined)
  if (named.length > 1) {
    throw new S3Error('InvalidRequest', { Message: 'Expecting a single x-amz-checksum- header' })
  }
  const [algorithm] = named
  if (algorithm === undefined) return undefined
  const value = checksumOf(algorithm, bytes)
  if (headers[`x-amz-checksum-${algorithm}`] !== value) {
    const Message = `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`
    throw new S3Error('BadDigest', { Message })
  }
  return { algorithm, value, type: 'FULL_OBJECT' }
}

/** `aws-chunked`: pieces with their sizes in hex before them, an empty one, and trailers after it. */
function unwrap({ headers, body }: WireRequest): { bytes: Buffer; trailers: Record<string, string> } {
  const pieces: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at)
    const length = Number.parseInt(body.subarray(at, lineEnd).toString('latin1'), 16)
    if (lineEnd === -1 || Number.isNaN(length)) throw new S3Error('IncompleteBody')
    at = lineEnd + 2
    if (length === 0) break
    if (at + length + 2 > body.length) throw new S3Error('IncompleteBody')
    pieces.push(body.subarray(at, at + length))
    at += length + 2
  }
  const bytes = Buffer.concat(pieces)
  const said = headers['x-amz-decoded-content-length']
  if (said === undefined) throw new S3Error('MissingContentLength')
  if (Number(said) !== bytes.length) throw new S3Error('IncompleteBody')
  return { bytes, trailers: parseTrailers(body.subarray(at).toString('latin1'), headers['x-amz-trailer'] ?? '') }
}

function parseTrailers(text: string, promised: string): Record<string, string> {
  const lines = text.split('\r\n').filter(line => line.includes(':'))
  const trailers = Object.fromEntries(
    lines.map(line => [
      line.slice(0, line.indexOf(':')).trim().toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  )
  if (promised !== '' && trailers[promised] === undefined) {
    throw new S3Error('InvalidRequest', { Message: 'The trailer that x-amz-trailer names did not come' })
  }
  return trailers
}
