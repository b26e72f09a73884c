/** Files on a local disk that are whole or not there: temp → fsync → rename → fsync of the folder. */
import { readdirSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemErrorCode, TwdwError } from '../errors.ts'
import type { OpenFile } from './lake.ts'

/** The file's bytes; undefined where there is none. @throws TwdwError E_LAKE */
export async function readFileIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined
    throw diskError(`${path} cannot be read`, cause)
  }
}

/** The file, to be read part by part; undefined where there is none. @throws TwdwError E_LAKE */
export async function openFileIfThere(path: string): Promise<OpenFile | undefined> {
  const failing = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      throw diskError(`${path} cannot be read`, cause)
    }
  }
  const file = await open(path, 'r').catch(cause => {
    if (systemErrorCode(cause) === 'ENOENT') return undefined
    throw diskError(`${path} cannot be read`, cause)
  })
  if (file === undefined) return undefined
  const close = () => file.close().catch(() => undefined)
  try {
    const { size } = await failing(() => file.stat())
    return { length: size, read: (from, to) => failing(() => readSpan(file, from, to)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function readSpan(file: FileHandle, from: number, to: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from)
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, from + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return bytes.subarray(0, length)
}

/**
 * Put a file in the place of whatever was there, so that it survives a power cut.
 * @param tempFolder on the same file system and outside every folder that readers glob
 * @throws TwdwError E_LAKE; nothing has changed then
 */
export function replaceFile(path: string, bytes: Uint8Array, tempFolder: string): Promise<void> {
  return replaceFiles([{ path, bytes }], tempFolder)
}

/**
 * Several files one after the other, each as by `replaceFile`. The disk is waited for once and not for each of them.
 * @throws TwdwError E_LAKE; some of the first ones may be replaced then, and the others are as they were
 */
export async function replaceFiles(
  files: readonly { path: string; bytes: Uint8Array }[],
  tempFolder: string,
): Promise<void> {
  const placed = files.map(file => ({ ...file, tempPath: join(tempFolder, `${process.pid}-${crypto.randomUUID()}`) }))
  const folders = [...new Set(files.map(({ path }) => dirname(path)))]
  try {
    await allDone(
      placed.map(({ path, bytes, tempPath }) =>
        orSay(path, bytes, () => inFolder(tempFolder, () => writeSynced(tempPath, bytes))),
      ),
    )
    for (const { path, bytes, tempPath } of placed) {
      await orSay(path, bytes, () => inFolder(dirname(path), () => rename(tempPath, path)))
    }
    await allDone(folders.map(folder => orSay(folder, undefined, () => syncFolder(folder))))
  } catch (error) {
    await Promise.all(placed.map(({ tempPath }) => rm(tempPath, { force: true }).catch(() => undefined)))
    throw error
  }
}

/**
 * As `replaceFile`, of a file of which only a piece is in memory at a time.
 * @throws TwdwError E_LAKE, and what making the pieces throws; nothing has changed then
 */
export async function replaceFileByPieces(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  tempFolder: string,
): Promise<void> {
  const tempPath = join(tempFolder, `${process.pid}-${crypto.randomUUID()}`)
  const written = <T>(work: () => Promise<T>) => orSay(path, undefined, work)
  try {
    const file = await written(() => inFolder(tempFolder, () => open(tempPath, 'w')))
    try {
      for await (const piece of pieces) await written(() => writeWhole(file, piece))
      await written(() => file.sync())
    } finally {
      await written(() => file.close())
    }
    await written(() => rename(tempPath, path))
    await written(() => syncFolder(dirname(path)))
  } catch (error) {
    await rm(tempPath, { force: true }).catch(() => undefined)
    throw error
  }
}

/**
 * Files of another program take the places of others, whole and synced as our own are.
 * @throws TwdwError E_LAKE
 */
export async function adoptFiles(files: readonly { from: string; path: string }[]): Promise<void> {
  await allDone(files.map(({ from, path }) => orSay(path, undefined, () => adoptFile(from, path))))
  const folders = new Set(files.map(({ path }) => dirname(path)))
  await allDone([...folders].map(folder => orSay(folder, undefined, () => syncFolder(folder))))
}

async function adoptFile(from: string, path: string): Promise<void> {
  const file = await open(from, 'r')
  await closeAfter(file, () => file.sync())
  await inFolder(dirname(path), () => rename(from, path))
}

/** All of it, behind what was written before: a single write may take less. */
export async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written)).bytesWritten
  }
}

async function orSay<T>(path: string, bytes: Uint8Array | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw diskError(`${path}${bytes === undefined ? '' : ` (${bytes.length} bytes)`} cannot be written`, cause)
  }
}

/** Nothing goes on behind a failure. @throws the first one */
async function allDone(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find(({ status }) => status === 'rejected')
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
}

/** Remove a file; one that is not there is no error. @throws TwdwError E_LAKE */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
    await syncFolder(dirname(path))
  } catch (cause) {
    if (systemErrorCode(cause) !== 'ENOENT') throw diskError(`${path} cannot be removed`, cause)
  }
}

/** Names in a folder, files and folders; [] where there is no folder. @throws TwdwError E_LAKE */
export async function listFolder(path: string): Promise<{ name: string; isFolder: boolean }[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries.map(entry => ({ name: entry.name, isFolder: entry.isDirectory() }))
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return []
    throw diskError(`the folder ${path} cannot be read`, cause)
  }
}

/** The same for thousands, those of folders with `/` behind. @throws TwdwError E_LAKE */
export function namesIn(path: string): string[] {
  try {
    // on this thread: the way round by another one takes longer than the look
    const entries = readdirSync(path, { withFileTypes: true })
    return entries.map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name))
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return []
    throw diskError(`the folder ${path} cannot be read`, cause)
  }
}

/** What is written takes seconds; a file that nobody has touched for so long was left by a crash. */
const ABANDONED_AFTER_MS = 3_600_000

/** Remove unfinished files that crashes left in a folder. Never throws: what cannot be removed harms nobody. */
export async function sweepAbandoned(folder: string, nowMs: number, suffix = ''): Promise<void> {
  const entries = await listFolder(folder).catch(() => [])
  for (const { name } of entries.filter(entry => !entry.isFolder && entry.name.endsWith(suffix))) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined && nowMs - found.mtimeMs > ABANDONED_AFTER_MS) {
      await rm(path, { force: true }).catch(() => undefined)
    }
  }
}

/** Do what needs a folder, which mostly is there: it is made where that fails for the lack of it. */
async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (systemErrorCode(cause) !== 'ENOENT') throw cause
    await makeFolder(folder)
    return work()
  }
}

/** Make a folder, and those above it, where there is none: they survive a power cut. */
export async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true })
  // a folder that was just made is itself an entry of its parent, and is lost with it
  if (made !== undefined) await syncFoldersUpTo(path, dirname(made))
}

/** Make the names in a folder survive a power cut. Windows opens no folder for that; its file system keeps a journal of names. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  await closeAfter(folder, () => folder.sync())
}

async function syncFoldersUpTo(path: string, top: string): Promise<void> {
  for (let folder = dirname(path); folder.length >= top.length; folder = dirname(folder)) {
    await syncFolder(folder)
    if (folder === top || folder === dirname(folder)) return
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w')
  await closeAfter(file, async () => {
    await file.writeFile(bytes)
    await file.sync()
  })
}

async function closeAfter(file: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } finally {
    await file.close()
  }
}

const CAUSES: Record<string, { text: string; hint: string }> = {
  ENOSPC: { text: 'the disk is full', hint: 'free some room; nothing half-written was left behind' },
  EDQUOT: { text: 'the disk quota is used up', hint: 'free some room; nothing half-written was left behind' },
  EACCES: { text: 'permission denied', hint: 'run as the user who owns the folder, or name another folder' },
  EPERM: { text: 'not permitted', hint: 'run as the user who owns the folder, or name another folder' },
  EROFS: { text: 'the file system is read-only', hint: 'mount it writable, or name another folder' },
  EISDIR: { text: 'it is a folder', hint: 'name a file in it' },
  ENOTDIR: { text: 'a part of the path is a file', hint: 'name another folder' },
  ENOLCK: { text: 'the file system gives no locks', hint: 'name a local folder with --state-dir' },
  EIO: { text: 'the disk reports an input/output error', hint: 'check the disk (dmesg) before going on' },
}

/** A failure of the disk as one sentence; one that has its sentence keeps it. @param what the thing and what was tried, as a clause */
export function diskError(what: string, cause: unknown): TwdwError {
  if (cause instanceof TwdwError) return cause
  const code = systemErrorCode(cause)
  if (code === undefined) throw cause
  const known = CAUSES[code]
  return new TwdwError('E_LAKE', `${what}: ${known?.text ?? code}`, {
    cause,
    hint: known?.hint ?? 'check the path and the disk below it',
  })
}
