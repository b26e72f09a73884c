/** Writing objects of a store, on conditions or without, and removing them. */
import type { CompleteMultipartUploadCommandOutput, PutObjectCommandInput } from '@aws-sdk/client-s3'
import type { S3Sdk } from './client.ts'
import { isGone, isUnmet } from './errors.ts'
import { etagOf, quoted } from './etags.ts'
import type { ObjectStore, Unless } from './object-store.ts'
import type { Requests } from './requests.ts'

/** Larger ones go up in parts, a few at a time: what broke off is sent again by the part. */
const MAX_PUT_BYTES = 32 << 20
const PART_BYTES = 16 << 20

/** The part of a store that writes. */
export function openWrites({ ask, at }: Requests): Pick<ObjectStore, 'put' | 'copy' | 'remove'> {
  return {
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
    copy: (from, to, abortSignal) =>
      ask(from, `cannot be copied to ${to}`, async ({ sdk, client }) => {
        const { Bucket, Key } = at(from)
        const source = `${Bucket}/${Key.split('/').map(encodeURIComponent).join('/')}`
        const input = { ...at(to), CopySource: source }
        await client.send(new sdk.CopyObjectCommand(input), { ...(abortSignal && { abortSignal }) })
      }),
    remove: (key, abortSignal) =>
      ask(key, 'cannot be removed', async ({ sdk, client }) => {
        await client.send(new sdk.DeleteObjectCommand(at(key)), { ...(abortSignal && { abortSignal }) })
      }),
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

function conditionOf(unless: Unless | undefined) {
  if (unless === undefined) return {}
  return 'ifAbsent' in unless ? { IfNoneMatch: '*' } : { IfMatch: quoted(unless.ifIs) }
}

/** The ETag that most stores give to what `put` writes: an MD5, or of what goes up in parts one of theirs. */
export function etagOfBytes(bytes: Uint8Array): string {
  const md5 = (part: Uint8Array) => new Bun.CryptoHasher('md5').update(part).digest()
  if (bytes.length <= MAX_PUT_BYTES) return md5(bytes).toString('hex')
  const parts = Array.from({ length: Math.ceil(bytes.length / PART_BYTES) }, (_, i) =>
    md5(bytes.subarray(i * PART_BYTES, (i + 1) * PART_BYTES)),
  )
  return `${md5(Buffer.concat(parts)).toString('hex')}-${parts.length}`
}

function typeOf(key: string): string {
  return key.endsWith('.json') ? 'application/json' : 'application/vnd.apache.parquet'
}
