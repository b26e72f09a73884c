/** The double of S3 keeps S3's promises, as the real SDK sees them: what the tests of lakes in S3 stand on. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { afterEach, describe, expect, it } from 'vitest'
import { type S3Double, type S3DoubleOptions, TEST_KEY, withS3Double } from './s3-double/double.ts'
import type { Fault } from './s3-double/faults.ts'

const Bucket = 'lake'
const clients: S3Client[] = []

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
})

/** One attempt, so that a test sees what the double did. */
function clientOf({ endpoint }: { endpoint: string }, about: S3ClientConfig = {}): S3Client {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: TEST_KEY,
    maxAttempts: 1,
    ...about,
  })
  clients.push(client)
  return client
}

async function withBoth(
  options: S3DoubleOptions,
  work: (s3: S3Double, client: S3Client) => Promise<void>,
): Promise<void> {
  await withS3Double(options, s3 => work(s3, clientOf(s3)))
}

const put = (Key: string, Body: string | Uint8Array, about: Partial<PutObjectCommand['input']> = {}) =>
  new PutObjectCommand({ Bucket, Key, Body, ...about })
const get = (Key: string, about: Partial<GetObjectCommand['input']> = {}) =>
  new GetObjectCommand({ Bucket, Key, ...about })
const list = (about: Partial<ListObjectsV2Command['input']> = {}) => new ListObjectsV2Command({ Bucket, ...about })

async function textAt(client: S3Client, Key: string, about: Partial<GetObjectCommand['input']> = {}): Promise<string> {
  return (await client.send(get(Key, about))).Body!.transformToString()
}

/** Status and code of what a request is refused with. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no refusal',
    error => `${error.$metadata?.httpStatusCode ?? '-'} ${error.name}`,
  )
}

const utf8 = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('utf8')
const codes = (s3: S3Double) =>
  s3.take().map(({ operation, status, code }) => [operation, status, code ?? ''].join(' '))

describe('the double of S3: who asks', () => {
  it('answers who signs with a key that it has, and nobody else', () =>
    withBoth({}, async (s3, client) => {
      await client.send(put('a', 'one'))
      const as = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
        refusal(clientOf(s3, { credentials }).send(get('a')))
      expect(await as({ ...TEST_KEY, accessKeyId: 'AKIDNOBODY' })).toBe('403 InvalidAccessKeyId')
      expect(await as({ ...TEST_KEY, secretAccessKey: 'wrong' })).toBe('403 SignatureDoesNotMatch')
      expect(await as({ ...TEST_KEY, sessionToken: 'of somebody else' })).toBe('400 InvalidToken')
      const unsigned = await fetch(`${s3.endpoint}/lake/a`)
      expect([unsigned.status, await unsigned.text()]).toEqual([
        403,
        expect.stringContaining('<Code>AccessDenied</Code>'),
      ])
      expect(await textAt(client, 'a')).toBe('one')
    }))

  it('knows temporary keys by their tokens until they expire', () => {
    const temporary = { accessKeyId: 'ASIATEMP', secretAccessKey: 'temp', sessionToken: 'FwoG/+=token' }
    return withBoth({ keys: [TEST_KEY, temporary] }, async (s3, client) => {
      await client.send(put('a', 'one'))
      const renter = clientOf(s3, { credentials: temporary })
      expect(await textAt(renter, 'a')).toBe('one')
      const { sessionToken: _, ...bare } = temporary
      expect(await refusal(clientOf(s3, { credentials: bare }).send(get('a')))).toBe('403 InvalidAccessKeyId')
      s3.settings.keys = [TEST_KEY, { ...temporary, isExpired: true }]
      expect(await refusal(renter.send(get('a')))).toBe('400 ExpiredToken')
    })
  })

  it('signs the whole request: names of all kinds, queries and headers', () =>
    withBoth({}, async (s3, client) => {
      const names = ['a b+c', 'utc_date=2026-01-01/part=ü&?#[]@!$\'()*,;:"<>\\^`{|}~%41', '😀/𝟘', ' /./..//x', 'a//b']
      for (const name of names) {
        await client.send(put(name, name, { Metadata: { note: 'two  blanks' }, ContentType: 'text/plain; x=1' }))
        expect(await textAt(client, name)).toBe(name)
        const { Contents } = await client.send(list({ Prefix: name }))
        expect(Contents?.map(({ Key }) => Key)).toEqual([name])
      }
      expect(s3.bucket().size).toBe(names.length)
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: names[0]! }))
      expect(head.Metadata).toEqual({ note: 'two  blanks' })
    }))

  it('takes buckets as hosts', () =>
    withBoth({}, async s3 => {
      const hosted = clientOf({ endpoint: s3.hostEndpoint }, { forcePathStyle: false })
      const hosts: string[] = []
      // lake.localhost is signed, whether or not this machine can resolve it
      hosted.middlewareStack.add(
        next => args => {
          const request = args.request as { hostname: string; headers: Record<string, string> }
          hosts.push(request.headers.host!)
          request.hostname = '127.0.0.1'
          return next(args)
        },
        { step: 'finalizeRequest', priority: 'low' },
      )
      await hosted.send(put('x/y z', 'hosted'))
      expect(await textAt(hosted, 'x/y z')).toBe('hosted')
      expect(hosts[0]).toMatch(/^lake\.localhost:\d+$/)
      expect(utf8(s3.bucket().get('x/y z'))).toBe('hosted')
    }))

  it('refuses a clock that is more than a quarter of an hour off, and says what time it is', () =>
    withBoth({}, async (s3, client) => {
      s3.settings.shiftMs = 14 * 60_000
      await client.send(put('a', 'one'))
      s3.settings.shiftMs = 16 * 60_000
      expect(await refusal(clientOf(s3).send(get('a')))).toBe('403 RequestTimeTooSkewed')
      s3.settings.shiftMs = -16 * 60_000
      const behind = clientOf(s3, { maxAttempts: 2 })
      // the SDK reads the time off the refusal, and asks again
      expect(await textAt(behind, 'a')).toBe('one')
      expect(codes(s3).slice(1)).toEqual([
        'GetObject 403 RequestTimeTooSkewed',
        'GetObject 403 RequestTimeTooSkewed',
        'GetObject 200 ',
      ])
    }))

  it('is in one region', () =>
    withBoth({ region: 'eu-central-1' }, async s3 => {
      expect(await refusal(clientOf(s3).send(get('a')))).toBe('400 AuthorizationHeaderMalformed')
      expect(await refusal(clientOf(s3, { region: 'eu-central-1' }).send(get('a')))).toBe('404 NoSuchKey')
    }))

  it('lets keys do only what they may, and hides what is not there from who may not list', () => {
    const writer = { accessKeyId: 'W', secretAccessKey: 'w', mayNot: ['GetObject', 'DeleteObject'] }
    const reader = { accessKeyId: 'R', secretAccessKey: 'r', mayNot: ['PutObject', 'ListObjectsV2'] }
    return withBoth({ keys: [writer, reader] }, async s3 => {
      const [write, read] = [clientOf(s3, { credentials: writer }), clientOf(s3, { credentials: reader })]
      await write.send(put('a', 'one'))
      expect(await refusal(write.send(get('a')))).toBe('403 AccessDenied')
      expect(await refusal(write.send(new DeleteObjectCommand({ Bucket, Key: 'a' })))).toBe('403 AccessDenied')
      expect(await textAt(read, 'a')).toBe('one')
      expect(await refusal(read.send(put('a', 'two')))).toBe('403 AccessDenied')
      expect(await refusal(read.send(list()))).toBe('403 AccessDenied')
      expect(await refusal(read.send(get('nowhere')))).toBe('403 AccessDenied')
    })
  })
})

describe('the double of S3: objects', () => {
  it('gives back what was put, with its ETag, time, length and checksum', () =>
    withBoth({}, async (_, client) => {
      const { ETag, ChecksumCRC32 } = await client.send(put('a', 'one', { ContentType: 'text/x' }))
      expect(ETag).toBe(`"${createHash('md5').update('one').digest('hex')}"`)
      const found = await client.send(get('a', { ChecksumMode: 'ENABLED' }))
      expect(found).toMatchObject({
        ETag,
        ContentLength: 3,
        ContentType: 'text/x',
        ChecksumCRC32,
        AcceptRanges: 'bytes',
      })
      expect(Math.abs(Number(found.LastModified) - Date.now())).toBeLessThan(5000)
      expect(await found.Body!.transformToString()).toBe('one')
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a', ChecksumMode: 'ENABLED' }))
      expect(head).toMatchObject({ ETag, ContentLength: 3, ChecksumCRC32, LastModified: found.LastModified })
      expect(await textAt(client, 'a')).toBe('one')
    }))

  it('takes every checksum of S3, and adds one of its own to what comes without', () =>
    withBoth({}, async (s3, client) => {
      const sums = {
        CRC32: 'y/Q5Jg==',
        CRC32C: '4waSgw==',
        CRC64NVME: 'rosUhgp5mIg=',
        SHA1: '98O8HYCOBHMq32eZZczDTKeuNEE=',
      }
      for (const [algorithm, sum] of Object.entries(sums) as ['CRC32', string][]) {
        const answer = await client.send(put(algorithm, '123456789', { ChecksumAlgorithm: algorithm }))
        if (algorithm !== ('SHA1' as string))
          expect([algorithm, answer[`Checksum${algorithm}`]]).toEqual([algorithm, sum])
        expect(await textAt(client, algorithm)).toBe('123456789')
      }
      const plain = clientOf(s3, { requestChecksumCalculation: 'WHEN_REQUIRED' })
      expect(await plain.send(put('none', '123456789'))).toMatchObject({ ChecksumCRC64NVME: sums.CRC64NVME })
      expect(await textAt(client, 'none')).toBe('123456789')
    }))

  it('refuses bytes that are not those of their checksum, in headers and in trailers', () =>
    withBoth({}, async (s3, client) => {
      expect(await refusal(client.send(put('a', 'one', { ChecksumCRC32: 'AAAAAA==' })))).toBe('400 BadDigest')
      expect(await refusal(client.send(put('a', 'one', { ChecksumSHA256: 'AAAA' })))).toBe('400 BadDigest')
      expect(await refusal(client.send(put('a', 'one', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })))).toBe(
        '400 BadDigest',
      )
      const quiet = () => undefined
      const stream = clientOf(s3, { logger: { debug: quiet, info: quiet, warn: quiet, error: quiet } })
      stream.middlewareStack.add(
        next => args => {
          const request = args.request as { headers: Record<string, string>; body: Readable }
          request.body = Readable.from([Buffer.from('3\r\none\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')])
          return next(args)
        },
        { step: 'finalizeRequest', priority: 'low' },
      )
      const Body = Readable.from([Buffer.from('one')])
      expect(await refusal(stream.send(new PutObjectCommand({ Bucket, Key: 'a', Body, ContentLength: 3 })))).toBe(
        '400 BadDigest',
      )
      expect(s3.bucket().keys()).toEqual([])
    }))

  it('unwraps streams, as the SDK sends them', () =>
    withBoth({}, async (s3, client) => {
      const bytes = Buffer.alloc(300_000, 'stream ')
      const Body = Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)])
      const answer = await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body, ContentLength: bytes.length }))
      expect(answer.ChecksumCRC32).toBeDefined()
      expect(Buffer.from(s3.bucket().get('a')!).equals(bytes)).toBe(true)
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))
      expect(head).toMatchObject({ ContentLength: bytes.length, ContentType: 'application/octet-stream' })
      expect(head.ContentEncoding).toBeUndefined()
      expect(s3.take()[0]!.bytesIn).toBeGreaterThan(bytes.length)
    }))

  it('gives ranges, from the end too, and refuses those behind it', () =>
    withBoth({}, async (s3, client) => {
      s3.bucket().set('a', '0123456789')
      const ranged = async (Range: string) => {
        const { Body, ContentRange, ContentLength, $metadata } = await client.send(get('a', { Range }))
        return [$metadata.httpStatusCode, ContentRange, ContentLength, await Body!.transformToString()]
      }
      expect(await ranged('bytes=2-4')).toEqual([206, 'bytes 2-4/10', 3, '234'])
      expect(await ranged('bytes=7-')).toEqual([206, 'bytes 7-9/10', 3, '789'])
      expect(await ranged('bytes=-4')).toEqual([206, 'bytes 6-9/10', 4, '6789'])
      expect(await ranged('bytes=-40')).toEqual([206, 'bytes 0-9/10', 10, '0123456789'])
      expect(await ranged('bytes=8-99')).toEqual([206, 'bytes 8-9/10', 2, '89'])
      expect(await refusal(client.send(get('a', { Range: 'bytes=10-' })))).toBe('416 InvalidRange')
      expect(
        s3
          .take()
          .map(({ range, bytesOut }) => `${range} ${bytesOut}`)
          .slice(0, 3),
      ).toEqual(['bytes=2-4 3', 'bytes=7- 3', 'bytes=-4 4'])
    }))

  it('reads under conditions', () =>
    withBoth({}, async (_, client) => {
      const { ETag: IfMatch } = await client.send(put('a', 'one'))
      expect(await textAt(client, 'a', { IfMatch, Range: 'bytes=0-1' })).toBe('on')
      expect(await refusal(client.send(get('a', { IfNoneMatch: IfMatch })))).toMatch(/^304 /)
      await client.send(put('a', 'two'))
      expect(await refusal(client.send(get('a', { IfMatch, Range: 'bytes=0-1' })))).toBe('412 PreconditionFailed')
      expect(await textAt(client, 'a', { IfNoneMatch: IfMatch })).toBe('two')
    }))

  it('knows what is not there, and removes what is or is not', () =>
    withBoth({}, async (s3, client) => {
      expect(await refusal(client.send(get('a')))).toBe('404 NoSuchKey')
      expect(await refusal(client.send(new HeadObjectCommand({ Bucket, Key: 'a' })))).toBe('404 NotFound')
      expect(await refusal(client.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'a' })))).toBe('404 NoSuchBucket')
      expect(await refusal(client.send(new ListObjectsV2Command({ Bucket: 'nowhere' })))).toBe('404 NoSuchBucket')
      s3.bucket().set('a', 'one')
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))
      expect(s3.bucket().has('a')).toBe(false)
      expect(await refusal(client.send(put('a'.repeat(1025), 'one')))).toBe('400 KeyTooLongError')
    }))

  it('removes many at once', () =>
    withBoth({}, async (s3, client) => {
      for (const key of ['a', 'b&<c>', 'd']) s3.bucket().set(key, key)
      const etag = s3.bucket().object('a')!.etag
      const Objects = [{ Key: 'a', ETag: etag }, { Key: 'b&<c>' }, { Key: 'd', ETag: '"other"' }, { Key: 'nowhere' }]
      const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
      expect(Deleted?.map(({ Key }) => Key)).toEqual(['a', 'b&<c>', 'nowhere'])
      expect(Errors).toMatchObject([{ Key: 'd', Code: 'PreconditionFailed' }])
      expect(s3.bucket().keys()).toEqual(['d'])
    }))

  it('makes, shows and removes buckets', () =>
    withBoth({}, async (_, client) => {
      await client.send(new CreateBucketCommand({ Bucket: 'other' }))
      expect(await refusal(client.send(new CreateBucketCommand({ Bucket: 'other' })))).toBe(
        '409 BucketAlreadyOwnedByYou',
      )
      expect((await client.send(new HeadBucketCommand({ Bucket: 'other' }))).BucketRegion).toBe('us-east-1')
      expect((await client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toEqual([
        'lake',
        'other',
      ])
      await client.send(new PutObjectCommand({ Bucket: 'other', Key: 'a', Body: 'one' }))
      expect(await refusal(client.send(new DeleteBucketCommand({ Bucket: 'other' })))).toBe('409 BucketNotEmpty')
      await client.send(new DeleteObjectCommand({ Bucket: 'other', Key: 'a' }))
      await client.send(new DeleteBucketCommand({ Bucket: 'other' }))
      expect(await refusal(client.send(new HeadBucketCommand({ Bucket: 'other' })))).toBe('404 NotFound')
      expect((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe('us-east-1')
    }))
})

describe('the double of S3: lists', () => {
  const keys = ['b', 'a/1', 'a/2', 'a', 'ab', 'c/x/1', 'c/x/2', 'c/y', '﹘', '😀', 'z&<>"']
  const byBytes = ['a', 'a/1', 'a/2', 'ab', 'b', 'c/x/1', 'c/x/2', 'c/y', 'z&<>"', '﹘', '😀']

  async function pages(client: S3Client, about: Partial<ListObjectsV2Command['input']>): Promise<string[][]> {
    const all: string[][] = []
    let ContinuationToken: string | undefined
    do {
      const page = await client.send(list({ ...about, ...(ContinuationToken && { ContinuationToken }) }))
      const names = [
        ...(page.Contents ?? []).map(({ Key }) => Key!),
        ...(page.CommonPrefixes ?? []).map(p => p.Prefix!),
      ]
      expect(page.KeyCount).toBe(names.length)
      all.push(names)
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (ContinuationToken !== undefined)
    return all
  }

  async function withKeys(options: S3DoubleOptions, work: (client: S3Client, s3: S3Double) => Promise<void>) {
    await withBoth(options, async (s3, client) => {
      for (const key of keys) s3.bucket().set(key, key)
      await work(client, s3)
    })
  }

  it('are in the order of UTF-8 bytes, page by page', () =>
    withKeys({ pageKeys: 4 }, async (client, s3) => {
      expect(await pages(client, {})).toEqual([byBytes.slice(0, 4), byBytes.slice(4, 8), byBytes.slice(8)])
      expect(await pages(client, { MaxKeys: 6 })).toHaveLength(3)
      expect(await pages(client, { MaxKeys: 10, Prefix: 'c/' })).toEqual([['c/x/1', 'c/x/2', 'c/y']])
      expect((await pages(client, { EncodingType: 'url' })).flat()).toEqual(
        byBytes.map(encodeURIComponent).map(n => n.replaceAll('%2F', '/')),
      )
      expect(s3.take()[3]).toMatchObject({ operation: 'ListObjectsV2', status: 200 })
    }))

  it('fold folders, once each, across pages too', () =>
    withKeys({}, async client => {
      const folded = ['a', 'ab', 'b', 'z&<>"', '﹘', '😀', 'a/', 'c/']
      expect(await pages(client, { Delimiter: '/' })).toEqual([folded])
      for (const MaxKeys of [1, 2, 3]) {
        expect((await pages(client, { Delimiter: '/', MaxKeys })).flat().sort()).toEqual([...folded].sort())
      }
      expect(await pages(client, { Delimiter: '/', Prefix: 'c/' })).toEqual([['c/y', 'c/x/']])
      expect(await pages(client, { Delimiter: '/', Prefix: 'nowhere/' })).toEqual([[]])
    }))

  it('begin where they are told to', () =>
    withKeys({}, async client => {
      expect(await pages(client, { StartAfter: 'b' })).toEqual([byBytes.slice(5)])
      expect(await pages(client, { StartAfter: 'a/1', Prefix: 'a/' })).toEqual([['a/2']])
      expect(await refusal(client.send(list({ ContinuationToken: 'made up' })))).toBe('400 InvalidArgument')
    }))

  it('say of each object what it is', () =>
    withBoth({}, async (_, client) => {
      const { ETag } = await client.send(put('a', 'one'))
      const { Contents } = await client.send(list())
      expect(Contents).toEqual([
        {
          Key: 'a',
          Size: 3,
          ETag,
          LastModified: expect.any(Date),
          ChecksumAlgorithm: ['CRC32'],
          ChecksumType: 'FULL_OBJECT',
          StorageClass: 'STANDARD',
        },
      ])
    }))
})

describe('the double of S3: conditional writes', () => {
  it('puts only where nothing is, or only over what is known', () =>
    withBoth({}, async (s3, client) => {
      const { ETag: first } = await client.send(put('a', 'one', { IfNoneMatch: '*' }))
      expect(await refusal(client.send(put('a', 'two', { IfNoneMatch: '*' })))).toBe('412 PreconditionFailed')
      await client.send(put('a', 'two', { IfMatch: first! }))
      expect(await refusal(client.send(put('a', 'three', { IfMatch: first! })))).toBe('412 PreconditionFailed')
      expect(await refusal(client.send(put('b', 'three', { IfMatch: first! })))).toBe('404 NoSuchKey')
      expect(await refusal(client.send(put('a', 'three', { IfNoneMatch: '"x"' })))).toBe('501 NotImplemented')
      expect(utf8(s3.bucket().get('a'))).toBe('two')
      expect(s3.bucket().keys()).toEqual(['a'])
    }))

  it('has one winner among many', () =>
    withBoth({}, async (s3, client) => {
      const race = async (name: string, about: Partial<PutObjectCommand['input']>) => {
        const names = Array.from({ length: 12 }, (_, n) => `${name} ${n}`)
        const outcomes = await Promise.all(names.map(name => refusal(client.send(put('a', name, about)))))
        const won = names.filter((_, n) => outcomes[n] === 'no refusal')
        expect(outcomes.filter(outcome => outcome === '412 PreconditionFailed')).toHaveLength(11)
        expect(utf8(s3.bucket().get('a'))).toBe(won[0])
        return s3.bucket().object('a')!.etag
      }
      const etag = await race('first', { IfNoneMatch: '*' })
      await race('second', { IfMatch: etag })
    }))

  it('removes only what is known', () =>
    withBoth({}, async (s3, client) => {
      const { ETag: IfMatch } = await client.send(put('a', 'one'))
      const remove = (about: { Key: string; IfMatch: string }) =>
        client.send(new DeleteObjectCommand({ Bucket, ...about }))
      expect(await refusal(remove({ Key: 'a', IfMatch: '"other"' }))).toBe('412 PreconditionFailed')
      expect(await refusal(remove({ Key: 'b', IfMatch: '*' }))).toBe('404 NoSuchKey')
      await remove({ Key: 'a', IfMatch: IfMatch! })
      expect(s3.bucket().size).toBe(0)
    }))

  it('can be a store that does not know them', () =>
    withBoth({ conditionalWrites: false }, async (s3, client) => {
      await client.send(put('a', 'one', { IfNoneMatch: '*' }))
      await client.send(put('a', 'two', { IfNoneMatch: '*' }))
      await client.send(put('a', 'three', { IfMatch: '"other"' }))
      expect(utf8(s3.bucket().get('a'))).toBe('three')
      expect(await refusal(client.send(get('a', { IfMatch: '"other"' })))).toBe('412 PreconditionFailed')
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'a', IfMatch: '"other"' }))
      expect(s3.bucket().size).toBe(0)
    }))

  it('can be a store that refuses them', () =>
    withBoth({ conditionalWrites: 'refused' }, async (_, client) => {
      expect(await refusal(client.send(put('a', 'one', { IfNoneMatch: '*' })))).toBe('501 NotImplemented')
      expect(await refusal(client.send(put('a', 'one', { IfMatch: '"x"' })))).toBe('501 NotImplemented')
      await client.send(put('a', 'one'))
    }))
})

describe('the double of S3: uploads in parts', () => {
  const MIB = 1024 * 1024

  it('becomes one object when it is completed, and nobody sees it before', () =>
    withBoth({}, async (s3, client) => {
      const bytes = Buffer.alloc(11 * MIB, 'parts ')
      const whole = new Upload({ client, params: { Bucket, Key: 'big', Body: bytes }, partSize: 5 * MIB })
      const { ETag, ChecksumCRC32 } = await whole.done()
      expect(ETag).toMatch(/^"[0-9a-f]{32}-3"$/)
      expect(ChecksumCRC32).toMatch(/-3$/)
      expect(Buffer.from(s3.bucket().get('big')!).equals(bytes)).toBe(true)
      expect(codes(s3).sort()).toEqual([
        'CompleteMultipartUpload 200 ',
        'CreateMultipartUpload 200 ',
        ...Array(3).fill('UploadPart 200 '),
      ])
      const { ChecksumType, Body } = await client.send(get('big', { ChecksumMode: 'ENABLED' }))
      expect(ChecksumType).toBe('COMPOSITE')
      expect((await Body!.transformToByteArray()).length).toBe(bytes.length)
      expect(s3.uploads).toEqual([])
    }))

  const begin = async (client: S3Client, Key: string) =>
    (await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' }))).UploadId!
  const part = async (client: S3Client, about: { Key: string; UploadId: string; PartNumber: number; Body: string }) => {
    const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand({ Bucket, ...about }))
    return { PartNumber: about.PartNumber, ETag: ETag!, ChecksumCRC32: ChecksumCRC32! }
  }
  const complete = (
    client: S3Client,
    about: { Key: string; UploadId: string; IfNoneMatch?: string; IfMatch?: string },
    Parts: { PartNumber: number; ETag: string; ChecksumCRC32?: string }[],
  ) => client.send(new CompleteMultipartUploadCommand({ Bucket, ...about, MultipartUpload: { Parts } }))

  it('holds on to the parts that come, and to the rules about them', () =>
    withBoth({ minPartBytes: 3 }, async (s3, client) => {
      const UploadId = await begin(client, 'a')
      const at = { Key: 'a', UploadId }
      const first = await part(client, { ...at, PartNumber: 1, Body: 'ab' })
      const third = await part(client, { ...at, PartNumber: 3, Body: 'c' })
      expect(s3.bucket().has('a')).toBe(false)
      expect((await client.send(list())).Contents).toBeUndefined()
      expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toMatchObject([at])
      expect(await refusal(complete(client, at, [first, third]))).toBe('400 EntityTooSmall')
      const again = await part(client, { ...at, PartNumber: 1, Body: 'abc' })
      expect((await client.send(new ListPartsCommand({ Bucket, ...at }))).Parts).toMatchObject([
        { PartNumber: 1, Size: 3 },
        { PartNumber: 3, Size: 1 },
      ])
      expect(await refusal(complete(client, at, [third, again]))).toBe('400 InvalidPartOrder')
      expect(await refusal(complete(client, at, [first, third]))).toBe('400 InvalidPart')
      expect(await refusal(complete(client, at, [{ ...again, PartNumber: 2 }]))).toBe('400 InvalidPart')
      const { ChecksumCRC32: _, ...bare } = again
      expect(await refusal(complete(client, at, [bare, third]))).toBe('400 InvalidRequest')
      expect((await complete(client, at, [again, third])).ETag).toMatch(/-2"$/)
      expect(utf8(s3.bucket().get('a'))).toBe('abcc')
      expect(await refusal(complete(client, at, [again, third]))).toBe('404 NoSuchUpload')
    }))

  it('leaves nothing when it is aborted', () =>
    withBoth({}, async (s3, client) => {
      const at = { Key: 'a', UploadId: await begin(client, 'a') }
      await part(client, { ...at, PartNumber: 1, Body: 'ab' })
      await client.send(new AbortMultipartUploadCommand({ Bucket, ...at }))
      expect(s3.uploads).toEqual([])
      expect(await refusal(part(client, { ...at, PartNumber: 2, Body: 'ab' }))).toBe('404 NoSuchUpload')
    }))

  it('is completed under conditions', () =>
    withBoth({}, async (s3, client) => {
      const ready = async () => {
        const at = { Key: 'a', UploadId: await begin(client, 'a') }
        return { at, parts: [await part(client, { ...at, PartNumber: 1, Body: at.UploadId })] }
      }
      const [one, two] = [await ready(), await ready()]
      const { ETag: IfMatch } = await complete(client, { ...one.at, IfNoneMatch: '*' }, one.parts)
      const late = complete(client, { ...two.at, IfNoneMatch: '*' }, two.parts)
      expect(await refusal(late)).toBe('412 PreconditionFailed')
      expect(s3.uploads).toHaveLength(1)
      expect(await refusal(complete(client, { ...two.at, IfMatch: '"other"' }, two.parts))).toBe(
        '412 PreconditionFailed',
      )
      await complete(client, { ...two.at, IfMatch: IfMatch! }, two.parts)
      expect(utf8(s3.bucket().get('a'))).toBe(two.at.UploadId)
    }))
})

describe('the double of S3: faults', () => {
  const at = (does: Fault['does'], about: Partial<Fault> = {}): Fault => ({ does, ...about })

  it('happen to the requests that are meant, as often as they are to', () =>
    withBoth({}, async (s3, client) => {
      s3.faults.add(at({ error: 'SlowDown' }, { method: 'PUT', key: '^layer2/', times: 2, skip: 1 }))
      expect(await refusal(client.send(put('layer1/a', 'one')))).toBe('no refusal')
      const outcomes = []
      for (let n = 0; n < 4; n++) outcomes.push(await refusal(client.send(put('layer2/a', 'one'))))
      expect(outcomes).toEqual(['no refusal', '503 SlowDown', '503 SlowDown', 'no refusal'])
      expect(s3.faults.size).toBe(0)
      s3.faults.add(at({ error: 'AccessDenied' }, { operation: 'ListObjectsV2', times: 'always' }))
      expect(await refusal(client.send(list()))).toBe('403 AccessDenied')
      expect(await refusal(client.send(list()))).toBe('403 AccessDenied')
      s3.faults.clear()
      expect(await refusal(client.send(list()))).toBe('no refusal')
    }))

  it('are survived by the SDK where it asks again', () =>
    withBoth({ faults: [at({ error: 'InternalError' }), at({ reset: 'before' })] }, async s3 => {
      await clientOf(s3, { maxAttempts: 3 }).send(put('a', 'one'))
      expect(codes(s3)).toEqual(['PutObject 500 InternalError', 'PutObject 0 ', 'PutObject 200 '])
    }))

  it('break connections before a request was done, or after', () =>
    withBoth({}, async (s3, client) => {
      for (const [key, does] of [
        ['a', { reset: 'before' }],
        ['b', { reset: 'after' }],
        ['c', { hangUp: 'before' }],
        ['d', { hangUp: 'after' }],
      ] as const) {
        s3.faults.add({ does })
        expect(await refusal(client.send(put(key, key)))).toMatch(/^- /)
      }
      expect(s3.bucket().keys()).toEqual(['b', 'd'])
      expect(s3.take().map(({ status, fault }) => `${status} ${fault}`)).toEqual([
        '0 reset before',
        '0 reset after',
        '0 hangUp before',
        '0 hangUp after',
      ])
    }))

  it('let a write be done and its answer be lost, so that it fails when it is tried again', () =>
    withBoth({ faults: [at({ reset: 'after' })] }, async s3 => {
      const again = clientOf(s3, { maxAttempts: 2 })
      expect(await refusal(again.send(put('a', 'one', { IfNoneMatch: '*' })))).toBe('412 PreconditionFailed')
      expect(utf8(s3.bucket().get('a'))).toBe('one')
    }))

  it('cut answers off, and turn bytes round in them', () =>
    withBoth({}, async (s3, client) => {
      s3.bucket().set('a', 'x'.repeat(1000))
      s3.faults.add(at({ cutAfterBytes: 300 }))
      expect(await refusal(textAt(client, 'a'))).toMatch(/^- /)
      expect(s3.take()).toMatchObject([{ status: 200, bytesOut: 300, fault: 'cutAfterBytes' }])
      s3.faults.add(at({ flipByteAt: 7 }))
      await expect(textAt(client, 'a')).rejects.toThrow(/Checksum mismatch/)
    }))

  it('stop in the middle of a body, of an answer or of a request', () =>
    withBoth({}, async (s3, client) => {
      s3.bucket().set('a', 'x'.repeat(1000))
      s3.faults.add(at({ stallAfterBytes: 300 }))
      const { Body } = await client.send(get('a'))
      const pieces = (Body as Readable)[Symbol.asyncIterator]()
      expect((await pieces.next()).value).toHaveLength(300)
      const next = pieces.next().then(
        () => 'more',
        () => 'broken',
      )
      expect(await Promise.race([next, setTimeout(100, 'nothing')])).toBe('nothing')
      ;(Body as Readable).on('error', () => undefined).destroy()
      s3.faults.add(at({ resetAfterBytesIn: 100_000 }, { method: 'PUT' }))
      expect(await refusal(client.send(put('b', Buffer.alloc(8_000_000))))).toMatch(/^- /)
      expect(s3.bucket().keys()).toEqual(['a'])
      expect(s3.take().at(-1)).toMatchObject({ status: 0, bytesIn: 100_000, fault: 'resetAfterBytesIn' })
    }))

  it('fall silent, and answer late', () =>
    withBoth({}, async (s3, client) => {
      s3.faults.add(at({ silence: 'after' }))
      const abortSignal = AbortSignal.timeout(200)
      expect(await refusal(client.send(put('a', 'one'), { abortSignal }))).toMatch(/^- /)
      expect(s3.bucket().has('a')).toBe(true)
      s3.faults.add(at({ delayMs: 150 }))
      const sinceMs = Date.now()
      const late = client.send(put('b', 'one'))
      await expect.poll(() => s3.bucket().has('b')).toBe(true)
      expect(s3.log).toHaveLength(1)
      await late
      expect(Date.now() - sinceMs).toBeGreaterThanOrEqual(145)
    }))

  it('wait until a test lets them go on', () =>
    withBoth({}, async (s3, client) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      s3.faults.add(at({ until: promise }))
      const held = client.send(put('a', 'held', { IfNoneMatch: '*' }))
      await client.send(put('a', 'faster', { IfNoneMatch: '*' }))
      resolve()
      expect(await refusal(held)).toBe('412 PreconditionFailed')
    }))

  it('refuse with any code and any status, and send pages that are no XML', () =>
    withBoth({}, async (s3, client) => {
      s3.faults.add(at({ error: 'RequestTimeTooSkewed' }))
      expect(await refusal(client.send(get('a')))).toBe('403 RequestTimeTooSkewed')
      s3.faults.add(at({ error: 'InternalError', isApplied: true }))
      expect(await refusal(client.send(put('a', 'one')))).toBe('500 InternalError')
      expect(s3.bucket().has('a')).toBe(true)
      s3.faults.add(at({ page: '<html><body>Bad Gateway</body></html>', status: 502 }))
      expect(await refusal(client.send(list()))).toMatch(/^502 /)
    }))
})

describe('the double of S3: its log', () => {
  it('says what each request was and what it cost, and is forgotten when it is taken', () =>
    withBoth({}, async (s3, client) => {
      await client.send(put('a', 'one'))
      await textAt(client, 'a')
      await refusal(client.send(get('b')))
      await client.send(list({ Prefix: 'x/' }))
      const about = { bucket: 'lake', bytesIn: 0 }
      expect(s3.take()).toEqual([
        { ...about, method: 'PUT', operation: 'PutObject', key: 'a', status: 200, bytesIn: 3, bytesOut: 0 },
        { ...about, method: 'GET', operation: 'GetObject', key: 'a', status: 200, bytesOut: 3 },
        {
          ...about,
          method: 'GET',
          operation: 'GetObject',
          key: 'b',
          status: 404,
          code: 'NoSuchKey',
          bytesOut: expect.any(Number),
        },
        {
          ...about,
          method: 'GET',
          operation: 'ListObjectsV2',
          key: '',
          status: 200,
          bytesOut: expect.any(Number),
          prefix: 'x/',
        },
      ])
      expect(s3.take()).toEqual([])
    }))

  it('counts connections, which are kept', () =>
    withBoth({}, async (s3, client) => {
      for (let n = 0; n < 5; n++) await client.send(put(`a${n}`, 'one'))
      expect(s3.connections).toBe(1)
    }))
})

describe('the double of S3 as a program', () => {
  async function withProgram(words: string[], work: (endpoint: string) => Promise<void>): Promise<number | null> {
    const program = spawn(process.execPath, ['test/s3-double/main.ts', ...words], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const ended = new Promise<number | null>(resolve => program.once('exit', resolve))
    try {
      const [endpoint] = await new Promise<string[]>(resolve =>
        createInterface(program.stdout).once('line', line => resolve([line])),
      )
      await work(endpoint!)
    } finally {
      program.stdin.end()
    }
    return ended
  }

  it('is told and asked by control paths, and ends with who started it', async () => {
    const words = ['--bucket', 'one', '--bucket', 'lake', '--key', 'A:S:T', '--page-keys', '1']
    const status = await withProgram(words, async endpoint => {
      const control = async (method: string, path: string, body?: string) =>
        (await fetch(`${endpoint}/_double/${path}`, { method, ...(body !== undefined && { body }) })).text()
      const credentials = { accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T' }
      const client = clientOf({ endpoint }, { credentials })
      await control('PUT', 'faults', JSON.stringify([{ key: 'b', does: { error: 'SlowDown' } }]))
      await client.send(put('a', 'one'))
      expect(await refusal(client.send(put('b', 'one')))).toBe('503 SlowDown')
      await control('PUT', 'objects/lake/c/d e', 'from outside')
      expect(await textAt(client, 'c/d e')).toBe('from outside')
      expect(JSON.parse(await control('GET', 'keys/lake'))).toEqual(['a', 'c/d e'])
      expect((await client.send(list())).IsTruncated).toBe(true)
      await control('PUT', 'settings', JSON.stringify({ conditionalWrites: false }))
      await client.send(put('a', 'two', { IfNoneMatch: '*' }))
      expect(await control('GET', 'objects/lake/a')).toBe('two')
      const log = await control('POST', 'log')
      expect(
        log
          .trim()
          .split('\n')
          .map(line => JSON.parse(line).status),
      ).toEqual([200, 503, 200, 200, 200])
      expect(await control('GET', 'log')).toBe('')
    })
    expect(status).toBe(0)
  })

  it('ends by itself', async () => {
    const program = spawn(process.execPath, ['test/s3-double/main.ts', '--seconds', '0.2'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    expect(await new Promise(resolve => program.once('exit', resolve))).toBe(0)
  })
})
