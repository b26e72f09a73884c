/**
 * Where a lake is, as its user names it: a folder of this machine, or `s3://bucket/prefix`.
 *
 * A path never begins with a scheme, so whoever meets a lake's address can tell the two apart without asking.
 */
import { TwdwError } from '../errors.ts'

/**
 * A folder as it is spelled, or `s3://bucket/prefix` without a slash at its end.
 * @throws TwdwError E_USAGE for a store that no lake can be kept in, or a name that no bucket can have
 */
export function parseLakeUrl(text: string): string {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? []
  if (scheme === undefined && /^s3:/i.test(text)) {
    throw new TwdwError('E_USAGE', `"${text}" is no folder and no place in S3`, {
      hint: 'write s3://bucket/prefix; a folder of that name is ./s3:…',
    })
  }
  if (text === '') {
    throw new TwdwError('E_USAGE', 'the lake has no name', {
      hint: 'name a folder, such as ./lake, or s3://bucket/prefix',
    })
  }
  if (scheme === undefined || scheme === 'file') return text.replace(/^file:\/\//, '')
  if (scheme !== 's3') {
    throw new TwdwError('E_USAGE', `a lake is kept in a folder or in S3, not in "${text}"`, {
      hint: 'name a folder, such as --lake ./lake, or --lake s3://bucket/prefix',
    })
  }
  return parseS3Url(text)
}

function parseS3Url(text: string): string {
  const [, bucket = '', rest = ''] = /^s3:\/\/([^/]*)(.*)$/s.exec(text) ?? []
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new TwdwError('E_USAGE', `"${bucket}" in ${text} cannot be the name of a bucket`, {
      hint: 'buckets have 3 to 63 lower-case letters, digits, dots and hyphens: s3://my-bucket/lake',
    })
  }
  const prefix = rest.replace(/^\//, '').replace(/\/$/, '')
  if (prefix.split('/').some(part => part === '.' || part === '..' || (part === '' && prefix !== ''))) {
    throw new TwdwError('E_USAGE', `the prefix "${prefix}" in ${text} has an empty part, "." or ".."`, {
      hint: 'write it as s3://bucket/folder/lake',
    })
  }
  return prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`
}

/** False for a folder of this machine. @param url as `parseLakeUrl` gives it, or an absolute path */
export function isInStore(url: string): boolean {
  return url.startsWith('s3://')
}
