/**
 * Requests to one bucket. The AWS SDK is loaded by the first, so that whoever keeps a lake in a folder never waits for it; every
 * failure becomes one sentence.
 */
import type { Clock } from '../clock.ts'
import { type ClientOptions, openClient, type S3Sdk } from './client.ts'
import { storeError } from './errors.ts'
import type { S3Place } from './place.ts'

/** How the store is reached. */
export interface StoreOptions extends ClientOptions {
  clock: Clock
}

/** What the parts of a store ask by. */
export interface Requests {
  /**
   * @param key for the sentence
   * @param what such as `cannot be read`
   * @throws TwdwError whatever `send` throws
   */
  ask<T>(key: string, what: string, send: (opened: S3Sdk) => Promise<T>): Promise<T>
  /** Where an object is, for the SDK. */
  at(key: string): { Bucket: string; Key: string }
  clock: Clock
  /** by the store's own clock, as far as it is known */
  serverNowMs(): number
  /** the store's clock less ours, as its last answer said it; undefined before the first */
  skewMs(): number | undefined
}

/** Nothing is asked for before the first of them. */
export function openRequests({ bucket, prefix }: S3Place, options: StoreOptions): Requests {
  const { clock, endpoint } = options
  let opening: Promise<S3Sdk> | undefined
  let skewMs: number | undefined
  const open = () => {
    opening ??= openClient(options, serverMs => {
      skewMs = serverMs - clock.nowMs()
    })
    return opening
  }
  return {
    async ask(key, what, send) {
      try {
        return await send(await open())
      } catch (cause) {
        throw storeError(`s3://${bucket}/${prefix}${key} ${what}`, cause, { bucket, skewMs, endpoint })
      }
    },
    at: key => ({ Bucket: bucket, Key: `${prefix}${key}` }),
    clock,
    serverNowMs: () => clock.nowMs() + (skewMs ?? 0),
    skewMs: () => skewMs,
  }
}
