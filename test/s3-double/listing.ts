/** ListObjectsV2: a page of keys in the order of their UTF-8 bytes, folders folded where a delimiter is given. */
import { S3Error } from './errors.ts'
import type { Bucket } from './objects.ts'
import { encodePercent } from './signature.ts'
import { type XmlElement, xmlDocument } from './xml.ts'

interface Page {
  keys: string[]
  prefixes: string[]
  /** the last key or folded prefix of the page, where more follow */
  last: string | undefined
}

/** @param pageKeys at most so many keys and prefixes, whatever is asked for */
export function listObjects(
  name: string,
  bucket: Bucket,
  query: ReadonlyMap<string, string>,
  pageKeys: number,
): string {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const token = query.get('continuation-token')
  const asked = Number(query.get('max-keys') ?? 1000)
  if (!Number.isInteger(asked) || asked < 0) throw new S3Error('InvalidArgument', { ArgumentName: 'max-keys' })
  const after = token === undefined ? query.get('start-after') : parseToken(token)
  const page = pageOf(bucket.keys(), { prefix, delimiter, after, limit: Math.min(asked, pageKeys) })
  const encoding = query.get('encoding-type')
  const shown = (text: string) => (encoding === 'url' ? encodePercent(text).replaceAll('%2F', '/') : text)
  return xmlDocument('ListBucketResult', [
    ['Name', name],
    ['Prefix', shown(prefix)],
    ['Delimiter', delimiter === '' ? undefined : shown(delimiter)],
    ['EncodingType', encoding],
    ['ContinuationToken', token],
    ['StartAfter', query.has('start-after') ? shown(query.get('start-after')!) : undefined],
    ['KeyCount', page.keys.length + page.prefixes.length],
    ['MaxKeys', asked],
    ['IsTruncated', page.last !== undefined],
    ['NextContinuationToken', page.last === undefined ? undefined : tokenOf(page.last)],
    ...page.keys.map((key): XmlElement => ['Contents', contentsOf(bucket, key, shown(key))]),
    ...page.prefixes.map((folded): XmlElement => ['CommonPrefixes', [['Prefix', shown(folded)]]]),
  ])
}

function contentsOf(bucket: Bucket, key: string, shownKey: string): XmlElement[] {
  const { bytes, etag, lastModifiedMs, checksum } = bucket.object(key)!
  return [
    ['Key', shownKey],
    ['LastModified', `${new Date(lastModifiedMs).toISOString().slice(0, 19)}.000Z`],
    ['ETag', etag],
    ['ChecksumAlgorithm', checksum.algorithm.toUpperCase()],
    ['ChecksumType', checksum.type],
    ['Size', bytes.length],
    ['StorageClass', 'STANDARD'],
  ]
}

function pageOf(
  keys: readonly string[],
  { prefix, delimiter, after, limit }: { prefix: string; delimiter: string; after: string | undefined; limit: number },
): Page {
  const page: Page = { keys: [], prefixes: [], last: undefined }
  let last = after
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const entry = end === -1 ? key : key.slice(0, end + delimiter.length)
    if (isBehind(last, entry, key)) continue
    // S3 says of no key that there are more
    if (limit === 0) return page
    if (page.keys.length + page.prefixes.length === limit) return { ...page, last }
    if (end === -1) page.keys.push(key)
    else page.prefixes.push(entry)
    last = entry
  }
  return page
}

/** True for what was listed before, or is in a folder that was. */
function isBehind(last: string | undefined, entry: string, key: string): boolean {
  if (last === undefined) return false
  if (entry === last && entry !== key) return true
  return Buffer.compare(Buffer.from(key), Buffer.from(last)) <= 0
}

/** Nobody but who made it is to read it. */
function tokenOf(last: string): string {
  return `1/${Buffer.from(last).toString('base64')}`
}

function parseToken(token: string): string {
  if (!token.startsWith('1/')) {
    const Message = 'The continuation token provided is incorrect'
    throw new S3Error('InvalidArgument', { Message, ArgumentName: 'continuation-token' })
  }
  return Buffer.from(token.slice(2), 'base64').toString('utf8')
}
