/**
 * Answers on their way out: to stdout piece by piece, or into a file that is whole or not there.
 *
 * A reader that has seen enough (`| head`) closes the pipe; that is no failure, and the rest is not made.
 */
import { chmod, mkdtemp, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { systemErrorCode, TwdwError } from '../errors.ts'
import { diskError, replaceFileByPieces, syncFolder, writeWhole } from './local-file.ts'
import type { Outlet } from './street.ts'

/** An answer, made piece by piece while it is written. */
export type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

/** The same, until the process is told to stop. @throws TwdwError E_INTERRUPTED then: an answer is whole, or there is none */
export async function* untilStopped(pieces: Pieces, signal: AbortSignal): AsyncIterable<string | Uint8Array> {
  for await (const piece of pieces) {
    if (signal.aborted) throw new TwdwError('E_INTERRUPTED', 'stopped before the answer was written')
    yield piece
  }
}

/**
 * @param signal stops it between two pieces, which is no failure either
 * @returns false when the reader went away before the end
 */
export async function printPieces(outlet: Outlet, pieces: Pieces, signal?: AbortSignal): Promise<boolean> {
  for await (const piece of pieces) {
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
 * @throws TwdwError E_LAKE when the disk does not take it, and what making the pieces throws; nothing has changed then
 */
export async function writeAnswer(path: string, pieces: Pieces, lake?: string): Promise<void> {
  if (lake !== undefined) await refuseInLake(path, lake)
  const bytes = piecesToBytes(pieces)
  const target = await targetOf(path)
  if (target.kind === 'nothing') return replaceFileByPieces(target.path, bytes, dirname(target.path))
  if (target.kind === 'file') return replaceKeepingMode(target.path, bytes, target.mode)
  await writeInto(target.path, bytes)
}

async function* piecesToBytes(pieces: Pieces): AsyncIterable<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const piece of pieces) yield typeof piece === 'string' ? encoder.encode(piece) : piece
}

/** An answer beside the tables, as in a lake that is the working directory, is nobody's harm. */
const OF_LAKE = ['twdw.json', 'layer1', 'layer2', '_state', '_locks', '_tmp']

async function refuseInLake(path: string, lake: string): Promise<void> {
  const inside = relative(await realOf(lake), await realOf(path))
  if (!OF_LAKE.includes(inside.split(sep)[0]!)) return
  throw new TwdwError('E_USAGE', `${path} would be a file of the lake ${lake}`, { hint: 'write the answer elsewhere' })
}

/** With links followed, as far as there is anything yet. */
async function realOf(path: string): Promise<string> {
  const above = dirname(path)
  if (above === path) return path
  return realpath(path).catch(async () => join(await realOf(above), basename(path)))
}

/** In a folder that nobody else can look into until the mode is right: a private answer is never open to others. */
async function replaceKeepingMode(path: string, bytes: AsyncIterable<Uint8Array>, mode: number): Promise<void> {
  const written = orSay(path)
  const folder = await written(() => mkdtemp(join(dirname(path), '.twdw-')))
  try {
    const made = join(folder, 'answer')
    await replaceFileByPieces(made, bytes, folder)
    await written(() => chmod(made, mode))
    await written(() => rename(made, path))
    await written(() => syncFolder(dirname(path)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A device or a pipe; whoever reads it may have seen enough. */
async function writeInto(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const written = orSay(path)
  const file = await written(() => open(path, 'w'))
  try {
    for await (const piece of bytes) {
      const isRead = await written(() => writeWhole(file, piece).then(() => true, unlessClosed))
      if (!isRead) return
    }
  } finally {
    await written(() => file.close())
  }
}

function unlessClosed(cause: unknown): false {
  if (systemErrorCode(cause) !== 'EPIPE') throw cause
  return false
}

/** @returns what does a piece of work on a disk. @throws TwdwError E_LAKE that names the path */
function orSay(path: string): <T>(work: () => Promise<T>) => Promise<T> {
  return async work => {
    try {
      return await work()
    } catch (cause) {
      throw diskError(`${path} cannot be written`, cause)
    }
  }
}

type Target = { path: string } & ({ kind: 'nothing' } | { kind: 'device' } | { kind: 'file'; mode: number })

/** Where a link leads, so that the link stays. A pipe has no name: `/dev/stdout` leads to one that `realpath` cannot find. */
async function targetOf(path: string): Promise<Target> {
  try {
    const stats = await stat(path)
    if (!stats.isFile()) return { path, kind: 'device' }
    return { path: await realpath(path), kind: 'file', mode: stats.mode & 0o7777 }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { path, kind: 'nothing' }
    throw diskError(`${path} cannot be written`, error)
  }
}
