/** What every request to X carries, and where it goes: the only file that puts the token into a header. */
import { TwdwError } from '../../errors.ts'

/** Who asks whom. */
export interface XAccess {
  /** scheme, host and port: `https://api.x.com`, or `http://127.0.0.1:8080` of a test double */
  origin: string
  /** app-only bearer token, sent as it is: what looks URL-encoded in it must stay so */
  token: string
  /** name and version of this program */
  userAgent: string
}

/** @throws TwdwError E_USAGE for a token that cannot stand in a header; the token is not in the message */
export function xHeaders(access: Pick<XAccess, 'token' | 'userAgent'>): Record<string, string> {
  if (!/^[\x21-\x7e]+$/.test(access.token)) {
    throw new TwdwError(
      'E_USAGE',
      'the bearer token of X is empty, or holds a space or another character no token has',
      {
        hint: 'copy the bearer token of the app from the X developer console into X_BEARER_TOKEN once more',
      },
    )
  }
  // X reads the second where a library sets the first
  const { userAgent } = access
  return { authorization: `Bearer ${access.token}`, 'user-agent': userAgent, 'x-user-agent': userAgent }
}

/** @throws TwdwError E_USAGE when the origin is not one */
export function xUrl(origin: string, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const base = URL.parse(origin)
  if (base === null || !/^https?:$/.test(base.protocol) || base.origin !== origin.replace(/\/$/, '').toLowerCase()) {
    throw new TwdwError('E_USAGE', `not the origin of a server: "${origin}"`, {
      hint: 'write scheme and host, such as https://api.x.com',
    })
  }
  const url = new URL(path, base)
  url.search = new URLSearchParams(query).toString()
  return url
}
