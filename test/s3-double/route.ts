/** Which operation of S3 a request is, and on which bucket and key: by path or by host, method and query. */
import { S3Error } from './errors.ts'
import { decodePercent, queryPairs } from './signature.ts'
import type { WireHead } from './wire.ts'

export interface Route {
  /** S3's own name, such as `PutObject`; what the double does not know has its method and the words of its query */
  operation: string
  /** '' where none is named */
  bucket: string
  /** '' for operations on a bucket */
  key: string
  query: ReadonlyMap<string, string>
}

/** Words of a query that make another operation of a request; the others only say how. */
const SUBRESOURCES =
  /^(acl|accelerate|analytics|cors|delete|encryption|inventory|legal-hold|lifecycle|location|logging|metrics|notification|object-lock|ownershipControls|partNumber|policy|policyStatus|publicAccessBlock|replication|requestPayment|restore|retention|select|tagging|torrent|uploadId|uploads|versionId|versioning|versions|website|attributes|list-type)$/

/** Method, `b` or `k` for bucket or key, subresources in order of their names. */
const OPERATIONS: Readonly<Record<string, string>> = {
  'HEAD b': 'HeadBucket',
  'PUT b': 'CreateBucket',
  'DELETE b': 'DeleteBucket',
  'GET b list-type': 'ListObjectsV2',
  'GET b location': 'GetBucketLocation',
  'GET b uploads': 'ListMultipartUploads',
  'POST b delete': 'DeleteObjects',
  'GET k': 'GetObject',
  'HEAD k': 'HeadObject',
  'PUT k': 'PutObject',
  'DELETE k': 'DeleteObject',
  'POST k uploads': 'CreateMultipartUpload',
  'PUT k partNumber uploadId': 'UploadPart',
  'POST k uploadId': 'CompleteMultipartUpload',
  'DELETE k uploadId': 'AbortMultipartUpload',
  'GET k uploadId': 'ListParts',
}

/**
 * @param domain under which buckets are hosts, such as `localhost`; an address without a name is always path style
 * @throws S3Error InvalidURI
 */
export function routeOf({ method, path, search, headers }: WireHead, domain: string): Route {
  const host = (headers.host ?? '').replace(/:\d+$/, '')
  const decoded = decodePercent(path).slice(1)
  const isHosted = host.endsWith(`.${domain}`)
  const [, inPath = '', rest = ''] = /^([^/]*)\/?(.*)$/s.exec(decoded) ?? []
  const bucket = isHosted ? host.slice(0, -domain.length - 1) : inPath
  const key = isHosted ? decoded : rest
  const query = new Map(queryPairs(search))
  if (bucket === '') {
    if (method === 'GET' && key === '') return { operation: 'ListBuckets', bucket, key, query }
    throw new S3Error('MethodNotAllowed')
  }
  const words = [...query.keys()].filter(name => SUBRESOURCES.test(name)).sort()
  const what = [method, key === '' ? 'b' : 'k', ...words].join(' ')
  return { operation: OPERATIONS[what] ?? what, bucket, key, query }
}
