/**
 * Buckets and what is in them, with the conditions under which it may be read, replaced and removed.
 *
 * A write happens in one turn of the loop, so of two writers with one condition one wins, as S3 promises.
 */
import { createHash } from 'node:crypto'
import { type Checksum, ownChecksumOf } from './checksums.ts'
import { S3Error } from './errors.ts'

export interface StoredObject {
  bytes: Uint8Array
  /** with its quotes */
  etag: string
  lastModifiedMs: number
  checksum: Checksum
  /** given back with the bytes: content-type, x-amz-meta-… */
  headers: Readonly<Record<string, string>>
}

/** Headers of a request that set conditions, as they came. */
export interface Conditions {
  ifMatch: string | undefined
  ifNoneMatch: string | undefined
}

/** What is in one bucket, for a test to look at and to set: as it were a map of key to bytes, by UTF-8 order of keys. */
export class Bucket {
  private readonly objects = new Map<string, StoredObject>()
  private readonly nowMs: () => number
  private sorted: string[] | undefined

  constructor(nowMs: () => number) {
    this.nowMs = nowMs
  }

  get size(): number {
    return this.objects.size
  }

  /** In the order in which S3 lists them, which is not the one of JavaScript's strings. */
  keys(): readonly string[] {
    this.sorted ??= [...this.objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return this.sorted
  }

  has(key: string): boolean {
    return this.objects.has(key)
  }

  get(key: string): Uint8Array | undefined {
    return this.objects.get(key)?.bytes
  }

  /** As if another client had put it there. */
  set(key: string, bytes: Uint8Array | string): this {
    this.put(key, { bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes })
    return this
  }

  delete(key: string): boolean {
    this.sorted = undefined
    return this.objects.delete(key)
  }

  clear(): void {
    this.sorted = undefined
    this.objects.clear()
  }

  object(key: string): StoredObject | undefined {
    return this.objects.get(key)
  }

  put(
    key: string,
    about: { bytes: Uint8Array; etag?: string; checksum?: Checksum | undefined; headers?: Record<string, string> },
  ): StoredObject {
    const { bytes, etag = etagOf(bytes), checksum = ownChecksumOf(bytes), headers = {} } = about
    const object = { bytes, etag, checksum, headers, lastModifiedMs: this.nowMs() }
    if (!this.objects.has(key)) this.sorted = undefined
    this.objects.set(key, object)
    return object
  }
}

export function etagOf(bytes: Uint8Array): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`
}

/** @throws S3Error where a write must not happen */
export function checkWrite(there: StoredObject | undefined, { ifMatch, ifNoneMatch }: Conditions): void {
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw new S3Error('NotImplemented', { Header: 'If-None-Match' })
    if (there !== undefined) throw new S3Error('PreconditionFailed', { Condition: 'If-None-Match' })
  }
  if (ifMatch === undefined) return
  if (there === undefined) throw new S3Error('NoSuchKey')
  if (!matches(ifMatch, there)) throw new S3Error('PreconditionFailed', { Condition: 'If-Match' })
}

/** `not-modified` instead of the bytes. @throws S3Error where they must not be read */
export function checkRead(there: StoredObject, { ifMatch, ifNoneMatch }: Conditions): 'ok' | 'not-modified' {
  if (ifMatch !== undefined && !matches(ifMatch, there)) {
    throw new S3Error('PreconditionFailed', { Condition: 'If-Match' })
  }
  return ifNoneMatch !== undefined && matches(ifNoneMatch, there) ? 'not-modified' : 'ok'
}

function matches(condition: string, { etag }: StoredObject): boolean {
  const wanted = condition.split(',').map(one => one.trim().replace(/^"?(.*?)"?$/, '$1'))
  return wanted.includes('*') || wanted.includes(etag.slice(1, -1))
}
