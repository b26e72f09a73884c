/**
 * An object store over the AWS SDK, which signs, finds credentials by its whole chain, tries again what may pass, and puts checksums
 * on what goes up. What it leaves to its caller is done in the parts: an answer whose body breaks off is asked for again.
 */
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import { NotOfAStore } from './errors.ts'
import { unquoted } from './etags.ts'
import type { ListPage, ObjectStore } from './object-store.ts'
import type { S3Place } from './place.ts'
import { openReads } from './reads.ts'
import { openRequests, type Requests, type StoreOptions } from './requests.ts'
import { openWrites } from './writes.ts'

/** @param place bucket and prefix: all keys are below it */
export function openS3Store(place: S3Place, options: StoreOptions): ObjectStore {
  const requests = openRequests(place, options)
  return {
    ...openReads(requests),
    ...openWrites(requests),
    listPage: listPages(requests, place),
    skewMs: requests.skewMs,
  }
}

function listPages({ ask }: Requests, { bucket, prefix }: S3Place): ObjectStore['listPage'] {
  return (below, { after, next, delimiter }) =>
    ask(below, 'cannot be listed', async ({ sdk, client }) => {
      const page = await client.send(
        new sdk.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: `${prefix}${below}`,
          Delimiter: delimiter,
          ...(next === undefined
            ? { StartAfter: after === undefined ? undefined : `${prefix}${after}` }
            : { ContinuationToken: next }),
        }),
      )
      if (page.IsTruncated === undefined && page.Name === undefined)
        throw new NotOfAStore(page.$metadata.httpStatusCode)
      return pageOf(page, prefix)
    })
}

function pageOf(page: ListObjectsV2CommandOutput, prefix: string): ListPage {
  const belowPrefix = (key = '') => key.slice(prefix.length)
  return {
    objects: (page.Contents ?? []).map(({ Key, Size = 0, ETag = '' }) => ({
      key: belowPrefix(Key),
      bytes: Size,
      etag: unquoted(ETag),
    })),
    folders: (page.CommonPrefixes ?? []).map(({ Prefix }) => belowPrefix(Prefix)),
    next: page.IsTruncated ? page.NextContinuationToken : undefined,
  }
}
