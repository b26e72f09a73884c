/**
 * Signature version 4, as it stands in the Authorization header: who asks, and whether it is really them.
 *
 * Everything is counted again from what came over the wire; nothing that the client says about itself is believed.
 */
import { createHash, createHmac } from 'node:crypto'
import { S3Error } from './errors.ts'
import type { WireRequest } from './wire.ts'

export interface AccessKey {
  accessKeyId: string
  secretAccessKey: string
  /** of temporary credentials */
  sessionToken?: string
  isExpired?: boolean
  /** operations that are answered with 403 AccessDenied, such as `PutObject` */
  mayNot?: readonly string[]
}

export interface Verifier {
  keys: readonly AccessKey[]
  /** undefined: any */
  region: string | undefined
  nowMs: number
}

const MAX_SKEW_MS = 15 * 60_000
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,]+)\/(\d{8})\/([^/,]*)\/s3\/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/

/** The key that signed the request. @throws S3Error in the order in which S3 looks */
export function authenticate(request: WireRequest, { keys, region, nowMs }: Verifier): AccessKey {
  const { headers } = request
  if (headers.authorization === undefined) throw new S3Error('AccessDenied')
  const [, id = '', day = '', saidRegion = '', signedHeaders = '', signature = ''] =
    AUTHORIZATION.exec(headers.authorization) ?? []
  if (id === '') throw new S3Error('AuthorizationHeaderMalformed')
  if (region !== undefined && saidRegion !== region) {
    const Message = `The authorization header is malformed; the region '${saidRegion}' is wrong; expecting '${region}'`
    throw new S3Error('AuthorizationHeaderMalformed', { Message, Region: region })
  }
  const key = keys.find(({ accessKeyId }) => accessKeyId === id)
  const token = headers['x-amz-security-token']
  // what a temporary key is without its token, S3 does not know
  if (key === undefined || (key.sessionToken !== undefined && token === undefined)) {
    throw new S3Error('InvalidAccessKeyId', { AWSAccessKeyId: id })
  }
  if (key.sessionToken !== token) throw new S3Error('InvalidToken', { 'Token-0': token ?? '' })
  if (key.isExpired) throw new S3Error('ExpiredToken', { 'Token-0': token ?? '' })
  checkTime(headers['x-amz-date'] ?? '', day, nowMs)
  const names = signedHeaders.split(';')
  checkAllSigned(headers, names)
  const stringToSign = [
    'AWS4-HMAC-SHA256',
    headers['x-amz-date'],
    `${day}/${saidRegion}/s3/aws4_request`,
    sha256(canonicalRequest(request, names)),
  ].join('\n')
  if (hmac(signingKey(key.secretAccessKey, day, saidRegion), stringToSign).toString('hex') !== signature) {
    throw new S3Error('SignatureDoesNotMatch', { AWSAccessKeyId: id, StringToSign: stringToSign })
  }
  return key
}

/** @param date such as `20260101T120000Z`; the day is the one of the credential's scope */
function checkTime(date: string, day: string, nowMs: number): void {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  const atMs = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`)
  if (Number.isNaN(atMs)) {
    const Message = 'AWS authentication requires a valid Date or x-amz-date header'
    throw new S3Error('AccessDenied', { Message })
  }
  if (Math.abs(atMs - nowMs) > MAX_SKEW_MS) {
    throw new S3Error('RequestTimeTooSkewed', {
      RequestTime: date,
      ServerTime: `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
    })
  }
  if (!date.startsWith(day)) {
    const Message = `Invalid credential date "${day}". This date is not the same as X-Amz-Date: "${date.slice(0, 8)}".`
    throw new S3Error('AuthorizationHeaderMalformed', { Message })
  }
}

function checkAllSigned(headers: Readonly<Record<string, string>>, names: readonly string[]): void {
  const must = Object.keys(headers).filter(name => name === 'host' || name.startsWith('x-amz-'))
  const missing = must.filter(name => !names.includes(name))
  if (missing.length > 0) {
    const Message = 'There were headers present in the request which were not signed'
    throw new S3Error('AccessDenied', { Message, HeadersNotSigned: missing.join(', ') })
  }
  if (headers['x-amz-content-sha256'] === undefined) {
    throw new S3Error('InvalidRequest', { Message: 'Missing required header for this request: x-amz-content-sha256' })
  }
}

function canonicalRequest({ method, path, search, headers }: WireRequest, names: readonly string[]): string {
  return [
    method,
    decodePercent(path).split('/').map(encodePercent).join('/'),
    canonicalQuery(search),
    ...names.map(name => `${name}:${(headers[name] ?? '').replace(/\s+/g, ' ')}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n')
}

function canonicalQuery(search: string): string {
  const pairs = queryPairs(search).map(([name, value]) => `${encodePercent(name)}=${encodePercent(value)}`)
  return pairs.sort((a, b) => (a < b ? -1 : Number(a > b))).join('&')
}

/** In the order in which they came. @throws S3Error InvalidURI */
export function queryPairs(search: string): [name: string, value: string][] {
  if (search === '') return []
  return search.split('&').map(pair => {
    const [name = '', value = ''] = pair.replaceAll('+', ' ').split(/=(.*)/s)
    return [decodePercent(name), decodePercent(value)]
  })
}

/** @throws S3Error InvalidURI for what is no UTF-8 */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error('InvalidURI')
  }
}

/** Everything but letters, digits, `-`, `.`, `_` and `~`. */
export function encodePercent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, one => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}

function signingKey(secret: string, day: string, region: string): Buffer {
  return [day, region, 's3', 'aws4_request'].reduce<Buffer>(
    (key, text) => hmac(key, text),
    Buffer.from(`AWS4${secret}`),
  )
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
