/** What a store does wrong, operation by operation: what passes passes with the right bytes, the rest is one sentence. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../../src/lib/io/s3/object-store.ts'
import type { Mishap } from '../../s3-double/faults.ts'
import { openTestStore, withS3Store } from '../../support/s3-store.ts'
import { withTempFolder } from '../../support/temp-folder.ts'

const BYTES = Buffer.from('0123456789'.repeat(2_000))
const ETAG = createHash('md5').update(BYTES).digest('hex')
const MANY_ATTEMPTS_MS = 60_000

interface Operation {
  /** S3's name of the requests that are hit */
  asks: string
  /** of what it says when it fails */
  fails: string
  run(store: ObjectStore, folder: string): Promise<unknown>
  gives: unknown
}

const OPERATIONS: Record<string, Operation> = {
  get: {
    asks: 'GetObject',
    fails: 's3://lake/some/a/one cannot be read',
    run: async store => Buffer.from((await store.get('a/one'))!.bytes).equals(BYTES),
    gives: true,
  },
  getRange: {
    asks: 'GetObject',
    fails: 's3://lake/some/a/one cannot be read',
    run: async store =>
      Buffer.from((await store.getRange('a/one', 5, 9_999, ETAG)) as Uint8Array).equals(BYTES.subarray(5, 9_999)),
    gives: true,
  },
  getTail: {
    asks: 'GetObject',
    fails: 's3://lake/some/a/one cannot be read',
    run: async store => {
      const { bytes, length, etag } = (await store.getTail('a/one', 500))!
      return [Buffer.from(bytes.subarray(-500)).equals(BYTES.subarray(-500)), length, etag]
    },
    gives: [true, BYTES.length, ETAG],
  },
  download: {
    asks: 'GetObject',
    fails: 's3://lake/some/a/one cannot be read',
    run: async (store, folder) => {
      const got = await store.download('a/one', undefined, etag => `${folder}/${etag}`)
      return [got, (await readFile(`${folder}/${ETAG}`)).equals(BYTES)]
    },
    gives: [{ etag: ETAG, bytes: BYTES.length }, true],
  },
  head: {
    asks: 'HeadObject',
    fails: 's3://lake/some/a/one cannot be looked at',
    run: store => store.head('a/one'),
    gives: { key: 'a/one', bytes: BYTES.length, etag: ETAG },
  },
  put: {
    asks: 'PutObject',
    fails: 's3://lake/some/a/two (20000 bytes) cannot be written',
    run: store => store.put('a/two', BYTES),
    gives: ETAG,
  },
  remove: {
    asks: 'DeleteObject',
    fails: 's3://lake/some/a/one cannot be removed',
    run: store => store.remove('a/one'),
    gives: undefined,
  },
  listPage: {
    asks: 'ListObjectsV2',
    fails: 's3://lake/some/a/ cannot be listed',
    run: store => store.listPage('a/', {}),
    gives: { objects: [{ key: 'a/one', bytes: BYTES.length, etag: ETAG }], folders: [], next: undefined },
  },
}

const PAGE = '<!doctype html><html>Please log in</html>'

/** What passes, when it is asked again. */
const PASSING: Record<string, Mishap> = {
  'a connection reset before': { reset: 'before' },
  'a connection reset after it was done': { reset: 'after' },
  'no answer before the end': { hangUp: 'before' },
  'no answer though it was done': { hangUp: 'after' },
  'a status of 500': { error: 'InternalError' },
  'a status of 503': { error: 'SlowDown' },
  'a failure with a status of 200': { error: 'InternalError', status: 200 },
  'a gateway’s page': { page: PAGE, status: 502 },
  silence: { silence: 'before' },
  'silence though it was done': { silence: 'after' },
  'a body that is cut': { cutAfterBytes: 100 },
  'a body that stands still': { stallAfterBytes: 100 },
  'a byte that is another one': { flipByteAt: 100 },
}

/** @param left what may lie in the folder of downloads */
async function run(name: string, does: Mishap, times: 1 | 'always') {
  const { asks, run: work } = OPERATIONS[name]!
  return withTempFolder(folder =>
    withS3Store(async (store, s3) => {
      s3.bucket().set('some/a/one', BYTES)
      s3.faults.add({ operation: asks, does, times })
      const outcome = await work(store, folder).then(
        gives => ({ gives, error: undefined }),
        error => ({ gives: undefined, error }),
      )
      const requests = s3.take().filter(({ operation }) => operation === asks)
      return { ...outcome, requests, left: await readdir(folder), bucket: s3.bucket() }
    }),
  )
}

/** Neither has a body that could be told from a right one: a range has no checksum, a listing neither. */
const isUnnoticed = (name: string, fault: string) =>
  fault === 'a byte that is another one' && ['getRange', 'getTail', 'listPage'].includes(name)
/** HEAD has no body to say it in, so that only its lacking ETag says that something is wrong. */
const isUnclear = (name: string, fault: string) => name === 'head' && fault === 'a failure with a status of 200'

describe.concurrent('what passes', () => {
  const cases = Object.keys(OPERATIONS).flatMap(name =>
    Object.entries(PASSING).map(([fault, does]) => ({ name, fault, does })),
  )

  it.each(cases.filter(({ name, fault }) => !isUnnoticed(name, fault) && !isUnclear(name, fault)))(
    '$name: $fault',
    async ({ name, does }) => {
      const { gives, error, left } = await run(name, does, 1)
      expect(error).toBeUndefined()
      expect(gives).toEqual(OPERATIONS[name]!.gives)
      expect(left).toEqual(name === 'download' ? [ETAG] : [])
    },
  )
})

describe.concurrent('what does not pass', { timeout: MANY_ATTEMPTS_MS }, () => {
  const LATER = expect.stringMatching(/^see that http:\/\/127\.0\.0\.1:\d+ can be reached, and run it again$/)
  const RIGHTS =
    'these credentials need s3:GetObject, PutObject, DeleteObject and ListBucket on it; twdw doctor tries each'
  const RENEW = 'renew them (aws sso login, or new keys) and run it again'
  const NO_PROXY = expect.stringMatching(
    /^see that http:\/\/127\.0\.0\.1:\d+ is reached without a proxy or a login that answers instead$/,
  )
  const cases: { fault: string; does: Mishap; code: string; says: string; hint: unknown; asked: number }[] = [
    {
      fault: 'reset',
      does: { reset: 'after' },
      code: 'E_LAKE',
      says: 'read ECONNRESET, after 4 attempts',
      hint: LATER,
      asked: 4,
    },
    {
      fault: 'hung up',
      does: { hangUp: 'before' },
      code: 'E_LAKE',
      says: 'ECONNRESET: socket hang up, after 4 attempts',
      hint: LATER,
      asked: 4,
    },
    {
      fault: 'broken',
      does: { error: 'InternalError' },
      code: 'E_LAKE',
      says: 'InternalError: We encountered an internal error. Please try again., after 4 attempts',
      hint: LATER,
      asked: 4,
    },
    {
      fault: 'busy',
      does: { error: 'SlowDown' },
      code: 'E_LAKE',
      says: 'SlowDown: Please reduce your request rate., after 4 attempts',
      hint: LATER,
      asked: 4,
    },
    {
      fault: 'silent',
      does: { silence: 'before' },
      code: 'E_LAKE',
      says: 'no answer within 1 s, after 4 attempts',
      hint: LATER,
      asked: 4,
    },
    {
      fault: 'forbidden',
      does: { error: 'AccessDenied' },
      code: 'E_REFUSED',
      says: 'lake refuses it (AccessDenied: Access Denied)',
      hint: RIGHTS,
      asked: 1,
    },
    {
      fault: 'expired',
      does: { error: 'ExpiredToken' },
      code: 'E_REFUSED',
      says: 'the AWS credentials have expired (ExpiredToken: The provided token has expired.)',
      hint: RENEW,
      asked: 1,
    },
    {
      fault: 'of another time',
      does: { error: 'RequestTimeTooSkewed' },
      code: 'E_REFUSED',
      says: "the store's clock and this machine's are too far apart",
      hint: 'set this machine’s clock: timedatectl set-ntp true',
      asked: 1,
    },
    {
      fault: 'a login’s page',
      does: { page: PAGE, status: 200 },
      code: 'E_LAKE',
      says: 'the answer (status 200) is none of a store',
      hint: NO_PROXY,
      asked: 1,
    },
    {
      fault: 'a page that is not there',
      does: { page: PAGE, status: 404 },
      code: 'E_LAKE',
      says: 'the answer (status 404) is none of a store',
      hint: NO_PROXY,
      asked: 1,
    },
    {
      fault: 'a gateway’s page',
      does: { page: PAGE, status: 502 },
      code: 'E_LAKE',
      says: 'the answer (status 502) is none of a store, after 4 attempts',
      hint: NO_PROXY,
      asked: 4,
    },
  ]
  // a HEAD that is refused does not say why
  const wordless = cases.filter(({ does }) => 'error' in does && !['InternalError', 'SlowDown'].includes(does.error))

  // its waits are the longest
  const isTried = (name: string, { fault }: { fault: string }) => fault !== 'busy' || ['download', 'put'].includes(name)

  it.each(
    Object.keys(OPERATIONS)
      .flatMap(name => cases.filter(one => isTried(name, one)).map(one => ({ name, ...one })))
      .filter(one => one.name !== 'head' || !('error' in one.does)),
  )('$name: $fault', async ({ name, does, code, says, hint, asked }) => {
    const { error, requests, left, bucket } = await run(name, does, 'always')
    expect(error).toMatchObject({ code, message: `${OPERATIONS[name]!.fails}: ${says}`, hint })
    expect(requests.length).toBe(asked)
    expect(left).toEqual([])
    // what was done though its answer was lost is whole
    if (bucket.has('some/a/two')) expect(Buffer.from(bucket.get('some/a/two')!).equals(BYTES)).toBe(true)
  })

  it.each(wordless)('head: $fault, which only GET can say', async ({ does, code, says, hint }) => {
    await withS3Store(async (store, s3) => {
      s3.faults.add({ does, times: 'always' })
      await expect(store.head('a/one')).rejects.toMatchObject({
        code,
        message: `s3://lake/some/a/one cannot be looked at: ${says}`,
        hint,
      })
      expect(s3.take().map(({ operation }) => operation)).toEqual(['HeadObject', 'GetObject'])
    })
  })

  it.each(['get', 'getRange', 'getTail', 'download'])('%s: bodies that break off, four times', async name => {
    const { error, requests, left } = await run(name, { cutAfterBytes: 100 }, 'always')
    expect(error).toMatchObject({
      code: 'E_LAKE',
      message: `${OPERATIONS[name]!.fails}: ECONNRESET: aborted`,
      hint: LATER,
    })
    expect(requests.length).toBe(4)
    expect(left).toEqual([])
  })

  it.each(['get', 'download'])('%s: bytes that are others each time', async name => {
    const { error, left } = await run(name, { flipByteAt: 100 }, 'always')
    expect(error).toMatchObject({
      code: 'E_LAKE',
      message: expect.stringMatching(/cannot be read: Checksum mismatch: expected "\S+" but received "\S+"/),
    })
    expect(left).toEqual([])
  })

  it.each(['get', 'download'])('%s: bodies that stand still', async name => {
    const { error, requests, left } = await run(name, { stallAfterBytes: 100 }, 'always')
    expect(error).toMatchObject({ code: 'E_LAKE', message: `${OPERATIONS[name]!.fails}: no answer within 1 s` })
    expect(requests.length).toBe(4)
    expect(left).toEqual([])
  })
})

describe('where the store is', () => {
  it('names the region that it should be asked in', () =>
    withS3Store(
      async store => {
        for (const ask of [
          () => store.get('k'),
          () => store.head('k'),
          () => store.put('k', BYTES),
          () => store.listPage('', {}),
        ]) {
          await expect(ask()).rejects.toMatchObject({
            code: 'E_USAGE',
            message: expect.stringMatching(/: lake is in another region \(AuthorizationHeaderMalformed: .*\)$/),
            hint: 'name it with --s3-region eu-west-1',
          })
        }
      },
      { region: 'eu-west-1' },
    ))

  it('says so where there is no bucket', () =>
    withS3Store(
      async store => {
        for (const ask of [
          () => store.get('k'),
          () => store.getTail('k', 9),
          () => store.put('k', BYTES),
          () => store.put('k', BYTES, { ifAbsent: true }),
          () => store.remove('k'),
          () => store.listPage('', {}),
        ]) {
          await expect(ask()).rejects.toMatchObject({
            code: 'E_LAKE',
            message: expect.stringMatching(/: there is no bucket lake$/),
            hint: 'make it (aws s3 mb s3://lake), or check its name and --s3-endpoint',
          })
        }
      },
      { buckets: ['other'] },
    ))

  it('says so where nobody listens, and where there is no such host', async () => {
    const nobody = openTestStore({ endpoint: 'http://127.0.0.1:9' })
    await expect(nobody.get('k')).rejects.toMatchObject({
      code: 'E_LAKE',
      message: 's3://lake/some/k cannot be read: connect ECONNREFUSED 127.0.0.1:9, after 4 attempts',
    })
    const nowhere = openTestStore({ endpoint: 'http://store.invalid:9' })
    await expect(nowhere.get('k')).rejects.toMatchObject({
      code: 'E_LAKE',
      message: expect.stringMatching(
        /^s3:\/\/lake\/some\/k cannot be read: getaddrinfo \w+ store\.invalid, after 4 attempts$/,
      ),
    })
  })
})

describe('a store that is away', () => {
  it('is waited for, some seconds', { timeout: MANY_ATTEMPTS_MS }, () =>
    withS3Store(
      async (store, s3) => {
        s3.faults.add({ times: 7, does: { reset: 'before' } })
        const startMs = performance.now()
        expect(await store.head('a/none')).toBeUndefined()
        expect(performance.now() - startMs).toBeGreaterThan(500)
        expect(s3.take()).toHaveLength(8)
      },
      { store: { attempts: undefined } },
    ),
  )
})

describe('who asks', () => {
  it('is known or not, and says which', () =>
    withS3Store(async (store, s3) => {
      s3.settings.keys = [{ accessKeyId: 'AKIDDOUBLE', secretAccessKey: 'another' }]
      await expect(store.get('k')).rejects.toMatchObject({
        code: 'E_REFUSED',
        message: expect.stringMatching(/: the store does not know these AWS credentials \(SignatureDoesNotMatch: /),
      })
      s3.settings.keys = []
      await expect(store.get('k')).rejects.toMatchObject({
        code: 'E_REFUSED',
        message: expect.stringMatching(/: the store does not know these AWS credentials \(InvalidAccessKeyId: /),
      })
    }))

  it('may have a clock that is hours off: the second try is right, and what is not there is asked for once', () =>
    withS3Store(
      async (store, s3) => {
        expect(await store.head('a/none')).toBeUndefined()
        expect(s3.take().map(({ status }) => status)).toEqual([403, 404])
        expect(await store.get('a/none')).toBeUndefined()
        const etag = await store.put('a/one', BYTES)
        expect(await store.put('a/one', BYTES, { ifAbsent: true })).toBe('unmet')
        expect(await store.download('a/one', etag, () => '/nowhere')).toBe('same')
        expect(s3.take().map(({ status }) => status)).toEqual([404, 200, 412, 304])
        expect(Math.round(store.skewMs()! / 60_000)).toBe(-150)
        expect((await store.get('a/one'))!.ageMs).toBeLessThan(60_000)
      },
      { shiftMs: -150 * 60_000 },
    ))
})

describe('writes on conditions', () => {
  it.each(['reset', 'hangUp', 'silence'] as const)('are unmet the second time where the first was done: %s', how =>
    withS3Store(async (store, s3) => {
      s3.faults.add({ operation: 'PutObject', does: { [how]: 'after' } as unknown as Mishap })
      expect(await store.put('a/new', BYTES, { ifAbsent: true })).toBe('unmet')
      expect(Buffer.from(s3.bucket().get('some/a/new')!).equals(BYTES)).toBe(true)
    }),
  )

  it('hold for what is there and for what is not', () =>
    withS3Store(async store => {
      expect(await store.put('k', BYTES, { ifIs: ETAG })).toBe('unmet')
      expect(await store.put('k', BYTES, { ifAbsent: true })).toBe(ETAG)
      expect(await store.put('k', BYTES, { ifAbsent: true })).toBe('unmet')
      expect(await store.put('k', Buffer.from('other'), { ifIs: 'abc' })).toBe('unmet')
      expect(await store.put('k', Buffer.from('other'), { ifIs: ETAG })).toMatch(/^[0-9a-f]{32}$/)
    }))

  it('are unmet where another one was quicker', () =>
    withS3Store(async (store, s3) => {
      s3.faults.add({ does: { error: 'ConditionalRequestConflict' } })
      expect(await store.put('k', BYTES, { ifAbsent: true })).toBe('unmet')
      expect(s3.bucket().has('some/k')).toBe(false)
    }))
})

describe('uploads in parts', { timeout: MANY_ATTEMPTS_MS }, () => {
  const big = Buffer.alloc((32 << 20) + 1, 'tweets ')
  const whole = (bytes: Uint8Array | undefined) => bytes !== undefined && big.equals(bytes)
  const patient = { silenceMs: 20_000 }

  it.each([
    ['CreateMultipartUpload', { reset: 'before' }],
    ['CreateMultipartUpload', { error: 'SlowDown' }],
    ['UploadPart', { reset: 'after' }],
    ['UploadPart', { reset: 'before' }],
    ['UploadPart', { error: 'InternalError' }],
    ['CompleteMultipartUpload', { reset: 'before' }],
    ['CompleteMultipartUpload', { error: 'InternalError', status: 200 }],
    ['CompleteMultipartUpload', { reset: 'after' }],
    ['CompleteMultipartUpload', { cutAfterBytes: 20 }],
  ] as const)('go on after a fault of %s: %o', (operation, does) =>
    withS3Store(
      async (store, s3) => {
        s3.faults.add({ operation, does })
        expect(await store.put('a/big', big)).toMatch(/-3$/)
        expect(whole(s3.bucket().get('some/a/big'))).toBe(true)
        expect(s3.uploads).toEqual([])
        expect(s3.faults.size).toBe(0)
      },
      { store: patient },
    ),
  )

  it('leave nothing behind where a part is refused, and what was there stays', () =>
    withS3Store(
      async (store, s3) => {
        s3.bucket().set('some/a/big', 'old')
        s3.faults.add({ operation: 'UploadPart', skip: 1, does: { error: 'AccessDenied' } })
        await expect(store.put('a/big', big)).rejects.toMatchObject({
          code: 'E_REFUSED',
          message: `s3://lake/some/a/big (${big.length} bytes) cannot be written: lake refuses it (AccessDenied: Access Denied)`,
        })
        expect(s3.uploads).toEqual([])
        expect(Buffer.from(s3.bucket().get('some/a/big')!).toString()).toBe('old')
      },
      { store: patient },
    ))

  it('hold to conditions, and are done where only the answer was lost', () =>
    withS3Store(
      async (store, s3) => {
        s3.faults.add({ operation: 'CompleteMultipartUpload', does: { reset: 'after' } })
        expect(await store.put('a/big', big, { ifAbsent: true })).toBe('unmet')
        expect(whole(s3.bucket().get('some/a/big'))).toBe(true)
        expect(s3.uploads).toEqual([])
      },
      { store: patient },
    ))
})

describe('reading parts', () => {
  it('is half-open, ends where the object ends, and never mixes two objects', () =>
    withS3Store(async (store, s3) => {
      s3.bucket().set('some/a/one', BYTES)
      expect(Buffer.from((await store.getRange('a/one', 19_998, 99_999, ETAG)) as Uint8Array).toString()).toBe('89')
      expect(await store.getRange('a/one', 7, 7, ETAG)).toEqual(new Uint8Array())
      s3.bucket().set('some/a/one', 'another one')
      expect(await store.getRange('a/one', 0, 4, ETAG)).toBe('replaced')
      s3.bucket().delete('some/a/one')
      expect(await store.getRange('a/one', 0, 4, ETAG)).toBe('replaced')
      expect(await store.getTail('a/one', 4)).toBeUndefined()
      s3.bucket().set('some/a/empty', '')
      expect(await store.getTail('a/empty', 4)).toMatchObject({ length: 0, bytes: new Uint8Array() })
    }))
})
