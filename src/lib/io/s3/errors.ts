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
  /** the one that the store expected */
  Region?: string
  $metadata?: { httpStatusCode?: number; attempts?: number }
  Code?: string
}

/** @param what such as `s3://bucket/key cannot be read` */
export function storeError(what: string, cause: unknown, facts: StoreFacts): TwdwError {
  if (cause instanceof TwdwError) return cause
  const error = cause as ServiceError
  const reason = reasonOf(error)
  const attempts = error.$metadata?.attempts ?? 1
  const tried = attempts > 1 ? `, after ${attempts} attempts` : ''
  const known = KNOWN.find(({ names }) => names.includes(error.name) || names.includes(error.Code ?? ''))
  if (known !== undefined) {
    const { code, message, hint } = known.tell(facts, reason, error)
    return new TwdwError(code, `${what}: ${message}${code === 'E_LAKE' ? tried : ''}`, { hint, cause })
  }
  const status = error.$metadata?.httpStatusCode
  if (status === 401 || status === 403) {
    return new TwdwError('E_REFUSED', `${what}: ${facts.bucket} refuses it (${reason})`, { hint: RIGHTS, cause })
  }
  if (systemErrorCode(cause) === 'ENOSPC') {
    return new TwdwError('E_LAKE', `${what}: the disk of this machine is full`, { hint: 'make room', cause })
  }
  const where = facts.endpoint === undefined ? 'S3' : facts.endpoint
  const hint = `see that ${where} can be reached, and run it again`
  return new TwdwError('E_LAKE', `${what}: ${reason}${tried}`, { hint, cause })
}

type Telling = Pick<TwdwError, 'code' | 'message'> & { hint: string }

const RIGHTS =
  'these credentials need s3:GetObject, PutObject, DeleteObject and ListBucket on it; twdw doctor tries each'
const RENEW = 'renew them (aws sso login, or new keys) and run it again'

const KNOWN: readonly {
  names: readonly string[]
  tell: (facts: StoreFacts, reason: string, error: ServiceError) => Telling
}[] = [
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
      message: `the store's clock and this machine's are ${apartText(skewMs)} apart`,
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
    names: ['NotOfAStore'],
    tell: ({ endpoint }, reason) => ({
      code: 'E_LAKE',
      message: `the answer (${reason.replace('NotOfAStore: ', '')}) is none of a store`,
      hint: `see that ${endpoint ?? 'the address of S3'} is reached without a proxy or a login that answers instead`,
    }),
  },
  {
    names: ['NotImplemented'],
    tell: (_facts, reason) => ({
      code: 'E_LAKE',
      message: `the store cannot do what it is asked for (${reason})`,
      hint: 'a lake needs a store that writes on conditions (If-None-Match, If-Match); twdw doctor tries them',
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
    tell: ({ bucket }, reason, { Region }) => ({
      code: 'E_USAGE',
      message: `${bucket} is in another region (${reason})`,
      hint: `name it with --s3-region${Region === undefined ? '' : ` ${Region}`}`,
    }),
  },
]

/** The store finds them apart, whatever its answers say of the time. */
function apartText(skewMs = 0): string {
  const minutes = Math.round(Math.abs(skewMs) / 60_000)
  return minutes < 5 ? 'too far' : `${minutes} min`
}

/** What a person need not read: names of everything, and of nothing. */
const NO_NAMES = /^(?:|Error|Unknown|UnknownError|NotFound|TimeoutError|DNSException|\d+)$/
const TIMED_OUT = /(?:exceeded the configured|timed out after) (\d+) ms/

/** The store's words, without what a person cannot use. */
function reasonOf(error: ServiceError): string {
  const status = error.$metadata?.httpStatusCode
  const message = (error.message ?? '')
    .replace(/\s+/g, ' ')
    .replace(/ Deserialization error: .*/, '')
    .trim()
  const [, waitedMs] = TIMED_OUT.exec(message) ?? []
  if (waitedMs !== undefined) return `no answer within ${Number(waitedMs) / 1000} s`
  const name = NO_NAMES.test(error.name) ? '' : error.name
  const code = systemErrorCode(error) ?? ''
  const first = name || (message.includes(code) ? '' : code)
  const parts = [first, message === error.name || message.startsWith('Unknown') ? '' : message]
  const isSilent = parts.every(part => part === '')
  return isSilent
    ? status === undefined
      ? 'no reason was given'
      : `status ${status}`
    : parts.filter(Boolean).join(': ')
}

/** There is no such object; a missing bucket is another matter. */
export function isGone(error: unknown): boolean {
  // the SDK's name for 404 without a body is the second one
  return ['NoSuchKey', 'NotFound'].includes((error as Error).name)
}

/** A condition of the request did not hold, or another request for the same key was quicker. */
export function isUnmet(error: unknown): boolean {
  const { name, $metadata } = error as ServiceError
  const status = $metadata?.httpStatusCode
  return status === 412 || name === 'PreconditionFailed' || name === 'ConditionalRequestConflict'
}

/** A refusal without a body, as HEAD gives it. */
export function isWordless(error: unknown): boolean {
  const status = (error as ServiceError).$metadata?.httpStatusCode ?? 0
  return status >= 400 && status < 500 && status !== 404
}

/** Asked again it may go well: the body of an answer broke off, or other bytes came than were sent. A full disk does not pass. */
export function mayPass(error: unknown): boolean {
  return systemErrorCode(error) === 'ECONNRESET' || !(error instanceof Error && 'errno' in error)
}

/** An answer that cannot be a store's: a page of a proxy, or success without what success has. */
export class NotOfAStore extends Error {
  override readonly name = 'NotOfAStore'
  /** where the SDK looks whether trying again makes sense, which it does at 500 and above */
  readonly $metadata: { httpStatusCode?: number }

  constructor(status = 0) {
    super(`status ${status}`)
    // the others mean something where a store says them
    this.$metadata = status >= 500 ? { httpStatusCode: status } : {}
  }
}
