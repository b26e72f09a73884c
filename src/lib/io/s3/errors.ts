/** What a store or the AWS SDK says is wrong, as one sentence with the next step. */
import { systemErrorCode, TwdwError } from '../../errors.ts'

/** What is known of the store beside its answer. */
export interface StoreFacts {
  bucket: string
  endpoint: string | undefined
  /** the store's clock less ours; undefined: not known */
  skewMs: number | undefined
}

interface ServiceError extends Error {
  $metadata?: { httpStatusCode?: number; attempts?: number }
  Code?: string
}

/** @param what such as `s3://bucket/key cannot be read` */
export function storeError(what: string, cause: unknown, facts: StoreFacts): TwdwError {
  if (cause instanceof TwdwError) return cause
  const error = cause as ServiceError
  const reason = reasonOf(error)
  const known = KNOWN.find(({ names }) => names.includes(error.name) || names.includes(error.Code ?? ''))
  if (known !== undefined) {
    const { code, message, hint } = known.tell(facts, reason)
    return new TwdwError(code, `${what}: ${message}`, { hint, cause })
  }
  const status = error.$metadata?.httpStatusCode
  if (status === 401 || status === 403) {
    return new TwdwError('E_REFUSED', `${what}: ${facts.bucket} refuses it (${reason})`, { hint: RIGHTS, cause })
  }
  if (systemErrorCode(cause) === 'ENOSPC') {
    return new TwdwError('E_LAKE', `${what}: the disk of this machine is full`, { hint: 'make room', cause })
  }
  const attempts = error.$metadata?.attempts ?? 1
  const tried = attempts > 1 ? `, after ${attempts} attempts` : ''
  const where = facts.endpoint === undefined ? 'S3' : facts.endpoint
  const hint = `see that ${where} can be reached, and run it again`
  return new TwdwError('E_LAKE', `${what}: ${reason}${tried}`, { hint, cause })
}

type Telling = Pick<TwdwError, 'code' | 'message'> & { hint: string }

const RIGHTS =
  'these credentials need s3:GetObject, PutObject, DeleteObject and ListBucket on it; twdw doctor tries each'
const RENEW = 'renew them (aws sso login, or new keys) and run it again'

const KNOWN: readonly { names: readonly string[]; tell: (facts: StoreFacts, reason: string) => Telling }[] = [
  {
    names: ['CredentialsProviderError', 'TokenProviderError'],
    tell: (_facts, reason) => ({
      code: 'E_REFUSED',
      message: `no AWS credentials were found (${reason})`,
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where a role gives them',
    }),
  },
  {
    names: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired'],
    tell: (_facts, reason) => ({
      code: 'E_REFUSED',
      message: `the AWS credentials have expired (${reason})`,
      hint: RENEW,
    }),
  },
  {
    names: ['RequestTimeTooSkewed'],
    tell: ({ skewMs }) => ({
      code: 'E_REFUSED',
      message: `the store's clock and this machine's are ${skewMs === undefined ? 'more than 15 min' : `${Math.round(Math.abs(skewMs) / 60_000)} min`} apart`,
      hint: 'set this machine’s clock: timedatectl set-ntp true',
    }),
  },
  {
    names: ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'InvalidClientTokenId'],
    tell: (_facts, reason) => ({
      code: 'E_REFUSED',
      message: `the store does not know these AWS credentials (${reason})`,
      hint: 'check the access key, its secret and, where there is one, the session token; and that they are of this store',
    }),
  },
  {
    names: ['NoSuchBucket'],
    tell: ({ bucket }) => ({
      code: 'E_LAKE',
      message: `there is no bucket ${bucket}`,
      hint: `make it (aws s3 mb s3://${bucket}), or check its name and --s3-endpoint`,
    }),
  },
  {
    names: ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'],
    tell: ({ bucket }, reason) => ({
      code: 'E_USAGE',
      message: `${bucket} is in another region (${reason})`,
      hint: 'name it with --s3-region',
    }),
  },
]

/** The store's words, without what a person cannot use. */
function reasonOf(error: ServiceError): string {
  const status = error.$metadata?.httpStatusCode
  const message = (error.message ?? '').replace(/\s+/g, ' ').trim()
  // an answer without a body, as to HEAD, has no name either
  const name = ['UnknownError', 'Error', ''].includes(error.name) || /^\d+$/.test(error.name) ? '' : error.name
  const code = systemErrorCode(error)
  const parts = [name || code || (status === undefined ? '' : `status ${status}`), message === name ? '' : message]
  return parts.filter(part => part !== '' && part !== 'UnknownError').join(': ') || 'no reason was given'
}

/** There is no such object; a missing bucket is another matter. */
export function isGone(error: unknown): boolean {
  const { name, $metadata } = error as ServiceError
  return name === 'NoSuchKey' || name === 'NotFound' || ($metadata?.httpStatusCode === 404 && name !== 'NoSuchBucket')
}

/** A condition of the request did not hold, or another request for the same key was quicker. */
export function isUnmet(error: unknown): boolean {
  const { name, $metadata } = error as ServiceError
  const status = $metadata?.httpStatusCode
  return status === 412 || name === 'PreconditionFailed' || name === 'ConditionalRequestConflict'
}

/** Asked again it may go well: the connection broke, or bytes came that were not those that were sent. */
export function mayPass(error: unknown): boolean {
  const { name, message = '', $metadata } = error as ServiceError
  if (systemErrorCode(error) === 'ENOSPC') return false
  const status = $metadata?.httpStatusCode
  if (name === 'ShortBody' || name === 'TimeoutError' || /checksum/i.test(message)) return true
  // without a status no answer came, or it broke off
  return (status === undefined || status < 300) && !/Credentials|Token/.test(name)
}
