/**
 * Secrets: from systemd's credentials, a file, or the environment; never from a flag.
 *
 * They are handed to the one pipe that needs them and are never printed, logged or stored.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { systemErrorCode, TwdwError } from '../errors.ts'
import type { Street } from './street.ts'

const NAME = 'X_BEARER_TOKEN'

/** A token, and where it was found. */
export interface FoundToken {
  token: string
  /** as a user would name the place */
  from: string
  /** the file and its mode, such as 0o600; undefined for a variable and for systemd's own copy */
  file: { path: string; mode: number } | undefined
}

/**
 * The bearer token of the user's X app, verbatim (decoding its `%2B` makes X answer 401).
 * @throws TwdwError E_USAGE when there is none, or the file that should hold it cannot be read
 */
export async function readBearerToken(street: Pick<Street, 'env'>): Promise<string> {
  return (await findBearerToken(street)).token
}

/**
 * As `readBearerToken`, with where it was found.
 * @param otherFiles are looked into when the environment names none, in this order; those that are not there are left out
 */
export async function findBearerToken(
  { env }: Pick<Street, 'env'>,
  otherFiles: readonly string[] = [],
): Promise<FoundToken> {
  const { CREDENTIALS_DIRECTORY, [NAME]: fromVariable, [`${NAME}_FILE`]: file } = env
  if (CREDENTIALS_DIRECTORY) {
    const token = await readToken(join(CREDENTIALS_DIRECTORY, NAME.toLowerCase())).catch(() => undefined)
    if (token) return { token, from: "systemd's credentials", file: undefined }
  }
  if (file) return readTokenFile(file)
  const token = fromVariable?.trim()
  if (token) return { token, from: NAME, file: undefined }
  for (const path of otherFiles) {
    const isThere = await stat(path).then(
      () => true,
      error => systemErrorCode(error) !== 'ENOENT',
    )
    if (isThere) return readTokenFile(path, 'run it as root (sudo): a schedule hands its token to its services alone')
  }
  throw new TwdwError('E_USAGE', `there is no token for X: neither ${NAME} nor ${NAME}_FILE is set`, {
    hint: `export ${NAME}=… with your app's bearer token from console.x.com, or try without an account: --source demo`,
  })
}

async function readTokenFile(path: string, unreadableHint?: string): Promise<FoundToken> {
  const token = await readToken(path, unreadableHint)
  const { mode } = await stat(path)
  return { token, from: path, file: { path, mode: mode & 0o777 } }
}

async function readToken(
  path: string,
  unreadableHint = 'check its name and that this user may read it',
): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new TwdwError('E_USAGE', `the token file ${path} cannot be read: ${systemErrorCode(cause)}`, {
      cause,
      hint: unreadableHint,
    })
  }
  const token = text.trim()
  if (token === '') throw new TwdwError('E_USAGE', `the token file ${path} is empty`, { hint: 'put the token in it' })
  return token
}
