/**
 * An object store: what S3 promises of single objects, as a record of functions.
 *
 * The AWS SDK is loaded by the first request, so that whoever keeps a lake in a folder never waits for it. It signs, finds
 * credentials by its whole chain, tries again what may pass, and puts checksums on what goes up. What it leaves to its caller is
 * done here: an answer whose body breaks off is asked for again, and every failure becomes one sentence.
 */
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type {
  CompleteMultipartUploadCommandOutput,
  GetObjectCommandOutput,
  ListObjectsV2CommandOutput,
  PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import type { Clock } from '../clock.ts'
import { type ClientOptions, openClient, type S3Sdk } from './client.ts'
import { isGone, isUnmet, isWordless, mayPass, NotOfAStore, storeError } from './errors.ts'
import type { S3Place } from './place.ts'

/** An object as a listing shows it. */
export interface StoredObject {
  /** below the lake's prefix */
  key: string
  bytes: number
  /** without its quotes; another one whenever the object was replaced */
  etag: string
}

export interface ListPage {
  objects: StoredObject[]
  /** what begins alike up to the delimiter, which stands at its end; [] without one */
  folders: string[]
  /** where the next page goes on; undefined: this is the last */
  next: string | undefined
}

/** What must hold for a write: nothing is there, or the object that has this ETag. */
export type Unless = { ifAbsent: true } | { ifIs: string }

/** Keys are below the lake's prefix. Every function rejects with TwdwError E_REFUSED, E_LAKE or E_USAGE for what is wrong. */
export interface ObjectStore {
  /** @returns undefined where there is none */
  get(key: string): Promise<{ bytes: Uint8Array; etag: string; ageMs: number } | undefined>
  /** Half-open; cut off where the object ends. @returns 'replaced' where it is not the one of the ETag any more */
  getRange(key: string, from: number, to: number, etag: string): Promise<Uint8Array | 'replaced'>
  /** The last bytes, and how many there are in all; undefined where there is no object. */
  getTail(key: string, bytes: number): Promise<{ bytes: Uint8Array; length: number; etag: string } | undefined>
  /**
   * Into a file that is made for it, which is there only if all of it is.
   * @param knownEtag of a copy that is there: 'same' is then an answer, too
   * @param locate gives the file's place for the ETag that the object has
   */
  download(key: string, knownEtag: string | undefined, locate: (etag: string) => string): Promise<Downloaded>
  head(key: string): Promise<StoredObject | undefined>
  /** @returns the ETag of what was put, or 'unmet' where the condition did not hold: nothing was written then */
  put(key: string, bytes: Uint8Array, unless?: Unless, signal?: AbortSignal): Promise<string | 'unmet'>
  /** One that is not there is no error. */
  remove(key: string, signal?: AbortSignal): Promise<void>
  /** @param after keys up to this one are left out, itself included */
  listPage(prefix: string, page: { after?: string; next?: string; delimiter?: '/' }): Promise<ListPage>
  /** Its clock less ours, as its last answer said it; undefined before the first */
  skewMs(): number | undefined
}

/** undefined: there is no such object */
export type Downloaded = { etag: string; bytes: number } | 'same' | undefined

/** Larger ones go up in parts, a few at a time: what broke off is sent again by the part. */
const MAX_PUT_BYTES = 32 << 20
const PART_BYTES = 16 << 20

/** An answer whose body broke off is asked for so often, each with the attempts of the SDK. */
const MAX_BODIES = 4
/** doubled each time */
const BODY_RETRY_MS = 250

export interface StoreOptions extends ClientOptions {
  clock: Clock
}

/** @param place bucket and prefix: all keys are below it. Nothing is asked for before the first call */
export function openS3Store({ bucket, prefix }: S3Place, options: StoreOptions): ObjectStore {
  let opening: Promise<S3Sdk> | undefined
  let skew: number | undefined
  const url = (key: string) => `s3://${bucket}/${prefix}${key}`
  const open = () => {
    opening ??= openClient(options, serverMs => {
      skew = serverMs - options.clock.nowMs()
    })
    return opening
  }
  const at = (key: string) => ({ Bucket: bucket, Key: `${prefix}${key}` })

  /** @param what such as `cannot be read` */
  async function ask<T>(key: string, what: string, send: (opened: S3Sdk) => Promise<T>): Promise<T> {
    try {
      return await send(await open())
    } catch (cause) {
      throw storeError(`${url(key)} ${what}`, cause, { bucket, skewMs: skew, endpoint: options.endpoint })
    }
  }

  /** A body may break off after its answer began, which no attempt of the SDK covers. */
  async function withBody<T>(
    opened: S3Sdk,
    input: object,
    use: (answer: GetObjectCommandOutput) => Promise<T>,
  ): Promise<T> {
    for (let asked = 1; ; asked++) {
      const answer = await opened.client.send(new opened.sdk.GetObjectCommand(input as never))
      try {
        return await use(answer)
      } catch (error) {
        if (asked === MAX_BODIES || !mayPass(error)) throw error
        await options.clock.sleep(BODY_RETRY_MS * 2 ** (asked - 1))
      }
    }
  }

  const ifThere = async <T>(asking: Promise<T>): Promise<T | undefined> =>
    asking.catch(error => (isGone(error) ? undefined : Promise.reject(error)))

  return {
    get: key =>
      ask(key, 'cannot be read', opened =>
        ifThere(
          withBody(opened, at(key), async answer => {
            const serverMs = options.clock.nowMs() + (skew ?? 0)
            const ageMs = Math.max(0, serverMs - (answer.LastModified?.getTime() ?? serverMs))
            return { bytes: await bodyOf(answer), etag: etagOf(answer), ageMs }
          }),
        ),
      ),
    getRange: (key, from, to, etag) =>
      ask(key, 'cannot be read', async opened => {
        if (from >= to) return new Uint8Array()
        const input = { ...at(key), Range: `bytes=${from}-${to - 1}`, IfMatch: quoted(etag) }
        try {
          return await withBody(opened, input, async answer => {
            const bytes = await bodyOf(answer)
            // something on the way may not know ranges, and gives all
            return answer.ContentRange === undefined ? bytes.subarray(from, to) : bytes
          })
        } catch (error) {
          if (isUnmet(error) || isGone(error)) return 'replaced' as const
          throw error
        }
      }),
    getTail: (key, bytes) =>
      ask(key, 'cannot be read', async opened => {
        try {
          return await ifThere(
            withBody(opened, { ...at(key), Range: `bytes=-${bytes}` }, async answer => {
              const tail = await bodyOf(answer)
              const [, length = `${tail.length}`] = /\/(\d+)$/.exec(answer.ContentRange ?? '') ?? []
              return { bytes: tail, length: Number(length), etag: etagOf(answer) }
            }),
          )
        } catch (error) {
          // there is no last byte of nothing
          if ((error as Error).name !== 'InvalidRange') throw error
          return await ifThere(
            withBody(opened, at(key), async answer => {
              const whole = await bodyOf(answer)
              return { bytes: whole, length: whole.length, etag: etagOf(answer) }
            }),
          )
        }
      }),
    download: (key, knownEtag, locate) =>
      ask(key, 'cannot be read', async opened => {
        const input = { ...at(key), ...(knownEtag !== undefined && { IfNoneMatch: quoted(knownEtag) }) }
        try {
          return await ifThere(
            withBody(opened, input, async answer => {
              const etag = etagOf(answer)
              return { etag, bytes: await bodyToFile(answer, locate(etag)) }
            }),
          )
        } catch (error) {
          if (statusOf(error) === 304) return 'same' as const
          throw error
        }
      }),
    head: key =>
      ask(key, 'cannot be looked at', ({ sdk, client }) =>
        ifThere(
          client
            .send(new sdk.HeadObjectCommand(at(key)))
            .then(answer => ({ key, bytes: answer.ContentLength ?? 0, etag: etagOf(answer) }))
            .catch(async error => {
              // a refusal of HEAD has no body to say in why; the same asked with GET has
              if (isWordless(error)) await client.send(new sdk.GetObjectCommand({ ...at(key), Range: 'bytes=0-0' }))
              throw error
            }),
        ),
      ),
    put: (key, bytes, unless, abortSignal) =>
      ask(key, `(${bytes.length} bytes) cannot be written`, async ({ sdk, client }) => {
        const input = { ...at(key), Body: bytes, ContentType: typeOf(key), ...conditionOf(unless) }
        try {
          if (bytes.length <= MAX_PUT_BYTES) {
            return etagOf(await client.send(new sdk.PutObjectCommand(input), { ...(abortSignal && { abortSignal }) }))
          }
          return etagOf(await upload(client, input, abortSignal))
        } catch (error) {
          if (unless === undefined || !(isUnmet(error) || isGone(error))) throw error
          return 'unmet'
        }
      }),
    remove: (key, abortSignal) =>
      ask(key, 'cannot be removed', async ({ sdk, client }) => {
        await client.send(new sdk.DeleteObjectCommand(at(key)), { ...(abortSignal && { abortSignal }) })
      }),
    listPage: (below, { after, next, delimiter }) =>
      ask(below, 'cannot be listed', async ({ sdk, client }) => {
        const page = await client.send(
          new sdk.ListObjectsV2Command({
            Bucket: bucket,
            Prefix: `${prefix}${below}`,
            Delimiter: delimiter,
            ...(next === undefined
              ? { StartAfter: after === undefined ? undefined : `${prefix}${after}` }
              : { ContinuationToken: next }),
          }),
        )
        if (page.IsTruncated === undefined && page.Name === undefined)
          throw new NotOfAStore(page.$metadata.httpStatusCode)
        return pageOf(page, prefix)
      }),
    skewMs: () => skew,
  }
}

function pageOf(page: ListObjectsV2CommandOutput, prefix: string): ListPage {
  const belowPrefix = (key = '') => key.slice(prefix.length)
  return {
    objects: (page.Contents ?? []).map(({ Key, Size = 0, ETag = '' }) => ({
      key: belowPrefix(Key),
      bytes: Size,
      etag: unquoted(ETag),
    })),
    folders: (page.CommonPrefixes ?? []).map(({ Prefix }) => belowPrefix(Prefix)),
    next: page.IsTruncated ? page.NextContinuationToken : undefined,
  }
}

/** In parts, a few at a time. */
async function upload(
  client: S3Sdk['client'],
  params: PutObjectCommandInput,
  signal: AbortSignal | undefined,
): Promise<CompleteMultipartUploadCommandOutput> {
  const { Upload } = await import('@aws-sdk/lib-storage')
  const abortController = new AbortController()
  signal?.addEventListener('abort', () => abortController.abort(), { once: true })
  for (let isAgain = false; ; isAgain = true) {
    try {
      return await new Upload({ client, params, partSize: PART_BYTES, queueSize: 4, abortController }).done()
    } catch (error) {
      // that it was completed was not heard, and a completed upload is not known any more: by then the object may be another one
      if (isAgain || (error as Error).name !== 'NoSuchUpload') throw error
    }
  }
}

/** @throws where fewer bytes came than were announced */
async function bodyOf(answer: GetObjectCommandOutput): Promise<Uint8Array> {
  etagOf(answer)
  const { Body, ContentLength } = answer
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
  refuseShort(bytes.length, ContentLength)
  return bytes
}

async function bodyToFile({ Body, ContentLength }: GetObjectCommandOutput, location: string): Promise<number> {
  try {
    const file = createWriteStream(location, { mode: 0o600 })
    await pipeline(Body as Readable, file)
    refuseShort(file.bytesWritten, ContentLength)
    return file.bytesWritten
  } catch (error) {
    await rm(location, { force: true })
    throw error
  }
}

/** The body of an answer ended before its announced length. */
class ShortBody extends Error {
  override readonly name = 'ShortBody'
}

function refuseShort(bytes: number, announced: number | undefined): void {
  if (announced !== undefined && bytes !== announced) {
    throw new ShortBody(`the answer broke off after ${bytes} of ${announced} bytes`)
  }
}

function conditionOf(unless: Unless | undefined) {
  if (unless === undefined) return {}
  return 'ifAbsent' in unless ? { IfNoneMatch: '*' } : { IfMatch: quoted(unless.ifIs) }
}

/** @throws NotOfAStore: whatever answered with success, it did not read or write an object */
function etagOf({ ETag, $metadata }: { ETag?: string | undefined; $metadata: { httpStatusCode?: number } }): string {
  if (!ETag) throw new NotOfAStore($metadata.httpStatusCode)
  return unquoted(ETag)
}

const quoted = (etag: string) => `"${etag}"`
const unquoted = (etag: string) => etag.replace(/^"|"$/g, '')

/** The ETag that most stores give to what `put` writes: an MD5, or of what goes up in parts one of theirs. */
export function etagOfBytes(bytes: Uint8Array): string {
  const md5 = (part: Uint8Array) => new Bun.CryptoHasher('md5').update(part).digest()
  if (bytes.length <= MAX_PUT_BYTES) return md5(bytes).toString('hex')
  const parts = Array.from({ length: Math.ceil(bytes.length / PART_BYTES) }, (_, i) =>
    md5(bytes.subarray(i * PART_BYTES, (i + 1) * PART_BYTES)),
  )
  return `${md5(Buffer.concat(parts)).toString('hex')}-${parts.length}`
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
}

function typeOf(key: string): string {
  return key.endsWith('.json') ? 'application/json' : 'application/vnd.apache.parquet'
}
