/**
 * A disk tried out: in a folder a file is made, synced, locked, renamed and removed again, as the journal and the lake do.
 *
 * A folder that is not there yet is not made: then the nearest one above it is tried, in which it would have to be made.
 * What is made has a name that no listing of a lake shows.
 */
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, open, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { tryLockDescriptor } from './file-lock.ts'
import { diskError, syncFolder } from './local-file.ts'

export interface DiskProbe {
  /** where it was tried */
  folder: string
  /** for this account */
  freeBytes: number
  /** that can still be made; undefined where the file system does not count them */
  freeFiles: number | undefined
  /** the median of some syncs of 64 KB */
  syncMs: number
  /** false where the file system gives no locks */
  locks: boolean
  /** number of the account that the folder belongs to, where that is another one and this is root */
  otherOwner: number | undefined
}

const SYNCS = 7
const SYNC_BYTES = 65_536

/** @param folder absolute. @throws TwdwError E_LAKE when the disk does not do it, with what it did not do */
export async function probeDisk(folder: string): Promise<DiskProbe> {
  const there = await nearestFolder(folder)
  let made: string
  try {
    made = await mkdtemp(join(there, '_doctor-'))
  } catch (cause) {
    throw diskError(`nothing can be written in ${there}`, cause)
  }
  try {
    const syncMs = await timeSyncs(join(made, 'probe'))
    await rename(join(made, 'probe'), join(made, 'renamed'))
    await syncFolder(made)
    const locks = canLock(join(made, 'renamed'))
    const { bavail, bsize, files, ffree } = await statfs(made)
    const freeFiles = files > 0 ? ffree : undefined
    return { folder: there, freeBytes: bavail * bsize, freeFiles, syncMs, locks, otherOwner: await otherOwner(there) }
  } catch (cause) {
    throw diskError(`what is written in ${there} cannot be kept`, cause)
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}

async function nearestFolder(folder: string): Promise<string> {
  try {
    await stat(folder)
    return folder
  } catch (cause) {
    if (systemErrorCode(cause) !== 'ENOENT' || folder === dirname(folder)) {
      throw diskError(`${folder} cannot be looked at`, cause)
    }
    return nearestFolder(dirname(folder))
  }
}

/** @returns the median, in milliseconds */
async function timeSyncs(path: string): Promise<number> {
  const bytes = new Uint8Array(SYNC_BYTES)
  const times: number[] = []
  const file = await open(path, 'wx')
  try {
    for (let i = 0; i < SYNCS; i++) {
      await file.appendFile(bytes)
      const startMs = performance.now()
      await file.datasync()
      times.push(performance.now() - startMs)
    }
  } finally {
    await file.close()
  }
  return times.sort((a, b) => a - b)[Math.floor(SYNCS / 2)] ?? 0
}

function canLock(path: string): boolean {
  const fileDescriptor = openSync(path, 'r+')
  try {
    return tryLockDescriptor(fileDescriptor)
  } finally {
    closeSync(fileDescriptor)
  }
}

async function otherOwner(folder: string): Promise<number | undefined> {
  const { uid } = await stat(folder)
  return process.getuid?.() === 0 && uid !== 0 ? uid : undefined
}
