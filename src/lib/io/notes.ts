/**
 * Notes: what a question found out and the next one need not find out again, in the cache of this user.
 *
 * They may be thrown away at any time. What cannot be read or written is not there, and nobody is told: the answer is the same.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface Notes {
  /** undefined where there are none */
  read(): Promise<string | undefined>
  /** In the place of those before, whole or not at all. Never rejects. */
  write(text: string): Promise<void>
}

/** @param path absolute */
export function openNotes(path: string): Notes {
  return {
    read: () => readFile(path, 'utf8').catch(() => undefined),
    async write(text) {
      const unfinished = `${path}.${crypto.randomUUID()}`
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await writeFile(unfinished, text, { mode: 0o600 })
        await rename(unfinished, path)
      } catch {
        await rm(unfinished, { force: true }).catch(() => undefined)
      }
    },
  }
}
