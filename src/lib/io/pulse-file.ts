/**
 * A small file that one process writes again and again for others to read: whole or not there, and never synced.
 *
 * Losing it costs nothing, so a disk that does not take it is no failure: the old text stays, or on a full disk what it lay on.
 */
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { readFileIfThere } from './local-file.ts'

export interface PulseFile {
  /** this process */
  readonly writer: { version: string; pid: number; host: string }
  /** One call at a time. @returns false when the disk did not take it */
  write(text: string): Promise<boolean>
}

/** @param path absolute; its folder is made by the first `write`. @param version of this program */
export function openPulseFile(path: string, version: string): PulseFile {
  // always the same name: what a crash leaves is overwritten by the next run
  const tempPath = `${path}.new`
  return {
    writer: { version, pid: process.pid, host: hostname() },
    async write(text) {
      try {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(tempPath, text)
        await rename(tempPath, path)
        return true
      } catch {
        await rm(tempPath, { force: true }).catch(() => undefined)
        return overwrite(path, text)
      }
    },
  }
}

/**
 * On a full disk there is no room for another file, and that is when the pulse is asked for: the place of the old text is
 * enough. Whoever reads at that moment may see a text that is none.
 */
async function overwrite(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'r+')
    try {
      const bytes = new TextEncoder().encode(text)
      const { size } = await file.stat()
      // blanks over what is left of a longer text: cut off first, it would be seen half
      const padded = new Uint8Array(Math.max(size, bytes.length)).fill(BLANK)
      padded.set(bytes)
      const { bytesWritten } = await file.write(padded, 0, padded.length, 0)
      return bytesWritten === padded.length
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}

const BLANK = 0x20

/** For whoever looks. */
export interface PulseReader {
  /** of this machine */
  readonly host: string
  /** @param name of the file. @returns undefined where there is none. @throws TwdwError E_LAKE */
  read(name: string): Promise<string | undefined>
  /** True when a process of this number runs on this machine, whoever's it is. */
  isRunning(pid: number): boolean
}

/** @param folder absolute; need not exist */
export function openPulseReader(folder: string): PulseReader {
  return {
    host: hostname(),
    async read(name) {
      const bytes = await readFileIfThere(join(folder, name))
      return bytes && new TextDecoder().decode(bytes)
    },
    isRunning(pid) {
      try {
        return process.kill(pid, 0)
      } catch (error) {
        return systemErrorCode(error) === 'EPERM'
      }
    },
  }
}
