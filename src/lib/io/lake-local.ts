/** A lake in a folder of this machine. */
import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AlreadyThere, systemErrorCode } from '../errors.ts'
import type { Clock } from './clock.ts'
import { lockFile } from './file-lock.ts'
import type { Lake, LakeEntry, LakeFile } from './lake.ts'
import {
  adoptFiles,
  diskError,
  listFolder,
  makeFolder,
  namesIn,
  openFileIfThere,
  readFileIfThere,
  removeFile,
  replaceFiles,
  sweepAbandoned,
} from './local-file.ts'
import { holderOfLock } from './lock-probe.ts'

/**
 * @param root absolute path; need not exist: the first write makes it
 * @param holder who locks, for the sentence that a second one gets
 */
export function openLocalLake(root: string, options: { holder: string; clock: Clock }): Lake {
  // below the root, so that rename stays on one file system; beside the tables, so that no glob sees it
  const tempFolder = join(root, '_tmp')
  const lockPath = (name: string) => join(root, '_locks', name)
  let swept: Promise<void> | undefined
  async function writeAll(files: readonly LakeFile[]): Promise<void> {
    swept ??= sweepAbandoned(tempFolder, options.clock.nowMs())
    await swept
    return replaceFiles(
      files.map(({ path, bytes }) => ({ path: join(root, path), bytes })),
      tempFolder,
    )
  }
  return {
    url: root,
    isFar: false,
    folder: root,
    list: prefix => listBelow(root, prefix),
    names: async folder => namesIn(join(root, folder)),
    read: path => readFileIfThere(join(root, path)),
    readListed: entries => Promise.all(entries.map(({ path }) => readFileIfThere(join(root, path)))),
    open: path => openFileIfThere(join(root, path)),
    write: (path, bytes) => writeAll([{ path, bytes }]),
    writeAll,
    async writeNew(path, bytes) {
      // whoever may write here holds a lock of the kernel, so nobody comes in between
      const there = await readFileIfThere(join(root, path))
      if (there === undefined) return writeAll([{ path, bytes }])
      if (!Buffer.from(there).equals(bytes)) throw new AlreadyThere(join(root, path))
    },
    adopt: files => adoptFiles(files.map(({ from, path }) => ({ from: join(root, from), path: join(root, path) }))),
    async holds(path, bytes) {
      const there = await readFileIfThere(join(root, path))
      return there !== undefined && Buffer.from(there).equals(bytes)
    },
    sameAs: (entry, bytes) => (entry.bytes === bytes.length ? undefined : false),
    remove: path => removeFile(join(root, path)),
    locate: path => join(root, path),
    bring: async paths => paths.map(path => join(root, path)),
    stampOf: stampOfFile,
    stampsOf: paths => Promise.all(paths.map(path => stampOfFile(join(root, path)))),
    settledStamps: async paths => {
      const settledMs = options.clock.nowMs() - SETTLING_MS
      return paths.map(path => {
        const stats = statNow(`${root}/${path}`)
        return stats === undefined || stats.mtimeMs > settledMs ? undefined : stats.stamp
      })
    },
    async lock(name) {
      // in a new lake it is the lock that makes the root; what cannot be made is told below
      await makeFolder(join(root, '_locks')).catch(() => undefined)
      const release = lockFile(lockPath(name), options.holder, options.clock.nowMs())
      return async () => release()
    },
    dropCopies: async () => undefined,
    holderOf: name => holderOfLock(lockPath(name)),
  }
}

/** File systems tell times to milliseconds at best and to 2 s at worst: of two changes in so short a time one may not show. */
const SETTLING_MS = 3_000

/** A file that is replaced lies in another place of the disk, or was written at another time. */
async function stampOfFile(location: string): Promise<string | undefined> {
  // on this thread: it takes microseconds, and the way round by another one more
  return statNow(location)?.stamp
}

/** undefined where there is no such path. @throws TwdwError E_LAKE */
function statNow(location: string): { stamp: string; mtimeMs: number } | undefined {
  try {
    const stats = statSync(location, { throwIfNoEntry: false })
    return stats && { stamp: `${stats.ino} ${stats.mtimeMs} ${stats.size}`, mtimeMs: stats.mtimeMs }
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOTDIR') return undefined
    throw diskError(`${location} cannot be read`, cause)
  }
}

/** Only folders that can hold a path with the prefix are walked. */
async function listBelow(root: string, prefix: string): Promise<LakeEntry[]> {
  const top = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const entries = await walk(root, top)
  return entries.filter(entry => entry.path.startsWith(prefix)).sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** @param folder relative to the root, empty or ending in `/` */
async function walk(root: string, folder: string): Promise<LakeEntry[]> {
  const names = await listFolder(join(root, folder))
  const below = await Promise.all(
    names.map(({ name, isFolder }) => {
      if (isFolder) return folder === '' && name.startsWith('_') ? [] : walk(root, `${folder}${name}/`)
      return entryOf(root, `${folder}${name}`)
    }),
  )
  return below.flat()
}

async function entryOf(root: string, path: string): Promise<LakeEntry[]> {
  try {
    return [{ path, bytes: (await stat(join(root, path))).size }]
  } catch (cause) {
    // removed since the folder was read
    if (systemErrorCode(cause) === 'ENOENT') return []
    throw diskError(`${join(root, path)} cannot be read`, cause)
  }
}
