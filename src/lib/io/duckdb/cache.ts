/**
 * The disk copy of a library that travels inside the executable.
 *
 * A linker loads only from a disk, so the files are unpacked once into a folder named by version and content.
 * Each file is written beside its place, fsynced and renamed into it: what has the right name and length is
 * whole, so any number of first runs may unpack at once, and one that was killed leaves nothing in the way.
 */
import { lstat, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemErrorCode } from '../../errors.ts'
import type { CacheFolder } from '../cache-folders.ts'
import type { PackedFile, PackedLibrary } from '../embedded.ts'
import { syncFolder } from '../local-file.ts'

/**
 * Make sure that the library lies in the folder, whole; a file of the wrong length is replaced.
 *
 * @returns absolute path of the folder with the library's files
 * @throws a system error when something is missing and the folder cannot be written; Error when it is not ours
 */
export async function unpackLibrary(name: string, library: PackedLibrary, cache: CacheFolder): Promise<string> {
  if (!cache.isTrusted) await claimFolder(cache.path)
  const folder = join(cache.path, `${name}-${library.version}-${library.hash}`)
  const missing = await missingFiles(folder, library.files)
  if (missing.length === 0) return folder
  await mkdir(folder, { recursive: true, mode: 0o755 })
  for (const file of missing) await unpackFile(folder, file)
  await syncFolder(folder)
  await removeLeftovers(folder)
  return folder
}

/** @throws Error when somebody else could have put files there: what we load from it runs as us */
async function claimFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch(error => {
    if (systemErrorCode(error) !== 'EEXIST') throw error
  })
  const found = await lstat(path)
  // where users have no numbers, each has a folder for temporary files that is his
  const isOurs = process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o022) === 0)
  if (!found.isDirectory() || !isOurs) throw new Error('it belongs to somebody else')
}

async function missingFiles(folder: string, files: readonly PackedFile[]): Promise<PackedFile[]> {
  const lengths = await Promise.all(files.map(file => lengthOf(join(folder, file.name))))
  return files.filter((file, index) => lengths[index] !== file.bytes)
}

/** undefined where there is no file */
async function lengthOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

const LEFTOVER = '.unpacking'

async function unpackFile(folder: string, file: PackedFile): Promise<void> {
  // once for each version: no other start waits for it to load
  const { zstdDecompress } = await import('node:zlib')
  const bytes = await promisify(zstdDecompress)(await readFile(file.packedPath))
  const temp = join(folder, `${file.name}.${crypto.randomUUID()}${LEFTOVER}`)
  try {
    await writeSynced(temp, bytes)
    await rename(temp, join(folder, file.name))
  } catch (error) {
    await rm(temp, { force: true }).catch(() => undefined)
    // another first run has finished and swept: then its file is there, and as good as ours
    if ((await lengthOf(join(folder, file.name))) !== file.bytes) throw error
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Sweep what killed runs left. A run that is still unpacking notices that its file is there already. */
async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder)
  const leftovers = names.filter(name => name.endsWith(LEFTOVER))
  await Promise.all(leftovers.map(name => rm(join(folder, name), { force: true })))
}
