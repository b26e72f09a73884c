/**
 * Secrets: from systemd's credentials, a file, or the environment; never from a flag.
 *
 * They are handed to the one pipe that needs them and are never printed, logged or stored.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemErrorCode, TwdwError } from '../errors.ts'
import type { Street } from './street.ts'

const NAME = 'X_BEARER_TOKEN'

/**
 * The bearer token of the user's X app, verbatim (decoding its `%2B` makes X answer 401).
 * @throws TwdwError E_USAGE when there is none, or the file that should hold it cannot be read
 */
export async function readBearerToken(street: Street): Promise<string> {
  const { CREDENTIALS_DIRECTORY, [NAME]: fromVariable, [`${NAME}_FILE`]: file } = street.env
  if (CREDENTIALS_DIRECTORY) {
    const token = await readToken(join(CREDENTIALS_DIRECTORY, NAME.toLowerCase())).catch(() => undefined)
    if (token) return token
  }
  const token = file ? await readToken(file) : fromVariable?.trim()
  if (token) return token
  throw new TwdwError('E_USAGE', `there is no token for X: neither ${NAME} nor ${NAME}_FILE is set`, {
    hint: `export ${NAME}=… with your app's bearer token from console.x.com, or try without an account: --source demo`,
  })
}

async function readToken(path: string): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new TwdwError('E_USAGE', `the token file ${path} cannot be read: ${systemErrorCode(cause)}`, {
      cause,
      hint: 'check its name and that this user may read it',
    })
  }
  const token = text.trim()
  if (token === '') throw new TwdwError('E_USAGE', `the token file ${path} is empty`, { hint: 'put the token in it' })
  return token
}
