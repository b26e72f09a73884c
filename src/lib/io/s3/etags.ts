/** ETags: what tells an object from one that replaces it, in a header with quotes and everywhere else without. */
import { NotOfAStore } from './errors.ts'

/** @throws NotOfAStore: whatever answered with success, it did not read or write an object */
export function etagOf({
  ETag,
  $metadata,
}: {
  ETag?: string | undefined
  $metadata: { httpStatusCode?: number }
}): string {
  if (!ETag) throw new NotOfAStore($metadata.httpStatusCode)
  return unquoted(ETag)
}

export const quoted = (etag: string) => `"${etag}"`
export const unquoted = (etag: string) => etag.replace(/^"|"$/g, '')
