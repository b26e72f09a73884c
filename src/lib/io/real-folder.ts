/** Where a folder really is, whatever links lead to it. */
import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { diskError } from './local-file.ts'

/** Of one that is not there, where it would be made. @param path absolute. @throws TwdwError E_LAKE */
export async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (cause) {
    if (systemErrorCode(cause) !== 'ENOENT') throw diskError(`${path} cannot be looked at`, cause)
    return join(await realFolder(dirname(path)), basename(path))
  }
}
