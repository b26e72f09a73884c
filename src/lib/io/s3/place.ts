/** Where in an object store a lake is, and by whom it is reached. */

export interface S3Place {
  bucket: string
  /** what its keys begin with: empty, or ending in `/` */
  prefix: string
}

/** How a store is reached; may be sent to another thread. Credentials are found by the AWS SDK where it is used. */
export interface S3Access {
  /** such as `http://127.0.0.1:9000`; undefined: AWS's own, or as the SDK's environment says */
  endpoint: string | undefined
  region: string | undefined
  /** the bucket stands in the path of an address, not in its host */
  isPathStyle: boolean
  /** absolute folder for copies of files; undefined: copies last as long as the process */
  cacheFolder: string | undefined
}

/** undefined for a folder of this machine. @param root an absolute path, or `s3://bucket/prefix` */
export function s3PlaceOf(root: string): S3Place | undefined {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(root) ?? []
  if (bucket === undefined) return undefined
  return { bucket, prefix: prefix ? `${prefix}/` : '' }
}
