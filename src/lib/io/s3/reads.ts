/** Reading objects of a store, whole, in part or into a file. */
import { bodyOf, bodyToFile, withBody } from './bodies.ts'
import { isGone, isUnmet, isWordless } from './errors.ts'
import { etagOf, quoted } from './etags.ts'
import type { ObjectStore } from './object-store.ts'
import type { Requests } from './requests.ts'

/** The part of a store that reads single objects. */
export function openReads({
  ask,
  at,
  clock,
  serverNowMs,
}: Requests): Pick<ObjectStore, 'get' | 'getRange' | 'getTail' | 'download' | 'head'> {
  return {
    get: key =>
      ask(key, 'cannot be read', opened =>
        ifThere(
          withBody(opened, at(key), clock, async answer => {
            const serverMs = serverNowMs()
            const ageMs = Math.max(0, serverMs - (answer.LastModified?.getTime() ?? serverMs))
            return { bytes: await bodyOf(answer), etag: etagOf(answer), ageMs }
          }),
        ),
      ),
    getRange: (key, from, to, etag) =>
      ask(key, 'cannot be read', async opened => {
        if (from >= to) return new Uint8Array()
        const input = { ...at(key), Range: `bytes=${from}-${to - 1}`, IfMatch: quoted(etag) }
        try {
          return await withBody(opened, input, clock, async answer => {
            const bytes = await bodyOf(answer)
            // something on the way may not know ranges, and gives all
            return answer.ContentRange === undefined ? bytes.subarray(from, to) : bytes
          })
        } catch (error) {
          if (isUnmet(error) || isGone(error)) return 'replaced' as const
          throw error
        }
      }),
    getTail: (key, bytes) =>
      ask(key, 'cannot be read', async opened => {
        try {
          return await ifThere(
            withBody(opened, { ...at(key), Range: `bytes=-${bytes}` }, clock, async answer => {
              const tail = await bodyOf(answer)
              const [, length = `${tail.length}`] = /\/(\d+)$/.exec(answer.ContentRange ?? '') ?? []
              return { bytes: tail, length: Number(length), etag: etagOf(answer) }
            }),
          )
        } catch (error) {
          // there is no last byte of nothing
          if ((error as Error).name !== 'InvalidRange') throw error
          return await ifThere(
            withBody(opened, at(key), clock, async answer => {
              const whole = await bodyOf(answer)
              return { bytes: whole, length: whole.length, etag: etagOf(answer) }
            }),
          )
        }
      }),
    download: (key, knownEtag, locate) =>
      ask(key, 'cannot be read', async opened => {
        const input = { ...at(key), ...(knownEtag !== undefined && { IfNoneMatch: quoted(knownEtag) }) }
        try {
          return await ifThere(
            withBody(opened, input, clock, async answer => {
              const etag = etagOf(answer)
              return { etag, bytes: await bodyToFile(answer, locate(etag)) }
            }),
          )
        } catch (error) {
          if (statusOf(error) === 304) return 'same' as const
          throw error
        }
      }),
    head: key =>
      ask(key, 'cannot be looked at', ({ sdk, client }) =>
        ifThere(
          client
            .send(new sdk.HeadObjectCommand(at(key)))
            .then(answer => ({ key, bytes: answer.ContentLength ?? 0, etag: etagOf(answer) }))
            .catch(async error => {
              // a refusal of HEAD has no body to say in why; the same asked with GET has
              if (isWordless(error)) await client.send(new sdk.GetObjectCommand({ ...at(key), Range: 'bytes=0-0' }))
              throw error
            }),
        ),
      ),
  }
}

async function ifThere<T>(asking: Promise<T>): Promise<T | undefined> {
  return asking.catch(error => (isGone(error) ? undefined : Promise.reject(error)))
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
}
