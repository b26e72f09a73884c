/** Stores in the double, without a lake around them. */
import { type Clock, systemClock } from '../../src/lib/io/clock.ts'
import type { ObjectStore } from '../../src/lib/io/s3/object-store.ts'
import type { StoreOptions } from '../../src/lib/io/s3/requests.ts'
import { openS3Store } from '../../src/lib/io/s3/store.ts'
import { type S3Double, type S3DoubleOptions, withS3Double } from '../s3-double/double.ts'
import { S3_ENV } from './s3-lake.ts'

/** Waits between bodies are no wait. */
const QUICK: Clock = { ...systemClock, sleep: async () => undefined }

/** Silence that a test can wait for, and a busy machine keeps below. */
const SILENCE_MS = 1_000

/** A store whose keys are below `some/` of the bucket `lake`. */
export function withS3Store<T>(
  work: (store: ObjectStore, s3: S3Double) => Promise<T>,
  { store = {}, ...options }: S3DoubleOptions & { store?: Partial<StoreOptions> } = {},
): Promise<T> {
  return withS3Double(options, s3 => work(openTestStore(s3, store), s3))
}

export function openTestStore(s3: Pick<S3Double, 'endpoint'>, options: Partial<StoreOptions> = {}): ObjectStore {
  Object.assign(process.env, S3_ENV)
  return openS3Store(
    { bucket: 'lake', prefix: 'some/' },
    {
      endpoint: s3.endpoint,
      region: undefined,
      isPathStyle: true,
      cacheFolder: undefined,
      clock: QUICK,
      silenceMs: SILENCE_MS,
      attempts: 4,
      ...options,
    },
  )
}
