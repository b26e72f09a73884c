/** The AWS SDK's client, set up once: how long it waits, how often it tries, and whom it does not believe. */
import type { S3Client } from '@aws-sdk/client-s3'
import { NotOfAStore } from './errors.ts'
import type { S3Access } from './place.ts'

/** The SDK, loaded, and its client. */
export interface S3Sdk {
  sdk: typeof import('@aws-sdk/client-s3')
  client: S3Client
}

/** How the store is reached, and how patiently. */
export interface ClientOptions extends S3Access {
  /** silence on a connection that is a failure; for tests, which need not wait long */
  silenceMs?: number
  /** for tests, too */
  attempts?: number | undefined
}

/** A store that is away for some seconds is waited for, about six, and four times as long where it says that it is busy. */
const MAX_ATTEMPTS = 8
const CONNECT_TIMEOUT_MS = 5_000
const SILENCE_TIMEOUT_MS = 20_000
/** Connections of this process; further requests wait for one. */
const MAX_CONNECTIONS = 64

interface Answer {
  statusCode: number
  headers: Record<string, string>
  body?: { destroy?(): void }
}

/** @param onServerTime is told what each answer says of the time */
export async function openClient(options: ClientOptions, onServerTime: (ms: number) => void): Promise<S3Sdk> {
  const sdk = await import('@aws-sdk/client-s3')
  // the SDK looks for files of an account at its home, and does not outlive one that has none (DynamicUser= of systemd)
  process.env.HOME ??= '/'
  const { endpoint, region, isPathStyle, silenceMs = SILENCE_TIMEOUT_MS, attempts = MAX_ATTEMPTS } = options
  // a store of one's own has no regions, and the SDK wants one
  const isRegionKnown = region !== undefined || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION
  const agent = { keepAlive: true, maxSockets: MAX_CONNECTIONS }
  const client = new sdk.S3Client({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(!isRegionKnown && endpoint !== undefined && { region: 'us-east-1' }),
    ...(isPathStyle && { forcePathStyle: true }),
    maxAttempts: attempts,
    // what it has to say about settings would stand between the lines of a log
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    followRegionRedirects: true,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: silenceMs,
      throwOnRequestTimeout: true,
      socketTimeout: silenceMs,
      httpAgent: agent,
      httpsAgent: agent,
    },
  })
  client.middlewareStack.add(
    next => async input => {
      const result = await next(input)
      const answer = result.response as Answer
      const serverMs = Date.parse(answer.headers.date ?? '')
      if (!Number.isNaN(serverMs)) onServerTime(serverMs)
      refusePage(answer)
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'answer' },
  )
  client.middlewareStack.addRelativeTo(withoutSkew, {
    relation: 'after',
    toMiddleware: 'retryMiddleware',
    name: 'skew',
  })
  return { sdk, client }
}

/** Where the machine's clock is minutes off, the SDK takes every refusal for one of its time, and would ask for all of them again and again. */
function withoutSkew<I, O>(next: (input: I) => Promise<O>) {
  return async (input: I): Promise<O> => {
    try {
      return await next(input)
    } catch (error) {
      const { $metadata } = error as { $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean } }
      const isOfTime = [400, 401, 403].includes($metadata?.httpStatusCode ?? 0)
      if ($metadata !== undefined && !isOfTime) delete $metadata.clockSkewCorrected
      throw error
    }
  }
}

/** A proxy's or a login's page may come with any status, and 200 or 404 would be believed. */
function refusePage({ statusCode, headers, body }: Answer): void {
  if (!headers['content-type']?.startsWith('text/html')) return
  body?.destroy?.()
  throw new NotOfAStore(statusCode)
}
