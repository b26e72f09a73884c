/** The operations of S3 on buckets, objects and uploads: what is asked for, done, and answered. */
import { S3Error } from './errors.ts'
import { listObjects } from './listing.ts'
import { Bucket, type Conditions, checkRead, checkWrite, type StoredObject } from './objects.ts'
import { readPayload } from './payload.ts'
import type { Route } from './route.ts'
import { joinParts, putPart, Uploads } from './uploads.ts'
import type { WireAnswer, WireRequest } from './wire.ts'
import { elementsOf, textOf, type XmlElement, xmlDocument } from './xml.ts'

/** May be changed while it runs. */
export interface StoreSettings {
  region: string
  /**
   * `If-None-Match` and `If-Match` on writes and removals: true as S3 does; false: as if they were not there; `refused`: 501
   * NotImplemented
   */
  conditionalWrites: boolean | 'refused'
  /** keys and prefixes on a page, at most */
  pageKeys: number
  /** of every part of an upload but the last */
  minPartBytes: number
}

const NOTHING = Buffer.alloc(0)
const MAX_KEY_BYTES = 1024

export class Store {
  readonly buckets = new Map<string, Bucket>()
  readonly uploads = new Uploads()
  private readonly settings: StoreSettings
  private readonly nowMs: () => number

  constructor(settings: StoreSettings, nowMs: () => number) {
    this.settings = settings
    this.nowMs = nowMs
  }

  create(name: string): Bucket {
    const bucket = new Bucket(this.nowMs)
    this.buckets.set(name, bucket)
    return bucket
  }

  /** @throws S3Error as S3 would refuse it */
  apply(request: WireRequest, route: Route): WireAnswer {
    switch (route.operation) {
      case 'ListBuckets':
        return xml(this.listBuckets())
      case 'CreateBucket':
        return this.createBucket(route.bucket)
    }
    const bucket = this.buckets.get(route.bucket)
    if (bucket === undefined) throw new S3Error('NoSuchBucket', { BucketName: route.bucket })
    if (Buffer.byteLength(route.key) > MAX_KEY_BYTES) throw new S3Error('KeyTooLongError')
    return route.key === '' ? this.onBucket(request, route, bucket) : this.onKey(request, route, bucket)
  }

  private onBucket(request: WireRequest, route: Route, bucket: Bucket): WireAnswer {
    switch (route.operation) {
      case 'HeadBucket':
        return { status: 200, headers: { 'x-amz-bucket-region': this.settings.region }, body: NOTHING }
      case 'DeleteBucket':
        if (bucket.size > 0) throw new S3Error('BucketNotEmpty', { BucketName: route.bucket })
        this.buckets.delete(route.bucket)
        return { status: 204, headers: {}, body: NOTHING }
      case 'ListObjectsV2':
        return xml(listObjects(route.bucket, bucket, route.query, this.settings.pageKeys))
      case 'GetBucketLocation':
        return xml(xmlDocument('LocationConstraint', []).replace('></', `>${this.settings.region}</`))
      case 'ListMultipartUploads':
        return xml(this.listUploads(route))
      case 'DeleteObjects':
        return xml(this.deleteObjects(request, bucket))
    }
    throw unknown(route)
  }

  private onKey(request: WireRequest, route: Route, bucket: Bucket): WireAnswer {
    switch (route.operation) {
      case 'GetObject':
      case 'HeadObject':
        return this.getObject(request, route.key, bucket)
      case 'PutObject':
        return this.putObject(request, route, bucket)
      case 'DeleteObject':
        return this.deleteObject(request, route.key, bucket)
      case 'CreateMultipartUpload':
        return this.createUpload(request, route)
      case 'UploadPart':
        return this.uploadPart(request, route)
      case 'CompleteMultipartUpload':
        return this.completeUpload(request, route, bucket)
      case 'AbortMultipartUpload':
        this.uploads.open.delete(this.uploads.find(route.bucket, route.key, uploadIdOf(route)).id)
        return { status: 204, headers: {}, body: NOTHING }
      case 'ListParts':
        return xml(this.listParts(route))
    }
    throw unknown(route)
  }

  private getObject(request: WireRequest, key: string, bucket: Bucket): WireAnswer {
    const object = bucket.object(key)
    if (object === undefined) throw new S3Error('NoSuchKey', { Key: key })
    const headers = { ...object.headers, ...headersOf(object), 'accept-ranges': 'bytes' }
    if (checkRead(object, conditionsOf(request)) === 'not-modified')
      return { status: 304, headers, body: NOTHING, length: 0 }
    const range = rangeOf(request.headers.range, object.bytes.length)
    const body = range === undefined ? object.bytes : object.bytes.subarray(range.from, range.to)
    const sent = request.method === 'HEAD' ? { body: NOTHING, length: body.length } : { body }
    if (range !== undefined) {
      const contentRange = `bytes ${range.from}-${range.to - 1}/${object.bytes.length}`
      return { status: 206, headers: { ...headers, 'content-range': contentRange }, ...sent }
    }
    const isAsked = request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED'
    return { status: 200, headers: { ...headers, ...(isAsked && checksumHeaders(object)) }, ...sent }
  }

  private putObject(request: WireRequest, { bucket: name, key }: Route, bucket: Bucket): WireAnswer {
    const source = request.headers['x-amz-copy-source']
    if (source !== undefined) return copyObject(source, `${name}/`, key, bucket)
    const { bytes, checksum } = readPayload(request)
    checkWrite(bucket.object(key), this.writeConditions(request))
    // the body may be a window on much more that came over the wire
    const object = bucket.put(key, { bytes: Buffer.from(bytes), checksum, headers: keptHeaders(request) })
    return { status: 200, headers: { etag: object.etag, ...checksumHeaders(object) }, body: NOTHING }
  }

  private deleteObject(request: WireRequest, key: string, bucket: Bucket): WireAnswer {
    const { ifMatch } = this.writeConditions(request)
    checkWrite(bucket.object(key), { ifMatch, ifNoneMatch: undefined })
    bucket.delete(key)
    return { status: 204, headers: {}, body: NOTHING }
  }

  private deleteObjects(request: WireRequest, bucket: Bucket): string {
    const { bytes, checksum } = readPayload(request)
    if (checksum === undefined && request.headers['content-md5'] === undefined) {
      throw new S3Error('InvalidRequest', { Message: 'Missing required header for this request: Content-MD5' })
    }
    const text = bytes.toString('utf8')
    const isQuiet = textOf(text, 'Quiet') === 'true'
    const objects = elementsOf(text, 'Object')
    if (objects.length === 0 || objects.length > 1000) throw new S3Error('MalformedXML')
    const outcomes = objects.flatMap((object): XmlElement[] => {
      const key = textOf(object, 'Key') ?? ''
      try {
        const ifMatch = this.settings.conditionalWrites === true ? textOf(object, 'ETag') : undefined
        checkWrite(bucket.object(key), { ifMatch, ifNoneMatch: undefined })
      } catch (error) {
        if (!(error instanceof S3Error)) throw error
        const about: XmlElement[] = [
          ['Key', key],
          ['Code', error.code],
          ['Message', error.message],
        ]
        return [['Error', about]]
      }
      bucket.delete(key)
      return isQuiet ? [] : [['Deleted', [['Key', key]]]]
    })
    return xmlDocument('DeleteResult', outcomes)
  }

  private createUpload(request: WireRequest, { bucket, key }: Route): WireAnswer {
    const upload = this.uploads.begin({
      bucket,
      key,
      headers: request.headers,
      kept: keptHeaders(request),
      nowMs: this.nowMs(),
    })
    const body: XmlElement[] = [
      ['Bucket', bucket],
      ['Key', key],
      ['UploadId', upload.id],
    ]
    const headers = upload.algorithm !== undefined && {
      'x-amz-checksum-algorithm': upload.algorithm.toUpperCase(),
      'x-amz-checksum-type': upload.type,
    }
    return xml(xmlDocument('InitiateMultipartUploadResult', body), { ...headers })
  }

  private uploadPart(request: WireRequest, route: Route): WireAnswer {
    const upload = this.uploads.find(route.bucket, route.key, uploadIdOf(route))
    const { bytes, checksum } = readPayload(request)
    const part = putPart(upload, Number(route.query.get('partNumber')), { bytes: Buffer.from(bytes), checksum })
    const headers = checksum !== undefined && { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value }
    return { status: 200, headers: { etag: part.etag, ...headers }, body: NOTHING }
  }

  private completeUpload(request: WireRequest, route: Route, bucket: Bucket): WireAnswer {
    const upload = this.uploads.find(route.bucket, route.key, uploadIdOf(route))
    // its body has no checksum of its own: such headers are about the object
    const joined = joinParts(upload, request.body.toString('utf8'), this.settings.minPartBytes)
    checkWrite(bucket.object(route.key), this.writeConditions(request))
    const object = bucket.put(route.key, { ...joined, headers: upload.headers })
    this.uploads.open.delete(upload.id)
    const { algorithm, value, type } = object.checksum
    return xml(
      xmlDocument('CompleteMultipartUploadResult', [
        ['Location', `http://${request.headers.host}/${route.bucket}/${route.key}`],
        ['Bucket', route.bucket],
        ['Key', route.key],
        ['ETag', object.etag],
        [`Checksum${algorithm.toUpperCase()}`, value],
        ['ChecksumType', type],
      ]),
    )
  }

  private createBucket(name: string): WireAnswer {
    if (this.buckets.has(name)) throw new S3Error('BucketAlreadyOwnedByYou', { BucketName: name })
    this.create(name)
    return { status: 200, headers: { location: `/${name}` }, body: NOTHING }
  }

  private listBuckets(): string {
    const buckets = [...this.buckets.keys()].sort().map((name): XmlElement => ['Bucket', [['Name', name]]])
    return xmlDocument('ListAllMyBucketsResult', [['Buckets', buckets]])
  }

  private listUploads({ bucket, query }: Route): string {
    const prefix = query.get('prefix') ?? ''
    const found = [...this.uploads.open.values()].filter(
      upload => upload.bucket === bucket && upload.key.startsWith(prefix),
    )
    const uploads = found.map(
      ({ key, id, initiatedMs }): XmlElement => [
        'Upload',
        [
          ['Key', key],
          ['UploadId', id],
          ['Initiated', new Date(initiatedMs).toISOString()],
        ],
      ],
    )
    return xmlDocument('ListMultipartUploadsResult', [['Bucket', bucket], ['IsTruncated', false], ...uploads])
  }

  private listParts(route: Route): string {
    const upload = this.uploads.find(route.bucket, route.key, uploadIdOf(route))
    const parts = [...upload.parts]
      .sort(([a], [b]) => a - b)
      .map(
        ([number, { etag, bytes }]): XmlElement => [
          'Part',
          [
            ['PartNumber', number],
            ['ETag', etag],
            ['Size', bytes.length],
          ],
        ],
      )
    const about: XmlElement[] = [
      ['Bucket', route.bucket],
      ['Key', route.key],
      ['UploadId', upload.id],
      ['IsTruncated', false],
    ]
    return xmlDocument('ListPartsResult', [...about, ...parts])
  }

  /** What a write or removal depends on, as this store heeds it. */
  private writeConditions(request: WireRequest): Conditions {
    const conditions = conditionsOf(request)
    if (this.settings.conditionalWrites === true) return conditions
    const { ifMatch, ifNoneMatch } = conditions
    if (this.settings.conditionalWrites === 'refused' && (ifMatch ?? ifNoneMatch) !== undefined) {
      throw new S3Error('NotImplemented', { Header: ifMatch === undefined ? 'If-None-Match' : 'If-Match' })
    }
    return { ifMatch: undefined, ifNoneMatch: undefined }
  }
}

function xml(text: string, headers: Record<string, string> = {}): WireAnswer {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: Buffer.from(text) }
}

function unknown({ operation }: Route): S3Error {
  return new S3Error('NotImplemented', { Message: `the double does not know ${operation}` })
}

function uploadIdOf({ query }: Route): string {
  return query.get('uploadId') ?? ''
}

function conditionsOf({ headers }: WireRequest): Conditions {
  return { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] }
}

/** What S3 keeps with an object and gives back. */
function keptHeaders({ headers }: WireRequest): Record<string, string> {
  const kept = Object.entries(headers).filter(
    ([name]) =>
      name.startsWith('x-amz-meta-') || /^(cache-control|content-(type|disposition|language|encoding))$/.test(name),
  )
  const all = Object.fromEntries(kept)
  // a wrapping of the transport, not of the object
  const encoding = (all['content-encoding'] ?? '').split(',').filter(name => name.trim() !== 'aws-chunked')
  delete all['content-encoding']
  if (encoding.join('') !== '') all['content-encoding'] = encoding.join(',')
  return { 'content-type': 'binary/octet-stream', ...all }
}

function headersOf({ etag, lastModifiedMs }: StoredObject): Record<string, string> {
  return { etag, 'last-modified': new Date(lastModifiedMs).toUTCString() }
}

function checksumHeaders({ checksum: { algorithm, value, type } }: StoredObject): Record<string, string> {
  return { [`x-amz-checksum-${algorithm}`]: value, 'x-amz-checksum-type': type }
}

/** Half-open; undefined for the whole, which is also what S3 gives for a range that it cannot read. @throws S3Error InvalidRange */
function rangeOf(header: string | undefined, length: number): { from: number; to: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  const from = first === '' ? Math.max(0, length - Number(last)) : Number(first)
  const to = first === '' || last === '' ? length : Math.min(length, Number(last) + 1)
  if (from >= length) {
    throw new S3Error('InvalidRange', { RangeRequested: header ?? '', ActualObjectSize: String(length) })
  }
  return { from, to }
}

/** Within a bucket, and with the metadata of what is copied. @param source percent-encoded, with or without `/` before it */
function copyObject(source: string, folder: string, key: string, bucket: Bucket): WireAnswer {
  const from = decodeURIComponent(source).replace(/^\//, '')
  if (!from.startsWith(folder)) throw new S3Error('NotImplemented', { Header: 'x-amz-copy-source' })
  const object = bucket.object(from.slice(folder.length))
  if (object === undefined) throw new S3Error('NoSuchKey', { Key: from.slice(folder.length) })
  const copy = bucket.put(key, { bytes: object.bytes, checksum: object.checksum, headers: object.headers })
  return xml(xmlDocument('CopyObjectResult', [['ETag', copy.etag]]))
}
