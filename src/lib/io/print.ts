/**
 * Answers on their way out: to stdout piece by piece, or into a file that is whole or not there.
 *
 * A reader that has seen enough (`| head`) closes the pipe; that is no failure, and the rest is not made.
 */
import { chmod, mkdtemp, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemErrorCode, TwdwError } from '../errors.ts'
import { diskError, replaceFile, syncFolder } from './local-file.ts'
import type { Outlet } from './street.ts'

/**
 * @param signal stops it between two pieces, which is no failure either
 * @returns false when the reader went away before the end
 */
export async function printPieces(outlet: Outlet, pieces: Iterable<string>, signal?: AbortSignal): Promise<boolean> {
  for (const piece of pieces) {
    if (!(await outlet.write(piece))) return false
    if (signal === undefined) continue
    // a terminal takes everything at once: the key that aborts is read in between
    await new Promise(setImmediate)
    if (signal.aborted) return true
  }
  return true
}

/**
 * Put an answer in the place of whatever was at `path`, with the mode that it had; a device or a pipe is written to,
 * not replaced.
 * @param path absolute
 * @throws TwdwError E_LAKE when the disk does not take it; nothing has changed then
 */
export async function writeAnswer(path: string, pieces: Iterable<string>): Promise<void> {
  const bytes = new TextEncoder().encode([...pieces].join(''))
  const target = await targetOf(path)
  if (target.kind === 'nothing') return replaceFile(target.path, bytes, dirname(target.path))
  try {
    if (target.kind === 'file') await replaceKeepingMode(target.path, bytes, target.mode)
    else await writeFile(target.path, bytes)
  } catch (cause) {
    if (cause instanceof TwdwError) throw cause
    throw diskError(`${path} cannot be written`, cause)
  }
}

/** In a folder that nobody else can look into until the mode is right: a private answer is never open to others. */
async function replaceKeepingMode(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const folder = await mkdtemp(join(dirname(path), '.twdw-'))
  try {
    const made = join(folder, 'answer')
    await replaceFile(made, bytes, folder)
    await chmod(made, mode)
    await rename(made, path)
    await syncFolder(dirname(path))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Target = { path: string } & ({ kind: 'nothing' } | { kind: 'device' } | { kind: 'file'; mode: number })

/** Where a link leads, so that the link stays. */
async function targetOf(path: string): Promise<Target> {
  try {
    const target = await realpath(path)
    const stats = await stat(target)
    return stats.isFile() ? { path: target, kind: 'file', mode: stats.mode & 0o7777 } : { path: target, kind: 'device' }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { path, kind: 'nothing' }
    throw diskError(`${path} cannot be written`, error)
  }
}
