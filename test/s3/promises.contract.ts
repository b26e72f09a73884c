/**
 * What a lake needs of a store that says it speaks S3, one sentence a promise, asked with the real SDK.
 *
 * The double keeps all of them, or it would be a poor double; what a server on the market keeps, its own tests say.
 */
import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

export interface Access {
  endpoint: string
  bucket: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

const MIB = 1024 * 1024
/** of the parts of an upload, but for the last: S3 takes no smaller ones */
const PART_BYTES = 5 * MIB

/**
 * @param open called once, before the first test
 * @param broken promises that are known not to be kept: that they are not is what is tested
 */
export function describePromises(name: string, open: () => Promise<Access>, broken: readonly string[] = []): void {
  const promise = (sentence: string, work: () => Promise<void>) =>
    (broken.includes(sentence) ? it.fails : it)(sentence, work)

  describe(`S3's promises: ${name}`, () => {
    let access: Access
    let client: S3Client
    /** below which a test is alone */
    let folder: string

    beforeAll(async () => {
      access = await open()
      client = clientWith({})
    })
    beforeEach(() => {
      folder = `${randomUUID()}/`
    })
    afterAll(() => client.destroy())

    function clientWith(about: S3ClientConfig): S3Client {
      const { endpoint, region, credentials } = access
      return new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...about })
    }

    const at = (key: string) => ({ Bucket: access.bucket, Key: folder + key })
    const put = (key: string, Body: string | Uint8Array, about: Partial<PutObjectCommand['input']> = {}) =>
      client.send(new PutObjectCommand({ ...at(key), Body, ...about }))
    const get = (key: string, about: Partial<GetObjectCommand['input']> = {}) =>
      client.send(new GetObjectCommand({ ...at(key), ...about }))
    const textAt = async (key: string, about: Partial<GetObjectCommand['input']> = {}) =>
      (await get(key, about)).Body!.transformToString()
    const remove = (key: string, about: Partial<DeleteObjectCommand['input']> = {}) =>
      client.send(new DeleteObjectCommand({ ...at(key), ...about }))

    /** All pages of a list of this test's folder: keys first, then folders, without the folder's own name. */
    async function listed(about: Partial<ListObjectsV2Command['input']> = {}): Promise<string[][]> {
      const pages: string[][] = []
      const { Prefix = '', StartAfter, ...more } = about
      let ContinuationToken: string | undefined
      do {
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket: access.bucket,
            Prefix: folder + Prefix,
            ...(StartAfter !== undefined && { StartAfter: folder + StartAfter }),
            ...(ContinuationToken !== undefined && { ContinuationToken }),
            ...more,
          }),
        )
        const names = [
          ...(page.Contents ?? []).map(({ Key }) => Key!),
          ...(page.CommonPrefixes ?? []).map(p => p.Prefix!),
        ]
        pages.push(names.map(key => key.slice(folder.length)))
        ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined
      } while (ContinuationToken !== undefined)
      return pages
    }

    promise('nobody gets in with a wrong secret, an unknown key, or without either', async () => {
      await put('a', 'one')
      const { credentials } = access
      const as = async (wrong: Partial<typeof credentials>) => {
        const other = clientWith({ credentials: { ...credentials, ...wrong } })
        return refusal(other.send(new GetObjectCommand(at('a')))).finally(() => other.destroy())
      }
      expect(await as({ secretAccessKey: 'wrong' })).toBe('403 SignatureDoesNotMatch')
      expect(await as({ accessKeyId: 'AKIDNOBODY' })).toBe('403 InvalidAccessKeyId')
      expect((await fetch(`${access.endpoint}/${access.bucket}/${folder}a`)).status).toBe(403)
    })

    promise('a clock that is 20 min off is refused, with the time in the answer', async () => {
      const late = clientWith({ systemClockOffset: -20 * 60_000 })
      expect(await refusal(late.send(new GetObjectCommand(at('a'))))).toBe('403 RequestTimeTooSkewed')
      late.destroy()
    })

    promise('names of folders and files may hold what Hive, spaces and other alphabets bring', async () => {
      const names = ['utc_date=2026-01-01/utc_hour=03/a b+c.parquet', 'ü/#%41&?=;:@,~!*()[]', '😀/𝟘']
      for (const name of names) {
        await put(name, name)
        expect(await textAt(name)).toBe(name)
      }
      expect((await listed()).flat().sort()).toEqual([...names].sort())
    })

    promise('what was put is there at once, with its ETag, length, time and type', async () => {
      const { ETag } = await put('a', 'one', { ContentType: 'text/x', Metadata: { note: 'two words' } })
      expect(ETag).toBe(`"${createHash('md5').update('one').digest('hex')}"`)
      const about = { ETag, ContentLength: 3, ContentType: 'text/x', Metadata: { note: 'two words' } }
      expect(await client.send(new HeadObjectCommand(at('a')))).toMatchObject(about)
      const found = await get('a')
      expect(found).toMatchObject(about)
      expect(Math.abs(Number(found.LastModified) - Date.now())).toBeLessThan(10_000)
      expect(await found.Body!.transformToString()).toBe('one')
      await put('a', 'two')
      expect(await textAt('a')).toBe('two')
      await put('empty', new Uint8Array(0))
      expect(await textAt('empty')).toBe('')
    })

    promise('the default checksum is kept, and given when it is asked for', async () => {
      const { ChecksumCRC32 } = await put('a', 'one')
      expect(ChecksumCRC32).toBe('emyG8Q==')
      const found = await get('a', { ChecksumMode: 'ENABLED' })
      expect(found).toMatchObject({ ChecksumCRC32 })
      expect(await found.Body!.transformToString()).toBe('one')
    })

    promise('a stream with the default checksum behind it arrives as it was sent', async () => {
      const bytes = Buffer.alloc(300_000, 'stream ')
      const Body = Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)])
      await client.send(new PutObjectCommand({ ...at('a'), Body, ContentLength: bytes.length }))
      const found = await get('a')
      expect(Buffer.from(await found.Body!.transformToByteArray()).equals(bytes)).toBe(true)
    })

    promise('what a stream was wrapped in is not kept with it', async () => {
      await client.send(
        new PutObjectCommand({ ...at('a'), Body: Readable.from([Buffer.from('one')]), ContentLength: 3 }),
      )
      const { ContentEncoding, ContentLength } = await client.send(new HeadObjectCommand(at('a')))
      expect([ContentEncoding ?? '', ContentLength]).toEqual(['', 3])
    })

    promise('bytes that are not those of their checksum are refused', async () => {
      expect(await refusal(put('a', 'one', { ChecksumCRC32: 'AAAAAA==' }))).toBe('400 BadDigest')
      expect(await refusal(put('a', 'one', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }))).toBe('400 BadDigest')
      expect(await refusal(get('a'))).toBe('404 NoSuchKey')
    })

    promise('ranges are given, from the end too', async () => {
      await put('a', '0123456789')
      const ranged = async (Range: string) => {
        const { Body, ContentRange, ContentLength, $metadata } = await get('a', { Range })
        return [$metadata.httpStatusCode, ContentRange, ContentLength, await Body!.transformToString()]
      }
      expect(await ranged('bytes=2-4')).toEqual([206, 'bytes 2-4/10', 3, '234'])
      expect(await ranged('bytes=7-')).toEqual([206, 'bytes 7-9/10', 3, '789'])
      expect(await ranged('bytes=-4')).toEqual([206, 'bytes 6-9/10', 4, '6789'])
      expect(await ranged('bytes=-40')).toEqual([206, 'bytes 0-9/10', 10, '0123456789'])
      expect(await ranged('bytes=8-99')).toEqual([206, 'bytes 8-9/10', 2, '89'])
      expect(await refusal(get('a', { Range: 'bytes=10-' }))).toBe('416 InvalidRange')
    })

    promise('a read may ask for the object that was there, or for another one only', async () => {
      const { ETag: IfMatch } = await put('a', 'one')
      expect(await textAt('a', { IfMatch, Range: 'bytes=0-1' })).toBe('on')
      expect(await refusal(get('a', { IfNoneMatch: IfMatch }))).toMatch(/^304 /)
      await put('a', 'two')
      expect(await refusal(get('a', { IfMatch, Range: 'bytes=0-1' }))).toBe('412 PreconditionFailed')
      expect(await textAt('a', { IfNoneMatch: IfMatch })).toBe('two')
    })

    promise('what is not there is said not to be', async () => {
      expect(await refusal(get('a'))).toBe('404 NoSuchKey')
      expect(await refusal(client.send(new HeadObjectCommand(at('a'))))).toBe('404 NotFound')
      const nowhere = { Bucket: `${access.bucket}-nowhere`, Key: 'a' }
      expect(await refusal(client.send(new GetObjectCommand(nowhere)))).toBe('404 NoSuchBucket')
      expect(await refusal(client.send(new PutObjectCommand({ ...nowhere, Body: 'one' })))).toBe('404 NoSuchBucket')
      expect(await refusal(client.send(new ListObjectsV2Command(nowhere)))).toBe('404 NoSuchBucket')
    })

    promise('what is removed is gone at once, and may be removed again', async () => {
      await put('a', 'one')
      await remove('a')
      await remove('a')
      expect(await refusal(get('a'))).toBe('404 NoSuchKey')
      expect(await listed()).toEqual([[]])
    })

    promise('many are removed at once', async () => {
      for (const key of ['a', 'b&<c>', 'd']) await put(key, key)
      const Objects = ['a', 'b&<c>', 'nowhere'].map(key => ({ Key: folder + key }))
      const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket: access.bucket, Delete: { Objects } }))
      expect(Errors ?? []).toEqual([])
      expect(await listed()).toEqual([['d']])
    })

    const names = ['b', 'a/1', 'a/2', 'ab', 'a-b/1', 'c/x/1', 'c/x/2', 'c/y', '﹘', '😀', 'z&<>"']
    const byBytes = ['a-b/1', 'a/1', 'a/2', 'ab', 'b', 'c/x/1', 'c/x/2', 'c/y', 'z&<>"', '﹘', '😀']

    promise('lists have every name once, however small their pages', async () => {
      for (const name of names) await put(name, name)
      for (const MaxKeys of [1, 2, 3, 4, 1000]) {
        const pages = await listed({ MaxKeys })
        expect(pages.flat().sort()).toEqual([...names].sort())
        expect(pages.every(page => page.length <= MaxKeys)).toBe(true)
        expect((await listed({ MaxKeys, Prefix: 'a' })).flat().sort()).toEqual(['a-b/1', 'a/1', 'a/2', 'ab'])
        expect((await listed({ MaxKeys, Prefix: 'c/' })).flat()).toEqual(['c/x/1', 'c/x/2', 'c/y'])
      }
    })

    promise('lists are in the order of UTF-8 bytes', async () => {
      for (const name of names) await put(name, name)
      expect(await listed()).toEqual([byBytes])
      expect(await listed({ MaxKeys: 4 })).toEqual([byBytes.slice(0, 4), byBytes.slice(4, 8), byBytes.slice(8)])
    })

    promise('lists fold folders, once each, across pages too', async () => {
      for (const name of names) await put(name, name)
      const folded = ['ab', 'b', 'z&<>"', '﹘', '😀', 'a-b/', 'a/', 'c/']
      for (const MaxKeys of [1, 2, 3, 1000]) {
        expect((await listed({ Delimiter: '/', MaxKeys })).flat().sort()).toEqual([...folded].sort())
      }
      expect(await listed({ Delimiter: '/', Prefix: 'c/' })).toEqual([['c/y', 'c/x/']])
      expect(await listed({ Prefix: 'nowhere/', Delimiter: '/' })).toEqual([[]])
    })

    promise('lists begin behind a name', async () => {
      for (const name of names) await put(name, name)
      expect(await listed({ StartAfter: 'b' })).toEqual([byBytes.slice(5)])
      expect(await listed({ StartAfter: 'a/1', Prefix: 'a/' })).toEqual([['a/2']])
      expect(await listed({ StartAfter: 'bb', MaxKeys: 3 })).toEqual([byBytes.slice(5, 8), byBytes.slice(8)])
    })

    promise('lists say how long an object is and which', async () => {
      const { ETag } = await put('a', 'one')
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: access.bucket, Prefix: folder }))
      expect(Contents).toMatchObject([{ Key: `${folder}a`, Size: 3, ETag, LastModified: expect.any(Date) }])
    })

    promise('If-None-Match: * writes only where nothing is', async () => {
      await put('a', 'one', { IfNoneMatch: '*' })
      expect(await refusal(put('a', 'two', { IfNoneMatch: '*' }))).toBe('412 PreconditionFailed')
      expect(await textAt('a')).toBe('one')
      await remove('a')
      await put('a', 'three', { IfNoneMatch: '*' })
      expect(await textAt('a')).toBe('three')
    })

    promise('If-Match writes only over what is known', async () => {
      const { ETag: first } = await put('a', 'one')
      await put('a', 'two', { IfMatch: first! })
      expect(await refusal(put('a', 'three', { IfMatch: first! }))).toBe('412 PreconditionFailed')
      expect(await textAt('a')).toBe('two')
    })

    promise('If-Match writes nothing where nothing is', async () => {
      expect(await refusal(put('a', 'one', { IfMatch: `"${'0'.repeat(32)}"` }))).toMatch(
        // the second is not what S3 says, but says enough
        /^(404 NoSuchKey|412 PreconditionFailed)$/,
      )
      expect(await listed()).toEqual([[]])
    })

    async function winnersOf(name: string, about: Partial<PutObjectCommand['input']>): Promise<string[]> {
      const writers = Array.from({ length: 12 }, (_, n) => `${name} ${n}`)
      const outcomes = await Promise.all(writers.map(text => refusal(put('a', text, about))))
      // 409: S3 says so of two that it cannot put into an order
      expect(outcomes.filter(outcome => !/^(no refusal|412 |409 )/.test(outcome))).toEqual([])
      return writers.filter((_, n) => outcomes[n] === 'no refusal')
    }

    promise('of many who write with If-None-Match: *, one wins', async () => {
      for (let round = 0; round < 5; round++) {
        const winners = await winnersOf(`round ${round}`, { IfNoneMatch: '*' })
        expect(winners).toHaveLength(1)
        expect(await textAt('a')).toBe(winners[0])
        await remove('a')
      }
    })

    promise('of many who write with If-Match, one wins', async () => {
      await put('a', 'first')
      for (let round = 0; round < 5; round++) {
        const { ETag: IfMatch } = await client.send(new HeadObjectCommand(at('a')))
        const winners = await winnersOf(`round ${round}`, { IfMatch: IfMatch! })
        expect(winners).toHaveLength(1)
        expect(await textAt('a')).toBe(winners[0])
      }
    })

    promise('If-Match removes only what is known', async () => {
      const { ETag: first } = await put('a', 'one')
      await put('a', 'two')
      expect(await refusal(remove('a', { IfMatch: first! }))).toBe('412 PreconditionFailed')
      expect(await textAt('a')).toBe('two')
      const { ETag: IfMatch } = await client.send(new HeadObjectCommand(at('a')))
      await remove('a', { IfMatch: IfMatch! })
      expect(await refusal(get('a'))).toBe('404 NoSuchKey')
    })

    promise('an upload in parts is one object when it is completed', async () => {
      const bytes = Buffer.alloc(PART_BYTES * 2 + MIB, 'parts ')
      const upload = new Upload({ client, params: { ...at('big'), Body: bytes }, partSize: PART_BYTES })
      expect((await upload.done()).ETag).toMatch(/^"[0-9a-f]{32}-3"$/)
      const found = await get('big', { ChecksumMode: 'ENABLED' })
      expect(Buffer.from(await found.Body!.transformToByteArray()).equals(bytes)).toBe(true)
      expect(await textAt('big', { Range: `bytes=${PART_BYTES - 3}-${PART_BYTES + 2}` })).toBe(
        bytes.toString('utf8', PART_BYTES - 3, PART_BYTES + 3),
      )
    })

    async function uploaded(key: string, bodies: readonly string[]) {
      const { UploadId } = await client.send(
        new CreateMultipartUploadCommand({ ...at(key), ChecksumAlgorithm: 'CRC32' }),
      )
      const Parts = []
      for (const [n, Body] of bodies.entries()) {
        const words = { ...at(key), UploadId, PartNumber: n + 1, Body }
        const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand(words))
        Parts.push({ PartNumber: n + 1, ETag, ChecksumCRC32 })
      }
      return { ...at(key), UploadId, MultipartUpload: { Parts } }
    }

    promise(
      'an upload in parts that is not completed is neither listed nor read, and is gone when it is aborted',
      async () => {
        const { MultipartUpload, ...upload } = await uploaded('a', ['one'])
        expect(await listed()).toEqual([[]])
        expect(await listed({ Delimiter: '/' })).toEqual([[]])
        expect(await refusal(get('a'))).toBe('404 NoSuchKey')
        await client.send(new AbortMultipartUploadCommand(upload))
        const late = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload })
        expect(await refusal(client.send(late))).toBe('404 NoSuchUpload')
      },
    )

    promise('an upload in parts that are too small is refused', async () => {
      const upload = await uploaded('a', ['one', 'two'])
      expect(await refusal(client.send(new CompleteMultipartUploadCommand(upload)))).toBe('400 EntityTooSmall')
    })

    promise('If-None-Match: * completes an upload only where nothing is', async () => {
      const [one, two] = [await uploaded('a', ['one']), await uploaded('a', ['two'])]
      await client.send(new CompleteMultipartUploadCommand({ ...one, IfNoneMatch: '*' }))
      const late = new CompleteMultipartUploadCommand({ ...two, IfNoneMatch: '*' })
      expect(await refusal(client.send(late))).toBe('412 PreconditionFailed')
      expect(await textAt('a')).toBe('one')
    })

    promise('If-Match completes an upload only over what is known', async () => {
      const { ETag: first } = await put('a', 'first')
      const [one, two] = [await uploaded('a', ['one']), await uploaded('a', ['two'])]
      await client.send(new CompleteMultipartUploadCommand({ ...one, IfMatch: first! }))
      const late = new CompleteMultipartUploadCommand({ ...two, IfMatch: first! })
      expect(await refusal(client.send(late))).toBe('412 PreconditionFailed')
      expect(await textAt('a')).toBe('one')
    })

    promise('who reads while it is written reads the old object or the new one, whole', async () => {
      const bodies = ['old', 'new'].map(word => Buffer.alloc(2 * MIB, word))
      await put('a', bodies[0]!)
      let isOver = false
      const seen = new Set<string>()
      const reads = Array.from({ length: 3 }, async () => {
        while (!isOver) {
          const bytes = Buffer.from(await (await get('a')).Body!.transformToByteArray())
          seen.add(bodies.some(body => body.equals(bytes)) ? 'whole' : `${bytes.length} bytes of more than one`)
        }
      })
      for (let n = 1; n <= 6; n++) await put('a', bodies[n % 2]!)
      isOver = true
      await Promise.all(reads)
      expect([...seen]).toEqual(['whole'])
    })
  })
}

/** Status and name of what a request is refused with. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no refusal',
    error => `${error.$metadata?.httpStatusCode ?? error.code ?? '-'} ${error.name}`,
  )
}
