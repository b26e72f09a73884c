/**
 * A small text file that several processes change in turn: read, change, replace, with nobody else in between.
 *
 * What is locked is a file beside it, because the file itself is another one after each change.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TwdwError } from '../errors.ts'
import type { Clock } from './clock.ts'
import { tryLockDescriptor } from './file-lock.ts'
import { diskError, makeFolder, readFileIfThere, replaceFile, sweepAbandoned } from './local-file.ts'

export interface StateFile {
  readonly path: string
  /** @returns undefined where there is none. @throws TwdwError E_LAKE */
  read(): Promise<string | undefined>
  /**
   * Put another text in its place; it survives a power cut once this has resolved.
   * @param change from the present text (undefined where there is none) to the next; may throw, and nothing changes
   * @throws TwdwError E_LAKE when the disk does not take it, or others do not let go of it within 10 s
   */
  update(change: (text: string | undefined) => string): Promise<void>
}

/** A change takes some milliseconds. */
const PATIENCE_MS = 10_000
const RETRY_EVERY_MS = 10

/** @param path absolute; folder and file are made by the first `update` */
export function openStateFile(path: string, clock: Clock): StateFile {
  const read = async () => {
    const bytes = await readFileIfThere(path)
    return bytes && new TextDecoder().decode(bytes)
  }
  const tempFolder = join(dirname(path), 'tmp')
  let swept: Promise<void> | undefined
  return {
    path,
    read,
    async update(change) {
      swept ??= sweepAbandoned(tempFolder, clock.nowMs())
      await swept
      const lock = await lockBeside(path, clock)
      try {
        const text = change(await read())
        await replaceFile(path, new TextEncoder().encode(text), tempFolder)
      } finally {
        await lock.close()
      }
    },
  }
}

/** The lock is given back by closing the file, and dies with the process. */
async function lockBeside(path: string, clock: Clock): Promise<FileHandle> {
  const lockPath = `${path}.lock`
  let file: FileHandle
  try {
    await makeFolder(dirname(path))
    file = await open(lockPath, 'a')
  } catch (cause) {
    throw diskError(`${lockPath} cannot be made`, cause)
  }
  for (let waitedMs = 0; !tryLockDescriptor(file.fd); waitedMs += RETRY_EVERY_MS) {
    if (waitedMs >= PATIENCE_MS) {
      await file.close()
      throw new TwdwError(
        'E_LAKE',
        `${path} cannot be changed: another process has held it for ${PATIENCE_MS / 1000} s`,
        {
          hint: `see who holds ${lockPath} (fuser, lsof), and end it`,
        },
      )
    }
    await clock.sleep(RETRY_EVERY_MS)
  }
  return file
}
