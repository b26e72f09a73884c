/**
 * Answers on their way out: to stdout piece by piece, or into a file that is whole or not there.
 *
 * A reader that has seen enough (`| head`) closes the pipe; that is no failure, and the rest is not made.
 */
import { realpath, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { diskError, replaceFile } from './local-file.ts'
import type { Outlet } from './street.ts'

/** @returns false when the reader went away before the end */
export async function printPieces(outlet: Outlet, pieces: Iterable<string>): Promise<boolean> {
  for (const piece of pieces) {
    if (!(await outlet.write(piece))) return false
  }
  return true
}

/**
 * Put an answer in the place of whatever was at `path`; a device or a pipe is written to, not replaced.
 * @param path absolute
 * @throws TwdwError E_LAKE when the disk does not take it; nothing has changed then
 */
export async function writeAnswer(path: string, pieces: Iterable<string>): Promise<void> {
  const bytes = new TextEncoder().encode([...pieces].join(''))
  const target = await targetOf(path)
  if (target.isReplaceable) return replaceFile(target.path, bytes, dirname(target.path))
  try {
    await writeFile(target.path, bytes)
  } catch (cause) {
    throw diskError(`${path} cannot be written`, cause)
  }
}

/** Where a link leads, so that the link stays. */
async function targetOf(path: string): Promise<{ path: string; isReplaceable: boolean }> {
  try {
    const target = await realpath(path)
    return { path: target, isReplaceable: (await stat(target)).isFile() }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { path, isReplaceable: true }
    throw diskError(`${path} cannot be written`, error)
  }
}
