/** Sentences about what a store or the SDK says, for those that no double can be made to say. */
import { describe, expect, it } from 'vitest'
import { TwdwError } from '../../../src/lib/errors.ts'
import { isGone, isUnmet, mayPass, NotOfAStore, type StoreFacts, storeError } from '../../../src/lib/io/s3/errors.ts'

const FACTS: StoreFacts = { bucket: 'tweets', endpoint: undefined, skewMs: undefined }
const WHAT = 's3://tweets/k cannot be read'

function failure(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more })
}

describe('the sentence', () => {
  it.each([
    {
      error: failure('CredentialsProviderError', 'Could not load credentials from any providers'),
      code: 'E_REFUSED',
      says: 'no AWS credentials were found (CredentialsProviderError: Could not load credentials from any providers)',
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where a role gives them',
    },
    {
      error: failure('TokenRefreshRequired', 'The provided token must be refreshed.'),
      code: 'E_REFUSED',
      says: 'the AWS credentials have expired (TokenRefreshRequired: The provided token must be refreshed.)',
      hint: 'renew them (aws sso login, or new keys) and run it again',
    },
    {
      error: failure('RequestTimeTooSkewed', 'too large'),
      facts: { skewMs: -3_600_000 },
      code: 'E_REFUSED',
      says: "the store's clock and this machine's are 60 min apart",
      hint: 'set this machine’s clock: timedatectl set-ntp true',
    },
    {
      error: failure(
        'PermanentRedirect',
        'The bucket you are attempting to access must be addressed using the specified endpoint.',
      ),
      code: 'E_USAGE',
      says: 'tweets is in another region (PermanentRedirect: The bucket you are attempting to access must be addressed using the specified endpoint.)',
      hint: 'name it with --s3-region',
    },
    {
      error: failure('SlowDown', 'Please\n reduce', { $metadata: { httpStatusCode: 503, attempts: 6 } }),
      code: 'E_LAKE',
      says: 'SlowDown: Please reduce, after 6 attempts',
      hint: 'see that S3 can be reached, and run it again',
    },
    {
      error: failure('Unknown', 'UnknownError', { $metadata: { httpStatusCode: 403 } }),
      code: 'E_REFUSED',
      says: 'tweets refuses it (status 403)',
      hint: 'these credentials need s3:GetObject, PutObject, DeleteObject and ListBucket on it; twdw doctor tries each',
    },
    {
      error: failure('Error', 'ENOSPC: no space left on device, write', { code: 'ENOSPC', errno: -28 }),
      code: 'E_LAKE',
      says: 'the disk of this machine is full',
      hint: 'make room',
    },
    {
      error: new NotOfAStore(200),
      code: 'E_LAKE',
      says: 'the answer (status 200) is none of a store',
      hint: 'see that the address of S3 is reached without a proxy or a login that answers instead',
    },
    {
      error: failure('', ''),
      code: 'E_LAKE',
      says: 'no reason was given',
      hint: 'see that S3 can be reached, and run it again',
    },
  ])('$says', ({ error, facts, code, says, hint }) => {
    const said = storeError(WHAT, error, { ...FACTS, ...facts })
    expect(said).toMatchObject({ code, message: `${WHAT}: ${says}`, hint, cause: error })
  })

  it('is left as it is where there is one', () => {
    const error = new TwdwError('E_LAKE', 'known')
    expect(storeError(WHAT, error, FACTS)).toBe(error)
  })
})

describe('kinds of failure', () => {
  const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } })

  it('are told apart', () => {
    expect(
      ['NoSuchKey', 'NotFound', 'NoSuchBucket', 'NoSuchUpload'].map(name => isGone(failure(name, '', status(404)))),
    ).toEqual([true, true, false, false])
    expect(isGone(new NotOfAStore(404))).toBe(false)
    expect(
      [
        failure('PreconditionFailed', ''),
        failure('Unknown', '', status(412)),
        failure('ConditionalRequestConflict', '', status(409)),
        failure('OperationAborted', '', status(409)),
        new NotOfAStore(412),
      ].map(isUnmet),
    ).toEqual([true, true, true, false, false])
  })

  it('of a body pass unless the disk is the reason', () => {
    expect(mayPass(failure('Error', 'aborted', { code: 'ECONNRESET', errno: -104 }))).toBe(true)
    expect(mayPass(failure('Error', 'Checksum mismatch: expected'))).toBe(true)
    for (const code of ['ENOSPC', 'EDQUOT', 'EACCES', 'EIO', 'EMFILE'])
      expect(mayPass(failure('Error', code, { code, errno: -1 }))).toBe(false)
  })
})
